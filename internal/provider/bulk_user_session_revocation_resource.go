// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
)

var (
	_ resource.Resource                   = (*bulkRevocationResource)(nil)
	_ resource.ResourceWithConfigure      = (*bulkRevocationResource)(nil)
	_ resource.ResourceWithValidateConfig = (*bulkRevocationResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*bulkRevocationResource)(nil)
	_ resource.ResourceWithImportState    = (*bulkRevocationResource)(nil)
)

func newBulkRevocationResource() resource.Resource { return &bulkRevocationResource{} }

// bulkRevocationResource is the record of a revocation of many users: creating it
// revokes, and nothing else calls the API.
type bulkRevocationResource struct {
	data *providerData
}

type bulkRevocationModel struct {
	IdentityStoreID  types.String `tfsdk:"identity_store_id"`
	UserIDs          types.List   `tfsdk:"user_ids"`
	GroupIDs         types.List   `tfsdk:"group_ids"`
	AllUsers         types.Bool   `tfsdk:"all_users"`
	ExceptUserIDs    types.List   `tfsdk:"except_user_ids"`
	ExceptGroupIDs   types.List   `tfsdk:"except_group_ids"`
	AllSessions      types.Bool   `tfsdk:"all_sessions"`
	SessionsMatching types.List   `tfsdk:"sessions_matching"`
	Triggers         types.Map    `tfsdk:"triggers"`
	Verify           types.Bool   `tfsdk:"verify"`
	// RevokedAt is a plain text, see userSessionRevocationModel.
	RevokedAt           types.String   `tfsdk:"revoked_at"`
	RevokedUserCount    types.Int64    `tfsdk:"revoked_user_count"`
	RevokedSessionCount types.Int64    `tfsdk:"revoked_session_count"`
	RevokedUserIDs      types.List     `tfsdk:"revoked_user_ids"`
	FailedUserCount     types.Int64    `tfsdk:"failed_user_count"`
	FailedUserIDs       types.List     `tfsdk:"failed_user_ids"`
	UnknownUserIDs      types.List     `tfsdk:"unknown_user_ids"`
	Complete            types.Bool     `tfsdk:"complete"`
	Timeouts            timeouts.Value `tfsdk:"timeouts"`
}

func (r *bulkRevocationResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_bulk_user_session_revocation"
}

func (r *bulkRevocationResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	ids := func(description string) schema.ListAttribute {
		return schema.ListAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: description + " The order does not matter." + replaces,
			PlanModifiers:       []planmodifier.List{sameSet{}, listplanmodifier.RequiresReplace()},
		}
	}
	computedIDs := func(description string) schema.ListAttribute {
		return schema.ListAttribute{
			Computed: true, ElementType: types.StringType, MarkdownDescription: description,
			PlanModifiers: []planmodifier.List{listplanmodifier.UseStateForUnknown()},
		}
	}
	count := func(description string) schema.Int64Attribute {
		return schema.Int64Attribute{
			Computed: true, MarkdownDescription: description,
			PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
		}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Ends login sessions of many IAM Identity Center users when it is created, and keeps the record of it: of named users, of the members of groups, or of everybody. " +
			"Nothing else makes requests: destroying it forgets the record. " + consoleWarning,
		Attributes: map[string]schema.Attribute{
			"identity_store_id": schema.StringAttribute{
				Required: true, MarkdownDescription: describeIdentityStoreID + replaces,
				Validators: []validator.String{apiID{}}, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"user_ids":  ids(describeUserIDs + describeChoiceOfUsers),
			"group_ids": ids(describeGroupIDs),
			"all_users": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: describeAllUsers + replaces,
				PlanModifiers:       []planmodifier.Bool{boolplanmodifier.RequiresReplace()},
			},
			"except_user_ids":  ids(describeExceptUserIDs),
			"except_group_ids": ids(describeExceptGroupIDs),
			"all_sessions": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: describeAllTheirSessions + replaces,
				PlanModifiers:       []planmodifier.Bool{boolplanmodifier.RequiresReplace()},
			},
			"triggers": schema.MapAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Any values, such as the number of an incident." + replaces,
				PlanModifiers:       []planmodifier.Map{mapplanmodifier.RequiresReplace()},
			},
			"verify": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: describeVerifyEach + " Changing this makes no request.",
			},
			"revoked_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "When the API accepted the end of the last sessions, in UTC (RFC 3339). Null when no session was ended.",
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"revoked_user_count":    count("How many users lost sessions."),
			"revoked_session_count": count("How many sessions were ended."),
			"revoked_user_ids":      computedIDs("The IDs of the users who lost sessions, sorted; null when there are more than 1,000: the log has them all."),
			"failed_user_count":     count("For how many users it failed."),
			"failed_user_ids":       computedIDs("The IDs of the users for whom it failed, sorted, at most 100."),
			"unknown_user_ids":      computedIDs("The IDs in `user_ids` that the identity store does not know, sorted. They count neither as done nor as failed."),
			"complete": schema.BoolAttribute{
				Computed:            true,
				MarkdownDescription: "Whether all users were reached, but for unknown ones. When it is `false`, the resource is tainted, and the next apply does the rest.",
				PlanModifiers:       []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
			},
		},
		Blocks: map[string]schema.Block{
			sessionsMatching: resourceSessionsMatching(),
			"timeouts": timeouts.Block(ctx, timeouts.Opts{
				Create: true,
				CreateDescription: fmt.Sprintf("How long the revocation may take, with all retries and the verification, as a duration such as `30m` or `4h`. Default `%.0fh`.",
					defaultBulkTimeout.Hours()),
			}),
		},
	}
}

