// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
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
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
)

var (
	_ resource.Resource                   = (*userSessionRevocationResource)(nil)
	_ resource.ResourceWithConfigure      = (*userSessionRevocationResource)(nil)
	_ resource.ResourceWithValidateConfig = (*userSessionRevocationResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*userSessionRevocationResource)(nil)
	_ resource.ResourceWithImportState    = (*userSessionRevocationResource)(nil)
)

func newUserSessionRevocationResource() resource.Resource { return &userSessionRevocationResource{} }

// userSessionRevocationResource is the record of a revocation: creating it revokes,
// and nothing else calls the API.
type userSessionRevocationResource struct {
	data *providerData
}

// replaces ends the description of every argument that decides what is revoked.
const replaces = " Changing this forces replacement, which ends sessions again."

func (r *userSessionRevocationResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user_session_revocation"
}

func (r *userSessionRevocationResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Ends login sessions of one IAM Identity Center user when it is created, and keeps the record of it. Nothing else makes requests: destroying it forgets the record. " + consoleWarning,
		Attributes: map[string]schema.Attribute{
			"identity_store_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "The identity store that the user is in, as `data.identitycenter_instance` returns it. 1 to 64 characters." + replaces,
				Validators:          []validator.String{apiID{}},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"user_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "The user whose sessions are ended, as `data.identitycenter_user` returns it. 1 to 64 characters." + replaces,
				Validators:          []validator.String{apiID{}},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"session_ids": schema.ListAttribute{
				Optional:    true,
				ElementType: types.StringType,
				MarkdownDescription: "The IDs of the sessions to end, in any order. Exactly one of `session_ids`, `session_ids_wo`, `all_sessions` and `sessions_matching` is required. " +
					"An empty list makes no request, and a warning says so. Changing this, other than in its order, forces replacement, which ends sessions again: do not feed it from the data source `identitycenter_user_sessions`, " +
					"whose sessions are gone after the apply, so that the next plan would replace this resource.",
				PlanModifiers: []planmodifier.List{sameSet{}, listplanmodifier.RequiresReplace()},
			},
			"session_ids_wo": schema.ListAttribute{
				Optional:    true,
				WriteOnly:   true,
				ElementType: types.StringType,
				MarkdownDescription: "The IDs of the sessions to end, as a write-only argument: they are taken at the moment of the apply, for instance from the ephemeral resource " +
					"`identitycenter_user_sessions`, and enter neither plan nor state. Needs Terraform 1.11 or later.",
			},
			"session_ids_wo_version": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Any text, such as the number of the incident. Changing this forces replacement, which ends the `session_ids_wo` of that moment: " +
					"Terraform cannot compare them, as it does not keep them.",
				Validators:    []validator.String{stringvalidator.AlsoRequires(path.MatchRoot("session_ids_wo"))},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"all_sessions": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Set to `true` to end every session that the user has at the moment of the apply. Having none is not an error; a warning says so. " +
					"`false` is refused: leave the argument out." + replaces,
				PlanModifiers: []planmodifier.Bool{boolplanmodifier.RequiresReplace()},
			},
			"triggers": schema.MapAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "Any values, such as the number of an incident." + replaces,
				PlanModifiers:       []planmodifier.Map{mapplanmodifier.RequiresReplace()},
			},
			"verify": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether to list the user's sessions afterwards until none of those that were ended is left, or the create timeout is over, which is an error that names them. " +
					"They are also listed before, so that an ID in `session_ids` that the user does not have is told apart from a session that was ended: without it, the API may accept such an ID without a word. " +
					"Default `false`. Changing this makes no request.",
			},
			"revoked_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "When the API accepted the end of the last sessions, in UTC (RFC 3339). A session that began later was not meant. Null when no session was ended, and for a record that was moved in from another provider.",
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"revoked_session_count": schema.Int64Attribute{
				Computed:            true,
				MarkdownDescription: "How many sessions this revocation ended. Sessions that the user did not have do not count. Null for a record that was moved in from another provider.",
				PlanModifiers:       []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
			},
			"revoked_session_ids": schema.ListAttribute{
				Computed:    true,
				ElementType: types.StringType,
				MarkdownDescription: "The sessions that this revocation ended, in that order. After a failure half-way, those that were ended before it. " +
					"Null with `session_ids_wo`, so that no session ID enters the state.",
				PlanModifiers: []planmodifier.List{listplanmodifier.UseStateForUnknown()},
			},
			"request_ids": schema.ListAttribute{
				Computed:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "The request IDs of all responses, in order, retries included. Search for them in the Cloud Trace Service (CTS).",
				PlanModifiers:       []planmodifier.List{listplanmodifier.UseStateForUnknown()},
			},
		},
		Blocks: map[string]schema.Block{
			sessionsMatching: resourceSessionsMatching(),
			"timeouts": timeouts.Block(ctx, timeouts.Opts{
				Create: true,
				CreateDescription: fmt.Sprintf("How long the revocation may take, with all retries and the verification, as a duration such as `30s` or `10m`. Default `%.0fm`.",
					defaultRevocationTimeout.Minutes()),
			}),
		},
	}
}

