// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// admit waits until a call may be sent: until its keys are known to be good or it
// is the one that finds out, until the pace of its operation allows it, and until
// there is a free slot. It returns the function to call with what the attempt met.
//
// When held is not nil, the call is not sent because of what another one met, and
// err may say more. Else err is the cause for which ctx ended.
func (t *Transport) admit(ctx context.Context, call Call, keys Keys) (leave func(*attempt), held *Failure, err error) {
	// Nothing is to be found out of a call that is not signed.
	gate := &gate{open: true}
	if call.Keys != nil {
		// The same key may be met with another origin or expiry.
		gate = t.gates.get(gateKey{call.Service, keys.AccessKey, keys.SecretKey, keys.SecurityToken}, newGate)
	}
	leaveGate, held, err := gate.enter(ctx)
	if held != nil || err != nil {
		return nil, held, err
	}
	// The gate comes first: in the order pace, gate, slot a burst would pass the pace
	// before the first 429 is known.
	pace := t.paceOf(call)
	if held, err = pace.wait(ctx); held == nil && err == nil {
		select {
		case t.slots <- struct{}{}:
			// While this call waited for its turn, another may have learned that the keys are wrong.
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
			pace.refused(a.begun, time.Now(), a.wait, a.failed)
		case a.status != 0:
			pace.served(time.Now())
		}
		leaveGate(a)
	}, nil, nil
}

// table holds what is known of each key; the zero value is ready for use.
type table[K comparable, V any] struct {
	mu sync.Mutex
	of map[K]*V
}

// get returns what is known of a key, made by first where nothing is yet.
func (t *table[K, V]) get(key K, first func() *V) *V {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[K]*V{}
	}
	if t.of[key] == nil {
		t.of[key] = first()
	}
	return t.of[key]
}
