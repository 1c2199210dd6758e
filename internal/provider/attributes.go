// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	resourceschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Deprecated: attributes of resources and actions that are not literal yet. New code uses
// literals and shared_attributes.go.

// describeIdentityStoreID is the same wherever it is an argument.
const describeIdentityStoreID = "The identity store, as `data.identitycenter_instance` returns it. 1 to 64 characters."

// Those of data sources also serve ephemeral resources and actions, of whose attributes the
// framework asks for the same methods.

func requiredID(description string) schema.StringAttribute {
	return schema.StringAttribute{Required: true, MarkdownDescription: description, Validators: []validator.String{apiID{}}}
}

func optionalTexts(description string) schema.ListAttribute {
	return schema.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: description}
}

func optionalBool(description string) schema.BoolAttribute {
	return schema.BoolAttribute{Optional: true, MarkdownDescription: description}
}

func computedText(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

func computedBool(description string) schema.BoolAttribute {
	return schema.BoolAttribute{Computed: true, MarkdownDescription: description}
}

func computedTime(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: description}
}

// Arguments of resources whose change forces replacement.

func replacingID(description string) resourceschema.StringAttribute {
	return resourceschema.StringAttribute{
		Required: true, MarkdownDescription: description,
		Validators: []validator.String{apiID{}}, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
	}
}

// What resources compute once and then keep.

func keptText(description string) resourceschema.StringAttribute {
	return resourceschema.StringAttribute{
		Computed: true, MarkdownDescription: description,
		PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
	}
}

func keptTime(description string) resourceschema.StringAttribute {
	attribute := keptText(description)
	attribute.CustomType = timetypes.RFC3339Type{}
	return attribute
}

func keptBool(description string) resourceschema.BoolAttribute {
	return resourceschema.BoolAttribute{
		Computed: true, MarkdownDescription: description,
		PlanModifiers: []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
	}
}

func keptTexts(description string) resourceschema.ListAttribute {
	return resourceschema.ListAttribute{
		Computed: true, ElementType: types.StringType, MarkdownDescription: description,
		PlanModifiers: []planmodifier.List{listplanmodifier.UseStateForUnknown()},
	}
}
