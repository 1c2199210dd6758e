// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/bulkrevocation"
)

var (
	_ action.ActionWithValidateConfig = (*bulkUserSessionRevocationAction)(nil)
	_ action.ActionWithModifyPlan     = (*bulkUserSessionRevocationAction)(nil)
)

type bulkUserSessionRevocationAction struct{ configuredAction }

type bulkUserSessionRevocationActionModel struct {
	bulkRevocationModel
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

func (a *bulkUserSessionRevocationAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Ends portal sessions of many IAM Identity Center users. It keeps nothing in the state: it prints its progress, and the log at `INFO` names the sessions.",
		Attributes: map[string]schema.Attribute{
			"identity_store_id": identityStoreIDAttribute(),
			"user_ids": schema.ListAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				MarkdownDescription: describeUserIDs,
				Validators:          []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(lenientUserIDValidator)},
			},
			"user_names":       userNamesAttribute(),
			"group_ids":        groupIDsAttribute(),
			"except_user_ids":  exceptUserIDsAttribute(),
			"except_group_ids": exceptGroupIDsAttribute(),
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
			"verify": schema.BoolAttribute{Optional: true, MarkdownDescription: describeVerifyUsers},
		},
		Blocks: map[string]schema.Block{
			sessionsMatching: sessionsMatchingBlock(true),
			"timeouts":       invokeTimeout("`2h`"),
		},
	}
}

func (a *bulkUserSessionRevocationAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	var config bulkUserSessionRevocationActionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		config.validateSelection(&resp.Diagnostics)
	}
}

// validateAll validates the values of variables, which Terraform 1.14 to 1.16 does not.
func (m bulkUserSessionRevocationActionModel) validateAll(ctx context.Context, diags *diag.Diagnostics) {
	validateRequiredID(path.Root("identity_store_id"), m.IdentityStoreID, diags)
	m.validateAgain(ctx, diags)
	m.sessions().validateAgain(ctx, diags)
}

// ModifyPlan makes no request: data.identitycenter_user_sessions is the preview.
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
	request := config.request(ctx, &resp.Diagnostics)
	bound, cancel := withTimeout(ctx, "invoke", config.Timeouts.Invoke, defaultBulkTimeout, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() || !a.data.ready(&resp.Diagnostics) {
		return
	}
	send := func(message string) { resp.SendProgress(action.InvokeProgressEvent{Message: message}) }
	request.Selection = config.expand(config.IdentityStoreID, a.data.protected)
	request.Report = send
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
