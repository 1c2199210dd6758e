// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/request"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/response"
)

// excerptLength is how many bytes of an undocumented response an error quotes.
const excerptLength = 500

// HandleError returns an error for every response that is not a documented success.
func (a *attempt) HandleError(*request.DefaultHttpRequest, *response.DefaultHttpResponse) error {
	documented := a.documentedStatuses()
	switch {
	case !success(a.status):
		return errors.New(http.StatusText(a.status))
	case !slices.Contains(documented, a.status):
		return fmt.Errorf("the status is %d instead of %d", a.status, documented[0])
	case a.call.NoContent:
		return checkNoContent(a.body)
	}
	return checkSuccess(a.body)
}

// documentedStatuses returns the statuses of a success (API reference).
func (a *attempt) documentedStatuses() []int {
	switch {
	case a.call.NoContent:
		return []int{http.StatusOK, http.StatusNoContent}
	case a.confidential():
		return []int{http.StatusOK, http.StatusCreated}
	}
	return []int{http.StatusOK}
}

// checkNoContent returns an error if a success that is documented without a body has one:
// it may mean that the call was not carried out.
func checkNoContent(body []byte) error {
	var fields map[string]json.RawMessage
	if body = bytes.TrimSpace(body); len(body) == 0 || json.Unmarshal(body, &fields) == nil && fields != nil && len(fields) == 0 {
		return nil
	}
	return errors.New("it has a body although none is documented")
}

// checkSuccess returns an error unless the body of a success is empty or a JSON object without
// error fields.
func checkSuccess(body []byte) error {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return nil
	}
	if body[0] != '{' || !json.Valid(body) {
		return errors.New("it is not a JSON object")
	}
	// The names of an error's fields may also occur in a string, such as a user agent. Only then is
	// the body parsed twice.
	if !bytes.Contains(body, []byte(`"error`)) && !bytes.Contains(body, []byte(`"message"`)) {
		return nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return err
	}
	if fields["error_code"] != nil || fields["error"] != nil || (fields["code"] != nil && fields["message"] != nil) {
		return errors.New("it is an error with the status of a success")
	}
	return nil
}

// UnusableResponse returns the error for a successful response that contradicts the API reference.
// fault describes the problem and may quote the response unchanged: secrets and control characters
// are masked, and it is cut to LongestText bytes.
func (t *Transport) UnusableResponse(call Call, receipt Receipt, fault string) *Error {
	failed := t.newFailure(call, Keys{AccessKey: receipt.AccessKey, Origin: receipt.KeyOrigin},
		fmt.Errorf("%w: %s", ErrUndocumented, t.redactors.with().printable(fault, LongestText)))
	failed.Status, failed.RequestID = receipt.Status, receipt.RequestID()
	return &Error{Failure: *failed, Unanswered: true, Attempts: 1}
}

// newFailure returns the known facts of a call before it is sent.
func (t *Transport) newFailure(call Call, keys Keys, reason error) *Failure {
	return &Failure{
		Operation: call.Operation, Service: call.Service, Endpoint: t.Endpoint(call.Service), Permission: call.Permission,
		AccessKey: keys.AccessKey, KeyOrigin: keys.Origin, Reason: reason, HostResponded: t.hasResponded(call.Service),
	}
}

// failure returns the failure of the attempt. err is the error of the SDK.
func (a *attempt) failure(err error) *Failure {
	failed := a.transport.newFailure(a.call, a.keys, nil)
	failed.Status = a.status
	switch {
	case a.networkErr != nil:
		failed.Reason = a.networkErr
		return failed
	case a.status == 0:
		failed.Reason = fmt.Errorf("%w: %s", ErrUnsent, a.printable(err.Error(), LongestText))
		return failed
	}

	a.readRefusal(failed)
	switch {
	case a.status < 200:
		failed.Reason = errors.New("the server switched to another protocol, which the call did not ask for")
	case a.status >= 300 && a.status < 400:
		failed.Reason = fmt.Errorf("a redirect to %q, which is not followed with a signed request", a.location())
	case a.status < 300:
		failed.repeatable = a.call.NoContent
		failed.Reason = ErrUndocumented
		// The JSON library quotes what it cannot decode.
		if !a.confidential() || !slices.Contains(a.documentedStatuses(), a.status) {
			failed.Reason = fmt.Errorf("%w: %s", ErrUndocumented, a.printable(err.Error(), excerptLength))
		}
	}
	date, err := http.ParseTime(a.header.Get("Date"))
	// If the API says that the clocks differ, a Date header that says otherwise is not the API's.
	if difference := time.Until(date).Round(time.Second); err == nil && a.status == http.StatusUnauthorized &&
		(failed.Code != CodeClock || difference.Abs() > maxClockDifference) {
		failed.ClockDifference = difference
	}
	return failed
}

