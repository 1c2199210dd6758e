// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/cutoff"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/useraccess"
)

// Default timeouts. A change includes the provisioning, which takes minutes.
const (
	defaultCutoffTimeout     = 30 * time.Minute
	defaultCutoffReadTimeout = 5 * time.Minute
)

// cutoffTiming is shortened by tests.
var cutoffTiming = cutoff.DefaultTiming()

var (
	_ resource.ResourceWithIdentity    = (*sessionCutoffResource)(nil)
	_ resource.ResourceWithImportState = (*sessionCutoffResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*sessionCutoffResource)(nil)
)

type sessionCutoffResource struct{ configuredResource }

// sessionCutoffModel has times as plain strings, because terraform test fills them with random
// text.
type sessionCutoffModel struct {
	InstanceID        types.String   `tfsdk:"instance_id"`
	PermissionSetID   types.String   `tfsdk:"permission_set_id"`
	IssuedBefore      types.String   `tfsdk:"issued_before"`
	Active            types.Bool     `tfsdk:"active"`
	AllowEarlyRemoval types.Bool     `tfsdk:"allow_early_removal"`
	PermissionSetName types.String   `tfsdk:"permission_set_name"`
	SafeToRemoveAt    types.String   `tfsdk:"safe_to_remove_at"`
	StatementID       types.String   `tfsdk:"statement_id"`
	Timeouts          timeouts.Value `tfsdk:"timeouts"`
}

type sessionCutoffIdentityModel struct {
	InstanceID      types.String `tfsdk:"instance_id"`
	PermissionSetID types.String `tfsdk:"permission_set_id"`
	StatementID     types.String `tfsdk:"statement_id"`
}

func (r *sessionCutoffResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"instance_id":       identityschema.StringAttribute{RequiredForImport: true, Description: describeInstanceID},
		"permission_set_id": identityschema.StringAttribute{RequiredForImport: true, Description: describePermissionSetID},
		"statement_id":      identityschema.StringAttribute{RequiredForImport: true, Description: "The Sid of the statement in the custom policy."},
	}}
}

func (r *sessionCutoffResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	keep := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Denies the console sessions of a permission set that were issued before a time, by a statement in its custom policy.",
		Attributes: map[string]schema.Attribute{
			"instance_id": resourceInstanceIDAttribute(),
			"permission_set_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: describePermissionSetID + requiresReplacement,
				Validators:          []validator.String{apiID},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"issued_before": schema.StringAttribute{
				Optional:            true,
				Computed:            true,
				MarkdownDescription: "The cutoff time (RFC 3339), rounded up to the second. Default is the time of the apply that activates the cutoff.",
				Validators:          []validator.String{writtenTime},
				PlanModifiers:       []planmodifier.String{sameTime{}, stringplanmodifier.UseStateForUnknown()},
			},
			"active": schema.BoolAttribute{
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(true),
				MarkdownDescription: "Whether the statement is in the policy and in every account; `false` removes it in place. Default `true`.",
			},
			"allow_early_removal": schema.BoolAttribute{
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(false),
				MarkdownDescription: "Whether the statement may be removed before `safe_to_remove_at`; a destroy uses the value in the state. Default `false`.",
			},
			"permission_set_name": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "The name of the permission set.",
				PlanModifiers:       keep,
			},
			"safe_to_remove_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "When the last denied credentials expire (RFC 3339): `issued_before` plus the session duration of the permission set.",
				PlanModifiers:       keep,
			},
			"statement_id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "The Sid of the statement in the custom policy: `identitycenterCutoff` and 12 digits.",
				PlanModifiers:       keep,
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeoutsBlock(map[string]string{"create": "`30m`", "read": "`5m`", "update": "`30m`", "delete": "`30m`"}),
		},
	}
}

// sameTime keeps the prior value if only the notation of the time changes.
type sameTime struct{}

func (sameTime) Description(context.Context) string {
	return "keeps the value as it was written before when the time is the same"
}

func (m sameTime) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (sameTime) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	planned, isPlanned := timeOfState(req.PlanValue)
	prior, isPrior := timeOfState(req.StateValue)
	if isPlanned && isPrior && planned.Equal(prior) {
		resp.PlanValue = req.StateValue
	}
}

