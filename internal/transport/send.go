// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/global"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/config"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/def"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/impl"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/request"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/response"
)

// maxBody bounds the bytes that are read of a response: the longest documented
// one, a list of sessions, needs some 300 bytes a session. maxRefusal bounds those
// of a refusal, of which only the beginning matters.
const (
	maxBody    = 16 << 20
	maxRefusal = 1 << 20
)

// excerptLength is how many bytes of an undocumented response an error quotes.
const excerptLength = 500

// attempt is one sending of a call. It is the SDK's RoundTripper and error
// handler, which is where the call's context gets in and the response's facts out.
type attempt struct {
	transport *Transport
	call      Call
	keys      Keys
	redactor  *redactor
	ctx       context.Context
	begun     time.Time

	// sent is true once the request was handed to the network. connected tells whether it
	// has a connection to the server, without which nothing of it has left; nil where
	// that is not known.
	sent      bool
	connected *atomic.Bool
	// Of the response; status is 0 until there is one.
	status int
	header http.Header
	body   []byte
	// networkErr is why there was none.
	networkErr error
	// model is the SDK's model of the response, of a success; else failed is what the
	// attempt met, and wait is how long the server asks to wait.
	model  any
	failed *Failure
	wait   time.Duration
}

// send signs a call, sends it and waits for the response.
func (t *Transport) send(ctx context.Context, call Call, keys Keys) *attempt {
	timeout := fmt.Errorf("%w (%s)", ErrRequestTimeout, t.config.RequestTimeout)
	ctx, cancel := linger(ctx, call.Linger)
	defer cancel()
	ctx, cancel = context.WithTimeoutCause(ctx, t.config.RequestTimeout, timeout)
	defer cancel()
	a := &attempt{
		transport: t, call: call, keys: keys, redactor: t.redactors.with(keys, call.Secrets...), ctx: ctx, begun: time.Now(),
	}

	definition, err := fillPath(call.Request, call.Define())
	if err == nil {
		var credential auth.ICredential = unsigned{}
		if call.Keys != nil {
			credential = &global.Credentials{BaseCredentials: auth.BaseCredentials{
				AK: keys.AccessKey, SK: keys.SecretKey.Reveal(), SecurityToken: keys.SecurityToken.Reveal(),
			}}
		}
		client := core.NewHcHttpClient(impl.NewDefaultHttpClient(config.DefaultHttpConfig().WithHttpRoundTripper(a).WithTimeout(0))).
			WithEndpoints([]string{t.Endpoint(call.Service)}).
			WithCredential(credential).
			WithErrorHandler(a).
			WithExtraHeaders(map[string]string{"User-Agent": t.config.UserAgent})
		a.model, err = client.Sync(call.Request, definition)
	}
	if err != nil {
		a.failed, a.wait = a.failure(err), a.retryAfter(time.Now())
	}
	a.log()
	return a
}

// linger returns a context that outlives ctx by d, so that the outcome of a call
// that is on the wire is still learned when the run is interrupted.
func linger(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if d <= 0 {
		return ctx, func() {}
	}
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(d, func() { cancel(context.Cause(ctx)) })
	})
	return longer, func() {
		stop()
		cancel(nil)
	}
}

