// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package transport sends single calls of the vendor SDK: with a context that
// reaches the wire, signed anew for every attempt, repeated where that is safe
// and useful, held back where it is not, and answered with one kind of error.
package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/hashicorp/go-cleanhttp"
	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/def"
)

// Defaults of Config.
const (
	DefaultRequestTimeout        = 30 * time.Second
	DefaultMaxRetries            = 5
	DefaultMaxConcurrentRequests = 64
)

const (
	// firstDelay and longestDelay bound the wait between two attempts.
	firstDelay   = 200 * time.Millisecond
	longestDelay = 10 * time.Second
	// longestCall bounds a call, with its repetitions, whose context has no deadline.
	longestCall = 5 * time.Minute
)

// Config is what the calls of one provider have in common.
type Config struct {
	Endpoints Endpoints
	// UserAgent follows the SDK's own in the User-Agent header.
	UserAgent string
	// Insecure skips the check of the servers' certificates.
	Insecure bool
	// RootCAs are the authorities to trust; nil for the system's.
	RootCAs *x509.CertPool
	// RequestTimeout bounds a single attempt.
	RequestTimeout time.Duration
	// MaxRetries is how often a failed call is repeated; 0 for never.
	MaxRetries int
	// MaxConcurrentRequests bounds the calls under way at any time.
	MaxConcurrentRequests int
}

// Transport sends calls. It is safe for concurrent use.
type Transport struct {
	config    Config
	http      http.RoundTripper
	slots     chan struct{}
	paces     table[paceKey, pace]
	gates     table[gateKey, gate]
	redactors redactors
}

// New returns a transport with a connection pool of its own.
func New(config Config) *Transport {
	pool := cleanhttp.DefaultPooledTransport()
	pool.TLSClientConfig = &tls.Config{
		MinVersion:         tls.VersionTLS12,
		RootCAs:            config.RootCAs,
		InsecureSkipVerify: config.Insecure, //nolint:gosec // The user asked for it and is warned.
	}
	config.MaxConcurrentRequests = max(config.MaxConcurrentRequests, 1)
	// Fewer idle connections than workers would mean to reconnect in every burst.
	pool.MaxIdleConnsPerHost = 2 * config.MaxConcurrentRequests
	pool.MaxIdleConns = 0
	pool.OnProxyConnectResponse = checkProxy

	return &Transport{
		config: config,
		http:   pool,
		slots:  make(chan struct{}, config.MaxConcurrentRequests),
	}
}

// Endpoint returns the base URL to which calls of a service go.
func (t *Transport) Endpoint(service Service) string {
	return t.config.Endpoints.URL(service)
}

// Concurrency returns how many calls may be under way at the same time.
func (t *Transport) Concurrency() int { return t.config.MaxConcurrentRequests }

// Call is one call of the SDK.
type Call struct {
	Service   Service
	Operation string
	// Permission names the identity policy actions that the call needs, for the
	// diagnostics of a 403; empty for none.
	Permission string
	// Request is a pointer to the SDK's request model.
	Request any
	// Define is the SDK's GenReqDefFor function; it is called for every attempt,
	// as the definition also receives the response.
	Define func() *def.HttpRequestDef
	// Keys signs the call; nil sends it unsigned.
	Keys KeySource
	// Secrets are what the call carries beside its keys and must not be shown, such
	// as an ID token.
	Secrets []Secret
	// NoContent tells that a success is a 200 or 204 without a body: anything else
	// is a response that cannot be used. Such a call may be repeated.
	NoContent bool
	// Once sends the call a single time, for a caller that has to read anew before it
	// is repeated.
	Once bool
	// Linger is how long the call, once it is on the wire, may outlive its context,
	// so that its outcome is learned; 0 ends it with the context.
	Linger time.Duration
}

// Receipt is what is known of the responses to a call, also of a failed one.
type Receipt struct {
	// RequestIDs are those of all attempts that were answered with one, in order.
	RequestIDs []string
	// Status is that of the last response; 0 when there was none.
	Status int
	// Date is the time of the last response, in UTC: by the server's clock, to the second, or
	// by the local one where ClockProblem says why. Zero when there was no response.
	Date time.Time
	// Received is the same by the local clock, in UTC.
	Received time.Time
	// ClockProblem says why the Date header is not used, printable; "" if it is.
	ClockProblem string
	// AccessKey and KeyOrigin are those of the keys that the call had last, see Keys;
	// empty when it had none.
	AccessKey, KeyOrigin string
}

// RequestID returns the last request ID, empty when there is none.
func (r Receipt) RequestID() string {
	if len(r.RequestIDs) == 0 {
		return ""
	}
	return r.RequestIDs[len(r.RequestIDs)-1]
}

// Do sends a call and returns a pointer to the SDK's response model as T. It is
// repeated while that is useful: at most Config.MaxRetries times for failures, for
// as long as ctx lasts when it is throttled, and once more with other keys when
// call.Keys is a Renewer that has some after a 401. Whatever goes wrong comes back
// as an *Error, but for an error of call.Keys, which comes back as it is.
func Do[T any](ctx context.Context, t *Transport, call Call) (T, Receipt, error) {
	var zero T
	if _, bounded := ctx.Deadline(); !bounded {
		longest := max(longestCall, t.config.RequestTimeout)
		bound, cancel := context.WithTimeoutCause(ctx, longest, fmt.Errorf("the call with its retries took longer than %s", longest))
		defer cancel()
		ctx = bound
	}

	d := &delivery{transport: t, call: call, begun: time.Now(), delays: backoff.ExponentialBackOff{
		InitialInterval: firstDelay, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: longestDelay,
	}}
	response, err := d.deliver(ctx)
	if err != nil {
		return zero, d.receipt, err
	}
	typed, ok := response.(T)
	if !ok {
		return zero, d.receipt, d.fail(t.failure(call, Keys{}, fmt.Errorf("%w: the SDK returned a %T", ErrUndocumented, response)), nil)
	}
	return typed, d.receipt, nil
}

