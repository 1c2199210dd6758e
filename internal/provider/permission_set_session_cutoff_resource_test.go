// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

const cutoffName = "identitycenter_permission_set_session_cutoff.test"

// cutoffOf is a cutoff of a permission set, the first for 0, with some more arguments.
func (c *cloud) cutoffOf(set int, arguments string) string {
	return fmt.Sprintf(`
resource "identitycenter_permission_set_session_cutoff" "test" {
  instance_id       = %q
  permission_set_id = %q
  %s
}
`, c.InstanceID, c.PermissionSets[set].PermissionSetID, arguments)
}

// cutoffAttribute is the check of one attribute of the cutoff.
func cutoffAttribute(name string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(cutoffName, tfjsonpath.New(name), value)
}

// policyOf is the policy of a permission set, "" for none.
func (c *cloud) policyOf(set int) string {
	policy, _ := c.CustomPolicy(c.InstanceID, c.PermissionSets[set].PermissionSetID)
	return policy
}

// provisionedOf is the policy of a permission set that the first account has.
func (c *cloud) provisionedOf(set int) string {
	policy, _ := c.ProvisionedPolicy(c.InstanceID, c.PermissionSets[set].PermissionSetID, c.Accounts[0])
	return policy
}

// isCut tells what is wrong with a permission set that should deny what was issued
// before a moment, in its policy and in the accounts, so many times.
func (c *cloud) isCut(set int, moment string, times int) error {
	policy := c.policyOf(set)
	if n := strings.Count(policy, `{"DateLessThan":{"g:TokenIssueTime":["`+moment+`"]}}`); n != times {
		return fmt.Errorf("the statement is there %d times instead of %d:\n%s", n, times, policy)
	}
	if provisioned := c.provisionedOf(set); provisioned != policy {
		return fmt.Errorf("provisioned is:\n%s", provisioned)
	}
	return nil
}

// isAsBefore tells what is wrong with permission sets that should be as seeded.
func (c *cloud) isAsBefore(*terraform.State) error {
	for i, set := range c.PermissionSets {
		if c.policyOf(i) != set.CustomPolicy || c.provisionedOf(i) != set.CustomPolicy {
			return fmt.Errorf("the policy was:\n%s\nit is:\n%s\nprovisioned is:\n%s", set.CustomPolicy, c.policyOf(i), c.provisionedOf(i))
		}
	}
	return nil
}

