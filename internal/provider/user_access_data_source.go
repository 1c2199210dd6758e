// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/useraccess"
)

var _ datasource.DataSourceWithConfigure = (*userAccessDataSource)(nil)

type userAccessDataSource struct{ configuredDataSource }

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
			"assignments": computedList("Each account and permission set that the user has today, once, sorted by their IDs.", map[string]schema.Attribute{
				"account_id":          computedText("The account."),
				"permission_set_id":   computedText("The permission set."),
				"permission_set_name": computedText("The name of the permission set."),
				"session_duration":    computedDuration("How long a console session lives that is opened with the permission set, as a duration such as `8h0m0s`."),
				"direct":              computedBool("Whether the user has it without a group too; null when the responses of the API leave it open, as its list of the user's own assignments may include those of groups."),
				"group_ids":           computedTexts("The groups of the user that bring it, sorted; empty when none does."),
			}),
			"permission_set_ids": computedTexts("The permission sets of the assignments, each once, sorted."),
			"longest_session_duration": computedDuration("The longest session duration of these permission sets, as a duration for `timeadd`; `0s` when there are none. " +
				"A console that was opened before some moment ends by itself at that moment plus this duration at the latest, if it was opened through the assignments of today."),
		},
	}
}

func (d *userAccessDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	config := readWire(req.Config.Raw, &resp.Diagnostics)
	text := func(name string) string { return config.text(ctx, name, &resp.Diagnostics).ValueString() }
	instanceID, storeID, userID := text("instance_id"), text("identity_store_id"), text("user_id")
	if resp.Diagnostics.HasError() || !d.data.ready(&resp.Diagnostics) {
		return
	}
	found, err := useraccess.Of(ctx, d.data.client, instanceID, storeID, userID)
	if err != nil {
		addError(&resp.Diagnostics, operation{
			doing:      "reading the access of user " + userID + " in instance " + instanceID,
			attributes: []string{"user_id", "identity_store_id", "instance_id"},
		}, err)
		return
	}
	resp.State.Raw = withValues(req.Config.Raw, wireObject{
		"assignments": listValue(req.Config.Raw, "assignments", found.Assignments, func(a useraccess.Assignment) map[string]tftypes.Value {
			return map[string]tftypes.Value{
				"account_id": textValue(a.AccountID), "permission_set_id": textValue(a.PermissionSetID), "permission_set_name": textValue(a.PermissionSetName),
				"session_duration": textValue(a.SessionDuration.String()), "direct": tftypes.NewValue(tftypes.Bool, a.Direct), "group_ids": textValues(a.GroupIDs),
			}
		}),
		"permission_set_ids":       textValues(found.PermissionSetIDs),
		"longest_session_duration": textValue(found.Longest.String()),
	}, &resp.Diagnostics)
}
