// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package bulkrevocation

// maxNamedIDs is how many user IDs of a kind a Tally or an Outcome lists.
const maxNamedIDs = 100

// Selection selects UserIDs and UserNames together, or GroupIDs, or All, without the
// exceptions and the protected users. The IDs of exceptions and protected users are compared
// without regard to case.
type Selection struct {
	IdentityStoreID string
	// UserIDs and UserNames select users by ID and by exact name. Duplicates count once.
	UserIDs   []string
	UserNames []string
	// GroupIDs select the members of groups. A member of several groups counts once.
	GroupIDs []string
	// All selects every user of the identity store.
	All bool
	// ExceptUserIDs and the members of ExceptGroupIDs are left out. An unknown user or a
	// group without members is a SelectionError.
	ExceptUserIDs  []string
	ExceptGroupIDs []string
	// ProtectedUserIDs and the members of ProtectedGroupIDs are left out too. It is a
	// SelectionError if UserIDs or UserNames name one of them. Those that do not exist are in
	// the Tally.
	ProtectedUserIDs  []string
	ProtectedGroupIDs []string
}

// Tally counts the users of a selection by result.
type Tally struct {
	// Found is the number of users found so far; it is final once AllFound is true.
	Found    int
	AllFound bool
	// Done is the number of users for whom the work succeeded.
	Done int
	// Unknown are the Selection.UserIDs that do not exist. They count in Found only.
	Unknown []string
	// UnknownUserNames are the Selection.UserNames that do not exist. They do not count
	// anywhere else.
	UnknownUserNames []string
	// Deleted is the number of users who were listed and then deleted before they were worked
	// on. DeletedUserIDs are up to 100 of them. They count in Found only.
	Deleted        int
	DeletedUserIDs []string
	// Unlisted is the number of disabled users whose sessions the API refuses to list
	// (API-FACTS.md, disable-sessions-listed). UnlistedUserIDs are up to 100 of them. They
	// count in Found only.
	Unlisted        int
	UnlistedUserIDs []string
	// Failed is the number of other users for whom the work failed. FailedUserIDs are up to
	// 100 of them.
	Failed        int
	FailedUserIDs []string
	// UnknownProtectedUserIDs are Selection.ProtectedUserIDs that do not exist.
	// UnknownProtectedGroupIDs are protected groups that do not exist or have no members.
	UnknownProtectedUserIDs  []string
	UnknownProtectedGroupIDs []string
}

// Complete reports whether all users were found and done, except users who do not exist.
func (t Tally) Complete() bool {
	return t.AllFound && t.left() == 0 && t.Failed == 0 && t.Unlisted == 0
}

// left returns the number of found users without a result.
func (t Tally) left() int {
	return t.Found - t.Done - t.Failed - t.Unlisted - t.Deleted - len(t.Unknown)
}
