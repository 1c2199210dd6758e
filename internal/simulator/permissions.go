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
	"path"
	"slices"
	"strings"
)

// dependency is the action on which all calls of identitystore and identitycenter
// depend (API reference).
const dependency = "organizations:delegatedAdministrators:list"

// action is the action that a call requires.
func (s *Simulator) action(r *request) string {
	if s.options.ActionsOfTable && r.route.ofTable != "" {
		return r.route.ofTable
	}
	return r.route.action
}

// allows reports whether the policy of a key allows an action.
func (k Key) allows(action string) bool {
	return k.Actions == nil || slices.ContainsFunc(k.Actions, func(allowed string) bool {
		matched, err := path.Match(allowed, action)
		return matched && err == nil
	})
}

// authorize refuses a call that the caller may not make.
func (s *Simulator) authorize(r *request) error {
	action := s.action(r)
	code, denied := r.caller.Deny[r.route.operation]
	switch {
	case denied:
		return s.forbid(r, http.StatusForbidden, cmp.Or(code, "IIC.1000"), "", true)
	case r.caller.Member && (r.ids["store"] != "" || r.ids["instance"] != ""), !r.caller.allows(action):
		return s.forbid(r, http.StatusForbidden, "IIC.1000", "", false)
	case strings.HasPrefix(action, "IdentityCenter:") && !r.caller.allows(dependency):
		return s.forbid(r, http.StatusForbidden, "IIC.1001", "", false)
	}
	return nil
}

// forbid returns a refusal with the encoded message of a decision. An empty message is replaced by
// one for the code.
func (s *Simulator) forbid(r *request, status int, code, message string, explicit bool) *refusal {
	action := s.action(r)
	decision := documentedDecision(r, action, explicit)
	if s.options.DecisionShape == "statements" {
		decision = statementsDecision(r, action, explicit)
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
	refused := refuse(status, code, cmp.Or(message, "No permission for action "+action+"."))
	body, _ := refused.payload.(failure)
	body.EncodedMessage = s.registerMessage(string(decoded))
	refused.payload = body
	return refused
}

// documentedDecision is the decoded message in the format of the API reference's example.
func documentedDecision(r *request, action string, explicit bool) any {
	kind := "implicit"
	if explicit {
		kind = "explicit"
	}
	return map[string]any{
		"context": map[string]any{
			"user_profile": map[string]any{
				"domain_id": r.caller.AccountID, "user_id": r.caller.PrincipalID, "principal_urn": r.caller.PrincipalURN,
			},
			"action": action, "resource": "*", "request": r.method + " " + r.escapedPath,
		},
		"failure": kind + " deny by identity-based policy",
	}
}

// statementsDecision is the decoded message in the format of other clouds.
func statementsDecision(r *request, action string, explicit bool) any {
	statements := []any{}
	if explicit {
		statements = append(statements, map[string]any{"Effect": "Deny", "Action": []string{action}, "Resource": []string{"*"}})
	}
	return map[string]any{
		"allowed": false, "explicit_deny": explicit, "matched_statements": statements,
		"context": map[string]any{
			"principal": map[string]any{"id": r.caller.PrincipalID, "urn": r.caller.PrincipalURN, "account_id": r.caller.AccountID},
			"action":    action, "resource": "*", "request": r.method + " " + r.escapedPath,
			"conditions": []any{
				map[string]any{"key": "g:PrincipalAccount", "values": []string{r.caller.AccountID}},
				map[string]any{"key": "g:SecureTransport", "values": []string{"true"}},
			},
		},
	}
}

// RegisterMessage returns an encoded authorization message that DecodeAuthorizationMessage
// decodes to the given string, which may be anything. The same string returns the same
// message.
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