func TestAccSessionCutoff_lifecycle(t *testing.T) {
	c := newCloud(t)
	begun := time.Now().Truncate(time.Second)
	var issuedBefore, safe time.Time
	id := statecheck.CompareValue(compareSame{})
	puts := func(want int) resource.TestCheckFunc {
		return func(*terraform.State) error {
			if n := len(c.CallsOf(simulator.PutCustomPolicyToPermissionSet)); n != want {
				return fmt.Errorf("%d puts, want %d", n, want)
			}
			return nil
		}
	}
	cut := func(moment string) resource.TestCheckFunc {
		return func(*terraform.State) error { return c.isCut(0, moment, 1) }
	}
	update := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(cutoffName, plancheck.ResourceActionUpdate)}}
	empty := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}

	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config: c.config(c.Management, "", c.cutoffOf(0, "")),
				ConfigStateChecks: []statecheck.StateCheck{
					cutoffAttribute("active", knownvalue.Bool(true)),
					cutoffAttribute("statement_id", knownvalue.StringRegexp(regexp.MustCompile(`^identitycenterCutoff\d{12}$`))),
					cutoffAttribute("issued_before", parsed(&issuedBefore)),
					cutoffAttribute("safe_to_remove_at", parsed(&safe)),
					id.AddStateValue(cutoffName, tfjsonpath.New("statement_id")),
				},
			},
			{
				Config: c.config(c.Management, "", c.cutoffOf(0, "")), ConfigPlanChecks: empty,
				Check: resource.ComposeTestCheckFunc(puts(1), func(*terraform.State) error {
					if !issuedBefore.After(begun) || time.Until(issuedBefore) > 2*time.Second {
						return fmt.Errorf("issued_before is %s", issuedBefore)
					}
					if safe.Sub(issuedBefore) != 8*time.Hour {
						return fmt.Errorf("safe_to_remove_at is %s, issued_before %s", safe, issuedBefore)
					}
					return c.isCut(0, issuedBefore.Format(time.RFC3339), 1)
				}),
			},
			// A change moves the statement in place, rounded up.
			{
				Config:           c.config(c.Management, "", c.cutoffOf(0, `issued_before = "2026-11-25T02:59:59.25Z"`)),
				ConfigPlanChecks: update,
				ConfigStateChecks: []statecheck.StateCheck{
					cutoffAttribute("issued_before", knownvalue.StringExact("2026-11-25T02:59:59.25Z")),
					cutoffAttribute("safe_to_remove_at", knownvalue.StringExact("2026-11-25T11:00:00Z")),
					id.AddStateValue(cutoffName, tfjsonpath.New("statement_id")),
				},
				Check: resource.ComposeTestCheckFunc(cut("2026-11-25T03:00:00Z"), puts(2)),
			},
			// The same moment in other words, and a timeout, change nothing there.
			{Config: c.config(c.Management, "", c.cutoffOf(0, `issued_before = "2026-11-25T04:59:59.250+02:00"`)), ConfigPlanChecks: empty},
			{
				Config:           c.config(c.Management, "", c.cutoffOf(0, "timeouts {\n create = \"1m\"\n delete = \"2m\"\n}")),
				ConfigPlanChecks: update,
				ConfigStateChecks: []statecheck.StateCheck{
					cutoffAttribute("issued_before", knownvalue.StringExact("2026-11-25T02:59:59.25Z")),
				},
				Check: puts(2),
			},
			// What somebody takes out is put back with the recorded moment.
			{
				PreConfig: func() {
					c.SetCustomPolicy(c.InstanceID, c.PermissionSets[0].PermissionSetID, c.PermissionSets[0].CustomPolicy)
				},
				RefreshState:       true,
				ExpectNonEmptyPlan: true,
			},
			{
				Config:           c.config(c.Management, "", c.cutoffOf(0, "timeouts {\n create = \"1m\"\n}")),
				ConfigPlanChecks: update,
				ConfigStateChecks: []statecheck.StateCheck{
					cutoffAttribute("active", knownvalue.Bool(true)),
					id.AddStateValue(cutoffName, tfjsonpath.New("statement_id")),
				},
				Check: resource.ComposeTestCheckFunc(cut("2026-11-25T03:00:00Z"), puts(3)),
			},
			{
				ResourceName: cutoffName, ImportState: true, ImportStateVerify: true,
				ImportStateVerifyIdentifierAttribute: "statement_id",
				// The policy has the moment as it was rounded up.
				ImportStateVerifyIgnore: []string{"issued_before", "timeouts.%", "timeouts.create", "timeouts"},
				ImportStateIdFunc: func(s *terraform.State) (string, error) {
					attributes := s.RootModule().Resources[cutoffName].Primary.Attributes
					return attributes["instance_id"] + "/" + attributes["permission_set_id"] + "/" + attributes["statement_id"], nil
				},
			},
			{ResourceName: cutoffName, ImportState: true, ImportStateId: "what/ever", ExpectError: text("It must be INSTANCE_ID/PERMISSION_SET_ID/STATEMENT_ID")},
			{
				ResourceName: cutoffName, ImportState: true, ExpectError: text("has no session cutoff with the Sid identitycenterCutoff000000000000"),
				ImportStateId: c.InstanceID + "/" + c.PermissionSets[0].PermissionSetID + "/identitycenterCutoff000000000000",
			},
		},
		CheckDestroy: c.isAsBefore,
	})
}

// compareSame wants the same value each time.
type compareSame struct{}

func (compareSame) CompareValues(values ...any) error {
	for _, value := range values {
		if value != values[0] {
			return fmt.Errorf("%v changed to %v", values[0], value)
		}
	}
	return nil
}

// parsed checks that a value is a time and keeps it.
func parsed(at *time.Time) knownvalue.Check {
	return knownvalue.StringFunc(func(text string) error {
		var err error
		*at, err = time.Parse(time.RFC3339, text)
		return err
	})
}

