// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package bulkrevocation

// mostNamedIDs is how many users of a kind a Tally or an outcome names.
const mostNamedIDs = 100

// Selection says which users are meant: UserIDs and UserNames together, or GroupIDs, or All,
// without the exceptions and the protected users. IDs of exceptions and protected users are
// compared without regard to case.
type Selection struct {
	IdentityStoreID string
	// UserIDs are users by ID, and UserNames by name, compared exactly. A user who is named
	// several times counts once.
	UserIDs   []string
	UserNames []string
	// GroupIDs are groups whose members are meant; a member of several counts once.
	GroupIDs []string
	// All means every user of the identity store.
	All bool
	// ExceptUserIDs, and the members of ExceptGroupIDs, are left out. One that the identity
	// store does not have, or a group without members, is a SelectionError.
	ExceptUserIDs  []string
	ExceptGroupIDs []string
	// ProtectedUserIDs, and the members of ProtectedGroupIDs, are left out too; if one of them
	// is in UserIDs or UserNames, it is a SelectionError. Those that do not exist are in Tally.
	ProtectedUserIDs  []string
	ProtectedGroupIDs []string
}

// Tally says how far the work on the users of a selection is.
type Tally struct {
	// Found are the users found so far; all of them once AllFound is true.
	Found    int
	AllFound bool
	// Done are the users on whom the work succeeded.
	Done int
	// Unknown are those of Selection.UserIDs that the identity store does not have.
	// They are in none of the other numbers but Found.
	Unknown []string
	// UnknownUserNames are those of Selection.UserNames that nobody has. They are in none of
	// the other numbers.
	UnknownUserNames []string
	// Deleted counts the users whom the identity store listed and, when it was their turn, did
	// not have any more; DeletedUserIDs names up to 100 of them. They are in none of the other
	// numbers but Found.
	Deleted        int
	DeletedUserIDs []string
	// Unlisted counts the users who are disabled and whose sessions the API refuses to list
	// for that (it is not documented whether it does); UnlistedUserIDs names up to 100 of
	// them. They are in none of the other numbers but Found.
	Unlisted        int
	UnlistedUserIDs []string
	// Failed counts the other users on whom the work was tried; FailedUserIDs names
	// up to 100 of them.
	Failed        int
	FailedUserIDs []string
	// UnknownProtectedUserIDs are those of Selection.ProtectedUserIDs that the identity store
	// certainly does not have, and UnknownProtectedGroupIDs the protected groups that do not
	// exist or have no members.
	UnknownProtectedUserIDs  []string
	UnknownProtectedGroupIDs []string
}

// Complete reports whether all users were found and done, apart from those who do not exist.
func (t Tally) Complete() bool {
	return t.AllFound && t.left() == 0 && t.Failed == 0 && t.Unlisted == 0
}

// left returns how many of the users found so far were not worked on to an end.
func (t Tally) left() int {
	return t.Found - t.Done - t.Failed - t.Unlisted - t.Deleted - len(t.Unknown)
}
