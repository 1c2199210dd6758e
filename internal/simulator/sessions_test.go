// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

func TestBatchDelete(t *testing.T) {
	sim, seeded, c := setUp(t)
	store, alice := seeded.IdentityStoreID, seeded.Users[0]
	a := c.batchDelete(store, alice.UserID, alice.Sessions[0].SessionID, alice.Sessions[2].SessionID, alice.Sessions[2].SessionID)
	if a.Status != http.StatusOK || a.Body != "" || a.Header.Get("Content-Length") != "0" || a.Header.Get("X-Request-Id") == "" {
		t.Fatalf("got %d %q with %v", a.Status, a.Body, a.Header)
	}
	if left := alive(sim, store, alice.UserID); !slices.Equal(left, []string{alice.Sessions[1].SessionID}) {
		t.Errorf("left are %v", left)
	}
	if left := alive(sim, store, seeded.Users[1].UserID); len(left) != 1 {
		t.Errorf("Bob has %v", left)
	}

	call := last(t, sim)
	want := []string{alice.Sessions[0].SessionID, alice.Sessions[2].SessionID, alice.Sessions[2].SessionID}
	if call.Operation != simulator.BatchDeleteSessions || call.Method != http.MethodPost || !slices.Equal(call.SessionIDs, want) ||
		call.Status != http.StatusOK || call.RequestID != a.Header.Get("X-Request-Id") || call.AccessKey != seeded.Management.AccessKey ||
		!call.Verified || call.Faulted || call.Header.Get("X-Sdk-Date") == "" || call.Time.IsZero() ||
		call.EscapedPath != sessionsPath(store, alice.UserID)+"/batch-delete" || !strings.HasPrefix(string(call.Body), `{"session_ids":[`) {
		t.Errorf("on record is %+v", call)
	}
}

func TestBatchDelete_gone(t *testing.T) {
	tests := map[string]struct {
		gone    int
		status  int
		code    string
		message string
		left    int
	}{
		"default": {gone: 0, status: 404, code: "IIC.404", left: 3},
		"404":     {gone: 404, status: 404, code: "IIC.404", left: 3},
		"400":     {gone: 400, status: 400, code: "IIC.400", message: "no-such-1, no-such-2", left: 3},
		"200":     {gone: 200, status: 200, left: 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			sim, seeded, c := setUp(t, func(o *simulator.Options) { o.Gone = test.gone })
			alice := seeded.Users[0]
			a := c.batchDelete(seeded.IdentityStoreID, alice.UserID, "no-such-1", alice.Sessions[0].SessionID, "no-such-2")
			if test.code != "" {
				expect(t, a, test.status, test.code, test.message)
			} else if a.Status != test.status {
				t.Errorf("got %d %s", a.Status, a.Body)
			}
			if left := alive(sim, seeded.IdentityStoreID, alice.UserID); len(left) != test.left {
				t.Errorf("left are %v", left)
			}
		})
	}
}

func TestBatchDelete_keepSessions(t *testing.T) {
	sim, seeded, c := setUp(t, func(o *simulator.Options) { o.KeepSessions = true })
	alice := seeded.Users[0]
	for range 2 {
		if a := c.batchDelete(seeded.IdentityStoreID, alice.UserID, alice.Sessions[0].SessionID); a.Status != http.StatusOK {
			t.Fatalf("got %d %s", a.Status, a.Body)
		}
	}
	if left := alive(sim, seeded.IdentityStoreID, alice.UserID); len(left) != 3 {
		t.Errorf("left are %v", left)
	}
}

// sessionList is the response of ListSessions.
type sessionList struct {
	SessionList []map[string]any `json:"session_list"`
}

