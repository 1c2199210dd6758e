// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// log writes one line for every attempt: at info level for a call that changes something,
// otherwise at debug level.
func (a *attempt) log() {
	write, enabled := tflog.Debug, tflog.IsDebug(a.ctx)
	if a.changes() {
		write, enabled = tflog.Info, tflog.IsInfo(a.ctx)
	}
	if !enabled {
		return
	}
	fields := map[string]any{
		"operation": a.call.Operation, "status": a.status, "request_id": a.requestID(),
		"duration_ms": time.Since(a.begun).Milliseconds(),
	}
	if a.failed != nil {
		fields["error"] = a.redactor.redact((&Error{Failure: *a.failed}).Error())
	}
	write(a.ctx, "Called the API", fields)
}

// changes reports whether the call may change something, by the names of the API. Reads may be POST
// requests.
func (a *attempt) changes() bool {
	return !slices.ContainsFunc([]string{"Decode", "Describe", "Get", "List"}, func(verb string) bool {
		return strings.HasPrefix(a.call.Operation, verb)
	})
}

// trace logs the beginning of a body at trace level without secrets. For STS and IAM it logs only the length.
// Headers are not logged, because they contain signatures and tokens.
func (a *attempt) trace(message string, body []byte, fields map[string]any) {
	fields["operation"], fields["body"] = a.call.Operation, fmt.Sprintf("(%d bytes, not shown)", len(body))
	if !a.confidential() {
		fields["body"] = a.redactor.redact(string(body[:min(len(body), maxRefusal)]))
	}
	tflog.Trace(a.ctx, message, fields)
}
