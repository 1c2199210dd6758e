// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"strings"
	"unicode/utf8"

	center "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenter/v1"
	centermodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenter/v1/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// Principal types of an account assignment.
const (
	PrincipalUser  = "USER"
	PrincipalGroup = "GROUP"
)

// AccountAssignment is a permission set that a user or a group has in an account.
type AccountAssignment struct {
	AccountID       string
	PermissionSetID string
	PrincipalID     string
	// PrincipalType is PrincipalUser or PrincipalGroup; "" if the API omits it.
	PrincipalType string
}

// AccountAssignments yields the assignments of a user or a group, each once. It reads page by
// page and ends with the first error. It is not documented whether the list of a user
// includes assignments through groups (API-FACTS.md, assignments-of-user).
func (c *Client) AccountAssignments(ctx context.Context, instanceID, principalID, principalType string) iter.Seq2[AccountAssignment, error] {
	return pages(ctx, c, list[assignmentsResponse, assignmentDTO, AccountAssignment]{
		name: "account_assignments",
		page: func(r *assignmentsResponse) (*[]assignmentDTO, *pageInfo) { return r.Assignments, r.PageInfo },
		key: func(a AccountAssignment) string {
			return strings.Join([]string{a.AccountID, a.PermissionSetID, a.PrincipalID, a.PrincipalType}, "\x00")
		},
		call: transport.Call{
			Service: transport.IdentityCenter, Operation: "ListAccountAssignmentsForPrincipal",
			Permission: "IdentityCenter:accountAssignmentForPrincipals:list",
			Define:     responding[assignmentsResponse](center.GenReqDefForListAccountAssignmentsForPrincipal),
		},
		request: request{InstanceId: instanceID, PrincipalId: principalID, PrincipalType: principalType},
		entry: func(a assignmentDTO) (AccountAssignment, string) {
			fault := cmp.Or(idFault("account_id", a.AccountID), idFault("permission_set_id", a.PermissionSetID))
			if a.PrincipalType.value == principalType { // The list of a user may have those of its groups.
				fault = cmp.Or(fault, ownerFault("principal", a.PrincipalID.value, principalID))
			}
			return AccountAssignment{
				AccountID: a.AccountID, PermissionSetID: a.PermissionSetID,
				PrincipalID: c.printable(a.PrincipalID.value, transport.LongestID), PrincipalType: c.printable(a.PrincipalType.value, transport.LongestID),
			}, fault
		},
	})
}

// assignmentsResponse is the response of ListAccountAssignmentsForPrincipal.
type assignmentsResponse struct {
	Assignments *[]assignmentDTO `json:"account_assignments"`
	paged
}

type assignmentDTO struct {
	AccountID       string          `json:"account_id"`
	PermissionSetID string          `json:"permission_set_id"`
	PrincipalID     lenient[string] `json:"principal_id"`
	PrincipalType   lenient[string] `json:"principal_type"`
}

// PermissionSet is a permission set of an instance.
type PermissionSet struct {
	ID   string
	Name string
	// SessionDuration is the lifetime of a console session of the permission set, in ISO
	// 8601, such as "PT8H"; "" if the API omits it.
	SessionDuration string
}

// permissionSetDTO is a permission set without its created_date: the documents disagree on
// its type (API-FACTS.md, created-date-type).
type permissionSetDTO struct {
	ID              string          `json:"permission_set_id"`
	Name            lenient[string] `json:"name"`
	SessionDuration lenient[string] `json:"session_duration"`
}

// permissionSetResponse is the response of DescribePermissionSet.
type permissionSetResponse struct {
	PermissionSet *permissionSetDTO `json:"permission_set"`
	sdkModel
}

// permissionSetsResponse is the response of ListPermissionSets.
type permissionSetsResponse struct {
	PermissionSets *[]permissionSetDTO `json:"permission_sets"`
	paged
}

func (c *Client) permissionSet(p permissionSetDTO) PermissionSet {
	return PermissionSet{ID: p.ID, Name: c.printable(p.Name.value, longestName), SessionDuration: c.printable(p.SessionDuration.value, transport.LongestID)}
}

// PermissionSet returns the permission set with an ID. It is an error if the response is
// about another one.
func (c *Client) PermissionSet(ctx context.Context, instanceID, permissionSetID string) (PermissionSet, transport.Receipt, error) {
	return read(ctx, c, transport.Call{
		Service: transport.IdentityCenter, Operation: "DescribePermissionSet", Permission: "IdentityCenter:permissionSet:describe",
		Define:  responding[permissionSetResponse](center.GenReqDefForDescribePermissionSet),
		Request: &centermodel.DescribePermissionSetRequest{InstanceId: instanceID, PermissionSetId: permissionSetID},
	}, func(r *permissionSetResponse) (PermissionSet, string) {
		found := value(r.PermissionSet)
		return c.permissionSet(found), otherFault("permission set", found.ID, permissionSetID)
	})
}

