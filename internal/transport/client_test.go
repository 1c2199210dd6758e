// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	store "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

func TestSign_paths(t *testing.T) {
	t.Parallel()
	b := serve(t)
	transport := b.transport()

	for _, id := range []string{
		"plain", "a b", "100%", "%41", "%2F", "%", "%zz", "a?b=c", "a#b", "a:b", "a@b", "a&b=c", "a=b", "a+b", "~a~", "a;b,c",
		"ünïcödé", "用户", "🙂", "{user_id}", "{identity_store_id}", "{project_id}", "{domain_id}", "{", "}", `a"b'c\d`, "a..b", "...", "-._~",
		"!$*()[]|^`<>", "\u0001", strings.Repeat("é", 64),
	} {
		storeID := "store " + id
		if len(id) > 64 {
			storeID = b.seeded.IdentityStoreID
		}
		userID := b.AddUser(storeID, simulator.User{UserID: id})
		sessionID := b.AddSession(storeID, userID, simulator.Session{SessionID: id})

		response, _, err := Do[*model.ListSessionsResponse](t.Context(), transport, listCall(storeID, userID, b.keys()))
		if err != nil {
			t.Errorf("%q: listing: %v", id, err)
			continue
		}
		if got := *response.SessionList; len(got) != 1 || got[0].SessionId != id || got[0].UserId != id {
			t.Errorf("%q: listed %v", id, got)
		}
		if _, _, err := Do[*model.BatchDeleteSessionsResponse](t.Context(), transport, deleteCall(storeID, userID, b.keys(), sessionID)); err != nil {
			t.Errorf("%q: deleting: %v", id, err)
		}
		if left := b.Sessions(storeID, userID); len(left) != 0 {
			t.Errorf("%q: %d session(s) left", id, len(left))
		}
	}
	for _, call := range b.Calls() {
		if !call.Verified {
			t.Errorf("%s has a wrong signature", call.EscapedPath)
		}
	}
}

func TestSign_query(t *testing.T) {
	t.Parallel()
	b := serve(t)
	transport := b.transport()
	for _, name := range []string{"alice", "a b", "100%", "a+b&c=d", "=", "=&", "用户", "{user_id}", "%41", "~*'()"} {
		_, _, err := Do[*model.ListUsersResponse](t.Context(), transport, Call{
			Service: IdentityStore, Operation: simulator.ListUsers, Keys: b.keys(), Define: store.GenReqDefForListUsers,
			Request: &model.ListUsersRequest{IdentityStoreId: b.seeded.IdentityStoreID, UserName: &name},
		})
		if err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if calls := b.Calls(); calls[len(calls)-1].Query.Get("user_name") != name {
			t.Errorf("%q arrived as %q", name, calls[len(calls)-1].Query)
		}
	}
}

// An ID cannot change the path.
func TestSign_pathInjection(t *testing.T) {
	t.Parallel()
	b := serve(t)
	transport := b.transport(retries(5))
	for _, id := range []string{"", ".", "..", "a/b", "/", "../other"} {
		for _, call := range []Call{
			listCall(b.seeded.IdentityStoreID, id, b.keys()), listCall(id, b.alice.UserID, b.keys()),
		} {
			_, _, err := Do[*model.ListSessionsResponse](t.Context(), transport, call)
			if !errors.Is(err, ErrUnsent) {
				t.Errorf("%q: got %v, want ErrUnsent", id, err)
			}
		}
	}
	if calls := b.Calls(); len(calls) != 0 {
		t.Errorf("%d calls were sent, the first to %s", len(calls), calls[0].EscapedPath)
	}
}

func TestSign_securityToken(t *testing.T) {
	t.Parallel()
	b := serve(t)
	key := simulator.Key{AccessKey: "TEMPORARY", SecretKey: "s", SecurityToken: strings.Repeat("token+/=", 400), AccountID: "a"}
	b.AddKey(key)
	if _, _, err := b.list(t.Context(), b.transport(), keysOf(key)); err != nil {
		t.Fatal(err)
	}
	call := b.Calls()[0]
	if call.Header.Get("X-Security-Token") != key.SecurityToken || !strings.Contains(call.Header.Get("Authorization"), "x-security-token") {
		t.Errorf("the headers were %v", call.Header)
	}
}

func TestSign_noKeys(t *testing.T) {
	t.Parallel()
	b := serve(t)
	_, _, err := b.list(t.Context(), b.transport(), nil)
	if statusOf(t, err) != http.StatusUnauthorized {
		t.Errorf("got %v", err)
	}
	if header := b.Calls()[0].Header; header.Get("Authorization") != "" {
		t.Errorf("the headers were %v", header)
	}
}

