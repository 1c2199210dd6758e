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
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// userList is the response of ListUsers.
type userList struct {
	Users    []map[string]any `json:"users"`
	PageInfo struct {
		NextMarker   *string `json:"next_marker"`
		CurrentCount int     `json:"current_count"`
	} `json:"page_info"`
}

// pages reads a list to its end and returns the number of entries of each page.
func pages(t *testing.T, c client, path string, query ...string) (users []map[string]any, sizes []int) {
	t.Helper()
	for marker := []string(nil); ; {
		list := parse[userList](t, c.get(path, append(marker, query...)...))
		users, sizes = append(users, list.Users...), append(sizes, list.PageInfo.CurrentCount)
		if list.PageInfo.CurrentCount != len(list.Users) {
			t.Errorf("current_count is %d of %d", list.PageInfo.CurrentCount, len(list.Users))
		}
		if list.PageInfo.NextMarker == nil {
			return users, sizes
		}
		marker = []string{"marker", *list.PageInfo.NextMarker}
	}
}

func TestListUsers_pages(t *testing.T) {
	sim, _, c := setUp(t)
	for i := range 250 {
		sim.AddUser("d-pages", simulator.User{UserID: fmt.Sprintf("u%03d", i), UserName: fmt.Sprintf("name-%03d", i%125)})
	}
	path := usersPath("d-pages")
	tests := map[string]struct {
		query []string
		sizes []int
	}{
		"default":         {nil, []int{100, 100, 50}},
		"limit":           {[]string{"limit", "90"}, []int{90, 90, 70}},
		"exactly filled":  {[]string{"limit", "50"}, []int{50, 50, 50, 50, 50}},
		"filter":          {[]string{"user_name", "name-007"}, []int{2}},
		"filter, paged":   {[]string{"user_name", "name-007", "limit", "1"}, []int{1, 1}},
		"filter, no such": {[]string{"user_name", "name-00"}, []int{0}},
	}
	for name, test := range tests {
		users, sizes := pages(t, c, path, test.query...)
		if !slices.Equal(sizes, test.sizes) {
			t.Errorf("%s: pages of %v, want %v", name, sizes, test.sizes)
		}
		seen := map[any]bool{}
		for _, u := range users {
			seen[u["user_id"]] = true
		}
		if len(seen) != len(users) {
			t.Errorf("%s: a user came twice", name)
		}
	}

	sim.Configure(func(o *simulator.Options) { o.FuzzyUserName = true })
	if users, _ := pages(t, c, path, "user_name", "name-00"); len(users) != 20 {
		t.Errorf("the prefix fits %d", len(users))
	}

	// A page continues where the previous one ended, also if users are added or removed.
	first := parse[userList](t, c.get(path, "limit", "10"))
	sim.RemoveUser("d-pages", "u009")
	sim.RemoveUser("d-pages", "u010")
	second := parse[userList](t, c.get(path, "limit", "10", "marker", *first.PageInfo.NextMarker))
	if second.Users[0]["user_id"] != "u011" {
		t.Errorf("the second page begins with %v", second.Users[0]["user_id"])
	}

	// A marker is valid for its own list only.
	expect(t, c.get(path, "user_name", "x", "marker", *first.PageInfo.NextMarker), 400, "IIC.400", "marker")
	sim.AddUser("d-other", simulator.User{})
	expect(t, c.get(usersPath("d-other"), "marker", *first.PageInfo.NextMarker), 400, "IIC.400", "marker")
	if a := c.get(usersPath("d-other")); !strings.Contains(a.Body, `"next_marker":null`) {
		t.Errorf("the last page has no null: %s", a.Body)
	}
}

func TestListUsers_largeStore(t *testing.T) {
	sim, _, c := setUp(t)
	for i := range 10_000 {
		sim.AddUser("d-large", simulator.User{UserID: fmt.Sprint(i), UserName: fmt.Sprintf("name-%d", i)})
	}
	read := 0
	for query := []string(nil); ; {
		page := parse[struct {
			Users    []struct{} `json:"users"`
			PageInfo struct {
				NextMarker *string `json:"next_marker"`
			} `json:"page_info"`
		}](t, c.get(usersPath("d-large"), query...))
		read += len(page.Users)
		if page.PageInfo.NextMarker == nil {
			break
		}
		query = []string{"marker", *page.PageInfo.NextMarker}
	}
	if read != 10_000 {
		t.Errorf("got %d users", read)
	}
	if users, _ := pages(t, c, usersPath("d-large"), "user_name", "name-9999"); len(users) != 1 {
		t.Errorf("got %v", users)
	}
}

