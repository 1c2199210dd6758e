// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

func TestStrictRequests(t *testing.T) {
	_, seeded, c := setUp(t)
	store, alice := seeded.IdentityStoreID, seeded.Users[0]
	remove, long := sessionsPath(store, alice.UserID)+"/batch-delete", strings.Repeat("é", 65)
	get := func(path string, query ...string) func() reply {
		return func() reply { return c.get(path, query...) }
	}
	post := func(path, body string) func() reply {
		return func() reply { return c.post(path, body) }
	}
	typed := func(contentType string) func() reply {
		return func() reply {
			r := c.sign(parts{method: http.MethodPost, path: remove, body: `{"session_ids":["x"]}`})
			r.Header.Del("Content-Type")
			if contentType != "" {
				r.Header.Set("Content-Type", contentType)
			}
			return c.send(r)
		}
	}

	tests := map[string]struct {
		call    func() reply
		status  int
		code    string
		message string
	}{
		"unknown path":         {get("/v1/nothing"), 404, "APIGW.0101", "does not exist"},
		"slash at the end":     {get("/v1/instances/"), 404, "APIGW.0101", "does not exist"},
		"no path":              {get("/"), 404, "APIGW.0101", "does not exist"},
		"wrong method":         {post("/v1/instances", "{}"), 404, "APIGW.0101", "does not exist"},
		"wrong method, GET":    {get(remove), 404, "APIGW.0101", "does not exist"},
		"unknown store":        {get(usersPath("d-none")), 404, "IIC.404", "d-none"},
		"user of no store":     {get(userPath("d-none", "x")), 404, "IIC.404", "d-none"},
		"unknown user":         {get(userPath(store, "x")), 404, "IIC.1002", "x"},
		"sessions of nobody":   {get(sessionsPath(store, "x")), 404, "IIC.1002", "x"},
		"deleting of nobody":   {post(sessionsPath(store, "x")+"/batch-delete", `{"session_ids":["x"]}`), 404, "IIC.1002", "x"},
		"user ID too long":     {get(sessionsPath(store, long)), 400, "IIC.400", "65 characters"},
		"user ID empty":        {get(sessionsPath(store, "")), 400, "IIC.400", "0 characters"},
		"store ID too long":    {get(usersPath(long)), 400, "IIC.400", "65 characters"},
		"store ID empty":       {get(usersPath("")), 400, "IIC.400", "0 characters"},
		"longest user ID":      {get(sessionsPath(store, long[2:])), 404, "IIC.1002", ""},
		"unknown argument":     {get(sessionsPath(store, alice.UserID), "limit", "1"), 400, "IIC.400", `"limit"`},
		"argument twice":       {get(usersPath(store), "limit", "1", "limit", "1"), 400, "IIC.400", "2 times"},
		"limit 0":              {get(usersPath(store), "limit", "0"), 400, "IIC.400", "1 to 100"},
		"limit 101":            {get(usersPath(store), "limit", "101"), 400, "IIC.400", "1 to 100"},
		"limit not a number":   {get(usersPath(store), "limit", "ten"), 400, "IIC.400", "1 to 100"},
		"marker unknown":       {get(usersPath(store), "marker", "x"), 400, "IIC.400", "marker"},
		"marker empty":         {get(usersPath(store), "marker", ""), 400, "IIC.400", "marker"},
		"user name empty":      {get(usersPath(store), "user_name", ""), 400, "IIC.400", "user_name"},
		"no body":              {post(remove, ""), 400, "IIC.400", "not as documented"},
		"body not JSON":        {post(remove, "session_ids=x"), 400, "IIC.400", "not as documented"},
		"body not UTF-8":       {post(remove, "{\"session_ids\":[\"\xff\"]}"), 400, "IIC.400", "UTF-8"},
		"body an array":        {post(remove, `["x"]`), 400, "IIC.400", "not as documented"},
		"body null":            {post(remove, "null"), 400, "IIC.400", "mandatory"},
		"body a string":        {post(remove, `"x"`), 400, "IIC.400", "not as documented"},
		"body goes on":         {post(remove, `{"session_ids":["x"]} {}`), 400, "IIC.400", "goes on"},
		"body truncated":       {post(remove, `{"session_ids":["x"`), 400, "IIC.400", "not as documented"},
		"field unknown":        {post(remove, `{"session_ids":["x"],"force":true}`), 400, "IIC.400", `"force"`},
		"field in other case":  {post(remove, `{"Session_IDs":["x"]}`), 400, "IIC.400", `"Session_IDs"`},
		"field twice":          {post(remove, `{"session_ids":["x"],"session_ids":["y"]}`), 400, "IIC.400", "twice"},
		"session_ids missing":  {post(remove, `{}`), 400, "IIC.400", "mandatory"},
		"session_ids null":     {post(remove, `{"session_ids":null}`), 400, "IIC.400", "mandatory"},
		"session_ids empty":    {post(remove, `{"session_ids":[]}`), 400, "IIC.400", "mandatory"},
		"session_ids a string": {post(remove, `{"session_ids":"x"}`), 400, "IIC.400", "not as documented"},
		"session_ids numbers":  {post(remove, `{"session_ids":[1]}`), 400, "IIC.400", "not as documented"},
		"session_ids of null":  {post(remove, `{"session_ids":["x",null]}`), 400, "IIC.400", "mandatory"},
		"no Content-Type":      {typed(""), 400, "IIC.400", "Content-Type"},
		"a form":               {typed("application/x-www-form-urlencoded"), 400, "IIC.400", "Content-Type"},
		"another charset":      {typed("application/json;charset=latin1"), 400, "IIC.400", "Content-Type"},
		"charset of IAM":       {typed("application/json;charset=UTF-8"), 404, "IIC.404", "session"},
		"GET with a body": {
			func() reply {
				return c.send(c.sign(parts{method: http.MethodGet, path: usersPath(store), body: "{}"}))
			}, 400, "IIC.400", "no body",
		},
		"query malformed": {
			func() reply {
				r := c.sign(parts{method: http.MethodGet, path: usersPath(store)})
				r.URL.RawQuery = "limit=%zz"
				return c.send(r)
			}, 400, "IIC.400", "malformed",
		},
		"body over 12 MB": {post(remove, `{"session_ids":["`+strings.Repeat("x", 12<<20)+`"]}`), 400, "IIC.400", "12 MB"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { expect(t, test.call(), test.status, test.code, test.message) })
	}

	almost := `{"session_ids":["x"]}` + strings.Repeat(" ", 12<<20-len(`{"session_ids":["x"]}`))
	expect(t, c.post(remove, almost), 404, "IIC.404", "")
}

