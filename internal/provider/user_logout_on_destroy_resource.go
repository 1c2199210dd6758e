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

var _ plannedResource = (*userLogoutOnDestroyResource)(nil)

// userLogoutOnDestroyResource ends all sessions of a user when it is destroyed, and
// does nothing else: Terraform destroys it before the user that it refers to.
type userLogoutOnDestroyResource struct{ keptState }

type userLogoutOnDestroyModel struct {
	IdentityStoreID types.String   `tfsdk:"identity_store_id"`
	UserID          types.String   `tfsdk:"user_id"`
	DisableUser     types.Bool     `tfsdk:"disable_user"`
	Timeouts        timeouts.Value `tfsdk:"timeouts"`
}

func (r *userLogoutOnDestroyResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user_logout_on_destroy"
}

func (r *userLogoutOnDestroyResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Ends all user portal sessions of an IAM Identity Center user when it is destroyed, before Terraform deletes the user that it refers to. Creating it makes no request. " + consoleWarning,
		Attributes: map[string]schema.Attribute{
			"identity_store_id": replacingID("The identity store of the user, as `data.identitycenter_instance` returns it. 1 to 64 characters. " +
				"Changing this forces replacement, which ends no session."),
			"user_id": replacingID("The user to log out. Refer to the resource that manages the user, so that Terraform destroys this one first. 1 to 64 characters. " +
				"Changing this forces replacement, which logs out the user before; not when the new value is unknown in the plan."),
			"disable_user": optionalBool("Whether the destroy also disables the user, so that the user cannot log in again before being deleted. Default `false`. " +
				"What counts is the value in the state. Changing this makes no request."),
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.Block(ctx, timeouts.Opts{
				Delete:            true,
				DeleteDescription: "How long logging out may take, with all retries and the verification, as a duration such as `30s` or `10m`. Default `5m`.",
			}),
		},
	}
}

func (r *userLogoutOnDestroyResource) ValidateConfig(_ context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	validateTimeouts(readWire(req.Config.Raw, &resp.Diagnostics), &resp.Diagnostics)
}

// ModifyPlan says who will be logged out.
func (r *userLogoutOnDestroyResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.data == nil {
		return
	}
	var state userLogoutOnDestroyModel
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	request := lockRequest(ctx, state.IdentityStoreID, state.UserID)
	_, createdInThisRun := r.data.logouts.Load(request.UserID)
	mark := markDestroy(ctx, req, resp, createdInThisRun, "user_id")
	if req.State.Raw.IsNull() {
		return
	}
	switch {
	case mark.Ends() && state.DisableUser.ValueBool():
		resp.Diagnostics.AddWarning("Destroying this logs users out",
			fmt.Sprintf("Destroying this disables user %s of identity store %s and ends all sessions of the user.", request.UserID, request.IdentityStoreID))
	case mark.Ends():
		resp.Diagnostics.AddWarning("Destroying this logs users out",
			fmt.Sprintf("Destroying this ends all sessions of user %s of identity store %s.", request.UserID, request.IdentityStoreID))
	case mark.SuccessorUnknown:
		resp.Diagnostics.AddWarning("This replacement logs nobody out",
			fmt.Sprintf("user_id is not known before the apply, so that it may be the same user again: the replacement ends no session of user %s of identity store %s. "+
				"With create_before_destroy it does, if the new user turns out to be another one.",
				request.UserID, request.IdentityStoreID))
	}
}

// Create makes no call: Delete logs the user out.
func (r *userLogoutOnDestroyResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan userLogoutOnDestroyModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.data != nil {
		r.data.logouts.Store(plan.UserID.ValueString(), true)
	}
	resp.State.Raw = req.Plan.Raw
}

// ImportState refuses: there is nothing in the cloud to be imported.
func (r *userLogoutOnDestroyResource) ImportState(_ context.Context, _ resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resp.Diagnostics.AddError("A logout on destroy cannot be imported",
		"The API keeps nothing of it that could be read back. Create the resource instead, which makes no request, also after a removed block took it out of the state.")
}

