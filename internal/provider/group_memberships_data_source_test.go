// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

func TestGroupMembershipsDataSource(t *testing.T) {
	t.Parallel()
	const name = "identitycenter_group_memberships"
	c := newCloud(t)
	d := c.serveAs(t, c.Management)
	// More than one page.
	group := c.AddGroup(c.IdentityStoreID, simulator.Group{DisplayName: "large"})
	var want []any
	for i := range 150 {
		id := fmt.Sprintf("member-%03d", i)
		c.AddUser(c.IdentityStoreID, simulator.User{UserID: id, UserName: id})
		c.AddMember(c.IdentityStoreID, group, id)
		want = append(want, id)
	}
	state, text := d.read(t, name, attrs{"identity_store_id": c.IdentityStoreID, "group_id": group})
	if text != "" {
		t.Error(text)
	}
	expectState(t, state, attrs{"identity_store_id": c.IdentityStoreID, "group_id": group, "user_ids": want})

	empty := c.AddGroup(c.IdentityStoreID, simulator.Group{DisplayName: "empty"})
	state, text = d.read(t, name, attrs{"identity_store_id": c.IdentityStoreID, "group_id": empty})
	if text != "" {
		t.Error(text)
	}
	expectState(t, state, attrs{"user_ids": []any{}})
}

func TestGroupMembershipsDataSource_errors(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	d := c.serveAs(t, c.Management)
	for name, test := range map[string]struct {
		groupID any
		words   []string
	}{
		"unknown group": {"nothing", []string{"ERROR: Not found (HTTP 404", "Listing the users of group nothing", "Check group_id and identity_store_id."}},
		"group name":    {"my_team", []string{"ERROR: Invalid ID", "data.identitycenter_group", `[AttributeName("group_id")]`}},
	} {
		if _, text := d.read(t, "identitycenter_group_memberships", attrs{"identity_store_id": c.IdentityStoreID, "group_id": test.groupID}); missingText(text, test.words...) != "" {
			t.Errorf("%s: %q lacks %q", name, text, missingText(text, test.words...))
		}
	}
}
