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
	actionschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	datasourceschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// timeoutError is the cause with which the context of an operation ends.
type timeoutError struct {
	// argument is what bounds the operation, such as timeouts.create; the zero path for a
	// bound that cannot be set.
	argument path.Path
	after    time.Duration
}

func (e *timeoutError) Error() string {
	if e.argument.Equal(path.Path{}) {
		return fmt.Sprintf("the time for the whole operation is over after %s", e.after)
	}
	return fmt.Sprintf("the time for the whole operation, %s, is over after %s", e.argument, e.after)
}

// previewTimeout bounds what a plan reads only to inform the reader.
const previewTimeout = 10 * time.Second

// contextWithTimeout returns a context that ends with a *timeoutError. Name is the argument
// of the timeouts block that sets the timeout.
func contextWithTimeout(ctx context.Context, name string, timeout time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, timeout, &timeoutError{argument: path.Root("timeouts").AtName(name), after: timeout})
}

// createTimeout returns the timeouts block of a resource that calls the API only when it is
// created.
func createTimeout(description string) schema.SingleNestedBlock {
	return timeoutsBlock(map[string]string{"create": description})
}

// timeoutsBlock returns the timeouts block of a resource. The keys are the operations, the
// values their descriptions.
func timeoutsBlock(descriptions map[string]string) schema.SingleNestedBlock {
	attributes, attrTypes := map[string]schema.Attribute{}, map[string]attr.Type{}
	for name, description := range descriptions {
		attributes[name] = schema.StringAttribute{Optional: true, MarkdownDescription: description, Validators: []validator.String{durationValidator}}
		attrTypes[name] = types.StringType
	}
	return schema.SingleNestedBlock{CustomType: timeouts.Type{ObjectType: types.ObjectType{AttrTypes: attrTypes}}, Attributes: attributes}
}

var createTimeoutTypes = map[string]attr.Type{"create": types.StringType}

// readTimeout returns the timeouts block of a data source.
func readTimeout(description string) datasourceschema.SingleNestedBlock {
	return datasourceschema.SingleNestedBlock{
		CustomType: datasourcetimeouts.Type{ObjectType: types.ObjectType{AttrTypes: map[string]attr.Type{"read": types.StringType}}},
		Attributes: map[string]datasourceschema.Attribute{
			"read": datasourceschema.StringAttribute{Optional: true, MarkdownDescription: description, Validators: []validator.String{durationValidator}},
		},
	}
}

// invokeTimeout returns the timeouts block of an action.
func invokeTimeout(description string) actionschema.SingleNestedBlock {
	return actionschema.SingleNestedBlock{
		CustomType: actiontimeouts.Type{ObjectType: types.ObjectType{AttrTypes: map[string]attr.Type{"invoke": types.StringType}}},
		Attributes: map[string]actionschema.Attribute{
			"invoke": actionschema.StringAttribute{Optional: true, MarkdownDescription: description, Validators: []validator.String{durationValidator}},
		},
	}
}
