// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package revocation ends portal sessions of one user: it selects them, ends them in batches,
// and verifies their end. Everything that ends sessions goes through Run.
package revocation

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// BatchSize is how many sessions one call ends (API-FACTS.md, batch-size).
const BatchSize = 100

const (
	// listingMayBeIncomplete is the number of sessions from which a listing may be truncated
	// (API-FACTS.md, complete-sessions).
	listingMayBeIncomplete = 50
	// maxListings limits how often sessions are looked for that an earlier listing lacked.
	maxListings = 100
	// longestMessage limits a progress message in bytes, because a response may contain anything.
	longestMessage = 4096
)

// Request selects the sessions of one user. Exactly one of SessionIDs, All and Matching is
// set.
type Request struct {
	IdentityStoreID string
	UserID          string
	// SessionIDs are the sessions to end. Duplicates count once.
	SessionIDs []string
	// All ends every session that the user has when the sessions are listed.
	All bool
	// Matching ends the sessions that meet the conditions.
	Matching *Conditions
	// Verify lists the sessions afterwards until none of the selected ones is left or the
	// context ends. With SessionIDs, it also lists them before, to tell an unknown ID from an
	// ended session. A run with All or Matching that listed 50 sessions or more and ended one
	// is always verified.
	Verify bool
	// MaxVerifications limits how often Verify lists the sessions; 0 is no limit.
	MaxVerifications uint
	// Report receives printable progress messages; it may be nil. It is not called after the
	// context has ended.
	Report func(message string)
}

// Outcome is the result of a revocation, also of one that failed. Each selected session is in
// exactly one of Revoked, AlreadyGone and NotRevoked.
type Outcome struct {
	// Revoked are the sessions that this revocation ended. Without Verify, a session named by
	// ID may not have existed.
	Revoked []string
	// AlreadyGone are selected sessions that the user no longer had, or never had.
	AlreadyGone []string
	// ResponseLost is true if AlreadyGone may contain sessions that this revocation ended:
	// the response to their batch was lost.
	ResponseLost bool
	// NotRevoked are the selected sessions that are not known to have ended.
	NotRevoked []string
	// Accepted is true once a call to end sessions succeeded.
	Accepted bool
	// RequestIDs are those of all responses, in order, retries included.
	RequestIDs []string
	// RevokedAt is when the last batch was accepted, in UTC; zero if no session was ended. It
	// is by the server's clock, or by the local one if ClockProblem is set.
	RevokedAt time.Time
	// ClockProblem is that of transport.Receipt; "" if all Date headers were used.
	ClockProblem string
	// Choice describes how All or Matching selected sessions. It is nil for SessionIDs, and
	// if the sessions could not be listed.
	Choice *Choice
	// Newer are sessions that began after the first listing, found by the verification: the
	// user has logged in meanwhile. They were not selected.
	Newer []identitycenter.Session
}

// Run revokes sessions of one user. It returns what was done, and the error that ended it
// early, if any.
func Run(ctx context.Context, client *identitycenter.Client, request Request) (Outcome, error) {
	r := &run{client: client, request: request}
	err := r.revoke(ctx)
	if err == nil && (request.Verify || len(r.doubted) > 0 || !request.named() && len(r.known) >= listingMayBeIncomplete) {
		err = r.verify(ctx)
	}
	result := "Done"
	if err != nil {
		result = "Stopped"
		ended := without(r.outcome.Revoked, r.doubted)
		r.outcome.NotRevoked = append(r.outcome.NotRevoked, without(r.outcome.Revoked, ended)...)
		r.outcome.Revoked = ended
	}
	if len(r.outcome.Revoked) == 0 {
		r.outcome.RevokedAt = time.Time{}
	}
	r.report(ctx, "%s: %s.", result, r.outcome.Summary(request.UserID))
	return r.outcome, err
}

// named reports whether the sessions are selected by ID.
func (r Request) named() bool { return !r.All && r.Matching == nil }

type run struct {
	client  *identitycenter.Client
	request Request
	outcome Outcome
	// listedAt is the time of the first listing; zero before it.
	listedAt time.Time
	// known are the listed sessions that began before listedAt.
	known []identitycenter.Session
	// unlisted is why the listing before the end of named sessions failed; nil if it did not.
	unlisted error
	// doubted are sessions that a listing showed after their end had been accepted.
	doubted []string
}

