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

// Call is one request that arrived, as it was on the wire.
type Call struct {
	// Operation is one of the constants of this package, or "" for a path or
	// method that no service has.
	Operation string
	Method    string
	// EscapedPath is the path as it was sent, still escaped.
	EscapedPath string
	Query       url.Values
	Header      http.Header
	// Body is nil when there was none.
	Body []byte
	// SessionIDs are the session_ids of a batch delete, in the order sent.
	SessionIDs []string
	// AccessKey is the one named in the Authorization header, if any.
	AccessKey string
	// Verified tells that the signature is right, whatever was answered. It is
	// false for the operations that are not signed.
	Verified bool
	// Faulted tells that a Fault took the call.
	Faulted bool
	// Status is what was answered; 0 while there is no answer yet and when the
	// connection was dropped instead.
	Status int
	// RequestID is the X-Request-Id of the answer.
	RequestID string
	// Time is when the call arrived, by the simulator's clock.
	Time time.Time
}

// record puts a call on record and wakes those who await it.
func (s *Simulator) record(call *Call) {
	s.calls = append(s.calls, call)
	s.counts[call.Operation]++
	close(s.arrived)
	s.arrived = make(chan struct{})
}

// Calls returns a copy of the record, in order of arrival.
func (s *Simulator) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := make([]Call, len(s.calls))
	for i, call := range s.calls {
		calls[i] = *call
	}
	return calls
}

// CallsOf returns the record of one operation, in order of arrival.
func (s *Simulator) CallsOf(operation string) []Call {
	return slices.DeleteFunc(s.Calls(), func(c Call) bool { return c.Operation != operation })
}

// ResetCalls forgets the calls that arrived so far. Faults keep their counts.
func (s *Simulator) ResetCalls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
	clear(s.counts)
}

// Await blocks until n calls of an operation ("" for any) are on record, or
// returns the cause for which ctx ended. A call is on record as soon as it has
// arrived whole, before a Fault delays or holds it.
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

// Before runs f right before each call of an operation is done, so that something
// can change between two calls of a client. It runs outside the simulator's lock
// and may call it; calls that arrive at once run it at once. It also runs before a
// call that is then refused, but not for one that a Fault answers or drops. The
// function returned removes it.
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

// runHooks runs those of an operation in the order in which they were added.
func (s *Simulator) runHooks(operation string) {
	s.mu.Lock()
	hooks := slices.Clone(s.hooks[operation])
	s.mu.Unlock()
	for _, h := range hooks {
		h.run()
	}
}

// clone returns the body for the record, nil when there is none.
func clone(body []byte) []byte {
	if len(body) == 0 {
		return nil
	}
	return bytes.Clone(body)
}
