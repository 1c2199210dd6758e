// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/bulkrevocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// The time for many users is limited by the API's rate only: one listing for each.
func TestRateLimit_bulkRevocation(t *testing.T) {
	t.Parallel()
	users := 8_000
	if testing.Short() {
		users = 2_000
	}
	const perSecond, withSessions = 200, 500
	synctest.Test(t, func(t *testing.T) {
		s := simulator.New(func(o *simulator.Options) { o.RatePerSecond = perSecond })
		key := s.Seed().Management
		s.AddInstance(simulator.Instance{InstanceID: "ssoins-many", IdentityStoreID: "d-many"})
		seeded := s.SeedUsers("d-many", users, 0)
		for _, u := range seeded[:withSessions] {
			s.AddSession("d-many", u.UserID, simulator.Session{SessionID: u.UserName})
		}
		client := identitycenter.New(transport.InMemory(s, 20*time.Millisecond), acctest.Source(key), false)

		begun := time.Now()
		lines := 0
		var last time.Time
		outcome, err := bulkrevocation.Run(t.Context(), client, bulkrevocation.Request{
			Selection: bulkrevocation.Selection{IdentityStoreID: "d-many", All: true},
			Report: func(p bulkrevocation.Progress) {
				if since := time.Since(last); since < time.Second {
					t.Errorf("a line after %s", since)
				}
				last = time.Now()
				if lines++; lines%20 == 1 {
					t.Log(p)
				}
			},
		})
		took := time.Since(begun)
		if err != nil || !outcome.Complete() || outcome.Sessions != withSessions {
			t.Errorf("%v: %+v, %d sessions ended", err, outcome.Tally, outcome.Sessions)
		}
		calls, refused := 0, 0
		for _, call := range s.Calls() {
			calls++
			if call.Status == http.StatusTooManyRequests {
				refused++
			}
		}
		needed := users + users/100 + withSessions
		bound := time.Duration(users) * time.Second / perSecond
		t.Logf("%s for %s (%.3f), %d calls for %d, %d refused, %d lines", took, bound, took.Seconds()/bound.Seconds(), calls, needed, refused, lines)
		if limit := bound + max(bound/20, 4*time.Second); took > limit {
			t.Errorf("%s, which is longer than %s", took, limit)
		}
		if refused > calls/100 && refused > 100 {
			t.Errorf("%d of %d calls were refused", refused, calls)
		}
		if calls > needed*105/100 {
			t.Errorf("%d calls for %d", calls, needed)
		}
	})
}
