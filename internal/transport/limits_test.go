// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/def"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1/model"
)

// rawServer accepts connections, reads a request from each and responds with a function. It returns
// the base URL.
func rawServer(t *testing.T, respond func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var connections sync.WaitGroup
	t.Cleanup(connections.Wait)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Go(func() {
				defer func() { _ = connection.Close() }()
				if _, err := http.ReadRequest(bufio.NewReader(connection)); err == nil {
					respond(connection)
				}
			})
		}
	}()
	return "http://" + listener.Addr().String()
}

// flood writes a text until the client closes the connection.
func flood(connection net.Conn, text string) {
	block := []byte(strings.Repeat(text, 1+4096/len(text)))
	for {
		if _, err := connection.Write(block); err != nil {
			return
		}
	}
}

// untilClosed blocks until the client closes the connection.
func untilClosed(connection net.Conn) { _, _ = io.Copy(io.Discard, connection) }

// No response may exceed the request timeout of its call, or need much memory.
func TestDo_hostileResponses(t *testing.T) {
	for name, test := range map[string]struct {
		respond func(net.Conn)
		status  int
		atOnce  bool
	}{
		"101": {func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
			untilClosed(c)
		}, http.StatusSwitchingProtocols, true},
		"101 that goes on": {func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
			flood(c, "garbage ")
		}, http.StatusSwitchingProtocols, true},
		"informational flood": {func(c net.Conn) { flood(c, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n") }, 0, true},
		"endless header":      {func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n"); flood(c, "X-A: 0123456789\r\n") }, 0, true},
		"long header": {func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nX-A: ")
			flood(c, "0123456789")
		}, 0, true},
		"endless chunks": {func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
			flood(c, "1\r\n \r\n")
		}, 0, false},
		"endless trailer": {func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n")
			flood(c, "X-A: 0123456789\r\n")
		}, 0, true},
		"no end of the trailer": {func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n")
			untilClosed(c)
		}, 0, false},
		"silence": {untilClosed, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := rawServer(t, test.respond)
			for _, service := range []Service{IdentityStore, STS} {
				timeout := 300 * time.Millisecond
				if test.atOnce {
					timeout = tooLong
				}
				call := deleteCall("s", "u", someKeys(), "s1")
				call.Service = service
				transport := transportTo(url, retries(0), requestTimeout(timeout))
				defer transport.http.(*http.Transport).CloseIdleConnections()
				_, _, err := Do[any](t.Context(), transport, call)
				if failed := asError(t, err); failed.Status != test.status || failed.Elapsed > tooLong/2 {
					t.Errorf("status %d after %s: %v", failed.Status, failed.Elapsed, err)
				}
			}
		})
	}
}

// A body that expands to 1,000 times its length is limited like any other.
func TestDo_gzipBomb(t *testing.T) {
	var compressed bytes.Buffer
	writer := gzip.NewWriter(&compressed)
	_, _ = writer.Write(bytes.Repeat([]byte(" "), 1<<20))
	_ = writer.Close()
	// A gzip stream may have several members.
	bomb := bytes.Repeat(compressed.Bytes(), 256)
	url := serverOf(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb)
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, err := Do[any](t.Context(), transportTo(url), listCall("s", "u", someKeys()))
	runtime.ReadMemStats(&after)
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 8*maxBody {
		t.Errorf("%d MiB allocated", allocated>>20)
	}
}

// With HTTP/2, too, a body ends with its context and headers are limited.
func TestDo_http2(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("the protocol is %s", r.Proto)
		}
		if strings.Contains(r.URL.Path, "/header/") {
			for i := range 1000 {
				w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 1000))
			}
			return
		}
		_, _ = io.WriteString(w, `{"session_list": [`)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	transport := transportTo(server.URL, retries(0), requestTimeout(tooLong), func(c *Config) {
		c.RootCAs = server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	})
	transport.http.(*http.Transport).TLSClientConfig.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(200*time.Millisecond, func() { cancel(errOperation) })
	_, _, err := Do[any](ctx, transport, listCall("s", "body", someKeys()))
	if failed := asError(t, err); !errors.Is(err, errOperation) || failed.Elapsed > tooLong/2 {
		t.Errorf("after %s: %v", failed.Elapsed, err)
	}
	_, _, err = Do[any](t.Context(), transport, listCall("s", "header", someKeys()))
	if failed := asError(t, err); failed.Status != 0 || failed.Elapsed > tooLong/2 {
		t.Errorf("after %s: %v", failed.Elapsed, err)
	}
}

