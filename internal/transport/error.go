// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Error codes of the API that decide what happens next (API reference, "Error codes").
const (
	CodeClock           = "APIGW.0303" // the clocks differ by more than 15 minutes
	CodeConcurrency     = "IIC.1006"
	CodeForbiddenParam  = "IIC.1003"
	CodeForbiddenParam2 = "IIC.1004"
	CodeNotFound        = "IIC.404"
	CodeNotFoundParam   = "IIC.400" // with status 404
	CodeUserNotFound    = "IIC.1002"
)

// excerptLength is how many bytes of an undocumented answer an error quotes.
const excerptLength = 500

// Error is a call that failed: refused by the API, or never answered.
type Error struct {
	// Operation is the API's name of the call, such as "BatchDeleteSessions".
	Operation string
	// Service and Endpoint say where the call was sent.
	Service  Service
	Endpoint string

	// Status is the HTTP status; 0 when there was no answer.
	Status int
	// Code and Message are the API's, where the body had them.
	Code    string
	Message string
	// RequestID is the body's, else that of the X-Request-Id header.
	RequestID string
	// EncodedMessage is the encoded authorization message of a 403.
	EncodedMessage string
	// DecodedMessage is the same in the clear, a JSON document, and DecodeErr why
	// it could not be had. Both are empty when nobody tried.
	DecodedMessage string
	DecodeErr      error
	// Excerpt is the beginning of a body that is not of the documented shape.
	Excerpt string
	// ClockDifference is the server's clock minus ours, measured from the Date
	// header of a 401; 0 when there was none.
	ClockDifference time.Duration

	// AccessKey signed the call and KeyOrigin says where it came from; empty for
	// calls that are not signed.
	AccessKey string
	KeyOrigin string
	// NotSent is true when the call was held back because of what another one was
	// answered: the same key had been rejected, or everybody was asked to wait for
	// longer than there is time. The other fields are of that refusal.
	NotSent bool

	// Attempts is how often the call was sent, and Elapsed for how long.
	Attempts int
	Elapsed  time.Duration

	// Err is why there was no answer, or why an answer could not be read.
	Err error
}

// Error returns all of the above in one line.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s at %s", e.Operation, e.Endpoint)
	if e.Status != 0 {
		fmt.Fprintf(&b, ": HTTP %d", e.Status)
	}
	for _, part := range []string{e.Code, e.Message} {
		if part != "" {
			fmt.Fprintf(&b, ": %s", part)
		}
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %s", e.Err)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request ID %s)", e.RequestID)
	}
	return strings.ReplaceAll(b.String(), "\n", " ")
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// StatusOf returns the HTTP status of the API's refusal that err is or wraps,
// and 0 when it is no such thing.
func StatusOf(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// readRefusal fills in what an answer says of the refusal. The body may be
// anything: HTML, empty, cut off, or JSON of another shape.
func (e *Error) readRefusal(header http.Header, body []byte) {
	e.RequestID = printable(header.Get("X-Request-Id"))

	// Field by field, so that one of an unexpected type does not hide the others.
	var fields map[string]json.RawMessage
	documented := json.Unmarshal(body, &fields) == nil
	text := func(name string) string {
		var s string
		if json.Unmarshal(fields[name], &s) != nil {
			return ""
		}
		return printable(s)
	}
	// Gateways in front of the API say code and message.
	e.Code = cmp.Or(text("error_code"), text("code"))
	e.Message = cmp.Or(text("error_msg"), text("message"))
	e.RequestID = cmp.Or(text("request_id"), e.RequestID)
	e.EncodedMessage = text("encoded_authorization_message")
	if !documented || (e.Code == "" && e.Message == "") {
		e.Excerpt = excerpt(body)
	}
}

// excerpt returns the beginning of a body as printable text on one line.
func excerpt(body []byte) string {
	cut := len(body) > excerptLength
	if cut {
		body = body[:excerptLength]
	}
	text := strings.Join(strings.Fields(printable(string(body))), " ")
	if cut {
		text += " ..."
	}
	return text
}

// printable replaces what a terminal might act on: invalid UTF-8, and characters
// that control it or hide, other than line breaks.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || (!unicode.IsGraphic(r) && r != '\n' && r != '\t') {
			return '?'
		}
		return r
	}, s)
}

// NotFound tells whether the API itself says that something does not exist. A 404
// of a gateway, of a proxy, or at a wrong endpoint says no such thing.
func NotFound(err error) bool {
	var failed *Error
	if !errors.As(err, &failed) || failed.Status != http.StatusNotFound {
		return false
	}
	return failed.Code == CodeNotFound || failed.Code == CodeNotFoundParam || failed.Code == CodeUserNotFound
}
