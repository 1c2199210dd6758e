// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package userlock locks users: it ends their portal sessions, disables the user, ends
// sessions that began in between, and verifies the result. It also unlocks users, checks
// locks, and ends all sessions of a user without disabling.
package userlock

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

const (
	// maxSessionRounds limits how often the sessions are listed and ended before the
	// user is disabled, and by EndSessions, while each listing finds new ones.
	maxSessionRounds = 3
	// maxReads limits how often a user, or the sessions of a disabled user, are read
	// before the next step is taken: the API may still show the state before a change.
	maxReads = 6
	// maxDisableAttempts limits how often DisableUser is sent for a user who is enabled
	// again meanwhile, or when its outcome is not known.
	maxDisableAttempts = 3
)

// Timing holds the durations of an operation. Tests set shorter ones.
type Timing struct {
	// MaxDelayBeforeDisable limits the work that may precede disabling the user. What takes
	// longer is done afterwards.
	MaxDelayBeforeDisable time.Duration
	// FirstPause and LongestPause limit the growing pauses between two reads.
	FirstPause, LongestPause time.Duration
	// MissingPause is the pause before a missing user is read again.
	MissingPause time.Duration
}

var defaultTiming = Timing{MaxDelayBeforeDisable: 10 * time.Second, FirstPause: 100 * time.Millisecond, LongestPause: 5 * time.Second, MissingPause: 3 * time.Second}

// backOff returns the pauses between the attempts of one step.
func (t Timing) backOff() backoff.BackOff {
	return &backoff.ExponentialBackOff{InitialInterval: t.FirstPause, Multiplier: 2, MaxInterval: t.LongestPause}
}

// Request names a user.
type Request struct {
	IdentityStoreID string
	UserID          string
	// Report receives progress messages that are safe for a terminal; it may be nil.
	Report func(message string)
	// Timing is nil for the default.
	Timing *Timing
}

// Lock ends the sessions of a user, disables the user, ends sessions that began in between,
// and verifies both. Only a missing user and the end of ctx stop it early. While reading the
// user does not show an accepted change, it goes on until ctx ends (API-FACTS.md,
// disable-shows). The error is a *FailedError; the outcome is valid in any case.
func Lock(ctx context.Context, client *identitycenter.Client, request Request) (Outcome, error) {
	o := newOperation(client, request, Disabled)
	if err := o.prepare(ctx); err != nil {
		return o.outcome, err
	}
	var last error
	attempt := 0
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		attempt++
		if attempt > 1 {
			o.report("User %s is not disabled yet (attempt %d).", o.request.UserID, attempt)
		}
		last = o.disableAndVerify(ctx, attempt <= maxDisableAttempts)
		if last != nil && !worthRepeating(last, attempt) {
			return struct{}{}, backoff.Permanent(last)
		}
		return struct{}{}, last
	}, backoff.WithBackOff(o.timing.backOff()), backoff.WithMaxElapsedTime(0))
	if err != nil && ctx.Err() != nil && o.outcome.Accepted && o.outcome.Status == Enabled {
		// The time is over, and the last read did not show the change.
		waiting := step("waiting for the change", fmt.Errorf("%w: %w", ErrNotInForce, context.Cause(ctx)))
		return o.outcome, failed(waiting, last)
	}
	return o.outcome, last
}

// worthRepeating reports whether the next attempt to disable the user may succeed.
func worthRepeating(err error, attempt int) bool {
	return errors.Is(err, ErrNotInForce) || errors.Is(err, errNotAnswered) && attempt < maxDisableAttempts
}

// Unlock enables a user and reads the user until that shows or ctx ends. The error is a
// *FailedError.
func Unlock(ctx context.Context, client *identitycenter.Client, request Request) (Outcome, error) {
	o := newOperation(client, request, Enabled)
	err := o.setStatus(ctx, Enabled)
	return o.outcome, failed(err)
}

