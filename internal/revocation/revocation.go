// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package revocation says what it means to revoke login sessions: which ones are
// meant, in what batches they are ended, what counts as done, and how it is
// verified. The resource and the action share it.
package revocation

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/cenkalti/backoff/v5"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// BatchSize is how many sessions one call ends. The API publishes no limit.
const BatchSize = 100

// ErrUserNotFound is part of an error that says the user, or the identity store,
// does not exist.
var ErrUserNotFound = errors.New("no such user in this identity store")

// Request says whose sessions are revoked, and which.
type Request struct {
	IdentityStoreID string
	UserID          string
	// SessionIDs are the sessions to end; one that is named twice is ended once.
	SessionIDs []string
	// All ends the sessions that the user has at this moment, instead of SessionIDs.
	All bool
	// Verify lists the sessions afterwards, until none of those meant is left or
	// the context ends.
	Verify bool
	// Report receives the progress in words; it may be nil.
	Report func(message string)
}

// Outcome is what a revocation did, also one that failed half-way. Revoked and
// NotRevoked together are the sessions that were meant, each once.
type Outcome struct {
	// Revoked are the sessions that are ended: by a call, or before it.
	Revoked []string
	// AlreadyGone are those of Revoked that the user did not have when it was
	// their turn: they had ended before, or never were.
	AlreadyGone []string
	// NotRevoked are the sessions of which it is not known that they ended.
	NotRevoked []string
	// Accepted is true once a call to end sessions succeeded.
	Accepted bool
	// RequestIDs are those of all calls that were answered, in order, each repetition
	// being a call of its own.
	RequestIDs []string
	// RevokedAt is when the last call ended that was needed, in UTC.
	RevokedAt time.Time
}

// SurvivorsError says which sessions were still there when the time to verify
// that they ended was over.
type SurvivorsError struct {
	// SessionIDs are the survivors, as last listed.
	SessionIDs []string
	// Err is why the verification ended.
	Err error
}

// Error names the survivors.
func (e *SurvivorsError) Error() string {
	return fmt.Sprintf("%s still listed after the API accepted their revocation: %s (%s)",
		Count(len(e.SessionIDs)), strings.Join(e.SessionIDs, ", "), e.Err)
}

// Unwrap returns Err.
func (e *SurvivorsError) Unwrap() error { return e.Err }

// UnlistedError is the API's refusal of a batch that may have named a session
// that is already gone, when the listing that would have told failed too.
type UnlistedError struct {
	// Err is the refusal of the batch, which stands.
	Err error
	// ListErr is why the user's sessions could not be listed.
	ListErr error
}

// Error returns the refusal and what was tried.
func (e *UnlistedError) Error() string {
	return fmt.Sprintf("%s; to see whether a session was already gone, the user's sessions were listed, which failed: %s", e.Err, e.ListErr)
}

// Unwrap returns both errors, the refusal first.
func (e *UnlistedError) Unwrap() []error { return []error{e.Err, e.ListErr} }

// VerificationError says that the sessions were revoked but could not be listed
// to verify it.
type VerificationError struct {
	Err error
}

// Error returns why the listing failed.
func (e *VerificationError) Error() string {
	return fmt.Sprintf("the revocation was accepted, but verifying it failed: %s", e.Err)
}

// Unwrap returns Err.
func (e *VerificationError) Unwrap() error { return e.Err }

// Count returns a number of sessions in words: "1 session", "3 sessions".
func Count(sessions int) string {
	if sessions == 1 {
		return "1 session"
	}
	return fmt.Sprintf("%d sessions", sessions)
}

// Run revokes what is asked and returns what was done, together with the error
// that ended it early, if any. With nothing to revoke it makes no call but the
// listing that All needs.
func Run(ctx context.Context, client *identitycenter.Client, request Request) (Outcome, error) {
	r := &run{client: client, request: request}
	err := r.revoke(ctx)
	if err == nil && request.Verify {
		err = r.verify(ctx)
	}
	r.outcome.RevokedAt = time.Now().UTC()
	if err == nil {
		r.report("Done: %s of user %s ended, %d of them before this run.",
			Count(len(r.outcome.Revoked)), request.UserID, len(r.outcome.AlreadyGone))
	} else {
		r.report("Stopped: %s of user %s ended, %d not known to have ended.",
			Count(len(r.outcome.Revoked)), request.UserID, len(r.outcome.NotRevoked))
	}
	return r.outcome, err
}