// readChoice reads which sessions are meant.
func (r *userSessionRevocationResource) readChoice(ctx context.Context, config wireObject, diags *diag.Diagnostics) sessionChoice {
	return sessionChoice{
		names:        []string{"session_ids", "session_ids_wo", "all_sessions", sessionsMatching},
		sessionIDs:   listOf(ctx, config, "session_ids", types.StringType, diags),
		sessionIDsWO: listOf(ctx, config, "session_ids_wo", types.StringType, diags),
		allSessions:  attributeOf[types.Bool](ctx, config, "all_sessions", types.BoolType, diags),
		matching:     listOf(ctx, config, sessionsMatching, matchingType(), diags),
	}
}

func (r *userSessionRevocationResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	config := readWire(req.Config.Raw, &resp.Diagnostics)
	choice := r.readChoice(ctx, config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	_, _, diags := choice.check(ctx)
	resp.Diagnostics.Append(diags...)
	if !config["timeouts"].IsNull() {
		validateTimeouts(ctx, req, resp, "create")
	}
}

func (r *userSessionRevocationResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.data = dataOf(req.ProviderData, &resp.Diagnostics)
}

// ModifyPlan checks what was unknown at validation, and says what a reader of the plan
// should know: that there is nothing to revoke, and that a replacement is planned for
// nothing but a value that is not known yet. Its warnings have no tense: Terraform
// prints them in the plan and again after the apply.
func (r *userSessionRevocationResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	plan := readWire(req.Plan.Raw, &resp.Diagnostics)
	choice := r.readChoice(ctx, readWire(req.Config.Raw, &resp.Diagnostics), &resp.Diagnostics)
	userID := attributeOf[types.String](ctx, plan, "user_id", types.StringType, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	_, _, problems := choice.check(ctx)
	resp.Diagnostics.Append(problems...)

	creating := req.State.Raw.IsNull()
	// Where it is unknown whether there are write-only IDs, so is what will be recorded.
	if creating && !choice.sessionIDsWO.IsNull() && !choice.sessionIDsWO.IsUnknown() {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("revoked_session_ids"), types.ListNull(types.StringType))...)
	}
	if !creating {
		r.warnOfUnknown(ctx, req, &resp.Diagnostics)
	}
	// Of a replacement, Terraform shows only what is said before it plans the creation.
	warn := func(name string) {
		resp.Diagnostics.AddAttributeWarning(path.Root(name), "No session to revoke",
			fmt.Sprintf("%s is empty: creating this makes no request and ends no session of user %s. To end all of them, set all_sessions = true instead.", name, userID.ValueString()))
	}
	if isEmpty(choice.sessionIDs) && (creating || planChanges(ctx, req, "session_ids", &resp.Diagnostics)) {
		warn("session_ids")
	}
	if isEmpty(choice.sessionIDsWO) && (creating || planChanges(ctx, req, "session_ids_wo_version", &resp.Diagnostics)) {
		warn("session_ids_wo")
	}
}

// planChanges tells whether a plan changes an attribute of what is recorded.
func planChanges(ctx context.Context, req resource.ModifyPlanRequest, name string, diags *diag.Diagnostics) bool {
	var planned, recorded attr.Value
	diags.Append(req.Plan.GetAttribute(ctx, path.Root(name), &planned)...)
	diags.Append(req.State.GetAttribute(ctx, path.Root(name), &recorded)...)
	return planned != nil && !planned.Equal(recorded)
}

// warnOfUnknown says that a recorded revocation is replaced because its user or store
// is not known in the plan, which is seldom meant.
func (r *userSessionRevocationResource) warnOfUnknown(ctx context.Context, req resource.ModifyPlanRequest, diags *diag.Diagnostics) {
	for _, name := range []string{"user_id", "identity_store_id"} {
		var planned, recorded types.String
		diags.Append(req.Plan.GetAttribute(ctx, path.Root(name), &planned)...)
		diags.Append(req.State.GetAttribute(ctx, path.Root(name), &recorded)...)
		if !planned.IsUnknown() {
			continue
		}
		addRepetitionWarning(diags, name, fmt.Sprintf("the same user: %s is recorded", recorded.ValueString()))
	}
}

