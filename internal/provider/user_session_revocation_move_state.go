// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
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
			for name, value := range map[string]attr.Value{
				"identity_store_id": source.IdentityStoreID, "user_id": source.UserID, "session_ids": source.SessionIDs,
				"revoked_session_ids": source.SessionIDs, sessionsMatching: types.ListValueMust(matchingType(), nil),
			} {
				resp.Diagnostics.Append(resp.TargetState.SetAttribute(ctx, path.Root(name), value)...)
			}
		},
	}}
}
