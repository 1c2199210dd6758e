// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/bulkrevocation"
)

var (
	_ action.ActionWithConfigure      = (*bulkUserSessionRevocationAction)(nil)
	_ action.ActionWithValidateConfig = (*bulkUserSessionRevocationAction)(nil)
	_ action.ActionWithModifyPlan     = (*bulkUserSessionRevocationAction)(nil)
)

// NewBulkUserSessionRevocationAction returns the action for the provider.
func NewBulkUserSessionRevocationAction() action.Action { return &bulkUserSessionRevocationAction{} }

// bulkUserSessionRevocationAction ends the portal sessions of many users. It keeps nothing in
// the state: its progress lines and the log are the only record.
type bulkUserSessionRevocationAction struct{ configuredAction }

type bulkUserSessionRevocationActionModel struct {
	IdentityStoreID types.String `tfsdk:"identity_store_id"`
	userSelectorModel
	AllSessions      types.Bool     `tfsdk:"all_sessions"`
	SessionsMatching types.List     `tfsdk:"sessions_matching"`
	Verify           types.Bool     `tfsdk:"verify"`
	Timeouts         timeouts.Value `tfsdk:"timeouts"`
}

func (m bulkUserSessionRevocationActionModel) sessions() sessionSelector {
	return sessionSelector{AllSessions: m.AllSessions, SessionsMatching: m.SessionsMatching, ManyUsers: true}
}

func (a *bulkUserSessionRevocationAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_bulk_user_session_revocation"
}

func (a *bulkUserSessionRevocationAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	list := func(description string, validators []validator.List) schema.ListAttribute {
		return schema.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: description, Validators: validators}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Ends portal sessions of many IAM Identity Center users. It keeps nothing in the state: it prints its progress, and the log at `INFO` names the sessions.",
		Attributes: map[string]schema.Attribute{
			"identity_store_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: describeStoreID,
				Validators:          []validator.String{apiID{}},
			},
			"user_ids":         list(describeUserIDs, idListValidators(lenientUserIDValidator())),
			"user_names":       list(describeUserNames, nameListValidators()),
			"group_ids":        list(describeGroupIDs, idListValidators(lenientGroupIDValidator())),
			"except_user_ids":  list(describeExceptUserIDs, idListValidators(lenientUserIDValidator())),
			"except_group_ids": list(describeExceptGroupIDs, idListValidators(lenientGroupIDValidator())),
			"all_users": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: describeAllUsers,
				Validators:          []validator.Bool{boolvalidator.Equals(true)},
			},
			"all_sessions": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: describeAllSessionsOfUsers,
				Validators:          []validator.Bool{boolvalidator.Equals(true)},
			},
			"verify": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: describeVerifyUsers,
			},
		},
		Blocks: map[string]schema.Block{
			sessionsMatching: sessionsMatchingActionBlock(true),
			"timeouts":       invokeTimeout("Timeout of the revocation, with all retries and the verification. Default `2h`."),
		},
	}
}

func (a *bulkUserSessionRevocationAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	var config bulkUserSessionRevocationActionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	config.validate(&resp.Diagnostics)
	config.validateExceptions(&resp.Diagnostics)
	config.sessions().validate(&resp.Diagnostics)
}

// validateAll validates what Terraform 1.14 to 1.16 do not: variables have values by now.
func (m bulkUserSessionRevocationActionModel) validateAll(ctx context.Context, diags *diag.Diagnostics) {
	validateRequiredID(path.Root("identity_store_id"), m.IdentityStoreID, diags)
	m.validateAgain(ctx, diags)
	m.sessions().validateAgain(ctx, diags)
}

// ModifyPlan makes no request: the data source identitycenter_user_sessions shows whose
// sessions would be ended.
func (a *bulkUserSessionRevocationAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	var config bulkUserSessionRevocationActionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	config.validateAll(ctx, &resp.Diagnostics)
	_, _ = config.sessions().expand(ctx, &resp.Diagnostics)
	config.refuseUnknownExceptions(&resp.Diagnostics)
	config.refuseProtectedUsers(a.data, &resp.Diagnostics)
}

func (a *bulkUserSessionRevocationAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config bulkUserSessionRevocationActionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	config.validateAll(ctx, &resp.Diagnostics)
	conditions, known := config.sessions().expand(ctx, &resp.Diagnostics)
	addUnknownSelection(&resp.Diagnostics, known && config.known() && !config.IdentityStoreID.IsUnknown())
	timeout, diags := config.Timeouts.Invoke(ctx, defaultBulkTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !a.data.ready(&resp.Diagnostics) {
		return
	}
	send := func(message string) { resp.SendProgress(action.InvokeProgressEvent{Message: message}) }
	request := bulkrevocation.Request{
		Selection: config.expand(config.IdentityStoreID, a.data.protected), Matching: conditions, Verify: config.Verify.ValueBool(), Ended: logEnded(ctx),
		Report: send,
	}

	bound, cancel := contextWithTimeout(ctx, "invoke", timeout)
	defer cancel()
	begun := time.Now()
	outcome, err := bulkrevocation.Run(bound, a.data.client, request)
	// Terraform crashes on a message after the interrupt.
	if bound.Err() == nil {
		send(fmt.Sprintf("%d of %d users done in %s, %s.", outcome.Done, outcome.Found, time.Since(begun).Round(time.Second), describeEnded(outcome)))
	}
	if err != nil {
		addBulkError(&resp.Diagnostics, request, config.given(), outcome, err, "Run the action again to do the rest.")
		return
	}
	addBulkWarnings(&resp.Diagnostics, config.given(), outcome)
}
