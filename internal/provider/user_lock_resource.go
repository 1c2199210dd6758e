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
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/userlock"
)

var _ plannedResource = (*userLockResource)(nil)

// defaultLockTimeout is that of each operation on a lock or a logout.
const defaultLockTimeout = 5 * time.Minute

// userLockResource keeps a user out while it exists.
type userLockResource struct{ configuredResource }

type userLockModel struct {
	IdentityStoreID  types.String      `tfsdk:"identity_store_id"`
	UserID           types.String      `tfsdk:"user_id"`
	EnableOnDestroy  types.Bool        `tfsdk:"enable_on_destroy"`
	Locked           types.Bool        `tfsdk:"locked"`
	LockedAt         timetypes.RFC3339 `tfsdk:"locked_at"`
	SessionsVerified types.Bool        `tfsdk:"sessions_verified"`
	RequestIDs       types.List        `tfsdk:"request_ids"`
	Timeouts         timeouts.Value    `tfsdk:"timeouts"`
}

func (r *userLockResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user_lock"
}

func (r *userLockResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Keeps an IAM Identity Center user out: ends all sessions of the user portal, disables the user, ends sessions that began in between, and verifies. " +
			"While the lock exists, every plan checks that it holds. Consoles that are already open are not closed.",
		Attributes: map[string]schema.Attribute{
			"identity_store_id": replacingID("The identity store of the user, as `data.identitycenter_instance` returns it. 1 to 64 characters. " +
				"Changing this forces replacement, which locks the user of the new store."),
			"user_id": replacingID("The user to keep out, as `data.identitycenter_user` returns it. 1 to 64 characters. " +
				"Changing this forces replacement: the new user is locked, and the one before is treated as by a destroy."),
			"enable_on_destroy": schema.BoolAttribute{
				Optional: true,
				Computed: true,
				Default:  booldefault.StaticBool(false),
				MarkdownDescription: "Whether destroying the lock enables the user. Default `false`: the user stays disabled, and the destroy shows the command that enables the user. " +
					"What counts is the value in the state: set it, apply, then destroy. Changing this makes no request.",
			},
			"locked": keptBool("Whether the user is disabled and, as far as the API lists them then, has no session. When somebody enables the user it becomes `false`, and the next apply locks the user again."),
			"locked_at": keptTime("When the user was seen disabled and the last session seen ended, in UTC (RFC 3339), by the server's clock and rounded up to the next second: " +
				"a cutoff at this moment reaches every console that the user opened before. After an import, when both were first seen; " +
				"with `sessions_verified = false`, when the user was seen disabled, and sessions that are left may open consoles after it."),
			"sessions_verified": keptBool("Whether the sessions were listed while the user is disabled, and none was left. " +
				"`false` when the API refuses to list the sessions of a disabled user."),
			"request_ids": keptTexts("The request IDs of all responses of the last locking, in order. Search for them in the Cloud Trace Service (CTS)."),
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.Block(ctx, timeouts.Opts{
				Create:            true,
				CreateDescription: "How long locking may take, with all retries, as a duration such as `30s` or `10m`. Default `5m`.",
				Read:              true,
				ReadDescription:   "How long checking the lock may take. Default `5m`.",
				Update:            true,
				UpdateDescription: "How long locking again may take. Default `5m`.",
				Delete:            true,
				DeleteDescription: "How long enabling the user may take, with `enable_on_destroy`. Default `5m`.",
			}),
		},
	}
}

func (r *userLockResource) ValidateConfig(_ context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	validateTimeouts(readWire(req.Config.Raw, &resp.Diagnostics), &resp.Diagnostics)
}