func TestAccSessionCutoff_refusals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare   func(*cloud)
		arguments string
		want      []string
	}{
		"the old kind": {
			prepare: func(c *cloud) { c.AddManagedRole(c.InstanceID, c.PermissionSets[0].PermissionSetID, "te_admin") },
			want:    []string{"The permission set has policies of the old kind", "the managed roles te_admin", "This apply did not put the statement into the policy."},
		},
		"no policy of version 5.0": {
			prepare: func(c *cloud) {
				c.SetCustomPolicy(c.InstanceID, c.PermissionSets[0].PermissionSetID, `{"Version":"1.1","Statement":[]}`)
			},
			want: []string{"The custom policy is not of version 5.0", `it is of version "1.1"`},
		},
		"a duration": {
			prepare: func(c *cloud) {
				c.PermissionSets[0].PermissionSetID = c.AddPermissionSet(c.InstanceID, simulator.PermissionSet{Name: "Odd", SessionDuration: "P1Y"})
			},
			want: []string{"Session duration not understood", `"P1Y"`, "Nothing was changed."},
		},
		"no such permission set": {
			prepare: func(c *cloud) { c.PermissionSets[0].PermissionSetID = "ps-0000000000000000" },
			want: []string{
				"No such permission set (HTTP 404", "is there and has no permission set ps-0000000000000000", "remove its cutoff from the configuration",
				"Warning: Permission set ps-0000000000000000 does not exist",
			},
		},
		"no Date": {
			prepare: func(c *cloud) {
				c.Inject(simulator.Fault{Operation: simulator.DescribePermissionSet, Header: http.Header{"Date": nil}})
			},
			want: []string{"The server's time is not known"},
		},
		"no moment":              {arguments: `issued_before = "yesterday"`, want: []string{"issued_before"}},
		"a moment of year 10000": {arguments: `issued_before = "9999-12-31T23:59:59.5Z"`, want: []string{"Invalid moment"}},
		"a moment too late":      {arguments: `issued_before = "9999-12-31T20:00:00Z"`, want: []string{"Invalid moment", "(8h0m0s)", "Nothing was changed."}},
		"no time":                {arguments: "timeouts {\n update = \"0s\"\n}", want: []string{"timeouts.update must be longer than zero"}},
		"a misspelt name":        {arguments: "timeout {\n}", want: []string{"Unsupported block type"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.Configure(func(o *simulator.Options) { o.PutDeletesOldPolicies = true })
			if test.prepare != nil {
				test.prepare(c)
			}
			w := newWorkspace(t, c.config(c.Management, "", c.cutoffOf(0, test.arguments)))
			output := expect(t, w, 1, "apply", "-auto-approve", "-no-color")
			for _, want := range test.want {
				if !text(want).MatchString(output) {
					t.Errorf("%q is missing:\n%s", want, output)
				}
			}
			if n := len(c.CallsOf(simulator.PutCustomPolicyToPermissionSet)); n > 0 {
				t.Errorf("%d puts", n)
			}
			if shown := expect(t, w, 0, "show", "-json"); strings.Contains(shown, "permission_set_session_cutoff") {
				t.Errorf("recorded: %s", shown)
			}
		})
	}
}

// The plan says whom a cutoff concerns, and that lifting it early lets old consoles in.
func TestAccSessionCutoff_thePlanSaysWhatItDoes(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	key := c.Management
	key.AccessKey, key.SecurityToken = "HPUATEMPORARYKEY00000002", "theTokenOfTemporaryKeys"
	c.AddKey(key)
	w := newWorkspace(t, c.config(key, "", c.cutoffOf(1, "")))
	plan := expect(t, w, 0, "plan", "-no-color")
	says(t, plan, "Warning: The cutoff of permission set "+c.PermissionSets[1].PermissionSetID+" concerns every user of it in 2 accounts",
		"not one user alone", "Warning: The provider signs with temporary keys", "did not provision")
	configure(t, w, c.config(c.Management, "", c.cutoffOf(0, "")))
	if plan := expect(t, w, 0, "plan", "-no-color"); !regexp.MustCompile(`every user of it in 1 account\n`).MatchString(plan) || text("temporary keys").MatchString(plan) {
		t.Errorf("plan:\n%s", plan)
	}
	expect(t, w, 0, "apply", "-auto-approve")
	if plan := expect(t, w, 0, "plan", "-no-color", "-detailed-exitcode"); text("Warning").MatchString(plan) {
		t.Errorf("plan:\n%s", plan)
	}
	early := text("Warning: Old console sessions of permission set " + c.PermissionSets[0].PermissionSetID + " work again")
	if plan := expect(t, w, 0, "plan", "-no-color", "-destroy"); !early.MatchString(plan) || !text("(safe_to_remove_at)").MatchString(plan) {
		t.Errorf("plan:\n%s", plan)
	}
	// Another permission set: the old one is given back.
	configure(t, w, c.config(c.Management, "", c.cutoffOf(1, "")))
	if plan := expect(t, w, 0, "plan", "-no-color"); !early.MatchString(plan) || !text("must be replaced").MatchString(plan) {
		t.Errorf("plan:\n%s", plan)
	}
	configure(t, w, c.config(c.Management, "", c.cutoffOf(0, `issued_before = "2020-01-01T00:00:00Z"`)))
	expect(t, w, 0, "apply", "-auto-approve")
	if plan := expect(t, w, 0, "plan", "-no-color", "-destroy"); early.MatchString(plan) {
		t.Errorf("plan:\n%s", plan)
	}
	configure(t, w, c.config(c.Management, "", c.cutoffOf(0, `issued_before = "2999-01-01T00:00:00Z"`)))
	says(t, expect(t, w, 0, "plan", "-no-color"), "Warning: The cutoff of permission set "+c.PermissionSets[0].PermissionSetID+" denies new consoles too", "is in the future", "by the server's clock")
}

