// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// load is the result of concurrent workers against a simulator.
type load struct {
	took      time.Duration
	failed    []error
	throttled int // number of 429 responses
}

// run makes calls with several workers, each without a pause.
func (b *backend) run(ctx context.Context, transport *Transport, workers, calls int) load {
	var l load
	var mu sync.Mutex
	var next atomic.Int64
	var group sync.WaitGroup
	before := len(b.Calls())
	source := b.keys()
	begun := time.Now()
	for range workers {
		group.Go(func() {
			for next.Add(1) <= int64(calls) {
				if _, _, err := b.list(ctx, transport, source); err != nil {
					mu.Lock()
					l.failed = append(l.failed, err)
					mu.Unlock()
				}
			}
		})
	}
	group.Wait()
	l.took = time.Since(begun)
	for _, call := range b.Calls()[before:] {
		if call.Status == http.StatusTooManyRequests {
			l.throttled++
		}
	}
	return l
}

// For any latency, number of workers and start of the API's window, a burst takes little longer
// than the API needs.
func TestRateLimit_burst(t *testing.T) {
	t.Parallel()
	for _, rate := range []int{5, 50} {
		for _, workers := range []int{10, DefaultMaxConcurrentRequests} {
			for _, latency := range []time.Duration{time.Millisecond, 100 * time.Millisecond, 300 * time.Millisecond} {
				for _, phase := range []time.Duration{0, 950 * time.Millisecond} {
					t.Run(fmt.Sprintf("%d per second, %d workers, %s, phase %s", rate, workers, latency, phase), func(t *testing.T) {
						t.Parallel()
						synctest.Test(t, func(t *testing.T) {
							b := bubble(latency, func(o *simulator.Options) { o.RatePerSecond = rate })
							time.Sleep(phase)
							calls := 10 * rate
							l := b.run(t.Context(), b.transport(retries(DefaultMaxRetries)), workers, calls)
							for _, err := range l.failed {
								t.Errorf("failed: %v", err)
							}
							// The API needs 9 to 10 seconds, and this number of workers needs this
							// time. Finding an unnamed limit costs about a second.
							ideal := max(10*time.Second, time.Duration(calls/workers)*latency)
							if l.took > ideal+5500*time.Millisecond {
								t.Errorf("it took %s", l.took)
							}
							if l.throttled > 6*workers {
								t.Errorf("%d responses 429 to %d calls", l.throttled, calls)
							}
							t.Logf("%s, %d responses 429", l.took, l.throttled)
						})
					})
				}
			}
		}
	}
}

// named makes the simulator include its limit in every 429, as the API does.
func named(o *simulator.Options) { o.ThrottleWindow = time.Second }

func TestRateLimit_namedLimit(t *testing.T) {
	t.Parallel()
	for _, latency := range []time.Duration{time.Millisecond, 10 * time.Millisecond, 50 * time.Millisecond} {
		for phase := time.Duration(0); phase < time.Second; phase += 250 * time.Millisecond {
			t.Run(fmt.Sprintf("%s, phase %s", latency, phase), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := bubble(latency, named, func(o *simulator.Options) { o.RatePerSecond = 50 })
					time.Sleep(phase)
					l := b.run(t.Context(), b.transport(retries(0)), 10, 500)
					if len(l.failed) > 0 || l.took > 11300*time.Millisecond || l.throttled > 20 {
						t.Errorf("%s, %d responses 429, %d calls failed", l.took, l.throttled, len(l.failed))
					}
				})
			})
		}
	}
}

