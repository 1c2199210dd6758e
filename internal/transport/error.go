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

// Error codes of the API that decide what happens next (API reference, "Error codes").
const (
	CodeClock       = "APIGW.0303" // the clocks differ by more than 15 minutes
	CodeNoAPI       = "APIGW.0101" // the API does not exist or is not published at this endpoint
	CodeConcurrency = "IIC.1006"
)

// Reasons why a call was not answered, or its response not used.
var (
	// ErrRequestTimeout ends a single attempt that took longer than RequestTimeout.
	ErrRequestTimeout = errors.New("no complete response within request_timeout")
	// ErrTooLarge is a response that does not end within any sensible size.
	ErrTooLarge = fmt.Errorf("the response is larger than %d MiB", maxBody>>20)
	// ErrUnsent is a request that could not be made.
	ErrUnsent = errors.New("the request could not be made")
	// ErrUndocumented is a response that is not of the documented shape.
	ErrUndocumented = errors.New("the response is not of the documented shape")
	// ErrWaitTooLong is a wait that the API asks for and for which there is no time left.
	ErrWaitTooLong = errors.New("the API asks to wait longer than there is time left")
)

// Failure is what an attempt of a call met: the API's refusal, or the reason why
// there was no response. All texts are free of secrets.
type Failure struct {
	// Operation is the API's name of the call, such as "BatchDeleteSessions".
	Operation string
	// Service and Endpoint say where the call was sent.
	Service  Service
	Endpoint string
	// Permission names the identity policy actions that the call needs; empty for none.
	Permission string

	// Status is the HTTP status; 0 when there was no response.
	Status int
	// Code and Message are the API's, where the body had them.
	Code    string
	Message string
	// RequestID is the body's, else that of the X-Request-Id header.
	RequestID string
	// EncodedMessage is the encoded authorization message of a 403.
	EncodedMessage string
	// Excerpt is the beginning of a body that is not of the documented shape; empty
	// for the services that deal in credentials.
	Excerpt string
	// ClockDifference is the server's clock minus ours, measured from the Date
	// header of a 401; 0 when there was none.
	ClockDifference time.Duration
	// FromService is true for a refusal in the form of the service behind the
	// gateway, which proves that the signature was checked.
	FromService bool

	// AccessKey signed the call and KeyOrigin says where it came from; empty for
	// calls that are not signed.
	AccessKey string
	KeyOrigin string

	// Reason is why there was no response, or why a response could not be used.
	Reason error

	// repeatable is true for a success that was not understood and that does no harm
	// when the call is repeated.
	repeatable bool
}

// Error is a call that failed: refused by the API, or never answered. It does not
// change once it is made.
type Error struct {
	Failure

	// NotSent is true when the call was held back because of what another one met:
	// the same key had been rejected, or everybody was asked to wait for longer than
	// there is time. The Failure is then that of the other call.
	NotSent bool
	// Unanswered is true when an attempt was sent and its outcome is not known, so
	// that the call may have been carried out.
	Unanswered bool
	// Attempts is how often the call was sent, and Elapsed for how long.
	Attempts int
	Elapsed  time.Duration
	// Cause is why the call was given up, such as the end of its context; nil when
	// the Failure says it all.
	Cause error
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
	for _, err := range e.Unwrap() {
		fmt.Fprintf(&b, ": %s", err)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request ID %s)", e.RequestID)
	}
	return strings.ReplaceAll(b.String(), "\n", " ")
}

// Unwrap returns the reason and the cause, where there are any.
func (e *Error) Unwrap() []error {
	var errs []error
	for _, err := range []error{e.Reason, e.Cause} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// NotFound tells whether an error is a call to which the API itself says that
// something does not exist, see Failure.NotFound.
func NotFound(err error) bool {
	var failed *Error
	return errors.As(err, &failed) && failed.NotFound()
}

// NotFound tells whether the API itself says that something does not exist. A 404
// of a gateway, of a proxy, or at a wrong endpoint says no such thing.
func (f *Failure) NotFound() bool {
	return f.Status == http.StatusNotFound && f.FromService
}

// BadParameter tells whether the API refuses an argument: one code comes with
// several statuses (API reference, "Error codes").
func (f *Failure) BadParameter() bool {
	return f.Status == http.StatusBadRequest || f.Code == "IIC.1003" || f.Code == "IIC.1004"
}

// Temporary tells whether the same call may succeed a little later: throttled,
// a server's fault, a concurrency conflict, or a connection that broke.
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

// permanentReason tells whether a call that was not answered for this reason
// would not be the next time either: settings that are wrong stay wrong.
func permanentReason(reason error) bool {
	var unknownHost *net.DNSError
	var network *net.OpError
	var proxy *ProxyError
	switch {
	case errors.As(reason, &proxy) && proxy.Status != 0:
		return proxy.Status != http.StatusTooManyRequests && proxy.Status < 500
	case errors.As(reason, &unknownHost):
		return unknownHost.IsNotFound || !unknownHost.IsTimeout && !unknownHost.IsTemporary
	case errors.As(reason, &network) && slices.Contains([]string{"proxyconnect", "remote error", "local error"}, network.Op):
		// No proxy there, or a TLS alert of either side.
		return true
	}
	permanent := []error{syscall.ECONNREFUSED, ErrTooLarge, ErrUnsent, context.Canceled}
	return noTLS(reason) || slices.ContainsFunc(permanent, func(err error) bool { return errors.Is(reason, err) })
}

// noTLS tells whether the server is not trusted, or does not speak TLS.
func noTLS(reason error) bool {
	var certificate *tls.CertificateVerificationError
	var unknownAuthority x509.UnknownAuthorityError
	var plainText tls.RecordHeaderError
	return errors.As(reason, &certificate) || errors.As(reason, &unknownAuthority) || errors.As(reason, &plainText)
}

// neverConnected tells whether a call that failed for this reason did not reach the
// server, so that it was surely not carried out.
func neverConnected(reason error) bool {
	var unknownHost *net.DNSError
	var network *net.OpError
	var proxy *ProxyError
	return errors.Is(reason, errUnconnected) || errors.As(reason, &proxy) || errors.As(reason, &unknownHost) || noTLS(reason) ||
		errors.As(reason, &network) && (network.Op == "dial" || network.Op == "proxyconnect") || errors.Is(reason, ErrUnsent)
}
