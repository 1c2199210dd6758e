// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// kindOfDecision is why a call was denied.
type kindOfDecision int

const (
	// undecided is a message that does not say, or none.
	undecided kindOfDecision = iota
	// implicitly denied is what no policy statement allows.
	implicitly
	// explicitly denied is what a policy statement with the effect Deny forbids.
	explicitly
)

// decision is a decoded authorization message in words.
type decision struct {
	kind kindOfDecision
	text string
}

// decisionIn reads the decoded authorization message of an error. Two shapes are known:
// that of the reference's example, {"context": ..., "failure": "implicit deny by
// identity-based policy"}, and one with allowed, explicit_deny, matched_statements and
// context, as its namesakes of other clouds have. Fields are found by their names, wherever
// they are and however they are spelled, and what is not found is left out.
func decisionIn(err error) decision {
	var denied *identitycenter.DeniedError
	var document any
	if !errors.As(err, &denied) || json.Unmarshal([]byte(denied.Decision), &document) != nil {
		return decision{}
	}
	kind, words := undecided, ""
	if failure, found := find(document, "failure"); found {
		words = inline(failure)
		switch lower := strings.ToLower(words); {
		case strings.Contains(lower, "explicit"):
			kind = explicitly
		case strings.Contains(lower, "implicit"):
			kind = implicitly
		}
	} else if explicit, found := find(document, "explicitdeny"); found {
		kind = implicitly
		if explicit == true {
			kind = explicitly
		}
	}
	var b strings.Builder
	b.WriteString(map[kindOfDecision]string{
		explicitly: "The decision: denied explicitly, by a policy statement with the effect Deny.\n",
		implicitly: "The decision: denied because no policy statement allows it.\n",
		undecided:  "The decision: denied.\n",
	}[kind])
	line := func(label, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-12s %s\n", label+":", value)
		}
	}
	line("Reason", words)
	field := func(name string) string {
		value, _ := find(document, name)
		return inline(value)
	}
	line("Action", field("action"))
	line("Resource", field("resource"))
	line("Principal", cmp.Or(field("principal"), field("principalurn")))
	line("Conditions", field("conditions"))
	line("Policy", field("matchedstatements"))
	return decision{kind: kind, text: strings.TrimRight(b.String(), "\n")}
}

// separators are left out of the names of fields.
var separators = strings.NewReplacer("_", "", "-", "", " ", "")

// find returns the value of the named field that is nearest to the top. The name
// is in lower case without separators.
func find(document any, name string) (any, bool) {
	for level := []any{document}; len(level) > 0; {
		var next []any
		for _, node := range level {
			switch node := node.(type) {
			case map[string]any:
				for _, key := range slices.Sorted(maps.Keys(node)) {
					if strings.ToLower(separators.Replace(key)) == name {
						return node[key], true
					}
					next = append(next, node[key])
				}
			case []any:
				next = append(next, node...)
			}
		}
		level = next
	}
	return nil, false
}

// inline writes a value on one line; nothing for what is empty.
func inline(value any) string {
	switch value := value.(type) {
	case string:
		return transport.Printable(value, transport.LongestText)
	case map[string]any:
		// {"items": [...]} stands for a list; a URN says more than the object around it.
		for _, name := range []string{"items", "urn", "arn"} {
			if inner, found := value[name]; found {
				return inline(inner)
			}
		}
	}
	text, _ := json.Marshal(value) // It was JSON before.
	if slices.Contains([]string{"null", "{}", "[]"}, string(text)) {
		return ""
	}
	return transport.Printable(string(text), transport.LongestText)
}

// longestDecision bounds a decoded message that is shown, in bytes, and deepest the
// nesting up to which it is indented: indentation takes the square of it.
const (
	longestDecision = 32 << 10
	deepest         = 50
)

// indented sets a text off, so that Terraform prints it as it is, and JSON so
// that it is read easily.
func indented(text string) string {
	var pretty bytes.Buffer
	if len(text) <= longestDecision && depth(text) <= deepest && json.Indent(&pretty, []byte(text), "", "  ") == nil {
		text = pretty.String()
	}
	return "  " + strings.ReplaceAll(strings.TrimSpace(transport.PrintableLines(text, longestDecision)), "\n", "\n  ")
}

// depth returns how deep the brackets of a text are nested at most, those inside of
// strings included.
func depth(text string) int {
	depth, most := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '{', '[':
			depth++
			most = max(most, depth)
		case '}', ']':
			depth--
		}
	}
	return most
}
