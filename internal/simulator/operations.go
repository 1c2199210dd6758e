// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

// Operations, named as in the API reference, with their paths. All services share one base URL.

// Operations of identitystore.
const (
	// BatchDeleteSessions is POST /v1/identity-stores/STORE/users/USER/sessions/batch-delete.
	BatchDeleteSessions = "BatchDeleteSessions"
	// ListSessions is GET /v1/identity-stores/STORE/users/USER/sessions.
	ListSessions = "ListSessions"
	// ListUsers is GET /v1/identity-stores/STORE/users.
	ListUsers = "ListUsers"
	// DescribeUser is GET /v1/identity-stores/STORE/users/USER.
	DescribeUser = "DescribeUser"
	// DescribeUsers is POST /v1/identity-stores/STORE/users/batch-query.
	DescribeUsers = "DescribeUsers"
	// DisableUser is POST /v1/identity-stores/STORE/users/USER/disable.
	DisableUser = "DisableUser"
	// EnableUser is POST /v1/identity-stores/STORE/users/USER/enable.
	EnableUser = "EnableUser"
	// ListGroups is GET /v1/identity-stores/STORE/groups.
	ListGroups = "ListGroups"
	// DescribeGroup is GET /v1/identity-stores/STORE/groups/GROUP.
	DescribeGroup = "DescribeGroup"
	// GetGroupId is POST /v1/identity-stores/STORE/groups/retrieve-group-id.
	GetGroupId = "GetGroupId" //nolint:revive // The name is the API's.
	// ListGroupMemberships is GET /v1/identity-stores/STORE/group-memberships.
	ListGroupMemberships = "ListGroupMemberships"
	// ListGroupMembershipsForMember is GET /v1/identity-stores/STORE/group-memberships-for-member.
	ListGroupMembershipsForMember = "ListGroupMembershipsForMember"
	// CreateGroupMembership is POST /v1/identity-stores/STORE/group-memberships.
	CreateGroupMembership = "CreateGroupMembership"
	// DeleteGroupMembership is DELETE /v1/identity-stores/STORE/group-memberships/MEMBERSHIP.
	DeleteGroupMembership = "DeleteGroupMembership"
)

// Operations of identitycenter.
const (
	// ListInstances is GET /v1/instances.
	ListInstances = "ListInstances"
	// DescribeRegisteredRegions is GET /v1/registered-regions.
	DescribeRegisteredRegions = "DescribeRegisteredRegions"
	// ListAccountAssignmentsForPrincipal is GET /v1/instances/INSTANCE/account-assignments-for-principals.
	ListAccountAssignmentsForPrincipal = "ListAccountAssignmentsForPrincipal"
	// CreateAccountAssignment is POST /v1/instances/INSTANCE/account-assignments/create.
	CreateAccountAssignment = "CreateAccountAssignment"
	// DeleteAccountAssignment is POST /v1/instances/INSTANCE/account-assignments/delete.
	DeleteAccountAssignment = "DeleteAccountAssignment"
	// DescribeAccountAssignmentCreationStatus is GET /v1/instances/INSTANCE/account-assignments/creation-status/REQUEST.
	DescribeAccountAssignmentCreationStatus = "DescribeAccountAssignmentCreationStatus"
	// DescribeAccountAssignmentDeletionStatus is GET /v1/instances/INSTANCE/account-assignments/deletion-status/REQUEST.
	DescribeAccountAssignmentDeletionStatus = "DescribeAccountAssignmentDeletionStatus"
	// DescribePermissionSet is GET /v1/instances/INSTANCE/permission-sets/SET.
	DescribePermissionSet = "DescribePermissionSet"
	// ListPermissionSets is GET /v1/instances/INSTANCE/permission-sets.
	ListPermissionSets = "ListPermissionSets"
	// GetCustomPolicyForPermissionSet is GET /v1/instances/INSTANCE/permission-sets/SET/custom-policy.
	GetCustomPolicyForPermissionSet = "GetCustomPolicyForPermissionSet"
	// PutCustomPolicyToPermissionSet is PUT /v1/instances/INSTANCE/permission-sets/SET/custom-policy.
	PutCustomPolicyToPermissionSet = "PutCustomPolicyToPermissionSet"
	// DeleteCustomPolicyFromPermissionSet is DELETE /v1/instances/INSTANCE/permission-sets/SET/custom-policy.
	DeleteCustomPolicyFromPermissionSet = "DeleteCustomPolicyFromPermissionSet"
	// GetCustomRoleForPermissionSet is GET /v1/instances/INSTANCE/permission-sets/SET/custom-role.
	GetCustomRoleForPermissionSet = "GetCustomRoleForPermissionSet"
	// ListManagedRolesInPermissionSet is GET /v1/instances/INSTANCE/permission-sets/SET/managed-roles.
	ListManagedRolesInPermissionSet = "ListManagedRolesInPermissionSet"
	// ListAccountsForProvisionedPermissionSet is GET /v1/instances/INSTANCE/permission-sets/SET/accounts.
	ListAccountsForProvisionedPermissionSet = "ListAccountsForProvisionedPermissionSet"
	// ProvisionPermissionSet is POST /v1/instances/INSTANCE/permission-sets/SET/provision.
	ProvisionPermissionSet = "ProvisionPermissionSet"
	// DescribePermissionSetProvisioningStatus is GET /v1/instances/INSTANCE/permission-sets/provisioning-status/REQUEST.
	DescribePermissionSetProvisioningStatus = "DescribePermissionSetProvisioningStatus"
)

// Operations of sts.
const (
	// DecodeAuthorizationMessage is POST /v5/decode-authorization-message.
	DecodeAuthorizationMessage = "DecodeAuthorizationMessage"
	// AssumeAgency is POST /v5/agencies/assume.
	AssumeAgency = "AssumeAgency"
	// GetCallerIdentity is GET /v5/caller-identity.
	GetCallerIdentity = "GetCallerIdentity"
)

// Operations of iam.
const (
	// CreateTemporaryAccessKeyByAgency is POST /v3.0/OS-CREDENTIAL/securitytokens, signed, with method assume_role.
	CreateTemporaryAccessKeyByAgency = "CreateTemporaryAccessKeyByAgency"
	// CreateTokenWithIdToken is POST /v3.0/OS-AUTH/id-token/tokens, not signed.
	CreateTokenWithIdToken = "CreateTokenWithIdToken" //nolint:revive // The name is the API's.
	// CreateTemporaryAccessKeyByToken is POST /v3.0/OS-CREDENTIAL/securitytokens, not signed, with method token.
	CreateTemporaryAccessKeyByToken = "CreateTemporaryAccessKeyByToken"
)

// Operations of the server metadata.
const (
	// MetadataToken is PUT /meta-data/latest/api/token, not signed.
	MetadataToken = "MetadataToken"
	// MetadataSecurityKey is GET /openstack/latest/securitykey, not signed.
	MetadataSecurityKey = "MetadataSecurityKey"
)
