// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package revocation

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
)

// Names of the conditions, as a configuration writes them.
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

// Conditions choose sessions: those that meet all conditions that are set. The zero
// value of a field is a condition that is not set.
type Conditions struct {
	// FromNetworks and NotFromNetworks are networks as ParseNetwork returns them.
	FromNetworks    []netip.Prefix
	NotFromNetworks []netip.Prefix
	// UserAgent matches any part of a user agent.
	UserAgent *regexp.Regexp
	// CreatedAfter is inclusive, CreatedBefore exclusive.
	CreatedAfter  time.Time
	CreatedBefore time.Time
	// OlderThan and YoungerThan are ages at the moment of the listing, by the
	// server's clock. A session of exactly that age is not older.
	OlderThan   time.Duration
	YoungerThan time.Duration
	// MissingNoMatch is true when a session fails a condition on its address,
	// user agent or time if the API does not tell that; otherwise it meets it.
	MissingNoMatch bool
	// KeepNewest comes last: the newest so many of the sessions that meet everything
	// else are not chosen. A session without a time is the oldest.
	KeepNewest int
}

// Step says how many sessions a condition left of those before it.
type Step struct {
	Condition string
	Left      int
}

// Choice is what Conditions chose from the sessions of one user.
type Choice struct {
	// Sessions are those that were chosen, in the order in which they were listed.
	Sessions []identitycenter.Session
	// Listed is how many sessions there were to choose from.
	Listed int
	// Steps has an entry for each condition that is set, in the order of evaluation.
	Steps []Step
	// Unseen are those of FromNetworks that no listed session is from.
	Unseen []netip.Prefix
	// NoneOutside is true when no listed session is from one of NotFromNetworks, so that
	// they left none out.
	NoneOutside bool
}

// String says how each condition counted: "6 sessions, older_than left 2".
func (c Choice) String() string {
	var text strings.Builder
	text.WriteString(Count(c.Listed))
	for _, step := range c.Steps {
		fmt.Fprintf(&text, ", %s left %d", step.Condition, step.Left)
	}
	return text.String()
}

// Add sums up how sessions were chosen by the same conditions.
func (c *Choice) Add(other Choice) {
	c.Listed += other.Listed
	if c.Steps == nil {
		c.Steps, c.Unseen, c.NoneOutside = slices.Clone(other.Steps), other.Unseen, other.NoneOutside
		return
	}
	// Both are parts of the same list, in its order.
	rest := other.Unseen
	c.Unseen = slices.DeleteFunc(c.Unseen, func(n netip.Prefix) bool {
		at := slices.Index(rest, n)
		if at >= 0 {
			rest = rest[at+1:]
		}
		return at < 0
	})
	c.NoneOutside = c.NoneOutside && other.NoneOutside
	for i := range other.Steps {
		c.Steps[i].Left += other.Steps[i].Left
	}
}

// leftNoneOut tells whether a condition that is set left as many sessions as were there
// before it.
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

// ErrNoDate says that a listing did not tell the time of the server, by which the
// ages of sessions are reckoned.
var ErrNoDate = errors.New("the response that lists the sessions has no usable Date header, so the age of the sessions is not known")

// Choose returns the sessions that meet the conditions. Date is the moment of the
// listing by the server's clock; the error is ErrNoDate when it is zero and an age
// is among the conditions.
func (c *Conditions) Choose(sessions []identitycenter.Session, date time.Time) (Choice, error) {
	choice := Choice{Listed: len(sessions)}
	if date.IsZero() && (c.OlderThan > 0 || c.YoungerThan > 0) {
		return choice, ErrNoDate
	}
	// A copy: the caller keeps the list.
	left := slices.Clone(sessions)
	for _, condition := range c.set(date) {
		left = slices.DeleteFunc(left, func(s identitycenter.Session) bool { return !condition.met(s) })
		choice.Steps = append(choice.Steps, Step{condition.name, len(left)})
	}
	if c.KeepNewest > 0 {
		left = withoutNewest(left, c.KeepNewest)
		choice.Steps = append(choice.Steps, Step{KeepNewest, len(left)})
	}
	choice.Sessions = left
	choice.Unseen = unseen(c.FromNetworks, sessions)
	choice.NoneOutside = choice.leftNoneOut(NotFromNetworks) && len(unseen(c.NotFromNetworks, sessions)) == len(c.NotFromNetworks)
	return choice, nil
}

