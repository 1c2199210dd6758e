// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/access"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/cutoff"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// defaultCutoffTimeout bounds a change with the provisioning, which takes minutes.
const defaultCutoffTimeout = 30 * time.Minute

var (
	_ resource.ResourceWithConfigure      = (*sessionCutoffResource)(nil)
	_ resource.ResourceWithImportState    = (*sessionCutoffResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*sessionCutoffResource)(nil)
	_ resource.ResourceWithValidateConfig = (*sessionCutoffResource)(nil)
)

func newSessionCutoffResource() resource.Resource { return &sessionCutoffResource{} }

type sessionCutoffResource struct{ configuredResource }

type sessionCutoffModel struct {
	InstanceID      types.String      `tfsdk:"instance_id"`
	PermissionSetID types.String      `tfsdk:"permission_set_id"`
	IssuedBefore    timetypes.RFC3339 `tfsdk:"issued_before"`
	Active          types.Bool        `tfsdk:"active"`
	SafeToRemoveAt  timetypes.RFC3339 `tfsdk:"safe_to_remove_at"`
	StatementID     types.String      `tfsdk:"statement_id"`
	Timeouts        timeouts.Value    `tfsdk:"timeouts"`
}

func (r *sessionCutoffResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_permission_set_session_cutoff"
}

func (r *sessionCutoffResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	const bound = "How long it may take, with all retries and the provisioning of all accounts, as a duration such as `10m`. Default `30m`."
	resp.Schema = schema.Schema{
		MarkdownDescription: "Cuts everybody who uses a permission set: a statement in its custom policy denies everything to the temporary credentials, and so to the consoles, that were issued before a moment.",
		Attributes: map[string]schema.Attribute{
			"instance_id":       replacingID("The IAM Identity Center instance, as `data.identitycenter_instance` returns it. 1 to 64 characters. Changing this forces replacement: the statement is taken out of the old policy and added to the new one."),
			"permission_set_id": replacingID("The permission set, as `data.identitycenter_user_access` returns it. 1 to 64 characters. Changing this forces replacement: the statement is taken out of the old policy and added to the new one."),
			"issued_before": schema.StringAttribute{
				Optional:   true,
				Computed:   true,
				CustomType: timetypes.RFC3339Type{},
				MarkdownDescription: "The moment (RFC 3339): credentials issued before it are denied everything. In the policy it is rounded up to the second. " +
					"Default is the moment of the apply by the server's clock, which is kept from then on. Changing this changes the statement in place. " +
					"Use the `locked_at` of `identitycenter_user_lock`: after it, the user cannot open a console.",
				PlanModifiers: []planmodifier.String{sameMoment{}, stringplanmodifier.UseStateForUnknown()},
			},
			"active": schema.BoolAttribute{
				Computed: true,
				MarkdownDescription: "Whether the statement is in the policy and was provisioned to the accounts. When somebody takes it out, it becomes `false` at the next refresh, " +
					"and the plan puts the statement back with the recorded moment.",
			},
			"safe_to_remove_at": keptTime("When the last credentials from before `issued_before` have expired, in UTC (RFC 3339): `issued_before` plus the session duration that the permission set had at the cut. " +
				"If the cutoff is destroyed before, they work again."),
			"statement_id": keptText("The Sid of the statement in the policy: `identitycenterCutoff` and 12 digits."),
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.Block(ctx, timeouts.Opts{
				Create: true, CreateDescription: bound,
				Update: true, UpdateDescription: bound,
				Delete: true, DeleteDescription: bound,
			}),
		},
	}
}

// sameMoment keeps the prior value when the configuration writes the same moment in
// another way.
type sameMoment struct{}

func (sameMoment) Description(context.Context) string {
	return "keeps the moment as it was written before when it is the same"
}

func (m sameMoment) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (sameMoment) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	planned, err := time.Parse(time.RFC3339, req.PlanValue.ValueString())
	prior, priorErr := time.Parse(time.RFC3339, req.StateValue.ValueString())
	if err == nil && priorErr == nil && planned.Equal(prior) {
		resp.PlanValue = req.StateValue
	}
}

