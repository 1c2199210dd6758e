// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"fmt"
	"io"
	"unique"
)

// masked replaces a secret.
const masked = "***"

// Secret is a string that must not be shown, such as a secret key or a token. It prints
// and marshals as "***". fmt does not call methods of unexported fields; it prints an
// address there, because the string is kept behind a handle. Secrets are comparable; the
// zero value is the empty string.
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
