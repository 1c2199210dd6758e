// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// awaitOne waits until a call of an operation has arrived.
func awaitOne(t *testing.T, sim *simulator.Simulator, operation string) {
	t.Helper()
	if err := sim.Await(t.Context(), operation, 1); err != nil {
		t.Fatal(err)
	}
}

func TestFault_queue(t *testing.T) {
	sim, seeded, c := setUp(t)
	sim.Inject(
		simulator.Fault{Operation: simulator.ListUsers, After: 1, Times: 2, Status: 500},
		simulator.Fault{Operation: simulator.ListUsers, Times: 1, Status: 502},
		simulator.Fault{Operation: simulator.ListUsers, After: 1, Status: 503},
	)
	var got []int
	for range 7 {
		got = append(got, c.get(usersPath(seeded.IdentityStoreID)).Status)
		if a := c.get("/v1/instances"); a.Status != 200 {
			t.Errorf("another operation: %d %s", a.Status, a.Body)
		}
	}
	if want := []int{200, 500, 500, 502, 200, 503, 503}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	calls := sim.CallsOf(simulator.ListUsers)
	if calls[0].Faulted || !calls[1].Faulted || calls[1].Status != 500 || !calls[1].Verified {
		t.Errorf("on record are %+v", calls[:2])
	}

	sim.ClearFaults()
	if a := c.get(usersPath(seeded.IdentityStoreID)); a.Status != 200 {
		t.Errorf("got %d %s", a.Status, a.Body)
	}
	bob := seeded.Users[1].UserID
	sim.Inject(simulator.Fault{Status: 500, Match: func(call simulator.Call) bool { return strings.Contains(call.EscapedPath, bob) }})
	if a := c.get(sessionsPath(seeded.IdentityStoreID, seeded.Users[0].UserID)); a.Status != 200 {
		t.Errorf("got %d %s", a.Status, a.Body)
	}
	if a := c.get(sessionsPath(seeded.IdentityStoreID, bob)); a.Status != 500 || a.Body != "" || a.Header.Get("X-Request-Id") == "" {
		t.Errorf("got %d %s", a.Status, a.Body)
	}
}

func TestFault_responses(t *testing.T) {
	sim, seeded, c := setUp(t)
	path := usersPath(seeded.IdentityStoreID)
	one := func(f simulator.Fault) reply {
		t.Helper()
		f.Times = 1
		sim.Inject(f)
		return c.get(path)
	}

	expect(t, one(simulator.Refuse(409, "IIC.1006", "try again")), 409, "IIC.1006", "try again")
	expect(t, one(simulator.Refuse(429, "APIGW.0308", "slow down")), 429, "APIGW.0308", "slow down")

	a := one(simulator.Fault{Status: 502, Body: "<html>Bad Gateway</html>", ContentType: "text/html"})
	if a.Status != 502 || a.Body != "<html>Bad Gateway</html>" || a.Header.Get("Content-Type") != "text/html" {
		t.Errorf("got %d %s", a.Status, a.Body)
	}
	a = one(simulator.Fault{Status: 503, Body: `{"code":"x"}`, Header: http.Header{"retry-after": {"3"}, "X-Request-Id": nil}})
	if a.Status != 503 || a.Header.Get("Content-Type") != "application/json" || a.Header.Get("Retry-After") != "3" || a.Header.Get("X-Request-Id") != "" {
		t.Errorf("got %d %s %v", a.Status, a.Body, a.Header)
	}
	a = one(simulator.Fault{Header: http.Header{"Date": {"Mon, 23 Nov 2026 12:00:00 GMT"}}})
	if a.Status != 200 || a.Header.Get("Date") != "Mon, 23 Nov 2026 12:00:00 GMT" {
		t.Errorf("got %d %v", a.Status, a.Header)
	}

	refused := one(simulator.Refuse(403, "IIC.1001", "a dependency"))
	expect(t, refused, 403, "IIC.1001", "a dependency")
	decoded := parse[map[string]string](t, c.post("/v5/decode-authorization-message", `{"encoded_message":"`+refused.Encoded+`"}`))
	if !strings.Contains(decoded["decoded_message"], `"action":"IdentityCenter:user:listSessions"`) {
		t.Errorf("got %v", decoded)
	}
}

func TestFault_statusOnly(t *testing.T) {
	sim, seeded, c := setUp(t)
	alice := seeded.Users[0]
	sim.Inject(simulator.Fault{Operation: simulator.BatchDeleteSessions, Times: 1, Status: 200})
	if a := c.batchDelete(seeded.IdentityStoreID, alice.UserID, alice.Sessions[0].SessionID); a.Status != 200 {
		t.Errorf("got %d %s", a.Status, a.Body)
	}
	if left := alive(sim, seeded.IdentityStoreID, alice.UserID); len(left) != 3 {
		t.Errorf("left are %v", left)
	}
}

