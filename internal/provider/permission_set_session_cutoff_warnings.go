// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/cutoff"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/useraccess"
)

// cutoffPlanTimeout limits what a plan reads only for its warnings.
const cutoffPlanTimeout = 10 * time.Second

// cutoffTime accepts an RFC 3339 time of the years 1 to 9999. A text without a hyphen or a
// colon is left to the plan: a mocked provider of terraform test fills computed strings with
// letters and digits, and never plans.
type cutoffTime struct{}

const cutoffTimeForm = `must be a time such as "2026-11-29T09:00:00Z" (RFC 3339)`

func (cutoffTime) Description(context.Context) string { return cutoffTimeForm }

func (v cutoffTime) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (cutoffTime) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if text := req.ConfigValue.ValueString(); strings.ContainsAny(text, "-:") {
		checkCutoffTime(req.Path, text, &resp.Diagnostics)
	}
}

// withoutZone matches a time whose zone is missing.
var withoutZone = regexp.MustCompile(`^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?$`)

// checkCutoffTime adds an error for a text that is not a cutoff time.
func checkCutoffTime(at path.Path, text string, diags *diag.Diagnostics) bool {
	parsed, err := time.Parse(time.RFC3339, text)
	var fault string
	switch {
	case err != nil && withoutZone.MatchString(text):
		fault = fmt.Sprintf("%s has no time zone. Write %sZ for UTC, or an offset such as +02:00.", at, strings.Replace(text, " ", "T", 1))
	case err != nil:
		fault = fmt.Sprintf("%s %s.", at, cutoffTimeForm)
	case parsed.UTC().Year() < 1 || cutoff.RoundUp(parsed).Year() > 9999:
		fault = fmt.Sprintf("%s must be in the years 1 to 9999, in UTC and rounded up to the second.", at)
	default:
		return true
	}
	diags.AddAttributeError(at, "Invalid time", fmt.Sprintf("%s\n\nThe value: %s", fault, showValue(text)))
	return false
}

// refuseEarlyRemoval adds an error if the plan removes a statement, or moves it to an earlier
// time, while credentials that it denies have not expired. plan is nil for a destroy, and
// replaced is true for a replacement by another permission set: for both the permission in
// the state counts, for changes in place that of the configuration. What is not known yet is
// checked in the apply.
func (r *sessionCutoffResource) refuseEarlyRemoval(plan *sessionCutoffModel, state sessionCutoffModel, replaced bool, diags *diag.Diagnostics) {
	safe, known := timeOfState(state.SafeToRemoveAt)
	if !state.Active.ValueBool() || known && !time.Now().Before(safe) {
		return
	}
	allow, doing, at, next := state.AllowEarlyRemoval, "Destroying the cutoff", path.Empty(), "set allow_early_removal = true, apply that first, then destroy."
	switch {
	case plan != nil && !replaced:
		allow, next = plan.AllowEarlyRemoval, "set allow_early_removal = true."
		if doing, at = plan.earlyChange(state); doing == "" {
			return
		}
	case r.coveredByOther(state):
		return
	case plan != nil:
		at = path.Root("permission_set_id")
	}
	if allow.ValueBool() || allow.IsUnknown() {
		return
	}
	until := "an unknown time (safe_to_remove_at)"
	if known {
		until = state.SafeToRemoveAt.ValueString() + " (safe_to_remove_at)"
	}
	detail := fmt.Sprintf("%s lets denied console sessions work again: they expire at %s. Nothing was changed.\n\n  Permission set: %s\n  Issued before:  %s\n\nWait until then. After a false alarm, %s",
		doing, until, state.label(), state.IssuedBefore.ValueString(), next)
	if at.Equal(path.Empty()) {
		diags.AddError("Removing the session cutoff is too early", detail)
		return
	}
	diags.AddAttributeError(at, "Removing the session cutoff is too early", detail)
}

// coveredByOther reports whether this run put another statement that denies at least as much:
// create_before_destroy destroys the old object after it was replaced.
func (r *sessionCutoffResource) coveredByOther(state sessionCutoffModel) bool {
	return r.data != nil && r.data.cutoffs != nil &&
		r.data.cutoffs.Covers(state.target(), cutoff.Statement{ID: state.StatementID.ValueString(), IssuedBefore: cutoff.RoundUp(state.time())})
}

// earlyChange returns how a change in place stops denying credentials, and the argument of the
// change; "" if it does not, or if that is not known yet.
func (m *sessionCutoffModel) earlyChange(state sessionCutoffModel) (doing string, at path.Path) {
	if m.Active.Equal(types.BoolValue(false)) {
		return "active = false", path.Root("active")
	}
	planned, known := timeOfState(m.IssuedBefore)
	if !known || !cutoff.RoundUp(planned).Before(cutoff.RoundUp(state.time())) {
		return "", path.Empty()
	}
	return fmt.Sprintf("Moving issued_before from %s to %s", state.IssuedBefore.ValueString(), m.IssuedBefore.ValueString()), path.Root("issued_before")
}

