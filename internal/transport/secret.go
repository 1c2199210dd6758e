// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"fmt"
	"html"
	"io"
	"iter"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unique"
)

// masked stands in place of a secret.
const masked = "***"

// Secret is a text that must not be shown, such as a secret key or a token. It
// prints and marshals as "***". In an unexported field of a struct fmt calls no method;
// it then prints an address, as the text is kept behind a handle. Secrets can be
// compared; the zero value is the empty text.
type Secret struct{ text unique.Handle[string] }

// NewSecret returns a text as a secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{text: unique.Make(text)}
}

// Reveal returns the text itself, to sign or to send it.
func (s Secret) Reveal() string {
	if s.Empty() {
		return ""
	}
	return s.text.Value()
}

// Empty tells whether there is no text.
func (s Secret) Empty() bool { return s == Secret{} }

// Format prints "***" for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, masked) }

// MarshalText returns "***", so that JSON and logs hold nothing else.
func (s Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }

// UnmarshalText takes a text, so that what is read from JSON is a secret at once.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}

// secretPart is the length in bytes from which a part of a secret is masked like
// the whole of it: a server may echo a token that it has cut off.
const secretPart = 20

// wanted is the length of the parts that are looked for. It is shorter, as what looks like
// the beginning of an escape before a part, such as the backslash of \u0041, takes up to
// five bytes of it when the text is unescaped.
const wanted = secretPart - 6

// mostLayers bounds how often a text is unescaped to find secrets in it.
const mostLayers = 8

// redactor masks the secrets of a call wherever text from outside may hold them,
// as they are or escaped: for URLs, JSON or HTML, also several times. It does not
// change once it is made.
type redactor struct {
	// find returns where the secrets are, as parts of the original text. It is a function
	// because fmt prints nothing of what a function holds.
	find func(layer) []span
}

// newRedactor returns a redactor for the secrets; empty ones are left out.
func newRedactor(secrets ...Secret) *redactor {
	p := patterns{parts: map[string]struct{}{}}
	for _, secret := range secrets {
		// A secret that looks escaped is unescaped along with the text that it is in.
		for l := range layers(secret.Reveal()) {
			if len(l.text) < secretPart && (l.spans == nil && l.text != "" || len(l.text) >= shortestFresh) {
				p.short = append(p.short, l.text)
			}
			for i := 0; len(l.text) >= secretPart && i+wanted <= len(l.text); i++ {
				p.parts[l.text[i:i+wanted]] = struct{}{}
			}
		}
	}
	return &redactor{find: p.find}
}

// patterns are what a redactor looks for.
type patterns struct {
	// short are the secrets that are masked as a whole only.
	short []string
	// parts holds every part of so many bytes as are wanted of the longer secrets.
	parts map[string]struct{}
}

// redactors keeps the one redactor for all secrets that any call of a transport has
// carried: what signed one call, or was traded for keys by it, may be returned by the
// response to another.
type redactors struct {
	mu    sync.Mutex
	known map[Secret]struct{}
	all   *redactor
}

// with returns the redactor, which knows the secrets of these keys and the others from
// now on.
func (r *redactors) with(keys Keys, others ...Secret) *redactor {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		r.known, r.all = map[Secret]struct{}{}, newRedactor()
	}
	before := len(r.known)
	for _, secret := range append([]Secret{keys.SecretKey, keys.SecurityToken}, others...) {
		if !secret.Empty() {
			r.known[secret] = struct{}{}
		}
	}
	if len(r.known) > before {
		// A new one, as the calls under way use the old one.
		r.all = newRedactor(slices.Collect(maps.Keys(r.known))...)
	}
	return r.all
}

// Redact returns a text without the secrets that the calls of t have carried, for what
// a response quotes and the transport does not know, such as a decoded message.
func (t *Transport) Redact(text string) string {
	return t.redactors.with(Keys{}).redact(text)
}

// redact returns the text with "***" in place of every secret.
func (r *redactor) redact(text string) string {
	var hits []span
	for l := range layers(text) {
		hits = append(hits, r.find(l)...)
	}
	return mask(text, hits)
}

