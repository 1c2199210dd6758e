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

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// backend is a simulator with an additional user, and a client.
type backend struct {
	*acctest.Cloud
	user   simulator.SeededUser
	userID string
	// ids are the user's sessions in the order of the client, newest first.
	ids    []string
	client *identitycenter.Client
	// clientOf returns another client. decode turns on the decoding of authorization messages.
	clientOf func(decode bool) *identitycenter.Client
}

// serve starts a simulator with a user who has n sessions.
func serve(t testing.TB, sessions, maxRetries int, configure ...func(*simulator.Options)) *backend {
	t.Helper()
	b := open(sessions, maxRetries, configure...)
	t.Cleanup(b.Close)
	return b
}

// open is serve for a caller who closes it.
func open(sessions, maxRetries int, configure ...func(*simulator.Options)) *backend {
	b := &backend{Cloud: acctest.Open(configure...)}
	b.user = b.SeedUsers(b.IdentityStoreID, 1, sessions)[0]
	b.userID = b.user.UserID
	for _, session := range b.user.Sessions {
		b.ids = append(b.ids, session.SessionID)
	}
	b.clientOf = func(decode bool) *identitycenter.Client {
		return identitycenter.New(b.Transport(func(c *transport.Config) {
			c.MaxRetries, c.MaxConcurrentRequests = maxRetries, 4
		}), b, decode)
	}
	b.client = b.clientOf(false)
	return b
}

// revoke ends sessions of the user.
func (b *backend) revoke(ctx context.Context, ids []string, set ...func(*Request)) (Outcome, error) {
	request := Request{IdentityStoreID: b.IdentityStoreID, UserID: b.userID, SessionIDs: ids}
	for _, s := range set {
		s(&request)
	}
	return Run(ctx, b.client, request)
}

func all(r *Request)    { r.SessionIDs, r.All = nil, true }
func verify(r *Request) { r.Verify = true }

// alive returns the IDs of the user's sessions in the simulator.
func (b *backend) alive() []string { return b.SessionIDs(b.user) }

// sizes returns the number of sessions in each batch.
func (b *backend) sizes() []int {
	sizes := []int{}
	for _, call := range b.CallsOf(simulator.BatchDeleteSessions) {
		sizes = append(sizes, len(call.SessionIDs))
	}
	return sizes
}

// check fails the test if an outcome contradicts the simulator.
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

// statusOf returns the HTTP status of the API's refusal; 0 if err is none.
func statusOf(err error) int {
	var refusal *transport.Error
	if errors.As(err, &refusal) {
		return refusal.Status
	}
	return 0
}

// sameSet reports whether got has each ID of want exactly once.
func sameSet(want, got []string) bool {
	want, got = slices.Sorted(slices.Values(Unique(want))), slices.Sorted(slices.Values(got))
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
