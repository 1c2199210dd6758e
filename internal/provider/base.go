// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/cutoff"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/userlock"
)

// providerData is what Configure hands to resources, data sources and actions.
type providerData struct {
	// client is nil in a plan while an argument of the provider is unknown.
	client *identitycenter.Client
	// cutoffs edits the policies of permission sets; nil while client is nil.
	cutoffs *cutoff.Editor
	// unknown lists the arguments of the provider that are unknown.
	unknown []string
	// protected has the users that no resource or action may change.
	protected protectedUsers
	// region is the region of the provider, empty while client is nil.
	region string
	// logouts has the IDs of the users for whom this run created a logout on destroy.
	logouts sync.Map
	// locks are the users that this run locks.
	locks userlock.Run
	// lockedAtUnknown is true once a plan of this run has a lock with an unknown locked_at.
	lockedAtUnknown atomic.Bool
}

// ready reports whether the client can be used, and adds an error if not.
func (d *providerData) ready(diags *diag.Diagnostics) bool {
	if d != nil && d.client != nil {
		return true
	}
	names := "its arguments"
	if d != nil && len(d.unknown) > 0 {
		names = strings.Join(d.unknown, ", ")
	}
	diags.AddError("Provider configuration is not known yet",
		fmt.Sprintf("The plan has to call the API, but %s in the provider block is known only after an apply.\n\n"+
			"Apply what it depends on first, for example with -target, or set a known value.", names))
	return false
}

// providerDataOf returns the data that Configure receives; nil before that of the provider.
func providerDataOf(data any, diags *diag.Diagnostics) *providerData {
	if data == nil {
		return nil
	}
	typed, ok := data.(*providerData)
	if !ok {
		diags.AddError("Unexpected Configure Type",
			fmt.Sprintf("Expected *providerData, got %T. This is a bug in the provider: report it to the maintainers.", data))
	}
	return typed
}

// configured is the name of a resource, data source or action, and the data of the provider.
type configured struct {
	name string
	data *providerData
}

// Every resource, data source and action embeds the type of its kind.
type (
	configuredResource   configured
	configuredDataSource configured
	configuredAction     configured
)

func (c *configuredResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + c.name
}

func (c *configuredDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + c.name
}

func (c *configuredAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + c.name
}

func (c *configuredResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	c.data = providerDataOf(req.ProviderData, &resp.Diagnostics)
}

func (c *configuredDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	c.data = providerDataOf(req.ProviderData, &resp.Diagnostics)
}

func (c *configuredAction) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	c.data = providerDataOf(req.ProviderData, &resp.Diagnostics)
}
