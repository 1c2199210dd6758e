// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

type groupAnswer struct {
	GroupID         string                 `json:"group_id"`
	IdentityStoreID string                 `json:"identity_store_id"`
	DisplayName     string                 `json:"display_name"`
	Description     string                 `json:"description"`
	ExternalIDs     []simulator.ExternalID `json:"external_ids"`
	CreatedAt       int64                  `json:"created_at"`
	UpdatedAt       int64                  `json:"updated_at"`
}

type membershipAnswer struct {
	GroupID         string `json:"group_id"`
	IdentityStoreID string `json:"identity_store_id"`
	MemberID        struct {
		UserID string `json:"user_id"`
	} `json:"member_id"`
	MembershipID string `json:"membership_id"`
}

func storePath(storeID, rest string) string { return "/v1/identity-stores/" + storeID + rest }

func nameOf(g groupAnswer) string        { return g.DisplayName }
func memberOf(m membershipAnswer) string { return m.MemberID.UserID }
func groupOf(m membershipAnswer) string  { return m.GroupID }

func TestDescribeGroup(t *testing.T) {
	sim, seeded, c := setUp(t)
	store, staff := seeded.IdentityStoreID, seeded.Groups[1]
	got := parse[groupAnswer](t, c.get(storePath(store, "/groups/"+staff.GroupID)))
	if got.GroupID != staff.GroupID || got.IdentityStoreID != store || got.DisplayName != "staff" || got.Description != staff.Description ||
		!slices.Equal(got.ExternalIDs, staff.ExternalIDs) || got.CreatedAt != staff.CreatedAt.UnixMilli() || got.UpdatedAt != staff.UpdatedAt.UnixMilli() {
		t.Errorf("got %+v", got)
	}
	id := sim.AddGroup(store, simulator.Group{DisplayName: "bare"})
	a := c.get(storePath(store, "/groups/"+id))
	if strings.Contains(a.Body, "description") || parse[groupAnswer](t, a).CreatedAt == 0 {
		t.Errorf("got %s", a.Body)
	}
	sim.AddGroup(store, simulator.Group{GroupID: id, DisplayName: "renamed"})
	if got := parse[groupAnswer](t, c.get(storePath(store, "/groups/"+id))); got.DisplayName != "renamed" {
		t.Errorf("got %+v", got)
	}
	sim.RemoveGroup(store, id)
	sim.RemoveGroup(store, id)
	expect(t, c.get(storePath(store, "/groups/"+id)), 404, "IIC.404", id)
	expect(t, c.get(storePath("d-none", "/groups/"+id)), 404, "IIC.404", "d-none")
}

func TestListGroups(t *testing.T) {
	sim, _, c := setUp(t)
	for i := range 1_000 {
		sim.AddGroup("d-groups", simulator.Group{DisplayName: fmt.Sprintf("Team %03d", i)})
	}
	path := storePath("d-groups", "/groups")
	for name, test := range map[string]struct {
		query         []string
		groups, pages int
	}{
		"all":           {nil, 1_000, 10},
		"limit":         {[]string{"limit", "30"}, 1_000, 34},
		"part of names": {[]string{"display_name", "team 00"}, 10, 1},
		"no such":       {[]string{"display_name", "nobody"}, 0, 1},
	} {
		names, pages := readAll(t, c, "groups", nameOf, path, test.query...)
		if len(names) != test.groups || pages != test.pages || len(slices.Compact(slices.Sorted(slices.Values(names)))) != test.groups {
			t.Errorf("%s: %d groups on %d pages", name, len(names), pages)
		}
	}
	expect(t, c.get(path, "display_name", ""), 400, "IIC.400", "display_name")
	expect(t, c.get(path, "limit", "101"), 400, "IIC.400", "1 to 100")
	expect(t, c.get(path, "user_id", "x"), 400, "IIC.400", `"user_id"`)
	expect(t, c.get(storePath("d-none", "/groups")), 404, "IIC.404", "d-none")
}

func TestGetGroupId(t *testing.T) {
	sim, seeded, c := setUp(t)
	path := storePath(seeded.IdentityStoreID, "/groups/retrieve-group-id")
	by := func(name string) string {
		return `{"alternate_identifier":{"unique_attribute":{"attribute_path":"display_name","attribute_value":"` + name + `"}}}`
	}
	got := parse[groupAnswer](t, c.post(path, by("staff")))
	if got.GroupID != seeded.Groups[1].GroupID || got.IdentityStoreID != seeded.IdentityStoreID {
		t.Errorf("got %+v", got)
	}
	for body, message := range map[string]string{
		`{}`:                          "alternate_identifier",
		`{"alternate_identifier":{}}`: "unique_attribute",
		`{"display_name":"staff"}`:    `"display_name"`,
		by(""):                        "attribute_value",
		strings.Replace(by("staff"), "display_name", "name", 1): "attribute_path",
	} {
		expect(t, c.post(path, body), 400, "IIC.400", message)
	}
	for status, want := range map[int]string{0: "404 IIC.404", 404: "404 IIC.404", 400: "400 IIC.400"} {
		sim.Configure(func(o *simulator.Options) { o.GroupNotFound = status })
		// The match is exact.
		for _, name := range []string{"staf", "Staff"} {
			if a := c.post(path, by(name)); fmt.Sprint(a.Status, " ", a.Code) != want {
				t.Errorf("%d: got %d %s", status, a.Status, a.Body)
			}
		}
	}
	expect(t, c.post(storePath("d-none", "/groups/retrieve-group-id"), by("staff")), 404, "IIC.404", "d-none")
}

