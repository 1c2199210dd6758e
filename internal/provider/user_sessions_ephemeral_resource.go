// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/ephemeral/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
)

var (
	_ ephemeral.EphemeralResourceWithConfigure      = (*userSessionsEphemeralResource)(nil)
	_ ephemeral.EphemeralResourceWithValidateConfig = (*userSessionsEphemeralResource)(nil)
)

type userSessionsEphemeralResource struct{ configuredEphemeralResource }

func (e *userSessionsEphemeralResource) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user_sessions"
}

func (e *userSessionsEphemeralResource) Schema(ctx context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The login sessions of a user at this moment. Terraform reads them in every plan and again in the apply, and keeps them in neither: " +
			"feed them to `session_ids_wo` of `identitycenter_user_session_revocation` where `sessions_matching` cannot say what is meant. Reading ends no session. Needs Terraform 1.10 or later, `session_ids_wo` 1.11.",
		Attributes: map[string]schema.Attribute{
			"identity_store_id": requiredID(describeIdentityStoreID),
			"user_id":           requiredID(describeUserID),
			"sessions":          computedSessions(),
		},
		Blocks: map[string]schema.Block{
			sessionsMatching: anySessionsMatching(),
			"timeouts": timeouts.BlockWithOpts(ctx, timeouts.Opts{
				OpenDescription: fmt.Sprintf("How long the reading may take, with all retries, as a duration such as `30s` or `10m`. Default `%.0fm`.", defaultRevocationTimeout.Minutes()),
			}),
		},
	}
}

// ValidateConfig checks the conditions, as far as they are known.
func (e *userSessionsEphemeralResource) ValidateConfig(ctx context.Context, req ephemeral.ValidateConfigRequest, resp *ephemeral.ValidateConfigResponse) {
	matching := readWire(req.Config.Raw, &resp.Diagnostics).matching(ctx, &resp.Diagnostics)
	_, _ = readConditions(matching, false, &resp.Diagnostics)
}

func (e *userSessionsEphemeralResource) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	config := readWire(req.Config.Raw, &resp.Diagnostics)
	storeID, userID := config.text(ctx, "identity_store_id", &resp.Diagnostics), config.text(ctx, "user_id", &resp.Diagnostics)
	conditions, _ := readConditions(config.matching(ctx, &resp.Diagnostics), false, &resp.Diagnostics)
	ctx, cancel := withTimeout(ctx, req.Config.Raw, "open", defaultRevocationTimeout, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() || !e.data.ready(&resp.Diagnostics) {
		return
	}
	sessions := sessionsOfUser(ctx, e.data.client, storeID.ValueString(), userID.ValueString(), conditions, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Result.Raw = withSessions(ctx, e.data.client, req.Config.Raw, storeID.ValueString(), sessions, &resp.Diagnostics)
}
