// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// For each fault: how often a call is sent if the fault is permanent, and if it occurs once.
func TestRetry_faults(t *testing.T) {
	t.Parallel()
	const again = 3 // with 2 retries
	// Tests mostly wait, so more of them run in parallel than there are processors.
	var group sync.WaitGroup
	defer group.Wait()
	for name, test := range map[string]struct {
		fault simulator.Fault
		sent  int
	}{
		"400":                    {simulator.Refuse(400, "IIC.400", "Bad."), 1},
		"401":                    {simulator.Refuse(401, "APIGW.0301", "Wrong key."), 1},
		"401 clock":              {simulator.Refuse(401, CodeClock, "Wrong time."), 1},
		"403":                    {simulator.Refuse(403, "IIC.1000", "No."), 1},
		"403 bad parameter":      {simulator.Refuse(403, "IIC.1003", "No."), 1},
		"403 HTML":               {simulator.Fault{Status: 403, Body: "<html>", ContentType: "text/html"}, 1},
		"404":                    {simulator.Refuse(404, "IIC.404", "Gone."), 1},
		"405":                    {simulator.Fault{Status: 405}, 1},
		"408":                    {simulator.Fault{Status: 408}, 1},
		"409 concurrency":        {simulator.Refuse(409, CodeConcurrency, "Later."), again},
		"409 failed":             {simulator.Refuse(409, "IIC.1007", "Failed."), 1},
		"409 HTML":               {simulator.Fault{Status: 409, Body: "<html>"}, 1},
		"413":                    {simulator.Fault{Status: 413}, 1},
		"418":                    {simulator.Fault{Status: 418}, 1},
		"500":                    {simulator.Refuse(500, "IIC.500", "Oops."), again},
		"501":                    {simulator.Fault{Status: 501}, again},
		"502 HTML":               {simulator.Fault{Status: 502, Body: "<html>Bad Gateway</html>", ContentType: "text/html"}, again},
		"503":                    {simulator.Fault{Status: 503}, again},
		"504":                    {simulator.Fault{Status: 504}, again},
		"599":                    {simulator.Fault{Status: 599}, again},
		"101":                    {simulator.Fault{Status: http.StatusSwitchingProtocols}, 1},
		"202":                    {simulator.Fault{Status: http.StatusAccepted, Body: `{"session_list":[]}`}, 1},
		"302":                    {simulator.Fault{Status: 302, Header: http.Header{"Location": {"https://login.invalid"}}}, 1},
		"304":                    {simulator.Fault{Status: 304}, 1},
		"200 HTML":               {simulator.Fault{Status: 200, Body: "<html>", ContentType: "text/html"}, 1},
		"200 error":              {simulator.Refuse(200, "IIC.500", "Oops."), 1},
		"dropped before":         {simulator.Fault{DropBefore: true}, again},
		"dropped after":          {simulator.Fault{DropAfter: true}, again},
		"truncated":              {simulator.Fault{Status: 200, Body: `{"session_list":[]}`, CutBody: true}, again},
		"truncated, 503":         {simulator.Fault{Status: 503, Body: "<html>", CutBody: true}, again},
		"no end":                 {simulator.Fault{HugeBody: maxBody + 2}, 1},
		"slow, then a refusal":   {simulator.Fault{Delay: time.Millisecond, Status: 403, Code: "IIC.1000"}, 1},
		"slow, then unavailable": {simulator.Fault{Delay: time.Millisecond, Status: 503}, again},
	} {
		group.Go(func() {
			b := serve(t)
			b.Inject(test.fault)
			begun := time.Now()
			_, _, err := b.list(t.Context(), b.transport(retries(2)), b.keys())
			var failed *Error
			if !errors.As(err, &failed) {
				t.Errorf(name+": got %v", err)
				return
			}
			if sent := len(b.Calls()); sent != test.sent || failed.Attempts != test.sent {
				t.Errorf(name+": sent %d times, reported as %d, want %d: %v", sent, failed.Attempts, test.sent, err)
			}
			if failed.Elapsed <= 0 || failed.Elapsed > time.Since(begun) {
				t.Errorf(name+": elapsed %s of %s", failed.Elapsed, time.Since(begun))
			}
			// A truncated success is not a usable response.
			want := test.fault.Status
			if test.fault.CutBody && success(want) {
				want = 0
			}
			if failed.Status != want {
				t.Errorf(name+": the status is %d, want %d", failed.Status, want)
			}

			// A fault that occurs once does not fail a repeatable call, even a POST.
			b.ClearFaults()
			b.ResetCalls()
			test.fault.Times = 1
			b.Inject(test.fault)
			_, _, err = b.list(t.Context(), b.transport(retries(2)), b.keys())
			if passed := test.sent == again; (err == nil) != passed {
				t.Errorf(name+": met once: %v", err)
			}
			if sent := len(b.Calls()); sent != min(test.sent, 2) {
				t.Errorf(name+": met once: sent %d times", sent)
			}
		})
	}
}

