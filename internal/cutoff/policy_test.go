// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package cutoff

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

var moment = time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)

func statement(t testing.TB, at time.Time) Statement {
	t.Helper()
	return NewStatement(at)
}

func TestStatement_text(t *testing.T) {
	t.Parallel()
	s := statement(t, moment.Add(-time.Nanosecond))
	want := `{"Sid":"` + s.ID + `","Effect":"Deny","Action":["*"],"Resource":["*"],"Condition":{"DateLessThan":{"g:TokenIssueTime":["2026-11-25T03:00:00Z"]}}}`
	if got := statementText(s, nil); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	digits := strings.TrimPrefix(s.ID, "identitycenterCutoff")
	if len(digits) != 12 || strings.Trim(digits, "0123456789") != "" {
		t.Errorf("ID %q", s.ID)
	}
}

func TestPolicy_principals(t *testing.T) {
	t.Parallel()
	got := Policy(moment.In(time.FixedZone("", 3600)), "sts::*:assumed-agency:*/alice<&>", "sts::1:*")
	want := `{"Version":"5.0","Statement":[{"Sid":"identitycenterCutoff001795575600","Effect":"Deny","Action":["*"],"Resource":["*"],"Condition":{` +
		`"DateLessThan":{"g:TokenIssueTime":["2026-11-25T03:00:00Z"]},"StringMatch":{"g:PrincipalUrn":["sts::*:assumed-agency:*/alice<&>","sts::1:*"]}}}]}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := Policy(moment); strings.Contains(got, "StringMatch") || !json.Valid([]byte(got)) {
		t.Errorf("got %s", got)
	}
}

func TestRoundUp(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026-11-25T03:00:00Z":           "2026-11-25T03:00:00Z",
		"2026-11-25T03:00:00.000000001Z": "2026-11-25T03:00:01Z",
		"2026-11-25T05:00:00.5+02:00":    "2026-11-25T03:00:01Z",
		"1969-12-31T23:59:58.5Z":         "1969-12-31T23:59:59Z",
	} {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		if got := RoundUp(at).Format(time.RFC3339Nano); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestParse_unsupported(t *testing.T) {
	t.Parallel()
	for text, reason := range map[string]string{
		`[]`:                                   "is not an object",
		`"5.0"`:                                "is not an object",
		`{}`:                                   "does not have one Version and one Statement",
		`{"Version":"5.0"}`:                    "does not have one Version and one Statement",
		`{"Statement":[]}`:                     "does not have one Version and one Statement",
		`{"version":"5.0","Statement":[]}`:     "does not have one Version and one Statement",
		`{"Version":"1.1","Statement":[]}`:     `is of version "1.1"`,
		`{"Version":5.0,"Statement":[]}`:       "is of version 5.0",
		`{"Version":["5.0"],"Statement":[]}`:   `is of version ["5.0"]`,
		`{"Version":"5.0","Statement":{}}`:     "has a Statement that is not a list",
		`{"Version":"5.0","Statement":[{},1]}`: "has a statement (number 2) that is not an object",
		`{"Version":"5.0","Statement":[null]}`: "has a statement (number 1) that is not an object",
		`{"Version":"5.0","Statement":[],"Statement":[]}`:       "does not have one Version and one Statement",
		`{"Version":"5.0","Statement":[],"\u0056ersion":"5.0"}`: "does not have one Version and one Statement",
		`{"Version":"5.0","Statement":[]} {}`:                   "cannot be read as JSON",
		`{"Version":"5.0","Statement":[]}]`:                     "cannot be read as JSON",
		`{"Version":"5.0","Statement":[]`:                       "cannot be read as JSON",
		`{"Version":"5.0","Statement":[{}}`:                     "cannot be read as JSON",
		"\ufeff" + `{"Version":"5.0","Statement":[]}`:           "cannot be read as JSON",
		`<policy/>`: "cannot be read as JSON",
	} {
		_, err := parse(text)
		if !isPolicyError(err, reason) {
			t.Errorf("%s: got %v, want %q", text, err, reason)
		}
	}
	for _, text := range []string{"", " \n"} {
		if p, err := parse(text); p != nil || err != nil {
			t.Errorf("%q: %v, %v", text, p, err)
		}
	}
}

func TestPolicy_addAndRemove(t *testing.T) {
	t.Parallel()
	s := statement(t, moment)
	ours := statementText(s, nil)
	for before, after := range map[string]string{
		"": `{"Version":"5.0","Statement":[` + ours + `]}`,
		`{"Statement":[{"Sid":"a"}],"Version":"5.0"}`:                            `{"Statement":[{"Sid":"a"},` + ours + `],"Version":"5.0"}`,
		" {\n \"Version\" : \"5.0\",\n \"Statement\" : [ {\"a\":1e999} \n]\t}\n": " {\n \"Version\" : \"5.0\",\n \"Statement\" : [ {\"a\":1e999}," + ours + " \n]\t}\n",
		`{"Version":"5.0","Statement":[{"Sid":"a","Sid":"b"}],"x":[{}]}`:         `{"Version":"5.0","Statement":[{"Sid":"a","Sid":"b"},` + ours + `],"x":[{}]}`,
	} {
		got := mustParse(t, before).with(s)
		if got != after {
			t.Errorf("%s: got\n%s\nwant\n%s", before, got, after)
		}
		if back := remove(t, got, s); back != before {
			t.Errorf("%s: back is\n%s", before, back)
		}
	}
	// A policy without statements counts as no policy.
	if got := remove(t, mustParse(t, `{"Version":"5.0","Statement":[ ]}`).with(s), s); got != "" {
		t.Errorf("got %s", got)
	}
	// Changes by other clients around the statement remain.
	if got := remove(t, `{"Version":"5.0","Statement":[ `+ours+` , {"Sid":"a"} ]}`, s); got != `{"Version":"5.0","Statement":[ {"Sid":"a"} ]}` {
		t.Errorf("got %s", got)
	}
	if got := remove(t, `{"Version":"5.0","Statement":[{"Sid":"a"},`+ours+` , {"Sid":"b"} ]}`, s); got != `{"Version":"5.0","Statement":[{"Sid":"a"} , {"Sid":"b"} ]}` {
		t.Errorf("got %s", got)
	}
}

func TestPolicy_find(t *testing.T) {
	t.Parallel()
	s, same, other := statement(t, moment), statement(t, moment), statement(t, moment.Add(time.Second))
	nameless := `{"Effect":"Deny","Action":"*","Resource":["*"],"Condition":{"DateLessThan":{"g:TokenIssueTime":"2026-11-25T04:00:00+01:00"}}}`
	list := func(statements ...string) *policy {
		return mustParse(t, `{"Version":"5.0","Statement":[`+strings.Join(statements, ",")+`]}`)
	}
	all := list(statementText(other, nil), nameless, statementText(same, nil), statementText(s, nil), nameless)
	if i := all.find(s); i != 3 {
		t.Errorf("by Sid: %d", i)
	}
	// If another statement has a Sid, the API keeps Sids.
	if rest := mustParse(t, all.without(3)); rest.find(s) >= 0 || rest.countAnonymous(s, false) != 0 {
		t.Errorf("found %d", rest.find(s))
	}
	dropped := list(`{"Effect":"Allow"}`, nameless, nameless)
	if i, n := dropped.find(s), dropped.countAnonymous(s, false); i != 1 || n != 2 {
		t.Errorf("by what it denies: %d of %d", i, n)
	}
	for name, foreign := range map[string]Statement{"known to have a Sid": {ID: s.ID, IssuedBefore: moment, SidKept: true}, "without a Sid": {IssuedBefore: moment}} {
		if i := dropped.find(foreign); i >= 0 || dropped.countAnonymous(foreign, false) != 0 {
			t.Errorf("%s: %d", name, i)
		}
	}
	// Only one of them is removed at a time.
	if rest := mustParse(t, dropped.without(1)); rest.countAnonymous(s, false) != 1 {
		t.Errorf("left: %s", rest.text)
	}
	for _, foreign := range []string{
		statementText(same, nil), // a statement with another cutoff time
		strings.Replace(nameless, `"Deny"`, `"Allow"`, 1),
		strings.Replace(nameless, `"Effect"`, `"Principal":{},"Effect"`, 1),
		strings.Replace(nameless, `"Resource":["*"]`, `"Resource":["*","*"]`, 1),
		strings.Replace(nameless, `"Condition":{`, `"Condition":{"StringMatch":{"g:PrincipalUrn":["a"]},`, 1),
		strings.Replace(nameless, `{"g:TokenIssueTime"`, `{"g:CurrentTime":"2026-11-25T03:00:00Z","g:TokenIssueTime"`, 1),
		strings.Replace(nameless, "04:00:00", "05:00:00", 1),
		`{}`,
	} {
		if i := list(foreign).find(s); i >= 0 {
			t.Errorf("%s is not ours", foreign)
		}
	}
	// A changed statement of ours is found, but its condition differs.
	changed := list(strings.Replace(statementText(s, nil), `"Deny"`, `"Allow"`, 1))
	if i := changed.find(s); i != 0 || changed.has(s) {
		t.Errorf("found at %d", i)
	}
	if got := changed.replacing(0, s); got != policyWith(statementText(s, nil)) {
		t.Errorf("got %s", got)
	}
}

func mustParse(t *testing.T, text string) *policy {
	t.Helper()
	p, err := parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

func remove(t *testing.T, text string, s Statement) string {
	t.Helper()
	p := mustParse(t, text)
	i := p.find(s)
	if i < 0 {
		t.Fatalf("not found in %s", text)
	}
	return p.without(i)
}

// Adding statements to a generated policy and removing them in any order restores its bytes.
func TestPolicy_restoredBytes(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		text := randomPolicy(t, random)
		edited := text
		ours := make([]Statement, 1+random.IntN(3))
		for i := range ours {
			ours[i] = statement(t, moment.Add(time.Duration(random.IntN(2))*time.Second))
			edited = mustParse(t, edited).with(ours[i])
			if !json.Valid([]byte(edited)) {
				t.Fatalf("not JSON:\n%s", edited)
			}
		}
		if i := random.IntN(len(ours)); random.IntN(2) == 0 {
			p := mustParse(t, edited)
			moved := Statement{ID: ours[i].ID, IssuedBefore: moment.Add(time.Hour)}
			edited = p.replacing(p.find(ours[i]), moved)
			ours[i] = moved
		}
		for _, i := range random.Perm(len(ours)) {
			edited = remove(t, edited, ours[i])
		}
		if edited != text {
			t.Fatalf("before:\n%s\nafter:\n%s", text, edited)
		}
	}
}

// randomPolicy returns a policy with unusual white space, names, numbers and strings.
func randomPolicy(t *testing.T, random *rand.Rand) string {
	t.Helper()
	g := generator{random}
	statements := make([]string, 1+random.IntN(4))
	for i := range statements {
		statements[i] = g.object(3)
		if random.IntN(4) == 0 {
			statements[i] = statementText(statement(t, moment), nil)
		}
	}
	members := []string{
		g.pick(`"Version"`, `"\u0056ersion"`) + g.space() + ":" + g.space() + `"5.0"`,
		`"Statement"` + g.space() + ":" + g.space() + g.join("[", statements, "]"),
	}
	for range random.IntN(3) {
		members = append(members, g.member(2))
	}
	random.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	return g.space() + g.join("{", members, "}") + g.space()
}

type generator struct{ *rand.Rand }

func (g generator) pick(from ...string) string { return from[g.IntN(len(from))] }

func (g generator) space() string { return g.pick("", "", " ", "\n", "\t ", "\r\n  ") }

func (g generator) join(open string, parts []string, end string) string {
	var b strings.Builder
	for i, part := range parts {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, "%s%s%s", g.space(), part, g.space())
	}
	if len(parts) == 0 {
		b.WriteString(g.space())
	}
	return open + b.String() + end
}

func (g generator) member(depth int) string {
	name := g.pick(`"Sid"`, `"Effect"`, `"Action"`, `"a"`, `""`, `"Statemen\u0074s"`, `"versioN"`, `"statement"`, `"\ud834\udd1e"`, `"ö "`)
	return name + g.space() + ":" + g.space() + g.value(depth)
}

func (g generator) object(depth int) string {
	members := make([]string, g.IntN(4))
	for i := range members {
		members[i] = g.member(depth - 1)
	}
	return g.join("{", members, "}")
}

func (g generator) value(depth int) string {
	if depth > 0 && g.IntN(2) == 0 {
		if g.IntN(2) == 0 {
			return g.object(depth)
		}
		values := make([]string, g.IntN(3))
		for i := range values {
			values[i] = g.value(depth - 1)
		}
		return g.join("[", values, "]")
	}
	return g.pick("null", "true", "0", "-0", "1e999", "12345678901234567890123", "1.50", `""`, `"*"`, `"]"`, `"}{,\""`, `"\ud800"`, `"<&>"`,
		`"\u003c"`, `"\\"`, "\"\xff\"", `"Deny"`, `"2026-11-25T03:00:00Z"`)
}

// The statement can be added to and found in any string that parses as a policy. Removing it
// restores the bytes.
func FuzzPolicy(f *testing.F) {
	for _, seed := range []string{
		"", " ", `{"Version":"5.0","Statement":[]}`, `{"Version":"5.0","Statement":[{"Sid":"a"},{}]}`, "\ufeff{}", `{"Version":"5.0","Statement":{}}`,
		`{"Statement":[{"Effect":"Deny","n":1e400,"\u0053id":"\ud800"}],"Version":"5.0","Version":"5.0"}`, "{\r\n\"Version\": \"5.0\",\t\"Statement\": [\n{} ,{}\n] }\n",
		Policy(moment), Policy(moment, "sts::1:*"),
	} {
		f.Add(seed)
	}
	s := statement(f, moment)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parse(text)
		if err != nil || p != nil && p.find(s) >= 0 {
			return
		}
		edited := p.with(s)
		if !json.Valid([]byte(edited)) {
			t.Fatalf("not JSON: %q", edited)
		}
		again, err := parse(edited)
		if err != nil {
			t.Fatalf("%v: %q", err, edited)
		}
		i := again.find(s)
		if i < 0 {
			t.Fatalf("not found in %q", edited)
		}
		// A policy without other statements is deleted.
		if got := again.without(i); got != text && (p != nil && len(p.statements) > 0 || got != "") {
			t.Fatalf("before %q, after %q", text, got)
		}
	})
}
