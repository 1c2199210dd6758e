// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/cutoff"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/useraccess"
)

var _ list.ListResourceWithConfigure = (*sessionCutoffListResource)(nil)

type sessionCutoffListResource struct{ configuredResource }

type sessionCutoffListModel struct {
	InstanceID       types.String `tfsdk:"instance_id"`
	PermissionSetIDs types.List   `tfsdk:"permission_set_ids"`
}

func (r *sessionCutoffListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Finds session cutoffs in the custom policies of permission sets.",
		Attributes: map[string]schema.Attribute{
			"instance_id": instanceIDAttribute(),
			"permission_set_ids": schema.ListAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "The IDs of the permission sets to search. Default is all permission sets of the instance.",
				// An empty list would list everything or nothing.
				Validators: []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(apiID), listvalidator.SizeAtLeast(1)},
			},
		},
	}
}

func (r *sessionCutoffListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config sessionCutoffListModel
	var ids []string
	diags := req.Config.Get(ctx, &config)
	diags.Append(config.PermissionSetIDs.ElementsAs(ctx, &ids, false)...)
	if diags.HasError() || !r.data.ready(&diags) {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	instanceID := config.InstanceID.ValueString()
	stream.Results = func(push func(list.ListResult) bool) {
		found := int64(0)
		for listed := range r.data.cutoffs.List(ctx, instanceID, ids) {
			if (listed.Err != nil || listed.Others > 0) && !push(notListed(instanceID, listed)) {
				return
			}
			for _, statement := range listed.Statements {
				if found++; !push(listedCutoff(ctx, req, instanceID, listed, statement)) || found == req.Limit {
					return
				}
			}
		}
	}
}

// notListed returns only a warning: an error would stop the generation of configuration.
func notListed(instanceID string, listed cutoff.Listed) list.ListResult {
	var diags diag.Diagnostics
	switch {
	case listed.Err == nil:
		diags.AddWarning(fmt.Sprintf("Statements of permission set %s are not listed", listed.Set.ID), fmt.Sprintf("The policy has statements that may be session cutoffs "+
			"and cannot be imported (%d): they were changed, have no Sid, or repeat one.\n\nInspect the policy, and remove them by hand.", listed.Others))
	case listed.Set.ID == "":
		diags.AddWarning("Permission sets could not be listed", fmt.Sprintf("The list of the permission sets of instance %s is not complete.\n\n%s", instanceID, explain(listed.Err, "instance_id")))
	default:
		diags.AddWarning(fmt.Sprintf("Policy of permission set %s was not read", listed.Set.ID),
			fmt.Sprintf("Session cutoffs in it are not listed.\n\n%s", explain(listed.Err, "permission_set_ids")))
	}
	return list.ListResult{Diagnostics: diags}
}

// listedCutoff returns the result for a statement. Arguments have their defaults, so that the
// generated configuration plans no change.
func listedCutoff(ctx context.Context, req list.ListRequest, instanceID string, listed cutoff.Listed, statement cutoff.Statement) list.ListResult {
	result := req.NewListResult(ctx)
	model := sessionCutoffModel{
		InstanceID: types.StringValue(instanceID), PermissionSetID: types.StringValue(listed.Set.ID), StatementID: types.StringValue(statement.ID),
		IssuedBefore: types.StringValue(statement.IssuedBefore.Format(time.RFC3339)),
		Active:       types.BoolValue(true), AllowEarlyRemoval: types.BoolValue(false), Timeouts: noTimeouts,
	}
	safety := "session duration not understood"
	if duration, err := useraccess.SessionDuration(listed.Set); err == nil {
		if !model.fill(describedSet{name: listed.Set.Name, duration: duration}, &result.Diagnostics) {
			return list.ListResult{Diagnostics: diag.Diagnostics{diag.NewWarningDiagnostic("Invalid cutoff time in a policy",
				fmt.Sprintf("Permission set %s has the session cutoff %s with issued_before = %s.", listed.Set.ID, statement.ID, model.IssuedBefore.ValueString()))}}
		}
		safety = "safe to remove"
		if safe, _ := timeOfState(model.SafeToRemoveAt); time.Now().Before(safe) {
			safety = "not safe to remove before " + model.SafeToRemoveAt.ValueString()
		}
	}
	result.DisplayName = fmt.Sprintf("%s, issued before %s, %s", model.label(), model.IssuedBefore.ValueString(), safety)
	result.Diagnostics.Append(result.Identity.Set(ctx, model.identity())...)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
	}
	return result
}
