// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package revocation

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
)

// Names of the conditions in a configuration.
const (
	FromNetworks     = "from_networks"
	NotFromNetworks  = "not_from_networks"
	UserAgentRegex   = "user_agent_regex"
	CreatedAfter     = "created_after"
	CreatedBefore    = "created_before"
	OlderThan        = "older_than"
	YoungerThan      = "younger_than"
	KeepNewest       = "keep_newest"
	TreatMissingData = "treat_missing_data"
)

// Conditions select the sessions that meet all conditions that are set. A zero field is a
// condition that is not set.
type Conditions struct {
	// FromNetworks and NotFromNetworks are networks as ParseNetwork returns them.
	FromNetworks    []netip.Prefix
	NotFromNetworks []netip.Prefix
	// UserAgent matches any part of a user agent.
	UserAgent *regexp.Regexp
	// CreatedAfter is inclusive, CreatedBefore exclusive.
	CreatedAfter  time.Time
	CreatedBefore time.Time
	// OlderThan and YoungerThan are ages at the time of the listing. A session of exactly
	// that age is not older.
	OlderThan   time.Duration
	YoungerThan time.Duration
	// MissingNoMatch decides about a session whose address, user agent or time the API does
	// not return: true means that it fails a condition on that value, false that it meets it.
	MissingNoMatch bool
	// KeepNewest excludes the newest sessions, at most this many, of those that meet all
	// other conditions. A session without a start time counts as the oldest.
	KeepNewest int

	// indexed is set by Indexed, nil before.
	indexed *networkIndex
}

// networkIndex holds the networks of Conditions for fast lookup.
type networkIndex struct{ from, not networks }

// Indexed returns a copy whose Choose is fast for many lists of sessions. The networks must
// not change afterwards.
func (c *Conditions) Indexed() *Conditions {
	indexed := *c
	indexed.indexed = &networkIndex{from: newNetworks(c.FromNetworks), not: newNetworks(c.NotFromNetworks)}
	return &indexed
}

// Step is how many sessions were left after a condition.
type Step struct {
	Condition string
	Left      int
}

// Choice describes which sessions of a user the Conditions selected, and how.
type Choice struct {
	// Sessions are the selected sessions, in the order of the listing.
	Sessions []identitycenter.Session
	// Listed is the number of listed sessions.
	Listed int
	// Steps has an entry for each condition that is set, in the order of evaluation.
	Steps []Step
	// NoneOutside is true if every listed session is outside NotFromNetworks, so that the
	// condition excluded none.
	NoneOutside bool
	// Unreadable counts the listed sessions whose address could not be parsed, if there is a
	// condition on networks. UnreadableSample is one of these addresses. Such sessions count
	// as sessions without an address.
	Unreadable       int
	UnreadableSample string
	// ClockProblem says why the time of the listing is by the local clock, as
	// transport.Receipt.ClockProblem does; "" if it is by the server's.
	ClockProblem string

	// from is FromNetworks, and seen are the networks among them with a listed session.
	from []netip.Prefix
	seen map[netip.Prefix]struct{}
}

// Unseen returns the FromNetworks without a listed session.
func (c Choice) Unseen() []netip.Prefix {
	return slices.DeleteFunc(slices.Clone(c.from), func(n netip.Prefix) bool {
		_, seen := c.seen[n.Masked()]
		return seen
	})
}

// String describes the effect of each condition: "6 sessions, older_than left 2".
func (c Choice) String() string {
	var text strings.Builder
	text.WriteString(Count(c.Listed))
	for _, step := range c.Steps {
		fmt.Fprintf(&text, ", %s left %d", step.Condition, step.Left)
	}
	return text.String()
}

// Add adds the choice for another user by the same conditions.
func (c *Choice) Add(other Choice) {
	c.Listed += other.Listed
	c.Unreadable += other.Unreadable
	c.UnreadableSample = cmp.Or(c.UnreadableSample, other.UnreadableSample)
	c.ClockProblem = cmp.Or(c.ClockProblem, other.ClockProblem)
	if c.Steps == nil {
		c.Steps, c.NoneOutside = slices.Clone(other.Steps), other.NoneOutside
		c.from, c.seen = other.from, maps.Clone(other.seen)
		return
	}
	for network := range other.seen {
		c.seen[network] = struct{}{}
	}
	c.NoneOutside = c.NoneOutside && other.NoneOutside
	for i := range other.Steps {
		c.Steps[i].Left += other.Steps[i].Left
	}
}

// leftNoneOut reports whether a condition that is set excluded no session.
func (c Choice) leftNoneOut(condition string) bool {
	before := c.Listed
	for _, step := range c.Steps {
		if step.Condition == condition {
			return step.Left == before
		}
		before = step.Left
	}
	return false
}

// candidate is a session with its parsed address, which is invalid if the address is unknown.
type candidate struct {
	identitycenter.Session
	address netip.Addr
}

