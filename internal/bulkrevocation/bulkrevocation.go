// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package bulkrevocation ends the sessions of many users: it finds the users of a
// selection, works on several of them at a time, and reports what was done.
package bulkrevocation

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
)

const (
	// mostRevokedIDs is how many users an outcome names.
	mostRevokedIDs = 1000
	// mostVerifications is how often the sessions of one of many users are listed to
	// verify their end, about half a minute: one user must not keep the others waiting.
	mostVerifications = 10
)

// Request says whose sessions are revoked, and which.
type Request struct {
	Selection Selection
	// Matching chooses sessions; nil is all that a user has.
	Matching *revocation.Conditions
	// Verify lists the sessions of each user right after they were ended, until none of
	// them is left, at most ten times.
	Verify bool
	// Ended is told about each user who lost sessions; it may be nil. Several users may
	// be told about at once.
	Ended func(userID string, outcome revocation.Outcome)
	// Report receives the progress, at most once a second, and every ten seconds when
	// nothing changes; it may be nil. It is not called any more once the context has ended.
	Report func(Progress)
}

// Outcome is what a revocation of many users did, also one that failed half-way.
type Outcome struct {
	Tally
	// Revoked is how many users lost sessions. RevokedUserIDs are they, sorted; nil when
	// there are more than 1,000.
	Revoked        int
	RevokedUserIDs []string
	// Sessions is how many sessions were ended.
	Sessions int
	// Accepted is true once a call to end sessions succeeded.
	Accepted bool
	// RevokedAt is when the last sessions were ended, in UTC; zero when none was.
	RevokedAt time.Time
	// ClockProblem says why RevokedAt or the ages of sessions are by the local clock, as
	// transport.Receipt.ClockProblem does; "" if they are by the server's.
	ClockProblem string
	// Choice sums up how the sessions of all users were chosen; it has no sessions.
	Choice revocation.Choice
	// Again is how many users had begun a session by the time that the verification saw
	// the end of the others. AgainUserIDs names up to 100 of them, sorted.
	Again        int
	AgainUserIDs []string
}

// Run revokes the sessions of many users, each as revocation.Run does it, and returns what was
// done, together with a *Error when not all of it was.
func Run(ctx context.Context, client *identitycenter.Client, request Request) (Outcome, error) {
	if request.Matching != nil {
		request.Matching = request.Matching.Indexed()
	}
	r := &run{client: client, request: request}
	tally, err := forEach(ctx, client, request.Selection, r.revoke, r.reportProgress)
	r.outcome.Tally = tally
	slices.Sort(r.outcome.RevokedUserIDs)
	slices.Sort(r.outcome.AgainUserIDs)
	slices.Sort(r.outcome.FailedUserIDs)
	slices.Sort(r.outcome.UnlistedUserIDs)
	slices.Sort(r.outcome.DeletedUserIDs)
	slices.Sort(r.outcome.Unknown)
	return r.outcome, err
}

// run is a revocation of many users under way.
type run struct {
	client  *identitycenter.Client
	request Request

	mu      sync.Mutex
	outcome Outcome
	// calls counts the responses.
	calls int
}

// revoke ends the sessions of one user.
func (r *run) revoke(ctx context.Context, userID string) error {
	outcome, err := revocation.Run(ctx, r.client, revocation.Request{
		IdentityStoreID: r.request.Selection.IdentityStoreID, UserID: userID,
		All: r.request.Matching == nil, Matching: r.request.Matching,
		Verify: r.request.Verify, MostVerifications: mostVerifications,
	})
	if (len(outcome.Revoked) > 0 || outcome.ResponseLost) && r.request.Ended != nil {
		r.request.Ended(userID, outcome)
	}
	r.record(userID, outcome)
	return err
}

func (r *run) record(userID string, outcome revocation.Outcome) {
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
	if len(outcome.Revoked) == 0 {
		return
	}
	all.Sessions += len(outcome.Revoked)
	if outcome.RevokedAt.After(all.RevokedAt) {
		all.RevokedAt = outcome.RevokedAt
	}
	switch all.Revoked++; {
	case all.Revoked > mostRevokedIDs:
		all.RevokedUserIDs = nil
	default:
		all.RevokedUserIDs = append(all.RevokedUserIDs, userID)
	}
}

// ListSessions returns the sessions of many users, newest first: all, or those that the
// conditions choose. The error is a *Error; what is returned with it is not all.
func ListSessions(ctx context.Context, client *identitycenter.Client, selection Selection, matching *revocation.Conditions) ([]identitycenter.Session, Tally, error) {
	if matching != nil {
		matching = matching.Indexed()
	}
	var mu sync.Mutex
	var all []identitycenter.Session
	tally, err := forEach(ctx, client, selection, func(ctx context.Context, userID string) error {
		choice, _, _, err := revocation.Preview(ctx, client, revocation.Request{
			IdentityStoreID: selection.IdentityStoreID, UserID: userID, All: matching == nil, Matching: matching,
		})
		mu.Lock()
		defer mu.Unlock()
		all = append(all, choice.Sessions...)
		return err
	}, func(context.Context, *pool) {})
	slices.SortFunc(all, func(a, b identitycenter.Session) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.UserID, b.UserID), cmp.Compare(a.ID, b.ID))
	})
	slices.Sort(tally.Unknown)
	slices.Sort(tally.UnlistedUserIDs)
	slices.Sort(tally.DeletedUserIDs)
	return all, tally, err
}