// location returns the host of a redirect. The rest of the URL may be a token.
func (a *attempt) location() string {
	target, err := url.Parse(a.header.Get("Location"))
	if err != nil || target.Host == "" {
		return "(not shown)"
	}
	return a.printable(target.Scheme+"://"+target.Host, LongestID)
}

// confidential reports whether the responses of the service contain credentials.
func (a *attempt) confidential() bool { return a.call.Service == STS || a.call.Service == IAM }

// printable masks secrets in an external string and makes it printable on one line.
func (a *attempt) printable(text string, limit int) string {
	return a.redactor.printable(text, limit)
}

// readRefusal reads the fields of a response that is not a success. The body may be anything: HTML,
// empty, truncated, or JSON of another shape.
func (a *attempt) readRefusal(failed *Failure) {
	failed.RequestID = a.printable(a.header.Get("X-Request-Id"), LongestID)

	// Fields are decoded separately, so that an unexpected type does not hide the other fields.
	var fields map[string]json.RawMessage
	documented := json.Unmarshal(a.body, &fields) == nil
	// The service sends error_code and error_msg, IAM a nested error; the gateways in
	// front of the API send code and message (API reference, "Error codes").
	code, message := stringField(fields, "error_code"), stringField(fields, "error_msg")
	if nested := map[string]json.RawMessage{}; a.call.Service == IAM && json.Unmarshal(fields["error"], &nested) == nil {
		code, message = cmp.Or(code, stringField(nested, "code")), cmp.Or(message, stringField(nested, "message"), stringField(nested, "title"))
	}
	failed.FromService = a.fromService(code)
	if !success(a.status) {
		failed.Code = a.printable(cmp.Or(code, stringField(fields, "code")), LongestID)
		failed.Message = PrintableLines(a.redactor.redact(cmp.Or(message, stringField(fields, "message"))), LongestText)
		failed.RequestID = cmp.Or(a.printable(stringField(fields, "request_id"), LongestID), failed.RequestID)
		failed.EncodedMessage = a.printable(stringField(fields, "encoded_authorization_message"), maxRefusal)
	}
	switch {
	case documented && failed.Message != "":
	case a.confidential():
		failed.Excerpt = fmt.Sprintf("(%d bytes, not shown)", len(a.body))
	default:
		failed.Excerpt = a.printable(string(a.body), excerptLength)
	}
}

// stringField returns a field that is a string or a number; empty for anything else.
func stringField(fields map[string]json.RawMessage, name string) string {
	var s string
	var n json.Number
	switch {
	case json.Unmarshal(fields[name], &s) == nil:
		return s
	case json.Unmarshal(fields[name], &n) == nil:
		return n.String()
	}
	return ""
}

// fromService reports whether a refusal with an error code comes from the service behind the
// gateway. The service gets a request only after the signature was checked. Both Identity Center
// services use codes of one kind (API reference, "Error codes").
func (a *attempt) fromService(code string) bool {
	switch {
	case a.status < 400, a.status >= 500, a.status == http.StatusUnauthorized, a.status == http.StatusTooManyRequests:
		return false
	case a.confidential():
		return code != "" && !strings.HasPrefix(code, "APIG")
	}
	return strings.HasPrefix(code, "IIC.")
}

// requestID returns the request ID of the response; empty if there is none.
func (a *attempt) requestID() string {
	if a.failed != nil {
		return a.failed.RequestID
	}
	return a.printable(a.header.Get("X-Request-Id"), LongestID)
}

// retryAfter returns how long the server asks to wait; 0 if it does not say.
func (a *attempt) retryAfter(now time.Time) time.Duration {
	value := a.header.Get("Retry-After")
	if value == "" {
		return 0
	}
	// A number out of range becomes the largest number, which is longer than any deadline.
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(seconds) * time.Second
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	now, _ = serverTime(a.header, now)
	return max(0, date.Sub(now))
}

// maxClockDifference is how far the clock of the API can be from the local one: it refuses
// signatures with a date that is further off (API-FACTS.md, clock). A Date header that
// differs by more was set by a cache or a proxy.
const maxClockDifference = 15 * time.Minute

// serverTime returns the time of a response in UTC: its Date header, or the local time of receipt.
// problem says why the header is not used.
func serverTime(header http.Header, received time.Time) (date time.Time, problem string) {
	text := header.Get("Date")
	date, err := http.ParseTime(text)
	switch difference := date.Sub(received); {
	case text == "":
		problem = "the response has no Date header"
	case err != nil:
		problem = fmt.Sprintf("the Date header of the response cannot be read (%q)", text)
	case header.Get("Age") != "":
		problem = fmt.Sprintf("the response comes from a cache (Age: %s), and so does its Date header", header.Get("Age"))
	case difference.Abs() > maxClockDifference:
		problem = fmt.Sprintf("the Date header of the response (%s) is more than %.0f minutes away from the local clock", text, maxClockDifference.Minutes())
	default:
		return date.UTC(), ""
	}
	return received.UTC(), problem
}
