// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// exampleVariables are the values of the variables that examples ask for.
func exampleVariables(c *cloud) map[string]string {
	return map[string]string{
		"user_name":          "alice",
		"suspicious_address": c.alice().Sessions[0].IPAddress,
		"user_id":            c.alice().UserID,
		"user_ids":           hcl([]string{c.alice().UserID}),
		"user_names":         hcl([]string{"alice", "bob"}),
		"users":              `{alice={user_id="` + c.alice().UserID + `"}}`,
		"identity_store_id":  c.IdentityStoreID,
		"instance_id":        c.InstanceID,
		"group_name":         "security",
		"group_id":           c.Groups[0].GroupID,
		"session_ids":        hcl(c.SessionIDs(c.alice())),
		"permission_set_id":  c.PermissionSets[0].PermissionSetID,
		"permission_set_ids": hcl([]string{c.PermissionSets[0].PermissionSetID}),
		"issued_before":      "2026-11-25T03:00:00Z",
		"permission_sets":    hcl([]string{c.PermissionSets[0].PermissionSetID}),
		"incident":           "INC-1",
		"id_token":           "theIDTokenOfTheExamples",
		"responders":         "security",
		"networks":           hcl([]string{"203.0.113.0/24"}),
	}
}

var (
	variableWithoutDefault = regexp.MustCompile(`(?ms)^variable "([^"]+)" \{(.*?)^\}`)
	providerBlock          = regexp.MustCompile(`(?m)^provider "identitycenter"`)
	// OpenTofu reports the actions, which it does not support, before the version.
	tooOld = regexp.MustCompile(`Unsupported (Terraform|OpenTofu) Core version|Blocks of type "action" are not expected`)
)

// Every example is planned against the simulator. An example that requires a newer Terraform is
// skipped.
func TestAccExamples(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..", "examples")
	var folders []string
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".tf" && !strings.Contains(path, ".terraform") {
			folders = append(folders, filepath.Dir(path))
		}
		return err
	})
	if err != nil || len(folders) == 0 {
		t.Fatalf("%d examples: %v", len(folders), err)
	}
	for _, folder := range slices.Compact(folders) {
		name, err := filepath.Rel(root, folder)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.ToSlash(name), func(t *testing.T) {
			t.Parallel()
			planExample(t, folder)
		})
	}
}

// planExample plans a copy of a folder.
func planExample(t *testing.T, folder string) {
	t.Helper()
	c := newCloud(t)
	w := newEmptyWorkspace(t)
	var all strings.Builder
	files, err := filepath.Glob(filepath.Join(folder, "*.tf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(content)
		inputs.configuration(string(content))
		if err := os.WriteFile(filepath.Join(w.Dir, filepath.Base(file)), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(all.String(), "identitycenter_user_lock") && strings.Contains(all.String(), "import {") {
		// Only the lock of a disabled user can be imported.
		c.SetEnabled(c.IdentityStoreID, c.alice().UserID, false)
	}
	// Terraform reads a file of this name as an override of existing blocks.
	name := "test.tf"
	if providerBlock.MatchString(all.String()) {
		name = "test_override.tf"
	}
	if err := os.WriteFile(filepath.Join(w.Dir, name), []byte(c.provider(c.Management, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	values := exampleVariables(c)
	args := []string{"plan", "-no-color"}
	if filepath.Base(folder) == "containment" {
		// It has no required variable: one of user_name and user_id must be set.
		args = append(args, "-var", "user_name="+values["user_name"])
	}
	for _, variable := range variableWithoutDefault.FindAllStringSubmatch(all.String(), -1) {
		if regexp.MustCompile(`(?m)^\s*default\s*=`).MatchString(variable[2]) {
			continue
		}
		value, known := values[variable[1]]
		if !known {
			t.Fatalf("the test has no value for the variable %s", variable[1])
		}
		args = append(args, "-var", variable[1]+"="+value)
	}
	output, status, err := w.Run(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	record(t, w, output)
	if status != 0 && tooOld.MatchString(output) {
		t.Skip("it needs a newer Terraform")
	}
	if status != 0 {
		t.Fatalf("terraform plan:\n%s", output)
	}
	for _, call := range c.Calls() {
		if call.Operation == simulator.BatchDeleteSessions {
			t.Error("the plan ends sessions")
		}
	}
}