func TestSign_userAgent(t *testing.T) {
	t.Parallel()
	b := serve(t)
	transport := b.transport(func(c *Config) { c.UserAgent = "Terraform/1.11.4 terraform-provider-identitycenter/1.0.0" })
	if _, _, err := b.list(t.Context(), transport, b.keys()); err != nil {
		t.Fatal(err)
	}
	const want = "huaweicloud-usdk-go/3.0; Terraform/1.11.4 terraform-provider-identitycenter/1.0.0"
	if got := b.Calls()[0].Header.Get("User-Agent"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// proxyVariable starts the test program as a client with proxy variables, because the standard
// library reads them once per process.
const proxyVariable = "TEST_TRANSPORT_THROUGH_PROXY"

func TestNew_proxyVariables(t *testing.T) {
	if os.Getenv(proxyVariable) != "" {
		_, _, err := Do[*model.ListSessionsResponse](t.Context(), transportTo("http://identitystore.test-1.invalid"), listCall("store", "user", someKeys()))
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Parallel()

	var asked atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.URL.String())
		_, _ = io.WriteString(w, `{"session_list": []}`)
	}))
	defer proxy.Close()

	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestNew_proxyVariables$", "-test.count=1")
	command.Env = append(os.Environ(), proxyVariable+"=1", "HTTP_PROXY="+proxy.URL, "NO_PROXY=", "no_proxy=")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if got, want := asked.Load(), "http://identitystore.test-1.invalid/v1/identity-stores/store/users/user/sessions"; got != want {
		t.Errorf("the proxy was asked for %v, want %s", got, want)
	}
}

// secured serves the simulator over TLS.
func secured(t *testing.T, configure func(*tls.Config)) (b *backend, authorities *x509.CertPool) {
	t.Helper()
	b = newBackend()
	server := httptest.NewUnstartedServer(b.Simulator)
	server.Config.ConnState = b.ConnState
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{}
	configure(server.TLS)
	server.StartTLS()
	t.Cleanup(server.Close)
	b.url = server.URL
	authorities = x509.NewCertPool()
	authorities.AddCert(server.Certificate())
	return b, authorities
}

func TestNew_certificates(t *testing.T) {
	t.Parallel()
	b, authorities := secured(t, func(*tls.Config) {})

	t.Run("unknown authority", func(t *testing.T) {
		_, _, err := b.list(t.Context(), b.transport(retries(5)), b.keys())
		var unknown x509.UnknownAuthorityError
		if !errors.As(err, &unknown) {
			t.Errorf("got %v", err)
		}
		if failed := asError(t, err); failed.Attempts != 1 || failed.Status != 0 {
			t.Errorf("%d attempts, status %d, want 1 and 0", failed.Attempts, failed.Status)
		}
	})
	t.Run("root CAs", func(t *testing.T) {
		if _, _, err := b.list(t.Context(), b.transport(func(c *Config) { c.RootCAs = authorities }), b.keys()); err != nil {
			t.Error(err)
		}
	})
	t.Run("insecure", func(t *testing.T) {
		if _, _, err := b.list(t.Context(), b.transport(func(c *Config) { c.Insecure = true }), b.keys()); err != nil {
			t.Error(err)
		}
	})
}

func TestNew_oldTLS(t *testing.T) {
	t.Parallel()
	for name, limits := range map[string]func(*tls.Config){
		"TLS 1.1 only": func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 },
	} {
		t.Run(name, func(t *testing.T) {
			b, authorities := secured(t, limits)
			_, _, err := b.list(t.Context(), b.transport(retries(5), func(c *Config) { c.RootCAs = authorities }), b.keys())
			if failed := asError(t, err); failed.Status != 0 || failed.Attempts != 1 {
				t.Errorf("status %d after %d attempts: %v", failed.Status, failed.Attempts, err)
			}
			if len(b.Calls()) != 0 {
				t.Error("a call arrived")
			}
		})
	}
	t.Run("TLS 1.2 is good", func(t *testing.T) {
		b, authorities := secured(t, func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 })
		if _, _, err := b.list(t.Context(), b.transport(func(c *Config) { c.RootCAs = authorities }), b.keys()); err != nil {
			t.Error(err)
		}
	})
}

func TestRetry_plainTextServer(t *testing.T) {
	t.Parallel()
	b := serve(t)
	b.url = strings.Replace(b.url, "http:", "https:", 1)
	_, _, err := b.list(t.Context(), b.transport(retries(5)), b.keys())
	if failed := asError(t, err); failed.Attempts != 1 {
		t.Errorf("%d attempts: %v", failed.Attempts, err)
	}
}

