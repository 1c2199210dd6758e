// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/hashicorp/terraform-plugin-log/tflog"
)

const (
	// firstDelay and longestDelay limit the backoff between two attempts.
	firstDelay   = 200 * time.Millisecond
	longestDelay = 10 * time.Second
	// longestCall limits a call with its retries if its context has no deadline.
	longestCall = 5 * time.Minute
	// unknownHostTime is how long an unknown host name is looked up again: a DNS server may lose a
	// name for some milliseconds.
	unknownHostTime = 2 * time.Second
)

// retrier sends one call with its retries.
type retrier struct {
	transport *Transport
	call      Call
	begun     time.Time
	delays    backoff.ExponentialBackOff
	receipt   Receipt
	// attempts is the number of sent attempts. Retries of them count against MaxRetries.
	attempts, retries int
	// unanswered is true if the outcome of an attempt is unknown.
	unanswered bool
	// renewed is true once the keys were renewed after a 401.
	renewed bool
	// last is the last failure other than the end of ctx.
	last *Failure
}

// run sends the call until it succeeds or a retry would be useless.
func (r *retrier) run(ctx context.Context) (any, error) {
	for {
		a, err := r.attempt(ctx)
		if err != nil {
			return nil, err
		}
		failed := a.failed
		if failed == nil {
			return a.model, nil
		}
		if r.last == nil || ctx.Err() == nil || !errors.Is(failed.Reason, context.Cause(ctx)) {
			// An interrupted retry must not hide the last response.
			r.last = failed
		}
		if ctx.Err() != nil {
			return nil, r.fail(r.last, context.Cause(ctx))
		}
		if r.renew(ctx, failed) {
			continue
		}
		retry, delay := r.next(a)
		if !retry {
			return nil, r.fail(r.last, nil)
		}
		tflog.Debug(ctx, "Retrying a call", map[string]any{
			"operation": r.call.Operation, "attempt": r.attempts, "delay_ms": delay.Milliseconds(), "reason": r.fail(failed, nil).Error(),
		})
		if err := sleepInTime(ctx, delay); err != nil {
			return nil, r.fail(r.last, err)
		}
	}
}

// attempt waits until the call may be sent and sends it once. It fails if there are no
// keys, or if the call must not be sent.
func (r *retrier) attempt(ctx context.Context) (*attempt, error) {
	keys, release, err := r.acquire(ctx)
	if err != nil {
		return nil, err
	}
	a := r.transport.send(ctx, r.call, keys)
	release(a)

	if a.sent {
		r.attempts++
	}
	// A gateway may lose the response of the service, and a proxy may replace it.
	r.unanswered = r.unanswered || a.sent && (a.status >= 500 || a.failed != nil && a.status < 400 && a.connected.Load())
	if a.status != 0 {
		if id := a.requestID(); id != "" {
			r.receipt.RequestIDs = append(r.receipt.RequestIDs, id)
		}
		r.receipt.Status, r.receipt.Received = a.status, time.Now().UTC()
		date, problem := serverTime(a.header, r.receipt.Received)
		r.receipt.Date, r.receipt.ClockProblem = date, Printable(a.redactor.redact(problem), LongestID)
	}
	return a, nil
}

// acquire gets the keys and waits until the call may be sent, see Transport.acquire. The
// error is that of the keys, or an *Error.
func (r *retrier) acquire(ctx context.Context) (keys Keys, release func(*attempt), err error) {
	for {
		if r.call.Keys != nil {
			if keys, err = r.call.Keys.Keys(ctx); err != nil {
				return keys, nil, r.notSent(err, err, false)
			}
			r.receipt.AccessKey, r.receipt.KeyOrigin = keys.AccessKey, keys.Origin
		}
		release, held, err := r.transport.acquire(ctx, r.call, keys)
		switch {
		case held == nil && err == nil:
			return keys, release, nil
		case held == nil:
			return keys, nil, r.notSent(r.fail(r.transport.newFailure(r.call, keys, err), nil), err, true)
		case err != nil || !r.renew(ctx, held):
			failed := r.fail(held, err)
			failed.NotSent = true
			return keys, nil, r.notSent(failed, cmp.Or(err, error(failed)), err != nil)
		}
	}
}

// notSent returns the error of an attempt that was not sent. An earlier failure has more information
// than a wait that was given up, and than any error if the outcome is unknown.
func (r *retrier) notSent(failed, cause error, waited bool) error {
	if r.unanswered || waited && r.last != nil {
		return r.fail(r.last, cause)
	}
	return failed
}

// renew reports whether a call with rejected keys can be sent with other keys.
func (r *retrier) renew(ctx context.Context, failed *Failure) bool {
	if r.renewed || failed.Status != http.StatusUnauthorized || failed.Code == CodeClock {
		return false
	}
	renewer, ok := r.call.Keys.(Renewer)
	r.renewed = true
	return ok && renewer.Renew(ctx, failed.AccessKey)
}

// next reports whether to retry after a failed attempt, and the delay.
func (r *retrier) next(a *attempt) (retry bool, delay time.Duration) {
	unknown := unknownHost(a.failed.Reason)
	switch {
	case !a.failed.Temporary() && !unknown, r.call.Once && !unknown:
		return false, 0
	case a.failed.Status == http.StatusTooManyRequests:
		// All calls wait together, and the wait does not count as a retry.
		pause, _, _ := r.transport.limiterOf(r.call).next(time.Now())
		return true, pause
	}
	r.retries++
	delay = max(a.wait, r.delays.NextBackOff())
	if unknown && time.Since(r.begun)+delay > unknownHostTime {
		return false, 0
	}
	return r.retries <= r.transport.config.MaxRetries, delay
}

// fail returns the error of a call that is not retried any more.
func (r *retrier) fail(failed *Failure, cause error) *Error {
	if cause != nil && errors.Is(failed.Reason, cause) {
		cause = nil
	}
	return &Error{Failure: *failed, Unanswered: r.unanswered, Attempts: r.attempts, Elapsed: time.Since(r.begun), Cause: cause}
}

// Sleep waits for d, or returns the cause of the end of ctx.
func Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// sleepInTime is Sleep, except that it fails at once if d is longer than ctx lasts.
func sleepInTime(ctx context.Context, d time.Duration) error {
	if deadline, ok := ctx.Deadline(); ok && ctx.Err() == nil && d > 0 && time.Now().Add(d).After(deadline) {
		return fmt.Errorf("%w (%s)", ErrWaitTooLong, d.Round(time.Second))
	}
	return Sleep(ctx, d)
}

// errNotDone makes backoff.Retry continue.
var errNotDone = errors.New("not done")

// Poll calls look until it is done or fails, or ctx ends, with pauses in between. The end of ctx
// is an error with its cause.
func Poll(ctx context.Context, pauses backoff.BackOff, look func() (done bool, err error), options ...backoff.RetryOption) error {
	_, err := backoff.Retry(ctx, func() (bool, error) {
		if ctx.Err() != nil {
			return false, backoff.Permanent(context.Cause(ctx))
		}
		done, err := look()
		switch {
		case err != nil:
			err = backoff.Permanent(err)
		case !done:
			err = errNotDone
		}
		return done, err
	}, append(options, backoff.WithBackOff(pauses), backoff.WithMaxElapsedTime(0))...)
	return err
}