// silenced forwards connections to a server. After the call of silence, the connections that are open
// stay open and carry nothing, as after a lost route. It returns the address.
func silenced(t *testing.T, server *httptest.Server) (address string, silence func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	var silent atomic.Bool
	ended := make(chan struct{})
	t.Cleanup(all.Wait)
	t.Cleanup(func() { close(ended); _ = listener.Close() })
	forward := func(from, to net.Conn) {
		old := !silent.Load()
		buffer := make([]byte, 4096)
		for {
			n, err := from.Read(buffer)
			if err != nil {
				_ = to.Close()
				return
			}
			if !old || !silent.Load() {
				_, _ = to.Write(buffer[:n])
			}
		}
	}
	all.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			upstream, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Error(err)
				return
			}
			all.Go(func() { forward(client, upstream) })
			all.Go(func() { forward(upstream, client) })
			all.Go(func() { <-ended; _, _ = client.Close(), upstream.Close() })
		}
	})
	return listener.Addr().String(), func() { silent.Store(true) }
}

// A retry does not use a connection that was lost without notice. With HTTP/1, each idle connection
// may be lost.
func TestRetry_lostConnections(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("HTTP/2 %t", http2), func(t *testing.T) {
			t.Parallel()
			const connections = 3
			arrived := make(chan struct{}, connections)
			var lost atomic.Bool
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if !lost.Load() {
					arrived <- struct{}{}
					for len(arrived) < connections {
						time.Sleep(time.Millisecond)
					}
				}
				_, _ = io.WriteString(w, `{"session_list": []}`)
			}))
			server.EnableHTTP2 = http2
			server.StartTLS()
			t.Cleanup(server.Close)
			address, silence := silenced(t, server)
			transport := transportTo("https://"+address, retries(1), requestTimeout(3*time.Second), func(c *Config) {
				c.RootCAs = server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
			})
			var calls sync.WaitGroup
			for range connections {
				calls.Go(func() {
					if _, _, err := Do[any](t.Context(), transport, listCall("s", "u", nil)); err != nil {
						t.Error(err)
					}
				})
			}
			calls.Wait()
			lost.Store(true)
			silence()
			if _, _, err := Do[any](t.Context(), transport, listCall("s", "u", nil)); err != nil {
				t.Error(err)
			}
		})
	}
}

// countingBody is a body of spaces that reports when more than smallBody bytes were read.
type countingBody struct {
	left, read int
	large      func()
}

func (b *countingBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), b.left)
	for i := range n {
		p[i] = ' '
	}
	if b.read <= smallBody+1 && b.read+n > smallBody+1 {
		b.large()
	}
	b.read, b.left = b.read+n, b.left-n
	return n, nil
}

func (b *countingBody) Close() error { return nil }

// Only a few long responses are read at a time, whatever the number of calls in progress.
func TestDo_concurrentLargeBodies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var most, now atomic.Int64
		network := roundTripper(func(r *http.Request) (*http.Response, error) {
			body := &countingBody{left: 2 * smallBody, large: func() {
				if n := now.Add(1); n > most.Load() {
					most.Store(n)
				}
				time.Sleep(time.Second)
				now.Add(-1)
			}}
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: body, Request: r}, nil
		})
		transport := through(network)
		var group sync.WaitGroup
		for range 32 {
			group.Go(func() {
				if _, _, err := Do[any](t.Context(), transport, listCall("s", "u", nil)); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if most.Load() != mostLargeBodies || len(transport.largeSlots) != 0 {
			t.Errorf("%d at the same time, %d left over", most.Load(), len(transport.largeSlots))
		}
	})
}

// JSON is decoded as JSON, whatever the Content-Type is. The SDK would read XML inside it.
func TestDo_contentType(t *testing.T) {
	t.Parallel()
	body := []byte(`{"session_list":[{"session_id":"s1"}],"x":"<ListSessionsResponse><session_list><session_id>s2</session_id></session_list></ListSessionsResponse>"}`)
	for _, contentType := range []string{"application/xml", "application/bson", "text/html", "", "application/xml; charset=utf-8"} {
		network := answers{status: http.StatusOK, header: http.Header{"Content-Type": {contentType}}, body: body}
		response, _, err := Do[*model.ListSessionsResponse](t.Context(), through(network), listCall("s", "u", someKeys()))
		if err != nil || response.SessionList == nil || len(*response.SessionList) != 1 || (*response.SessionList)[0].SessionId != "s1" {
			t.Errorf("%s: %+v, %v", contentType, response, err)
		}
	}
}

