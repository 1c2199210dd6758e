// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package cutoff

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// policy is a custom policy with the positions of its statements. Edits cut and insert bytes,
// so that all other statements keep their bytes.
type policy struct {
	text string
	// open is the offset after the bracket that opens the list of statements.
	open       int
	statements []element
}

// element is a statement of a policy.
type element struct {
	// start and end are the offsets of its first byte and after its last byte.
	start, end int
	// members are its decoded members. Of a repeated name, the last one counts.
	members map[string]any
}

// parse finds the statements of a policy. It returns nil for white space, which is no policy.
// A string that is not a policy of version 5.0 is an *UnsupportedPolicyError.
func parse(text string) (*policy, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil //nolint:nilnil // A permission set without a policy is a valid result.
	}
	p := &policy{text: text, open: -1}
	if err := p.scan(); err != nil {
		var unsupported *UnsupportedPolicyError
		if errors.As(err, &unsupported) {
			return nil, unsupported
		}
		return nil, &UnsupportedPolicyError{Reason: "cannot be read as JSON: " + err.Error()}
	}
	return p, nil
}

// scan reads the members of the policy.
func (p *policy) scan() error {
	decoder := json.NewDecoder(strings.NewReader(p.text))
	// Other statements may have numbers that do not fit a float64.
	decoder.UseNumber()
	if err := begin(decoder, '{', "is not an object"); err != nil {
		return err
	}
	version := ""
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		switch name {
		case "Version":
			if version != "" {
				return &UnsupportedPolicyError{Reason: "has more than one Version"}
			}
			version, err = scanVersion(decoder)
		case "Statement":
			if p.open >= 0 {
				return &UnsupportedPolicyError{Reason: "has more than one Statement list"}
			}
			err = p.scanStatements(decoder)
		default:
			err = decoder.Decode(new(json.RawMessage))
		}
		if err != nil {
			return err
		}
	}
	if _, err := decoder.Token(); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return &UnsupportedPolicyError{Reason: "has more text after its end"}
	}
	switch {
	case version == "":
		return &UnsupportedPolicyError{Reason: "has no Version"}
	case p.open < 0:
		return &UnsupportedPolicyError{Reason: "has no Statement"}
	}
	return nil
}

// begin reads the bracket that opens a value.
func begin(decoder *json.Decoder, bracket json.Delim, otherwise string) error {
	token, err := decoder.Token()
	if err != nil {
		return err
	}
	if token != bracket {
		return &UnsupportedPolicyError{Reason: otherwise}
	}
	return nil
}

func scanVersion(decoder *json.Decoder) (string, error) {
	var version any
	if err := decoder.Decode(&version); err != nil {
		return "", err
	}
	if _, isText := version.(string); !isText {
		return "", &UnsupportedPolicyError{Reason: "has a Version that is not a string"}
	}
	if version != policyVersion {
		return "", &UnsupportedPolicyError{Reason: fmt.Sprintf("is of version %.40q", fmt.Sprint(version))}
	}
	return policyVersion, nil
}

func (p *policy) scanStatements(decoder *json.Decoder) error {
	if err := begin(decoder, '[', "has a Statement that is not a list"); err != nil {
		return err
	}
	p.open = int(decoder.InputOffset())
	for decoder.More() {
		var raw json.RawMessage
		if err := decoder.Decode(&raw); err != nil {
			return err
		}
		end := int(decoder.InputOffset())
		e := element{start: end - len(raw), end: end}
		members := json.NewDecoder(strings.NewReader(string(raw)))
		members.UseNumber()
		if err := members.Decode(&e.members); err != nil || e.members == nil {
			return &UnsupportedPolicyError{Reason: fmt.Sprintf("has a statement (number %d) that is not an object", len(p.statements)+1)}
		}
		p.statements = append(p.statements, e)
	}
	_, err := decoder.Token()
	return err
}

// find returns the index of a statement: by its Sid, or by what it denies if the API may have
// dropped the Sid; -1 if there is none.
func (p *policy) find(s Statement) int {
	if i := p.byID(s); i >= 0 || p.keepsSids(s) {
		return i
	}
	return slices.IndexFunc(p.statements, func(e element) bool { return anonymous(e, s) })
}

// byID returns the index of the statement with the Sid of s, or -1. If several have the Sid,
// the one that denies what s denies comes before the first one.
func (p *policy) byID(s Statement) int {
	if p == nil || s.ID == "" {
		return -1
	}
	first := -1
	for i, e := range p.statements {
		switch {
		case sidOf(e.members) != s.ID:
		case p.denies(i, s):
			return i
		case first < 0:
			first = i
		}
	}
	return first
}

// keepsSids reports whether a statement without a Sid cannot be s: s has none itself, s was
// read with its Sid before, or another statement has one, so the API keeps Sids.
func (p *policy) keepsSids(s Statement) bool {
	return p == nil || s.ID == "" || s.SidKept || slices.ContainsFunc(p.statements, func(e element) bool { return sidOf(e.members) != "" })
}

// anonymous reports whether e denies what s denies, and has no Sid.
func anonymous(e element, s Statement) bool {
	issuedBefore, isCutoff := cutoffTimeOf(e.members)
	return isCutoff && sidOf(e.members) == "" && issuedBefore.Equal(s.IssuedBefore)
}

// countAnonymous counts the statements without a Sid that may be s.
func (p *policy) countAnonymous(s Statement) int {
	n := 0
	if !p.keepsSids(s) {
		for _, e := range p.statements {
			if anonymous(e, s) {
				n++
			}
		}
	}
	return n
}

// denies reports whether the statement at index i denies what s denies.
func (p *policy) denies(i int, s Statement) bool {
	issuedBefore, isCutoff := cutoffTimeOf(p.statements[i].members)
	return isCutoff && issuedBefore.Equal(s.IssuedBefore)
}

// statement returns the statement at index i, and whether it has the form of the statements
// of this package.
func (p *policy) statement(i int) (Statement, bool) {
	issuedBefore, isCutoff := cutoffTimeOf(p.statements[i].members)
	return Statement{ID: sidOf(p.statements[i].members), IssuedBefore: issuedBefore.UTC(), SidKept: true}, isCutoff
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
