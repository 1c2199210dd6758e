// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
)

var (
	_ datasource.DataSourceWithConfigure      = (*userSessionsDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*userSessionsDataSource)(nil)
)

func newUserSessionsDataSource() datasource.DataSource { return &userSessionsDataSource{} }

type userSessionsDataSource struct {
	data *providerData
}

func (d *userSessionsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user_sessions"
}

func (d *userSessionsDataSource) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	ids := func(description string) schema.ListAttribute {
		return schema.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: description}
	}
	listedSession := schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
		"session_id": computedText(describeSessionID),
		"user_id":    computedText(describeSessionUserID),
		"user_name":  computedText(describeSessionUserName),
		"ip_address": computedText(describeIPAddress),
		"user_agent": computedText(describeUserAgent),
		"created_at": computedTime(describeCreatedAt),
		"expires_at": computedTime(describeExpiresAt),
	}}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The login sessions of a user, of several users, of the members of groups or of everybody, to look at: who is logged in from there? " +
			"To end sessions, choose them in the revocation itself with `sessions_matching`: what a data source reads is kept in the state, and is out of date as soon as the sessions are ended.",
		Attributes: map[string]schema.Attribute{
			"identity_store_id": schema.StringAttribute{
				Required: true, MarkdownDescription: describeIdentityStoreID, Validators: []validator.String{apiID{}},
			},
			"user_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: describeUserID + " Exactly one of `user_id`, `user_ids`, `group_ids` and `all_users` is required.",
				Validators:          []validator.String{apiID{}},
			},
			"user_ids":         ids(describeUserIDs + " A warning names those that the identity store does not know; when it knows none, that is an error."),
			"group_ids":        ids(describeGroupIDs),
			"all_users":        schema.BoolAttribute{Optional: true, MarkdownDescription: "Set to `true` for every user of the identity store. `false` is refused."},
			"except_user_ids":  ids(describeExceptUserIDs),
			"except_group_ids": ids(describeExceptGroupIDs),
			"sessions":         computedWireList(describeSessions, listedSession),
		},
		Blocks: map[string]schema.Block{
			sessionsMatching: dataSessionsMatching(),
			"timeouts": timeouts.BlockWithOpts(ctx, timeouts.Opts{
				ReadDescription: fmt.Sprintf("How long the reading may take, with all retries, as a duration such as `30s` or `1h`. Default `%.0fm` for one user, else `%.0fm`.",
					defaultRevocationTimeout.Minutes(), defaultReadTimeout.Minutes()),
			}),
		},
	}
}

func (d *userSessionsDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.data = dataOf(req.ProviderData, &resp.Diagnostics)
}

// readUserSessionsChoice returns whose sessions are listed, and which, after all checks.
func readUserSessionsChoice(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) (userChoice, *revocation.Conditions) {
	choice := readUserChoice(ctx, config, diags)
	choice.names = append([]string{"user_id"}, choice.names...)
	var matching types.List
	diags.Append(config.GetAttribute(ctx, path.Root("user_id"), &choice.userID)...)
	diags.Append(config.GetAttribute(ctx, path.Root(sessionsMatching), &matching)...)
	if diags.HasError() {
		return choice, nil
	}
	_, problems := choice.check(ctx, false)
	diags.Append(problems...)
	conditions, _, problems := readConditions(matching, choice.userID.IsNull())
	diags.Append(problems...)
	return choice, conditions
}

// ValidateConfig checks the choice, as far as it is known.
func (d *userSessionsDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	_, _ = readUserSessionsChoice(ctx, req.Config, &resp.Diagnostics)
}

func (d *userSessionsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	choice, conditions := readUserSessionsChoice(ctx, req.Config, &resp.Diagnostics)
	var storeID types.String
	var limits timeouts.Value
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("identity_store_id"), &storeID)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("timeouts"), &limits)...)
	normal := defaultReadTimeout
	if !choice.userID.IsNull() {
		normal = defaultRevocationTimeout
	}
	timeout, diags := limits.Read(ctx, normal)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !d.data.ready(&resp.Diagnostics) {
		return
	}
	ctx, cancel := withTimeout(ctx, "read", timeout)
	defer cancel()

	var sessions []identitycenter.Session
	if !choice.userID.IsNull() {
		sessions = sessionsOfUser(ctx, d.data.client, storeID.ValueString(), choice.userID.ValueString(), conditions, &resp.Diagnostics)
	} else {
		sessions = d.sessionsOfMany(ctx, choice, storeID, conditions, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	names := userNames(ctx, d.data.client, storeID.ValueString(), sessions, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	d.set(ctx, req.Config, sessions, names, resp)
}

// sessionsOfMany lists the sessions of many users. What is not all of them is an error: it
// would be taken for all. Failed users can be left out.
func (d *userSessionsDataSource) sessionsOfMany(ctx context.Context, choice userChoice, storeID types.String, conditions *revocation.Conditions, diags *diag.Diagnostics) []identitycenter.Session {
	sessions, tally, err := revocation.ListMany(ctx, d.data.client, choice.selection(storeID), conditions)
	if err != nil {
		op := operation{
			doing: "listing the sessions of many users in identity store " + storeID.ValueString(), attributes: bulkAttributes(err, choice.given()),
			done: "Nothing is shown, as a part would be taken for all.",
		}
		if tally.Failed > 0 {
			op.done += " To see the sessions of the others, leave the users who failed out with except_user_ids."
		}
		addError(diags, op, err)
		return nil
	}
	warnOfUnknownUsers(diags, tally)
	if tally.Found == 0 {
		diags.AddAttributeWarning(path.Root(choice.given()), "No user was looked at", "No session is listed: there is no user whose sessions are meant.")
	}
	return sessions
}

// set makes the state of what is configured and the wire's own values, see wireListType.
func (d *userSessionsDataSource) set(ctx context.Context, config tfsdk.Config, sessions []identitycenter.Session, names map[string]string, resp *datasource.ReadResponse) {
	values := map[string]tftypes.Value{}
	if err := config.Raw.As(&values); err != nil {
		resp.Diagnostics.AddError("Unreadable configuration", err.Error())
		return
	}
	state, _ := resp.State.Schema.Type().TerraformType(ctx).(tftypes.Object)
	list, _ := state.AttributeTypes["sessions"].(tftypes.List)
	session, _ := list.ElementType.(tftypes.Object)
	all := make([]tftypes.Value, 0, len(sessions))
	for _, s := range sessions {
		all = append(all, tftypes.NewValue(session, map[string]tftypes.Value{
			"session_id": textValue(s.ID), "user_id": textValue(s.UserID), "user_name": textValue(names[s.UserID]),
			"ip_address": textValue(s.IPAddress), "user_agent": textValue(s.UserAgent),
			"created_at": timeValue(s.CreatedAt), "expires_at": timeValue(s.ExpiresAt),
		}))
	}
	values["sessions"] = tftypes.NewValue(list, all)
	resp.State.Raw = tftypes.NewValue(state, values)
}