// RoundTrip sends the SDK's request with the call's context and reads the whole
// response, up to its bound.
func (a *attempt) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.WithContext(a.ctx)
	// Escape as the signature does, so that what is sent is what was signed.
	r.URL.RawPath = escapePath(r.URL.Path)
	if err := checkHeader(r.Header); err != nil {
		return nil, err
	}
	a.traceRequest(r)

	a.sent = true
	resp, err := a.transport.http.RoundTrip(a.watchConnection(r))
	if err != nil {
		return nil, a.lost(a.transport.proxyFailure(r, err))
	}
	defer func() { _ = resp.Body.Close() }()
	limit := int64(maxRefusal)
	if success(resp.StatusCode) {
		limit = maxBody
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	// Of a refusal the status is known, and says enough; but of a 404 only the body tells
	// whether it is the API's own.
	switch {
	case err != nil && (success(resp.StatusCode) || resp.StatusCode == http.StatusNotFound):
		return nil, a.lost(fmt.Errorf("the response was cut off: %w", err))
	case int64(len(body)) > limit && success(resp.StatusCode):
		return nil, a.lost(ErrTooLarge)
	}

	a.status, a.header, a.body = resp.StatusCode, resp.Header, body
	if a.confidential() {
		a.redactor = a.transport.redactors.with(Keys{}, freshSecrets(resp.Header, body)...)
	}
	// White space alone is no body, which the SDK takes for cut-off JSON.
	resp.Body = io.NopCloser(bytes.NewReader(bytes.TrimSpace(body)))
	a.traceResponse()
	return resp, nil
}

func success(status int) bool { return status >= 200 && status < 300 }

// watchConnection returns the request with a context that notes when it gets its
// connection, which net/http tells and no other RoundTripper does.
func (a *attempt) watchConnection(r *http.Request) *http.Request {
	if _, tells := a.transport.http.(*http.Transport); !tells {
		return r
	}
	connected := &atomic.Bool{}
	a.connected = connected
	return r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	}))
}

// lost notes why there was no response. A context says more than the error that
// it causes.
func (a *attempt) lost(err error) error {
	if a.ctx.Err() != nil {
		err = context.Cause(a.ctx)
		if a.connected != nil && !a.connected.Load() {
			err = fmt.Errorf("%w: %w", errUnconnected, err)
		}
	}
	a.networkErr = a.clean(err)
	return a.networkErr
}

// errUnconnected is the end of an attempt that got no connection to the server.
var errUnconnected = errors.New("no connection to the server")

// checkHeader finds a header that HTTP cannot carry, so that it is reported as a
// request that could not be made and not as a fault of the network. The error does not
// show the value, which may be a secret.
func checkHeader(header http.Header) error {
	for name, values := range header {
		for _, value := range values {
			if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
				return fmt.Errorf("the header %s would have a control character", name)
			}
		}
	}
	return nil
}

// shown returns a text from outside without secrets and fit to be shown on one line.
func (a *attempt) shown(text string, limit int) string {
	return Printable(a.redactor.redact(text), limit)
}

// clean returns an error whose text is fit to be shown: net/http quotes what it cannot
// read of a response.
func (a *attempt) clean(err error) error {
	text := a.shown(err.Error(), LongestText)
	if text == err.Error() {
		return err
	}
	return &cleanError{text: text, err: err}
}

// cleanError is an error with another text.
type cleanError struct {
	text string
	err  error
}

func (e *cleanError) Error() string { return e.text }

// Unwrap returns the error, whose text may be unfit to be shown, for its type.
func (e *cleanError) Unwrap() error { return e.err }

// HandleError makes an error of every response that is no success, and of those
// that only claim to be one.
func (a *attempt) HandleError(*request.DefaultHttpRequest, *response.DefaultHttpResponse) error {
	switch {
	case !success(a.status):
		return errors.New(http.StatusText(a.status))
	case a.call.NoContent:
		return checkNoContent(a.status, a.body)
	}
	return checkSuccess(a.body)
}

// checkNoContent tells what is wrong with a success that is documented as a 200
// without a body: anything else may mean that the call was not carried out.
func checkNoContent(status int, body []byte) error {
	if status != http.StatusOK && status != http.StatusNoContent {
		return fmt.Errorf("the status is %d instead of 200", status)
	}
	var fields map[string]json.RawMessage
	if body = bytes.TrimSpace(body); len(body) == 0 || json.Unmarshal(body, &fields) == nil && fields != nil && len(fields) == 0 {
		return nil
	}
	return errors.New("it has a body where none is documented")
}

