// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/bulkrevocation"
)

var _ plannedResource = (*bulkRevocationResource)(nil)

// bulkRevocationResource is the record of a revocation of many users: creating it
// revokes, and nothing else calls the API.
type bulkRevocationResource struct{ record }

func (r *bulkRevocationResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_bulk_user_session_revocation"
}

func (r *bulkRevocationResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	ids := func(description string) schema.ListAttribute {
		return replacingSet(description + " The order does not matter." + replaces)
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Ends login sessions of many IAM Identity Center users when it is created, and keeps the record of it: of named users, of the members of groups, or of everybody. " +
			"Nothing else makes requests: destroying it forgets the record. " + consoleWarning,
		Attributes: map[string]schema.Attribute{
			"identity_store_id":     replacingID(describeIdentityStoreID + replaces),
			"user_ids":              ids(describeUserIDs + describeChoiceOfUsers),
			"group_ids":             ids(describeGroupIDs),
			"all_users":             replacingBool(describeAllUsers + replaces),
			"except_user_ids":       ids(describeExceptUserIDs),
			"except_group_ids":      ids(describeExceptGroupIDs),
			"all_sessions":          replacingBool(describeAllTheirSessions + replaces),
			"triggers":              triggers(),
			"verify":                optionalBool(describeVerifyEach + " Changing this makes no request."),
			"revoked_at":            keptText("When the API accepted the end of the last sessions, in UTC (RFC 3339). Null when no session was ended."),
			"revoked_user_count":    keptCount("How many users lost sessions."),
			"revoked_session_count": keptCount("How many sessions were ended."),
			"revoked_user_ids":      keptTexts("The IDs of the users who lost sessions, sorted; null when there are more than 1,000: the log has them all."),
			"failed_user_count":     keptCount("For how many users it failed."),
			"failed_user_ids":       keptTexts("The IDs of the users for whom it failed, sorted, at most 100."),
			"unknown_user_ids":      keptTexts("The IDs in `user_ids` that the identity store does not know, sorted. They count neither as done nor as failed."),
			"complete": keptBool("Whether all users were reached, but for unknown ones. `false` after a failure, which taints the resource, so that the next apply does the rest; " +
				"and, without a failure, where the API refuses to list the sessions of disabled users, whom a warning names."),
		},
		Blocks: map[string]schema.Block{
			sessionsMatching: resourceSessionsMatching(),
			"timeouts": timeouts.Block(ctx, timeouts.Opts{
				Create: true,
				CreateDescription: fmt.Sprintf("How long the revocation may take, with all retries and the verification, as a duration such as `30m` or `4h`. Default `%.0fh`.",
					defaultBulkTimeout.Hours()),
			}),
		},
	}
}

func (r *bulkRevocationResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	_, _, _ = readBulkRevocation(ctx, req.Config, &resp.Diagnostics)
	validateTimeouts(readWire(req.Config.Raw, &resp.Diagnostics), &resp.Diagnostics)
}

// ModifyPlan checks what was unknown at validation, and warns when there is nobody to log
// out, and when a recorded revocation is replaced because whose sessions are meant is not
// known in the plan, which is seldom meant. The warnings have no tense: Terraform prints
// them in the plan and after the apply.
func (r *bulkRevocationResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	_, users, _ := readBulkRevocation(ctx, req.Config, &resp.Diagnostics)
	plan, state := readWire(req.Plan.Raw, &resp.Diagnostics), readWire(req.State.Raw, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	creating := req.State.Raw.IsNull()
	for _, ids := range users.lists()[:2] {
		// Of a replacement, Terraform shows only what is said before it plans the creation.
		if creating || !plan[ids.name].Equal(state[ids.name]) {
			warnIfEmpty(ids, &resp.Diagnostics)
		}
	}
	for _, name := range []string{"identity_store_id", "user_ids", "group_ids", "except_user_ids", "except_group_ids"} {
		if !creating && !plan[name].IsFullyKnown() {
			addRepetitionWarning(&resp.Diagnostics, name, "the same users")
		}
	}
}

func (r *bulkRevocationResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	request, users, known := readBulkRevocation(ctx, req.Config, &resp.Diagnostics)
	addUnknown(&resp.Diagnostics, known)
	bound, cancel := withTimeout(ctx, req.Plan.Raw, "create", defaultBulkTimeout, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() || !r.data.ready(&resp.Diagnostics) {
		return
	}
	request.Report = func(progress bulkrevocation.Progress) { tflog.Info(ctx, "Progress: "+progress.String()) }
	outcome, err := bulkrevocation.Run(bound, r.data.client, request)
	tflog.Info(ctx, "Done: "+endedSessions(outcome))

	// What was done is recorded, also when not all of it was: the error taints the
	// resource, so that the next apply does the rest.
	if err == nil || outcome.Accepted {
		resp.State.Raw = withValues(req.Plan.Raw, bulkRecordOf(outcome), &resp.Diagnostics)
	}
	if err != nil {
		addBulkError(&resp.Diagnostics, request, users.given(), outcome, err, "Apply again to do the rest. "+
			"That ends also what began meanwhile, and replaces the record of this run: keep what terraform show prints of it.")
		return
	}
	addBulkWarnings(&resp.Diagnostics, users.given(), outcome)
}

// ImportState refuses: there is nothing in the cloud to be imported.
func (r *bulkRevocationResource) ImportState(_ context.Context, _ resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resp.Diagnostics.AddError("A revocation cannot be imported", cannotBeImported+".")
}

// bulkRecordOf returns what the resource computes.
func bulkRecordOf(outcome bulkrevocation.Outcome) wireObject {
	revokedIDs := tftypes.NewValue(wireListOfTexts, nil)
	if len(outcome.RevokedUserIDs) == outcome.Revoked {
		revokedIDs = textValues(outcome.RevokedUserIDs)
	}
	return wireObject{
		"revoked_at":            timeValue(outcome.RevokedAt),
		"revoked_user_count":    countValue(outcome.Revoked),
		"revoked_session_count": countValue(outcome.Sessions),
		"revoked_user_ids":      revokedIDs,
		"failed_user_count":     countValue(outcome.Failed),
		"failed_user_ids":       textValues(outcome.FailedUserIDs),
		"unknown_user_ids":      textValues(outcome.Unknown),
		"complete":              tftypes.NewValue(tftypes.Bool, outcome.Complete()),
	}
}
