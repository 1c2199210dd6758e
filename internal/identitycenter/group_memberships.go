// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"cmp"
	"context"
	"iter"

	store "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// permissionGroupMemberships is the action of both lists of memberships (API reference).
const permissionGroupMemberships = "IdentityCenter:groupMembership:listForMember"

// GroupMembership is the membership of a user in a group.
type GroupMembership struct {
	ID      string
	GroupID string
}

// membershipsResponse is the response of both lists of memberships.
type membershipsResponse struct {
	Memberships *[]membershipDTO `json:"group_memberships"`
	paged
}

type membershipDTO struct {
	MembershipID string `json:"membership_id"`
	GroupID      string `json:"group_id"`
	MemberID     struct {
		UserID string `json:"user_id"`
	} `json:"member_id"`
}

func (r *membershipsResponse) page() (*[]membershipDTO, *pageInfo) { return r.Memberships, r.PageInfo }

// GroupMembers yields the IDs of the users of a group, each once. It reads page by page and
// ends with the first error. Groups do not nest.
func (c *Client) GroupMembers(ctx context.Context, identityStoreID, groupID string) iter.Seq2[string, error] {
	return pages(ctx, c, list[membershipsResponse, membershipDTO, string]{
		name: "group_memberships", page: (*membershipsResponse).page, key: itself,
		call: transport.Call{
			Service: transport.IdentityStore, Operation: "ListGroupMemberships", Permission: permissionGroupMemberships,
			Define: responding[membershipsResponse](store.GenReqDefForListGroupMemberships),
		},
		request: request{IdentityStoreId: identityStoreID, GroupId: groupID},
		entry: func(m membershipDTO) (string, string) {
			return m.MemberID.UserID, cmp.Or(idFault("user_id", m.MemberID.UserID), ownerFault("group", m.GroupID, groupID))
		},
	})
}

// MembershipsOf yields the group memberships of a user, at most 1,000 (API reference). It
// reads page by page and ends with the first error.
func (c *Client) MembershipsOf(ctx context.Context, identityStoreID, userID string) iter.Seq2[GroupMembership, error] {
	return pages(ctx, c, list[membershipsResponse, membershipDTO, GroupMembership]{
		name: "group_memberships", page: (*membershipsResponse).page,
		key: func(m GroupMembership) string { return m.ID + "/" + m.GroupID },
		call: transport.Call{
			Service: transport.IdentityStore, Operation: "ListGroupMembershipsForMember", Permission: permissionGroupMemberships,
			Define: responding[membershipsResponse](store.GenReqDefForListGroupMembershipsForMember),
		},
		request: request{IdentityStoreId: identityStoreID, UserId: userID},
		entry: func(m membershipDTO) (GroupMembership, string) {
			membership := GroupMembership{ID: m.MembershipID, GroupID: m.GroupID}
			return membership, cmp.Or(idFault("group_id", m.GroupID), idFault("membership_id", m.MembershipID), ownerFault("user", m.MemberID.UserID, userID))
		},
	})
}

// CreateGroupMembership adds a user to a group. It sends one request and does not retry: the
// caller must read the memberships before the next attempt.
func (c *Client) CreateGroupMembership(ctx context.Context, identityStoreID, groupID, userID string) (transport.Receipt, error) {
	_, receipt, err := read(ctx, c, transport.Call{
		Service: transport.IdentityStore, Operation: "CreateGroupMembership", Permission: "IdentityCenter:groupMembership:create",
		Once: true, Linger: changeLinger,
		Define: store.GenReqDefForCreateGroupMembership,
		Request: &model.CreateGroupMembershipRequest{IdentityStoreId: identityStoreID, Body: &model.CreateGroupMembershipReqBody{
			GroupId: groupID, MemberId: &model.MemberIdDto{UserId: userID},
		}},
	}, func(r *model.CreateGroupMembershipResponse) (string, string) {
		return value(r.MembershipId), idFault("membership_id", value(r.MembershipId))
	})
	return receipt, err
}

// DeleteGroupMembership removes a user from a group, by the ID of the membership. Like
// CreateGroupMembership, it does not retry.
func (c *Client) DeleteGroupMembership(ctx context.Context, identityStoreID, membershipID string) (transport.Receipt, error) {
	return write(ctx, c, transport.Call{
		Service: transport.IdentityStore, Operation: "DeleteGroupMembership", Permission: "IdentityCenter:groupMembership:delete",
		NoContent: true, Once: true, Linger: changeLinger,
		Define:  store.GenReqDefForDeleteGroupMembership,
		Request: &model.DeleteGroupMembershipRequest{IdentityStoreId: identityStoreID, MembershipId: membershipID},
	})
}
