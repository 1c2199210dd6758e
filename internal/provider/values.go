// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	resourceschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
)

// describeIdentityStoreID is the same wherever it is an argument.
const describeIdentityStoreID = "The identity store, as `data.identitycenter_instance` returns it. 1 to 64 characters."

// Arguments and results that several surfaces have are described by these. Those of data
// sources also serve ephemeral resources and actions: the framework asks for the same
// methods of all, and a computed attribute is none of an action's.

func requiredID(description string) schema.StringAttribute {
	return schema.StringAttribute{Required: true, MarkdownDescription: description, Validators: []validator.String{apiID{}}}
}

// replacingID is requiredID of a resource.
func replacingID(description string) resourceschema.StringAttribute {
	return resourceschema.StringAttribute{
		Required: true, MarkdownDescription: description,
		Validators: []validator.String{apiID{}}, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
	}
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

// externalIDs describes the identifiers that users and groups have elsewhere.
func externalIDs(description string) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{
		Computed:            true,
		MarkdownDescription: description,
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"id":     computedText("The identifier."),
			"issuer": computedText("The identity provider that gave it."),
		}},
	}
}

type externalIDModel struct {
	ID     types.String `tfsdk:"id"`
	Issuer types.String `tfsdk:"issuer"`
}

func externalIDModels(ids []identitycenter.ExternalID) []externalIDModel {
	models := []externalIDModel{}
	for _, id := range ids {
		models = append(models, externalIDModel{ID: orNull(id.ID), Issuer: orNull(id.Issuer)})
	}
	return models
}

// orNull is null for the text that a response does not have.
func orNull(text string) types.String {
	if text == "" {
		return types.StringNull()
	}
	return types.StringValue(text)
}

// timeOrNull is null for the time that a response does not have.
func timeOrNull(t time.Time) timetypes.RFC3339 {
	if t.IsZero() {
		return timetypes.NewRFC3339Null()
	}
	return timetypes.NewRFC3339TimeValue(t)
}
