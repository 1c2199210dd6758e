// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

func TestRegisteredRegions(t *testing.T) {
	sim, seeded, c := setUp(t)
	if a := c.as(seeded.Member).get("/v1/registered-regions"); a.Body != `{"regions":[{"region_id":"ap-southeast-3"}]}` {
		t.Errorf("got %d %s", a.Status, a.Body)
	}
	expect(t, c.get("/v1/registered-regions", "limit", "1"), 400, "IIC.400", `"limit"`)
	empty := simulator.New()
	empty.AddKey(seeded.Management)
	empty.AddInstance(simulator.Instance{InstanceID: "i", IdentityStoreID: "d"})
	if a := connect(t, empty, seeded.Management).get("/v1/registered-regions"); a.Body != `{"regions":[]}` {
		t.Errorf("got %s", a.Body)
	}
	_ = sim
}

func TestAccountAssignments(t *testing.T) {
	sim, seeded, c := setUp(t)
	alice := seeded.Users[0].UserID
	path := "/v1/instances/" + seeded.InstanceID + "/account-assignments-for-principals"
	read := func(kind, id string, more ...string) []string {
		t.Helper()
		list, _ := readAll(t, c, "account_assignments", func(a simulator.AccountAssignment) string {
			name := map[string]string{seeded.PermissionSets[0].PermissionSetID: "Administrator", seeded.PermissionSets[1].PermissionSetID: "ReadOnly"}[a.PermissionSetID]
			who := map[string]string{alice: "alice", seeded.Groups[0].GroupID: "security", seeded.Groups[1].GroupID: "staff"}[a.PrincipalID]
			return fmt.Sprintf("%s in %d for %s %s", name, slices.Index(seeded.Accounts, a.AccountID), a.PrincipalType, who)
		}, path, append(more, "principal_type", kind, "principal_id", id)...)
		return list
	}
	all := []string{"Administrator in 0 for USER alice", "Administrator in 0 for GROUP security", "ReadOnly in 0 for GROUP staff", "ReadOnly in 1 for GROUP staff"}
	for name, test := range map[string]struct {
		configure func(*simulator.Options)
		kind, id  string
		query     []string
		want      []string
	}{
		"user":               {nil, "USER", alice, nil, all[:1]},
		"group":              {nil, "GROUP", seeded.Groups[1].GroupID, nil, all[2:]},
		"paged":              {nil, "GROUP", seeded.Groups[1].GroupID, []string{"limit", "1"}, all[2:]},
		"one account":        {nil, "GROUP", seeded.Groups[1].GroupID, []string{"account_id", seeded.Accounts[1]}, all[3:]},
		"nobody":             {nil, "USER", "nobody", nil, nil},
		"a user is no group": {nil, "GROUP", alice, nil, nil},
		"with groups":        {func(o *simulator.Options) { o.AssignmentsIncludeGroups = true }, "USER", alice, []string{"limit", "3"}, all},
		"with groups, as the user": {
			func(o *simulator.Options) { o.AssignmentsIncludeGroups, o.GroupAssignmentsAsUser = true, true }, "USER", alice, nil,
			[]string{all[0], "ReadOnly in 0 for USER alice", "ReadOnly in 1 for USER alice"},
		},
	} {
		sim.Configure(func(o *simulator.Options) {
			*o = simulator.Options{}
			if test.configure != nil {
				test.configure(o)
			}
		})
		if got := read(test.kind, test.id, test.query...); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
	sim.AddAccountAssignment(seeded.InstanceID, seeded.Assignments[0])
	sim.RemoveAccountAssignment(seeded.InstanceID, seeded.Assignments[2])
	sim.Configure(func(o *simulator.Options) { *o = simulator.Options{} })
	if got := read("GROUP", seeded.Groups[1].GroupID); !slices.Equal(got, all[3:]) {
		t.Errorf("got %q", got)
	}

	expect(t, c.get(path, "principal_id", alice), 400, "IIC.400", `"principal_type" is mandatory`)
	expect(t, c.get(path, "principal_type", "USER"), 400, "IIC.400", `"principal_id" is mandatory`)
	expect(t, c.get(path, "principal_type", "ROLE", "principal_id", alice), 400, "IIC.400", "USER or GROUP")
	expect(t, c.get(strings.Replace(path, "ssoins", "none", 1), "principal_type", "USER", "principal_id", alice), 404, "IIC.404", "none")
	expect(t, c.as(seeded.Member).get(path, "principal_type", "USER", "principal_id", alice), 403, "IIC.1000", "IdentityCenter:accountAssignmentForPrincipals:list")
}

func TestDescribePermissionSet(t *testing.T) {
	sim, seeded, c := setUp(t)
	set := seeded.PermissionSets[1]
	describe := func(path string) map[string]any {
		t.Helper()
		return parse[map[string]map[string]any](t, c.get(path))["permission_set"]
	}
	got := describe(setPath(seeded, 1))
	if got["permission_set_id"] != set.PermissionSetID || got["name"] != "ReadOnly" || got["session_duration"] != "PT1H30M" ||
		got["created_date"] != float64(set.CreatedDate.UnixMilli()) {
		t.Errorf("got %v", got)
	}
	sim.Configure(func(o *simulator.Options) { o.SwapCreatedDates = true })
	if _, is := describe(setPath(seeded, 1))["created_date"].(string); !is {
		t.Error("created_date is no text")
	}
	id := sim.AddPermissionSet(seeded.InstanceID, simulator.PermissionSet{Name: "bare"})
	path := "/v1/instances/" + seeded.InstanceID + "/permission-sets/"
	if got := describe(path + id); got["session_duration"] != "PT1H" || len(got) != 4 {
		t.Errorf("got %v", got)
	}
	sim.AddPermissionSet(seeded.InstanceID, simulator.PermissionSet{PermissionSetID: set.PermissionSetID, Name: "renamed"})
	if policy, _ := sim.CustomPolicy(seeded.InstanceID, set.PermissionSetID); describe(path + set.PermissionSetID)["name"] != "renamed" || policy == "" {
		t.Error("a replacement loses the policy")
	}
	expect(t, c.get(path+"ps-none"), 404, "IIC.1205", "ps-none")
	expect(t, c.get("/v1/instances/none/permission-sets/"+id), 404, "IIC.404", "none")
}

// put puts a custom policy.
func (c client) put(path, policy string) reply {
	c.t.Helper()
	body, _ := json.Marshal(map[string]string{"custom_policy": policy})
	return c.send(c.sign(parts{method: http.MethodPut, path: path + "/custom-policy", body: string(body)}))
}

const aPolicy = `{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["*"],"Resource":["*"]}]}`

func TestCustomPolicy(t *testing.T) {
	sim, seeded, c := setUp(t)
	path, set := setPath(seeded, 0), seeded.PermissionSets[0]
	read := func() string {
		t.Helper()
		return parse[map[string]string](t, c.get(path+"/custom-policy"))["custom_policy"]
	}
	remove := func() reply {
		return c.send(c.sign(parts{method: http.MethodDelete, path: path + "/custom-policy"}))
	}
	if got := read(); got != set.CustomPolicy || !strings.HasSuffix(got, "\n") {
		t.Errorf("got %q", got)
	}
	odd := ` {"Statement":[ {"Effect":"Allow", "Action":["<&>"],"Effect":"Deny"}],"Version":"5.0"}` + "\n"
	if a := c.put(path, odd); a.Status != 200 || a.Body != "" || read() != odd {
		t.Errorf("got %d %q, then %q", a.Status, a.Body, read())
	}
	if policy, ok := sim.CustomPolicy(seeded.InstanceID, set.PermissionSetID); policy != odd || !ok {
		t.Errorf("got %q, %t", policy, ok)
	}
	if a := remove(); a.Status != 200 || a.Body != "" {
		t.Errorf("got %d %q", a.Status, a.Body)
	}
	if policy, ok := sim.CustomPolicy(seeded.InstanceID, set.PermissionSetID); policy != "" || ok {
		t.Errorf("got %q, %t", policy, ok)
	}
	expect(t, remove(), 404, "IIC.404", "no custom_policy")
	expect(t, c.get(path+"/custom-policy"), 404, "IIC.404", "no custom_policy")
	expect(t, c.get(path+"/custom-role"), 404, "IIC.404", "no custom_role")
	sim.Configure(func(o *simulator.Options) { o.NoPolicy = 200 })
	if a := c.get(path + "/custom-policy"); a.Body != `{"custom_policy":""}` {
		t.Errorf("got %s", a.Body)
	}
	if a := c.get(path + "/custom-role"); a.Body != `{"custom_role":""}` {
		t.Errorf("got %s", a.Body)
	}
	if a := remove(); a.Status != 200 {
		t.Errorf("got %d %s", a.Status, a.Body)
	}
	sim.SetCustomPolicy(seeded.InstanceID, set.PermissionSetID, "no JSON")
	if got := read(); got != "no JSON" {
		t.Errorf("got %q", got)
	}
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		expect(t, c.send(c.sign(parts{method: method, path: strings.Replace(path, "/ps-", "/none-", 1) + "/custom-policy"})), 404, "IIC.1205", "none-")
	}
	expect(t, c.put(strings.Replace(path, "/ps-", "/none-", 1), aPolicy), 404, "IIC.1205", "none-")
}

