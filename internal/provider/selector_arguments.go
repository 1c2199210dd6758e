// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Code that session_selector.go and user_selector.go share.

// choiceArgument is an argument of a group in which exactly one must be set.
type choiceArgument struct {
	name  string
	value attr.Value
}

// validateExactlyOne adds an error if none or several of the arguments are set. Those in together
// may be combined. Unknown arguments may turn out to be null.
func validateExactlyOne(none, several string, arguments []choiceArgument, together []string, diags *diag.Diagnostics) {
	var names, set []string
	unknown := false
	for _, a := range arguments {
		names = append(names, a.name)
		switch {
		case a.value.IsUnknown():
			unknown = true
		case !a.value.IsNull():
			set = append(set, a.name)
		}
	}
	mayBeTogether := func(name string) bool { return slices.Contains(together, name) }
	switch {
	case len(set) > 1 && slices.ContainsFunc(set, func(name string) bool { return !mayBeTogether(name) }):
		diags.AddAttributeError(path.Root(set[1]), several,
			fmt.Sprintf("Exactly one of these arguments must be set: %s. Set are %s.", enumerate(names), enumerate(set)))
	case len(set) == 0 && !unknown:
		diags.AddError(none,
			fmt.Sprintf("Exactly one of these arguments must be set: %s. None is set, or the one that is set is null.", enumerate(names)))
	}
}

// firstSet returns the name of the first argument that is not null; "" if all are null.
func firstSet(arguments []choiceArgument) string {
	for _, a := range arguments {
		if !a.value.IsNull() {
			return a.name
		}
	}
	return ""
}

// validateList validates a list of strings once more, for actions.
func validateList(ctx context.Context, at path.Path, list types.List, element validator.String, diags *diag.Diagnostics) {
	for _, v := range []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(element)} {
		var resp validator.ListResponse
		v.ValidateList(ctx, validator.ListRequest{Path: at, PathExpression: at.Expression(), ConfigValue: list}, &resp)
		diags.Append(resp.Diagnostics...)
	}
}

// validateRequiredID validates a required ID once more, for actions: Terraform passes null
// for a required argument, and does not validate again once variables have values.
func validateRequiredID(at path.Path, id types.String, diags *diag.Diagnostics) {
	if id.IsNull() {
		diags.AddAttributeError(at, "Missing "+at.String(), fmt.Sprintf("%s is null. Nothing was done.", at))
		return
	}
	apiID.validate(at, id, diags)
}

// validateTrue validates a bool that must not be false once more, for actions.
func validateTrue(ctx context.Context, at path.Path, value types.Bool, diags *diag.Diagnostics) {
	var resp validator.BoolResponse
	boolvalidator.Equals(true).ValidateBool(ctx, validator.BoolRequest{Path: at, PathExpression: at.Expression(), ConfigValue: value}, &resp)
	diags.Append(resp.Diagnostics...)
}

var userName = stringvalidator.LengthBetween(1, 128)

// requiresReplacement ends the description of an argument whose change requires replacement.
const requiresReplacement = " Changing this requires replacement."

// ignoreOrder is the plan modifier of a list that is compared as a set.
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

// PlanModifyList warns before the creation half of a replacement: Terraform hides warnings of it.
func (m warnIfEmpty) PlanModifyList(_ context.Context, req planmodifier.ListRequest, resp *planmodifier.ListResponse) {
	if isEmptyList(req.PlanValue) && (req.State.Raw.IsNull() || !req.PlanValue.Equal(req.StateValue)) {
		resp.Diagnostics.AddAttributeWarning(req.Path, "No session to revoke",
			fmt.Sprintf("%s is empty: creating this resource makes no request and ends no session of %s.", req.Path, m.of))
	}
}

// warnIfUnknown warns of a replacement that is planned only because a value is unknown.
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

func addRepetitionWarning(diags *diag.Diagnostics, at path.Path, same string) {
	diags.AddAttributeWarning(at, "Revocation repeated because of an unknown value",
		fmt.Sprintf("%[1]s is known only after the apply, so Terraform replaces this resource. The replacement ends sessions again, even if %[1]s turns out to be %[2]s. "+
			"The usual cause is a depends_on on the data source that %[1]s comes from, or on a module around it. Remove that depends_on, or write the ID itself.", at, same))
}
