// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/ephemeral/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*userSessionsEphemeralResource)(nil)

func newUserSessionsEphemeralResource() ephemeral.EphemeralResource {
	return &userSessionsEphemeralResource{}
}

type userSessionsEphemeralResource struct {
	data *providerData
}

type userSessionsModel struct {
	IdentityStoreID  types.String   `tfsdk:"identity_store_id"`
	UserID           types.String   `tfsdk:"user_id"`
	SessionsMatching types.List     `tfsdk:"sessions_matching"`
	Sessions         []sessionModel `tfsdk:"sessions"`
	Timeouts         timeouts.Value `tfsdk:"timeouts"`
}

type sessionModel struct {
	SessionID types.String      `tfsdk:"session_id"`
	UserID    types.String      `tfsdk:"user_id"`
	UserName  types.String      `tfsdk:"user_name"`
	IPAddress types.String      `tfsdk:"ip_address"`
	UserAgent types.String      `tfsdk:"user_agent"`
	CreatedAt timetypes.RFC3339 `tfsdk:"created_at"`
	ExpiresAt timetypes.RFC3339 `tfsdk:"expires_at"`
}

func (e *userSessionsEphemeralResource) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user_sessions"
}

func (e *userSessionsEphemeralResource) Schema(ctx context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The login sessions of a user at this moment. Terraform reads them in every plan and again in the apply, and keeps them in neither: " +
			"feed them to `session_ids_wo` of `identitycenter_user_session_revocation` where `sessions_matching` cannot say what is meant. Reading ends no session. Needs Terraform 1.10 or later, `session_ids_wo` 1.11.",
		Attributes: map[string]schema.Attribute{
			"identity_store_id": schema.StringAttribute{
				Required: true, MarkdownDescription: describeIdentityStoreID, Validators: []validator.String{apiID{}},
			},
			"user_id": schema.StringAttribute{
				Required: true, MarkdownDescription: describeUserID, Validators: []validator.String{apiID{}},
			},
			"sessions": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: describeSessions,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"session_id": schema.StringAttribute{Computed: true, MarkdownDescription: describeSessionID},
					"user_id":    schema.StringAttribute{Computed: true, MarkdownDescription: describeSessionUserID},
					"user_name":  schema.StringAttribute{Computed: true, MarkdownDescription: describeSessionUserName},
					"ip_address": schema.StringAttribute{Computed: true, MarkdownDescription: describeIPAddress},
					"user_agent": schema.StringAttribute{Computed: true, MarkdownDescription: describeUserAgent},
					"created_at": schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: describeCreatedAt},
					"expires_at": schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: describeExpiresAt},
				}},
			},
		},
		Blocks: map[string]schema.Block{
			sessionsMatching: ephemeralSessionsMatching(),
			"timeouts": timeouts.BlockWithOpts(ctx, timeouts.Opts{
				OpenDescription: fmt.Sprintf("How long the reading may take, with all retries, as a duration such as `30s` or `10m`. Default `%.0fm`.", defaultRevocationTimeout.Minutes()),
			}),
		},
	}
}

func (e *userSessionsEphemeralResource) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	e.data = dataOf(req.ProviderData, &resp.Diagnostics)
}

func (e *userSessionsEphemeralResource) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model userSessionsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	conditions, _, problems := readConditions(model.SessionsMatching, false)
	resp.Diagnostics.Append(problems...)
	timeout, diags := model.Timeouts.Open(ctx, defaultRevocationTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !e.data.ready(&resp.Diagnostics) {
		return
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, &timeoutError{argument: path.Root("timeouts").AtName("open"), after: timeout})
	defer cancel()
	storeID := model.IdentityStoreID.ValueString()
	sessions := sessionsOfUser(ctx, e.data.client, storeID, model.UserID.ValueString(), conditions, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	names := userNames(ctx, e.data.client, storeID, sessions, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	model.Sessions = make([]sessionModel, 0, len(sessions))
	for _, s := range sessions {
		model.Sessions = append(model.Sessions, sessionModel{
			SessionID: types.StringValue(s.ID), UserID: types.StringValue(s.UserID), UserName: orNull(names[s.UserID]),
			IPAddress: orNull(s.IPAddress), UserAgent: orNull(s.UserAgent),
			CreatedAt: timeOrNull(s.CreatedAt), ExpiresAt: timeOrNull(s.ExpiresAt),
		})
	}
	resp.Diagnostics.Append(resp.Result.Set(ctx, model)...)
}
