// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Error codes of the API that affect the handling of an error (API reference, "Error codes").
const (
	CodeClock       = "APIGW.0303" // the clocks differ by more than 15 minutes
	CodeNoAPI       = "APIGW.0101" // the API does not exist or is not published at this endpoint
	CodeConcurrency = "IIC.1006"
)

// Reasons why a call has no response, or why its response is not used.
var (
	// ErrRequestTimeout ends an attempt that took longer than RequestTimeout.
	ErrRequestTimeout = errors.New("no complete response within request_timeout")
	// ErrTooLarge is a response that is longer than any documented one.
	ErrTooLarge = errors.New("the response is too large")
	// ErrUnsent is a request that could not be built.
	ErrUnsent = errors.New("the request could not be made")
	// ErrUndocumented is a response that does not have the documented form.
	ErrUndocumented = errors.New("the response does not have the documented form")
	// ErrWaitTooLong means that an attempt has to wait for longer than the time left.
	ErrWaitTooLong = errors.New("the wait before the next attempt is longer than the time left")
)

// Failure describes an attempt that failed: the API's refusal, or the reason why there was
// no response. No field contains a secret.
type Failure struct {
	// Operation is the API's name of the call, such as "BatchDeleteSessions".
	Operation string
	// Service and Endpoint are the destination of the call.
	Service  Service
	Endpoint string
	// HostResponded is true if the endpoint has responded to this process before.
	HostResponded bool
	// Permission names the identity policy actions that the call needs; empty for none.
	Permission string

	// Status is the HTTP status; 0 if there was no response.
	Status int
	// Code and Message are the API's, if the body has them.
	Code    string
	Message string
	// RequestID comes from the body or the X-Request-Id header.
	RequestID string
	// EncodedMessage is the encoded authorization message of a 403.
	EncodedMessage string
	// Excerpt is the beginning of a body that does not have the documented form; a length
	// for STS and IAM.
	Excerpt string
	// ClockDifference is the server's clock minus the local one, by the Date header of a
	// 401; 0 if there was none.
	ClockDifference time.Duration
	// FromService is true for a refusal of the service behind the gateway, which proves
	// that the signature was checked.
	FromService bool

	// AccessKey signed the call and KeyOrigin is its source; empty for unsigned calls.
	AccessKey string
	KeyOrigin string

	// Reason is why there was no response, or why it was not used.
	Reason error

	// repeatable is true for an unusable success of a call that may be sent again.
	repeatable bool
}

// Error is a call that failed. It is immutable.
type Error struct {
	Failure

	// NotSent is true if the call was not sent because of the failure of another call: the
	// same key was rejected, or all calls must wait for longer than the time left. The
	// Failure is that of the other call.
	NotSent bool
	// Unanswered is true if an attempt was sent and its outcome is unknown, such as after a
	// 5xx: the call may have been carried out.
	Unanswered bool
	// Attempts is how often the call was sent, and Elapsed the total time.
	Attempts int
	Elapsed  time.Duration
	// Cause is why the call was given up, such as the end of its context; nil if the
	// Failure says it.
	Cause error
}

// Error returns the failure in one line.
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
	for _, err := range e.Unwrap() {
		fmt.Fprintf(&b, ": %s", err)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request ID %s)", e.RequestID)
	}
	return strings.ReplaceAll(b.String(), "\n", " ")
}

// Unwrap returns Reason and Cause, if they are set.
func (e *Error) Unwrap() []error {
	return slices.DeleteFunc([]error{e.Reason, e.Cause}, func(err error) bool { return err == nil })
}

// NotFound reports whether the API itself responded to a call that something does not exist, see
// Failure.NotFound.
func NotFound(err error) bool {
	var failed *Error
	return errors.As(err, &failed) && failed.NotFound()
}

// Unanswered reports whether the outcome of a failed call is unknown, see Error.Unanswered.
func Unanswered(err error) bool {
	var failed *Error
	return errors.As(err, &failed) && failed.Unanswered
}

// NotFound reports whether the API itself responds that something does not exist. A 404 of a
// gateway, of a proxy, or at a wrong endpoint does not count.
func (f *Failure) NotFound() bool {
	return f.Status == http.StatusNotFound && f.FromService
}

// BadParameter reports whether the API refuses an argument. One code occurs with several statuses
// (API reference, "Error codes").
func (f *Failure) BadParameter() bool {
	return f.Status == http.StatusBadRequest || f.Code == "IIC.1003" || f.Code == "IIC.1004"
}

// Temporary reports whether the same call may succeed later: it was throttled, the server
// failed, there was a concurrency conflict, or a connection broke.
func (f *Failure) Temporary() bool {
	switch {
	case f.Status == http.StatusTooManyRequests, f.Status >= 500:
		return true
	case f.Status == http.StatusConflict:
		return f.Code == CodeConcurrency
	case f.Status >= 200 && f.Status < 300:
		return f.repeatable
	case f.Status != 0:
		return false
	}
	return !permanentReason(f.Reason)
}

// permanentReason reports whether the reason for a missing response is permanent, such as a wrong
// setting.
func permanentReason(reason error) bool {
	var dns *net.DNSError
	var network *net.OpError
	var proxy *ProxyError
	switch {
	case errors.As(reason, &proxy) && proxy.Status != 0:
		return proxy.Status != http.StatusTooManyRequests && proxy.Status < 500
	case errors.As(reason, &dns):
		return dns.IsNotFound || !dns.IsTimeout && !dns.IsTemporary
	case errors.As(reason, &network) && slices.Contains([]string{"proxyconnect", "remote error", "local error"}, network.Op):
		// There is no proxy, or a TLS alert of either side.
		return true
	}
	permanent := []error{syscall.ECONNREFUSED, ErrTooLarge, ErrUnsent, context.Canceled}
	return tlsFailed(reason) || slices.ContainsFunc(permanent, func(err error) bool { return errors.Is(reason, err) })
}

// tlsFailed reports whether the server is not trusted or does not speak TLS.
func tlsFailed(reason error) bool {
	var certificate *tls.CertificateVerificationError
	var unknownAuthority x509.UnknownAuthorityError
	var plainText tls.RecordHeaderError
	return errors.As(reason, &certificate) || errors.As(reason, &unknownAuthority) || errors.As(reason, &plainText)
}

// unknownHost reports whether DNS does not know the host name. The host name of a proxy does not
// count.
func unknownHost(reason error) bool {
	var dns *net.DNSError
	var proxy *ProxyError
	return errors.As(reason, &dns) && dns.IsNotFound && !errors.As(reason, &proxy)
}
