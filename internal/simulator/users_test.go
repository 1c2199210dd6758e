// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// switchUser disables or enables a user.
func (c client) switchUser(storeID, userID, verb string) reply {
	c.t.Helper()
	return c.send(c.sign(parts{method: http.MethodPost, path: userPath(storeID, userID) + "/" + verb}))
}

// enabled is what DescribeUser says.
func (c client) enabled(storeID, userID string) bool {
	c.t.Helper()
	return parse[struct {
		Enabled bool `json:"enabled"`
	}](c.t, c.get(userPath(storeID, userID))).Enabled
}

func TestDisableAndEnableUser(t *testing.T) {
	sim, seeded, c := setUp(t)
	store, alice := seeded.IdentityStoreID, seeded.Users[0].UserID
	for _, verb := range []string{"disable", "disable", "enable", "enable"} {
		a := c.switchUser(store, alice, verb)
		if want := verb == "enable"; a.Status != 200 || a.Body != "" || c.enabled(store, alice) != want || sim.Enabled(store, alice) != want {
			t.Errorf("%s: got %d %q, enabled %t", verb, a.Status, a.Body, sim.Enabled(store, alice))
		}
	}
	if calls := sim.CallsOf(simulator.DisableUser); len(calls) != 2 || calls[0].Body != nil {
		t.Errorf("on record are %+v", calls)
	}
	if left := alive(sim, store, alice); len(left) != 3 {
		t.Errorf("left are %v", left)
	}
	expect(t, c.post(userPath(store, alice)+"/disable", "{}"), 400, "IIC.400", "no body")
	expect(t, c.switchUser("d-none", alice, "disable"), 404, "IIC.404", "d-none")
	expect(t, c.switchUser(store, "nobody", "enable"), 404, "IIC.1002", "nobody")
	expect(t, c.as(seeded.Member).switchUser(store, alice, "enable"), 403, "IIC.1000", "No permission for action IdentityCenter:user:enableUser.")
	sim.SetEnabled(store, alice, false)
	if c.enabled(store, alice) {
		t.Error("enabled")
	}
}

func TestReadingsOfDisable(t *testing.T) {
	const user = "scim"
	disable := func(c client, store string) reply { return c.switchUser(store, user, "disable") }
	tests := map[string]struct {
		configure func(*simulator.Options)
		// before is called before the call.
		before func(sim *simulator.Simulator, store string)
		call   func(client, string) reply
		status int
		code   string
	}{
		"already disabled, refused": {
			func(o *simulator.Options) { o.AlreadyInState = 409 },
			func(sim *simulator.Simulator, store string) { sim.SetEnabled(store, user, false) }, disable, 409, "IIC.1007",
		},
		"already enabled, refused": {
			func(o *simulator.Options) { o.AlreadyInState = 409 }, nil,
			func(c client, store string) reply { return c.switchUser(store, user, "enable") }, 409, "IIC.1007",
		},
		"already disabled, 200": {
			func(o *simulator.Options) { o.AlreadyInState = 200 },
			func(sim *simulator.Simulator, store string) { sim.SetEnabled(store, user, false) }, disable, 200, "",
		},
		"not there yet, although it would be refused": {func(o *simulator.Options) { o.AlreadyInState = 409 }, nil, disable, 200, ""},
		"provisioned, 403":                            {func(o *simulator.Options) { o.DisableProvisioned = 403 }, nil, disable, 403, "IIC.1000"},
		"provisioned, 409":                            {func(o *simulator.Options) { o.DisableProvisioned = 409 }, nil, disable, 409, "IIC.1007"},
		"provisioned, 400":                            {func(o *simulator.Options) { o.DisableProvisioned = 400 }, nil, disable, 400, "IIC.400"},
		"provisioned, allowed":                        {func(*simulator.Options) {}, nil, disable, 200, ""},
		"a provisioned user is enabled": {
			func(o *simulator.Options) { o.DisableProvisioned = 409 },
			func(sim *simulator.Simulator, store string) { sim.SetEnabled(store, user, false) },
			func(c client, store string) reply { return c.switchUser(store, user, "enable") }, 200, "",
		},
		"unknown, 409": {
			func(o *simulator.Options) { o.DisableUnknown = 409 }, nil,
			func(c client, store string) reply { return c.switchUser(store, "nobody", "disable") }, 409, "IIC.1007",
		},
		"an unknown store is none of that": {
			func(o *simulator.Options) { o.DisableUnknown = 409 }, nil,
			func(c client, _ string) reply { return c.switchUser("d-none", "nobody", "disable") }, 404, "IIC.404",
		},
		"sessions of a disabled user, 400": {
			func(o *simulator.Options) { o.DisabledUserSessions = 400 },
			func(sim *simulator.Simulator, store string) { sim.SetEnabled(store, user, false) },
			func(c client, store string) reply { return c.get(sessionsPath(store, user)) }, 400, "IIC.400",
		},
		"sessions of a disabled user, 404": {
			func(o *simulator.Options) { o.DisabledUserSessions = 404 },
			func(sim *simulator.Simulator, store string) { sim.SetEnabled(store, user, false) },
			func(c client, store string) reply { return c.batchDelete(store, user, "s") }, 404, "IIC.1002",
		},
		"sessions of a disabled user, 409": {
			func(o *simulator.Options) { o.DisabledUserSessions = 409 },
			func(sim *simulator.Simulator, store string) { sim.SetEnabled(store, user, false) },
			func(c client, store string) reply { return c.get(sessionsPath(store, user)) }, 409, "IIC.1007",
		},
		"sessions of a disabled user, as before": {
			func(*simulator.Options) {},
			func(sim *simulator.Simulator, store string) { sim.SetEnabled(store, user, false) },
			func(c client, store string) reply { return c.batchDelete(store, user, "s") }, 200, "",
		},
		"sessions of an enabled user": {
			func(o *simulator.Options) { o.DisabledUserSessions = 404 }, nil,
			func(c client, store string) reply { return c.get(sessionsPath(store, user)) }, 200, "",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			sim, seeded, c := setUp(t, test.configure)
			store := seeded.IdentityStoreID
			sim.AddUser(store, simulator.User{UserID: user, Enabled: true, CreatedBy: "SCIM/entra"})
			sim.AddSession(store, user, simulator.Session{SessionID: "s"})
			if test.before != nil {
				test.before(sim, store)
			}
			if a := test.call(c, store); test.code != "" {
				expect(t, a, test.status, test.code, "")
			} else if a.Status != test.status {
				t.Errorf("got %d %s", a.Status, a.Body)
			}
		})
	}
}

