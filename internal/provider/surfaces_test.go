// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// fixture is a configuration with one resource, data source or action. Tests apply and destroy
// each. In the first lines of the file, "# job: NAME" names the policy of examples/policies
// that must suffice, and "# terraform: 1.14" the required CLI.
type fixture struct {
	// item is the kind and type: "resource identitycenter_x".
	item    string
	job     string
	require []requirement
	config  string
}

var headerLine = regexp.MustCompile(`(?m)^# (job|terraform): (\S+)$`)

// fixtures returns the fixture of everything that the provider registers.
func fixtures(t *testing.T) []fixture {
	t.Helper()
	schemas, err := schemasOf()
	if err != nil {
		t.Fatal(err)
	}
	var all []fixture
	for _, s := range schemas.registeredItems() {
		if s.name == "provider" {
			continue
		}
		file := filepath.Join("testdata", "fixtures", strings.Replace(s.name, " ", ".", 1)+".tf")
		content, err := os.ReadFile(file)
		if err != nil {
			t.Errorf("%s has no fixture: %s", s.name, err)
			continue
		}
		f := fixture{item: s.name, config: string(content)}
		for _, line := range headerLine.FindAllStringSubmatch(f.config, -1) {
			var major, minor int
			switch line[1] {
			case "job":
				f.job = line[2]
			default:
				if _, err := fmt.Sscanf(line[2], "%d.%d", &major, &minor); err != nil {
					t.Fatalf("%s: %s", file, err)
				}
				f.require = append(f.require, atLeast(major, minor))
			}
		}
		if f.job == "" {
			t.Errorf("%s has no job", file)
		}
		all = append(all, f)
	}
	return all
}

// forEveryFixture runs a test for each fixture.
func forEveryFixture(t *testing.T, test func(*testing.T, fixture)) {
	t.Helper()
	for _, f := range fixtures(t) {
		t.Run(f.item, func(t *testing.T) {
			t.Parallel()
			test(t, f)
		})
	}
}

// policy returns the actions of examples/policies/JOB.json.
func policy(t *testing.T, job string) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "examples", "policies", job+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Version   string
		Statement []struct {
			Effect string
			Action []string
		}
	}
	if err := json.Unmarshal(content, &document); err != nil {
		t.Fatal(err)
	}
	var actions []string
	for _, statement := range document.Statement {
		if document.Version != "5.0" || statement.Effect != "Allow" {
			t.Fatalf("%s: version %s, effect %s", job, document.Version, statement.Effect)
		}
		actions = append(actions, statement.Action...)
	}
	return actions
}

// The policy of a job suffices for its fixtures, with both readings of the API reference.
func TestAccPolicies(t *testing.T) {
	t.Parallel()
	forEveryFixture(t, func(t *testing.T, f fixture) {
		c := newCloud(t)
		key := c.Management
		key.Actions = policy(t, f.job)
		c.AddKey(key)
		w := newWorkspace(t, c.config(key, "", f.config), f.require...)
		for _, table := range []bool{false, true} {
			c.Configure(func(o *simulator.Options) { o.ActionsOfTable = table })
			expect(t, w, 0, "apply", "-auto-approve", "-no-color")
			expect(t, w, 0, "destroy", "-auto-approve", "-no-color")
		}
		if len(c.Calls()) == 0 {
			t.Error("the fixture makes no call")
		}
	})
}

// A policy has no actions of another job.
func TestPolicies_areNoLargerThanTheirJob(t *testing.T) {
	t.Parallel()
	for job, forbidden := range map[string]string{
		"read":         `batchDelete|disable|enable|attach|detach|provision$|create|update|delete`,
		"end-sessions": `disable|enable|attach|detach|provision$|permissionSet|create|update`,
		"lock":         `attach|detach|provision$|permissionSet|create|update`,
		"cutoff":       `:user:|create|update|delete`,
		"suspend":      `disable|enable|batchDelete|permissionSet|update|user:create|user:delete`,
	} {
		actions := policy(t, job)
		if i := slices.IndexFunc(actions, regexp.MustCompile(forbidden).MatchString); i >= 0 {
			t.Errorf("%s: %s", job, actions[i])
		}
		if slices.Contains(actions, "*") || !slices.Contains(actions, "organizations:delegatedAdministrators:list") {
			t.Errorf("%s: %q", job, actions)
		}
	}
}