// ModifyPlan refuses to remove a statement too early, plans computed values, and warns about an
// ineffective cutoff. Terraform calls it again in the apply, when every value of the configuration
// is known.
func (r *sessionCutoffResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	mark := markDestroy(ctx, req, resp, false, "instance_id", "permission_set_id")
	var config, plan, state *sessionCutoffModel // nil for none
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	notes := readCutoffNotes(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	replaced := mark.Ends() || mark.SuccessorUnknown
	if state != nil {
		r.refuseEarlyRemoval(plan, *state, replaced, &resp.Diagnostics)
	}
	if plan == nil || resp.Diagnostics.HasError() {
		return
	}
	timeValidator.validate(path.Root("issued_before"), plan.IssuedBefore, &resp.Diagnostics)

	changed := true
	if state != nil && !replaced {
		changed = planCutoffUpdate(ctx, *config, plan, *state, notes, resp)
		r.warnMovingTime(*config, *state, notes, &resp.Diagnostics)
	} else if !plan.Active.ValueBool() {
		planInactiveCreation(ctx, *config, mark, resp)
	}
	if changed && !isFalse(plan.Active) && !resp.Diagnostics.HasError() {
		r.warnPlannedCutoff(ctx, *plan, &resp.Diagnostics)
	}
}

// planInactiveCreation plans a creation without a statement, or perhaps without one. In a
// replacement, the destroying half must then provision, because the creating half does not.
func planInactiveCreation(ctx context.Context, config sessionCutoffModel, mark destroyMark, resp *resource.ModifyPlanResponse) {
	if config.IssuedBefore.IsNull() && isFalse(config.Active) {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("issued_before"), types.StringNull())...)
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("safe_to_remove_at"), types.StringNull())...)
	}
	mark.Destroy = true
	writePrivate(ctx, resp.Private, destroyMarkKey, mark, &resp.Diagnostics)
}

// planCutoffUpdate plans a change in place, and reports whether the statement changes.
func planCutoffUpdate(ctx context.Context, config sessionCutoffModel, plan *sessionCutoffModel, state sessionCutoffModel, notes cutoffNotes, resp *resource.ModifyPlanResponse) (changed bool) {
	activated := !isFalse(plan.Active) && !state.Active.ValueBool()
	if config.IssuedBefore.IsNull() && !isFalse(plan.Active) && (notes.Inactive || state.IssuedBefore.IsNull()) {
		plan.IssuedBefore = types.StringUnknown()
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("issued_before"), plan.IssuedBefore)...)
	}
	moved := !plan.IssuedBefore.Equal(state.IssuedBefore)
	// A failed apply may have left the statement in the policy, or removed it while the state still
	// has the cutoff as active. Both need an update.
	leftover := !plan.Active.ValueBool() && !state.Active.ValueBool() && !notes.Inactive
	unfinished := !isFalse(plan.Active) && state.Active.ValueBool() && notes.Inactive
	if moved || leftover || unfinished {
		plan.SafeToRemoveAt = types.StringUnknown()
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("safe_to_remove_at"), plan.SafeToRemoveAt)...)
	}
	return moved || activated
}