func (r *bulkRevocationResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	choice := readBulkChoice(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	_, _, diags := choice.check(ctx)
	resp.Diagnostics.Append(diags...)
	validateTimeouts(ctx, req, resp, "create")
}

func (r *bulkRevocationResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.data = dataOf(req.ProviderData, &resp.Diagnostics)
}

// ModifyPlan checks what was unknown at validation, and warns when there is nobody to log
// out. The warning has no tense: Terraform prints it in the plan and after the apply.
func (r *bulkRevocationResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	choice := readBulkChoice(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	_, _, problems := choice.check(ctx)
	resp.Diagnostics.Append(problems...)
	creating := req.State.Raw.IsNull()
	for _, ids := range choice.users.lists()[:2] {
		// Of a replacement, Terraform shows only what is said before it plans the creation.
		if creating || planChanges(ctx, req, ids.name, &resp.Diagnostics) {
			warnIfEmpty(ids, &resp.Diagnostics)
		}
	}
	if !creating {
		warnOfUnknownUserChoice(choice, &resp.Diagnostics)
	}
}

// warnOfUnknownUserChoice says that a recorded revocation is replaced because whose sessions
// are meant is not known in the plan, which is seldom meant.
func warnOfUnknownUserChoice(choice bulkChoice, diags *diag.Diagnostics) {
	if choice.storeID.IsUnknown() {
		addRepetitionWarning(diags, "identity_store_id", "the same users")
	}
	for _, ids := range choice.users.lists() {
		if ids.unknown() {
			addRepetitionWarning(diags, ids.name, "the same users")
		}
	}
}

func (r *bulkRevocationResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan bulkRevocationModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	choice := readBulkChoice(ctx, req.Config, &resp.Diagnostics)
	timeout, diags := plan.Timeouts.Create(ctx, defaultBulkTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	request, known, problems := choice.check(ctx)
	resp.Diagnostics.Append(problems...)
	addUnknown(&resp.Diagnostics, known)
	if resp.Diagnostics.HasError() || !r.data.ready(&resp.Diagnostics) {
		return
	}
	request.Ended = logEnded(ctx)
	request.Report = func(progress revocation.Progress) { tflog.Info(ctx, "Progress: "+progress.String()) }

	bound, cancel := withTimeout(ctx, "create", timeout)
	defer cancel()
	outcome, err := revocation.RunMany(bound, r.data.client, request)
	tflog.Info(ctx, "Done: "+endedSessions(outcome))

	// What was done is recorded, also when not all of it was: the error taints the
	// resource, so that the next apply does the rest.
	if err == nil || outcome.Accepted {
		resp.Diagnostics.Append(plan.record(ctx, outcome)...)
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	}
	if err != nil {
		addBulkError(&resp.Diagnostics, choice, outcome, err, "Apply again to do the rest.")
		return
	}
	addBulkWarnings(&resp.Diagnostics, choice, outcome)
}

// Read keeps the state: it is the record of what was done and when.
func (r *bulkRevocationResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {
}

// Update is reached by changes that do not decide what is revoked; it records them
// without a call.
func (r *bulkRevocationResource) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
}

// Delete forgets the record.
func (r *bulkRevocationResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

// ImportState refuses: there is nothing in the cloud to be imported.
func (r *bulkRevocationResource) ImportState(_ context.Context, _ resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resp.Diagnostics.AddError("A revocation cannot be imported",
		"It is an event, not an object: the API keeps nothing of it that could be read back. Create the resource instead, which revokes.")
}

// record fills in what the resource computes.
func (m *bulkRevocationModel) record(ctx context.Context, outcome revocation.ManyOutcome) (all diag.Diagnostics) {
	list := func(ids []string) types.List {
		value, diags := types.ListValueFrom(ctx, types.StringType, append([]string{}, ids...))
		all.Append(diags...)
		return value
	}
	m.RevokedAt = timeOrNull(outcome.RevokedAt).StringValue
	m.RevokedUserCount = types.Int64Value(int64(outcome.Revoked))
	m.RevokedSessionCount = types.Int64Value(int64(outcome.Sessions))
	m.RevokedUserIDs = types.ListNull(types.StringType)
	if len(outcome.RevokedUserIDs) == outcome.Revoked {
		m.RevokedUserIDs = list(outcome.RevokedUserIDs)
	}
	m.FailedUserCount = types.Int64Value(int64(outcome.Failed))
	m.FailedUserIDs = list(outcome.FailedUserIDs)
	m.UnknownUserIDs = list(outcome.Unknown)
	m.Complete = types.BoolValue(outcome.Complete())
	return all
}
