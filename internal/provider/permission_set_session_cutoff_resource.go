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

	"github.com/identitycenter/terraform-provider-identitycenter/internal/cutoff"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/useraccess"
)

// defaultCutoffTimeout bounds a change with the provisioning, which takes minutes.
const defaultCutoffTimeout = 30 * time.Minute

var _ plannedResource = (*sessionCutoffResource)(nil)

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
			"active": computedBool("Whether the statement is in the policy and was provisioned to the accounts. When somebody takes it out, it becomes `false` at the next refresh, " +
				"and the plan puts the statement back with the recorded moment."),
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
	if moment, known := timeOf(issuedBefore); known && cutoff.RoundUp(moment).Year() > 9999 {
		resp.Diagnostics.AddAttributeError(path.Root("issued_before"), "Invalid moment", "issued_before, rounded up to the second, must be of a year that RFC 3339 can write.")
	}
}

// ModifyPlan plans to put a statement back that is missing, and warns of whom the plan
// affects. Terraform calls it once more in the apply, when every value of the configuration
// is known.
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
	ends := mark.Ends() || mark.SuccessorUnknown
	if ends {
		addEarlyRemovalWarning(&resp.Diagnostics, state)
	} else {
		addEarlierMomentWarning(&resp.Diagnostics, plan, state)
	}
	if req.Plan.Raw.IsNull() {
		return
	}

	moved := !plan.IssuedBefore.Equal(state.IssuedBefore)
	if moved {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("safe_to_remove_at"), timetypes.NewRFC3339Unknown())...)
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("active"), true)...)
	if ends || moved || !state.Active.ValueBool() {
		r.addCutWarnings(ctx, &resp.Diagnostics, plan.toCut(ctx, req.Config, ends, moved, &resp.Diagnostics))
	}
}

// toCut is the plan with what is not known yet: of a cutoff that begins at another
// permission set, what the plan still has from the first one counts for nothing.
func (m sessionCutoffModel) toCut(ctx context.Context, config tfsdk.Config, begins, moved bool, diags *diag.Diagnostics) sessionCutoffModel {
	if begins || moved {
		m.SafeToRemoveAt = timetypes.NewRFC3339Unknown()
	}
	if begins {
		var configured timetypes.RFC3339
		diags.Append(config.GetAttribute(ctx, path.Root("issued_before"), &configured)...)
		if configured.IsNull() {
			m.IssuedBefore = timetypes.NewRFC3339Unknown()
		}
	}
	return m
}

// addEarlyRemovalWarning says that old credentials work again, while some have not expired.
func addEarlyRemovalWarning(diags *diag.Diagnostics, state sessionCutoffModel) {
	if state.outlived() {
		return
	}
	addAgainWarning(diags, state, fmt.Sprintf("Destroying the cutoff before %s (safe_to_remove_at) lifts the deny from credentials that have not expired: "+
		"consoles opened before %s work again, an intruder's among them.", state.SafeToRemoveAt.ValueString(), state.IssuedBefore.ValueString()))
}

// addEarlierMomentWarning says that credentials from between two moments work again, while
// some have not expired.
func addEarlierMomentWarning(diags *diag.Diagnostics, plan, state sessionCutoffModel) {
	planned, isPlanned := timeOf(plan.IssuedBefore)
	recorded, isRecorded := timeOf(state.IssuedBefore)
	if !isPlanned || !isRecorded || !cutoff.RoundUp(planned).Before(cutoff.RoundUp(recorded)) || state.outlived() {
		return
	}
	addAgainWarning(diags, state, fmt.Sprintf("Moving issued_before from %s back to %s, before %s (safe_to_remove_at), lifts the deny from credentials that have not expired: "+
		"consoles opened between the two moments work again, an intruder's among them.",
		state.IssuedBefore.ValueString(), plan.IssuedBefore.ValueString(), state.SafeToRemoveAt.ValueString()))
}

// addAgainWarning warns of each permission set: Terraform folds warnings of one summary
// into one.
func addAgainWarning(diags *diag.Diagnostics, state sessionCutoffModel, detail string) {
	diags.AddWarning(fmt.Sprintf("Old console sessions of permission set %s work again", state.PermissionSetID.ValueString()), detail)
}

