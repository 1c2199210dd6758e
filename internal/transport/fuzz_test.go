// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1/model"
)

// harmless reports whether a text is safe for a terminal.
func harmless(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsGraphic(r) && r != '\n' && r != '\t'
	})
}

func FuzzReadRefusal(f *testing.F) {
	for _, body := range []string{
		``, `{}`, `null`, `[]`, `"text"`, `{"error_code":"IIC.1000","error_msg":"No.","request_id":"r","encoded_authorization_message":"e"}`,
		`{"code":"APIGW.0301","message":"No."}`, `{"error_code":1,"error_msg":null}`, `{"error_code":"\u001b[2J\u202e"}`, `{"error_code":"a`,
		"<html><body>502</body></html>", "\xff\xfe", strings.Repeat("é", excerptLength), strings.Repeat("[", 20_000), `{"error_code":"a","error_code":"b"}`,
	} {
		f.Add("request-id", []byte(body))
	}
	f.Add("\x1b]0;title\x07", []byte("{}"))
	f.Fuzz(func(t *testing.T, requestID string, body []byte) {
		a := &attempt{status: 403, header: http.Header{"X-Request-Id": {requestID}}, body: body, redactor: newRedactor(NewSecret("secretKeyThatNobodyMaySee"))}
		var e Failure
		a.readRefusal(&e)
		for _, text := range append(fields(e), (&Error{Failure: e}).Error()) {
			if !harmless(text) {
				t.Errorf("%q", text)
			}
		}
		if len(e.Excerpt) > 2*excerptLength {
			t.Errorf("the excerpt has %d bytes", len(e.Excerpt))
		}
		if strings.TrimSpace(string(body)) != "" && e.Code == "" && e.Message == "" && e.Excerpt == "" {
			t.Errorf("nothing is said of %q", body)
		}
	})
}

// For any response, the result is a list of sessions or an *Error. It is never a success if the API
// returned an error.
func FuzzSessionResponses(f *testing.F) {
	for _, body := range []string{
		``, `{}`, `null`, `{"session_list":[]}`, `{"session_list":null}`, `{"session_list":{}}`, `{"session_list":[null]}`,
		`{"session_list":[{"session_id":"s","user_id":"u","creation_time":1,"session_not_valid_after":2,"ip_address":"::1","user_agent":"a"}]}`,
		`{"session_list":[{"session_id":"s","creation_time":1e400}]}`, `{"session_list":[{"session_id":"s","creation_time":-9223372036854775809}]}`,
		`{"session_list":[],"session_list":[{"session_id":"s"}]}`, `{"SESSION_LIST":[]}`, `{"error_code":"c"}`, `{"error_code":"c","session_list":[]}`,
		`{"code":"c","message":"m"}`, `<html>`, "{\"session_list\":[{\"session_id\":\"\xff\"}]}", `{"session_list":[]} `, `{"session_list":[]}x`,
	} {
		f.Add(200, []byte(body))
	}
	f.Add(403, []byte(`{"error_code":"c"}`))
	f.Add(302, []byte{})
	f.Add(429, []byte("\xff{"))
	f.Add(999, []byte("{"))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 200 || status > 999 {
			return
		}
		// The test runs in virtual time, because throttling is retried until the deadline.
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
			defer cancel()
			network := answers{status: status, body: body}
			response, _, err := Do[*model.ListSessionsResponse](ctx, through(network), listCall("s", "u", someKeys()))
			if err != nil {
				if failed := asError(t, err); failed.Status != status || !harmless(err.Error()) {
					t.Errorf("status %d: %q", failed.Status, err)
				}
				return
			}
			if !success(status) || response == nil || checkSuccess(body) != nil {
				t.Errorf("%d %q passed for a success", status, body)
			}
		})
	})
}

func FuzzEscapePath(f *testing.F) {
	for _, id := range []string{"", "a", "a b", "%41", "%", "?", "#", "+", "~", "é", "\xff", "..", "a/b", "//", ";", "@:!$&'()*,=", "{user_id}", "\x00"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		path := "/v1/" + id + "/sessions"
		escaped := escapePath(path)
		// Parsing an escaped URL restores the path and its escaped form.
		parsed, err := url.Parse("https://example.com" + escaped + "?a=b")
		if err != nil || parsed.Path != path || parsed.EscapedPath() != escaped || parsed.RawQuery != "a=b" || parsed.Fragment != "" {
			t.Errorf("%q became %q, which is read as %#v, %v", path, escaped, parsed, err)
		}
		// A URL built from the path has the same escaped form, so what is signed is sent.
		made := url.URL{Scheme: "https", Host: "example.com", Path: path, RawPath: escaped}
		if made.EscapedPath() != escaped {
			t.Errorf("%q is sent as %q", escaped, made.EscapedPath())
		}
		if strings.Trim(escaped, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~%/") != "" {
			t.Errorf("%q is not escaped as %q", path, escaped)
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, value := range []string{"", "0", "1", "-1", "1.5", "2147483648", "9999999999999999999999", "Mon, 23 Nov 2026 12:00:05 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		f.Add(value, "")
		f.Add(value, "Mon, 23 Nov 2026 12:00:00 GMT")
	}
	f.Fuzz(func(t *testing.T, retryAfter, date string) {
		a := &attempt{header: http.Header{"Retry-After": {retryAfter}, "Date": {date}}}
		if wait := a.retryAfter(now); wait < 0 || now.Add(wait).Before(now) {
			t.Errorf("%q at %q is %s", retryAfter, date, wait)
		}
	})
}