func TestListSessions(t *testing.T) {
	sim, seeded, c := setUp(t)
	store, alice, carol := seeded.IdentityStoreID, seeded.Users[0], seeded.Users[2]
	list := parse[sessionList](t, c.get(sessionsPath(store, alice.UserID))).SessionList
	if len(list) != 3 {
		t.Fatalf("got %v", list)
	}
	for i, want := range alice.Sessions {
		entry := map[string]any{
			"session_id": want.SessionID, "user_id": alice.UserID, "ip_address": want.IPAddress, "user_agent": want.UserAgent,
			"creation_time": float64(want.CreationTime.UnixMilli()), "session_not_valid_after": float64(want.SessionNotValidAfter.UnixMilli()),
		}
		if fmt.Sprint(list[i]) != fmt.Sprint(entry) {
			t.Errorf("got %v, want %v", list[i], entry)
		}
	}

	if a := c.get(sessionsPath(store, carol.UserID)); a.Body != `{"session_list":[]}` || a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("without sessions: %s", a.Body)
	}
	id := sim.AddSession(store, carol.UserID, simulator.Session{})
	session := sim.Sessions(store, carol.UserID)[0]
	if session.SessionID != id || session.SessionNotValidAfter.Sub(session.CreationTime) != 8*time.Hour {
		t.Errorf("made up: %+v", session)
	}
	list = parse[sessionList](t, c.get(sessionsPath(store, carol.UserID))).SessionList
	if len(list) != 1 || len(list[0]) != 4 || list[0]["session_id"] != id {
		t.Errorf("address and user agent are to be left out: %v", list)
	}
	sim.AddSession(store, carol.UserID, simulator.Session{SessionID: id, IPAddress: "192.0.2.1"})
	if sessions := sim.Sessions(store, carol.UserID); len(sessions) != 1 || sessions[0].IPAddress != "192.0.2.1" {
		t.Errorf("not replaced: %v", sessions)
	}
}

func TestListSessions_expired(t *testing.T) {
	moment := &clock{now: time.Now()}
	sim, seeded, c := setUp(t, moment.option)
	store, carol := seeded.IdentityStoreID, seeded.Users[2]
	id := sim.AddSession(store, carol.UserID, simulator.Session{SessionNotValidAfter: moment.now.Add(time.Minute)})
	moment.now = moment.now.Add(time.Minute)

	if list := parse[sessionList](t, c.get(sessionsPath(store, carol.UserID))).SessionList; len(list) != 0 {
		t.Errorf("an expired session is listed: %v", list)
	}
	if sessions := sim.Sessions(store, carol.UserID); len(sessions) != 0 {
		t.Errorf("an expired session is alive: %v", sessions)
	}
	expect(t, c.batchDelete(store, carol.UserID, id), http.StatusNotFound, "IIC.404", "")
}

func TestAddSession_unknownUser(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	simulator.New().AddSession("d-none", "nobody", simulator.Session{})
}

func TestListSessions_formats(t *testing.T) {
	sim, seeded, c := setUp(t)
	store, alice := seeded.IdentityStoreID, seeded.Users[0]
	sim.Configure(func(o *simulator.Options) { o.SessionTimesInSeconds, o.BracketedUserAgents = true, true })
	list := parse[sessionList](t, c.get(sessionsPath(store, alice.UserID))).SessionList
	want := alice.Sessions[0]
	if list[0]["creation_time"] != float64(want.CreationTime.Unix()) || list[0]["session_not_valid_after"] != float64(want.SessionNotValidAfter.Unix()) ||
		list[0]["user_agent"] != "["+want.UserAgent+"]" {
		t.Errorf("got %v", list[0])
	}
	carol := seeded.Users[2].UserID
	sim.AddSession(store, carol, simulator.Session{})
	if a := c.get(sessionsPath(store, carol)); strings.Contains(a.Body, "user_agent") {
		t.Errorf("got %s", a.Body)
	}
}

// TestListSessions_many lists and ends many sessions of one user.
func TestListSessions_many(t *testing.T) {
	const n, batch = 4_800, 100
	sim, seeded, c := setUp(t)
	store, carol := seeded.IdentityStoreID, seeded.Users[2].UserID
	ids := make([]string, n)
	for i := range ids {
		ids[i] = sim.AddSession(store, carol, simulator.Session{SessionID: fmt.Sprintf("session-%06d", i)})
	}
	if list := parse[sessionList](t, c.get(sessionsPath(store, carol))).SessionList; len(list) != n || list[n-1]["session_id"] != ids[n-1] {
		t.Fatalf("got %d", len(list))
	}
	for i := 0; i < n; i += batch {
		if a := c.batchDelete(store, carol, ids[i:i+batch]...); a.Status != 200 {
			t.Fatalf("got %d %s", a.Status, a.Body)
		}
	}
	if left := alive(sim, store, carol); len(left) != 0 {
		t.Errorf("left are %d", len(left))
	}
	sim.AddSession(store, carol, simulator.Session{SessionID: ids[7]})
	if left := alive(sim, store, carol); !slices.Equal(left, ids[7:8]) {
		t.Errorf("left are %v", left)
	}
}
