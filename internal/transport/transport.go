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
	"reflect"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/global"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/config"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/def"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/impl"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/request"
)

// Defaults of Config.
const (
	DefaultRequestTimeout        = 30 * time.Second
	DefaultMaxRetries            = 5
	DefaultMaxConcurrentRequests = 32
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
	config   Config
	http     http.RoundTripper
	slots    chan struct{}
	throttle throttle
	gate     gate
}

// New returns a transport with a connection pool of its own.
func New(config Config) *Transport {
	pool := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // It is one, as documented.
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

// Call is one call of the SDK.
type Call struct {
	Service   Service
	Operation string
	// Request is a pointer to the SDK's request model.
	Request any
	// Define is the SDK's GenReqDefFor function; it is called for every attempt,
	// as the definition also receives the answer.
	Define func() *def.HttpRequestDef
	// Keys signs the call; nil sends it unsigned.
	Keys KeySource
}

// Do sends a call and returns a pointer to the SDK's response model as T, and
// the request IDs of all attempts that were answered with one, in order, also when
// it fails. Whatever goes wrong comes back as an *Error, but for an error of
// call.Keys, which comes back as it is.
func Do[T any](ctx context.Context, t *Transport, call Call) (response T, requestIDs []string, err error) {
	var (
		zero     T
		attempts int
		begun    = time.Now()
		last     error
	)
	if _, bounded := ctx.Deadline(); !bounded {
		longest := max(longestCall, t.config.RequestTimeout)
		bound, cancel := context.WithTimeoutCause(ctx, longest, fmt.Errorf("the call with its repetitions took longer than %s", longest))
		defer cancel()
		ctx = bound
	}
	operation := func() (T, error) {
		response, a, err := t.attempt(ctx, call)
		if a != nil {
			attempts++
			if id := a.requestID(err); id != "" {
				requestIDs = append(requestIDs, id)
			}
		}
		if err != nil {
			// An interrupted repetition must not hide what the API said before.
			if last == nil || ctx.Err() == nil || !errors.Is(err, context.Cause(ctx)) {
				last = err
			}
			return zero, t.retryable(ctx, a, err)
		}
		last = nil
		typed, ok := response.(T)
		if !ok {
			last = a.fail(fmt.Errorf("the SDK answered with a %T", response))
			return zero, backoff.Permanent(last)
		}
		return typed, nil
	}

	delays := &backoff.ExponentialBackOff{
		InitialInterval: firstDelay, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: longestDelay,
	}
	response, _ = backoff.Retry(ctx, operation,
		backoff.WithBackOff(delays),
		backoff.WithMaxTries(uint(max(t.config.MaxRetries, 0))+1),
		backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, delay time.Duration) {
			tflog.Debug(ctx, "Repeating a call", map[string]any{
				"operation": call.Operation, "attempt": attempts, "delay_ms": delay.Milliseconds(), "reason": err.Error(),
			})
		}),
	)
	if last == nil {
		return response, requestIDs, nil
	}

	// What call.Keys wrapped says which step towards the keys failed.
	if failed, ok := last.(*Error); ok { //nolint:errorlint // Only what is of this call.
		// The rejection of a key is shared by all who wait for it.
		own := *failed
		own.Attempts, own.Elapsed = attempts, time.Since(begun)
		if cause := context.Cause(ctx); cause != nil && !errors.Is(own.Err, cause) {
			own.Err = errors.Join(own.Err, cause)
		}
		return zero, requestIDs, &own
	}
	return zero, requestIDs, last
}

