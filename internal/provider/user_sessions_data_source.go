// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/sync/errgroup"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/bulkrevocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

var _ datasource.DataSourceWithValidateConfig = (*userSessionsDataSource)(nil)

type userSessionsDataSource struct{ configuredDataSource }

type userSessionsDataSourceModel struct {
	IdentityStoreID types.String `tfsdk:"identity_store_id"`
	UserID          types.String `tfsdk:"user_id"`
	userSelectorModel
	SessionsMatching types.List     `tfsdk:"sessions_matching"`
	Timeouts         timeouts.Value `tfsdk:"timeouts"`
	Sessions         types.List     `tfsdk:"sessions"`
	UnknownUserNames types.List     `tfsdk:"unknown_user_names"`
	Complete         types.Bool     `tfsdk:"complete"`
}

var sessionType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"session_id": types.StringType, "user_id": types.StringType, "user_name": types.StringType,
	"ip_address": types.StringType, "user_agent": types.StringType,
	"created_at": timetypes.RFC3339Type{}, "expires_at": timetypes.RFC3339Type{},
}}

func (d *userSessionsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the portal sessions of one or many IAM Identity Center users. To end sessions, select them in a revocation with `sessions_matching`.",
		Attributes: map[string]schema.Attribute{
			"identity_store_id": identityStoreIDAttribute(),
			"user_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: describeUserID + " One of `user_id`, `user_ids`, `user_names`, `group_ids` and `all_users` is required.",
				Validators:          []validator.String{lenientUserIDValidator},
			},
			"user_ids": schema.ListAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "The IDs of the users. May be set together with `user_names`.",
				Validators:          []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(lenientUserIDValidator)},
			},
			"user_names":       userNamesAttribute(),
			"group_ids":        groupIDsAttribute(),
			"except_user_ids":  exceptUserIDsAttribute(),
			"except_group_ids": exceptGroupIDsAttribute(),
			"all_users": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Set to `true` to select every user of the identity store.",
				Validators:          []validator.Bool{boolvalidator.Equals(true)},
			},
			"sessions": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The sessions that match, newest first.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"session_id": schema.StringAttribute{Computed: true, MarkdownDescription: "The ID of the session."},
					"user_id":    schema.StringAttribute{Computed: true, MarkdownDescription: describeUserID},
					"user_name":  schema.StringAttribute{Computed: true, MarkdownDescription: "The login name of the user. Null, with a warning, if the names cannot be read."},
					"ip_address": schema.StringAttribute{Computed: true, MarkdownDescription: "The IP address from which the user logged in. Null if the API does not return it."},
					"user_agent": schema.StringAttribute{Computed: true, MarkdownDescription: "The user agent of the client. Null if the API does not return it."},
					"created_at": schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When the session began, in UTC (RFC 3339)."},
					"expires_at": schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When the session expires, in UTC (RFC 3339)."},
				}},
			},
			"unknown_user_names": schema.ListAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: "The names in `user_names` that nobody in the identity store has, sorted.",
			},
			"complete": schema.BoolAttribute{
				Computed:            true,
				MarkdownDescription: "Whether the sessions of all users are listed, apart from unknown ones. `false` if the API refuses to list the sessions of disabled users.",
			},
		},
		Blocks: map[string]schema.Block{
			sessionsMatching: sessionsMatchingBlock(false),
			"timeouts":       readTimeout("`5m` for one user, otherwise `30m`"),
		},
	}
}

func (d *userSessionsDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var config userSessionsDataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	config.validate(&resp.Diagnostics, choiceArgument{"user_id", config.UserID})
	if !config.UserID.IsNull() && !config.UserID.IsUnknown() && (!config.ExceptUserIDs.IsNull() || !config.ExceptGroupIDs.IsNull()) {
		resp.Diagnostics.AddAttributeError(path.Root("user_id"), "Exceptions from a single user",
			"except_user_ids and except_group_ids have no effect together with user_id. Leave them out.")
	}
}

