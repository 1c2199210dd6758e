// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/resourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
)

var (
	_ resource.Resource                     = (*userSessionRevocationResource)(nil)
	_ resource.ResourceWithConfigure        = (*userSessionRevocationResource)(nil)
	_ resource.ResourceWithConfigValidators = (*userSessionRevocationResource)(nil)
	_ resource.ResourceWithValidateConfig   = (*userSessionRevocationResource)(nil)
	_ resource.ResourceWithModifyPlan       = (*userSessionRevocationResource)(nil)
	_ resource.ResourceWithImportState      = (*userSessionRevocationResource)(nil)
)

// Timeouts of the operations that call the API, unless the configuration says otherwise.
const (
	defaultCreateTimeout = 5 * time.Minute
	defaultDeleteTimeout = 5 * time.Minute
)

// consoleWarning is said wherever a reader may take a revocation for more than it is.
const consoleWarning = "It ends sessions of the user portal only: consoles that the user already opened from the portal " +
	"stay open until the session duration of the permission set is over."

func newUserSessionRevocationResource() resource.Resource { return &userSessionRevocationResource{} }

// userSessionRevocationResource is the record of a revocation: creating it
// revokes, and nothing else does unless revoke_on_destroy is on.
type userSessionRevocationResource struct {
	data *providerData
}

type userSessionRevocationModel struct {
	ID                  types.String      `tfsdk:"id"`
	IdentityStoreID     types.String      `tfsdk:"identity_store_id"`
	UserID              types.String      `tfsdk:"user_id"`
	SessionIDs          types.Set         `tfsdk:"session_ids"`
	SessionIDsWO        types.List        `tfsdk:"session_ids_wo"`
	SessionIDsWOVersion types.String      `tfsdk:"session_ids_wo_version"`
	AllSessions         types.Bool        `tfsdk:"all_sessions"`
	Triggers            types.Map         `tfsdk:"triggers"`
	Verify              types.Bool        `tfsdk:"verify"`
	RevokeOnDestroy     types.Bool        `tfsdk:"revoke_on_destroy"`
	RevokedAt           timetypes.RFC3339 `tfsdk:"revoked_at"`
	RevokedSessionIDs   types.List        `tfsdk:"revoked_session_ids"`
	RequestIDs          types.List        `tfsdk:"request_ids"`
	Timeouts            timeouts.Value    `tfsdk:"timeouts"`
}

func (r *userSessionRevocationResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user_session_revocation"
}

func (r *userSessionRevocationResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Ends login sessions of one IAM Identity Center user when it is created, and keeps the record of it. " + consoleWarning,
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "A random ID of this record. The API knows none for a revocation.",
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"identity_store_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "The identity store that the user is in, as `data.identitycenter_instance` returns it. 1 to 64 characters. A change revokes anew.",
				Validators:          []validator.String{apiID{}},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"user_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "The user whose sessions are ended, as `data.identitycenter_user` returns it. 1 to 64 characters. A change revokes anew.",
				Validators:          []validator.String{apiID{}},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"session_ids": schema.SetAttribute{
				Optional:    true,
				ElementType: types.StringType,
				MarkdownDescription: "The IDs of the sessions to end. Exactly one of `session_ids`, `session_ids_wo` and `all_sessions` is required. " +
					"An empty set makes no call, and a warning says so, in the plan where it is known then. A change revokes anew: do not feed it from the data source `identitycenter_user_sessions`, " +
					"whose sessions are gone after the apply, so that the next plan would replace this resource.",
				Validators:    []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(apiID{})},
				PlanModifiers: []planmodifier.Set{setplanmodifier.RequiresReplace()},
			},
			"session_ids_wo": schema.ListAttribute{
				Optional:    true,
				WriteOnly:   true,
				ElementType: types.StringType,
				MarkdownDescription: "The IDs of the sessions to end, as a write-only argument: they are taken at the moment of the apply, for instance from the ephemeral resource " +
					"`identitycenter_user_sessions`, and enter neither plan nor state. Needs Terraform 1.11 or later.",
				Validators: []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(apiID{})},
			},
			"session_ids_wo_version": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Any text, such as the number of the incident. A change revokes anew with the `session_ids_wo` of that moment, " +
					"which Terraform cannot compare as it does not keep them.",
				Validators:    []validator.String{stringvalidator.AlsoRequires(path.MatchRoot("session_ids_wo"))},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"all_sessions": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Set to `true` to end every session that the user has at the moment of the apply. Having none is not an error. " +
					"`false` is refused: leave the argument out. A change revokes anew.",
				Validators:    []validator.Bool{boolvalidator.Equals(true)},
				PlanModifiers: []planmodifier.Bool{boolplanmodifier.RequiresReplace()},
			},
			"triggers": schema.MapAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "Any values, such as the time of an incident. A change revokes anew.",
				PlanModifiers:       []planmodifier.Map{mapplanmodifier.RequiresReplace()},
			},
			"verify": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether to list the user's sessions afterwards until none of those that were ended is left, or the create timeout is over, which is an error that names them. " +
					"Default `false`. A change alone does nothing.",
			},
			"revoke_on_destroy": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether destroying this resource ends all sessions of the user once more, so that a user who is destroyed after it is logged out first. Only with `all_sessions`. " +
					"The destroy fails when the API refuses, and succeeds when the user is already gone. Default `false`: destroying makes no call. A change alone does nothing.",
			},
			"revoked_at": schema.StringAttribute{
				Computed:            true,
				CustomType:          timetypes.RFC3339Type{},
				MarkdownDescription: "When the revocation was done, in UTC (RFC 3339). Null for a record that was moved in from another provider.",
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"revoked_session_ids": schema.ListAttribute{
				Computed:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "The sessions that are ended, in the order in which they were. After a failure half-way, those whose call succeeded. Null with `session_ids_wo`, so that no session ID enters the state.",
				PlanModifiers:       []planmodifier.List{listplanmodifier.UseStateForUnknown()},
			},
			"request_ids": schema.ListAttribute{
				Computed:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "The request IDs of all calls that were answered, in order and with their repetitions, by which the cloud's trace service finds them.",
				PlanModifiers:       []planmodifier.List{listplanmodifier.UseStateForUnknown()},
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.Block(ctx, timeouts.Opts{
				Create:            true,
				CreateDescription: fmt.Sprintf("How long the revocation may take, with all repetitions and the verification, as a duration such as `30s` or `10m`. Default `%.0fm`.", defaultCreateTimeout.Minutes()),
				Delete:            true,
				DeleteDescription: fmt.Sprintf("The same for `revoke_on_destroy`. Default `%.0fm`.", defaultDeleteTimeout.Minutes()),
			}),
		},
	}
}

