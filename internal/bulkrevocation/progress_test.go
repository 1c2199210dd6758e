// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package bulkrevocation

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// Progress is reported once a second while it changes, every ten seconds while it does not, and
// never after the context has ended.
func TestProgress_interval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		var at []int
		var lines []string
		m := &run{request: Request{Report: func(message string) {
			at = append(at, int(time.Since(begun).Seconds()))
			lines = append(lines, message)
		}}}
		c := &pool{tally: Tally{Found: 100}}
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan struct{})
		go func() { m.reportProgress(ctx, c); close(over) }()
		work := func(users int, allFound bool) {
			for range 10 {
				c.mu.Lock()
				c.tally.Done += users
				c.tally.AllFound = allFound
				c.mu.Unlock()
				m.mu.Lock()
				m.calls += 2 * users
				m.outcome.Sessions += users
				m.mu.Unlock()
				time.Sleep(100 * time.Millisecond)
			}
		}
		time.Sleep(50 * time.Millisecond)
		work(1, false)
		work(2, true)
		time.Sleep(25 * time.Second)
		work(7, true)
		synctest.Wait()
		cancel()
		<-over
		// The rates are 10 users in the first second, 20 in the next, then none, then the last 70.
		if want := []int{1, 2, 12, 22, 28}; !slices.Equal(at, want) {
			t.Errorf("reported after %v seconds, want %v", at, want)
		}
		want := []string{
			"10 of at least 100 users done, 10 sessions ended, 20 calls a second.",
			"30 of 100 users done, 30 sessions ended, 30 calls a second, about 5s left.",
			"30 of 100 users done, 30 sessions ended, 0 calls a second.",
			"30 of 100 users done, 30 sessions ended, 0 calls a second.",
			"100 of 100 users done, 100 sessions ended, 14 calls a second.",
		}
		for i := range min(len(lines), len(want)) {
			if lines[i] != want[i] {
				t.Errorf("line %d: %q, want %q", i+1, lines[i], want[i])
			}
		}
	})
}

func TestProgress_string(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	last := sample{at: begun.Add(45 * time.Second), finished: 7, sessions: 1, calls: 162}
	got := describeProgress(Tally{Found: 9, AllFound: true, Done: 4, Failed: 2, Unknown: []string{"a"}}, sample{at: begun, finished: 6}, last)
	if want := "4 of 9 users done, 2 failed, 1 not known to the identity store, 1 session ended, 4 calls a second, about 1m30s left."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
