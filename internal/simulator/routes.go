// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import (
	"net/http"
	"slices"
)

// route is one operation of one service. Paths are from the API reference, actions
// from its call pages.
type route struct {
	operation string
	method    string
	// path holds the segments; a segment in braces matches any.
	path []string
	// query holds the optional arguments, and needs the required ones.
	query, needs []string
	// signed is true if the operation requires a signature; other operations accept none.
	signed bool
	// iam is true if errors have IAM's format.
	iam bool
	// metadata is true for the server metadata, which is not behind the API gateway.
	metadata bool
	// untyped is true if the body may have no Content-Type.
	untyped bool
	// bodyless is true for a POST without a body.
	bodyless bool
	// body distinguishes operations with the same path and method.
	body func([]byte) bool
	// action is what the caller must be allowed to do. ofTable is the action in the
	// reference's table of actions, if that is a different one.
	action, ofTable string

	// handle carries out the call. It returns the body of a 200, nil for none, or an answer.
	handle func(*Simulator, *request) (any, error)
}

// routes returns every operation.
func routes() []route {
	return slices.Concat(userRoutes(), groupRoutes(), instanceRoutes(), assignmentRoutes(), permissionSetRoutes(), keyRoutes(), metadataRoutes())
}

// paging returns the query arguments of a list, with additional ones.
func paging(more ...string) []string { return append(more, "limit", "marker") }

func userRoutes() []route {
	const users, user = "/v1/identity-stores/{store}/users", "/v1/identity-stores/{store}/users/{user}"
	return []route{
		{
			operation: BatchDeleteSessions, method: http.MethodPost, path: segments(user + "/sessions/batch-delete"), signed: true,
			action: "IdentityCenter:user:batchDeleteSession", handle: (*Simulator).batchDeleteSessions,
		},
		{
			operation: ListSessions, method: http.MethodGet, path: segments(user + "/sessions"), signed: true,
			action: "IdentityCenter:user:listSessions", handle: (*Simulator).listSessions,
		},
		{
			operation: ListUsers, method: http.MethodGet, path: segments(users), signed: true, query: paging("user_name"),
			action: "IdentityCenter:user:listSessions", ofTable: "IdentityCenter:user:list", handle: (*Simulator).listUsers,
		},
		{
			operation: DescribeUser, method: http.MethodGet, path: segments(user), signed: true,
			action: "IdentityCenter:user:listSessions", ofTable: "IdentityCenter:user:describe", handle: (*Simulator).describeUser,
		},
		{
			operation: DescribeUsers, method: http.MethodPost, path: segments(users + "/batch-query"), signed: true,
			action: "IdentityCenter:user:listSessions", ofTable: "IdentityCenter:user:describeUsers", handle: (*Simulator).describeUsers,
		},
		{
			operation: DisableUser, method: http.MethodPost, path: segments(user + "/disable"), signed: true, bodyless: true,
			action: "IdentityCenter:user:disableUser", handle: (*Simulator).disableUser,
		},
		{
			operation: EnableUser, method: http.MethodPost, path: segments(user + "/enable"), signed: true, bodyless: true,
			action: "IdentityCenter:user:enableUser", handle: (*Simulator).enableUser,
		},
	}
}