// delivery is a call with its attempts.
type delivery struct {
	transport *Transport
	call      Call
	begun     time.Time
	delays    backoff.ExponentialBackOff
	receipt   Receipt
	// attempts were sent, and retries of them count against MaxRetries.
	attempts, retries int
	// unanswered is true when the outcome of an attempt is not known.
	unanswered bool
	// renewed is true once the keys were renewed after a 401.
	renewed bool
	// last is what the last attempt met that says more than that ctx ended.
	last *Failure
}

// deliver sends the call until it succeeds or there is no use in repeating it.
func (d *delivery) deliver(ctx context.Context) (any, error) {
	for {
		a, err := d.attempt(ctx)
		if err != nil {
			return nil, err
		}
		failed := a.failed
		if failed == nil {
			return a.model, nil
		}
		if d.last == nil || ctx.Err() == nil || !errors.Is(failed.Reason, context.Cause(ctx)) {
			// An interrupted retry must not hide what the API said before.
			d.last = failed
		}
		if ctx.Err() != nil {
			return nil, d.fail(d.last, context.Cause(ctx))
		}
		if d.renew(ctx, failed) {
			continue
		}
		again, delay := d.again(failed, a.wait)
		if !again {
			return nil, d.fail(d.last, nil)
		}
		if err = inTime(ctx, delay); err == nil {
			tflog.Debug(ctx, "Retrying a call", map[string]any{
				"operation": d.call.Operation, "attempt": d.attempts, "delay_ms": delay.Milliseconds(), "reason": d.fail(failed, nil).Error(),
			})
			err = Sleep(ctx, delay)
		}
		if err != nil {
			return nil, d.fail(d.last, err)
		}
	}
}

// attempt waits until the call may be sent and sends it once. Its error is one of the
// keys, or of a call that was held back.
func (d *delivery) attempt(ctx context.Context) (*attempt, error) {
	keys, leave, err := d.admit(ctx)
	if err != nil {
		return nil, err
	}
	a := d.transport.send(ctx, d.call, keys)
	leave(a)

	if a.sent {
		d.attempts++
	}
	d.unanswered = d.unanswered || a.sent && a.status == 0 && !neverConnected(a.networkErr)
	if a.status != 0 {
		if id := a.requestID(); id != "" {
			d.receipt.RequestIDs = append(d.receipt.RequestIDs, id)
		}
		d.receipt.Status, d.receipt.Received = a.status, time.Now().UTC()
		date, problem := serverTime(a.header, d.receipt.Received)
		d.receipt.Date, d.receipt.ClockProblem = date, a.shown(problem, LongestID)
	}
	return a, nil
}

// admit gets the keys and waits until the call may be sent with them, see
// Transport.admit. The error is that of the keys, or an *Error.
func (d *delivery) admit(ctx context.Context) (keys Keys, leave func(*attempt), err error) {
	for {
		if d.call.Keys != nil {
			if keys, err = d.call.Keys.Keys(ctx); err != nil {
				return keys, nil, err
			}
			d.receipt.AccessKey, d.receipt.KeyOrigin = keys.AccessKey, keys.Origin
		}
		leave, held, err := d.transport.admit(ctx, d.call, keys)
		switch {
		case held == nil && err == nil:
			return keys, leave, nil
		case held == nil:
			// Not sent at all, so that only an earlier attempt can say more.
			if d.last == nil {
				d.last = d.transport.failure(d.call, keys, err)
			}
			return keys, nil, d.fail(d.last, err)
		case errors.Is(err, ErrWaitTooLong) && d.attempts > 0:
			return keys, nil, d.fail(d.last, err)
		case err != nil || !d.renew(ctx, held):
			failed := d.fail(held, err)
			failed.NotSent = true
			return keys, nil, failed
		}
	}
}

// renew tells whether a call whose keys were rejected can be sent with others.
func (d *delivery) renew(ctx context.Context, failed *Failure) bool {
	if d.renewed || failed.Status != http.StatusUnauthorized || failed.Code == CodeClock {
		return false
	}
	renewer, ok := d.call.Keys.(Renewer)
	d.renewed = true
	return ok && renewer.Renew(ctx, failed.AccessKey)
}

// again tells whether a call that failed is worth another attempt, and after how long.
func (d *delivery) again(failed *Failure, wait time.Duration) (again bool, delay time.Duration) {
	switch {
	case d.call.Once || !failed.Temporary():
		return false, 0
	case failed.Status == http.StatusTooManyRequests:
		// Everybody waits for it together, and it does not count.
		return true, d.transport.paceOf(d.call).stopped(time.Now())
	}
	d.retries++
	return d.retries <= d.transport.config.MaxRetries, max(wait, d.delays.NextBackOff())
}

// fail is the error of a call that is given up.
func (d *delivery) fail(failed *Failure, cause error) *Error {
	if cause != nil && errors.Is(failed.Reason, cause) {
		cause = nil
	}
	return &Error{Failure: *failed, Unanswered: d.unanswered, Attempts: d.attempts, Elapsed: time.Since(d.begun), Cause: cause}
}

// failure says of a call what is known before it is sent.
func (t *Transport) failure(call Call, keys Keys, reason error) *Failure {
	return &Failure{
		Operation: call.Operation, Service: call.Service, Endpoint: t.Endpoint(call.Service), Permission: call.Permission,
		AccessKey: keys.AccessKey, KeyOrigin: keys.Origin, Reason: reason,
	}
}
