// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*userSessionsEphemeralResource)(nil)

func newUserSessionsEphemeralResource() ephemeral.EphemeralResource {
	return &userSessionsEphemeralResource{}
}

type userSessionsEphemeralResource struct {
	data *providerData
}

func (e *userSessionsEphemeralResource) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user_sessions"
}

func (e *userSessionsEphemeralResource) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
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
					"ip_address": schema.StringAttribute{Computed: true, MarkdownDescription: describeIPAddress},
					"user_agent": schema.StringAttribute{Computed: true, MarkdownDescription: describeUserAgent},
					"created_at": schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: describeCreatedAt},
					"expires_at": schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: describeExpiresAt},
				}},
			},
		},
		Blocks: map[string]schema.Block{sessionsMatching: ephemeralSessionsMatching()},
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
	model.read(ctx, e.data, &resp.Diagnostics)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.Result.Set(ctx, model)...)
	}
}
