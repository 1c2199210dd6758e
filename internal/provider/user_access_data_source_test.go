// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

func (c *cloud) accessOf(user string) string {
	return fmt.Sprintf(`
data "identitycenter_user_access" "test" {
  instance_id       = %q
  identity_store_id = "STORE"
  user_id           = %q
}
`, c.InstanceID, user)
}

func TestAccUserAccess(t *testing.T) {
	c := newCloud(t)
	const name = "data.identitycenter_user_access.test"
	value := func(attribute string, value knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(name, tfjsonpath.New(attribute), value)
	}
	administrator, readOnly := c.PermissionSets[0].PermissionSetID, c.PermissionSets[1].PermissionSetID
	assignment := func(account int, set simulator.SeededPermissionSet, duration string, direct knownvalue.Check, group int) knownvalue.Check {
		return knownvalue.ObjectExact(map[string]knownvalue.Check{
			"account_id": knownvalue.StringExact(c.Accounts[account]), "permission_set_id": knownvalue.StringExact(set.PermissionSetID),
			"permission_set_name": knownvalue.StringExact(set.Name), "session_duration": knownvalue.StringExact(duration),
			"direct": direct, "group_ids": knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact(c.Groups[group].GroupID)}),
		})
	}
	all := func(direct, others knownvalue.Check) []statecheck.StateCheck {
		list := map[string]knownvalue.Check{
			c.Accounts[0] + administrator: assignment(0, c.PermissionSets[0], "8h0m0s", direct, 0),
			c.Accounts[0] + readOnly:      assignment(0, c.PermissionSets[1], "1h30m0s", others, 1),
			c.Accounts[1] + readOnly:      assignment(1, c.PermissionSets[1], "1h30m0s", others, 1),
		}
		var assignments, sets []knownvalue.Check
		for _, key := range sorted([]string{c.Accounts[0] + administrator, c.Accounts[0] + readOnly, c.Accounts[1] + readOnly}) {
			assignments = append(assignments, list[key])
		}
		for _, id := range sorted([]string{administrator, readOnly}) {
			sets = append(sets, knownvalue.StringExact(id))
		}
		return []statecheck.StateCheck{
			value("assignments", knownvalue.ListExact(assignments)),
			value("permission_set_ids", knownvalue.ListExact(sets)),
			value("longest_session_duration", knownvalue.StringExact("8h0m0s")),
		}
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config:            c.config(c.Management, "", c.accessOf("ALICE")),
				ConfigStateChecks: all(knownvalue.Bool(true), knownvalue.Bool(false)),
			},
			{
				PreConfig: func() {
					c.Configure(func(o *simulator.Options) { o.AssignmentsIncludeGroups, o.GroupAssignmentsAsUser = true, true })
				},
				Config:            c.config(c.Management, "", c.accessOf("ALICE")),
				ConfigStateChecks: all(knownvalue.Null(), knownvalue.Null()),
			},
			{
				Config: c.config(c.Management, "", c.accessOf("CAROL")+`
output "until" {
  value = timeadd("2026-11-25T03:00:00Z", data.identitycenter_user_access.test.longest_session_duration)
}`),
				ConfigStateChecks: []statecheck.StateCheck{
					value("assignments", knownvalue.ListExact(nil)), value("permission_set_ids", knownvalue.ListExact(nil)),
					value("longest_session_duration", knownvalue.StringExact("0s")),
					statecheck.ExpectKnownOutputValue("until", knownvalue.StringExact("2026-11-25T03:00:00Z")),
				},
			},
			{Config: c.config(c.Management, "", c.accessOf("nobody")), ExpectError: text("Not found (HTTP 404")},
			{
				PreConfig: func() {
					c.AddAccountAssignment(c.InstanceID, simulator.AccountAssignment{
						AccountID: c.Accounts[0], PrincipalID: c.Users[2].UserID, PrincipalType: "USER",
						PermissionSetID: c.AddPermissionSet(c.InstanceID, simulator.PermissionSet{Name: "Odd", SessionDuration: "PT1.5H"}),
					})
				},
				Config:      c.config(c.Management, "", c.accessOf("CAROL")),
				ExpectError: text(`Session duration not understood`),
			},
		},
	})
}
