// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestSecret_format(t *testing.T) {
	t.Parallel()
	secret := NewSecret("hush")
	keys := Keys{AccessKey: "AK", SecretKey: secret, SecurityToken: secret}
	encoded, err := json.Marshal(map[string]any{"keys": keys, "pointer": &secret})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		fmt.Sprint(secret), fmt.Sprintf("%s %v %+v %#v %q %x %d %10s", secret, secret, secret, secret, secret, secret, secret, secret),
		fmt.Sprintf("%v %+v %#v", keys, keys, keys), fmt.Sprintf("%v", &keys), fmt.Sprint([]Secret{secret}), string(encoded),
	} {
		if strings.Contains(text, "hush") || strings.Contains(text, "68757368") || !strings.Contains(text, masked) {
			t.Errorf("got %q", text)
		}
	}
	// fmt prints unexported fields without calling their methods.
	type holder struct {
		secret  Secret
		keys    *Keys
		inside  struct{ keys Keys }
		in      KeySource
		by      map[Secret]int
		redacts *redactor
	}
	held := holder{secret: secret, keys: &keys, in: someKeys(), by: map[Secret]int{secret: 1}, redacts: newRedactor(secret)}
	held.inside.keys = keys
	for _, value := range []any{held, &held, []holder{held}, held.redacts, *held.redacts, &attempt{keys: keys}, &retrier{call: Call{Secrets: []Secret{secret}}}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			if text := fmt.Sprintf(verb, value); strings.Contains(text, "hush") || strings.Contains(text, "68757368") {
				t.Errorf("%s of a %T shows the secret: %s", verb, value, text)
			}
		}
	}
	if secret.Reveal() != "hush" || secret != NewSecret("hush") || secret.Empty() || !NewSecret("").Empty() || (Secret{}).Reveal() != "" {
		t.Error("the secret is lost")
	}
}

// escapings are the forms in which a server may return a string.
var escapings = []func(string) string{
	url.QueryEscape, url.PathEscape, html.EscapeString,
	func(s string) string { return strings.ToLower(percent(s)) },
	percent,
	func(s string) string {
		encoded, _ := json.Marshal(s)
		return string(encoded[1 : len(encoded)-1])
	},
	func(s string) string { return strings.ReplaceAll(s, "/", `\/`) },
	func(s string) string { return each(s, `\u%04x`) },
	func(s string) string { return each(s, `\u%04X`) },
	func(s string) string { return each(s, `\x%02x`) },
	func(s string) string { return each(s, "&#%d;") },
	func(s string) string { return each(s, "&#x%x;") },
	func(s string) string {
		return strings.NewReplacer("+", "&plus;", "/", "&sol;", "=", "&equals;").Replace(s)
	},
	strings.ToUpper, strings.ToLower,
	func(s string) string { return s },
}

func percent(s string) string { return each(s, "%%%02X") }

func each(s, format string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, format, s[i])
	}
	return b.String()
}

// leaks reports whether a text contains 20 consecutive characters of a secret, escaped or not.
func leaks(text, secret string) bool {
	secret = strings.ToLower(secret)
	for unescaped := range unescapes(text) {
		for i := 0; i+secretPart <= len(secret); i++ {
			if strings.Contains(unescaped, secret[i:i+secretPart]) {
				return true
			}
		}
	}
	return false
}

// Base64 of a text with a secret is masked, wherever the secret begins in it.
func TestRedactor_base64(t *testing.T) {
	t.Parallel()
	secret := "aZ09secretKeyThatNobodyMaySee+/=>>>???"
	r := newRedactor(NewSecret(secret))
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
		for _, before := range []string{"", "x", "xx", "xxx"} {
			encoded := encoding.EncodeToString([]byte(before + secret + before))
			for _, prefix := range []string{"", "=", "/", "a", "ab/"} {
				if got := r.redact("Basic " + prefix + encoded + " after"); got != "Basic *** after" {
					t.Errorf("%s before it, after %q: %s", before, prefix, got)
				}
			}
		}
	}
	const other = "dGhpcyBpcyBubyBzZWNyZXQsIGJ1dCBhIHRleHQgaW4gQmFzZTY0 0123456789012345678901234567890123456789"
	if got := r.redact(other); got != other {
		t.Errorf("got %s", got)
	}
}

// A secret may look as if it contains one kind of escape, and be escaped in another form.
func TestRedactor_ambiguousEscapes(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{
		`a\"secret\\key`, `secret%41key%2F`, `secret&lt;key&amp;`, `secret\u0041key`,
		`a-long-\"secret\\key-with-%41-and-%2F,-&lt;and&amp;,-and-\u0041\x41-in-it`,
	} {
		r := newRedactor(NewSecret(secret))
		for i, first := range escapings {
			for j, second := range escapings {
				if got := r.redact("( " + second(first(secret)) + " )"); got != "( "+masked+" )" {
					t.Errorf("%s, escaped %d and %d: %s", secret, i, j, got)
				}
			}
		}
	}
	// The unmasked part of this secret is in every text.
	if r := newRedactor(NewSecret("%41%41%41%41")); r.redact("AAAAA %41%41%41%41") != "AAAAA "+masked {
		t.Error("a short text is masked")
	}
}

