// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/userlock"
)

// lockFailure is a failed operation on a lock or a logout, for one diagnostic.
type lockFailure struct {
	// summary is the outcome, with %s for the user.
	summary string
	request userlock.Request
	outcome userlock.Outcome
	reason  types.String
	// next describes what is recorded and what the next run does.
	next string
	// holds replaces the description of the outcome unless it is empty.
	holds string
	// gone is true if the user is confirmed to be missing from the identity store.
	gone bool
}

// add adds one error for all failed steps. The first one has all facts.
func (f lockFailure) add(diags *diag.Diagnostics, err error) {
	cause, doing, others := err, "The operation failed", []*userlock.StepError(nil)
	var failed *userlock.FailedError
	if errors.As(err, &failed) {
		first := failed.Steps[0]
		cause, doing, others = first.Err, capital(first.Doing)+" failed", failed.Steps[1:]
	}
	class := classify(cause, []string{"user_id", "identity_store_id"})
	why := strings.TrimSpace(doing + ": " + lowerFirst(class.summary) + ". " + class.why())
	for _, step := range others {
		why += "\n" + describeStep(step)
	}
	if f.gone {
		class.nextStep = ""
	}
	holds := cmp.Or(f.holds, f.outcome.Describe(lockedUser(f.request, f.outcome)))
	at := class.attribute
	if at.Equal(path.Empty()) {
		at = path.Root("user_id")
	}
	detail := paragraphs(why, strings.TrimSpace(holds+" "+f.next+reasonLine(f.reason)), class.detail(""))
	diags.AddAttributeError(at, fmt.Sprintf(f.summary, lockedUser(f.request, f.outcome)), transport.PrintableLines(detail, maxDetail))
}

// describeStep describes an additional failed step in one sentence.
func describeStep(step *userlock.StepError) string {
	text := capital(step.Doing) + " failed too: " + lowerFirst(classify(step.Err, nil).summary)
	var refusal *transport.Error
	if errors.As(step, &refusal) && refusal.RequestID != "" {
		text += ", request ID " + transport.Printable(refusal.RequestID, transport.LongestID)
	}
	return text + "."
}

// userIsGone reports whether the identity store exists and lacks the user, or adds an error.
func (f lockFailure) userIsGone(ctx context.Context, data *providerData, diags *diag.Diagnostics) bool {
	gone, err := data.client.UserGone(ctx, f.request.IdentityStoreID, f.request.UserID)
	if err != nil {
		f.holds = "The API does not find the user, but it could not be confirmed that the identity store exists."
		f.add(diags, err)
	}
	return gone
}

// lockedUser returns the name of the user, or the ID if the user was not read.
func lockedUser(request userlock.Request, outcome userlock.Outcome) string {
	return cmp.Or(outcome.UserName, transport.Printable(request.UserID, transport.LongestID))
}

// reasonLine is a sentence with the reason; "" without one.
func reasonLine(reason types.String) string {
	if reason.ValueString() == "" {
		return ""
	}
	return "\n\nReason for the lock: " + transport.Printable(reason.ValueString(), transport.LongestText)
}

// sessionsWere returns a number of sessions with its verb: "1 session was".
func sessionsWere(n int) string {
	if n == 1 {
		return "1 session was"
	}
	return revocation.Count(n) + " were"
}

// lowerFirst makes the first letter of a text lower case, unless it begins an abbreviation.
func lowerFirst(text string) string {
	runes := []rune(text)
	if len(runes) > 1 && unicode.IsUpper(runes[0]) && !unicode.IsUpper(runes[1]) {
		runes[0] = unicode.ToLower(runes[0])
	}
	return string(runes)
}

func addLockCreatedUnlocked(diags *diag.Diagnostics) {
	diags.AddAttributeError(path.Root("locked"), "A lock cannot be created unlocked",
		"locked is false, and there is no lock in the state that could be unlocked.\n\nSet locked = true, or remove the resource.")
}

func addLockConflict(diags *diag.Diagnostics, userID string) {
	diags.AddError("The plan locks and enables the same user",
		fmt.Sprintf("One lock of user %s ends, which enables the user, and another one stays or is created. Nothing was changed.\n\n"+
			"- If the lock has a new name, add a moved block.\n"+
			"- If a deposed object of create_before_destroy is destroyed, run terraform state rm for the lock, and import it again.\n"+
			"- Else set enable_on_destroy = false for the one that is destroyed and apply that first, or end both.", userID))
}

// brokenLock is the warning for a lock that did not hold when it was read.
const brokenLock = "When the lock was last checked, the user was enabled or had a session."

