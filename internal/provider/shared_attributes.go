// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"time"

	actiontimeouts "github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	datasourcetimeouts "github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
)

// Attributes and blocks with the same meaning in several schemas. Those of a resource schema
// also fit data sources and actions.

const (
	describeStoreID         = "The ID of the identity store."
	describeInstanceID      = "The ID of the IAM Identity Center instance."
	describeUserID          = "The ID of the user."
	describeGroupID         = "The ID of the group."
	describePermissionSetID = "The ID of the permission set."
)

// identityStoreIDAttribute is the identity store of a data source, action or list resource.
func identityStoreIDAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: describeStoreID,
		Validators:          []validator.String{apiID},
	}
}

// instanceIDAttribute is the instance of a data source or list resource.
func instanceIDAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: describeInstanceID,
		Validators:          []validator.String{apiID},
	}
}

// resourceIdentityStoreIDAttribute is the identity store of a resource. Changing it requires replacement.
func resourceIdentityStoreIDAttribute(modifiers ...planmodifier.String) schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: describeStoreID + requiresReplacement,
		Validators:          []validator.String{apiID},
		PlanModifiers:       append(modifiers, stringplanmodifier.RequiresReplace()),
	}
}

// resourceUserIDAttribute is the user of a resource. Changing it requires replacement.
func resourceUserIDAttribute(modifiers ...planmodifier.String) schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: describeUserID + requiresReplacement,
		Validators:          []validator.String{lenientUserIDValidator},
		PlanModifiers:       append(modifiers, stringplanmodifier.RequiresReplace()),
	}
}

// resourceInstanceIDAttribute is the instance of a resource. Changing it requires replacement.
func resourceInstanceIDAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: describeInstanceID + requiresReplacement,
		Validators:          []validator.String{apiID},
		PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
	}
}

// triggersAttribute has values whose change ends sessions again.
func triggersAttribute() schema.MapAttribute {
	return schema.MapAttribute{
		Optional:            true,
		ElementType:         types.StringType,
		MarkdownDescription: "Arbitrary values, such as an incident number." + requiresReplacement,
		PlanModifiers:       []planmodifier.Map{mapplanmodifier.RequiresReplace()},
	}
}

// revokedAtAttribute is a plain string, because terraform test fills it with random text.
func revokedAtAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		Computed:            true,
		MarkdownDescription: "When the API accepted the end of the last sessions, in UTC (RFC 3339). Null if none was ended.",
		PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
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

// externalIDModel is an element of externalIDsAttribute.
type externalIDModel struct {
	ID     types.String `tfsdk:"id"`
	Issuer types.String `tfsdk:"issuer"`
}

func flattenExternalIDs(ids []identitycenter.ExternalID) []externalIDModel {
	models := []externalIDModel{}
	for _, id := range ids {
		models = append(models, externalIDModel{stringOrNull(id.ID), stringOrNull(id.Issuer)})
	}
	return models
}

const (
	// previewTimeout limits reads in a plan that only inform the reader.
	previewTimeout = 10 * time.Second
	// lookupTimeout limits the Read of a data source that has no timeouts block.
	lookupTimeout = 5 * time.Minute
)

// timeoutError is the cause with which the context of an operation ends.
type timeoutError struct {
	// argument is the timeout argument; the zero path for a fixed limit.
	argument path.Path
	after    time.Duration
}

func (e *timeoutError) Error() string {
	if e.argument.Equal(path.Path{}) {
		return fmt.Sprintf("the time for the whole operation is over after %s", e.after)
	}
	return fmt.Sprintf("the time for the whole operation, %s, is over after %s", e.argument, e.after)
}

// withTimeLimit limits an operation by a fixed time.
func withTimeLimit(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, limit, &timeoutError{after: limit})
}

// timeoutOf is a method of a timeouts block, such as Create.
type timeoutOf func(ctx context.Context, defaultTimeout time.Duration) (time.Duration, diag.Diagnostics)

// withTimeout limits an operation by an argument of the timeouts block, such as "create".
func withTimeout(ctx context.Context, name string, configured timeoutOf, otherwise time.Duration, diags *diag.Diagnostics) (context.Context, context.CancelFunc) {
	timeout, found := configured(ctx, otherwise)
	diags.Append(found...)
	return context.WithTimeoutCause(ctx, timeout, &timeoutError{argument: path.Root("timeouts").AtName(name), after: timeout})
}

// timeoutsBlock returns the timeouts block of a resource with the defaults of the operations.
func timeoutsBlock(defaults map[string]string) schema.SingleNestedBlock {
	attributes, attrTypes := map[string]schema.Attribute{}, map[string]attr.Type{}
	for name, otherwise := range defaults {
		description := fmt.Sprintf("How long `%s` may take, such as `90s` or `10m`. Default %s.", name, otherwise)
		attributes[name] = schema.StringAttribute{Optional: true, MarkdownDescription: description, Validators: []validator.String{durationValidator}}
		attrTypes[name] = types.StringType
	}
	return schema.SingleNestedBlock{CustomType: timeouts.Type{ObjectType: types.ObjectType{AttrTypes: attrTypes}}, Attributes: attributes}
}

// readTimeout returns the timeouts block of a data source.
func readTimeout(otherwise string) schema.SingleNestedBlock {
	block := timeoutsBlock(map[string]string{"read": otherwise})
	block.CustomType = datasourcetimeouts.Type{ObjectType: types.ObjectType{AttrTypes: map[string]attr.Type{"read": types.StringType}}}
	return block
}

// invokeTimeout returns the timeouts block of an action.
func invokeTimeout(otherwise string) schema.SingleNestedBlock {
	block := timeoutsBlock(map[string]string{"invoke": otherwise})
	block.CustomType = actiontimeouts.Type{ObjectType: types.ObjectType{AttrTypes: map[string]attr.Type{"invoke": types.StringType}}}
	return block
}

// noTimeouts is the absent timeouts block of a resource with all four timeouts.
var noTimeouts = timeouts.Value{Object: types.ObjectNull(map[string]attr.Type{
	"create": types.StringType, "read": types.StringType, "update": types.StringType, "delete": types.StringType,
})}
