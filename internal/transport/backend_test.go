// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"syscall"
	"testing"
	"time"

	store "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// tooLong is the time limit for an operation that should be immediate.
const tooLong = 20 * time.Second

// backend is a simulator with the demonstration data, and its URL. acctest imports this package, so
// its tests cannot use acctest.
type backend struct {
	*simulator.Simulator
	seeded simulator.Seeded
	alice  simulator.SeededUser
	url    string
	// network carries the requests of a transport; nil for its own connections.
	network http.RoundTripper
}

// serve starts a simulator on a free port.
func serve(t testing.TB, configure ...func(*simulator.Options)) *backend {
	t.Helper()
	b := newBackend(configure...)
	server := b.Start()
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

// bubble returns a simulator without a network, so that it uses the clock of a synctest bubble.
// Every call takes the latency.
func bubble(latency time.Duration, configure ...func(*simulator.Options)) *backend {
	b := newBackend(configure...)
	b.url = "http://simulator.invalid"
	b.network = inMemory{handler: b.Simulator, latency: latency}
	return b
}

func newBackend(configure ...func(*simulator.Options)) *backend {
	b := &backend{Simulator: simulator.New(configure...)}
	b.seeded = b.Seed()
	b.alice = b.seeded.Users[0]
	return b
}

// transport returns a transport to the simulator.
func (b *backend) transport(configure ...func(*Config)) *Transport {
	t := transportTo(b.url, configure...)
	if b.network != nil {
		t.http = b.network
	}
	return t
}

// transportTo returns a transport to a URL.
func transportTo(url string, configure ...func(*Config)) *Transport {
	config := Config{
		Endpoints: Endpoints{Region: "test-1", Overrides: map[Service]string{}},
		UserAgent: "test", RequestTimeout: tooLong, MaxConcurrentRequests: DefaultMaxConcurrentRequests,
	}
	for _, service := range Services() {
		config.Endpoints.Overrides[service] = url
	}
	for _, set := range configure {
		set(&config)
	}
	return New(config)
}

func retries(n int) func(*Config) { return func(c *Config) { c.MaxRetries = n } }

func requestTimeout(d time.Duration) func(*Config) {
	return func(c *Config) { c.RequestTimeout = d }
}

// keys is a source that counts its calls.
type keys struct {
	mu    sync.Mutex
	given Keys
	asked int
}

func (k *keys) Keys(context.Context) (Keys, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked++
	return k.given, nil
}

func (k *keys) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.asked
}

// keysOf returns a source with a key of the simulator.
func keysOf(key simulator.Key) *keys {
	return &keys{given: Keys{
		AccessKey: key.AccessKey, SecretKey: NewSecret(key.SecretKey), SecurityToken: NewSecret(key.SecurityToken), Origin: "the test",
	}}
}

func (b *backend) keys() *keys { return keysOf(b.seeded.Management) }

func (b *backend) wrongKeys() *keys {
	k := b.keys()
	k.given.SecretKey = NewSecret("wrongSecretKeyThatNobodyMaySee")
	return k
}

func listCall(storeID, userID string, source KeySource) Call {
	return Call{
		Service: IdentityStore, Operation: simulator.ListSessions, Keys: source,
		Define:  store.GenReqDefForListSessions,
		Request: &model.ListSessionsRequest{IdentityStoreId: storeID, UserId: userID},
	}
}

func deleteCall(storeID, userID string, source KeySource, sessionIDs ...string) Call {
	return Call{
		Service: IdentityStore, Operation: simulator.BatchDeleteSessions, Keys: source,
		Define: store.GenReqDefForBatchDeleteSessions, NoContent: true,
		Request: &model.BatchDeleteSessionsRequest{
			IdentityStoreId: storeID, UserId: userID, Body: &model.BatchDeleteSessionsReqBody{SessionIds: sessionIDs},
		},
	}
}

// list lists Alice's sessions.
func (b *backend) list(ctx context.Context, t *Transport, source KeySource) (*model.ListSessionsResponse, []string, error) {
	response, receipt, err := Do[*model.ListSessionsResponse](ctx, t, listCall(b.seeded.IdentityStoreID, b.alice.UserID, source))
	return response, receipt.RequestIDs, err
}

// end ends sessions of Alice.
func (b *backend) end(ctx context.Context, t *Transport, source KeySource, sessionIDs ...string) ([]string, error) {
	_, receipt, err := Do[*model.BatchDeleteSessionsResponse](ctx, t,
		deleteCall(b.seeded.IdentityStoreID, b.alice.UserID, source, sessionIDs...))
	return receipt.RequestIDs, err
}

// asError returns the *Error that err must be.
func asError(t testing.TB, err error) *Error {
	t.Helper()
	var failed *Error
	if !errors.As(err, &failed) {
		t.Fatalf("got %v (%T), want an *Error", err, err)
	}
	return failed
}

// statusOf returns the HTTP status of the *Error that err must be.
func statusOf(t testing.TB, err error) int {
	t.Helper()
	return asError(t, err).Status
}

// inMemory serves requests without a network.
type inMemory struct {
	handler http.Handler
	latency time.Duration
}

func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	served := r.Clone(r.Context())
	if served.Body == nil {
		served.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	broken := make(chan bool, 1)
	go func() {
		defer func() { broken <- recover() != nil }()
		if err := Sleep(r.Context(), m.latency); err == nil {
			m.handler.ServeHTTP(recorder, served)
		}
	}()
	select {
	case <-r.Context().Done():
		return nil, r.Context().Err()
	case b := <-broken:
		if b {
			return nil, syscall.ECONNRESET
		}
		return recorder.Result(), nil
	}
}

// answers is a network with the same response to every request.
type answers struct {
	status int
	header http.Header
	body   []byte
}

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	header := a.header
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{
		StatusCode: a.status, Header: header, Body: io.NopCloser(bytes.NewReader(a.body)), Request: r,
		ContentLength: int64(len(a.body)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

// through returns a transport that uses a test network.
func through(network http.RoundTripper, configure ...func(*Config)) *Transport {
	t := transportTo("http://simulator.invalid", configure...)
	t.http = network
	return t
}

// someKeys are keys that no server checks.
func someKeys() *keys {
	return &keys{given: Keys{AccessKey: "AK", SecretKey: NewSecret("secretKeyThatNobodyMaySee"), Origin: "the test"}}
}

// serverOf serves a function and returns the URL.
func serverOf(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// roundTripper makes a function a network.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
