// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// requiresReplacement ends the description of an argument that decides what is revoked.
const requiresReplacement = " Changing this requires replacement."

// ignoreOrder is the plan modifier of a list that is compared as a set: the prior value is
// kept if only the order or duplicates differ.
type ignoreOrder struct{}

func (ignoreOrder) Description(context.Context) string {
	return "The order and duplicates do not matter."
}

func (m ignoreOrder) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (ignoreOrder) PlanModifyList(_ context.Context, req planmodifier.ListRequest, resp *planmodifier.ListResponse) {
	if req.StateValue.IsNull() || req.PlanValue.IsNull() || !fullyKnown(req.PlanValue) || req.PlanValue.Equal(req.StateValue) {
		return
	}
	set := func(list types.List) []string {
		return slices.Compact(slices.Sorted(slices.Values(expandStrings(list))))
	}
	if slices.Equal(set(req.StateValue), set(req.PlanValue)) {
		resp.PlanValue = req.StateValue
	}
}

// warnIfEmpty is the plan modifier of a list that selects nothing when it is empty.
type warnIfEmpty struct {
	// of completes the sentence "creating this resource makes no request and ends no session of".
	of string
}

func (warnIfEmpty) Description(context.Context) string { return "Warns of an empty list." }

func (m warnIfEmpty) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

// PlanModifyList warns when the resource is created or replaced. Terraform shows only what
// is said before it plans the creation half of a replacement.
func (m warnIfEmpty) PlanModifyList(_ context.Context, req planmodifier.ListRequest, resp *planmodifier.ListResponse) {
	if isEmptyList(req.PlanValue) && (req.State.Raw.IsNull() || !req.PlanValue.Equal(req.StateValue)) {
		resp.Diagnostics.AddAttributeWarning(req.Path, "No session to revoke",
			fmt.Sprintf("%s is empty: creating this resource makes no request and ends no session of %s.", req.Path, m.of))
	}
}

// warnIfUnknown is the plan modifier of an argument that requires replacement: it warns when
// the replacement is planned only because the new value is not known yet.
type warnIfUnknown struct{}

func (warnIfUnknown) Description(context.Context) string {
	return "Warns of a replacement that is due to an unknown value."
}

func (m warnIfUnknown) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (warnIfUnknown) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if req.PlanValue.IsUnknown() && !req.StateValue.IsNull() {
		addRepetitionWarning(&resp.Diagnostics, req.Path, fmt.Sprintf("the value in the state, %s", req.StateValue.ValueString()))
	}
}

func (warnIfUnknown) PlanModifyList(_ context.Context, req planmodifier.ListRequest, resp *planmodifier.ListResponse) {
	if !req.State.Raw.IsNull() && !fullyKnown(req.PlanValue) {
		addRepetitionWarning(&resp.Diagnostics, req.Path, "the values in the state")
	}
}

// addRepetitionWarning warns that a revocation is replaced because an argument is unknown.
func addRepetitionWarning(diags *diag.Diagnostics, at path.Path, same string) {
	diags.AddAttributeWarning(at, "Revocation repeated because of an unknown value",
		fmt.Sprintf("%[1]s is known only after the apply, so Terraform replaces this resource. The replacement ends sessions again, even if %[1]s turns out to be %[2]s. "+
			"The usual cause is a depends_on on the data source that %[1]s comes from, or on a module around it. Remove that depends_on, or write the ID itself.", at, same))
}
