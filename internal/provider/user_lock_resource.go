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
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/userlock"
)

var (
	_ resource.ResourceWithIdentity    = (*userLockResource)(nil)
	_ resource.ResourceWithImportState = (*userLockResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*userLockResource)(nil)
)

const defaultLockTimeout = 5 * time.Minute

// lockTiming is nil for the default; tests set it.
var lockTiming *userlock.Timing

// unlockedKey marks the private state of a lock that locked = false unlocked.
const unlockedKey = "unlocked"

type userLockResource struct{ configuredResource }

type userLockModel struct {
	IdentityStoreID     types.String   `tfsdk:"identity_store_id"`
	UserID              types.String   `tfsdk:"user_id"`
	Locked              types.Bool     `tfsdk:"locked"`
	EnableOnDestroy     types.Bool     `tfsdk:"enable_on_destroy"`
	Reason              types.String   `tfsdk:"reason"`
	LockedAt            types.String   `tfsdk:"locked_at"`
	SessionsVerified    types.Bool     `tfsdk:"sessions_verified"`
	RevokedSessionCount types.Int64    `tfsdk:"revoked_session_count"`
	Timeouts            timeouts.Value `tfsdk:"timeouts"`
}

type userLockIdentityModel struct {
	IdentityStoreID types.String `tfsdk:"identity_store_id"`
	UserID          types.String `tfsdk:"user_id"`
}

func (r *userLockResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"identity_store_id": identityschema.StringAttribute{RequiredForImport: true, Description: describeStoreID},
		"user_id":           identityschema.StringAttribute{RequiredForImport: true, Description: describeUserID},
	}}
}

func (r *userLockResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Locks an IAM Identity Center user: ends all portal sessions, disables the user and verifies both. Console sessions that are already open are not ended.",
		Attributes: map[string]schema.Attribute{
			"identity_store_id": resourceIdentityStoreIDAttribute(),
			"user_id":           resourceUserIDAttribute(),
			"locked": schema.BoolAttribute{
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(true),
				MarkdownDescription: "Whether the user is locked; `false` enables the user in place. Default `true`.",
			},
			"enable_on_destroy": schema.BoolAttribute{
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(false),
				MarkdownDescription: "Whether destroying the lock enables the user, as recorded in the state. Default `false`.",
			},
			"reason": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Why the user is locked, for example an incident number. Warnings and errors show it.",
				Validators:          []validator.String{stringvalidator.UTF8LengthBetween(1, 500)},
			},
			// A string without a custom type: terraform test fills in random text.
			"locked_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "When the user was locked, in UTC (RFC 3339), rounded up to the second. Use it as `issued_before` of a session cutoff.",
			},
			"sessions_verified": schema.BoolAttribute{
				Computed:            true,
				MarkdownDescription: "Whether the API confirmed that the disabled user has no session. `false` if it refuses to list the sessions of a disabled user.",
			},
			"revoked_session_count": schema.Int64Attribute{
				Computed:            true,
				MarkdownDescription: "The number of portal sessions that the last lock ended. Null after an import.",
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeoutsBlock(map[string]string{"create": "`5m`", "read": "`5m`", "update": "`5m`", "delete": "`5m`"}),
		},
	}
}

// ModifyPlan plans computed values, and warns what happens to a user whose lock ends.
func (r *userLockResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state, plan *userLockModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	unlocked := isUnlocked(ctx, req.Private, &resp.Diagnostics)
	lockedInThisRun := state != nil && r.data.locks.Locked(state.IdentityStoreID.ValueString(), state.UserID.ValueString())
	mark := markDestroy(ctx, req, resp, lockedInThisRun, "identity_store_id", "user_id")
	if resp.Diagnostics.HasError() {
		return
	}
	if state != nil && !unlocked {
		r.planEnd(*state, mark, &resp.Diagnostics)
	}
	switch {
	case plan == nil:
	case state == nil && isFalse(plan.Locked):
		addLockCreatedUnlocked(&resp.Diagnostics)
	case state != nil && (mark.Ends() || mark.SuccessorUnknown):
		// Terraform plans the creation in a separate call.
	default:
		r.planLock(ctx, state, plan, unlocked, resp)
	}
}

// planLock plans a lock that is created or updated in place.
func (r *userLockResource) planLock(ctx context.Context, state, plan *userLockModel, unlocked bool, resp *resource.ModifyPlanResponse) {
	if state != nil {
		plan.planComputed(*state, unlocked)
		resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
	}
	if plan.LockedAt.IsUnknown() {
		r.data.lockedAtUnknown.Store(true)
	}
	r.planConflict(state, *plan, unlocked, &resp.Diagnostics)
	if state == nil || plan.locks(*state) {
		r.data.refuseProtectedUserInPlan(ctx, plan.IdentityStoreID, plan.UserID, &resp.Diagnostics)
	}
}

