// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
)

var (
	_ resource.ResourceWithValidateConfig = (*userSessionRevocationResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*userSessionRevocationResource)(nil)
	_ resource.ResourceWithMoveState      = (*userSessionRevocationResource)(nil)
	_ resource.ResourceWithImportState    = (*userSessionRevocationResource)(nil)
)

type userSessionRevocationResource struct{ configuredResource }

type userSessionRevocationModel struct {
	userRevocationModel
	Triggers          types.Map      `tfsdk:"triggers"`
	Timeouts          timeouts.Value `tfsdk:"timeouts"`
	RevokedAt         types.String   `tfsdk:"revoked_at"`
	RevokedSessionIDs types.List     `tfsdk:"revoked_session_ids"`
}

// Descriptions that the resource and the action share.
const (
	describeSessionIDs  = "The IDs of the sessions to end; exactly one of `session_ids`, `all_sessions` and `sessions_matching` is required."
	describeAllSessions = "Set to `true` to end every session of the user."
	describeVerify      = "Whether to list the sessions afterwards until none of the ended ones is left. Default `false`."
)

const defaultRevocationTimeout = 5 * time.Minute

func (r *userSessionRevocationResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Ends portal sessions of one IAM Identity Center user when it is created. Read, update and destroy make no request.",
		Attributes: map[string]schema.Attribute{
			"identity_store_id": resourceIdentityStoreIDAttribute(warnIfUnknown{}),
			"user_id":           resourceUserIDAttribute(warnIfUnknown{}),
			"session_ids": schema.ListAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				MarkdownDescription: describeSessionIDs + requiresReplacement,
				Validators:          []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(apiID)},
				PlanModifiers:       []planmodifier.List{ignoreOrder{}, warnIfEmpty{of: "the user"}, listplanmodifier.RequiresReplace()},
			},
			"all_sessions": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: describeAllSessions + requiresReplacement,
				Validators:          []validator.Bool{boolvalidator.Equals(true)},
				PlanModifiers:       []planmodifier.Bool{boolplanmodifier.RequiresReplace()},
			},
			"triggers":   triggersAttribute(),
			"verify":     schema.BoolAttribute{Optional: true, MarkdownDescription: describeVerify},
			"revoked_at": revokedAtAttribute(),
			"revoked_session_ids": schema.ListAttribute{
				Computed:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "The IDs of the sessions that were ended, in the order in which they were ended.",
				PlanModifiers:       []planmodifier.List{listplanmodifier.UseStateForUnknown()},
			},
		},
		Blocks: map[string]schema.Block{
			sessionsMatching: sessionsMatchingResourceBlock(false),
			"timeouts":       timeoutsBlock(map[string]string{"create": "`5m`"}),
		},
	}
}

func (r *userSessionRevocationResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config userSessionRevocationModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		config.sessions().validate(&resp.Diagnostics)
	}
}

// ModifyPlan refuses protected users. The creation half of a replacement is planned with a
// state that is null, too.
func (r *userSessionRevocationResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if !req.State.Raw.IsNull() || req.Plan.Raw.IsNull() || !r.data.protectsUsers() {
		return
	}
	var plan userSessionRevocationModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if !resp.Diagnostics.HasError() {
		r.data.refuseProtectedUserInPlan(ctx, plan.IdentityStoreID, plan.UserID, &resp.Diagnostics)
	}
}

