// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/bulkrevocation"
)

var _ plannedAction = (*bulkRevocationAction)(nil)

// bulkRevocationAction revokes without keeping a record: what it prints, and the log, are
// all that is left of it.
type bulkRevocationAction struct{ configuredAction }

func (a *bulkRevocationAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_bulk_user_session_revocation"
}

func (a *bulkRevocationAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Ends login sessions of many IAM Identity Center users: of named ones, of the members of groups, or of everybody. It keeps nothing of it in the state: " +
			"it prints its progress, and the log at `INFO` names the sessions of each user. Its plan lists no session, as there may be many users: " +
			"to look before, use the data source `identitycenter_user_sessions` with the same arguments. " + consoleWarning,
		Attributes: map[string]schema.Attribute{
			"identity_store_id": requiredID(describeIdentityStoreID),
			"user_ids":          optionalTexts(describeUserIDs + describeChoiceOfUsers),
			"group_ids":         optionalTexts(describeGroupIDs),
			"all_users":         optionalBool(describeAllUsers),
			"except_user_ids":   optionalTexts(describeExceptUserIDs),
			"except_group_ids":  optionalTexts(describeExceptGroupIDs),
			"all_sessions":      optionalBool(describeAllTheirSessions),
			"verify":            optionalBool(describeVerifyEach),
		},
		Blocks: map[string]schema.Block{sessionsMatching: anySessionsMatching()},
	}
}

// ValidateConfig checks whose sessions are meant and which, as far as that is known.
func (a *bulkRevocationAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	_, _, _ = readBulkRevocation(ctx, req.Config, &resp.Diagnostics)
}

// ModifyPlan checks once more, as variables have values by now. It makes no call: a look
// at many users is what the data source identitycenter_user_sessions is for.
func (a *bulkRevocationAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	checkRequiredIDs(ctx, req.Config, &resp.Diagnostics, "identity_store_id")
	_, users, _ := readBulkRevocation(ctx, req.Config, &resp.Diagnostics)
	for _, ids := range users.lists()[:2] {
		warnIfEmpty(ids, &resp.Diagnostics)
	}
}

// Invoke revokes.
func (a *bulkRevocationAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	checkRequiredIDs(ctx, req.Config, &resp.Diagnostics, "identity_store_id")
	request, users, known := readBulkRevocation(ctx, req.Config, &resp.Diagnostics)
	addUnknown(&resp.Diagnostics, known)
	if resp.Diagnostics.HasError() || !a.data.ready(&resp.Diagnostics) {
		return
	}
	say := func(message string) { resp.SendProgress(action.InvokeProgressEvent{Message: message}) }
	request.Report = func(progress bulkrevocation.Progress) { say(progress.String()) }

	bound, cancel := context.WithTimeoutCause(ctx, defaultBulkTimeout, &timeoutError{after: defaultBulkTimeout})
	defer cancel()
	begun := time.Now()
	outcome, err := bulkrevocation.Run(bound, a.data.client, request)
	if bound.Err() == nil {
		say(fmt.Sprintf("%d of %d users done in %s, %s.", outcome.Done, outcome.Found, time.Since(begun).Round(time.Second), endedSessions(outcome)))
	}
	if err != nil {
		addBulkError(&resp.Diagnostics, request, users.given(), outcome, err, "Run the action again to do the rest.")
		return
	}
	addBulkWarnings(&resp.Diagnostics, users.given(), outcome)
}
