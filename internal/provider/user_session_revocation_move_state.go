// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ resource.ResourceWithMoveState = (*userSessionRevocationResource)(nil)

// The vendor's resource for the same call.
const (
	vendorProvider = "/huaweicloud/huaweicloud"
	vendorResource = "huaweicloud_identitycenter_user_session_delete"
)

// vendorModel is the state of the vendor's resource.
type vendorModel struct {
	ID              types.String `tfsdk:"id"`
	Region          types.String `tfsdk:"region"`
	IdentityStoreID types.String `tfsdk:"identity_store_id"`
	UserID          types.String `tfsdk:"user_id"`
	SessionIDs      types.List   `tfsdk:"session_ids"`
}

// userSessionRevocationModel is the state of this resource.
type userSessionRevocationModel struct {
	IdentityStoreID     types.String `tfsdk:"identity_store_id"`
	UserID              types.String `tfsdk:"user_id"`
	SessionIDs          types.List   `tfsdk:"session_ids"`
	SessionIDsWO        types.List   `tfsdk:"session_ids_wo"`
	SessionIDsWOVersion types.String `tfsdk:"session_ids_wo_version"`
	AllSessions         types.Bool   `tfsdk:"all_sessions"`
	SessionsMatching    types.List   `tfsdk:"sessions_matching"`
	Triggers            types.Map    `tfsdk:"triggers"`
	Verify              types.Bool   `tfsdk:"verify"`
	// RevokedAt is a plain text: a mocked provider of terraform test fills in what is
	// no time, which a state with the type of times could not be read with.
	RevokedAt           types.String   `tfsdk:"revoked_at"`
	RevokedSessionCount types.Int64    `tfsdk:"revoked_session_count"`
	RevokedSessionIDs   types.List     `tfsdk:"revoked_session_ids"`
	RequestIDs          types.List     `tfsdk:"request_ids"`
	Timeouts            timeouts.Value `tfsdk:"timeouts"`
}

// MoveState takes over the record that the vendor's resource kept of a
// revocation. It makes no call: what was done stays done.
func (r *userSessionRevocationResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{
		SourceSchema: &schema.Schema{Attributes: map[string]schema.Attribute{
			"id":                schema.StringAttribute{Computed: true},
			"region":            schema.StringAttribute{Optional: true, Computed: true},
			"identity_store_id": schema.StringAttribute{Required: true},
			"user_id":           schema.StringAttribute{Required: true},
			"session_ids":       schema.ListAttribute{Required: true, ElementType: types.StringType},
		}},
		StateMover: func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
			if req.SourceTypeName != vendorResource || !strings.HasSuffix(req.SourceProviderAddress, vendorProvider) {
				return
			}
			var source vendorModel
			resp.Diagnostics.Append(req.SourceState.Get(ctx, &source)...)
			if resp.Diagnostics.HasError() {
				return
			}
			resp.Diagnostics.Append(resp.TargetState.Set(ctx, userSessionRevocationModel{
				IdentityStoreID:   source.IdentityStoreID,
				UserID:            source.UserID,
				SessionIDs:        source.SessionIDs,
				SessionIDsWO:      types.ListNull(types.StringType),
				SessionsMatching:  types.ListValueMust(resourceSessionsMatching().NestedObject.Type(), []attr.Value{}),
				Triggers:          types.MapNull(types.StringType),
				RevokedSessionIDs: source.SessionIDs,
				RequestIDs:        types.ListNull(types.StringType),
				Timeouts:          timeouts.Value{Object: types.ObjectNull(map[string]attr.Type{"create": types.StringType})},
			})...)
		},
	}}
}
