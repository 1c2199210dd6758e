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

// changeLinger is how long a sent change of assignments or memberships may outlive its
// context, so that its outcome becomes known.
const changeLinger = 500 * time.Millisecond

// Statuses of the creation or deletion of an account assignment.
const (
	AssignmentInProgress = "IN_PROGRESS"
	AssignmentSucceeded  = "SUCCEEDED"
	AssignmentFailed     = "FAILED"
)

// AssignmentStatus is the progress of the creation or deletion of an account assignment
// (API-FACTS.md, assignment-status).
type AssignmentStatus struct {
	// RequestID identifies the creation or deletion for the status calls.
	RequestID string
	// Status is one of the constants above.
	Status string
	// FailureReason is the API's text; empty unless Status is AssignmentFailed.
	FailureReason string
}

// assignmentStatus is the status in a response, without created_date: Huawei Cloud's
// documents disagree on the types of dates.
type assignmentStatus struct {
	RequestID     string `json:"request_id"`
	Status        string `json:"status"`
	FailureReason string `json:"failure_reason"`
}

type assignmentCreationResponse struct {
	Status         *assignmentStatus `json:"account_assignment_creation_status"`
	HttpStatusCode int               `json:"-"` //nolint:revive // The SDK sets it by this name.
}

type assignmentDeletionResponse struct {
	Status         *assignmentStatus `json:"account_assignment_deletion_status"`
	HttpStatusCode int               `json:"-"` //nolint:revive // The SDK sets it by this name.
}

// assignmentRequest is the request of a creation or deletion. The SDK has two types with the
// same fields, and finds the fields by name.
type assignmentRequest struct {
	InstanceId string //nolint:revive // The SDK reads it by this name.
	Body       *assignmentBody
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
func (c *Client) CreateAccountAssignment(ctx context.Context, instanceID string, a AccountAssignment) (AssignmentStatus, transport.Receipt, error) {
	call := assignmentChange(instanceID, a)
	call.Operation, call.Permission = "CreateAccountAssignment", "IdentityCenter:accountAssignment:create"
	call.Define = responding[assignmentCreationResponse](center.GenReqDefForCreateAccountAssignment)
	return read(ctx, c, call, func(r *assignmentCreationResponse) (AssignmentStatus, string) { return assignmentStatusOf(r.Status) })
}

// DeleteAccountAssignment starts the deletion of an assignment. Like
// CreateAccountAssignment, it does not retry.
func (c *Client) DeleteAccountAssignment(ctx context.Context, instanceID string, a AccountAssignment) (AssignmentStatus, transport.Receipt, error) {
	call := assignmentChange(instanceID, a)
	call.Operation, call.Permission = "DeleteAccountAssignment", "IdentityCenter:accountAssignment:delete"
	call.Define = responding[assignmentDeletionResponse](center.GenReqDefForDeleteAccountAssignment)
	return read(ctx, c, call, func(r *assignmentDeletionResponse) (AssignmentStatus, string) { return assignmentStatusOf(r.Status) })
}

// assignmentChange returns what the creation and the deletion of an assignment have in common.
func assignmentChange(instanceID string, a AccountAssignment) transport.Call {
	body := &assignmentBody{PermissionSetID: a.PermissionSetID, PrincipalID: a.PrincipalID, PrincipalType: "USER", TargetID: a.AccountID, TargetType: "ACCOUNT"}
	if a.PrincipalType == PrincipalGroup {
		body.PrincipalType = "GROUP"
	}
	return transport.Call{
		Service: transport.IdentityCenter, Once: true, Linger: changeLinger,
		Request: &assignmentRequest{InstanceId: instanceID, Body: body},
	}
}

// AssignmentCreationStatus returns the progress of a creation.
func (c *Client) AssignmentCreationStatus(ctx context.Context, instanceID, requestID string) (AssignmentStatus, transport.Receipt, error) {
	return read(ctx, c, transport.Call{
		Service: transport.IdentityCenter, Operation: "DescribeAccountAssignmentCreationStatus",
		Permission: "IdentityCenter:accountAssignment:describeCreationStatus",
		Define:     responding[assignmentCreationResponse](center.GenReqDefForDescribeAccountAssignmentCreationStatus),
		Request:    &centermodel.DescribeAccountAssignmentCreationStatusRequest{InstanceId: instanceID, RequestId: requestID},
	}, func(r *assignmentCreationResponse) (AssignmentStatus, string) {
		return statusOfRequest(r.Status, "creation", requestID)
	})
}

// AssignmentDeletionStatus returns the progress of a deletion.
func (c *Client) AssignmentDeletionStatus(ctx context.Context, instanceID, requestID string) (AssignmentStatus, transport.Receipt, error) {
	return read(ctx, c, transport.Call{
		Service: transport.IdentityCenter, Operation: "DescribeAccountAssignmentDeletionStatus",
		Permission: "IdentityCenter:accountAssignment:describeDeletionStatus",
		Define:     responding[assignmentDeletionResponse](center.GenReqDefForDescribeAccountAssignmentDeletionStatus),
		Request:    &centermodel.DescribeAccountAssignmentDeletionStatusRequest{InstanceId: instanceID, RequestId: requestID},
	}, func(r *assignmentDeletionResponse) (AssignmentStatus, string) {
		return statusOfRequest(r.Status, "deletion", requestID)
	})
}

func assignmentStatusOf(found *assignmentStatus) (status AssignmentStatus, fault string) {
	read := value(found)
	if idFault("request_id", read.RequestID) != "" || idFault("status", read.Status) != "" {
		return status, "it has no status of an account assignment"
	}
	read.FailureReason = transport.Printable(read.FailureReason, transport.LongestText)
	return AssignmentStatus(read), ""
}

// statusOfRequest also checks that the status is for the given request.
func statusOfRequest(found *assignmentStatus, kind, requestID string) (AssignmentStatus, string) {
	status, fault := assignmentStatusOf(found)
	return status, cmp.Or(fault, otherFault(kind, status.RequestID, requestID))
}