// outlived tells whether all credentials that the recorded statement denies have expired.
func (m sessionCutoffModel) outlived() bool {
	safe, known := timeOf(m.SafeToRemoveAt)
	return !known || !time.Now().Before(safe)
}

// addCutWarnings says whom the cutoff concerns: in how many accounts, and whether the
// provider itself may be among them; and what is wrong with its moment. What cannot be
// read is not said. What differs by permission set has its ID in the summary, for Terraform
// folds warnings of one summary into one.
func (r *sessionCutoffResource) addCutWarnings(ctx context.Context, diags *diag.Diagnostics, plan sessionCutoffModel) {
	ctx, cancel := context.WithTimeout(ctx, previewTimeout)
	defer cancel()
	name, reach := "that is not known yet", "the accounts in which it is provisioned"
	if !plan.PermissionSetID.IsUnknown() {
		name = plan.PermissionSetID.ValueString()
	}
	safe, server, temporary := plan.SafeToRemoveAt, time.Time{}, false
	if r.data != nil && r.data.client != nil {
		if !plan.InstanceID.IsUnknown() && !plan.PermissionSetID.IsUnknown() {
			set, receipt, err := r.data.client.PermissionSet(ctx, plan.InstanceID.ValueString(), plan.PermissionSetID.ValueString())
			if transport.NotFound(err) {
				r.addNotFoundWarning(ctx, diags, plan)
				return
			}
			server = receipt.Date
			if duration, parseErr := useraccess.ParseDuration(set.SessionDuration); err == nil && parseErr == nil && safe.IsUnknown() {
				safe = plan.expiry(duration)
			}
			all, err := identitycenter.Collect(r.data.client.ProvisionedAccounts(ctx, plan.InstanceID.ValueString(), plan.PermissionSetID.ValueString(), false))
			if err == nil {
				reach = revocation.CountOf(len(all), "account")
			}
		}
		temporary, _ = r.data.client.TemporaryKeys(ctx)
	}
	expired := addMomentWarnings(diags, name, plan.IssuedBefore, safe, server)
	detail := "Provisioning it also publishes what others changed in this permission set and did not provision."
	if !expired {
		detail = "The cutoff cuts all of them, not one user alone: whoever may still log in has to open a new console. " + detail
	}
	diags.AddWarning(fmt.Sprintf("The cutoff of permission set %s concerns every user of it in %s", name, reach), detail)
	if temporary {
		diags.AddWarning("The provider signs with temporary keys",
			"If they come from a permission set that is cut, and were issued before the moment, they are cut with the rest, and the run cannot go on.")
	}
}

// addNotFoundWarning says that there is no permission set to cut.
func (r *sessionCutoffResource) addNotFoundWarning(ctx context.Context, diags *diag.Diagnostics, plan sessionCutoffModel) {
	id, instance := plan.PermissionSetID.ValueString(), plan.InstanceID.ValueString()
	if gone, _ := r.data.cutoffs.Gone(ctx, plan.target()); gone {
		diags.AddAttributeWarning(path.Root("permission_set_id"), fmt.Sprintf("Permission set %s does not exist", id), missingAdvice(plan.target())+" An apply cannot cut it.")
		return
	}
	diags.AddWarning(fmt.Sprintf("Permission set %s was not found", id),
		fmt.Sprintf("The API does not find it in instance %s. Check permission_set_id, instance_id, and the region in the provider block. An apply cannot cut it.", instance))
}

// addMomentWarnings says that a cutoff denies nothing that still works, as its moment is
// too long ago, or new consoles too, as it is in the future. Server is the server's time
// where it is known. A signature is accepted only while this machine's clock agrees with
// the server's, so that this clock counts too when a Date header says something else.
func addMomentWarnings(diags *diag.Diagnostics, name string, issuedBefore, safeToRemoveAt timetypes.RFC3339, server time.Time) (expired bool) {
	moment, known := timeOf(issuedBefore)
	if !known {
		return false
	}
	if clock := nowWhere(server, func(now time.Time) bool { return moment.After(now.Add(time.Hour)) }); clock != "" {
		diags.AddWarning(fmt.Sprintf("The cutoff of permission set %s denies new consoles too", name),
			fmt.Sprintf("Its moment %s (issued_before) is in the future: it is %s. Until then, new consoles are denied everything too.", issuedBefore.ValueString(), clock))
	}
	safe, known := timeOf(safeToRemoveAt)
	if !known {
		return false
	}
	clock := nowWhere(server, func(now time.Time) bool { return !now.Before(safe) })
	if clock == "" {
		return false
	}
	diags.AddWarning(fmt.Sprintf("The cutoff of permission set %s denies nothing that still works", name),
		fmt.Sprintf("By the session duration of the permission set, all credentials that were issued before %s (issued_before) have expired by %s (safe_to_remove_at): it is %s. "+
			"Consoles that were opened at issued_before or later are not cut. Check issued_before.", issuedBefore.ValueString(), safeToRemoveAt.ValueString(), clock))
	return true
}

