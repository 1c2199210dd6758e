// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Call is a request as it was received.
type Call struct {
	// Operation is one of the constants of this package; "" for an unknown path or method.
	Operation string
	Method    string
	// EscapedPath is the path as it was sent, escaped.
	EscapedPath string
	Query       url.Values
	Header      http.Header
	// Body is the body as it was received; nil if there was none.
	Body []byte
	// SessionIDs are the session_ids of a batch delete, in order.
	SessionIDs []string
	// AccessKey is the access key in the Authorization header; "" if there is none.
	AccessKey string
	// Verified is true if the signature is valid, whatever the response. It is false for operations
	// that are not signed.
	Verified bool
	// Faulted is true if a Fault was applied to the call.
	Faulted bool
	// Status is the HTTP status of the response; 0 before the response and if the connection
	// was dropped.
	Status int
	// RequestID is the X-Request-Id of the response.
	RequestID string
	// Time is the arrival time by the simulator's clock.
	Time time.Time
}

// record records a call and wakes the callers of Await.
func (s *Simulator) record(call *Call) {
	s.calls = append(s.calls, call)
	s.counts[call.Operation]++
	close(s.arrived)
	s.arrived = make(chan struct{})
}

// Calls returns a copy of all recorded calls, in order of arrival.
func (s *Simulator) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := make([]Call, len(s.calls))
	for i, call := range s.calls {
		calls[i] = *call
	}
	return calls
}

// CallsOf returns the recorded calls of one operation, in order of arrival.
func (s *Simulator) CallsOf(operation string) []Call {
	return slices.DeleteFunc(s.Calls(), func(c Call) bool { return c.Operation != operation })
}

// ResetCalls deletes the recorded calls. Faults keep their counts.
func (s *Simulator) ResetCalls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
	clear(s.counts)
}

// Await blocks until n calls of an operation ("" for any) were recorded. It returns the cause if
// ctx ends first. A call is recorded when it has arrived completely, before a Fault delays or holds
// it.
func (s *Simulator) Await(ctx context.Context, operation string, n int) error {
	for {
		s.mu.Lock()
		arrived, seen := s.arrived, s.counts[operation]
		if operation == "" {
			seen = len(s.calls)
		}
		s.mu.Unlock()
		if seen >= n {
			return nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// hook is a function of Before.
type hook struct{ run func() }

// Before calls f right before each call of an operation is carried out, so that something can
// change between two calls of a client. f runs outside the simulator's lock and may call the
// simulator. Concurrent calls run f concurrently. f also runs before a call that is then refused,
// but not before one that a Fault answers or drops. The returned function removes f.
func (s *Simulator) Before(operation string, f func()) (remove func()) {
	h := &hook{run: f}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks[operation] = append(s.hooks[operation], h)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.hooks[operation] = slices.DeleteFunc(s.hooks[operation], func(known *hook) bool { return known == h })
	}
}

// runHooks runs the hooks of an operation in the order in which they were added.
func (s *Simulator) runHooks(operation string) {
	s.mu.Lock()
	hooks := slices.Clone(s.hooks[operation])
	s.mu.Unlock()
	for _, h := range hooks {
		h.run()
	}
}

// clone returns a copy of the body; nil if it is empty.
func clone(body []byte) []byte {
	if len(body) == 0 {
		return nil
	}
	return bytes.Clone(body)
}
