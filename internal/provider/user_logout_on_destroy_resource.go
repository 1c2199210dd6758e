// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/userlock"
)

var (
	_ resource.ResourceWithImportState = (*userLogoutOnDestroyResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*userLogoutOnDestroyResource)(nil)
)

type userLogoutOnDestroyResource struct{ configuredResource }

type userLogoutOnDestroyModel struct {
	IdentityStoreID types.String   `tfsdk:"identity_store_id"`
	UserID          types.String   `tfsdk:"user_id"`
	DisableUser     types.Bool     `tfsdk:"disable_user"`
	Timeouts        timeouts.Value `tfsdk:"timeouts"`
}

func (r *userLogoutOnDestroyResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Ends all portal sessions of an IAM Identity Center user when it is destroyed, before Terraform deletes the user. Creating it makes no request.",
		Attributes: map[string]schema.Attribute{
			"identity_store_id": resourceIdentityStoreIDAttribute(),
			"user_id":           resourceUserIDAttribute(),
			"disable_user": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether the destroy also disables the user, as recorded in the state. Default `false`.",
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeoutsBlock(map[string]string{"delete": "`5m`"}),
		},
	}
}

// ModifyPlan refuses protected users and warns whose sessions will end.
func (r *userLogoutOnDestroyResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state, plan *userLogoutOnDestroyModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	createdInThisRun := false
	if state != nil {
		_, createdInThisRun = r.data.logouts.Load(state.UserID.ValueString())
	}
	mark := markDestroy(ctx, req, resp, createdInThisRun, "user_id")
	switch {
	case resp.Diagnostics.HasError():
	case state == nil && plan != nil:
		r.data.refuseProtectedUserInPlan(ctx, plan.IdentityStoreID, plan.UserID, &resp.Diagnostics)
	case state != nil:
		r.planEnd(ctx, *state, mark, &resp.Diagnostics)
	}
}

// planEnd warns what happens to the sessions of a user whose resource ends.
func (r *userLogoutOnDestroyResource) planEnd(ctx context.Context, state userLogoutOnDestroyModel, mark destroyMark, diags *diag.Diagnostics) {
	if mark.SuccessorUnknown {
		diags.AddWarning(fmt.Sprintf("Sessions of user %s will not end", shown(state.UserID)),
			"user_id is not known before the apply and may be the same user again, so that the replacement ends no session. With create_before_destroy it does, if the new user is another one.")
	}
	if !mark.Ends() || r.data.refuseProtectedUserInPlan(ctx, state.IdentityStoreID, state.UserID, diags) {
		return
	}
	also := ""
	if state.DisableUser.ValueBool() {
		also = " and disables the user, as disable_user is true in the state"
	}
	diags.AddWarning(fmt.Sprintf("All sessions of user %s will end", shown(state.UserID)),
		fmt.Sprintf("Destroying this resource ends all portal sessions of user %s of identity store %s%s.", shown(state.UserID), shown(state.IdentityStoreID), also))
}

// Create makes no call: Delete ends the sessions.
func (r *userLogoutOnDestroyResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan userLogoutOnDestroyModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() || r.data.refuseProtectedUser(ctx, plan.IdentityStoreID, plan.UserID, &resp.Diagnostics) {
		return
	}
	r.data.logouts.Store(plan.UserID.ValueString(), true)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

// Read keeps the state: there is no remote object.
func (r *userLogoutOnDestroyResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {
}

// Update records arguments for the destroy. It makes no call.
func (r *userLogoutOnDestroyResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan userLogoutOnDestroyModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

func (r *userLogoutOnDestroyResource) ImportState(_ context.Context, _ resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resp.Diagnostics.AddError("A logout on destroy cannot be imported",
		"It has no remote object.\n\nCreate the resource instead, which makes no request, also after a removed block removed it from the state.")
}

// Delete ends the sessions, unless it is the destroying half of a replacement for the same
// user. If it fails, Terraform does not delete the user.
func (r *userLogoutOnDestroyResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state userLogoutOnDestroyModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	mark := readDestroyMark(ctx, req, &resp.Diagnostics, "user_id")
	bound, cancel := withTimeout(ctx, "delete", state.Timeouts.Delete, defaultLockTimeout, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() || !mark.Ends() || !r.data.ready(&resp.Diagnostics) ||
		r.data.refuseProtectedUser(bound, state.IdentityStoreID, state.UserID, &resp.Diagnostics) {
		return
	}

	request := lockRequest(ctx, state.IdentityStoreID, state.UserID)
	end := userlock.EndSessions
	if state.DisableUser.ValueBool() {
		end = r.data.locks.LockForDelete
	}
	outcome, err := end(bound, r.data.client, request)
	logLockOperation(ctx, "Ended the sessions of a user", request, outcome, err)
	failure := lockFailure{
		summary: "User %s was not logged out", request: request, outcome: outcome,
		next: "If Terraform manages the user, the user is not deleted. The next apply tries again. " +
			"To continue without ending the sessions, use a removed block with lifecycle { destroy = false }.",
	}
	if !state.DisableUser.ValueBool() {
		failure.holds = fmt.Sprintf("Ended: %s.", revocation.Count(outcome.Ended))
	}
	switch {
	case transport.NotFound(err) && failure.userIsGone(bound, r.data, &resp.Diagnostics):
		ended := "No session was ended."
		if outcome.Ended > 0 {
			ended = fmt.Sprintf("Before, %s ended.", sessionsWere(outcome.Ended))
		}
		resp.Diagnostics.AddWarning(fmt.Sprintf("User %s was deleted", shown(state.UserID)),
			fmt.Sprintf("Identity store %s has no such user any more. %s%s", shown(state.IdentityStoreID), ended, requestIDLine(outcome)))
	case resp.Diagnostics.HasError():
	case err != nil:
		failure.add(&resp.Diagnostics, err)
	default:
		addLogoutResult(&resp.Diagnostics, request, outcome, state.DisableUser.ValueBool())
	}
}

// addLogoutResult reports a logout as a warning: no state records it.
func addLogoutResult(diags *diag.Diagnostics, request userlock.Request, outcome userlock.Outcome, disabled bool) {
	summary := fmt.Sprintf("User %s: %s ended", request.UserID, sessionsWere(outcome.Ended))
	detail := fmt.Sprintf("User %s has no portal session any more.", request.UserID)
	switch {
	case outcome.Unverified != nil:
		detail = describeUnverified(outcome)
		if !outcome.Listed {
			summary = fmt.Sprintf("User %s: no session was listed", request.UserID)
		}
	case disabled:
		detail = fmt.Sprintf("User %s is disabled and has no portal session any more.", request.UserID)
	}
	diags.AddWarning(summary, detail+requestIDLine(outcome))
}

// requestIDLine is a line with the request ID; "" without one.
func requestIDLine(outcome userlock.Outcome) string {
	if len(outcome.RequestIDs) == 0 {
		return ""
	}
	return "\n\nRequest IDs: " + strings.Join(outcome.RequestIDs, ", ") + "."
}