func groupRoutes() []route {
	const store = "/v1/identity-stores/{store}"
	return []route{
		{
			operation: ListGroups, method: http.MethodGet, path: segments(store + "/groups"), signed: true, query: paging("display_name"),
			action: "IdentityCenter:group:list", handle: (*Simulator).listGroups,
		},
		{
			operation: DescribeGroup, method: http.MethodGet, path: segments(store + "/groups/{group}"), signed: true,
			action: "IdentityCenter:group:describe", handle: (*Simulator).describeGroup,
		},
		{
			operation: GetGroupId, method: http.MethodPost, path: segments(store + "/groups/retrieve-group-id"), signed: true,
			action: "IdentityCenter:group:getGroupId", handle: (*Simulator).getGroupID,
		},
		{
			operation: ListGroupMemberships, method: http.MethodGet, path: segments(store + "/group-memberships"), signed: true,
			query: paging(), needs: []string{"group_id"},
			action: "IdentityCenter:groupMembership:listForMember", handle: (*Simulator).listGroupMemberships,
		},
		{
			operation: ListGroupMembershipsForMember, method: http.MethodGet, path: segments(store + "/group-memberships-for-member"),
			signed: true, query: paging(), needs: []string{"user_id"},
			action: "IdentityCenter:groupMembership:listForMember", handle: (*Simulator).listGroupMembershipsForMember,
		},
		{
			operation: CreateGroupMembership, method: http.MethodPost, path: segments(store + "/group-memberships"), signed: true,
			action: "IdentityCenter:groupMembership:create", handle: (*Simulator).createGroupMembership,
		},
		{
			operation: DeleteGroupMembership, method: http.MethodDelete, path: segments(store + "/group-memberships/{membership}"), signed: true,
			action: "IdentityCenter:groupMembership:delete", handle: (*Simulator).deleteGroupMembership,
		},
	}
}

func instanceRoutes() []route {
	return []route{
		{
			operation: ListInstances, method: http.MethodGet, path: segments("/v1/instances"), signed: true, query: paging(),
			action: "IdentityCenter:instance:list", handle: (*Simulator).listInstances,
		},
		{
			operation: DescribeRegisteredRegions, method: http.MethodGet, path: segments("/v1/registered-regions"), signed: true,
			action: "IdentityCenter:instance:describeRegisteredRegions", handle: (*Simulator).describeRegisteredRegions,
		},
		{
			operation: ListAccountAssignmentsForPrincipal, method: http.MethodGet,
			path: segments("/v1/instances/{instance}/account-assignments-for-principals"), signed: true,
			query: paging("account_id"), needs: []string{"principal_id", "principal_type"},
			action: "IdentityCenter:accountAssignmentForPrincipals:list", handle: (*Simulator).listAccountAssignmentsForPrincipal,
		},
	}
}

func assignmentRoutes() []route {
	const assignments = "/v1/instances/{instance}/account-assignments"
	return []route{
		{
			operation: CreateAccountAssignment, method: http.MethodPost, path: segments(assignments + "/create"), signed: true,
			action: "IdentityCenter:accountAssignment:create", handle: (*Simulator).createAccountAssignment,
		},
		{
			operation: DeleteAccountAssignment, method: http.MethodPost, path: segments(assignments + "/delete"), signed: true,
			action: "IdentityCenter:accountAssignment:delete", handle: (*Simulator).deleteAccountAssignment,
		},
		{
			operation: DescribeAccountAssignmentCreationStatus, method: http.MethodGet, path: segments(assignments + "/creation-status/{request}"),
			signed: true, action: "IdentityCenter:accountAssignment:describeCreationStatus", handle: (*Simulator).describeAssignmentCreation,
		},
		{
			operation: DescribeAccountAssignmentDeletionStatus, method: http.MethodGet, path: segments(assignments + "/deletion-status/{request}"),
			signed: true, action: "IdentityCenter:accountAssignment:describeDeletionStatus", handle: (*Simulator).describeAssignmentDeletion,
		},
	}
}