// locks reports whether applying the plan may lock the user again.
func (m *userLockModel) locks(state userLockModel) bool {
	return !state.Locked.ValueBool() && !isFalse(m.Locked)
}

// planComputed plans the computed values, which change when the user is locked again.
func (m *userLockModel) planComputed(state userLockModel, unlocked bool) {
	if m.locks(state) {
		m.LockedAt, m.SessionsVerified, m.RevokedSessionCount = types.StringUnknown(), types.BoolUnknown(), types.Int64Unknown()
		return
	}
	m.keepComputed(state)
	if isFalse(m.Locked) && !state.Locked.ValueBool() && !unlocked {
		// The lock did not hold and the user is to be enabled. An update needs a difference.
		m.RevokedSessionCount = types.Int64Unknown()
	}
}

func (m *userLockModel) keepComputed(state userLockModel) {
	m.LockedAt, m.SessionsVerified, m.RevokedSessionCount = state.LockedAt, state.SessionsVerified, state.RevokedSessionCount
}

// planConflict refuses a plan that enables a user and also locks the user or keeps a lock.
func (r *userLockResource) planConflict(state *userLockModel, plan userLockModel, unlocked bool, diags *diag.Diagnostics) {
	if plan.IdentityStoreID.IsUnknown() || plan.UserID.IsUnknown() {
		return
	}
	conflict := false
	switch {
	case !isFalse(plan.Locked):
		conflict = r.data.locks.PlanLock(plan.IdentityStoreID.ValueString(), plan.UserID.ValueString())
	case state != nil && !unlocked:
		conflict = r.data.locks.PlanUnlock(plan.IdentityStoreID.ValueString(), plan.UserID.ValueString())
	}
	if conflict {
		addLockConflict(diags, plan.UserID.ValueString())
	}
}

// planEnd warns what happens to the user of a lock that is destroyed or changes its user.
func (r *userLockResource) planEnd(state userLockModel, mark destroyMark, diags *diag.Diagnostics) {
	switch {
	case mark.Ends() && state.EnableOnDestroy.ValueBool():
		diags.AddWarning(fmt.Sprintf("User %s will be enabled", shown(state.UserID)),
			fmt.Sprintf("The lock of user %s is destroyed, and enable_on_destroy is true in its state. Locks of the user in other folders, or of another alias of the provider, are not known here.%s",
				shown(state.UserID), reasonLine(state.Reason)))
		if r.data.locks.PlanUnlock(state.IdentityStoreID.ValueString(), state.UserID.ValueString()) {
			addLockConflict(diags, shown(state.UserID))
		}
	case mark.Ends() || mark.SuccessorUnknown:
		r.warnUserStays(state, mark, "will be", diags)
	}
}