func (r *userSessionRevocationResource) ConfigValidators(context.Context) []resource.ConfigValidator {
	return []resource.ConfigValidator{
		resourcevalidator.ExactlyOneOf(
			path.MatchRoot("session_ids"),
			path.MatchRoot("session_ids_wo"),
			path.MatchRoot("all_sessions"),
		),
	}
}

func (r *userSessionRevocationResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var revokeOnDestroy, allSessions types.Bool
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("revoke_on_destroy"), &revokeOnDestroy)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("all_sessions"), &allSessions)...)
	for _, operation := range []string{"create", "delete"} {
		var timeout types.String
		at := path.Root("timeouts").AtName(operation)
		resp.Diagnostics.Append(req.Config.GetAttribute(ctx, at, &timeout)...)
		// What is no duration at all is refused by the timeouts block itself.
		if d, err := time.ParseDuration(timeout.ValueString()); err == nil && d <= 0 {
			resp.Diagnostics.AddAttributeError(at, "Invalid timeout", fmt.Sprintf("%s must be longer than zero, such as \"10m\"; it is %q.", at, timeout.ValueString()))
		}
	}
	if revokeOnDestroy.ValueBool() && allSessions.IsNull() {
		resp.Diagnostics.AddAttributeError(path.Root("revoke_on_destroy"), "revoke_on_destroy needs all_sessions",
			"When the resource is destroyed, the sessions that were named at its creation are long gone. Set all_sessions = true, or remove revoke_on_destroy.")
	}
}

func (r *userSessionRevocationResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.data = dataOf(req.ProviderData, &resp.Diagnostics)
}

// ModifyPlan says in the plan what can be said there: that there is nothing to
// revoke, and that no session ID will be kept.
func (r *userSessionRevocationResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	// Attribute by attribute: reading the whole model costs more than all the rest
	// of a plan.
	var sessionIDs, recorded types.Set
	var sessionIDsWO types.List
	var userID, version, recordedVersion types.String
	creating := req.State.Raw.IsNull()
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("session_ids_wo"), &sessionIDsWO)...)
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("session_ids"), &sessionIDs)...)
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("session_ids_wo_version"), &version)...)
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("user_id"), &userID)...)
	if !creating {
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("session_ids"), &recorded)...)
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("session_ids_wo_version"), &recordedVersion)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}

	if creating && !sessionIDsWO.IsNull() {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("revoked_session_ids"), types.ListNull(types.StringType))...)
	}
	// Terraform plans once more during the apply, when all is known. Of a
	// replacement, it shows only what is said before it plans the creation.
	if (creating || !sessionIDs.Equal(recorded)) && isEmpty(sessionIDs, sessionIDs.Elements()) {
		resp.Diagnostics.AddAttributeWarning(path.Root("session_ids"), "No session to revoke",
			fmt.Sprintf("session_ids is empty: the apply makes no call and ends no session of user %s. To end all of them, set all_sessions = true instead.", userID.ValueString()))
	}
	if (creating || !version.Equal(recordedVersion)) && isEmpty(sessionIDsWO, sessionIDsWO.Elements()) {
		resp.Diagnostics.AddAttributeWarning(path.Root("session_ids_wo"), "No session to revoke",
			fmt.Sprintf("session_ids_wo is empty at this moment: as long as it is, the apply makes no call and ends no session of user %s.", userID.ValueString()))
	}
}