func (r *run) revoke(ctx context.Context) error {
	if r.request.named() {
		return r.revokeNamed(ctx)
	}
	if err := r.listFirst(ctx); err != nil {
		return err
	}
	chosen, err := r.choose(ctx)
	if err != nil {
		return err
	}
	return r.end(ctx, chosen)
}

// revokeNamed ends sessions by ID. With Verify it lists the sessions first, to detect IDs
// that the user does not have.
func (r *run) revokeNamed(ctx context.Context) error {
	named := Unique(r.request.SessionIDs)
	if len(named) == 0 || !r.request.Verify {
		return r.end(ctx, named)
	}
	switch err := r.listFirst(ctx); {
	case err != nil && (transport.NotFound(err) || ctx.Err() != nil):
		r.outcome.NotRevoked = named
		return err
	case err != nil:
		// Named sessions can be ended without a listing. Its error is returned afterwards.
		r.unlisted = err
		return r.end(ctx, named)
	}
	missing := without(named, IDs(r.known))
	err := r.end(ctx, without(named, missing))
	var sessions []identitycenter.Session
	if err == nil && len(missing) > 0 && len(r.known) >= listingMayBeIncomplete {
		// The listing may have been truncated before them.
		sessions, _, err = r.list(ctx)
	}
	if err != nil {
		r.outcome.NotRevoked = append(r.outcome.NotRevoked, missing...)
		return err
	}
	left := stillListed(missing, sessions)
	if len(sessions) >= listingMayBeIncomplete && len(left) < len(missing) {
		return r.end(ctx, missing)
	}
	r.gone(ctx, without(missing, left))
	return r.end(ctx, left)
}

func (r *run) listFirst(ctx context.Context) error {
	sessions, receipt, err := r.list(ctx)
	if err != nil {
		return err
	}
	r.listedAt, r.known = receipt.Date, sessions
	return nil
}

// choose returns the IDs of the known sessions that are selected and not yet processed. It records
// how they were selected.
func (r *run) choose(ctx context.Context) ([]string, error) {
	choice, err := r.request.choose(ctx, r.known, r.listedAt)
	if err != nil {
		return nil, err
	}
	choice.ClockProblem = r.outcome.ClockProblem
	r.outcome.Choice = &choice
	r.report(ctx, "User %s has %s.", r.request.UserID, choice)
	ids := without(IDs(choice.Sessions), slices.Concat(r.outcome.Revoked, r.outcome.AlreadyGone))
	if r.request.Report != nil {
		pending := SetOf(ids)
		for _, session := range choice.Sessions {
			if pending[session.ID] {
				r.report(ctx, "Ending %s", Describe(session, r.listedAt))
			}
		}
	}
	return ids, nil
}

// choose returns the selected sessions of a listing that was made at a time.
func (r Request) choose(ctx context.Context, sessions []identitycenter.Session, at time.Time) (choice Choice, err error) {
	choice = Choice{Sessions: sessions, Listed: len(sessions)}
	switch {
	case r.All:
	case r.Matching != nil:
		choice, err = r.Matching.Choose(ctx, sessions, at)
	default:
		named := SetOf(r.SessionIDs)
		choice.Sessions = slices.DeleteFunc(slices.Clone(sessions), func(s identitycenter.Session) bool { return !named[s.ID] })
		choice.Missing = without(Unique(r.SessionIDs), IDs(sessions))
	}
	choice.ListedAt = at
	return choice, err
}

// Preview lists the user's sessions once, and returns those that Run would end now.
func Preview(ctx context.Context, client *identitycenter.Client, request Request) (Choice, error) {
	sessions, receipt, err := client.ListSessions(ctx, request.IdentityStoreID, request.UserID)
	if err != nil {
		return Choice{}, err
	}
	choice, err := request.choose(ctx, sessions, receipt.Date)
	choice.ClockProblem = receipt.ClockProblem
	return choice, err
}