// What differs by permission set is said of each: Terraform folds warnings of one summary.
func TestAccSessionCutoff_eachPermissionSetIsWarnedOf(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	key := c.Management
	key.AccessKey, key.SecurityToken = "HPUATEMPORARYKEY00000003", "theTokenOfTemporaryKeys"
	c.AddKey(key)
	ids := []string{c.PermissionSets[0].PermissionSetID, c.PermissionSets[1].PermissionSetID}
	w := newWorkspace(t, c.config(key, "", fmt.Sprintf(`
resource "identitycenter_permission_set_session_cutoff" "test" {
  for_each          = { %q = timeadd(plantimestamp(), "-1m"), %q = "2999-01-01T00:00:00Z" }
  instance_id       = %q
  permission_set_id = each.key
  issued_before     = each.value

  lifecycle {
    ignore_changes = [issued_before]
  }
}
`, ids[0], ids[1], c.InstanceID)))
	output := expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	says(t, output, ids[0]+" concerns every user of it in 1 account", ids[1]+" concerns every user of it in 2 accounts",
		ids[1]+" denies new consoles too", "The provider signs with temporary keys")
	silent(t, output, ids[0]+" denies new consoles too", "denies nothing")
	says(t, expect(t, w, 0, "destroy", "-auto-approve", "-no-color"),
		"Old console sessions of permission set "+ids[0]+" work again", "Old console sessions of permission set "+ids[1]+" work again")
}

// A cut that comes too late, or whose moment is wrong, is no success without a word.
func TestAccSessionCutoff_nothingThatStillLives(t *testing.T) {
	t.Parallel()
	past := time.Now().Add(-20 * time.Hour).UTC().Format(time.RFC3339)
	c := newCloud(t)
	id := c.PermissionSets[0].PermissionSetID
	nothing := "Warning: The cutoff of permission set " + id + " denies nothing that still works"
	w := newWorkspace(t, c.config(c.Management, "", c.cutoffOf(0, fmt.Sprintf("issued_before = %q", past))))
	for _, args := range [][]string{{"plan"}, {"apply", "-auto-approve"}} {
		output := expect(t, w, 0, append(args, "-no-color")...)
		says(t, output, nothing, "issued before "+past, "by the server's clock", "Check issued_before")
		silent(t, output, "not one user alone")
	}
	silent(t, expect(t, w, 0, "plan", "-detailed-exitcode", "-no-color"), "Warning")
	// Put back, it still denies nothing.
	c.SetCustomPolicy(c.InstanceID, id, c.PermissionSets[0].CustomPolicy)
	says(t, expect(t, w, 2, "plan", "-detailed-exitcode", "-no-color"), nothing)
	// Another permission set is cut now, with its own session duration.
	expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	configure(t, w, c.config(c.Management, "", c.cutoffOf(1, "")))
	output := expect(t, w, 2, "plan", "-detailed-exitcode", "-no-color")
	says(t, output, c.PermissionSets[1].PermissionSetID+" concerns every user of it in 2 accounts", "not one user alone")
	silent(t, output, "denies nothing", "work again")
	// A moment that is in force is no reason to warn.
	configure(t, w, c.config(c.Management, "", c.cutoffOf(0, fmt.Sprintf("issued_before = %q", time.Now().Add(-7*time.Hour).UTC().Format(time.RFC3339)))))
	silent(t, expect(t, w, 2, "plan", "-detailed-exitcode", "-no-color"), "denies nothing", "work again")
}

