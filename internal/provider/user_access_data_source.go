// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/access"
)

var _ datasource.DataSourceWithConfigure = (*userAccessDataSource)(nil)

func newUserAccessDataSource() datasource.DataSource { return &userAccessDataSource{} }

type userAccessDataSource struct{ configuredDataSource }

type userAccessModel struct {
	InstanceID             types.String          `tfsdk:"instance_id"`
	IdentityStoreID        types.String          `tfsdk:"identity_store_id"`
	UserID                 types.String          `tfsdk:"user_id"`
	Assignments            []userAssignmentModel `tfsdk:"assignments"`
	PermissionSetIDs       []string              `tfsdk:"permission_set_ids"`
	LongestSessionDuration timetypes.GoDuration  `tfsdk:"longest_session_duration"`
}

type userAssignmentModel struct {
	AccountID         types.String         `tfsdk:"account_id"`
	PermissionSetID   types.String         `tfsdk:"permission_set_id"`
	PermissionSetName types.String         `tfsdk:"permission_set_name"`
	SessionDuration   timetypes.GoDuration `tfsdk:"session_duration"`
	Direct            types.Bool           `tfsdk:"direct"`
	GroupIDs          []string             `tfsdk:"group_ids"`
}

func (d *userAccessDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user_access"
}

func (d *userAccessDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "What a user can reach: the permission sets that the user has in accounts, directly or through groups, and how long a console session lives that is opened with them.",
		Attributes: map[string]schema.Attribute{
			"instance_id":       requiredID("The IAM Identity Center instance, as `data.identitycenter_instance` returns it. 1 to 64 characters."),
			"identity_store_id": requiredID(describeIdentityStoreID),
			"user_id":           requiredID("The user, as `data.identitycenter_user` returns it. 1 to 64 characters. One who does not exist is an error."),
			"assignments": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "Each account and permission set that the user has today, once, sorted by their IDs.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"account_id":          computedText("The account."),
					"permission_set_id":   computedText("The permission set."),
					"permission_set_name": computedText("The name of the permission set."),
					"session_duration": schema.StringAttribute{
						Computed: true, CustomType: timetypes.GoDurationType{},
						MarkdownDescription: "How long a console session lives that is opened with the permission set, as a duration such as `8h0m0s`.",
					},
					"direct": computedBool("Whether the user has it without a group too; null when the responses of the API leave it open, as its list of the user's own assignments may include those of groups."),
					"group_ids": schema.ListAttribute{
						Computed: true, ElementType: types.StringType,
						MarkdownDescription: "The groups of the user that bring it, sorted; empty when none does.",
					},
				}},
			},
			"permission_set_ids": schema.ListAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: "The permission sets of the assignments, each once, sorted.",
			},
			"longest_session_duration": schema.StringAttribute{
				Computed: true, CustomType: timetypes.GoDurationType{},
				MarkdownDescription: "The longest session duration of these permission sets, as a duration for `timeadd`; `0s` when there are none. " +
					"A console that was opened before some moment ends by itself at that moment plus this duration at the latest, if it was opened through the assignments of today.",
			},
		},
	}
}

func (d *userAccessDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model userAccessModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || !d.data.ready(&resp.Diagnostics) {
		return
	}
	found, err := access.Of(ctx, d.data.client, model.InstanceID.ValueString(), model.IdentityStoreID.ValueString(), model.UserID.ValueString())
	if err != nil {
		addError(&resp.Diagnostics, operation{
			doing:      "reading the access of user " + model.UserID.ValueString() + " in instance " + model.InstanceID.ValueString(),
			attributes: []string{"user_id", "identity_store_id", "instance_id"},
		}, err)
		return
	}
	model.Assignments = []userAssignmentModel{}
	for _, a := range found.Assignments {
		model.Assignments = append(model.Assignments, userAssignmentModel{
			AccountID: types.StringValue(a.AccountID), PermissionSetID: types.StringValue(a.PermissionSetID),
			PermissionSetName: orNull(a.PermissionSetName), SessionDuration: timetypes.NewGoDurationValue(a.SessionDuration),
			Direct: types.BoolPointerValue(a.Direct), GroupIDs: append([]string{}, a.GroupIDs...),
		})
	}
	model.PermissionSetIDs = append([]string{}, found.PermissionSetIDs...)
	model.LongestSessionDuration = timetypes.NewGoDurationValue(found.Longest)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}
