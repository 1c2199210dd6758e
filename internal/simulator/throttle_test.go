// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

func TestThrottle_window(t *testing.T) {
	for name, test := range map[string]struct {
		window          time.Duration
		message, prints string
	}{
		"a second":              {0, "", "The throttling threshold has been reached"},
		"named":                 {5 * time.Minute, "", "limit:2,time:5 minute"},
		"in seconds":            {90 * time.Second, "", "limit:2,time:90 second"},
		"in words of one's own": {time.Minute, "slow down,limit:2,time:1 minute", "slow down,limit:2,time:1 minute"},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
			moment := &clock{now: start}
			_, _, c := setUp(t, moment.option, func(o *simulator.Options) {
				o.RatePerSecond, o.ThrottleWindow, o.ThrottleMessage = 2, test.window, test.message
			})
			length := test.window
			if length == 0 {
				length = time.Second
			}
			for _, at := range []time.Duration{0, length - 1, length, 2*length - 1} {
				moment.now = start.Truncate(length).Add(at)
				c.date = moment.now
				first := at == 0 || at == length
				for range 2 {
					if a := c.get("/v1/instances"); first && a.Status != http.StatusOK {
						t.Errorf("at %s: %d %s", at, a.Status, a.Body)
					}
				}
				expect(t, c.get("/v1/instances"), http.StatusTooManyRequests, "APIGW.0308", test.prints)
			}
			if a := c.get("/v1/registered-regions"); a.Status != http.StatusOK {
				t.Errorf("another API: %d %s", a.Status, a.Body)
			}
		})
	}
}

func TestThrottle_rate(t *testing.T) {
	moment := &clock{now: time.Date(2026, 11, 23, 12, 0, 0, 999_999_999, time.UTC)}
	sim, seeded, c := setUp(t, moment.option, func(o *simulator.Options) { o.RatePerSecond = 3 })
	c.date = moment.now
	store := seeded.IdentityStoreID
	three := func() {
		t.Helper()
		for range 3 {
			if a := c.get(usersPath(store)); a.Status != http.StatusOK {
				t.Fatalf("got %d %s", a.Status, a.Body)
			}
		}
	}
	three()
	a := c.get(usersPath(store))
	expect(t, a, http.StatusTooManyRequests, "APIGW.0308", "")
	if a.Header.Values("Retry-After") != nil {
		t.Errorf("Retry-After is %s", a.Header.Get("Retry-After"))
	}
	if a := c.get("/v1/instances"); a.Status != http.StatusOK {
		t.Errorf("another API: %d %s", a.Status, a.Body)
	}

	// The next window begins with the next second.
	moment.now = moment.now.Add(time.Nanosecond)
	three()
	sim.Configure(func(o *simulator.Options) { o.RetryAfter = 1500 * time.Millisecond })
	if a := c.get(usersPath(store)); a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") != "2" {
		t.Errorf("got %d with Retry-After %q", a.Status, a.Header.Get("Retry-After"))
	}

	// Refused calls do not count.
	moment.now = moment.now.Add(time.Second)
	wrong := c
	wrong.key.SecretKey = "wrong"
	expect(t, wrong.get(usersPath(store)), http.StatusUnauthorized, "APIGW.0301", "")
	three()
}