func TestCalls_copy(t *testing.T) {
	sim, seeded, c := setUp(t)
	body := []byte(`{"session_ids":["x"]}`)
	c.post(sessionsPath(seeded.IdentityStoreID, seeded.Users[0].UserID)+"/batch-delete", string(body))
	c.get("/v1/instances")
	if calls := sim.CallsOf(simulator.BatchDeleteSessions); len(calls) != 1 || !bytes.Equal(calls[0].Body, body) {
		t.Errorf("on record is %+v", calls)
	}
	if calls := sim.Calls(); len(calls) != 2 || calls[1].Operation != simulator.ListInstances || calls[1].Body != nil {
		t.Errorf("on record are %+v", calls)
	}
	sim.ResetCalls()
	if calls := sim.Calls(); len(calls) != 0 {
		t.Errorf("on record are %+v", calls)
	}
}

func TestBefore(t *testing.T) {
	sim, seeded, c := setUp(t)
	store, alice := seeded.IdentityStoreID, seeded.Users[0].UserID
	ran := 0
	remove := sim.Before(simulator.DisableUser, func() {
		ran++
		sim.AddSession(store, alice, simulator.Session{SessionID: fmt.Sprintf("login-%d", ran)})
	})
	other := sim.Before(simulator.DisableUser, func() { ran += 10 })
	c.get(sessionsPath(store, alice))
	sim.Inject(simulator.Fault{Operation: simulator.DisableUser, Times: 1, Status: 500})
	c.switchUser(store, alice, "disable")
	if ran != 0 {
		t.Errorf("ran %d times for calls that were not done", ran)
	}
	c.switchUser(store, alice, "disable")
	if left := alive(sim, store, alice); ran != 11 || !slices.Contains(left, "login-1") {
		t.Errorf("ran %d times, left are %v", ran, left)
	}
	remove()
	c.switchUser(store, alice, "disable")
	other()
	c.switchUser(store, alice, "disable")
	if ran != 21 {
		t.Errorf("ran %d times", ran)
	}
}

// Calls, hooks, options and helpers run concurrently, for the race detector.
func TestSimulator_concurrentUse(t *testing.T) {
	sim, seeded, c := setUp(t, func(o *simulator.Options) { o.NoPolicy = 200 })
	store, bob, set := seeded.IdentityStoreID, seeded.Users[1].UserID, seeded.PermissionSets[0].PermissionSetID
	sim.Before(simulator.ListSessions, func() { sim.AddSession(store, bob, simulator.Session{}) })
	calls := actions(seeded)
	var running sync.WaitGroup
	for i := range 4 {
		running.Go(func() {
			for j := range calls {
				calls[(i+j)%len(calls)].call(c)
			}
		})
	}
	running.Go(func() {
		for i := range 50 {
			sim.SetEnabled(store, bob, i%2 == 0)
			sim.SetCustomPolicy(seeded.InstanceID, set, aPolicy)
			sim.AddMember(store, sim.AddGroup(store, simulator.Group{}), bob)
			sim.Configure(func(o *simulator.Options) { o.StaleReads = i % 3 })
			sim.Provision(seeded.InstanceID, set)
			_, _ = sim.Calls(), sim.Sessions(store, bob)
		}
	})
	running.Wait()
	if n := len(sim.Calls()); n != 4*len(calls) {
		t.Errorf("%d calls on record", n)
	}
}