func TestFault_drop(t *testing.T) {
	for name, test := range map[string]struct {
		fault simulator.Fault
		left  int
	}{
		"before": {simulator.Fault{DropBefore: true}, 3},
		"after":  {simulator.Fault{DropAfter: true}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			sim, seeded, c := setUp(t)
			alice := seeded.Users[0]
			sim.Inject(test.fault)
			_, err := c.try(c.sign(parts{
				method: http.MethodPost, path: sessionsPath(seeded.IdentityStoreID, alice.UserID) + "/batch-delete",
				body: `{"session_ids":["` + alice.Sessions[0].SessionID + `"]}`,
			}))
			if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
				t.Errorf("got %v", err)
			}
			if left := alive(sim, seeded.IdentityStoreID, alice.UserID); len(left) != test.left {
				t.Errorf("left are %v", left)
			}
			if call := last(t, sim); call.Status != 0 || !call.Faulted || len(call.SessionIDs) != 1 {
				t.Errorf("on record is %+v", call)
			}
		})
	}
}

// TestFault_dropTLS drops connections of a TLS server, which Start does not create.
func TestFault_dropTLS(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		sim := simulator.New()
		seeded := sim.Seed()
		server := httptest.NewUnstartedServer(sim)
		server.EnableHTTP2 = http2
		server.Config.ConnState = sim.ConnState
		server.StartTLS()
		t.Cleanup(server.Close)
		c := client{t: t, url: server.URL, http: server.Client(), key: seeded.Management}
		if a := c.get("/v1/instances"); a.Status != 200 {
			t.Fatalf("got %d %s", a.Status, a.Body)
		}
		if n := sim.Connections(); n != 1 {
			t.Errorf("%d connections", n)
		}
		sim.Inject(simulator.Fault{Times: 1, DropBefore: true})
		if a, err := c.try(c.sign(parts{method: http.MethodDelete, path: "/v1/instances"})); err == nil {
			t.Errorf("got %d %s", a.Status, a.Body)
		}
	}
}

func TestFault_hang(t *testing.T) {
	ends := map[string]func(*simulator.Simulator, *simulator.Server, context.CancelFunc){
		"the client leaves":    func(_ *simulator.Simulator, _ *simulator.Server, cancel context.CancelFunc) { cancel() },
		"the server is closed": func(_ *simulator.Simulator, server *simulator.Server, _ context.CancelFunc) { server.Close() },
		"the faults are cleared": func(sim *simulator.Simulator, _ *simulator.Server, _ context.CancelFunc) {
			sim.ClearFaults()
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			sim := simulator.New()
			seeded := sim.Seed()
			server := sim.Start()
			defer server.Close()
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			c := client{t: t, url: server.URL, http: &http.Client{Transport: transport}, key: seeded.Management}
			alice := seeded.Users[0]
			sim.Inject(simulator.Fault{Operation: simulator.BatchDeleteSessions, Hang: true})

			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			failed := make(chan error, 1)
			r := c.sign(parts{
				method: http.MethodPost, path: sessionsPath(seeded.IdentityStoreID, alice.UserID) + "/batch-delete",
				body: `{"session_ids":["` + alice.Sessions[0].SessionID + `"]}`,
			}).WithContext(ctx)
			go func() {
				_, err := c.try(r)
				failed <- err
			}()
			awaitOne(t, sim, simulator.BatchDeleteSessions)
			end(sim, server, cancel)
			if err := <-failed; err == nil {
				t.Error("the call was answered")
			}
			server.Close()
			if call := last(t, sim); call.Status != 0 {
				t.Errorf("on record is %+v", call)
			}
			if left := alive(sim, seeded.IdentityStoreID, alice.UserID); len(left) != 3 {
				t.Errorf("left are %v", left)
			}
		})
	}
}

func TestFault_delay(t *testing.T) {
	sim, seeded, c := setUp(t)
	sim.Inject(simulator.Fault{Times: 1, Delay: 30 * time.Millisecond}, simulator.Fault{Delay: time.Hour})
	begun := time.Now()
	if a := c.get(usersPath(seeded.IdentityStoreID)); a.Status != 200 || time.Since(begun) < 30*time.Millisecond {
		t.Errorf("got %d after %s", a.Status, time.Since(begun))
	}
	sim.ResetCalls()

	ctx, cancel := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() {
		if _, err := c.try(c.sign(parts{method: http.MethodGet, path: "/v1/instances"}).WithContext(ctx)); err == nil {
			t.Error("the call was answered")
		}
	})
	awaitOne(t, sim, simulator.ListInstances)
	cancel()
	wait.Wait()
}

