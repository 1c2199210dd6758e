// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulatortest"
)

// cloud is a simulator in the cloud's place, and the variables of a run against it.
type cloud struct {
	*simulatortest.Cloud
	env map[string]string
	dir string
}

// withAgency lets the run assume an agency, whose keys only STS says.
func (c *cloud) withAgency() {
	c.AddAgency(simulator.Agency{Name: "live", DomainID: c.Management.AccountID})
	c.env["HW_ASSUME_ROLE_AGENCY_NAME"], c.env["HW_ASSUME_ROLE_DOMAIN_ID"] = "live", c.Management.AccountID
}

func newCloud(t *testing.T, configure ...func(*simulator.Options)) *cloud {
	t.Helper()
	c := &cloud{Cloud: simulatortest.New(t, configure...), dir: filepath.Join(t.TempDir(), "record")}
	// A temporary key, so that there is a security token to keep out of the record.
	key := c.AddMetadataKey(c.Management)
	c.env = map[string]string{
		envEndpoint: c.URL, envRecord: c.dir, "HW_REGION_NAME": "ap-southeast-3",
		"HW_ACCESS_KEY": key.AccessKey, "HW_SECRET_KEY": key.SecretKey, "HW_SECURITY_TOKEN": key.SecurityToken,
	}
	return c
}

// set is the permission set that the tests cut.
func (c *cloud) set() string { return c.PermissionSets[1].PermissionSetID }

func (c *cloud) switchOn(variables ...string) {
	values := map[string]string{envRead: "yes", envEndSessions: "alice", envLock: "alice", envCut: c.set(), envOldPolicies: c.set()}
	for _, name := range variables {
		c.env[name] = values[name]
	}
}

func (c *cloud) run(ctx context.Context) (string, error) {
	var out strings.Builder
	err := run(ctx, func(name string) string { return c.env[name] }, &out, time.Millisecond)
	return out.String(), err
}

// printed are the options of the simulator that a run printed.
func printed(out string) map[string]string {
	options := map[string]string{}
	for _, match := range regexp.MustCompile(`(?m)^    simulator: (\w+): (.*)$`).FindAllStringSubmatch(out, -1) {
		options[match[1]] = match[2]
	}
	return options
}

// entry is what a run printed of a fact.
func entry(out, id string) string {
	_, rest, _ := strings.Cut(out, "\n"+id+": ")
	_, answer, _ := strings.Cut(rest, "\n    ")
	line, _, _ := strings.Cut(answer, "\n")
	return line
}

func TestWithoutVariablesNothingIsCalled(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	out, err := c.run(t.Context())
	if err != nil || len(c.Calls()) > 0 {
		t.Errorf("%d calls, %v", len(c.Calls()), err)
	}
	for _, name := range []string{envRead, envEndSessions, envLock, envCut, envOldPolicies, envPause, envRecord, envEndpoint, "HW_ACCESS_KEY"} {
		if !strings.Contains(out, name) {
			t.Errorf("the output does not name %s", name)
		}
	}
	if _, err := os.Stat(c.dir); err == nil {
		t.Error("there is a record")
	}
	// What changes something needs the first variable too, and is named twice.
	c.switchOn(envEndSessions, envLock, envCut)
	if _, err := c.run(t.Context()); err != nil || len(c.Calls()) > 0 {
		t.Errorf("%d calls, %v", len(c.Calls()), err)
	}
	for name, wrong := range map[string]string{envRead: "no", envLock: "bob", envOldPolicies: "another", envPause: "soon"} {
		c.switchOn(envRead, envEndSessions, envLock, envCut, envOldPolicies)
		c.env[name] = wrong
		if _, err := c.run(t.Context()); err == nil || !strings.Contains(err.Error(), name) || len(c.Calls()) > 0 {
			t.Errorf("%s=%s: %d calls, %v", name, wrong, len(c.Calls()), err)
		}
		delete(c.env, name)
	}
}

func TestReadingChangesNothing(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.switchOn(envRead)
	out, err := c.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range c.Calls() {
		if call.Method != http.MethodGet && call.Operation != simulator.DescribeUsers && call.Operation != simulator.GetGroupId {
			t.Errorf("called %s", call.Operation)
		}
	}
	for _, f := range facts() {
		answer := entry(out, f.id)
		changes := strings.Contains(f.needs, envEndSessions) || strings.Contains(f.needs, envLock) || strings.Contains(f.needs, envCut) || f.read == nil
		if answer == "" || changes && !strings.HasPrefix(answer, "not tried; it needs "+f.needs) {
			t.Errorf("%s: %q", f.id, answer)
		}
	}
	if !strings.Contains(out, "\nNowhere.\n") {
		t.Errorf("the simulator differs from itself:\n%s", out)
	}
}

