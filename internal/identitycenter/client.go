// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package identitycenter is the shared client: the one package that speaks to
// the API of IAM Identity Center. What it returns are the provider's own types,
// checked for what the caller relies on.
package identitycenter

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/def"
	sts "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1"
	stsmodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1/model"
	"golang.org/x/sync/singleflight"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

const (
	// decodeTimeout limits the decoding of an authorization message, which must not delay
	// the error that it explains.
	decodeTimeout = 5 * time.Second
	// longestEncodedMessage is what DecodeAuthorizationMessage accepts, in characters.
	longestEncodedMessage = 10_240
)

// Client calls the API with one set of credentials. It is safe for concurrent
// use and meant to be shared by everything that one provider block configures.
type Client struct {
	transport *transport.Transport
	keys      transport.KeySource
	decode    bool

	// decoding is for the messages under way, decoded for those that are done.
	decoding singleflight.Group
	decoded  sync.Map
}

// New returns a client that sends through t, signed with keys. With decode, the
// encoded authorization message of a 403 is decoded, once for each message.
func New(t *transport.Transport, keys transport.KeySource, decode bool) *Client {
	return &Client{transport: t, keys: keys, decode: decode}
}

// TemporaryKeys tells whether the client signs with temporary keys at this moment.
func (c *Client) TemporaryKeys(ctx context.Context) (bool, error) {
	keys, err := c.keys.Keys(ctx)
	return !keys.SecurityToken.Empty(), err
}

// Concurrency is how many calls may be under way at the same time.
func (c *Client) Concurrency() int { return c.transport.Concurrency() }

// DeniedError is a 403 whose authorization message was decoded, or was tried to be.
type DeniedError struct {
	// Err is the refusal.
	Err *transport.Error
	// Decision is the authorization message in the clear, a JSON document (API
	// reference, DecodeAuthorizationMessage); empty when DecodeErr says why it could
	// not be had.
	Decision  string
	DecodeErr error
}

// Error returns that of the refusal.
func (e *DeniedError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *DeniedError) Unwrap() error { return e.Err }

// undecoded marks a context, see Undecoded.
type undecoded struct{}

// Undecoded returns a context in which a 403 comes back at once, with its authorization
// message as it is: for a caller that has other work to stop before Decoded.
func Undecoded(ctx context.Context) context.Context {
	return context.WithValue(ctx, undecoded{}, true)
}

// Decoded returns the refusal that err holds with its authorization message decoded, and
// nil where there is none, or nothing is to be decoded.
func (c *Client) Decoded(ctx context.Context, err error) *DeniedError {
	var failed *transport.Error
	if !c.decode || !errors.As(err, &failed) || failed.Status != http.StatusForbidden || failed.EncodedMessage == "" {
		return nil
	}
	if failed.Service == transport.STS || failed.Service == transport.IAM {
		return nil // A step on the way to the keys: without them nothing can be decoded.
	}
	if n := utf8.RuneCountInString(failed.EncodedMessage); n > longestEncodedMessage {
		return &DeniedError{Err: failed, DecodeErr: fmt.Errorf("the message has %d characters, and the API decodes at most %d", n, longestEncodedMessage)}
	}
	decoded := c.decodeMessage(ctx, failed.EncodedMessage)
	return &DeniedError{Err: failed, Decision: decoded.text, DecodeErr: decoded.err}
}

// do sends a signed call. A 403 is explained where that is possible.
func do[T any](ctx context.Context, c *Client, call transport.Call) (T, transport.Receipt, error) {
	call.Keys = c.keys
	response, receipt, err := transport.Do[T](ctx, c.transport, call)

	if ctx.Value(undecoded{}) == nil {
		if denied := c.Decoded(ctx, err); denied != nil {
			err = denied
		}
	}
	return response, receipt, err
}

// decision is a decoded message, or why it could not be decoded.
type decision struct {
	text string
	err  error
}

// decodeMessage decodes an authorization message. Each distinct one is sent once; calls
// that need it meanwhile wait for the response.
func (c *Client) decodeMessage(ctx context.Context, encoded string) decision {
	if known, ok := c.decoded.Load(encoded); ok {
		return known.(decision) //nolint:forcetypeassert // Nothing else is stored.
	}
	// The call belongs to all who wait for it, so that it outlives the first of them.
	shared := context.WithoutCancel(ctx)
	done := c.decoding.DoChan(encoded, func() (any, error) {
		known := c.decodeNow(shared, encoded)
		c.decoded.Store(encoded, known)
		return known, nil
	})
	select {
	case result := <-done:
		return result.Val.(decision) //nolint:forcetypeassert // As above.
	case <-ctx.Done():
		return decision{err: context.Cause(ctx)}
	}
}