func TestRetry_requestTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bubble(0)
		b.Inject(simulator.Fault{Hang: true, Times: 1})
		begun := time.Now()
		if _, _, err := b.list(t.Context(), b.transport(retries(1), requestTimeout(time.Second)), b.keys()); err != nil {
			t.Error(err)
		}
		if took := time.Since(begun); len(b.Calls()) != 2 || took > 1500*time.Millisecond {
			t.Errorf("sent %d times in %s", len(b.Calls()), took)
		}
	})
}

func TestRetry_returnsLastFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bubble(10 * time.Millisecond)
		for _, f := range []simulator.Fault{
			simulator.Refuse(503, "first", "One."), simulator.Refuse(409, CodeConcurrency, "Two."), {DropBefore: true}, simulator.Refuse(500, "last", "Four."),
		} {
			f.Times = 1
			b.Inject(f)
		}
		_, _, err := b.list(t.Context(), b.transport(retries(3)), b.keys())
		failed := asError(t, err)
		if failed.Attempts != 4 || failed.Code != "last" || failed.Message != "Four." || failed.RequestID != b.Calls()[3].RequestID {
			t.Errorf("got %+v", failed)
		}
		// The delays are 0.2, 0.4 and 0.8 seconds, each varied by up to half.
		if failed.Elapsed < 700*time.Millisecond || failed.Elapsed > 2200*time.Millisecond {
			t.Errorf("it took %s", failed.Elapsed)
		}
	})
}

func TestRetry_backoff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bubble(0)
		b.Inject(simulator.Fault{Status: 503})
		_, _, err := b.list(t.Context(), b.transport(retries(12)), b.keys())
		if failed := asError(t, err); failed.Attempts != 13 {
			t.Fatalf("%d attempts", failed.Attempts)
		}
		calls := b.Calls()
		for i := 1; i < len(calls); i++ {
			wait, middle := calls[i].Time.Sub(calls[i-1].Time), min(firstDelay<<(i-1), longestDelay)
			if wait < middle/2 || wait > middle*3/2+time.Millisecond {
				t.Errorf("wait %d is %s, want %s and at most half more or less", i, wait, middle)
			}
		}
	})
}

func TestRetry_disabled(t *testing.T) {
	t.Parallel()
	for _, status := range []int{500, 503} {
		b := serve(t)
		b.Inject(simulator.Fault{Status: status})
		_, _, err := b.list(t.Context(), b.transport(retries(0)), b.keys())
		if failed := asError(t, err); failed.Attempts != 1 || len(b.Calls()) != 1 || failed.Status != status {
			t.Errorf("%d: sent %d times: %v", status, len(b.Calls()), err)
		}
	}
}

// The outcome of a change is unknown after a 5xx or an unusable success, also if the retry is refused.
func TestRetry_unknownOutcome(t *testing.T) {
	t.Parallel()
	for status, unanswered := range map[int]bool{504: true, 500: true, 202: true, 429: false, 0: true} {
		b := serve(t)
		b.Inject(simulator.Fault{Status: status, DropAfter: status == 0, Times: 1}, simulator.Refuse(404, "IIC.404", "gone"))
		_, _, err := Do[any](t.Context(), b.transport(retries(1)), deleteCall("s", "u", b.keys(), "s1"))
		if failed := asError(t, err); failed.Status != 404 || failed.Unanswered != unanswered {
			t.Errorf("%d: unanswered %t: %v", status, failed.Unanswered, err)
		}
	}
}

