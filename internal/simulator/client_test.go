// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/signer"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/request"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// setUp starts a simulator with the demonstration data and a client that signs
// with the management account's key.
func setUp(t *testing.T, configure ...func(*simulator.Options)) (*simulator.Simulator, simulator.Seeded, client) {
	t.Helper()
	sim := simulator.New(configure...)
	seeded := sim.Seed()
	return sim, seeded, connect(t, sim, seeded.Management)
}

// connect starts a server and returns a client with a key.
func connect(t *testing.T, sim *simulator.Simulator, key simulator.Key) client {
	t.Helper()
	server := sim.Start()
	t.Cleanup(server.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return client{t: t, url: server.URL, http: &http.Client{Transport: transport}, key: key}
}

// client signs with Huawei Cloud's signer.
type client struct {
	t    *testing.T
	url  string
	http *http.Client
	key  simulator.Key
	// date is the date of the signature; zero is the current time.
	date time.Time
}

// as returns a client that signs with another key.
func (c client) as(key simulator.Key) client {
	c.key = key
	return c
}

// parts is a request before it is signed.
type parts struct {
	method string
	// path is unescaped.
	path   string
	query  map[string][]string
	header map[string]string
	body   string
}

// sign builds and signs a request with Huawei Cloud's SDK.
func (c client) sign(p parts) *http.Request {
	c.t.Helper()
	b := request.NewHttpRequestBuilder().WithEndpoint(c.url).WithMethod(p.method).WithPath(p.path).
		AddHeaderParam("Content-Type", "application/json").AddHeaderParam("User-Agent", "simulator-test")
	for name, values := range p.query {
		b.AddQueryParam(name, reflect.ValueOf(values))
	}
	for name, value := range p.header {
		b.AddHeaderParam(name, value)
	}
	if c.key.SecurityToken != "" {
		b.AddHeaderParam("X-Security-Token", c.key.SecurityToken)
	}
	if !c.date.IsZero() {
		b.AddHeaderParam("X-Sdk-Date", c.date.UTC().Format(signer.BasicDateFormat))
	}
	if p.body != "" {
		b.WithBody("", p.body)
	}
	built := b.Build()
	added, err := signer.Sign(built, c.key.AccessKey, c.key.SecretKey)
	if err != nil {
		c.t.Fatal(err)
	}
	for name, value := range added {
		built.AddHeaderParam(name, value)
	}
	r, err := built.ConvertRequest()
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

// reply is a response.
type reply struct {
	Status int
	Header http.Header
	Body   string
	// The fields of an error.
	Code      string `json:"error_code"`
	Message   string `json:"error_msg"`
	RequestID string `json:"request_id"`
	Encoded   string `json:"encoded_authorization_message"`
}

// try sends a request and returns the response or an error.
func (c client) try(r *http.Request) (reply, error) {
	resp, err := c.http.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	a := reply{Status: resp.StatusCode, Header: resp.Header, Body: string(body)}
	if err != nil {
		return a, err
	}
	if a.Status >= 400 && strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") {
		_ = json.Unmarshal(body, &a)
	}
	return a, nil
}

// send sends a request and returns the response.
func (c client) send(r *http.Request) reply {
	c.t.Helper()
	a, err := c.try(r)
	if err != nil {
		c.t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	return a
}

// get and post send a signed request.
func (c client) get(path string, query ...string) reply {
	c.t.Helper()
	p := parts{method: http.MethodGet, path: path, query: map[string][]string{}}
	for i := 0; i < len(query); i += 2 {
		p.query[query[i]] = append(p.query[query[i]], query[i+1])
	}
	return c.send(c.sign(p))
}

func (c client) post(path, body string) reply {
	c.t.Helper()
	return c.send(c.sign(parts{method: http.MethodPost, path: path, body: body}))
}

// batchDelete ends sessions.
func (c client) batchDelete(storeID, userID string, ids ...string) reply {
	c.t.Helper()
	body, _ := json.Marshal(map[string]any{"session_ids": ids})
	return c.post(sessionsPath(storeID, userID)+"/batch-delete", string(body))
}

func usersPath(storeID string) string            { return "/v1/identity-stores/" + storeID + "/users" }
func userPath(storeID, userID string) string     { return usersPath(storeID) + "/" + userID }
func sessionsPath(storeID, userID string) string { return userPath(storeID, userID) + "/sessions" }

// parse reads the body of a success.
func parse[T any](t *testing.T, a reply) T {
	t.Helper()
	var v T
	if a.Status >= 300 {
		t.Fatalf("status %d: %s", a.Status, a.Body)
	}
	if err := json.Unmarshal([]byte(a.Body), &v); err != nil {
		t.Fatalf("%v: %s", err, a.Body)
	}
	return v
}

// expect checks the status, the code and a part of the message of an error, and the fields that all
// errors have.
func expect(t *testing.T, a reply, status int, code, message string) {
	t.Helper()
	if a.Status != status || a.Code != code || !strings.Contains(a.Message, message) {
		t.Fatalf("got %d %s, want %d %s %q", a.Status, a.Body, status, code, message)
	}
	if a.RequestID == "" || a.RequestID != a.Header.Get("X-Request-Id") {
		t.Errorf("request ID %q in the body, %q in the header", a.RequestID, a.Header.Get("X-Request-Id"))
	}
	if (a.Status == http.StatusForbidden) != (a.Encoded != "") {
		t.Errorf("status %d with encoded message %q", a.Status, a.Encoded)
	}
}

// clock is a time that a test advances.
type clock struct{ now time.Time }

func (c *clock) option(o *simulator.Options) { o.Clock = func() time.Time { return c.now } }

// last returns the latest recorded call.
func last(t *testing.T, sim *simulator.Simulator) simulator.Call {
	t.Helper()
	calls := sim.Calls()
	if len(calls) == 0 {
		t.Fatal("no call on record")
	}
	return calls[len(calls)-1]
}

// alive returns the IDs of a user's sessions.
func alive(sim *simulator.Simulator, storeID, userID string) []string {
	var ids []string
	for _, session := range sim.Sessions(storeID, userID) {
		ids = append(ids, session.SessionID)
	}
	return ids
}

// setPath returns the path of a seeded permission set.
func setPath(seeded simulator.Seeded, i int) string {
	return "/v1/instances/" + seeded.InstanceID + "/permission-sets/" + seeded.PermissionSets[i].PermissionSetID
}

// readAll reads a list to its end. It returns one field of each entry, and the number of pages.
func readAll[T any](t *testing.T, c client, list string, value func(T) string, path string, query ...string) (values []string, pages int) {
	t.Helper()
	for marker := []string(nil); ; {
		body := parse[map[string]json.RawMessage](t, c.get(path, append(marker, query...)...))
		var entries []T
		var info struct {
			NextMarker   *string `json:"next_marker"`
			CurrentCount int     `json:"current_count"`
		}
		if err := errors.Join(json.Unmarshal(body[list], &entries), json.Unmarshal(body["page_info"], &info)); err != nil {
			t.Fatal(err)
		}
		if len(body) != 2 || entries == nil || info.CurrentCount != len(entries) {
			t.Fatalf("%s is null or miscounted: %s", list, body)
		}
		for _, entry := range entries {
			values = append(values, value(entry))
		}
		pages++
		if info.NextMarker == nil {
			return values, pages
		}
		if len(*info.NextMarker) != 24 {
			t.Errorf("a marker has %d characters instead of 24", len(*info.NextMarker))
		}
		marker = []string{"marker", *info.NextMarker}
	}
}
