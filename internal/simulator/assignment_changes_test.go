// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// changeStatus is the response of all calls on a creation or deletion.
type changeStatus struct {
	Creation *changeRun `json:"account_assignment_creation_status"`
	Deletion *changeRun `json:"account_assignment_deletion_status"`
}

type changeRun struct {
	CreatedDate     any    `json:"created_date"`
	FailureReason   string `json:"failure_reason"`
	PermissionSetID string `json:"permission_set_id"`
	PrincipalID     string `json:"principal_id"`
	PrincipalType   string `json:"principal_type"`
	RequestID       string `json:"request_id"`
	Status          string `json:"status"`
	TargetID        string `json:"target_id"`
	TargetType      string `json:"target_type"`
}

func assignmentBody(a simulator.AccountAssignment) string {
	return fmt.Sprintf(`{"permission_set_id":%q,"principal_id":%q,"principal_type":%q,"target_id":%q,"target_type":"ACCOUNT"}`,
		a.PermissionSetID, a.PrincipalID, a.PrincipalType, a.AccountID)
}

func TestAssignmentChanges(t *testing.T) {
	sim, seeded, c := setUp(t)
	path, a := "/v1/instances/"+seeded.InstanceID+"/account-assignments", seeded.Assignments[0]
	own := func() []simulator.AccountAssignment {
		return sim.AccountAssignments(seeded.InstanceID, "USER", a.PrincipalID)
	}

	run := parse[changeStatus](t, c.post(path+"/delete", assignmentBody(a))).Deletion
	if run == nil || run.Status != "SUCCEEDED" || run.RequestID == "" || run.TargetID != a.AccountID || run.PermissionSetID != a.PermissionSetID || run.FailureReason != "" {
		t.Errorf("deletion: %+v", run)
	}
	if got := own(); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
	if group := sim.AccountAssignments(seeded.InstanceID, "GROUP", seeded.Groups[0].GroupID); !slices.Equal(group, seeded.Assignments[1:2]) {
		t.Errorf("of the group: %v", group)
	}
	expect(t, c.get(path+"/creation-status/"+run.RequestID), 404, "IIC.404", run.RequestID)

	// The change is asynchronous: it takes effect with the response that reports it.
	sim.Configure(func(o *simulator.Options) { o.AssignmentPolls = 2 })
	run = parse[changeStatus](t, c.post(path+"/create", assignmentBody(a))).Creation
	if len(own()) != 0 {
		t.Errorf("it takes effect at once: %v", own())
	}
	for i, want := range []string{"IN_PROGRESS", "SUCCEEDED", "SUCCEEDED"} {
		if got := parse[changeStatus](t, c.get(path+"/creation-status/"+run.RequestID)).Creation; run.Status != "IN_PROGRESS" || got.Status != want {
			t.Errorf("status %d is %s, want %s", i, got.Status, want)
		}
	}
	if got := own(); !slices.Equal(got, []simulator.AccountAssignment{a}) {
		t.Errorf("got %v", got)
	}

	sim.Configure(func(o *simulator.Options) { o.AssignmentPolls, o.AssignmentFailure = 0, "no such luck" })
	if run = parse[changeStatus](t, c.post(path+"/delete", assignmentBody(a))).Deletion; run.Status != "FAILED" || run.FailureReason != "no such luck" || len(own()) != 1 {
		t.Errorf("failure: %+v, %v", run, own())
	}
}