// unseen returns the networks that no session is from.
func unseen(networks []netip.Prefix, sessions []identitycenter.Session) []netip.Prefix {
	if len(networks) == 0 {
		return nil
	}
	// Each address is read once: a blocklist may have thousands of networks.
	var addresses []netip.Addr
	for _, s := range sessions {
		if address, known := addressOf(s); known {
			addresses = append(addresses, address)
		}
	}
	return slices.DeleteFunc(slices.Clone(networks), func(n netip.Prefix) bool { return slices.ContainsFunc(addresses, n.Contains) })
}

// condition is one that is set, except for KeepNewest, which is about all sessions.
type condition struct {
	name string
	met  func(identitycenter.Session) bool
}

// set returns the conditions on single sessions that are set.
func (c *Conditions) set(date time.Time) []condition {
	var all []condition
	address := func(name string, networks []netip.Prefix, inside bool) {
		if len(networks) > 0 {
			all = append(all, condition{name, func(s identitycenter.Session) bool {
				address, known := addressOf(s)
				if !known {
					return !c.MissingNoMatch
				}
				return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(address) }) == inside
			}})
		}
	}
	begun := func(name string, isSet bool, met func(time.Time) bool) {
		if isSet {
			all = append(all, condition{name, func(s identitycenter.Session) bool {
				if s.CreatedAt.IsZero() {
					return !c.MissingNoMatch
				}
				return met(s.CreatedAt)
			}})
		}
	}

	address(FromNetworks, c.FromNetworks, true)
	address(NotFromNetworks, c.NotFromNetworks, false)
	if c.UserAgent != nil {
		all = append(all, condition{UserAgentRegex, func(s identitycenter.Session) bool {
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

// withoutNewest returns all sessions but the newest n, in their order. Of sessions
// that began at the same time the one with the smaller ID counts as newer, which is
// how they are listed.
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

// Problem is what is wrong with one argument.
type Problem struct {
	// Argument is the name of the condition, empty for all of them together.
	Argument string
	Text     string
}

// Contradictions returns the conditions that together no session can meet.
func (c *Conditions) Contradictions() []Problem {
	var all []Problem
	if !c.CreatedAfter.IsZero() && !c.CreatedBefore.IsZero() && !c.CreatedAfter.Before(c.CreatedBefore) {
		all = append(all, Problem{CreatedAfter, fmt.Sprintf("No session can match: created_after (%s) must be earlier than created_before (%s).",
			c.CreatedAfter.Format(time.RFC3339Nano), c.CreatedBefore.Format(time.RFC3339Nano))})
	}
	if c.OlderThan > 0 && c.YoungerThan > 0 && c.OlderThan >= c.YoungerThan {
		all = append(all, Problem{OlderThan, fmt.Sprintf("No session can match: older_than (%s) must be less than younger_than (%s).", c.OlderThan, c.YoungerThan)})
	}
	excluded := func(network netip.Prefix) bool {
		return slices.ContainsFunc(c.NotFromNetworks, func(not netip.Prefix) bool {
			return not.Bits() <= network.Bits() && not.Contains(network.Addr())
		})
	}
	if len(c.FromNetworks) > 0 && !slices.ContainsFunc(c.FromNetworks, func(n netip.Prefix) bool { return !excluded(n) }) {
		all = append(all, Problem{FromNetworks, "No session can match: not_from_networks excludes all of from_networks."})
	}
	return all
}

// ParseNetwork reads an address or a network in CIDR notation. IPv4-mapped IPv6 is
// IPv4. A network whose address has bits beyond its prefix is refused: it is not
// clear whether the host or its network is meant.
func ParseNetwork(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		address, err := netip.ParseAddr(text)
		if err != nil || address.Zone() != "" {
			return netip.Prefix{}, errors.New("it is no IPv4 or IPv6 address, and no network such as 203.0.113.0/24")
		}
		address = address.Unmap()
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	network, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, errors.New("it is no network in CIDR notation, such as 203.0.113.0/24 or 2001:db8::/32")
	}
	if network != network.Masked() {
		return netip.Prefix{}, fmt.Errorf("it has bits beyond its prefix: write %s for the network or %s for the address", network.Masked(), network.Addr())
	}
	if address := network.Addr(); address.Is4In6() {
		// The bits of the prefix ::ffff:0:0/96 are all set, so there are at least 96.
		return netip.PrefixFrom(address.Unmap(), network.Bits()-96), nil
	}
	return network, nil
}

// addressOf returns the address of a session; known is false when the API does not
// tell it, or in a form that is no address.
func addressOf(s identitycenter.Session) (address netip.Addr, known bool) {
	address, err := netip.ParseAddr(s.IPAddress)
	return address.Unmap(), err == nil && address.Zone() == ""
}