// warnUserStays warns that a destroy does not enable the user. verb is "will be" in a plan and "is"
// after the destroy, which reads nothing.
func (r *userLockResource) warnUserStays(state userLockModel, mark destroyMark, verb string, diags *diag.Diagnostics) {
	userID, left := shown(state.UserID), "disabled"
	why := "The lock is destroyed. The user was disabled when last read. To have a destroy enable the user, set enable_on_destroy = true and apply that first."
	switch {
	case !state.Locked.ValueBool():
		left, why = "unchanged", brokenLock+" Destroying the lock does not change the user. To lock the user again, apply instead."
	case mark.SuccessorUnknown:
		why = "The lock is replaced, and it is not known yet which user is locked next. The user stays disabled, also with enable_on_destroy."
	}
	diags.AddWarning(fmt.Sprintf("User %s %s left %s", userID, verb, left), fmt.Sprintf("%s%s To enable the user later, use the console or KooCLI:\n\n"+
		"  hcloud IdentityCenterStore EnableUser --cli-region=%s --identity_store_id=%s --user_id=%s",
		why, reasonLine(state.Reason), shellWord(r.data.region), shellWord(shown(state.IdentityStoreID)), shellWord(userID)))
}

// warnUserLockedElsewhere warns that the same run disables the user.
func warnUserLockedElsewhere(diags *diag.Diagnostics, userID string, err error) {
	why := "the same run locked the user with another lock"
	if errors.Is(err, userlock.ErrDisabledInThisRun) {
		why = "the same run destroys an identitycenter_user_logout_on_destroy with disable_user = true"
	}
	diags.AddWarning(fmt.Sprintf("User %s is left disabled", userID), fmt.Sprintf("The lock of user %s is destroyed, but %s.", userID, why))
}

// addLockWarnings warns about what a lock that holds does not cover.
func addLockWarnings(diags *diag.Diagnostics, request userlock.Request, outcome userlock.Outcome, reason types.String) {
	if outcome.Unverified != nil {
		warnUnverified(diags, request, outcome, reason)
	}
	if outcome.Provisioned() {
		diags.AddAttributeWarning(path.Root("user_id"), fmt.Sprintf("User %s is provisioned by SCIM", lockedUser(request, outcome)),
			"The next synchronization of the identity provider may enable the user again. Disable the user in the identity provider too.\n\n"+
				"Whether a disabled user can still log in through an identity provider is not documented by Huawei Cloud.")
	}
	if outcome.ClockProblem != "" {
		diags.AddAttributeWarning(path.Root("locked_at"), "locked_at is the time of this machine",
			capital(outcome.ClockProblem)+".\n\nCheck that the local clock is right before you use locked_at for a session cutoff.")
	}
}

// warnUnverified warns that the sessions of a disabled user were not listed.
func warnUnverified(diags *diag.Diagnostics, request userlock.Request, outcome userlock.Outcome, reason types.String) {
	remedy := ""
	if !outcome.Listed || outcome.Open > 0 {
		remedy = " To end them, enable the user and apply at once."
	}
	diags.AddWarning(fmt.Sprintf("Sessions of user %s were not verified", lockedUser(request, outcome)),
		describeUnverified(outcome)+remedy+reasonLine(reason)+"\n\n"+describe(outcome.Unverified))
}

// describeUnverified describes which sessions of a disabled user may be open.
func describeUnverified(outcome userlock.Outcome) string {
	left := fmt.Sprintf("%s ended before. Others may be open until they expire, such as one that began just before the user was disabled.", sessionsWere(outcome.Ended))
	switch {
	case !outcome.Listed:
		left = "No session was listed: sessions that began before may be open until they expire."
	case outcome.Open > 0:
		left = fmt.Sprintf("%s ended before. Listed and not ended, so that they may be open until they expire: %s.",
			sessionsWere(outcome.Ended), revocation.Count(outcome.Open))
	}
	return "The user is disabled. The API refuses to list the sessions of the disabled user. " + left
}

// warnLockBroken warns that a lock does not hold, or did not when it was last read.
func warnLockBroken(diags *diag.Diagnostics, request userlock.Request, outcome userlock.Outcome, reason types.String) {
	const next = "The next apply locks the user again, unless locked = false."
	what := fmt.Sprintf("User %s is enabled. %s", request.UserID, next)
	switch {
	case outcome.Status == userlock.Disabled && outcome.Left > 0:
		what = fmt.Sprintf("User %s is disabled, but has %s. The next apply ends them, unless locked = false.", request.UserID, revocation.Count(outcome.Left))
	case outcome.Status == userlock.Disabled && outcome.Unverified != nil:
		what = fmt.Sprintf("%s User %s is disabled now, and the sessions could not be listed. %s", brokenLock, request.UserID, next)
	case outcome.Status == userlock.Disabled:
		what = fmt.Sprintf("%s User %s is disabled now, and has no session. %s", brokenLock, request.UserID, next)
	}
	diags.AddWarning(fmt.Sprintf("User %s is no longer locked", lockedUser(request, outcome)),
		what+reasonLine(reason)+"\n\nThe apply sets a new locked_at. Move session cutoffs of the user to it: console sessions may have been opened since the old one.")
}