// EndSessions ends all sessions of a user until a listing shows none. The user may be
// enabled. If the API refuses to list the sessions of a disabled user, the refusal is in
// Unverified and not an error (API-FACTS.md, disable-sessions-listed).
func EndSessions(ctx context.Context, client *identitycenter.Client, request Request) (Outcome, error) {
	o := newOperation(client, request, Unknown)
	err := o.endSessions(ctx, maxSessionRounds)
	// Sessions that were listed must end.
	if err != nil && o.outcome.Left < 0 && ctx.Err() == nil {
		o.wasDisabled = o.read(ctx) == nil && o.outcome.Status == Disabled
		if o.wasDisabled && o.refusedForDisabled(err) {
			o.outcome.Unverified, err = err, nil
		}
	}
	return o.outcome, failed(err)
}

// Inspect reads a user, and lists the sessions if the user is disabled. A refusal that the API
// may give because the user is disabled (revocation.MayBeForDisabled) is in Unverified, and
// Left is -1. Any error means that the lock was not checked.
func Inspect(ctx context.Context, client *identitycenter.Client, request Request) (Outcome, error) {
	o := newOperation(client, request, Unknown)
	if err := o.read(ctx); err != nil {
		return o.outcome, failed(err)
	}
	if o.outcome.Status == Enabled {
		return o.outcome, nil
	}
	_, _, err := o.listSessions(ctx)
	var refusal *transport.Error
	if errors.As(err, &refusal) && revocation.MayBeForDisabled(refusal) && ctx.Err() == nil {
		o.outcome.Unverified, err = err, nil
	}
	return o.outcome, failed(err)
}

// prepare reads the user and ends the sessions, within maxDelayBeforeDisable. What fails
// is tried again after the user is disabled.
func (o *operation) prepare(ctx context.Context) error {
	bound, cancel := o.withDisableDeadline(ctx)
	defer cancel()
	err := o.read(bound)
	switch {
	case ctx.Err() != nil, errors.Is(err, ErrUserNotFound):
		return failed(err)
	case err != nil:
		o.report("Reading user %s failed; disabling the user anyway.", o.request.UserID)
	}
	o.wasDisabled = o.outcome.Status == Disabled
	if err := o.endSessions(bound, maxSessionRounds); ctx.Err() != nil {
		return failed(cmp.Or(err, context.Cause(ctx)))
	} else if err != nil {
		// Sessions that follow each other are no failure, because each of them was ended.
		if left := (*SessionsLeftError)(nil); o.outcome.Open > 0 && !errors.As(err, &left) {
			o.endErr = err
		}
		o.report("Ending the sessions of user %s failed; trying again after the user is disabled.", o.request.UserID)
	}
	return nil
}

// disableAndVerify disables the user, ends the sessions that began meanwhile, and verifies
// both. Without send it only waits for the change that was requested before.
func (o *operation) disableAndVerify(ctx context.Context, send bool) error {
	o.outcome.Unverified = nil
	var disableErr error
	if send {
		disableErr = o.setStatus(ctx, Disabled)
	} else {
		disableErr = o.waitForStatus(ctx, Disabled, maxReads)
	}
	if ctx.Err() != nil && disableErr != nil {
		return failed(disableErr)
	}
	endErr := o.endSessions(ctx, maxReads)
	if ctx.Err() != nil && endErr != nil {
		return failed(disableErr, endErr)
	}
	if o.outcome.Status == Disabled && o.outcome.Left < 0 && o.refusedForDisabled(endErr) {
		o.report("The sessions of user %s cannot be listed while the user is disabled.", o.request.UserID)
		// Sessions that were listed before and not ended are open, so the failure remains.
		o.outcome.Unverified, endErr = endErr, o.endErr
	}
	if disableErr != nil || endErr != nil {
		return failed(disableErr, endErr)
	}
	return failed(o.waitForStatus(ctx, Disabled, maxReads))
}