func TestDescribeUser_fields(t *testing.T) {
	sim, seeded, c := setUp(t)
	full := simulator.User{
		UserID: "full", UserName: "full", DisplayName: "Full", Name: simulator.Name{FamilyName: "F", GivenName: "G", MiddleName: "M", Formatted: "G M F", HonorificPrefix: "Dr.", HonorificSuffix: "Jr."},
		Emails:       []simulator.Email{{Value: "a@example.com", Type: "work", Primary: true, VerificationStatus: "VERIFIED"}},
		PhoneNumbers: []simulator.PhoneNumber{{Value: "+1", Type: "mobile", Primary: true}},
		Addresses:    []simulator.Address{{Country: "DE", Formatted: "x", Locality: "Berlin", PostalCode: "10115", Primary: true, Region: "BE", StreetAddress: "Weg 1", Type: "work"}},
		ExternalID:   "ext", ExternalIDs: []simulator.ExternalID{{ID: "e1", Issuer: "i1"}},
		Enterprise: &simulator.Enterprise{CostCenter: "c", Department: "d", Division: "v", EmployeeNumber: "n", Organization: "o", Manager: &simulator.Manager{Value: "m"}},
		Nickname:   "nick", Title: "title", UserType: "type", Locale: "de-DE", Timezone: "CET", PreferredLanguage: "de", ProfileURL: "https://example.com",
		Enabled: true, CreatedBy: "creator", UpdatedBy: "updater", CreatedAt: time.UnixMilli(1), UpdatedAt: time.UnixMilli(2), EmailVerified: true,
	}
	sim.AddUser(seeded.IdentityStoreID, full)
	got := parse[map[string]any](t, c.get(userPath(seeded.IdentityStoreID, "full")))
	const want = `{"addresses":[{"country":"DE","formatted":"x","locality":"Berlin","postal_code":"10115","primary":true,"region":"BE",` +
		`"street_address":"Weg 1","type":"work"}],"created_at":1,"created_by":"creator","display_name":"Full","email_verified":true,` +
		`"emails":[{"primary":true,"type":"work","value":"a@example.com","verification_status":"VERIFIED"}],"enabled":true,` +
		`"enterprise":{"cost_center":"c","department":"d","division":"v","employee_number":"n","manager":{"value":"m"},"organization":"o"},` +
		`"external_id":"ext","external_ids":[{"id":"e1","issuer":"i1"}],"identity_store_id":"d-7f3a9c51e2","locale":"de-DE",` +
		`"name":{"family_name":"F","formatted":"G M F","given_name":"G","honorific_prefix":"Dr.","honorific_suffix":"Jr.","middle_name":"M"},` +
		`"nickname":"nick","phone_numbers":[{"primary":true,"type":"mobile","value":"+1"}],"preferred_language":"de",` +
		`"profile_url":"https://example.com","timezone":"CET","title":"title","updated_at":2,"updated_by":"updater","user_id":"full",` +
		`"user_name":"full","user_type":"type"}`
	if sorted, _ := json.Marshal(got); string(sorted) != want {
		t.Errorf("got  %s\nwant %s", sorted, want)
	}

	id := sim.AddUser("d-new", simulator.User{UserName: "bare"})
	bare := c.get(userPath("d-new", id))
	if !strings.Contains(bare.Body, `"emails":[]`) || strings.Contains(bare.Body, "phone_numbers") || strings.Contains(bare.Body, `"created_at":0`) {
		t.Errorf("got %s", bare.Body)
	}
	if list := c.get(usersPath("d-new")); strings.Contains(list.Body, "email_verified") {
		t.Errorf("ListUsers has no email_verified: %s", list.Body)
	}
}

// switchUser disables or enables a user.
func (c client) switchUser(storeID, userID, verb string) reply {
	c.t.Helper()
	return c.send(c.sign(parts{method: http.MethodPost, path: userPath(storeID, userID) + "/" + verb}))
}

// enabled returns the user's status in the response of DescribeUser.
func (c client) enabled(storeID, userID string) bool {
	c.t.Helper()
	return parse[struct {
		Enabled bool `json:"enabled"`
	}](c.t, c.get(userPath(storeID, userID))).Enabled
}

func TestDisableUser_enable(t *testing.T) {
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

func TestDisableUser_readings(t *testing.T) {
	const user = "scim"
	disable := func(c client, store string) reply { return c.switchUser(store, user, "disable") }
	tests := map[string]struct {
		configure func(*simulator.Options)
		// before runs before the call.
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

func TestDisableUser_endsSessions(t *testing.T) {
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

func TestDescribeUser_stale(t *testing.T) {
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

// describeUsers requests users by their IDs.
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
