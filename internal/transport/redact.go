// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"html"
	"iter"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

const (
	// secretPart is the length in bytes from which a part of a secret is masked like the
	// whole: a server may echo a token that it has cut.
	secretPart = 20
	// partLength is the length of the parts that are searched for. It is shorter, because
	// unescaping may consume up to five bytes before a part, such as the backslash of \u0041.
	partLength = secretPart - 6
	// maxUnescapes limits how often a string is unescaped to find secrets in it.
	maxUnescapes = 8

	// shortestLearned is the length of the shortest secret that is learned from a response:
	// a single letter would be masked wherever it occurs.
	shortestLearned = 8
	// longestLearned and mostLearned limit the length in bytes, and the number, of the secrets
	// that are learned from one response.
	longestLearned, mostLearned = 16 << 10, 16
	// mostSecrets limits the secrets that a transport knows. Those not used for the longest
	// time are forgotten.
	mostSecrets = 64
)

// redactor masks secrets in strings from outside, as they are or escaped for URLs, JSON
// or HTML, also several times. It is immutable.
type redactor struct {
	// contains is a function because fmt prints nothing of what a function holds.
	contains func(text string) bool
}

// newRedactor returns a redactor for the secrets.
func newRedactor(secrets ...Secret) *redactor {
	short, parts := []string(nil), map[string]struct{}{}
	for _, secret := range secrets {
		// redact checks word by word.
		for _, word := range strings.Fields(secret.Reveal()) {
			// A secret that looks escaped is unescaped together with the text around it.
			for unescaped := range unescapes(word) {
				if len(unescaped) < secretPart && (unescaped == word || len(unescaped) >= shortestLearned) {
					short = append(short, unescaped)
				}
				for i := 0; len(unescaped) >= secretPart && i+partLength <= len(unescaped); i++ {
					parts[unescaped[i:i+partLength]] = struct{}{}
				}
			}
		}
	}
	return &redactor{contains: func(text string) bool {
		for i := 0; i+partLength <= len(text); i++ {
			if _, found := parts[text[i:i+partLength]]; found {
				return true
			}
		}
		return slices.ContainsFunc(short, func(secret string) bool { return strings.Contains(text, secret) })
	}}
}

// with returns a redactor that also masks the signature in the value of an Authorization
// header. A signature is valid for 15 minutes.
func (r *redactor) with(authorization string) *redactor {
	_, signature, signed := strings.Cut(authorization, "Signature=")
	if !signed || len(signature) < secretPart {
		return r
	}
	return &redactor{contains: func(text string) bool {
		for i := 0; i+partLength <= len(text); i++ {
			if strings.Contains(signature, text[i:i+partLength]) {
				return true
			}
		}
		return r.contains(text)
	}}
}

// wordPattern matches what white space separates.
var wordPattern = regexp.MustCompile(`\S+`)

// redact returns the text with "***" for every word that contains a secret.
func (r *redactor) redact(text string) string {
	if !strings.ContainsAny(text, escapeChars) && !r.contains(text) {
		return text
	}
	return wordPattern.ReplaceAllStringFunc(text, func(word string) string {
		for unescaped := range unescapes(word) {
			if r.contains(unescaped) {
				return masked
			}
		}
		return word
	})
}

// printable masks the secrets in a string from outside, then makes it printable on one
// line and cuts it to limit bytes. Masking comes first, so that no secret is cut in two.
func (r *redactor) printable(text string, limit int) string {
	const longest = maxRefusal
	redacted := r.redact(text[:min(len(text), longest)])
	if len(text) > longest && len(redacted) < limit {
		redacted = masked // Its end was cut, and may be a part of a secret.
	}
	return Printable(redacted, limit)
}

// redactors keeps one redactor for the secrets of all calls of a transport: the response
// to one call may contain the secrets of another.
type redactors struct {
	mu sync.Mutex
	// known is in the order of the last use.
	known []Secret
	all   *redactor
}

// with adds secrets and returns the redactor that masks all that are known.
func (r *redactors) with(secrets ...Secret) *redactor {
	r.mu.Lock()
	defer r.mu.Unlock()
	changed := r.all == nil
	for _, secret := range secrets {
		if secret.Empty() {
			continue
		}
		// The last one used is the last one to be forgotten.
		if i := slices.Index(r.known, secret); i >= 0 {
			r.known = slices.Delete(r.known, i, i+1)
		} else {
			changed = true
		}
		r.known = append(r.known, secret)
	}
	if changed {
		r.known = slices.Clone(r.known[max(0, len(r.known)-mostSecrets):])
		r.all = newRedactor(r.known...)
	}
	return r.all
}

// Redact masks the secrets that the calls of t have carried in a text, such as a decoded
// authorization message.
func (t *Transport) Redact(text string) string { return t.redactors.with().redact(text) }

// unescapes yields a text as it is, unescaped once, twice, and so on.
func unescapes(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for range maxUnescapes {
			if !yield(text) || !strings.ContainsAny(text, escapeChars) {
				return
			}
			unescaped := escapePattern.ReplaceAllStringFunc(text, unescape)
			if unescaped == text {
				return
			}
			text = unescaped
		}
	}
}

// escapeChars start the escape sequences.
const escapeChars = `%\&`

// escapePattern matches the escape sequences of URLs, JSON, scripts and HTML. The longest
// name of an HTML entity has 31 letters; "&gt" in "&gt%3B" is not one yet.
var escapePattern = regexp.MustCompile(`%[[:xdigit:]]{2}|` +
	`\\(?:u[[:xdigit:]]{4}|U[[:xdigit:]]{8}|x[[:xdigit:]]{2}|[0-7]{3}|[abfnrtv\\"'/])|&#?[[:alnum:]]{1,31};`)

// unescape returns what an escape sequence stands for; itself if it is not valid.
func unescape(sequence string) string {
	switch sequence[0] {
	case '%':
		if text, err := url.PathUnescape(sequence); err == nil {
			return text
		}
	case '&':
		return html.UnescapeString(sequence)
	default:
		if strings.Contains(`"'/`, sequence[1:]) {
			return sequence[1:]
		}
		if char, wide, _, err := strconv.UnquoteChar(sequence, 0); err == nil && wide {
			return string(char)
		} else if err == nil {
			return string([]byte{byte(char)}) //nolint:gosec // It is at most 255.
		}
	}
	return sequence
}
