// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"cmp"
	"context"
	"math"
	"regexp"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// defaultWindow is how long the API counts calls before it starts again, unless a 429
	// names another window (API reference, error APIGW.0308).
	defaultWindow = time.Second
	// usedShare is the share of the API's limit that is used: calls that are sent evenly
	// do not arrive evenly.
	usedShare = 0.98
	// reduction is the factor for a rate that was refused after it had been accepted.
	reduction = 0.95
	// firstStep is the first increase of an accepted rate; each accepted window doubles it.
	firstStep = 0.02
	// minPatience and maxPatience limit how many windows a rate must be accepted before a higher
	// one is tried. Each refused try doubles the number.
	minPatience, maxPatience = 4, 16
)

func (t *Transport) limiterOf(call Call) *limiter {
	return t.limiters.get(call.Operation, func() *limiter { return &limiter{} })
}

// limiter limits the rate of one operation. There is no limit before the first 429. Then all calls
// pause until the API's window is over, or as Retry-After asks. They continue at 98 % of the limit
// in the 429, or of what the API accepted in a window. If a rate is refused later, because other
// clients use the limit too, it is reduced by 5 %. If that happens twice in a row, it is halved. It
// is raised again window by window.
type limiter struct {
	mu sync.Mutex
	// bucket spaces the calls; nil for no limit. Each pause replaces it.
	bucket *rate.Limiter

	// The last 429, and the limit that it names. Calls may be sent again at resumeAt. adjust
	// is true until the rate has been adjusted to the 429.
	refusal             *Failure
	refusedAt, resumeAt time.Time
	limit               Limit
	adjust              bool

	// The calls accepted in the window until windowEnd, and in the window before it.
	windowEnd          time.Time
	inWindow, inLatest int

	// Rates in calls per second; 0 for no limit. ceiling is 98 % of a named limit, proven the
	// last that was accepted for a whole window. The rate rises quickly up to target, 95 % of
	// the last that was refused. step is the last relative increase above it, and windows
	// counts those that have accepted the rate.
	rate, ceiling, proven, target, step float64
	windows, patience                   int
}

// wait blocks until the next call may be sent. It fails with the cause of the end of ctx,
// or at once if the wait would be longer than ctx lasts: held is then the last 429.
func (l *limiter) wait(ctx context.Context) (held *Failure, err error) {
	var waited *rate.Limiter
	for ctx.Err() == nil {
		pause, bucket, refusal := l.next(time.Now())
		switch {
		case pause > 0:
			err = sleepInTime(ctx, pause)
		case bucket == nil, bucket == waited: // No 429 arrived meanwhile.
			return nil, nil
		default:
			waited = bucket
			if err = bucket.Wait(ctx); err != nil {
				err = ErrWaitTooLong // Before ctx ends, it fails only for a wait that is too long.
			}
		}
		if err != nil && ctx.Err() == nil {
			return refusal, err
		}
	}
	return nil, context.Cause(ctx)
}

// next returns how long all calls pause, or else the bucket that spaces them. It also returns the
// last 429.
func (l *limiter) next(now time.Time) (pause time.Duration, bucket *rate.Limiter, refusal *Failure) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Before(l.resumeAt) {
		return l.resumeAt.Sub(now), nil, l.refusal
	}
	if l.adjust {
		l.lower(now)
	}
	return 0, l.bucket, l.refusal
}

// refused records a 429 to a call that was sent at sent. retryAfter is the value of its header, or
// 0.
func (l *limiter) refused(sent, now time.Time, retryAfter time.Duration, refusal *Failure) {
	l.mu.Lock()
	defer l.mu.Unlock()
	pause := retryAfter
	// Calls in progress at the last 429 add no information.
	if sent.After(l.refusedAt) {
		l.limit = namedLimit(refusal.Message)
		window := l.limit.window()
		if l.rate > l.proven {
			// A rate that is 4 % too high is refused in the last 4 % of the API's window. The share
			// is doubled, because calls are not exactly even.
			window = time.Duration(min(1, 2*(1-l.proven/l.rate)) * float64(window))
		}
		pause = max(retryAfter, window)
		l.refusedAt, l.adjust, l.refusal = now, true, refusal
	}
	if until := now.Add(pause); until.After(l.resumeAt) {
		l.resumeAt, l.refusal = until, refusal
	}
}

