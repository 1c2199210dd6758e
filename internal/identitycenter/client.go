// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package identitycenter is the client of the API of IAM Identity Center, and the only
// package that knows its calls. It returns its own types, whose values are checked.
package identitycenter

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/def"
	sts "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1"
	stsmodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

const (
	// decodeTimeout limits the decoding of an authorization message, so that it does not
	// delay the error.
	decodeTimeout = 5 * time.Second
	// longestEncodedMessage is the limit of DecodeAuthorizationMessage, in characters.
	longestEncodedMessage = 10_240
)

// Client calls the API with one set of credentials. Each provider block has one. It is safe
// for concurrent use.
type Client struct {
	transport *transport.Transport
	keys      transport.KeySource
	decode    bool
}

// New returns a client that sends through t, signed with keys. If decode is true, the
// encoded authorization message of a 403 is decoded.
func New(t *transport.Transport, keys transport.KeySource, decode bool) *Client {
	return &Client{transport: t, keys: keys, decode: decode}
}

// TemporaryKeys reports whether the client currently signs with temporary keys.
func (c *Client) TemporaryKeys(ctx context.Context) (bool, error) {
	keys, err := c.keys.Keys(ctx)
	return !keys.SecurityToken.Empty(), err
}

// Concurrency returns how many calls may be in progress at a time.
func (c *Client) Concurrency() int { return c.transport.Concurrency() }

// DeniedError is a 403 with its authorization message, decoded if possible.
type DeniedError struct {
	// Err is the refusal.
	Err *transport.Error
	// Decision is the decoded authorization message, a JSON document (API reference,
	// DecodeAuthorizationMessage). If it is empty, DecodeErr is the reason.
	Decision  string
	DecodeErr error
}

// Error returns the text of Err.
func (e *DeniedError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *DeniedError) Unwrap() error { return e.Err }

// undecoded is the context key of Undecoded.
type undecoded struct{}

// Undecoded returns a context with which a 403 is returned at once, with its authorization
// message encoded. The caller can stop other work before it calls Decoded.
func Undecoded(ctx context.Context) context.Context {
	return context.WithValue(ctx, undecoded{}, true)
}

// Decoded returns the 403 in err with its authorization message decoded. It returns nil if
// there is no message or the client does not decode.
func (c *Client) Decoded(ctx context.Context, err error) *DeniedError {
	var failed *transport.Error
	if !c.decode || !errors.As(err, &failed) || failed.Status != http.StatusForbidden || failed.EncodedMessage == "" {
		return nil
	}
	if failed.Service == transport.STS || failed.Service == transport.IAM {
		return nil // The keys themselves could not be fetched, so nothing can be decoded.
	}
	denied := &DeniedError{Err: failed}
	if n := utf8.RuneCountInString(failed.EncodedMessage); n > longestEncodedMessage {
		denied.DecodeErr = fmt.Errorf("the message has %d characters, and the API decodes at most %d", n, longestEncodedMessage)
	} else {
		denied.Decision, denied.DecodeErr = c.decodeMessage(ctx, failed.EncodedMessage)
	}
	return denied
}

// do sends a signed call. The message of a 403 is decoded if possible.
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

// decodeMessage decodes an authorization message.
func (c *Client) decodeMessage(ctx context.Context, encoded string) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, decodeTimeout, fmt.Errorf("not decoded within %s", decodeTimeout))
	defer cancel()
	response, _, err := transport.Do[*stsmodel.DecodeAuthorizationMessageResponse](ctx, c.transport, transport.Call{
		Service: transport.STS, Operation: "DecodeAuthorizationMessage", Permission: "sts::decodeAuthorizationMessage", Keys: c.keys,
		Define:  sts.GenReqDefForDecodeAuthorizationMessage,
		Request: &stsmodel.DecodeAuthorizationMessageRequest{Body: &stsmodel.DecodeAuthorizationMessageReq{EncodedMessage: encoded}},
	})
	if err == nil && value(response.DecodedMessage) == "" {
		err = transport.ErrUndocumented
	}
	if err != nil {
		return "", err
	}
	return c.transport.Redact(*response.DecodedMessage), nil
}