// PermissionSets yields the permission sets of an instance, each once, up to the first error.
func (c *Client) PermissionSets(ctx context.Context, instanceID string) iter.Seq2[PermissionSet, error] {
	return pages(ctx, c, list[permissionSetsResponse, permissionSetDTO, PermissionSet]{
		name: "permission_sets",
		page: func(r *permissionSetsResponse) (*[]permissionSetDTO, *pageInfo) { return r.PermissionSets, r.PageInfo },
		key:  func(p PermissionSet) string { return p.ID },
		call: transport.Call{
			Service: transport.IdentityCenter, Operation: "ListPermissionSets", Permission: "IdentityCenter:permissionSet:list",
			Define: responding[permissionSetsResponse](center.GenReqDefForListPermissionSets),
		},
		request: request{InstanceId: instanceID},
		entry: func(p permissionSetDTO) (PermissionSet, string) {
			return c.permissionSet(p), idFault("permission_set_id", p.ID)
		},
	})
}

// CustomPolicy returns the custom identity policy of a permission set unchanged. It returns
// "" if there is none: a 404, or an empty string (API-FACTS.md, no-policy). A missing
// permission set is a 404 too; the caller detects it with PermissionSet.
func (c *Client) CustomPolicy(ctx context.Context, instanceID, permissionSetID string) (string, transport.Receipt, error) {
	return orNoPolicy(read(ctx, c, transport.Call{
		Service: transport.IdentityCenter, Operation: "GetCustomPolicyForPermissionSet",
		Permission: "IdentityCenter:permissionSet:getCustomPolicy",
		Define:     center.GenReqDefForGetCustomPolicyForPermissionSet,
		Request:    &centermodel.GetCustomPolicyForPermissionSetRequest{InstanceId: instanceID, PermissionSetId: permissionSetID},
	}, func(r *centermodel.GetCustomPolicyForPermissionSetResponse) (string, string) {
		if r.CustomPolicy == nil {
			return "", "it has no custom_policy"
		}
		// A policy that cannot be decoded could not be restored unchanged.
		if strings.ContainsRune(*r.CustomPolicy, utf8.RuneError) {
			return "", "its custom_policy is no valid UTF-8"
		}
		return *r.CustomPolicy, ""
	}))
}

// orNoPolicy returns nil for the error of a policy that does not exist, and other errors
// unchanged.
func orNoPolicy(text string, receipt transport.Receipt, err error) (string, transport.Receipt, error) {
	var failed *transport.Error
	if errors.As(err, &failed) && failed.NotFound() && failed.Code != CodeNoPermissionSet {
		err = nil
	}
	return text, receipt, err
}

// CodeNoPermissionSet is the error code for a permission set that does not exist (API
// reference, "Error codes").
const CodeNoPermissionSet = "IIC.1205"

// PutCustomPolicy replaces the custom identity policy of a permission set. Accounts get it by
// Provision. It sends one request: the caller must read the policy before the next attempt.
func (c *Client) PutCustomPolicy(ctx context.Context, instanceID, permissionSetID, policy string) (transport.Receipt, error) {
	return write(ctx, c, transport.Call{
		Service: transport.IdentityCenter, Operation: "PutCustomPolicyToPermissionSet",
		Permission: "IdentityCenter:permissionSet:attachCustomPolicy", Once: true, Linger: changeLinger,
		Define: center.GenReqDefForPutCustomPolicyToPermissionSet,
		Request: &centermodel.PutCustomPolicyToPermissionSetRequest{
			InstanceId: instanceID, PermissionSetId: permissionSetID,
			Body: &centermodel.PutCustomPolicyToPermissionSetReqBody{CustomPolicy: policy},
		},
	})
}

// DeleteCustomPolicy removes the custom identity policy of a permission set. Accounts lose it
// by Provision. Like PutCustomPolicy, it sends one request.
func (c *Client) DeleteCustomPolicy(ctx context.Context, instanceID, permissionSetID string) (transport.Receipt, error) {
	return write(ctx, c, transport.Call{
		Service: transport.IdentityCenter, Operation: "DeleteCustomPolicyFromPermissionSet",
		Permission: "IdentityCenter:permissionSet:detachCustomPolicy", Once: true, Linger: changeLinger,
		Define:  center.GenReqDefForDeleteCustomPolicyFromPermissionSet,
		Request: &centermodel.DeleteCustomPolicyFromPermissionSetRequest{InstanceId: instanceID, PermissionSetId: permissionSetID},
	})
}

// CustomRole returns the old custom policy of a permission set; "" if there is none, as for
// CustomPolicy.
func (c *Client) CustomRole(ctx context.Context, instanceID, permissionSetID string) (string, transport.Receipt, error) {
	return orNoPolicy(read(ctx, c, transport.Call{
		Service: transport.IdentityCenter, Operation: "GetCustomRoleForPermissionSet",
		Permission: "IdentityCenter:permissionSet:getCustomRole",
		Define:     center.GenReqDefForGetCustomRoleForPermissionSet,
		Request:    &centermodel.GetCustomRoleForPermissionSetRequest{InstanceId: instanceID, PermissionSetId: permissionSetID},
	}, func(r *centermodel.GetCustomRoleForPermissionSetResponse) (string, string) {
		if r.CustomRole == nil {
			return "", "it has no custom_role"
		}
		return *r.CustomRole, ""
	}))
}

