// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// listTenTimes lists Alice's sessions in ten goroutines and returns their errors.
func (b *backend) listTenTimes(ctx context.Context, transport *Transport, source func() KeySource) []error {
	errs := make([]error, 10)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() { _, _, errs[i] = b.list(ctx, transport, source()) })
	}
	group.Wait()
	return errs
}

func TestKeyGate_rejectedKey(t *testing.T) {
	t.Parallel()
	b := serve(t)
	b.Inject(simulator.Fault{Delay: 20 * time.Millisecond})
	transport := b.transport(retries(5))
	sources := atomic.Int64{}
	errs := b.listTenTimes(t.Context(), transport, func() KeySource {
		// The same keys from another source count as the same keys.
		k := b.wrongKeys()
		k.given.Expires = time.Now().Add(time.Duration(sources.Add(1)) * time.Hour)
		return k
	})
	// Later calls are not sent either.
	errs = append(errs, b.listTenTimes(t.Context(), transport, func() KeySource { return b.wrongKeys() })...)

	if sent := len(b.Calls()); sent != 1 {
		t.Fatalf("%d calls were sent", sent)
	}
	notSent := 0
	for _, err := range errs {
		failed := asError(t, err)
		if failed.Status != 401 || failed.Code != "APIGW.0301" || failed.RequestID != b.Calls()[0].RequestID || failed.AccessKey != b.seeded.Management.AccessKey {
			t.Errorf("got %+v", failed)
		}
		if failed.NotSent {
			notSent++
		}
		if want := map[bool]int{false: 1, true: 0}[failed.NotSent]; failed.Attempts != want {
			t.Errorf("%d attempts, not sent %t", failed.Attempts, failed.NotSent)
		}
	}
	if notSent != len(errs)-1 {
		t.Errorf("%d were not sent", notSent)
	}
}

// Calls that passed the gate and wait for a slot are not sent either.
func TestKeyGate_queuedCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bubble(0)
		transport := b.transport(retries(5), func(c *Config) { c.MaxConcurrentRequests = 1 })
		if _, _, err := b.list(t.Context(), transport, b.keys()); err != nil {
			t.Fatal(err)
		}
		b.Inject(simulator.Refuse(401, "APIGW.0301", "Incorrect IAM authentication information"))
		transport.slots <- struct{}{}
		var errs []error
		go func() { errs = b.listTenTimes(t.Context(), transport, func() KeySource { return b.keys() }) }()
		synctest.Wait()
		<-transport.slots
		synctest.Wait()

		if sent := len(b.Calls()) - 1; sent != 1 {
			t.Errorf("%d calls were sent", sent)
		}
		if len(errs) == 0 {
			t.Error("the calls still wait")
		}
		for _, err := range errs {
			if failed := asError(t, err); failed.Status != 401 || failed.RequestID != b.Calls()[1].RequestID {
				t.Errorf("got %+v", failed)
			}
		}
	})
}

func TestKeyGate_otherKey(t *testing.T) {
	t.Parallel()
	b := serve(t)
	transport := b.transport()
	if _, _, err := b.list(t.Context(), transport, b.wrongKeys()); statusOf(t, err) != 401 {
		t.Errorf("got %v", err)
	}
	if _, _, err := b.list(t.Context(), transport, b.keys()); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestKeyGate_firstCallAlone(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]simulator.Fault{
		"200":        {},
		"403":        simulator.Refuse(403, "IIC.1000", "No."),
		"404":        simulator.Refuse(404, "IIC.404", "Gone."),
		"429":        simulator.Refuse(429, "APIGW.0308", "Later."),
		"503":        {Status: 503},
		"200, HTML":  {Status: 200, Body: "<html>"},
		"no answer":  {DropBefore: true},
		"cut answer": {Status: 200, Body: "{}", CutBody: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const latency = time.Second
				b := bubble(latency)
				fault.Times = 1
				b.Inject(fault)
				transport := b.transport(retries(5))
				begun := time.Now()
				errs := b.listTenTimes(t.Context(), transport, func() KeySource { return b.keys() })

				alone := 1
				if fault.DropBefore || fault.CutBody {
					alone = 2 // The cancelled call proved nothing, so the next one is sent alone too.
				}
				early := 0
				for _, call := range b.Calls() {
					if call.Time.Sub(begun) < latency*time.Duration(alone)+latency {
						early++
					}
				}
				if early != alone {
					t.Errorf("%d calls were sent before there was an answer, want %d", early, alone)
				}
				failed := 0
				for _, err := range errs {
					if err != nil {
						failed++
					}
				}
				if want := map[bool]int{true: 1}[fault.Status == 403 || fault.Status == 404 || fault.Body == "<html>"]; failed != want {
					t.Errorf("%d failed, want %d: %v", failed, want, errors.Join(errs...))
				}
			})
		})
	}
}

