// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
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

// paces holds a pace for each operation of each service, as the API counts them.
type paces struct {
	mu sync.Mutex
	of map[paceKey]*pace
}

type paceKey struct {
	service   Service
	operation string
}

func (p *paces) get(call Call) *pace {
	key := paceKey{call.Service, call.Operation}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.of == nil {
		p.of = map[paceKey]*pace{}
	}
	if p.of[key] == nil {
		p.of[key] = &pace{}
	}
	return p.of[key]
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

// stop is the last 429 that stopped the calls of an operation.
type stop struct {
	// at is when it came, and until is when calls may be sent again.
	at, until time.Time
	refusal   *Failure
	limit     namedLimit
	// pending is true until a rate is derived from it.
	pending bool
}

// window counts the calls that were served, other than by a 429, in the window that
// ends at end and in the one before.
type window struct {
	end            time.Time
	served, before int
}

// climb is how a rate comes back.
type climb struct {
	// highest is 98 % of the limit that a 429 named, in calls per second; 0 for unknown.
	highest float64
	// good is the last rate that was served for a whole window, and raised is true while
	// a higher one is tried.
	good   float64
	raised bool
	// held is true once a raised rate was served for one window.
	held bool
	// goal is the rate to return to quickly: 95 % of the last that was refused.
	goal float64
	// step is the relative increase above goal that was tried last; 0 for none.
	step float64
	// clean counts windows without a 429 at goal, of which patience are waited for.
	clean, patience int
}

// namedLimit is a limit as a 429 names it; calls is 0 when it does not.
type namedLimit struct {
	calls  int
	window time.Duration
}

// perSecond returns the calls per second to aim at.
func (l namedLimit) perSecond() float64 { return share * float64(l.calls) / l.window.Seconds() }

// limitPattern finds the limit in the message of a 429, as in "policy user over
// ratelimit,limit:200,time:5 minute" (API reference, error APIGW.0308).
var limitPattern = regexp.MustCompile(`(?i)\blimit["']?\s*[:=]\s*["']?(\d{1,9})["']?\s*[,;]?\s*["']?(?:time|period|window|interval)["']?\s*[:=]\s*["']?(\d{0,9})\s*(millisecond|ms|second|sec|s|minute|min|m|hour|h|day|d)s?\b`)

// NamedLimit returns the limit that the message of a 429 names: so many calls in so long
// a window; 0 calls when it names none.
func NamedLimit(message string) (calls int, window time.Duration) {
	limit := parseLimit(message)
	return limit.calls, limit.window
}

// parseLimit reads the limit that a message names.
func parseLimit(message string) namedLimit {
	match := limitPattern.FindStringSubmatch(message)
	if match == nil {
		return namedLimit{}
	}
	calls, err := strconv.Atoi(match[1])
	number := 1
	if match[2] != "" && err == nil {
		number, err = strconv.Atoi(match[2])
	}
	unit := map[string]time.Duration{
		"millisecond": time.Millisecond, "ms": time.Millisecond, "second": time.Second, "sec": time.Second, "s": time.Second,
		"minute": time.Minute, "min": time.Minute, "m": time.Minute, "hour": time.Hour, "h": time.Hour, "day": 24 * time.Hour, "d": 24 * time.Hour,
	}[strings.ToLower(match[3])]
	if err != nil || calls < 1 || number < 1 || time.Duration(number) > longestWindow/unit {
		return namedLimit{}
	}
	return namedLimit{calls: calls, window: time.Duration(number) * unit}
}

// wait blocks until the next call may be sent. It fails with the cause for which ctx
// ended, or at once when the wait would be longer than ctx lasts: held is then the
// 429 that asks for it.
func (p *pace) wait(ctx context.Context) (held *Failure, err error) {
	for {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		now := time.Now()
		delay, limiter, refusal := p.next(now)
		var turn *rate.Reservation
		if delay <= 0 && limiter != nil {
			turn = limiter.ReserveN(now, 1)
			delay = turn.DelayFrom(now)
		}
		if delay > 0 {
			if deadline, ok := ctx.Deadline(); ok && now.Add(delay).After(deadline) {
				err = waitTooLong(delay)
			} else if err = Sleep(ctx, delay); err != nil {
				refusal = nil
			}
			if err != nil {
				if turn != nil {
					turn.Cancel()
				}
				return refusal, err
			}
		}
		// While this call waited for its turn, a 429 may have stopped everybody.
		if limiter == nil && delay <= 0 || turn != nil && p.still(limiter) {
			return nil, nil
		}
	}
}

// next returns how long everybody waits, because of which 429, and what then spaces
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

// served counts a call that was answered other than by a 429.
func (p *pace) served(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.stop.pending && !now.Before(p.window.end) {
		p.turn(now)
	}
	p.window.served++
}

// refused takes note of a 429 to a call that was sent at sent. retryAfter is what its
// header asks for, 0 for nothing.
func (p *pace) refused(sent, now time.Time, retryAfter time.Duration, refusal *Failure) {
	p.mu.Lock()
	defer p.mu.Unlock()
	pause := retryAfter
	// Calls that were under way when everybody stopped say nothing new.
	if late := !sent.After(p.stop.at); !late {
		limit := parseLimit(refusal.Message)
		pause = max(retryAfter, p.pause(limit))
		p.stop.at, p.stop.limit, p.stop.pending = now, limit, true
		p.stop.refusal = refusal
	}
	if until := now.Add(pause); until.After(p.stop.until) {
		p.stop.until, p.stop.refusal = until, refusal
	}
}

// pause returns how long the API's window may still last.
func (p *pace) pause(limit namedLimit) time.Duration {
	length := defaultWindow
	if limit.calls > 0 {
		length = limit.window
	}
	if p.climb.raised {
		// A rate that is a little above the limit is refused at the end of a window only:
		// at 4 % too much, in its last 4 %. Twice as much, as the calls are not quite even.
		over := 1 - p.climb.good/float64(p.limiter.Limit())
		length = time.Duration(min(1, 2*over) * float64(length))
	}
	return length
}

// settle derives the rate from the 429 that stopped the calls and from what had been
// served before.
func (p *pace) settle(now time.Time) {
	limit, counted := p.stop.limit, p.window
	p.stop.pending = false
	length := defaultWindow
	if limit.calls > 0 {
		length = limit.window
		p.climb.highest = limit.perSecond()
	}
	next := p.climb.after(p.limiter, counted)
	p.window = window{end: now.Add(length)}
	p.limiter = nil
	if next > 0 {
		p.limiter = rate.NewLimiter(rate.Limit(next), 1)
	}
}

// after returns the rate after a 429; 0 for no limit. limiter has the rate that was
// refused.
func (c *climb) after(limiter *rate.Limiter, counted window) float64 {
	served, raised := max(counted.served, counted.before), c.raised
	c.raised, c.held, c.step, c.clean = false, false, 0, 0
	next := 0.0
	switch {
	case limiter == nil && c.highest > 0:
		next = c.highest
		c.goal, c.patience = next, fewestWindows
	case limiter == nil && served > 0:
		next = share * float64(served) / defaultWindow.Seconds()
		c.goal, c.patience = next, fewestWindows
	case limiter == nil:
		// Others used up the whole window, so that nothing is known.
	case raised:
		next = c.good
		c.goal, c.patience = next, min(2*c.patience, mostWindows)
	case served == 0:
		next = float64(limiter.Limit())
	default:
		next = max(lowestRate, less*float64(limiter.Limit()))
		c.goal, c.patience = next, fewestWindows
		if counted.before == 0 {
			// Within a window of the last stop: it is not a little too much.
			next = max(lowestRate, next/2)
		}
	}
	if c.highest > 0 {
		next = min(next, c.highest)
	}
	return next
}

// turn begins a new window and, where the last one was used without a 429, raises the
// rate: by half up to the one that held, and above it after some windows.
func (p *pace) turn(now time.Time) {
	length := defaultWindow
	if p.stop.limit.calls > 0 {
		length = p.stop.limit.window
	}
	served := p.window.served
	p.window = window{end: now.Add(length), before: served}
	if p.limiter == nil {
		return
	}
	current := float64(p.limiter.Limit())
	if float64(served) < 0.8*current*length.Seconds() {
		return // Not used, so that nothing was learned.
	}
	if next := p.climb.higher(current); next > current {
		p.limiter.SetLimitAt(now, rate.Limit(next))
	}
}

// higher returns the rate after a window that was served at the current one.
func (c *climb) higher(current float64) float64 {
	if c.raised && !c.held && current > c.goal {
		// The API's window may have begun later than this one: only the next is at this
		// rate from end to end.
		c.held = true
		return current
	}
	next := current
	c.good, c.raised, c.held = current, false, false
	c.clean++
	switch {
	case current < c.goal:
		next = min(1.5*current, c.goal)
	case c.step > 0 || c.clean >= c.patience:
		c.step = min(max(2*c.step, firstStep), 1)
		next = current * (1 + c.step)
	}
	if c.highest > 0 {
		next = min(next, c.highest)
	}
	c.raised = next > current
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
