// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

func TestMetadata(t *testing.T) {
	for name, status := range map[string]int{"with a token": 0, "without one": http.StatusNotFound} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t)
			c.Configure(func(o *simulator.Options) { o.MetadataTokenStatus = status })
			key := c.AddMetadataKey(simulator.Key{AccountID: "d-server"})
			source := c.source(t, Config{Region: "r"}, environment{"HW_METADATA_ENDPOINT": c.URL + "/"})

			if n := len(c.CallsOf(simulator.MetadataSecurityKey)); n != 1 {
				t.Errorf("the metadata was asked %d times before keys were needed, want once", n)
			}
			if account, _ := c.caller(t, source); account != "d-server" {
				t.Errorf("the API sees account %q", account)
			}
			keys := keysOf(t, source)
			if keys.AccessKey != key.AccessKey || keys.Origin != "the agency of this cloud server (metadata)" {
				t.Errorf("got %v", keys)
			}
			if n := len(c.CallsOf(simulator.MetadataSecurityKey)); n != 1 {
				t.Errorf("the metadata was asked %d times", n)
			}
		})
	}
}

// If the PUT for a token is refused or gets no response, as in a container, the keys are requested
// without a token.
func TestMetadata_noToken(t *testing.T) {
	for name, refuse := range map[string]http.HandlerFunc{
		"not found":           func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"method not allowed":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusMethodNotAllowed) },
		"service unavailable": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"forbidden":           func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) },
		"not implemented":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotImplemented) },
		"a broken connection": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"no response":         func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"an empty token":      func(http.ResponseWriter, *http.Request) {},
		"a token of two lines": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprint(w, "<html>\n</html>")
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPut {
					refuse(w, r)
					return
				}
				if r.Header.Get("X-Metadata-Token") != "" {
					t.Error("a token is sent that nobody gave")
				}
				_, _ = fmt.Fprint(w, `{"credential": {"access": "AKSERVER", "secret": "s3cret-key", "securitytoken": "s3cret-token", "expires_at": "2099-01-01T00:00:00Z"}}`)
			}))
			settings, err := Load(Config{Region: "r"}, environment{"HW_METADATA_ENDPOINT": server.URL}.get)
			if err != nil {
				t.Fatal(err)
			}
			settings.metadata.timeout = 2 * time.Second
			t.Cleanup(server.Close)
			source, err := settings.Source(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if keys := keysOf(t, source); keys.AccessKey != "AKSERVER" {
				t.Errorf("got %s", keys.AccessKey)
			}
		})
	}
}

func TestSource_noCredentials(t *testing.T) {
	redirect := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
	}))
	t.Cleanup(redirect.Close)
	nonsense := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		_, _ = fmt.Fprint(w, `{"credential": {"access": "AK", "secret": "s3cret-key", "securitytoken": "", "expires_at": "2030-01-01T00:00:00Z"}}`)
	}))
	t.Cleanup(nonsense.Close)
	c := newCloud(t)

	tests := map[string]struct{ endpoint, says string }{
		"no agency":      {c.URL, "HTTP 401, which may mean that the server has no agency"},
		"a redirect":     {redirect.URL, "HTTP 302"},
		"half a key":     {nonsense.URL, "it lacks keys or their expiry"},
		"101":            {switching(t), "it switched to another protocol"},
		"malformed":      {malformed(t), "its response is not valid HTTP"},
		"no such server": {"http://127.0.0.1:1", "reading the keys of this cloud server's agency (metadata): "},
		"no URL":         {"http://[", "HW_METADATA_ENDPOINT"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			settings, err := Load(Config{Region: "r"}, environment{"HW_METADATA_ENDPOINT": tt.endpoint}.get)
			if err != nil {
				t.Fatal(err)
			}
			_, err = settings.Source(t.Context(), c.transport)
			var argument *ArgumentError
			if !errors.As(err, &argument) || argument.Argument != "access_key" {
				t.Fatalf("got %v", err)
			}
			for _, says := range []string{tt.says, "HW_ACCESS_KEY and HW_SECRET_KEY", "profile", "assume_role_with_oidc"} {
				if !strings.Contains(argument.Detail, says) {
					t.Errorf("%q does not say %q", argument.Detail, says)
				}
			}
			if strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%q shows a secret", err)
			}
		})
	}
}

// rawServer sends the same bytes to every connection and leaves it open. It returns the base
// URL.
func rawServer(t *testing.T, response string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = connection.Close() }()
				// A response before the request would be unsolicited.
				if _, err := http.ReadRequest(bufio.NewReader(connection)); err != nil {
					return
				}
				_, _ = io.WriteString(connection, response)
				_, _ = io.Copy(io.Discard, connection)
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

func switching(t *testing.T) string {
	return rawServer(t, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")
}

func malformed(t *testing.T) string {
	return rawServer(t, "HTTP/1.1 s3cret-token OK\r\n\r\n")
}

func TestMetadata_noResponse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	settings, err := Load(Config{Region: "r"}, environment{"HW_METADATA_ENDPOINT": "http://" + listener.Addr().String()}.get)
	if err != nil {
		t.Fatal(err)
	}
	if settings.metadata.timeout != 3*time.Second {
		t.Errorf("waits %s", settings.metadata.timeout)
	}
	if settings.metadata.http.Proxy != nil {
		t.Error("a proxy is asked, which would answer with its own metadata")
	}
	settings.metadata.timeout = 50 * time.Millisecond

	begun := time.Now()
	_, err = settings.Source(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "no response within 50ms") {
		t.Errorf("got %v", err)
	}
	if waited := time.Since(begun); waited > 3*time.Second {
		t.Errorf("waited %s", waited)
	}

	interrupted := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(interrupted)
	if _, err = settings.Source(ctx, nil); !errors.Is(err, interrupted) {
		t.Errorf("got %v instead of the interruption", err)
	}
}

func TestMetadata_renewal(t *testing.T) {
	c := newCloud(t)
	clock := newClock()
	c.AddMetadataKey(simulator.Key{Expires: clock.now().Add(time.Hour)})
	source := c.source(t, Config{Region: "r"}, environment{"HW_METADATA_ENDPOINT": c.URL}, func(s *Settings) { s.now = clock.now })
	next := c.AddMetadataKey(simulator.Key{})
	clock.advance(56 * time.Minute)
	if keys := keysOf(t, source); keys.AccessKey != next.AccessKey {
		t.Error("the old key is used in its last five minutes")
	}
}
