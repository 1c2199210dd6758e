// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package userlock

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// longestMessage limits a progress message in bytes.
const longestMessage = 1000

type operation struct {
	client  *identitycenter.Client
	request Request
	timing  Timing
	outcome Outcome
	// succeeded holds the API operations on sessions that succeeded for this user.
	succeeded map[string]bool
	// ended holds the IDs of the sessions that were ended.
	ended map[string]bool
	// wasDisabled is true if the user was disabled before anything was done.
	wasDisabled bool
	// endErr is why sessions that were listed before the user was disabled were not ended.
	endErr error
}

func newOperation(client *identitycenter.Client, request Request, requested Status) *operation {
	o := &operation{
		client: client, request: request, timing: defaultTiming, outcome: Outcome{Left: -1, Requested: requested},
		succeeded: map[string]bool{}, ended: map[string]bool{},
	}
	if request.Timing != nil {
		o.timing = *request.Timing
	}
	return o
}

// withDisableDeadline limits ctx to MaxDelayBeforeDisable and to half of the remaining time. The
// other half is left for disabling the user.
func (o *operation) withDisableDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	longest := o.timing.MaxDelayBeforeDisable
	if deadline, limited := ctx.Deadline(); limited {
		longest = min(longest, time.Until(deadline)/2)
	}
	return context.WithTimeoutCause(ctx, longest, errDisableDeadline)
}

// setStatus disables or enables the user and reads the user until that shows. A conflict,
// and a call whose outcome is not known, are judged by what is read.
func (o *operation) setStatus(ctx context.Context, to Status) error {
	call, doing, progress := o.client.DisableUser, "disabling the user", "Disabling user %s."
	if to == Enabled {
		call, doing, progress = o.client.EnableUser, "enabling the user", "Enabling user %s."
	}
	o.report(progress, o.request.UserID)
	before := o.outcome.Status
	receipt, err := call(ctx, o.request.IdentityStoreID, o.request.UserID)
	o.note(receipt)
	o.outcome.Status = Unknown
	if err == nil {
		o.outcome.Accepted = true
		return o.confirm(ctx, to, nil, false)
	}
	failed := &transport.Error{NotSent: true} // without credentials
	uncertain := errors.As(err, &failed) && (failed.Unanswered || failed.Status == http.StatusConflict)
	switch {
	case uncertain:
		o.outcome.Uncertain = true
	case failed.Operation != "":
		o.outcome.Status = before // Nothing has changed.
	}
	if to == Disabled && o.outcome.Provisioned() && mayBeForProvisioned(failed) {
		err = &ProvisionedError{Err: err}
	}
	if uncertain || failed.Status == 0 && !failed.NotSent {
		err = fmt.Errorf("%w: %w", errNotAnswered, err)
	}
	if err = step(doing, err); ctx.Err() != nil {
		return err
	}
	return o.confirm(ctx, to, err, uncertain)
}

// confirm reads the user after the call that sets the status. callErr is why the call failed; nil
// if it was accepted. uncertain means that the change may have been made nevertheless.
func (o *operation) confirm(ctx context.Context, to Status, callErr error, uncertain bool) error {
	bound := ctx
	if to == Disabled {
		// The sessions that began meanwhile are ended afterwards.
		limited, cancel := o.withDisableDeadline(ctx)
		defer cancel()
		bound = limited
	}
	readErr := o.waitForStatus(bound, to, readsAfter(to, callErr, uncertain))
	notInForce := errors.Is(readErr, ErrNotInForce)
	switch {
	case errors.Is(readErr, ErrUserNotFound):
		return readErr
	case callErr == nil && to == Disabled && ctx.Err() == nil && !notInForce:
		// If the user could not be read, that is tried again after the sessions are ended.
		return nil
	case callErr == nil:
		return readErr
	case uncertain && readErr == nil:
		o.report("User %s is %s nevertheless.", o.request.UserID, o.outcome.Status)
		return nil
	case uncertain && o.outcome.Accepted && notInForce:
		// An earlier request was accepted, so that this one may be a conflict with it.
		return readErr
	}
	return callErr
}

// readsAfter returns how often to read the user after a call; 0 is until the context ends.
func readsAfter(to Status, callErr error, uncertain bool) uint {
	switch {
	case callErr == nil && to == Enabled:
		return 0
	case callErr != nil && !uncertain:
		return 1
	}
	return maxReads
}

// mayBeForProvisioned reports whether the API may have refused to disable a user because
// an identity provider manages the user (API-FACTS.md, disable-provisioned).
func mayBeForProvisioned(refusal *transport.Error) bool {
	switch refusal.Status {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusConflict:
		return refusal.FromService && refusal.Code != transport.CodeConcurrency
	}
	return false
}

// waitForStatus reads the user until the status is the wanted one, at most maxReads times;
// 0 is until ctx ends. A read that fails ends it.
func (o *operation) waitForStatus(ctx context.Context, want Status, maxReads uint) error {
	var last error
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		if last = o.read(ctx); last != nil {
			return struct{}{}, backoff.Permanent(last)
		}
		if o.outcome.Status != want {
			last = step("reading the user", ErrNotInForce)
		}
		return struct{}{}, last
	}, backoff.WithBackOff(o.timing.backOff()), backoff.WithMaxTries(maxReads), backoff.WithMaxElapsedTime(0))
	if err != nil && errors.Is(last, ErrNotInForce) && ctx.Err() != nil {
		return step("reading the user", fmt.Errorf("%w: %w", ErrNotInForce, context.Cause(ctx)))
	}
	return last
}

