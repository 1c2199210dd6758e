// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

type instanceDataSource struct{ configuredDataSource }

type instanceDataSourceModel struct {
	InstanceID      types.String `tfsdk:"instance_id"`
	IdentityStoreID types.String `tfsdk:"identity_store_id"`
	Alias           types.String `tfsdk:"alias"`
	Region          types.String `tfsdk:"region"`
	InstanceURN     types.String `tfsdk:"instance_urn"`
}

func (d *instanceDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Finds the IAM Identity Center instance of the account and its identity store. It is an error if there is none or more than one.",
		Attributes: map[string]schema.Attribute{
			"instance_id":       schema.StringAttribute{Computed: true, MarkdownDescription: describeInstanceID},
			"identity_store_id": schema.StringAttribute{Computed: true, MarkdownDescription: describeStoreID},
			"alias":             schema.StringAttribute{Computed: true, MarkdownDescription: "The alias of the instance, null if it has none."},
			"region": schema.StringAttribute{Computed: true, MarkdownDescription: "The region of the instance, null if it cannot be read. " +
				"Needs the permission `IdentityCenter:instance:describeRegisteredRegions`."},
			"instance_urn": schema.StringAttribute{Computed: true, MarkdownDescription: "The uniform resource name of the instance."},
		},
	}
}

func (d *instanceDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data instanceDataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	if resp.Diagnostics.HasError() || !d.data.ready(&resp.Diagnostics) {
		return
	}
	ctx, cancel := withTimeLimit(ctx, lookupTimeout)
	defer cancel()

	instances, err := identitycenter.Collect(d.data.client.Instances(ctx))
	if err != nil {
		addError(&resp.Diagnostics, operation{doing: "listing the Identity Center instances"}, err)
		return
	}
	if len(instances) != 1 {
		addInstanceError(instances, &resp.Diagnostics)
		return
	}
	region := d.region(ctx, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	instance := instances[0]
	data = instanceDataSourceModel{
		InstanceID: types.StringValue(instance.ID), IdentityStoreID: types.StringValue(instance.IdentityStoreID),
		Alias: stringOrNull(instance.Alias), Region: stringOrNull(region), InstanceURN: stringOrNull(instance.URN),
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &data)...)
}

func addInstanceError(instances []identitycenter.Instance, diags *diag.Diagnostics) {
	if len(instances) == 0 {
		diags.AddError("No Identity Center instance",
			"The API lists no IAM Identity Center instance for this account.\n\nCheck region in the provider block. The access key must belong to "+
				"the organization's management account or to a delegated administrator account.")
		return
	}
	var described []string
	for _, i := range instances {
		described = append(described, fmt.Sprintf("%s with identity store %s %s", i.ID, i.IdentityStoreID, i.Alias))
	}
	diags.AddError("More than one Identity Center instance",
		fmt.Sprintf("The account has %d instances:%s\n\nSet the instance ID and the identity store ID in the configuration instead of using this data source.",
			len(instances), lines(described, len(described))))
}

// region returns the region of the instance, "" if it is not known.
func (d *instanceDataSource) region(ctx context.Context, diags *diag.Diagnostics) string {
	regions, _, err := d.data.client.RegisteredRegions(ctx)
	var failed *transport.Error
	switch {
	case errors.As(err, &failed) && failed.Status == http.StatusForbidden:
		return ""
	case err != nil:
		diags.AddWarning("The region could not be read", "Reading the region of the Identity Center instance failed, so that region is null. "+explain(err))
		return ""
	}
	if len(regions) > 0 && !slices.Contains(regions, d.data.region) {
		diags.AddWarning("The instance is in another region",
			fmt.Sprintf("The identity store exists only in the region of the instance.\n\n  Region of the provider: %s\n  Region of the instance: %s\n\n"+
				"Set region in the provider block to the region of the instance.", d.data.region, transport.Printable(strings.Join(regions, ", "), transport.LongestText)))
	}
	if len(regions) != 1 {
		return ""
	}
	return regions[0]
}