// attempt sends a call once. The attempt it returns is nil when nothing was sent.
func (t *Transport) attempt(ctx context.Context, call Call) (response any, a *attempt, err error) {
	var keys Keys
	var credential auth.ICredential = unsigned{}
	leave := func(int, *Error) {}
	if call.Keys != nil {
		if keys, err = call.Keys.Keys(ctx); err != nil {
			return nil, nil, err
		}
		if leave, err = t.gate.enter(ctx, keys); err != nil {
			return nil, nil, t.held(call, keys, err)
		}
		credential = &global.Credentials{BaseCredentials: auth.BaseCredentials{
			AK: keys.AccessKey, SK: keys.SecretKey, SecurityToken: keys.SecurityToken,
		}}
	}
	// Whatever happens from here on, the others who wait at the gate must learn of it.
	defer func() {
		var failed *Error
		errors.As(err, &failed)
		status := 0
		if a != nil {
			status = a.status
		}
		leave(status, failed)
	}()

	if err := t.throttle.wait(ctx); err != nil {
		return nil, nil, t.held(call, keys, err)
	}
	select {
	case t.slots <- struct{}{}:
		defer func() { <-t.slots }()
	case <-ctx.Done():
		return nil, nil, t.held(call, keys, context.Cause(ctx))
	}

	// While this call waited for its turn, another may have learned that the key is wrong.
	if call.Keys != nil {
		if _, rejected := t.gate.of(keys).state(); rejected != nil {
			again := *rejected
			again.NotSent = true
			return nil, nil, &again
		}
	}

	definition, err := fillPath(call.Request, call.Define())
	if err != nil {
		return nil, nil, t.held(call, keys, fmt.Errorf("%w: %w", ErrUnsent, err))
	}
	a = newAttempt(ctx, t, call, keys)
	defer a.done()
	client := core.NewHcHttpClient(impl.NewDefaultHttpClient(config.DefaultHttpConfig().WithHttpRoundTripper(a).WithTimeout(0))).
		WithEndpoints([]string{a.endpoint}).
		WithCredential(credential).
		WithErrorHandler(a).
		WithExtraHeaders(map[string]string{"User-Agent": t.config.UserAgent})

	response, err = client.Sync(call.Request, definition)
	var failed *Error
	if err != nil {
		failed = a.fail(err)
		err = failed
	}
	now := time.Now()
	switch {
	case a.status == http.StatusTooManyRequests:
		t.throttle.stop(a.begun, now, a.retryAfter(now), failed)
	case a.status != 0:
		t.throttle.answered()
	}
	a.log(ctx, err)
	return response, a, err
}

// held is the error of a call that was not sent because ctx ended, or because
// its key had been rejected before.
func (t *Transport) held(call Call, keys Keys, err error) error {
	var rejected *Error
	if errors.As(err, &rejected) {
		return err
	}
	return &Error{
		Operation: call.Operation, Service: call.Service, Endpoint: t.Endpoint(call.Service),
		AccessKey: keys.AccessKey, KeyOrigin: keys.Origin, Err: err,
	}
}

// retryable wraps an error of an attempt for the backoff: permanent, to be
// repeated at a time of the server's choosing, or to be repeated soon.
func (t *Transport) retryable(ctx context.Context, a *attempt, err error) error {
	var failed *Error
	if a == nil || ctx.Err() != nil || !errors.As(err, &failed) || !failed.Temporary() {
		return backoff.Permanent(err)
	}
	now := time.Now()
	wait := a.retryAfter(now)
	if deadline, ok := ctx.Deadline(); ok && now.Add(wait).After(deadline) {
		// There is no use in waiting for a timeout that is sure to come.
		failed.Err = errors.Join(failed.Err, waitTooLong(wait))
		return backoff.Permanent(err)
	}
	// A 429 is waited for by all workers together, see throttle.
	if wait > 0 && failed.Status != http.StatusTooManyRequests {
		return errors.Join(err, &backoff.RetryAfterError{Duration: wait})
	}
	return err
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

// unsigned is the credential of calls that carry none.
type unsigned struct{}

func (unsigned) ProcessAuthParams(*impl.DefaultHttpClient, string) (auth.ICredential, error) {
	return unsigned{}, nil
}

func (unsigned) ProcessAuthRequest(_ *impl.DefaultHttpClient, r *request.DefaultHttpRequest) (*request.DefaultHttpRequest, error) {
	return r, nil
}
