// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// computedWireList describes a computed list that may have 100,000 elements.
func computedWireList(description string, element schema.NestedAttributeObject) schema.Attribute {
	return wireListAttribute{
		ListNestedAttribute: schema.ListNestedAttribute{
			Computed:            true,
			CustomType:          wireListType{basetypes.ListType{ElemType: element.Type()}},
			MarkdownDescription: description,
			NestedObject:        element,
		},
		element: element.Type(),
	}
}

// wireListAttribute is a list attribute within which the framework finds types instead of
// attributes: for every null of a response it looks up several times what stands there,
// and copies the attributes around it each time (BenchmarkUsers).
type wireListAttribute struct {
	schema.ListNestedAttribute
	element attr.Type
}

// ApplyTerraform5AttributePathStep returns the type of the elements.
func (a wireListAttribute) ApplyTerraform5AttributePathStep(step tftypes.AttributePathStep) (any, error) {
	if _, ok := step.(tftypes.ElementKeyInt); !ok {
		return nil, fmt.Errorf("a list has no %T", step)
	}
	return a.element, nil
}

// wireListType is a list whose elements stay the wire's own values. The framework
// looks at a state that was read once more as its own values, which takes several
// times the memory of a full identity store for nothing: the list is computed, and
// nobody asks for its elements.
type wireListType struct {
	basetypes.ListType
}

func (t wireListType) Equal(other attr.Type) bool {
	o, ok := other.(wireListType)
	return ok && t.ListType.Equal(o.ListType)
}

func (t wireListType) ValueType(context.Context) attr.Value { return wireList{} }

func (t wireListType) ValueFromTerraform(_ context.Context, value tftypes.Value) (attr.Value, error) {
	return wireList{ListValue: basetypes.NewListNull(t.ElemType), wire: &value}, nil
}

func (t wireListType) ValueFromList(_ context.Context, value basetypes.ListValue) (basetypes.ListValuable, diag.Diagnostics) {
	return wireList{ListValue: value}, nil
}

// wireList is a value of wireListType.
type wireList struct {
	basetypes.ListValue
	// wire is nil for a list that did not come from the wire.
	wire *tftypes.Value
}

func (l wireList) Type(ctx context.Context) attr.Type {
	return wireListType{basetypes.ListType{ElemType: l.ElementType(ctx)}}
}

func (l wireList) Equal(other attr.Value) bool {
	o, ok := other.(wireList)
	return ok && l.wire == o.wire && l.ListValue.Equal(o.ListValue)
}

func (l wireList) IsNull() bool {
	if l.wire == nil {
		return l.ListValue.IsNull()
	}
	return l.wire.IsNull()
}

func (l wireList) IsUnknown() bool {
	if l.wire == nil {
		return l.ListValue.IsUnknown()
	}
	return !l.wire.IsKnown()
}

func (l wireList) ToTerraformValue(ctx context.Context) (tftypes.Value, error) {
	if l.wire == nil {
		return l.ListValue.ToTerraformValue(ctx)
	}
	return *l.wire, nil
}
