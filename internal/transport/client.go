// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package transport sends single calls of Huawei Cloud's SDK. A call ends with its context and is
// signed again for every attempt. It is retried if that is safe, and limited to the API's rate. All
// failures have one error type.
package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/hashicorp/go-cleanhttp"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/def"
)

// Defaults of Config.
const (
	DefaultRequestTimeout        = 30 * time.Second
	DefaultMaxRetries            = 5
	DefaultMaxConcurrentRequests = 64
)

// maxHeader limits the bytes of a response's header. The longest that is used is a token
// of IAM.
const maxHeader = 128 << 10

// Config has the settings for all calls of a provider block.
type Config struct {
	Endpoints Endpoints
	// UserAgent follows the SDK's own in the User-Agent header.
	UserAgent string
	// Insecure disables the verification of certificates.
	Insecure bool
	// RootCAs are the trusted authorities; nil for the system's.
	RootCAs *x509.CertPool
	// RequestTimeout limits a single attempt.
	RequestTimeout time.Duration
	// MaxRetries is how often a failed call is retried; 0 for never.
	MaxRetries int
	// MaxConcurrentRequests limits the calls in progress.
	MaxConcurrentRequests int
}

// Transport sends calls. It is safe for concurrent use.
type Transport struct {
	config Config
	http   http.RoundTripper
	// slots holds an element for each call in progress, and largeSlots one for each call
	// whose response has more than smallBody bytes.
	slots, largeSlots chan struct{}
	limiters          registry[string, limiter]
	keyGates          registry[keyGateKey, keyGate]
	redactors         redactors
	// responded has the services that have responded before.
	responded sync.Map
}

// New returns a transport with its own connection pool.
func New(config Config) *Transport {
	pool := cleanhttp.DefaultPooledTransport()
	pool.TLSClientConfig = &tls.Config{
		MinVersion:         tls.VersionTLS12,
		RootCAs:            config.RootCAs,
		InsecureSkipVerify: config.Insecure, //nolint:gosec // The user asked for it and is warned.
	}
	config.MaxConcurrentRequests = max(config.MaxConcurrentRequests, 1)
	// With fewer idle connections than workers, every burst would reconnect.
	pool.MaxIdleConnsPerHost = 2 * config.MaxConcurrentRequests
	pool.MaxIdleConns = 0
	pool.MaxResponseHeaderBytes = maxHeader
	pool.OnProxyConnectResponse = checkProxy
	// A lost HTTP/2 connection is closed before an attempt times out: a retry needs another one.
	silence := min(config.RequestTimeout/3, 10*time.Second)
	pool.HTTP2 = &http.HTTP2Config{SendPingTimeout: silence, PingTimeout: silence}

	return &Transport{
		config:     config,
		http:       pool,
		slots:      make(chan struct{}, config.MaxConcurrentRequests),
		largeSlots: make(chan struct{}, mostLargeBodies),
	}
}

// Endpoint returns the base URL of a service.
func (t *Transport) Endpoint(service Service) string {
	return t.config.Endpoints.URL(service)
}

// Concurrency returns how many calls may be in progress at the same time.
func (t *Transport) Concurrency() int { return t.config.MaxConcurrentRequests }

func (t *Transport) hasResponded(service Service) bool {
	_, responded := t.responded.Load(service)
	return responded
}

// Keys sign a request.
type Keys struct {
	AccessKey string
	SecretKey Secret
	// SecurityToken goes with temporary keys; empty for permanent ones.
	SecurityToken Secret
	// Expires is when temporary keys expire; zero if that is unknown.
	Expires time.Time
	// Origin describes where the keys come from, for error messages.
	Origin string
}

// KeySource returns the keys to sign with. It is called for every attempt, by many
// goroutines at once, and must return when ctx ends.
type KeySource interface {
	Keys(ctx context.Context) (Keys, error)
}

// Renewer is a KeySource whose keys are temporary.
type Renewer interface {
	// Renew reports whether Keys returns other keys than those with the access key that
	// the API rejected with a 401. It fetches them if necessary.
	Renew(ctx context.Context, rejectedAccessKey string) bool
}

// Call is one call of the SDK.
type Call struct {
	Service   Service
	Operation string
	// Permission names the identity policy actions that the call needs, for the
	// diagnostics of a 403; empty for none.
	Permission string
	// Request is a pointer to the SDK's request model.
	Request any
	// Define is the SDK's GenReqDefFor function. It is called for every attempt, because
	// the definition also receives the response.
	Define func() *def.HttpRequestDef
	// Keys signs the call; nil sends it unsigned.
	Keys KeySource
	// Secrets are what the call carries besides its keys and must not be shown, such as
	// an ID token.
	Secrets []Secret
	// NoContent means that a success is a 200 or 204 without a body. Any other 2xx is an
	// unusable response, after which the call may be retried.
	NoContent bool
	// Once disables retries of a call that was sent, for a caller that must read again
	// before the next attempt.
	Once bool
	// Linger is how long a call that was sent may outlive its context, so that its
	// outcome is known; 0 ends it with the context.
	Linger time.Duration
}

// Receipt describes the responses to a call, also to one that failed.
type Receipt struct {
	// RequestIDs are those of all responses, in order.
	RequestIDs []string
	// Status is the status of the last response; 0 if there was none.
	Status int
	// Date is the time of the last response, in UTC. It is by the server's clock, in whole seconds,
	// or by the local clock if ClockProblem is set. It is zero if there was no response.
	Date time.Time
	// Received is the time of the last response by the local clock, in UTC.
	Received time.Time
	// ClockProblem says why the Date header is not used, printable; "" if it is.
	ClockProblem string
	// AccessKey and KeyOrigin belong to the keys that signed last, see Keys; empty if there were
	// none.
	AccessKey, KeyOrigin string
}

// RequestID returns the last request ID; empty if there is none.
func (r Receipt) RequestID() string {
	if len(r.RequestIDs) == 0 {
		return ""
	}
	return r.RequestIDs[len(r.RequestIDs)-1]
}

// Latest returns the later of Date and Received: nothing that the response reports was done
// after it. It is zero when there was no response.
func (r Receipt) Latest() time.Time {
	if r.Received.After(r.Date) {
		return r.Received
	}
	return r.Date
}

// Do sends a call and returns a pointer to the SDK's response model as T. It retries a failed call
// at most Config.MaxRetries times, and a throttled call for as long as ctx lasts. It retries a 401
// once if call.Keys is a Renewer with other keys. Every error is an *Error, except an error of
// call.Keys, which is returned unchanged.
func Do[T any](ctx context.Context, t *Transport, call Call) (T, Receipt, error) {
	if _, limited := ctx.Deadline(); !limited {
		longest := max(longestCall, t.config.RequestTimeout)
		withTimeout, cancel := context.WithTimeoutCause(ctx, longest, fmt.Errorf("the call with its retries took longer than %s", longest))
		defer cancel()
		ctx = withTimeout
	}

	r := &retrier{transport: t, call: call, begun: time.Now(), delays: backoff.ExponentialBackOff{
		InitialInterval: firstDelay, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: longestDelay,
	}}
	response, err := r.run(ctx)
	typed, _ := response.(T) // nil after an error; otherwise the model of call.Define.
	return typed, r.receipt, err
}
