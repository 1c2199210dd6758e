// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Command noop is a provider with the schemas of this repository's and resources that do
// nothing: what is left of the cost is the framework's and Terraform's. It is served as
// the real one is.
package main

import (
	"context"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	framework "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/provider"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/server"
)

func main() {
	noop := &noopProvider{provider.New("noop")()}
	if err := server.Serve("registry.terraform.io/noop/identitycenter", providerserver.NewProtocol6(noop)(), false); err != nil {
		log.Fatal(err)
	}
}

// noopProvider has the name and the schema of the provider that it holds.
type noopProvider struct{ framework.Provider }

// Configure needs no credentials.
func (p *noopProvider) Configure(context.Context, framework.ConfigureRequest, *framework.ConfigureResponse) {
}

// DataSources returns none.
func (p *noopProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

// Resources returns a no-op for each resource.
func (p *noopProvider) Resources(ctx context.Context) []func() resource.Resource {
	constructors := p.Provider.Resources(ctx)
	for i, construct := range constructors {
		constructors[i] = func() resource.Resource { return &noopResource{construct()} }
	}
	return constructors
}

// noopResource has the name and the schema of the resource that it holds.
type noopResource struct{ resource.Resource }

// Create stores the plan, with null for what is still unknown.
func (r *noopResource) Create(_ context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	known, err := tftypes.Transform(req.Plan.Raw, func(_ *tftypes.AttributePath, value tftypes.Value) (tftypes.Value, error) {
		if !value.IsKnown() {
			return tftypes.NewValue(value.Type(), nil), nil
		}
		return value, nil
	})
	if err != nil {
		resp.Diagnostics.AddError("Transforming the plan failed", err.Error())
		return
	}
	resp.State.Raw = known
}

// Read keeps the state.
func (r *noopResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

// Update stores the plan.
func (r *noopResource) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
}

// Delete forgets the state.
func (r *noopResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}
