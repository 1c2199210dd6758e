// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
)

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