// run is one revocation under way.
type run struct {
	client  *identitycenter.Client
	request Request
	outcome Outcome
	// noted are the request IDs of the last call and its repetitions.
	noted []string
}

func (r *run) revoke(ctx context.Context) error {
	targets, err := r.targets(ctx)
	if err != nil {
		return err
	}
	batches := slices.Collect(slices.Chunk(targets, BatchSize))
	for i, batch := range batches {
		if err := r.end(ctx, batch); err != nil {
			// What follows would meet the same refusal.
			r.outcome.NotRevoked = append(r.outcome.NotRevoked, slices.Concat(batches[i+1:]...)...)
			return err
		}
		r.report("Batch %d of %d done: %s%s.", i+1, len(batches), Count(len(batch)), r.lastRequestID())
	}
	return nil
}

// targets returns the IDs of the sessions to end, each once.
func (r *run) targets(ctx context.Context) ([]string, error) {
	if !r.request.All {
		return unique(r.request.SessionIDs), nil
	}
	sessions, err := r.list(ctx)
	if err != nil {
		return nil, err
	}
	r.report("User %s has %s.", r.request.UserID, Count(len(sessions)))
	ids := make([]string, len(sessions))
	for i, session := range sessions {
		ids[i] = session.ID
		r.report("Ending %s", describe(session, time.Now()))
	}
	return ids, nil
}

// end ends the sessions of one batch. The API may answer that a session does not
// exist; it then did nothing, so those that are still alive are sent again and
// the others count as done.
func (r *run) end(ctx context.Context, batch []string) error {
	for pending := batch; ; {
		receipt, err := r.client.BatchDeleteSessions(ctx, r.request.IdentityStoreID, r.request.UserID, pending)
		r.note(receipt.RequestIDs)
		if err == nil {
			r.outcome.Accepted = true
			r.outcome.Revoked = append(r.outcome.Revoked, pending...)
			return nil
		}
		fail := func(err error) error {
			r.outcome.NotRevoked = append(r.outcome.NotRevoked, pending...)
			return err
		}
		if !namesSessions(err, pending) {
			return fail(err)
		}

		r.report("The API does not know all of them; listing the user's sessions to see which are left.")
		sessions, listErr := r.list(ctx)
		if listErr != nil {
			return fail(&UnlistedError{Err: err, ListErr: listErr})
		}
		alive := stillListed(pending, sessions)
		if len(alive) == len(pending) {
			return fail(err)
		}
		gone := without(pending, alive)
		r.report("Already gone: %s.", strings.Join(gone, ", "))
		r.outcome.AlreadyGone = append(r.outcome.AlreadyGone, gone...)
		r.outcome.Revoked = append(r.outcome.Revoked, gone...)
		if len(alive) == 0 {
			return nil
		}
		pending = alive
	}
}

// verify lists the user's sessions until none of the revoked ones is left.
func (r *run) verify(ctx context.Context) error {
	delays := &backoff.ExponentialBackOff{
		InitialInterval: 200 * time.Millisecond, RandomizationFactor: 0.2, Multiplier: 2, MaxInterval: 5 * time.Second,
	}
	survivors := r.outcome.Revoked
	if len(survivors) == 0 {
		return nil
	}
	listed := false
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		r.report("Verifying the end of %s.", Count(len(survivors)))
		sessions, err := r.list(ctx)
		if err != nil {
			return struct{}{}, backoff.Permanent(err)
		}
		listed = true
		survivors = stillListed(r.outcome.Revoked, sessions)
		if len(survivors) > 0 {
			return struct{}{}, fmt.Errorf("%s left", Count(len(survivors)))
		}
		return struct{}{}, nil
	}, backoff.WithBackOff(delays), backoff.WithMaxElapsedTime(0))

	switch {
	case err == nil:
		return nil
	case !listed || ctx.Err() == nil:
		return &VerificationError{Err: err}
	}
	r.outcome.Revoked = without(r.outcome.Revoked, survivors)
	r.outcome.AlreadyGone = without(r.outcome.AlreadyGone, survivors)
	r.outcome.NotRevoked = append(r.outcome.NotRevoked, survivors...)
	return &SurvivorsError{SessionIDs: survivors, Err: context.Cause(ctx)}
}