func TestPutPolicyIsStrict(t *testing.T) {
	sim, seeded, c := setUp(t)
	path := setPath(seeded, 0)
	before, _ := sim.CustomPolicy(seeded.InstanceID, seeded.PermissionSets[0].PermissionSetID)
	long := strings.Replace(aPolicy, "*", strings.Repeat("é", 131072-len([]rune(aPolicy))+1), 1)
	for name, test := range map[string]struct{ policy, message string }{
		"empty":             {"", "0 characters"},
		"no JSON":           {"{", "malformed"},
		"no object":         {"[]", "malformed"},
		"old":               {`{"Version":"1.1","Statement":[{"Effect":"Allow"}]}`, `instead of "5.0"`},
		"no version":        {`{"Statement":[{"Effect":"Allow"}]}`, `instead of "5.0"`},
		"no statements":     {`{"Version":"5.0","Statement":[]}`, "Statement"},
		"one statement":     {`{"Version":"5.0","Statement":{"Effect":"Allow"}}`, "Statement"},
		"no effect":         {`{"Version":"5.0","Statement":[{}]}`, "Effect"},
		"one char too many": {long + " ", "131073 characters"},
	} {
		t.Run(name, func(t *testing.T) { expect(t, c.put(path, test.policy), 400, "IIC.400", test.message) })
	}
	expect(t, c.send(c.sign(parts{method: http.MethodPut, path: path + "/custom-policy", body: `{"custom_policy":{}}`})), 400, "IIC.400", "not as documented")
	expect(t, c.send(c.sign(parts{method: http.MethodPut, path: path + "/custom-policy", body: `{"policy":"x"}`})), 400, "IIC.400", `"policy"`)
	if after, _ := sim.CustomPolicy(seeded.InstanceID, seeded.PermissionSets[0].PermissionSetID); after != before {
		t.Error("a refused put changed the policy")
	}
	if a := c.put(path, long); a.Status != 200 {
		t.Errorf("the longest: %d %.200s", a.Status, a.Body)
	}
	sim.Configure(func(o *simulator.Options) { o.PolicyLimit = 10240 })
	expect(t, c.put(path, long), 400, "IIC.400", "1 to 10240")
}

