// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"context"
	"time"

	store "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// Group is a group of an identity store. All strings are printable and without secrets; a
// string that the API omits is empty.
type Group struct {
	ID          string
	DisplayName string
	Description string
	ExternalIDs []ExternalID
	// CreatedAt and UpdatedAt are in UTC, and zero if the API omits them.
	CreatedAt time.Time
	UpdatedAt time.Time

	name string
}

// HasName reports whether this is exactly the display name, of which DisplayName masks characters.
func (g Group) HasName(name string) bool { return g.name == name }

// groupResponse is the response of DescribeGroup.
type groupResponse struct {
	GroupID     string                   `json:"group_id"`
	DisplayName lenient[string]          `json:"display_name"`
	Description lenient[string]          `json:"description"`
	ExternalIDs lenient[[]externalIDDTO] `json:"external_ids"`
	CreatedAt   timestamp                `json:"created_at"`
	UpdatedAt   timestamp                `json:"updated_at"`
	sdkModel
}

// Group returns the group with an ID. It is an error if the response is about another group.
func (c *Client) Group(ctx context.Context, identityStoreID, groupID string) (Group, transport.Receipt, error) {
	return read(ctx, c, transport.Call{
		Service: transport.IdentityStore, Operation: "DescribeGroup", Permission: "IdentityCenter:group:describe",
		Define:  responding[groupResponse](store.GenReqDefForDescribeGroup),
		Request: &model.DescribeGroupRequest{IdentityStoreId: identityStoreID, GroupId: groupID},
	}, func(r *groupResponse) (Group, string) {
		return Group{
			name: r.DisplayName.value, ID: groupID,
			DisplayName: c.printable(r.DisplayName.value, longestName), Description: c.printable(r.Description.value, transport.LongestText),
			ExternalIDs: c.externalIDs(r.ExternalIDs.value), CreatedAt: r.CreatedAt.Time, UpdatedAt: r.UpdatedAt.Time,
		}, otherFault("group", r.GroupID, groupID)
	})
}

// GroupID returns the ID of the group with exactly this display name. If there is none, the
// API returns 404 or 400 (API-FACTS.md, group-not-found).
func (c *Client) GroupID(ctx context.Context, identityStoreID, displayName string) (string, transport.Receipt, error) {
	return read(ctx, c, transport.Call{
		Service: transport.IdentityStore, Operation: "GetGroupId", Permission: "IdentityCenter:group:getGroupId",
		Define: store.GenReqDefForGetGroupId,
		Request: &model.GetGroupIdRequest{IdentityStoreId: identityStoreID, Body: &model.GetGroupIdReqBody{
			AlternateIdentifier: &model.AlternateIdentifierDto{UniqueAttribute: &model.UniqueAttributeDto{AttributePath: "display_name", AttributeValue: displayName}},
		}},
	}, func(r *model.GetGroupIdResponse) (string, string) {
		return value(r.GroupId), idFault("group_id", value(r.GroupId))
	})
}
