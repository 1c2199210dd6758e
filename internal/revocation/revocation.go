// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package revocation ends portal sessions of one user: it selects them, ends them in batches,
// and verifies their end. Everything that ends sessions goes through Run.
package revocation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// BatchSize is how many sessions one call ends. The API publishes no limit (API-FACTS.md,
// batch-size).
const BatchSize = 100

const (
	// cutOffAt is the number of sessions from which on a listing may be cut off. The API
	// documents no limit, and not that there is none (API-FACTS.md, complete-sessions).
	cutOffAt = 50
	// mostListings bounds how often sessions are ended that an earlier listing lacked.
	mostListings = 100
)

// Request says whose sessions are revoked, and which: one of SessionIDs, All and
// Matching.
type Request struct {
	IdentityStoreID string
	UserID          string
	// SessionIDs are the sessions to end; one that is named twice is ended once.
	SessionIDs []string
	// All ends the sessions that the user has at this moment.
	All bool
	// Matching ends those of them that it chooses.
	Matching *Conditions
	// Verify lists the sessions afterwards, until none of those meant is left or
	// the context ends. Named sessions are also listed before, so that an ID that
	// the user does not have is told apart from one that was ended. A run of All or Matching
	// that ended 50 sessions or more is always verified, as the listing may have been cut off.
	Verify bool
	// MostVerifications bounds how often Verify lists; 0 is as often as there is time.
	MostVerifications uint
	// Report receives the progress, printable; it may be nil. It is not called any more once
	// the context has ended.
	Report func(message string)
}

// Outcome is what a revocation did, also one that failed half-way. Revoked,
// AlreadyGone and NotRevoked together are the sessions that were meant, each in one
// of them, once.
type Outcome struct {
	// Revoked are the sessions that this revocation ended. Of a named session the
	// API may accept the end although there was none: only Verify tells.
	Revoked []string
	// AlreadyGone are sessions that the user did not have when it was their turn:
	// they had ended before, or never were.
	AlreadyGone []string
	// ResponseLost is true when AlreadyGone may hold sessions that this revocation
	// ended: they were named in a batch whose response was lost.
	ResponseLost bool
	// NotRevoked are the sessions that are not known to have ended.
	NotRevoked []string
	// Accepted is true once a call to end sessions succeeded.
	Accepted bool
	// RequestIDs are those of all answered calls, in order, retries included.
	RequestIDs []string
	// RevokedAt is when the last batch was accepted, in UTC and by the server's clock, or the
	// local one if ClockProblem is set; the zero time when no session was ended.
	RevokedAt time.Time
	// ClockProblem says why the clock of a response was not believed, as
	// transport.Receipt.ClockProblem does; "" if it was.
	ClockProblem string
	// Choice says how All or Matching chose; nil for named sessions, and when the
	// sessions could not be listed.
	Choice *Choice
	// Newer are sessions that the verification saw and that began after the first listing:
	// somebody logged in meanwhile. They were not meant.
	Newer []identitycenter.Session
}

// Run revokes sessions of one user and returns what was done, together with the
// error that ended it early, if any. Without anything to revoke it makes no call but
// the listing that All and Matching need.
func Run(ctx context.Context, client *identitycenter.Client, request Request) (Outcome, error) {
	r := &run{client: client, request: request}
	err := r.revoke(ctx)
	if err == nil && (request.Verify || r.doubted || !request.named() && len(r.outcome.Revoked) >= cutOffAt) {
		err = r.verify(ctx)
	}
	if len(r.outcome.Revoked) == 0 {
		r.outcome.RevokedAt = time.Time{}
	}
	switch {
	case err == nil:
		r.report(ctx, "Done: %s.", r.outcome.Summary(request.UserID))
	case len(r.outcome.NotRevoked) == 0:
		r.report(ctx, "Stopped: %s.", r.outcome.Summary(request.UserID))
	default:
		r.report(ctx, "Stopped: %s; %s not known to have ended.", r.outcome.Summary(request.UserID), Count(len(r.outcome.NotRevoked)))
	}
	return r.outcome, err
}