func (r *run) list(ctx context.Context) ([]identitycenter.Session, error) {
	sessions, receipt, err := r.client.ListSessions(ctx, r.request.IdentityStoreID, r.request.UserID)
	r.note(receipt.RequestIDs)
	var failed *transport.Error
	if errors.As(err, &failed) && failed.NotFound() {
		return nil, fmt.Errorf("%w: %w", ErrUserNotFound, err)
	}
	return sessions, err
}

// note keeps the request IDs of a call, also of a refused one.
func (r *run) note(requestIDs []string) {
	r.noted = requestIDs
	r.outcome.RequestIDs = append(r.outcome.RequestIDs, requestIDs...)
}

// lastRequestID names the request ID of the last call, with those of its
// repetitions, if there are any.
func (r *run) lastRequestID() string {
	if len(r.noted) == 0 {
		return ""
	}
	return ", request ID " + strings.Join(r.noted, ", ")
}

// report passes a message on, without what a terminal might act on.
func (r *run) report(format string, args ...any) {
	if r.request.Report == nil {
		return
	}
	r.request.Report(strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) {
			return c
		}
		return '?'
	}, fmt.Sprintf(format, args...)))
}

// namesSessions tells whether a refusal may mean that a session is already gone:
// a 404, or a 400 that speaks of the sessions. It is not documented which.
func namesSessions(err error, sessionIDs []string) bool {
	var refusal *transport.Error
	if !errors.As(err, &refusal) {
		return false
	}
	switch refusal.Status {
	case http.StatusNotFound:
		return true
	case http.StatusBadRequest:
		return strings.Contains(strings.ToLower(refusal.Message), "session") ||
			slices.ContainsFunc(sessionIDs, func(id string) bool { return strings.Contains(refusal.Message, id) })
	}
	return false
}

// describe says in one line what is known of a session.
func describe(s identitycenter.Session, now time.Time) string {
	parts := []string{"session " + quoteless(s.ID)}
	if s.IPAddress != "" {
		parts = append(parts, "from "+quoteless(s.IPAddress))
	}
	if s.UserAgent != "" {
		parts = append(parts, "with "+strconv.Quote(s.UserAgent))
	}
	if !s.CreatedAt.IsZero() {
		parts = append(parts, fmt.Sprintf("begun %s ago (%s)", now.Sub(s.CreatedAt).Round(time.Second), s.CreatedAt.Format(time.RFC3339)))
	}
	return strings.Join(parts, ", ")
}

// quoteless escapes what a terminal might act on.
func quoteless(s string) string { return strings.Trim(strconv.Quote(s), `"`) }

func stillListed(ids []string, sessions []identitycenter.Session) []string {
	listed := make(map[string]bool, len(sessions))
	for _, session := range sessions {
		listed[session.ID] = true
	}
	return filter(ids, func(id string) bool { return listed[id] })
}

func without(ids, others []string) []string {
	drop := make(map[string]bool, len(others))
	for _, id := range others {
		drop[id] = true
	}
	return filter(ids, func(id string) bool { return !drop[id] })
}

func unique(ids []string) []string {
	seen := make(map[string]bool, len(ids))
	return filter(ids, func(id string) bool {
		first := !seen[id]
		seen[id] = true
		return first
	})
}

// filter returns the IDs to keep in a new slice, in their order.
func filter(ids []string, keep func(string) bool) []string {
	var kept []string
	for _, id := range ids {
		if keep(id) {
			kept = append(kept, id)
		}
	}
	return kept
}
