// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package simulator is a strict in-memory Huawei Cloud IAM Identity Center, with
// as much of STS, IAM and the server metadata as a client needs to get its keys.
//
// It is the second opinion on the wire format: it is written from the API
// reference, shares no code with the client and imports only the standard
// library. What the reference does not allow is refused, and signatures are
// verified. It can also be told to misbehave (see Fault) and keeps a record of
// every call (see Simulator.Calls).
//
// A test starts one like this:
//
//	sim := simulator.New()
//	seeded := sim.Seed()
//	server := sim.Start()
//	defer server.Close()
//	// point every endpoint at server.URL and sign with seeded.Management
package simulator

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Operations, named as in the API reference. The comment says which service and
// path serves each; all services share one base URL.
const (
	// BatchDeleteSessions is POST /v1/identity-stores/STORE/users/USER/sessions/batch-delete of identitystore.
	BatchDeleteSessions = "BatchDeleteSessions"
	// ListSessions is GET /v1/identity-stores/STORE/users/USER/sessions of identitystore.
	ListSessions = "ListSessions"
	// ListUsers is GET /v1/identity-stores/STORE/users of identitystore.
	ListUsers = "ListUsers"
	// DescribeUser is GET /v1/identity-stores/STORE/users/USER of identitystore.
	DescribeUser = "DescribeUser"
	// GetUserId is POST /v1/identity-stores/STORE/users/retrieve-user-id of identitystore.
	GetUserId = "GetUserId" //nolint:revive // The API's own name.
	// ListInstances is GET /v1/instances of identitycenter.
	ListInstances = "ListInstances"
	// DecodeAuthorizationMessage is POST /v5/decode-authorization-message of sts.
	DecodeAuthorizationMessage = "DecodeAuthorizationMessage"
	// AssumeAgency is POST /v5/agencies/assume of sts.
	AssumeAgency = "AssumeAgency"
	// AssumeAgencyWithOIDC is POST /v5/agencies/assume-with-oidc of sts, not signed.
	AssumeAgencyWithOIDC = "AssumeAgencyWithOIDC"
	// GetCallerIdentity is GET /v5/caller-identity of sts.
	GetCallerIdentity = "GetCallerIdentity"
	// CreateTemporaryAccessKeyByAgency is POST /v3.0/OS-CREDENTIAL/securitytokens of iam with method assume_role.
	CreateTemporaryAccessKeyByAgency = "CreateTemporaryAccessKeyByAgency"
	// CreateTokenWithIdToken is POST /v3.0/OS-AUTH/id-token/tokens of iam, not signed.
	CreateTokenWithIdToken = "CreateTokenWithIdToken" //nolint:revive // The API's own name.
	// CreateTemporaryAccessKeyByToken is POST /v3.0/OS-CREDENTIAL/securitytokens of iam with method token, not signed.
	CreateTemporaryAccessKeyByToken = "CreateTemporaryAccessKeyByToken"
	// MetadataToken is PUT /meta-data/latest/api/token of the server metadata, not signed.
	MetadataToken = "MetadataToken"
	// MetadataSecurityKey is GET /openstack/latest/securitykey of the server metadata, not signed.
	MetadataSecurityKey = "MetadataSecurityKey"
)

// Options are the settings of a simulator. The zero value is the default
// behaviour. Change them with Simulator.Configure, also while it serves.
type Options struct {
	// RatePerSecond is how many calls each API serves in one window of a second
	// of the clock; what exceeds it is answered 429 APIGW.0308. 0 is no limit.
	// The cloud's own default is 200 (API reference). Calls that are refused for
	// their signature or answered by a Fault do not count.
	RatePerSecond int
	// RetryAfter, rounded up to seconds, is sent in a Retry-After header with
	// those 429; 0 sends none.
	RetryAfter time.Duration
	// Gone is the status with which a batch delete answers that names a session
	// which does not exist, as the API reference does not say: 404 (IIC.404; also
	// the meaning of 0) and 400 (IIC.400, naming the sessions) delete nothing of
	// that call, 200 deletes the others.
	Gone int
	// KeepSessions lets a batch delete answer 200 while the sessions stay alive.
	KeepSessions bool
	// ListExpired keeps sessions past their SessionNotValidAfter; otherwise they
	// are gone at that moment.
	ListExpired bool
	// FuzzyUserName makes the user_name filter of ListUsers match by prefix, as
	// the reference does not promise that it matches exactly.
	FuzzyUserName bool
	// MetadataV1 makes the server metadata an old one: it issues no tokens (404)
	// and asks for none.
	MetadataV1 bool
	// Clock is the simulator's time, for the signature's date, expiry, the rate's
	// windows and the Date header; nil is time.Now. It must be safe for
	// concurrent use and must not call the simulator.
	Clock func() time.Time
}

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

