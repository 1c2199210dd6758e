// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// defaultWindow is how long the API counts calls before it starts again, unless a 429
	// names another window (API reference, error APIGW.0308); longestWindow is the longest
	// that a 429 may name.
	defaultWindow, longestWindow = time.Second, 24 * time.Hour
	// usedShare is the share of the API's limit that is used: calls that are sent evenly
	// do not arrive evenly.
	usedShare = 0.98
	// reduction is the factor for a rate that was refused after it had been accepted.
	reduction = 0.95
	// firstStep is the first increase of an accepted rate; each accepted window doubles it.
	firstStep = 0.02
	// minPatience and maxPatience limit how many windows a rate must be accepted before a
	// higher one is tried. Each refused try doubles it.
	minPatience, maxPatience = 4, 16
	// lowestRate is the lowest rate in calls per second, unless a 429 names a limit.
	lowestRate = 0.1
)

// limiterKey identifies a limiter: the API counts the calls of each operation.
type limiterKey struct {
	service   Service
	operation string
}

func (t *Transport) limiterOf(call Call) *limiter {
	return t.limiters.get(limiterKey{call.Service, call.Operation}, func() *limiter { return &limiter{} })
}

// limiter limits the rate of one operation. There is no limit before the first 429. Then
// all calls pause until the API's window is over, or as Retry-After asks, and continue at
// 98 % of the limit that the 429 names, or of what the API accepted in a window. A rate
// that is refused later, because other clients use the limit too, is reduced by 5 %, and
// by half if that happens twice in a row. It is raised again window by window.
type limiter struct {
	mu sync.Mutex
	// bucket spaces the calls; nil for no limit. Each pause replaces it.
	bucket *rate.Limiter

	// The last 429: when it came, when calls may be sent again, and the limit it names.
	// adjust is true until the rate has been adjusted to it.
	refusal             *Failure
	refusedAt, resumeAt time.Time
	limit               Limit
	adjust              bool

	// The calls accepted in the window until windowEnd, and in the one before.
	windowEnd          time.Time
	inWindow, inLatest int

	// The rates in calls per second: ceiling is 98 % of a named limit, 0 for unknown;
	// proven is the last that was accepted for a whole window; target is 95 % of the last
	// that was refused, up to which the rate rises quickly. step is the last relative
	// increase above target. The rate was accepted for so many windows.
	ceiling, proven, target, step float64
	windows, patience             int
}

// wait blocks until the next call may be sent. It fails with the cause of the end of ctx,
// or at once if the wait would be longer than ctx lasts: held is then the last 429.
func (l *limiter) wait(ctx context.Context) (held *Failure, err error) {
	for ctx.Err() == nil {
		pause, bucket, refusal := l.next(time.Now())
		switch {
		case pause > 0:
			err = sleepInTime(ctx, pause)
		case bucket == nil:
			return nil, nil
		default:
			err = bucket.Wait(ctx)
		}
		switch {
		case ctx.Err() != nil:
		case err != nil && !errors.Is(err, ErrWaitTooLong):
			return refusal, ErrWaitTooLong // Wait fails for nothing else.
		case err != nil:
			return refusal, err
		case bucket != nil && l.unchanged(bucket):
			return nil, nil
		}
	}
	return nil, context.Cause(ctx)
}

// next returns how long all calls pause, or else what spaces them; and the last 429.
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

// unchanged reports whether no 429 came since bucket was returned by next.
func (l *limiter) unchanged(bucket *rate.Limiter) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bucket == bucket && !l.adjust
}

// paused returns how long all calls still pause.
func (l *limiter) paused(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(0, l.resumeAt.Sub(now))
}

// rate returns the present rate in calls per second; 0 for no limit.
func (l *limiter) rate() float64 {
	if l.bucket == nil {
		return 0
	}
	return float64(l.bucket.Limit())
}

