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

// Fault makes calls fail. Operation, Match, After and Times select the calls. The other fields are
// the effects and may be combined. With a Status, the call gets that response and is not carried
// out. Without one, it is carried out and its response is changed.
type Fault struct {
	// Operation is the operation of the calls; "" is any.
	Operation string
	// Match selects calls; nil is any call. It must not call the simulator. The call's Status
	// and Faulted are not set yet.
	Match func(Call) bool
	// After is how many matching calls pass first.
	After int
	// Times is the number of calls that fail after that; 0 is all.
	Times int

	// Delay delays everything else, unless the client disconnects.
	Delay time.Duration
	// Hang holds the call until the client disconnects, the server is closed or the faults
	// are cleared. The call is not carried out, and the connection is dropped.
	Hang bool
	// DropBefore resets the connection without carrying out the call.
	DropBefore bool
	// DropAfter carries out the call and resets the connection without a response.
	DropAfter bool

	// Done carries out the call before Status is returned, like a gateway that loses the
	// response.
	Done bool
	// Status is the HTTP status of the response; the call is not carried out. With a Code,
	// the body is an error of the API, and a 403 has an encoded authorization message that
	// can be decoded. Otherwise the body is Body.
	Status int
	// Code and Message are the API's error_code and error_msg.
	Code    string
	Message string
	// Body is the body; "" is none.
	Body string
	// ContentType is the type of Body; "" is application/json.
	ContentType string
	// Header replaces headers of the response, also of a call that was carried out. A name
	// without values removes the header.
	Header http.Header
	// CutBody truncates the body: half of it is sent, with the original Content-Length.
	CutBody bool
	// HugeBody is how many bytes of garbage are sent instead of the body.
	HugeBody int64
}

// fault is a Fault with its counters.
type fault struct {
	Fault
	passed int
	taken  int
}

// Refuse returns a fault that refuses every call with an error of the API.
func Refuse(status int, code, message string) Fault {
	return Fault{Status: status, Code: code, Message: message}
}

// Inject adds faults to the end of the queue. The first fault that matches a call and is not used
// up applies: it lets the call pass (After) or fails it. Later faults have no effect until it is
// used up.
func (s *Simulator) Inject(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		f.Header = f.Header.Clone()
		s.faults = append(s.faults, &fault{Fault: f})
	}
}

// ClearFaults removes all faults and drops the calls that hang.
func (s *Simulator) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
	close(s.released)
	s.released = make(chan struct{})
}

// takeFault returns the fault that takes a call; nil if none does.
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

// hold delays or holds a call, and reports whether to continue.
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

// faulty returns the response of a fault that does not carry out the call.
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

// write sends a response with the changes of the fault. After a 101 the connection stays open
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

// drop resets the connection, so that the client detects the reset at once.
func drop(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		// HTTP/2 cannot be hijacked. This resets the stream.
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
