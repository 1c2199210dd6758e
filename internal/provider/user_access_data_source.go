// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/useraccess"
)

type userAccessDataSource struct{ configuredDataSource }

type userAccessDataSourceModel struct {
	InstanceID             types.String            `tfsdk:"instance_id"`
	IdentityStoreID        types.String            `tfsdk:"identity_store_id"`
	UserID                 types.String            `tfsdk:"user_id"`
	AllowIncomplete        types.Bool              `tfsdk:"allow_incomplete"`
	Complete               types.Bool              `tfsdk:"complete"`
	Assignments            []accessAssignmentModel `tfsdk:"assignments"`
	PermissionSetIDs       types.List              `tfsdk:"permission_set_ids"`
	GroupIDs               types.List              `tfsdk:"group_ids"`
	LongestSessionDuration timetypes.GoDuration    `tfsdk:"longest_session_duration"`
}

type accessAssignmentModel struct {
	AccountID         types.String         `tfsdk:"account_id"`
	PermissionSetID   types.String         `tfsdk:"permission_set_id"`
	PermissionSetName types.String         `tfsdk:"permission_set_name"`
	SessionDuration   timetypes.GoDuration `tfsdk:"session_duration"`
	Direct            types.Bool           `tfsdk:"direct"`
	GroupIDs          types.List           `tfsdk:"group_ids"`
}

// incompleteAccessTimeout limits a Read with allow_incomplete, which must be quick.
const incompleteAccessTimeout = time.Minute

func (d *userAccessDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the permission sets that a user has in accounts, directly or through groups.",
		Attributes: map[string]schema.Attribute{
			"instance_id":       instanceIDAttribute(),
			"identity_store_id": identityStoreIDAttribute(),
			"user_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: describeUserID,
				Validators:          []validator.String{userIDValidator},
			},
			"allow_incomplete": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether to return what could be read if a call fails, with a warning. Default `false`: a failed call is an error.",
			},
			"complete": schema.BoolAttribute{
				Computed:            true,
				MarkdownDescription: "Whether everything was read. Always `true` without `allow_incomplete`.",
			},
			"assignments": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The account and permission set of each assignment, once, sorted by their IDs.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"account_id":          schema.StringAttribute{Computed: true, MarkdownDescription: "The ID of the account."},
					"permission_set_id":   schema.StringAttribute{Computed: true, MarkdownDescription: describePermissionSetID},
					"permission_set_name": schema.StringAttribute{Computed: true, MarkdownDescription: "The name of the permission set, null if it could not be read."},
					"session_duration": schema.StringAttribute{Computed: true, CustomType: timetypes.GoDurationType{},
						MarkdownDescription: "How long a console session lasts, such as `8h0m0s`. Null if it could not be read."},
					"direct":    schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the user has the assignment without a group, null if the API does not show it."},
					"group_ids": schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "The IDs of the groups of the user that have the assignment, sorted."},
				}},
			},
			"permission_set_ids": schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "The IDs of the permission sets of the assignments, sorted."},
			"group_ids":          schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "The IDs of the groups of the user that have at least one assignment, sorted."},
			"longest_session_duration": schema.StringAttribute{Computed: true, CustomType: timetypes.GoDurationType{},
				MarkdownDescription: "The longest `session_duration` of the assignments, for `timeadd`. `0s` without assignments."},
		},
	}
}

func (d *userAccessDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data userAccessDataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	if resp.Diagnostics.HasError() || !d.data.ready(&resp.Diagnostics) {
		return
	}
	read, limit := useraccess.Of, lookupTimeout
	if data.AllowIncomplete.ValueBool() {
		read, limit = useraccess.Readable, incompleteAccessTimeout
	}
	ctx, cancel := withTimeLimit(ctx, limit)
	defer cancel()

	instanceID, storeID, userID := data.InstanceID.ValueString(), data.IdentityStoreID.ValueString(), data.UserID.ValueString()
	access, err := read(ctx, d.data.client, instanceID, storeID, userID)
	var incomplete *useraccess.IncompleteError
	switch {
	case errors.As(err, &incomplete):
		resp.Diagnostics.AddAttributeWarning(path.Root("allow_incomplete"), "Access of the user is incomplete",
			"The access of user "+userID+" was not read completely. Not read:\n\n  - "+strings.Join(incomplete.Missing, "\n  - ")+
				"\n\n"+explain(incomplete.Err, "user_id", "identity_store_id", "instance_id"))
	case err != nil:
		addError(&resp.Diagnostics, operation{
			doing:      "reading the access of user " + userID + " in instance " + instanceID,
			attributes: []string{"user_id", "identity_store_id", "instance_id"},
		}, err)
		return
	}
	data.Complete = types.BoolValue(err == nil)
	data.fill(access)
	resp.Diagnostics.Append(resp.State.Set(ctx, &data)...)
}

func (m *userAccessDataSourceModel) fill(access useraccess.Access) {
	m.Assignments = []accessAssignmentModel{}
	for _, a := range access.Assignments {
		m.Assignments = append(m.Assignments, accessAssignmentModel{
			AccountID: types.StringValue(a.AccountID), PermissionSetID: types.StringValue(a.PermissionSetID), PermissionSetName: stringOrNull(a.PermissionSetName),
			SessionDuration: timetypes.NewGoDurationPointerValue(a.SessionDuration), Direct: types.BoolPointerValue(a.Direct), GroupIDs: stringList(a.GroupIDs),
		})
	}
	m.PermissionSetIDs, m.GroupIDs = stringList(access.PermissionSetIDs), stringList(access.GroupIDs)
	m.LongestSessionDuration = timetypes.NewGoDurationValue(access.Longest)
}
