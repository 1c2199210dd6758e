// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

var _ plannedAction = (*userSessionRevocationAction)(nil)

// mostPreviewed is how many sessions the preview of the action in a plan describes.
const mostPreviewed = 20

// userSessionRevocationAction revokes without keeping a record: what it prints is
// all that is left of it.
type userSessionRevocationAction struct{ configuredAction }

func (a *userSessionRevocationAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user_session_revocation"
}

func (a *userSessionRevocationAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Ends login sessions of one IAM Identity Center user, and keeps nothing of it in the state: the lines that it prints are the record. " + consoleWarning,
		Attributes: map[string]schema.Attribute{
			"identity_store_id": requiredID("The identity store that the user is in, as `data.identitycenter_instance` returns it. 1 to 64 characters."),
			"user_id":           requiredID("The user whose sessions are ended, as `data.identitycenter_user` returns it. 1 to 64 characters."),
			"session_ids":       optionalTexts("The IDs of the sessions to end. Exactly one of `session_ids`, `all_sessions` and `sessions_matching` is required. An empty list makes no request, and a warning says so."),
			"all_sessions": optionalBool("Set to `true` to end every session that the user has at that moment. Having none is not an error; a warning says so. " +
				"`false` is refused: leave the argument out."),
			"verify": optionalBool("Whether to list the user's sessions afterwards until none of those that were ended is left, for at most 5 minutes. " +
				"They are also listed before, so that a mistyped ID is told apart from a session that was ended. Default `false`."),
		},
		Blocks: map[string]schema.Block{sessionsMatching: anySessionsMatching()},
	}
}

// ValidateConfig checks which sessions are meant, as far as that is known.
func (a *userSessionRevocationAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	_, _, _ = readRevocation(ctx, req.Config, &resp.Diagnostics)
}

// ModifyPlan checks once more, as variables have values by now, and shows what the
// action would end at this moment. A listing that is refused is no failure: the action
// may run with other credentials, or later.
func (a *userSessionRevocationAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	checkRequiredIDs(ctx, req.Config, &resp.Diagnostics, "identity_store_id", "user_id")
	request, asked, known := readRevocation(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || !known || a.data == nil || a.data.client == nil {
		return
	}
	const summary = "Preview of the revocation"
	if asked.given() == "session_ids" && len(request.SessionIDs) == 0 {
		resp.Diagnostics.AddAttributeWarning(path.Root("session_ids"), summary,
			fmt.Sprintf("session_ids is empty: the action ends no session of user %s.", request.UserID))
		return
	}
	bound, cancel := context.WithTimeout(ctx, previewTimeout)
	defer cancel()
	choice, missing, date, err := revocation.Preview(bound, a.data.client, request)
	if err != nil {
		resp.Diagnostics.AddWarning(summary, fmt.Sprintf("The sessions of user %s cannot be listed now, so it is not known which of them the action ends: %s",
			request.UserID, transport.Printable(err.Error(), transport.LongestText)))
		return
	}
	text := fmt.Sprintf("Of the sessions that user %s has now, the action ends %d (%s).", request.UserID, len(choice.Sessions), choice)
	if len(choice.Sessions) == 0 {
		text = fmt.Sprintf("The action ends no session of user %s, by those that there are now (%s).", request.UserID, choice)
	}
	var described []string
	for _, session := range choice.Sessions[:min(len(choice.Sessions), mostPreviewed)] {
		described = append(described, revocation.Describe(session, date))
	}
	if len(described) > 0 {
		text += lines(described, len(choice.Sessions))
	}
	if len(missing) > 0 {
		text += "\n\nNot found among the sessions of the user:" + lines(missing, len(missing))
	}
	resp.Diagnostics.AddWarning(summary, text)
}

// Invoke revokes.
func (a *userSessionRevocationAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	checkRequiredIDs(ctx, req.Config, &resp.Diagnostics, "identity_store_id", "user_id")
	request, choice, known := readRevocation(ctx, req.Config, &resp.Diagnostics)
	addUnknown(&resp.Diagnostics, known)
	if resp.Diagnostics.HasError() || !a.data.ready(&resp.Diagnostics) {
		return
	}
	request.Report = func(message string) { resp.SendProgress(action.InvokeProgressEvent{Message: message}) }

	bound, cancel := context.WithTimeoutCause(ctx, defaultRevocationTimeout, &timeoutError{after: defaultRevocationTimeout})
	defer cancel()
	outcome, err := revocation.Run(bound, a.data.client, request)
	if err != nil {
		addRevocationError(bound, &resp.Diagnostics, a.data.client, choice.given(), request, outcome, err)
		return
	}
	addRevocationWarnings(&resp.Diagnostics, choice.given(), request, outcome)
}
