// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/cutoff"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/useraccess"
)

// refuseEarlyRemoval adds an error if the plan removes a statement, or moves it to an earlier time,
// before the denied credentials have expired. plan is nil for a destroy. For a destroy and a
// replacement, allow_early_removal in the state counts; for changes in place, that in the
// configuration. Unknown values are checked in the apply.
func (r *sessionCutoffResource) refuseEarlyRemoval(plan *sessionCutoffModel, state sessionCutoffModel, replaced bool, diags *diag.Diagnostics) {
	safe, known := timeOfState(state.SafeToRemoveAt)
	if !state.Active.ValueBool() || known && !time.Now().Before(safe) {
		return
	}
	allow, doing, at, next := state.AllowEarlyRemoval, "Destroying the cutoff", path.Root("allow_early_removal"), "set allow_early_removal = true, apply that first, then destroy."
	switch {
	case plan != nil && !replaced:
		allow, next = plan.AllowEarlyRemoval, "set allow_early_removal = true."
		if doing, at = plan.earlyChange(state); doing == "" {
			return
		}
	case r.data != nil && r.data.cutoffs != nil &&
		r.data.cutoffs.Covers(state.target(), cutoff.Statement{ID: state.StatementID.ValueString(), IssuedBefore: cutoff.RoundUp(state.time())}):
		return // create_before_destroy destroys the old object after it was replaced.
	case plan != nil:
		at = path.Root("permission_set_id")
	}
	if allow.ValueBool() || allow.IsUnknown() {
		return
	}
	diags.AddAttributeError(at, "Removing the session cutoff is too early", fmt.Sprintf("%s lets denied console sessions work again: they expire at %s (safe_to_remove_at). Nothing was changed.\n\n  Permission set: %s\n  Issued before:  %s\n\nWait until then. After a false alarm, %s",
		doing, cmp.Or(shown(state.SafeToRemoveAt), "an unknown time"), state.label(), state.IssuedBefore.ValueString(), next))
}

// earlyChange returns how a change in place stops denying credentials; "" if it does not.
func (m *sessionCutoffModel) earlyChange(state sessionCutoffModel) (doing string, at path.Path) {
	if isFalse(m.Active) {
		return "active = false", path.Root("active")
	}
	planned, known := timeOfState(m.IssuedBefore)
	if !known || !cutoff.RoundUp(planned).Before(cutoff.RoundUp(state.time())) {
		return "", path.Empty()
	}
	return fmt.Sprintf("Moving issued_before from %s to %s", state.IssuedBefore.ValueString(), m.IssuedBefore.ValueString()), path.Root("issued_before")
}

// warnPlannedCutoff warns about a cutoff that denies nothing, too much, or the provider itself.
func (r *sessionCutoffResource) warnPlannedCutoff(ctx context.Context, plan sessionCutoffModel, diags *diag.Diagnostics) {
	if r.data == nil || r.data.client == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, previewTimeout)
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

// warnMovingTime warns about issued_before = timestamp(). It detects an unknown value that no lock
// of this run explains, if the recorded one was the time of its apply.
func (r *sessionCutoffResource) warnMovingTime(config, state sessionCutoffModel, notes cutoffNotes, diags *diag.Diagnostics) {
	if !config.IssuedBefore.IsUnknown() || !notes.NearNow || notes.Inactive || !state.Active.ValueBool() || r.data == nil || r.data.lockedAtUnknown.Load() {
		return
	}
	diags.AddAttributeWarning(path.Root("issued_before"), "Every apply may move the session cutoff",
		fmt.Sprintf("issued_before is known only in the apply, as with timestamp(), and was the time of the last apply (%s). "+
			"Remove issued_before: the time of the first apply is then kept.", state.IssuedBefore.ValueString()))
}

// createFailed describes the situation after a failed creation.
func createFailed(outcome cutoff.Outcome) string {
	if !outcome.Written {
		return "The statement was not added to the policy."
	}
	return "The statement may be in the policy, and is not confirmed in every account: console sessions may still work. " +
		"The cutoff is in the state with active = false, and is tainted.\n\n" +
		"Apply again: the replacement removes the statement and adds a new one. To keep this statement, run terraform untaint with the address of the resource first."
}

// halfReplaced describes the situation after a replacement that only removed the old statement.
const halfReplaced = "The replacement removed the old statement from the policy. Accounts keep it until the permission set is provisioned: apply again."

func updateFailed(outcome cutoff.Outcome, plan, state sessionCutoffModel) string {
	if outcome.Written {
		return fmt.Sprintf("The policy may have been changed, and the statement is not confirmed in every account: console sessions may still work. "+
			"The cutoff is in the state with issued_before = %s and active = false. Apply again.", plan.IssuedBefore.ValueString())
	}
	return fmt.Sprintf("The policy was not changed. The cutoff is still in the state with issued_before = %s and active = %t. Apply again.",
		state.IssuedBefore.ValueString(), state.Active.ValueBool())
}

// removeFailed describes the situation after a failed removal. next is its last sentence.
func removeFailed(outcome cutoff.Outcome, next string) string {
	if outcome.Written {
		return "The statement may have been removed from the policy; accounts that were not provisioned still deny. " + next
	}
	return "The policy was not changed. " + next
}
