// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
)

type groupMembershipsDataSource struct{ configuredDataSource }

type groupMembershipsDataSourceModel struct {
	IdentityStoreID types.String `tfsdk:"identity_store_id"`
	GroupID         types.String `tfsdk:"group_id"`
	UserIDs         types.List   `tfsdk:"user_ids"`
}

func (d *groupMembershipsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the users of a group. Groups do not contain other groups.",
		Attributes: map[string]schema.Attribute{
			"identity_store_id": identityStoreIDAttribute(),
			"group_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: describeGroupID,
				Validators:          []validator.String{groupIDValidator},
			},
			"user_ids": schema.ListAttribute{
				Computed:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "The IDs of the users, in the order of the API.",
			},
		},
	}
}

func (d *groupMembershipsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data groupMembershipsDataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	if resp.Diagnostics.HasError() || !d.data.ready(&resp.Diagnostics) {
		return
	}
	ctx, cancel := withTimeLimit(ctx, defaultReadTimeout)
	defer cancel()

	storeID, groupID := data.IdentityStoreID.ValueString(), data.GroupID.ValueString()
	userIDs, err := identitycenter.Collect(d.data.client.GroupMembers(ctx, storeID, groupID))
	if err != nil {
		addError(&resp.Diagnostics, operation{
			doing: fmt.Sprintf("listing the users of group %s in identity store %s", groupID, storeID), attributes: []string{"group_id", "identity_store_id"},
		}, err)
		return
	}
	data.UserIDs = stringList(userIDs)
	resp.Diagnostics.Append(resp.State.Set(ctx, &data)...)
}