func (r *sessionCutoffResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	validateTimeouts(readWire(req.Config.Raw, &resp.Diagnostics), &resp.Diagnostics)
	var issuedBefore timetypes.RFC3339
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("issued_before"), &issuedBefore)...)
	if moment, err := time.Parse(time.RFC3339, issuedBefore.ValueString()); err == nil && cutoff.RoundUp(moment).Year() > 9999 {
		resp.Diagnostics.AddAttributeError(path.Root("issued_before"), "Invalid moment", "issued_before, rounded up to the second, must be of a year that RFC 3339 can write.")
	}
}

// ModifyPlan plans to put a statement back that is missing, and warns of whom the plan
// affects.
func (r *sessionCutoffResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	mark := markDestroy(ctx, req, resp, false, "instance_id", "permission_set_id")
	var plan, state sessionCutoffModel
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if !req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(resp.Plan.Get(ctx, &plan)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if !req.State.Raw.IsNull() && (mark.Ends() || mark.SuccessorUnknown) {
		addEarlyRemovalWarning(&resp.Diagnostics, state)
	}
	if req.Plan.Raw.IsNull() {
		return
	}

	moved := !plan.IssuedBefore.Equal(state.IssuedBefore)
	if moved {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("safe_to_remove_at"), timetypes.NewRFC3339Unknown())...)
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("active"), true)...)
	if req.State.Raw.IsNull() || moved || !state.Active.ValueBool() || len(resp.RequiresReplace) > 0 || !plan.PermissionSetID.Equal(state.PermissionSetID) {
		r.addReachWarning(ctx, &resp.Diagnostics, plan)
	}
}

// addEarlyRemovalWarning says that old credentials work again, while some have not expired.
func addEarlyRemovalWarning(diags *diag.Diagnostics, state sessionCutoffModel) {
	safe, err := time.Parse(time.RFC3339, state.SafeToRemoveAt.ValueString())
	if err != nil || !time.Now().Before(safe) {
		return
	}
	diags.AddWarning("Old console sessions work again",
		fmt.Sprintf("Destroying the cutoff of permission set %s before %s (safe_to_remove_at) lifts the deny from credentials that have not expired: "+
			"consoles opened before %s work again, an intruder's among them.",
			state.PermissionSetID.ValueString(), state.SafeToRemoveAt.ValueString(), state.IssuedBefore.ValueString()))
}

// addReachWarning says whom the cutoff concerns: in how many accounts, and whether the
// provider itself may be among them. What cannot be read is not said.
func (r *sessionCutoffResource) addReachWarning(ctx context.Context, diags *diag.Diagnostics, plan sessionCutoffModel) {
	ctx, cancel := context.WithTimeout(ctx, previewTimeout)
	defer cancel()
	name, accounts := "that is not known yet", "the accounts in which it is provisioned"
	if !plan.PermissionSetID.IsUnknown() {
		name = plan.PermissionSetID.ValueString()
	}
	temporary := false
	if r.data != nil && r.data.client != nil {
		if !plan.InstanceID.IsUnknown() && !plan.PermissionSetID.IsUnknown() {
			all, err := identitycenter.Collect(r.data.client.ProvisionedAccounts(ctx, plan.InstanceID.ValueString(), plan.PermissionSetID.ValueString(), ""))
			if err == nil {
				accounts = revocation.CountOf(len(all), "account")
			}
		}
		temporary, _ = r.data.client.TemporaryKeys(ctx)
	}
	detail := fmt.Sprintf("The cutoff of permission set %s cuts every user of it in %s, not one user alone: whoever may still log in has to open a new console. "+
		"Provisioning it also publishes what others changed in this permission set and did not provision.", name, accounts)
	if temporary {
		detail += " The provider signs with temporary keys. If they come from this permission set and were issued before the moment, they are cut with the rest, and the run cannot go on."
	}
	if moment, err := time.Parse(time.RFC3339, plan.IssuedBefore.ValueString()); err == nil && moment.After(time.Now().Add(time.Hour)) {
		detail += fmt.Sprintf(" The moment %s is in the future: new consoles are denied everything too until then.", plan.IssuedBefore.ValueString())
	}
	diags.AddWarning("A session cutoff concerns everybody who uses the permission set", detail)
}

