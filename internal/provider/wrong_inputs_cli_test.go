// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
)

// TestAccWrongInputs tries each wrong input through the CLI.
func TestAccWrongInputs(t *testing.T) {
	skipUnlessAll(t)
	w := newProcessWorkspace(t, "")
	profiles := profilesFile(t)
	for name, test := range wrongInputs() {
		t.Run(name, func(t *testing.T) {
			kind, _, _ := strings.Cut(test.on, " ")
			if cli, err := cliVersion(t.Context()); err != nil || kind == "action" && !cli.atLeast(1, 14) {
				t.Skipf("Terraform %v has no actions: %v", cli, err)
			}
			w := &acctest.Workspace{Dir: w.Dir, Env: slices.Clone(w.Env), Terraform: w.Terraform}
			for variable, value := range test.env {
				w.Env = append(w.Env, variable+"="+value)
			}
			content, err := json.MarshalIndent(test.configuration(profiles), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(w.Dir, "wrong.tf.json"), content, 0o600); err != nil {
				t.Fatal(err)
			}
			command := []string{"plan", "-no-color"}
			if test.id != "" {
				command = []string{"import", "-no-color", "identitycenter_" + strings.TrimPrefix(test.on, "resource ") + ".this", test.id}
			}
			output := expect(t, w, 1, command...)
			boxes := strings.Count(output, "Error: ")
			if lines := strings.Count(output[max(0, strings.Index(output, "Error: ")):], "\n"); boxes != 1 || lines > 20 {
				t.Errorf("%d errors, %d lines:\n%s", boxes, lines, output)
			}
			for _, want := range test.want {
				if missingText(output, want) != "" {
					t.Errorf("%q is missing:\n%s", want, output)
				}
			}
			if test.hidden != "" && strings.Contains(output, test.hidden) {
				t.Errorf("the secret is shown:\n%s", output)
			}
		})
	}
}

// configuration returns a configuration in JSON with the wrong input.
func (w wrongInput) configuration(profiles string) any {
	type object = map[string]any
	given := object{}
	for _, values := range []attrs{complete[w.on], w.given} {
		maps.Copy(given, values)
	}
	maps.DeleteFunc(given, func(_ string, value any) bool { return value == nil })
	if given["shared_config_file"] == "PROFILES" {
		given["shared_config_file"] = profiles
	}
	kind, name, _ := strings.Cut(w.on, " ")
	named := object{"identitycenter_" + name: object{"this": given}}
	config := object{"provider": object{"identitycenter": complete["provider"]}}
	switch kind {
	case "provider": // A data source, so that the provider is configured.
		config["provider"] = object{"identitycenter": given}
		config["data"] = object{"identitycenter_users": object{"this": complete["data users"]}}
	case "function":
		config["output"] = object{"policy": object{"value": `${provider::identitycenter::session_cutoff_policy("` + given["issued_before"].(string) + `")}`}}
	case "action":
		config["action"] = object{"identitycenter_" + name: object{"this": object{"config": given}}}
	default:
		config[kind] = named
	}
	return config
}