// addRepetitionWarning says that a recorded revocation is replaced because the argument
// of this name is not known in the plan; of whom the sessions may be all the same.
func addRepetitionWarning(diags *diag.Diagnostics, name, of string) {
	diags.AddAttributeWarning(path.Root(name), "A revocation is repeated because a value is unknown",
		fmt.Sprintf("%s is known only after the apply, so Terraform replaces this revocation, and the replacement ends sessions again, although it may be of %s. "+
			"The usual cause is a depends_on, on the data source that %s comes from or on a module around it, together with a change of what it depends on. "+
			"Remove that depends_on, or write the ID itself.", name, of, name))
}

// isEmpty tells whether a list is known to have no elements.
func isEmpty(list types.List) bool {
	return !list.IsNull() && !list.IsUnknown() && len(list.Elements()) == 0
}

func (r *userSessionRevocationResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	plan := readWire(req.Plan.Raw, &resp.Diagnostics)
	choice := r.readChoice(ctx, readWire(req.Config.Raw, &resp.Diagnostics), &resp.Diagnostics)
	timeout, diags := attributeOf[timeouts.Value](ctx, plan, "timeouts", createTimeouts, &resp.Diagnostics).Create(ctx, defaultRevocationTimeout)
	resp.Diagnostics.Append(diags...)
	storeID := attributeOf[types.String](ctx, plan, "identity_store_id", types.StringType, &resp.Diagnostics)
	userID := attributeOf[types.String](ctx, plan, "user_id", types.StringType, &resp.Diagnostics)
	verify := attributeOf[types.Bool](ctx, plan, "verify", types.BoolType, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	conditions, known, problems := choice.check(ctx)
	resp.Diagnostics.Append(problems...)
	addUnknown(&resp.Diagnostics, known)
	if resp.Diagnostics.HasError() || !r.data.ready(&resp.Diagnostics) {
		return
	}
	request := choice.request(storeID, userID, conditions)
	request.Verify = verify.ValueBool()
	request.Report = logProgress(ctx)

	bound, cancel := withTimeout(ctx, "create", timeout)
	defer cancel()
	outcome, err := revocation.Run(bound, r.data.client, request)

	// What was done is recorded, also when not all of it was: the error taints the
	// resource, so that the next apply finishes the work.
	if err == nil || outcome.Accepted {
		resp.State.Raw = recordOf(plan, req.Plan.Raw.Type(), outcome, choice.sessionIDsWO.IsNull())
	}
	if err != nil {
		addRevocationError(bound, &resp.Diagnostics, r.data.client, request, outcome, err)
		return
	}
	addRevocationWarnings(&resp.Diagnostics, choice.given(), request, outcome)
}

// Read keeps the state: it is the record of what was done and when.
func (r *userSessionRevocationResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {
}

// Update is reached by changes that do not decide what is revoked; it records
// them without a call.
func (r *userSessionRevocationResource) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
}

// Delete forgets the record.
func (r *userSessionRevocationResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

// ImportState refuses: there is nothing in the cloud to be imported.
func (r *userSessionRevocationResource) ImportState(_ context.Context, _ resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resp.Diagnostics.AddError("A revocation cannot be imported",
		"It is an event, not an object: the API keeps nothing of it that could be read back. "+
			"Create the resource instead, which revokes; or move one in from huaweicloud_identitycenter_user_session_delete with a moved block, which does not.")
}

// recordOf returns the state: the plan with what the resource computes. keepIDs is false
// for write-only IDs.
func recordOf(plan wireObject, resourceType tftypes.Type, outcome revocation.Outcome, keepIDs bool) tftypes.Value {
	state := maps.Clone(map[string]tftypes.Value(plan))
	state["revoked_at"] = timeValue(outcome.RevokedAt)
	state["revoked_session_count"] = tftypes.NewValue(tftypes.Number, int64(len(outcome.Revoked)))
	state["revoked_session_ids"] = tftypes.NewValue(wireListOfTexts, nil)
	if keepIDs {
		state["revoked_session_ids"] = textValues(outcome.Revoked)
	}
	state["request_ids"] = textValues(outcome.RequestIDs)
	return tftypes.NewValue(resourceType, state)
}
