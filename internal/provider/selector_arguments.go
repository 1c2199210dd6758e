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
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// What session_selector.go and user_selector.go share.

// choiceArgument is one of the arguments of which exactly one must be set.
type choiceArgument struct {
	name  string
	value attr.Value
}

// validateExactlyOne adds an error if none or several of the arguments are set. Those in
// together may be set beside each other. What is unknown may turn out to be null.
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

// firstSet returns the name of the first argument that is not null, "" if all are null.
func firstSet(arguments []choiceArgument) string {
	for _, a := range arguments {
		if !a.value.IsNull() {
			return a.name
		}
	}
	return ""
}

// idListValidators returns the validators of a list of IDs.
func idListValidators(id validator.String) []validator.List {
	return []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(id)}
}

// validateIDList validates a list of IDs once more, for actions.
func validateIDList(ctx context.Context, at path.Path, ids types.List, id validator.String, diags *diag.Diagnostics) {
	validateList(ctx, at, ids, idListValidators(id), diags)
}

// validateList runs the validators of a list once more, for actions.
func validateList(ctx context.Context, at path.Path, list types.List, validators []validator.List, diags *diag.Diagnostics) {
	for _, v := range validators {
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

// nameListValidators returns the validators of a list of user names.
func nameListValidators() []validator.List {
	return []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(stringvalidator.LengthBetween(1, 128))}
}
