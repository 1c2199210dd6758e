// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// backend is a simulator with the demonstration data, and where it is reached.
type backend struct {
	*simulator.Simulator
	seeded simulator.Seeded
	alice  simulator.SeededUser
	url    string
}

func serve(t testing.TB, configure ...func(*simulator.Options)) *backend {
	t.Helper()
	b := &backend{Simulator: simulator.New(configure...)}
	b.seeded = b.Seed()
	b.alice = b.seeded.Users[0]
	server := b.Start()
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

// client returns one that signs with keys of a source.
func (b *backend) client(source transport.KeySource, decode bool) *Client {
	endpoints := transport.Endpoints{Region: "test-1", Overrides: map[transport.Service]string{}}
	for _, service := range transport.Services() {
		endpoints.Overrides[service] = b.url
	}
	return New(transport.New(transport.Config{
		Endpoints: endpoints, RequestTimeout: 20 * time.Second, MaxConcurrentRequests: 32,
	}), source, decode)
}

// management returns a client with the keys of the management account.
func (b *backend) management() *Client { return b.client(sourceOf(b.seeded.Management), false) }

// source hands out keys one after the other: each is renewed by the next.
type source struct {
	mu      sync.Mutex
	keys    []transport.Keys
	renewed int
}

func sourceOf(keys ...simulator.Key) *source {
	s := &source{}
	for _, k := range keys {
		s.keys = append(s.keys, transport.Keys{
			AccessKey: k.AccessKey, SecretKey: transport.NewSecret(k.SecretKey), SecurityToken: transport.NewSecret(k.SecurityToken), Origin: "the test",
		})
	}
	return s
}

func (s *source) Keys(context.Context) (transport.Keys, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys[0], nil
}

// renewing is a source whose keys are temporary.
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