func (d *userSessionsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config userSessionsDataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || !d.data.ready(&resp.Diagnostics) {
		return
	}
	conditions, _ := sessionSelector{SessionsMatching: config.SessionsMatching}.expand(ctx, &resp.Diagnostics)
	defaultTimeout := defaultReadTimeout
	if !config.UserID.IsNull() {
		defaultTimeout = defaultRevocationTimeout
	}
	ctx, cancel := withTimeout(ctx, "read", config.Timeouts.Read, defaultTimeout, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	var choice revocation.Choice
	config.Complete, config.UnknownUserNames = types.BoolValue(true), stringList(nil)
	if !config.UserID.IsNull() {
		choice = sessionsOfUser(ctx, d.data.client, config.IdentityStoreID.ValueString(), config.UserID.ValueString(), conditions, &resp.Diagnostics)
	} else {
		choice = config.sessionsOfMany(ctx, d.data.client, conditions, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if conditions != nil && (conditions.OlderThan > 0 || conditions.YoungerThan > 0) {
		warnOfClock(&resp.Diagnostics, path.Root(sessionsMatching), choice.ClockProblem)
	}
	if text := unreadableAddresses(choice); text != "" {
		resp.Diagnostics.AddAttributeWarning(path.Root(sessionsMatching), "Some addresses cannot be read", strings.TrimSpace(text))
	}
	names := userNames(ctx, d.data.client, config.IdentityStoreID.ValueString(), choice.Sessions, &resp.Diagnostics)
	listed := make([]attr.Value, len(choice.Sessions))
	for i, s := range choice.Sessions {
		listed[i] = types.ObjectValueMust(sessionType.AttrTypes, map[string]attr.Value{
			"session_id": types.StringValue(s.ID), "user_id": types.StringValue(s.UserID), "user_name": stringOrNull(names[s.UserID]),
			"ip_address": stringOrNull(s.IPAddress), "user_agent": stringOrNull(s.UserAgent),
			"created_at": timestampOrNull(s.CreatedAt), "expires_at": timestampOrNull(s.ExpiresAt),
		})
	}
	config.Sessions = types.ListValueMust(sessionType, listed)
	resp.Diagnostics.Append(resp.State.Set(ctx, config)...)
}

// sessionsOfUser lists the sessions of one user that meet the conditions; nil selects all.
func sessionsOfUser(ctx context.Context, client *identitycenter.Client, storeID, userID string, conditions *revocation.Conditions, diags *diag.Diagnostics) revocation.Choice {
	choice, err := revocation.Preview(ctx, client, revocation.Request{IdentityStoreID: storeID, UserID: userID, All: conditions == nil, Matching: conditions})
	if err != nil {
		addErrorOfUser(ctx, diags, client, operation{
			doing:      "listing the sessions of user " + userID + " in identity store " + storeID,
			attributes: []string{"identity_store_id", "user_id"},
		}, storeID, userID, err)
	}
	return choice
}

func (m *userSessionsDataSourceModel) sessionsOfMany(ctx context.Context, client *identitycenter.Client, conditions *revocation.Conditions, diags *diag.Diagnostics) revocation.Choice {
	// Protected users are listed too, because nothing is changed.
	choice, tally, err := bulkrevocation.ListSessions(ctx, client, m.expand(m.IdentityStoreID, protectedUsers{}), conditions)
	if err != nil {
		op := operation{
			doing:      "listing the sessions of many users in identity store " + m.IdentityStoreID.ValueString(),
			attributes: bulkAttributes(err, m.given()),
			done:       "No session is listed, because the list would not be complete.",
		}
		if tally.Failed > 0 {
			op.done += " To list the sessions of the others, leave out the users who failed with except_user_ids."
		}
		if !addSelectionError(diags, "No session was listed", err) {
			addError(diags, op, err)
		}
		return choice
	}
	warnOfUsers(diags, m.given(), tally)
	if tally.Found == 0 && len(tally.UnknownUserNames) == 0 {
		diags.AddAttributeWarning(path.Root(m.given()), "No user is selected", "No session is listed, because no user is selected.")
	}
	m.Complete, m.UnknownUserNames = types.BoolValue(tally.Complete()), stringList(tally.UnknownUserNames)
	return choice
}

// maxDescribedUsers is the maximum number of users in a call of DescribeUsers (API reference).
const maxDescribedUsers = 100

// userNames returns names by user ID. It warns about names that cannot be read.
func userNames(ctx context.Context, client *identitycenter.Client, storeID string, sessions []identitycenter.Session, diags *diag.Diagnostics) map[string]string {
	names := map[string]string{}
	for _, s := range sessions {
		names[s.UserID] = ""
	}
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(client.Concurrency())
	for some := range slices.Chunk(slices.Sorted(maps.Keys(names)), maxDescribedUsers) {
		group.Go(func() error {
			users, _, err := client.DescribeUsers(ctx, storeID, some)
			mu.Lock()
			defer mu.Unlock()
			for _, u := range users {
				names[u.ID] = u.UserName
			}
			return err
		})
	}
	err := group.Wait()
	if err == nil && slices.Contains(slices.Collect(maps.Values(names)), "") {
		err = errors.New("the API does not return them")
	}
	switch {
	case ctx.Err() != nil:
		addError(diags, operation{doing: "reading the names of the users in identity store " + storeID, attributes: []string{"identity_store_id"}}, context.Cause(ctx))
	case err != nil:
		diags.AddAttributeWarning(path.Root("sessions"), "User names are missing",
			fmt.Sprintf("The names of some users could not be read, so their user_name is null: %s", transport.Printable(err.Error(), transport.LongestText)))
	}
	return names
}