func TestDo_redirect(t *testing.T) {
	t.Parallel()
	var followed atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Add(1) }))
	defer elsewhere.Close()

	for _, status := range []int{301, 302, 303, 307, 308} {
		b := serve(t)
		b.Inject(simulator.Fault{Status: status, Header: http.Header{"Location": {elsewhere.URL + "/login"}}})
		_, err := b.end(t.Context(), b.transport(retries(5)), b.keys(), "s1")
		failed := asError(t, err)
		if failed.Status != status || failed.Attempts != 1 || !strings.Contains(err.Error(), elsewhere.URL) || strings.Contains(err.Error(), "/login") {
			t.Errorf("%d: %d attempts: %v", status, failed.Attempts, err)
		}
	}
	if n := followed.Load(); n != 0 {
		t.Errorf("%d redirects were followed", n)
	}
}

func TestDo_redirectWithoutTarget(t *testing.T) {
	t.Parallel()
	for _, location := range []string{"", "://", "\x7f"} {
		network := answers{status: http.StatusFound, header: http.Header{"Location": {location}}}
		_, _, err := Do[*model.ListSessionsResponse](t.Context(), through(network), listCall("s", "u", someKeys()))
		if statusOf(t, err) != http.StatusFound {
			t.Errorf("%q: got %v", location, err)
		}
	}
}

func TestTransport_endpoint(t *testing.T) {
	t.Parallel()
	transport := New(Config{Endpoints: Endpoints{Region: "cn-north-4"}})
	for _, service := range Services() {
		parsed, err := url.Parse(transport.Endpoint(service))
		if err != nil || !strings.HasPrefix(parsed.Host, string(service)+".") {
			t.Errorf("%s is at %s", service, transport.Endpoint(service))
		}
	}
}

func TestRetry_connectionRefused(t *testing.T) {
	t.Parallel()
	endpoint := "http://" + refusing(t)
	_, _, err := Do[*model.ListSessionsResponse](t.Context(), transportTo(endpoint, retries(5)), listCall("s", "u", someKeys()))
	failed := asError(t, err)
	if failed.Endpoint != endpoint || failed.Status != 0 || failed.Attempts != 1 || !strings.Contains(err.Error(), endpoint) {
		t.Errorf("%d attempts at %s: %v", failed.Attempts, failed.Endpoint, err)
	}
}

func TestProxyError_refusal(t *testing.T) {
	t.Parallel()
	for status, attempts := range map[int]int{http.StatusForbidden: 1, http.StatusProxyAuthRequired: 1, http.StatusBadGateway: 2} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			proxy, err := url.Parse(serverOf(t, func(w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				w.WriteHeader(status)
			}))
			if err != nil {
				t.Fatal(err)
			}
			proxy.User = url.UserPassword("user", "proxyPasswordThatNobodyMaySee")
			transport := transportTo("https://identitystore.invalid", retries(1))
			transport.http.(*http.Transport).Proxy = http.ProxyURL(proxy)
			_, _, err = Do[*model.ListSessionsResponse](t.Context(), transport, listCall("s", "u", someKeys()))

			var refused *ProxyError
			if !errors.As(err, &refused) || refused.Status != status || refused.Proxy != proxy.Host || int(asked.Load()) != attempts {
				t.Errorf("asked %d times: %v", asked.Load(), err)
			}
			if !strings.Contains(err.Error(), proxy.Host) || strings.Contains(err.Error(), "proxyPassword") {
				t.Error(err)
			}
		})
	}
}

func TestDo_keySourceFails(t *testing.T) {
	t.Parallel()
	b := serve(t)
	cause := errors.New("the keys are in the other trousers")
	_, _, err := b.list(t.Context(), b.transport(retries(5)), failingKeys{cause})
	if !errors.Is(err, cause) || len(b.Calls()) != 0 {
		t.Errorf("%d calls: %v", len(b.Calls()), err)
	}
}

type failingKeys struct{ err error }

func (f failingKeys) Keys(context.Context) (Keys, error) { return Keys{}, f.err }

func TestReceipt_requestIDs(t *testing.T) {
	t.Parallel()
	b := serve(t)
	_, requestIDs, err := b.list(t.Context(), b.transport(), b.keys())
	if err != nil || requestIDs[0] == "" || !slices.Equal(requestIDs, []string{b.Calls()[0].RequestID}) {
		t.Errorf("got %q, %v", requestIDs, err)
	}
}
