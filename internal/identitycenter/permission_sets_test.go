// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

func TestRegisteredRegions(t *testing.T) {
	t.Parallel()
	b := serve(t)
	if got, _, err := b.management().RegisteredRegions(t.Context()); err != nil || !slices.Equal(got, []string{b.Region}) {
		t.Errorf("got %q, %v", got, err)
	}
	_, c := answered(t, http.StatusOK, `{}`)
	if _, _, err := c.RegisteredRegions(t.Context()); !errors.Is(err, transport.ErrUndocumented) {
		t.Errorf("got %v", err)
	}
}

func TestAccountAssignments(t *testing.T) {
	t.Parallel()
	for _, included := range []bool{false, true} {
		b := serve(t, func(o *simulator.Options) { o.AssignmentsIncludeGroups = included })
		c := b.management()
		got, err := all(c.AccountAssignments(t.Context(), b.InstanceID, b.alice.UserID, PrincipalUser))
		want := AccountAssignment{AccountID: b.Accounts[0], PermissionSetID: b.PermissionSets[0].PermissionSetID, PrincipalID: b.alice.UserID, PrincipalType: PrincipalUser}
		if err != nil || !slices.Contains(got, want) || (len(got) > 1) != included {
			t.Errorf("of the user: %+v, %v", got, err)
		}
		got, err = all(c.AccountAssignments(t.Context(), b.InstanceID, b.Groups[1].GroupID, PrincipalGroup))
		if err != nil || len(got) != 2 || got[0].PrincipalType != PrincipalGroup {
			t.Errorf("of the group: %+v, %v", got, err)
		}
	}
	for _, body := range []string{`{}`, `{"account_assignments":[{"account_id":"a"}]}`, `{"account_assignments":[{"permission_set_id":"p"}]}`} {
		_, c := answered(t, http.StatusOK, body)
		if _, err := all(c.AccountAssignments(t.Context(), "i", "u", PrincipalUser)); !errors.Is(err, transport.ErrUndocumented) {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

// Huawei Cloud's documents disagree on the type of created_date in two responses.
func TestPermissionSet_createdDate(t *testing.T) {
	t.Parallel()
	for _, swapped := range []bool{false, true} {
		b := serve(t, func(o *simulator.Options) { o.SwapCreatedDates, o.ProvisioningPolls = swapped, 1 })
		c, set := b.management(), b.PermissionSets[0]
		got, _, err := c.PermissionSet(t.Context(), b.InstanceID, set.PermissionSetID)
		if err != nil || got != (PermissionSet{ID: set.PermissionSetID, Name: "Administrator", SessionDuration: "PT8H"}) {
			t.Errorf("got %+v, %v", got, err)
		}
		begun, _, err := c.Provision(t.Context(), b.InstanceID, set.PermissionSetID)
		if err != nil || begun.Status != InProgress || begun.RequestID == "" {
			t.Fatalf("got %+v, %v", begun, err)
		}
		for range 5 {
			if begun, _, err = c.ProvisioningStatus(t.Context(), b.InstanceID, begun.RequestID); err != nil {
				t.Fatal(err)
			}
		}
		if begun.Status != Succeeded {
			t.Errorf("got %+v", begun)
		}
	}
}

func TestProvisioning_fails(t *testing.T) {
	t.Parallel()
	b := serve(t, func(o *simulator.Options) { o.ProvisioningFailure = "no\x1b agency" })
	got, _, err := b.management().Provision(t.Context(), b.InstanceID, b.PermissionSets[0].PermissionSetID)
	if err != nil || got.Status != Failed || got.FailureReason != "no? agency" {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, body := range []string{`{}`, `{"permission_set_provisioning_status":{"status":"SUCCEEDED"}}`, `{"permission_set_provisioning_status":{"request_id":"r"}}`} {
		_, c := answered(t, http.StatusOK, body)
		if _, _, err := c.Provision(t.Context(), "i", "p"); !errors.Is(err, transport.ErrUndocumented) {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	for _, none := range []int{404, 200} {
		b := serve(t, func(o *simulator.Options) { o.NoPolicy = none })
		c, instance, set := b.management(), b.InstanceID, b.PermissionSets[0]
		if got, _, err := c.CustomPolicy(t.Context(), instance, set.PermissionSetID); err != nil || got != set.CustomPolicy {
			t.Errorf("%d: got %q, %v", none, got, err)
		}
		const policy = `{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["*"],"Resource":["<&>"]}]}`
		if _, err := c.PutCustomPolicy(t.Context(), instance, set.PermissionSetID, policy); err != nil {
			t.Error(err)
		}
		if got, _, err := c.CustomPolicy(t.Context(), instance, set.PermissionSetID); err != nil || got != policy {
			t.Errorf("%d: got %q, %v", none, got, err)
		}
		if _, err := c.DeleteCustomPolicy(t.Context(), instance, set.PermissionSetID); err != nil {
			t.Error(err)
		}
		if got, receipt, err := c.CustomPolicy(t.Context(), instance, set.PermissionSetID); err != nil || got != "" || receipt.RequestID() == "" {
			t.Errorf("%d: got %q, %v", none, got, err)
		}

		if got, _, err := c.CustomRole(t.Context(), instance, set.PermissionSetID); err != nil || got != "" {
			t.Errorf("%d: got %q, %v", none, got, err)
		}
		b.SetCustomRole(instance, set.PermissionSetID, `{"Version":"1.1"}`)
		if got, _, err := c.CustomRole(t.Context(), instance, set.PermissionSetID); err != nil || got != `{"Version":"1.1"}` {
			t.Errorf("%d: got %q, %v", none, got, err)
		}
		b.AddManagedRole(instance, set.PermissionSetID, "Tenant Administrator")
		if got, err := all(c.ManagedRoles(t.Context(), instance, set.PermissionSetID)); err != nil || !slices.Equal(got, []string{"Tenant Administrator"}) {
			t.Errorf("got %q, %v", got, err)
		}
	}
}

// A missing permission set or API is not reported as a permission set without a policy.
func TestCustomPolicy_missing(t *testing.T) {
	t.Parallel()
	b := serve(t)
	for name, read := range map[string]func(context.Context, string, string) (string, transport.Receipt, error){
		"policy": b.management().CustomPolicy, "role": b.management().CustomRole,
	} {
		if _, _, err := read(t.Context(), b.InstanceID, "ps-0000000000000000"); refusal(t, err).Code != CodeNoPermissionSet {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for _, fault := range []simulator.Fault{simulator.Refuse(404, transport.CodeNoAPI, "No such API."), {Status: 404}, {Status: 404, Body: "<html>"}} {
		b.ClearFaults()
		b.Inject(fault)
		if _, _, err := b.management().CustomPolicy(t.Context(), b.InstanceID, b.PermissionSets[0].PermissionSetID); statusOf(t, err) != 404 {
			t.Errorf("got %v", err)
		}
	}
}

// The JSON library would replace invalid UTF-8 in the policy.
func TestCustomPolicy_invalidUTF8(t *testing.T) {
	t.Parallel()
	b := serve(t)
	for _, sid := range []string{"\xff", `\ud800`, `\udc00x`} {
		b.ClearFaults()
		b.Inject(simulator.Fault{
			Operation: simulator.GetCustomPolicyForPermissionSet, Status: http.StatusOK,
			Body: `{"custom_policy": "{\"Version\":\"5.0\",\"Statement\":[{\"Sid\":\"a` + sid + `\"}]}"}`,
		})
		got, _, err := b.management().CustomPolicy(t.Context(), b.InstanceID, b.PermissionSets[0].PermissionSetID)
		if !errors.Is(err, transport.ErrUndocumented) || !strings.Contains(err.Error(), "its custom_policy is no valid UTF-8") {
			t.Errorf("%q: got %q, %v", sid, got, err)
		}
	}
}

func TestProvisionedAccounts(t *testing.T) {
	t.Parallel()
	b := serve(t)
	c, instance, set := b.management(), b.InstanceID, b.PermissionSets[1].PermissionSetID
	accounts := func(lagging bool) []string {
		got, err := all(c.ProvisionedAccounts(t.Context(), instance, set, lagging))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := accounts(false); !slices.Equal(got, b.Accounts) {
		t.Errorf("got %q", got)
	}
	if got := accounts(true); len(got) != 0 {
		t.Errorf("got %q", got)
	}
	if _, err := c.PutCustomPolicy(t.Context(), instance, set, `{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["*"],"Resource":["*"]}]}`); err != nil {
		t.Fatal(err)
	}
	if got := accounts(true); !slices.Equal(got, b.Accounts) {
		t.Errorf("got %q", got)
	}
}

func TestPermissionSets(t *testing.T) {
	t.Parallel()
	b := serve(t)
	b.AddInstance(simulator.Instance{InstanceID: "ssoins-many", IdentityStoreID: "d-many"})
	for i := range 150 {
		b.AddPermissionSet("ssoins-many", simulator.PermissionSet{PermissionSetID: fmt.Sprintf("ps-%03d", i), Name: fmt.Sprintf("set %d", i), SessionDuration: "PT8H"})
	}
	sets, err := Collect(b.management().PermissionSets(t.Context(), "ssoins-many"))
	if err != nil || len(sets) != 150 || sets[149] != (PermissionSet{ID: "ps-149", Name: "set 149", SessionDuration: "PT8H"}) {
		t.Errorf("%d sets, %v", len(sets), err)
	}
	if call := b.Calls()[0]; call.Operation != simulator.ListPermissionSets {
		t.Errorf("%+v", call)
	}
}
