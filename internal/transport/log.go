// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"fmt"
	"io"
	"net/http"
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

// changes reports whether the call may change something, by the API's names: reads may be
// POST requests.
func (a *attempt) changes() bool {
	return !slices.ContainsFunc([]string{"Decode", "Describe", "Get", "List"}, func(verb string) bool {
		return strings.HasPrefix(a.call.Operation, verb)
	})
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

// trace logs headers and a body, without the bodies of STS and IAM. Nothing that signs is
// shown.
func (a *attempt) trace(message string, header http.Header, body []byte, fields map[string]any) {
	fields["operation"] = a.call.Operation
	for name, value := range a.shownHeader(header) {
		fields["header_"+name] = value
	}
	fields["body"] = a.shownBody(body)
	tflog.Trace(a.ctx, message, fields)
}

// requestBody returns a copy of the body of a request, nil for none.
func requestBody(r *http.Request) []byte {
	if r.GetBody == nil {
		return nil
	}
	reader, err := r.GetBody()
	if err != nil {
		return nil
	}
	body, _ := io.ReadAll(reader) // From memory.
	return body
}

// harmlessHeaders are those of STS and IAM that are shown: any other may contain a secret
// that is not known yet.
var harmlessHeaders = []string{
	"Connection", "Content-Length", "Content-Type", "Date", "Host", "Retry-After", "Server", "User-Agent", "X-Request-Id", "X-Sdk-Date",
}

// shownHeader returns a header without signatures and secrets.
func (a *attempt) shownHeader(header http.Header) map[string]string {
	shown := make(map[string]string, len(header))
	for name, values := range header {
		switch name {
		case "Authorization", "X-Security-Token", "X-Auth-Token", "X-Subject-Token", "Cookie", "Set-Cookie":
			shown[name] = masked
		default:
			if a.confidential() && !slices.Contains(harmlessHeaders, name) {
				continue
			}
			shown[a.redactor.redact(name)] = a.redactor.redact(strings.Join(values, ", "))
		}
	}
	return shown
}

// shownBody returns a body without secrets; of STS and IAM only its length.
func (a *attempt) shownBody(body []byte) string {
	if a.confidential() {
		return fmt.Sprintf("(%d bytes, not shown)", len(body))
	}
	return a.redactor.redact(string(body))
}