// A long run takes at most 5 % longer than the API needs, and less than 1 % of its calls are
// refused. The window of the first 429 affects a shorter run more.
func TestRateLimit_longRun(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		perSecond, calls, workers int
		latency                   time.Duration
		named                     bool
		most                      float64
	}{
		"200, named":              {200, 4_000, DefaultMaxConcurrentRequests, 20 * time.Millisecond, true, 1.05},
		"200, named, far away":    {200, 2_500, 128, 200 * time.Millisecond, true, 1.10},
		"200, not named":          {200, 4_000, DefaultMaxConcurrentRequests, 20 * time.Millisecond, false, 1.05},
		"200, not named, distant": {200, 5_000, 128, 200 * time.Millisecond, false, 1.25},
		"50, named":               {50, 1_500, DefaultMaxConcurrentRequests, 20 * time.Millisecond, true, 1.05},
		"50, not named":           {50, 3_000, DefaultMaxConcurrentRequests, 20 * time.Millisecond, false, 1.05},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := bubble(test.latency, func(o *simulator.Options) {
					o.RatePerSecond = test.perSecond
					if test.named {
						named(o)
					}
				})
				time.Sleep(300 * time.Millisecond)
				transport := b.transport(retries(0), func(c *Config) { c.MaxConcurrentRequests = test.workers })
				l := b.run(t.Context(), transport, test.workers, test.calls)
				ratio := l.took.Seconds() / (float64(test.calls) / float64(test.perSecond))
				if len(l.failed) > 0 || ratio > test.most || l.throttled*100 >= max(test.calls, 20_000) {
					t.Errorf("%.3f of the bound, %d responses 429, %d calls failed", ratio, l.throttled, len(l.failed))
				}
				t.Logf("%.3f of the bound, %d responses 429", ratio, l.throttled)
			})
		})
	}
}

// The client waits for the window in a 429 as for a Retry-After.
func TestRateLimit_windowOfMinutes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bubble(10*time.Millisecond, func(o *simulator.Options) { o.RatePerSecond, o.ThrottleWindow = 200, 5*time.Minute })
		transport := b.transport(retries(0))
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
		defer cancel()
		l := b.run(ctx, transport, 10, 400)
		if len(l.failed) > 0 || l.throttled > 10 || l.took > 16*time.Minute {
			t.Errorf("%s, %d responses 429, %v", l.took, l.throttled, l.failed)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		b := bubble(10*time.Millisecond, func(o *simulator.Options) { o.RatePerSecond, o.ThrottleWindow = 5, 5*time.Minute })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		l := b.run(ctx, b.transport(retries(0)), 10, 100)
		// If the time left is too short, no call waits, and the error says that the call was not
		// sent.
		if len(l.failed) != 95 || l.took > time.Second {
			t.Errorf("%s, %d failed", l.took, len(l.failed))
		}
		for _, err := range l.failed {
			failed := asError(t, err)
			if !errors.Is(err, ErrWaitTooLong) || failed.Status != 429 || failed.Code != "APIGW.0308" || failed.NotSent != (failed.Attempts == 0) || failed.Unanswered {
				t.Errorf("got %+v", failed)
			}
		}
	})
}

// All calls that are not sent because of a failure share its error, so it must be immutable. The
// race detector checks this.
func TestRateLimit_sharedErrorIsImmutable(t *testing.T) {
	t.Parallel()
	b := serve(t)
	throttled := simulator.Refuse(http.StatusTooManyRequests, "APIGW.0308", "Throttled.")
	throttled.Header = http.Header{"Retry-After": {"3600"}}
	b.Inject(throttled)
	transport := b.transport(retries(5))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for range 10 {
		for _, err := range b.listTenTimes(ctx, transport, func() KeySource { return b.keys() }) {
			failed := asError(t, err)
			if failed.Status != 429 || failed.Reason != nil || !errors.Is(err, ErrWaitTooLong) || failed.NotSent != (failed.Attempts == 0) {
				t.Errorf("got %+v", failed)
			}
		}
	}
}

// A revocation continues while STS throttles the decoding of messages.
func TestRateLimit_otherOperation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bubble(0)
		transport := b.transport(retries(0))
		throttled := simulator.Refuse(http.StatusTooManyRequests, "APIGW.0308", "Throttled.")
		throttled.Operation, throttled.Header = simulator.ListSessions, http.Header{"Retry-After": {"60"}}
		b.Inject(throttled)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, _, err := b.list(ctx, transport, b.keys()); !errors.Is(err, ErrWaitTooLong) {
			t.Errorf("got %v", err)
		}
		if _, err := b.end(ctx, transport, b.keys(), b.alice.Sessions[0].SessionID); err != nil {
			t.Errorf("got %v", err)
		}
	})
}

