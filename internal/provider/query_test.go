// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/cutoff"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// One query finds the statements and disabled users that are in no state. A policy that cannot be
// read does not matter. The generated configuration imports them without changes. A destroy removes
// only the statements.
func TestAccQuery_adopt(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	ids := c.withLeftovers(t)
	for i := range 1000 - len(c.Users) {
		c.AddUser(c.IdentityStoreID, simulator.User{UserName: fmt.Sprintf("user-%04d", i), Enabled: i%200 != 3})
	}
	c.Inject(simulator.Fault{
		Operation: simulator.GetCustomPolicyForPermissionSet, Status: http.StatusForbidden, Code: "IIC.1000", Message: "denied",
		Match: func(call simulator.Call) bool {
			return strings.Contains(call.EscapedPath, c.PermissionSets[1].PermissionSetID)
		},
	})
	w := newProcessWorkspace(t, c.config(c.Management, "", ""), atLeast(1, 14))
	query := fmt.Sprintf(`
list "identitycenter_user_lock" "disabled" {
  provider         = identitycenter
  include_resource = true
  config {
    identity_store_id = %q
  }
}

list "identitycenter_permission_set_session_cutoff" "left" {
  provider         = identitycenter
  include_resource = true
  config {
    instance_id = %q
  }
}
`, c.IdentityStoreID, c.InstanceID)
	if err := os.WriteFile(filepath.Join(w.Dir, "left.tfquery.hcl"), []byte(query), 0o600); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	output := expect(t, w, 0, "query", "-no-color", "-generate-config-out=generated.tf")
	t.Logf("the query took %s", time.Since(begun))
	says(t, output, "Policy of permission set "+c.PermissionSets[1].PermissionSetID+" was not read")
	for _, id := range ids {
		if !strings.Contains(output, id) {
			t.Errorf("%s is missing:\n%s", id, output)
		}
	}
	says(t, expect(t, w, 0, "apply", "-auto-approve", "-no-color"), "8 imported, 0 added, 0 changed, 0 destroyed")
	expect(t, w, 0, "plan", "-detailed-exitcode", "-no-color")
	says(t, expect(t, w, 1, "destroy", "-auto-approve", "-no-color"), "Removing the session cutoff is too early")

	generated := filepath.Join(w.Dir, "generated.tf")
	content, err := os.ReadFile(generated)
	if err != nil {
		t.Fatal(err)
	}
	allowed := regexp.MustCompile(`allow_early_removal\s*= false`).ReplaceAll(content, []byte("allow_early_removal = true"))
	if err := os.WriteFile(generated, allowed, 0o600); err != nil {
		t.Fatal(err)
	}
	expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	expect(t, w, 0, "destroy", "-auto-approve", "-no-color")
	c.ClearFaults()
	for _, result := range c.list(t, 100, attrs{"instance_id": c.InstanceID}) {
		t.Errorf("left: %s", result.name)
	}
	c.untouched(t)
	if names, _ := c.listLocks(t, 100, nil); len(names) != 5 {
		t.Errorf("disabled users after the destroy: %v", names)
	}
}

// plan -generate-config-out writes configuration that imports a lock and a cutoff without changes.
// Terraform 1.16.0-rc2 assumes a provider of hashicorp without the argument provider.
func TestAccImport_generateConfig(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	user := c.AddUser(c.IdentityStoreID, simulator.User{UserName: "mallory"})
	set, at := c.PermissionSets[0].PermissionSetID, time.Now().Add(-time.Hour).Truncate(time.Second)
	c.SetCustomPolicy(c.InstanceID, set, cutoff.Policy(at))
	c.Provision(c.InstanceID, set)
	body := fmt.Sprintf(`
import {
  provider = identitycenter
  to       = identitycenter_user_lock.left
  id       = "STORE/%s"
}

import {
  provider = identitycenter
  to       = identitycenter_permission_set_session_cutoff.left
  id       = "INSTANCE/%s/identitycenterCutoff%012d"
}
`, user, set, at.Unix())
	w := newWorkspace(t, c.config(c.Management, "", body))
	says(t, expect(t, w, 0, "plan", "-no-color", "-generate-config-out=generated.tf"), "2 to import, 0 to add, 0 to change, 0 to destroy")
}