func TestMemberships(t *testing.T) {
	sim, seeded, c := setUp(t)
	store, alice, bob := seeded.IdentityStoreID, seeded.Users[0].UserID, seeded.Users[1].UserID
	security, staff := seeded.Groups[0].GroupID, seeded.Groups[1].GroupID
	members := func(groupID string) []string {
		t.Helper()
		ids, _ := readAll(t, c, "group_memberships", memberOf, storePath(store, "/group-memberships"), "group_id", groupID)
		return ids
	}
	groups := func(userID string) []string {
		t.Helper()
		ids, _ := readAll(t, c, "group_memberships", groupOf, storePath(store, "/group-memberships-for-member"), "user_id", userID)
		return ids
	}
	if got := members(staff); !slices.Equal(got, []string{alice, bob}) {
		t.Errorf("members of staff are %v", got)
	}
	if got := groups(alice); !slices.Equal(got, []string{security, staff}) {
		t.Errorf("Alice is in %v", got)
	}
	if got := groups(seeded.Users[2].UserID); len(got) != 0 {
		t.Errorf("Carol is in %v", got)
	}
	sim.AddMember(store, security, alice)
	sim.AddMember(store, security, bob)
	sim.RemoveMember(store, staff, alice)
	sim.RemoveMember(store, staff, alice)
	if got, in := members(security), groups(alice); !slices.Equal(got, []string{alice, bob}) || !slices.Equal(in, []string{security}) {
		t.Errorf("members are %v, Alice is in %v", got, in)
	}
	sim.RemoveUser(store, bob)
	if got := members(security); !slices.Equal(got, []string{alice}) {
		t.Errorf("members are %v", got)
	}
	sim.RemoveGroup(store, security)
	if in := groups(alice); len(in) != 0 {
		t.Errorf("Alice is in %v", in)
	}

	one := parse[struct {
		Memberships []membershipAnswer `json:"group_memberships"`
	}](t, c.get(storePath(store, "/group-memberships"), "group_id", staff))
	if len(one.Memberships) != 0 {
		t.Errorf("got %+v", one)
	}
	expect(t, c.get(storePath(store, "/group-memberships")), 400, "IIC.400", `"group_id" is mandatory`)
	expect(t, c.get(storePath(store, "/group-memberships"), "group_id", security), 404, "IIC.404", security)
	expect(t, c.get(storePath(store, "/group-memberships-for-member")), 400, "IIC.400", `"user_id" is mandatory`)
	expect(t, c.get(storePath(store, "/group-memberships-for-member"), "user_id", bob), 404, "IIC.1002", bob)
	expect(t, c.get(storePath("d-none", "/group-memberships"), "group_id", staff), 404, "IIC.404", "d-none")
	expect(t, c.get(storePath("d-none", "/group-memberships-for-member"), "user_id", alice), 404, "IIC.404", "d-none")
}

// TestMemberships_many has a group of many users, and a user who is in many groups.
func TestMemberships_many(t *testing.T) {
	sim, _, c := setUp(t)
	start := time.Now()
	const users, groups = 2_000, 300
	everybody := sim.AddGroup("d-many", simulator.Group{DisplayName: "everybody"})
	for i := range users {
		sim.AddMember("d-many", everybody, sim.AddUser("d-many", simulator.User{UserName: fmt.Sprint(i)}))
	}
	first := sim.AddUser("d-many", simulator.User{UserName: "in every group"})
	for i := range groups {
		sim.AddMember("d-many", sim.AddGroup("d-many", simulator.Group{DisplayName: fmt.Sprintf("group %d", i)}), first)
	}
	t.Logf("added in %s", time.Since(start))
	members, pages := readAll(t, c, "group_memberships", memberOf, storePath("d-many", "/group-memberships"), "group_id", everybody)
	if len(members) != users || pages != users/100 {
		t.Errorf("got %d on %d pages", len(members), pages)
	}
	in, _ := readAll(t, c, "group_memberships", groupOf, storePath("d-many", "/group-memberships-for-member"), "user_id", first)
	if len(in) != groups {
		t.Errorf("got %d", len(in))
	}
}
