// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package revocation says what it means to revoke login sessions: which ones are
// meant, in what batches they are ended, what counts as ended, and how that is
// verified. Everything that ends sessions goes through Run.
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

	"github.com/cenkalti/backoff/v5"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// BatchSize is how many sessions one call ends. The API publishes no limit.
const BatchSize = 100

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
	// the user does not have is told apart from one that was ended.
	Verify bool
	// MostVerifications bounds how often Verify lists; 0 is as often as there is time.
	MostVerifications uint
	// Report receives the progress in words, fit for a terminal; it may be nil. It is
	// not called any more once the context has ended.
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
	// RevokedAt is when the last batch was accepted, in UTC and by the server's
	// clock where it is known; the zero time when no session was ended.
	RevokedAt time.Time
	// Choice says how All or Matching chose; nil for named sessions, and when the
	// sessions could not be listed.
	Choice *Choice
	// Newer are sessions that the verification saw and that the user did not have
	// before: somebody logged in meanwhile. They were not meant.
	Newer []identitycenter.Session
}

// SurvivorsError says which sessions were still there, by the last listing, when
// their verification ended.
type SurvivorsError struct {
	SessionIDs []string
	// Err is why the verification ended.
	Err error
}

// Error names the survivors.
func (e *SurvivorsError) Error() string {
	return fmt.Sprintf("%s still listed after the API accepted their revocation: %s (%s)",
		Count(len(e.SessionIDs)), Names(e.SessionIDs), e.Err)
}

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

func (e *VerificationError) Unwrap() error { return e.Err }

// Count returns a number of sessions in words: "1 session", "3 sessions".
func Count(sessions int) string { return CountOf(sessions, "session") }

