// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"cmp"
	"context"
	"net/http"
	"sync"
	"time"
)

// acquire waits for the gate of the access key, the rate limit of the operation and a free
// slot. The caller must call release with the finished attempt.
//
// A non-nil held is the failure of another call that forbids this one. Otherwise err is the cause
// of the end of ctx.
func (t *Transport) acquire(ctx context.Context, call Call, keys Keys) (release func(*attempt), held *Failure, err error) {
	gate := &keyGate{open: true} // An unsigned call tests no access key.
	if call.Keys != nil {
		// Origin and expiry are not part of the key.
		gate = t.keyGates.get(keyGateKey{call.Service, keys.AccessKey, keys.SecretKey, keys.SecurityToken}, newKeyGate)
	}
	leaveGate, held, err := gate.enter(ctx)
	if leaveGate == nil {
		return nil, held, err
	}
	// The gate comes first. Otherwise a burst would pass the rate limit before the first 429 is
	// known.
	limiter := t.limiterOf(call)
	pause, _, _ := limiter.next(time.Now())
	if open, _ := gate.state(); pause > 0 && !open {
		// Calls of other operations must not wait for this one: they may test the key.
		leaveGate(nil)
		if held, err = limiter.wait(ctx); err != nil {
			return nil, held, err
		}
		return t.acquire(ctx, call, keys)
	}
	if held, err = limiter.wait(ctx); err == nil {
		select {
		case t.slots <- struct{}{}:
			// Another call may have been rejected while this one waited.
			if _, held = gate.state(); held != nil {
				<-t.slots
			}
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
	}
	if held != nil || err != nil {
		leaveGate(nil)
		return nil, held, err
	}

	return func(a *attempt) {
		<-t.slots
		switch {
		case a.status == http.StatusTooManyRequests:
			limiter.refused(a.begun, time.Now(), a.wait, a.failed)
		case a.status != 0:
			limiter.accepted(time.Now())
		}
		leaveGate(a)
	}, nil, nil
}

// keyGate prevents a rejected access key from being sent again: five failures in a row
// lock a key for five minutes (API reference, error APIGW.0301). Calls with a key are sent
// one by one until a response proves that the signature was checked: a valid success, or a
// refusal of the service itself. A 401 closes the gate, for this service only.
type keyGate struct {
	// probe is held by the one call in progress while the key is untested.
	probe chan struct{}

	mu       sync.Mutex
	open     bool
	rejected *Failure
}

func newKeyGate() *keyGate { return &keyGate{probe: make(chan struct{}, 1)} }

// keyGateKey identifies a gate.
type keyGateKey struct {
	service                  Service
	accessKey                string
	secretKey, securityToken Secret
}

// state returns whether the gate is open, or the rejection that closed it.
func (g *keyGate) state() (open bool, rejected *Failure) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open, g.rejected
}

// enter waits until a call may be sent with the key. The caller must call leave with the
// finished attempt, or nil if nothing was sent. enter fails with the rejection that
// closed the gate, or with the cause of the end of ctx.
func (g *keyGate) enter(ctx context.Context) (leave func(*attempt), rejected *Failure, err error) {
	release := func() {}
	open, rejected := g.state()
	if !open && rejected == nil {
		select {
		case g.probe <- struct{}{}:
			release = func() { <-g.probe }
		case <-ctx.Done():
			return nil, nil, context.Cause(ctx)
		}
		// Another call may have tested the key meanwhile.
		if open, rejected = g.state(); open || rejected != nil {
			release()
			release = func() {}
		}
	}
	if rejected != nil {
		return nil, rejected, nil
	}

	return func(a *attempt) {
		defer release()
		g.mu.Lock()
		defer g.mu.Unlock()
		switch {
		case a == nil || a.status == 0:
		case a.status == http.StatusUnauthorized:
			g.rejected = cmp.Or(g.rejected, a.failed)
		case a.failed == nil || a.failed.FromService:
			g.open = true
		}
	}, nil, nil
}

// registry holds one value for each key; the zero value is ready for use.
type registry[K comparable, V any] struct{ values sync.Map }

// get returns the value for key, created with newValue if it is missing.
func (r *registry[K, V]) get(key K, newValue func() *V) *V {
	value, found := r.values.Load(key)
	if !found {
		value, _ = r.values.LoadOrStore(key, newValue())
	}
	typed, _ := value.(*V) // Only get stores values.
	return typed
}