func (r *userLockResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan userLockModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	// In a replacement, the planned private state may have the key of the old object.
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, unlockedKey, nil)...)
	bound, cancel := withTimeout(ctx, "create", plan.Timeouts.Create, defaultLockTimeout, &resp.Diagnostics)
	defer cancel()
	if isFalse(plan.Locked) {
		addLockCreatedUnlocked(&resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() || !r.data.ready(&resp.Diagnostics) {
		return
	}
	// A failed lock is not recorded: it would be tainted, and the next apply would destroy it
	// first.
	r.lock(bound, plan, "Nothing is recorded; the next apply locks the user from the beginning.", &resp.State, resp.Identity, &resp.Diagnostics)
}

// lock locks the user and records a lock that holds. next is the advice after a failure.
func (r *userLockResource) lock(ctx context.Context, plan userLockModel, next string, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	if r.data.refuseProtectedUser(ctx, plan.IdentityStoreID, plan.UserID, diags) {
		return
	}
	request := lockRequest(ctx, plan.IdentityStoreID, plan.UserID)
	outcome, err := r.data.locks.Lock(ctx, r.data.client, request)
	logLockOperation(ctx, "Locked a user", request, outcome, err)
	failure := lockFailure{summary: "User %s was not locked", request: request, outcome: outcome, reason: plan.Reason, next: next}
	if errors.Is(err, userlock.ErrUserNotFound) && r.data.client.StoreAnswers(ctx, request.IdentityStoreID) == nil {
		failure.holds = fmt.Sprintf("Identity store %s has no such user: the store answers, and does not know the user. Before, %s ended.",
			request.IdentityStoreID, sessionsWere(outcome.Ended))
		failure.gone, failure.next = true, "If the user was deleted, remove the lock from the configuration. Else check user_id for typing errors."
	}
	if err != nil {
		failure.add(diags, err)
		return
	}
	addLockWarnings(diags, request, outcome, plan.Reason)
	plan.record(outcome)
	plan.RevokedSessionCount = types.Int64Value(int64(outcome.Ended))
	diags.Append(identity.Set(ctx, plan.identity())...)
	diags.Append(state.Set(ctx, plan)...)
}

// record sets the computed values of a lock that holds.
func (m *userLockModel) record(outcome userlock.Outcome) {
	m.Locked = types.BoolValue(true)
	m.LockedAt = types.StringValue(outcome.At.Format(time.RFC3339))
	m.SessionsVerified = types.BoolValue(outcome.Unverified == nil)
}

func (m *userLockModel) identity() userLockIdentityModel {
	return userLockIdentityModel{IdentityStoreID: m.IdentityStoreID, UserID: m.UserID}
}

// Read checks that the lock holds. Only an apply restores a lock.
func (r *userLockResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state userLockModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
	unlocked := isUnlocked(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || unlocked || !r.data.ready(&resp.Diagnostics) {
		return
	}
	bound, cancel := withTimeout(ctx, "read", state.Timeouts.Read, defaultLockTimeout, &resp.Diagnostics)
	defer cancel()
	request := lockRequest(ctx, state.IdentityStoreID, state.UserID)
	outcome, err := userlock.Inspect(bound, r.data.client, request)
	failure := lockFailure{
		summary: "The lock of user %s was not checked", request: request, outcome: outcome, reason: state.Reason,
		next: "The state does not change. To plan without the check, use -refresh=false.",
	}
	switch {
	case errors.Is(err, userlock.ErrUserNotFound) && failure.userIsGone(bound, r.data, &resp.Diagnostics):
		resp.Diagnostics.AddAttributeWarning(path.Root("user_id"), fmt.Sprintf("Locked user %s was deleted", shown(state.UserID)),
			fmt.Sprintf("Identity store %s has no such user any more, so that there is nothing to lock.\n\nRemove the lock from the configuration.", shown(state.IdentityStoreID)))
		resp.State.RemoveResource(ctx)
	case resp.Diagnostics.HasError():
	case err != nil:
		failure.add(&resp.Diagnostics, err)
	default:
		state.compare(request, outcome, &resp.Diagnostics)
		resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	}
}

// compare records what was read, and warns if it differs from the state.
func (m *userLockModel) compare(request userlock.Request, outcome userlock.Outcome, diags *diag.Diagnostics) {
	recorded, imported := m.Locked.ValueBool(), m.Locked.IsNull()
	holds := outcome.Status == userlock.Disabled && outcome.Left <= 0
	switch {
	case !holds && imported: // Generated configuration must not have locked = false.
		m.SessionsVerified = types.BoolValue(false)
	case !holds:
		m.Locked, m.SessionsVerified = types.BoolValue(false), types.BoolValue(false)
	case imported:
		m.record(outcome)
	default:
		m.SessionsVerified = types.BoolValue(outcome.Unverified == nil)
	}
	if !holds || !recorded && !imported {
		warnLockBroken(diags, request, outcome, m.Reason)
	} else if outcome.Unverified != nil {
		warnUnverified(diags, request, outcome, m.Reason)
	}
}

// Update locks or enables the user. Any other change makes no call.
func (r *userLockResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state userLockModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
	unlocked := isUnlocked(ctx, req.Private, &resp.Diagnostics)
	bound, cancel := withTimeout(ctx, "update", plan.Timeouts.Update, defaultLockTimeout, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}
	lock, unlock := plan.locks(state), isFalse(plan.Locked) && !unlocked
	if (lock || unlock) && !r.data.ready(&resp.Diagnostics) {
		return
	}
	if lock {
		// From here on the user may be disabled: the next Read checks that.
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, unlockedKey, nil)...)
		r.lock(bound, plan, "The next apply locks the user again.", &resp.State, resp.Identity, &resp.Diagnostics)
		return
	}
	if unlock {
		if _, elsewhere := r.enable(bound, plan, "The next apply tries again.", &resp.Diagnostics); elsewhere != nil {
			resp.Diagnostics.AddAttributeError(path.Root("locked"), fmt.Sprintf("User %s was not enabled", plan.UserID.ValueString()),
				"Another resource disabled the user in the same run. Nothing was changed.\n\nRemove the other lock or set its locked = false too, and apply again.")
		}
		if resp.Diagnostics.HasError() {
			return
		}
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, unlockedKey, []byte("true"))...)
	}
	plan.keepComputed(state)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

