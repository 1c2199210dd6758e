// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
)

// Attributes with the same meaning in several schemas. The attributes of data sources also
// fit the schemas of actions.

// identityStoreIDAttribute is the identity store that a data source or an action uses.
func identityStoreIDAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: "The identity store, from `data.identitycenter_instance`.",
		Validators:          []validator.String{apiID},
	}
}

// instanceIDAttribute is the instance that a data source uses.
func instanceIDAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: "The IAM Identity Center instance, from `data.identitycenter_instance`.",
		Validators:          []validator.String{apiID},
	}
}

// externalIDsAttribute has the identifiers that identity providers gave a user or a group.
func externalIDsAttribute() schema.ListNestedAttribute {
	return schema.ListNestedAttribute{
		Computed:            true,
		MarkdownDescription: "The identifiers in external identity providers.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"id":     schema.StringAttribute{Computed: true, MarkdownDescription: "The identifier."},
			"issuer": schema.StringAttribute{Computed: true, MarkdownDescription: "The identity provider that issued it."},
		}},
	}
}

// externalIDType is the element type of externalIDsAttribute.
var externalIDType = types.ObjectType{AttrTypes: map[string]attr.Type{"id": types.StringType, "issuer": types.StringType}}

func externalIDList(ids []identitycenter.ExternalID) types.List {
	return objectList(externalIDType, ids, func(id identitycenter.ExternalID) map[string]attr.Value {
		return map[string]attr.Value{"id": stringOrNull(id.ID), "issuer": stringOrNull(id.Issuer)}
	})
}
