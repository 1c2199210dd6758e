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
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

var _ datasource.DataSourceWithConfigValidators = (*groupDataSource)(nil)

type groupDataSource struct{ configuredDataSource }

type groupDataSourceModel struct {
	IdentityStoreID types.String      `tfsdk:"identity_store_id"`
	GroupID         types.String      `tfsdk:"group_id"`
	DisplayName     types.String      `tfsdk:"display_name"`
	Description     types.String      `tfsdk:"description"`
	ExternalIDs     []externalIDModel `tfsdk:"external_ids"`
	CreatedAt       timetypes.RFC3339 `tfsdk:"created_at"`
	UpdatedAt       timetypes.RFC3339 `tfsdk:"updated_at"`
}

func (d *groupDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Finds a group of an identity store by ID or by name. It is an error if the group does not exist.",
		Attributes: map[string]schema.Attribute{
			"identity_store_id": identityStoreIDAttribute(),
			"group_id": schema.StringAttribute{
				Optional:            true,
				Computed:            true,
				MarkdownDescription: describeGroupID + " Set `group_id` or `display_name`.",
				Validators:          []validator.String{groupIDValidator},
			},
			"display_name": schema.StringAttribute{
				Optional:            true,
				Computed:            true,
				MarkdownDescription: "The display name of the group, which must match exactly.",
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"description":  schema.StringAttribute{Computed: true, MarkdownDescription: "The description of the group."},
			"external_ids": externalIDsAttribute(),
			"created_at":   schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When the group was created, in UTC (RFC 3339)."},
			"updated_at":   schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When the group was last changed, in UTC (RFC 3339)."},
		},
	}
}

func (d *groupDataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{datasourcevalidator.ExactlyOneOf(path.MatchRoot("group_id"), path.MatchRoot("display_name"))}
}

func (d *groupDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data groupDataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	if resp.Diagnostics.HasError() || !d.data.ready(&resp.Diagnostics) {
		return
	}
	ctx, cancel := withTimeLimit(ctx, lookupTimeout)
	defer cancel()

	storeID, groupID, name := data.IdentityStoreID.ValueString(), data.GroupID.ValueString(), data.DisplayName.ValueString()
	if data.GroupID.IsNull() {
		if groupID = d.groupID(ctx, storeID, name, &resp.Diagnostics); groupID == "" {
			return
		}
	}
	group, _, err := d.data.client.Group(ctx, storeID, groupID)
	switch {
	case err != nil:
		addError(&resp.Diagnostics, operation{doing: fmt.Sprintf("reading group %s of identity store %s", groupID, storeID), attributes: []string{"group_id", "identity_store_id"}}, err)
		return
	case data.GroupID.IsNull() && !group.HasName(name):
		resp.Diagnostics.AddAttributeError(path.Root("display_name"), "Group has another name", fmt.Sprintf(
			"The API found a group whose name does not match exactly.\n\n  display_name: %s\n  Group:        %s\n  Its name:     %s\n\nUse the exact name, or set group_id.",
			showValue(name), groupID, showValue(group.DisplayName)))
		return
	}

	data.GroupID = types.StringValue(group.ID)
	data.DisplayName, data.Description = stringOrNull(group.DisplayName), stringOrNull(group.Description)
	data.ExternalIDs = flattenExternalIDs(group.ExternalIDs)
	data.CreatedAt, data.UpdatedAt = timestampOrNull(group.CreatedAt), timestampOrNull(group.UpdatedAt)
	resp.Diagnostics.Append(resp.State.Set(ctx, &data)...)
}

// groupID returns the ID of the group with a name. It adds an error if there is none.
func (d *groupDataSource) groupID(ctx context.Context, storeID, name string, diags *diag.Diagnostics) string {
	id, _, err := d.data.client.GroupID(ctx, storeID, name)
	var failed *transport.Error
	switch {
	case err == nil:
		return id
	case errors.As(err, &failed) && (failed.NotFound() || failed.BadParameter()):
		// The API may return either for an unknown name (API-FACTS.md, group-id).
		diags.AddAttributeError(path.Root("display_name"), "Group not found",
			fmt.Sprintf("Identity store %s returns no group with the name %s. The name must match exactly, including case.\n\n%s",
				storeID, showValue(name), explain(err, "display_name", "identity_store_id")))
	default:
		addError(diags, operation{doing: fmt.Sprintf("looking for group %q in identity store %s", name, storeID), attributes: []string{"display_name", "identity_store_id"}}, err)
	}
	return ""
}
