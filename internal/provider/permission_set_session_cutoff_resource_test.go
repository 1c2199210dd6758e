// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/cutoff"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

const cutoffType = "identitycenter_permission_set_session_cutoff"

// cutoff returns a cutoff that does not exist yet, and arguments for the first permission set.
func (c *cloud) cutoff(t *testing.T) (*managed, values) {
	t.Helper()
	return c.object(t, cutoffType), values{"instance_id": c.InstanceID, "permission_set_id": c.PermissionSets[0].PermissionSetID}
}

// policyOf returns the policy of a permission set; "" for none.
func (c *cloud) policyOf(set int) string {
	policy, _ := c.CustomPolicy(c.InstanceID, c.PermissionSets[set].PermissionSetID)
	return policy
}

// provisionedOf returns the policy of a permission set in the first account.
func (c *cloud) provisionedOf(set int) string {
	policy, _ := c.ProvisionedPolicy(c.InstanceID, c.PermissionSets[set].PermissionSetID, c.Accounts[0])
	return policy
}

// isCut returns what is wrong unless a policy has exactly n statements with this cutoff time, in
// the permission set and in the account.
func (c *cloud) isCut(set int, issuedBefore string, times int) error {
	policy := c.policyOf(set)
	if n := strings.Count(policy, `{"DateLessThan":{"g:TokenIssueTime":["`+issuedBefore+`"]}}`); n != times {
		return fmt.Errorf("the statement is there %d times instead of %d:\n%s", n, times, policy)
	}
	if provisioned := c.provisionedOf(set); provisioned != policy {
		return fmt.Errorf("provisioned is:\n%s", provisioned)
	}
	return nil
}

func (c *cloud) denies(t *testing.T, set int, issuedBefore string, times int) {
	t.Helper()
	if err := c.isCut(set, issuedBefore, times); err != nil {
		t.Error(err)
	}
}

// isAsBefore returns what is wrong unless the permission sets are as seeded.
func (c *cloud) isAsBefore(*terraform.State) error {
	for i, set := range c.PermissionSets {
		if c.policyOf(i) != set.CustomPolicy || c.provisionedOf(i) != set.CustomPolicy {
			return fmt.Errorf("the policy was:\n%s\nit is:\n%s\nprovisioned is:\n%s", set.CustomPolicy, c.policyOf(i), c.provisionedOf(i))
		}
	}
	return nil
}

func (c *cloud) untouched(t *testing.T) {
	t.Helper()
	if err := c.isAsBefore(nil); err != nil {
		t.Error(err)
	}
}

// attributes checks attributes of the state.
func attributes(t *testing.T, o *managed, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got := o.attribute(name); got != value {
			t.Errorf("%s is %s, want %s", name, got, value)
		}
	}
}

// planIsEmpty refreshes and checks that the plan has no changes and no messages.
func planIsEmpty(t *testing.T, o *managed, arguments values) {
	t.Helper()
	o.read().none(t)
	planned, found := o.plan(arguments)
	found.none(t)
	if !planned.empty() || o.tainted {
		t.Errorf("the plan is not empty:\nprior   %s\nplanned %s", planned.prior, planned.planned)
	}
}

const past = "2026-01-01T00:00:00Z"

func hoursAgo(n int) string {
	return time.Now().Add(-time.Duration(n) * time.Hour).UTC().Format(time.RFC3339)
}

func TestSessionCutoff_lifecycle(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	o, config := c.cutoff(t)
	begun := time.Now()
	o.apply(t.Context(), config).none(t)
	issuedBefore, safe := o.attribute("issued_before"), o.attribute("safe_to_remove_at")
	attributes(t, o, map[string]string{"active": "true", "allow_early_removal": "false", "permission_set_name": "Administrator"})
	at, err := time.Parse(time.RFC3339, issuedBefore)
	if err != nil || at.Before(begun) || at.Sub(begun) > 20*time.Second {
		t.Errorf("issued_before is %s, %v", issuedBefore, err)
	}
	if until, err := time.Parse(time.RFC3339, safe); err != nil || until.Sub(at) != 8*time.Hour {
		t.Errorf("safe_to_remove_at is %s, %v", safe, err)
	}
	c.denies(t, 0, issuedBefore, 1)
	planIsEmpty(t, o, config)
	statementID := o.attribute("statement_id")

	// A later time moves the statement in place and is rounded up.
	later := config.with("issued_before", at.Add(1500*time.Millisecond).Format(time.RFC3339Nano))
	o.apply(t.Context(), later).none(t)
	c.denies(t, 0, at.Add(2*time.Second).Format(time.RFC3339), 1)
	attributes(t, o, map[string]string{"statement_id": statementID, "active": "true"})
	// The same time in another zone is no change. A new timeout makes no call.
	planIsEmpty(t, o, config.with("issued_before", at.Add(1500*time.Millisecond).In(time.FixedZone("", 7200)).Format(time.RFC3339Nano)))
	c.ResetCalls()
	o.apply(t.Context(), later.with("timeouts", attrs{"create": "1m"})).none(t)
	if n := len(c.CallsOf(simulator.PutCustomPolicyToPermissionSet)); n > 0 {
		t.Errorf("%d puts", n)
	}
	// A removed statement is restored with the recorded time.
	c.SetCustomPolicy(c.InstanceID, c.PermissionSets[0].PermissionSetID, c.PermissionSets[0].CustomPolicy)
	o.apply(t.Context(), later).none(t)
	c.denies(t, 0, at.Add(2*time.Second).Format(time.RFC3339), 1)
	attributes(t, o, map[string]string{"statement_id": statementID, "active": "true"})

	o.apply(t.Context(), later.with("allow_early_removal", true)).none(t)
	o.apply(t.Context(), nil).none(t)
	c.untouched(t)
}

// A plan keeps the name, so that an update must not change it.
func TestSessionCutoff_renamed(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	o, config := c.cutoff(t)
	config["issued_before"] = hoursAgo(2)
	o.apply(t.Context(), config).none(t)
	c.Inject(simulator.Fault{
		Operation: simulator.DescribePermissionSet, Status: http.StatusOK,
		Body: `{"permission_set": {"permission_set_id": "` + c.PermissionSets[0].PermissionSetID + `", "name": "Renamed", "session_duration": "PT4H"}}`,
	})
	config["issued_before"] = hoursAgo(1)
	o.apply(t.Context(), config).none(t)
	planIsEmpty(t, o, config)
}

