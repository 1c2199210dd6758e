// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/cutoff"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// withLeftovers adds 38 permission sets, so that there are 40. Three have a statement that no state
// contains. It returns the IDs of these three.
func (c *cloud) withLeftovers(t *testing.T) (ids []string) {
	t.Helper()
	for i := range 38 {
		id := c.AddPermissionSet(c.InstanceID, simulator.PermissionSet{Name: fmt.Sprintf("Set%02d", i), SessionDuration: "PT2H"})
		policy := `{"Version":"5.0","Statement":[{"Sid":"theirs","Effect":"Deny","Action":["*"],"Resource":["*"]}]}`
		if i%15 == 0 {
			statement := cutoff.NewStatement(time.Now().Add(-time.Duration(1+i) * time.Hour))
			policy = cutoff.Policy(statement.IssuedBefore)
			policy = regexp.MustCompile(`identitycenterCutoff\d+`).ReplaceAllString(policy, statement.ID)
			ids = append(ids, id)
		}
		c.SetCustomPolicy(c.InstanceID, id, policy)
	}
	return ids
}

// listed is one result of a list resource.
type listed struct {
	name     string
	resource tftypes.Value
	found    messages
}

// list runs the list resource.
func (c *cloud) list(t *testing.T, limit int64, arguments attrs) []listed {
	t.Helper()
	server := c.serve(t)
	var all []listed
	for _, result := range server.list(t, cutoffType, limit, arguments) {
		one := listed{name: result.DisplayName, found: messages{result.Diagnostics}}
		if result.Resource != nil {
			var err error
			if one.resource, err = result.Resource.Unmarshal(server.schemas.ResourceSchemas[cutoffType].ValueType()); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, one)
	}
	return all
}

func TestSessionCutoffList(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	ids := c.withLeftovers(t)
	all := attrs{"instance_id": c.InstanceID}
	results := c.list(t, 100, all)
	if len(results) != 3 {
		t.Fatalf("%d results", len(results))
	}
	for i, want := range []string{"Set00 (" + ids[0] + "), issued before", "Set15 (" + ids[1] + "), issued before", "Set30"} {
		results[i].found.none(t)
		if !strings.Contains(results[i].name, want) || strings.HasSuffix(results[i].name, ", safe to remove") == (i == 0) {
			t.Errorf("got %q", results[i].name)
		}
	}
	if !strings.Contains(results[0].name, "not safe to remove before") {
		t.Errorf("got %q", results[0].name)
	}

	// A policy that cannot be read is a warning; the others are listed.
	c.SetCustomPolicy(c.InstanceID, ids[0], "{")
	c.Inject(simulator.Fault{
		Operation: simulator.GetCustomPolicyForPermissionSet, Match: func(call simulator.Call) bool { return strings.Contains(call.EscapedPath, ids[1]) },
		Status: http.StatusForbidden, Code: "IIC.1000",
	})
	results = c.list(t, 100, all)
	if len(results) != 3 || !strings.Contains(results[2].name, "Set30") {
		t.Fatalf("%+v", results)
	}
	for i, id := range ids[:2] {
		results[i].found.says(t, "WARNING", "The policy of permission set "+id+" could not be read")
	}
	c.ClearFaults()
	c.SetCustomPolicy(c.InstanceID, ids[0], "")

	named := attrs{
		"instance_id": c.InstanceID, "permission_set_ids": []string{ids[2], "ps-none"},
	}
	c.ResetCalls()
	results = c.list(t, 100, named)
	if len(results) != 2 || !strings.Contains(results[0].name, "Set30") {
		t.Fatalf("%+v", results)
	}
	results[1].found.says(t, "WARNING", "ps-none could not be read")
	if n := len(c.CallsOf(simulator.ListPermissionSets)) + len(c.CallsOf(simulator.GetCustomPolicyForPermissionSet)); n != 1 {
		t.Errorf("%d calls", n)
	}
	c.Inject(refusal(simulator.ListPermissionSets, 0, 0, http.StatusForbidden, "IIC.1000", "no"))
	results = c.list(t, 100, all)
	if len(results) != 1 {
		t.Fatalf("%+v", results)
	}
	results[0].found.says(t, "WARNING", "Permission sets could not be listed", "403 Forbidden")
	c.ClearFaults()
	if results := c.list(t, 1, all); len(results) != 1 {
		t.Errorf("%d results with a limit of 1", len(results))
	}
}
