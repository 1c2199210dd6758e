// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// describe returns the message of a failure.
func describe(err error) string {
	var failed *transport.Error
	if !errors.As(err, &failed) {
		return ""
	}
	return failed.Message + " " + failed.Excerpt
}

// statusOf returns the HTTP status of the failed call.
func statusOf(err error) int {
	var failed *transport.Error
	if !errors.As(err, &failed) {
		return 0
	}
	return failed.Status
}

// clock is a time that a test advances.
type clock struct {
	mu   sync.Mutex
	time time.Time
}

func newClock() *clock { return &clock{time: time.Now()} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.time
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.time = c.time.Add(d)
}

// issuer returns keys AK1, AK2 and so on, each for an hour.
type issuer struct {
	clock *clock
	// hold, if not nil, is received from before each response.
	hold chan struct{}

	mu     sync.Mutex
	issued int
	asked  int
	fail   error
}

func (i *issuer) fetch(ctx context.Context) (transport.Keys, error) {
	i.mu.Lock()
	i.asked++
	i.mu.Unlock()
	if i.hold != nil {
		select {
		case <-i.hold:
		case <-ctx.Done():
			return transport.Keys{}, context.Cause(ctx)
		}
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.fail != nil {
		return transport.Keys{}, i.fail
	}
	i.issued++
	return transport.Keys{AccessKey: fmt.Sprintf("AK%d", i.issued), Expires: i.clock.now().Add(time.Hour)}, nil
}

func (i *issuer) times() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked
}

func (i *issuer) failWith(err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.fail = err
}

func newIssuer() (*issuer, *renewingSource) {
	i := &issuer{clock: newClock()}
	return i, newRenewingSource(i.fetch, i.clock.now)
}

func refusal(status int) error {
	return &StepError{Doing: "asking", Err: &transport.Error{Failure: transport.Failure{Operation: "Ask", Status: status}}}
}

func TestRenewal_beforeExpiry(t *testing.T) {
	i, source := newIssuer()
	for _, step := range []struct {
		passes time.Duration
		key    string
	}{{0, "AK1"}, {54 * time.Minute, "AK1"}, {time.Minute, "AK2"}, {time.Minute, "AK2"}, {54 * time.Minute, "AK3"}} {
		i.clock.advance(step.passes)
		if keys := keysOf(t, source); keys.AccessKey != step.key {
			t.Errorf("%s later: %s, want %s", step.passes, keys.AccessKey, step.key)
		}
	}
}

func TestRenewal_concurrent(t *testing.T) {
	c := newCloud(t)
	clock := newClock()
	c.AddAgency(simulator.Agency{Name: "ops", DomainID: "d-ops"})
	config := c.configured()
	config.AssumeRoles = []AssumeRole{{AgencyName: "ops", DomainID: "d-ops"}}
	source := c.source(t, config, nil, func(s *Settings) { s.now = clock.now })

	for round := 1; round <= 3; round++ {
		var workers sync.WaitGroup
		for range 10 {
			workers.Go(func() {
				if _, _, err := c.identity(t.Context(), source); err != nil {
					t.Error(err)
				}
			})
		}
		workers.Wait()
		if n := len(c.CallsOf(simulator.AssumeAgency)); n != round {
			t.Fatalf("%d renewals for %d expiries", n-1, round-1)
		}
		// The keys are unexpired in the first round and expired in the second.
		clock.advance(time.Duration(round*57) * time.Minute)
	}
}

func TestRenewal_oldKeysDuringRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, source := newIssuer()
		keysOf(t, source)
		i.hold = make(chan struct{})
		i.clock.advance(56 * time.Minute)

		renewed := make(chan string, 1)
		go func() { renewed <- keysOf(t, source).AccessKey }()
		synctest.Wait()
		if keys := keysOf(t, source); keys.AccessKey != "AK1" {
			t.Errorf("got %s", keys.AccessKey)
		}
		i.hold <- struct{}{}
		if key := <-renewed; key != "AK2" {
			t.Errorf("got %s", key)
		}
	})
}

func TestRenewal_cancelledWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, source := newIssuer()
		i.hold = make(chan struct{})
		interrupted := errors.New("interrupted")
		ask := func() (cancel context.CancelCauseFunc, answer chan error) {
			ctx, cancel := context.WithCancelCause(t.Context())
			answer = make(chan error, 1)
			go func() {
				_, err := source.Keys(ctx)
				answer <- err
			}()
			synctest.Wait()
			return cancel, answer
		}
		stopFirst, first := ask()
		stopSecond, second := ask()
		_, third := ask()

		stopSecond(interrupted)
		if err := <-second; !errors.Is(err, interrupted) {
			t.Errorf("the one who waits got %v", err)
		}
		stopFirst(interrupted)
		if err := <-first; !errors.Is(err, interrupted) {
			t.Errorf("the one who fetches got %v", err)
		}
		i.hold <- struct{}{}
		if err := <-third; err != nil {
			t.Errorf("the next one got %v", err)
		}
		if i.times() != 2 {
			t.Errorf("%d fetches", i.times())
		}
	})
}

