// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

func TestReadRefusal_bodies(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 3*excerptLength)
	for name, test := range map[string]struct {
		body string
		want Failure // They have Code, Message, RequestID, EncodedMessage and Excerpt.
	}{
		"documented": {
			`{"error_code":"IIC.1000","error_msg":"No permission.","request_id":"body","encoded_authorization_message":"abc"}`,
			Failure{Code: "IIC.1000", Message: "No permission.", RequestID: "body", EncodedMessage: "abc"},
		},
		"no request ID":     {`{"error_code":"IIC.400","error_msg":"Bad."}`, Failure{Code: "IIC.400", Message: "Bad.", RequestID: "header"}},
		"empty request ID":  {`{"error_code":"IIC.400","request_id":""}`, Failure{Code: "IIC.400", RequestID: "header", Excerpt: `{"error_code":"IIC.400","request_id":""}`}},
		"gateway":           {`{"code":"APIGW.1","message":"Bad."}`, Failure{Code: "APIGW.1", Message: "Bad.", RequestID: "header"}},
		"both shapes":       {`{"code":"b","error_code":"a","message":"d","error_msg":"c"}`, Failure{Code: "a", Message: "c", RequestID: "header"}},
		"message only":      {`{"message":"Bad."}`, Failure{Message: "Bad.", RequestID: "header"}},
		"wrong types":       {`{"error_code":400,"error_msg":["Bad."],"request_id":{}}`, Failure{Code: "400", RequestID: "header", Excerpt: `{"error_code":400,"error_msg":["Bad."],"request_id":{}}`}},
		"one wrong type":    {`{"error_code":400,"error_msg":"Bad."}`, Failure{Code: "400", Message: "Bad.", RequestID: "header"}},
		"null":              {`null`, Failure{RequestID: "header", Excerpt: "null"}},
		"a list":            {`[1]`, Failure{RequestID: "header", Excerpt: "[1]"}},
		"a text":            {`"no"`, Failure{RequestID: "header", Excerpt: `"no"`}},
		"empty object":      {`{}`, Failure{RequestID: "header", Excerpt: "{}"}},
		"empty":             {"", Failure{RequestID: "header"}},
		"HTML":              {"<html>\n  <body>502\tBad  Gateway</body>\n</html>\n", Failure{RequestID: "header", Excerpt: "<html> <body>502 Bad Gateway</body> </html>"}},
		"truncated":         {`{"error_code":"IIC.1000","error_ms`, Failure{RequestID: "header", Excerpt: `{"error_code":"IIC.1000","error_ms`}},
		"goes on":           {`{"error_code":"IIC.1000"}{`, Failure{RequestID: "header", Excerpt: `{"error_code":"IIC.1000"}{`}},
		"named twice":       {`{"error_code":"first","error_code":"second"}`, Failure{Code: "second", RequestID: "header", Excerpt: `{"error_code":"first","error_code":"second"}`}},
		"invalid UTF-8":     {"{\"error_code\":\"a\xff\xfeb\",\"error_msg\":\"\xc3\"}", Failure{Code: "a??b", Message: "?", RequestID: "header"}},
		"invalid UTF-8 all": {"\xff\xfe\x00", Failure{RequestID: "header", Excerpt: "???"}},
		"terminal escapes":  {`{"error_code":"\u001b[31m","error_msg":"a\u0000b\u009bc\r\nd\u202ee\u2066f"}`, Failure{Code: "?[31m", Message: "a?b?c?\nd?e?f", RequestID: "header"}},
		"Chinese":           {`{"error_code":"IIC.1000","error_msg":"没有权限。　请联系管理员"}`, Failure{Code: "IIC.1000", Message: "没有权限。 请联系管理员", RequestID: "header"}},
		"long":              {long, Failure{RequestID: "header", Excerpt: long[:excerptLength-3] + "..."}},
		"long, cut in é":    {strings.Repeat("é", excerptLength), Failure{RequestID: "header", Excerpt: strings.Repeat("é", excerptLength/2-2) + "..."}},
		"long, cut after é": {"x" + strings.Repeat("é", excerptLength), Failure{RequestID: "header", Excerpt: "x" + strings.Repeat("é", excerptLength/2-2) + "..."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			network := answers{status: http.StatusForbidden, header: http.Header{"X-Request-Id": {"header"}}, body: []byte(test.body)}
			_, _, err := Do[any](t.Context(), through(network), listCall("s", "u", someKeys()))
			failed := asError(t, err)
			got := Failure{
				Code: failed.Code, Message: failed.Message, RequestID: failed.RequestID,
				EncodedMessage: failed.EncodedMessage, Excerpt: failed.Excerpt,
			}
			if got != test.want {
				t.Errorf("got  %+q\nwant %+q", fields(got), fields(test.want))
			}
			if failed.Status != http.StatusForbidden || failed.Attempts != 1 || failed.AccessKey != "AK" || failed.KeyOrigin != "the test" {
				t.Errorf("got %+v", failed)
			}
			if !utf8.ValidString(err.Error()) || strings.ContainsAny(err.Error(), "\x00\x1b\r") {
				t.Errorf("the error is %q", err)
			}
		})
	}
}

