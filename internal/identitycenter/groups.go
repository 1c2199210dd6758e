// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"cmp"
	"context"
	"iter"
	"time"

	store "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// permissionGroupMemberships is printed for both calls on memberships (API reference).
const permissionGroupMemberships = "IdentityCenter:groupMembership:listForMember"

// Group is a group of an identity store. A text that the API leaves out is empty.
type Group struct {
	ID              string
	IdentityStoreID string
	DisplayName     string
	Description     string
	ExternalIDs     []ExternalID
	// CreatedAt and UpdatedAt are in UTC, and zero when the API does not say.
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Group returns the group with an ID.
func (c *Client) Group(ctx context.Context, identityStoreID, groupID string) (Group, transport.Receipt, error) {
	return read(ctx, c, transport.Call{
		Service: transport.IdentityStore, Operation: "DescribeGroup", Permission: "IdentityCenter:group:describe",
		Define:  store.GenReqDefForDescribeGroup,
		Request: &model.DescribeGroupRequest{IdentityStoreId: identityStoreID, GroupId: groupID},
	}, func(r *model.DescribeGroupResponse) (Group, string) {
		return Group{
			ID: groupID, IdentityStoreID: cmp.Or(value(r.IdentityStoreId), identityStoreID),
			DisplayName: value(r.DisplayName), Description: value(r.Description), ExternalIDs: externalIDs(r.ExternalIds),
			CreatedAt: timeOf(value(r.CreatedAt)), UpdatedAt: timeOf(value(r.UpdatedAt)),
		}, otherFault("group", value(r.GroupId), groupID)
	})
}

// GroupID returns the ID of the group whose display name matches exactly. A group
// that does not exist is a 404 or a 400 (it is not documented which).
func (c *Client) GroupID(ctx context.Context, identityStoreID, displayName string) (string, transport.Receipt, error) {
	return read(ctx, c, transport.Call{
		Service: transport.IdentityStore, Operation: "GetGroupId", Permission: "IdentityCenter:group:getGroupId",
		Define: store.GenReqDefForGetGroupId,
		Request: &model.GetGroupIdRequest{IdentityStoreId: identityStoreID, Body: &model.GetGroupIdReqBody{
			AlternateIdentifier: &model.AlternateIdentifierDto{
				UniqueAttribute: &model.UniqueAttributeDto{AttributePath: "display_name", AttributeValue: displayName},
			},
		}},
	}, func(r *model.GetGroupIdResponse) (string, string) {
		return value(r.GroupId), idFault("group_id", value(r.GroupId))
	})
}

// GroupMembers yields the IDs of the users of a group, page by page, and ends with
// the first error. Groups do not nest.
func (c *Client) GroupMembers(ctx context.Context, identityStoreID, groupID string) iter.Seq2[string, error] {
	return pages(ctx, c, func(limit *int32, marker *string) transport.Call {
		return transport.Call{
			Service: transport.IdentityStore, Operation: "ListGroupMemberships", Permission: permissionGroupMemberships,
			Define:  store.GenReqDefForListGroupMemberships,
			Request: &model.ListGroupMembershipsRequest{IdentityStoreId: identityStoreID, GroupId: groupID, Limit: limit, Marker: marker},
		}
	}, "group_memberships", func(r *model.ListGroupMembershipsResponse) (*[]model.GroupMembershipDto, string) {
		return r.GroupMemberships, value(r.PageInfo).NextMarker
	}, func(m model.GroupMembershipDto) (string, string) {
		userID := value(m.MemberId).UserId
		return userID, idFault("user_id", userID)
	})
}

// GroupsOf yields the IDs of the groups that a user is in, at most 1,000 (API
// reference), page by page, and ends with the first error.
func (c *Client) GroupsOf(ctx context.Context, identityStoreID, userID string) iter.Seq2[string, error] {
	return pages(ctx, c, func(limit *int32, marker *string) transport.Call {
		return transport.Call{
			Service: transport.IdentityStore, Operation: "ListGroupMembershipsForMember", Permission: permissionGroupMemberships,
			Define:  store.GenReqDefForListGroupMembershipsForMember,
			Request: &model.ListGroupMembershipsForMemberRequest{IdentityStoreId: identityStoreID, UserId: userID, Limit: limit, Marker: marker},
		}
	}, "group_memberships", func(r *model.ListGroupMembershipsForMemberResponse) (*[]model.GroupMembershipItem, string) {
		return r.GroupMemberships, value(r.PageInfo).NextMarker
	}, func(m model.GroupMembershipItem) (string, string) {
		return value(m.GroupId), idFault("group_id", value(m.GroupId))
	})
}
