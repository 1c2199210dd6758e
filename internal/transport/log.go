// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// log writes the one line that every attempt leaves at debug level.
func (a *attempt) log() {
	if !tflog.IsDebug(a.ctx) {
		return
	}
	fields := map[string]any{
		"operation": a.call.Operation, "status": a.status, "request_id": a.requestID(),
		"duration_ms": time.Since(a.begun).Milliseconds(),
	}
	if a.failed != nil {
		fields["error"] = a.redactor.redact((&Error{Failure: *a.failed}).Error())
	}
	tflog.Debug(a.ctx, "Called the API", fields)
}

// traceRequest logs a request at trace level.
func (a *attempt) traceRequest(r *http.Request) {
	if !tflog.IsTrace(a.ctx) {
		return
	}
	a.trace("Sending", r.Header, requestBody(r), map[string]any{"method": r.Method, "url": a.redactor.redact(r.URL.String())})
}

// traceResponse logs the response at trace level.
func (a *attempt) traceResponse() {
	if tflog.IsTrace(a.ctx) {
		a.trace("Received", a.header, a.body, map[string]any{"status": a.status})
	}
}

// trace logs headers and a body. Those of the services that deal in credentials
// are left out; nothing that signs is ever shown.
func (a *attempt) trace(message string, header http.Header, body []byte, fields map[string]any) {
	fields["operation"] = a.call.Operation
	for name, value := range a.shownHeader(header) {
		fields["header_"+name] = value
	}
	fields["body"] = a.shownBody(body)
	tflog.Trace(a.ctx, message, fields)
}
