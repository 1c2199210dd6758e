// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
)

var _ plannedResource = (*userSessionRevocationResource)(nil)

// userSessionRevocationResource is the record of a revocation: creating it revokes,
// and nothing else calls the API.
type userSessionRevocationResource struct{ record }

func (r *userSessionRevocationResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user_session_revocation"
}

func (r *userSessionRevocationResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Ends login sessions of one IAM Identity Center user when it is created, and keeps the record of it. Nothing else makes requests: destroying it forgets the record. " + consoleWarning,
		Attributes: map[string]schema.Attribute{
			"identity_store_id": replacingID("The identity store that the user is in, as `data.identitycenter_instance` returns it. 1 to 64 characters." + replaces),
			"user_id":           replacingID("The user whose sessions are ended, as `data.identitycenter_user` returns it. 1 to 64 characters." + replaces),
			"session_ids": replacingSet("The IDs of the sessions to end, in any order. Exactly one of `session_ids`, `session_ids_wo`, `all_sessions` and `sessions_matching` is required. " +
				"An empty list makes no request, and a warning says so. Changing this, other than in its order, forces replacement, which ends sessions again: do not feed it from the data source `identitycenter_user_sessions`, " +
				"whose sessions are gone after the apply, so that the next plan would replace this resource."),
			"session_ids_wo": schema.ListAttribute{
				Optional:    true,
				WriteOnly:   true,
				ElementType: types.StringType,
				MarkdownDescription: "The IDs of the sessions to end, as a write-only argument: they are taken at the moment of the apply, for instance from the ephemeral resource " +
					"`identitycenter_user_sessions`, and enter neither plan nor state. Needs Terraform 1.11 or later.",
			},
			"session_ids_wo_version": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Any text, such as the number of the incident. Changing this forces replacement, which ends the `session_ids_wo` of that moment: " +
					"Terraform cannot compare them, as it does not keep them.",
				Validators:    []validator.String{stringvalidator.AlsoRequires(path.MatchRoot("session_ids_wo"))},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"all_sessions": replacingBool("Set to `true` to end every session that the user has at the moment of the apply. Having none is not an error; a warning says so. " +
				"`false` is refused: leave the argument out." + replaces),
			"triggers": triggers(),
			"verify": optionalBool("Whether to list the user's sessions afterwards until none of those that were ended is left, or the create timeout is over, which is an error that names them. " +
				"They are also listed before, so that an ID in `session_ids` that the user does not have is told apart from a session that was ended: otherwise the API may accept such an ID silently. " +
				"Default `false`. Changing this makes no request."),
			// Not of the type of times: a mocked provider of terraform test fills in what is none,
			// and a state with that could not be read.
			"revoked_at":            keptText("When the API accepted the end of the last sessions, in UTC (RFC 3339). A session that began later was not meant. Null when no session was ended, and for a record that was moved in from another provider."),
			"revoked_session_count": keptCount("How many sessions this revocation ended. Sessions that the user did not have do not count. Null for a record that was moved in from another provider."),
			"revoked_session_ids": keptTexts("The sessions that this revocation ended, in the order in which they were ended. After a failure half-way, those that were ended before it. " +
				"Null with `session_ids_wo`, so that no session ID enters the state."),
			"request_ids": keptTexts("The request IDs of all responses, in order, retries included. Search for them in the Cloud Trace Service (CTS)."),
		},
		Blocks: map[string]schema.Block{
			sessionsMatching: resourceSessionsMatching(),
			"timeouts": timeouts.Block(ctx, timeouts.Opts{
				Create: true,
				CreateDescription: fmt.Sprintf("How long the revocation may take, with all retries and the verification, as a duration such as `30s` or `10m`. Default `%.0fm`.",
					defaultRevocationTimeout.Minutes()),
			}),
		},
	}
}

func (r *userSessionRevocationResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	_, _, _ = readRevocation(ctx, req.Config, &resp.Diagnostics)
	validateTimeouts(readWire(req.Config.Raw, &resp.Diagnostics), &resp.Diagnostics)
}

