// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// stringOrNull returns a string of the API for the state, null if it is empty. Characters that
// control a terminal or reverse the direction of text become "?", since outputs and plans
// show the string.
func stringOrNull(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return '?'
		}
		return r
	}, s))
}

// timestampOrNull returns a time for the state, null if it is zero.
func timestampOrNull(t time.Time) timetypes.RFC3339 {
	if t.IsZero() {
		return timetypes.NewRFC3339Null()
	}
	return timetypes.NewRFC3339TimeValue(t)
}

// stringList returns strings of the API as a list for the state.
func stringList(values []string) types.List {
	elements := make([]attr.Value, len(values))
	for i, value := range values {
		elements[i] = stringOrNull(value)
	}
	return types.ListValueMust(types.StringType, elements)
}

// objectList returns items as a list of objects for the state.
func objectList[T any](of types.ObjectType, items []T, attributes func(T) map[string]attr.Value) types.List {
	elements := make([]attr.Value, len(items))
	for i, item := range items {
		elements[i] = types.ObjectValueMust(of.AttrTypes, attributes(item))
	}
	return types.ListValueMust(of, elements)
}
