// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package bulkrevocation ends the sessions of many users: it finds the selected users,
// revokes the sessions of several users at a time, and reports what was done.
package bulkrevocation

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

const (
	// maxNamedIDs is how many user IDs of a kind a Tally or an Outcome lists.
	maxNamedIDs = 100
	// maxRevokedIDs is the largest number of users for which an Outcome lists the IDs.
	maxRevokedIDs = 1000
	// maxVerifications limits how often the sessions of one user are listed to verify their
	// end, about half a minute: one user must not delay the others.
	maxVerifications = 10
)

// Request selects users and sessions.
type Request struct {
	Selection Selection
	// Matching selects sessions; nil selects all.
	Matching *revocation.Conditions
	// Verify lists the sessions of each user until none of the ended ones is left, at most
	// ten times.
	Verify bool
	// Ended is called for each user whose sessions were ended, also concurrently; it may be
	// nil.
	Ended func(userID string, outcome revocation.Outcome)
	// Report receives the progress in one line, at most once a second, and every ten seconds if
	// nothing changes; it may be nil. It is not called after the context has ended.
	Report func(message string)
}

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
	// ProtectedUserIDs and the members of ProtectedGroupIDs are left out too. If UserIDs or
	// UserNames name one of them, that is a SelectionError.
	ProtectedUserIDs  []string
	ProtectedGroupIDs []string
}

// Outcome is what a revocation did, also one that failed.
type Outcome struct {
	Tally
	// Revoked is the number of users whose sessions were ended. RevokedUserIDs are their IDs,
	// sorted; nil for more than 1,000.
	Revoked        int
	RevokedUserIDs []string
	// Sessions is the number of ended sessions.
	Sessions int
	// Accepted is true once a call to end sessions succeeded.
	Accepted bool
	// RevokedAt is when the last batch was accepted, in UTC; zero if no session was ended.
	RevokedAt time.Time
	// ClockProblem says why times are by the local clock; "" if they are by the server's.
	ClockProblem string
	// Choice describes how the sessions of all users were selected, without the sessions.
	Choice revocation.Choice
	// Again is the number of users with a new session when the verification saw the end of
	// the others. AgainUserIDs are up to 100 of them, sorted.
	Again        int
	AgainUserIDs []string
	// Lost is the number of users whose sessions a failed request may have ended.
	Lost int
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

// describe returns the number of users with each result: "4 of 9 users done, 2 failed". all
// adds IDs, and the users without a result.
func (t *Tally) describe(all bool) string {
	text := fmt.Sprintf("%d of %d users done", t.Done, t.Found)
	if !t.AllFound {
		text = fmt.Sprintf("%d of at least %d users done", t.Done, t.Found)
	}
	for _, part := range []struct {
		n    int
		what string
		ids  []string
	}{
		{t.Failed, "failed", nil},
		{t.Unlisted, "disabled, so that the API refuses to list their sessions", t.UnlistedUserIDs},
		{t.Deleted, "deleted meanwhile", t.DeletedUserIDs},
		{len(t.Unknown), "not known to the identity store", t.Unknown},
		{len(t.UnknownUserNames), "names not known to the identity store", t.UnknownUserNames},
	} {
		if part.n > 0 {
			text += fmt.Sprintf(", %d %s", part.n, part.what)
			if all && part.ids != nil {
				text += " (" + revocation.Names(part.ids) + ")"
			}
		}
	}
	if left := t.left(); all && left > 0 {
		text += fmt.Sprintf(", %d not finished", left)
	}
	return text
}

// Run revokes the sessions of many users, each with revocation.Run, and returns what was
// done. The error is an *Error or a *SelectionError.
func Run(ctx context.Context, client *identitycenter.Client, request Request) (Outcome, error) {
	r := &run{client: client, request: request}
	tally, err := forEach(ctx, client, request.Selection, r.revoke, r.reportProgress)
	r.outcome.Tally = tally
	slices.Sort(r.outcome.RevokedUserIDs)
	slices.Sort(r.outcome.AgainUserIDs)
	return r.outcome, err
}

type run struct {
	client  *identitycenter.Client
	request Request

	mu      sync.Mutex
	outcome Outcome
	// calls counts the responses.
	calls int
}

func (r *run) revoke(ctx context.Context, userID string) error {
	outcome, err := revocation.Run(ctx, r.client, revocation.Request{
		IdentityStoreID: r.request.Selection.IdentityStoreID, UserID: userID,
		All: r.request.Matching == nil, Matching: r.request.Matching,
		Verify: r.request.Verify, MaxVerifications: maxVerifications,
	})
	if (len(outcome.Revoked) > 0 || outcome.ResponseLost) && r.request.Ended != nil {
		r.request.Ended(userID, outcome)
	}
	r.record(userID, outcome, err)
	return err
}

func (r *run) record(userID string, outcome revocation.Outcome, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls += len(outcome.RequestIDs)
	all := &r.outcome
	all.Accepted = all.Accepted || outcome.Accepted
	all.ClockProblem = cmp.Or(all.ClockProblem, outcome.ClockProblem)
	if outcome.Choice != nil {
		all.Choice.Add(*outcome.Choice)
	}
	if len(outcome.Newer) > 0 {
		all.Again++
		all.AgainUserIDs = appendAtMost(all.AgainUserIDs, userID)
	}
	if len(outcome.NotRevoked) > 0 && transport.Unanswered(err) {
		all.Lost++
	}
	if len(outcome.Revoked) == 0 {
		return
	}
	all.Sessions += len(outcome.Revoked)
	if outcome.RevokedAt.After(all.RevokedAt) {
		all.RevokedAt = outcome.RevokedAt
	}
	if slices.Contains(all.RevokedUserIDs, userID) {
		return // The user was not found once, so the work was repeated.
	}
	all.RevokedUserIDs = append(all.RevokedUserIDs, userID)
	if all.Revoked++; all.Revoked > maxRevokedIDs {
		all.RevokedUserIDs = nil
	}
}

// ListSessions returns the sessions of many users, newest first: all, or those that meet the
// conditions. The error is as that of Run; the sessions are then incomplete.
func ListSessions(ctx context.Context, client *identitycenter.Client, selection Selection, matching *revocation.Conditions) (revocation.Choice, Tally, error) {
	var mu sync.Mutex
	var all revocation.Choice
	tally, err := forEach(ctx, client, selection, func(ctx context.Context, userID string) error {
		choice, err := revocation.Preview(ctx, client, revocation.Request{IdentityStoreID: selection.IdentityStoreID, UserID: userID, All: matching == nil, Matching: matching})
		mu.Lock()
		defer mu.Unlock()
		if err == nil {
			all.Add(choice)
			all.Sessions = append(all.Sessions, choice.Sessions...)
		}
		return err
	}, func(context.Context, *pool) {})
	slices.SortFunc(all.Sessions, func(a, b identitycenter.Session) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.UserID, b.UserID), cmp.Compare(a.ID, b.ID))
	})
	return all, tally, err
}