// The readings that are printed are the options of the simulator, and a simulator with
// these options differs in nothing, whatever they are.
func TestReadings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options  simulator.Options
		old      bool
		provider string
		// untried are the options that cannot be read under the others.
		untried []string
	}{
		"one": {
			options: simulator.Options{
				SessionTimesInSeconds: true, BracketedUserAgents: true, Gone: 404, AlreadyInState: 200, DisableUnknown: 404, GroupNotFound: 404,
				NoPolicy: 404, PutDeletesOldPolicies: true,
			},
			old: true, provider: "SCIM/idp",
			untried: []string{"ProvisioningConflict", "PolicyLimit"},
		},
		"opposite": {
			options: simulator.Options{
				Gone: 200, FuzzyUserName: true, UnknownUsers: 404, DisabledUserSessions: 409, DisableEndsSessions: true, AlreadyInState: 409,
				DisableUnknown: 409, StaleReads: 2, GroupNotFound: 400, AssignmentsIncludeGroups: true, GroupAssignmentsAsUser: true,
				NoPolicy: 200, DropSid: true, ReformatPolicies: true, PolicyLimit: 10_240, ProvisioningPolls: 2, ProvisioningConflict: true,
				SwapCreatedDates: true,
			},
			untried: []string{"DisableProvisioned", "PutDeletesOldPolicies"},
		},
		"refusing": {
			options: simulator.Options{
				KeepSessions: true, UnknownUsers: 400, DisableProvisioned: 409, AssignmentsIncludeGroups: true, GroupNotFound: 404, NoPolicy: 404,
			},
			old: true, provider: "SCIM/idp",
			untried: []string{
				"Gone", "DisabledUserSessions", "DisableEndsSessions", "AlreadyInState", "DisableUnknown", "StaleReads", "DropSid",
				"GroupAssignmentsAsUser", "PolicyLimit", "ProvisioningPolls", "ProvisioningConflict",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, func(o *simulator.Options) { *o = test.options })
			c.switchOn(envRead, envEndSessions, envLock, envCut)
			if test.old {
				c.AddManagedRole(c.InstanceID, c.set(), "old")
				c.switchOn(envOldPolicies)
			}
			alice := c.Users[0].User
			if test.provider != "" {
				alice.CreatedBy = test.provider
			}
			c.AddUser(c.IdentityStoreID, alice)
			c.withAgency()
			out, err := c.run(t.Context())
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			checkOptions(t, out, test.options, test.untried)
			if !strings.Contains(out, "\nNowhere.\n") {
				t.Errorf("the simulator differs from itself:\n%s", out)
			}
			checkUndone(t, c)
			checkRecord(t, c)
			// It says what it does before the first call that does it.
			for _, announced := range []string{`end ALL sessions of the user "alice"`, `DISABLE the user "alice"`, "DENY everything to the present console sessions of the permission set " + c.set()} {
				if said, _, _ := strings.Cut(out, "==> Reading"); !strings.Contains(said, announced) {
					t.Errorf("it does not say %q", announced)
				}
			}
		})
	}
}

// reads are the options that stand for a reading, apart from those that need a refusal.
func reads() []string {
	var names []string
	for name, row := range openOptions() {
		if row && !slices.Contains([]string{"ActionsOfTable", "DecisionShape"}, name) {
			names = append(names, name)
		}
	}
	return names
}

func checkOptions(t *testing.T, out string, options simulator.Options, untried []string) {
	t.Helper()
	got := printed(out)
	for _, name := range reads() {
		want := fmt.Sprintf("%#v", reflect.ValueOf(options).FieldByName(name).Interface())
		switch text, read := got[name]; {
		case slices.Contains(untried, name):
		case !read && name == "GroupAssignmentsAsUser" && !options.AssignmentsIncludeGroups:
		case text != want:
			t.Errorf("%s is read as %q, want %s", name, text, want)
		}
	}
	for _, name := range untried {
		if text, read := got[name]; read {
			t.Errorf("%s is read as %s, want it not tried", name, text)
		}
	}
	if t.Failed() {
		t.Log(out)
	}
}

// checkUndone checks that the users and permission sets are as before, but for Alice's
// sessions.
func checkUndone(t *testing.T, c *cloud) {
	t.Helper()
	alice, bob := c.Users[0], c.Users[1]
	if !c.Enabled(c.IdentityStoreID, alice.UserID) {
		t.Error("Alice is disabled")
	}
	if n := len(c.Sessions(c.IdentityStoreID, bob.UserID)); n != 1 {
		t.Errorf("Bob has %d sessions", n)
	}
	policy, _ := c.CustomPolicy(c.InstanceID, c.set())
	for _, account := range c.Accounts {
		provisioned, _ := c.ProvisionedPolicy(c.InstanceID, c.set(), account)
		for _, text := range []string{policy, provisioned} {
			if strings.Contains(text, "TokenIssueTime") || !strings.Contains(text, "*:*:get*") {
				t.Errorf("the policy is %s", text)
			}
		}
	}
}