func fields(e Failure) []string {
	return []string{e.Code, e.Message, e.RequestID, e.EncodedMessage, e.Excerpt}
}

func TestError_oneLine(t *testing.T) {
	t.Parallel()
	e := &Error{
		Failure: Failure{
			Operation: "ListSessions", Endpoint: "https://example.com", Status: 403, Code: "IIC.1000", Message: "No\npermission.",
			RequestID: "r1", Reason: errors.Join(errors.New("one"), errors.New("two")),
		},
		Cause: errors.New("three"),
	}
	const want = "ListSessions at https://example.com: HTTP 403: IIC.1000: No permission.: one two: three (request ID r1)"
	if e.Error() != want {
		t.Errorf("got  %q\nwant %q", e.Error(), want)
	}
}

// An error body with the status of a success is an error.
func TestDo_unusableSuccess(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"error_code":         `{"error_code":"IIC.1000","error_msg":"No permission."}`,
		"error_code, spaced": "{\n  \"error_code\" : \"IIC.1000\"}",
		"null error_code":    `{"error_code":null,"error_msg":"No permission."}`,
		"gateway":            `{"code":"APIGW.0301","message":"Incorrect IAM authentication information"}`,
		"HTML":               `<html><body>Please log in</body></html>`,
		"text":               `OK`,
		"truncated":          `{"session_list": [`,
		"list":               `[]`,
		"number":             `1`,
		"null":               `null`,
		"wrong type":         `{"session_list": "none"}`,
		"goes on":            `{"session_list": []}<html>`,
		"binary":             "\x00\x01\xff",
		"number too large":   `{"session_list":[{"session_id":"s","creation_time":99999999999999999999999}]}`,
		"number for a text":  `{"session_list":[{"session_id":1}]}`,
		"fraction":           `{"session_list":[{"session_id":"s","creation_time":1.5}]}`,
		"text for a number":  `{"session_list":[{"session_id":"s","creation_time":"1"}]}`,
		"deep":               strings.Repeat("[", 100_000),
		"deep inside":        `{"x":` + strings.Repeat("[", 100_000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			network := answers{status: http.StatusOK, header: http.Header{"X-Request-Id": {"r1"}}, body: []byte(body)}
			for _, call := range []Call{listCall("s", "u", someKeys()), deleteCall("s", "u", someKeys(), "s1")} {
				_, receipt, err := Do[any](t.Context(), through(network, retries(1)), call)
				// A call that is documented without a body may be retried.
				attempts := map[bool]int{false: 1, true: 2}[call.NoContent]
				if !errors.Is(err, ErrUndocumented) || !slices.Equal(receipt.RequestIDs, slices.Repeat([]string{"r1"}, attempts)) {
					t.Errorf("%s: got %v, request IDs %q", call.Operation, err, receipt.RequestIDs)
					continue
				}
				failed := asError(t, err)
				if failed.Status != http.StatusOK || failed.Attempts != attempts || failed.RequestID != "r1" || failed.FromService {
					t.Errorf("%s: got %+v", call.Operation, failed)
				}
				if failed.Code == "" && failed.Message == "" && failed.Excerpt == "" {
					t.Errorf("%s: nothing of the answer is quoted: %v", call.Operation, err)
				}
				if len(err.Error()) > 4*excerptLength {
					t.Errorf("%s: the error has %d bytes", call.Operation, len(err.Error()))
				}
			}
		})
	}
}