// read reads the user. A missing user is read twice.
func (o *operation) read(ctx context.Context) error {
	user, receipt, err := o.client.User(ctx, o.request.IdentityStoreID, o.request.UserID)
	o.note(receipt)
	if transport.NotFound(err) {
		if err = transport.Sleep(ctx, o.timing.MissingPause); err == nil {
			user, receipt, err = o.client.User(ctx, o.request.IdentityStoreID, o.request.UserID)
			o.note(receipt)
		}
	}
	if transport.NotFound(err) {
		err = fmt.Errorf("%w: %w", ErrUserNotFound, err)
	}
	if err != nil {
		return step("reading the user", err)
	}
	o.outcome.UserName, o.outcome.CreatedBy = transport.Printable(user.UserName, transport.LongestID), user.CreatedBy
	o.outcome.Status = Enabled
	if user.Disabled() {
		o.outcome.Status = Disabled
		o.setTime(receipt)
	}
	return nil
}

// endSessions lists the sessions of the user and ends them until a listing shows none. At most
// maxRounds listings may show only sessions that were listed before or are new. The others show
// sessions that earlier listings hid (API-FACTS.md, complete-sessions).
func (o *operation) endSessions(ctx context.Context, maxRounds int) error {
	pauses, listed, first := o.timing.backOff(), map[string]bool{}, time.Time{}
	for n, rounds := 0, 0; ; n++ {
		sessions, at, err := o.listSessions(ctx)
		if err != nil || len(sessions) == 0 {
			return err
		}
		if n == 0 {
			first = at
		}
		ids, before := revocation.IDs(sessions), len(listed)
		for _, session := range sessions {
			if session.CreatedAt.Before(first) {
				listed[session.ID] = true
			}
		}
		switch {
		case len(listed) > before:
			pauses.Reset()
		case rounds == maxRounds:
			err = &SessionsLeftError{SessionIDs: ids, Times: maxRounds}
		default:
			rounds++
		}
		if err == nil && n > 0 {
			// The listing may still show sessions that have ended.
			err = transport.Sleep(ctx, pauses.NextBackOff())
		}
		if err == nil {
			err = o.revoke(ctx, ids)
		}
		if err != nil {
			return step("ending the sessions", err)
		}
	}
}

// revoke ends the sessions with these IDs, which were listed just before.
func (o *operation) revoke(ctx context.Context, ids []string) error {
	result, err := revocation.Run(ctx, o.client, revocation.Request{IdentityStoreID: o.request.IdentityStoreID, UserID: o.request.UserID, SessionIDs: ids, Report: o.request.Report})
	o.outcome.RequestIDs = append(o.outcome.RequestIDs, result.RequestIDs...)
	ended := result.Revoked
	if result.ResponseLost {
		ended = slices.Concat(ended, result.AlreadyGone)
	}
	for _, id := range ended {
		o.ended[id] = true
	}
	o.recordLeft(result.NotRevoked)
	if err == nil {
		o.succeeded["BatchDeleteSessions"] = true
	}
	return err
}

// listSessions also returns the time of the listing.
func (o *operation) listSessions(ctx context.Context) ([]identitycenter.Session, time.Time, error) {
	o.outcome.Left = -1
	sessions, receipt, err := o.client.ListSessions(ctx, o.request.IdentityStoreID, o.request.UserID)
	o.note(receipt)
	if err != nil {
		return nil, receipt.Date, step("listing the sessions", err)
	}
	o.succeeded["ListSessions"] = true
	o.outcome.Listed = true
	o.recordLeft(revocation.IDs(sessions))
	if len(sessions) == 0 {
		o.setTime(receipt)
	}
	return sessions, receipt.Date, nil
}

// recordLeft records which sessions are not ended, also if the API accepted their end before.
func (o *operation) recordLeft(ids []string) {
	o.outcome.Ended, o.outcome.Left, o.outcome.Open = len(o.ended), len(ids), len(ids)
	for _, id := range ids {
		if o.ended[id] {
			o.outcome.Ended--
		}
	}
}

// refusedForDisabled reports whether a call on sessions may have been refused because the user
// is disabled: the same call succeeded before, or the user was disabled from the beginning.
func (o *operation) refusedForDisabled(err error) bool {
	var unlisted *revocation.UnlistedError
	if errors.As(err, &unlisted) {
		err = unlisted.ListErr
	}
	var refusal *transport.Error
	return errors.As(err, &refusal) && revocation.MayBeForDisabled(refusal) && (o.succeeded[refusal.Operation] || o.wasDisabled)
}

// setTime sets Outcome.At to the time of a response. Date headers have whole seconds, so the next
// second is used, which is certainly later.
func (o *operation) setTime(receipt transport.Receipt) {
	o.outcome.ClockProblem = cmp.Or(receipt.ClockProblem, o.outcome.ClockProblem)
	if at := receipt.Latest().UTC().Truncate(time.Second).Add(time.Second); at.After(o.outcome.At) {
		o.outcome.At = at
	}
}

func (o *operation) note(receipt transport.Receipt) {
	o.outcome.RequestIDs = append(o.outcome.RequestIDs, receipt.RequestIDs...)
}

func (o *operation) report(format string, args ...any) {
	if o.request.Report != nil {
		o.request.Report(transport.Printable(fmt.Sprintf(format, args...), longestMessage))
	}
}