// Retries of throttled calls are limited only by the deadline.
func TestRetry_throttledCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bubble(0)
		throttled := simulator.Refuse(429, "APIGW.0308", "Later.")
		throttled.Times = 20
		b.Inject(throttled)
		if _, _, err := b.list(t.Context(), b.transport(retries(0)), b.keys()); err != nil {
			t.Error(err)
		}
		b.Inject(simulator.Refuse(429, "APIGW.0308", "Later."))
		// Attempts are a second apart, and the deadline is between two of them.
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute-500*time.Millisecond)
		defer cancel()
		begun := time.Now()
		_, _, err := b.list(ctx, b.transport(retries(0)), b.keys())
		failed := asError(t, err)
		if failed.Status != 429 || failed.Attempts < 20 || failed.Unanswered || failed.NotSent || time.Since(begun) > time.Minute {
			t.Errorf("after %s: %d attempts, unanswered %t, %v", time.Since(begun), failed.Attempts, failed.Unanswered, err)
		}
	})
}

type keySource func(ctx context.Context) (Keys, error)

func (s keySource) Keys(ctx context.Context) (Keys, error) { return s(ctx) }

// If the retry of a change cannot be sent, the outcome of the first attempt is still unknown.
func TestRetry_notSentAfterUnknownOutcome(t *testing.T) {
	t.Parallel()
	for name, second := range map[string]func(context.Context, *backend, *Transport) error{
		"no keys": func(context.Context, *backend, *Transport) error { return errors.New("no keys any more") },
		"key rejected by another call": func(ctx context.Context, b *backend, transport *Transport) error {
			b.Inject(simulator.Fault{Operation: simulator.ListSessions, Status: 401, Code: "APIGW.0301", Times: 1})
			if _, _, err := b.list(ctx, transport, b.keys()); err == nil {
				t.Error("the key was accepted")
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := bubble(0)
				b.Inject(simulator.Fault{Operation: simulator.BatchDeleteSessions, Status: 504, Done: true})
				transport, asked := b.transport(retries(5)), 0
				_, err := b.end(t.Context(), transport, keySource(func(ctx context.Context) (Keys, error) {
					if asked++; asked > 1 {
						if err := second(ctx, b, transport); err != nil {
							return Keys{}, err
						}
					}
					return b.keys().Keys(ctx)
				}), "s-1")
				if failed := asError(t, err); !failed.Unanswered || failed.NotSent || failed.Status != 504 || asked != 2 {
					t.Errorf("asked %d times for keys, unanswered %t, not sent %t: %v", asked, failed.Unanswered, failed.NotSent, err)
				}
			})
		})
	}
}

func TestRetry_signsEveryAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bubble(0)
		unavailable := simulator.Fault{Status: 503, Times: 2, Header: http.Header{"Retry-After": {"2"}}}
		b.Inject(unavailable)
		source := b.keys()
		if _, _, err := b.list(t.Context(), b.transport(retries(2)), source); err != nil {
			t.Fatal(err)
		}
		if source.count() != 3 {
			t.Errorf("the keys were asked for %d times", source.count())
		}
		seen := map[string]bool{}
		for _, call := range b.Calls() {
			seen[call.Header.Get("X-Sdk-Date")] = true
			seen[call.Header.Get("Authorization")] = true
			if !call.Verified {
				t.Errorf("wrong signature: %v", call.Header)
			}
		}
		if len(seen) != 6 {
			t.Errorf("dates and signatures are the same: %v", seen)
		}
	})
}

// A call that waits for an hour is signed when it is sent.
func TestRetry_signsAfterWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bubble(0)
		b.Inject(simulator.Fault{Status: 429, Times: 1, Header: http.Header{"Retry-After": {"3600"}}})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
		defer cancel()
		if _, _, err := b.list(ctx, b.transport(retries(1)), b.keys()); err != nil {
			t.Error(err)
		}
	})
}

// A call without a deadline, such as the read of a data source, is limited too.
func TestRetry_noDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bubble(0)
		b.Inject(simulator.Fault{Status: 503, Header: http.Header{"Retry-After": {"120"}}})
		begun := time.Now()
		_, _, err := b.list(t.Context(), b.transport(retries(50)), b.keys())
		if failed := asError(t, err); !errors.Is(err, ErrWaitTooLong) || failed.Status != 503 || failed.Attempts != 3 {
			t.Errorf("%d attempts: %v", failed.Attempts, err)
		}
		if took := time.Since(begun); took > longestCall {
			t.Errorf("it took %s", took)
		}
	})
}

