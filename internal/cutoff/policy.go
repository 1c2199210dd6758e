// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package cutoff

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// policy is the text of a custom policy and where its statements stand in it. It is
// edited by cutting and inserting bytes, so that all others stay as they are.
type policy struct {
	text string
	// open is the offset behind the bracket that opens the list of statements.
	open       int
	statements []element
}

// element is a statement of a policy.
type element struct {
	// start and end are the offsets of its first byte and behind its last.
	start, end int
	// members are its decoded members; of a repeated name, the last one.
	members map[string]any
}

// UnsupportedPolicyError says why a text is not touched.
type UnsupportedPolicyError struct {
	// Reason is what the text is or lacks, in words that follow "it".
	Reason string
}

func (e *UnsupportedPolicyError) Error() string {
	return "the custom policy of the permission set is not a policy of version " + policyVersion + ": it " + e.Reason
}

// parse finds the statements of a policy. White space alone is no policy: nil. A text
// that is not a policy of version 5.0 is an *UnsupportedPolicyError.
func parse(text string) (*policy, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil //nolint:nilnil // No policy is one of the two things that may be there.
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
	// Statements of others may have numbers that a float64 does not hold.
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
		return &UnsupportedPolicyError{Reason: "goes on behind its end"}
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
	if err := begin(decoder, '[', "has a Statement that is no list"); err != nil {
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
			return &UnsupportedPolicyError{Reason: fmt.Sprintf("has a statement (number %d) that is no object", len(p.statements)+1)}
		}
		p.statements = append(p.statements, e)
	}
	_, err := decoder.Token()
	return err
}

// find returns the index of a statement: by its ID, else by what it says among those
// without an ID, as the API may drop them. It is -1 when there is none.
func (p *policy) find(s Statement) int {
	if i := p.byID(s); i >= 0 {
		return i
	}
	if p == nil {
		return -1
	}
	for i, e := range p.statements {
		if anonymous(e, s) {
			return i
		}
	}
	return -1
}

// byID returns the index of the statement with the ID of s, or -1. Of several, as
// somebody used the ID again, it is the one that says what s says, else the first.
func (p *policy) byID(s Statement) int {
	if p == nil {
		return -1
	}
	first := -1
	for i, e := range p.statements {
		switch {
		case sidOf(e.members) != s.ID:
		case p.says(i, s):
			return i
		case first < 0:
			first = i
		}
	}
	return first
}

// anonymous tells whether e says what s says, and has no ID.
func anonymous(e element, s Statement) bool {
	moment, ours := momentOf(e.members)
	return ours && sidOf(e.members) == "" && moment.Equal(s.IssuedBefore)
}

// countAnonymous counts the statements without an ID that say what s says.
func (p *policy) countAnonymous(s Statement) int {
	n := 0
	if p != nil {
		for _, e := range p.statements {
			if anonymous(e, s) {
				n++
			}
		}
	}
	return n
}

// says tells whether the statement at index i denies what s denies.
func (p *policy) says(i int, s Statement) bool {
	moment, ours := momentOf(p.statements[i].members)
	return ours && moment.Equal(s.IssuedBefore)
}

// with returns the text with s behind all other statements.
func (p *policy) with(s Statement) string {
	text := statementText(s, nil)
	switch {
	case p == nil:
		return shell(text)
	case len(p.statements) == 0:
		return p.text[:p.open] + text + p.text[p.open:]
	}
	end := p.statements[len(p.statements)-1].end
	return p.text[:end] + "," + text + p.text[end:]
}

// replacing returns the text with s in place of the statement at index i.
func (p *policy) replacing(i int, s Statement) string {
	return p.text[:p.statements[i].start] + statementText(s, nil) + p.text[p.statements[i].end:]
}

// without returns the text without the statement at index i and the comma that
// joined it to its neighbour; "" when no statement would be left.
func (p *policy) without(i int) string {
	switch {
	case len(p.statements) == 1:
		return ""
	case i == 0:
		return p.text[:p.statements[0].start] + p.text[p.statements[1].start:]
	}
	return p.text[:p.statements[i-1].end] + p.text[p.statements[i].end:]
}
