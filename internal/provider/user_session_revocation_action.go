// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

var (
	_ action.ActionWithValidateConfig = (*userSessionRevocationAction)(nil)
	_ action.ActionWithModifyPlan     = (*userSessionRevocationAction)(nil)
)

const maxPreviewedSessions = 20

type userSessionRevocationAction struct{ configuredAction }

type userSessionRevocationActionModel struct {
	userRevocationModel
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

func (a *userSessionRevocationAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Ends portal sessions of one IAM Identity Center user. It keeps nothing in the state; its output is the only record.",
		Attributes: map[string]schema.Attribute{
			"identity_store_id": identityStoreIDAttribute(),
			"user_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: describeUserID,
				Validators:          []validator.String{lenientUserIDValidator},
			},
			"session_ids": schema.ListAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				MarkdownDescription: describeSessionIDs,
				Validators:          []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(apiID)},
			},
			"all_sessions": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: describeAllSessions,
				Validators:          []validator.Bool{boolvalidator.Equals(true)},
			},
			"verify": schema.BoolAttribute{Optional: true, MarkdownDescription: describeVerify},
		},
		Blocks: map[string]schema.Block{
			sessionsMatching: sessionsMatchingBlock(false),
			"timeouts":       invokeTimeout("`5m`"),
		},
	}
}

func (a *userSessionRevocationAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	var config userSessionRevocationActionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		config.sessions().validate(&resp.Diagnostics)
	}
}

// validateAgain validates the values of variables, which Terraform 1.14 to 1.16 does not.
func (m userSessionRevocationActionModel) validateAgain(ctx context.Context, diags *diag.Diagnostics) {
	validateRequiredID(path.Root("identity_store_id"), m.IdentityStoreID, diags)
	validateRequiredID(path.Root("user_id"), m.UserID, diags)
	m.sessions().validateAgain(ctx, diags)
}

// ModifyPlan describes the sessions that the action would end now. It does not fail if they
// cannot be listed: the action may run with other credentials, or later.
func (a *userSessionRevocationAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	var config userSessionRevocationActionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	config.validateAgain(ctx, &resp.Diagnostics)
	selector := config.sessions()
	request, known := config.request(ctx, &resp.Diagnostics)
	bound, cancel := context.WithTimeout(ctx, previewTimeout)
	defer cancel()
	if resp.Diagnostics.HasError() || a.data.refuseProtectedUser(bound, config.IdentityStoreID, config.UserID, &resp.Diagnostics) {
		return
	}
	if known && a.data != nil && a.data.client != nil {
		resp.Diagnostics.AddWarning("Preview of the revocation", a.preview(bound, selector, request))
	}
}

func (a *userSessionRevocationAction) preview(ctx context.Context, selector sessionSelector, request revocation.Request) string {
	if isEmptyList(selector.SessionIDs) {
		return fmt.Sprintf("session_ids is empty: the action ends no session of user %s.", request.UserID)
	}
	choice, err := revocation.Preview(ctx, a.data.client, request)
	if err != nil {
		return fmt.Sprintf("The sessions of user %s cannot be listed now, so it is not known which of them the action ends: %s",
			request.UserID, transport.Printable(err.Error(), transport.LongestText))
	}
	text := fmt.Sprintf("Of the sessions that user %s has now, the action ends %d (%s).", request.UserID, len(choice.Sessions), choice)
	if len(choice.Sessions) == 0 {
		text = fmt.Sprintf("The action ends no session of user %s, by those that there are now (%s).", request.UserID, choice)
	}
	var described []string
	for _, session := range choice.Sessions[:min(len(choice.Sessions), maxPreviewedSessions)] {
		described = append(described, revocation.Describe(session, choice.ListedAt))
	}
	if len(described) > 0 {
		text += lines(described, len(choice.Sessions))
	}
	if len(choice.Missing) > 0 {
		text += "\n\nNot found among the sessions of the user:" + lines(choice.Missing, len(choice.Missing))
	}
	return text
}

func (a *userSessionRevocationAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config userSessionRevocationActionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	config.validateAgain(ctx, &resp.Diagnostics)
	selector := config.sessions()
	request, known := config.request(ctx, &resp.Diagnostics)
	addUnknownSelection(&resp.Diagnostics, known)
	bound, cancel := withTimeout(ctx, "invoke", config.Timeouts.Invoke, defaultRevocationTimeout, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() || !a.data.ready(&resp.Diagnostics) {
		return
	}
	request.Report = func(message string) { resp.SendProgress(action.InvokeProgressEvent{Message: message}) }
	if a.data.refuseProtectedUser(bound, config.IdentityStoreID, config.UserID, &resp.Diagnostics) {
		return
	}
	outcome, err := revocation.Run(bound, a.data.client, request)
	logEnded(ctx)(request.UserID, outcome)
	if err != nil {
		addRevocationError(bound, &resp.Diagnostics, a.data.client, selector.given(), request, outcome, err)
		return
	}
	addRevocationWarnings(&resp.Diagnostics, selector.given(), request, outcome)
}