func TestFault_cutBody(t *testing.T) {
	sim, seeded, c := setUp(t)
	alice := seeded.Users[0]
	sim.Inject(simulator.Fault{CutBody: true})
	a, err := c.try(c.sign(parts{method: http.MethodGet, path: sessionsPath(seeded.IdentityStoreID, alice.UserID)}))
	if !errors.Is(err, io.ErrUnexpectedEOF) || a.Status != 200 || !strings.HasPrefix(a.Body, `{"session_list":[{`) {
		t.Errorf("got %v after %d %q", err, a.Status, a.Body)
	}
	// The call is carried out, even if its response without a body is truncated.
	a, err = c.try(c.sign(parts{
		method: http.MethodPost, path: sessionsPath(seeded.IdentityStoreID, alice.UserID) + "/batch-delete",
		body: `{"session_ids":["` + alice.Sessions[0].SessionID + `"]}`,
	}))
	if !errors.Is(err, io.ErrUnexpectedEOF) || a.Status != 200 || a.Body != "" {
		t.Errorf("got %v after %d %q", err, a.Status, a.Body)
	}
	if left := alive(sim, seeded.IdentityStoreID, alice.UserID); len(left) != 2 {
		t.Errorf("left are %v", left)
	}
}

func TestFault_hugeBody(t *testing.T) {
	sim, seeded, c := setUp(t)
	sim.Inject(simulator.Fault{Times: 1, HugeBody: 1<<20 + 3}, simulator.Fault{Status: 500, HugeBody: 1 << 50})
	a := c.get(usersPath(seeded.IdentityStoreID))
	if a.Status != 200 || len(a.Body) != 1<<20+3 || a.Header.Get("Content-Length") != "" {
		t.Errorf("got %d with %d bytes", a.Status, len(a.Body))
	}

	// The client may disconnect before the end of the body.
	resp, err := c.http.Do(c.sign(parts{method: http.MethodGet, path: usersPath(seeded.IdentityStoreID)}))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.CopyN(io.Discard, resp.Body, 1<<20); resp.StatusCode != http.StatusInternalServerError || n != 1<<20 {
		t.Errorf("got %d with %d bytes: %v", resp.StatusCode, n, err)
	}
	_ = resp.Body.Close()
}

func TestAwait(t *testing.T) {
	sim, _, c := setUp(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	gaveUp := errors.New("gave up")
	cancel(gaveUp)
	if err := sim.Await(ctx, simulator.ListInstances, 1); !errors.Is(err, gaveUp) {
		t.Errorf("got %v", err)
	}
	for range 3 {
		c.get("/v1/instances")
	}
	for _, operation := range []string{simulator.ListInstances, ""} {
		if err := sim.Await(ctx, operation, 3); err != nil {
			t.Errorf("got %v", err)
		}
	}
}

// TestFault_concurrency lets the race detector check concurrent faults, calls and changes.
func TestFault_concurrency(t *testing.T) {
	sim, seeded, c := setUp(t)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 20 {
				c.get(usersPath(seeded.IdentityStoreID))
				c.batchDelete(seeded.IdentityStoreID, seeded.Users[0].UserID, "x")
			}
		})
	}
	for range 50 {
		sim.Inject(simulator.Fault{Times: 1, Status: 500})
		sim.Configure(func(o *simulator.Options) { o.Gone = 404 })
		id := sim.AddUser(seeded.IdentityStoreID, simulator.User{})
		sim.AddSession(seeded.IdentityStoreID, id, simulator.Session{})
		sim.Calls()
		sim.Sessions(seeded.IdentityStoreID, id)
		sim.RemoveUser(seeded.IdentityStoreID, id)
		sim.RegisterMessage("x")
		sim.Connections()
		sim.ClearFaults()
	}
	wait.Wait()
	if n := len(sim.Calls()); n != 160 {
		t.Errorf("%d calls on record", n)
	}
}

func TestServer(t *testing.T) {
	sim := simulator.New()
	seeded := sim.Seed()
	server := sim.Start()
	c := client{t: t, url: server.URL, http: &http.Client{Transport: &http.Transport{}}, key: seeded.Management}
	for range 3 {
		c.get("/v1/instances")
	}
	if n := sim.Connections(); n != 1 {
		t.Errorf("%d connections", n)
	}
	c.http.CloseIdleConnections()
	c.get("/v1/instances")
	if n := sim.Connections(); n != 2 {
		t.Errorf("%d connections", n)
	}
	server.Close()
	server.Close()
	if _, err := c.try(c.sign(parts{method: http.MethodGet, path: "/v1/instances"})); err == nil {
		t.Error("a closed server answers")
	}
	if _, err := (&tls.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(server.URL, "http://")); err == nil {
		t.Error("a closed server listens")
	}
}

// A call that never arrived completely must not be recorded.
func TestServer_clientDisconnects(t *testing.T) {
	sim, _, c := setUp(t)
	r := c.sign(parts{method: http.MethodPost, path: "/v5/agencies/assume", body: "{}"})
	r.Body, r.ContentLength = io.NopCloser(io.MultiReader(strings.NewReader("{"), broken{})), 100
	if a, err := c.try(r); err == nil {
		t.Errorf("got %d %s", a.Status, a.Body)
	}
	if calls := sim.Calls(); len(calls) != 0 {
		t.Errorf("on record are %+v", calls)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("broken") }