// CountOf returns a number of things in words; noun is the singular of what they are.
func CountOf(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Run revokes sessions of one user and returns what was done, together with the
// error that ended it early, if any. Without anything to revoke it makes no call but
// the listing that All and Matching need.
func Run(ctx context.Context, client *identitycenter.Client, request Request) (Outcome, error) {
	r := &run{client: client, request: request}
	err := r.revoke(ctx)
	if err == nil && (request.Verify || r.doubted) {
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

// Summary says in one line what a revocation ended, and why not more: "no session of
// user u ended: 6 sessions, from_networks left 0".
func (o Outcome) Summary(userID string) string {
	text := fmt.Sprintf("%s of user %s ended", Count(len(o.Revoked)), userID)
	if len(o.Revoked) == 0 {
		text = fmt.Sprintf("no session of user %s ended", userID)
		if o.ResponseLost {
			text = fmt.Sprintf("no session of user %s is known to have ended", userID)
		}
	}
	switch {
	case o.Choice != nil && len(o.Choice.Steps) > 0:
		text += ": " + o.Choice.String()
	case o.Choice != nil && o.Choice.Listed == 0:
		text += ": the user has none"
	}
	if len(o.AlreadyGone) > 0 {
		text += ", not found among the sessions of the user: " + Names(o.AlreadyGone)
	}
	if o.ResponseLost {
		text += " (a response was lost, so this revocation may have ended some of these)"
	}
	return text
}

// run is one revocation under way.
type run struct {
	client  *identitycenter.Client
	request Request
	outcome Outcome
	// before are the sessions that the user had at first; nil while that is not known.
	before map[string]bool
	// unlisted is why they could not be listed.
	unlisted error
	// doubted is true once a listing showed a session whose end had been accepted.
	doubted bool
}

// revoke ends the sessions that are meant. The API may answer that a session does
// not exist; it then did nothing, so what is still listed is sent again.
func (r *run) revoke(ctx context.Context) error {
	pending, err := r.targets(ctx)
	for batches := 1; err == nil && len(pending) > 0; batches++ {
		batch := pending[:min(len(pending), BatchSize)]
		receipt, refusal := r.client.BatchDeleteSessions(ctx, r.request.IdentityStoreID, r.request.UserID, batch)
		r.note(receipt)
		if refusal == nil {
			r.ended(batch, receipt)
			pending = pending[len(batch):]
			r.report(ctx, "Batch %d of %d done: %s%s.", batches, batches+(len(pending)+BatchSize-1)/BatchSize, Count(len(batch)), requestIDs(receipt))
			continue
		}
		pending, err = r.sift(ctx, batch, pending, receipt, refusal)
	}
	// The batches after a refused one would be refused for the same reason.
	r.outcome.NotRevoked = append(r.outcome.NotRevoked, pending...)
	return err
}

// targets returns the IDs of the sessions to end, each once. With an error they are
// those that were not ended.
func (r *run) targets(ctx context.Context) ([]string, error) {
	var named []string
	byID := !r.request.All && r.request.Matching == nil
	if byID {
		named = Unique(r.request.SessionIDs)
	}
	if byID && (len(named) == 0 || !r.request.Verify) {
		return named, nil
	}
	sessions, date, err := r.list(ctx)
	if err != nil {
		if byID && !transport.NotFound(err) && ctx.Err() == nil {
			// Named sessions can be ended without a listing; its error is returned afterwards.
			r.unlisted = err
			return named, nil
		}
		return named, err
	}
	r.before = SetOf(IDs(sessions))
	choice, missing, err := r.request.choose(sessions, date)
	if err != nil {
		return nil, err
	}
	r.gone(ctx, missing)
	if byID {
		return without(named, missing), nil
	}
	r.outcome.Choice = &choice
	r.report(ctx, "User %s has %s.", r.request.UserID, choice)
	if r.request.Report != nil {
		for _, session := range choice.Sessions {
			r.report(ctx, "Ending %s", Describe(session, date))
		}
	}
	return IDs(choice.Sessions), nil
}

// choose returns which of a user's sessions are meant, and which IDs of those that are
// named are not among them. Date is the moment of the listing by the server's clock.
func (r Request) choose(sessions []identitycenter.Session, date time.Time) (choice Choice, missing []string, err error) {
	choice = Choice{Sessions: sessions, Listed: len(sessions)}
	switch {
	case r.All:
	case r.Matching != nil:
		choice, err = r.Matching.Choose(sessions, date)
	default:
		named := SetOf(r.SessionIDs)
		choice.Sessions = slices.DeleteFunc(slices.Clone(sessions), func(s identitycenter.Session) bool { return !named[s.ID] })
		missing = without(Unique(r.SessionIDs), IDs(sessions))
	}
	return choice, missing, err
}

// Preview lists the user's sessions once and returns those that Run would end if it
// were called at this moment, the IDs that are named and not among the user's sessions,
// and the moment of the listing by the server's clock.
func Preview(ctx context.Context, client *identitycenter.Client, request Request) (choice Choice, missing []string, date time.Time, err error) {
	sessions, receipt, err := client.ListSessions(ctx, request.IdentityStoreID, request.UserID)
	if err != nil {
		return Choice{}, nil, receipt.Date, err
	}
	choice, missing, err = request.choose(sessions, receipt.Date)
	return choice, missing, receipt.Date, err
}

// sift finds out, after the refusal of a batch, which of all pending sessions are left.
// An error is returned with the sessions that are not known to have ended.
func (r *run) sift(ctx context.Context, batch, pending []string, receipt transport.Receipt, refusal error) ([]string, error) {
	if !namesSessions(refusal, batch) {
		return pending, refusal
	}
	r.report(ctx, "The API does not know all of them; listing the user's sessions to see which are left.")
	sessions, _, err := r.list(ctx)
	if err != nil {
		return pending, &UnlistedError{Err: refusal, ListErr: err}
	}
	r.doubted = r.doubted || len(stillListed(r.outcome.Revoked, sessions)) > 0
	if len(stillListed(batch, sessions)) == len(batch) {
		return pending, refusal
	}
	alive := stillListed(pending, sessions)
	gone := without(pending, alive)

	// A batch whose response was lost may have been carried out: what this run had
	// seen alive was then ended by it, of the rest it is not known.
	var failed *transport.Error
	if errors.As(refusal, &failed) && failed.Unanswered {
		lost := without(batch, alive)
		seen := filter(lost, func(id string) bool { return r.before[id] })
		if len(seen) > 0 {
			r.ended(seen, receipt)
			gone = without(gone, seen)
		}
		r.outcome.ResponseLost = r.outcome.ResponseLost || len(seen) < len(lost)
	}
	r.gone(ctx, gone)
	return alive, nil
}

// ended records sessions whose end was accepted.
func (r *run) ended(ids []string, receipt transport.Receipt) {
	r.outcome.Accepted = true
	r.outcome.Revoked = append(r.outcome.Revoked, ids...)
	r.outcome.RevokedAt = receipt.Date.UTC()
	if receipt.Date.IsZero() {
		r.outcome.RevokedAt = time.Now().UTC()
	}
}

// gone records sessions that the user does not have.
func (r *run) gone(ctx context.Context, ids []string) {
	if len(ids) == 0 {
		return
	}
	r.outcome.AlreadyGone = append(r.outcome.AlreadyGone, ids...)
	r.report(ctx, "Not found among the sessions of the user: %s.", Names(ids))
}

// verify lists the user's sessions until none of those that ended is left. The last
// listing counts, also when another one fails after it.
func (r *run) verify(ctx context.Context) error {
	if r.unlisted != nil {
		return &VerificationError{Err: r.unlisted}
	}
	if len(r.outcome.Revoked) == 0 {
		return nil
	}
	delays := &backoff.ExponentialBackOff{
		InitialInterval: 200 * time.Millisecond, RandomizationFactor: 0.2, Multiplier: 2, MaxInterval: 5 * time.Second,
	}
	all := slices.Concat(r.outcome.Revoked, r.outcome.AlreadyGone)
	survivors, left := []string(nil), len(all)
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		r.report(ctx, "Verifying the end of %s.", Count(left))
		sessions, _, err := r.list(ctx)
		if err != nil {
			return struct{}{}, backoff.Permanent(err)
		}
		survivors = stillListed(all, sessions)
		if left = len(survivors); left > 0 {
			return struct{}{}, fmt.Errorf("%s left", Count(left))
		}
		if r.before != nil {
			r.outcome.Newer = slices.DeleteFunc(sessions, func(s identitycenter.Session) bool { return r.before[s.ID] })
		}
		return struct{}{}, nil
	}, backoff.WithBackOff(delays), backoff.WithMaxElapsedTime(0), backoff.WithMaxTries(r.request.MostVerifications))

	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	switch {
	case err == nil:
		return nil
	case len(survivors) == 0:
		return &VerificationError{Err: err}
	}
	r.outcome.Revoked = without(r.outcome.Revoked, survivors)
	r.outcome.AlreadyGone = without(r.outcome.AlreadyGone, survivors)
	r.outcome.NotRevoked = append(r.outcome.NotRevoked, survivors...)
	return &SurvivorsError{SessionIDs: survivors, Err: err}
}

// list returns the user's sessions and the moment of it by the server's clock.
func (r *run) list(ctx context.Context) ([]identitycenter.Session, time.Time, error) {
	sessions, receipt, err := r.client.ListSessions(ctx, r.request.IdentityStoreID, r.request.UserID)
	r.note(receipt)
	return sessions, receipt.Date, err
}

// note keeps the request IDs of a call, also of a refused one.
func (r *run) note(receipt transport.Receipt) {
	r.outcome.RequestIDs = append(r.outcome.RequestIDs, receipt.RequestIDs...)
}

// requestIDs names the request ID of a call, with those of its retries, if there are any.
func requestIDs(receipt transport.Receipt) string {
	if len(receipt.RequestIDs) == 0 {
		return ""
	}
	return ", request ID " + strings.Join(receipt.RequestIDs, ", ")
}

// longestMessage bounds one line of progress, in bytes: an answer may hold anything.
const longestMessage = 4096

// report passes a message on as long as the context lasts: Terraform crashes on a
// progress message that comes after an interrupt.
func (r *run) report(ctx context.Context, format string, args ...any) {
	if r.request.Report != nil && ctx.Err() == nil {
		r.request.Report(transport.Printable(fmt.Sprintf(format, args...), longestMessage))
	}
}

// namesSessions tells whether a refusal may mean that a session is already gone:
// a 404, or a 400 that speaks of the sessions. It is not documented which.
func namesSessions(err error, sessionIDs []string) bool {
	var refusal *transport.Error
	if !errors.As(err, &refusal) {
		return false
	}
	return refusal.NotFound() || refusal.Status == http.StatusBadRequest &&
		(strings.Contains(strings.ToLower(refusal.Message), "session") ||
			slices.ContainsFunc(sessionIDs, func(id string) bool { return strings.Contains(refusal.Message, id) }))
}

// Describe says in one line what is known of a session; now is the moment by which
// its age is told, where it is known.
func Describe(s identitycenter.Session, now time.Time) string {
	text := "session " + s.ID
	if s.IPAddress != "" {
		text += ", from " + s.IPAddress
	}
	if s.UserAgent != "" {
		text += ", with " + strconv.Quote(s.UserAgent)
	}
	if s.CreatedAt.IsZero() {
		return text
	}
	created := s.CreatedAt.Format(time.RFC3339)
	if now.IsZero() {
		return text + ", begun " + created
	}
	return text + fmt.Sprintf(", begun %s ago (%s)", now.Sub(s.CreatedAt).Round(time.Second), created)
}

// mostNamed is how many sessions a sentence names.
const mostNamed = 20

// Names lists IDs in a sentence.
func Names(ids []string) string {
	text := strings.Join(PrintableIDs(ids[:min(len(ids), mostNamed)]), ", ")
	if more := len(ids) - mostNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// PrintableIDs returns IDs without characters that a terminal interprets.
func PrintableIDs(ids []string) []string {
	shown := make([]string, len(ids))
	for i, id := range ids {
		shown[i] = transport.Printable(id, transport.LongestID)
	}
	return shown
}

// IDs returns the IDs of sessions, in their order.
func IDs(sessions []identitycenter.Session) []string {
	ids := make([]string, len(sessions))
	for i, session := range sessions {
		ids[i] = session.ID
	}
	return ids
}

// SetOf returns a set of IDs.
func SetOf(ids []string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

func stillListed(ids []string, sessions []identitycenter.Session) []string {
	listed := SetOf(IDs(sessions))
	return filter(ids, func(id string) bool { return listed[id] })
}

func without(ids, others []string) []string {
	drop := SetOf(others)
	return filter(ids, func(id string) bool { return !drop[id] })
}

// Unique returns the distinct IDs of a list in the order of their first occurrence.
func Unique(ids []string) []string {
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