func (c *Client) decodeNow(ctx context.Context, encoded string) decision {
	ctx, cancel := context.WithTimeoutCause(ctx, decodeTimeout, fmt.Errorf("not decoded within %s", decodeTimeout))
	defer cancel()
	response, _, err := transport.Do[*stsmodel.DecodeAuthorizationMessageResponse](ctx, c.transport, transport.Call{
		Service: transport.STS, Operation: "DecodeAuthorizationMessage", Permission: "sts::decodeAuthorizationMessage", Keys: c.keys,
		Define: sts.GenReqDefForDecodeAuthorizationMessage,
		Request: &stsmodel.DecodeAuthorizationMessageRequest{
			Body: &stsmodel.DecodeAuthorizationMessageReq{EncodedMessage: encoded},
		},
	})
	switch {
	case err != nil:
		return decision{err: err}
	case response.DecodedMessage == nil || *response.DecodedMessage == "":
		return decision{err: transport.ErrUndocumented}
	}
	return decision{text: c.transport.Redact(*response.DecodedMessage)}
}

// write sends a signed call whose response says nothing but that it was carried out.
func write(ctx context.Context, c *Client, call transport.Call) (transport.Receipt, error) {
	_, receipt, err := do[any](ctx, c, call)
	return receipt, err
}

// read sends a signed call and returns what convert makes of its response. One with a
// fault is an error, as it lacks what the API reference promises: to take it for an
// empty one would be to report a success that is none.
func read[R, T any](ctx context.Context, c *Client, call transport.Call, convert func(*R) (converted T, fault string)) (T, transport.Receipt, error) {
	var zero T
	response, receipt, err := do[*R](ctx, c, call)
	if err != nil {
		return zero, receipt, err
	}
	converted, fault := convert(response)
	if fault != "" {
		return zero, receipt, c.unusable(call, receipt, fault)
	}
	return converted, receipt, nil
}

// unusable is the error of a response that lacks what the API reference promises. fault may
// quote the response: the transport masks secrets in it.
func (c *Client) unusable(call transport.Call, receipt transport.Receipt, fault string) error {
	return c.transport.UnusableResponse(call, receipt, fault)
}

// responding is the definition of a call whose response is read into a model of our
// own, of the fields that matter, where that of the SDK does not fit.
func responding[T any](define func() *def.HttpRequestDef) func() *def.HttpRequestDef {
	return func() *def.HttpRequestDef {
		definition := define()
		definition.Response = new(T)
		return definition
	}
}

// earliestMilliseconds is from where on a time is in milliseconds, and below it in
// seconds: the API reference says "Long" and no unit, and its examples have both.
// As seconds it is the year 5138, as milliseconds March 1973.
const earliestMilliseconds = 100_000_000_000

// timeOf turns a time of the API, in seconds or milliseconds since 1970, into one
// in UTC. A moment that RFC 3339 cannot write, and 0, is the zero time.
func timeOf(stamp int64) time.Time {
	t := time.UnixMilli(stamp).UTC()
	if stamp < earliestMilliseconds {
		t = time.Unix(stamp, 0).UTC()
	}
	if stamp <= 0 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// idFault says what keeps a text from being the ID of something, empty for nothing: one
// that is missing or altered could not be sent back, and one without end would end up
// in states and messages.
func idFault(name, id string) string {
	switch {
	case id == "":
		return fmt.Sprintf("the %s is missing", name)
	case len(id) > transport.LongestID:
		return fmt.Sprintf("the %s is longer than %d bytes", name, transport.LongestID)
	case strings.ContainsRune(id, utf8.RuneError):
		return fmt.Sprintf("the %s is no valid UTF-8", name)
	}
	return ""
}

// otherFault says that a response is about another thing of a kind than the one that
// was asked for, empty when it is about that.
func otherFault(kind, id, wanted string) string {
	switch id {
	case wanted:
		return ""
	case "":
		return fmt.Sprintf("it does not say which %s it is about", kind)
	}
	if fault := idFault(kind+" ID", id); fault != "" {
		return fault
	}
	return fmt.Sprintf("it is about another %s, %q", kind, id)
}

// value returns what an optional field holds, or its zero value.
func value[T any](field *T) T {
	var zero T
	if field == nil {
		return zero
	}
	return *field
}