// Only the documented status is a success.
func TestDo_undocumentedSuccess(t *testing.T) {
	t.Parallel()
	for _, service := range Services() {
		for status := 200; status < 300; status++ {
			call := listCall("s", "u", someKeys())
			call.Service = service
			_, _, err := Do[any](t.Context(), through(answers{status: status, body: []byte(`{"session_list":[]}`)}), call)
			want := status == 200 || status == 201 && (service == STS || service == IAM)
			if (err == nil) != want || err != nil && (!errors.Is(err, ErrUndocumented) || !strings.Contains(err.Error(), fmt.Sprintf("the status is %d instead of 200", status))) {
				t.Errorf("%s, %d: %v", service, status, err)
			}
		}
	}
}

// A host name that DNS does not find is looked up again for up to two seconds.
func TestRetry_unknownHost(t *testing.T) {
	t.Parallel()
	lost := &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "simulator.invalid", IsNotFound: true}}
	for _, once := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			failures := 2
			transport := through(roundTripper(func(r *http.Request) (*http.Response, error) {
				if failures--; failures >= 0 {
					httptrace.ContextClientTrace(r.Context()).GetConn("simulator.invalid:443") // as net/http does
					return nil, lost
				}
				return answers{status: http.StatusOK}.RoundTrip(r)
			}), retries(DefaultMaxRetries))
			call := deleteCall("s", "u", someKeys(), "s1")
			call.Once = once
			if _, _, err := Do[any](t.Context(), transport, call); err != nil {
				t.Errorf("once %t: %v", once, err)
			}

			failures = 1000
			begun := time.Now()
			_, _, err := Do[any](t.Context(), transport, call)
			failed := asError(t, err)
			if took := time.Since(begun); took > unknownHostTime || failed.Attempts < 3 || failed.Unanswered {
				t.Errorf("%d attempts in %s, unanswered %t", failed.Attempts, took, failed.Unanswered)
			}
			if !failed.HostResponded || !strings.Contains(err.Error(), "could not be resolved, although the host has responded before") {
				t.Errorf("got %v", err)
			}
			transport.config.MaxRetries = 0
			if _, _, err = Do[any](t.Context(), transport, call); asError(t, err).Attempts != 1 {
				t.Errorf("without retries: %v", err)
			}
		})
	}
}

// The value of the Authorization header is masked in any response that contains it, also that of
// another call.
func TestError_masksSignature(t *testing.T) {
	t.Parallel()
	const another = "5f4dcc3b5aa765d61d8327deb882cf99"
	for _, service := range []Service{IdentityStore, STS} {
		var signature string
		network := roundTripper(func(r *http.Request) (*http.Response, error) {
			authorization := r.Header.Get("Authorization")
			_, signature, _ = strings.Cut(authorization, "Signature=")
			encoded, _ := json.Marshal("wrong signature " + signature + " in " + authorization + " or " + each(signature, `\u%04x`) + " or Signature%3D" + another)
			return answers{
				status: http.StatusForbidden, header: http.Header{"X-Request-Id": {signature[:40]}, "X-Echo": {authorization}},
				body: []byte(`{"error_code":"c","error_msg":` + string(encoded) + `}`),
			}.RoundTrip(r)
		})
		call := listCall("s", "u", someKeys())
		call.Service = service
		_, text := logged(t, func(ctx context.Context) {
			_, _, err := Do[any](ctx, through(network), call)
			failed := asError(t, err)
			if shown := strings.Join(append(fields(failed.Failure), err.Error()), "\n"); leaks(shown, signature) || leaks(shown, another) || !strings.Contains(shown, "wrong signature *** in") {
				t.Errorf("%s: got %q", service, shown)
			}
		})
		if signature == "" || leaks(text, signature) {
			t.Errorf("%s: %q is in %s", service, signature, text)
		}
	}
}

