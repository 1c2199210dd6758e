// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator_test

import (
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// alphabet has the characters that are escaped differently in paths, queries and headers.
var alphabet = []string{
	"a", "B", "7", "-", "_", ".", "~", "%", "%2F", "%20", "+", "?", "#", " ", "&", "=", "@", ":", ";", ",", "'", `"`, "\\",
	"<", ">", "|", "^", "`", "{", "}", "[", "]", "(", ")", "*", "!", "$", "é", "ß", "日本", "🔑", "\u00a0",
}

// generator generates the same requests in every run.
type generator struct{ *rand.Rand }

func (g generator) text(shortest, longest int, without string) string {
	var text strings.Builder
	for n := shortest + g.IntN(longest-shortest+1); n > 0; {
		if piece := alphabet[g.IntN(len(alphabet))]; !strings.ContainsAny(piece, without) || without == "" {
			text.WriteString(piece)
			n--
		}
	}
	return text.String()
}

// parts generates a call of an operation with IDs in the path, which may contain unusual
// characters.
func (g generator) parts() parts {
	p := parts{query: map[string][]string{}, header: map[string]string{}}
	storeID, userID := g.text(1, 12, "/"), g.text(0, 12, "/")
	switch g.IntN(3) {
	case 0:
		p.method, p.path = http.MethodGet, sessionsPath(storeID, userID)
	case 1:
		p.method, p.path = http.MethodGet, usersPath(storeID)
	default:
		p.method, p.path = http.MethodPost, sessionsPath(storeID, userID)+"/batch-delete"
		if g.IntN(4) > 0 {
			p.body = g.text(1, 60, "")
		}
	}
	for range g.IntN(4) {
		// The SDK loses an empty name.
		name := g.text(1, 5, "")
		for range 1 + g.IntN(3) {
			p.query[name] = append(p.query[name], g.text(0, 6, ""))
		}
	}
	for range g.IntN(3) {
		p.header[fmt.Sprintf("X-Test-%c", 'A'+g.IntN(26))] = g.text(0, 8, "")
	}
	return p
}

// Requests signed by Huawei Cloud's signer are accepted, and refused after any change.
func TestSignature_SDK(t *testing.T) {
	permanent := simulator.Key{AccessKey: "PERMANENT", SecretKey: "secret of the permanent key", AccountID: "account"}
	other := simulator.Key{AccessKey: "OTHER", SecretKey: "secret of another key", AccountID: "account"}
	temporary := simulator.Key{AccessKey: "TEMPORARY", SecretKey: "secret+of/the=temporary key", SecurityToken: strings.Repeat("token+/=", 400), AccountID: "account"}
	sim := simulator.New()
	for _, key := range []simulator.Key{permanent, other, temporary} {
		sim.AddKey(key)
	}
	c := connect(t, sim, permanent)

	changes := map[string]func(*http.Request, generator){
		"path": func(r *http.Request, _ generator) {
			r.URL.Path = strings.Replace(r.URL.Path, "/v1/identity-stores/", "/v1/identity-stores/x", 1)
		},
		"query added":   func(r *http.Request, _ generator) { r.URL.RawQuery = strings.TrimPrefix(r.URL.RawQuery+"&zz=1", "&") },
		"signed header": func(r *http.Request, _ generator) { r.Header.Set("User-Agent", "somebody-else") },
		"header removed": func(r *http.Request, _ generator) {
			r.Header["User-Agent"] = nil
		},
		"date": func(r *http.Request, _ generator) {
			r.Header.Set("X-Sdk-Date", time.Now().UTC().Add(time.Minute).Format("20060102T150405Z"))
		},
		"body": func(r *http.Request, _ generator) {
			body := ""
			if r.Body != nil {
				sent, _ := io.ReadAll(r.Body)
				body = string(sent)
			}
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body+" ")), int64(len(body)+1)
		},
		"signature": func(r *http.Request, g generator) {
			header := []byte(r.Header.Get("Authorization"))
			at := len(header) - 1 - g.IntN(64)
			header[at] = "123456789abcdef0"[strings.IndexByte("0123456789abcdef", header[at])]
			r.Header.Set("Authorization", string(header))
		},
		"access key": func(r *http.Request, _ generator) {
			r.Header.Set("Authorization", strings.NewReplacer("Access=PERMANENT", "Access=OTHER", "Access=TEMPORARY", "Access=OTHER").Replace(r.Header.Get("Authorization")))
		},
		"signed headers": func(r *http.Request, _ generator) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), ";x-sdk-date", ";x-sdk-date;x-zz", 1))
			r.Header.Set("X-Zz", "")
		},
		"date not signed": func(r *http.Request, _ generator) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), ";x-sdk-date", "", 1))
		},
		"date twice": func(r *http.Request, _ generator) { r.Header.Add("X-Sdk-Date", r.Header.Get("X-Sdk-Date")) },
	}
	names := slices.Sorted(maps.Keys(changes))

	g := generator{rand.New(rand.NewPCG(1, 2))}
	for i := range 10 * len(names) {
		key := []simulator.Key{permanent, temporary}[i%2]
		sim.ResetCalls()
		sim.AddKey(key) // This also ends a lock.
		p := g.parts()
		a := c.as(key).send(c.as(key).sign(p))
		if call := last(t, sim); !call.Verified || call.AccessKey != key.AccessKey || a.Status == http.StatusUnauthorized {
			t.Fatalf("the SDK's signature was refused with %d %s: %+v", a.Status, a.Message, p)
		}

		name := names[i%len(names)]
		changed := c.as(key).sign(p)
		changes[name](changed, g)
		c.send(changed)
		if call := last(t, sim); call.Verified {
			t.Fatalf("a changed %s was not noticed: %+v", name, p)
		}

		method := p
		method.method = http.MethodPut
		changed = c.as(key).sign(method)
		changed.Method = p.method
		c.send(changed)
		if call := last(t, sim); call.Verified {
			t.Fatalf("a changed method was not noticed: %+v", p)
		}

		forged := key
		forged.SecretKey += "x"
		c.send(c.as(forged).sign(p))
		if call := last(t, sim); call.Verified {
			t.Fatalf("a wrong secret key was not noticed: %+v", p)
		}
		if key.SecurityToken != "" {
			forged = key
			forged.SecurityToken += "x"
			c.send(c.as(forged).sign(p))
			if call := last(t, sim); call.Verified {
				t.Fatalf("a wrong security token was not noticed: %+v", p)
			}
			changed := c.as(key).sign(p)
			changed.Header.Set("X-Security-Token", key.SecurityToken+"x")
			c.send(changed)
			if call := last(t, sim); call.Verified {
				t.Fatalf("a changed security token was not noticed: %+v", p)
			}
		}
	}
}