func TestSessionCutoff_import(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	o, config := c.cutoff(t)
	config["issued_before"] = past
	o.apply(t.Context(), config).says(t, "denies nothing")
	id := map[string]string{"instance_id": c.InstanceID, "permission_set_id": c.PermissionSets[0].PermissionSetID, "statement_id": o.attribute("statement_id")}
	for name, imports := range map[string]func(*managed) messages{
		"ID": func(o *managed) messages {
			return o.imports(strings.Join([]string{id["instance_id"], id["permission_set_id"], id["statement_id"]}, "/"), nil)
		},
		"identity": func(o *managed) messages { return o.imports("", id) },
		"without identity": func(o *managed) messages {
			o.withoutIdentity = true
			return o.imports(strings.Join([]string{id["instance_id"], id["permission_set_id"], id["statement_id"]}, "/"), nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			imported, _ := c.cutoff(t)
			imports(imported).none(t)
			if !imported.state.Equal(o.state) {
				t.Errorf("imported %s\ncreated  %s", imported.state, o.state)
			}
			planIsEmpty(t, imported, config)
		})
	}
	other, _ := c.cutoff(t)
	other.imports("what/ever", nil).says(t, "INSTANCE_ID/PERMISSION_SET_ID/STATEMENT_ID", `"what/ever"`)
	other.imports(c.InstanceID+"/"+id["permission_set_id"]+"/identitycenterCutoff000000000000", nil).says(t, "has no session cutoff with the Sid identitycenterCutoff000000000000")
}

// The import of a statement that an account lacks has no value of active. Configuration that is
// generated from it provisions the statement and does not remove it.
func TestSessionCutoff_importUnprovisioned(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	at := time.Now().Add(-time.Hour).Truncate(time.Second)
	set, statement := c.PermissionSets[0].PermissionSetID, fmt.Sprintf("identitycenterCutoff%012d", at.Unix())
	c.SetCustomPolicy(c.InstanceID, set, cutoff.Policy(at))
	o, config := c.cutoff(t)
	o.imports(c.InstanceID+"/"+set+"/"+statement, nil).none(t)
	attributes(t, o, map[string]string{"active": "null", "issued_before": at.UTC().Format(time.RFC3339)})
	o.read().none(t)
	attributes(t, o, map[string]string{"active": "null"})
	config["issued_before"] = o.attribute("issued_before")
	o.apply(t.Context(), config).none(t)
	attributes(t, o, map[string]string{"active": "true", "statement_id": statement})
	c.denies(t, 0, o.attribute("issued_before"), 1)

	gone, _ := c.cutoff(t)
	gone.state = o.state
	gone.edit("active", nil)
	c.SetCustomPolicy(c.InstanceID, set, "")
	gone.read().none(t)
	attributes(t, gone, map[string]string{"active": "false"})
}

func TestSessionCutoff_active(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	o, config := c.cutoff(t)
	inactive := config.with("active", false)
	o.apply(t.Context(), inactive).none(t)
	attributes(t, o, map[string]string{"active": "false", "issued_before": "null", "safe_to_remove_at": "null"})
	c.untouched(t)
	planIsEmpty(t, o, inactive)
	id := o.attribute("statement_id")

	o.apply(t.Context(), config).none(t)
	c.denies(t, 0, o.attribute("issued_before"), 1)
	planIsEmpty(t, o, config)
	first := o.attribute("issued_before")

	allowed := inactive.with("allow_early_removal", true)
	o.apply(t.Context(), allowed).none(t)
	attributes(t, o, map[string]string{"active": "false", "statement_id": id, "issued_before": first})
	c.untouched(t)
	planIsEmpty(t, o, allowed)

	// The default is the time of the apply that activates it.
	planned, found := o.plan(config)
	found.none(t)
	var values map[string]tftypes.Value
	if err := planned.planned.As(&values); err != nil || values["issued_before"].IsKnown() {
		t.Errorf("planned %s, %v", planned.planned, err)
	}
	o.apply(t.Context(), config).none(t)
	c.denies(t, 0, o.attribute("issued_before"), 1)
	o.apply(t.Context(), allowed).none(t)
	o.apply(t.Context(), nil).none(t)
	c.untouched(t)
}

// If active is known only in the apply, the plan of the apply agrees with that of the plan.
func TestSessionCutoff_unknownActive(t *testing.T) {
	t.Parallel()
	failedPut := simulator.Fault{Operation: simulator.PutCustomPolicyToPermissionSet, Status: http.StatusBadGateway}
	for name, prepare := range map[string]func(c *cloud, o *managed, config values){
		"active": func(_ *cloud, o *managed, config values) { o.apply(t.Context(), config) },
		"never active": func(_ *cloud, o *managed, config values) {
			o.apply(t.Context(), config.with("active", false))
		},
		"inactive": func(_ *cloud, o *managed, config values) {
			o.apply(t.Context(), config)
			o.apply(t.Context(), config.with("active", false))
		},
		"failed creation": func(c *cloud, o *managed, config values) {
			c.Inject(failedPut)
			o.apply(t.Context(), config)
			o.tainted = false
		},
		"failed removal": func(c *cloud, o *managed, config values) {
			o.apply(t.Context(), config)
			c.Inject(failedPut)
			o.apply(t.Context(), config.with("active", false))
		},
	} {
		for _, active := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				c := newCloud(t)
				o, config := c.cutoff(t)
				config["allow_early_removal"] = true
				prepare(c, o, config)
				c.ClearFaults()
				o.read().none(t)
				first, found := o.plan(config.with("active", tftypes.UnknownValue))
				found.none(t)
				second, found := o.plan(config.with("active", active))
				found.none(t)
				var planned, again map[string]tftypes.Value
				if first.planned.As(&planned) != nil || second.planned.As(&again) != nil {
					t.Fatal("no object")
				}
				for name, value := range planned {
					if value.IsFullyKnown() && !value.Equal(again[name]) {
						t.Errorf("%s was planned as %s, then as %s", name, value, again[name])
					}
				}
				if !second.empty() {
					o.carryOut(t.Context(), second).none(t)
				}
				planIsEmpty(t, o, config.with("active", active))
			})
		}
	}
}

