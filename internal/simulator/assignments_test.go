// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

func TestAccountAssignments(t *testing.T) {
	sim, seeded, c := setUp(t)
	alice := seeded.Users[0].UserID
	path := "/v1/instances/" + seeded.InstanceID + "/account-assignments-for-principals"
	read := func(kind, id string, more ...string) []string {
		t.Helper()
		list, _ := readAll(t, c, "account_assignments", func(a simulator.AccountAssignment) string {
			name := map[string]string{seeded.PermissionSets[0].PermissionSetID: "Administrator", seeded.PermissionSets[1].PermissionSetID: "ReadOnly"}[a.PermissionSetID]
			who := map[string]string{alice: "alice", seeded.Groups[0].GroupID: "security", seeded.Groups[1].GroupID: "staff"}[a.PrincipalID]
			return fmt.Sprintf("%s in %d for %s %s", name, slices.Index(seeded.Accounts, a.AccountID), a.PrincipalType, who)
		}, path, append(more, "principal_type", kind, "principal_id", id)...)
		return list
	}
	all := []string{"Administrator in 0 for USER alice", "Administrator in 0 for GROUP security", "ReadOnly in 0 for GROUP staff", "ReadOnly in 1 for GROUP staff"}
	for name, test := range map[string]struct {
		configure func(*simulator.Options)
		kind, id  string
		query     []string
		want      []string
	}{
		"user":               {nil, "USER", alice, nil, all[:1]},
		"group":              {nil, "GROUP", seeded.Groups[1].GroupID, nil, all[2:]},
		"paged":              {nil, "GROUP", seeded.Groups[1].GroupID, []string{"limit", "1"}, all[2:]},
		"one account":        {nil, "GROUP", seeded.Groups[1].GroupID, []string{"account_id", seeded.Accounts[1]}, all[3:]},
		"nobody":             {nil, "USER", "nobody", nil, nil},
		"a user is no group": {nil, "GROUP", alice, nil, nil},
		"with groups":        {func(o *simulator.Options) { o.AssignmentsIncludeGroups = true }, "USER", alice, []string{"limit", "3"}, all},
		"with groups, as the user": {
			func(o *simulator.Options) { o.AssignmentsIncludeGroups, o.GroupAssignmentsAsUser = true, true }, "USER", alice, nil,
			[]string{all[0], "ReadOnly in 0 for USER alice", "ReadOnly in 1 for USER alice"},
		},
	} {
		sim.Configure(func(o *simulator.Options) {
			*o = simulator.Options{}
			if test.configure != nil {
				test.configure(o)
			}
		})
		if got := read(test.kind, test.id, test.query...); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
	sim.AddAccountAssignment(seeded.InstanceID, seeded.Assignments[0])
	sim.RemoveAccountAssignment(seeded.InstanceID, seeded.Assignments[2])
	sim.Configure(func(o *simulator.Options) { *o = simulator.Options{} })
	if got := read("GROUP", seeded.Groups[1].GroupID); !slices.Equal(got, all[3:]) {
		t.Errorf("got %q", got)
	}

	expect(t, c.get(path, "principal_id", alice), 400, "IIC.400", `"principal_type" is mandatory`)
	expect(t, c.get(path, "principal_type", "USER"), 400, "IIC.400", `"principal_id" is mandatory`)
	expect(t, c.get(path, "principal_type", "ROLE", "principal_id", alice), 400, "IIC.400", "USER or GROUP")
	expect(t, c.get(strings.Replace(path, "ssoins", "none", 1), "principal_type", "USER", "principal_id", alice), 404, "IIC.404", "none")
	expect(t, c.as(seeded.Member).get(path, "principal_type", "USER", "principal_id", alice), 403, "IIC.1000", "IdentityCenter:accountAssignmentForPrincipals:list")
}