// lower sets the rate after a 429.
func (l *limiter) lower(now time.Time) {
	named := usedShare * float64(l.limit.Calls) / l.limit.window().Seconds()
	l.ceiling = cmp.Or(named, l.ceiling, math.Inf(1))
	next, accepted := l.rate, max(l.inWindow, l.inLatest)
	switch {
	case next == 0:
		// The count is 0 again if other clients used the whole window.
		next = cmp.Or(named, usedShare*float64(accepted)/defaultWindow.Seconds())
		l.proven, l.target, l.patience = next, next, minPatience
	case next > l.proven:
		next = l.proven
		l.target, l.patience = next, min(2*l.patience, maxPatience)
	case accepted > 0:
		next *= reduction
		l.target, l.patience = next, minPatience
		if l.inLatest == 0 { // within a window of the last 429
			next /= 2
		}
	}
	l.adjust, l.step, l.windows, l.bucket = false, 0, 0, nil
	l.windowEnd, l.inWindow, l.inLatest = now.Add(l.limit.window()), 0, 0
	if l.rate = min(next, l.ceiling); l.rate > 0 {
		l.bucket = rate.NewLimiter(rate.Limit(l.rate), 1)
	}
}

// accepted counts a call with a response other than a 429. It starts a new window and raises the
// rate if the last window was used.
func (l *limiter) accepted(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.adjust && !now.Before(l.windowEnd) {
		length := l.limit.window()
		l.windowEnd, l.inWindow, l.inLatest = now.Add(length), 0, l.inWindow
		if l.rate > 0 && float64(l.inLatest) >= 0.8*l.rate*length.Seconds() {
			l.raise(now)
		}
	}
	l.inWindow++
}

// raise sets the rate after a window in which the current rate was accepted: by half until it
// reaches target, then step by step.
func (l *limiter) raise(now time.Time) {
	l.windows++
	if l.rate > max(l.proven, l.target) && l.windows == 1 {
		return // The API's window may have begun later, so only the next one has this rate throughout.
	}
	l.proven = l.rate
	switch {
	case l.rate < l.target:
		l.rate = min(1.5*l.rate, l.target)
	case l.step > 0 || l.windows >= l.patience:
		l.step = min(max(2*l.step, firstStep), 1)
		l.rate *= 1 + l.step
	}
	if l.rate = min(l.rate, l.ceiling); l.rate > l.proven {
		l.windows = 0
		l.bucket.SetLimitAt(now, rate.Limit(l.rate))
	}
}

// Limit is the limit in a 429: Calls per Window. Calls is 0 if the 429 names no limit.
type Limit struct {
	Calls  int
	Window time.Duration
}

// window returns how long the API counts calls before it starts again.
func (l Limit) window() time.Duration { return cmp.Or(l.Window, defaultWindow) }

// limitPattern matches the limit in the message of a 429, as in "policy user over
// ratelimit,limit:200,time:5 minute" (API reference, error APIGW.0308).
var limitPattern = regexp.MustCompile(`\blimit:([1-9]\d{0,8}),time:([1-9]\d{0,4}) (second|minute|hour|day)\b`)

// namedLimit returns the limit in the message of a 429.
func namedLimit(message string) Limit {
	match := limitPattern.FindStringSubmatch(message)
	if match == nil {
		return Limit{}
	}
	units := map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	calls, _ := strconv.Atoi(match[1]) // The pattern limits both.
	number, _ := strconv.Atoi(match[2])
	return Limit{Calls: calls, Window: time.Duration(number) * units[match[3]]}
}