// The server's time, which is the moment by default, may be wrong: then one that is known
// in the apply only is warned of there, beside a lock too.
func TestAccSessionCutoff_aServerOfAnotherTime(t *testing.T) {
	t.Parallel()
	const lock = `
resource "identitycenter_user_lock" "test" {
  identity_store_id = "STORE"
  user_id           = "ALICE"
}
`
	for name, test := range map[string]struct {
		year, arguments, want string
	}{
		"1970":             {year: "1970", want: "denies nothing that still works"},
		"2090":             {year: "2090", want: "denies new consoles too"},
		"1970 with a lock": {year: "1970", arguments: "issued_before = identitycenter_user_lock.test.locked_at", want: "denies nothing that still works"},
		"2090 with a lock": {year: "2090", arguments: "issued_before = identitycenter_user_lock.test.locked_at", want: "denies new consoles too"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			at, err := time.Parse(time.RFC3339, test.year+"-01-02T03:04:05Z")
			if err != nil {
				t.Fatal(err)
			}
			c.Inject(simulator.Fault{Header: http.Header{"Date": {at.Format(http.TimeFormat)}}})
			config := c.cutoffOf(0, test.arguments)
			if test.arguments != "" {
				config += lock
			}
			w := newWorkspace(t, c.config(c.Management, "", config))
			output := expect(t, w, 0, "apply", "-auto-approve", "-no-color")
			says(t, output, "Warning: The cutoff of permission set "+c.PermissionSets[0].PermissionSetID+" "+test.want, test.year+"-01-02T03:04:0", "by the clock of this machine")
		})
	}
}

// An earlier moment lifts the deny from what was issued between the two.
func TestAccSessionCutoff_anEarlierMoment(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	id := c.PermissionSets[0].PermissionSetID
	at := func(age time.Duration) (moment, config string) {
		moment = time.Now().Add(-age).UTC().Format(time.RFC3339)
		return moment, c.config(c.Management, "", c.cutoffOf(0, fmt.Sprintf("issued_before = %q", moment)))
	}
	late, config := at(time.Hour)
	w := newWorkspace(t, config)
	expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	early, config := at(3 * time.Hour)
	configure(t, w, config)
	again := "Warning: Old console sessions of permission set " + id + " work again"
	for _, args := range [][]string{{"plan"}, {"plan", "-replace=" + cutoffName}, {"apply", "-auto-approve"}} {
		says(t, expect(t, w, 0, append(args, "-no-color")...), again, "from "+late, "back to "+early, "(safe_to_remove_at)")
	}
	_, config = at(2 * time.Hour)
	configure(t, w, config)
	silent(t, expect(t, w, 0, "plan", "-no-color"), "work again")
	// Nothing between two moments that are long past is left.
	_, config = at(50 * time.Hour)
	configure(t, w, config)
	expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	_, config = at(60 * time.Hour)
	configure(t, w, config)
	silent(t, expect(t, w, 0, "plan", "-no-color"), "work again")
}

