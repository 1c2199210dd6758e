// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"cmp"
	"context"
	"time"

	center "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenter/v1"
	centermodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenter/v1/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// changeLinger is how long a sent change may outlive its context, so that its outcome becomes
// known after an interrupt.
const changeLinger = 500 * time.Millisecond

// assignmentResponse is a response of the calls on changes of assignments. It has only one of the
// statuses.
type assignmentResponse struct {
	Creation *progressDTO `json:"account_assignment_creation_status"`
	Deletion *progressDTO `json:"account_assignment_deletion_status"`
	sdkModel
}

type assignmentBody struct {
	PermissionSetID string `json:"permission_set_id"`
	PrincipalID     string `json:"principal_id"`
	PrincipalType   string `json:"principal_type"`
	TargetID        string `json:"target_id"`
	TargetType      string `json:"target_type"`
}

// CreateAccountAssignment starts the creation of an assignment. It sends one request and does
// not retry: the caller must read the assignments before the next attempt.
func (c *Client) CreateAccountAssignment(ctx context.Context, instanceID string, a AccountAssignment) (Progress, transport.Receipt, error) {
	return c.changeAssignment(ctx, instanceID, a, transport.Call{
		Operation: "CreateAccountAssignment", Permission: "IdentityCenter:accountAssignment:create",
		Define: responding[assignmentResponse](center.GenReqDefForCreateAccountAssignment),
	})
}

// DeleteAccountAssignment starts the deletion of an assignment. Like
// CreateAccountAssignment, it does not retry.
func (c *Client) DeleteAccountAssignment(ctx context.Context, instanceID string, a AccountAssignment) (Progress, transport.Receipt, error) {
	return c.changeAssignment(ctx, instanceID, a, transport.Call{
		Operation: "DeleteAccountAssignment", Permission: "IdentityCenter:accountAssignment:delete",
		Define: responding[assignmentResponse](center.GenReqDefForDeleteAccountAssignment),
	})
}

func (c *Client) changeAssignment(ctx context.Context, instanceID string, a AccountAssignment, call transport.Call) (Progress, transport.Receipt, error) {
	call.Service, call.Once, call.Linger = transport.IdentityCenter, true, changeLinger
	call.Request = &request{InstanceId: instanceID, Body: &assignmentBody{
		PermissionSetID: a.PermissionSetID, PrincipalID: a.PrincipalID, PrincipalType: cmp.Or(a.PrincipalType, PrincipalUser),
		TargetID: a.AccountID, TargetType: "ACCOUNT",
	}}
	return read(ctx, c, call, func(r *assignmentResponse) (Progress, string) { return c.progress(cmp.Or(r.Creation, r.Deletion), "") })
}

// AssignmentCreationStatus returns the progress of a creation.
func (c *Client) AssignmentCreationStatus(ctx context.Context, instanceID, requestID string) (Progress, transport.Receipt, error) {
	return read(ctx, c, transport.Call{
		Service: transport.IdentityCenter, Operation: "DescribeAccountAssignmentCreationStatus",
		Permission: "IdentityCenter:accountAssignment:describeCreationStatus",
		Define:     responding[assignmentResponse](center.GenReqDefForDescribeAccountAssignmentCreationStatus),
		Request:    &centermodel.DescribeAccountAssignmentCreationStatusRequest{InstanceId: instanceID, RequestId: requestID},
	}, func(r *assignmentResponse) (Progress, string) { return c.progress(r.Creation, requestID) })
}

// AssignmentDeletionStatus returns the progress of a deletion.
func (c *Client) AssignmentDeletionStatus(ctx context.Context, instanceID, requestID string) (Progress, transport.Receipt, error) {
	return read(ctx, c, transport.Call{
		Service: transport.IdentityCenter, Operation: "DescribeAccountAssignmentDeletionStatus",
		Permission: "IdentityCenter:accountAssignment:describeDeletionStatus",
		Define:     responding[assignmentResponse](center.GenReqDefForDescribeAccountAssignmentDeletionStatus),
		Request:    &centermodel.DescribeAccountAssignmentDeletionStatusRequest{InstanceId: instanceID, RequestId: requestID},
	}, func(r *assignmentResponse) (Progress, string) { return c.progress(r.Deletion, requestID) })
}
