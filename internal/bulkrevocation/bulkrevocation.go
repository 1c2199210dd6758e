// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package bulkrevocation ends the sessions of many users: it finds the selected users,
// revokes the sessions of several users at a time, and reports what was done.
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
	// ClockProblem says why RevokedAt or the ages of sessions are by the local clock, as
	// transport.Receipt.ClockProblem does; "" if they are by the server's.
	ClockProblem string
	// Choice describes how the sessions of all users were selected, without the sessions.
	Choice revocation.Choice
	// Again is the number of users with a new session when the verification saw the end of
	// the others. AgainUserIDs are up to 100 of them, sorted.
	Again        int
	AgainUserIDs []string
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

// run is a revocation in progress.
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
		Verify: r.request.Verify, MaxVerifications: maxVerifications,
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
	all.RevokedUserIDs = append(all.RevokedUserIDs, userID)
	if all.Revoked++; all.Revoked > maxRevokedIDs {
		all.RevokedUserIDs = nil
	}
}

// ListSessions returns the sessions of many users, newest first: all, or those that meet the
// conditions. The error is as that of Run; the sessions are then incomplete.
func ListSessions(ctx context.Context, client *identitycenter.Client, selection Selection, matching *revocation.Conditions) ([]identitycenter.Session, Tally, error) {
	var mu sync.Mutex
	var all []identitycenter.Session
	tally, err := forEach(ctx, client, selection, func(ctx context.Context, userID string) error {
		choice, err := revocation.Preview(ctx, client, revocation.Request{
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
	return all, tally, err
}