func checkRecord(t *testing.T, c *cloud) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(c.dir, "*.jsonl"))
	if err != nil || len(files) != 2 {
		t.Fatalf("the record has the files %v, %v", files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range append(c.Secrets(), "SDK-HMAC-SHA256", "Signature=") {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s has a secret, %q", name, secret)
			}
		}
		if strings.HasPrefix(filepath.Base(name), "cloud") {
			if n := strings.Count(string(text), "\n"); n != len(c.Calls()) || !strings.Contains(string(text), simulator.AssumeAgency) {
				t.Errorf("%d lines for %d calls", n, len(c.Calls()))
			}
		}
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

func TestReadingsOfRefusals(t *testing.T) {
	t.Parallel()
	for _, options := range []simulator.Options{{}, {ActionsOfTable: true, DecisionShape: "statements"}} {
		c := newCloud(t, func(o *simulator.Options) { *o = options })
		c.env["HW_ACCESS_KEY"], c.env["HW_SECRET_KEY"], c.env["HW_SECURITY_TOKEN"] = c.Member.AccessKey, c.Member.SecretKey, ""
		c.switchOn(envRead)
		out, err := c.run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got := printed(out)
		if got["DecisionShape"] != fmt.Sprintf("%#v", options.DecisionShape) || got["ActionsOfTable"] != fmt.Sprint(options.ActionsOfTable) {
			t.Errorf("got %v, want %+v", got, options)
		}
		// The simulator's own key is not refused, and that shows.
		if !strings.Contains(out, "ListUsers 403 only in the cloud") {
			t.Errorf("got\n%s", out)
		}
		// Messages of STS are not in the record.
		names, _ := filepath.Glob(filepath.Join(c.dir, "cloud-*"))
		record, err := os.ReadFile(names[0])
		if err != nil || strings.Contains(string(record), "decoded_message") || !strings.Contains(string(record), simulator.DecodeAuthorizationMessage) {
			t.Errorf("the record of %s, %v", names[0], err)
		}
	}
}

// An interrupt at each call that changes something leaves nothing behind.
func TestAnInterruptIsUndone(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{simulator.DisableUser, simulator.PutCustomPolicyToPermissionSet, simulator.ProvisionPermissionSet} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.switchOn(envRead, envEndSessions, envLock, envCut)
			ctx, cancel := context.WithCancel(t.Context())
			c.Before(operation, cancel)
			if out, err := c.run(ctx); err == nil {
				t.Errorf("no error:\n%s", out)
			}
			checkUndone(t, c)
		})
	}
}

func TestDifferencesAreFound(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.switchOn(envRead)
	c.Inject(
		simulator.Fault{Operation: simulator.DescribeUser, Status: 200, Body: fmt.Sprintf(`{"user_id":%q,"enabled":true,"display_name":7,"surprise":[{"x":1}]}`, c.Users[0].UserID)},
		simulator.Fault{Operation: simulator.DescribeGroup, Status: 404, Code: "IIC.404"},
	)
	out, err := c.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"DescribeUser 200: $.surprise[].x (number) only in the cloud", "DescribeUser 200: $.user_name (string) only in the simulator",
		"DescribeUser 200: $.display_name (number) only in the cloud", "DescribeUser 200: $.display_name (string) only in the simulator",
		"DescribeGroup 404 only in the cloud", "DescribeGroup 200 only in the simulator",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if t.Failed() {
		t.Log(out)
	}
}

func TestAPermissionSetWithoutAPolicyHasNoneAfterwards(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 404} {
		c := newCloud(t, func(o *simulator.Options) { o.NoPolicy = status })
		c.SetCustomPolicy(c.InstanceID, c.set(), "")
		c.Provision(c.InstanceID, c.set())
		c.switchOn(envRead, envCut)
		out, err := c.run(t.Context())
		if err != nil || !strings.Contains(out, "\nNowhere.\n") || printed(out)["NoPolicy"] != fmt.Sprint(status) {
			t.Errorf("%v\n%s", err, out)
		}
		policy, _ := c.CustomPolicy(c.InstanceID, c.set())
		provisioned, _ := c.ProvisionedPolicy(c.InstanceID, c.set(), c.Accounts[0])
		if policy != "" || provisioned != "" || len(c.CallsOf(simulator.PutCustomPolicyToPermissionSet)) != 2 {
			t.Errorf("%d puts, %q, %q", len(c.CallsOf(simulator.PutCustomPolicyToPermissionSet)), policy, provisioned)
		}
	}
}

// What cannot be undone is an error that says what is left.
func TestWhatIsLeftIsSaid(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault simulator.Fault
		want  string
	}{
		"lock":  {simulator.Fault{Operation: simulator.EnableUser, Status: 400, Code: "IIC.400"}, "enable the user in the console"},
		"probe": {simulator.Fault{Operation: simulator.PutCustomPolicyToPermissionSet, After: 1, Status: 400, Code: "IIC.400"}, "put it back in the console"},
		"cut":   {simulator.Fault{Operation: simulator.PutCustomPolicyToPermissionSet, After: 3, Status: 400, Code: "IIC.400"}, "take it out in the console"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.Inject(test.fault)
			c.switchOn(envRead, envEndSessions, envLock, envCut)
			if out, err := c.run(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