// Delete logs the user out, unless it is the destroying half of a replacement for
// the same user. A failure keeps Terraform from deleting the user.
func (r *userLogoutOnDestroyResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state userLogoutOnDestroyModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	mark := readDestroyMark(ctx, req.Private, &resp.Diagnostics)
	bound, cancel := withTimeout(ctx, req.State.Raw, "delete", defaultLockTimeout, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() || !mark.Ends() || !r.data.ready(&resp.Diagnostics) {
		return
	}

	request := lockRequest(ctx, state.IdentityStoreID, state.UserID)
	end := userlock.Logout
	if state.DisableUser.ValueBool() {
		end = r.data.locks.ShutOut
	}
	outcome, err := end(bound, r.data.client, request)
	switch {
	case transport.NotFound(err) && userIsGone(bound, r.data, request, &resp.Diagnostics):
		ended := "No session was ended."
		if outcome.Ended > 0 {
			ended = fmt.Sprintf("Before the user went, %s ended. Request IDs: %s.", subject(outcome.Ended, "session", "was", "were"), strings.Join(outcome.RequestIDs, ", "))
		}
		resp.Diagnostics.AddWarning(fmt.Sprintf("User %s is already gone", request.UserID),
			fmt.Sprintf("Identity store %s has no user %s any more. %s", request.IdentityStoreID, request.UserID, ended))
	case resp.Diagnostics.HasError():
	case err != nil:
		addLogoutError(&resp.Diagnostics, request, outcome, err, state.DisableUser.ValueBool())
	default:
		addLogoutResult(&resp.Diagnostics, request, outcome, state.DisableUser.ValueBool())
	}
}

// addLogoutResult is the record of a logout: the resource is gone, and nothing else
// of it stays.
func addLogoutResult(diags *diag.Diagnostics, request userlock.Request, outcome userlock.Outcome, disabled bool) {
	summary := fmt.Sprintf("User %s: %s ended", request.UserID, subject(outcome.Ended, "session", "was", "were"))
	detail := fmt.Sprintf("All sessions of user %s of identity store %s are ended", request.UserID, request.IdentityStoreID)
	switch {
	case outcome.Unverified != nil && !outcome.Listed:
		summary = fmt.Sprintf("User %s: no session could be listed or ended", request.UserID)
		detail = fmt.Sprintf("User %s of identity store %s is disabled, and the API refuses to list the sessions of a disabled user: "+
			"none was listed or ended, and all that began before may be open until they expire", request.UserID, request.IdentityStoreID)
	case outcome.Unverified != nil && outcome.Open > 0:
		detail = fmt.Sprintf("User %s of identity store %s is disabled. The API refuses to list the sessions of a disabled user. "+
			"Listed before and not ended, so that they may be open until they expire: %s", request.UserID, request.IdentityStoreID, revocation.Count(outcome.Open))
	case outcome.Unverified != nil:
		detail = fmt.Sprintf("User %s of identity store %s is disabled. The API refuses to list the sessions of a disabled user, "+
			"so that one which began in the moment before may live on", request.UserID, request.IdentityStoreID)
	case disabled:
		detail += " and the user is disabled"
	}
	diags.AddWarning(summary, fmt.Sprintf("%s. Request IDs: %s.", detail, strings.Join(outcome.RequestIDs, ", ")))
}

// addLogoutError says how far the logout got, and how to go on without it.
func addLogoutError(diags *diag.Diagnostics, request userlock.Request, outcome userlock.Outcome, err error, disabling bool) {
	holds := fmt.Sprintf("Ended before the failure: %s.", revocation.Count(outcome.Ended))
	if disabling {
		holds = outcome.Holds(request.UserID)
	}
	addLockError(diags, err, holds+" The user is not deleted, if Terraform manages the user. The next apply tries again. "+
		"To go on without the logout, take the resource out of the state by a removed block with lifecycle { destroy = false }.")
}
