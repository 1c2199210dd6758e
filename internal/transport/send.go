// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"regexp"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

const (
	// maxBody limits the bytes of a successful response. The longest documented one, a list of
	// sessions, needs about 300 bytes per session.
	maxBody = 16 << 20
	// maxRefusal limits the bytes read from a refusal, because only its beginning matters.
	// maxKeyBody limits those of a response of STS or IAM.
	maxRefusal, maxKeyBody = 256 << 10, 1 << 20
	// At most mostLargeBodies responses may have more than smallBody bytes at the same
	// time. So concurrent calls need at most 128 MiB for the bodies of their responses.
	smallBody, mostLargeBodies = 1 << 20, 4
)

// attempt is one attempt of a call. As the SDK's RoundTripper and error handler, it binds
// the request to the context and records the response.
type attempt struct {
	transport *Transport
	call      Call
	keys      Keys
	redactor  *redactor
	ctx       context.Context
	begun     time.Time

	// sent is true once the request was passed to the network. connected is false if it is known to
	// have no connection: nothing was sent then.
	sent      bool
	connected atomic.Bool
	// large is true while the attempt holds one of the transport's largeSlots.
	large bool
	// The response; status is 0 until there is one.
	status int
	header http.Header
	body   []byte
	// networkErr is why there was no response.
	networkErr error
	// model is the SDK's model of a successful response. Otherwise failed is set, and wait is the
	// delay that the server asks for.
	model  any
	failed *Failure
	wait   time.Duration
}

// send signs a call, sends it once and waits for the response.
func (t *Transport) send(ctx context.Context, call Call, keys Keys) *attempt {
	timeout := fmt.Errorf("%w (%s)", ErrRequestTimeout, t.config.RequestTimeout)
	ctx, cancel := linger(ctx, call.Linger)
	defer cancel()
	ctx, cancel = context.WithTimeoutCause(ctx, t.config.RequestTimeout, timeout)
	defer cancel()
	a := &attempt{transport: t, call: call, keys: keys, ctx: ctx, begun: time.Now()}
	a.redactor = t.redactors.with(append([]Secret{keys.SecretKey, keys.SecurityToken}, call.Secrets...)...)

	var err error
	if a.model, err = a.sync(); err != nil {
		a.failed, a.wait = a.failure(err), a.retryAfter(time.Now())
	}
	a.body = nil
	if a.large {
		<-t.largeSlots
	}
	a.log()
	return a
}

// linger returns a context that outlives ctx by d. After an interrupt, the outcome of a sent call
// then still becomes known.
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

// RoundTrip sends the SDK's request with the call's context and reads the response.
func (a *attempt) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.WithContext(a.ctx)
	// The path is escaped as in the signature, so that what is sent is what was signed.
	r.URL.RawPath = escapePath(r.URL.Path)
	a.redactor = a.redactor.with(r.Header.Get("Authorization"))
	if tflog.IsTrace(a.ctx) {
		var body []byte
		if r.GetBody != nil {
			reader, _ := r.GetBody() // It reads from memory.
			body, _ = io.ReadAll(reader)
		}
		a.trace("Sending", body, map[string]any{"method": r.Method, "url": a.redactor.redact(r.URL.String())})
	}

	a.sent = true
	resp, err := a.transport.http.RoundTrip(a.watchConnection(r))
	if err != nil {
		return nil, a.lost(a.transport.proxyFailure(r, err))
	}
	a.transport.responded.LoadOrStore(a.call.Service, true)
	body, err := a.readBody(resp)
	if err != nil {
		return nil, a.lost(err)
	}

	a.status, a.header, a.body = resp.StatusCode, resp.Header, body
	// The API sends JSON only. The SDK would decode other types differently, and it treats white
	// space as truncated JSON.
	resp.Header = maps.Clone(resp.Header)
	resp.Header["Content-Type"] = []string{"application/json"}
	resp.Body = io.NopCloser(bytes.NewReader(bytes.TrimSpace(body)))
	if tflog.IsTrace(a.ctx) {
		a.trace("Received", body, map[string]any{"status": a.status})
	}
	return resp, nil
}

// readBody reads the body of a response until it ends, reaches its limit, or the context of
// the request ends.
func (a *attempt) readBody(resp *http.Response) ([]byte, error) {
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode < http.StatusOK {
		// The body of a 101 is the connection itself, and reading it ignores the context.
		return nil, nil
	}
	ok := success(resp.StatusCode)
	limit := maxBody
	switch {
	case !ok:
		limit = maxRefusal
	case a.confidential():
		limit = maxKeyBody
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, int64(min(limit, smallBody))+1))
	if err == nil && len(body) > smallBody && limit > smallBody {
		select {
		case a.transport.largeSlots <- struct{}{}:
			a.large = true
		case <-a.ctx.Done():
			return nil, context.Cause(a.ctx)
		}
		buffer := bytes.NewBuffer(body)
		_, err = buffer.ReadFrom(io.LimitReader(resp.Body, int64(limit-len(body)+1)))
		body = buffer.Bytes()
	}
	// The status of a refusal is enough, except for a 404: only its body shows whether it is from
	// the API.
	switch {
	case err != nil && (ok || resp.StatusCode == http.StatusNotFound):
		return nil, fmt.Errorf("the response was truncated: %w", err)
	case len(body) > limit && ok:
		return nil, ErrTooLarge
	}
	return body, nil
}

func success(status int) bool { return status >= 200 && status < 300 }

// watchConnection returns the request with a context that records whether it has a connection, with
// all handshakes done. Only net/http reports this.
func (a *attempt) watchConnection(r *http.Request) *http.Request {
	_, reports := a.transport.http.(*http.Transport)
	a.connected.Store(!reports)
	return r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GetConn: func(string) { a.connected.Store(false) }, // also after a connection that was idle and broken
		GotConn: func(httptrace.GotConnInfo) { a.connected.Store(true) },
	}))
}

// lost records why there was no response. The cause of the end of a context says more than the
// resulting error.
func (a *attempt) lost(err error) error {
	if a.ctx.Err() != nil {
		err = context.Cause(a.ctx)
		if !a.connected.Load() {
			err = fmt.Errorf("no connection to the server: %w", err)
		}
	}
	if errors.Is(err, ErrRequestTimeout) {
		// Idle connections may be broken for the same reason, and the retry would use the next one.
		(&http.Client{Transport: a.transport.http}).CloseIdleConnections()
	}
	if unknownHost(err) && a.transport.hasResponded(a.call.Service) {
		err = fmt.Errorf("the host name could not be resolved, although the host has responded before: %w", err)
	}
	a.networkErr = a.clean(err)
	return a.networkErr
}

// quoted matches the part of an unreadable response that net/http quotes.
var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"?`)

// clean returns an error whose text is safe to show.
func (a *attempt) clean(err error) error {
	text := err.Error()
	if a.confidential() {
		// The quoted part may be a secret that is not known yet.
		var protocol textproto.ProtocolError
		if errors.As(err, &protocol) {
			text = "the header of the response is malformed"
		}
		text = quoted.ReplaceAllLiteralString(text, masked)
	}
	text = a.printable(text, LongestText)
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

// Unwrap returns the original error for its type. Its text must not be shown.
func (e *cleanError) Unwrap() error { return e.err }
