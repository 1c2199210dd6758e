// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// Every refusal has the action and its object, the message of the API, the request ID and the next
// step.
func TestRefusals(t *testing.T) {
	t.Parallel()
	html := simulator.Fault{Status: http.StatusBadGateway, ContentType: "text/html", Body: "<html><body><h1>502 Bad Gateway</h1></body></html>"}
	empty := simulator.Fault{Status: http.StatusForbidden, Body: " "}
	gateway := simulator.Fault{Status: http.StatusForbidden, Body: `{"code": "Gateway.0403", "message": "blocked by the gateway"}`}
	numbers := simulator.Fault{Status: http.StatusConflict, Body: `{"error_code": 17, "error_msg": ["no", "string"], "request_id": null}`}
	controls := simulator.Fault{Status: http.StatusBadRequest, Body: "\x1b[31mred\x00\xff"}
	login := simulator.Fault{Status: http.StatusOK, ContentType: "text/html", Body: "<html>Please log in to the network</html>"}
	redirect := simulator.Fault{Status: http.StatusFound, Header: http.Header{"Location": {"https://evil.example.com/"}}}
	cut := simulator.Fault{Status: http.StatusInternalServerError, Body: `{"error_code": "IIC.500", "error_msg": "inter`, CutBody: true}

	for name, test := range map[string]struct {
		fault simulator.Fault
		words []string
	}{
		"bad parameter":        {simulator.Refuse(400, "IIC.400", "The user_id is malformed."), []string{"Bad parameter (HTTP 400, IIC.400)", "does not accept an argument", "The user_id is malformed."}},
		"wrong key":            {simulator.Refuse(401, "APIGW.0301", "Incorrect IAM authentication information"), []string{"Access key rejected (HTTP 401, APIGW.0301)", "HPUAMANAGEMENTACCT01, from the provider's configuration", "five failures in a row lock it"}},
		"wrong clock":          {simulator.Fault{}, []string{"The clocks differ (HTTP 401, APIGW.0303)", "The clock of this machine is", "behind the server's", "Set the clock"}},
		"no permission":        {simulator.Refuse(403, "IIC.1000", "You do not have permission."), []string{"Access denied (HTTP 403, IIC.1000)", "No policy statement allows the call.", "You do not have permission.", "IdentityCenter:user:batchDeleteSession", "organizations:delegatedAdministrators:list", "management account", "delegated administrator", `"failure": "implicit deny`}},
		"dependent API":        {simulator.Refuse(403, "IIC.1001", "dependent"), []string{"Access denied (HTTP 403, IIC.1001)", "organizations:delegatedAdministrators:list"}},
		"parameter as 403":     {simulator.Refuse(403, "IIC.1003", "identity store ID invalid"), []string{"Bad parameter (HTTP 403, IIC.1003)", "Check identity_store_id"}},
		"conflict":             {simulator.Refuse(409, "IIC.1006", "concurrent"), []string{"Conflict (HTTP 409, IIC.1006)", "Apply again later"}},
		"modification failed":  {simulator.Refuse(409, "IIC.1007", "failed"), []string{"Conflict (HTTP 409, IIC.1007)", "name the request ID"}},
		"throttled":            {simulator.Refuse(429, "APIGW.0308", "throttled"), []string{"Throttled (HTTP 429, APIGW.0308)", "not enough time left for that wait"}},
		"server's fault":       {simulator.Refuse(500, "IIC.500", "internal"), []string{"The API failed (HTTP 500, IIC.500)", "fault is on the side of the API"}},
		"HTML":                 {html, []string{"The API failed (HTTP 502)", "<h1>502 Bad Gateway</h1>"}},
		"empty 404":            {simulator.Fault{Status: http.StatusNotFound}, []string{"Unexpected response from the API (HTTP 404)", "a gateway or a proxy may have sent it", "says nothing about users"}},
		"empty":                {empty, []string{"Access denied (HTTP 403)", "IdentityCenter:user:batchDeleteSession"}},
		"gateway":              {gateway, []string{"Access denied (HTTP 403, Gateway.0403)", "blocked by the gateway"}},
		"fields of wrong type": {numbers, []string{"Conflict (HTTP 409, 17)", "could not carry out the request", "[\"no\", \"string\"]"}},
		"control characters":   {controls, []string{"Unexpected response from the API (HTTP 400)", "?[31mred??"}},
		"truncated":            {cut, []string{"The API failed (HTTP 500)", "fault is on the side of the API", "\"error_code\": \"IIC.5"}},
		"login page":           {login, []string{"Unusable response from the API (HTTP 200)", "not in the form that the API reference describes", "Please log in to the network"}},
		"redirect":             {redirect, []string{"Unexpected response from the API (HTTP 302)", "https://evil.example.com", "not followed"}},
		"dropped":              {simulator.Fault{DropBefore: true}, []string{"No response from the API", "endpoints.identitystore"}},
		"hanging":              {simulator.Fault{Hang: true}, []string{"No response in time (request_timeout)", "Raise request_timeout"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			fault := test.fault
			fault.Operation = simulator.BatchDeleteSessions
			arguments, timeouts := "max_retries = 0", ""
			if test.fault.Status == http.StatusTooManyRequests {
				// Throttling is waited for until the deadline.
				timeouts = "\ntimeouts {\n  create = \"2s\"\n}"
			}
			if name == "hanging" {
				arguments += "\nrequest_timeout = \"300ms\""
			}
			if name == "wrong clock" {
				// The clock of this server is an hour ahead, so the signature looks an hour old.
				c.Configure(func(o *simulator.Options) { o.Clock = func() time.Time { return time.Now().Add(time.Hour) } })
			} else {
				c.Inject(fault)
			}
			words := slices.Concat([]string{test.words[0], "Ending sessions of user " + c.alice().UserID, "in identity store " + c.IdentityStoreID, "failed."}, test.words[1:])
			config := c.config(c.Management, arguments, revocationOf("ALICE", "session_ids = [\"s-1\"]"+timeouts))
			if name == "no permission" && os.Getenv("TF_ACC") != "" {
				w := newWorkspace(t, config)
				if output := expect(t, w, 1, "apply", "-auto-approve", "-no-color"); !inOrder(words...).MatchString(output) {
					t.Error(output)
				}
			} else {
				applyInProcess(t, config).failsWith(t, words...)
			}
			if calls := c.CallsOf(simulator.BatchDeleteSessions); len(calls) != 1 && timeouts == "" {
				t.Errorf("%d calls", len(calls))
			}
		})
	}
}