func TestNamedLimit(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]Limit{
		"The throttling threshold has been reached: policy user over ratelimit,limit:200,time:5 minute": {200, 5 * time.Minute},
		"The throttling threshold has been reached: policy api over ratelimit,limit:200,time:1 second":  {200, time.Second},
		"limit:60,time:1 minute":             {60, time.Minute},
		"limit:10,time:2 hours":              {},
		"limit:10,time:2 hour":               {10, 2 * time.Hour},
		"limit:1000,time:1 day":              {1000, 24 * time.Hour},
		"limit:200,time:300":                 {},
		"limit:0,time:1 second":              {},
		"limit:10,time:0 second":             {},
		"limit:10,time:2 day":                {10, 48 * time.Hour},
		"limit:10,time:999999999 hour":       {},
		"limit:99999999999999,time:1 second": {},
		"limit:-1,time:1 second":             {},
		"limit:10,time:1 fortnight":          {},
		"unlimit:10,time:1 second":           {},
		"Throttled.":                         {},
		"":                                   {},
	} {
		if got := namedLimit(message); got != want {
			t.Errorf("%q is %+v, want %+v", message, got, want)
		}
	}
}

// The same test in real time and over the network.
func TestRateLimit_network(t *testing.T) {
	t.Parallel()
	b := serve(t, func(o *simulator.Options) { o.RatePerSecond = 50 })
	l := b.run(t.Context(), b.transport(retries(DefaultMaxRetries)), 10, 200)
	for _, err := range l.failed {
		t.Error(err)
	}
	if l.throttled > 60 {
		t.Errorf("%d responses 429", l.throttled)
	}
	if l.took > tooLong {
		t.Errorf("it took %s", l.took)
	}
	t.Logf("%s, %d responses 429, %d connections", l.took, l.throttled, b.Connections())
}

func TestRateLimit_sharedWindow(t *testing.T) {
	t.Parallel()
	for _, eaten := range []int{1, 2, 3} {
		for _, warm := range []int{0, 100} {
			t.Run(fmt.Sprintf("%d windows after %d calls", eaten, warm), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := bubble(10*time.Millisecond, func(o *simulator.Options) { o.RatePerSecond = 50 })
					transport := b.transport(retries(DefaultMaxRetries))
					b.run(t.Context(), transport, 10, warm)

					// The other client uses the limit until the end of a window.
					end := time.Now().Truncate(time.Second).Add(time.Duration(eaten) * time.Second)
					throttled := simulator.Refuse(http.StatusTooManyRequests, "APIGW.0308", "Throttled.")
					throttled.Match = func(simulator.Call) bool { return time.Now().Before(end) }
					b.Inject(throttled)

					l := b.run(t.Context(), transport, 10, 500)
					// 10 seconds for the work, the time used by the other client, and at most 4
					// more.
					if limit := time.Duration(10+eaten+4) * time.Second; len(l.failed) > 0 || l.took > limit {
						t.Errorf("%s, %d responses 429, %d calls failed", l.took, l.throttled, len(l.failed))
					}
					t.Logf("%s, %d responses 429", l.took, l.throttled)
				})
			})
		}
	}
}

// Another client uses 80 % of the limit for a minute.
func TestRateLimit_recovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bubble(10*time.Millisecond, func(o *simulator.Options) { o.RatePerSecond = 10 })
		transport := b.transport(retries(DefaultMaxRetries))
		if l := b.run(t.Context(), transport, 10, 600); len(l.failed) > 0 || l.took > 75*time.Second {
			t.Errorf("shared: %s, %d responses 429, %v", l.took, l.throttled, l.failed)
		}
		b.Configure(func(o *simulator.Options) { o.RatePerSecond = 50 })
		if l := b.run(t.Context(), transport, 10, 1500); len(l.failed) > 0 || l.took > (30+16+4)*time.Second {
			t.Errorf("free: %s, %d responses 429, %v", l.took, l.throttled, l.failed)
		}
	})
}

