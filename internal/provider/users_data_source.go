// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
)

type usersDataSource struct{ configuredDataSource }

// usersDataSourceModel has the users as a list of values. A list of structs takes several
// times the memory for 100,000 users.
type usersDataSourceModel struct {
	IdentityStoreID types.String   `tfsdk:"identity_store_id"`
	UserName        types.String   `tfsdk:"user_name"`
	Users           types.List     `tfsdk:"users"`
	Timeouts        timeouts.Value `tfsdk:"timeouts"`
}

var listedUserType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"user_id": types.StringType, "user_name": types.StringType, "display_name": types.StringType, "email": types.StringType, "enabled": types.BoolType,
}}

// defaultReadTimeout limits the read of a list that may have many pages.
const defaultReadTimeout = 30 * time.Minute

func (d *usersDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the users of an identity store, in the order of the API.",
		Attributes: map[string]schema.Attribute{
			"identity_store_id": identityStoreIDAttribute(),
			"user_name": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The login name of the users to list, which must match exactly. Default is all users.",
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"users": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The users.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"user_id":      schema.StringAttribute{Computed: true, MarkdownDescription: describeUserID},
					"user_name":    schema.StringAttribute{Computed: true, MarkdownDescription: "The login name of the user."},
					"display_name": schema.StringAttribute{Computed: true, MarkdownDescription: "The display name of the user."},
					"email":        schema.StringAttribute{Computed: true, MarkdownDescription: "The primary email address, or else the first one."},
					"enabled":      schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the user can log in. Null if the API does not return it."},
				}},
			},
		},
		Blocks: map[string]schema.Block{"timeouts": readTimeout(fmt.Sprintf("`%.0fm`", defaultReadTimeout.Minutes()))},
	}
}

func (d *usersDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data usersDataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	ctx, cancel := withTimeout(ctx, "read", data.Timeouts.Read, defaultReadTimeout, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() || !d.data.ready(&resp.Diagnostics) {
		return
	}

	storeID, userName := data.IdentityStoreID.ValueString(), data.UserName.ValueString()
	var users []attr.Value
	for u, err := range d.data.client.Users(ctx, storeID, userName) {
		if err != nil {
			addError(&resp.Diagnostics, operation{doing: "listing the users of identity store " + storeID, attributes: []string{"identity_store_id", "user_name"}}, err)
			return
		}
		users = append(users, types.ObjectValueMust(listedUserType.AttrTypes, map[string]attr.Value{
			"user_id":      types.StringValue(u.ID),
			"user_name":    stringOrNull(u.UserName),
			"display_name": stringOrNull(u.DisplayName),
			"email":        stringOrNull(primaryEmail(u)),
			"enabled":      types.BoolPointerValue(u.Enabled),
		}))
	}
	if len(users) == 0 && userName != "" {
		resp.Diagnostics.AddAttributeWarning(path.Root("user_name"), "No user has this name",
			fmt.Sprintf("Identity store %s has no user with the name %s.\n\nCheck the name. It must match exactly, including case.", storeID, showValue(userName)))
	}
	data.Users = types.ListValueMust(listedUserType, users)
	resp.Diagnostics.Append(resp.State.Set(ctx, &data)...)
}

// primaryEmail returns the primary email address of a user, else the first one, else "".
func primaryEmail(u identitycenter.User) string {
	for _, email := range u.Emails {
		if email.Primary {
			return email.Value
		}
	}
	if len(u.Emails) > 0 {
		return u.Emails[0].Value
	}
	return ""
}