// write sends a signed call whose response has no content.
func write(ctx context.Context, c *Client, call transport.Call) (transport.Receipt, error) {
	_, receipt, err := do[any](ctx, c, call)
	return receipt, err
}

// read sends a signed call and converts its response. A response with a fault, or with a
// status other than 200, is an error: treating it as empty would report a false success.
func read[R, T any](ctx context.Context, c *Client, call transport.Call, convert func(*R) (converted T, fault string)) (T, transport.Receipt, error) {
	var zero T
	response, receipt, err := do[*R](ctx, c, call)
	if err != nil {
		return zero, receipt, err
	}
	// A conversion masks secrets, which takes seconds for a long response with many escapes.
	var converted T
	var fault string
	done := make(chan struct{})
	go func() {
		defer close(done)
		converted, fault = convert(response)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		return zero, receipt, context.Cause(ctx)
	}
	if receipt.Status != http.StatusOK {
		fault = fmt.Sprintf("the status is %d instead of 200", receipt.Status)
	}
	if fault != "" {
		return zero, receipt, c.transport.UnusableResponse(call, receipt, fault)
	}
	return converted, receipt, nil
}

// printable returns a string of a response without secrets and without characters that
// control a terminal, on one line of at most limit bytes. Spaces stay: they belong to names.
func (c *Client) printable(text string, limit int) string {
	if text == "" {
		return ""
	}
	// Truncate after masking, because a truncated secret is not masked.
	return oneLine.Replace(transport.PrintableLines(c.transport.Redact(text[:min(len(text), 4*limit)]), limit))
}

var oneLine = strings.NewReplacer("\n", " ", "\t", " ")

// request is the request of the lists and of some changes. The SDK reads the
// fields that the definition of a call names, and leaves out nil.
type request struct {
	//nolint:revive // The SDK reads the fields by these names.
	IdentityStoreId, InstanceId, GroupId, UserId, PrincipalId, PrincipalType string
	//nolint:revive // As above.
	PermissionSetId, UserName, ProvisioningStatus, Marker *string `json:",omitempty"`

	Limit int32
	Body  any
}

// optional returns nil for an empty string.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// sdkModel has the field that the SDK sets in each response model.
type sdkModel struct {
	HttpStatusCode int `json:"-"` //nolint:revive // The SDK sets it by this name.
}

// responding returns a call's definition with T, a model of this package, as the response. It is
// for calls with an unsuitable SDK model.
func responding[T any](define func() *def.HttpRequestDef) func() *def.HttpRequestDef {
	return func() *def.HttpRequestDef {
		definition := define()
		definition.Response = new(T)
		return definition
	}
}

// idFault returns what is wrong with an ID; "" for nothing. IDs are sent back, shown and
// recorded, so they must be complete and unchanged.
func idFault(name, id string) string {
	switch {
	case id == "":
		return fmt.Sprintf("the %s is missing", name)
	case len(id) > transport.LongestID:
		return fmt.Sprintf("the %s is longer than %d bytes", name, transport.LongestID)
	case strings.ContainsFunc(id, func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }):
		return fmt.Sprintf("the %s has characters that cannot be printed", name)
	}
	return ""
}

// otherFault returns a fault if a response is about another object than the requested one; "" if it
// is about that one.
func otherFault(kind, id, wanted string) string {
	if id == wanted {
		return ""
	}
	return fmt.Sprintf("it is about %s %q instead of the requested one", kind, transport.Printable(id, transport.LongestID))
}

// ownerFault is otherFault for an entry of a list. Its owner may be absent, and case does not matter.
func ownerFault(kind, id, wanted string) string {
	if id == "" || strings.EqualFold(id, wanted) {
		return ""
	}
	return otherFault(kind, id, wanted)
}

// value returns the value of an optional field, or the zero value.
func value[T any](field *T) T {
	var zero T
	if field == nil {
		return zero
	}
	return *field
}
