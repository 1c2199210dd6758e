// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import (
	"cmp"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault tells the simulator to misbehave. Which calls it takes is said by
// Operation, Match, After and Times; what happens to them by the other fields,
// which may be combined. With a Status the call is answered with it and not
// done; without one it is done, and its answer then spoilt.
type Fault struct {
	// Operation is the only one that the fault takes; "" takes any.
	Operation string
	// Match, when set, says which calls the fault takes. It must not call the
	// simulator. The call's Status and Faulted are not set yet.
	Match func(Call) bool
	// After is how many calls that it could take the fault lets through first.
	After int
	// Times is how many calls it then takes; 0 is every one.
	Times int

	// Delay passes before anything else is done, unless the client leaves.
	Delay time.Duration
	// Hang holds the call, undone and unanswered, until the client leaves, the
	// server is closed or the faults are cleared; then the connection is dropped.
	Hang bool
	// DropBefore resets the connection without doing the call.
	DropBefore bool
	// DropAfter does the call and then resets the connection without an answer.
	DropAfter bool

	// Done does the call before it is answered with Status, as a gateway does that loses
	// the answer.
	Done bool
	// Status answers without doing the call. The body is the API's error when
	// there is a Code, which on a 403 has an encoded authorization message that
	// can be decoded, and otherwise Body.
	Status int
	// Code and Message are the API's error_code and error_msg.
	Code    string
	Message string
	// Body is sent as it is; "" is none.
	Body string
	// ContentType is that of Body; "" is application/json.
	ContentType string
	// Header is added to the answer, also to that of a call that was done. It
	// replaces what is there; a name without values removes it.
	Header http.Header
	// CutBody announces more than is sent: half the body, or nothing of none.
	CutBody bool
	// HugeBody streams so many bytes of garbage instead of the body.
	HugeBody int64
}

// fault is a Fault with its counts.
type fault struct {
	Fault
	passed int
	taken  int
}

// Refuse is a fault that answers every call with an error of the API.
func Refuse(status int, code, message string) Fault {
	return Fault{Status: status, Code: code, Message: message}
}

// Inject adds faults to the end of the queue. A call is the business of the
// first fault in the queue that fits it and is not used up: that one lets it
// through (After) or takes it, and only once it is used up it is the turn of the
// next.
func (s *Simulator) Inject(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		f.Header = f.Header.Clone()
		s.faults = append(s.faults, &fault{Fault: f})
	}
}

// ClearFaults removes every fault and drops the calls that hang.
func (s *Simulator) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
	close(s.released)
	s.released = make(chan struct{})
}

// takeFault returns the fault that takes a call, nil when none does.
func (s *Simulator) takeFault(call Call) *fault {
	i := slices.IndexFunc(s.faults, func(f *fault) bool {
		return (f.Operation == "" || f.Operation == call.Operation) &&
			(f.Times == 0 || f.taken < f.Times) &&
			(f.Match == nil || f.Match(call))
	})
	if i < 0 {
		return nil
	}
	f := s.faults[i]
	if f.passed < f.After {
		f.passed++
		return nil
	}
	f.taken++
	return f
}

// hold delays or holds a call, and tells whether it is to go on.
func (f *fault) hold(ctx context.Context, released <-chan struct{}) bool {
	if f.Delay > 0 {
		timer := time.NewTimer(f.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return false
		}
	}
	if f.Hang {
		select {
		case <-released:
		case <-ctx.Done():
		}
		return false
	}
	return !f.DropBefore
}

// faulty is the answer that a fault gives without doing the call.
func (s *Simulator) faulty(r *request, f Fault) answer {
	switch {
	case f.Code == "" && f.Body == "":
		return answer{status: f.Status}
	case f.Code == "":
		return answer{status: f.Status, contentType: f.ContentType, payload: text(f.Body)}
	case f.Status == http.StatusForbidden:
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.forbid(r, f.Status, f.Code, f.Message, false).answer
	}
	return refuse(f.Status, f.Code, f.Message).answer
}

// write sends an answer, spoilt as the fault says. After a 101 the connection stays open
// until the client closes it.
func (f Fault) write(w http.ResponseWriter, status int, body []byte) {
	switch {
	case status == http.StatusSwitchingProtocols:
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer func() { _ = conn.Close() }()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: simulator\r\n\r\n")
		_, _ = io.Copy(io.Discard, conn)
	case f.HugeBody > 0:
		w.Header().Set("Content-Type", cmp.Or(f.ContentType, "application/json"))
		w.WriteHeader(status)
		garbage := []byte(strings.Repeat("garbage ", 4096))
		for left := f.HugeBody; left > 0; left -= int64(len(garbage)) {
			if _, err := w.Write(garbage[:min(left, int64(len(garbage)))]); err != nil {
				return
			}
		}
	case f.CutBody:
		w.Header().Set("Content-Length", strconv.Itoa(len(body)+1024))
		w.WriteHeader(status)
		_, _ = w.Write(body[:len(body)/2]) //nolint:gosec // Tests choose the body.
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	default:
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(status)
		_, _ = w.Write(body) //nolint:gosec // Tests choose the body.
	}
}

// drop resets the connection, so that the client sees it break at once.
func drop(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		// HTTP/2 cannot be hijacked: this resets the stream.
		panic(http.ErrAbortHandler)
	}
	plain := conn
	if secured, isTLS := conn.(*tls.Conn); isTLS {
		plain = secured.NetConn()
	}
	if tcp, isTCP := plain.(*net.TCPConn); isTCP {
		_ = tcp.SetLinger(0)
	}
	_ = plain.Close()
}