func TestWhatIsKeptOfPolicies(t *testing.T) {
	const first, middle, lastly, alone = `{"Sid":"a","Effect":"Deny","Resource":["Sid"]}`, `{"Effect":"Deny" , "Sid" : "b\"c", "Action":["*"]}`,
		`{"Effect":"Deny", "Sid":"d"}`, `{"Effect":"Deny"}`
	policy := ` {"Version": "5.0", "Statement": [` + strings.Join([]string{first, middle, lastly, alone}, ", ") + `], "Id": 1.50e1}`
	for name, test := range map[string]struct {
		configure func(*simulator.Options)
		want      string
	}{
		"everything": {func(*simulator.Options) {}, policy},
		"no Sid": {
			func(o *simulator.Options) { o.DropSid = true },
			` {"Version": "5.0", "Statement": [{"Effect":"Deny","Resource":["Sid"]}, {"Effect":"Deny" , "Action":["*"]}, {"Effect":"Deny"}, {"Effect":"Deny"}], "Id": 1.50e1}`,
		},
		"no format": {
			func(o *simulator.Options) { o.ReformatPolicies = true },
			`{"Id":1.50e1,"Statement":[{"Effect":"Deny","Resource":["Sid"],"Sid":"a"},{"Action":["*"],"Effect":"Deny","Sid":"b\"c"},{"Effect":"Deny","Sid":"d"},{"Effect":"Deny"}],"Version":"5.0"}`,
		},
		"neither": {
			func(o *simulator.Options) { o.ReformatPolicies, o.DropSid = true, true },
			`{"Id":1.50e1,"Statement":[{"Effect":"Deny","Resource":["Sid"]},{"Action":["*"],"Effect":"Deny"},{"Effect":"Deny"},{"Effect":"Deny"}],"Version":"5.0"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, seeded, c := setUp(t, test.configure)
			if a := c.put(setPath(seeded, 0), policy); a.Status != 200 {
				t.Fatalf("got %d %s", a.Status, a.Body)
			}
			if got := parse[map[string]string](t, c.get(setPath(seeded, 0)+"/custom-policy"))["custom_policy"]; got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestOldPolicies(t *testing.T) {
	for _, deletes := range []bool{false, true} {
		sim, seeded, c := setUp(t, func(o *simulator.Options) { o.PutDeletesOldPolicies = deletes })
		path, id := setPath(seeded, 0), seeded.PermissionSets[0].PermissionSetID
		sim.SetCustomRole(seeded.InstanceID, id, `{"Version":"1.1"}`)
		for i := range 150 {
			sim.AddManagedRole(seeded.InstanceID, id, fmt.Sprintf("role %d", i))
		}
		roles := func() []string {
			names, _ := readAll(t, c, "attached_managed_roles", func(r map[string]string) string { return r["role_name"] }, path+"/managed-roles")
			return names
		}
		if got := roles(); len(got) != 150 || got[149] != "role 149" {
			t.Errorf("got %v", got)
		}
		if got := parse[map[string]string](t, c.get(path+"/custom-role")); got["custom_role"] != `{"Version":"1.1"}` {
			t.Errorf("got %v", got)
		}
		c.put(path, aPolicy)
		_, there := sim.CustomRole(seeded.InstanceID, id)
		if gone := len(sim.ManagedRoles(seeded.InstanceID, id)) == 0 && !there && len(roles()) == 0; gone != deletes {
			t.Errorf("gone is %t", gone)
		}
	}
}

// runStatus is the answer of both calls on a provisioning.
type runStatus struct {
	Run struct {
		RequestID       string `json:"request_id"`
		Status          string `json:"status"`
		FailureReason   string `json:"failure_reason"`
		PermissionSetID string `json:"permission_set_id"`
		AccountID       string `json:"account_id"`
		CreatedDate     any    `json:"created_date"`
	} `json:"permission_set_provisioning_status"`
}

const allAccounts = `{"target_type":"ALL_PROVISIONED_ACCOUNTS"}`

// statusOf reads the status of a provisioning.
func (c client) statusOf(seeded simulator.Seeded, requestID string) runStatus {
	c.t.Helper()
	return parse[runStatus](c.t, c.get("/v1/instances/"+seeded.InstanceID+"/permission-sets/provisioning-status/"+requestID))
}

func TestProvisioning(t *testing.T) {
	for name, test := range map[string]struct {
		configure func(*simulator.Options, simulator.Seeded)
		body      string
		statuses  []string
		reached   []bool
	}{
		"at once":       {func(*simulator.Options, simulator.Seeded) {}, allAccounts, []string{"SUCCEEDED", "SUCCEEDED"}, []bool{true, true}},
		"takes a while": {func(o *simulator.Options, _ simulator.Seeded) { o.ProvisioningPolls = 2 }, allAccounts, []string{"IN_PROGRESS", "IN_PROGRESS", "IN_PROGRESS", "SUCCEEDED", "SUCCEEDED"}, []bool{true, true}},
		"one account":   {func(*simulator.Options, simulator.Seeded) {}, `{"target_type":"ACCOUNT","target_id":"SECOND"}`, []string{"SUCCEEDED"}, []bool{false, true}},
		"fails":         {func(o *simulator.Options, _ simulator.Seeded) { o.ProvisioningFailure = "no such account" }, allAccounts, []string{"FAILED", "FAILED"}, []bool{false, false}},
		"fails later":   {func(o *simulator.Options, _ simulator.Seeded) { o.ProvisioningFailure, o.ProvisioningPolls = "x", 1 }, allAccounts, []string{"IN_PROGRESS", "IN_PROGRESS", "FAILED"}, []bool{false, false}},
		"fails for one": {func(o *simulator.Options, s simulator.Seeded) {
			o.ProvisioningFailure, o.ProvisioningFailedAccounts = "x", s.Accounts[:1]
		}, allAccounts, []string{"FAILED"}, []bool{false, true}},
	} {
		t.Run(name, func(t *testing.T) {
			sim, seeded, c := setUp(t)
			sim.Configure(func(o *simulator.Options) { test.configure(o, seeded) })
			path, set := setPath(seeded, 1), seeded.PermissionSets[1]
			c.put(path, aPolicy)
			for _, account := range seeded.Accounts {
				if policy, ok := sim.ProvisionedPolicy(seeded.InstanceID, set.PermissionSetID, account); policy != set.CustomPolicy || !ok {
					t.Errorf("a put reaches the account: %s", policy)
				}
			}
			a := c.post(path+"/provision", strings.Replace(test.body, "SECOND", seeded.Accounts[1], 1))
			run := parse[runStatus](t, a).Run
			statuses := []string{run.Status}
			for range test.statuses[1:] {
				run = c.statusOf(seeded, run.RequestID).Run
				statuses = append(statuses, run.Status)
			}
			if _, is := run.CreatedDate.(string); !slices.Equal(statuses, test.statuses) || run.PermissionSetID != set.PermissionSetID || !is {
				t.Errorf("got %v, %+v", statuses, run)
			}
			if failed := run.Status == "FAILED"; failed != (run.FailureReason != "") {
				t.Errorf("got %+v", run)
			}
			for i, account := range seeded.Accounts {
				policy, _ := sim.ProvisionedPolicy(seeded.InstanceID, set.PermissionSetID, account)
				if (policy == aPolicy) != test.reached[i] {
					t.Errorf("account %d has %s", i, policy)
				}
			}
			wantLatest, wantNot := []string(nil), []string(nil)
			for i, account := range seeded.Accounts {
				if test.reached[i] {
					wantLatest = append(wantLatest, account)
				} else {
					wantNot = append(wantNot, account)
				}
			}
			for query, want := range map[string][]string{"LATEST_PERMISSION_SET_PROVISIONED": wantLatest, "LATEST_PERMISSION_SET_NOT_PROVISIONED": wantNot} {
				got, _ := readAll(t, c, "account_ids", func(id string) string { return id }, path+"/accounts", "provisioning_status", query)
				if !slices.Equal(got, want) {
					t.Errorf("%s: got %v, want %v", query, got, want)
				}
			}
		})
	}
}

func TestProvisioningBeginsWithTheText(t *testing.T) {
	sim, seeded, c := setUp(t, func(o *simulator.Options) { o.ProvisioningPolls, o.SwapCreatedDates = 1, true })
	path, id, account := setPath(seeded, 0), seeded.PermissionSets[0].PermissionSetID, seeded.Accounts[0]
	sim.SetCustomPolicy(seeded.InstanceID, id, aPolicy)
	run := parse[runStatus](t, c.post(path+"/provision", allAccounts)).Run
	if _, is := run.CreatedDate.(float64); !is {
		t.Errorf("created_date is %v", run.CreatedDate)
	}
	later := strings.Replace(aPolicy, "Deny", "Allow", 1)
	c.put(path, later)
	c.statusOf(seeded, run.RequestID)
	if got := c.statusOf(seeded, run.RequestID).Run.Status; got != "SUCCEEDED" {
		t.Errorf("got %s", got)
	}
	if policy, _ := sim.ProvisionedPolicy(seeded.InstanceID, id, account); policy != aPolicy {
		t.Errorf("the account has %s", policy)
	}
	lagging, _ := readAll(t, c, "account_ids", func(id string) string { return id }, path+"/accounts", "provisioning_status", "LATEST_PERMISSION_SET_NOT_PROVISIONED")
	if !slices.Equal(lagging, []string{account}) {
		t.Errorf("lagging are %v", lagging)
	}
	sim.Provision(seeded.InstanceID, id)
	if policy, ok := sim.ProvisionedPolicy(seeded.InstanceID, id, account); policy != later || !ok {
		t.Errorf("the account has %s", policy)
	}
	if policy, ok := sim.ProvisionedPolicy(seeded.InstanceID, id, "elsewhere"); policy != "" || ok {
		t.Errorf("another account has %s", policy)
	}
}

func TestProvisioningConflict(t *testing.T) {
	_, seeded, c := setUp(t, func(o *simulator.Options) { o.ProvisioningPolls, o.ProvisioningConflict = 1, true })
	path := setPath(seeded, 0)
	if a := c.post(path+"/provision", allAccounts); a.Status != 200 {
		t.Fatalf("got %d %s", a.Status, a.Body)
	}
	if a := c.post(setPath(seeded, 1)+"/provision", allAccounts); a.Status != 200 {
		t.Errorf("another permission set: %d %s", a.Status, a.Body)
	}
	// The refusals let the first one end although nobody reads its status.
	for range 2 {
		expect(t, c.post(path+"/provision", allAccounts), 409, "IIC.1006", "Try again")
	}
	if a := c.post(path+"/provision", allAccounts); a.Status != 200 {
		t.Errorf("got %d %s", a.Status, a.Body)
	}
}

func TestProvisioningIsStrict(t *testing.T) {
	_, seeded, c := setUp(t)
	path := setPath(seeded, 0)
	for body, message := range map[string]string{
		``: "not as documented", `{}`: "target_type", `{"target_type":"ACCOUNT"}`: "target_id", `{"target_type":"EVERYTHING"}`: "target_type",
		`{"target_type":"ALL_PROVISIONED_ACCOUNTS","target_id":"x"}`: "target_id", `{"target":"x"}`: `"target"`,
	} {
		expect(t, c.post(path+"/provision", body), 400, "IIC.400", message)
	}
	expect(t, c.post(path+"/provision", `{"target_type":"ACCOUNT","target_id":"elsewhere"}`), 404, "IIC.404", "elsewhere")
	expect(t, c.post(strings.Replace(path, "/ps-", "/none-", 1)+"/provision", allAccounts), 404, "IIC.1205", "none-")
	expect(t, c.get("/v1/instances/"+seeded.InstanceID+"/permission-sets/provisioning-status/none"), 404, "IIC.404", "none")
	expect(t, c.get(path+"/accounts", "provisioning_status", "LATEST"), 400, "IIC.400", "LATEST_PERMISSION_SET_PROVISIONED")
	if ids, _ := readAll(t, c, "account_ids", func(id string) string { return id }, setPath(seeded, 1)+"/accounts"); !slices.Equal(ids, seeded.Accounts) {
		t.Errorf("got %v", ids)
	}
}
