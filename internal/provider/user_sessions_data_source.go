// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

var _ datasource.DataSourceWithConfigure = (*userSessionsDataSource)(nil)

func newUserSessionsDataSource() datasource.DataSource { return &userSessionsDataSource{} }

type userSessionsDataSource struct {
	data *providerData
}

func (d *userSessionsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user_sessions"
}

func (d *userSessionsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The login sessions of a user, to look at. To end sessions, choose them in the revocation itself with `sessions_matching`: " +
			"what a data source reads is kept in the state, and is out of date as soon as the sessions are ended.",
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
		Blocks: map[string]schema.Block{sessionsMatching: dataSessionsMatching()},
	}
}

func (d *userSessionsDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.data = dataOf(req.ProviderData, &resp.Diagnostics)
}

func (d *userSessionsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model userSessionsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	model.read(ctx, d.data, &resp.Diagnostics)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
	}
}