// ModifyPlan checks what was unknown at validation, and says what a reader of the plan
// should know: that there is nothing to revoke, and that a replacement is planned for
// nothing but a value that is not known yet. Its warnings have no tense: Terraform
// prints them in the plan and again after the apply.
func (r *userSessionRevocationResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	request, choice, _ := readRevocation(ctx, req.Config, &resp.Diagnostics)
	plan, state := readWire(req.Plan.Raw, &resp.Diagnostics), readWire(req.State.Raw, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	creating := req.State.Raw.IsNull()
	// Where a choice is unknown, write-only IDs may be none in the apply: what will be
	// recorded is not known either.
	isUnknown := func(a argument) bool { return a.value.IsUnknown() }
	if creating && !choice.sessionIDsWO.IsNull() && !slices.ContainsFunc(choice.oneOf, isUnknown) {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("revoked_session_ids"), types.ListNull(types.StringType))...)
	}
	for _, name := range []string{"user_id", "identity_store_id"} {
		if !creating && !plan[name].IsKnown() {
			addRepetitionWarning(&resp.Diagnostics, name, fmt.Sprintf("the same user: %s is recorded", state.text(ctx, name, &resp.Diagnostics).ValueString()))
		}
	}
	// Of a replacement, Terraform shows only what is said before it plans the creation.
	warn := func(ids namedList, changedBy string) {
		if ids.empty() && (creating || !plan[changedBy].Equal(state[changedBy])) {
			resp.Diagnostics.AddAttributeWarning(path.Root(ids.name), "No session to revoke",
				fmt.Sprintf("%s is empty: creating this makes no request and ends no session of user %s. To end all of them, set all_sessions = true instead.", ids.name, request.UserID))
		}
	}
	warn(namedList{"session_ids", choice.sessionIDs}, "session_ids")
	warn(namedList{"session_ids_wo", choice.sessionIDsWO}, "session_ids_wo_version")
}

func (r *userSessionRevocationResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	request, choice, known := readRevocation(ctx, req.Config, &resp.Diagnostics)
	addUnknown(&resp.Diagnostics, known)
	bound, cancel := withTimeout(ctx, req.Plan.Raw, "create", defaultRevocationTimeout, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() || !r.data.ready(&resp.Diagnostics) {
		return
	}
	request.Report = logProgress(ctx)
	outcome, err := revocation.Run(bound, r.data.client, request)

	// What was done is recorded, also when not all of it was: the error taints the
	// resource, so that the next apply finishes the work.
	if err == nil || outcome.Accepted {
		resp.State.Raw = withValues(req.Plan.Raw, recordOf(outcome, choice.sessionIDsWO.IsNull()), &resp.Diagnostics)
	}
	if err != nil {
		addRevocationError(bound, &resp.Diagnostics, r.data.client, choice.given(), request, outcome, err)
		return
	}
	addRevocationWarnings(&resp.Diagnostics, choice.given(), request, outcome)
}

// ImportState refuses: there is nothing in the cloud to be imported.
func (r *userSessionRevocationResource) ImportState(_ context.Context, _ resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resp.Diagnostics.AddError("A revocation cannot be imported",
		cannotBeImported+"; or move one in from huaweicloud_identitycenter_user_session_delete with a moved block, which does not.")
}

// recordOf returns what the resource computes. keepIDs is false for write-only IDs.
func recordOf(outcome revocation.Outcome, keepIDs bool) wireObject {
	ids := tftypes.NewValue(wireListOfTexts, nil)
	if keepIDs {
		ids = textValues(outcome.Revoked)
	}
	return wireObject{
		"revoked_at":            timeValue(outcome.RevokedAt),
		"revoked_session_count": countValue(len(outcome.Revoked)),
		"revoked_session_ids":   ids,
		"request_ids":           textValues(outcome.RequestIDs),
	}
}