// Advice for a refused listing names only arguments that were given, and a disabled user.
func TestRefusals_listing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status  int
		enabled bool
		config  string
		words   []string
	}{
		"all sessions": {http.StatusBadRequest, true, revocationOf("ALICE", "all_sessions = true"), []string{"Ending sessions of user", "Check identity_store_id and user_id."}},
		"of a disabled user": {http.StatusConflict, false, revocationOf("ALICE", "all_sessions = true"),
			[]string{"Ending sessions of user", "is disabled, and the API may refuse to list or end the sessions of disabled users."}},
		"data source": {http.StatusConflict, false, "data \"identitycenter_user_sessions\" \"test\" {\n  identity_store_id = \"STORE\"\n  user_id = \"ALICE\"\n}\n",
			[]string{"Listing the sessions of user", "is disabled, and the API may refuse to list or end the sessions of disabled users."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.SetEnabled(c.IdentityStoreID, c.alice().UserID, test.enabled)
			c.Inject(refusal(simulator.ListSessions, 0, 0, test.status, "IIC.1000", "refused"))
			done := applyInProcess(t, c.config(c.Management, "", test.config))
			done.failsWith(t, test.words...)
			if _, output, _ := strings.Cut(done.text, "ERROR"); strings.Contains(output, "session_ids") {
				t.Error(output)
			}
		})
	}
}

// inOrder matches texts in this order. Each may be wrapped.
func inOrder(words ...string) *regexp.Regexp {
	var patterns []string
	for _, w := range words {
		patterns = append(patterns, strings.TrimPrefix(text(w).String(), "(?s)"))
	}
	return regexp.MustCompile("(?s)" + strings.Join(patterns, ".*"))
}

// refusing returns an address that refuses every connection. The address is the local end of a
// connection that stays open until the test ends, because another test's server may reuse a closed
// port.
func refusing(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	connection, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return connection.LocalAddr().String()
}

// A network error names the endpoint and the argument that sets it.
func TestNetworkErrors(t *testing.T) {
	t.Parallel()
	tls := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(tls.Close)
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)

	for name, test := range map[string]struct {
		url   string
		words []string
	}{
		"refused": {"http://" + refusing(t), []string{"refused", "Check endpoints.identitystore"}},
		"no DNS":  {"https://identitystore.invalid", []string{"identitystore.invalid", "Check endpoints.identitystore"}},
		"TLS":     {tls.URL, []string{"certificate", "ca_file"}},
		"no TLS":  {strings.Replace(plain.URL, "http:", "https:", 1), []string{"does not look like a TLS handshake", "Check https or http in the URL. Check endpoints.identitystore"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.URL = test.url
			applyInProcess(t, c.config(c.Management, "", revocationOf("ALICE", "session_ids = [\"s-1\"]"))).
				failsWith(t, append([]string{"No response from the API", "Ending sessions of user", test.url}, test.words...)...)
		})
	}
}
