// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator_test

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// runStatus is the response of both calls on a provisioning.
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

func TestProvisioning_policyOfStart(t *testing.T) {
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

func TestProvisioning_conflict(t *testing.T) {
	_, seeded, c := setUp(t, func(o *simulator.Options) { o.ProvisioningPolls, o.ProvisioningConflict = 1, true })
	path := setPath(seeded, 0)
	if a := c.post(path+"/provision", allAccounts); a.Status != 200 {
		t.Fatalf("got %d %s", a.Status, a.Body)
	}
	if a := c.post(setPath(seeded, 1)+"/provision", allAccounts); a.Status != 200 {
		t.Errorf("another permission set: %d %s", a.Status, a.Body)
	}
	// The refusals let the first run end, although no client reads its status.
	for range 2 {
		expect(t, c.post(path+"/provision", allAccounts), 409, "IIC.1006", "Try again")
	}
	if a := c.post(path+"/provision", allAccounts); a.Status != 200 {
		t.Errorf("got %d %s", a.Status, a.Body)
	}
}

func TestProvisioning_refused(t *testing.T) {
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

func TestProvisioning_noAccount(t *testing.T) {
	for status, code := range map[int]string{0: "IIC.404", http.StatusNotFound: "IIC.404", http.StatusBadRequest: "IIC.400", http.StatusConflict: "IIC.1007"} {
		sim, seeded, c := setUp(t, func(o *simulator.Options) { o.ProvisionNone = status })
		sim.RemoveAccount(seeded.InstanceID, seeded.PermissionSets[0].PermissionSetID, seeded.Accounts[0])
		expect(t, c.post(setPath(seeded, 0)+"/provision", allAccounts), cmp.Or(status, 404), code, "to no account")
		sim.Configure(func(o *simulator.Options) { o.ProvisionNone = http.StatusOK })
		if a := c.post(setPath(seeded, 0)+"/provision", allAccounts); a.Status != 200 {
			t.Errorf("got %d %s", a.Status, a.Body)
		}
	}
}

func TestProvisioning_statusMissing(t *testing.T) {
	_, seeded, c := setUp(t, func(o *simulator.Options) { o.ProvisioningStatusMissing = 1 })
	run := parse[runStatus](t, c.post(setPath(seeded, 0)+"/provision", allAccounts)).Run
	expect(t, c.get("/v1/instances/"+seeded.InstanceID+"/permission-sets/provisioning-status/"+run.RequestID), 404, "IIC.404", run.RequestID)
	if got := c.statusOf(seeded, run.RequestID).Run; got.Status != "SUCCEEDED" {
		t.Errorf("got %+v", got)
	}
}
