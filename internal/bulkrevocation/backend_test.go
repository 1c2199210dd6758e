// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package bulkrevocation

import (
	"errors"
	"slices"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// backend is a simulator with one additional user, and a client for it.
type backend struct {
	*acctest.Cloud
	user   simulator.SeededUser
	userID string
	// ids are the user's sessions, newest first, as the client lists them.
	ids    []string
	client *identitycenter.Client
	// clientOf returns another client, which decodes messages or not.
	clientOf func(decode bool) *identitycenter.Client
}

// serve starts a simulator with a user who has this many sessions.
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

// sameSet reports whether got has each ID of want exactly once.
func sameSet(want, got []string) bool {
	want, got = slices.Sorted(slices.Values(revocation.Unique(want))), slices.Sorted(slices.Values(got))
	return slices.Equal(want, got)
}

// statusOf returns the HTTP status of the API's refusal, 0 when err is none.
func statusOf(err error) int {
	var refusal *transport.Error
	if errors.As(err, &refusal) {
		return refusal.Status
	}
	return 0
}