// The signature of a path does not depend on its escaping.
func TestSignature_escapedPath(t *testing.T) {
	sim, seeded, c := setUp(t)
	for _, escaped := range []string{"a%40b:c", "a@b%3Ac", "%61%40%62%3a%63"} {
		r := c.sign(parts{method: http.MethodGet, path: sessionsPath(seeded.IdentityStoreID, "a@b:c")})
		r.URL.RawPath = sessionsPath(seeded.IdentityStoreID, escaped)
		c.send(r)
		if call := last(t, sim); !call.Verified || !strings.HasSuffix(call.EscapedPath, escaped+"/sessions") {
			t.Errorf("%s: verified %v, path %s", escaped, call.Verified, call.EscapedPath)
		}
	}
}

func TestSignature_rules(t *testing.T) {
	moment := &clock{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	temporary := simulator.Key{
		AccessKey: "TEMPORARY", SecretKey: "secret", SecurityToken: "token", AccountID: "account", Expires: moment.now.Add(time.Hour),
	}
	tests := map[string]struct {
		key     func(simulator.Key) simulator.Key
		date    time.Time
		change  func(*http.Request)
		code    string
		message string
	}{
		"right":                       {},
		"right at the window's edge":  {date: moment.now.Add(15 * time.Minute)},
		"too late":                    {date: moment.now.Add(-15*time.Minute - time.Second), code: "APIGW.0303", message: "15 minutes"},
		"too early":                   {date: moment.now.Add(15*time.Minute + time.Second), code: "APIGW.0303", message: "15 minutes"},
		"no Authorization":            {change: func(r *http.Request) { r.Header.Del("Authorization") }, code: "APIGW.0301", message: "one Authorization"},
		"two Authorizations":          {change: func(r *http.Request) { r.Header.Add("Authorization", "x") }, code: "APIGW.0301", message: "one Authorization"},
		"another algorithm":           {change: func(r *http.Request) { replace(r, "SDK-HMAC-SHA256", "SDK-HMAC-SM3") }, code: "APIGW.0301", message: "malformed"},
		"signature in capitals":       {change: func(r *http.Request) { r.Header.Set("Authorization", strings.ToUpper(r.Header.Get("Authorization"))) }, code: "APIGW.0301", message: "malformed"},
		"signed headers not sorted":   {change: func(r *http.Request) { replace(r, "user-agent;x-sdk-date", "x-sdk-date;user-agent") }, code: "APIGW.0301", message: "sorted"},
		"signed headers repeated":     {change: func(r *http.Request) { replace(r, "x-sdk-date", "x-sdk-date;x-sdk-date") }, code: "APIGW.0301", message: "sorted"},
		"no date":                     {change: func(r *http.Request) { r.Header.Del("X-Sdk-Date") }, code: "APIGW.0301", message: "X-Sdk-Date"},
		"date in another form":        {change: func(r *http.Request) { r.Header.Set("X-Sdk-Date", "2026-11-23T12:00:00Z") }, code: "APIGW.0301", message: "malformed"},
		"signed header missing":       {change: func(r *http.Request) { replace(r, "user-agent;", "accept;user-agent;"); r.Header.Del("Accept") }, code: "APIGW.0301", message: "accept is missing"},
		"unknown access key":          {key: func(k simulator.Key) simulator.Key { k.AccessKey = "NOBODY"; return k }, code: "APIGW.0301", message: "NOBODY does not exist"},
		"wrong secret":                {key: func(k simulator.Key) simulator.Key { k.SecretKey = "wrong"; return k }, code: "APIGW.0301", message: "verify aksk signature fail"},
		"token on a permanent key":    {key: func(k simulator.Key) simulator.Key { k.SecurityToken = "token"; return k }, code: "APIGW.0301", message: "not that of the access key"},
		"temporary":                   {key: func(simulator.Key) simulator.Key { return temporary }},
		"temporary without its token": {key: func(simulator.Key) simulator.Key { k := temporary; k.SecurityToken = ""; return k }, code: "APIGW.0301", message: "needs one X-Security-Token"},
		"temporary, token not signed": {
			key:    func(simulator.Key) simulator.Key { k := temporary; k.SecurityToken = ""; return k },
			change: func(r *http.Request) { r.Header.Set("X-Security-Token", "token") },
			code:   "APIGW.0301", message: "must be signed",
		},
		"temporary, wrong token": {key: func(simulator.Key) simulator.Key { k := temporary; k.SecurityToken = "wrong"; return k }, code: "APIGW.0301", message: "not that of the access key"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			sim, seeded, c := setUp(t, moment.option)
			sim.AddKey(temporary)
			if test.key != nil {
				c.key = test.key(c.key)
			}
			if c.date = moment.now; !test.date.IsZero() {
				c.date = test.date
			}
			r := c.sign(parts{method: http.MethodGet, path: usersPath(seeded.IdentityStoreID)})
			if test.change != nil {
				test.change(r)
			}
			a := c.send(r)
			if test.code == "" {
				if a.Status != http.StatusOK {
					t.Errorf("got %d %s", a.Status, a.Body)
				}
				return
			}
			expect(t, a, http.StatusUnauthorized, test.code, test.message)
			if a.Header.Get("Date") != "Mon, 23 Nov 2026 12:00:00 GMT" {
				t.Errorf("Date is %s, not that of the clock", a.Header.Get("Date"))
			}
		})
	}
}