// active stays true until the statement is removed and every account has the latest policy.
func TestSessionCutoff_deactivationFails(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(*cloud){
		"provisioning fails": func(c *cloud) { c.Configure(func(o *simulator.Options) { o.ProvisioningFailure = "closed" }) },
		"provisioning is refused": func(c *cloud) {
			c.Inject(refusal(simulator.ProvisionPermissionSet, 0, 0, http.StatusForbidden, "IIC.1000", "no"))
		},
		"the put is refused": func(c *cloud) {
			c.Inject(refusal(simulator.PutCustomPolicyToPermissionSet, 0, 0, http.StatusForbidden, "IIC.1000", "no"))
		},
		"the put is stored, then 504": func(c *cloud) {
			c.Inject(simulator.Fault{Operation: simulator.PutCustomPolicyToPermissionSet, Status: http.StatusGatewayTimeout, Done: true},
				refusal(simulator.GetCustomPolicyForPermissionSet, 2, 0, http.StatusForbidden, "IIC.1000", "no"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			o, config := c.cutoff(t)
			o.apply(t.Context(), config).none(t)
			inactive := config.with("active", false).with("allow_early_removal", true)
			o.read().none(t)
			planned, _ := o.plan(inactive)
			fault(c)
			if found := o.carryOut(t.Context(), planned); !found.failed() {
				t.Fatal("no error")
			}
			attributes(t, o, map[string]string{"active": "true"})
			c.ClearFaults()
			c.Configure(func(o *simulator.Options) { o.ProvisioningFailure = "" })
			o.read().none(t)
			attributes(t, o, map[string]string{"active": "true"})
			o.apply(t.Context(), inactive).none(t)
			attributes(t, o, map[string]string{"active": "false"})
			c.untouched(t)
			planIsEmpty(t, o, inactive)
		})
	}
}

// A cutoff that was never in force does not become active by a removal that fails.
func TestSessionCutoff_deactivationOfFailed(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Configure(func(o *simulator.Options) { o.ProvisioningFailure = "closed" })
	o, config := c.cutoff(t)
	config["issued_before"] = hoursAgo(1)
	o.apply(t.Context(), config).says(t, "Provisioning failed")
	o.tainted = false
	inactive := config.with("active", false)
	o.apply(t.Context(), inactive).says(t, "Provisioning failed", "active = false. Apply again.")
	attributes(t, o, map[string]string{"active": "false"})
	c.Configure(func(o *simulator.Options) { o.ProvisioningFailure = "" })
	o.apply(t.Context(), inactive).none(t)
	c.untouched(t)
	planIsEmpty(t, o, inactive)
}

func TestSessionCutoff_earlyRemoval(t *testing.T) {
	t.Parallel()
	const tooEarly = "Removing the session cutoff is too early"
	for name, test := range map[string]struct {
		issuedBefore string
		inState      bool // allow_early_removal was applied first
		change       func(values) values
		refused      bool
	}{
		"destroy":                     {hoursAgo(1), false, func(values) values { return nil }, true},
		"destroy, allowed":            {hoursAgo(1), true, func(values) values { return nil }, false},
		"destroy, expired":            {hoursAgo(9), false, func(values) values { return nil }, false},
		"inactive":                    {hoursAgo(1), false, func(v values) values { return v.with("active", false) }, true},
		"inactive, allowed in config": {hoursAgo(1), false, func(v values) values { return v.with("active", false).with("allow_early_removal", true) }, false},
		"inactive, allowed in state only": {
			hoursAgo(1), true, func(v values) values { return v.with("active", false).with("allow_early_removal", false) }, true,
		},
		"inactive, expired":      {hoursAgo(9), false, func(v values) values { return v.with("active", false) }, false},
		"earlier":                {hoursAgo(1), false, func(v values) values { return v.with("issued_before", hoursAgo(2)) }, true},
		"earlier, allowed":       {hoursAgo(1), false, func(v values) values { return v.with("issued_before", hoursAgo(2)).with("allow_early_removal", true) }, false},
		"later":                  {hoursAgo(2), false, func(v values) values { return v.with("issued_before", hoursAgo(1)) }, false},
		"another permission set": {hoursAgo(1), false, func(v values) values { return v.with("permission_set_id", "READONLY") }, true},
		"another permission set, allowed in config only": {
			hoursAgo(1), false, func(v values) values {
				return v.with("permission_set_id", "READONLY").with("allow_early_removal", true)
			}, true,
		},
		"another permission set, allowed in state": {
			hoursAgo(1), true, func(v values) values {
				return v.with("permission_set_id", "READONLY").with("allow_early_removal", false)
			}, false,
		},
		"an unknown permission set": {hoursAgo(1), false, func(v values) values { return v.with("permission_set_id", tftypes.UnknownValue) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			o, config := c.cutoff(t)
			config["issued_before"], config["allow_early_removal"] = test.issuedBefore, test.inState
			if found := o.apply(t.Context(), config); found.failed() {
				t.Fatal(found.text(0))
			}
			c.ResetCalls()
			changed := test.change(config)
			if changed["permission_set_id"] == "READONLY" {
				changed["permission_set_id"] = c.PermissionSets[1].PermissionSetID
			}
			_, found := o.plan(changed)
			if found.failed() != test.refused {
				t.Fatalf("refused: %t\n%s", found.failed(), found.text(0))
			}
			if test.refused {
				found.says(t, tooEarly, "Administrator", o.attribute("safe_to_remove_at"), "allow_early_removal = true")
				c.denies(t, 0, test.issuedBefore, 1)
				return
			}
			if found := o.apply(t.Context(), changed); found.failed() {
				t.Error(found.text(0))
			}
		})
	}
}

// Terraform does not show the state of a tainted object in the plan. The removal is then refused in
// the apply.
func TestSessionCutoff_taintedEarlyRemoval(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		allow  bool
		change func(*cloud, values) values
	}{
		"another permission set": {false, func(c *cloud, v values) values {
			return v.with("permission_set_id", c.PermissionSets[1].PermissionSetID)
		}},
		"allowed": {true, func(c *cloud, v values) values {
			return v.with("permission_set_id", c.PermissionSets[1].PermissionSetID)
		}},
		"inactive": {false, func(_ *cloud, v values) values { return v.with("active", false) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			o, config := c.cutoff(t)
			config["allow_early_removal"] = test.allow
			o.apply(t.Context(), config).none(t)
			o.tainted = true
			found := o.apply(t.Context(), test.change(c, config))
			if found.failed() == test.allow {
				t.Fatalf("%s", found.text(0))
			}
			if !test.allow {
				found.says(t, "Removing the session cutoff is too early")
				c.denies(t, 0, o.attribute("issued_before"), 1)
			}
		})
	}
}