func TestRetry_requestIDs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		retries int
		fails   bool
	}{"success": {2, false}, "failure": {1, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := bubble(0)
				b.Inject(simulator.Fault{Status: 500, Times: 2})
				_, requestIDs, err := b.list(t.Context(), b.transport(retries(test.retries)), b.keys())
				if (err != nil) != test.fails {
					t.Fatal(err)
				}
				var sent []string
				for _, call := range b.Calls() {
					sent = append(sent, call.RequestID)
				}
				if len(sent) != test.retries+1 || !slices.Equal(requestIDs, sent) {
					t.Errorf("got %q, sent were %q", requestIDs, sent)
				}
			})
		})
	}
}

func TestRetry_retryAfter(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]func() string{
		"seconds": func() string { return "4" },
		"date":    func() string { return time.Now().Add(4 * time.Second).UTC().Format(http.TimeFormat) },
	} {
		for _, status := range []int{429, 500, 503} {
			synctest.Test(t, func(t *testing.T) {
				b := bubble(0)
				b.Inject(simulator.Fault{Status: status, Times: 1, Header: http.Header{"Retry-After": {value()}}})
				begun := time.Now()
				if _, _, err := b.list(t.Context(), b.transport(retries(1)), b.keys()); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(begun); took < 4*time.Second || took > 4500*time.Millisecond {
					t.Errorf("%s, %d: waited %s", name, status, took)
				}
			})
		}
	}
}

func TestRetry_first429(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bubble(0)
		b.Inject(simulator.Fault{Status: 429, Times: 1})
		begun := time.Now()
		if _, _, err := b.list(t.Context(), b.transport(retries(1)), b.keys()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begun); took > 1100*time.Millisecond {
			t.Errorf("it took %s", took)
		}
	})
}

// errOperation is the cause with which a caller ends its context.
var errOperation = errors.New("the operation is over")

func TestDo_endOfContext(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		context func(context.Context) (context.Context, context.CancelFunc)
		limit   time.Duration
		is      error
		isNot   []error
		took    time.Duration
		sent    int
	}{
		"request timeout": {
			func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, time.Hour)
			},
			time.Second, ErrRequestTimeout, []error{context.DeadlineExceeded, context.Canceled}, 3 * time.Second, 2,
		},
		"deadline": {
			func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, time.Second)
			},
			time.Minute, context.DeadlineExceeded, []error{ErrRequestTimeout, context.Canceled}, time.Second, 1,
		},
		"deadline with a cause": {
			func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeoutCause(ctx, time.Second, errOperation)
			},
			time.Minute, errOperation, []error{ErrRequestTimeout, context.Canceled}, time.Second, 1,
		},
		"cancel": {
			func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(time.Second, cancel)
				return ctx, cancel
			},
			time.Minute, context.Canceled, []error{ErrRequestTimeout, context.DeadlineExceeded}, time.Second, 1,
		},
		"cancelled before": {
			func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(ctx)
				cancel()
				return ctx, cancel
			},
			time.Minute, context.Canceled, []error{ErrRequestTimeout}, 0, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := bubble(0)
				b.Inject(simulator.Fault{Hang: true})
				transport := b.transport(retries(1), requestTimeout(test.limit))
				ctx, cancel := test.context(t.Context())
				defer cancel()
				begun := time.Now()
				_, _, err := b.list(ctx, transport, b.keys())
				failed := asError(t, err)
				if !errors.Is(err, test.is) {
					t.Errorf("got %v, want %v", err, test.is)
				}
				for _, other := range test.isNot {
					if errors.Is(err, other) {
						t.Errorf("%v is %v too", err, other)
					}
				}
				if failed.Attempts != test.sent || len(b.Calls()) != test.sent || failed.Status != 0 {
					t.Errorf("sent %d times, reported as %d, status %d", len(b.Calls()), failed.Attempts, failed.Status)
				}
				if took := time.Since(begun); took > test.took {
					t.Errorf("it took %s", took)
				}
				if errors.Is(test.is, ErrRequestTimeout) && !strings.Contains(err.Error(), test.limit.String()) {
					t.Errorf("the error does not name the limit: %v", err)
				}
			})
		})
	}
}

