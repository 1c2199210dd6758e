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

	hclv2 "github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// fixture is a configuration with one resource, data source or action. Tests apply and destroy
// each. In the first lines of the file, "# job: NAME" names the sufficient policy of
// examples/policies. "# terraform: 1.14" is the required CLI.
type fixture struct {
	// item is the kind and type: "resource identitycenter_x".
	item    string
	job     string
	require []requirement
	config  string
}

var headerLine = regexp.MustCompile(`(?m)^# (job|terraform): (\S+)$`)

// fixtures returns the fixtures of everything that the provider registers.
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

// fixtureBlock is a provider, resource, data source or action block.
type fixtureBlock struct {
	kind, name, label string
	body              *hclsyntax.Body
}

// fixtureBlocks returns the blocks of this provider.
func fixtureBlocks(t *testing.T, config string) []fixtureBlock {
	t.Helper()
	file, diags := hclsyntax.ParseConfig([]byte(config), "fixture.tf", hclv2.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	var all []fixtureBlock
	for _, block := range file.Body.(*hclsyntax.Body).Blocks {
		switch {
		case block.Type == "provider":
			all = append(all, fixtureBlock{kind: block.Type, body: block.Body})
		case !strings.HasPrefix(block.Labels[0], "identitycenter_"):
		case block.Type == "action":
			all = append(all, fixtureBlock{block.Type, block.Labels[0], block.Labels[1], block.Body.Blocks[0].Body})
		default:
			all = append(all, fixtureBlock{block.Type, block.Labels[0], block.Labels[1], block.Body})
		}
	}
	return all
}

// arguments evaluates a block. known has the states of data sources, by type and name.
func (b fixtureBlock) arguments(t *testing.T, known attrs) attrs {
	t.Helper()
	encoded, err := json.Marshal(attrs{"data": known})
	if err != nil {
		t.Fatal(err)
	}
	var variables ctyjson.SimpleJSONValue
	if err := json.Unmarshal(encoded, &variables); err != nil {
		t.Fatal(err)
	}
	var evaluate func(body *hclsyntax.Body) attrs
	evaluate = func(body *hclsyntax.Body) attrs {
		given := attrs{}
		for name, attribute := range body.Attributes {
			value, diags := attribute.Expr.Value(&hclv2.EvalContext{Variables: variables.AsValueMap()})
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			encoded, err := json.Marshal(ctyjson.SimpleJSONValue{Value: value})
			if err != nil {
				t.Fatal(err)
			}
			var decoded any
			if err := json.Unmarshal(encoded, &decoded); err != nil {
				t.Fatal(err)
			}
			given[name] = decoded
		}
		for _, block := range body.Blocks {
			blocks, _ := given[block.Type].([]any)
			given[block.Type] = append(blocks, evaluate(block.Body))
		}
		return given
	}
	return evaluate(b.body)
}

// A CLI runs the life cycle of each fixture with the policy of its job and both readings of the API
// reference.
func TestAccFixtures(t *testing.T) {
	t.Parallel()
	forEveryFixture(t, func(t *testing.T, f fixture) {
		c := newCloud(t)
		key := c.Management
		key.Actions = policy(t, f.job)
		c.AddKey(key)
		w := newWorkspace(t, c.config(key, "", f.config), f.require...)
		expect(t, w, 0, "apply", "-auto-approve", "-no-color")
		c.Configure(func(o *simulator.Options) { o.ActionsOfTable = true })
		expect(t, w, 0, "plan", "-detailed-exitcode", "-no-color")
		expect(t, w, 0, "destroy", "-auto-approve", "-no-color")
		if len(c.Calls()) == 0 {
			t.Error("the fixture makes no call")
		}
	})
}

// The policy of a job suffices for its fixtures, with both readings of the API reference.
func TestPolicies(t *testing.T) {
	t.Parallel()
	forEveryFixture(t, func(t *testing.T, f fixture) {
		for _, table := range []bool{false, true} {
			c := newCloud(t)
			c.Configure(func(o *simulator.Options) { o.ActionsOfTable = table })
			c.Management.Actions = policy(t, f.job)
			c.AddKey(c.Management)
			if text := c.lifeCycle(t, f, nil); strings.Contains(text, "ERROR") {
				t.Errorf("actions of the table: %t\n%s", table, text)
			}
		}
	})
}

// A policy has no actions of another job.
func TestPolicies_leastPrivilege(t *testing.T) {
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
