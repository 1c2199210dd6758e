// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// backend is a simulator with the demonstration data.
type backend struct {
	*acctest.Cloud
	alice simulator.SeededUser
}

func serve(t testing.TB, configure ...func(*simulator.Options)) *backend {
	t.Helper()
	c := acctest.New(t, configure...)
	return &backend{c, c.Users[0]}
}

// client returns a client that signs with the keys of a source.
func (b *backend) client(source transport.KeySource, decode bool) *Client {
	return New(b.Transport(), source, decode)
}

// management returns a client with the keys of the management account.
func (b *backend) management() *Client { return b.client(b, false) }

// source returns a list of keys. Each renewal moves to the next one.
type source struct {
	mu      sync.Mutex
	keys    []transport.Keys
	renewed int
}

func sourceOf(keys ...simulator.Key) *source {
	s := &source{}
	for _, k := range keys {
		s.keys = append(s.keys, acctest.KeysOf(k))
	}
	return s
}

func (s *source) Keys(context.Context) (transport.Keys, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys[0], nil
}

// renewing is a source of temporary keys.
type renewing struct{ *source }

func (r renewing) Renew(_ context.Context, rejected string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keys[0].AccessKey != rejected {
		return true
	}
	if len(r.keys) == 1 {
		return false
	}
	r.keys = r.keys[1:]
	r.renewed++
	return true
}

// statusOf returns the HTTP status of the *transport.Error that err must be.
func statusOf(t testing.TB, err error) int {
	t.Helper()
	return refusal(t, err).Status
}

// denial returns the *DeniedError that err must be.
func denial(t testing.TB, err error) *DeniedError {
	t.Helper()
	var denied *DeniedError
	if !errors.As(err, &denied) {
		t.Fatalf("got %v (%T), want a *DeniedError", err, err)
	}
	return denied
}

// refusal returns the *transport.Error that err must be.
func refusal(t testing.TB, err error) *transport.Error {
	t.Helper()
	var failed *transport.Error
	if !errors.As(err, &failed) {
		t.Fatalf("got %v (%T), want a *transport.Error", err, err)
	}
	return failed
}