// Choose returns the sessions that meet the conditions. Date is the time of the listing, for
// ages. It fails only if ctx ends, with its cause.
func (c *Conditions) Choose(ctx context.Context, sessions []identitycenter.Session, date time.Time) (Choice, error) {
	if c.indexed == nil {
		c = c.Indexed()
	}
	choice := Choice{Listed: len(sessions), from: c.FromNetworks, seen: map[netip.Prefix]struct{}{}}
	left, noneIn := c.candidates(sessions, &choice)
	for _, condition := range c.set(date) {
		kept := make([]candidate, 0, len(left))
		for _, candidate := range left {
			// A regular expression may take a millisecond for each session.
			if ctx.Err() != nil {
				return choice, context.Cause(ctx)
			}
			if condition.met(candidate) {
				kept = append(kept, candidate)
			}
		}
		left = kept
		choice.Steps = append(choice.Steps, Step{condition.name, len(left)})
	}
	choice.Sessions = make([]identitycenter.Session, len(left))
	for i, candidate := range left {
		choice.Sessions[i] = candidate.Session
	}
	if c.KeepNewest > 0 {
		choice.Sessions = withoutNewest(choice.Sessions, c.KeepNewest)
		choice.Steps = append(choice.Steps, Step{KeepNewest, len(choice.Sessions)})
	}
	choice.NoneOutside = len(c.NotFromNetworks) > 0 && noneIn && choice.leftNoneOut(NotFromNetworks)
	return choice, nil
}

// candidates parses the addresses of the sessions if there is a condition on networks, and
// records in choice what they are. noneIn reports that none is in NotFromNetworks.
func (c *Conditions) candidates(sessions []identitycenter.Session, choice *Choice) (all []candidate, noneIn bool) {
	all, noneIn = make([]candidate, len(sessions)), true
	for i, session := range sessions {
		all[i].Session = session
		if len(c.FromNetworks)+len(c.NotFromNetworks) == 0 || session.IPAddress == "" {
			continue
		}
		address, err := readAddress(session.IPAddress)
		if err != nil {
			choice.Unreadable++
			choice.UnreadableSample = cmp.Or(choice.UnreadableSample, session.IPAddress)
			continue
		}
		all[i].address = address
		for network := range c.indexed.from.containing(address) {
			choice.seen[network] = struct{}{}
		}
		noneIn = noneIn && !c.indexed.not.contain(address)
	}
	return all, noneIn
}

// condition is a condition on single sessions, so not KeepNewest.
type condition struct {
	name string
	met  func(candidate) bool
}

// set returns the conditions on single sessions that are set. The networks must be indexed.
func (c *Conditions) set(date time.Time) []condition {
	var all []condition
	address := func(name string, networks networks, inside bool) {
		if len(networks.prefixes) > 0 {
			all = append(all, condition{name, func(s candidate) bool {
				if !s.address.IsValid() {
					return !c.MissingNoMatch
				}
				return networks.contain(s.address) == inside
			}})
		}
	}
	begun := func(name string, isSet bool, met func(time.Time) bool) {
		if isSet {
			all = append(all, condition{name, func(s candidate) bool {
				if s.CreatedAt.IsZero() {
					return !c.MissingNoMatch
				}
				return met(s.CreatedAt)
			}})
		}
	}

	address(FromNetworks, c.indexed.from, true)
	address(NotFromNetworks, c.indexed.not, false)
	if c.UserAgent != nil {
		all = append(all, condition{UserAgentRegex, func(s candidate) bool {
			if s.UserAgent == "" {
				return !c.MissingNoMatch
			}
			return c.UserAgent.MatchString(s.UserAgent)
		}})
	}
	begun(CreatedAfter, !c.CreatedAfter.IsZero(), func(t time.Time) bool { return !t.Before(c.CreatedAfter) })
	begun(CreatedBefore, !c.CreatedBefore.IsZero(), func(t time.Time) bool { return t.Before(c.CreatedBefore) })
	begun(OlderThan, c.OlderThan > 0, func(t time.Time) bool { return t.Before(date.Add(-c.OlderThan)) })
	begun(YoungerThan, c.YoungerThan > 0, func(t time.Time) bool { return !t.Before(date.Add(-c.YoungerThan)) })
	return all
}

// withoutNewest returns all sessions except the newest n, in their order. Of two sessions
// with the same start time, the one with the smaller ID counts as newer, as in a listing.
func withoutNewest(sessions []identitycenter.Session, n int) []identitycenter.Session {
	if len(sessions) <= n {
		return nil
	}
	newest := slices.Clone(sessions)
	slices.SortFunc(newest, func(a, b identitycenter.Session) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	keep := SetOf(IDs(newest[:n]))
	return slices.DeleteFunc(sessions, func(s identitycenter.Session) bool { return keep[s.ID] })
}

// Problem is a conflict between arguments.
type Problem struct {
	// Argument is the name of the condition; empty for all of them together.
	Argument string
	Text     string
}

// Contradictions returns the conditions that no session can meet together.
func (c *Conditions) Contradictions() []Problem {
	var all []Problem
	if !c.CreatedAfter.IsZero() && !c.CreatedBefore.IsZero() && !c.CreatedAfter.Before(c.CreatedBefore) {
		all = append(all, Problem{CreatedAfter, fmt.Sprintf("No session can match: created_after (%s) must be earlier than created_before (%s).",
			c.CreatedAfter.Format(time.RFC3339Nano), c.CreatedBefore.Format(time.RFC3339Nano))})
	}
	if c.OlderThan > 0 && c.YoungerThan > 0 && c.OlderThan >= c.YoungerThan {
		all = append(all, Problem{OlderThan, fmt.Sprintf("No session can match: older_than (%s) must be less than younger_than (%s).", c.OlderThan, c.YoungerThan)})
	}
	not := newNetworks(c.NotFromNetworks)
	excluded := func(network netip.Prefix) bool {
		for larger := range not.containing(network.Addr()) {
			if larger.Bits() <= network.Bits() {
				return true
			}
		}
		return false
	}
	if len(c.FromNetworks) > 0 && !slices.ContainsFunc(c.FromNetworks, func(n netip.Prefix) bool { return !excluded(n) }) {
		all = append(all, Problem{FromNetworks, "No session can match: not_from_networks excludes all of from_networks."})
	}
	return all
}
