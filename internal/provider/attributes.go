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
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
)

// The attributes of which several surfaces have one like it.

// describeIdentityStoreID is the same wherever it is an argument.
const describeIdentityStoreID = "The identity store, as `data.identitycenter_instance` returns it. 1 to 64 characters."

// Those of data sources also serve ephemeral resources and actions, of whose attributes the
// framework asks for the same methods.

func requiredID(description string) schema.StringAttribute {
	return schema.StringAttribute{Required: true, MarkdownDescription: description, Validators: []validator.String{apiID{}}}
}

func optionalText(description string) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, MarkdownDescription: description}
}

func optionalSecret(description string) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: description}
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

func computedDuration(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, CustomType: timetypes.GoDurationType{}, MarkdownDescription: description}
}

func computedTexts(description string) schema.ListAttribute {
	return schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: description}
}

func computedList(description string, element map[string]schema.Attribute) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{Computed: true, MarkdownDescription: description, NestedObject: schema.NestedAttributeObject{Attributes: element}}
}

// keyText is one of the arguments by which a data source finds an object; the others are computed.
func keyText(description string, valid validator.String) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, Computed: true, MarkdownDescription: description, Validators: []validator.String{valid}}
}

// externalIDs describes the identifiers that users and groups have elsewhere.
func externalIDs(description string) schema.ListNestedAttribute {
	return computedList(description, map[string]schema.Attribute{
		"id":     computedText("The identifier."),
		"issuer": computedText("The identity provider that gave it."),
	})
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

func externalIDValues(config tftypes.Value, ids []identitycenter.ExternalID) tftypes.Value {
	return listValue(config, "external_ids", ids, func(id identitycenter.ExternalID) map[string]tftypes.Value {
		return map[string]tftypes.Value{"id": textValue(id.ID), "issuer": textValue(id.Issuer)}
	})
}