// A response without content has no body or an empty object.
func TestDo_noContent(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", " \n", "\r\n", "{}", " {}\n", "{ }"} {
		network := answers{status: http.StatusOK, body: []byte(body)}
		if _, _, err := Do[any](t.Context(), through(network, retries(0)), deleteCall("s", "u", someKeys(), "s1")); err != nil {
			t.Errorf("%q: %v", body, err)
		}
	}
}

// A user agent may contain any text.
func TestDo_errorFieldsInSuccess(t *testing.T) {
	t.Parallel()
	for _, agent := range []string{"error_code", `"error_code"`, `{"error_code":"IIC.1000"}`, "code", "message", "<html>"} {
		b := serve(t)
		b.AddSession(b.seeded.IdentityStoreID, b.alice.UserID, simulator.Session{UserAgent: agent})
		if _, _, err := b.list(t.Context(), b.transport(), b.keys()); err != nil {
			t.Errorf("%q: %v", agent, err)
		}
	}
}

func TestDo_noContentStatuses(t *testing.T) {
	t.Parallel()
	for _, network := range []answers{
		{status: 200}, {status: 204}, {status: 200, body: []byte("{}")}, {status: 200, body: []byte(" {\n} ")},
	} {
		if _, _, err := Do[any](t.Context(), through(network), deleteCall("s", "u", someKeys(), "s1")); err != nil {
			t.Errorf("%d %q: %v", network.status, network.body, err)
		}
	}
	for _, network := range []answers{
		{status: 201}, {status: 202}, {status: 203}, {status: 205}, {status: 206}, {status: 207, body: []byte("{}")}, {status: 299},
		{status: 200, body: []byte("\ufeff{}")}, {status: 200, body: []byte("{}{}")}, {status: 200, body: []byte(`{"a":1}`)}, {status: 200, body: []byte(`""`)},
		{status: 200, body: []byte("<html>")}, {status: 200, body: []byte("{\"a\":\x00}")}, {status: 204, body: []byte(`{"error_code":"IIC.1"}`)}, {status: 200, body: []byte("OK")},
		{status: 200, body: []byte(`{"request_id":"r"}`)}, {status: 200, body: []byte(`null`)},
		{status: 200, body: []byte(`{"failed_session_ids":["a"]}`)}, {status: 200, body: []byte(`{"error":{}}`)}, {status: 200, body: []byte(`[]`)},
	} {
		_, _, err := Do[any](t.Context(), through(network), deleteCall("s", "u", someKeys(), "s1"))
		if !errors.Is(err, ErrUndocumented) || statusOf(t, err) != network.status || !asError(t, err).Temporary() {
			t.Errorf("%d %q: %v", network.status, network.body, err)
		}
	}
}

func TestDo_hugeBody(t *testing.T) {
	for name, test := range map[string]struct {
		fault simulator.Fault
		want  func(*Error) bool
	}{
		"success": {simulator.Fault{HugeBody: 1 << 30}, func(e *Error) bool { return errors.Is(e, ErrTooLarge) && e.Status == 0 }},
		"refusal": {simulator.Fault{Status: 403, HugeBody: 1 << 30}, func(e *Error) bool {
			return e.Status == 403 && strings.HasPrefix(e.Excerpt, "garbage garbage")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			b := serve(t)
			b.Inject(test.fault)
			transport := b.transport(retries(5))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _, err := b.list(t.Context(), transport, b.keys())
			runtime.ReadMemStats(&after)
			if failed := asError(t, err); !test.want(failed) || failed.Attempts != 1 {
				t.Errorf("%d attempts: %v", failed.Attempts, err)
			}
			// Count all allocations, because the garbage collector may have freed some.
			if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 8*maxBody {
				t.Errorf("%d MiB allocated", allocated>>20)
			}
		})
	}
}

// The status of a refusal is used even if its body is truncated, because sending a rejected access
// key again could lock it.
func TestDo_truncatedRefusal(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403} {
		b := serve(t)
		b.Inject(simulator.Fault{Status: status, Code: "IIC.1", Message: "Long enough.", CutBody: true})
		_, _, err := b.list(t.Context(), b.transport(retries(5)), b.keys())
		failed := asError(t, err)
		if failed.Status != status || failed.Attempts != 1 || failed.RequestID == "" || !strings.HasPrefix(failed.Excerpt, `{"error_code":"IIC.1"`) {
			t.Errorf("%d: got %+v", status, failed)
		}
	}
}

