// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

var (
	_ datasource.DataSourceWithConfigure        = (*groupDataSource)(nil)
	_ datasource.DataSourceWithConfigValidators = (*groupDataSource)(nil)
)

func newGroupDataSource() datasource.DataSource { return &groupDataSource{} }

type groupDataSource struct{ configuredDataSource }

type groupModel struct {
	IdentityStoreID types.String      `tfsdk:"identity_store_id"`
	GroupID         types.String      `tfsdk:"group_id"`
	DisplayName     types.String      `tfsdk:"display_name"`
	Description     types.String      `tfsdk:"description"`
	ExternalIDs     []externalIDModel `tfsdk:"external_ids"`
	CreatedAt       timetypes.RFC3339 `tfsdk:"created_at"`
	UpdatedAt       timetypes.RFC3339 `tfsdk:"updated_at"`
}

func (d *groupDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_group"
}

func (d *groupDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A group of an identity store, found by ID or by name. It is an error if there is none.",
		Attributes: map[string]schema.Attribute{
			"identity_store_id": requiredID(describeIdentityStoreID),
			"group_id": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "The ID of the group. Exactly one of `group_id` and `display_name` is required.",
				Validators:          []validator.String{apiID{}},
			},
			"display_name": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "The name of the group; it must match exactly.",
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"description":  computedText("The description of the group."),
			"external_ids": externalIDs("The identifiers that external identity providers gave the group."),
			"created_at":   computedTime("When the group was created, in UTC (RFC 3339)."),
			"updated_at":   computedTime("When the group was last changed, in UTC (RFC 3339)."),
		},
	}
}

func (d *groupDataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{
		datasourcevalidator.ExactlyOneOf(path.MatchRoot("group_id"), path.MatchRoot("display_name")),
	}
}

func (d *groupDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config groupModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || !d.data.ready(&resp.Diagnostics) {
		return
	}

	storeID, groupID := config.IdentityStoreID.ValueString(), config.GroupID.ValueString()
	if config.GroupID.IsNull() {
		name := config.DisplayName.ValueString()
		id, _, err := d.data.client.GroupID(ctx, storeID, name)
		var failed *transport.Error
		switch {
		case errors.As(err, &failed) && (failed.NotFound() || failed.BadParameter()):
			// It is not documented which of the two says that there is no such group.
			resp.Diagnostics.AddAttributeError(path.Root("display_name"), "Group not found",
				fmt.Sprintf("Identity store %s returns no group with the name %q. The name must match exactly, in upper and lower case too.\n\n%s",
					storeID, name, explain(err, "display_name", "identity_store_id")))
			return
		case err != nil:
			addError(&resp.Diagnostics, operation{
				doing: fmt.Sprintf("looking for group %q in identity store %s", name, storeID), attributes: []string{"display_name", "identity_store_id"},
			}, err)
			return
		}
		groupID = id
	}

	group, _, err := d.data.client.Group(ctx, storeID, groupID)
	if err != nil {
		addError(&resp.Diagnostics, operation{
			doing: fmt.Sprintf("reading group %s of identity store %s", groupID, storeID), attributes: []string{"group_id", "identity_store_id"},
		}, err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, groupModel{
		IdentityStoreID: types.StringValue(group.IdentityStoreID), GroupID: types.StringValue(group.ID),
		DisplayName: orNull(group.DisplayName), Description: orNull(group.Description), ExternalIDs: externalIDModels(group.ExternalIDs),
		CreatedAt: timeOrNull(group.CreatedAt), UpdatedAt: timeOrNull(group.UpdatedAt),
	})...)
}
