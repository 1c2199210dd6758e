// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"cmp"
	"context"
	"net/http"
	"sync"
)

// gate keeps a rejected key from being sent again: five failures in a row lock
// a key for five minutes (API reference, error APIGW.0301), and the workers of
// one apply would cause just that. The first call with a key to a service goes alone
// while the others wait for its response. One that proves that the signature was
// checked opens the gate for good: a success that can be used, or a refusal of the
// service itself. After any other one, such as a 429, a 5xx or a gateway's page, the
// next call goes alone. A 401 shuts the gate for the run, for this service only: STS
// that rejects the decoding of a message must not stop a revocation.
type gate struct {
	// probe is held by the one call that goes while nothing is known of the key.
	probe chan struct{}

	mu       sync.Mutex
	open     bool
	rejected *Failure
}

func newGate() *gate { return &gate{probe: make(chan struct{}, 1)} }

// gateKey is what a gate is for.
type gateKey struct {
	service                  Service
	accessKey                string
	secretKey, securityToken Secret
}

// state returns what is known of the keys: open, or the error that shut the gate.
func (g *gate) state() (open bool, rejected *Failure) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open, g.rejected
}

// enter waits until a call may be sent with the keys and returns the function to
// call with what it met, nil for a call that was not sent. It fails with the
// rejection that shut the gate, or with the cause for which ctx ended.
func (g *gate) enter(ctx context.Context) (leave func(*attempt), rejected *Failure, err error) {
	release := func() {}
	open, rejected := g.state()
	if !open && rejected == nil {
		select {
		case g.probe <- struct{}{}:
			release = func() { <-g.probe }
		case <-ctx.Done():
			return nil, nil, context.Cause(ctx)
		}
		// Another call may have found it out meanwhile.
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
