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
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/bulkrevocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
)

var (
	_ datasource.DataSourceWithConfigure      = (*userSessionsDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*userSessionsDataSource)(nil)
)

type userSessionsDataSource struct{ configuredDataSource }

func (d *userSessionsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user_sessions"
}

func (d *userSessionsDataSource) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The login sessions of a user, of several users, of the members of groups or of everybody, to look at: who is logged in from there? " +
			"To end sessions, choose them in the revocation itself with `sessions_matching`: what a data source reads is kept in the state, and is out of date as soon as the sessions are ended.",
		Attributes: map[string]schema.Attribute{
			"identity_store_id": requiredID(describeIdentityStoreID),
			"user_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: describeUserID + " Exactly one of `user_id`, `user_ids`, `group_ids` and `all_users` is required.",
				Validators:          []validator.String{apiID{}},
			},
			"user_ids":         optionalTexts(describeUserIDs + " A warning names those that the identity store does not know; when it knows none, that is an error."),
			"group_ids":        optionalTexts(describeGroupIDs),
			"all_users":        optionalBool("Set to `true` for every user of the identity store. `false` is refused."),
			"except_user_ids":  optionalTexts(describeExceptUserIDs),
			"except_group_ids": optionalTexts(describeExceptGroupIDs),
			"sessions":         computedSessions(),
			"complete": computedBool("Whether the sessions of all users are listed, but for unknown ones. `false` where the API refuses to list the sessions of disabled users, " +
				"whom a warning names; any other failure is an error."),
		},
		Blocks: map[string]schema.Block{
			sessionsMatching: anySessionsMatching(),
			"timeouts": timeouts.BlockWithOpts(ctx, timeouts.Opts{
				ReadDescription: fmt.Sprintf("How long the reading may take, with all retries, as a duration such as `30s` or `1h`. Default `%.0fm` for one user, else `%.0fm`.",
					defaultRevocationTimeout.Minutes(), defaultReadTimeout.Minutes()),
			}),
		},
	}
}

// readUserSessionsChoice returns whose sessions are listed, and which, after all checks.
func readUserSessionsChoice(ctx context.Context, config wireObject, diags *diag.Diagnostics) (userChoice, *revocation.Conditions) {
	choice, matching := readUserChoice(ctx, config, diags), config.matching(ctx, diags)
	if diags.HasError() {
		return choice, nil
	}
	choice.check(false, diags)
	conditions, _ := readConditions(matching, choice.userID.IsNull(), diags)
	return choice, conditions
}

// ValidateConfig checks the choice, as far as it is known.
func (d *userSessionsDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	_, _ = readUserSessionsChoice(ctx, readWire(req.Config.Raw, &resp.Diagnostics), &resp.Diagnostics)
}

func (d *userSessionsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	config := readWire(req.Config.Raw, &resp.Diagnostics)
	choice, conditions := readUserSessionsChoice(ctx, config, &resp.Diagnostics)
	storeID := config.text(ctx, "identity_store_id", &resp.Diagnostics)
	normal := defaultReadTimeout
	if !choice.userID.IsNull() {
		normal = defaultRevocationTimeout
	}
	ctx, cancel := withTimeout(ctx, req.Config.Raw, "read", normal, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() || !d.data.ready(&resp.Diagnostics) {
		return
	}

	var sessions []identitycenter.Session
	complete := true
	if !choice.userID.IsNull() {
		sessions = sessionsOfUser(ctx, d.data.client, storeID.ValueString(), choice.userID.ValueString(), conditions, &resp.Diagnostics)
	} else {
		sessions, complete = d.sessionsOfMany(ctx, choice, storeID, conditions, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	listed := withSessions(ctx, d.data.client, req.Config.Raw, storeID.ValueString(), sessions, &resp.Diagnostics)
	resp.State.Raw = withValues(listed, wireObject{"complete": tftypes.NewValue(tftypes.Bool, complete)}, &resp.Diagnostics)
}

// sessionsOfMany lists the sessions of many users; complete tells whether of all. A failure
// is an error, as the rest would be taken for all. Failed users can be left out.
func (d *userSessionsDataSource) sessionsOfMany(ctx context.Context, choice userChoice, storeID types.String, conditions *revocation.Conditions, diags *diag.Diagnostics) (sessions []identitycenter.Session, complete bool) {
	sessions, tally, err := bulkrevocation.ListSessions(ctx, d.data.client, choice.selection(storeID), conditions)
	if err != nil {
		op := operation{
			doing: "listing the sessions of many users in identity store " + storeID.ValueString(), attributes: bulkAttributes(err, choice.given()),
			done: "Nothing is shown, as a part would be taken for all.",
		}
		if tally.Failed > 0 {
			op.done += " To see the sessions of the others, leave the users who failed out with except_user_ids."
		}
		addError(diags, op, err)
		return nil, false
	}
	warnOfUsers(diags, choice.given(), tally)
	if tally.Found == 0 {
		diags.AddAttributeWarning(path.Root(choice.given()), "No user was looked at", "No session is listed: there is no user whose sessions are meant.")
	}
	return sessions, tally.Complete()
}
