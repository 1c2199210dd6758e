// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unique"
)

const (
	// secretPart is the length in bytes from which a part of a secret is masked like the whole: a
	// server may echo a truncated token. The parts that are searched for are shorter, because
	// unescaping may consume up to five bytes before one, as in \u0041.
	secretPart, partLength = 20, 14
	// maxUnescapes limits how often a string is unescaped to find secrets in it.
	maxUnescapes = 8

	// shortestUnescaped is the length of the shortest secret that is also masked as it is
	// unescaped: a single letter would be masked wherever it occurs.
	shortestUnescaped = 8
	// mostSecrets limits the secrets that a transport knows.
	mostSecrets = 64
)

// masked replaces a secret.
const masked = "***"

// Secret is a string that must not be shown, such as a secret key or a token. It prints and
// marshals as "***"; in an unexported field, whose methods fmt does not call, as an address.
// Secrets are comparable, and the zero value is the empty string.
type Secret struct{ text unique.Handle[string] }

// NewSecret returns a string as a secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{text: unique.Make(text)}
}

// Reveal returns the string itself, to sign with it or to send it.
func (s Secret) Reveal() string {
	if s.Empty() {
		return ""
	}
	return s.text.Value()
}

// Empty reports whether the string is empty.
func (s Secret) Empty() bool { return s == Secret{} }

// Format prints "***" for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, masked) }

// MarshalText returns "***", for JSON and logs.
func (s Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }

// UnmarshalText reads a secret from JSON.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}

// redactor masks secrets in external strings. It also masks them in another case, in Base64,
// and if they are escaped for URLs, JSON or HTML, even several times. It is immutable.
type redactor struct {
	// contains takes a text in lower case. It is a function because fmt does not print the variables
	// of one.
	contains func(text string) bool
}

// newRedactor returns a redactor for the secrets.
func newRedactor(secrets ...Secret) *redactor {
	short, parts := []string(nil), map[string]bool{}
	for _, secret := range secrets {
		// redact checks word by word.
		for _, word := range strings.Fields(strings.ToLower(secret.Reveal())) {
			// A secret that looks escaped is unescaped together with the text around it.
			for unescaped := range unescapes(word) {
				if len(unescaped) < secretPart && (unescaped == word || len(unescaped) >= shortestUnescaped) {
					short = append(short, unescaped)
				}
				for i := 0; len(unescaped) >= secretPart && i+partLength <= len(unescaped); i++ {
					parts[unescaped[i:i+partLength]] = true
				}
			}
		}
	}
	return &redactor{contains: func(text string) bool {
		return strings.Contains(text, "signature=") || anyPart(text, func(part string) bool { return parts[part] }) ||
			slices.ContainsFunc(short, func(secret string) bool { return strings.Contains(text, secret) })
	}}
}

// with returns a redactor that also masks the signature in the value of an Authorization
// header. A signature is valid for 15 minutes.
func (r *redactor) with(authorization string) *redactor {
	_, signature, signed := strings.Cut(authorization, "Signature=")
	if !signed {
		return r
	}
	return &redactor{contains: func(text string) bool {
		return r.contains(text) || anyPart(text, func(part string) bool { return strings.Contains(signature, part) })
	}}
}

// anyPart reports whether matches is true for a part of the text.
func anyPart(text string, matches func(part string) bool) bool {
	for i := 0; i+partLength <= len(text); i++ {
		if matches(text[i : i+partLength]) {
			return true
		}
	}
	return false
}

const base64Characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"

var standardBase64 = strings.NewReplacer("-", "+", "_", "/")

// inBase64 reports whether the text has Base64 with a secret in it. It may begin at any character.
func (r *redactor) inBase64(text string) bool {
	for _, run := range strings.FieldsFunc(text, func(c rune) bool { return !strings.ContainsRune(base64Characters, c) }) {
		for start := 0; start < 4 && len(run) > secretPart; start++ {
			decoded, _ := base64.RawStdEncoding.DecodeString(standardBase64.Replace(run[start:]))
			if r.contains(strings.ToLower(string(decoded))) {
				return true
			}
		}
	}
	return false
}

// wordPattern matches text without white space.
var wordPattern = regexp.MustCompile(`\S+`)

// redact returns the text with "***" for every word that contains a secret.
func (r *redactor) redact(text string) string {
	if !strings.ContainsAny(text, escapeChars) && !r.contains(strings.ToLower(text)) && (len(text) < secretPart || !r.inBase64(text)) {
		return text
	}
	return wordPattern.ReplaceAllStringFunc(text, func(word string) string {
		if r.inBase64(word) {
			return masked
		}
		for unescaped := range unescapes(word) {
			if r.contains(unescaped) {
				return masked
			}
		}
		return word
	})
}

// printable masks the secrets in the beginning of an external string, then makes it printable on
// one line and cuts it to limit bytes. The order matters: a truncated secret would not be masked.
func (r *redactor) printable(text string, limit int) string {
	return Printable(r.redact(text[:min(len(text), maxRefusal)]), limit)
}

// redactors keeps one redactor for the secrets of all calls of a transport: the response
// to one call may contain the secrets of another.
type redactors struct {
	mu    sync.Mutex
	known []Secret
	all   *redactor
}

// with adds secrets and returns the redactor that masks all that are known.
func (r *redactors) with(secrets ...Secret) *redactor {
	r.mu.Lock()
	defer r.mu.Unlock()
	changed := r.all == nil
	for _, secret := range secrets {
		if !secret.Empty() {
			// The last used secret is the last to be forgotten.
			others := slices.DeleteFunc(r.known, func(known Secret) bool { return known == secret })
			changed = changed || len(others) == len(r.known)
			r.known = append(others, secret)
		}
	}
	if changed {
		r.known = slices.Clone(r.known[max(0, len(r.known)-mostSecrets):])
		r.all = newRedactor(r.known...)
	}
	return r.all
}

// Redact masks the secrets of t's calls in a text, such as a decoded authorization message.
func (t *Transport) Redact(text string) string { return t.redactors.with().redact(text) }

// unescapes yields a text in lower case: as it is, unescaped once, twice, and so on.
func unescapes(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		text := strings.ToLower(text)
		for before, n := "", 0; text != before && n < maxUnescapes && yield(text) && strings.ContainsAny(text, escapeChars); n++ {
			before, text = text, strings.ToLower(escapePattern.ReplaceAllStringFunc(text, unescape))
		}
	}
}

// escapeChars start the escape sequences.
const escapeChars = `%\&`

// escapePattern matches the escape sequences of URLs, JSON, scripts and HTML. "&gt" in "&gt%3B" is
// not an entity until %3B is unescaped.
var escapePattern = regexp.MustCompile(`%[[:xdigit:]]{2}|\\(?:u[[:xdigit:]]{4}|x[[:xdigit:]]{2}|[\\"'/])|&#?[[:alnum:]]+;`)

// unescape returns the character of an escape sequence; an invalid sequence is returned unchanged.
func unescape(sequence string) string {
	switch {
	case sequence[0] == '&':
		return html.UnescapeString(sequence)
	case len(sequence) == 2:
		return sequence[1:]
	}
	code, _ := strconv.ParseUint(strings.TrimLeft(sequence, `%\ux`), 16, 16)
	if sequence[1] == 'u' {
		return string(rune(code))
	}
	return string([]byte{byte(code)}) //nolint:gosec // two digits
}