// refused records a 429 to a call that was sent at sent. retryAfter is what its header
// asks for, or 0.
func (l *limiter) refused(sent, now time.Time, retryAfter time.Duration, refusal *Failure) {
	l.mu.Lock()
	defer l.mu.Unlock()
	pause := retryAfter
	// The calls in progress at the last 429 say nothing new.
	if sent.After(l.refusedAt) {
		l.limit = NamedLimit(refusal.Message)
		window := l.limit.window()
		if current := l.rate(); current > l.proven {
			// A rate that is 4 % too high is refused in the last 4 % of the API's window.
			// Twice as much, because calls are not quite even.
			window = time.Duration(min(1, 2*(1-l.proven/current)) * float64(window))
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
	if l.limit.Calls > 0 {
		l.ceiling = usedShare * float64(l.limit.Calls) / l.limit.Window.Seconds()
	}
	next, accepted := l.rate(), max(l.inWindow, l.inLatest)
	switch {
	case next == 0:
		// 0 again if other clients used the whole window.
		next = cmp.Or(l.ceiling, usedShare*float64(accepted)/defaultWindow.Seconds())
		l.proven, l.target, l.patience = next, next, minPatience
	case next > l.proven:
		next = l.proven
		l.target, l.patience = next, min(2*l.patience, maxPatience)
	case accepted > 0:
		next = max(lowestRate, reduction*next)
		l.target, l.patience = next, minPatience
		if l.inLatest == 0 {
			next = max(lowestRate, next/2) // Within a window of the last 429.
		}
	}
	l.adjust, l.step, l.windows, l.bucket = false, 0, 0, nil
	l.windowEnd, l.inWindow, l.inLatest = now.Add(l.limit.window()), 0, 0
	if next > 0 {
		l.bucket = rate.NewLimiter(rate.Limit(l.capped(next)), 1)
	}
}

// capped returns a rate, or the ceiling if that is lower.
func (l *limiter) capped(rate float64) float64 { return min(rate, cmp.Or(l.ceiling, rate)) }

// accepted counts a call that was answered other than by a 429. It starts a new window
// and raises the rate if the last window was used.
func (l *limiter) accepted(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.adjust && !now.Before(l.windowEnd) {
		length := l.limit.window()
		l.windowEnd, l.inWindow, l.inLatest = now.Add(length), 0, l.inWindow
		if current := l.rate(); current > 0 && float64(l.inLatest) >= 0.8*current*length.Seconds() {
			l.raise(now, current)
		}
	}
	l.inWindow++
}

// raise sets the rate after a window in which the present one was accepted: up by half
// until it reaches target, then step by step.
func (l *limiter) raise(now time.Time, current float64) {
	l.windows++
	if current > max(l.proven, l.target) && l.windows == 1 {
		return // The API's window may have begun later: only the next has this rate throughout.
	}
	l.proven = current
	next := current
	switch {
	case current < l.target:
		next = min(1.5*current, l.target)
	case l.step > 0 || l.windows >= l.patience:
		l.step = min(max(2*l.step, firstStep), 1)
		next = current * (1 + l.step)
	}
	if next = l.capped(next); next > current {
		l.windows = 0
		l.bucket.SetLimitAt(now, rate.Limit(next))
	}
}

// Limit is a limit that a 429 names: so many calls in each window. Calls is 0 if it names
// none.
type Limit struct {
	Calls  int
	Window time.Duration
}

// window returns how long the API counts calls before it starts again.
func (l Limit) window() time.Duration { return cmp.Or(l.Window, defaultWindow) }

// limitPattern matches the limit in the message of a 429, as in "policy user over
// ratelimit,limit:200,time:5 minute" (API reference, error APIGW.0308).
var limitPattern = regexp.MustCompile(`(?i)\blimit["']?\s*[:=]\s*["']?(\d{1,9})["']?\s*[,;]?\s*["']?(?:time|period|window|interval)["']?\s*[:=]\s*["']?(\d{0,9})\s*(millisecond|ms|second|sec|s|minute|min|m|hour|h|day|d)s?\b`)

// NamedLimit returns the limit that the message of a 429 names.
func NamedLimit(message string) Limit {
	match := limitPattern.FindStringSubmatch(message)
	if match == nil {
		return Limit{}
	}
	calls, _ := strconv.Atoi(match[1]) // At most nine digits.
	number, _ := strconv.Atoi(cmp.Or(match[2], "1"))
	unit := map[string]time.Duration{
		"millisecond": time.Millisecond, "ms": time.Millisecond, "second": time.Second, "sec": time.Second, "s": time.Second,
		"minute": time.Minute, "min": time.Minute, "m": time.Minute, "hour": time.Hour, "h": time.Hour, "day": 24 * time.Hour, "d": 24 * time.Hour,
	}[strings.ToLower(match[3])]
	if calls < 1 || number < 1 || time.Duration(number) > longestWindow/unit {
		return Limit{}
	}
	return Limit{Calls: calls, Window: time.Duration(number) * unit}
}
