// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server serves a simulator over HTTP until it is closed.
type Server struct {
	// URL is the base URL of every service, without a slash at the end.
	URL string

	http *http.Server

	mu     sync.Mutex
	closed bool
	// cancels end the context of each connection.
	cancels []context.CancelFunc
	// running counts the goroutine that accepts and the calls in progress.
	running sync.WaitGroup
}

// Start serves on a free port of 127.0.0.1. It panics if there is none. The caller closes the
// server.
func (s *Simulator) Start() *Server {
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		panic(fmt.Sprintf("simulator: %v", err))
	}
	return s.Serve(listener)
}

// Serve serves on a listener, which it then owns. The caller closes the server.
func (s *Simulator) Serve(listener net.Listener) *Server {
	server := &Server{URL: "http://" + listener.Addr().String()}
	server.http = &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			server.enter()
			defer server.running.Done()
			s.ServeHTTP(w, r)
		}),
		ConnContext:       server.connected,
		ConnState:         s.ConnState,
		ErrorLog:          log.New(io.Discard, "", 0),
		ReadHeaderTimeout: time.Minute,
	}
	server.running.Go(func() { _ = server.http.Serve(listener) })
	return server
}

// connected returns the context of a connection.
func (s *Server) connected(ctx context.Context, _ net.Conn) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cancels = append(s.cancels, cancel)
	if s.closed {
		cancel()
	}
	return ctx
}

// enter counts a call that begins. A call after Close is dropped.
func (s *Server) enter() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		panic(http.ErrAbortHandler)
	}
	s.running.Add(1)
}

// Close ends the server at once: it ends hanging calls, closes connections, and waits until
// nothing runs. It may be called again.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	for _, cancel := range s.cancels {
		cancel()
	}
	s.mu.Unlock()
	_ = s.http.Close()
	s.running.Wait()
}

// ConnState counts connections. It is the hook for a server other than those of
// Start and Serve, such as an httptest.Server with TLS.
func (s *Simulator) ConnState(_ net.Conn, state http.ConnState) {
	if state != http.StateNew {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connections++
}

// Connections returns the number of connections that clients have opened.
func (s *Simulator) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connections
}