// warnPlannedCutoff warns about a cutoff that denies nothing, or too much, or the provider
// itself. What cannot be read is not reported.
func (r *sessionCutoffResource) warnPlannedCutoff(ctx context.Context, plan sessionCutoffModel, diags *diag.Diagnostics) {
	if r.data == nil || r.data.client == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, cutoffPlanTimeout)
	defer cancel()
	if temporary, _ := r.data.client.TemporaryKeys(ctx); temporary {
		diags.AddWarning("The provider uses temporary credentials",
			"If they were issued through this permission set before issued_before, the cutoff denies them too and the apply cannot finish. Use credentials that do not come from it.")
	}
	issuedBefore, known := timeOfState(plan.IssuedBefore)
	if !known || plan.InstanceID.IsUnknown() || plan.PermissionSetID.IsUnknown() {
		return
	}
	now := time.Now()
	if issuedBefore.After(now.Add(time.Hour)) {
		diags.AddAttributeWarning(path.Root("issued_before"), fmt.Sprintf("The cutoff of %s denies new sessions too", plan.label()),
			fmt.Sprintf("issued_before is in the future: %s. Until then, new console sessions are denied everything. Check issued_before.", plan.IssuedBefore.ValueString()))
		return
	}
	set, _, err := r.data.client.PermissionSet(ctx, plan.InstanceID.ValueString(), plan.PermissionSetID.ValueString())
	if err != nil {
		return // The apply reports it.
	}
	if duration, err := useraccess.SessionDuration(set); err == nil && !now.Before(cutoff.RoundUp(issuedBefore).Add(duration)) {
		diags.AddAttributeWarning(path.Root("issued_before"), fmt.Sprintf("The cutoff of %s denies nothing", set.Name),
			fmt.Sprintf("All credentials from before %s (issued_before) have expired: the session duration is %s. Check issued_before.", plan.IssuedBefore.ValueString(), duration))
	}
}

// warnMovingTime warns about issued_before = timestamp(), which moves in every apply: the
// value is unknown although no lock of this run explains it, and the recorded one was the
// time of its apply.
func (r *sessionCutoffResource) warnMovingTime(config, state sessionCutoffModel, notes cutoffNotes, diags *diag.Diagnostics) {
	if !config.IssuedBefore.IsUnknown() || !notes.NearNow || notes.Inactive || !state.Active.ValueBool() || r.data == nil || r.data.lockedAtUnknown.Load() {
		return
	}
	diags.AddAttributeWarning(path.Root("issued_before"), "Every apply may move the session cutoff",
		fmt.Sprintf("issued_before is known only in the apply, as with timestamp(), and was the time of the last apply (%s). "+
			"Remove issued_before: the time of the first apply is then kept.", state.IssuedBefore.ValueString()))
}

// addClockWarning warns that the Date header of the API did not set the cutoff time.
func addClockWarning(diags *diag.Diagnostics, problem string) {
	diags.AddAttributeWarning(path.Root("issued_before"), "The local clock set the cutoff time",
		capital(problem)+".\n\nCheck the clock of this machine and the proxy, or set issued_before.")
}

// addMissingSetWarning says that a permission set does not exist any more.
func addMissingSetWarning(diags *diag.Diagnostics, state sessionCutoffModel) {
	diags.AddWarning(fmt.Sprintf("Permission set %s no longer exists", state.label()),
		fmt.Sprintf("Instance %s no longer has this permission set, so its policy is gone too. The cutoff is removed from the state. Remove it from the configuration too.", state.InstanceID.ValueString()))
}

// createFailed says what holds after a creation that failed.
func createFailed(outcome cutoff.Outcome) string {
	if !outcome.Written {
		return "The statement was not added to the policy."
	}
	return "The statement may be in the policy, and is not confirmed in every account: console sessions may still work. " +
		"The cutoff is in the state with active = false, and is tainted.\n\n" +
		"Apply again: the replacement removes the statement and adds a new one. To keep this statement, run terraform untaint with the address of the resource first."
}

// halfReplaced says what holds when the replacement of a cutoff removed the old statement
// and did not get further.
const halfReplaced = "The replacement removed the old statement from the policy. Accounts keep it until the permission set is provisioned: apply again."

// updateFailed says what holds after an update that failed.
func updateFailed(outcome cutoff.Outcome, plan, state sessionCutoffModel) string {
	if outcome.Written {
		return fmt.Sprintf("The policy may have been changed, and the statement is not confirmed in every account: console sessions may still work. "+
			"The cutoff is in the state with issued_before = %s and active = false. Apply again.", plan.IssuedBefore.ValueString())
	}
	return fmt.Sprintf("The policy was not changed. The cutoff is still in the state with issued_before = %s and active = %t. Apply again.",
		state.IssuedBefore.ValueString(), state.Active.ValueBool())
}

// removeFailed says what holds after a removal that failed; next ends it.
func removeFailed(outcome cutoff.Outcome, next string) string {
	if outcome.Written {
		return "The statement may have been removed from the policy; accounts that were not provisioned still deny. " + next
	}
	return "The policy was not changed. " + next
}