// One read without the statement does not make the cutoff inactive, so that it could be destroyed.
func TestSessionCutoff_laggingRefresh(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]simulator.Fault{
		"no policy":  simulator.Refuse(http.StatusNotFound, "IIC.404", "The policy does not exist."),
		"old policy": {Status: http.StatusOK, Body: `{"custom_policy": "{\"Version\":\"5.0\",\"Statement\":[]}"}`},
	} {
		c := newCloud(t)
		o, config := c.cutoff(t)
		o.apply(t.Context(), config).none(t)
		read.Operation, read.Times = simulator.GetCustomPolicyForPermissionSet, 1
		c.Inject(read)
		planIsEmpty(t, o, config)
		c.Inject(read)
		if found := o.apply(t.Context(), nil); !strings.Contains(found.text(0), "too early") {
			t.Errorf("%s: %s", name, found.text(0))
		}
	}
}

// It applies only to a cutoff that is active in the state.
func TestSessionCutoff_earlyRemovalInactive(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Configure(func(o *simulator.Options) { o.ProvisioningFailure = "closed" })
	o, config := c.cutoff(t)
	if found := o.apply(t.Context(), config); !found.failed() {
		t.Fatal("no error")
	}
	attributes(t, o, map[string]string{"active": "false"})
	c.Configure(func(o *simulator.Options) { o.ProvisioningFailure = "" })
	_, found := o.plan(nil)
	found.none(t)
	found = o.carryOut(t.Context(), change{prior: o.state, planned: o.config(nil), config: o.config(nil), private: o.private})
	found.none(t)
	if c.policyOf(0) != c.PermissionSets[0].CustomPolicy {
		t.Errorf("left:\n%s", c.policyOf(0))
	}
}

// A put with a 5xx response, or without a response, may have been carried out.
func TestSessionCutoff_uncertainPut(t *testing.T) {
	t.Parallel()
	stored := simulator.Fault{Operation: simulator.PutCustomPolicyToPermissionSet, Status: http.StatusGatewayTimeout, Done: true, Times: 1}
	denied := func(operation string, after int) simulator.Fault {
		return refusal(operation, after, 0, http.StatusForbidden, "IIC.1000", "no")
	}
	for name, test := range map[string]struct {
		faults  []simulator.Fault
		options func(*simulator.Options)
		success bool
	}{
		"stored, then 504": {faults: []simulator.Fault{stored}, success: true},
		"not stored, 502, once": {
			faults: []simulator.Fault{{Operation: simulator.PutCustomPolicyToPermissionSet, Status: http.StatusBadGateway, Times: 1}}, success: true,
		},
		"not stored, 502, always":   {faults: []simulator.Fault{{Operation: simulator.PutCustomPolicyToPermissionSet, Status: http.StatusBadGateway}}},
		"stored, lag":               {faults: []simulator.Fault{stored}, options: func(o *simulator.Options) { o.StalePolicyReads = 3 }, success: true},
		"stored, provisioning 403":  {faults: []simulator.Fault{stored, denied(simulator.ProvisionPermissionSet, 0)}},
		"stored, provisioning lost": {faults: []simulator.Fault{stored}, options: func(o *simulator.Options) { o.ProvisioningFailure = "closed" }},
		"stored, read-back 403":     {faults: []simulator.Fault{stored, denied(simulator.GetCustomPolicyForPermissionSet, 2)}},
		"dropped, read-back 403": {faults: []simulator.Fault{
			{Operation: simulator.PutCustomPolicyToPermissionSet, DropAfter: true, Times: 1}, denied(simulator.GetCustomPolicyForPermissionSet, 2),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			if test.options != nil {
				c.Configure(test.options)
			}
			c.Inject(test.faults...)
			o, config := c.cutoff(t)
			found := o.apply(t.Context(), config)
			if found.failed() == test.success {
				t.Fatalf("success: %t\n%s", test.success, found.text(0))
			}
			if n := len(c.CallsOf(simulator.PutCustomPolicyToPermissionSet)); n > 3 {
				t.Errorf("%d puts", n)
			}
			attributes(t, o, map[string]string{"active": fmt.Sprint(test.success)})
			if !test.success {
				found.says(t, "The statement may be in the policy")
				if !o.tainted || !strings.HasPrefix(o.attribute("statement_id"), "identitycenterCutoff") || o.attribute("safe_to_remove_at") == "null" {
					t.Errorf("tainted %t, state %s", o.tainted, o.state)
				}
			}
			c.ClearFaults()
			c.Configure(func(o *simulator.Options) { o.ProvisioningFailure, o.StalePolicyReads = "", 0 })
			if found := o.apply(t.Context(), config.with("allow_early_removal", true)); found.failed() {
				t.Fatal(found.text(0))
			}
			c.denies(t, 0, o.attribute("issued_before"), 1)
			if n := strings.Count(c.policyOf(0), "g:TokenIssueTime"); n != 1 {
				t.Errorf("%d statements:\n%s", n, c.policyOf(0))
			}
			o.apply(t.Context(), nil).none(t)
			c.untouched(t)
		})
	}
}

// The apply is interrupted during the put.
func TestSessionCutoff_interrupted(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	o, config := c.cutoff(t)
	planned, _ := o.plan(config)
	ctx, cancel := context.WithCancel(t.Context())
	defer c.Before(simulator.PutCustomPolicyToPermissionSet, cancel)()
	begun := time.Now()
	found := o.carryOut(ctx, planned)
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("ended after %s", took)
	}
	found.says(t, "Interrupted", "The statement may be in the policy")
	if !o.tainted {
		t.Errorf("state %s", o.state)
	}
	o.apply(t.Context(), config).none(t)
	if n := strings.Count(c.policyOf(0), "g:TokenIssueTime"); n != 1 {
		t.Errorf("%d statements:\n%s", n, c.policyOf(0))
	}
}

