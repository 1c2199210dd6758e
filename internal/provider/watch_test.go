// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// Statements of the pages about an existing lock and cutoff, and about a cutoff whose replacement
// fails half-way.

// A scheduled plan of both needs only read permissions.
func TestAccScheduledPlan_readOnly(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", c.cutoffOf(0, "")+`
resource "identitycenter_user_lock" "test" {
  identity_store_id = "STORE"
  user_id           = "ALICE"
}
`))
	expect(t, w, 0, "apply", "-auto-approve", "-no-color")

	key := c.Management
	key.Actions = append(policy(t, "read"), "IdentityCenter:permissionSet:getCustomPolicy", "IdentityCenter:permissionSet:listAccountsForProvisioned")
	c.AddKey(key)
	expect(t, w, 0, "plan", "-detailed-exitcode", "-input=false", "-lock=false", "-no-color")

	c.SetEnabled(c.IdentityStoreID, c.alice().UserID, true)
	expect(t, w, 2, "plan", "-detailed-exitcode", "-input=false", "-lock=false", "-no-color")
	c.SetEnabled(c.IdentityStoreID, c.alice().UserID, false)
	c.SetCustomPolicy(c.InstanceID, c.PermissionSets[0].PermissionSetID, c.PermissionSets[0].CustomPolicy)
	expect(t, w, 2, "plan", "-detailed-exitcode", "-input=false", "-lock=false", "-no-color")
}

// If the creating half fails, the accounts still deny, and the next apply restores the statement.
func TestAccSessionCutoff_failedReplacement(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	const past = "2026-01-01T00:00:00Z"
	w := newWorkspace(t, c.config(c.Management, "", c.cutoffOf(0, `issued_before = "`+past+`"`)))
	expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	denied := c.provisionedOf(0)

	// The first put removes the statement.
	c.Inject(refusal(simulator.PutCustomPolicyToPermissionSet, 1, 0, http.StatusForbidden, "IIC.1000", "refused"))
	expect(t, w, 1, "apply", "-auto-approve", "-no-color", "-replace="+cutoffName)
	if c.policyOf(0) != c.PermissionSets[0].CustomPolicy || c.provisionedOf(0) != denied {
		t.Errorf("the policy is:\n%s\nprovisioned is:\n%s", c.policyOf(0), c.provisionedOf(0))
	}
	c.ClearFaults()
	expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	if err := c.isCut(0, past, 1); err != nil {
		t.Error(err)
	}
}
