// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// decisionInWords turns a decoded authorization message into sentences. The API
// reference says that it is text, and not of what shape: fields are found by their
// names, wherever they are and however they are spelled (explicitDeny,
// explicit_deny), and what is not found is left out.
func decisionInWords(decoded string) string {
	var document any
	if json.Unmarshal([]byte(decoded), &document) != nil {
		return ""
	}

	var b strings.Builder
	switch explicit, found := find(document, "explicitdeny"); {
	case found && explicit == true:
		b.WriteString("The decision: denied explicitly, by a policy statement with the effect Deny.\n")
	case found:
		b.WriteString("The decision: denied because no policy statement allows it.\n")
	default:
		b.WriteString("The decision: denied.\n")
	}
	for _, field := range []struct{ label, name string }{
		{"Action", "action"}, {"Resource", "resource"}, {"Principal", "principal"}, {"Conditions", "conditions"},
		{"Policy", "matchedstatements"},
	} {
		if value, found := find(document, field.name); found {
			if text := inline(value); text != "" {
				fmt.Fprintf(&b, "  %-12s %s\n", field.label+":", text)
			}
		}
	}

	return strings.TrimRight(b.String(), "\n")
}

// find returns the value of the named field that is nearest to the top. The name
// is in lower case without separators.
func find(document any, name string) (any, bool) {
	for level := []any{document}; len(level) > 0; {
		var next []any
		for _, node := range level {
			switch node := node.(type) {
			case map[string]any:
				keys := make([]string, 0, len(node))
				for key := range node {
					keys = append(keys, key)
				}
				slices.Sort(keys)
				for _, key := range keys {
					if strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(key)) == name {
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
	case nil:
		return ""
	case string:
		return value
	case map[string]any:
		// {"items": [...]} is a list in disguise; a URN says more than what is around it.
		for _, name := range []string{"items", "urn", "arn"} {
			if inner, found := value[name]; found {
				return inline(inner)
			}
		}
		if len(value) == 0 {
			return ""
		}
	case []any:
		if len(value) == 0 {
			return ""
		}
	}
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}

// indented sets a text off, so that Terraform prints it as it is, and JSON so
// that it is read easily.
func indented(text string) string {
	var pretty bytes.Buffer
	if json.Indent(&pretty, []byte(text), "", "  ") == nil {
		text = pretty.String()
	}
	return "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ")
}
