// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package cutoff

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// policy is a custom policy with the positions of its statements. Edits cut and insert bytes,
// so that all other statements keep their bytes.
type policy struct {
	text string
	// open is the offset after the bracket that opens the list of statements.
	open       int
	statements []element
}

// element is a statement of a policy. Of a repeated member, the last one counts.
type element struct {
	// start is the offset of the first byte, end the offset after the last one.
	start, end int
	// sid is "" for a statement without one.
	sid string
	// isCutoff is true if the statement has the form of the statements of this package,
	// whatever its Sid. issuedBefore is its cutoff time in UTC.
	isCutoff     bool
	issuedBefore time.Time
}

// denies reports whether the statement denies what s denies.
func (e element) denies(s Statement) bool { return e.isCutoff && e.issuedBefore.Equal(s.IssuedBefore) }

// parse finds the statements of a policy. It returns nil for white space, which is no policy.
// A string that is not a policy of version 5.0 is a *PolicyError.
func parse(text string) (*policy, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil //nolint:nilnil // A permission set without a policy is a valid result.
	}
	if err := json.Unmarshal([]byte(text), new(json.RawMessage)); err != nil {
		return nil, unsupported("cannot be read as JSON: " + err.Error())
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil, unsupported("is not an object")
	}
	p := &policy{text: text}
	var version json.RawMessage
	seen := map[json.Token]int{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		seen[name]++
		switch name {
		case "Version":
			err = decoder.Decode(&version)
		case "Statement":
			err = p.scanStatements(decoder)
		default:
			err = decoder.Decode(new(json.RawMessage))
		}
		if err != nil {
			return nil, err
		}
	}
	if seen["Version"] != 1 || seen["Statement"] != 1 {
		return nil, unsupported("does not have one Version and one Statement")
	}
	if v := ""; json.Unmarshal(version, &v) != nil || v != policyVersion {
		return nil, unsupported(fmt.Sprintf("is of version %.40s", version))
	}
	return p, nil
}

// scanStatements reads the list of statements.
func (p *policy) scanStatements(decoder *json.Decoder) error {
	if token, err := decoder.Token(); err != nil || token != json.Delim('[') {
		return unsupported("has a Statement that is not a list")
	}
	p.open = int(decoder.InputOffset())
	for decoder.More() {
		var raw json.RawMessage
		if err := decoder.Decode(&raw); err != nil {
			return err
		}
		var members map[string]any
		content := json.NewDecoder(strings.NewReader(string(raw)))
		content.UseNumber() // A number may not fit a float64.
		if err := content.Decode(&members); err != nil || members == nil {
			return unsupported(fmt.Sprintf("has a statement (number %d) that is not an object", len(p.statements)+1))
		}
		end := int(decoder.InputOffset())
		e := element{start: end - len(raw), end: end}
		e.sid, _ = members["Sid"].(string)
		e.issuedBefore, e.isCutoff = cutoffTimeOf(members)
		p.statements = append(p.statements, e)
	}
	_, err := decoder.Token()
	return err
}

// has reports whether the statement is in the policy and denies what it should.
func (p *policy) has(s Statement) bool {
	i := p.find(s)
	return i >= 0 && p.statements[i].denies(s)
}

// find returns the index of a statement: by its Sid, or by what it denies if the API may have
// dropped the Sid; -1 if there is none.
func (p *policy) find(s Statement) int {
	i := p.byID(s)
	if i < 0 && !p.keepsSids(s) {
		i = slices.IndexFunc(p.statements, func(e element) bool { return e.denies(s) })
	}
	if len(s.Previous) == 0 || i >= 0 && p.statements[i].denies(s) {
		return i
	}
	return p.find(s.before())
}

// byID returns the index of the statement with the Sid of s in any case, or -1. If several have the
// Sid, the one that denies what s denies comes before the first one.
func (p *policy) byID(s Statement) int {
	if p == nil || s.ID == "" {
		return -1
	}
	has := func(e element) bool { return strings.EqualFold(e.sid, s.ID) }
	if i := slices.IndexFunc(p.statements, func(e element) bool { return has(e) && e.denies(s) }); i >= 0 {
		return i
	}
	return slices.IndexFunc(p.statements, has)
}

// keepsSids reports whether a statement without a Sid cannot be s: s has none itself, s was
// read with its Sid before, or another statement has one, so the API keeps Sids.
func (p *policy) keepsSids(s Statement) bool {
	return p == nil || s.ID == "" || s.SidKept || slices.ContainsFunc(p.statements, func(e element) bool { return e.sid != "" })
}

// countAnonymous counts the statements without a Sid that may be s, also with a previous time.
func (p *policy) countAnonymous(s Statement, previous bool) int {
	n := 0
	if !p.keepsSids(s) {
		for _, e := range p.statements {
			if e.denies(s) || previous && e.isCutoff && slices.ContainsFunc(s.Previous, e.issuedBefore.Equal) {
				n++
			}
		}
	}
	return n
}

// with returns the policy with s after all other statements.
func (p *policy) with(s Statement) string {
	text := statementText(s, nil)
	switch {
	case p == nil:
		return policyWith(text)
	case len(p.statements) == 0:
		return p.text[:p.open] + text + p.text[p.open:]
	}
	end := p.statements[len(p.statements)-1].end
	return p.text[:end] + "," + text + p.text[end:]
}

// replacing returns the policy with s in place of the statement at index i.
func (p *policy) replacing(i int, s Statement) string {
	return p.text[:p.statements[i].start] + statementText(s, nil) + p.text[p.statements[i].end:]
}

// without returns the policy without the statement at index i and the comma before or after
// it; "" if no statement would be left.
func (p *policy) without(i int) string {
	switch {
	case len(p.statements) == 1:
		return ""
	case i == 0:
		return p.text[:p.statements[0].start] + p.text[p.statements[1].start:]
	}
	return p.text[:p.statements[i-1].end] + p.text[p.statements[i].end:]
}
