// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/actionvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
)

var (
	_ action.ActionWithConfigure        = (*userSessionRevocationAction)(nil)
	_ action.ActionWithConfigValidators = (*userSessionRevocationAction)(nil)
)

func newUserSessionRevocationAction() action.Action { return &userSessionRevocationAction{} }

// userSessionRevocationAction revokes without keeping a record: what it prints is
// all that is left of it.
type userSessionRevocationAction struct {
	data *providerData
}

type userSessionRevocationActionModel struct {
	IdentityStoreID types.String `tfsdk:"identity_store_id"`
	UserID          types.String `tfsdk:"user_id"`
	SessionIDs      types.Set    `tfsdk:"session_ids"`
	AllSessions     types.Bool   `tfsdk:"all_sessions"`
	Verify          types.Bool   `tfsdk:"verify"`
}

func (a *userSessionRevocationAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user_session_revocation"
}

func (a *userSessionRevocationAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Ends login sessions of one IAM Identity Center user, and keeps nothing of it in the state: the lines that it prints are the record. " + consoleWarning,
		Attributes: map[string]schema.Attribute{
			"identity_store_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "The identity store that the user is in, as `data.identitycenter_instance` returns it. 1 to 64 characters.",
				Validators:          []validator.String{apiID{}},
			},
			"user_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "The user whose sessions are ended, as `data.identitycenter_user` returns it. 1 to 64 characters.",
				Validators:          []validator.String{apiID{}},
			},
			"session_ids": schema.SetAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "The IDs of the sessions to end. Exactly one of `session_ids` and `all_sessions` is required. An empty set makes no call.",
				Validators:          []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(apiID{})},
			},
			"all_sessions": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Set to `true` to end every session that the user has at that moment. Having none is not an error. " +
					"`false` is refused: leave the argument out.",
				Validators: []validator.Bool{boolvalidator.Equals(true)},
			},
			"verify": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether to list the user's sessions afterwards until none of those that were ended is left, for at most 5 minutes. Default `false`.",
			},
		},
	}
}

func (a *userSessionRevocationAction) ConfigValidators(context.Context) []action.ConfigValidator {
	return []action.ConfigValidator{
		actionvalidator.ExactlyOneOf(path.MatchRoot("session_ids"), path.MatchRoot("all_sessions")),
	}
}

func (a *userSessionRevocationAction) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	a.data = dataOf(req.ProviderData, &resp.Diagnostics)
}

func (a *userSessionRevocationAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config userSessionRevocationActionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || !a.data.ready(&resp.Diagnostics) {
		return
	}
	request := revocation.Request{
		IdentityStoreID: config.IdentityStoreID.ValueString(), UserID: config.UserID.ValueString(),
		All: config.AllSessions.ValueBool(), Verify: config.Verify.ValueBool(),
		Report: func(message string) { resp.SendProgress(action.InvokeProgressEvent{Message: message}) },
	}
	resp.Diagnostics.Append(config.SessionIDs.ElementsAs(ctx, &request.SessionIDs, true)...)
	if resp.Diagnostics.HasError() {
		return
	}

	bound, cancel := context.WithTimeoutCause(ctx, defaultCreateTimeout, &timeoutError{after: defaultCreateTimeout})
	defer cancel()
	outcome, err := revocation.Run(bound, a.data.client, request)
	if err != nil {
		addError(&resp.Diagnostics, operation{doing: "ending " + sessionsOf(request), done: done(request, outcome)}, err)
		return
	}
	if !request.All && len(request.SessionIDs) == 0 {
		addEmptyWarning(&resp.Diagnostics, path.Root("session_ids"), request)
	}
	addGoneWarning(&resp.Diagnostics, path.Root("session_ids"), request, outcome)
}