func TestRateLimit_retryAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bubble(time.Millisecond)
		transport := b.transport(retries(1))
		throttled := simulator.Refuse(http.StatusTooManyRequests, "APIGW.0308", "Throttled.")
		throttled.Header, throttled.Times = http.Header{"Retry-After": {"7"}}, 1
		b.Inject(throttled)

		begun := time.Now()
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() {
				if _, _, err := b.list(t.Context(), transport, b.keys()); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if took := time.Since(begun); took < 7*time.Second || took > 9*time.Second {
			t.Errorf("it took %s", took)
		}
		for i, call := range b.Calls()[1:] {
			if call.Time.Sub(begun) < 7*time.Second {
				t.Errorf("call %d was sent after %s", i+1, call.Time.Sub(begun))
			}
		}
	})
}

// The first call, which tests the keys, does not delay the error of a throttled call.
func TestRateLimit_windowAfterDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bubble(0)
		throttled := simulator.Refuse(http.StatusTooManyRequests, "APIGW.0308", "policy user over ratelimit,limit:200,time:2 minute")
		throttled.Times = 2
		b.Inject(throttled)
		transport, source := b.transport(retries(0)), b.keys()
		short, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		var group sync.WaitGroup
		group.Go(func() {
			if _, _, err := b.list(t.Context(), transport, source); err != nil {
				t.Error(err)
			}
		})
		begun := time.Now()
		_, _, err := b.list(short, transport, source)
		if took := time.Since(begun); !errors.Is(err, ErrWaitTooLong) || took > 0 {
			t.Errorf("after %s: %v", took, err)
		}
		group.Wait()
	})
}

func TestRateLimit_retryAfterAfterDeadline(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		synctest.Test(t, func(t *testing.T) {
			b := bubble(0)
			transport := b.transport(retries(5))
			refusal := simulator.Refuse(status, "APIGW.1", "Later.")
			refusal.Header = http.Header{"Retry-After": {"3600"}}
			b.Inject(refusal)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()

			begun := time.Now()
			_, _, err := b.list(ctx, transport, b.keys())
			failed := asError(t, err)
			if failed.Status != status || failed.NotSent || failed.Attempts != 1 || !errors.Is(err, ErrWaitTooLong) {
				t.Errorf("%d: the first: %+v", status, failed)
			}
			// A 429 stops all calls, so the second call is not sent.
			_, _, err = b.list(ctx, transport, b.keys())
			failed = asError(t, err)
			held := status == http.StatusTooManyRequests
			if failed.Status != status || failed.NotSent != held || !errors.Is(err, ErrWaitTooLong) || failed.Code != "APIGW.1" {
				t.Errorf("%d: the second: %+v", status, failed)
			}
			if took := time.Since(begun); took > 0 {
				t.Errorf("%d: it took %s", status, took)
			}
		})
	}
}

func TestRateLimit_late429s(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p limiter
		for range 30 {
			if held, err := p.wait(t.Context()); held != nil || err != nil {
				t.Fatal(held, err)
			}
			p.accepted(time.Now())
		}
		sent := time.Now()
		time.Sleep(10 * time.Millisecond)
		for range 20 {
			time.Sleep(time.Millisecond)
			p.refused(sent, time.Now(), 0, &Failure{Status: 429})
		}
		stopped := time.Now().Add(-19 * time.Millisecond)
		if err := firstError(p.wait(t.Context())); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(stopped); waited != defaultWindow {
			t.Errorf("waited %s", waited)
		}
		if got := float64(p.bucket.Limit()); got < 29 || got > 30 {
			t.Errorf("the rate is %v", got)
		}
		// Retry-After is still respected.
		sent = time.Now()
		time.Sleep(time.Millisecond)
		p.refused(sent, time.Now(), 0, &Failure{Status: 429})
		p.refused(sent, time.Now(), time.Minute, &Failure{Status: 429})
		begun := time.Now()
		if err := firstError(p.wait(t.Context())); err != nil || time.Since(begun) != time.Minute {
			t.Errorf("waited %s, %v", time.Since(begun), err)
		}
	})
}

func firstError(held *Failure, err error) error {
	if held != nil {
		return errors.Join(errors.New("held"), err)
	}
	return err
}