// end ends sessions in batches. The API may refuse a batch with a session that does not
// exist (API-FACTS.md, gone-session). The sessions that are still listed are then sent again.
func (r *run) end(ctx context.Context, ids []string) error {
	batches := slices.Collect(slices.Chunk(ids, BatchSize))
	for n := 1; len(batches) > 0; n++ {
		batch := batches[0]
		receipt, refusal := r.client.BatchDeleteSessions(ctx, r.request.IdentityStoreID, r.request.UserID, batch)
		r.record(receipt)
		if refusal == nil {
			r.ended(batch, receipt)
			batches = batches[1:]
			r.report(ctx, "Batch %d of %d done: %s%s.", n, n+len(batches), Count(len(batch)), requestIDs(receipt))
			continue
		}
		var err error
		if batches, err = r.afterRefusal(ctx, batches, receipt, refusal); err != nil {
			// The API would refuse the other batches too.
			r.outcome.NotRevoked = append(r.outcome.NotRevoked, slices.Concat(batches...)...)
			return err
		}
	}
	return nil
}

// afterRefusal lists the sessions after the API refused the first of these batches. It returns
// the batches that are left; with an error, those that are not known to have ended.
func (r *run) afterRefusal(ctx context.Context, batches [][]string, receipt transport.Receipt, refusal error) ([][]string, error) {
	batch := batches[0]
	if !namesSessions(refusal, batch) {
		return batches, refusal
	}
	r.report(ctx, "The API does not know all of them; listing the user's sessions to see which are left.")
	sessions, _, err := r.list(ctx)
	if err != nil {
		return batches, &UnlistedError{Err: refusal, ListErr: err}
	}
	r.doubted = append(r.doubted, stillListed(r.outcome.Revoked, sessions)...)
	if len(stillListed(batch, sessions)) == len(batch) {
		return batches, refusal
	}
	pending := slices.Concat(batches...)
	alive := stillListed(pending, sessions)
	missing := without(pending, alive)

	// A batch whose response was lost may have been carried out. It ended the sessions that
	// an earlier listing showed; the others may never have existed.
	if transport.Unanswered(refusal) {
		lost := without(batch, alive)
		seen := stillListed(lost, r.known)
		if len(seen) > 0 {
			r.ended(seen, receipt)
			missing = without(missing, seen)
		}
		r.outcome.ResponseLost = r.outcome.ResponseLost || len(seen) < len(lost)
	}
	switch living := slices.Collect(slices.Chunk(alive, BatchSize)); {
	case len(sessions) < listingMayBeIncomplete || len(missing) == 0:
		r.gone(ctx, missing)
		return living, nil
	case len(alive) > 0:
		// The listing may have been truncated before the others. After the next refusal they
		// are listed again.
		return slices.AppendSeq(living, slices.Chunk(missing, BatchSize)), nil
	case len(batch) > 1:
		return slices.AppendSeq(slices.Collect(slices.Chunk(batch, (len(batch)+1)/2)), slices.Values(batches[1:])), nil
	}
	// The API does not know the session and does not list it.
	r.gone(ctx, batch)
	return batches[1:], nil
}

func (r *run) ended(ids []string, receipt transport.Receipt) {
	r.outcome.Accepted = true
	r.outcome.Revoked = append(r.outcome.Revoked, ids...)
	r.outcome.RevokedAt = receipt.Date
}

func (r *run) gone(ctx context.Context, ids []string) {
	if len(ids) == 0 {
		return
	}
	r.outcome.AlreadyGone = append(r.outcome.AlreadyGone, ids...)
	r.report(ctx, "Not found among the sessions of the user: %s.", Names(ids))
}

func (r *run) list(ctx context.Context) ([]identitycenter.Session, transport.Receipt, error) {
	sessions, receipt, err := r.client.ListSessions(ctx, r.request.IdentityStoreID, r.request.UserID)
	r.record(receipt)
	return sessions, receipt, err
}

// record keeps the request IDs of a call, also of a failed one.
func (r *run) record(receipt transport.Receipt) {
	r.outcome.RequestIDs = append(r.outcome.RequestIDs, receipt.RequestIDs...)
	r.outcome.ClockProblem = cmp.Or(receipt.ClockProblem, r.outcome.ClockProblem)
}

// requestIDs returns the request IDs of a call as the end of a sentence; "" for none.
func requestIDs(receipt transport.Receipt) string {
	if len(receipt.RequestIDs) == 0 {
		return ""
	}
	return ", request ID " + strings.Join(receipt.RequestIDs, ", ")
}

// report sends a message unless the context has ended: Terraform panics on a progress message
// after an interrupt.
func (r *run) report(ctx context.Context, format string, args ...any) {
	if r.request.Report != nil && ctx.Err() == nil {
		r.request.Report(transport.Printable(fmt.Sprintf(format, args...), longestMessage))
	}
}