func (r *sessionCutoffResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan sessionCutoffModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	ctx, cancel := withTimeout(ctx, "create", plan.Timeouts.Create, defaultCutoffTimeout, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() || !r.data.ready(&resp.Diagnostics) {
		return
	}
	duration, now, ok := r.describe(ctx, plan, &resp.Diagnostics)
	if !ok {
		return
	}
	if plan.IssuedBefore.IsUnknown() {
		if now.IsZero() {
			resp.Diagnostics.AddAttributeError(path.Root("issued_before"), "The server's time is not known",
				"The response has no Date header, so that there is no default for issued_before. Set it. Nothing was changed.")
			return
		}
		plan.IssuedBefore = timetypes.NewRFC3339TimeValue(now)
	}
	statement, err := cutoff.NewStatement(plan.moment(&resp.Diagnostics))
	if err != nil {
		resp.Diagnostics.AddError("No statement ID could be made", err.Error())
	}
	if resp.Diagnostics.HasError() {
		return
	}
	plan.StatementID = types.StringValue(statement.ID)
	plan.SafeToRemoveAt = safeToRemoveAt(statement, duration, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	r.put(ctx, plan, cutoff.Change{Target: plan.target(), Statement: statement, New: true, Report: logProgress(ctx)}, &resp.State, &resp.Diagnostics, putDone)
}

// put puts the statement into the policy and records what may have been done; done says
// what holds when it failed.
func (r *sessionCutoffResource) put(ctx context.Context, plan sessionCutoffModel, change cutoff.Change, state *tfsdk.State, diags *diag.Diagnostics, done func(cutoff.Outcome) string) {
	outcome, err := r.data.cutoffs.Put(ctx, change)
	plan.Active = types.BoolValue(err == nil)
	if err == nil || outcome.Written {
		diags.Append(state.Set(ctx, plan)...)
	}
	if err != nil {
		addCutoffError(diags, plan, "cutting the console sessions", done(outcome), err)
	}
}

// describe returns the session duration of the permission set and the server's time,
// rounded up to the second.
func (r *sessionCutoffResource) describe(ctx context.Context, m sessionCutoffModel, diags *diag.Diagnostics) (duration time.Duration, now time.Time, ok bool) {
	set, receipt, err := r.data.client.PermissionSet(ctx, m.InstanceID.ValueString(), m.PermissionSetID.ValueString())
	if err != nil {
		addCutoffError(diags, m, "reading the permission set", "Nothing was changed.", err)
		return 0, time.Time{}, false
	}
	if duration, err = access.ParseDuration(set.SessionDuration); err != nil {
		summary, text := (&access.UnreadableDurationError{PermissionSetID: set.ID, Name: set.Name, Err: err}).Explain()
		diags.AddAttributeError(path.Root("permission_set_id"), summary, capital(text)+" Nothing was changed.")
		return 0, time.Time{}, false
	}
	// The Date header tells whole seconds: up to one more has passed.
	if now = receipt.Date; !now.IsZero() {
		now = now.Add(time.Second)
	}
	return duration, now, true
}

// Read finds out whether the statement is still there. Whether it was provisioned is
// remembered: accounts that lag may lack a later edit of somebody else's only.
func (r *sessionCutoffResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state sessionCutoffModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.data.ready(&resp.Diagnostics) {
		return
	}
	if state.IssuedBefore.IsNull() {
		r.readImported(ctx, state, resp)
		return
	}
	statement := state.statement(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	there, err := r.data.cutoffs.Holds(ctx, state.target(), statement)
	if !there {
		// No policy, or a refusal: both may mean that the permission set is gone.
		if gone, goneErr := r.data.cutoffs.Gone(ctx, state.target()); gone {
			resp.Diagnostics.AddWarning("The permission set is gone",
				fmt.Sprintf("Permission set %s of instance %s does not exist any more, nor does the cutoff in its policy. It is removed from the state.", state.PermissionSetID.ValueString(), state.InstanceID.ValueString()))
			resp.State.RemoveResource(ctx)
			return
		} else if err == nil {
			err = goneErr
		}
	}
	if err == nil && there && !state.Active.ValueBool() {
		var lagging []string
		lagging, err = r.data.cutoffs.Unprovisioned(ctx, state.target())
		there = len(lagging) == 0
	}
	if err != nil {
		addCutoffError(&resp.Diagnostics, state, "reading the session cutoff", "", err)
		return
	}
	state.Active = types.BoolValue(there)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// Update moves the statement, puts it back, or provisions it, whatever is missing.
func (r *sessionCutoffResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state sessionCutoffModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel := withTimeout(ctx, "update", plan.Timeouts.Update, defaultCutoffTimeout, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() || !r.data.ready(&resp.Diagnostics) {
		return
	}
	change := cutoff.Change{Target: plan.target(), Statement: plan.statement(&resp.Diagnostics), Report: logProgress(ctx)}
	prior := state.statement(&resp.Diagnostics)
	moves := !prior.IssuedBefore.Equal(change.Statement.IssuedBefore)
	if resp.Diagnostics.HasError() {
		return
	}
	if !moves && state.Active.ValueBool() {
		// Nothing that concerns the policy: a timeout, or a part of the same second.
		if plan.SafeToRemoveAt.IsUnknown() {
			plan.SafeToRemoveAt = state.SafeToRemoveAt
		}
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
		return
	}
	if plan.SafeToRemoveAt.IsUnknown() {
		duration, _, ok := r.describe(ctx, plan, &resp.Diagnostics)
		if !ok {
			return
		}
		plan.SafeToRemoveAt = safeToRemoveAt(change.Statement, duration, &resp.Diagnostics)
		if resp.Diagnostics.HasError() {
			return
		}
	}
	if moves {
		change.Previous = prior.IssuedBefore
	}
	r.put(ctx, plan, change, &resp.State, &resp.Diagnostics, func(outcome cutoff.Outcome) string { return updateDone(outcome, state) })
}

// Delete takes the statement out. The destroying half of a replacement leaves it to the
// creating half to provision the permission set, unless that is about another one.
func (r *sessionCutoffResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state sessionCutoffModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	mark := readDestroyMark(ctx, req.Private, &resp.Diagnostics)
	ctx, cancel := withTimeout(ctx, "delete", state.Timeouts.Delete, defaultCutoffTimeout, &resp.Diagnostics)
	defer cancel()
	change := cutoff.Change{Target: state.target(), Statement: state.statement(&resp.Diagnostics), Report: logProgress(ctx)}
	if resp.Diagnostics.HasError() || !r.data.ready(&resp.Diagnostics) {
		return
	}
	outcome, err := r.data.cutoffs.TakeOut(ctx, change, mark.Ends() || mark.SuccessorUnknown)
	if err == nil {
		return
	}
	if gone, _ := r.data.cutoffs.Gone(ctx, change.Target); gone {
		resp.Diagnostics.AddWarning("The permission set is gone",
			fmt.Sprintf("Permission set %s of instance %s does not exist any more, nor does the cutoff in its policy.", change.PermissionSetID, change.InstanceID))
		return
	}
	done := "The policy was not changed by this destroy."
	if outcome.Written {
		done = "The statement was taken out of the policy, or may have been; accounts to which the policy was not provisioned still deny. Destroy again to go on."
		state.Active = types.BoolValue(false)
		resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	}
	addCutoffError(&resp.Diagnostics, state, "lifting the session cutoff", done, err)
}

// ImportState takes INSTANCE_ID/PERMISSION_SET_ID/STATEMENT_ID, for a statement whose
// state is lost.
func (r *sessionCutoffResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	parts := strings.Split(req.ID, "/")
	if len(parts) != 3 || !validID(parts[0]) || !validID(parts[1]) || !strings.HasPrefix(parts[2], "identitycenterCutoff") {
		resp.Diagnostics.AddError("Invalid import ID",
			fmt.Sprintf("It must be INSTANCE_ID/PERMISSION_SET_ID/STATEMENT_ID, where STATEMENT_ID is the Sid of the statement in the custom policy, which begins with identitycenterCutoff; it is %q.", transport.Printable(req.ID, longestShown)))
		return
	}
	for i, name := range []string{"instance_id", "permission_set_id", "statement_id"} {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), parts[i])...)
	}
}

// readImported fills in what the policy says of a statement that is being imported.
// Whether it was provisioned is known when no account lags.
func (r *sessionCutoffResource) readImported(ctx context.Context, state sessionCutoffModel, resp *resource.ReadResponse) {
	duration, _, ok := r.describe(ctx, state, &resp.Diagnostics)
	if !ok {
		return
	}
	statement, found, err := r.data.cutoffs.Find(ctx, state.target(), state.StatementID.ValueString())
	var lagging []string
	if err == nil && found {
		lagging, err = r.data.cutoffs.Unprovisioned(ctx, state.target())
	}
	if err != nil {
		addCutoffError(&resp.Diagnostics, state, "importing the session cutoff", "", err)
		return
	}
	if !found {
		resp.Diagnostics.AddError("Nothing to import",
			fmt.Sprintf("The custom policy of permission set %s has no session cutoff with the Sid %s. Where the API drops Sids, create the resource anew and take the old statement out by hand.",
				state.PermissionSetID.ValueString(), state.StatementID.ValueString()))
		return
	}
	state.IssuedBefore = timetypes.NewRFC3339TimeValue(statement.IssuedBefore)
	state.SafeToRemoveAt = safeToRemoveAt(statement, duration, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	state.Active = types.BoolValue(len(lagging) == 0)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

func (m sessionCutoffModel) target() cutoff.Target {
	return cutoff.Target{InstanceID: m.InstanceID.ValueString(), PermissionSetID: m.PermissionSetID.ValueString()}
}

// moment returns issued_before as a time.
func (m sessionCutoffModel) moment(diags *diag.Diagnostics) time.Time {
	moment, err := time.Parse(time.RFC3339, m.IssuedBefore.ValueString())
	if err != nil {
		diags.AddAttributeError(path.Root("issued_before"), "Invalid moment", err.Error())
	}
	return moment
}

// statement returns the statement that is recorded.
func (m sessionCutoffModel) statement(diags *diag.Diagnostics) cutoff.Statement {
	return cutoff.Statement{ID: m.StatementID.ValueString(), IssuedBefore: cutoff.RoundUp(m.moment(diags))}
}

// safeToRemoveAt is when the last credentials from before a statement's moment have
// expired. One that RFC 3339 cannot write is an error, before anything is changed.
func safeToRemoveAt(statement cutoff.Statement, duration time.Duration, diags *diag.Diagnostics) timetypes.RFC3339 {
	safe := statement.IssuedBefore.Add(duration)
	if safe.Year() > 9999 {
		diags.AddAttributeError(path.Root("issued_before"), "Invalid moment",
			fmt.Sprintf("issued_before, with the session duration of the permission set (%s) added, must be of a year that RFC 3339 can write. Nothing was changed.", duration))
		return timetypes.NewRFC3339Null()
	}
	return timetypes.NewRFC3339TimeValue(safe)
}

// updateDone says what holds after an update that failed.
func updateDone(outcome cutoff.Outcome, state sessionCutoffModel) string {
	if outcome.Written {
		return putDone(outcome)
	}
	return fmt.Sprintf("This apply did not change the policy. The cutoff is still recorded with the moment %s and active = %t. The next apply goes on.",
		state.IssuedBefore.ValueString(), state.Active.ValueBool())
}

// putDone says what holds after a put that failed.
func putDone(outcome cutoff.Outcome) string {
	if !outcome.Written {
		return "This apply did not put the statement into the policy."
	}
	return "The statement is in the policy, or may be, and was not seen in force in every account: consoles may still be open. It is recorded with active = false. " +
		"To go on with this statement, run terraform untaint with the address of this resource where it is marked as tainted, and apply: that provisions although the statement is there. " +
		"Without untaint, the next apply replaces it."
}

// addCutoffError adds the error of an operation on the policy of a permission set. What
// cutoff says of the policy itself is about the permission set alone.
func addCutoffError(diags *diag.Diagnostics, m sessionCutoffModel, doing, done string, err error) {
	attributes := []string{"permission_set_id", "instance_id"}
	if knows := explainer(nil); errors.As(err, &knows) {
		attributes = attributes[:1]
	}
	addError(diags, operation{
		doing:      fmt.Sprintf("%s of permission set %s in instance %s", doing, m.PermissionSetID.ValueString(), m.InstanceID.ValueString()),
		attributes: attributes, done: done,
	}, err)
}
