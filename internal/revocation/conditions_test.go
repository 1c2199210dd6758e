// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package revocation

import (
	"context"
	"errors"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
)

func parseNetworks(t *testing.T, texts ...string) Networks {
	t.Helper()
	var all []netip.Prefix
	for _, text := range texts {
		network, err := ParseNetwork(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, network)
	}
	return NewNetworks(all...)
}

func TestParseNetwork(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"203.0.113.7": "203.0.113.7/32", "203.0.113.0/24": "203.0.113.0/24", "0.0.0.0/0": "0.0.0.0/0",
		"2001:db8::/32": "2001:db8::/32", "2001:DB8::1": "2001:db8::1/128", "::/0": "::/0",
		"::ffff:203.0.113.7": "203.0.113.7/32", "::ffff:203.0.113.0/120": "203.0.113.0/24", "::ffff:cb00:7107": "203.0.113.7/32",
		"::ffff:0:0/96": "0.0.0.0/0",
	} {
		if got, err := ParseNetwork(text); err != nil || got.String() != want {
			t.Errorf("%s: %s, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", " 203.0.113.7", "203.0.113.5/24", "203.0.113", "203.0.113.0/33", "203.0.113.0/-1", "203.0.113.07", "2001:db8::1/32", "fe80::1%eth0",
		"fe80::/10%eth0", "::ffff:203.0.113.0/64", "203.0.113.0/24/24", "example.com", "203.0.113.0/ 24", "203.0.113.0/024",
	} {
		if got, err := ParseNetwork(text); err == nil {
			t.Errorf("%q is taken for %s", text, got)
		}
	}
	if _, err := ParseNetwork("203.0.113.5/24"); !strings.Contains(err.Error(), "203.0.113.0/24 for the network or 203.0.113.5 for the address") {
		t.Error(err)
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	sessions := []identitycenter.Session{
		{ID: "new", IPAddress: "203.0.113.7", UserAgent: "Mozilla/5.0 (iPhone)", CreatedAt: ago(time.Hour)},
		{ID: "mapped", IPAddress: "::ffff:203.0.113.8", UserAgent: "curl/8", CreatedAt: ago(2 * time.Hour)},
		{ID: "v6", IPAddress: "2001:db8::1", UserAgent: "Mozilla/5.0", CreatedAt: ago(3 * time.Hour)},
		{ID: "odd", IPAddress: "somewhere", UserAgent: "Mozilla/5.0", CreatedAt: ago(4 * time.Hour)},
		{ID: "blank"},
	}
	for name, test := range map[string]struct {
		conditions Conditions
		want       string // Missing values match in the first case and do not match in the second.
		strict     string
	}{
		"a network":            {Conditions{FromNetworks: parseNetworks(t, "203.0.113.0/24")}, "new mapped odd blank", "new mapped"},
		"a mapped network":     {Conditions{FromNetworks: parseNetworks(t, "::ffff:203.0.113.8")}, "mapped odd blank", "mapped"},
		"two networks":         {Conditions{FromNetworks: parseNetworks(t, "203.0.113.7", "2001:db8::/32")}, "new v6 odd blank", "new v6"},
		"all of v6":            {Conditions{FromNetworks: parseNetworks(t, "::/0")}, "v6 odd blank", "v6"},
		"not a network":        {Conditions{NotFromNetworks: parseNetworks(t, "203.0.113.0/24")}, "v6 odd blank", "v6"},
		"in and not in":        {Conditions{FromNetworks: parseNetworks(t, "203.0.113.0/24"), NotFromNetworks: parseNetworks(t, "203.0.113.7")}, "mapped odd blank", "mapped"},
		"a browser":            {Conditions{UserAgent: regexp.MustCompile("(?i)mozilla")}, "new v6 odd blank", "new v6 odd"},
		"since, inclusive":     {Conditions{CreatedAfter: ago(3 * time.Hour)}, "new mapped v6 blank", "new mapped v6"},
		"until, exclusive":     {Conditions{CreatedBefore: ago(3 * time.Hour)}, "odd blank", "odd"},
		"older":                {Conditions{OlderThan: 2 * time.Hour}, "v6 odd blank", "v6 odd"},
		"younger":              {Conditions{YoungerThan: 2 * time.Hour}, "new mapped blank", "new mapped"},
		"all but the newest":   {Conditions{KeepNewest: 1}, "mapped v6 odd blank", "mapped v6 odd blank"},
		"all but the newest 4": {Conditions{KeepNewest: 4}, "blank", "blank"},
		"all but the newest 5": {Conditions{KeepNewest: 5}, "", ""},
		"keep comes last":      {Conditions{KeepNewest: 1, NotFromNetworks: parseNetworks(t, "203.0.113.0/24")}, "odd blank", ""},
	} {
		for _, strict := range []bool{false, true} {
			test.conditions.MissingNoMatch = strict
			want := map[bool]string{false: test.want, true: test.strict}[strict]
			choice, err := test.conditions.Choose(t.Context(), sessions, now)
			var got []string
			for _, s := range choice.Sessions {
				got = append(got, s.ID)
			}
			if err != nil || strings.Join(got, " ") != want || choice.Listed != 5 || choice.Steps[len(choice.Steps)-1].Left != len(got) {
				t.Errorf("%s, strict %t: %v, want %s (%s, %v)", name, strict, got, want, choice, err)
			}
		}
	}
	if sessions[0].ID != "new" || sessions[4].ID != "blank" {
		t.Error("the caller's list was changed")
	}
}

func TestChoose_steps(t *testing.T) {
	t.Parallel()
	now := time.Now()
	sessions := []identitycenter.Session{{ID: "a", IPAddress: "192.0.2.1", CreatedAt: now}, {ID: "b", CreatedAt: now}}
	c := Conditions{FromNetworks: parseNetworks(t, "192.0.2.1"), OlderThan: time.Hour, KeepNewest: 1}
	choice, err := c.Choose(t.Context(), sessions, now)
	if want := "2 sessions, from_networks left 2, older_than left 0, keep_newest left 0"; err != nil || choice.String() != want {
		t.Errorf("got %q, want %q (%v)", choice, want, err)
	}
}

func TestContradictions(t *testing.T) {
	t.Parallel()
	moment := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		conditions Conditions
		want       []string
	}{
		"times":                {Conditions{CreatedAfter: moment.Add(1), CreatedBefore: moment}, []string{CreatedAfter}},
		"the same time":        {Conditions{CreatedAfter: moment, CreatedBefore: moment}, []string{CreatedAfter}},
		"a time between":       {Conditions{CreatedAfter: moment, CreatedBefore: moment.Add(1)}, nil},
		"ages":                 {Conditions{OlderThan: 2, YoungerThan: 1}, []string{OlderThan}},
		"the same age":         {Conditions{OlderThan: 1, YoungerThan: 1}, []string{OlderThan}},
		"an age between":       {Conditions{OlderThan: 1, YoungerThan: 2}, nil},
		"all excluded":         {Conditions{FromNetworks: parseNetworks(t, "192.0.2.0/25", "192.0.2.200"), NotFromNetworks: parseNetworks(t, "192.0.2.0/24")}, []string{FromNetworks}},
		"one not excluded":     {Conditions{FromNetworks: parseNetworks(t, "192.0.2.0/25", "192.0.3.1"), NotFromNetworks: parseNetworks(t, "192.0.2.0/24")}, nil},
		"excluded but in part": {Conditions{FromNetworks: parseNetworks(t, "192.0.2.0/24"), NotFromNetworks: parseNetworks(t, "192.0.2.0/25")}, nil},
		"v4 is not in v6":      {Conditions{FromNetworks: parseNetworks(t, "192.0.2.0/24"), NotFromNetworks: parseNetworks(t, "::/0")}, nil},
		"times and ages":       {Conditions{CreatedAfter: moment, CreatedBefore: moment, OlderThan: 1, YoungerThan: 1}, []string{CreatedAfter, OlderThan}},
	} {
		var got []string
		for _, problem := range test.conditions.Contradictions() {
			got = append(got, problem.Argument)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// Each of the FromNetworks without a session is reported. The NotFromNetworks are reported only if
// none of them has a session.
func TestChoose_unseenNetworks(t *testing.T) {
	t.Parallel()
	sessions := []identitycenter.Session{{ID: "a", IPAddress: "::ffff:203.0.113.7"}, {ID: "b"}, {ID: "c", IPAddress: "2001:db8::1"}}
	from, not := parseNetworks(t, "203.0.113.7", "203.0.113.70", "2001:db8::/32"), parseNetworks(t, "192.0.2.1", "198.51.100.0/24")
	first, err := (&Conditions{FromNetworks: from, NotFromNetworks: not}).Choose(t.Context(), sessions, time.Time{})
	if err != nil || !slices.Equal(first.Unseen(), from.list[1:2]) || !first.NoneOutside {
		t.Errorf("%v: %+v", err, first)
	}
	// For several users, the unseen networks are those without a session of any user.
	second, err := (&Conditions{FromNetworks: from, NotFromNetworks: NewNetworks(append(not.list, from.list[0])...)}).Choose(t.Context(), sessions[:1], time.Time{})
	if err != nil || !slices.Equal(second.Unseen(), from.list[1:]) || second.NoneOutside {
		t.Errorf("%v: %+v", err, second)
	}
	// A session that is not selected because its address is unknown.
	if third, err := (&Conditions{NotFromNetworks: not, MissingNoMatch: true}).Choose(t.Context(), sessions, time.Time{}); err != nil || len(third.Sessions) != 2 || third.NoneOutside {
		t.Errorf("%v: %+v", err, third)
	}
	var all Choice
	all.Add(second)
	all.Add(first)
	if !slices.Equal(all.Unseen(), from.list[1:2]) || all.NoneOutside {
		t.Errorf("%+v", all)
	}
}

func TestReadAddress(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"203.0.113.9": "203.0.113.9", "203.0.113.9:52344": "203.0.113.9", "[2001:db8::1]:443": "2001:db8::1", "[2001:db8::1]": "2001:db8::1",
		"2001:DB8::1": "2001:db8::1", "::ffff:203.0.113.9": "203.0.113.9", "[::ffff:203.0.113.9]:1": "203.0.113.9", "203.0.113.9, 10.0.0.1, 10.0.0.2": "203.0.113.9",
		" 203.0.113.9:80 ,10.0.0.1": "203.0.113.9", "2001:db8::1,10.0.0.1": "2001:db8::1", "[2001:db8::1]:443,[2001:db8::2]:443": "2001:db8::1",
	} {
		if got := readAddress(text); got.String() != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"", ",203.0.113.9", "unknown", "203.0.113", "203.0.113.9:", "203.0.113.9:http", "203.0.113.9/24", "fe80::1%eth0", "[fe80::1%eth0]:443", "[203.0.113.9", "localhost:80"} {
		if got := readAddress(text); got.IsValid() {
			t.Errorf("%q is taken for %s", text, got)
		}
	}
}

func TestChoose_unreadableAddresses(t *testing.T) {
	t.Parallel()
	sessions := []identitycenter.Session{{ID: "a", IPAddress: "somewhere"}, {ID: "b", IPAddress: "203.0.113.7:443"}, {ID: "c"}, {ID: "d", IPAddress: "elsewhere"}}
	conditions := Conditions{FromNetworks: parseNetworks(t, "203.0.113.0/24"), MissingNoMatch: true}
	choice, err := conditions.Choose(t.Context(), sessions, time.Time{})
	if err != nil || choice.Unreadable != 2 || choice.UnreadableSample != "somewhere" || len(choice.Sessions) != 1 || len(choice.Unseen()) != 0 {
		t.Errorf("%v: %+v", err, choice)
	}
	choice.Add(choice)
	if choice.Unreadable != 4 || choice.UnreadableSample != "somewhere" {
		t.Errorf("%+v", choice)
	}
	// Without a condition on the address, unreadable addresses are ignored.
	if choice, err := (&Conditions{KeepNewest: 1}).Choose(t.Context(), sessions, time.Time{}); err != nil || choice.Unreadable != 0 {
		t.Errorf("%v: %+v", err, choice)
	}
}

// manySessions returns sessions with long user agents and many addresses.
func manySessions(n int) []identitycenter.Session {
	sessions := make([]identitycenter.Session, n)
	for i := range sessions {
		sessions[i] = identitycenter.Session{
			ID: strconv.Itoa(i), IPAddress: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}).String(), UserAgent: strings.Repeat("ab", 512), CreatedAt: time.Unix(int64(i), 0),
		}
	}
	return sessions
}

// Choosing from 100,000 sessions with thousands of networks takes less than a second.
func TestChoose_manyNetworksAndSessions(t *testing.T) {
	t.Parallel()
	sessions := manySessions(110_000)
	var networks []netip.Prefix
	for i := range 10_000 {
		networks = append(networks, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 200, byte(i >> 8), byte(i)}), 24+i%9).Masked())
	}
	conditions := Conditions{FromNetworks: NewNetworks(networks...), NotFromNetworks: NewNetworks(networks...)}
	begun := time.Now()
	choice, err := conditions.Choose(t.Context(), sessions, time.Time{})
	unseen := choice.Unseen()
	conditions.Contradictions()
	if took := time.Since(begun); err != nil || len(unseen) != 10_000 || took > 5*time.Second {
		t.Errorf("%v: %d unseen after %s", err, len(unseen), took)
	}
}

func TestChoose_cancelled(t *testing.T) {
	t.Parallel()
	conditions := Conditions{UserAgent: regexp.MustCompile(strings.Repeat("(a|b|ab|ba)*", 200) + "c")}
	sessions := manySessions(100_000)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begun := time.Now()
	_, err := conditions.Choose(ctx, sessions, time.Time{})
	if took := time.Since(begun); !errors.Is(err, context.DeadlineExceeded) || took > 5*time.Second {
		t.Errorf("%v after %s", err, took)
	}
}