func TestRenewal_fails(t *testing.T) {
	tests := map[string]struct {
		fail error
		// again is true if keys are requested again after the old ones expire.
		again bool
	}{
		"refused":            {refusal(http.StatusForbidden), false},
		"throttled":          {refusal(http.StatusTooManyRequests), true},
		"failed":             {refusal(http.StatusInternalServerError), true},
		"network":            {&StepError{Doing: "asking", Err: &transport.Error{Failure: transport.Failure{Operation: "Ask", Reason: errors.New("no route")}}}, true},
		"not a call at all":  {errors.New("no file"), true},
		"refused, in a call": {fmt.Errorf("wrapped: %w", refusal(http.StatusUnauthorized)), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			i, source := newIssuer()
			keysOf(t, source)
			i.failWith(tt.fail)

			i.clock.advance(56 * time.Minute)
			for range 3 {
				if keys := keysOf(t, source); keys.AccessKey != "AK1" {
					t.Errorf("got %s while AK1 was still good", keys.AccessKey)
				}
			}
			if i.times() != 2 {
				t.Errorf("asked %d times at once", i.times())
			}
			i.clock.advance(time.Minute)
			keysOf(t, source)
			if i.times() != 3 {
				t.Errorf("asked %d times, want another one after a minute", i.times())
			}

			i.clock.advance(3 * time.Minute)
			var last error
			for range 3 {
				if _, last = source.Keys(t.Context()); last == nil {
					t.Fatal("expired keys are given out")
				}
			}
			want := map[bool]int{false: 4, true: 6}[tt.again]
			if i.times() != want {
				t.Errorf("asked %d times, want %d", i.times(), want)
			}
			if statusOf(last) != statusOf(tt.fail) {
				t.Errorf("got %v, want %v", last, tt.fail)
			}
			i.failWith(nil)
			if _, err := source.Keys(t.Context()); (err == nil) != tt.again {
				t.Errorf("after the failure: %v", err)
			}
		})
	}
}

func TestRenewal_forced(t *testing.T) {
	i, source := newIssuer()
	renew := func(key string, want bool, times int) {
		t.Helper()
		if got := source.Renew(t.Context(), key); got != want {
			t.Errorf("Renew(%s) = %t", key, got)
		}
		if i.times() != times {
			t.Errorf("after Renew(%s): %d fetches, want %d", key, i.times(), times)
		}
	}
	renew("AK0", false, 0) // These keys are of another source, and this one has none yet.
	keysOf(t, source)
	renew("AK1", true, 2)
	renew("AK1", true, 2)  // Other keys with the same access key were rejected.
	renew("AK2", false, 2) // The new key is also rejected.
	i.clock.advance(56 * time.Minute)
	keysOf(t, source)
	renew("AK3", true, 4) // A renewal that was due may return keys that are too old.
	i.clock.advance(2 * time.Hour)
	renew("AK3", false, 4) // Its replacement has expired.
}

// Keys that were fetched after a rejection and accepted for a while are renewed like any other.
func TestRenewal_forcedAgain(t *testing.T) {
	i, source := newIssuer()
	keysOf(t, source)
	for n := 1; n < 4; n++ {
		i.clock.advance(20 * time.Minute)
		if key := fmt.Sprintf("AK%d", n); !source.Renew(t.Context(), key) || source.Renew(t.Context(), fmt.Sprintf("AK%d", n+1)) {
			t.Errorf("%s was not renewed, or twice at once", key)
		}
	}
}

func TestRenewal_forcedFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, source := newIssuer()
		keysOf(t, source)
		i.hold = make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		answer := make(chan bool)
		go func() { answer <- source.Renew(ctx, "AK1") }()
		synctest.Wait()
		cancel()
		if <-answer {
			t.Error("an interrupted renewal claims success")
		}

		i.hold = nil
		i.failWith(refusal(http.StatusForbidden))
		for range 10 {
			if source.Renew(t.Context(), "AK1") {
				t.Error("a refused renewal claims success")
			}
		}
		if i.times() != 3 {
			t.Errorf("%d fetches; the interrupted one should not count, and nobody ask after the refused one", i.times())
		}
	})
}

func TestRenewal_forcedConcurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, source := newIssuer()
		keysOf(t, source)
		i.hold = make(chan struct{})
		answers := make(chan bool, 10)
		for range 10 {
			go func() { answers <- source.Renew(t.Context(), "AK1") }()
		}
		synctest.Wait()
		i.hold <- struct{}{}
		for range 10 {
			if !<-answers {
				t.Error("somebody was told that there are no new keys")
			}
		}
		if i.times() != 2 {
			t.Errorf("%d fetches", i.times())
		}
	})
}

func TestRenewal_clockFarAhead(t *testing.T) {
	i, _ := newIssuer()
	ahead := newRenewingSource(i.fetch, func() time.Time { return i.clock.now().Add(2 * time.Hour) })
	for range 3 {
		keysOf(t, ahead)
	}
	if i.times() != 1 {
		t.Errorf("%d fetches for keys that seem to be born expired", i.times())
	}
}