// replace changes the Authorization header.
func replace(r *http.Request, before, after string) {
	r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), before, after, 1))
}

// The Host header may be signed. The SDK does so only on request.
func TestSignature_host(t *testing.T) {
	sim, seeded, c := setUp(t)
	p := parts{method: http.MethodGet, path: usersPath(seeded.IdentityStoreID), header: map[string]string{"Host": strings.TrimPrefix(c.url, "http://")}}
	if a := c.send(c.sign(p)); a.Status != http.StatusOK {
		t.Fatalf("got %d %s", a.Status, a.Body)
	}
	p.header["Host"] = "elsewhere.example.com"
	c.send(c.sign(p))
	if last(t, sim).Verified {
		t.Error("another host was not noticed")
	}
}

func TestSignature_expiredKey(t *testing.T) {
	moment := &clock{now: time.Now()}
	sim, seeded, c := setUp(t, moment.option)
	c.key = simulator.Key{AccessKey: "T", SecretKey: "S", SecurityToken: "K", Expires: moment.now.Add(time.Minute)}
	sim.AddKey(c.key)
	if a := c.get(usersPath(seeded.IdentityStoreID)); a.Status != http.StatusOK {
		t.Fatalf("got %d %s", a.Status, a.Body)
	}
	moment.now = c.key.Expires
	expect(t, c.get(usersPath(seeded.IdentityStoreID)), http.StatusUnauthorized, "APIGW.0301", "expired")

	sim.RemoveKey("T")
	expect(t, c.get(usersPath(seeded.IdentityStoreID)), http.StatusUnauthorized, "APIGW.0301", "does not exist")
}