// ManagedRoles yields the names of the old system-defined policies of a permission set, up to
// the first error.
func (c *Client) ManagedRoles(ctx context.Context, instanceID, permissionSetID string) iter.Seq2[string, error] {
	return pages(ctx, c, list[rolesResponse, roleDTO, string]{
		name: "attached_managed_roles", key: itself,
		page: func(r *rolesResponse) (*[]roleDTO, *pageInfo) { return r.Roles, r.PageInfo },
		call: transport.Call{
			// The action is on the call's page and the same for old and new policies.
			Service: transport.IdentityCenter, Operation: "ListManagedRolesInPermissionSet",
			Permission: "IdentityCenter:permissionSet:listManagedPolicies",
			Define:     responding[rolesResponse](center.GenReqDefForListManagedRolesInPermissionSet),
		},
		request: request{InstanceId: instanceID, PermissionSetId: &permissionSetID},
		entry:   func(r roleDTO) (string, string) { return c.printable(r.RoleName.value, longestName), "" },
	})
}

// rolesResponse is the response of ListManagedRolesInPermissionSet.
type rolesResponse struct {
	Roles *[]roleDTO `json:"attached_managed_roles"`
	paged
}

type roleDTO struct {
	RoleName lenient[string] `json:"role_name"`
}

// ProvisionedAccounts yields the IDs of the accounts in which a permission set is provisioned. With
// lagging, it yields only those that lack the latest version. It reads page by page and ends with
// the first error.
func (c *Client) ProvisionedAccounts(ctx context.Context, instanceID, permissionSetID string, lagging bool) iter.Seq2[string, error] {
	status := ""
	if lagging {
		status = "LATEST_PERMISSION_SET_NOT_PROVISIONED"
	}
	return pages(ctx, c, list[accountsResponse, string, string]{
		name: "account_ids", key: itself,
		page: func(r *accountsResponse) (*[]string, *pageInfo) { return r.AccountIDs, r.PageInfo },
		call: transport.Call{
			Service: transport.IdentityCenter, Operation: "ListAccountsForProvisionedPermissionSet",
			Permission: "IdentityCenter:permissionSet:listAccountsForProvisioned",
			Define:     responding[accountsResponse](center.GenReqDefForListAccountsForProvisionedPermissionSet),
		},
		request: request{InstanceId: instanceID, PermissionSetId: &permissionSetID, ProvisioningStatus: optional(status)},
		entry:   func(id string) (string, string) { return id, idFault("ID", id) },
	})
}

// accountsResponse is the response of ListAccountsForProvisionedPermissionSet.
type accountsResponse struct {
	AccountIDs *[]string `json:"account_ids"`
	paged
}

// provisioningResponse is the response of both calls on provisionings.
type provisioningResponse struct {
	Status *progressDTO `json:"permission_set_provisioning_status"`
	sdkModel
}

// Provision starts a provisioning of a permission set to all its accounts.
func (c *Client) Provision(ctx context.Context, instanceID, permissionSetID string) (Progress, transport.Receipt, error) {
	return read(ctx, c, transport.Call{
		Service: transport.IdentityCenter, Operation: "ProvisionPermissionSet", Permission: "IdentityCenter:permissionSet:provision",
		Define: responding[provisioningResponse](center.GenReqDefForProvisionPermissionSet),
		Request: &centermodel.ProvisionPermissionSetRequest{
			InstanceId: instanceID, PermissionSetId: permissionSetID,
			Body: &centermodel.ProvisionPermissionSetReqBody{
				TargetType: centermodel.GetProvisionPermissionSetReqBodyTargetTypeEnum().ALL_PROVISIONED_ACCOUNTS,
			},
		},
	}, func(r *provisioningResponse) (Progress, string) { return c.progress(r.Status, "") })
}

// ProvisioningStatus returns the progress of a provisioning.
func (c *Client) ProvisioningStatus(ctx context.Context, instanceID, requestID string) (Progress, transport.Receipt, error) {
	return read(ctx, c, transport.Call{
		Service: transport.IdentityCenter, Operation: "DescribePermissionSetProvisioningStatus",
		Permission: "IdentityCenter:permissionSet:describeProvisioningStatus",
		Define:     responding[provisioningResponse](center.GenReqDefForDescribePermissionSetProvisioningStatus),
		Request:    &centermodel.DescribePermissionSetProvisioningStatusRequest{InstanceId: instanceID, RequestId: requestID},
	}, func(r *provisioningResponse) (Progress, string) { return c.progress(r.Status, requestID) })
}