// A replacement of the same permission set provisions once, at its end; one of another
// gives the first one back.
func TestAccSessionCutoff_replacements(t *testing.T) {
	t.Parallel()
	const past = `issued_before = "2026-01-01T00:00:00Z"`
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", c.cutoffOf(0, past)))
	expect(t, w, 0, "apply", "-auto-approve")
	provisionings := func(want int) {
		t.Helper()
		if n := len(c.CallsOf(simulator.ProvisionPermissionSet)); n != want {
			t.Errorf("%d provisionings, want %d", n, want)
		}
		c.ResetCalls()
	}
	isCut := func(set int) {
		t.Helper()
		if err := c.isCut(set, "2026-01-01T00:00:00Z", 1); err != nil {
			t.Error(err)
		}
	}
	c.ResetCalls()
	expect(t, w, 0, "apply", "-auto-approve", "-replace="+cutoffName)
	provisionings(1)
	isCut(0)
	expect(t, w, 0, "taint", cutoffName)
	expect(t, w, 0, "apply", "-auto-approve")
	provisionings(1)
	isCut(0)
	// The deposed object of create_before_destroy goes after the creation.
	configure(t, w, c.config(c.Management, "", c.cutoffOf(0, past+"\nlifecycle {\n create_before_destroy = true\n}")))
	expect(t, w, 0, "apply", "-auto-approve", "-replace="+cutoffName)
	isCut(0)
	configure(t, w, c.config(c.Management, "", c.cutoffOf(1, past)))
	c.ResetCalls()
	expect(t, w, 0, "apply", "-auto-approve")
	provisionings(2)
	isCut(1)
	if c.provisionedOf(0) != c.PermissionSets[0].CustomPolicy {
		t.Errorf("left:\n%s", c.provisionedOf(0))
	}
	expect(t, w, 0, "destroy", "-auto-approve")
	if err := c.isAsBefore(nil); err != nil {
		t.Error(err)
	}
}

// A provisioning that fails leaves the statement, says so, and is made good.
func TestAccSessionCutoff_provisioningFails(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	fails := func(reason string) {
		c.Configure(func(o *simulator.Options) { o.ProvisioningPolls, o.ProvisioningFailure = 1, reason })
	}
	fails("The account is closed.")
	w := newWorkspace(t, c.config(c.Management, "", c.cutoffOf(0, "")))
	output := expect(t, w, 1, "apply", "-auto-approve", "-no-color")
	for _, want := range []string{"Error: Provisioning failed", "The account is closed.", c.Accounts[0], "terraform untaint"} {
		if !text(want).MatchString(output) {
			t.Errorf("%q is missing:\n%s", want, output)
		}
	}
	if shown := expect(t, w, 0, "show", "-json"); !strings.Contains(shown, `"active":false`) || !strings.Contains(shown, `"tainted":true`) {
		t.Errorf("state: %s", shown)
	}
	says(t, output, "marked as tainted", `terraform untaint 'identitycenter_permission_set_session_cutoff.NAME["KEY"]'`, "the next apply replaces it, or fails where prevent_destroy is set")
	// As the guide has it.
	configure(t, w, c.config(c.Management, "", c.cutoffOf(0, "lifecycle {\n prevent_destroy = true\n}")))
	says(t, expect(t, w, 1, "apply", "-auto-approve", "-no-color"), "nstance cannot be destroyed")
	fails("")
	expect(t, w, 0, "untaint", cutoffName)
	c.ResetCalls()
	expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	if n := len(c.CallsOf(simulator.PutCustomPolicyToPermissionSet)); n > 0 || c.provisionedOf(0) != c.policyOf(0) {
		t.Errorf("%d puts", n)
	}
	expect(t, w, 0, "plan", "-detailed-exitcode")

	// After an update nothing is tainted: the next apply provisions.
	moment := time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
	configure(t, w, c.config(c.Management, "", c.cutoffOf(0, fmt.Sprintf("issued_before = %q\nlifecycle {\n prevent_destroy = true\n}", moment))))
	fails("No.")
	output = expect(t, w, 1, "apply", "-auto-approve", "-no-color")
	says(t, output, "recorded with the moment "+moment+" and active = false", "The next apply goes on: it provisions although the statement is there.")
	silent(t, output, "taint")
	if shown := expect(t, w, 0, "show", "-json"); !strings.Contains(shown, `"active":false`) || strings.Contains(shown, `"tainted":true`) {
		t.Errorf("state: %s", shown)
	}
	fails("")
	c.ResetCalls()
	expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	if n := len(c.CallsOf(simulator.PutCustomPolicyToPermissionSet)); n > 0 {
		t.Errorf("%d puts", n)
	}
	if err := c.isCut(0, moment, 1); err != nil {
		t.Error(err)
	}
	configure(t, w, c.config(c.Management, "", c.cutoffOf(0, "")))

	fails("No.")
	if output := expect(t, w, 1, "destroy", "-auto-approve", "-no-color"); !text("The statement was taken out of the policy").MatchString(output) || !text("Destroy again").MatchString(output) {
		t.Errorf("destroy:\n%s", output)
	}
	if shown := expect(t, w, 0, "show", "-json"); !strings.Contains(shown, `"active":false`) {
		t.Errorf("state: %s", shown)
	}
	fails("")
	expect(t, w, 0, "destroy", "-auto-approve")
	if err := c.isAsBefore(nil); err != nil {
		t.Error(err)
	}
}