// ModifyPlan plans a lock that holds, whatever was read, and says what becomes of a
// user whose lock ends.
func (r *userLockResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.data == nil {
		return
	}
	var state userLockModel
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	request := lockRequest(ctx, state.IdentityStoreID, state.UserID)
	lockedInThisRun := r.data.locks.Locked(request.IdentityStoreID, request.UserID)
	mark := markDestroy(ctx, req, resp, lockedInThisRun, "identity_store_id", "user_id")
	if resp.Diagnostics.HasError() {
		return
	}
	if !req.State.Raw.IsNull() {
		r.planEnd(state, mark, request, &resp.Diagnostics)
	}
	if req.Plan.Raw.IsNull() {
		return
	}

	if !state.Locked.ValueBool() {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("locked"), true)...)
		r.data.lockedAtUnknown.Store(true)
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("locked_at"), timetypes.NewRFC3339Unknown())...)
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("sessions_verified"), types.BoolUnknown())...)
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("request_ids"), types.ListUnknown(types.StringType))...)
	}
	if req.State.Raw.IsNull() || !mark.Ends() && !mark.SuccessorUnknown {
		r.planStanding(ctx, req, &resp.Diagnostics)
	}
}

// planEnd says what becomes of the user of a lock that is destroyed, or replaced by
// one of another user.
func (r *userLockResource) planEnd(state userLockModel, mark destroyMark, request userlock.Request, diags *diag.Diagnostics) {
	enables := state.EnableOnDestroy.ValueBool()
	switch {
	case mark.Ends() && enables:
		diags.AddWarning("Destroying a lock enables the user",
			fmt.Sprintf("Destroying the lock of user %s of identity store %s enables the user, as enable_on_destroy = true stands in the state. "+
				"Locks through another alias of the provider, or in another folder, are not seen.", request.UserID, request.IdentityStoreID))
		if r.data.locks.PlanUnlock(request.IdentityStoreID, request.UserID) {
			addLockConflict(diags, request)
		}
	case !state.Locked.ValueBool() && (mark.Ends() || mark.SuccessorUnknown):
		diags.AddWarning("Destroying a lock that does not hold leaves the user as is",
			fmt.Sprintf("The lock of user %s of identity store %s %s Destroying it changes nothing of that. To have the user out, apply instead. %s",
				request.UserID, request.IdentityStoreID, state.notHolding(), r.howToEnable(request)))
	case mark.SuccessorUnknown:
		diags.AddWarning("Destroying a lock leaves the user disabled",
			fmt.Sprintf("Which user is locked next is not known before the apply. Replacing the lock of user %s of identity store %s leaves the user disabled, whatever enable_on_destroy says. %s",
				request.UserID, request.IdentityStoreID, r.howToEnable(request)))
	case mark.Ends():
		diags.AddWarning("Destroying a lock leaves the user disabled",
			fmt.Sprintf("Destroying the lock of user %s of identity store %s leaves the user disabled. To have the destroy enable the user, set enable_on_destroy = true and apply that first. %s", request.UserID, request.IdentityStoreID, r.howToEnable(request)))
	}
}

// planStanding refuses a plan that creates or keeps a lock of a user and enables the same
// one. The other lock may also be what a replacement with create_before_destroy left that
// was not finished, which is then destroyed like any other.
func (r *userLockResource) planStanding(ctx context.Context, req resource.ModifyPlanRequest, diags *diag.Diagnostics) {
	var identityStoreID, userID types.String
	diags.Append(req.Plan.GetAttribute(ctx, path.Root("identity_store_id"), &identityStoreID)...)
	diags.Append(req.Plan.GetAttribute(ctx, path.Root("user_id"), &userID)...)
	if identityStoreID.IsUnknown() || userID.IsUnknown() {
		return
	}
	if r.data.locks.PlanLock(identityStoreID.ValueString(), userID.ValueString()) {
		addLockConflict(diags, userlock.Request{IdentityStoreID: identityStoreID.ValueString(), UserID: userID.ValueString()})
	}
}

// addLockConflict is the error of a plan that would enable a user of whom a lock stands
// after it.
func addLockConflict(diags *diag.Diagnostics, request userlock.Request) {
	diags.AddError("The plan locks and enables the same user",
		fmt.Sprintf("A lock of user %s of identity store %s is destroyed, which enables the user as enable_on_destroy = true stands in its state, and another one stays or is created. Nothing was changed.\n\n"+
			"If the lock has only a new name, say so with a moved block. If the one to be destroyed is a deposed object, which a replacement with create_before_destroy left, "+
			"take the lock out of the state with terraform state rm, and import it. Else set enable_on_destroy = false for the one to be destroyed and apply that first, or destroy both.",
			request.UserID, request.IdentityStoreID))
}