// Simulator is an in-memory Identity Center. It is an http.Handler and safe for
// concurrent use. Make one with New.
type Simulator struct {
	routes []route

	mu        sync.Mutex
	options   Options
	instances []Instance
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
	// arrived is closed and replaced whenever a call arrives.
	arrived chan struct{}
	faults  []*fault
	// released is closed and replaced to let hanging calls go.
	released    chan struct{}
	connections int
}

// New returns a simulator that holds nothing: no instance, no user, no key. The
// functions, if any, set its options.
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
		arrived:   make(chan struct{}),
		released:  make(chan struct{}),
	}
	for _, set := range configure {
		s.Configure(set)
	}
	return s
}

// Configure changes the options at once for every call that follows. The
// function must not call the simulator.
func (s *Simulator) Configure(set func(*Options)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	set(&s.options)
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
}

// Await blocks until n calls of an operation ("" for any) are on record, or
// returns the cause for which ctx ended. A call is on record as soon as it has
// arrived whole, before a Fault delays or holds it.
func (s *Simulator) Await(ctx context.Context, operation string, n int) error {
	for {
		s.mu.Lock()
		arrived, seen := s.arrived, 0
		for _, call := range s.calls {
			if operation == "" || call.Operation == operation {
				seen++
			}
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

// ServeHTTP answers one call: it is recorded, a Fault may take it, and otherwise
// it is verified, counted, authorized and done.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, httpRequest *http.Request) {
	r, err := s.read(httpRequest)
	if err != nil {
		// The client left while it was still sending.
		panic(http.ErrAbortHandler)
	}
	call, fault, released := s.arrive(r)

	if fault != nil {
		if !fault.hold(httpRequest.Context(), released) {
			drop(w)
			return
		}
		if fault.Status != 0 {
			s.send(w, call, s.faulty(r, fault.Fault), fault.Fault)
			return
		}
		if a := s.perform(r); fault.DropAfter {
			drop(w)
		} else {
			s.send(w, call, a, fault.Fault)
		}
		return
	}
	s.send(w, call, s.perform(r), Fault{})
}

// arrive puts a call on record, verifies its signature, and returns the fault
// that takes it, if any, with the channel that lets it go when it hangs.
func (s *Simulator) arrive(r *request) (*Call, *fault, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()

	r.now = s.now()
	call := &Call{
		Operation: r.route.operation, Method: r.method, EscapedPath: r.escapedPath, Query: r.query,
		Header: r.header, Body: r.body, SessionIDs: sessionIDs(r.body), RequestID: r.id, Time: r.now,
	}
	if r.route.signed {
		r.caller, r.unverified = s.verify(r)
		call.AccessKey, call.Verified = r.caller.AccessKey, r.unverified == nil
	}
	fault := s.takeFault(*call)
	call.Faulted = fault != nil
	s.calls = append(s.calls, call)
	close(s.arrived)
	s.arrived = make(chan struct{})
	return call, fault, s.released
}

// perform does what a call asks for, if it may.
func (s *Simulator) perform(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()

	if r.refused != nil {
		return *r.refused
	}
	if r.route.signed {
		if refused := s.admit(r); refused != nil {
			return *refused
		}
	}
	if refused := s.throttle(r); refused != nil {
		return *refused
	}
	if r.route.signed {
		if refused := s.authorize(r); refused != nil {
			return *refused
		}
	}
	if refused := r.check(); refused != nil {
		return *refused
	}
	return r.route.handle(s, r)
}

// send puts the answer on record and then on the wire, spoilt as the fault says.
func (s *Simulator) send(w http.ResponseWriter, call *Call, a answer, fault Fault) {
	body := a.encode(call.RequestID)
	header := w.Header()
	header.Set("X-Request-Id", call.RequestID)
	header.Set("Date", call.Time.UTC().Format(http.TimeFormat))
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

// window counts the calls of one API in one second.
type window struct {
	second time.Time
	calls  int
}

// throttle counts a call and refuses it when its API is over its rate.
func (s *Simulator) throttle(r *request) *answer {
	if s.options.RatePerSecond == 0 || r.route.metadata {
		return nil
	}
	w := s.windows[r.route.operation]
	if second := r.now.Truncate(time.Second); w == nil || !w.second.Equal(second) {
		w = &window{second: second}
		s.windows[r.route.operation] = w
	}
	if w.calls++; w.calls <= s.options.RatePerSecond {
		return nil
	}
	return tooManyRequests(s.options.RetryAfter)
}

// now is the simulator's time.
func (s *Simulator) now() time.Time {
	if s.options.Clock != nil {
		return s.options.Clock()
	}
	return time.Now()
}

// clone returns the body for the record, nil when there is none.
func clone(body []byte) []byte {
	if len(body) == 0 {
		return nil
	}
	return bytes.Clone(body)
}
