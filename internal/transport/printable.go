// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of strings from outside, in bytes.
const (
	// LongestID is the limit of an ID or a name.
	LongestID = 256
	// LongestText is the limit of a message.
	LongestText = 4096
)

// Printable makes an external string printable on one line. It replaces characters that control a
// terminal or hide text, and collapses white space. It truncates the string to limit
// bytes, of which the last are then "...".
func Printable(text string, limit int) string {
	return strings.Join(strings.Fields(PrintableLines(text, limit)), " ")
}

// PrintableLines is Printable for a string whose line breaks and indentation are kept.
func PrintableLines(text string, limit int) string {
	cut := len(text) > limit
	if cut {
		// The last character may be truncated.
		text = strings.ToValidUTF8(text[:max(0, limit-len("..."))], "")
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case unicode.Is(unicode.Zs, r):
			return ' '
		case r == utf8.RuneError, !unicode.IsPrint(r):
			return '?'
		}
		return r
	}, text)
	if cut {
		text += "..."
	}
	return text
}