// named reports whether the sessions are named by ID.
func (r Request) named() bool { return !r.All && r.Matching == nil }

// run is one revocation under way.
type run struct {
	client  *identitycenter.Client
	request Request
	outcome Outcome
	// listedAt is the time of the first listing, zero while there was none.
	listedAt time.Time
	// known are the sessions that began before listedAt, as far as a listing has shown them,
	// and knownIDs are their IDs.
	known    []identitycenter.Session
	knownIDs map[string]bool
	// unlisted is why the sessions could not be listed before named ones were ended.
	unlisted error
	// doubted is true once a listing showed a session whose end had been accepted.
	doubted bool
}

// revoke ends the sessions that are meant.
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

// revokeNamed ends sessions by ID. To verify their end it lists the sessions first, so that an
// ID that the user does not have is told apart.
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
		// Named sessions can be ended without a listing; its error is returned afterwards.
		r.unlisted = err
		return r.end(ctx, named)
	}
	missing := without(named, IDs(r.known))
	if err := r.end(ctx, without(named, missing)); err != nil || len(missing) == 0 {
		r.outcome.NotRevoked = append(r.outcome.NotRevoked, missing...)
		return err
	}
	if len(r.known) >= cutOffAt {
		// The listing may have been cut off before them.
		sessions, _, err := r.list(ctx)
		if err != nil {
			r.outcome.NotRevoked = append(r.outcome.NotRevoked, missing...)
			return err
		}
		if left := stillListed(missing, sessions); len(sessions) < cutOffAt || len(left) == len(missing) {
			r.gone(ctx, without(missing, left))
			return r.end(ctx, left)
		}
		return r.end(ctx, missing)
	}
	r.gone(ctx, missing)
	return nil
}

// listFirst makes the first listing.
func (r *run) listFirst(ctx context.Context) error {
	sessions, receipt, err := r.list(ctx)
	if err != nil {
		return err
	}
	r.listedAt, r.known, r.knownIDs = receipt.Date, sessions, SetOf(IDs(sessions))
	return nil
}

// choose returns the IDs of the known sessions that are meant and were not dealt with yet,
// and records how they were chosen.
func (r *run) choose(ctx context.Context) ([]string, error) {
	choice, _, err := r.request.choose(ctx, r.known, r.listedAt)
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

// choose returns which of a user's sessions are meant, and which IDs of those that are
// named are not among them. Date is the time of the listing.
func (r Request) choose(ctx context.Context, sessions []identitycenter.Session, date time.Time) (choice Choice, missing []string, err error) {
	choice = Choice{Sessions: sessions, Listed: len(sessions)}
	switch {
	case r.All:
	case r.Matching != nil:
		choice, err = r.Matching.Choose(ctx, sessions, date)
	default:
		named := SetOf(r.SessionIDs)
		choice.Sessions = slices.DeleteFunc(slices.Clone(sessions), func(s identitycenter.Session) bool { return !named[s.ID] })
		missing = without(Unique(r.SessionIDs), IDs(sessions))
	}
	return choice, missing, err
}

// Preview lists the user's sessions once and returns those that Run would end if it
// were called now, the IDs that are named and not among the user's sessions, and the time of
// the listing by the server's clock, or by the local one if Choice.ClockProblem is set.
func Preview(ctx context.Context, client *identitycenter.Client, request Request) (choice Choice, missing []string, date time.Time, err error) {
	sessions, receipt, err := client.ListSessions(ctx, request.IdentityStoreID, request.UserID)
	if err != nil {
		return Choice{}, nil, receipt.Date, err
	}
	choice, missing, err = request.choose(ctx, sessions, receipt.Date)
	choice.ClockProblem = receipt.ClockProblem
	return choice, missing, receipt.Date, err
}

// end ends sessions, in batches. The API may answer that a session of a batch does not exist;
// it then did nothing, so what is still listed is sent again.
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
			// The batches after a refused one would be refused for the same reason.
			r.outcome.NotRevoked = append(r.outcome.NotRevoked, slices.Concat(batches...)...)
			return err
		}
	}
	return nil
}

