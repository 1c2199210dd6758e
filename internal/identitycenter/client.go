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
	"slices"
	"sync"
	"time"

	sts "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1"
	stsmodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// decodeTimeout bounds the decoding of an authorization message, which must not
// keep the reader from the error that it explains.
const decodeTimeout = 5 * time.Second

// Client calls the API with one set of credentials. It is safe for concurrent
// use and meant to be shared by everything that one provider block configures.
type Client struct {
	transport *transport.Transport
	keys      transport.KeySource
	decode    bool

	mu       sync.Mutex
	messages map[string]*message
}

// message is an encoded authorization message that was or is being decoded.
type message struct {
	done    chan struct{}
	decoded string
	err     error
	// abandoned is true when who decoded it was told to stop.
	abandoned bool
}

// New returns a client that sends through t, signed with keys. With decode, the
// encoded authorization message of a 403 is decoded, once for each message.
func New(t *transport.Transport, keys transport.KeySource, decode bool) *Client {
	return &Client{transport: t, keys: keys, decode: decode, messages: map[string]*message{}}
}

// do sends a signed call. Temporary keys that the API no longer accepts are
// renewed once; a 403 is explained where that is possible. The request IDs are
// those of all attempts, as transport.Do returns them.
func do[T any](ctx context.Context, c *Client, call transport.Call) (response T, requestIDs []string, err error) {
	call.Keys = c.keys
	response, requestIDs, err = transport.Do[T](ctx, c.transport, call)

	var failed *transport.Error
	if errors.As(err, &failed) && failed.Status == http.StatusUnauthorized && failed.Code != transport.CodeClock {
		if renewer, ok := c.keys.(transport.Renewer); ok && renewer.Renew(ctx, failed.AccessKey) {
			expired := requestIDs
			response, requestIDs, err = transport.Do[T](ctx, c.transport, call)
			requestIDs = slices.Concat(expired, requestIDs)
		}
	}
	if c.decode && errors.As(err, &failed) && failed.Status == http.StatusForbidden && failed.EncodedMessage != "" {
		failed.DecodedMessage, failed.DecodeErr = c.decodeMessage(ctx, failed.EncodedMessage)
	}
	return response, requestIDs, err
}

// decodeMessage returns an encoded authorization message in the clear. Each
// distinct message is sent once; those who ask meanwhile wait for the answer.
func (c *Client) decodeMessage(ctx context.Context, encoded string) (string, error) {
	for {
		c.mu.Lock()
		m := c.messages[encoded]
		if m == nil {
			m = &message{done: make(chan struct{})}
			c.messages[encoded] = m
			c.mu.Unlock()
			c.decodeNow(ctx, encoded, m)
			return m.decoded, m.err
		}
		c.mu.Unlock()
		select {
		case <-m.done:
			if !m.abandoned {
				return m.decoded, m.err
			}
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	}
}

// decodeNow sends a message and puts down what it says. When ctx ends meanwhile,
// the next who asks sends it again.
func (c *Client) decodeNow(ctx context.Context, encoded string, m *message) {
	bound, cancel := context.WithTimeoutCause(ctx, decodeTimeout, fmt.Errorf("not decoded within %s", decodeTimeout))
	defer func() {
		cancel()
		if m.err != nil && ctx.Err() != nil {
			m.abandoned = true
			c.mu.Lock()
			delete(c.messages, encoded)
			c.mu.Unlock()
		}
		close(m.done)
	}()
	response, _, err := transport.Do[*stsmodel.DecodeAuthorizationMessageResponse](bound, c.transport, transport.Call{
		Service: transport.STS, Operation: "DecodeAuthorizationMessage", Keys: c.keys,
		Define: sts.GenReqDefForDecodeAuthorizationMessage,
		Request: &stsmodel.DecodeAuthorizationMessageRequest{
			Body: &stsmodel.DecodeAuthorizationMessageReq{EncodedMessage: encoded},
		},
	})
	switch {
	case err != nil:
		m.err = err
	case response.DecodedMessage == nil || *response.DecodedMessage == "":
		m.err = transport.ErrUndocumented
	default:
		m.decoded = *response.DecodedMessage
	}
}

// undocumented is the error for an answer that lacks what the API reference
// promises. To take it for an empty one would be to report a success that is none.
func (c *Client) undocumented(call transport.Call, requestIDs []string, what string) error {
	requestID := ""
	if len(requestIDs) > 0 {
		requestID = requestIDs[len(requestIDs)-1]
	}
	return &transport.Error{
		Operation: call.Operation, Service: call.Service, Endpoint: c.transport.Endpoint(call.Service),
		Status: http.StatusOK, RequestID: requestID, Attempts: 1,
		Err: fmt.Errorf("%w: %s", transport.ErrUndocumented, what),
	}
}

// timeOf turns the API's milliseconds since 1970 into a time in UTC. A moment
// that RFC 3339 cannot write, and 0, is the zero time.
func timeOf(milliseconds int64) time.Time {
	t := time.UnixMilli(milliseconds).UTC()
	if milliseconds <= 0 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// value returns what an optional field holds, or its zero value.
func value[T any](field *T) T {
	var zero T
	if field == nil {
		return zero
	}
	return *field
}