func permissionSetRoutes() []route {
	const sets, set = "/v1/instances/{instance}/permission-sets", "/v1/instances/{instance}/permission-sets/{permission_set}"
	return []route{
		{
			operation: ListPermissionSets, method: http.MethodGet, path: segments(sets), signed: true,
			query: paging("name"), action: "IdentityCenter:permissionSet:list", handle: (*Simulator).listPermissionSets,
		},
		{
			operation: DescribePermissionSet, method: http.MethodGet, path: segments(set), signed: true,
			action: "IdentityCenter:permissionSet:describe", handle: (*Simulator).describePermissionSet,
		},
		{
			operation: GetCustomPolicyForPermissionSet, method: http.MethodGet, path: segments(set + "/custom-policy"), signed: true,
			action: "IdentityCenter:permissionSet:getCustomPolicy", handle: (*Simulator).getCustomPolicy,
		},
		{
			operation: PutCustomPolicyToPermissionSet, method: http.MethodPut, path: segments(set + "/custom-policy"), signed: true,
			action: "IdentityCenter:permissionSet:attachCustomPolicy", handle: (*Simulator).putCustomPolicy,
		},
		{
			operation: DeleteCustomPolicyFromPermissionSet, method: http.MethodDelete, path: segments(set + "/custom-policy"), signed: true,
			action: "IdentityCenter:permissionSet:detachCustomPolicy", handle: (*Simulator).deleteCustomPolicy,
		},
		{
			operation: GetCustomRoleForPermissionSet, method: http.MethodGet, path: segments(set + "/custom-role"), signed: true,
			action: "IdentityCenter:permissionSet:getCustomRole", handle: (*Simulator).getCustomRole,
		},
		{
			operation: ListManagedRolesInPermissionSet, method: http.MethodGet, path: segments(set + "/managed-roles"), signed: true,
			query: paging(), action: "IdentityCenter:permissionSet:listManagedPolicies", handle: (*Simulator).listManagedRoles,
		},
		{
			operation: ListAccountsForProvisionedPermissionSet, method: http.MethodGet, path: segments(set + "/accounts"), signed: true,
			query:  paging("provisioning_status"),
			action: "IdentityCenter:permissionSet:listAccountsForProvisioned", handle: (*Simulator).listProvisionedAccounts,
		},
		{
			operation: ProvisionPermissionSet, method: http.MethodPost, path: segments(set + "/provision"), signed: true,
			action: "IdentityCenter:permissionSet:provision", handle: (*Simulator).provisionPermissionSet,
		},
		{
			operation: DescribePermissionSetProvisioningStatus, method: http.MethodGet, path: segments(sets + "/provisioning-status/{request}"),
			signed: true, action: "IdentityCenter:permissionSet:describeProvisioningStatus", handle: (*Simulator).describeProvisioningStatus,
		},
	}
}

// keyRoutes are the routes of STS and IAM.
func keyRoutes() []route {
	const temporaryKeys = "/v3.0/OS-CREDENTIAL/securitytokens"
	return []route{
		{
			operation: DecodeAuthorizationMessage, method: http.MethodPost, path: segments("/v5/decode-authorization-message"), signed: true,
			action: "sts::decodeAuthorizationMessage", handle: (*Simulator).decodeAuthorizationMessage,
		},
		{
			operation: AssumeAgency, method: http.MethodPost, path: segments("/v5/agencies/assume"), signed: true,
			action: "sts:agencies:assume", handle: (*Simulator).assumeAgency,
		},
		{
			operation: GetCallerIdentity, method: http.MethodGet, path: segments("/v5/caller-identity"), signed: true,
			action: "sts::getCallerIdentity", handle: (*Simulator).getCallerIdentity,
		},
		{
			// Huawei Cloud's SDK sends this call without a Content-Type when it refreshes
			// federated keys.
			operation: CreateTemporaryAccessKeyByToken, method: http.MethodPost, path: segments(temporaryKeys), iam: true,
			body: byToken, untyped: true, handle: (*Simulator).createKeyByToken,
		},
		{
			operation: CreateTemporaryAccessKeyByAgency, method: http.MethodPost, path: segments(temporaryKeys), iam: true, signed: true,
			action: "iam:agencies:assume", handle: (*Simulator).createKeyByAgency,
		},
		{
			operation: CreateTokenWithIdToken, method: http.MethodPost, path: segments("/v3.0/OS-AUTH/id-token/tokens"), iam: true,
			handle: (*Simulator).createTokenWithIDToken,
		},
	}
}

func metadataRoutes() []route {
	return []route{
		{
			operation: MetadataToken, method: http.MethodPut, path: segments("/meta-data/latest/api/token"),
			metadata: true, handle: (*Simulator).metadataToken,
		},
		{
			operation: MetadataSecurityKey, method: http.MethodGet, path: segments("/openstack/latest/securitykey"),
			metadata: true, handle: (*Simulator).metadataSecurityKey,
		},
	}
}
