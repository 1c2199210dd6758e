// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package cutoff denies console sessions. It adds a statement to the custom policy of a permission
// set that denies everything to credentials issued before a time, and removes it again. All other
// statements keep their bytes.
package cutoff

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// policyVersion is the version of the policy grammar that supports g:TokenIssueTime.
const policyVersion = "5.0"

// sidPrefix begins the Sid of every statement of this provider. 12 digits follow.
const sidPrefix = "identitycenterCutoff"

// Statement denies everything to credentials issued before a time.
type Statement struct {
	// ID is its Sid, which identifies it.
	ID string
	// IssuedBefore is the cutoff time, a whole second in UTC.
	IssuedBefore time.Time
	// Previous are other cutoff times that it may still have, because it moves or because the
	// outcome of a move is unknown; the last one first.
	Previous []time.Time
	// SidKept is true if the API is known to return the statement with its Sid. A statement
	// without a Sid then belongs to another client.
	SidKept bool
}

// before returns the statement with its previous cutoff time. It must have one.
func (s Statement) before() Statement {
	s.IssuedBefore, s.Previous = s.Previous[0], s.Previous[1:]
	return s
}

// IsStatementID reports whether text has the form of the Sid of this package.
func IsStatementID(text string) bool {
	digits, found := strings.CutPrefix(text, sidPrefix)
	return found && len(digits) == 12 && strings.Trim(digits, "0123456789") == ""
}

// NewStatement returns a statement with a random ID. The time is rounded up to the second.
func NewStatement(issuedBefore time.Time) Statement {
	// IDs of Policy begin with 0, and these do not. rand.Int never fails with rand.Reader.
	n, _ := rand.Int(rand.Reader, big.NewInt(900_000_000_000))
	return Statement{ID: fmt.Sprintf("%s%d", sidPrefix, n.Int64()+100_000_000_000), IssuedBefore: RoundUp(issuedBefore)}
}

// RoundUp returns t in UTC, rounded up to the second: the unit of the condition.
func RoundUp(t time.Time) time.Time {
	return t.UTC().Add(time.Second - 1).Truncate(time.Second)
}

// Policy returns a policy of version 5.0 with only this statement. With patterns of principal
// URNs, it applies to the principals that match one of them (StringMatch: case-sensitive, *
// and ?). The same arguments return the same string.
func Policy(issuedBefore time.Time, principalURNPatterns ...string) string {
	at := RoundUp(issuedBefore)
	return policyWith(statementText(Statement{ID: fmt.Sprintf("%s%012d", sidPrefix, max(0, at.Unix())), IssuedBefore: at}, principalURNPatterns))
}

func policyWith(statement string) string {
	return `{"Version":"` + policyVersion + `","Statement":[` + statement + `]}`
}

// statementForm has the members in the order of Huawei Cloud's examples.
const statementForm = `{"Sid":"%s","Effect":"Deny","Action":["*"],"Resource":["*"],"Condition":{"DateLessThan":{"g:TokenIssueTime":["%s"]}%s}}`

func statementText(s Statement, principalURNPatterns []string) string {
	principals := ""
	if len(principalURNPatterns) > 0 {
		var list strings.Builder
		encoder := json.NewEncoder(&list)
		encoder.SetEscapeHTML(false)             // HTML escapes would make a pattern unreadable.
		_ = encoder.Encode(principalURNPatterns) // Strings can always be encoded.
		principals = `,"StringMatch":{"g:PrincipalUrn":` + strings.TrimSpace(list.String()) + `}`
	}
	return fmt.Sprintf(statementForm, s.ID, s.IssuedBefore.Format(time.RFC3339), principals)
}

// cutoffTimeOf returns the cutoff time of a decoded statement in UTC. It also returns whether the
// statement has the form of the statements of this package, whatever its Sid.
func cutoffTimeOf(statement map[string]any) (time.Time, bool) {
	condition, _ := statement["Condition"].(map[string]any)
	operator, _ := condition["DateLessThan"].(map[string]any)
	text, _ := single(operator["g:TokenIssueTime"]).(string)
	issuedBefore, err := time.Parse(time.RFC3339, text)
	members := 4
	if _, ok := statement["Sid"]; ok {
		members++
	}
	isCutoff := err == nil && statement["Effect"] == "Deny" && single(statement["Action"]) == "*" && single(statement["Resource"]) == "*" &&
		len(statement) == members && len(condition) == 1 && len(operator) == 1
	return issuedBefore.UTC(), isCutoff
}

// single returns the only element of a list, or the value itself.
func single(value any) any {
	if list, ok := value.([]any); ok && len(list) == 1 {
		return list[0]
	}
	return value
}