func (r *sessionCutoffResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan sessionCutoffModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	ctx, cancel := withTimeout(ctx, "create", plan.Timeouts.Create, defaultCutoffTimeout, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() || !r.data.ready(&resp.Diagnostics) {
		return
	}

	described, ok := r.describe(ctx, plan, &resp.Diagnostics)
	awaited := r.data.cutoffs.AwaitsProvisioning(plan.target())
	plan.Active = types.BoolValue(ok && plan.Active.ValueBool())
	if !ok && !awaited || !plan.fill(described, &resp.Diagnostics) {
		return
	}
	statement := cutoff.NewStatement(plan.time())
	plan.StatementID = types.StringValue(statement.ID)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
	notes, outcome, err := cutoffNotes{Inactive: true}, cutoff.Outcome{}, error(nil)
	if plan.Active.ValueBool() {
		outcome, err = r.data.cutoffs.Put(ctx, cutoff.Change{Target: plan.target(), Statement: statement, New: true, Report: logProgress(ctx)})
		plan.Active, notes = types.BoolValue(err == nil), cutoffNotes{SidKept: outcome.SidKept, NearNow: plan.nearNow()}
	}
	if err == nil || outcome.Written || awaited {
		// The error taints the resource. Its Delete removes the statement, and provisions.
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
		writePrivate(ctx, resp.Private, cutoffNotesKey, notes, &resp.Diagnostics)
	}
	if err != nil {
		r.addError(ctx, &resp.Diagnostics, plan, "adding the session cutoff", createFailed(outcome), err)
	}
}

// Read checks whether the statement is in the policy. It relies on the last provisioning: accounts
// with an older policy can only lack a later edit by another client.
func (r *sessionCutoffResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state sessionCutoffModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
	notes := readCutoffNotes(ctx, req.Private, &resp.Diagnostics)
	ctx, cancel := withTimeout(ctx, "read", state.Timeouts.Read, defaultCutoffReadTimeout, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() || !r.data.ready(&resp.Diagnostics) {
		return
	}
	if state.Active.IsNull() && state.IssuedBefore.IsNull() {
		r.readImported(ctx, state, resp)
		return
	}
	statement, ok := state.statement(notes, &resp.Diagnostics)
	if !ok {
		return
	}
	there, err := r.data.cutoffs.Holds(ctx, state.target(), statement, state.Active.ValueBool() && !notes.Inactive)
	if !there {
		// A missing policy and a refusal may both mean that the permission set is gone.
		missing, missingErr := r.data.cutoffs.Missing(ctx, state.target())
		if missing {
			resp.Diagnostics.AddWarning(fmt.Sprintf("Permission set %s no longer exists", state.label()),
				fmt.Sprintf("Instance %s no longer has this permission set, so its policy is gone too. The cutoff is removed from the state. "+
					"Remove it from the configuration too.", shown(state.InstanceID)))
			resp.State.RemoveResource(ctx)
			return
		}
		err = cmp.Or(err, missingErr)
	}
	if err == nil {
		state.Active, err = r.inForce(ctx, state, notes, there)
	}
	if err != nil {
		r.addError(ctx, &resp.Diagnostics, state, "reading the session cutoff", "", err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// inForce returns the value of active. It changes only when every account has the latest policy.
func (r *sessionCutoffResource) inForce(ctx context.Context, state sessionCutoffModel, notes cutoffNotes, there bool) (types.Bool, error) {
	active := state.Active.ValueBool()
	if active == there || notes.Inactive == there {
		return types.BoolValue(there), nil
	}
	lagging, err := r.data.cutoffs.Unprovisioned(ctx, state.target())
	if len(lagging) > 0 {
		return state.Active, err
	}
	return types.BoolValue(there), err
}

// Update moves, restores, provisions or removes the statement.
func (r *sessionCutoffResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state sessionCutoffModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	notes := readCutoffNotes(ctx, req.Private, &resp.Diagnostics)
	ctx, cancel := withTimeout(ctx, "update", plan.Timeouts.Update, defaultCutoffTimeout, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() || !r.data.ready(&resp.Diagnostics) {
		return
	}

	prior, ok := state.statement(notes, &resp.Diagnostics)
	if !ok {
		return
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
	if plan.IssuedBefore.IsUnknown() || plan.SafeToRemoveAt.IsUnknown() {
		described, ok := r.describe(ctx, plan, &resp.Diagnostics)
		if !ok || !plan.fill(described, &resp.Diagnostics) {
			return
		}
	}
	if !plan.Active.ValueBool() {
		r.deactivate(ctx, plan, state, prior, notes, resp)
		return
	}
	r.putAgain(ctx, plan, state, prior, notes, resp)
}

// putAgain moves, restores or provisions the statement.
func (r *sessionCutoffResource) putAgain(ctx context.Context, plan, state sessionCutoffModel, prior cutoff.Statement, notes cutoffNotes, resp *resource.UpdateResponse) {
	statement := cutoff.Statement{ID: prior.ID, IssuedBefore: cutoff.RoundUp(plan.time()), SidKept: notes.SidKept}
	if statement.IssuedBefore.Equal(prior.IssuedBefore) && state.Active.ValueBool() && !notes.Inactive {
		// The policy does not change: only a timeout or a fraction of the same second changed.
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
		return
	}
	if !state.removed(notes) {
		statement.Previous = slices.DeleteFunc(append([]time.Time{prior.IssuedBefore}, notes.Previous...), statement.IssuedBefore.Equal)
	}
	outcome, err := r.data.cutoffs.Put(ctx, cutoff.Change{Target: plan.target(), Statement: statement, New: state.removed(notes), Report: logProgress(ctx)})
	plan.Active = types.BoolValue(err == nil)
	if err == nil || outcome.Written {
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
		notes = cutoffNotes{SidKept: notes.SidKept || outcome.SidKept, NearNow: plan.nearNow()}
		if err != nil {
			notes.Previous = statement.Previous
		}
		writePrivate(ctx, resp.Private, cutoffNotesKey, notes, &resp.Diagnostics)
	}
	if err != nil {
		r.addError(ctx, &resp.Diagnostics, plan, "updating the session cutoff", updateFailed(outcome, plan, state), err)
	}
}

// deactivate removes the statement and provisions the change. If it fails half-way, the cutoff
// stays active in the state until Read finds it inactive.
func (r *sessionCutoffResource) deactivate(ctx context.Context, plan, state sessionCutoffModel, prior cutoff.Statement, notes cutoffNotes, resp *resource.UpdateResponse) {
	if state.Active.ValueBool() || !notes.Inactive {
		change := cutoff.Change{Target: plan.target(), Statement: prior, Report: logProgress(ctx)}
		outcome, err := r.data.cutoffs.Remove(ctx, change, true)
		if err != nil {
			notes.Inactive = notes.Inactive || outcome.Written && state.Active.ValueBool()
			resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
			writePrivate(ctx, resp.Private, cutoffNotesKey, notes, &resp.Diagnostics)
			r.addError(ctx, &resp.Diagnostics, state, "removing the session cutoff", removeFailed(outcome, fmt.Sprintf("The cutoff is in the state with active = %t. Apply again.", state.Active.ValueBool())), err)
			return
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	notes.Inactive = true
	writePrivate(ctx, resp.Private, cutoffNotesKey, notes, &resp.Diagnostics)
}

// Delete removes the statement. The destroying half of a replacement leaves the provisioning to the
// creating half, unless that has another permission set.
func (r *sessionCutoffResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state sessionCutoffModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	mark := readDestroyMark(ctx, req, &resp.Diagnostics, "instance_id", "permission_set_id")
	notes := readCutoffNotes(ctx, req.Private, &resp.Diagnostics)
	ctx, cancel := withTimeout(ctx, "delete", state.Timeouts.Delete, defaultCutoffTimeout, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() || !r.data.ready(&resp.Diagnostics) {
		return
	}
	statement, _ := state.statement(notes, &resp.Diagnostics)
	ends := mark.Ends() || mark.SuccessorUnknown
	if ends && !mark.Shown { // The plan of a tainted object does not see its state.
		r.refuseEarlyRemoval(nil, state, true, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	change := cutoff.Change{Target: state.target(), Statement: statement, Removed: state.removed(notes), Report: logProgress(ctx)}
	outcome, err := r.data.cutoffs.Remove(ctx, change, ends)
	if err == nil {
		return
	}
	if transport.NotFound(err) {
		if missing, _ := r.data.cutoffs.Missing(ctx, change.Target); missing {
			return // The policy is gone with the permission set.
		}
	}
	if outcome.Written {
		state.Active = types.BoolValue(false)
		resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	}
	r.addError(ctx, &resp.Diagnostics, state, "removing the session cutoff", removeFailed(outcome, "The cutoff stays in the state. Destroy it again."), err)
}

func (r *sessionCutoffResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	values := importValues(ctx, req, "The import ID must be INSTANCE_ID/PERMISSION_SET_ID/STATEMENT_ID. STATEMENT_ID is the Sid of the statement in the custom policy: identitycenterCutoff and 12 digits.",
		cutoff.IsStatementID, &resp.Diagnostics, "instance_id", "permission_set_id", "statement_id")
	if values == nil {
		return
	}
	imported := sessionCutoffModel{
		InstanceID: types.StringValue(values[0]), PermissionSetID: types.StringValue(values[1]), StatementID: types.StringValue(values[2]), Timeouts: noTimeouts,
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, imported)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, imported.identity())...)
}

func (r *sessionCutoffResource) readImported(ctx context.Context, state sessionCutoffModel, resp *resource.ReadResponse) {
	described, ok := r.describe(ctx, state, &resp.Diagnostics)
	if !ok {
		return
	}
	statements, _, err := r.data.cutoffs.Statements(ctx, state.target())
	i := slices.IndexFunc(statements, func(s cutoff.Statement) bool { return s.ID == state.StatementID.ValueString() })
	var lagging []string
	if err == nil && i >= 0 {
		lagging, err = r.data.cutoffs.Unprovisioned(ctx, state.target())
	}
	if err != nil {
		r.addError(ctx, &resp.Diagnostics, state, "importing the session cutoff", "", err)
		return
	}
	if i < 0 {
		resp.Diagnostics.AddError("The session cutoff does not exist", fmt.Sprintf("The custom policy of permission set %s has no session cutoff with the Sid %s.\n\n"+
			"If the API drops Sids, create the resource again and remove the old statement by hand.", state.PermissionSetID.ValueString(), state.StatementID.ValueString()))
		return
	}
	state.IssuedBefore = types.StringValue(statements[i].IssuedBefore.Format(time.RFC3339))
	state.AllowEarlyRemoval = types.BoolValue(false)
	if len(lagging) == 0 { // Otherwise null: generated configuration must not have active = false.
		state.Active = types.BoolValue(true)
	}
	if !state.fill(described, &resp.Diagnostics) {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	writePrivate(ctx, resp.Private, cutoffNotesKey, cutoffNotes{SidKept: true}, &resp.Diagnostics)
}

// describedSet has the data of a permission set that a cutoff needs.
type describedSet struct {
	name     string
	duration time.Duration
	receipt  transport.Receipt
}

func (r *sessionCutoffResource) describe(ctx context.Context, m sessionCutoffModel, diags *diag.Diagnostics) (described describedSet, ok bool) {
	set, receipt, err := r.data.client.PermissionSet(ctx, m.InstanceID.ValueString(), m.PermissionSetID.ValueString())
	described = describedSet{name: set.Name, receipt: receipt}
	if err == nil {
		described.duration, err = useraccess.SessionDuration(set)
	}
	if err != nil {
		r.addError(ctx, diags, m, "reading the session duration", "Nothing was changed.", err)
	}
	return described, err == nil
}

func (m *sessionCutoffModel) fill(set describedSet, diags *diag.Diagnostics) bool {
	if m.PermissionSetName.IsUnknown() || m.PermissionSetName.IsNull() { // A planned name must not change.
		m.PermissionSetName = types.StringValue(transport.Printable(set.name, transport.LongestID))
	}
	if m.IssuedBefore.IsUnknown() && m.Active.ValueBool() {
		if problem := set.receipt.ClockProblem; problem != "" {
			diags.AddAttributeWarning(path.Root("issued_before"), "The local clock set the cutoff time",
				capital(problem)+".\n\nCheck the clock of this machine and the proxy, or set issued_before.")
		}
		// The Date header has whole seconds, so up to one more second may have passed.
		m.IssuedBefore = types.StringValue(set.receipt.Latest().UTC().Truncate(time.Second).Add(time.Second).Format(time.RFC3339))
	} else if m.IssuedBefore.IsUnknown() || m.IssuedBefore.IsNull() {
		m.IssuedBefore, m.SafeToRemoveAt = types.StringNull(), types.StringNull()
		return true
	}
	if !timeValidator.validate(path.Root("issued_before"), m.IssuedBefore, diags) {
		return false
	}
	m.SafeToRemoveAt = types.StringValue(cutoff.RoundUp(m.time()).Add(set.duration).Format(time.RFC3339))
	return true
}

func (m sessionCutoffModel) identity() sessionCutoffIdentityModel {
	return sessionCutoffIdentityModel{InstanceID: m.InstanceID, PermissionSetID: m.PermissionSetID, StatementID: m.StatementID}
}

func (m sessionCutoffModel) target() cutoff.Target {
	return cutoff.Target{InstanceID: m.InstanceID.ValueString(), PermissionSetID: m.PermissionSetID.ValueString()}
}

// label names the permission set in messages: "Administrator (ps-1)", or only the ID.
func (m sessionCutoffModel) label() string {
	if name := m.PermissionSetName.ValueString(); name != "" {
		return fmt.Sprintf("%s (%s)", name, shown(m.PermissionSetID))
	}
	return shown(m.PermissionSetID)
}

// time returns issued_before, the zero time when it is null or unknown.
func (m sessionCutoffModel) time() time.Time {
	t, _ := timeOfState(m.IssuedBefore)
	return t
}

// nearNow reports whether issued_before is about the time of this apply.
func (m sessionCutoffModel) nearNow() bool { return time.Since(m.time()).Abs() < time.Minute }

// statement returns the statement in the state, or adds an error for a damaged state.
func (m sessionCutoffModel) statement(notes cutoffNotes, diags *diag.Diagnostics) (cutoff.Statement, bool) {
	at, known := timeOfState(m.IssuedBefore)
	for name, damaged := range map[string]bool{
		"statement_id": !cutoff.IsStatementID(m.StatementID.ValueString()), "issued_before": !known && !m.IssuedBefore.IsNull(),
	} {
		if damaged {
			diags.AddAttributeError(path.Root(name), "Invalid "+name+" in the state", "The state was changed by hand or is damaged. Nothing was done.\n\n"+
				"Restore a backup of the state, or remove the resource from the state and import it again.")
		}
	}
	// A statement without a Sid is not the one that was removed.
	sidKept := notes.SidKept || m.removed(notes)
	return cutoff.Statement{ID: m.StatementID.ValueString(), IssuedBefore: cutoff.RoundUp(at), Previous: notes.Previous, SidKept: sidKept}, !diags.HasError()
}

// removed reports whether active = false removed the statement.
func (m sessionCutoffModel) removed(notes cutoffNotes) bool {
	return notes.Inactive && !m.Active.ValueBool()
}

// timeOfState returns a time. known is false if it is null, unknown or not RFC 3339.
func timeOfState(text types.String) (t time.Time, known bool) {
	t, err := time.Parse(time.RFC3339, text.ValueString())
	return t, err == nil
}

// cutoffNotes are stored in the private state.
type cutoffNotes struct {
	// Inactive is true once active = false began to remove the statement.
	Inactive bool `json:"inactive,omitempty"`
	// SidKept is true when the API returned the statement with its Sid.
	SidKept bool `json:"sid_kept,omitempty"`
	// NearNow is true if issued_before was about the time of the apply that set it.
	NearNow bool `json:"near_now,omitempty"`
	// Previous are the cutoff times that the statement may still have after failed moves.
	Previous []time.Time `json:"previous,omitempty"`
}

const cutoffNotesKey = "cutoff"

func readCutoffNotes(ctx context.Context, private privateReader, diags *diag.Diagnostics) (notes cutoffNotes) {
	readPrivate(ctx, private, cutoffNotesKey, &notes, diags)
	return notes
}

// missingSetError says that the instance exists and has no such permission set.
type missingSetError struct {
	target cutoff.Target
	err    error
}

func (e *missingSetError) Error() string { return e.err.Error() }

func (e *missingSetError) Unwrap() error { return e.err }

// addError adds the error of an operation on the policy. holds describes the situation after it.
func (r *sessionCutoffResource) addError(ctx context.Context, diags *diag.Diagnostics, m sessionCutoffModel, doing, holds string, err error) {
	if transport.NotFound(err) {
		if missing, _ := r.data.cutoffs.Missing(ctx, m.target()); missing {
			err = &missingSetError{target: m.target(), err: err}
		}
	}
	attributes := []string{"permission_set_id", "instance_id"}
	// An error about the policy is only about the permission set.
	if policyError, missing := explainer(nil), (*missingSetError)(nil); errors.As(err, &policyError) || errors.As(err, &missing) {
		attributes = attributes[:1]
	}
	if r.data.cutoffs.AwaitsProvisioning(m.target()) {
		holds = strings.TrimSpace(strings.TrimPrefix(holds, "Nothing was changed.") + " " + halfReplaced)
	}
	addError(diags, operation{
		doing:      fmt.Sprintf("%s of permission set %s in instance %s", doing, m.label(), m.InstanceID.ValueString()),
		attributes: attributes, done: holds,
	}, err)
}
