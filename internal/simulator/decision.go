// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import (
	"cmp"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
)

// Decision is why a call was not permitted, which the encoded authorization
// message of a 403 stands for. The API reference does not show the decoded JSON;
// its fields here are those that such messages have elsewhere.
type Decision struct {
	Allowed bool `json:"allowed"`
	// ExplicitDeny tells a denial by a statement from the lack of one that allows.
	ExplicitDeny      bool              `json:"explicit_deny"`
	MatchedStatements []json.RawMessage `json:"matched_statements"`
	Context           DecisionContext   `json:"context"`
}

// DecisionContext is what was decided on.
type DecisionContext struct {
	Principal  DecisionPrincipal   `json:"principal"`
	Action     string              `json:"action"`
	Resource   string              `json:"resource"`
	Conditions []DecisionCondition `json:"conditions"`
}

// DecisionPrincipal is who called.
type DecisionPrincipal struct {
	ID        string `json:"id"`
	URN       string `json:"urn"`
	AccountID string `json:"account_id"`
}

// DecisionCondition is a condition key of the request.
type DecisionCondition struct {
	Key    string   `json:"key"`
	Values []string `json:"values"`
}

// RegisterMessage returns an encoded authorization message that
// DecodeAuthorizationMessage decodes to the text given, whatever that is. The
// same text gives the same message.
func (s *Simulator) RegisterMessage(decoded string) (encoded string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.registerMessage(decoded)
}

func (s *Simulator) registerMessage(decoded string) string {
	first, second := sha512.Sum512([]byte("1"+decoded)), sha512.Sum512([]byte("2"+decoded))
	encoded := base64.StdEncoding.EncodeToString(append(first[:], second[:]...))
	s.messages[encoded] = decoded
	return encoded
}

// authorize refuses what the caller may not do.
func (s *Simulator) authorize(r *request) *answer {
	code, denied := r.caller.Deny[r.route.operation]
	if !denied && (!r.caller.Member || r.store == "") {
		return nil
	}
	return s.forbid(r, http.StatusForbidden, cmp.Or(code, "IIC.1000"), "", denied)
}

// forbid is a refusal with the encoded message of a decision. An empty message
// is replaced by one that fits the code.
func (s *Simulator) forbid(r *request, status int, code, message string, explicit bool) *answer {
	resource := "*"
	if r.route.resource != nil {
		resource = r.route.resource(r)
	}
	decision := Decision{
		ExplicitDeny:      explicit,
		MatchedStatements: []json.RawMessage{},
		Context: DecisionContext{
			Principal:  DecisionPrincipal{ID: r.caller.PrincipalID, URN: r.caller.PrincipalURN, AccountID: r.caller.AccountID},
			Action:     r.route.action,
			Resource:   resource,
			Conditions: []DecisionCondition{{Key: "g:PrincipalAccount", Values: []string{r.caller.AccountID}}, {Key: "g:SecureTransport", Values: []string{"true"}}},
		},
	}
	if explicit {
		decision.MatchedStatements = append(decision.MatchedStatements, json.RawMessage(
			fmt.Sprintf(`{"Effect":"Deny","Action":[%q],"Resource":["*"]}`, r.route.action)))
	}
	decoded, err := json.Marshal(decision)
	if err != nil {
		panic(fmt.Sprintf("simulator: a decision cannot be encoded: %v", err))
	}
	if message == "" {
		message = map[string]string{
			"IIC.1001": "A dependent API cannot be accessed.",
			"IIC.1003": "The parameter is invalid.",
			"IIC.1004": "The parameter is invalid.",
		}[code]
	}
	refused := refuse(status, code, cmp.Or(message, "You do not have permission to perform the action "+r.route.action+"."))
	body, _ := refused.payload.(failure)
	body.EncodedMessage = s.registerMessage(string(decoded))
	refused.payload = body
	return refused
}
