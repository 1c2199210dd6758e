// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// defaultWindow is how long the API counts calls before it starts anew, where a
	// 429 does not say (API reference, error APIGW.0308).
	defaultWindow = time.Second
	// longestWindow bounds what a 429 may name.
	longestWindow = 24 * time.Hour
	// share is the part of the API's limit that is used: calls that are sent evenly do
	// not arrive evenly.
	share = 0.98
	// less is the factor for a rate that was refused although it had held.
	less = 0.95
	// firstStep is how much a rate that holds is raised at first; the step doubles with
	// every window that is served without a 429.
	firstStep = 0.02
	// fewestWindows and mostWindows bound how many windows a rate must hold before a
	// higher one is tried: twice as many each time that one is refused.
	fewestWindows = 4
	mostWindows   = 16
	// lowestRate, in calls per second, is the lowest that is tried where a 429 names no limit.
	lowestRate = 0.1
)

// paceKey is what a pace is for: the API counts the calls of each operation.
type paceKey struct {
	service   Service
	operation string
}

// pace spaces the calls of one operation evenly at a rate that the API serves. There
// is no limit until the first 429. Then nobody calls until the API's window is over,
// or for as long as Retry-After asks, and from then on at 98 % of the limit that the
// 429 names, else of what the API served in a window. A rate that is refused all the
// same, because others use the limit up too, is reduced by 5 %, and by half when that
// happens twice in a row; it comes back window by window.
type pace struct {
	mu sync.Mutex
	// limiter spaces the calls; nil for no limit. A new one is made after every stop,
	// so that what waits for an old one knows that it has to wait again.
	limiter *rate.Limiter
	stop    stop
	window  window
	climb   climb
}

// paceOf returns the pace of a call's operation.
func (t *Transport) paceOf(call Call) *pace {
	return t.paces.get(paceKey{call.Service, call.Operation}, func() *pace { return &pace{} })
}

// stop is the last 429 that stopped the calls of an operation.
type stop struct {
	// at is when it came, and until is when calls may be sent again.
	at, until time.Time
	refusal   *Failure
	limit     Limit
	// pending is true until a rate is derived from it.
	pending bool
}

// window counts the calls that were served, other than by a 429, in the window that
// ends at end and in the one before.
type window struct {
	end            time.Time
	served, before int
}

// climb is how a rate comes back. Rates are in calls per second.
type climb struct {
	// highest is 98 % of the limit that a 429 named; 0 for unknown.
	highest float64
	// good is the last rate that was served for a whole window; a higher one is a try.
	good float64
	// goal is the rate to return to quickly: 95 % of the last that was refused.
	goal float64
	// step is the relative increase above goal that was tried last; 0 for none.
	step float64
	// windows were served at the present rate without a 429. Above goal, patience of
	// them are waited for before the first step.
	windows, patience int
}

// Limit is a limit as a 429 names it: so many calls in each window. Calls is 0 when it
// names none.
type Limit struct {
	Calls  int
	Window time.Duration
}

// window returns how long the API counts calls before it starts anew.
func (l Limit) window() time.Duration { return cmp.Or(l.Window, defaultWindow) }

// limitPattern finds the limit in the message of a 429, as in "policy user over
// ratelimit,limit:200,time:5 minute" (API reference, error APIGW.0308).
var limitPattern = regexp.MustCompile(`(?i)\blimit["']?\s*[:=]\s*["']?(\d{1,9})["']?\s*[,;]?\s*["']?(?:time|period|window|interval)["']?\s*[:=]\s*["']?(\d{0,9})\s*(millisecond|ms|second|sec|s|minute|min|m|hour|h|day|d)s?\b`)

// NamedLimit returns the limit that the message of a 429 names.
func NamedLimit(message string) Limit {
	match := limitPattern.FindStringSubmatch(message)
	if match == nil {
		return Limit{}
	}
	// The pattern has nine digits at most.
	calls, _ := strconv.Atoi(match[1])
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

// wait blocks until the next call may be sent. It fails with the cause for which ctx
// ended, or at once when the wait would be longer than ctx lasts: held is then the
// 429 that asks for it.
func (p *pace) wait(ctx context.Context) (held *Failure, err error) {
	for {
		now := time.Now()
		delay, limiter, refusal := p.next(now)
		stopped, cancel := delay > 0, func() {}
		if limiter != nil {
			turn := limiter.ReserveN(now, 1)
			delay, cancel = turn.DelayFrom(now), turn.Cancel
		}
		err := inTime(ctx, delay)
		if err == nil {
			err = Sleep(ctx, delay)
		}
		switch {
		case errors.Is(err, ErrWaitTooLong):
			cancel()
			return refusal, err
		case err != nil:
			cancel()
			return nil, err
		// While this call waited for its turn, a 429 may have stopped everybody.
		case !stopped && (limiter == nil || p.still(limiter)):
			return nil, nil
		}
	}
}

// next returns how long everybody waits, because of which 429, and else what spaces
// the calls.
func (p *pace) next(now time.Time) (delay time.Duration, limiter *rate.Limiter, refusal *Failure) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Before(p.stop.until) {
		return p.stop.until.Sub(now), nil, p.stop.refusal
	}
	if p.stop.pending {
		p.settle(now)
	}
	return 0, p.limiter, p.stop.refusal
}

