// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

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
	sim.Configure(func(o *simulator.Options) { o.NoPolicy = 404 })
	expect(t, remove(), 404, "IIC.404", "no custom_policy")
	expect(t, c.get(path+"/custom-policy"), 404, "IIC.404", "no custom_policy")
	expect(t, c.get(path+"/custom-role"), 404, "IIC.404", "no custom_role")
	sim.Configure(func(o *simulator.Options) { o.NoPolicy = 0 })
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

func TestCustomPolicy_stale(t *testing.T) {
	sim, seeded, c := setUp(t, func(o *simulator.Options) { o.StalePolicyReads = 2 })
	path, before := setPath(seeded, 0), seeded.PermissionSets[0].CustomPolicy
	read := func() string { return parse[map[string]string](t, c.get(path+"/custom-policy"))["custom_policy"] }
	if a := c.put(path, aPolicy); a.Status != 200 {
		t.Fatalf("got %d %s", a.Status, a.Body)
	}
	for i, want := range []string{before, before, aPolicy} {
		if got := read(); got != want {
			t.Errorf("read %d: %q", i, got)
		}
	}
	if policy, _ := sim.CustomPolicy(seeded.InstanceID, seeded.PermissionSets[0].PermissionSetID); policy != aPolicy {
		t.Errorf("got %q", policy)
	}
	c.send(c.sign(parts{method: http.MethodDelete, path: path + "/custom-policy"}))
	for i, want := range []string{aPolicy, aPolicy, ""} {
		if got := read(); got != want {
			t.Errorf("read %d after the delete: %q", i, got)
		}
	}
}

func TestListPermissionSets(t *testing.T) {
	sim, seeded, c := setUp(t)
	for i := range 120 {
		sim.AddPermissionSet(seeded.InstanceID, simulator.PermissionSet{Name: fmt.Sprintf("set %d", i)})
	}
	path := "/v1/instances/" + seeded.InstanceID + "/permission-sets"
	names, _ := readAll(t, c, "permission_sets", func(r map[string]any) string { return fmt.Sprint(r["name"]) }, path)
	if len(names) != 122 || names[0] != "Administrator" || names[121] != "set 119" {
		t.Errorf("%d: %v", len(names), names)
	}
	if a := c.get(path, "name", "ReadOnly"); !strings.Contains(a.Body, seeded.PermissionSets[1].PermissionSetID) || strings.Contains(a.Body, "Administrator") {
		t.Errorf("got %s", a.Body)
	}
	expect(t, c.get("/v1/instances/none/permission-sets"), 404, "IIC.404", "none")
}

func TestPutPolicy_refused(t *testing.T) {
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

func TestPutPolicy_kept(t *testing.T) {
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

func TestPutPolicy_oldPolicies(t *testing.T) {
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
