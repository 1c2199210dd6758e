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
	mu   sync.Mutex
	keys map[gateKey]*keyState
}

type gateKey struct {
	service                  Service
	accessKey                string
	secretKey, securityToken Secret
}

type keyState struct {
	// probe is held by the one call that goes while nothing is known of the key.
	probe chan struct{}

	mu       sync.Mutex
	open     bool
	rejected *Failure
}

// state returns what is known of the keys: open, or the error that shut the gate.
func (s *keyState) state() (open bool, rejected *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open, s.rejected
}

func (g *gate) of(service Service, keys Keys) *keyState {
	// The same key may be met with another origin or expiry.
	id := gateKey{service, keys.AccessKey, keys.SecretKey, keys.SecurityToken}

	g.mu.Lock()
	defer g.mu.Unlock()
	if g.keys == nil {
		g.keys = map[gateKey]*keyState{}
	}
	if g.keys[id] == nil {
		g.keys[id] = &keyState{probe: make(chan struct{}, 1)}
	}
	return g.keys[id]
}

// enter waits until a call may be sent with the keys and returns the function to
// call with what it met, nil for a call that was not sent. It fails with the
// rejection that shut the gate, or with the cause for which ctx ended.
func (g *gate) enter(ctx context.Context, service Service, keys Keys) (leave func(*attempt, *Failure), rejected *Failure, err error) {
	s := g.of(service, keys)

	open, rejected := s.state()
	probing := false
	if !open && rejected == nil {
		select {
		case s.probe <- struct{}{}:
			probing = true
			open, rejected = s.state()
		case <-ctx.Done():
			return nil, nil, context.Cause(ctx)
		}
	}
	if probing && (open || rejected != nil) {
		<-s.probe
		probing = false
	}
	if rejected != nil {
		return nil, rejected, nil
	}

	return func(a *attempt, failed *Failure) {
		s.mu.Lock()
		switch {
		case a == nil || a.status == 0:
		case a.status == http.StatusUnauthorized:
			s.rejected = cmp.Or(s.rejected, failed)
		case failed == nil || failed.FromService:
			s.open = true
		}
		s.mu.Unlock()
		if probing {
			<-s.probe
		}
	}, nil, nil
}
