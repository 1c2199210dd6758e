// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// replaces ends the description of every argument that decides what is revoked.
const replaces = " Changing this forces replacement, which ends sessions again."

func triggers() schema.MapAttribute {
	return schema.MapAttribute{
		Optional: true, ElementType: types.StringType,
		MarkdownDescription: "Any values, such as the number of an incident." + replaces,
		PlanModifiers:       []planmodifier.Map{mapplanmodifier.RequiresReplace()},
	}
}

// record is embedded in the resources that record what creating them did: nothing else
// calls the API. See Records.
type record struct{ keptState }

// Delete forgets the record.
func (record) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// cannotBeImported says why a record is not imported.
const cannotBeImported = "It is an event, not an object: the API keeps nothing of it that could be read back. Create the resource instead, which revokes"

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

// addUnknown refuses to act on a choice of which not everything is known: what is unknown
// is read as what is not set, and conditions that are not set choose every session.
func addUnknown(diags *diag.Diagnostics, known bool) {
	if !known && !diags.HasError() {
		diags.AddError("Nothing says which sessions to end", "A value that decides which sessions are ended is still unknown. Nothing was done.")
	}
}

// addRepetitionWarning says that a recorded revocation is replaced because the argument
// of this name is not known in the plan; of whom the sessions may be all the same.
func addRepetitionWarning(diags *diag.Diagnostics, name, of string) {
	diags.AddAttributeWarning(path.Root(name), "A revocation is repeated because a value is unknown",
		fmt.Sprintf("%s is known only after the apply, so Terraform replaces this revocation, and the replacement ends sessions again, although it may be of %s. "+
			"The usual cause is a depends_on, on the data source that %s comes from or on a module around it, together with a change of what it depends on. "+
			"Remove that depends_on, or write the ID itself.", name, of, name))
}
