// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator_test

import (
	"net/http"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// anAction is a call and the action that it requires.
type anAction struct {
	operation string
	call      func(client) reply
	action    string
	// ofTable is the required action in the table of actions, if it differs.
	ofTable string
}

// actions has every call that requires an action, with the action in the API reference.
func actions(seeded simulator.Seeded) []anAction {
	store, alice, set := seeded.IdentityStoreID, seeded.Users[0].UserID, setPath(seeded, 0)
	get := func(path string, query ...string) func(client) reply {
		return func(c client) reply { return c.get(path, query...) }
	}
	post := func(path, body string) func(client) reply {
		return func(c client) reply { return c.post(path, body) }
	}
	return []anAction{
		{simulator.BatchDeleteSessions, post(sessionsPath(store, alice)+"/batch-delete", `{"session_ids":["`+seeded.Users[0].Sessions[0].SessionID+`"]}`), "IdentityCenter:user:batchDeleteSession", ""},
		{simulator.ListSessions, get(sessionsPath(store, alice)), "IdentityCenter:user:listSessions", ""},
		{simulator.ListUsers, get(usersPath(store)), "IdentityCenter:user:listSessions", "IdentityCenter:user:list"},
		{simulator.DescribeUser, get(userPath(store, alice)), "IdentityCenter:user:listSessions", "IdentityCenter:user:describe"},
		{simulator.DescribeUsers, post(usersPath(store)+"/batch-query", `{"user_ids":["x"]}`), "IdentityCenter:user:listSessions", "IdentityCenter:user:describeUsers"},
		{simulator.DisableUser, func(c client) reply { return c.switchUser(store, alice, "disable") }, "IdentityCenter:user:disableUser", ""},
		{simulator.EnableUser, func(c client) reply { return c.switchUser(store, alice, "enable") }, "IdentityCenter:user:enableUser", ""},
		{simulator.ListGroups, get(storePath(store, "/groups")), "IdentityCenter:group:list", ""},
		{simulator.DescribeGroup, get(storePath(store, "/groups/"+seeded.Groups[0].GroupID)), "IdentityCenter:group:describe", ""},
		{simulator.GetGroupId, post(storePath(store, "/groups/retrieve-group-id"), `{"alternate_identifier":{"unique_attribute":{"attribute_path":"display_name","attribute_value":"staff"}}}`), "IdentityCenter:group:getGroupId", ""},
		{simulator.ListGroupMemberships, get(storePath(store, "/group-memberships"), "group_id", seeded.Groups[0].GroupID), "IdentityCenter:groupMembership:listForMember", ""},
		{simulator.ListGroupMembershipsForMember, get(storePath(store, "/group-memberships-for-member"), "user_id", alice), "IdentityCenter:groupMembership:listForMember", ""},
		{simulator.ListInstances, get("/v1/instances"), "IdentityCenter:instance:list", ""},
		{simulator.DescribeRegisteredRegions, get("/v1/registered-regions"), "IdentityCenter:instance:describeRegisteredRegions", ""},
		{simulator.ListAccountAssignmentsForPrincipal, get("/v1/instances/"+seeded.InstanceID+"/account-assignments-for-principals", "principal_id", alice, "principal_type", "USER"), "IdentityCenter:accountAssignmentForPrincipals:list", ""},
		{simulator.ListPermissionSets, get("/v1/instances/" + seeded.InstanceID + "/permission-sets"), "IdentityCenter:permissionSet:list", ""},
		{simulator.DescribePermissionSet, get(set), "IdentityCenter:permissionSet:describe", ""},
		{simulator.GetCustomPolicyForPermissionSet, get(set + "/custom-policy"), "IdentityCenter:permissionSet:getCustomPolicy", ""},
		{simulator.PutCustomPolicyToPermissionSet, func(c client) reply { return c.put(set, aPolicy) }, "IdentityCenter:permissionSet:attachCustomPolicy", ""},
		{simulator.DeleteCustomPolicyFromPermissionSet, func(c client) reply {
			return c.send(c.sign(parts{method: http.MethodDelete, path: set + "/custom-policy"}))
		}, "IdentityCenter:permissionSet:detachCustomPolicy", ""},
		{simulator.GetCustomRoleForPermissionSet, get(set + "/custom-role"), "IdentityCenter:permissionSet:getCustomRole", ""},
		{simulator.ListManagedRolesInPermissionSet, get(set + "/managed-roles"), "IdentityCenter:permissionSet:listManagedPolicies", ""},
		{simulator.ListAccountsForProvisionedPermissionSet, get(set + "/accounts"), "IdentityCenter:permissionSet:listAccountsForProvisioned", ""},
		{simulator.ProvisionPermissionSet, post(set+"/provision", allAccounts), "IdentityCenter:permissionSet:provision", ""},
		{simulator.DescribePermissionSetProvisioningStatus, get("/v1/instances/" + seeded.InstanceID + "/permission-sets/provisioning-status/x"), "IdentityCenter:permissionSet:describeProvisioningStatus", ""},
		{simulator.DecodeAuthorizationMessage, post("/v5/decode-authorization-message", `{"encoded_message":"x"}`), "sts::decodeAuthorizationMessage", ""},
		{simulator.AssumeAgency, post("/v5/agencies/assume", `{}`), "sts:agencies:assume", ""},
		{simulator.GetCallerIdentity, get("/v5/caller-identity"), "sts::getCallerIdentity", ""},
		{simulator.CreateTemporaryAccessKeyByAgency, post("/v3.0/OS-CREDENTIAL/securitytokens", `{"auth":{"identity":{"methods":["assume_role"]}}}`), "iam:agencies:assume", ""},
	}
}

// TestActions makes every call with a key that has just that action and the action on which it
// depends. It also tries keys that lack one of them.
func TestActions(t *testing.T) {
	sim, seeded, c := setUp(t, func(o *simulator.Options) { o.NoPolicy = 200 })
	const dependency = "organizations:delegatedAdministrators:list"
	key := func(allowed ...string) client {
		k := simulator.Key{AccessKey: "LIMITED", SecretKey: "secret", AccountID: "account", Actions: append([]string{}, allowed...)}
		sim.AddKey(k)
		return c.as(k)
	}
	for _, byTable := range []bool{false, true} {
		sim.Configure(func(o *simulator.Options) { o.ActionsOfTable = byTable })
		for _, test := range actions(seeded) {
			action := test.action
			if byTable && test.ofTable != "" {
				action = test.ofTable
			}
			depends := action[:1] == "I"
			if a := test.call(key(action, dependency)); a.Status == http.StatusForbidden || last(t, sim).Operation != test.operation {
				t.Errorf("%s: got %d %s for %s", test.operation, a.Status, a.Body, last(t, sim).Operation)
			}
			if a := test.call(key(dependency)); test.operation == simulator.CreateTemporaryAccessKeyByAgency {
				expectIAM(t, a, 403, "No permission for action "+action+".")
			} else {
				expect(t, a, 403, "IIC.1000", "No permission for action "+action+".")
			}
			if a := test.call(key(action)); depends {
				expect(t, a, 403, "IIC.1001", "dependent")
			} else if a.Status == http.StatusForbidden {
				t.Errorf("%s: got %s", test.operation, a.Body)
			}
		}
	}
	if a := key("IdentityCenter:user:*", dependency).get(usersPath(seeded.IdentityStoreID)); a.Status != 200 {
		t.Errorf("by a pattern: %d %s", a.Status, a.Body)
	}
	expect(t, key("IdentityCenter:group:*", dependency).get(usersPath(seeded.IdentityStoreID)), 403, "IIC.1000", "")
	expect(t, key().get(usersPath(seeded.IdentityStoreID)), 403, "IIC.1000", "")
}

// TestActions_agencies gives these actions to the keys of STS and IAM.
func TestActions_agencies(t *testing.T) {
	sim, seeded, c := setUp(t)
	allowed := []string{"IdentityCenter:instance:list", "organizations:delegatedAdministrators:list"}
	sim.AddAgency(simulator.Agency{Name: "a", DomainID: "acc", DomainName: "one", Actions: allowed})
	sim.AddOIDC(simulator.OIDC{IdpID: "idp", DomainID: "acc", IDToken: "good", Actions: allowed})
	token := c.unsigned(http.MethodPost, "/v3.0/OS-AUTH/id-token/tokens", `{"auth":{"id_token":{"id":"good"}}}`, "X-Idp-Id", "idp").Header.Get("X-Subject-Token")
	for name, key := range map[string]simulator.Key{
		"sts":  parse[stsAnswer](t, c.post("/v5/agencies/assume", `{"agency_urn":"iam::acc:agency:a","agency_session_name":"terraform"}`)).key(),
		"iam":  parse[iamAnswer](t, c.post("/v3.0/OS-CREDENTIAL/securitytokens", `{"auth":{"identity":{"methods":["assume_role"],"assume_role":{"agency_name":"a","domain_name":"one"}}}}`)).key(),
		"oidc": parse[iamAnswer](t, c.unsigned(http.MethodPost, "/v3.0/OS-CREDENTIAL/securitytokens", `{"auth":{"identity":{"methods":["token"],"token":{"id":"`+token+`"}}}}`)).key(),
	} {
		if a := c.as(key).get("/v1/instances"); a.Status != 200 {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
		expect(t, c.as(key).get(usersPath(seeded.IdentityStoreID)), 403, "IIC.1000", "")
	}
}

func TestPermissions(t *testing.T) {
	sim, seeded, c := setUp(t)
	store, alice := seeded.IdentityStoreID, seeded.Users[0]
	member := c.as(seeded.Member)
	for _, test := range []struct {
		action string
		answer reply
	}{
		{"IdentityCenter:user:batchDeleteSession", member.batchDelete(store, alice.UserID, alice.Sessions[0].SessionID)},
		{"IdentityCenter:user:listSessions", member.get(sessionsPath(store, alice.UserID))},
		{"IdentityCenter:user:listSessions", member.get(usersPath(store))},
		{"IdentityCenter:user:listSessions", member.get(userPath(store, alice.UserID))},
		{"IdentityCenter:permissionSet:describe", member.get(setPath(seeded, 0))},
	} {
		expect(t, test.answer, http.StatusForbidden, "IIC.1000", test.action)
	}
	if left := alive(sim, store, alice.UserID); len(left) != 3 {
		t.Errorf("left are %v", left)
	}

	for _, code := range []string{"IIC.1000", "IIC.1001", "IIC.1003", "IIC.1004", ""} {
		denied := simulator.Key{AccessKey: "DENIED", SecretKey: "secret", AccountID: "account", Deny: map[string]string{simulator.ListSessions: code}}
		sim.AddKey(denied)
		want := code
		if want == "" {
			want = "IIC.1000"
		}
		expect(t, c.as(denied).get(sessionsPath(store, alice.UserID)), http.StatusForbidden, want, "")
		if a := c.as(denied).get(usersPath(store)); a.Status != http.StatusOK {
			t.Errorf("what is not denied: %d %s", a.Status, a.Body)
		}
	}
}