// checkSuccess tells what is wrong with the body of a success: it must be a JSON
// object, or nothing, and no error.
func checkSuccess(body []byte) error {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return nil
	}
	if body[0] != '{' || !json.Valid(body) {
		return errors.New("it is not a JSON object")
	}
	// An error's fields may also be a text somewhere inside, such as the user agent
	// of an intruder: only when they occur is the body parsed once more.
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

// failure says what the attempt met; err is what the SDK reported.
func (a *attempt) failure(err error) *Failure {
	failed := a.transport.failure(a.call, a.keys, nil)
	failed.Status = a.status
	switch {
	case a.networkErr != nil:
		failed.Reason = a.networkErr
		return failed
	case a.status == 0:
		failed.Reason = fmt.Errorf("%w: %s", ErrUnsent, a.shown(err.Error(), LongestText))
		return failed
	}

	a.readRefusal(failed)
	switch {
	case a.status >= 300 && a.status < 400:
		location := a.header.Get("Location")
		if a.confidential() {
			// What follows may be a token that nobody knows yet.
			location, _, _ = strings.Cut(location, "?")
			location, _, _ = strings.Cut(location, "#")
		}
		location = a.shown(location, LongestID)
		failed.Reason = fmt.Errorf("a redirect to %q, which is not followed with a signed request", location)
	case a.status < 300:
		failed.repeatable = a.call.NoContent
		failed.Reason = ErrUndocumented
		// The JSON library quotes what it cannot read.
		if !a.confidential() {
			failed.Reason = fmt.Errorf("%w: %s", ErrUndocumented, a.shown(err.Error(), excerptLength))
		}
	}
	if date := a.date(); !date.IsZero() && a.status == http.StatusUnauthorized {
		failed.ClockDifference = time.Until(date).Round(time.Second)
	}
	return failed
}

// confidential tells whether the bodies of the call deal in credentials.
func (a *attempt) confidential() bool { return a.call.Service == STS || a.call.Service == IAM }

// freshSecrets returns the secrets that a response of the services that deal in
// credentials brings: those of new keys, and the token of IAM, which comes as a header.
func freshSecrets(header http.Header, body []byte) []Secret {
	secrets := []Secret{NewSecret(header.Get("X-Subject-Token"))}
	var collect func(name string, node any)
	collect = func(name string, node any) {
		switch node := node.(type) {
		case []any:
			for _, value := range node {
				collect(name, value)
			}
		case map[string]any:
			for name, value := range node {
				collect(strings.ToLower(name), value)
			}
		case string:
			// A single letter would be masked wherever it occurs.
			if len(node) >= shortestFresh && (strings.Contains(name, "secret") || strings.Contains(name, "token")) {
				secrets = append(secrets, NewSecret(node))
			}
		}
	}
	var document any
	_ = json.Unmarshal(body, &document) // What is no JSON is not shown.
	collect("", document)
	return secrets
}

// shortestFresh is the length of the shortest secret that is looked for in a response.
const shortestFresh = 8

