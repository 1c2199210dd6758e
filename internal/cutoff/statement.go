// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package cutoff cuts console sessions: it puts a statement into the custom policy
// of a permission set that denies everything to credentials issued before a moment,
// provisions the permission set, and takes the statement out again. The text of
// all other statements is not changed.
package cutoff

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// policyVersion is the version of the policy grammar that knows g:TokenIssueTime.
const policyVersion = "5.0"

// sidPrefix begins the Sid of every statement of this provider; 12 digits follow.
const sidPrefix = "identitycenterCutoff"

// Statement is a deny for credentials that were issued before a moment.
type Statement struct {
	// ID is its Sid, by which it is found again.
	ID string
	// IssuedBefore is the moment, a whole second in UTC.
	IssuedBefore time.Time
}

// NewStatement returns a statement with an ID of its own. The moment is rounded up
// to the second.
func NewStatement(issuedBefore time.Time) Statement {
	// Twelve digits that do not begin with 0: those that do belong to Policy.
	n, _ := rand.Int(rand.Reader, big.NewInt(900_000_000_000)) // Its reader never fails.
	return Statement{ID: fmt.Sprintf("%s%d", sidPrefix, n.Int64()+100_000_000_000), IssuedBefore: RoundUp(issuedBefore)}
}

// RoundUp returns t in UTC, rounded up to the second: the unit of the condition.
func RoundUp(t time.Time) time.Time {
	whole := t.UTC().Truncate(time.Second)
	if whole.Before(t) {
		whole = whole.Add(time.Second)
	}
	return whole
}

// Policy returns a policy of version 5.0 with the statement alone, for instance as a
// service control policy. With patterns of principal URNs, the statement concerns the
// principals that match any of them (StringMatch: case-sensitive, * and ?). The same
// arguments give the same text.
func Policy(issuedBefore time.Time, principalURNPatterns ...string) string {
	moment := RoundUp(issuedBefore)
	return shell(statementText(Statement{ID: fmt.Sprintf("%s%012d", sidPrefix, max(0, moment.Unix())), IssuedBefore: moment}, principalURNPatterns))
}

// shell is a policy with one statement.
func shell(statement string) string {
	return `{"Version":"` + policyVersion + `","Statement":[` + statement + `]}`
}

// The members of a statement, in the order in which the vendor's examples have them.
type statementJSON struct {
	Sid       string
	Effect    string
	Action    []string
	Resource  []string
	Condition map[string]map[string][]string
}

// statementText writes a statement as JSON.
func statementText(s Statement, principalURNPatterns []string) string {
	condition := map[string]map[string][]string{
		"DateLessThan": {"g:TokenIssueTime": {s.IssuedBefore.Format(time.RFC3339)}},
	}
	if len(principalURNPatterns) > 0 {
		condition["StringMatch"] = map[string][]string{"g:PrincipalUrn": principalURNPatterns}
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	// A pattern is compared as it is written; the escapes of HTML make it unreadable.
	encoder.SetEscapeHTML(false)
	// Strings, slices and maps of them can always be encoded.
	_ = encoder.Encode(statementJSON{Sid: s.ID, Effect: "Deny", Action: []string{"*"}, Resource: []string{"*"}, Condition: condition})
	return strings.TrimSuffix(b.String(), "\n")
}

// momentOf returns the moment of a decoded statement that says what one of ours says,
// whatever its Sid, and whether it is such a statement.
func momentOf(statement map[string]any) (time.Time, bool) {
	condition, _ := statement["Condition"].(map[string]any)
	operator, _ := condition["DateLessThan"].(map[string]any)
	text, ok := single(operator["g:TokenIssueTime"])
	if !ok {
		return time.Time{}, false
	}
	moment, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, false
	}
	action, _ := single(statement["Action"])
	resource, _ := single(statement["Resource"])
	members := 4
	if _, ok := statement["Sid"]; ok {
		members++
	}
	ours := statement["Effect"] == "Deny" && action == "*" && resource == "*" &&
		len(statement) == members && len(condition) == 1 && len(operator) == 1
	return moment, ours
}

// single returns the one string of a list, or the string that stands for it.
func single(value any) (string, bool) {
	if list, ok := value.([]any); ok && len(list) == 1 {
		value = list[0]
	}
	text, ok := value.(string)
	return text, ok
}

// sidOf returns the Sid of a decoded statement, "" without one.
func sidOf(statement map[string]any) string {
	sid, _ := statement["Sid"].(string)
	return sid
}
