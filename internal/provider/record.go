// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// replaces ends the description of every argument that decides what is revoked.
const replaces = " Changing this forces replacement, which ends sessions again."

// keptState is embedded in the resources of which there is nothing in the cloud that
// could be read: their state stays as it is, and a change of what only their end or their
// record concerns makes no call.
type keptState struct{ configuredResource }

// Read keeps the state.
func (keptState) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

// Update records what changed.
func (keptState) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
}