func TestDisableEndsSessions(t *testing.T) {
	sim, seeded, c := setUp(t, func(o *simulator.Options) { o.DisableEndsSessions = true })
	store, alice := seeded.IdentityStoreID, seeded.Users[0].UserID
	c.switchUser(store, alice, "disable")
	if left := alive(sim, store, alice); len(left) != 0 {
		t.Errorf("left are %v", left)
	}
	sim.AddSession(store, alice, simulator.Session{SessionID: "new"})
	if left := alive(sim, store, alice); !slices.Equal(left, []string{"new"}) {
		t.Errorf("left are %v", left)
	}
}

func TestStaleReads(t *testing.T) {
	sim, seeded, c := setUp(t, func(o *simulator.Options) { o.StaleReads = 2 })
	store, alice := seeded.IdentityStoreID, seeded.Users[0].UserID
	for _, verb := range []string{"disable", "enable"} {
		c.switchUser(store, alice, verb)
		var got []bool
		for range 4 {
			got = append(got, c.enabled(store, alice))
		}
		is := verb == "enable"
		if want := []bool{!is, !is, is, is}; !slices.Equal(got, want) || sim.Enabled(store, alice) != is {
			t.Errorf("%s: read %v, want %v", verb, got, want)
		}
	}
	c.switchUser(store, alice, "enable")
	if !c.enabled(store, alice) {
		t.Error("a call that changes nothing is stale")
	}
}

// describeUsers asks for users by their IDs.
func (c client) describeUsers(storeID string, ids ...string) reply {
	c.t.Helper()
	body, _ := json.Marshal(map[string]any{"user_ids": ids})
	return c.post(usersPath(storeID)+"/batch-query", string(body))
}

func TestDescribeUsers(t *testing.T) {
	sim, seeded, c := setUp(t)
	store := seeded.IdentityStoreID
	alice, bob := seeded.Users[0].UserID, seeded.Users[1].UserID
	a := c.describeUsers(store, bob, alice, bob, "nobody")
	list := parse[struct {
		Users []map[string]any `json:"users"`
	}](t, a)
	if len(list.Users) != 2 || list.Users[0]["user_id"] != alice || list.Users[1]["user_name"] != "bob" || list.Users[0]["email_verified"] != true {
		t.Errorf("got %s", a.Body)
	}
	if a := c.describeUsers(store, "nobody"); a.Body != `{"users":[]}` {
		t.Errorf("got %s", a.Body)
	}
	for status, code := range map[int]string{404: "IIC.1002", 400: "IIC.400"} {
		sim.Configure(func(o *simulator.Options) { o.UnknownUsers = status })
		expect(t, c.describeUsers(store, alice, "nobody"), status, code, "nobody")
	}
	expect(t, c.describeUsers(store), 400, "IIC.400", "1 to 100")
	expect(t, c.describeUsers(store, alice, ""), 400, "IIC.400", "1 to 100")
	expect(t, c.describeUsers(store, slices.Repeat([]string{alice}, 101)...), 400, "IIC.400", "101")
	expect(t, c.describeUsers("d-none", alice), 404, "IIC.404", "d-none")
	if a := c.describeUsers(store, slices.Repeat([]string{alice}, 100)...); a.Status != 200 {
		t.Errorf("got %d %s", a.Status, a.Body)
	}
}

func TestSessionFormats(t *testing.T) {
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

// TestManySessions lists and ends very many sessions of one user.
func TestManySessions(t *testing.T) {
	const n, batch = 48_000, 100
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

func TestBefore(t *testing.T) {
	sim, seeded, c := setUp(t)
	store, alice := seeded.IdentityStoreID, seeded.Users[0].UserID
	ran := 0
	remove := sim.Before(simulator.DisableUser, func() {
		ran++
		sim.AddSession(store, alice, simulator.Session{SessionID: fmt.Sprintf("login-%d", ran)})
	})
	other := sim.Before(simulator.DisableUser, func() { ran += 10 })
	c.get(sessionsPath(store, alice))
	sim.Inject(simulator.Fault{Operation: simulator.DisableUser, Times: 1, Status: 500})
	c.switchUser(store, alice, "disable")
	if ran != 0 {
		t.Errorf("ran %d times for calls that were not done", ran)
	}
	c.switchUser(store, alice, "disable")
	if left := alive(sim, store, alice); ran != 11 || !slices.Contains(left, "login-1") {
		t.Errorf("ran %d times, left are %v", ran, left)
	}
	remove()
	c.switchUser(store, alice, "disable")
	other()
	c.switchUser(store, alice, "disable")
	if ran != 21 {
		t.Errorf("ran %d times", ran)
	}
}