// readRefusal fills in what a response says of the refusal. The body may be
// anything: HTML, empty, cut off, or JSON of another shape.
func (a *attempt) readRefusal(failed *Failure) {
	failed.RequestID = a.shown(a.header.Get("X-Request-Id"), LongestID)

	// Field by field, so that one of an unexpected type does not hide the others.
	var fields map[string]json.RawMessage
	documented := json.Unmarshal(a.body, &fields) == nil
	text := func(fields map[string]json.RawMessage, name string) string {
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
	// The service says error_code and error_msg, IAM a nested error; the gateways in
	// front of the API say code and message (API reference, "Error codes").
	code, message := text(fields, "error_code"), text(fields, "error_msg")
	if nested := map[string]json.RawMessage{}; a.call.Service == IAM && json.Unmarshal(fields["error"], &nested) == nil {
		code, message = cmp.Or(code, text(nested, "code")), cmp.Or(message, text(nested, "message"), text(nested, "title"))
	}
	failed.FromService = a.fromService(code)
	if !success(a.status) {
		failed.Code = a.shown(cmp.Or(code, text(fields, "code")), LongestID)
		failed.Message = PrintableLines(a.redactor.redact(cmp.Or(message, text(fields, "message"))), LongestText)
		failed.RequestID = cmp.Or(a.shown(text(fields, "request_id"), LongestID), failed.RequestID)
		failed.EncodedMessage = a.shown(text(fields, "encoded_authorization_message"), maxRefusal)
	}
	switch {
	case documented && failed.Message != "":
	case a.confidential():
		failed.Excerpt = fmt.Sprintf("(%d bytes, not shown)", len(a.body))
	default:
		// What was echoed is taken out before anything is cut in two.
		failed.Excerpt = a.shown(string(a.body), excerptLength)
	}
}

// fromService tells whether a refusal with an error code is one of the service behind
// the gateway, which has checked the signature before it passed the request on. Both
// Identity Center services have codes of one kind (API reference, "Error codes").
func (a *attempt) fromService(code string) bool {
	switch {
	case a.status < 400, a.status >= 500, a.status == http.StatusUnauthorized, a.status == http.StatusTooManyRequests:
		return false
	case a.confidential():
		return code != "" && !strings.HasPrefix(code, "APIG")
	}
	return strings.HasPrefix(code, "IIC.")
}

// requestID returns the request ID of the response, empty when there is none.
func (a *attempt) requestID() string {
	if a.failed != nil {
		return a.failed.RequestID
	}
	return a.shown(a.header.Get("X-Request-Id"), LongestID)
}

// date returns the moment of the response by the server's clock, zero when it does
// not say.
func (a *attempt) date() time.Time {
	date, err := http.ParseTime(a.header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return date.UTC()
}

// retryAfter returns how long the server asks to wait; 0 when it does not say.
func (a *attempt) retryAfter(now time.Time) time.Duration {
	value := a.header.Get("Retry-After")
	if value == "" {
		return 0
	}
	// A number out of range comes as the largest one, which is longer than any deadline.
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(seconds) * time.Second
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	// A date is by the server's clock.
	if sent := a.date(); !sent.IsZero() {
		now = sent
	}
	return max(0, date.Sub(now))
}

// fillPath puts the path parameters in, all at once: the SDK does it one after
// the other, so that a value could bring in a placeholder. A value that would lead
// to another path is an error.
func fillPath(sdkRequest any, definition *def.HttpRequestDef) (*def.HttpRequestDef, error) {
	value := reflect.Indirect(reflect.ValueOf(sdkRequest))
	var replacements []string
	var rest []*def.FieldDef
	for _, field := range definition.RequestFields {
		if field.LocationType != def.Path {
			rest = append(rest, field)
			continue
		}
		parameter := fmt.Sprint(value.FieldByName(field.Name))
		if parameter == "" || parameter == "." || parameter == ".." || strings.Contains(parameter, "/") {
			return nil, fmt.Errorf("%s must not be %q, which would make another path", field.JsonTag, parameter)
		}
		replacements = append(replacements, "{"+field.JsonTag+"}", parameter)
	}
	definition.Path = strings.NewReplacer(replacements...).Replace(definition.Path)
	definition.RequestFields = rest
	return definition, nil
}

// escapePath escapes each segment of a path as the signature's canonical
// request does: all but letters, digits and "-_.~".
func escapePath(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i] = strings.ReplaceAll(url.QueryEscape(segment), "+", "%20")
	}
	return strings.Join(segments, "/")
}

// unsigned is the credential of calls that carry none.
type unsigned struct{}

func (unsigned) ProcessAuthParams(*impl.DefaultHttpClient, string) (auth.ICredential, error) {
	return unsigned{}, nil
}

func (unsigned) ProcessAuthRequest(_ *impl.DefaultHttpClient, r *request.DefaultHttpRequest) (*request.DefaultHttpRequest, error) {
	return r, nil
}