// nowWhere returns the time and the name of a clock by which something holds, the server's
// first, and "" for neither.
func nowWhere(server time.Time, holds func(now time.Time) bool) string {
	if !server.IsZero() && holds(server) {
		return server.UTC().Format(time.RFC3339) + " by the server's clock"
	}
	if now := time.Now(); holds(now) {
		return now.UTC().Format(time.RFC3339) + " by the clock of this machine"
	}
	return ""
}

func (r *sessionCutoffResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan sessionCutoffModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	ctx, cancel := withTimeout(ctx, req.Plan.Raw, "create", defaultCutoffTimeout, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() || !r.data.ready(&resp.Diagnostics) {
		return
	}
	duration, now, ok := r.describe(ctx, plan, &resp.Diagnostics)
	if !ok {
		return
	}
	byDefault := plan.IssuedBefore.IsUnknown()
	if byDefault {
		if now.IsZero() {
			resp.Diagnostics.AddAttributeError(path.Root("issued_before"), "The server's time is not known",
				"The response has no Date header, so that there is no default for issued_before. Set it. Nothing was changed.")
			return
		}
		plan.IssuedBefore = timetypes.NewRFC3339TimeValue(now)
	}
	statement := cutoff.NewStatement(plan.moment(&resp.Diagnostics))
	plan.StatementID = types.StringValue(statement.ID)
	plan.SafeToRemoveAt = safeToRemoveAt(statement, duration, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	// One that was configured is warned of by the plan, which Terraform repeats when all is known.
	if byDefault {
		addMomentWarnings(&resp.Diagnostics, plan.PermissionSetID.ValueString(), plan.IssuedBefore, plan.SafeToRemoveAt, now)
	}

	r.put(ctx, plan, cutoff.Change{Target: plan.target(), Statement: statement, New: true, Report: logProgress(ctx)}, &resp.State, &resp.Diagnostics, createDone)
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
		addCutoffError(diags, plan, "cutting the console sessions", done(outcome), r.orMissing(ctx, plan, err))
	}
}

// orMissing returns the error of a call, as a *missingSetError where it is certain that
// the permission set does not exist.
func (r *sessionCutoffResource) orMissing(ctx context.Context, m sessionCutoffModel, err error) error {
	if transport.NotFound(err) {
		if gone, _ := r.data.cutoffs.Gone(ctx, m.target()); gone {
			return &missingSetError{target: m.target(), err: err}
		}
	}
	return err
}

// missingSetError says that the instance is there, and has no such permission set.
type missingSetError struct {
	target cutoff.Target
	err    error
}

func (e *missingSetError) Error() string { return e.err.Error() }

func (e *missingSetError) Unwrap() error { return e.err }

// missingAdvice says what to do about a permission set that certainly does not exist.
func missingAdvice(t cutoff.Target) string {
	return fmt.Sprintf("Instance %s is there and has no permission set %s. If it was deleted, remove its cutoff from the configuration; else correct permission_set_id.",
		t.InstanceID, t.PermissionSetID)
}

// describe returns the session duration of the permission set and the server's time,
// rounded up to the second.
func (r *sessionCutoffResource) describe(ctx context.Context, m sessionCutoffModel, diags *diag.Diagnostics) (duration time.Duration, now time.Time, ok bool) {
	set, receipt, err := r.data.client.PermissionSet(ctx, m.InstanceID.ValueString(), m.PermissionSetID.ValueString())
	if err != nil {
		addCutoffError(diags, m, "reading the session duration", "Nothing was changed.", r.orMissing(ctx, m, err))
		return 0, time.Time{}, false
	}
	if duration, err = useraccess.ParseDuration(set.SessionDuration); err != nil {
		summary, text := (&useraccess.UnreadableDurationError{PermissionSetID: set.ID, Name: set.Name, Err: err}).Explain()
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
			addGoneWarning(&resp.Diagnostics, state, " It is removed from the state. Where the configuration still has it, remove it there too.")
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
	ctx, cancel := withTimeout(ctx, req.Plan.Raw, "update", defaultCutoffTimeout, &resp.Diagnostics)
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
	r.put(ctx, plan, change, &resp.State, &resp.Diagnostics, func(outcome cutoff.Outcome) string { return updateDone(outcome, plan, state) })
}

// Delete takes the statement out. The destroying half of a replacement leaves it to the
// creating half to provision the permission set, unless that is about another one.
func (r *sessionCutoffResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state sessionCutoffModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	mark := readDestroyMark(ctx, req.Private, &resp.Diagnostics)
	ctx, cancel := withTimeout(ctx, req.State.Raw, "delete", defaultCutoffTimeout, &resp.Diagnostics)
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
		addGoneWarning(&resp.Diagnostics, state, "")
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

// addGoneWarning says that a permission set does not exist any more, and what follows.
func addGoneWarning(diags *diag.Diagnostics, state sessionCutoffModel, follows string) {
	diags.AddWarning(fmt.Sprintf("Permission set %s is gone", state.PermissionSetID.ValueString()),
		fmt.Sprintf("Instance %s has it no more, nor is there the cutoff in its policy.%s", state.InstanceID.ValueString(), follows))
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

// timeOf returns a moment as a time; known is false for one that is null or unknown.
func timeOf(moment timetypes.RFC3339) (t time.Time, known bool) {
	t, err := time.Parse(time.RFC3339, moment.ValueString())
	return t, err == nil
}

// expiry is safe_to_remove_at for a session duration, null where it is not known.
func (m sessionCutoffModel) expiry(duration time.Duration) timetypes.RFC3339 {
	moment, known := timeOf(m.IssuedBefore)
	if !known {
		return timetypes.NewRFC3339Null()
	}
	return safeToRemoveAt(cutoff.Statement{IssuedBefore: cutoff.RoundUp(moment)}, duration, &diag.Diagnostics{})
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

// updateDone says what holds after an update that failed, which taints nothing.
func updateDone(outcome cutoff.Outcome, plan, state sessionCutoffModel) string {
	if outcome.Written {
		return fmt.Sprintf("The policy was changed, or may have been, and the statement was not seen in force in every account: consoles may still be open. "+
			"The cutoff is recorded with the moment %s and active = false. The next apply goes on: it provisions although the statement is there.", plan.IssuedBefore.ValueString())
	}
	return fmt.Sprintf("This apply did not change the policy. The cutoff is still recorded with the moment %s and active = %t. The next apply goes on.",
		state.IssuedBefore.ValueString(), state.Active.ValueBool())
}

// createDone says what holds after a creation that failed. The provider does not know the
// address of its resource.
func createDone(outcome cutoff.Outcome) string {
	if !outcome.Written {
		return "This apply did not put the statement into the policy."
	}
	return "The statement is in the policy, or may be, and was not seen in force in every account: consoles may still be open. " +
		"It is recorded with active = false, and marked as tainted. To go on with this statement, untaint the resource by its address, the key of a for_each included, and apply: " +
		"that provisions although the statement is there.\n\n" +
		"  terraform untaint 'identitycenter_permission_set_session_cutoff.NAME[\"KEY\"]'\n\n" +
		"Without untaint, the next apply replaces it, or fails where prevent_destroy is set."
}

// addCutoffError adds the error of an operation on the policy of a permission set. What
// cutoff says of the policy itself is about the permission set alone.
func addCutoffError(diags *diag.Diagnostics, m sessionCutoffModel, doing, done string, err error) {
	attributes := []string{"permission_set_id", "instance_id"}
	if knows, missing := explainer(nil), (*missingSetError)(nil); errors.As(err, &knows) || errors.As(err, &missing) {
		attributes = attributes[:1]
	}
	addError(diags, operation{
		doing:      fmt.Sprintf("%s of permission set %s in instance %s", doing, m.PermissionSetID.ValueString(), m.InstanceID.ValueString()),
		attributes: attributes, done: done,
	}, err)
}
