// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"sync"
	"time"
)

const (
	// throttleWindow is how long the API counts calls before it starts anew (API
	// reference, error APIGW.0308).
	throttleWindow = time.Second
	// fewestCalls is the allowance of a window when another client used up the
	// last ones and nothing can be learned from our own calls.
	fewestCalls = 5
	// mostPatience is the longest that an allowance is kept before a larger one
	// is tried, in windows.
	mostPatience = 16
)

// throttle slows all workers of a client down together once the API answers 429,
// and lets them recover. It does as the API does, which is to count the calls in
// a window of time: after a 429 nobody calls until the API's window must be over,
// and then there is an allowance of as many calls in each window as the API was
// seen to serve in one. Twice as many are tried after some windows without a 429,
// the sooner the less is known, and the later the more often that went wrong.
type throttle struct {
	mu sync.Mutex
	// end is when the current window is over.
	end time.Time
	// allowance is how many calls a window may have; 0, until the first 429, is any number.
	allowance int
	// sent and served are the calls of this window: let go, and answered other
	// than by a 429. before are those served in the last window, if it had no 429.
	sent, served, before int
	// stopped is when a 429 last stopped everybody.
	stopped time.Time
	// refused is true for the rest of the window that had a 429; refusal is that
	// 429 if its Retry-After is what makes the window long.
	refused bool
	refusal *Failure
	// clean is how many windows in a row were used up without a 429 at this
	// allowance, and patience after how many a larger one is tried. raised is true
	// while it is.
	clean, patience int
	raised          bool
}

// wait blocks until the next call may go. It fails with the cause for which ctx
// ended, or at once when the API asked to wait for longer than ctx will last.
func (t *throttle) wait(ctx context.Context) (held *Failure, err error) {
	for {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		now := time.Now()
		delay, refusal := t.take(now)
		if delay <= 0 {
			return nil, nil
		}
		if deadline, ok := ctx.Deadline(); ok && refusal != nil && now.Add(delay).After(deadline) {
			return refusal, waitTooLong(delay)
		}
		if err := sleep(ctx, delay); err != nil {
			return nil, err
		}
	}
}

// take lets a call go, or returns how long to wait before asking again, and the
// 429 that asked for it.
func (t *throttle) take(now time.Time) (delay time.Duration, refusal *Failure) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !now.Before(t.end) {
		t.turn(now)
	}
	if t.refused || (t.allowance > 0 && t.sent >= t.allowance) {
		return t.end.Sub(now), t.refusal
	}
	t.sent++
	return 0, nil
}

// turn begins a new window, with the allowance that follows from the last one.
func (t *throttle) turn(now time.Time) {
	switch served := max(t.served, t.before); {
	case t.refused && served < fewestCalls:
		t.allowance, t.patience, t.clean, t.raised = fewestCalls, 1, 0, false
	case t.refused:
		// A little less than what was served, for the windows are not aligned.
		t.allowance, t.patience, t.clean, t.raised = served-served/20, min(max(2*t.patience, 4), mostPatience), 0, false
	case t.allowance > 0 && t.sent >= t.allowance:
		if t.clean++; t.raised {
			t.patience, t.raised = 1, false
		}
		if t.clean >= t.patience {
			t.allowance, t.clean, t.raised = 2*t.allowance, 0, true
		}
	}
	t.before = t.served
	if t.refused {
		t.before = 0
	}
	t.sent, t.served, t.refused, t.refusal = 0, 0, false, nil
	t.end = now.Add(throttleWindow)
}

// answered counts a call that was served.
func (t *throttle) answered() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.served++
}

// stop takes note of a 429 to a call that was sent at sent: nobody calls before
// the API's window is over, or before what Retry-After asks.
func (t *throttle) stop(sent, now time.Time, retryAfter time.Duration, refusal *Failure) {
	t.mu.Lock()
	defer t.mu.Unlock()
	// Calls that were under way when everybody stopped say nothing new.
	late := !sent.After(t.stopped)
	if late && retryAfter <= throttleWindow {
		return
	}
	if !late {
		t.stopped = now
	}
	t.refused = true
	if end := now.Add(max(throttleWindow, retryAfter)); end.After(t.end) {
		t.end = end
		if retryAfter > throttleWindow {
			t.refusal = refusal
		}
	}
}

// sleep waits for d, or returns the cause for which ctx ended.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
