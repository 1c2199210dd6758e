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

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
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
		results[i].found.says(t, "WARNING", "Policy of permission set "+id+" was not read")
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
	results[1].found.says(t, "WARNING", "ps-none was not read")
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
	c.ResetCalls()
	if results := c.list(t, 1, all); len(results) != 1 {
		t.Errorf("%d results with a limit of 1", len(results))
	}
	if results := c.list(t, 100, attrs{"instance_id": c.InstanceID, "permission_set_ids": []string{ids[2], ids[2]}}); len(results) != 1 {
		t.Errorf("%d results for a repeated ID", len(results))
	}
}

// Each Sid is listed once. A statement that may come from this provider and cannot be imported is a
// warning.
func TestSessionCutoffList_otherStatements(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	set := c.PermissionSets[0].PermissionSetID
	at := time.Now().Add(-time.Hour)
	policy := cutoff.Policy(at)
	id := fmt.Sprintf("identitycenterCutoff%012d", at.Add(time.Second-1).Unix())
	statement := policy[strings.Index(policy, `{"Sid"`) : len(policy)-len("]}")]
	for name, test := range map[string]struct {
		text    string
		results int
		warning string
	}{
		"another condition": {cutoff.Policy(at, "sts::*:assumed-agency:*/alice"), 1, "cannot be imported (1)"},
		"another effect":    {strings.Replace(policy, "Deny", "Allow", 1), 1, "cannot be imported (1)"},
		"no Sid":            {strings.Replace(policy, `"Sid":"`+id+`",`, "", 1), 1, "cannot be imported (1)"},
		"another Sid":       {strings.Replace(policy, id, `identitycenterCutoff\u001b[2J`, 1), 0, ""},
		"the Sid twice":     {strings.Replace(policy, statement, statement+","+statement, 1), 2, "cannot be imported (1)"},
		"beside a cutoff":   {strings.Replace(policy, statement, statement+","+strings.Replace(statement, "0", "1", 1), 1), 2, ""},
		"changed beside it": {strings.Replace(policy, statement, statement+","+strings.Replace(statement, "Deny", "Allow", 1), 1), 2, "cannot be imported (1)"},
	} {
		c.SetCustomPolicy(c.InstanceID, set, test.text)
		results := c.list(t, 100, attrs{"instance_id": c.InstanceID})
		if len(results) != test.results {
			t.Errorf("%s: %+v", name, results)
		}
		found := messages{}
		for _, result := range results {
			found = append(found, result.found...)
		}
		if test.warning == "" {
			found.none(t)
		} else {
			found.says(t, "WARNING", test.warning, set)
		}
	}
}

// An empty filter is an error, because it would list everything or nothing.
func TestList_emptyFilter(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	server := c.serve(t)
	for name, config := range map[string]attrs{
		lockType:   {"identity_store_id": c.IdentityStoreID, "user_names": []string{}},
		cutoffType: {"instance_id": c.InstanceID, "permission_set_ids": []string{}},
	} {
		resp, err := server.ValidateListResourceConfig(t.Context(), &tfprotov6.ValidateListResourceConfigRequest{
			TypeName: name, Config: dynamicOf(t, server.schemas.ListResourceSchemas[name], config),
		})
		if err != nil {
			t.Fatal(err)
		}
		messages{resp.Diagnostics}.says(t, "ERROR", "must contain at least 1 elements")
	}
}
