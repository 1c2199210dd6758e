// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// oneOf are arguments of which exactly one must be set.
type oneOf struct {
	// names are those that the surface has, in the order of the documentation, and
	// values has what is configured of each.
	names  []string
	values map[string]attr.Value
	// several and none are the summaries of the errors.
	several, none string
}

// check returns the argument that is set, "" for none, and whether all are known.
func (o oneOf) check(diags *diag.Diagnostics) (given string, known bool) {
	var set []string
	known = true
	for _, name := range o.names {
		switch value := o.values[name]; {
		case value.IsUnknown():
			known = false
		case !value.IsNull():
			set = append(set, name)
		}
	}
	switch {
	case len(set) > 1:
		diags.AddAttributeError(path.Root(set[1]), o.several,
			fmt.Sprintf("Exactly one of these attributes must be set: %s. Set are %s.", enumerate(o.names), enumerate(set)))
	case len(set) == 0 && known:
		diags.AddError(o.none,
			fmt.Sprintf("Exactly one of these attributes must be set: %s. None is, or the one that is set is null.", enumerate(o.names)))
	}
	if len(set) == 0 {
		return "", known
	}
	return set[0], known
}

type namedList struct {
	name string
	list types.List
}

// unknown tells whether the list or an element of it is not known.
func (l namedList) unknown() bool {
	return l.list.IsUnknown() || slices.ContainsFunc(l.list.Elements(), attr.Value.IsUnknown)
}

// textsOf returns the texts of a list.
func textsOf(list types.List) []string {
	var all []string
	for _, element := range list.Elements() {
		if text, isText := element.(types.String); isText {
			all = append(all, text.ValueString())
		}
	}
	return all
}

// checkIDs refuses elements that cannot be the ID of a session.
func checkIDs(ctx context.Context, at path.Path, ids types.List) (diags diag.Diagnostics) {
	for i, element := range ids.Elements() {
		id, isText := element.(types.String)
		if !isText || id.IsNull() {
			diags.AddAttributeError(at.AtListIndex(i), "Invalid ID", fmt.Sprintf("%s is null. Leave it out.", at.AtListIndex(i)))
			continue
		}
		var checked validator.StringResponse
		apiID{}.ValidateString(ctx, validator.StringRequest{Path: at.AtListIndex(i), ConfigValue: id}, &checked)
		diags.Append(checked.Diagnostics...)
	}
	return diags
}

// checkRequiredIDs refuses what Terraform hands to an action although the schema forbids
// it: a null for a required argument, and what became invalid once variables had values.
func checkRequiredIDs(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics, names ...string) {
	for _, name := range names {
		var id types.String
		diags.Append(config.GetAttribute(ctx, path.Root(name), &id)...)
		if id.IsNull() {
			diags.AddAttributeError(path.Root(name), "Missing "+name, name+" is null. Nothing was done.")
			continue
		}
		var checked validator.StringResponse
		apiID{}.ValidateString(ctx, validator.StringRequest{Path: path.Root(name), ConfigValue: id}, &checked)
		diags.Append(checked.Diagnostics...)
	}
}