// If the context ends between two attempts, the error has its cause and the last response.
func TestRetry_interruptedBetweenAttempts(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]simulator.Fault{
		"backoff":               simulator.Refuse(503, "IIC.503", "Later."),
		"throttle":              simulator.Refuse(429, "APIGW.0308", "Later."),
		"repetition on its way": simulator.Refuse(503, "IIC.503", "Later."),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := bubble(0)
				fault.Times = 1
				b.Inject(fault, simulator.Fault{Hang: true})
				ctx, cancel := context.WithCancelCause(t.Context())
				after := 50 * time.Millisecond
				if name == "repetition on its way" {
					after = 10 * time.Second
				}
				time.AfterFunc(after, func() { cancel(errOperation) })
				begun := time.Now()
				_, _, err := b.list(ctx, b.transport(retries(5)), b.keys())
				failed := asError(t, err)
				if failed.Status != fault.Status || failed.Code != fault.Code || !errors.Is(err, errOperation) {
					t.Errorf("got %v", err)
				}
				if time.Since(begun) != after {
					t.Errorf("it took %s", time.Since(begun))
				}
				if failed.Attempts != len(b.Calls()) {
					t.Errorf("%d attempts reported, %d sent", failed.Attempts, len(b.Calls()))
				}
			})
		})
	}
}

// Every wait of a call ends with its context.
func TestDo_cancelledWaits(t *testing.T) {
	t.Parallel()
	const after = 150 * time.Millisecond
	oneSlot := func(c *Config) { c.MaxConcurrentRequests = 1 }
	for name, test := range map[string]struct {
		fault     simulator.Fault
		configure func(*Config)
		// first starts another call that occupies the resource that the call then waits for.
		first bool
		// opened sends a successful call first, which opens the gate.
		opened bool
	}{
		"an answer":            {fault: simulator.Fault{Hang: true}},
		"the backoff":          {fault: simulator.Fault{Status: 500}},
		"Retry-After":          {fault: simulator.Fault{Status: 503, Header: http.Header{"Retry-After": {"60"}}}},
		"Retry-After of a 429": {fault: simulator.Fault{Status: 429, Header: http.Header{"Retry-After": {"60"}}}},
		"the throttle":         {fault: simulator.Fault{Status: 429}},
		"the gate":             {fault: simulator.Fault{Hang: true}, first: true},
		"a slot":               {fault: simulator.Fault{Hang: true}, first: true, opened: true, configure: oneSlot},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := bubble(0)
				configure := test.configure
				if configure == nil {
					configure = func(*Config) {}
				}
				transport := b.transport(retries(5), configure, requestTimeout(time.Hour))
				if test.opened {
					if _, _, err := b.list(t.Context(), transport, b.keys()); err != nil {
						t.Fatal(err)
					}
				}
				b.Inject(test.fault)
				background, stop := context.WithCancel(t.Context())
				done := make(chan error, 1)
				if test.first {
					go func() {
						_, _, err := b.list(background, transport, b.keys())
						done <- err
					}()
					synctest.Wait()
				}
				sent := len(b.Calls())

				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(after, func() { cancel(errOperation) })
				begun := time.Now()
				_, _, err := b.list(ctx, transport, b.keys())
				if took := time.Since(begun); took != after {
					t.Errorf("it ended after %s", took)
				}
				if !errors.Is(err, errOperation) {
					t.Errorf("got %v", err)
				}
				if test.first && len(b.Calls()) != sent {
					t.Error("it was sent")
				}
				if failed := asError(t, err); failed.Operation != simulator.ListSessions || failed.Endpoint != b.url {
					t.Errorf("got %+v", failed)
				}
				stop()
				if test.first {
					if err := <-done; !errors.Is(err, context.Canceled) {
						t.Errorf("the first got %v", err)
					}
				}
			})
		})
	}
}

func TestDo_trickledBody(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	server := serverOf(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write([]byte(`{"session_list": [`))
		_ = http.NewResponseController(w).Flush()
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)

	t.Run("cancel", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(50*time.Millisecond, func() { cancel(errOperation) })
		_, _, err := Do[*model.ListSessionsResponse](ctx, transportTo(server, retries(5)), listCall("s", "u", someKeys()))
		if failed := asError(t, err); !errors.Is(err, errOperation) || failed.Elapsed > tooLong/2 {
			t.Errorf("after %s: %v", failed.Elapsed, err)
		}
	})
	t.Run("request timeout", func(t *testing.T) {
		_, _, err := Do[*model.ListSessionsResponse](t.Context(), transportTo(server, requestTimeout(50*time.Millisecond)), listCall("s", "u", someKeys()))
		if !errors.Is(err, ErrRequestTimeout) {
			t.Errorf("got %v", err)
		}
	})
}

