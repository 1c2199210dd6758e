// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package revocation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// backend is a simulator with one user, and a client of it.
type backend struct {
	*simulator.Simulator
	storeID string
	userID  string
	// ids are the user's sessions, newest first, as the client lists them.
	ids    []string
	client *identitycenter.Client
	// clientOf returns another client, which decodes messages or not.
	clientOf func(decode bool) *identitycenter.Client
}

// keys are those of the simulator's management account.
type keys struct{ simulator.Key }

func (k keys) Keys(context.Context) (transport.Keys, error) {
	return transport.Keys{AccessKey: k.AccessKey, SecretKey: transport.NewSecret(k.SecretKey), SecurityToken: transport.NewSecret(k.SecurityToken), Origin: "the test"}, nil
}

// serve starts a simulator with one user who has so many sessions.
func serve(t testing.TB, sessions, maxRetries int, configure ...func(*simulator.Options)) *backend {
	t.Helper()
	b, server := start(sessions, maxRetries, configure...)
	t.Cleanup(server.Close)
	return b
}

// start is serve for who closes the server.
func start(sessions, maxRetries int, configure ...func(*simulator.Options)) (*backend, *simulator.Server) {
	b := &backend{Simulator: simulator.New(configure...)}
	seeded := b.Seed()
	b.storeID = seeded.IdentityStoreID
	user := b.SeedUsers(b.storeID, 1, sessions)[0]
	b.userID = user.UserID
	for _, session := range user.Sessions {
		b.ids = append(b.ids, session.SessionID)
	}
	server := b.Start()

	endpoints := transport.Endpoints{Region: "test-1", Overrides: map[transport.Service]string{}}
	for _, service := range transport.Services() {
		endpoints.Overrides[service] = server.URL
	}
	b.clientOf = func(decode bool) *identitycenter.Client {
		return identitycenter.New(transport.New(transport.Config{
			Endpoints: endpoints, RequestTimeout: 20 * time.Second, MaxRetries: maxRetries, MaxConcurrentRequests: 4,
		}), keys{seeded.Management}, decode)
	}
	b.client = b.clientOf(false)
	return b, server
}

// revoke ends sessions of the user.
func (b *backend) revoke(ctx context.Context, ids []string, set ...func(*Request)) (Outcome, error) {
	request := Request{IdentityStoreID: b.storeID, UserID: b.userID, SessionIDs: ids}
	for _, s := range set {
		s(&request)
	}
	return Run(ctx, b.client, request)
}

func all(r *Request)    { r.SessionIDs, r.All = nil, true }
func verify(r *Request) { r.Verify = true }

// alive returns the IDs of the sessions that the user really has.
func (b *backend) alive() []string {
	var ids []string
	for _, session := range b.Sessions(b.storeID, b.userID) {
		ids = append(ids, session.SessionID)
	}
	return ids
}

// sizes returns how many sessions each batch named.
func (b *backend) sizes() []int {
	sizes := []int{}
	for _, call := range b.CallsOf(simulator.BatchDeleteSessions) {
		sizes = append(sizes, len(call.SessionIDs))
	}
	return sizes
}

// check reports what an outcome says that cannot be.
func check(asked []string, outcome Outcome) error {
	got := slices.Concat(outcome.Revoked, outcome.AlreadyGone, outcome.NotRevoked)
	if !sameSet(asked, got) {
		return fmt.Errorf("asked for %d, revoked %d, already gone %d and not revoked %d are not those, each once",
			len(asked), len(outcome.Revoked), len(outcome.AlreadyGone), len(outcome.NotRevoked))
	}
	if (len(outcome.Revoked) > 0) == outcome.RevokedAt.IsZero() || outcome.RevokedAt.Location() != time.UTC {
		return fmt.Errorf("revoked %d at %s", len(outcome.Revoked), outcome.RevokedAt)
	}
	return nil
}

// statusOf is the HTTP status of the API's refusal, 0 when err is none.
func statusOf(err error) int {
	var refusal *transport.Error
	if errors.As(err, &refusal) {
		return refusal.Status
	}
	return 0
}

// sameSet tells whether got are the distinct IDs of want, each once.
func sameSet(want, got []string) bool {
	want, got = slices.Sorted(slices.Values(unique(want))), slices.Sorted(slices.Values(got))
	return slices.Equal(want, got)
}

// ids returns n IDs.
func ids(prefix string, n int) []string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("%s-%03d", prefix, i))
	}
	return list
}