func (r *userLockResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan userLockModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	bound, cancel := withTimeout(ctx, req.Plan.Raw, "create", defaultLockTimeout, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() || !r.data.ready(&resp.Diagnostics) {
		return
	}
	// A lock that failed is not recorded: with a state it would be tainted, and
	// prevent_destroy would stop the next apply.
	r.lock(bound, plan, "Nothing is recorded; the next apply locks the user from the beginning.", &resp.State, &resp.Diagnostics)
}

// lock locks the user and records a lock that stands.
func (r *userLockResource) lock(ctx context.Context, plan userLockModel, next string, state *tfsdk.State, diags *diag.Diagnostics) {
	request := lockRequest(ctx, plan.IdentityStoreID, plan.UserID)
	outcome, err := r.data.locks.Lock(ctx, r.data.client, request)
	switch {
	case errors.Is(err, userlock.ErrUserNotFound) && r.data.client.StoreAnswers(ctx, request.IdentityStoreID) == nil:
		addLockedUserGone(diags, err, request, outcome)
		return
	case err != nil:
		addLockError(diags, err, outcome.Holds(request.UserID)+" "+next)
		return
	}
	addLockWarnings(diags, request, outcome)
	diags.Append(plan.record(ctx, outcome)...)
	diags.Append(state.Set(ctx, plan)...)
}

// record fills in what the resource computes of a lock that stands.
func (m *userLockModel) record(ctx context.Context, outcome userlock.Outcome) diag.Diagnostics {
	ids, diags := types.ListValueFrom(ctx, types.StringType, append([]string{}, outcome.RequestIDs...))
	m.Locked = types.BoolValue(true)
	m.LockedAt = timetypes.NewRFC3339TimeValue(outcome.At)
	m.SessionsVerified = types.BoolValue(outcome.Unverified == nil)
	m.RequestIDs = ids
	return diags
}

// addLockError adds one error for each step that failed. What holds now is said
// with the last.
func addLockError(diags *diag.Diagnostics, err error, holds string) {
	var failed *userlock.FailedError
	if !errors.As(err, &failed) {
		diags.AddError("Unexpected error", err.Error()+"\n\n"+holds)
		return
	}
	for i, step := range failed.Steps {
		op := operation{doing: step.Doing, attributes: []string{"user_id", "identity_store_id"}}
		if i == len(failed.Steps)-1 {
			op.done = holds
		}
		if errors.Is(step, userlock.ErrUserNotFound) {
			diags.AddAttributeError(path.Root("user_id"), "User not found",
				strings.TrimSpace(fmt.Sprintf("%s failed.\n\n%s\n\n%s", capital(step.Doing), explain(step.Err, op.attributes...), op.done)))
			continue
		}
		addError(diags, op, step.Err)
	}
}

// addLockedUserGone is the error of a lock of a user whom the identity store certainly
// does not have: no other apply can lock them.
func addLockedUserGone(diags *diag.Diagnostics, err error, request userlock.Request, outcome userlock.Outcome) {
	ended := ""
	if outcome.Ended > 0 {
		ended = fmt.Sprintf("\n\nBefore the user went, %s ended.", subject(outcome.Ended, "session", "was", "were"))
	}
	diags.AddAttributeError(path.Root("user_id"), "User not found",
		fmt.Sprintf("Locking user %s failed.\n\n%s\n\n%s If the user was deleted, remove the lock from the configuration. Else check user_id for typing errors.%s",
			request.UserID, describe(err), noSuchUser(request.IdentityStoreID, request.UserID), ended))
}

// addLockWarnings says what a lock that stands leaves open.
func addLockWarnings(diags *diag.Diagnostics, request userlock.Request, outcome userlock.Outcome) {
	if outcome.Unverified != nil {
		diags.AddWarning(fmt.Sprintf("The sessions of user %s could not be verified", request.UserID),
			fmt.Sprintf("User %s is disabled, and %s\n\n%s", request.UserID, leftOpen(outcome), describe(outcome.Unverified)))
	}
	if outcome.Provisioned() {
		diags.AddAttributeWarning(path.Root("user_id"), fmt.Sprintf("User %s is provisioned by an identity provider", request.UserID),
			"The user was created by SCIM: the next synchronization may enable the user again. Disable the user in the identity provider too. "+
				"Whether a federated user is kept out by being disabled here is not documented.")
	}
}

// leftOpen says of a user who is disabled, and whose sessions the API does not list, which
// sessions may be open, and what ends them.
func leftOpen(outcome userlock.Outcome) string {
	const refuses = "the API refuses to list the sessions of a disabled user"
	const remedy = " To end them, enable the user and apply at once: that ends the sessions and disables the user again."
	switch ended := subject(outcome.Ended, "session", "was", "were") + " ended"; {
	case !outcome.Listed:
		return refuses + ": none could be listed or ended, and all that began before may be open until they expire." + remedy
	case outcome.Open > 0:
		return fmt.Sprintf("%s; then %s. Listed and not ended, so that they may be open until they expire: %s.", ended, refuses, revocation.Count(outcome.Open)) + remedy
	default:
		return fmt.Sprintf("%s; then %s. One that began in the moment before the user was disabled may live on until it expires.", ended, refuses)
	}
}

// unlisted says why the sessions of a user who is disabled were not listed: with what to
// do only where it is not for that the user is disabled.
func unlisted(err error) string {
	var refusal *transport.Error
	if errors.As(err, &refusal) && revocation.MayBeForDisabled(refusal) {
		return describe(err)
	}
	return explain(err)
}

// Read checks that the lock holds. It never finds that a lock holds again which did
// not: only an apply knows that nothing slipped in.
func (r *userLockResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state userLockModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	bound, cancel := withTimeout(ctx, req.State.Raw, "read", defaultLockTimeout, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() || !r.data.ready(&resp.Diagnostics) {
		return
	}
	request := lockRequest(ctx, state.IdentityStoreID, state.UserID)
	outcome, err := userlock.Look(bound, r.data.client, request)
	switch {
	case errors.Is(err, userlock.ErrUserNotFound) && userIsGone(bound, r.data, request, &resp.Diagnostics):
		resp.Diagnostics.AddAttributeWarning(path.Root("user_id"), "The locked user is deleted",
			fmt.Sprintf("Identity store %s has no user %s any more. The lock is gone with the user. Remove the lock from the configuration: an apply that creates it again fails.", request.IdentityStoreID, request.UserID))
		resp.State.RemoveResource(ctx)
		return
	case resp.Diagnostics.HasError():
		return
	case err != nil:
		addLockError(&resp.Diagnostics, err, "")
		return
	}
	if outcome.Unverified != nil {
		tflog.Warn(ctx, "The sessions of a locked user could not be listed", map[string]any{"user_id": request.UserID, "error": outcome.Unverified.Error()})
	}

	state.compare(ctx, request, outcome, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// compare notes what was read of the user of a lock, and says where it differs from what
// was recorded.
func (m *userLockModel) compare(ctx context.Context, request userlock.Request, outcome userlock.Outcome, diags *diag.Diagnostics) {
	imported := m.Locked.IsNull()
	if outcome.Standing == userlock.Enabled || outcome.Left > 0 {
		m.Locked, m.SessionsVerified = types.BoolValue(false), types.BoolValue(false)
	} else if outcome.Left == 0 && !imported {
		m.SessionsVerified = types.BoolValue(true)
	}
	switch {
	case outcome.Standing == userlock.Enabled:
		diags.AddWarning("A lock does not hold",
			fmt.Sprintf("User %s of identity store %s is enabled. An apply disables the user again.", request.UserID, request.IdentityStoreID))
	case outcome.Left > 0:
		diags.AddWarning("A lock does not hold",
			fmt.Sprintf("User %s of identity store %s is disabled but has %s. An apply ends them.", request.UserID, request.IdentityStoreID, revocation.Count(outcome.Left)))
	case imported:
		diags.Append(m.record(ctx, outcome)...)
	case !m.Locked.ValueBool():
		sessions := " and has no session"
		if outcome.Unverified != nil {
			sessions = ", and the sessions could not be listed"
		}
		diags.AddWarning("A lock was recorded as not holding",
			fmt.Sprintf("The lock of user %s of identity store %s was recorded as not holding: the user was enabled or had a session. The user is disabled now%s. "+
				"An apply locks again, as only that makes sure that nothing slipped in.", request.UserID, request.IdentityStoreID, sessions))
	}
}

// userIsGone makes sure that a user who was not found does not exist any more, and
// that it is not the identity store which was not found.
func userIsGone(ctx context.Context, data *providerData, request userlock.Request, diags *diag.Diagnostics) bool {
	gone, err := data.client.UserGone(ctx, request.IdentityStoreID, request.UserID)
	if err != nil {
		addError(diags, operation{
			doing:      fmt.Sprintf("looking for user %s in identity store %s, which does not seem to have the user any more,", request.UserID, request.IdentityStoreID),
			attributes: []string{"identity_store_id", "user_id"},
		}, err)
	}
	return gone
}

// Update locks again when the lock does not hold. Any other change makes no call.
func (r *userLockResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state userLockModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	bound, cancel := withTimeout(ctx, req.Plan.Raw, "update", defaultLockTimeout, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}
	if state.Locked.ValueBool() {
		resp.State.Raw = req.Plan.Raw
		return
	}
	if !r.data.ready(&resp.Diagnostics) {
		return
	}
	r.lock(bound, plan, "The next apply locks the user again.", &resp.State, &resp.Diagnostics)
}

// Delete leaves the user disabled, unless the state says enable_on_destroy. The
// destroying half of a replacement does nothing at all.
func (r *userLockResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state userLockModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	mark := readDestroyMark(ctx, req.Private, &resp.Diagnostics)
	bound, cancel := withTimeout(ctx, req.State.Raw, "delete", defaultLockTimeout, &resp.Diagnostics)
	defer cancel()
	request := lockRequest(ctx, state.IdentityStoreID, state.UserID)
	switch {
	case resp.Diagnostics.HasError(), !mark.Ends() && !mark.SuccessorUnknown:
		return
	case !state.EnableOnDestroy.ValueBool() || mark.SuccessorUnknown:
		r.addLeft(&resp.Diagnostics, state, request)
		return
	case !r.data.ready(&resp.Diagnostics):
		return
	}

	outcome, err := r.data.locks.Unlock(bound, r.data.client, request)
	switch {
	case errors.Is(err, userlock.ErrLockedInThisRun):
		resp.Diagnostics.AddWarning(fmt.Sprintf("User %s stays disabled", request.UserID),
			fmt.Sprintf("The lock of user %s of identity store %s is destroyed, but the same run locked the user with another lock. The user is not enabled.", request.UserID, request.IdentityStoreID))
	case errors.Is(err, userlock.ErrShutOutInThisRun):
		resp.Diagnostics.AddWarning(fmt.Sprintf("User %s is not enabled", request.UserID),
			fmt.Sprintf("The lock of user %s of identity store %s is destroyed, but the same run destroys an identitycenter_user_logout_on_destroy with disable_user = true, which disables the user. %s",
				request.UserID, request.IdentityStoreID, r.howToEnable(request)))
	case errors.Is(err, userlock.ErrUserNotFound) && userIsGone(bound, r.data, request, &resp.Diagnostics):
		resp.Diagnostics.AddWarning(fmt.Sprintf("User %s is already gone", request.UserID),
			fmt.Sprintf("Identity store %s has no user %s any more, so that there is nobody to enable.", request.IdentityStoreID, request.UserID))
	case resp.Diagnostics.HasError():
	case err != nil:
		addLockError(&resp.Diagnostics, err, outcome.Holds(request.UserID)+" The next destroy tries again.")
	default:
		resp.Diagnostics.AddWarning(fmt.Sprintf("User %s is enabled", request.UserID),
			fmt.Sprintf("The lock of user %s of identity store %s is destroyed and the user can log in again, as enable_on_destroy says. Request IDs: %s.",
				request.UserID, request.IdentityStoreID, strings.Join(outcome.RequestIDs, ", ")))
	}
}

// addLeft says that a destroy does not enable the user. Nothing is read for it, and another
// lock of the user may be destroyed in the same run: it says what was read last.
func (r *userLockResource) addLeft(diags *diag.Diagnostics, state userLockModel, request userlock.Request) {
	if !state.Locked.ValueBool() {
		diags.AddWarning(fmt.Sprintf("User %s is left as is", request.UserID),
			fmt.Sprintf("The lock of user %s of identity store %s is destroyed. It %s %s", request.UserID, request.IdentityStoreID, state.notHolding(), r.howToEnable(request)))
		return
	}
	diags.AddWarning(fmt.Sprintf("User %s is left disabled", request.UserID),
		fmt.Sprintf("The lock of user %s of identity store %s is destroyed. That does not enable the user, who was disabled when last read. %s", request.UserID, request.IdentityStoreID, r.howToEnable(request)))
}

// ImportState takes over the lock of a user who is disabled.
func (r *userLockResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	identityStoreID, userID, found := strings.Cut(req.ID, "/")
	if !found || !validID(identityStoreID) || !validID(userID) {
		resp.Diagnostics.AddError("Invalid import ID", fmt.Sprintf("The import ID of a lock is IDENTITY_STORE_ID/USER_ID; it is %q.", transport.Printable(req.ID, longestShown)))
		return
	}
	if !r.data.ready(&resp.Diagnostics) {
		return
	}
	bound, cancel := context.WithTimeoutCause(ctx, defaultLockTimeout, &timeoutError{after: defaultLockTimeout})
	defer cancel()
	request := userlock.Request{IdentityStoreID: identityStoreID, UserID: userID}
	outcome, err := userlock.Look(bound, r.data.client, request)
	switch {
	case err != nil:
		addLockError(&resp.Diagnostics, err, "")
		return
	case outcome.Standing != userlock.Disabled:
		resp.Diagnostics.AddError(fmt.Sprintf("User %s is enabled", userID),
			fmt.Sprintf("Only the lock of a user who is disabled can be imported, and user %s of identity store %s can log in. Create the lock instead, which disables the user.", userID, identityStoreID))
		return
	}
	if outcome.Unverified != nil {
		resp.Diagnostics.AddWarning(fmt.Sprintf("The sessions of user %s could not be verified", userID),
			fmt.Sprintf("User %s is disabled, but the sessions could not be listed: some may be alive. The lock is imported with sessions_verified = false.\n\n%s", userID, unlisted(outcome.Unverified)))
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("identity_store_id"), identityStoreID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("user_id"), userID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("enable_on_destroy"), false)...)
}

// lockRequest is whom a lock or a logout is about.
func lockRequest(ctx context.Context, identityStoreID, userID types.String) userlock.Request {
	return userlock.Request{IdentityStoreID: identityStoreID.ValueString(), UserID: userID.ValueString(), Report: logProgress(ctx)}
}

// notHolding says of a lock that does not hold what was recorded, and what was read last.
func (m *userLockModel) notHolding() string {
	const recorded = "was recorded as not holding: the user was enabled or had a session."
	if m.SessionsVerified.ValueBool() {
		return recorded + " The user was disabled and had no session when last read."
	}
	return recorded + " Whether that is still so is not recorded."
}

// howToEnable gives the command that enables a user.
func (r *userLockResource) howToEnable(request userlock.Request) string {
	return fmt.Sprintf("To enable the user later, use the console or KooCLI:\n\n"+
		"  hcloud IdentityCenterStore EnableUser --cli-region=%s --identity_store_id=%s --user_id=%s",
		shellWord(r.data.region), shellWord(request.IdentityStoreID), shellWord(request.UserID))
}
