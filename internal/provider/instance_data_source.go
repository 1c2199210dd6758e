// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

var _ datasource.DataSourceWithConfigure = (*instanceDataSource)(nil)

type instanceDataSource struct{ configuredDataSource }

func (d *instanceDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_instance"
}

func (d *instanceDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The IAM Identity Center instance of the account, and with it the identity store. It is an error if there is none, or more than one.",
		Attributes: map[string]schema.Attribute{
			"instance_id":       computedText("The ID of the instance."),
			"identity_store_id": computedText("The ID of the identity store that belongs to the instance."),
			"alias":             computedText("The alias of the instance; null when it has none."),
			"region": computedText("The region that the instance lives in, which is where the identity store is found. Null when the API does not name exactly one, " +
				"or when the credentials lack the permission `IdentityCenter:instance:describeRegisteredRegions`."),
			"instance_urn": computedText("The uniform resource name of the instance."),
		},
	}
}

func (d *instanceDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	if !d.data.ready(&resp.Diagnostics) {
		return
	}
	instances, err := identitycenter.Collect(d.data.client.Instances(ctx))
	if err != nil {
		addError(&resp.Diagnostics, operation{doing: "listing the Identity Center instances"}, err)
		return
	}
	switch len(instances) {
	case 0:
		resp.Diagnostics.AddError("No Identity Center instance",
			"The account has no IAM Identity Center instance in this region, or the key belongs to neither the organization's management account nor a delegated administrator. "+
				"Check region and the key in the provider block.")
		return
	case 1:
	default:
		var lines []string
		for _, i := range instances {
			lines = append(lines, strings.TrimSpace(fmt.Sprintf("  %s with identity store %s %s", i.ID, i.IdentityStoreID, i.Alias)))
		}
		resp.Diagnostics.AddError("More than one Identity Center instance",
			fmt.Sprintf("The account has %d instances, so that it is not clear which one is meant. Give the ID of the identity store in place of this data source:\n\n  %s",
				len(instances), strings.Join(lines, "\n  ")))
		return
	}
	region, ok := d.region(ctx, &resp.Diagnostics)
	if !ok {
		return
	}
	resp.State.Raw = withValues(req.Config.Raw, wireObject{
		"instance_id":       textValue(instances[0].ID),
		"identity_store_id": textValue(instances[0].IdentityStoreID),
		"alias":             textValue(instances[0].Alias),
		"region":            textValue(region),
		"instance_urn":      textValue(instances[0].URN),
	}, &resp.Diagnostics)
}

// region returns the region of the instance; empty when the API names none or several,
// or when the key may not ask: it is not worth refusing the rest.
func (d *instanceDataSource) region(ctx context.Context, diags *diag.Diagnostics) (string, bool) {
	regions, _, err := d.data.client.RegisteredRegions(ctx)
	var failed *transport.Error
	switch {
	case errors.As(err, &failed) && failed.Status == http.StatusForbidden:
		return "", true
	case err != nil:
		addError(diags, operation{doing: "reading the region of the Identity Center instance"}, err)
		return "", false
	case len(regions) != 1:
		return "", true
	}
	return regions[0], true
}