// A redirect target or a malformed response of STS or IAM may contain a token that is not known
// yet.
func TestError_keyServiceSecrets(t *testing.T) {
	t.Parallel()
	const token = "iamTokenThatNobodyMaySee"
	for name, response := range map[string]string{
		"path of a redirect":    "HTTP/1.1 302 Found\r\nLocation: https://login.example/" + token + "/x?t=" + token + "#" + token + "\r\nContent-Length: 0\r\n\r\n",
		"user of a redirect":    "HTTP/1.1 302 Found\r\nLocation: https://" + token + "@login.example/\r\nContent-Length: 0\r\n\r\n",
		"no host of a redirect": "HTTP/1.1 302 Found\r\nLocation: " + token + "\r\nContent-Length: 0\r\n\r\n",
		"malformed header":      "HTTP/1.1 200 OK\r\nX-Subject-Token " + token + "\r\n\r\n",
		"malformed status":      "HTTP/1.1 " + token + " OK\r\n\r\n",
		"malformed response":    token + "\r\n\r\n",
		"malformed length":      "HTTP/1.1 200 OK\r\nContent-Length: " + token + "\r\n\r\n",
		"malformed encoding":    "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + token + "\r\n\r\n",
		"malformed chunk":       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + token + "\r\n",
		"status text":           "HTTP/1.1 403 " + token + "\r\nContent-Length: 0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := rawServer(t, func(c net.Conn) { _, _ = io.WriteString(c, response) })
			for _, service := range []Service{STS, IAM} {
				call := listCall("s", "u", someKeys())
				call.Service = service
				_, text := logged(t, func(ctx context.Context) {
					_, _, err := Do[any](ctx, transportTo(url, retries(0)), call)
					if failed := asError(t, err); strings.Contains(strings.Join(append(fields(failed.Failure), err.Error()), "\n"), "NobodyMaySee") {
						t.Errorf("got %v", err)
					}
				})
				if strings.Contains(text, "NobodyMaySee") {
					t.Errorf("the log is %s", text)
				}
			}
		})
	}
}

// The number of stored secrets is limited.
func TestRedactors_limits(t *testing.T) {
	t.Parallel()
	transport := through(answers{status: http.StatusOK})
	for i := range 10 * mostSecrets {
		call := deleteCall("s", "u", someKeys(), "s1")
		call.Secrets = []Secret{NewSecret(fmt.Sprintf("anotherSecret%d", i))}
		if _, _, err := Do[any](t.Context(), transport, call); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(transport.redactors.known); n > mostSecrets {
		t.Errorf("%d secrets are known", n)
	}
	if shown := transport.Redact("anotherSecret639 secretKeyThatNobodyMaySee"); shown != "*** ***" {
		t.Errorf("got %q", shown)
	}
}

// A panic of the SDK, such as that of an HMAC with a short key in FIPS 140 mode, is an error.
func TestDo_panic(t *testing.T) {
	t.Parallel()
	call := listCall("s", "u", someKeys())
	call.Define = func() *def.HttpRequestDef { panic("secretKeyThatNobodyMaySee") }
	_, _, err := Do[any](t.Context(), through(nil), call)
	if failed := asError(t, err); !errors.Is(err, ErrUnsent) || failed.Attempts != 0 || strings.Contains(err.Error(), "NobodyMaySee") {
		t.Errorf("%d attempts: %v", failed.Attempts, err)
	}
}

// Secrets of any length are masked completely.
func TestRedactors_longSecret(t *testing.T) {
	t.Parallel()
	var token strings.Builder
	for i := range 4_000 {
		fmt.Fprintf(&token, "part%08d", i)
	}
	end := token.String()[token.Len()-100:]
	call := listCall("s", "u", &keys{given: Keys{AccessKey: "AK", SecretKey: NewSecret("secretKeyThatNobodyMaySee"), SecurityToken: NewSecret(token.String())}})
	_, _, err := Do[any](t.Context(), through(answers{status: http.StatusForbidden, body: []byte(`{"error_code":"c","error_msg":"wrong ` + end + `"}`)}), call)
	if failed := asError(t, err); failed.Message != "wrong ***" {
		t.Errorf("got %v", err)
	}
}

// An error for an unusable response may quote any part of it.
func TestUnusableResponse_masksSecrets(t *testing.T) {
	t.Parallel()
	token := NewSecret(strings.Repeat("to/ken+=", 300))
	transport := through(answers{status: http.StatusOK, body: []byte(`{}`)})
	call := listCall("s", "u", &keys{given: Keys{AccessKey: "AK", SecretKey: NewSecret("secretKeyThatNobodyMaySee"), SecurityToken: token}})
	_, receipt, err := Do[any](t.Context(), transport, call)
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range []string{
		"the page marker " + token.Reveal() + " came twice", fmt.Sprintf("it is about another user, %q", token.Reveal()),
		strings.Repeat("x", LongestText-30) + " " + token.Reveal(), "\x1b[2J" + token.Reveal(), strings.Repeat(token.Reveal()+" ", 1000),
	} {
		failed := transport.UnusableResponse(call, receipt, fault)
		if text := failed.Error(); leaks(text, token.Reveal()) || !harmless(text) || len(text) > 2*LongestText || !errors.Is(failed, ErrUndocumented) || failed.Status != 200 {
			t.Errorf("got %q", text)
		}
	}
}