// A cancelled call does not block the next one.
func TestDo_cancelledCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bubble(0)
		b.Inject(simulator.Fault{Hang: true, Times: 3})
		transport := b.transport(func(c *Config) { c.MaxConcurrentRequests = 1 })
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if _, _, err := b.list(ctx, transport, b.keys()); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			cancel()
		}
		if _, _, err := b.list(t.Context(), transport, b.keys()); err != nil {
			t.Error(err)
		}
	})
}

// An attempt that ends without a connection was not carried out.
func TestDo_noConnection(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // The server never completes the TLS handshake.
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	nowhere := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	for name, dial := range map[string]func(context.Context, string, string) (net.Conn, error){"TCP": nowhere, "TLS": new(net.Dialer).DialContext} {
		for end, interrupted := range map[string]bool{"timeout": false, "interrupt": true} {
			t.Run(name+" "+end, func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				transport := transportTo("https://"+silent.Addr().String(), retries(0), requestTimeout(50*time.Millisecond))
				if interrupted {
					transport.config.RequestTimeout = time.Minute
				}
				transport.http.(*http.Transport).DialContext = func(dialCtx context.Context, network, address string) (net.Conn, error) {
					if interrupted { // after the start of the attempt
						time.AfterFunc(50*time.Millisecond, cancel)
					}
					return dial(dialCtx, network, address)
				}
				_, _, err := Do[*model.BatchDeleteSessionsResponse](ctx, transport, deleteCall("s", "u", someKeys(), "s1"))
				failed := asError(t, err)
				if failed.Unanswered || failed.Attempts != 1 || !strings.Contains(err.Error(), "no connection to the server") {
					t.Errorf("unanswered %t, %d attempts: %v", failed.Unanswered, failed.Attempts, err)
				}
				if errors.Is(err, context.Canceled) != interrupted || errors.Is(err, ErrRequestTimeout) == interrupted {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}

// The request is sent after the handshakes with the proxy and the server. If one of them fails, the
// call was not carried out.
func TestDo_failedHandshake(t *testing.T) {
	t.Parallel()
	closing := func(c net.Conn) { _ = c.Close() }
	resetting := func(c net.Conn) {
		_, _ = c.Read(make([]byte, 1))
		_ = c.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
	}
	alert := func(c net.Conn) {
		_, _ = c.Read(make([]byte, 1<<12))
		_, _ = c.Write([]byte{21, 3, 3, 0, 2, 2, 70}) // a fatal protocol_version alert
		_ = c.Close()
	}
	refusing := func(c net.Conn) {
		_, _ = c.Read(make([]byte, 3))
		_, _ = c.Write([]byte{5, 0}) // SOCKS 5 without authentication
		_, _ = c.Read(make([]byte, 1<<12))
		_, _ = c.Write([]byte{5, 2, 0, 1, 0, 0, 0, 0, 0, 0}) // not allowed by the rules
		_ = c.Close()
	}
	for name, test := range map[string]struct {
		server  func(net.Conn)
		proxied bool
	}{
		"closed": {closing, false}, "reset": {resetting, false}, "TLS alert": {alert, false}, "SOCKS refusal": {refusing, true}, "SOCKS closed": {closing, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = listener.Close() })
			go func() {
				for c, err := listener.Accept(); err == nil; c, err = listener.Accept() {
					test.server(c)
				}
			}()
			transport := transportTo("https://"+listener.Addr().String(), retries(0))
			if test.proxied {
				transport = transportTo("https://identitystore.invalid", retries(0))
				transport.http.(*http.Transport).Proxy = http.ProxyURL(&url.URL{Scheme: "socks5", Host: listener.Addr().String()})
			}
			_, _, err = Do[*model.BatchDeleteSessionsResponse](t.Context(), transport, deleteCall("s", "u", someKeys(), "s1"))
			if failed := asError(t, err); failed.Unanswered || failed.Attempts != 1 {
				t.Errorf("unanswered %t, %d attempts: %v", failed.Unanswered, failed.Attempts, err)
			}
		})
	}
}