func TestSessionCutoff_noAccount(t *testing.T) {
	t.Parallel()
	for _, answer := range []int{http.StatusNotFound, http.StatusBadRequest, http.StatusConflict, http.StatusOK} {
		c := newCloud(t)
		c.Configure(func(o *simulator.Options) { o.ProvisionNone = answer })
		c.RemoveAccount(c.InstanceID, c.PermissionSets[0].PermissionSetID, c.Accounts[0])
		o, config := c.cutoff(t)
		config["allow_early_removal"] = true
		o.apply(t.Context(), config).none(t)
		attributes(t, o, map[string]string{"active": "true"})
		planIsEmpty(t, o, config)
		o.apply(t.Context(), nil).none(t)
		if n := len(c.CallsOf(simulator.ProvisionPermissionSet)); n > 0 || c.policyOf(0) != c.PermissionSets[0].CustomPolicy {
			t.Errorf("%d provisionings, policy:\n%s", n, c.policyOf(0))
		}
	}
}

// A permission set counts as missing only after two reads.
func TestSessionCutoff_missingPermissionSet(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		times int
		gone  bool
	}{"for good": {0, true}, "three 404s": {3, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			o, config := c.cutoff(t)
			o.apply(t.Context(), config).none(t)
			c.Inject(simulator.Fault{
				Match:  func(call simulator.Call) bool { return strings.Contains(call.EscapedPath, "/permission-sets/") },
				Status: http.StatusNotFound, Code: "IIC.1205", Message: "No such permission set.", Times: test.times,
			})
			found := o.read()
			if gone := o.state.IsNull(); gone != test.gone {
				t.Fatalf("gone: %t\n%s", gone, found.text(0))
			}
			if !test.gone {
				return
			}
			found.says(t, "Permission set Administrator ("+c.PermissionSets[0].PermissionSetID+") no longer exists", "Remove it from the configuration")
			o.apply(t.Context(), config).says(t, "No such permission set (HTTP 404", "remove its cutoff from the configuration")
		})
	}
}

func TestSessionCutoff_missingAtDestroy(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	o, config := c.cutoff(t)
	config["allow_early_removal"] = true
	o.apply(t.Context(), config).none(t)
	planned, _ := o.plan(nil)
	c.Inject(simulator.Fault{
		Match:  func(call simulator.Call) bool { return strings.Contains(call.EscapedPath, "/permission-sets/") },
		Status: http.StatusNotFound, Code: "IIC.1205", Message: "No such permission set.",
	})
	o.carryOut(t.Context(), planned).none(t)
	if !o.state.IsNull() {
		t.Errorf("state %s", o.state)
	}
}

func TestSessionCutoff_times(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"yesterday":                 "must be a time such as",
		"2026-11-29":                "no time of day",
		"2026-11-29T09:00:00":       "issued_before has no time zone",
		"2026-11-29 09:00":          "issued_before has no time zone",
		"0000-01-01T00:00:00Z":      "later than 1970",
		"0001-01-01T00:00:00+02:00": "later than 1970",
		"9999-12-31T23:59:59.5Z":    "before the year 9999",
		"9999-12-31T23:00:00-02:00": "before the year 9999",
		"9999-12-31T20:00:00Z":      "before the year 9999",
		"":                          "must be a time such as",
	} {
		c := newCloud(t)
		o, config := c.cutoff(t)
		found := o.apply(t.Context(), config.with("issued_before", text))
		found.says(t, `AttributeName("issued_before")`, "Invalid time", want, fmt.Sprintf("The value: %q", text))
		if !o.state.IsNull() {
			t.Errorf("%s: state %s", text, o.state)
		}
		c.untouched(t)
	}
}

// A mocked provider of terraform test fills computed strings with letters and digits. Its
// configuration is validated, but the provider is not asked for a plan.
func TestSessionCutoff_mockedTime(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	o, config := c.cutoff(t)
	_, found := o.plan(config.with("issued_before", "k3j9x0q2"))
	found.says(t, "must be a time such as", `"k3j9x0q2"`)
	if strings.Count(found.text(0), "Invalid time") != 1 {
		t.Errorf("reported twice:\n%s", found.text(0))
	}
}

func TestSessionCutoff_warnings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ issuedBefore, want string }{
		"expired": {hoursAgo(20), "The cutoff of Administrator denies nothing"},
		"future":  {"2999-01-01T00:00:00Z", "denies new sessions too"},
		"valid":   {hoursAgo(1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			o, config := c.cutoff(t)
			config["issued_before"] = test.issuedBefore
			_, found := o.plan(config)
			if test.want == "" {
				found.none(t)
				return
			}
			found.says(t, test.want)
			o.apply(t.Context(), config)
			planIsEmpty(t, o, config)
		})
	}
}

// issued_before = timestamp() moves in every apply. A lock that locks the user again is a different
// case.
func TestSessionCutoff_timestamp(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	o, config := c.cutoff(t)
	unknown := config.with("issued_before", tftypes.UnknownValue)
	_, found := o.plan(unknown)
	found.none(t)
	o.apply(t.Context(), config.with("issued_before", time.Now().UTC().Format(time.RFC3339))).none(t)
	planIsEmpty(t, o, config)
	_, found = o.plan(unknown)
	found.says(t, "Every apply may move the session cutoff", "timestamp()")

	lock := &managed{t: t, name: "identitycenter_user_lock", server: o.server}
	schema := c.object(t, lock.name)
	lock.schema, lock.state = schema.schema, schema.state
	if _, found := lock.plan(values{"identity_store_id": c.IdentityStoreID, "user_id": c.alice().UserID}); found.failed() {
		t.Fatal(found.text(0))
	}
	_, found = o.plan(unknown)
	found.none(t)
}