// enable enables the user. It returns the name of the user, or "" if the user was not enabled.
// disabledBy is the error of another resource that disabled the user in this run.
func (r *userLockResource) enable(ctx context.Context, m userLockModel, next string, diags *diag.Diagnostics) (name string, elsewhere error) {
	request := lockRequest(ctx, m.IdentityStoreID, m.UserID)
	outcome, err := r.data.locks.Unlock(ctx, r.data.client, request)
	logLockOperation(ctx, "Enabled a user", request, outcome, err)
	failure := lockFailure{summary: "User %s was not enabled", request: request, outcome: outcome, reason: m.Reason, next: next}
	if outcome.Accepted || outcome.Uncertain {
		failure.summary = "User %s may be enabled"
	}
	switch {
	case errors.Is(err, userlock.ErrLockedInThisRun), errors.Is(err, userlock.ErrDisabledInThisRun):
		return "", err
	case errors.Is(err, userlock.ErrUserNotFound) && failure.userIsGone(ctx, r.data, diags):
		return "", nil // There is no user to enable.
	case err == nil:
		return lockedUser(request, outcome), nil
	case !diags.HasError():
		failure.add(diags, err)
	}
	return "", nil
}

// Delete leaves the user disabled unless enable_on_destroy is true in the state.
func (r *userLockResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state userLockModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	mark := readDestroyMark(ctx, req, &resp.Diagnostics, "identity_store_id", "user_id")
	unlocked := isUnlocked(ctx, req.Private, &resp.Diagnostics)
	bound, cancel := withTimeout(ctx, "delete", state.Timeouts.Delete, defaultLockTimeout, &resp.Diagnostics)
	defer cancel()
	switch {
	case resp.Diagnostics.HasError(), unlocked, !mark.Ends() && !mark.SuccessorUnknown:
		return
	case !state.EnableOnDestroy.ValueBool() || mark.SuccessorUnknown || !mark.Shown:
		r.warnUserStays(state, mark, "is", &resp.Diagnostics)
		return
	case !r.data.ready(&resp.Diagnostics):
		return
	}

	name, elsewhere := r.enable(bound, state, "The next destroy tries again.", &resp.Diagnostics)
	switch {
	case elsewhere != nil:
		warnUserLockedElsewhere(&resp.Diagnostics, state.UserID.ValueString(), elsewhere)
	case name != "":
		resp.Diagnostics.AddWarning(fmt.Sprintf("User %s is enabled", name), fmt.Sprintf("The lock of the user is destroyed, "+
			"and enable_on_destroy is true in its state. The user can log in again.%s", reasonLine(state.Reason)))
	}
}

func (r *userLockResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	values := importValues(ctx, req, "The import ID of a lock must be IDENTITY_STORE_ID/USER_ID, such as d-0123456789/a1b2c3d4.", validID, &resp.Diagnostics, "identity_store_id", "user_id")
	if values == nil || !r.data.ready(&resp.Diagnostics) {
		return
	}
	identity := userLockIdentityModel{types.StringValue(values[0]), types.StringValue(values[1])}
	request := lockRequest(ctx, identity.IdentityStoreID, identity.UserID)
	bound, cancel := withTimeLimit(ctx, defaultLockTimeout)
	defer cancel()
	outcome, err := userlock.Inspect(bound, r.data.client, request)
	switch {
	case err != nil:
		lockFailure{summary: "The lock of user %s was not imported", request: request, outcome: outcome, next: "The state does not change."}.add(&resp.Diagnostics, err)
		return
	case outcome.Status != userlock.Disabled:
		resp.Diagnostics.AddError(fmt.Sprintf("User %s is enabled", lockedUser(request, outcome)),
			fmt.Sprintf("Only the lock of a disabled user can be imported, and user %s can log in.\n\nCreate the lock instead, which disables the user.", request.UserID))
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, userLockModel{
		IdentityStoreID: identity.IdentityStoreID, UserID: identity.UserID, EnableOnDestroy: types.BoolValue(false), Timeouts: noTimeouts,
	})...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity)...)
}

func lockRequest(ctx context.Context, identityStoreID, userID types.String) userlock.Request {
	return userlock.Request{IdentityStoreID: identityStoreID.ValueString(), UserID: userID.ValueString(), Report: logProgress(ctx), Timing: lockTiming}
}

// isUnlocked reports whether the private state says that locked = false enabled the user.
func isUnlocked(ctx context.Context, private privateReader, diags *diag.Diagnostics) (unlocked bool) {
	readPrivate(ctx, private, unlockedKey, &unlocked, diags)
	return unlocked
}

func logLockOperation(ctx context.Context, message string, request userlock.Request, outcome userlock.Outcome, err error) {
	fields := map[string]any{
		"identity_store_id": request.IdentityStoreID, "user_id": request.UserID,
		"ended_sessions": revocation.Count(outcome.Ended), "request_ids": strings.Join(outcome.RequestIDs, ","),
	}
	if err != nil {
		message, fields["error"] = "Failed: "+message, err.Error()
	}
	tflog.Info(ctx, message, fields)
}
