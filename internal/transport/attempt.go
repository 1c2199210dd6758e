// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/request"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/response"
)

// maxBody bounds the bytes that are read of an answer: the longest documented
// one, a list of sessions, needs some 300 bytes a session. maxRefusal bounds those
// of a refusal, of which only the beginning matters.
const (
	maxBody    = 16 << 20
	maxRefusal = 1 << 20
)

// Reasons why a call was not answered, or its answer not used.
var (
	// ErrRequestTimeout ends a single attempt that took longer than RequestTimeout.
	ErrRequestTimeout = errors.New("no complete answer within request_timeout")
	// ErrTooLarge is an answer that does not end within any sensible size.
	ErrTooLarge = fmt.Errorf("the answer is larger than %d MiB", maxBody>>20)
	// ErrUnsent is a request that could not be made.
	ErrUnsent = errors.New("the request could not be made")
	// ErrUndocumented is an answer that is not of the documented shape.
	ErrUndocumented = errors.New("the answer is not of the documented shape")
	// ErrWaitTooLong is a Retry-After for which there is no time left.
	ErrWaitTooLong = errors.New("the API asks to wait longer than there is time left")
)

func waitTooLong(wait time.Duration) error {
	return fmt.Errorf("%w (%s)", ErrWaitTooLong, wait.Round(time.Second))
}

// ProxyError is a proxy's refusal to connect to an endpoint.
type ProxyError struct {
	// Proxy is its host and port.
	Proxy string
	// Status is the HTTP status of its answer.
	Status int
}

// Error names the proxy and its answer.
func (e *ProxyError) Error() string {
	return fmt.Sprintf("the proxy %s refused to connect: %d %s", e.Proxy, e.Status, http.StatusText(e.Status))
}

// checkProxy makes an error of a proxy's refusal that tells whose it is, which
// that of net/http does not.
func checkProxy(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &ProxyError{Proxy: proxy.Host, Status: answer.StatusCode}
}

// attempt is one sending of a call. It is the SDK's RoundTripper and error
// handler, which is where the call's context gets in and the answer's facts out.
type attempt struct {
	transport *Transport
	call      Call
	keys      Keys
	endpoint  string
	ctx       context.Context
	cancel    context.CancelFunc
	begun     time.Time

	// Of the answer; status is 0 until there is one.
	status int
	header http.Header
	body   []byte
	// networkErr is why there was none.
	networkErr error
}

func newAttempt(ctx context.Context, t *Transport, call Call, keys Keys) *attempt {
	timeout := fmt.Errorf("%w (%s)", ErrRequestTimeout, t.config.RequestTimeout)
	bound, cancel := context.WithTimeoutCause(ctx, t.config.RequestTimeout, timeout)
	return &attempt{
		transport: t, call: call, keys: keys, endpoint: t.Endpoint(call.Service),
		ctx: bound, cancel: cancel, begun: time.Now(),
	}
}

// done frees what the attempt holds.
func (a *attempt) done() { a.cancel() }

// RoundTrip sends the SDK's request with the call's context and reads the whole
// answer, up to its bound.
func (a *attempt) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.WithContext(a.ctx)
	// Escape as the signature does, so that what is sent is what was signed.
	r.URL.RawPath = escapePath(r.URL.Path)
	a.traceRequest(r)

	resp, err := a.transport.http.RoundTrip(r)
	if err != nil {
		return nil, a.lost(err)
	}
	defer func() { _ = resp.Body.Close() }()
	limit := int64(maxRefusal)
	if success(resp.StatusCode) {
		limit = maxBody
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	// Of a refusal the status is known, and says enough.
	if success(resp.StatusCode) {
		switch {
		case err != nil:
			return nil, a.lost(fmt.Errorf("the answer was cut off: %w", err))
		case int64(len(body)) > limit:
			return nil, a.lost(ErrTooLarge)
		}
	}

	a.status, a.header, a.body = resp.StatusCode, resp.Header, body
	resp.Body = io.NopCloser(bytes.NewReader(body))
	a.traceAnswer()
	return resp, nil
}

func success(status int) bool { return status >= 200 && status < 300 }

// lost notes why there was no answer. A context says more than the error that
// it causes.
func (a *attempt) lost(err error) error {
	if a.ctx.Err() != nil {
		err = context.Cause(a.ctx)
	}
	a.networkErr = err
	return err
}

// HandleError makes an error of every answer that is no success, and of those
// that only claim to be one.
func (a *attempt) HandleError(*request.DefaultHttpRequest, *response.DefaultHttpResponse) error {
	if !success(a.status) {
		return errors.New(http.StatusText(a.status))
	}
	return checkSuccess(a.body)
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
	// of an intruder. That is seldom enough to look twice.
	if !bytes.Contains(body, []byte(`"error_code"`)) && !bytes.Contains(body, []byte(`"message"`)) {
		return nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return err
	}
	if fields["error_code"] != nil || (fields["code"] != nil && fields["message"] != nil) {
		return errors.New("it is an error with the status of a success")
	}
	return nil
}