func (r *userSessionRevocationResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan userSessionRevocationModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() || !r.data.ready(&resp.Diagnostics) {
		return
	}
	bound, cancel := withTimeout(ctx, "create", plan.Timeouts.Create, defaultRevocationTimeout, &resp.Diagnostics)
	defer cancel()
	selector := plan.sessions()
	request, known := plan.request(ctx, &resp.Diagnostics)
	addUnknownSelection(&resp.Diagnostics, known)
	if resp.Diagnostics.HasError() {
		return
	}
	request.Report = logProgress(ctx)
	if r.data.refuseProtectedUser(bound, plan.IdentityStoreID, plan.UserID, &resp.Diagnostics) {
		return
	}

	outcome, err := revocation.Run(bound, r.data.client, request)
	logEnded(ctx)(request.UserID, outcome)
	// The error taints the resource, and the next apply ends the remaining sessions.
	if err == nil || outcome.Accepted {
		resp.Diagnostics.Append(req.Plan.SetAttribute(ctx, path.Root("revoked_at"), timestampOrNull(outcome.RevokedAt).StringValue)...)
		resp.Diagnostics.Append(req.Plan.SetAttribute(ctx, path.Root("revoked_session_ids"), stringList(outcome.Revoked))...)
		resp.State = tfsdk.State(req.Plan)
	}
	if err != nil {
		addRevocationError(bound, &resp.Diagnostics, r.data.client, selector.given(), request, outcome, err)
		return
	}
	// The plan warns of an empty list.
	if !isEmptyList(plan.SessionIDs) {
		addRevocationWarnings(&resp.Diagnostics, selector.given(), request, outcome)
	}
}

// Read keeps the state, because there is no remote object.
func (r *userSessionRevocationResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {
}

// Update keeps the planned values: verify and timeouts change in place.
func (r *userSessionRevocationResource) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State = tfsdk.State(req.Plan)
}

// Delete makes no request: sessions that were ended stay ended.
func (r *userSessionRevocationResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

func (r *userSessionRevocationResource) ImportState(_ context.Context, _ resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	addCannotBeImported(&resp.Diagnostics, " A moved block takes over a huaweicloud_identitycenter_user_session_delete without a request.")
}

// userSessionDeleteModel has the attributes that MoveState reads.
type userSessionDeleteModel struct {
	IdentityStoreID types.String `tfsdk:"identity_store_id"`
	UserID          types.String `tfsdk:"user_id"`
	SessionIDs      types.List   `tfsdk:"session_ids"`
}

// MoveState moves the state of the huaweicloud provider's resource without a request.
func (r *userSessionRevocationResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{
		SourceSchema: &schema.Schema{Attributes: map[string]schema.Attribute{
			"identity_store_id": schema.StringAttribute{Required: true},
			"user_id":           schema.StringAttribute{Required: true},
			"session_ids":       schema.ListAttribute{Required: true, ElementType: types.StringType},
		}},
		StateMover: func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
			// SourceState is nil if these attributes have other types.
			if req.SourceTypeName != "huaweicloud_identitycenter_user_session_delete" || req.SourceState == nil ||
				!strings.HasSuffix(req.SourceProviderAddress, "/huaweicloud/huaweicloud") {
				return
			}
			var source userSessionDeleteModel
			resp.Diagnostics.Append(req.SourceState.Get(ctx, &source)...)
			if resp.Diagnostics.HasError() {
				return
			}
			resp.Diagnostics.Append(resp.TargetState.Set(ctx, userSessionRevocationModel{
				userRevocationModel: userRevocationModel{
					IdentityStoreID: source.IdentityStoreID, UserID: source.UserID, SessionIDs: source.SessionIDs,
					SessionsMatching: types.ListValueMust(sessionsMatchingType, nil), // An absent block is an empty list.
				},
				Triggers:          types.MapNull(types.StringType),
				Timeouts:          timeouts.Value{Object: types.ObjectNull(map[string]attr.Type{"create": types.StringType})},
				RevokedSessionIDs: source.SessionIDs,
			})...)
		},
	}}
}

// addUnknownSelection refuses unknown values: if they counted as null, all sessions would match.
func addUnknownSelection(diags *diag.Diagnostics, known bool) {
	if !known && !diags.HasError() {
		diags.AddError("No session was ended", "A value that selects users or sessions is still unknown. Give it a value that is known.")
	}
}

func addCannotBeImported(diags *diag.Diagnostics, more string) {
	diags.AddError("A revocation cannot be imported",
		"A revocation is an event: the API keeps nothing that could be imported. Create the resource instead, which ends sessions."+more)
}