// FuzzRedactor returns a part of each secret, escaped up to three times, in every place that an
// error or a log line could quote.
func FuzzRedactor(f *testing.F) {
	for seed := range uint64(40) {
		f.Add(seed, uint16(400+seed%5), "before ", " after")
	}
	f.Add(uint64(7), uint16(302), "https://x.example/?t=", "")
	f.Add(uint64(8), uint16(200), strings.Repeat("x", excerptLength-9), "")
	f.Add(uint64(203), uint16(494), "\\", "0")
	f.Add(uint64(156), uint16(219), "", "\xc2;&&&")
	f.Fuzz(func(t *testing.T, seed uint64, status uint16, before, after string) {
		if status < 200 || status > 599 || status == 429 {
			return
		}
		random := rand.New(rand.NewPCG(seed, 1))
		const alphabet = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-."<&>`
		text := func(n int) string {
			b := make([]byte, n)
			for i := range b {
				b[i] = alphabet[random.IntN(len(alphabet))]
			}
			return string(b)
		}
		secrets := []string{text(40), text(200 + random.IntN(2000)), text(300)}
		echo := func() string {
			secret := secrets[random.IntN(len(secrets))]
			start := random.IntN(len(secret) - secretPart + 1)
			part := secret[start : start+secretPart+random.IntN(len(secret)-start-secretPart+1)]
			for range random.IntN(4) {
				part = escapings[random.IntN(len(escapings))](part)
			}
			return before + part + after
		}
		encoded := func() string {
			b, _ := json.Marshal(echo())
			return string(b)
		}
		body := `{"error_code":` + encoded() + `,"error_msg":` + encoded() + `,"request_id":` + encoded() + `,"encoded_authorization_message":` + encoded() + `}`
		switch random.IntN(4) {
		case 0:
			body = echo()
		case 1:
			body = `{"x":` + encoded() + `}`
		}
		network := roundTripper(func(r *http.Request) (*http.Response, error) {
			if random.IntN(8) == 0 {
				return nil, fmt.Errorf("malformed HTTP response %q", echo())
			}
			header := http.Header{"X-Request-Id": {echo()}, "Location": {echo()}, "X-Other": {echo()}, "X-" + echo(): {"v"}}
			return &http.Response{StatusCode: int(status), Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
		})
		given := Keys{AccessKey: "AK", SecretKey: NewSecret(secrets[0]), SecurityToken: NewSecret(secrets[1]), Origin: "the test"}
		call := deleteCall("s", "u", &keys{given: given}, "s1")
		call.Secrets = []Secret{NewSecret(secrets[2])}
		if random.IntN(3) == 0 {
			call.Service = STS
		}
		_, text2 := logged(t, func(ctx context.Context) {
			_, receipt, err := Do[any](ctx, through(network), call)
			shown := strings.Join(receipt.RequestIDs, "\n")
			if err != nil {
				failed := asError(t, err)
				shown += strings.Join(append(fields(failed.Failure), err.Error(), fmt.Sprintf("%+v", failed)), "\n")
				if failed.Reason != nil {
					shown += failed.Reason.Error()
				}
			}
			for _, secret := range secrets {
				if leaks(shown, secret) {
					t.Errorf("a part of %q is in %q", secret, shown)
				}
			}
		})
		for _, secret := range secrets {
			if leaks(text2, secret) {
				t.Errorf("a part of %q is in the log %q", secret, text2)
			}
		}
	})
}

func TestReceipt_masksSecrets(t *testing.T) {
	t.Parallel()
	const secret = "secretKeyThatNobodyMaySee"
	network := roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"X-Request-Id": {"id-" + secret}}, Body: http.NoBody, Request: r}, nil
	})
	_, receipt, err := Do[any](t.Context(), through(network), deleteCall("s", "u", someKeys(), "s1"))
	if err != nil || len(receipt.RequestIDs) != 1 || receipt.RequestIDs[0] != masked {
		t.Errorf("got %q, %v", receipt.RequestIDs, err)
	}
}

func FuzzPrintable(f *testing.F) {
	for _, text := range []string{"", "a", "a\nb\tc", "\x1b[2J", "\u202eabc", "\u200b", "\u2028\u2029", "\ufeff", "\xff", "é", strings.Repeat("é", 300), "　", `a"`, "🙂", "\u00ad"} {
		f.Add(text, 10)
		f.Add(text, LongestID)
	}
	f.Fuzz(func(t *testing.T, text string, limit int) {
		if limit < 3 || limit > 1<<20 {
			return
		}
		one, lines := Printable(text, limit), PrintableLines(text, limit)
		for _, got := range []string{one, lines} {
			if len(got) > limit || !utf8.ValidString(got) {
				t.Errorf("%q: %d bytes, valid %t", got, len(got), utf8.ValidString(got))
			}
			if i := strings.IndexFunc(got, func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' && r != '\t' }); i >= 0 {
				t.Errorf("%q at %d", got, i)
			}
		}
		if strings.ContainsAny(one, "\n\t") {
			t.Errorf("%q", one)
		}
	})
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`a"`: `a"`, `a\`: `a\`, "用户 é 🙂": "用户 é 🙂", " a  b\nc ": "a b c", "a\x1b[31mb": "a?[31mb", "a\u202eb\u200bc\u2028d": "a?b?c?d", "a\xffb": "a?b", "a\u00a0b": "a b",
	} {
		if got := Printable(text, LongestID); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
