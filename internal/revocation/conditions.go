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
	FromNetworks    Networks
	NotFromNetworks Networks
	// UserAgent matches any part of a user agent.
	UserAgent *regexp.Regexp
	// CreatedAfter is inclusive, CreatedBefore exclusive.
	CreatedAfter  time.Time
	CreatedBefore time.Time
	// OlderThan and YoungerThan are ages at the time of the listing. A session of exactly
	// that age is not older.
	OlderThan   time.Duration
	YoungerThan time.Duration
	// MissingNoMatch decides about a session whose address, user agent or time the API does not
	// return. If true, the session fails a condition on that value; if false, it meets the
	// condition.
	MissingNoMatch bool
	// KeepNewest excludes the newest sessions, at most this many, of those that meet all
	// other conditions. A session without a start time counts as the oldest.
	KeepNewest int
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
	// Listed is the number of listed sessions, and ListedAt is when they were listed.
	Listed   int
	ListedAt time.Time
	// Missing are the Request.SessionIDs that were not listed.
	Missing []string
	// Steps has an entry for each condition that is set, in the order of evaluation.
	Steps []Step
	// NoneOutside is true if NotFromNetworks is set and excluded no session.
	NoneOutside bool
	// Unreadable counts the listed sessions whose address could not be parsed, if there is a
	// condition on networks. UnreadableSample is one of these addresses.
	Unreadable       int
	UnreadableSample string
	// ClockProblem says why ListedAt is by the local clock; "" if it is by the server's.
	ClockProblem string

	// from is FromNetworks, and seen are the networks among them with a listed session.
	from []netip.Prefix
	seen map[netip.Prefix]bool
}

// Unseen returns the FromNetworks without a listed session.
func (c Choice) Unseen() []netip.Prefix {
	return slices.DeleteFunc(slices.Clone(c.from), func(n netip.Prefix) bool { return c.seen[n] })
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
	maps.Copy(c.seen, other.seen)
	c.NoneOutside = c.NoneOutside && other.NoneOutside
	for i := range other.Steps {
		c.Steps[i].Left += other.Steps[i].Left
	}
}

// Choose returns the sessions that meet the conditions. Date is the time of the listing, for
// ages. It fails only if ctx ends, with its cause.
func (c *Conditions) Choose(ctx context.Context, sessions []identitycenter.Session, date time.Time) (Choice, error) {
	choice := Choice{Listed: len(sessions), from: c.FromNetworks.list, seen: map[netip.Prefix]bool{}}
	left := slices.Clone(sessions)
	for _, condition := range c.set(date, c.addresses(sessions, &choice)) {
		left = slices.DeleteFunc(left, func(s identitycenter.Session) bool {
			// A regular expression may take a millisecond for each session.
			return ctx.Err() != nil || !condition.met(s)
		})
		if ctx.Err() != nil {
			return choice, context.Cause(ctx)
		}
		choice.Steps = append(choice.Steps, Step{condition.name, len(left)})
		choice.NoneOutside = choice.NoneOutside || condition.name == NotFromNetworks && len(left) == len(sessions)
	}
	if c.KeepNewest > 0 {
		left = withoutNewest(left, c.KeepNewest)
		choice.Steps = append(choice.Steps, Step{KeepNewest, len(left)})
	}
	choice.Sessions = left
	return choice, nil
}

// addresses returns the session addresses by session ID and records them in choice. Without a
// condition on networks it does nothing.
func (c *Conditions) addresses(sessions []identitycenter.Session, choice *Choice) map[string]netip.Addr {
	all := map[string]netip.Addr{}
	if c.FromNetworks.Empty() && c.NotFromNetworks.Empty() {
		return all
	}
	for _, session := range sessions {
		if session.IPAddress == "" {
			continue
		}
		address := readAddress(session.IPAddress)
		if !address.IsValid() {
			choice.Unreadable++
			choice.UnreadableSample = cmp.Or(choice.UnreadableSample, session.IPAddress)
			continue
		}
		all[session.ID] = address
		for _, network := range c.FromNetworks.containing(address) {
			choice.seen[network] = true
		}
	}
	return all
}

// condition is a condition on single sessions, so not KeepNewest.
type condition struct {
	name string
	met  func(identitycenter.Session) bool
}

// set returns the conditions on single sessions that are set. NotFromNetworks is the first.
func (c *Conditions) set(date time.Time, addresses map[string]netip.Addr) []condition {
	type test = func(identitycenter.Session) bool
	var all []condition
	add := func(name string, isSet bool, known, met test) {
		if isSet {
			all = append(all, condition{name, func(s identitycenter.Session) bool {
				if !known(s) {
					return !c.MissingNoMatch
				}
				return met(s)
			}})
		}
	}
	hasAddress := func(s identitycenter.Session) bool { return addresses[s.ID].IsValid() }
	hasAgent := func(s identitycenter.Session) bool { return s.UserAgent != "" }
	hasTime := func(s identitycenter.Session) bool { return !s.CreatedAt.IsZero() }
	in := func(networks Networks, want bool) test {
		return func(s identitycenter.Session) bool { return len(networks.containing(addresses[s.ID])) > 0 == want }
	}
	before := func(at time.Time, want bool) test {
		return func(s identitycenter.Session) bool { return s.CreatedAt.Before(at) == want }
	}
	add(NotFromNetworks, !c.NotFromNetworks.Empty(), hasAddress, in(c.NotFromNetworks, false))
	add(FromNetworks, !c.FromNetworks.Empty(), hasAddress, in(c.FromNetworks, true))
	add(UserAgentRegex, c.UserAgent != nil, hasAgent, func(s identitycenter.Session) bool { return c.UserAgent.MatchString(s.UserAgent) })
	add(CreatedAfter, !c.CreatedAfter.IsZero(), hasTime, before(c.CreatedAfter, false))
	add(CreatedBefore, !c.CreatedBefore.IsZero(), hasTime, before(c.CreatedBefore, true))
	add(OlderThan, c.OlderThan > 0, hasTime, before(date.Add(-c.OlderThan), true))
	add(YoungerThan, c.YoungerThan > 0, hasTime, before(date.Add(-c.YoungerThan), false))
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
	included := func(network netip.Prefix) bool {
		return !slices.ContainsFunc(c.NotFromNetworks.containing(network.Addr()), func(larger netip.Prefix) bool { return larger.Bits() <= network.Bits() })
	}
	if !c.FromNetworks.Empty() && !slices.ContainsFunc(c.FromNetworks.list, included) {
		all = append(all, Problem{FromNetworks, "No session can match: not_from_networks excludes all of from_networks."})
	}
	return all
}