func TestLock(t *testing.T) {
	moment := &clock{now: time.Now()}
	sim, seeded, c := setUp(t, moment.option)
	c.date = moment.now
	wrong := c
	wrong.key.SecretKey = "wrong"
	path := usersPath(seeded.IdentityStoreID)
	fail := func(times int) {
		t.Helper()
		for range times {
			expect(t, wrong.get(path), http.StatusUnauthorized, "APIGW.0301", "verify aksk signature fail")
		}
	}

	// A success resets the count. A wrong clock does not count.
	fail(4)
	if a := c.get(path); a.Status != http.StatusOK {
		t.Fatalf("got %d %s", a.Status, a.Body)
	}
	late := c
	late.date = moment.now.Add(-time.Hour)
	expect(t, late.get(path), http.StatusUnauthorized, "APIGW.0303", "")
	fail(4)
	expect(t, late.get(path), http.StatusUnauthorized, "APIGW.0303", "")
	fail(1)

	// The right signature is now refused too, and further calls change nothing.
	for range 3 {
		expect(t, c.get(path), http.StatusUnauthorized, "APIGW.0301", "locked for 5 minutes")
	}
	if !last(t, sim).Verified {
		t.Error("the record does not tell a locked key from a wrong signature")
	}
	moment.now = moment.now.Add(5*time.Minute - time.Second)
	c.date = moment.now
	expect(t, c.get(path), http.StatusUnauthorized, "APIGW.0301", "locked for 5 minutes")
	moment.now = moment.now.Add(time.Second)
	if a := c.get(path); a.Status != http.StatusOK {
		t.Fatalf("after 5 minutes: %d %s", a.Status, a.Body)
	}
	expect(t, c.as(seeded.Member).get(path), http.StatusForbidden, "IIC.1000", "")
}

func TestSignature_unsignedBody(t *testing.T) {
	// The SDK does not sign a body that is not JSON. The reference requires the signature.
	sim, seeded, c := setUp(t)
	p := parts{
		method: http.MethodPost, path: sessionsPath(seeded.IdentityStoreID, seeded.Users[0].UserID) + "/batch-delete",
		header: map[string]string{"Content-Type": "text/plain"}, body: `{"session_ids":["x"]}`,
	}
	expect(t, c.send(c.sign(p)), http.StatusUnauthorized, "APIGW.0301", "verify aksk signature fail")
	if last(t, sim).Verified {
		t.Error("an unsigned payload was taken for signed")
	}
}

func TestSignature_sortedQuery(t *testing.T) {
	sim, seeded, c := setUp(t)
	r := c.sign(parts{method: http.MethodGet, path: usersPath(seeded.IdentityStoreID), query: map[string][]string{
		"b": {"2", "10", ""}, "a": {" "}, "é": {"x"}, "Z": {"y&=+"},
	}})
	// Neither the order in the URL nor the escaping of a space matters.
	r.URL.RawQuery = "Z=" + url.QueryEscape("y&=+") + "&b=10&%C3%A9=x&b&a=+&b=2"
	c.send(r)
	if !last(t, sim).Verified {
		t.Error("the order of the query decides on the signature")
	}
}