// fail makes an *Error of what the SDK reported.
func (a *attempt) fail(err error) *Error {
	failed := &Error{
		Operation: a.call.Operation, Service: a.call.Service, Endpoint: a.endpoint, Status: a.status,
		AccessKey: a.keys.AccessKey, KeyOrigin: a.keys.Origin,
	}
	switch {
	case a.networkErr != nil:
		failed.Err = a.networkErr
		return failed
	case a.status == 0:
		failed.Err = fmt.Errorf("%w: %w", ErrUnsent, err)
		return failed
	}

	// What was echoed is taken out before anything is cut in two, and once more
	// after it was unescaped.
	failed.readRefusal(a.header, []byte(a.keys.redact(string(a.body))))
	for _, text := range []*string{&failed.Code, &failed.Message, &failed.RequestID, &failed.EncodedMessage} {
		*text = a.keys.redact(*text)
	}
	switch {
	case a.status >= 300 && a.status < 400:
		failed.Err = fmt.Errorf("a redirect to %q, which is not followed with a signed request", a.keys.redact(a.header.Get("Location")))
	case a.status < 300:
		failed.Err = fmt.Errorf("%w: %s", ErrUndocumented, excerpt([]byte(a.keys.redact(err.Error()))))
	}
	if date, err := http.ParseTime(a.header.Get("Date")); err == nil && a.status == http.StatusUnauthorized {
		failed.ClockDifference = time.Until(date).Round(time.Second)
	}
	return failed
}

// Temporary tells whether the same call may succeed a little later: throttled,
// a server's fault, a concurrency conflict, or a connection that broke.
func (e *Error) Temporary() bool {
	switch {
	case e.Status == http.StatusTooManyRequests, e.Status >= 500:
		return true
	case e.Status == http.StatusConflict:
		return e.Code == CodeConcurrency
	case e.Status != 0:
		return false
	}

	// Settings that are wrong stay wrong.
	var unknownHost *net.DNSError
	var certificate *tls.CertificateVerificationError
	var unknownAuthority x509.UnknownAuthorityError
	var plainText tls.RecordHeaderError
	var network *net.OpError
	var proxy *ProxyError
	switch {
	case errors.As(e.Err, &proxy):
		return proxy.Status == http.StatusTooManyRequests || proxy.Status >= 500
	case errors.As(e.Err, &unknownHost):
		return unknownHost.IsTimeout || unknownHost.IsTemporary && !unknownHost.IsNotFound
	case errors.As(e.Err, &certificate), errors.As(e.Err, &unknownAuthority), errors.As(e.Err, &plainText):
		return false
	case errors.As(e.Err, &network) && (network.Op == "proxyconnect" || network.Op == "remote error" || network.Op == "local error"):
		// No proxy there, or a TLS alert of either side.
		return false
	case errors.Is(e.Err, syscall.ECONNREFUSED), errors.Is(e.Err, ErrTooLarge), errors.Is(e.Err, ErrUnsent):
		return false
	}
	return true
}

// requestID returns the request ID of the answer: what its error says, else the
// X-Request-Id header.
func (a *attempt) requestID(err error) string {
	var failed *Error
	if errors.As(err, &failed) {
		return failed.RequestID
	}
	id := printable(a.header.Get("X-Request-Id"))
	for _, secret := range a.keys.plain() {
		if secret != "" {
			id = strings.ReplaceAll(id, secret, "***")
		}
	}
	return id
}

// retryAfter returns how long the server asks to wait; 0 when it does not say.
func (a *attempt) retryAfter(now time.Time) time.Duration {
	value := a.header.Get("Retry-After")
	if value == "" {
		return 0
	}
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	// A date is by the server's clock.
	if sent, err := http.ParseTime(a.header.Get("Date")); err == nil {
		now = sent
	}
	return max(0, date.Sub(now))
}

// log writes the one line that every call leaves at debug level.
func (a *attempt) log(ctx context.Context, err error) {
	if !tflog.IsDebug(ctx) {
		return
	}
	fields := map[string]any{
		"operation": a.call.Operation, "status": a.status, "request_id": a.requestID(err),
		"duration_ms": time.Since(a.begun).Milliseconds(),
	}
	if err != nil {
		fields["error"] = err.Error()
	}
	tflog.Debug(tflog.MaskLogStrings(ctx, a.keys.secrets()...), "Called the API", fields)
}

// traceRequest logs a request at trace level.
func (a *attempt) traceRequest(r *http.Request) {
	if !tflog.IsTrace(a.ctx) {
		return
	}
	var body []byte
	if r.GetBody != nil {
		if reader, err := r.GetBody(); err == nil {
			body, _ = io.ReadAll(reader)
		}
	}
	a.trace("Sending", r.Header, body, map[string]any{"method": r.Method, "url": r.URL.String()})
}

// traceAnswer logs the answer at trace level.
func (a *attempt) traceAnswer() {
	if tflog.IsTrace(a.ctx) {
		a.trace("Received", a.header, a.body, map[string]any{"status": a.status})
	}
}

// trace logs headers and a body. Those of the services that deal in keys are
// left out; nothing that signs is ever shown.
func (a *attempt) trace(message string, header http.Header, body []byte, fields map[string]any) {
	fields["operation"] = a.call.Operation
	for name, values := range header {
		switch name {
		case "Authorization", "X-Security-Token", "X-Auth-Token", "X-Subject-Token", "Cookie", "Set-Cookie":
			fields["header_"+name] = "***"
		default:
			fields["header_"+name] = strings.Join(values, ", ")
		}
	}
	if a.call.Service == STS || a.call.Service == IAM {
		fields["body"] = fmt.Sprintf("(%d bytes, not shown)", len(body))
	} else {
		fields["body"] = string(body)
	}
	tflog.Trace(tflog.MaskLogStrings(a.ctx, a.keys.secrets()...), message, fields)
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
