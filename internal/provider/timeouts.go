// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// withTimeout bounds an operation by the time that the argument of this name in the
// timeouts block of a configuration, a plan or a state gives it.
func withTimeout(ctx context.Context, raw tftypes.Value, name string, otherwise time.Duration, diags *diag.Diagnostics) (context.Context, context.CancelFunc) {
	timeout, text := otherwise, readWire(readWire(raw, diags)["timeouts"], diags).text(ctx, name, diags)
	at := path.Root("timeouts").AtName(name)
	if given := text.ValueString(); given != "" {
		var err error
		if timeout, err = time.ParseDuration(given); err != nil {
			diags.AddAttributeError(at, "Invalid timeout", fmt.Sprintf("%s is no duration: %s.", at, err))
		}
	}
	return context.WithTimeoutCause(ctx, timeout, &timeoutError{argument: at, after: timeout})
}

// validateTimeouts refuses timeouts of nothing. What is no duration at all is refused
// by the timeouts block itself.
func validateTimeouts(config wireObject, diags *diag.Diagnostics) {
	if !config["timeouts"].IsKnown() {
		return
	}
	for name, timeout := range readWire(config["timeouts"], diags) {
		var text string
		if !timeout.IsKnown() || timeout.As(&text) != nil {
			continue
		}
		if d, err := time.ParseDuration(text); err == nil && d <= 0 {
			at := path.Root("timeouts").AtName(name)
			diags.AddAttributeError(at, "Invalid timeout", fmt.Sprintf("%s must be longer than zero, such as \"10m\"; it is %q.", at, text))
		}
	}
}
