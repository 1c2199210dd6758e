// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// accessOf returns the configuration of the data source for a user.
func (c *cloud) accessOf(userID string, arguments attrs) attrs {
	config := attrs{"instance_id": c.InstanceID, "identity_store_id": c.IdentityStoreID, "user_id": userID}
	maps.Copy(config, arguments)
	return config
}

func TestUserAccessDataSource(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	d := c.serveAs(t, c.Management)
	administrator, readOnly := c.PermissionSets[0], c.PermissionSets[1]
	assignment := func(account int, set simulator.SeededPermissionSet, duration string, direct any, group int) attrs {
		return attrs{
			"account_id": c.Accounts[account], "permission_set_id": set.PermissionSetID, "permission_set_name": set.Name,
			"session_duration": duration, "direct": direct, "group_ids": []any{c.Groups[group].GroupID},
		}
	}
	list := func(ids ...string) []any {
		var values []any
		for _, id := range sorted(ids) {
			values = append(values, id)
		}
		return values
	}
	all := func(direct, others any) attrs {
		byIDs := map[string]attrs{
			c.Accounts[0] + administrator.PermissionSetID: assignment(0, administrator, "8h0m0s", direct, 0),
			c.Accounts[0] + readOnly.PermissionSetID:      assignment(0, readOnly, "1h30m0s", others, 1),
			c.Accounts[1] + readOnly.PermissionSetID:      assignment(1, readOnly, "1h30m0s", others, 1),
		}
		var assignments []any
		for _, key := range sortedKeys(byIDs) {
			assignments = append(assignments, byIDs[key])
		}
		return attrs{
			"assignments": assignments, "permission_set_ids": list(administrator.PermissionSetID, readOnly.PermissionSetID),
			"group_ids": list(c.Groups[0].GroupID, c.Groups[1].GroupID), "longest_session_duration": "8h0m0s", "complete": true,
		}
	}
	read := func(config, want attrs) {
		t.Helper()
		state, text := d.read(t, "identitycenter_user_access", config)
		if text != "" {
			t.Error(text)
		}
		expectState(t, state, want)
	}
	read(c.accessOf(c.alice().UserID, nil), all(true, false))
	read(c.accessOf(c.alice().UserID, attrs{"allow_incomplete": true}), all(true, false))
	c.Configure(func(o *simulator.Options) { o.AssignmentsIncludeGroups, o.GroupAssignmentsAsUser = true, true })
	read(c.accessOf(c.alice().UserID, nil), all(nil, nil))
	read(c.accessOf(c.Users[2].UserID, nil), attrs{
		"assignments": []any{}, "permission_set_ids": []any{}, "group_ids": []any{}, "longest_session_duration": "0s", "complete": true,
	})

	for _, allow := range []bool{false, true} {
		if _, text := d.read(t, "identitycenter_user_access", c.accessOf("nobody", attrs{"allow_incomplete": allow})); !strings.Contains(text, "ERROR: Not found (HTTP 404") {
			t.Errorf("allow_incomplete = %t: %s", allow, text)
		}
	}
	c.AddAccountAssignment(c.InstanceID, simulator.AccountAssignment{
		AccountID: c.Accounts[0], PrincipalID: c.Users[2].UserID, PrincipalType: "USER",
		PermissionSetID: c.AddPermissionSet(c.InstanceID, simulator.PermissionSet{Name: "Odd", SessionDuration: "PT1.5H"}),
	})
	if _, text := d.read(t, "identitycenter_user_access", c.accessOf(c.Users[2].UserID, nil)); missingText(text, "ERROR: Session duration not understood", `"PT1.5H"`) != "" {
		t.Error(text)
	}
}

// A refused call is an error. With allow_incomplete, it is one warning.
func TestUserAccessDataSource_incomplete(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		operation   string
		assignments int
		missing     string
	}{
		"groups":          {simulator.ListGroupMembershipsForMember, 1, "- the groups of the user"},
		"assignments":     {simulator.ListAccountAssignmentsForPrincipal, 0, "- the assignments of the user - the assignments of 2 groups"},
		"permission sets": {simulator.DescribePermissionSet, 3, "- the name and session duration of 2 permission sets"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.Inject(simulator.Fault{Operation: test.operation, Status: http.StatusForbidden, Code: "IIC.1000", Message: "You do not have permission."})
			d := c.serveAs(t, c.Management)
			if _, text := d.read(t, "identitycenter_user_access", c.accessOf(c.alice().UserID, nil)); missingText(text, "ERROR: Access denied (HTTP 403", test.operation) != "" {
				t.Error(text)
			}
			state, text := d.read(t, "identitycenter_user_access", c.accessOf(c.alice().UserID, attrs{"allow_incomplete": true}))
			if missing := missingText(text, "WARNING: Access of the user is incomplete", c.alice().UserID, test.missing, test.operation); missing != "" || strings.Count(text, "WARNING") != 1 {
				t.Errorf("%q lacks %q", text, missing)
			}
			expectState(t, state, attrs{"complete": false})
			if list, _ := state["assignments"].([]any); len(list) != test.assignments {
				t.Errorf("assignments: %v", list)
			}
			if strings.Contains(text, "ERROR") || len(text) > 2000 {
				t.Errorf("%d bytes: %s", len(text), text)
			}
		})
	}
}

// timeadd accepts the duration.
func TestAccUserAccess_timeadd(t *testing.T) {
	c := newCloud(t)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: c.config(c.Management, "", testdata(t, "timeadd.tf")),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownOutputValue("until", knownvalue.StringExact("2026-11-25T11:00:00Z")),
			},
		}},
	})
}
