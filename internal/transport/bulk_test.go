// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/bulkrevocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// everybody is a request that ends the sessions of all users of the store "d-many".
var everybody = bulkrevocation.Request{Selection: bulkrevocation.Selection{IdentityStoreID: "d-many", All: true}}

// atRate returns a simulator with a rate limit in calls per second, and a client whose calls take
// 20 ms. Some of the users have a session.
func atRate(users, withSessions, perSecond int) (*simulator.Simulator, *identitycenter.Client) {
	s := simulator.New(func(o *simulator.Options) { o.RatePerSecond = perSecond })
	key := s.Seed().Management
	s.AddInstance(simulator.Instance{InstanceID: "ssoins-many", IdentityStoreID: "d-many"})
	for _, u := range s.SeedUsers("d-many", users, 0)[:withSessions] {
		s.AddSession("d-many", u.UserID, simulator.Session{SessionID: u.UserName})
	}
	return s, identitycenter.New(transport.InMemory(s, 20*time.Millisecond), acctest.Source(key), false)
}

// refusedOf returns how many calls a simulator received, and how many of them it throttled.
func refusedOf(s *simulator.Simulator) (calls, refused int) {
	for _, call := range s.Calls() {
		calls++
		if call.Status == http.StatusTooManyRequests {
			refused++
		}
	}
	return calls, refused
}

// Only the rate limit, with one listing per user, bounds the time for many users: 10,000 take at
// most 1.05 times the bound, and less than 1 % of the calls are refused. The time is that of the
// bubble, so a busy machine changes nothing.
func TestManyUsers_rateLimit(t *testing.T) {
	t.Parallel()
	users, withSessions, mostRefused := 1_000, 100, 128
	if os.Getenv(acctest.AllVariable) != "" {
		users, withSessions, mostRefused = 10_000, 500, 100
	}
	const perSecond = 200
	synctest.Test(t, func(t *testing.T) {
		s, client := atRate(users, withSessions, perSecond)
		begun := time.Now()
		var last time.Time
		request := everybody
		request.Report = func(message string) {
			if since := time.Since(last); since < time.Second {
				t.Errorf("%s after %s", message, since)
			}
			last = time.Now()
		}
		outcome, err := bulkrevocation.Run(t.Context(), client, request)
		took := time.Since(begun)
		if err != nil || !outcome.Complete() || outcome.Sessions != withSessions || last.IsZero() {
			t.Errorf("%v: %+v, %d sessions ended", err, outcome.Tally, outcome.Sessions)
		}
		calls, refused := refusedOf(s)
		needed := users + users/100 + withSessions
		bound := time.Duration(users) * time.Second / perSecond
		t.Logf("%s for %s, %d calls for %d, %d refused", took, bound, calls, needed, refused)
		// Finding the limit takes a second, which weighs more in a short run.
		if limit := bound + max(bound/20, 2*time.Second); took > limit {
			t.Errorf("%s, which is longer than %s", took, limit)
		}
		if refused > mostRefused || calls > needed+mostRefused {
			t.Errorf("%d calls for %d, %d of them were refused", calls, needed, refused)
		}
	})
}

// BenchmarkManyUsers_rateLimit reports how near many users come to a limit of 200 calls a second.
// The test above has the budget. One run takes 50 s.
func BenchmarkManyUsers_rateLimit(b *testing.B) {
	const users, perSecond, withSessions = 10_000, 200, 500
	for b.Loop() {
		s, client := atRate(users, withSessions, perSecond)
		begun := time.Now()
		outcome, err := bulkrevocation.Run(b.Context(), client, everybody)
		took := time.Since(begun)
		if err != nil || !outcome.Complete() || outcome.Sessions != withSessions {
			b.Fatalf("%v: %+v", err, outcome.Tally)
		}
		calls, refused := refusedOf(s)
		b.ReportMetric(took.Seconds()/(users/perSecond), "x-bound")
		b.ReportMetric(100*float64(refused)/float64(calls), "%-refused")
	}
}

// BenchmarkManyUsers_latency has the budget for 10,000 users with a latency of 20 ms: at least
// 2,500 calls a second and at most 64 MB.
func BenchmarkManyUsers_latency(b *testing.B) {
	const users = 10_000
	for b.Loop() {
		var calls atomic.Int64
		client := identitycenter.New(transport.InMemory(userPages(users, &calls), 20*time.Millisecond), acctest.Source{AccessKey: "AK", SecretKey: "SK"}, false)
		var peak uint64
		done := make(chan struct{})
		var watching sync.WaitGroup
		watching.Go(func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(100 * time.Millisecond):
				}
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse+m.StackInuse)
			}
		})
		begun := time.Now()
		outcome, err := bulkrevocation.Run(b.Context(), client, everybody)
		took := time.Since(begun)
		close(done)
		watching.Wait()
		if err != nil || !outcome.Complete() || outcome.Sessions != users {
			b.Fatalf("%v: %+v", err, outcome.Tally)
		}
		b.ReportMetric(float64(calls.Load())/took.Seconds(), "calls/s")
		b.ReportMetric(float64(peak)/1e6, "peak-MB")
	}
}

// userPages serves pages of users, with one session per user.
func userPages(users int, calls *atomic.Int64) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		switch {
		case strings.HasSuffix(r.URL.Path, "/batch-delete"):
			return
		case strings.HasSuffix(r.URL.Path, "/sessions"):
			_, _ = fmt.Fprint(w, `{"session_list":[{"session_id":"s","creation_time":1753858567,"user_agent":"Mozilla/5.0 (X11; Linux x86_64)","ip_address":"203.0.113.7"}]}`)
			return
		}
		first, _ := strconv.Atoi(r.URL.Query().Get("marker"))
		entries := []map[string]any{}
		for i := first; i < min(first+100, users); i++ {
			id := fmt.Sprintf("00000000-0000-4000-a000-%012d", i)
			entries = append(entries, map[string]any{"user_id": id, "user_name": id, "enabled": true})
		}
		info := map[string]any{"next_marker": nil, "current_count": len(entries)}
		if first+100 < users {
			info["next_marker"] = strconv.Itoa(first + 100)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"users": entries, "page_info": info})
	}
}