// span is a part of a text, from byte start to before byte end.
type span struct{ start, end int }

func (p patterns) find(l layer) []span {
	var hits []span
	for _, secret := range p.short {
		for at := 0; ; {
			i := strings.Index(l.text[at:], secret)
			if i < 0 {
				break
			}
			hits = append(hits, l.original(at+i, at+i+len(secret)))
			at += i + len(secret)
		}
	}
	for i := 0; i+wanted <= len(l.text); i++ {
		if _, found := p.parts[l.text[i:i+wanted]]; found {
			hits = append(hits, l.original(i, i+wanted))
		}
	}
	return hits
}

// mask puts "***" in place of parts of a text, once for those that touch.
func mask(text string, hits []span) string {
	if len(hits) == 0 {
		return text
	}
	slices.SortFunc(hits, func(a, b span) int { return a.start - b.start })
	var b strings.Builder
	done := 0
	for i := 0; i < len(hits); {
		hidden := hits[i]
		for i++; i < len(hits) && hits[i].start <= hidden.end; i++ {
			hidden.end = max(hidden.end, hits[i].end)
		}
		b.WriteString(text[done:hidden.start])
		b.WriteString(masked)
		done = hidden.end
	}
	b.WriteString(text[done:])
	return b.String()
}

// layer is a text that was unescaped so many times, and where each of its bytes
// was in the original; spans is nil for the original itself.
type layer struct {
	text  string
	spans []span
}

// layers yields a text, then unescaped once, and so on until nothing is left to unescape.
func layers(text string) iter.Seq[layer] {
	return func(yield func(layer) bool) {
		l, changed := layer{text: text}, true
		for n := 0; n < mostLayers && changed && yield(l); n++ {
			l, changed = l.unescape()
		}
	}
}

func (l layer) original(start, end int) span {
	if l.spans == nil {
		return span{start, end}
	}
	return span{l.spans[start].start, l.spans[end-1].end}
}

// unescape returns the text with every escape sequence replaced by what it stands
// for, and whether there was one.
func (l layer) unescape() (layer, bool) {
	if !strings.ContainsAny(l.text, `%\&`) {
		return l, false
	}
	changed := false
	next := layer{spans: []span{}}
	var b strings.Builder
	for i := 0; i < len(l.text); {
		plain, width := unescapeAt(l.text[i:])
		changed = changed || plain != l.text[i:i+width]
		b.WriteString(plain)
		for range len(plain) {
			next.spans = append(next.spans, l.original(i, i+width))
		}
		i += width
	}
	next.text = b.String()
	return next, changed
}

// entityPattern is an entity of HTML, of which the longest name has 31 letters.
var entityPattern = regexp.MustCompile(`^&#?[0-9A-Za-z]+;`)

const longestEntity = len("&") + 31 + len(";")

// unescapeAt returns what a text begins with and how many bytes that takes: the
// meaning of an escape sequence of URLs, JSON or HTML, else one byte.
func unescapeAt(text string) (plain string, width int) {
	switch text[0] {
	case '%':
		if len(text) >= len("%00") {
			if plain, err := url.PathUnescape(text[:len("%00")]); err == nil {
				return plain, len("%00")
			}
		}
	case '\\':
		// JSON escapes slashes and scripts escape single quotes, which Go does not.
		if len(text) >= 2 && strings.IndexByte(`"/'`, text[1]) >= 0 {
			return text[1:2], 2
		}
		if char, wide, rest, err := strconv.UnquoteChar(text, 0); err == nil {
			plain := string(char)
			if !wide {
				plain = string([]byte{byte(char)}) //nolint:gosec // It fits.
			}
			return plain, len(text) - len(rest)
		}
	case '&':
		// Only a whole entity: html would also take the "&gt" of "&gt%3B", which is one that
		// was escaped again.
		if entity := entityPattern.FindString(text[:min(len(text), longestEntity)]); entity != "" {
			if plain := html.UnescapeString(entity); plain != entity {
				return plain, len(entity)
			}
		}
	}
	return text[:1], 1
}