// Only the body shows whether a 404 comes from the API or from a gateway.
func TestDo_truncatedNotFound(t *testing.T) {
	t.Parallel()
	b := serve(t)
	whole := simulator.Fault{Status: 404, Code: "IIC.404", Message: "Long enough."}
	cut := whole
	cut.CutBody, cut.Times = true, 1
	b.Inject(cut, whole)
	_, _, err := b.list(t.Context(), b.transport(retries(5)), b.keys())
	if failed := asError(t, err); failed.Attempts != 2 || !failed.NotFound() {
		t.Errorf("got %+v", failed)
	}
}

// Once disables retries.
func TestCall_once(t *testing.T) {
	t.Parallel()
	b := serve(t)
	b.Inject(simulator.Fault{Status: 503})
	call := listCall(b.seeded.IdentityStoreID, b.alice.UserID, b.keys())
	call.Once = true
	_, _, err := Do[any](t.Context(), b.transport(retries(5)), call)
	if failed := asError(t, err); failed.Attempts != 1 || failed.Status != 503 {
		t.Errorf("got %+v", failed)
	}
}

func TestFailure_clockDifference(t *testing.T) {
	t.Parallel()
	for name, off := range map[string]time.Duration{"ahead": 20 * time.Minute, "behind": -20 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := serve(t, func(o *simulator.Options) { o.Clock = func() time.Time { return time.Now().Add(off) } })
			_, _, err := b.list(t.Context(), b.transport(retries(5)), b.keys())
			failed := asError(t, err)
			if failed.Code != CodeClock || failed.Attempts != 1 {
				t.Fatalf("got %v", err)
			}
			if wrong := (failed.ClockDifference - off).Abs(); wrong > time.Minute {
				t.Errorf("measured %s, it is %s", failed.ClockDifference, off)
			}
		})
	}
	t.Run("date of a proxy", func(t *testing.T) {
		date := time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat)
		network := answers{status: http.StatusUnauthorized, header: http.Header{"Date": {date}}, body: []byte(`{"error_code":"APIGW.0303"}`)}
		_, _, err := Do[any](t.Context(), through(network), listCall("s", "u", someKeys()))
		if failed := asError(t, err); failed.ClockDifference != 0 {
			t.Errorf("the clocks differ by %s, according to a response that says it is more than 15 minutes", failed.ClockDifference)
		}
	})
	t.Run("no date", func(t *testing.T) {
		network := answers{status: http.StatusUnauthorized, header: http.Header{"Date": {"yesterday"}}}
		_, _, err := Do[any](t.Context(), through(network), listCall("s", "u", someKeys()))
		if failed := asError(t, err); failed.ClockDifference != 0 {
			t.Errorf("got %s", failed.ClockDifference)
		}
	})
}

// A server or a proxy may echo the request; errors mask its secrets.
func TestError_masksSecrets(t *testing.T) {
	t.Parallel()
	given := Keys{AccessKey: "AK", SecretKey: NewSecret(`sec/ret<"key>+0123456789`), SecurityToken: NewSecret(strings.Repeat(`to/ken"&+=`, 30))}
	encode := func(s string) string {
		encoded, _ := json.Marshal(s)
		return string(encoded)
	}
	for _, secret := range []string{given.SecretKey.Reveal(), given.SecurityToken.Reveal()} {
		for name, network := range map[string]answers{
			"code":        {status: 403, body: []byte(`{"error_code":` + encode(secret) + `}`)},
			"message":     {status: 403, body: []byte(`{"error_code":"c","error_msg":` + encode("a "+secret+" b") + `}`)},
			"slashes":     {status: 403, body: []byte(`{"error_code":"c","error_msg":` + strings.ReplaceAll(encode(secret), "/", `\/`) + `}`)},
			"request ID":  {status: 403, body: []byte(`{"request_id":` + encode(secret) + `}`)},
			"encoded":     {status: 403, body: []byte(`{"encoded_authorization_message":` + encode(secret) + `}`)},
			"header":      {status: 403, header: http.Header{"X-Request-Id": {secret}}},
			"text":        {status: 403, body: []byte(secret)},
			"other JSON":  {status: 403, body: []byte(`{"echo":` + encode(secret) + `}`)},
			"JSON, plain": {status: 403, body: []byte(`{"echo":` + strings.ReplaceAll(encode(secret), "/", `\/`) + `}`)},
			"cut":         {status: 403, body: []byte(strings.Repeat("x", excerptLength-9) + secret)},
			"location":    {status: 302, header: http.Header{"Location": {"/login?" + secret}}},
			"success":     {status: 200, body: []byte("wrong " + secret)},
		} {
			_, _, err := Do[any](t.Context(), through(network), listCall("s", "u", &keys{given: given}))
			failed := asError(t, err)
			text := strings.Join(append(fields(failed.Failure), err.Error()), "\n")
			for _, part := range []string{secret, secret[:9]} {
				if strings.Contains(text, part) || strings.Contains(text, strings.ReplaceAll(part, "/", `\/`)) {
					t.Errorf("%s: %q is in %q", name, part, text)
				}
			}
		}
	}
}