// afterRefusal finds out, after the refusal of the first of some batches, which sessions are
// left to end, and returns them in batches. With an error they are those that are not known
// to have ended.
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
	r.doubted = r.doubted || len(stillListed(r.outcome.Revoked, sessions)) > 0
	if len(stillListed(batch, sessions)) == len(batch) {
		return batches, refusal
	}
	pending := slices.Concat(batches...)
	alive := stillListed(pending, sessions)
	missing := without(pending, alive)

	// A batch whose response was lost may have been carried out: what a listing had shown
	// before was then ended by it, of the rest it is not known.
	var failed *transport.Error
	if errors.As(refusal, &failed) && failed.Unanswered {
		lost := without(batch, alive)
		seen := filter(lost, func(id string) bool { return r.knownIDs[id] })
		if len(seen) > 0 {
			r.ended(seen, receipt)
			missing = without(missing, seen)
		}
		r.outcome.ResponseLost = r.outcome.ResponseLost || len(seen) < len(lost)
	}
	switch living := slices.Collect(slices.Chunk(alive, BatchSize)); {
	case len(sessions) < cutOffAt || len(missing) == 0:
		r.gone(ctx, missing)
		return living, nil
	case len(alive) > 0:
		// The listing may have been cut off before the others: that of the next refusal tells.
		return slices.AppendSeq(living, slices.Chunk(missing, BatchSize)), nil
	case len(batch) > 1:
		return slices.AppendSeq(slices.Collect(slices.Chunk(batch, (len(batch)+1)/2)), slices.Values(batches[1:])), nil
	}
	// The API knows no such session, and it is not listed.
	r.gone(ctx, batch)
	return batches[1:], nil
}

// ended records sessions whose end was accepted.
func (r *run) ended(ids []string, receipt transport.Receipt) {
	r.outcome.Accepted = true
	r.outcome.Revoked = append(r.outcome.Revoked, ids...)
	r.outcome.RevokedAt = receipt.Date
}

// gone records sessions that the user does not have.
func (r *run) gone(ctx context.Context, ids []string) {
	if len(ids) == 0 {
		return
	}
	r.outcome.AlreadyGone = append(r.outcome.AlreadyGone, ids...)
	r.report(ctx, "Not found among the sessions of the user: %s.", Names(ids))
}

// list returns the user's sessions.
func (r *run) list(ctx context.Context) ([]identitycenter.Session, transport.Receipt, error) {
	sessions, receipt, err := r.client.ListSessions(ctx, r.request.IdentityStoreID, r.request.UserID)
	r.record(receipt)
	return sessions, receipt, err
}

// record keeps the request IDs of a call, also of a refused one.
func (r *run) record(receipt transport.Receipt) {
	r.outcome.RequestIDs = append(r.outcome.RequestIDs, receipt.RequestIDs...)
	r.outcome.ClockProblem = cmp.Or(receipt.ClockProblem, r.outcome.ClockProblem)
}

// requestIDs names the request ID of a call, with those of its retries, if there are any.
func requestIDs(receipt transport.Receipt) string {
	if len(receipt.RequestIDs) == 0 {
		return ""
	}
	return ", request ID " + strings.Join(receipt.RequestIDs, ", ")
}

// longestMessage bounds one line of progress, in bytes: a response may hold anything.
const longestMessage = 4096

// report passes a message on as long as the context lasts: Terraform crashes on a
// progress message that comes after an interrupt.
func (r *run) report(ctx context.Context, format string, args ...any) {
	if r.request.Report != nil && ctx.Err() == nil {
		r.request.Report(transport.Printable(fmt.Sprintf(format, args...), longestMessage))
	}
}