// still tells whether nothing stopped the calls since limiter was handed out.
func (p *pace) still(limiter *rate.Limiter) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.limiter == limiter && !p.stop.pending
}

// rate is the present one in calls per second; 0 for no limit.
func (p *pace) rate() float64 {
	if p.limiter == nil {
		return 0
	}
	return float64(p.limiter.Limit())
}

// refused takes note of a 429 to a call that was sent at sent. retryAfter is what its
// header asks for, 0 for nothing.
func (p *pace) refused(sent, now time.Time, retryAfter time.Duration, refusal *Failure) {
	p.mu.Lock()
	defer p.mu.Unlock()
	pause := retryAfter
	// Calls that were under way when everybody stopped say nothing new.
	if sent.After(p.stop.at) {
		limit := NamedLimit(refusal.Message)
		pause = max(retryAfter, p.climb.pause(p.rate(), limit.window()))
		p.stop.at, p.stop.limit, p.stop.pending, p.stop.refusal = now, limit, true, refusal
	}
	if until := now.Add(pause); until.After(p.stop.until) {
		p.stop.until, p.stop.refusal = until, refusal
	}
}

// pause returns how long the API's window may still last in which the present rate was
// refused.
func (c *climb) pause(current float64, window time.Duration) time.Duration {
	if current <= c.good {
		return window
	}
	// A try that is a little above the limit is refused at the end of a window only: at
	// 4 % too much, in its last 4 %. Twice as much, as the calls are not quite even.
	return time.Duration(min(1, 2*(1-c.good/current)) * float64(window))
}

// settle derives the rate from the 429 that stopped the calls and from what had been
// served before.
func (p *pace) settle(now time.Time) {
	p.stop.pending = false
	if limit := p.stop.limit; limit.Calls > 0 {
		p.climb.highest = share * float64(limit.Calls) / limit.Window.Seconds()
	}
	next := p.climb.after(p.rate(), p.window)
	p.window = window{end: now.Add(p.stop.limit.window())}
	p.limiter = nil
	if next > 0 {
		p.limiter = rate.NewLimiter(rate.Limit(next), 1)
	}
}

// after returns the rate after the present one was refused; 0 for none.
func (c *climb) after(current float64, counted window) (next float64) {
	served := max(counted.served, counted.before)
	c.step, c.windows = 0, 0
	switch {
	case current == 0:
		// Nothing is known where others used up the whole window.
		next = cmp.Or(c.highest, share*float64(served)/defaultWindow.Seconds())
		c.good, c.goal, c.patience = next, next, fewestWindows
	case current > c.good:
		next = c.good
		c.goal, c.patience = next, min(2*c.patience, mostWindows)
	case served == 0:
		next = current
	default:
		next = max(lowestRate, less*current)
		c.goal, c.patience = next, fewestWindows
		if counted.before == 0 {
			// Within a window of the last stop: it is not a little too much.
			next = max(lowestRate, next/2)
		}
	}
	return c.bounded(next)
}

// bounded returns a rate or the highest, where that is lower.
func (c *climb) bounded(rate float64) float64 { return min(rate, cmp.Or(c.highest, rate)) }

// stopped returns for how long everybody still waits.
func (p *pace) stopped(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(0, p.stop.until.Sub(now))
}

// served counts a call that was answered other than by a 429. It begins a new window
// and, where the last one was used without a 429, raises the rate.
func (p *pace) served(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.stop.pending && !now.Before(p.window.end) {
		served, length := p.window.served, p.stop.limit.window()
		p.window = window{end: now.Add(length), before: served}
		// From a window that was not used, nothing is learned.
		if current := p.rate(); current > 0 && float64(served) >= 0.8*current*length.Seconds() {
			p.limiter.SetLimitAt(now, rate.Limit(p.climb.higher(current)))
		}
	}
	p.window.served++
}

// higher returns the rate after a window that was served at the present one: it rises
// by half up to goal, and above it step by step after some windows.
func (c *climb) higher(current float64) float64 {
	c.windows++
	if current > max(c.good, c.goal) && c.windows == 1 {
		// The API's window may have begun later than this one: only the next is at this
		// rate from end to end.
		return current
	}
	c.good = current
	next := current
	switch {
	case current < c.goal:
		next = min(1.5*current, c.goal)
	case c.step > 0 || c.windows >= c.patience:
		c.step = min(max(2*c.step, firstStep), 1)
		next = current * (1 + c.step)
	}
	if next = c.bounded(next); next > current {
		c.windows = 0
	}
	return next
}

// Sleep waits for d, or returns the cause for which ctx ended.
func Sleep(ctx context.Context, d time.Duration) error {
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

// inTime fails for a wait that is longer than ctx lasts, or when that has ended.
func inTime(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if deadline, ok := ctx.Deadline(); ok && d > 0 && time.Now().Add(d).After(deadline) {
		return fmt.Errorf("%w (%s)", ErrWaitTooLong, d.Round(time.Second))
	}
	return nil
}
