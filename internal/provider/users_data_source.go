// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
)

var _ datasource.DataSourceWithConfigure = (*usersDataSource)(nil)

type usersDataSource struct{ configuredDataSource }

func (d *usersDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_users"
}

func (d *usersDataSource) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	listedUser := schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
		"user_id":      computedText("The ID of the user."),
		"user_name":    computedText("The name that the user logs in with."),
		"display_name": computedText("The name to display."),
		"email":        computedText("The primary email address, else the first; null when there is none."),
		"enabled":      computedBool("Whether the user may log in."),
	}}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The users of an identity store, all or those with a name, in the order of the API. An identity store may hold 100,000 of them, " +
			"so only what users are picked by is read; `data.identitycenter_user` has the rest.",
		Attributes: map[string]schema.Attribute{
			"identity_store_id": requiredID(describeIdentityStoreID),
			"user_name": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Lists only the users with this name; it must match exactly. Default is all users.",
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"users": computedWireList("The users; empty when there is none.", listedUser),
		},
		Blocks: map[string]schema.Block{"timeouts": timeouts.BlockWithOpts(ctx, timeouts.Opts{
			ReadDescription: fmt.Sprintf("How long the reading may take, with all pages and retries, as a duration such as `30s` or `10m`. Default `%.0fm`.", defaultReadTimeout.Minutes()),
		})},
	}
}

func (d *usersDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	config := readWire(req.Config.Raw, &resp.Diagnostics)
	storeID, userName := config.text(ctx, "identity_store_id", &resp.Diagnostics), config.text(ctx, "user_name", &resp.Diagnostics)
	ctx, cancel := withTimeout(ctx, req.Config.Raw, "read", defaultReadTimeout, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() || !d.data.ready(&resp.Diagnostics) {
		return
	}

	// The state is made of the wire's own values, see wireListType.
	element := elementOf(req.Config.Raw, "users")
	var users []tftypes.Value
	for u, err := range d.data.client.Users(ctx, storeID.ValueString(), userName.ValueString()) {
		if err != nil {
			addError(&resp.Diagnostics, operation{
				doing: "listing the users of identity store " + storeID.ValueString(), attributes: []string{"identity_store_id", "user_name"},
			}, err)
			return
		}
		users = append(users, tftypes.NewValue(element, map[string]tftypes.Value{
			"user_id":      textValue(u.ID),
			"user_name":    textValue(u.UserName),
			"display_name": textValue(u.DisplayName),
			"email":        textValue(primaryEmail(u)),
			"enabled":      tftypes.NewValue(tftypes.Bool, u.Enabled),
		}))
	}
	resp.State.Raw = withValues(req.Config.Raw, wireObject{"users": tftypes.NewValue(tftypes.List{ElementType: element}, users)}, &resp.Diagnostics)
}

// defaultReadTimeout bounds the reading of a list that may have many pages.
const defaultReadTimeout = 30 * time.Minute

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
