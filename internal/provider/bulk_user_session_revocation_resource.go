// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/bulkrevocation"
)

var (
	_ resource.ResourceWithValidateConfig = (*bulkUserSessionRevocationResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*bulkUserSessionRevocationResource)(nil)
	_ resource.ResourceWithImportState    = (*bulkUserSessionRevocationResource)(nil)
)

type bulkUserSessionRevocationResource struct{ configuredResource }

type bulkUserSessionRevocationModel struct {
	bulkRevocationModel
	Triggers            types.Map      `tfsdk:"triggers"`
	Timeouts            timeouts.Value `tfsdk:"timeouts"`
	RevokedAt           types.String   `tfsdk:"revoked_at"`
	RevokedUserCount    types.Int64    `tfsdk:"revoked_user_count"`
	RevokedSessionCount types.Int64    `tfsdk:"revoked_session_count"`
	RevokedUserIDs      types.List     `tfsdk:"revoked_user_ids"`
	FailedUserCount     types.Int64    `tfsdk:"failed_user_count"`
	FailedUserIDs       types.List     `tfsdk:"failed_user_ids"`
	UnknownUserIDs      types.List     `tfsdk:"unknown_user_ids"`
	UnknownUserNames    types.List     `tfsdk:"unknown_user_names"`
	Complete            types.Bool     `tfsdk:"complete"`
}

// Descriptions that the resource and the action share.
const (
	describeAllSessionsOfUsers = "Set to `true` to end every session of the users; exactly one of `all_sessions` and `sessions_matching` is required."
	describeVerifyUsers        = "Whether to list the sessions afterwards until none of the ended ones is left, for about 30 seconds per user. Default `false`."
)

const defaultBulkTimeout = 2 * time.Hour

func (r *bulkUserSessionRevocationResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Ends portal sessions of many IAM Identity Center users when it is created. Read, update and destroy make no request.",
		Attributes: map[string]schema.Attribute{
			"identity_store_id": resourceIdentityStoreIDAttribute(warnIfUnknown{}),
			"user_ids": schema.ListAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				MarkdownDescription: describeUserIDs + requiresReplacement,
				Validators:          []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(lenientUserIDValidator)},
				PlanModifiers:       []planmodifier.List{ignoreOrder{}, warnIfUnknown{}, warnIfEmpty{of: "any user"}, listplanmodifier.RequiresReplace()},
			},
			"user_names": schema.ListAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				MarkdownDescription: describeUserNames + requiresReplacement,
				Validators:          []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(userName)},
				PlanModifiers:       []planmodifier.List{ignoreOrder{}, warnIfUnknown{}, warnIfEmpty{of: "any user"}, listplanmodifier.RequiresReplace()},
			},
			"group_ids": schema.ListAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				MarkdownDescription: describeGroupIDs + requiresReplacement,
				Validators:          []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(lenientGroupIDValidator)},
				PlanModifiers:       []planmodifier.List{ignoreOrder{}, warnIfUnknown{}, warnIfEmpty{of: "any user"}, listplanmodifier.RequiresReplace()},
			},
			"except_user_ids": schema.ListAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				MarkdownDescription: describeExceptUserIDs + requiresReplacement,
				Validators:          []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(lenientUserIDValidator)},
				PlanModifiers:       []planmodifier.List{ignoreOrder{}, warnIfUnknown{}, listplanmodifier.RequiresReplace()},
			},
			"except_group_ids": schema.ListAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				MarkdownDescription: describeExceptGroupIDs + requiresReplacement,
				Validators:          []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(lenientGroupIDValidator)},
				PlanModifiers:       []planmodifier.List{ignoreOrder{}, warnIfUnknown{}, listplanmodifier.RequiresReplace()},
			},
			"all_users": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: describeAllUsers + requiresReplacement,
				Validators:          []validator.Bool{boolvalidator.Equals(true)},
				PlanModifiers:       []planmodifier.Bool{boolplanmodifier.RequiresReplace()},
			},
			"all_sessions": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: describeAllSessionsOfUsers + requiresReplacement,
				Validators:          []validator.Bool{boolvalidator.Equals(true)},
				PlanModifiers:       []planmodifier.Bool{boolplanmodifier.RequiresReplace()},
			},
			"triggers":   triggersAttribute(),
			"verify":     schema.BoolAttribute{Optional: true, MarkdownDescription: describeVerifyUsers},
			"revoked_at": revokedAtAttribute(),
			"revoked_user_count": schema.Int64Attribute{
				Computed:            true,
				MarkdownDescription: "The number of users whose sessions were ended.",
				PlanModifiers:       []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
			},
			"revoked_session_count": schema.Int64Attribute{
				Computed:            true,
				MarkdownDescription: "The number of sessions that were ended.",
				PlanModifiers:       []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
			},
			"revoked_user_ids": schema.ListAttribute{
				Computed:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "The IDs of the users whose sessions were ended, sorted. Null if there are more than 1,000; the log has all of them.",
				PlanModifiers:       []planmodifier.List{listplanmodifier.UseStateForUnknown()},
			},
			"failed_user_count": schema.Int64Attribute{
				Computed:            true,
				MarkdownDescription: "The number of users whose sessions could not be ended.",
				PlanModifiers:       []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
			},
			"failed_user_ids": schema.ListAttribute{
				Computed:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "The IDs of these users, sorted, at most 100.",
				PlanModifiers:       []planmodifier.List{listplanmodifier.UseStateForUnknown()},
			},
			"unknown_user_ids": schema.ListAttribute{
				Computed:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "The IDs in `user_ids` that do not exist in the identity store, sorted.",
				PlanModifiers:       []planmodifier.List{listplanmodifier.UseStateForUnknown()},
			},
			"unknown_user_names": schema.ListAttribute{
				Computed:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "The names in `user_names` that nobody in the identity store has, sorted.",
				PlanModifiers:       []planmodifier.List{listplanmodifier.UseStateForUnknown()},
			},
			"complete": schema.BoolAttribute{
				Computed:            true,
				MarkdownDescription: "Whether all users were reached, apart from unknown ones. `false` after a failure, and if the API refuses to list the sessions of disabled users.",
				PlanModifiers:       []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
			},
		},
		Blocks: map[string]schema.Block{
			sessionsMatching: sessionsMatchingResourceBlock(true),
			"timeouts":       timeoutsBlock(map[string]string{"create": "`2h`"}),
		},
	}
}

func (r *bulkUserSessionRevocationResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config bulkUserSessionRevocationModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		config.validateSelection(&resp.Diagnostics)
	}
}

// ModifyPlan makes no request: data.identitycenter_user_sessions is the preview.
func (r *bulkUserSessionRevocationResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	// The creation half of a replacement is planned with a state that is null, too.
	if !req.State.Raw.IsNull() || req.Plan.Raw.IsNull() {
		return
	}
	var plan bulkUserSessionRevocationModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if !resp.Diagnostics.HasError() {
		plan.refuseUnknownExceptions(&resp.Diagnostics)
		plan.refuseProtectedUsers(r.data, &resp.Diagnostics)
	}
}

func (r *bulkUserSessionRevocationResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan bulkUserSessionRevocationModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() || !r.data.ready(&resp.Diagnostics) {
		return
	}
	bound, cancel := withTimeout(ctx, "create", plan.Timeouts.Create, defaultBulkTimeout, &resp.Diagnostics)
	defer cancel()
	request := plan.request(ctx, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	request.Selection = plan.expand(plan.IdentityStoreID, r.data.protected)
	request.Report = func(message string) { tflog.Info(ctx, "Progress: "+message) }
	outcome, err := bulkrevocation.Run(bound, r.data.client, request)
	tflog.Info(ctx, "Done: "+describeEnded(outcome), map[string]any{"deleted_users": outcome.Deleted, "deleted_user_ids": outcome.DeletedUserIDs})

	// The error taints the resource, and the next apply ends the remaining sessions.
	if err == nil || outcome.Accepted {
		plan.RevokedAt = timestampOrNull(outcome.RevokedAt).StringValue
		plan.RevokedUserCount = types.Int64Value(int64(outcome.Revoked))
		plan.RevokedSessionCount = types.Int64Value(int64(outcome.Sessions))
		plan.RevokedUserIDs = types.ListNull(types.StringType)
		if len(outcome.RevokedUserIDs) == outcome.Revoked {
			plan.RevokedUserIDs = stringList(outcome.RevokedUserIDs)
		}
		plan.FailedUserCount = types.Int64Value(int64(outcome.Failed))
		plan.FailedUserIDs = stringList(outcome.FailedUserIDs)
		plan.UnknownUserIDs = stringList(outcome.Unknown)
		plan.UnknownUserNames = stringList(outcome.UnknownUserNames)
		plan.Complete = types.BoolValue(outcome.Complete())
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	}
	if err != nil {
		next := "Apply again."
		if outcome.Accepted {
			next = "Apply again to do the rest. That replaces the resource: to keep what this run did, save what terraform show prints."
		}
		addBulkError(&resp.Diagnostics, request, plan.given(), outcome, err, next)
		return
	}
	// The plan warns of an empty list.
	if !isEmptyList(plan.UserIDs) && !isEmptyList(plan.UserNames) && !isEmptyList(plan.GroupIDs) {
		addBulkWarnings(&resp.Diagnostics, plan.given(), outcome)
	}
}

// Read keeps the state, because there is no remote object.
func (r *bulkUserSessionRevocationResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {
}

// Update keeps the planned values: verify and timeouts change in place.
func (r *bulkUserSessionRevocationResource) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State = tfsdk.State(req.Plan)
}

// Delete makes no request: sessions that were ended stay ended.
func (r *bulkUserSessionRevocationResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

func (r *bulkUserSessionRevocationResource) ImportState(_ context.Context, _ resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	addCannotBeImported(&resp.Diagnostics, "")
}