func TestAssignmentChanges_readings(t *testing.T) {
	sim, seeded, c := setUp(t)
	path, there := "/v1/instances/"+seeded.InstanceID+"/account-assignments", seeded.Assignments[0]
	missing := there
	missing.AccountID = seeded.Accounts[1]
	reading := func(set func(*simulator.Options)) {
		sim.Configure(func(o *simulator.Options) { *o = simulator.Options{}; set(o) })
	}
	for _, status := range []int{200, 409, 400} {
		reading(func(o *simulator.Options) { o.AssignmentExists, o.AssignmentMissing = status, status })
		for operation, a := range map[string]simulator.AccountAssignment{"create": there, "delete": missing} {
			if got := c.post(path+"/"+operation, assignmentBody(a)); got.Status != status {
				t.Errorf("%s: %d %s", operation, got.Status, got.Body)
			}
		}
	}
	reading(func(*simulator.Options) {})
	if got := c.post(path+"/create", assignmentBody(there)); got.Status != 200 {
		t.Errorf("create: %d %s", got.Status, got.Body)
	}
	expect(t, c.post(path+"/delete", assignmentBody(missing)), 404, "IIC.404", "does not exist")
	reading(func(o *simulator.Options) { o.RepeatedAssignmentFails = true })
	if run := parse[changeStatus](t, c.post(path+"/delete", assignmentBody(missing))).Deletion; run.Status != "FAILED" || run.FailureReason == "" {
		t.Errorf("%+v", run)
	}

	// A conflict ends even if no client reads the status of the other change.
	reading(func(o *simulator.Options) { o.AssignmentConflict, o.AssignmentPolls = true, 1 })
	if got := c.post(path+"/delete", assignmentBody(there)); got.Status != 200 {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	expect(t, c.post(path+"/create", assignmentBody(missing)), 409, "IIC.1006", "Try again")
	if got := c.post(path+"/create", assignmentBody(missing)); got.Status != 200 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

func TestAssignmentChanges_lag(t *testing.T) {
	sim, seeded, c := setUp(t, func(o *simulator.Options) { o.AssignmentLag = 1 })
	instance, a := "/v1/instances/"+seeded.InstanceID, seeded.Assignments[0]
	list := func() int {
		all, _ := readAll(t, c, "account_assignments", func(a simulator.AccountAssignment) string { return a.AccountID },
			instance+"/account-assignments-for-principals", "principal_type", "USER", "principal_id", a.PrincipalID)
		return len(all)
	}
	if run := parse[changeStatus](t, c.post(instance+"/account-assignments/delete", assignmentBody(a))).Deletion; run.Status != "SUCCEEDED" {
		t.Fatalf("%+v", run)
	}
	if first, second := list(), list(); first != 1 || second != 0 {
		t.Errorf("listed %d, then %d", first, second)
	}
	if len(sim.AccountAssignments(seeded.InstanceID, "USER", a.PrincipalID)) != 0 {
		t.Error("it is still there")
	}
}

func TestAssignmentChanges_strict(t *testing.T) {
	_, seeded, c := setUp(t)
	path, a := "/v1/instances/"+seeded.InstanceID+"/account-assignments/", seeded.Assignments[0]
	valid := assignmentBody(a)
	for body, message := range map[string]string{
		``: "not as documented", `{}`: "target_type",
		strings.Replace(valid, `"ACCOUNT"`, `"OU"`, 1):                     "target_type",
		strings.Replace(valid, `"USER"`, `"ROLE"`, 1):                      "principal_type",
		strings.Replace(valid, `"`+a.AccountID+`"`, `""`, 1):               "mandatory",
		strings.Replace(valid, `"target_id"`, `"account_id"`, 1):           `"account_id"`,
		strings.Replace(valid, `{`, `{"instance_id":"ssoins-1",`, 1):       `"instance_id"`,
		strings.Replace(valid, `"principal_id"`, `"principal_name"`, 1):    `"principal_name"`,
		strings.Replace(valid, `"permission_set_id"`, `"permission"`, 1):   `"permission"`,
		strings.Replace(valid, `"target_type":"ACCOUNT"`, `"x":"y"`, 1):    `"x"`,
		strings.Replace(valid, `"principal_type":"USER"`, `"x":"USER"`, 1): `"x"`,
	} {
		for _, operation := range []string{"create", "delete"} {
			expect(t, c.post(path+operation, body), 400, "IIC.400", message)
		}
	}
	unknown := a
	unknown.PermissionSetID = "ps-none"
	expect(t, c.post(path+"create", assignmentBody(unknown)), 404, "IIC.1205", "ps-none")
	unknown = a
	unknown.PrincipalID = "nobody"
	expect(t, c.post(path+"delete", assignmentBody(unknown)), 404, "IIC.404", "nobody")
	expect(t, c.post(strings.Replace(path, "ssoins", "none", 1)+"create", valid), 404, "IIC.404", "none")
	expect(t, c.get(path+"deletion-status/none"), 404, "IIC.404", "none")
	expect(t, c.as(seeded.Member).post(path+"create", valid), 403, "IIC.1000", "IdentityCenter:accountAssignment:create")
}

// createdMembership is the response of CreateGroupMembership.
type createdMembership struct {
	IdentityStoreID string `json:"identity_store_id"`
	MembershipID    string `json:"membership_id"`
}

func TestMembershipChanges(t *testing.T) {
	sim, seeded, c := setUp(t)
	alice, bob, staff := seeded.Users[0].UserID, seeded.Users[1].UserID, seeded.Groups[1].GroupID
	path := "/v1/identity-stores/" + seeded.IdentityStoreID + "/group-memberships"
	body := fmt.Sprintf(`{"group_id":%q,"member_id":{"user_id":%q}}`, staff, alice)

	expect(t, c.post(path, body), 409, "IIC.1007", "already in the group")
	sim.Configure(func(o *simulator.Options) { o.MembershipExists = 200 })
	known := parse[createdMembership](t, c.post(path, body))
	if known.MembershipID == "" || known.IdentityStoreID != seeded.IdentityStoreID {
		t.Errorf("got %+v", known)
	}
	remove := func() reply { return c.delete(path + "/" + known.MembershipID) }
	if got := remove(); got.Status != 200 || len(got.Body) > 0 {
		t.Errorf("got %d %s", got.Status, got.Body)
	}
	if groups := sim.GroupsOf(seeded.IdentityStoreID, alice); !slices.Equal(groups, []string{seeded.Groups[0].GroupID}) {
		t.Errorf("groups: %v", groups)
	}
	if groups := sim.GroupsOf(seeded.IdentityStoreID, bob); !slices.Equal(groups, []string{staff}) {
		t.Errorf("groups of another member: %v", groups)
	}
	expect(t, remove(), 404, "IIC.404", known.MembershipID)
	for _, status := range []int{200, 400} {
		sim.Configure(func(o *simulator.Options) { o.MembershipMissing = status })
		if got := remove(); got.Status != status {
			t.Errorf("got %d %s", got.Status, got.Body)
		}
	}
	if again := parse[createdMembership](t, c.post(path, body)); again != known {
		t.Errorf("got %+v", again)
	}

	for body, message := range map[string]string{
		``: "not as documented", `{}`: "mandatory", fmt.Sprintf(`{"group_id":%q}`, staff): "mandatory",
		fmt.Sprintf(`{"group_id":%q,"member_id":{}}`, staff): "mandatory", fmt.Sprintf(`{"group_id":%q,"user_id":%q}`, staff, alice): `"user_id"`,
	} {
		expect(t, c.post(path, body), 400, "IIC.400", message)
	}
	expect(t, c.post(path, fmt.Sprintf(`{"group_id":"none","member_id":{"user_id":%q}}`, alice)), 404, "IIC.404", "none")
	expect(t, c.post(path, fmt.Sprintf(`{"group_id":%q,"member_id":{"user_id":"nobody"}}`, staff)), 404, "IIC.1002", "nobody")
	expect(t, c.as(seeded.Member).post(path, body), 403, "IIC.1000", "IdentityCenter:groupMembership:create")
}

func TestMembershipChanges_provisionedGroup(t *testing.T) {
	sim, seeded, c := setUp(t, func(o *simulator.Options) { o.ProvisionedMemberships = http.StatusForbidden })
	alice := seeded.Users[0].UserID
	group := sim.AddGroup(seeded.IdentityStoreID, simulator.Group{DisplayName: "from the identity provider", CreatedBy: "SCIM/idp"})
	sim.AddMember(seeded.IdentityStoreID, group, alice)
	store := "/v1/identity-stores/" + seeded.IdentityStoreID
	body := fmt.Sprintf(`{"group_id":%q,"member_id":{"user_id":%q}}`, group, alice)
	expect(t, c.post(store+"/group-memberships", body), 403, "IIC.1000", "identity provider")

	sim.Configure(func(o *simulator.Options) { o.MembershipExists = 200; o.ProvisionedMemberships = 0 })
	id := parse[createdMembership](t, c.post(store+"/group-memberships", body)).MembershipID
	sim.Configure(func(o *simulator.Options) { o.ProvisionedMembershipsReturn = 2 })
	if got := c.delete(store + "/group-memberships/" + id); got.Status != 200 {
		t.Fatalf("got %d %s", got.Status, got.Body)
	}
	for i, want := range []int{2, 3, 3} {
		groups, _ := readAll(t, c, "group_memberships", func(m struct {
			GroupID string `json:"group_id"`
		},
		) string {
			return m.GroupID
		}, store+"/group-memberships-for-member", "user_id", alice)
		if len(groups) != want {
			t.Errorf("list %d has %v", i, groups)
		}
	}
}

func (c client) delete(path string) reply {
	c.t.Helper()
	return c.send(c.sign(parts{method: http.MethodDelete, path: path}))
}
