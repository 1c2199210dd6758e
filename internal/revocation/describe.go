// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package revocation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// Count returns a number of sessions with its noun: "1 session", "3 sessions".
func Count(sessions int) string { return CountOf(sessions, "session") }

// CountOf returns a number with its noun. The noun is passed in the singular.
func CountOf(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Summary describes in one line what a revocation ended, and why not more: "no session of
// user u ended: 6 sessions, from_networks left 0".
func (o Outcome) Summary(userID string) string {
	text := fmt.Sprintf("%s of user %s ended", Count(len(o.Revoked)), userID)
	switch {
	case len(o.Revoked) == 0 && o.ResponseLost:
		text = fmt.Sprintf("no session of user %s is known to have ended", userID)
	case len(o.Revoked) == 0:
		text = fmt.Sprintf("no session of user %s ended", userID)
	}
	switch {
	case o.Choice != nil && len(o.Choice.Steps) > 0:
		text += ": " + o.Choice.String()
	case o.Choice != nil && o.Choice.Listed == 0:
		text += ": the user has none"
	}
	if len(o.AlreadyGone) > 0 {
		text += ", not found among the sessions of the user: " + Names(o.AlreadyGone)
	}
	if o.ResponseLost {
		text += " (a response was lost, so this revocation may have ended some of these)"
	}
	if len(o.NotRevoked) > 0 {
		text += fmt.Sprintf("; %s not known to have ended", Count(len(o.NotRevoked)))
	}
	return text
}

// Describe describes a session in one line. Its age is as of now; a zero now omits it.
func Describe(s identitycenter.Session, now time.Time) string {
	text := "session " + s.ID
	if s.IPAddress != "" {
		text += ", from " + s.IPAddress
	}
	if s.UserAgent != "" {
		text += ", with " + strconv.Quote(s.UserAgent)
	}
	if s.CreatedAt.IsZero() {
		return text
	}
	created := s.CreatedAt.Format(time.RFC3339)
	if now.IsZero() {
		return text + ", begun " + created
	}
	return text + fmt.Sprintf(", begun %s ago (%s)", now.Sub(s.CreatedAt).Round(time.Second), created)
}

// mostNamed is the number of sessions that a sentence names.
const mostNamed = 20

// Names lists IDs in a sentence.
func Names(ids []string) string {
	text := strings.Join(PrintableIDs(ids[:min(len(ids), mostNamed)]), ", ")
	if more := len(ids) - mostNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// PrintableIDs returns IDs without characters that a terminal interprets: IDs of a
// configuration may contain them.
func PrintableIDs(ids []string) []string {
	shown := make([]string, len(ids))
	for i, id := range ids {
		shown[i] = transport.Printable(id, transport.LongestID)
	}
	return shown
}

// IDs returns the IDs of sessions, in their order.
func IDs(sessions []identitycenter.Session) []string {
	ids := make([]string, len(sessions))
	for i, session := range sessions {
		ids[i] = session.ID
	}
	return ids
}

// SetOf returns a set of IDs.
func SetOf(ids []string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

func stillListed(ids []string, sessions []identitycenter.Session) []string {
	return without(ids, without(ids, IDs(sessions)))
}

func without(ids, others []string) []string {
	drop := SetOf(others)
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return drop[id] })
}

// Unique returns the distinct IDs of a list in the order of their first occurrence.
func Unique(ids []string) []string {
	seen := make(map[string]bool, len(ids))
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		again := seen[id]
		seen[id] = true
		return again
	})
}
