// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

var (
	_ datasource.DataSourceWithConfigure        = (*groupDataSource)(nil)
	_ datasource.DataSourceWithConfigValidators = (*groupDataSource)(nil)
)

type groupDataSource struct{ configuredDataSource }

func (d *groupDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_group"
}

func (d *groupDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A group of an identity store, found by ID or by name. It is an error if there is none.",
		Attributes: map[string]schema.Attribute{
			"identity_store_id": requiredID(describeIdentityStoreID),
			"group_id":          keyText("The ID of the group. Exactly one of `group_id` and `display_name` is required.", apiID{}),
			"display_name":      keyText("The name of the group; it must match exactly.", stringvalidator.LengthAtLeast(1)),
			"description":       computedText("The description of the group."),
			"external_ids":      externalIDs("The identifiers that external identity providers gave the group."),
			"created_at":        computedTime("When the group was created, in UTC (RFC 3339)."),
			"updated_at":        computedTime("When the group was last changed, in UTC (RFC 3339)."),
		},
	}
}

func (d *groupDataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{
		datasourcevalidator.ExactlyOneOf(path.MatchRoot("group_id"), path.MatchRoot("display_name")),
	}
}

func (d *groupDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	config := readWire(req.Config.Raw, &resp.Diagnostics)
	storeID := config.text(ctx, "identity_store_id", &resp.Diagnostics).ValueString()
	groupID := config.text(ctx, "group_id", &resp.Diagnostics).ValueString()
	if resp.Diagnostics.HasError() || !d.data.ready(&resp.Diagnostics) {
		return
	}

	if groupID == "" {
		name := config.text(ctx, "display_name", &resp.Diagnostics).ValueString()
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
	resp.State.Raw = withValues(req.Config.Raw, wireObject{
		"identity_store_id": textValue(group.IdentityStoreID), "group_id": textValue(group.ID),
		"display_name": textValue(group.DisplayName), "description": textValue(group.Description), "external_ids": externalIDValues(req.Config.Raw, group.ExternalIDs),
		"created_at": timeValue(group.CreatedAt), "updated_at": timeValue(group.UpdatedAt),
	}, &resp.Diagnostics)
}