// A status that nobody documented is no success, and the message says which it is. What
// an update did not get done is not said to be undone.
func TestAccSessionCutoff_anUnknownStatus(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Inject(simulator.Fault{
		Operation: simulator.ProvisionPermissionSet, Status: http.StatusOK,
		Body: `{"permission_set_provisioning_status": {"request_id": "r-1", "status": "QUEUED"}}`,
	})
	w := newWorkspace(t, c.config(c.Management, "", c.cutoffOf(0, `issued_before = "2026-01-01T00:00:00Z"`)))
	says(t, expect(t, w, 1, "apply", "-auto-approve", "-no-color"), `its status is "QUEUED", which is not documented`, "active = false")
	expect(t, w, 0, "untaint", cutoffName)
	output := expect(t, w, 1, "apply", "-auto-approve", "-no-color")
	says(t, output, "This apply did not change the policy.", "still recorded with the moment 2026-01-01T00:00:00Z and active = false")
	silent(t, output, "did not put the statement")
	c.ClearFaults()
	expect(t, w, 0, "apply", "-auto-approve")
	expect(t, w, 0, "plan", "-detailed-exitcode")
}

// A policy that the API refuses, as it is too long for it or else, is not blamed on an ID.
func TestAccSessionCutoff_theAPIRefusesThePolicy(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	limit := len(c.policyOf(0)) + 10
	c.Configure(func(o *simulator.Options) { o.PolicyLimit = limit })
	w := newWorkspace(t, c.config(c.Management, "", c.cutoffOf(0, "")))
	output := expect(t, w, 1, "apply", "-auto-approve", "-no-color")
	says(t, output, "The policy is refused (HTTP 400", "session_cutoff_policy", "This apply did not put the statement into the policy.")
	silent(t, output, "Check permission_set_id")
	if err := c.isAsBefore(nil); err != nil {
		t.Error(err)
	}
}

// A permission set that was deleted takes its cutoff with it.
func TestAccSessionCutoff_thePermissionSetIsGone(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"plan"}, {"destroy", "-auto-approve", "-refresh=false"}} {
		c := newCloud(t)
		w := newWorkspace(t, c.config(c.Management, "", c.cutoffOf(0, "")))
		expect(t, w, 0, "apply", "-auto-approve")
		c.Inject(simulator.Fault{
			Match:  func(call simulator.Call) bool { return strings.Contains(call.EscapedPath, "/permission-sets/") },
			Status: http.StatusNotFound, Code: "IIC.1205", Message: "No such permission set.",
		})
		output := expect(t, w, 0, append(args, "-no-color")...)
		says(t, output, "Permission set "+c.PermissionSets[0].PermissionSetID+" is gone")
		silent(t, output, "concerns every user")
		if args[0] == "plan" {
			says(t, output, "Warning: Permission set "+c.PermissionSets[0].PermissionSetID+" does not exist", "remove its cutoff from the configuration")
			output = expect(t, w, 1, "apply", "-auto-approve", "-no-color")
			says(t, output, "Error: No such permission set", "remove its cutoff from the configuration")
			silent(t, output, "Check permission_set_id", "Check also that region", "concerns every user")
		}
	}
}

// A 404 in an instance that is not there may come from a wrong region or a mistyped ID.
func TestAccSessionCutoff_noSuchInstance(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", strings.Replace(c.cutoffOf(0, ""), c.InstanceID, "ssoins-0000000000000000", 1)))
	output := expect(t, w, 1, "apply", "-auto-approve", "-no-color")
	says(t, output, "Warning: Permission set "+c.PermissionSets[0].PermissionSetID+" was not found", "Error: Not found (HTTP 404", "Check also that region")
	silent(t, output, "concerns every user", "remove its cutoff")
}

