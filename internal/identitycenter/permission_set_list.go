// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"context"
	"iter"

	center "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenter/v1"
	centermodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenter/v1/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// permissionSetFields are the fields of a permission set that are read. created_date is
// left out: Huawei Cloud's documents disagree whether it is a number.
type permissionSetFields struct {
	ID              string `json:"permission_set_id"`
	Name            string `json:"name"`
	SessionDuration string `json:"session_duration"`
}

type permissionSetsResponse struct {
	PermissionSets *[]permissionSetFields   `json:"permission_sets"`
	PageInfo       *centermodel.PageInfoDto `json:"page_info"`
	HttpStatusCode int                      `json:"-"` //nolint:revive // The SDK sets it by this name.
}

// PermissionSets yields the permission sets of an instance, page by page, and ends with
// the first error.
func (c *Client) PermissionSets(ctx context.Context, instanceID string) iter.Seq2[PermissionSet, error] {
	return pages(ctx, c, func(limit *int32, marker *string) transport.Call {
		return transport.Call{
			Service: transport.IdentityCenter, Operation: "ListPermissionSets", Permission: "IdentityCenter:permissionSet:list",
			Define:  responding[permissionSetsResponse](center.GenReqDefForListPermissionSets),
			Request: &centermodel.ListPermissionSetsRequest{InstanceId: instanceID, Limit: limit, Marker: marker},
		}
	}, "permission_sets", func(r *permissionSetsResponse) (*[]permissionSetFields, string) {
		return r.PermissionSets, value(r.PageInfo).NextMarker
	}, func(set permissionSetFields) (PermissionSet, string) {
		return PermissionSet(set), idFault("permission_set_id", set.ID)
	})
}