// A Date header from a cache does not set the cutoff time.
func TestSessionCutoff_clock(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		date   []string
		warns  bool
		offset time.Duration
	}{
		"an hour behind":     {[]string{time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat)}, true, 0},
		"an hour ahead":      {[]string{time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)}, true, 0},
		"year 9999":          {[]string{"Fri, 31 Dec 9999 23:59:59 GMT"}, true, 0},
		"none":               {nil, true, 0},
		"some minutes ahead": {[]string{time.Now().Add(8 * time.Minute).UTC().Format(http.TimeFormat)}, false, 8 * time.Minute},
		"a little behind":    {[]string{time.Now().Add(-5 * time.Minute).UTC().Format(http.TimeFormat)}, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t)
			c.Inject(simulator.Fault{Header: http.Header{"Date": test.date}})
			o, config := c.cutoff(t)
			begun := time.Now()
			found := o.apply(t.Context(), config)
			if warns := strings.Contains(found.text(0), "The local clock set the cutoff time"); warns != test.warns || found.failed() {
				t.Errorf("warns: %t\n%s", warns, found.text(0))
			}
			at, err := time.Parse(time.RFC3339, o.attribute("issued_before"))
			if off := at.Sub(begun.Add(test.offset)); err != nil || off.Abs() > 2*time.Minute {
				t.Errorf("issued_before is %s, %v", at, err)
			}
		})
	}
}

// If the state has no statement ID, statements of other clients without a Sid are never changed.
func TestSessionCutoff_stateWithoutStatementID(t *testing.T) {
	t.Parallel()
	foreign := `{"Version":"5.0","Statement":[{"Effect":"Allow","Action":["*"],"Resource":["*"]},` +
		`{"Effect":"Deny","Action":["*"],"Resource":["*"],"Condition":{"DateLessThan":{"g:TokenIssueTime":["2026-01-01T00:00:00Z"]}}}]}`
	for _, id := range []any{nil, "", "theirs"} {
		c := newCloud(t)
		o, config := c.cutoff(t)
		config["issued_before"] = past
		o.apply(t.Context(), config)
		c.SetCustomPolicy(c.InstanceID, c.PermissionSets[0].PermissionSetID, foreign)
		o.edit("statement_id", id)
		o.identity = nil
		o.read().says(t, "Invalid statement_id in the state", "import it again")
		o.carryOut(t.Context(), change{prior: o.state, planned: o.config(nil), config: o.config(nil), private: o.private}).says(t, "Invalid statement_id in the state")
		if c.policyOf(0) != foreign {
			t.Errorf("changed:\n%s", c.policyOf(0))
		}
	}
}

// A statement without a Sid that denies the same belongs to another client if ours had its Sid.
func TestSessionCutoff_foreignStatement(t *testing.T) {
	t.Parallel()
	foreign := `{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["*"],"Resource":["*"],"Condition":{"DateLessThan":{"g:TokenIssueTime":["2026-01-01T00:00:00Z"]}}}]}`
	c := newCloud(t)
	c.SetCustomPolicy(c.InstanceID, c.PermissionSets[0].PermissionSetID, foreign)
	o, config := c.cutoff(t)
	config["issued_before"] = past
	o.apply(t.Context(), config)
	c.denies(t, 0, past, 2)
	c.SetCustomPolicy(c.InstanceID, c.PermissionSets[0].PermissionSetID, foreign)
	o.apply(t.Context(), nil).none(t)
	if c.policyOf(0) != foreign {
		t.Errorf("changed:\n%s", c.policyOf(0))
	}
}

// If the API drops Sids, statements with one time look alike. A removed one is not found in another.
func TestSessionCutoff_droppedSids(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Configure(func(o *simulator.Options) { o.DropSid = true })
	o, config := c.cutoff(t)
	other, _ := c.cutoff(t)
	issuedBefore := hoursAgo(1)
	config["issued_before"], config["allow_early_removal"] = issuedBefore, true
	inactive := config.with("active", false)
	o.apply(t.Context(), config).none(t)
	other.apply(t.Context(), config).none(t)
	c.denies(t, 0, issuedBefore, 2)
	for range 2 { // It is also added again.
		o.apply(t.Context(), inactive).none(t)
		planIsEmpty(t, o, inactive)
		c.denies(t, 0, issuedBefore, 1)
		o.apply(t.Context(), config).none(t)
		planIsEmpty(t, o, config)
		c.denies(t, 0, issuedBefore, 2)
	}
	o.apply(t.Context(), inactive).none(t)
	o.apply(t.Context(), nil).none(t)
	c.denies(t, 0, issuedBefore, 1)
	planIsEmpty(t, other, config)
}

// A statement whose removal failed is not added again.
func TestSessionCutoff_droppedSidsReactivated(t *testing.T) {
	t.Parallel()
	for _, configured := range []any{nil, hoursAgo(1)} {
		c := newCloud(t)
		c.Configure(func(o *simulator.Options) { o.DropSid = true })
		o, config := c.cutoff(t)
		config["issued_before"], config["allow_early_removal"] = configured, true
		o.apply(t.Context(), config).none(t)
		c.Inject(simulator.Fault{Operation: simulator.PutCustomPolicyToPermissionSet, Status: http.StatusBadGateway})
		o.apply(t.Context(), config.with("active", false)).says(t, "The statement may have been removed")
		c.ClearFaults()
		o.apply(t.Context(), config).none(t)
		if n := strings.Count(c.policyOf(0), "g:TokenIssueTime"); n != 1 {
			t.Errorf("%d statements:\n%s", n, c.policyOf(0))
		}
		c.denies(t, 0, o.attribute("issued_before"), 1)
		planIsEmpty(t, o, config)
	}
}

// A move with an unknown outcome leaves one statement, with the old or the new time.
func TestSessionCutoff_droppedSidsFailedMove(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]func(values) values{
		"again":    func(v values) values { return v },
		"back":     func(v values) values { return v.with("issued_before", hoursAgo(3)) },
		"further":  func(v values) values { return v.with("issued_before", hoursAgo(1)) },
		"inactive": func(v values) values { return v.with("active", false) },
		"destroy":  func(values) values { return nil },
		"replaced": func(v values) values { return v.with("permission_set_id", "READONLY") },
	} {
		for outcome, fault := range map[string]simulator.Fault{
			"not stored": {Status: http.StatusBadGateway},
			"stored":     {Status: http.StatusGatewayTimeout, Done: true, Times: 1},
		} {
			t.Run(name+", "+outcome, func(t *testing.T) {
				t.Parallel()
				c := newCloud(t)
				c.Configure(func(o *simulator.Options) { o.DropSid = true })
				o, config := c.cutoff(t)
				config["issued_before"], config["allow_early_removal"] = hoursAgo(3), true
				o.apply(t.Context(), config).none(t)
				fault.Operation = simulator.PutCustomPolicyToPermissionSet
				c.Inject(fault)
				if outcome == "stored" {
					c.Inject(refusal(simulator.GetCustomPolicyForPermissionSet, 3, 0, http.StatusForbidden, "IIC.1000", "no"))
				}
				config["issued_before"] = hoursAgo(2)
				o.apply(t.Context(), config).says(t, "The policy may have been changed")
				c.ClearFaults()
				config = next(config)
				if config["permission_set_id"] == "READONLY" {
					config["permission_set_id"] = c.PermissionSets[1].PermissionSetID
				}
				if found := o.apply(t.Context(), config); found.failed() {
					t.Fatal(found.text(0))
				}
				n := strings.Count(c.policyOf(0), "g:TokenIssueTime")
				if gone := config == nil || config["active"] == false || name == "replaced"; gone && n != 0 || !gone && n != 1 || c.provisionedOf(0) != c.policyOf(0) {
					t.Errorf("%d statements:\n%s", n, c.policyOf(0))
				}
				if config != nil {
					if config["active"] != false && name != "replaced" {
						c.denies(t, 0, config["issued_before"].(string), 1)
					}
					planIsEmpty(t, o, config)
				}
			})
		}
	}
}

