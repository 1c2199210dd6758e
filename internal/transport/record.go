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
)

// Exchange is one request as it was sent and what came back, for Config.Record. What
// signs is left out, as are the bodies of the services that deal in credentials and
// every secret that the call knows. It does hold what else the API says, such as names
// and addresses of users.
type Exchange struct {
	Operation string    `json:"operation"`
	Service   Service   `json:"service"`
	Time      time.Time `json:"time"`
	// Milliseconds is how long the exchange took.
	Milliseconds int64  `json:"milliseconds"`
	Method       string `json:"method"`
	URL          string `json:"url"`

	RequestHeader map[string]string `json:"request_header"`
	RequestBody   string            `json:"request_body,omitempty"`

	// Status is 0 when there was no usable response; Error then says why.
	Status         int               `json:"status"`
	ResponseHeader map[string]string `json:"response_header,omitempty"`
	ResponseBody   string            `json:"response_body,omitempty"`
	Error          string            `json:"error,omitempty"`
}

// record hands the exchange of an attempt to Config.Record.
func (a *attempt) record(r *http.Request) {
	record := a.transport.config.Record
	if record == nil {
		return
	}
	// A gateway may echo what signs the request, which the call does not count as a secret.
	signature := newRedactor(NewSecret(r.Header.Get("Authorization")))
	exchange := Exchange{
		Operation: a.call.Operation, Service: a.call.Service, Time: a.begun.UTC(), Milliseconds: time.Since(a.begun).Milliseconds(),
		Method: r.Method, URL: a.redactor.redact(r.URL.String()),
		RequestHeader: a.shownHeader(r.Header), RequestBody: a.shownBody(requestBody(r)),
		Status: a.status, ResponseHeader: a.shownHeader(a.header), ResponseBody: signature.redact(a.shownBody(a.body)),
	}
	if a.networkErr != nil {
		exchange.Error = a.networkErr.Error()
	}
	record(exchange)
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

// harmlessHeaders are those that are shown of the services that deal in credentials:
// any other may hold a secret that nobody knows yet.
var harmlessHeaders = []string{
	"Connection", "Content-Length", "Content-Type", "Date", "Host", "Retry-After", "Server", "User-Agent", "X-Request-Id", "X-Sdk-Date",
}

// shownHeader returns a header fit to be shown: nothing that signs, and no secret.
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

// shownBody returns a body fit to be shown: no secret, and nothing at all of the
// services that deal in credentials.
func (a *attempt) shownBody(body []byte) string {
	if a.confidential() {
		return fmt.Sprintf("(%d bytes, not shown)", len(body))
	}
	return a.redactor.redact(string(body))
}
