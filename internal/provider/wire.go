// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// wireObject holds the top-level attributes and blocks of a configuration, a plan or a
// state. Reading one of them here costs a twentieth of GetAttribute, which copies the
// whole schema each time: five hundred resources feel it (BenchmarkRevocation).
type wireObject map[string]tftypes.Value

// readWire returns the attributes of a configuration, a plan or a state; none of one that
// is not there. They are those of raw itself and are not to be changed.
func readWire(raw tftypes.Value, diags *diag.Diagnostics) wireObject {
	var object map[string]tftypes.Value
	if err := raw.As(&object); err != nil {
		diags.AddError("Unreadable values", err.Error())
	}
	return object
}

// attributeOf returns an attribute of an object, which is of the given type; null for one
// that the object does not have.
func attributeOf[T attr.Value](ctx context.Context, object wireObject, name string, of attr.Type, diags *diag.Diagnostics) T {
	var none T
	value, err := of.ValueFromTerraform(ctx, object[name])
	if err != nil {
		diags.AddAttributeError(path.Root(name), "Unreadable value", err.Error())
		return none
	}
	typed, _ := value.(T) // The type says so.
	return typed
}

func (o wireObject) text(ctx context.Context, name string, diags *diag.Diagnostics) types.String {
	return attributeOf[types.String](ctx, o, name, types.StringType, diags)
}

func (o wireObject) truth(ctx context.Context, name string, diags *diag.Diagnostics) types.Bool {
	return attributeOf[types.Bool](ctx, o, name, types.BoolType, diags)
}

// list returns a list whose elements are of the given type. Most are null, for which
// their type need not be compared.
func (o wireObject) list(ctx context.Context, name string, element attr.Type, diags *diag.Diagnostics) types.List {
	if o[name].IsNull() {
		return types.ListNull(element)
	}
	return attributeOf[types.List](ctx, o, name, types.ListType{ElemType: element}, diags)
}

var wireListOfTexts = tftypes.List{ElementType: tftypes.String}

// textValue is null for the text that a response does not have.
func textValue(text string) tftypes.Value {
	if text == "" {
		return tftypes.NewValue(tftypes.String, nil)
	}
	return tftypes.NewValue(tftypes.String, text)
}

// timeValue is null for the time that a response does not have.
func timeValue(t time.Time) tftypes.Value {
	if t.IsZero() {
		return textValue("")
	}
	return textValue(t.Format(time.RFC3339))
}

func textValues(texts []string) tftypes.Value {
	values := make([]tftypes.Value, len(texts))
	for i, text := range texts {
		values[i] = tftypes.NewValue(tftypes.String, text)
	}
	return tftypes.NewValue(wireListOfTexts, values)
}

func truthValue(truth bool) tftypes.Value { return tftypes.NewValue(tftypes.Bool, truth) }

func countValue(n int) tftypes.Value { return tftypes.NewValue(tftypes.Number, int64(n)) }

// elementOf returns the type of the elements of a list in an object.
func elementOf(raw tftypes.Value, name string) tftypes.Type {
	object, _ := raw.Type().(tftypes.Object)
	list, _ := object.AttributeTypes[name].(tftypes.List)
	return list.ElementType
}

// listValue is the value of a list of objects in an object, each as of makes it.
func listValue[E any](raw tftypes.Value, name string, all []E, of func(E) map[string]tftypes.Value) tftypes.Value {
	element := elementOf(raw, name)
	values := make([]tftypes.Value, len(all))
	for i, one := range all {
		values[i] = tftypes.NewValue(element, of(one))
	}
	return tftypes.NewValue(tftypes.List{ElementType: element}, values)
}

// withValues returns an object in which some attributes have other values.
func withValues(raw tftypes.Value, values wireObject, diags *diag.Diagnostics) tftypes.Value {
	all := maps.Clone(readWire(raw, diags))
	if diags.HasError() {
		return raw
	}
	maps.Copy(all, values)
	return tftypes.NewValue(raw.Type(), map[string]tftypes.Value(all))
}