// A replacement with the same permission set is provisioned once, at its end.
func TestSessionCutoff_tainted(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	o, config := c.cutoff(t)
	issuedBefore := hoursAgo(1)
	config["issued_before"] = issuedBefore
	o.apply(t.Context(), config).none(t)
	c.ResetCalls()
	o.tainted = true
	o.apply(t.Context(), config).none(t)
	if n := len(c.CallsOf(simulator.ProvisionPermissionSet)); n != 1 {
		t.Errorf("%d provisionings", n)
	}
	c.denies(t, 0, issuedBefore, 1)
}

// Terraform does not show the old state of a tainted object. If the permission set changes, nobody
// else provisions the old one.
func TestSessionCutoff_taintedMoves(t *testing.T) {
	t.Parallel()
	for name, unknown := range map[string]bool{"known": false, "unknown": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			o, config := c.cutoff(t)
			config["allow_early_removal"] = true
			o.apply(t.Context(), config).none(t)
			o.tainted = true
			config["permission_set_id"] = c.PermissionSets[1].PermissionSetID
			if unknown {
				config["permission_set_id"] = tftypes.UnknownValue
			}
			planned, _ := o.plan(config)
			o.carryOut(t.Context(), change{prior: o.state, planned: o.config(nil), config: o.config(nil), private: planned.private}).none(t)
			c.untouched(t)
		})
	}
}

// Only the apply knows that the replacement has no statement. It provisions the removal.
func TestSessionCutoff_taintedInactiveUnknown(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	o, config := c.cutoff(t)
	config["allow_early_removal"] = true
	o.apply(t.Context(), config).none(t)
	o.tainted = true
	planned, found := o.plan(config.with("active", tftypes.UnknownValue))
	found.none(t)
	planned.config = o.config(config.with("active", false))
	o.carryOut(t.Context(), change{prior: o.state, planned: o.config(nil), config: o.config(nil), private: planned.private}).none(t)
	again, _, found := o.planOnce(o.state, planned.config, nil)
	found.none(t)
	again.prior = o.state
	o.carryOut(t.Context(), again).none(t)
	attributes(t, o, map[string]string{"active": "false"})
	c.untouched(t)
}

// A replacement that only removed the old statement is in the state, so that the next apply or a
// destroy provisions the removal.
func TestSessionCutoff_halfReplaced(t *testing.T) {
	t.Parallel()
	for operation, after := range map[string]int{simulator.DescribePermissionSet: 0, simulator.PutCustomPolicyToPermissionSet: 1} {
		for name, next := range map[string]func(*cloud, values) values{
			"another permission set": func(c *cloud, v values) values {
				return v.with("permission_set_id", c.PermissionSets[1].PermissionSetID)
			},
			"inactive": func(_ *cloud, v values) values { return v.with("active", false) },
			"destroy":  func(*cloud, values) values { return nil },
		} {
			t.Run(operation+", "+name, func(t *testing.T) {
				t.Parallel()
				c := newCloud(t)
				o, config := c.cutoff(t)
				o.apply(t.Context(), config).none(t)
				o.tainted = true
				planned, found := o.plan(config)
				found.none(t)
				c.Inject(refusal(operation, after, 0, http.StatusForbidden, "IIC.1000", "no"))
				o.applyPlan(t.Context(), planned).says(t, "Accounts keep it until the permission set is provisioned")
				c.ClearFaults()
				o.server = c.serve(t)
				o.apply(t.Context(), next(c, config)).none(t)
				if c.policyOf(0) != c.PermissionSets[0].CustomPolicy || c.provisionedOf(0) != c.policyOf(0) {
					t.Errorf("provisioned is:\n%s", c.provisionedOf(0))
				}
			})
		}
	}
}

func TestSessionCutoff_refusals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(*cloud)
		want    []string
	}{
		"policies of the old kind": {
			func(c *cloud) { c.AddManagedRole(c.InstanceID, c.PermissionSets[0].PermissionSetID, "te_admin") },
			[]string{"The permission set has old policies", "the managed roles te_admin", "The statement was not added to the policy."},
		},
		"another version": {
			func(c *cloud) {
				c.SetCustomPolicy(c.InstanceID, c.PermissionSets[0].PermissionSetID, `{"Version":"1.1","Statement":[]}`)
				c.Provision(c.InstanceID, c.PermissionSets[0].PermissionSetID)
			},
			[]string{"The custom policy is not of version 5.0", `it is of version "1.1"`},
		},
		"an odd session duration": {
			func(c *cloud) {
				c.PermissionSets[0].PermissionSetID = c.AddPermissionSet(c.InstanceID, simulator.PermissionSet{Name: "Odd", SessionDuration: "P1Y"})
			},
			[]string{"Session duration not understood", `"P1Y"`, "Nothing was changed."},
		},
		"no such permission set": {
			func(c *cloud) { c.PermissionSets[0].PermissionSetID = "ps-0000000000000000" },
			[]string{"No such permission set (HTTP 404", "has no permission set ps-0000000000000000", "remove its cutoff from the configuration"},
		},
		"no such instance": {
			func(c *cloud) { c.InstanceID = "ssoins-0000000000000000" },
			[]string{"Not found (HTTP 404", "region"},
		},
		"a policy at the limit of the API": {
			func(c *cloud) {
				limit := len(c.policyOf(0)) + 10
				c.Configure(func(o *simulator.Options) { o.PolicyLimit = limit })
			},
			[]string{"The policy is refused (HTTP 400", "session_cutoff_policy", "The statement was not added to the policy."},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			test.prepare(c)
			o, config := c.cutoff(t)
			config["instance_id"], config["permission_set_id"] = c.InstanceID, c.PermissionSets[0].PermissionSetID
			o.apply(t.Context(), config).says(t, test.want...)
			if !o.state.IsNull() || len(c.CallsOf(simulator.ProvisionPermissionSet)) > 0 {
				t.Errorf("state %s", o.state)
			}
		})
	}
}

