// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"cmp"
	"context"
	"fmt"
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
	call := transport.Call{
		Service: transport.IdentityStore, Operation: "DescribeGroup", Permission: "IdentityCenter:group:describe",
		Define:  store.GenReqDefForDescribeGroup,
		Request: &model.DescribeGroupRequest{IdentityStoreId: identityStoreID, GroupId: groupID},
	}
	response, receipt, err := do[*model.DescribeGroupResponse](ctx, c, call)
	if err != nil {
		return Group{}, receipt, err
	}
	switch {
	case value(response.GroupId) == "":
		return Group{}, receipt, c.undocumented(call, receipt, "it has no group_id")
	case *response.GroupId != groupID:
		return Group{}, receipt, c.undocumented(call, receipt, fmt.Sprintf("it is about another group, %q", transport.Printable(*response.GroupId, transport.LongestID)))
	}
	group := Group{
		ID: *response.GroupId, IdentityStoreID: cmp.Or(value(response.IdentityStoreId), identityStoreID),
		DisplayName: value(response.DisplayName), Description: value(response.Description),
		CreatedAt: timeOf(value(response.CreatedAt)), UpdatedAt: timeOf(value(response.UpdatedAt)),
	}
	for _, e := range value(response.ExternalIds) {
		group.ExternalIDs = append(group.ExternalIDs, ExternalID{ID: e.Id, Issuer: e.Issuer})
	}
	return group, receipt, nil
}

// GroupID returns the ID of the group whose display name matches exactly. A group
// that does not exist is a 404 or a 400 (it is not documented which).
func (c *Client) GroupID(ctx context.Context, identityStoreID, displayName string) (string, transport.Receipt, error) {
	call := transport.Call{
		Service: transport.IdentityStore, Operation: "GetGroupId", Permission: "IdentityCenter:group:getGroupId",
		Define: store.GenReqDefForGetGroupId,
		Request: &model.GetGroupIdRequest{IdentityStoreId: identityStoreID, Body: &model.GetGroupIdReqBody{
			AlternateIdentifier: &model.AlternateIdentifierDto{
				UniqueAttribute: &model.UniqueAttributeDto{AttributePath: "display_name", AttributeValue: displayName},
			},
		}},
	}
	response, receipt, err := do[*model.GetGroupIdResponse](ctx, c, call)
	if err != nil {
		return "", receipt, err
	}
	if fault := idFault(value(response.GroupId)); fault != "" {
		return "", receipt, c.undocumented(call, receipt, "its group_id "+fault)
	}
	return *response.GroupId, receipt, nil
}

// GroupMembers yields the IDs of the users of a group, page by page, and ends with
// the first error. Groups do not nest.
func (c *Client) GroupMembers(ctx context.Context, identityStoreID, groupID string) iter.Seq2[string, error] {
	return pages(c, func(marker *string) (page[string], error) {
		limit := pageSize
		call := transport.Call{
			Service: transport.IdentityStore, Operation: "ListGroupMemberships", Permission: permissionGroupMemberships,
			Define:  store.GenReqDefForListGroupMemberships,
			Request: &model.ListGroupMembershipsRequest{IdentityStoreId: identityStoreID, GroupId: groupID, Limit: &limit, Marker: marker},
		}
		response, receipt, err := do[*model.ListGroupMembershipsResponse](ctx, c, call)
		if err != nil {
			return page[string]{}, err
		}
		if response.GroupMemberships == nil {
			return page[string]{}, c.undocumented(call, receipt, "it has no group_memberships")
		}
		p := page[string]{next: value(response.PageInfo).NextMarker, call: call, receipt: receipt}
		for n, m := range *response.GroupMemberships {
			id := value(m.MemberId).UserId
			if fault := idFault(id); fault != "" {
				return page[string]{}, c.undocumented(call, receipt, fmt.Sprintf("the user_id of group_memberships[%d] %s", n, fault))
			}
			p.entries = append(p.entries, id)
		}
		return p, nil
	})
}

// GroupsOf yields the IDs of the groups that a user is in, at most 1,000 (API
// reference), page by page, and ends with the first error.
func (c *Client) GroupsOf(ctx context.Context, identityStoreID, userID string) iter.Seq2[string, error] {
	return pages(c, func(marker *string) (page[string], error) {
		limit := pageSize
		call := transport.Call{
			Service: transport.IdentityStore, Operation: "ListGroupMembershipsForMember", Permission: permissionGroupMemberships,
			Define:  store.GenReqDefForListGroupMembershipsForMember,
			Request: &model.ListGroupMembershipsForMemberRequest{IdentityStoreId: identityStoreID, UserId: userID, Limit: &limit, Marker: marker},
		}
		response, receipt, err := do[*model.ListGroupMembershipsForMemberResponse](ctx, c, call)
		if err != nil {
			return page[string]{}, err
		}
		if response.GroupMemberships == nil {
			return page[string]{}, c.undocumented(call, receipt, "it has no group_memberships")
		}
		p := page[string]{next: value(response.PageInfo).NextMarker, call: call, receipt: receipt}
		for n, m := range *response.GroupMemberships {
			if fault := idFault(value(m.GroupId)); fault != "" {
				return page[string]{}, c.undocumented(call, receipt, fmt.Sprintf("the group_id of group_memberships[%d] %s", n, fault))
			}
			p.entries = append(p.entries, *m.GroupId)
		}
		return p, nil
	})
}
