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
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// oneOf are arguments of which exactly one must be set, in the order of the documentation.
type oneOf []argument

type argument struct {
	name  string
	value attr.Value
}

// oneOfThose returns those of the arguments that the surface has.
func oneOfThose(config wireObject, arguments ...argument) oneOf {
	return slices.DeleteFunc(arguments, func(a argument) bool {
		_, there := config[a.name]
		return !there
	})
}

// given returns the name of the argument that is set, "" for none.
func (o oneOf) given() string {
	for _, a := range o {
		if !a.value.IsNull() {
			return a.name
		}
	}
	return ""
}

// check tells whether all are known. Several and none are the summaries of the errors.
func (o oneOf) check(several, none string, diags *diag.Diagnostics) (known bool) {
	var names, set []string
	known = true
	for _, a := range o {
		names = append(names, a.name)
		switch {
		case a.value.IsUnknown():
			known = false
		case !a.value.IsNull():
			set = append(set, a.name)
		}
	}
	switch {
	case len(set) > 1:
		diags.AddAttributeError(path.Root(set[1]), several,
			fmt.Sprintf("Exactly one of these attributes must be set: %s. Set are %s.", enumerate(names), enumerate(set)))
	case len(set) == 0 && known:
		diags.AddError(none,
			fmt.Sprintf("Exactly one of these attributes must be set: %s. None is, or the one that is set is null.", enumerate(names)))
	}
	return known
}

type namedList struct {
	name string
	list types.List
}

// unknown tells whether the list or an element of it is not known.
func (l namedList) unknown() bool {
	return l.list.IsUnknown() || slices.ContainsFunc(l.list.Elements(), attr.Value.IsUnknown)
}

// empty tells whether the list is known to have no elements.
func (l namedList) empty() bool {
	return !l.list.IsNull() && !l.list.IsUnknown() && len(l.list.Elements()) == 0
}

// checkIDs refuses elements that cannot be an ID.
func (l namedList) checkIDs(diags *diag.Diagnostics) {
	for i, element := range l.list.Elements() {
		at := path.Root(l.name).AtListIndex(i)
		id, isText := element.(types.String)
		if !isText || id.IsNull() {
			diags.AddAttributeError(at, "Invalid ID", fmt.Sprintf("%s is null. Leave it out.", at))
			continue
		}
		checkID(at, id, diags)
	}
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

// checkRequiredIDs refuses what Terraform hands to an action although the schema forbids
// it: a null for a required argument, and what became invalid once variables had values.
func checkRequiredIDs(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics, names ...string) {
	object := readWire(config.Raw, diags)
	for _, name := range names {
		id := object.text(ctx, name, diags)
		if id.IsNull() {
			diags.AddAttributeError(path.Root(name), "Missing "+name, name+" is null. Nothing was done.")
			continue
		}
		checkID(path.Root(name), id, diags)
	}
}