func TestKeyGate_cancelledProbe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bubble(0)
		b.Inject(simulator.Fault{Hang: true, Times: 1})
		transport := b.transport()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			_, _, err := b.list(ctx, transport, b.keys())
			done <- err
		}()
		synctest.Wait()
		go func() {
			_, _, err := b.list(t.Context(), transport, b.keys())
			done <- err
		}()
		synctest.Wait()
		if sent := len(b.Calls()); sent != 1 {
			t.Fatalf("%d calls were sent", sent)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if err := <-done; err != nil {
			t.Errorf("got %v", err)
		}
	})
}

// A later 401, for example when a key is disabled, closes the gate too.
// A call that waits because its operation is throttled does not delay the calls of other operations
// with an untested key.
func TestKeyGate_throttledOperation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		transport := through(roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodGet {
				return answers{status: http.StatusTooManyRequests, body: []byte(`{"error_code":"APIGW.0308","error_msg":"limit:200,time:5 minute"}`)}.RoundTrip(r)
			}
			return answers{status: http.StatusOK}.RoundTrip(r)
		}))
		source := someKeys()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		var listings sync.WaitGroup
		for range 3 {
			listings.Go(func() { _, _, _ = Do[any](ctx, transport, listCall("s", "u", source)) })
			synctest.Wait()
		}
		begun := time.Now()
		_, _, err := Do[any](ctx, transport, deleteCall("s", "u", source, "s1"))
		if took := time.Since(begun); err != nil || took > time.Second {
			t.Errorf("after %s: %v", took, err)
		}
		cancel()
		listings.Wait()
	})
}

func TestKeyGate_later401(t *testing.T) {
	t.Parallel()
	b := serve(t)
	transport := b.transport()
	if _, _, err := b.list(t.Context(), transport, b.keys()); err != nil {
		t.Fatal(err)
	}
	b.RemoveKey(b.seeded.Management.AccessKey)
	for i := range 3 {
		_, _, err := b.list(t.Context(), transport, b.keys())
		if failed := asError(t, err); failed.Status != 401 || failed.NotSent != (i > 0) {
			t.Errorf("call %d: %+v", i, failed)
		}
	}
	if sent := len(b.Calls()); sent != 2 {
		t.Errorf("%d calls were sent", sent)
	}
}

func TestConfig_maxConcurrentRequests(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{1, 3, DefaultMaxConcurrentRequests} {
		synctest.Test(t, func(t *testing.T) {
			b := bubble(0)
			var mu sync.Mutex
			now, most := 0, 0
			count := func(by int) {
				mu.Lock()
				defer mu.Unlock()
				now += by
				most = max(most, now)
			}
			network := b.network
			transport := b.transport(func(c *Config) { c.MaxConcurrentRequests = limit })
			transport.http = roundTripper(func(r *http.Request) (*http.Response, error) {
				count(1)
				defer count(-1)
				time.Sleep(time.Second)
				return network.RoundTrip(r)
			})
			var group sync.WaitGroup
			for range 100 {
				group.Go(func() {
					if _, _, err := b.list(t.Context(), transport, b.keys()); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
			if most != limit {
				t.Errorf("%d at a time, allowed are %d", most, limit)
			}
		})
	}
}

func TestTransport_reusesConnections(t *testing.T) {
	t.Parallel()
	b := serve(t)
	l := b.run(t.Context(), b.transport(), 10, 300)
	if len(l.failed) > 0 {
		t.Fatal(l.failed[0])
	}
	// One call for each worker, and a few more that started when another one finished.
	if n := b.Connections(); n > 20 {
		t.Errorf("%d connections", n)
	}
}

// After a response that does not prove that the key is valid, the next call is also sent alone. A
// wrong key is thus sent as rarely as possible.
func TestKeyGate_responseWithoutProof(t *testing.T) {
	t.Parallel()
	html := simulator.Fault{Status: 403, Body: "<html>", ContentType: "text/html"}
	for name, fault := range map[string]simulator.Fault{
		"429": simulator.Refuse(429, "APIGW.0308", "Later."), "503": {Status: 503}, "503 of the service": simulator.Refuse(503, "IIC.503", "Later."),
		"HTML": html, "gateway": simulator.Refuse(404, CodeNoAPI, "No such API."), "200, HTML": {Status: 200, Body: "<html>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := bubble(time.Second)
				fault.Times = 2
				b.Inject(fault)
				for _, err := range b.listTenTimes(t.Context(), b.transport(retries(5)), func() KeySource { return b.wrongKeys() }) {
					if err == nil {
						t.Error("a wrong key was accepted")
					}
				}
				if sent := len(b.Calls()); sent != 3 {
					t.Errorf("%d calls were sent", sent)
				}
			})
		})
	}
}

func TestKeyGate_otherService(t *testing.T) {
	t.Parallel()
	b := serve(t)
	transport := b.transport()
	rejected := simulator.Refuse(401, "APIGW.0301", "No.")
	rejected.Times = 1
	b.Inject(rejected)
	call := listCall(b.seeded.IdentityStoreID, b.alice.UserID, b.keys())
	call.Service = STS
	if _, _, err := Do[any](t.Context(), transport, call); statusOf(t, err) != 401 {
		t.Errorf("got %v", err)
	}
	if _, _, err := b.list(t.Context(), transport, b.keys()); err != nil {
		t.Errorf("got %v", err)
	}
}
