// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package simulator is a strict in-memory Huawei Cloud IAM Identity Center. It also has the parts
// of STS, IAM and the server metadata that clients need to get keys.
//
// It is an independent implementation of the wire format. It is written from the API reference,
// shares no code with the client and imports only the standard library. It refuses what the
// reference does not allow, and verifies signatures. If the reference leaves a fact open, each
// reading has an option (see Options). It can fail calls (see Fault), change between two calls (see
// Simulator.Before), and records every call (see Simulator.Calls).
//
// A test starts a simulator like this:
//
//	sim := simulator.New()
//	seeded := sim.Seed()
//	server := sim.Start()
//	defer server.Close()
//	// point every endpoint at server.URL and sign with seeded.Management
package simulator

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Simulator is an in-memory Identity Center. It is an http.Handler and safe for concurrent
// use. New creates one.
type Simulator struct {
	routes []route

	mu        sync.Mutex
	options   Options
	instances []*instance
	stores    map[string]*store
	keys      map[string]Key
	secrets   []string
	failures  map[string]*failures
	messages  map[string]string
	agencies  []Agency
	providers map[string]OIDC
	tokens    map[string]subjectToken
	metadata  metadata
	windows   map[string]*window

	calls []*Call
	// counts is the number of recorded calls by operation.
	counts map[string]int
	hooks  map[string][]*hook
	// arrived is closed and replaced whenever a call arrives.
	arrived chan struct{}
	faults  []*fault
	// released is closed and replaced to end hanging calls.
	released    chan struct{}
	connections int
}

// New returns a simulator without instances, users and keys. The functions, if any, set its
// options.
func New(configure ...func(*Options)) *Simulator {
	s := &Simulator{
		routes:    routes(),
		stores:    map[string]*store{},
		keys:      map[string]Key{},
		failures:  map[string]*failures{},
		messages:  map[string]string{},
		providers: map[string]OIDC{},
		tokens:    map[string]subjectToken{},
		metadata:  metadata{tokens: map[string]time.Time{}},
		windows:   map[string]*window{},
		counts:    map[string]int{},
		hooks:     map[string][]*hook{},
		arrived:   make(chan struct{}),
		released:  make(chan struct{}),
	}
	for _, set := range configure {
		s.Configure(set)
	}
	return s
}

// ServeHTTP answers one call. It records the call and applies a Fault if there is one. Otherwise it
// verifies, counts, authorizes and carries out the call.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, httpRequest *http.Request) {
	r, err := s.read(httpRequest)
	if err != nil {
		// The client disconnected while it was sending.
		panic(http.ErrAbortHandler)
	}
	call, fault, released := s.arrive(r)

	if fault != nil {
		if !fault.hold(httpRequest.Context(), released) {
			drop(w)
			return
		}
		if fault.Status != 0 {
			if fault.Done {
				s.perform(r)
			}
			s.send(w, call, s.faulty(r, fault.Fault), fault.Fault)
			return
		}
		if a := s.perform(r); fault.DropAfter || a.dropped {
			drop(w)
		} else {
			s.send(w, call, a, fault.Fault)
		}
		return
	}
	if a := s.perform(r); a.dropped {
		drop(w)
	} else {
		s.send(w, call, a, Fault{})
	}
}

// arrive records a call and verifies its signature. It returns the fault that applies, if any, with
// the channel that ends a hang.
func (s *Simulator) arrive(r *request) (*Call, *fault, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()

	r.now, r.overlap = s.now(), s.options.OverlappingPages
	call := &Call{
		Operation: r.route.operation, Method: r.method, EscapedPath: r.escapedPath, Query: r.query,
		Header: r.header, Body: r.body, SessionIDs: sessionIDs(r.route.operation, r.body), RequestID: r.id, Time: r.now,
	}
	if r.route.signed {
		r.caller, r.unverified = s.verify(r)
		call.AccessKey, call.Verified = r.caller.AccessKey, r.unverified == nil
	}
	fault := s.takeFault(*call)
	call.Faulted = fault != nil
	s.record(call)
	return call, fault, s.released
}

// perform runs the hooks of a call, carries it out if allowed, and returns the response.
func (s *Simulator) perform(r *request) answer {
	s.runHooks(r.route.operation)
	s.mu.Lock()
	defer s.mu.Unlock()

	payload, err := s.do(r)
	var refused *refusal
	switch {
	case errors.As(err, &refused) && r.route.iam:
		return refused.ofIAM().answer
	case errors.As(err, &refused):
		return refused.answer
	case err != nil:
		panic(fmt.Sprintf("simulator: %s: %v", r.route.operation, err))
	}
	if a, is := payload.(answer); is {
		return a
	}
	return answer{status: http.StatusOK, payload: payload}
}

// do admits, counts, authorizes and checks a call and runs its handler.
func (s *Simulator) do(r *request) (any, error) {
	if r.refused != nil {
		return nil, r.refused
	}
	if r.route.signed {
		if err := s.admit(r); err != nil {
			return nil, err
		}
	}
	if err := s.throttle(r); err != nil {
		return nil, err
	}
	if r.route.signed {
		if err := s.authorize(r); err != nil {
			return nil, err
		}
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	return r.route.handle(s, r)
}

// send records the response and sends it with the changes of the fault.
func (s *Simulator) send(w http.ResponseWriter, call *Call, a answer, fault Fault) {
	body := a.encode(call.RequestID)
	header := w.Header()
	header.Set("X-Request-Id", call.RequestID)
	s.mu.Lock()
	header.Set("Date", call.Time.Add(s.options.DateSkew).UTC().Format(http.TimeFormat))
	if age := s.options.Age; age != "" {
		header.Set("Age", age)
	}
	s.mu.Unlock()
	if len(body) > 0 {
		header.Set("Content-Type", cmp.Or(a.contentType, "application/json"))
	}
	for name, values := range a.header {
		header[name] = values
	}
	for name, values := range fault.Header {
		header[http.CanonicalHeaderKey(name)] = values
	}

	s.mu.Lock()
	call.Status = a.status
	s.mu.Unlock()

	fault.write(w, a.status, body)
}

// now returns the simulator's time.
func (s *Simulator) now() time.Time {
	if s.options.Clock != nil {
		return s.options.Clock()
	}
	return time.Now()
}