// isEmpty tells whether a collection is known to have no elements.
func isEmpty(collection attr.Value, elements []attr.Value) bool {
	return !collection.IsNull() && !collection.IsUnknown() && len(elements) == 0
}

func (r *userSessionRevocationResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan userSessionRevocationModel
	var sessionIDsWO types.List
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("session_ids_wo"), &sessionIDsWO)...)
	timeout, diags := plan.Timeouts.Create(ctx, defaultCreateTimeout)
	resp.Diagnostics.Append(diags...)

	request := plan.request(ctx)
	request.Verify = plan.Verify.ValueBool()
	given := path.Root("session_ids")
	resp.Diagnostics.Append(plan.SessionIDs.ElementsAs(ctx, &request.SessionIDs, true)...)
	if !sessionIDsWO.IsNull() {
		given = path.Root("session_ids_wo")
		resp.Diagnostics.Append(sessionIDsWO.ElementsAs(ctx, &request.SessionIDs, false)...)
	}
	if resp.Diagnostics.HasError() || !r.data.ready(&resp.Diagnostics) {
		return
	}

	bound, cancel := context.WithTimeoutCause(ctx, timeout, &timeoutError{argument: path.Root("timeouts").AtName("create"), after: timeout})
	defer cancel()
	outcome, err := revocation.Run(bound, r.data.client, request)

	// What was done is recorded, also when not all of it was: the error taints the
	// resource, so that the next apply finishes the work.
	if err == nil || outcome.Accepted {
		resp.Diagnostics.Append(plan.record(ctx, outcome, sessionIDsWO.IsNull())...)
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	}
	if err != nil {
		addError(&resp.Diagnostics, operation{doing: "ending " + sessionsOf(request), done: done(request, outcome)}, err)
		return
	}
	addGoneWarning(&resp.Diagnostics, given, request, outcome)
}

// Read keeps the state: it is the record of what was done and when.
func (r *userSessionRevocationResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {
}

// Update is reached by changes that do not decide what is revoked; it records
// them without a call.
func (r *userSessionRevocationResource) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
}

// Delete forgets the record, after a last revocation if revoke_on_destroy is on.
func (r *userSessionRevocationResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state userSessionRevocationModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !state.RevokeOnDestroy.ValueBool() {
		return
	}
	timeout, diags := state.Timeouts.Delete(ctx, defaultDeleteTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.data.ready(&resp.Diagnostics) {
		return
	}

	request := state.request(ctx)
	request.All = true
	request.Verify = state.Verify.ValueBool()
	bound, cancel := context.WithTimeoutCause(ctx, timeout, &timeoutError{argument: path.Root("timeouts").AtName("delete"), after: timeout})
	defer cancel()
	outcome, err := revocation.Run(bound, r.data.client, request)
	if errors.Is(err, revocation.ErrUserNotFound) {
		resp.Diagnostics.AddAttributeWarning(path.Root("user_id"), "The user is already gone",
			fmt.Sprintf("The API knows no user %s in identity store %s, so there is no session of theirs to end. The record is destroyed.", request.UserID, request.IdentityStoreID))
		return
	}
	if err != nil {
		addError(&resp.Diagnostics, operation{doing: "ending " + sessionsOf(request) + ", as revoke_on_destroy asks for,", done: done(request, outcome)}, err)
	}
}

// ImportState refuses: there is nothing in the cloud to be imported.
func (r *userSessionRevocationResource) ImportState(_ context.Context, _ resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resp.Diagnostics.AddError("A revocation cannot be imported",
		"It is an event, not an object: the API keeps nothing of it that could be read back. "+
			"Create the resource instead, which revokes; or move one in from huaweicloud_identitycenter_user_session_delete with a moved block, which does not.")
}

// request returns whose sessions are meant, and whether all of them.
func (m userSessionRevocationModel) request(ctx context.Context) revocation.Request {
	return revocation.Request{
		IdentityStoreID: m.IdentityStoreID.ValueString(), UserID: m.UserID.ValueString(), All: m.AllSessions.ValueBool(),
		Report: func(message string) { tflog.Info(ctx, message) },
	}
}

// record fills in what the resource computes. keepIDs is false for write-only IDs.
func (m *userSessionRevocationModel) record(ctx context.Context, outcome revocation.Outcome, keepIDs bool) diag.Diagnostics {
	m.ID = types.StringValue(rand.Text())
	m.RevokedAt = timetypes.NewRFC3339TimeValue(outcome.RevokedAt)
	m.RevokedSessionIDs = types.ListNull(types.StringType)
	var all diag.Diagnostics
	if keepIDs {
		ids, diags := types.ListValueFrom(ctx, types.StringType, append([]string{}, outcome.Revoked...))
		all.Append(diags...)
		m.RevokedSessionIDs = ids
	}
	ids, diags := types.ListValueFrom(ctx, types.StringType, append([]string{}, outcome.RequestIDs...))
	all.Append(diags...)
	m.RequestIDs = ids
	return all
}