func TestAccSessionCutoff_oneHundredOfOnePermissionSet(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Configure(func(o *simulator.Options) { o.ProvisioningPolls, o.ProvisioningConflict = 1, true })
	w := newWorkspace(t, c.config(c.Management, "", c.cutoffOf(0, "count = 100\nissued_before = \"2026-01-01T00:00:00Z\"")))
	expect(t, w, 0, "apply", "-auto-approve")
	if err := c.isCut(0, "2026-01-01T00:00:00Z", 100); err != nil {
		t.Error(err)
	}
	if n := len(c.CallsOf(simulator.ProvisionPermissionSet)); n > 40 { // Terraform runs 10 at a time.
		t.Errorf("%d provisionings", n)
	}
	expect(t, w, 0, "destroy", "-auto-approve")
	if err := c.isAsBefore(nil); err != nil {
		t.Error(err)
	}
}

// Two runs that know nothing of each other, of ten each, on one permission set.
func TestAccSessionCutoff_twoRunsAtOnce(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Configure(func(o *simulator.Options) { o.ProvisioningPolls, o.ProvisioningConflict = 1, true })
	config := c.config(c.Management, "", c.cutoffOf(0, "count = 10\nissued_before = \"2026-01-01T00:00:00Z\""))
	runs := []*acctest.Workspace{newWorkspace(t, config), newWorkspace(t, config)}
	atOnce := func(args ...string) {
		t.Helper()
		var group sync.WaitGroup
		for _, w := range runs {
			group.Go(func() {
				if output, status, err := w.Run(t.Context(), args...); err != nil || status != 0 {
					t.Errorf("%v, exit status %d\n%s", err, status, output)
				}
			})
		}
		group.Wait()
	}
	atOnce("apply", "-auto-approve", "-no-color")
	if err := c.isCut(0, "2026-01-01T00:00:00Z", 20); err != nil {
		t.Error(err)
	}
	atOnce("destroy", "-auto-approve", "-no-color")
	if err := c.isAsBefore(nil); err != nil {
		t.Error(err)
	}
}

// What may have been done is recorded as not in force, and made good by the next apply.
func TestAccSessionCutoff_aLostAnswerIsRecorded(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Inject(simulator.Fault{Operation: simulator.PutCustomPolicyToPermissionSet, DropAfter: true, Times: 1})
	// What was put cannot be read back.
	remove := c.Before(simulator.PutCustomPolicyToPermissionSet, func() {
		c.Inject(refusal(simulator.GetCustomPolicyForPermissionSet, 0, 0, http.StatusForbidden, "IIC.1000", "denied"))
	})
	w := newWorkspace(t, c.config(c.Management, "", c.cutoffOf(0, `issued_before = "2026-01-01T00:00:00Z"`)))
	if output := expect(t, w, 1, "apply", "-auto-approve", "-no-color"); !text("It is recorded with active = false").MatchString(output) {
		t.Error(output)
	}
	if shown := expect(t, w, 0, "show", "-json"); !strings.Contains(shown, `"active":false`) {
		t.Errorf("state: %s", shown)
	}
	remove()
	c.ClearFaults()
	expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	if err := c.isCut(0, "2026-01-01T00:00:00Z", 1); err != nil {
		t.Error(err)
	}
	expect(t, w, 0, "destroy", "-auto-approve")
	if err := c.isAsBefore(nil); err != nil {
		t.Error(err)
	}
}

// A moment that is known only during the apply, such as that of a lock.
func TestAccSessionCutoff_theMomentOfALock(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", `
resource "identitycenter_user_lock" "test" {
  identity_store_id = "STORE"
  user_id           = "ALICE"
}
`+c.cutoffOf(0, "issued_before = identitycenter_user_lock.test.locked_at")))
	expect(t, w, 0, "apply", "-auto-approve")
	expect(t, w, 0, "plan", "-detailed-exitcode")
	// Somebody enables the user: locked again, and the cut moves with the lock.
	c.SetEnabled(c.IdentityStoreID, c.alice().UserID, true)
	expect(t, w, 2, "plan", "-detailed-exitcode")
	expect(t, w, 0, "apply", "-auto-approve")
	expect(t, w, 0, "plan", "-detailed-exitcode")
	if n := strings.Count(c.policyOf(0), "g:TokenIssueTime"); n != 1 || c.provisionedOf(0) != c.policyOf(0) {
		t.Errorf("the policy is:\n%s", c.policyOf(0))
	}
	expect(t, w, 0, "destroy", "-auto-approve")
	if err := c.isAsBefore(nil); err != nil {
		t.Error(err)
	}
}
