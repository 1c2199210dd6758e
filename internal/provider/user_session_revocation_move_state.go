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

// MoveState takes over the record that the vendor's resource kept of a
// revocation. It makes no call: what was done stays done.
func (r *userSessionRevocationResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{
		SourceSchema: &schema.Schema{Attributes: map[string]schema.Attribute{
			"identity_store_id": schema.StringAttribute{Required: true},
			"user_id":           schema.StringAttribute{Required: true},
			"session_ids":       schema.ListAttribute{Required: true, ElementType: types.StringType},
		}},
		StateMover: func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
			// There is no SourceState when these attributes have other types there; the
			// framework then says that the move is not supported.
			if req.SourceTypeName != vendorResource || !strings.HasSuffix(req.SourceProviderAddress, vendorProvider) || req.SourceState == nil {
				return
			}
			for name, source := range map[string]string{
				"identity_store_id": "identity_store_id", "user_id": "user_id", "session_ids": "session_ids", "revoked_session_ids": "session_ids",
			} {
				var value attr.Value
				resp.Diagnostics.Append(req.SourceState.GetAttribute(ctx, path.Root(source), &value)...)
				resp.Diagnostics.Append(resp.TargetState.SetAttribute(ctx, path.Root(name), value)...)
			}
			// A block that is not there is an empty list.
			resp.Diagnostics.Append(resp.TargetState.SetAttribute(ctx, path.Root(sessionsMatching), types.ListValueMust(matchingType(), nil))...)
		},
	}}
}