// If an account can never be provisioned, the error names how many have the policy, and the next
// step.
func TestSessionCutoff_provisioningFails(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Configure(func(o *simulator.Options) {
		o.ProvisioningPolls, o.ProvisioningFailure, o.ProvisioningFailedAccounts = 1, "The account is closed.", c.Accounts[1:]
	})
	o, config := c.cutoff(t)
	config["permission_set_id"] = c.PermissionSets[1].PermissionSetID
	found := o.apply(t.Context(), config)
	found.says(t, "Provisioning failed", "The account is closed.", "1 of 2 accounts have the latest policy", c.Accounts[1], "remove the assignments", "removed block", "active = false", "terraform untaint")
	attributes(t, o, map[string]string{"active": "false"})
	// After untaint, the next apply only provisions.
	o.tainted = false
	c.Configure(func(o *simulator.Options) { o.ProvisioningFailure = "" })
	c.ResetCalls()
	o.apply(t.Context(), config).none(t)
	if n := len(c.CallsOf(simulator.PutCustomPolicyToPermissionSet)); n > 0 {
		t.Errorf("%d puts", n)
	}
	c.denies(t, 1, o.attribute("issued_before"), 1)
}

// Without the list of accounts with an older policy, it is unknown whether the cutoff is in force.
func TestSessionCutoff_unlistedAccounts(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Inject(refusal(simulator.ListAccountsForProvisionedPermissionSet, 0, 0, http.StatusForbidden, "IIC.1000", "no"))
	o, config := c.cutoff(t)
	found := o.apply(t.Context(), config)
	found.says(t, "Access denied (HTTP 403", "ListAccountsForProvisionedPermissionSet", "not confirmed in every account")
	attributes(t, o, map[string]string{"active": "false"})
	c.denies(t, 0, o.attribute("issued_before"), 1) // The provisioning was still done.
}

// Cases that need a CLI: replacements with create_before_destroy, the time of a lock, and the
// import block.
func TestAccSessionCutoff_cli(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	issuedBefore := hoursAgo(1)
	argument := fmt.Sprintf("issued_before = %q\n", issuedBefore)
	w := newWorkspace(t, c.config(c.Management, "", c.cutoffOf(0, argument+"lifecycle {\n create_before_destroy = true\n}")))
	output := expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	silent(t, output, "Warning")
	// The old object of create_before_destroy is destroyed while the new one denies the same.
	expect(t, w, 0, "apply", "-auto-approve", "-no-color", "-replace="+cutoffName)
	c.denies(t, 0, issuedBefore, 1)
	says(t, expect(t, w, 1, "destroy", "-auto-approve", "-no-color"), "Error: Removing the session cutoff is too early", "Permission set: Administrator")
	configure(t, w, c.config(c.Management, "", c.cutoffOf(0, argument+"active = false")))
	says(t, expect(t, w, 1, "apply", "-auto-approve", "-no-color"), "Error: Removing the session cutoff is too early", "active = false")
	c.denies(t, 0, issuedBefore, 1)
	configure(t, w, c.config(c.Management, "", c.cutoffOf(0, argument+"active = false\nallow_early_removal = true\ntimeouts {\n update = \"5m\"\n}")))
	expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	c.untouched(t)
	expect(t, w, 0, "plan", "-detailed-exitcode", "-no-color")
	expect(t, w, 0, "destroy", "-auto-approve", "-no-color")
	c.untouched(t)
}

// The cutoff time comes from a lock, and moves when the user is locked again.
func TestAccSessionCutoff_lockedAt(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", `
resource "identitycenter_user_lock" "test" {
  identity_store_id = "STORE"
  user_id           = "ALICE"
}
`+c.cutoffOf(0, "issued_before = identitycenter_user_lock.test.locked_at\nallow_early_removal = true")))
	expect(t, w, 0, "apply", "-auto-approve")
	c.SetEnabled(c.IdentityStoreID, c.alice().UserID, true)
	silent(t, expect(t, w, 2, "plan", "-detailed-exitcode", "-no-color"), "Every apply may move")
	expect(t, w, 0, "apply", "-auto-approve")
	expect(t, w, 0, "plan", "-detailed-exitcode")
	if n := strings.Count(c.policyOf(0), "g:TokenIssueTime"); n != 1 || c.provisionedOf(0) != c.policyOf(0) {
		t.Errorf("the policy is:\n%s", c.policyOf(0))
	}
	expect(t, w, 0, "destroy", "-auto-approve")
	c.untouched(t)
}

// A plain mock_provider works with the cutoff.
func TestAccSessionCutoff_mockProvider(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", `
resource "identitycenter_user_lock" "test" {
  identity_store_id = "STORE"
  user_id           = "ALICE"
}
`+c.cutoffOf(0, "issued_before = identitycenter_user_lock.test.locked_at")))
	test := "mock_provider \"identitycenter\" {}\n\nrun \"first\" {}\n\nrun \"second\" {}\n"
	if err := os.WriteFile(filepath.Join(w.Dir, "mocked.tftest.hcl"), []byte(test), 0o600); err != nil {
		t.Fatal(err)
	}
	says(t, expect(t, w, 0, "test", "-no-color"), "2 passed, 0 failed")
}

const cutoffName = cutoffType + ".test"

// cutoffOf returns the configuration of a cutoff of a permission set, with more arguments.
func (c *cloud) cutoffOf(set int, arguments string) string {
	return fmt.Sprintf("\nresource %q \"test\" {\n  instance_id       = %q\n  permission_set_id = %q\n  %s\n}\n",
		cutoffType, c.InstanceID, c.PermissionSets[set].PermissionSetID, arguments)
}