func TestRetryAfter_formats(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		retryAfter, date string
		want             time.Duration
	}{
		{"", "", 0},
		{"0", "", 0},
		{"3", "", 3 * time.Second},
		{"007", "", 7 * time.Second},
		{"2147483647", "", 2147483647 * time.Second},
		{"2147483648", "", 2147483647 * time.Second},
		{"99999999999999999999", "", 2147483647 * time.Second},
		{"-1", "", 0},
		{"+1", "", 0},
		{"1.5", "", 0},
		{"soon", "", 0},
		{"Mon, 23 Nov 2026 12:00:05 GMT", "", 5 * time.Second},
		{"Monday, 23-Nov-26 12:00:05 GMT", "", 5 * time.Second},
		{"Mon Nov 23 12:00:05 2026", "", 5 * time.Second},
		{"Mon, 23 Nov 2026 11:59:00 GMT", "", 0},
		// The Date header is not that of the server.
		{"Mon, 23 Nov 2026 12:00:05 GMT", "Mon, 23 Nov 2026 11:00:00 GMT", 5 * time.Second},
		// The server's clock is 10 minutes ahead of ours.
		{"Mon, 23 Nov 2026 12:10:05 GMT", "Mon, 23 Nov 2026 12:10:00 GMT", 5 * time.Second},
		{"Mon, 23 Nov 2026 11:50:05 GMT", "Mon, 23 Nov 2026 11:50:00 GMT", 5 * time.Second},
	} {
		a := &attempt{header: http.Header{"Retry-After": {test.retryAfter}, "Date": {test.date}}}
		if got := a.retryAfter(now); got != test.want {
			t.Errorf("%q at %q: got %s, want %s", test.retryAfter, test.date, got, test.want)
		}
	}
}

func TestFailure_fromService(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		service Service
		status  int
		body    string
		want    bool
	}{
		{IdentityStore, 403, `{"error_code":"IIC.1000"}`, true},
		{IdentityStore, 404, `{"error_code":"IIC.1002"}`, true},
		{IdentityCenter, 404, `{"error_code":"IIC.1205"}`, true},
		{IdentityStore, 404, `{"error_code":"APIGW.0101"}`, false},
		{IdentityStore, 404, `{"error_code":"APIG.0101"}`, false},
		{IdentityStore, 404, `{"code":"IIC.404","message":"m"}`, false},
		{IdentityStore, 401, `{"error_code":"IIC.401"}`, false},
		{IdentityStore, 429, `{"error_code":"IIC.429"}`, false},
		{IdentityStore, 503, `{"error_code":"IIC.503"}`, false},
		{IdentityStore, 200, `{"error_code":"IIC.404"}`, false},
		{IdentityStore, 302, `{"error_code":"IIC.404"}`, false},
		{IdentityStore, 404, `<html>`, false},
		{IdentityStore, 404, `{"error":{"code":404}}`, false},
		{IAM, 403, `{"error":{"code":403,"message":"m","title":"Forbidden"}}`, true},
		{STS, 403, `{"error_code":"STS.0001"}`, true},
		{STS, 403, `{"error_code":"APIGW.0305"}`, false},
	} {
		call := listCall("s", "u", nil)
		call.Service = test.service
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		_, _, err := Do[any](ctx, through(answers{status: test.status, body: []byte(test.body)}), call)
		cancel()
		failed := asError(t, err)
		if failed.FromService != test.want || failed.NotFound() != (test.want && test.status == 404) {
			t.Errorf("%s, %d %s: %t, not found %t", test.service, test.status, test.body, failed.FromService, failed.NotFound())
		}
		if test.service == IAM && (failed.Code != "403" || failed.Message != "m") {
			t.Errorf("got %+v", failed)
		}
	}
}
