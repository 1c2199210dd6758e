// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// Default and longest lifetime of temporary keys of IAM (SDK, services/iam/v3).
const (
	iamDefault = 15 * time.Minute
	iamLongest = 24 * time.Hour
)

// subjectToken is a token that IAM returns for an ID token.
type subjectToken struct {
	provider OIDC
	expires  time.Time
}

// temporaryKey is the body of both calls that create a temporary key.
type temporaryKey struct {
	Auth *struct {
		Identity *struct {
			Methods    []string `json:"methods"`
			AssumeRole *struct {
				AgencyName      string  `json:"agency_name"`
				DomainID        *string `json:"domain_id"`
				DomainName      *string `json:"domain_name"`
				DurationSeconds *int64  `json:"duration_seconds"`
				SessionUser     *struct {
					Name *string `json:"name"`
				} `json:"session_user"`
			} `json:"assume_role"`
			Token *struct {
				ID              *string `json:"id"`
				DurationSeconds *int64  `json:"duration_seconds"`
			} `json:"token"`
			Policy json.RawMessage `json:"policy"`
		} `json:"identity"`
	} `json:"auth"`
}

// byToken reports whether the body is that of CreateTemporaryAccessKeyByToken, rather than
// CreateTemporaryAccessKeyByAgency, which has the same path.
func byToken(body []byte) bool {
	var wanted struct {
		Auth struct {
			Identity struct {
				Methods []string `json:"methods"`
			} `json:"identity"`
		} `json:"auth"`
	}
	return json.Unmarshal(body, &wanted) == nil && slices.Contains(wanted.Auth.Identity.Methods, "token")
}

// read decodes the body for one method.
func (wanted *temporaryKey) read(r *request, method string) error {
	if err := decode(r.body, wanted); err != nil {
		return refuse(http.StatusBadRequest, codeBadParameter, err.Error())
	}
	if wanted.Auth == nil || wanted.Auth.Identity == nil || !slices.Equal(wanted.Auth.Identity.Methods, []string{method}) {
		return refuse(http.StatusBadRequest, codeBadParameter, `auth.identity.methods must be ["assume_role"] or ["token"]`)
	}
	return nil
}

func (s *Simulator) createKeyByAgency(r *request) (any, error) {
	var wanted temporaryKey
	if err := wanted.read(r, "assume_role"); err != nil {
		return nil, err
	}
	role := wanted.Auth.Identity.AssumeRole
	if role == nil || wanted.Auth.Identity.Token != nil || role.AgencyName == "" || role.DomainID == nil && role.DomainName == nil {
		return nil, refuse(http.StatusBadRequest, codeBadParameter, "auth.identity.assume_role needs agency_name and one of domain_id and domain_name")
	}
	i := slices.IndexFunc(s.agencies, func(a Agency) bool {
		return a.Name == role.AgencyName &&
			(role.DomainID == nil || *role.DomainID == a.DomainID) &&
			(role.DomainName == nil || *role.DomainName == a.DomainName)
	})
	if i < 0 {
		return nil, refuse(http.StatusNotFound, codeNotFound, "The agency "+role.AgencyName+" does not exist.")
	}
	agency := s.agencies[i]
	duration, err := lifetime(role.DurationSeconds, iamDefault, iamLongest, agency.MaxDuration)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, codeBadParameter, err.Error())
	}
	if !agency.trusts(r.caller.AccountID) {
		return nil, s.forbid(r, http.StatusForbidden, codeForbidden, "The agency "+agency.Name+" may not be assumed by "+r.caller.PrincipalURN+".", false)
	}
	return credential(http.StatusCreated, s.mint(r.now, duration, Key{
		AccountID: agency.DomainID, PrincipalURN: agency.URN(), Member: agency.Member, Actions: agency.Actions, Deny: agency.Deny,
	})), nil
}

func (s *Simulator) createKeyByToken(r *request) (any, error) {
	var wanted temporaryKey
	if err := wanted.read(r, "token"); err != nil {
		return nil, err
	}
	// The token is in the body or, with the same meaning, in X-Auth-Token (SDK, services/iam/v3).
	tokens := r.header.Values("X-Auth-Token")
	var seconds *int64
	if token := wanted.Auth.Identity.Token; token != nil {
		seconds = token.DurationSeconds
		if token.ID != nil {
			tokens = append(tokens, *token.ID)
		}
	}
	if tokens = slices.Compact(tokens); len(tokens) != 1 || wanted.Auth.Identity.AssumeRole != nil {
		return nil, refuse(http.StatusBadRequest, codeBadParameter, "auth.identity.token.id or X-Auth-Token must hold one token")
	}
	duration, err := lifetime(seconds, iamDefault, iamLongest, 0)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, codeBadParameter, err.Error())
	}
	token, known := s.tokens[tokens[0]]
	if !known || !r.now.Before(token.expires) {
		return nil, refuse(http.StatusUnauthorized, codeBadToken, "The token is invalid or has expired.")
	}
	return credential(http.StatusCreated, s.mint(r.now, duration, Key{
		AccountID:    token.provider.DomainID,
		PrincipalURN: "iam::" + token.provider.DomainID + ":user:" + token.provider.IdpID,
		Member:       token.provider.Member, Actions: token.provider.Actions, Deny: token.provider.Deny,
	})), nil
}

// credential is the response of IAM and the server metadata with a temporary key.
func credential(status int, key Key) answer {
	return answer{status: status, payload: map[string]any{"credential": map[string]any{
		"access": key.AccessKey, "secret": key.SecretKey, "securitytoken": key.SecurityToken,
		"expires_at": key.Expires.UTC().Format(expiryFormat),
	}}}
}

func (s *Simulator) createTokenWithIDToken(r *request) (any, error) {
	type scope struct {
		ID   *string `json:"id"`
		Name *string `json:"name"`
	}
	var wanted struct {
		Auth *struct {
			IDToken *struct {
				ID string `json:"id"`
			} `json:"id_token"`
			Scope *struct {
				Domain  *scope `json:"domain"`
				Project *scope `json:"project"`
			} `json:"scope"`
		} `json:"auth"`
	}
	if err := decode(r.body, &wanted); err != nil {
		return nil, refuse(http.StatusBadRequest, codeBadParameter, err.Error())
	}
	if wanted.Auth == nil || wanted.Auth.IDToken == nil || wanted.Auth.IDToken.ID == "" || len(r.header.Values("X-Idp-Id")) != 1 {
		return nil, refuse(http.StatusBadRequest, codeBadParameter, "one X-Idp-Id and auth.id_token.id are mandatory")
	}
	provider, known := s.providers[r.header.Get("X-Idp-Id")]
	if !known {
		return nil, refuse(http.StatusNotFound, codeNotFound, "The identity provider "+r.header.Get("X-Idp-Id")+" does not exist.")
	}
	if wanted.Auth.IDToken.ID != provider.IDToken {
		return nil, refuse(http.StatusUnauthorized, codeBadToken, "The ID token is invalid.")
	}
	if in := wanted.Auth.Scope; in != nil && in.Domain != nil && in.Domain.ID != nil && *in.Domain.ID != provider.DomainID {
		return nil, refuse(http.StatusForbidden, codeForbidden, "The ID token is not good for the domain "+*in.Domain.ID+".")
	}

	token := base64.StdEncoding.EncodeToString([]byte(randomHex(256)))
	expires := r.now.Add(iamLongest)
	s.secrets = append(s.secrets, token)
	s.tokens[token] = subjectToken{provider: provider, expires: expires}
	domain := map[string]any{"id": provider.DomainID, "name": provider.DomainID}
	return answer{
		status: http.StatusCreated,
		header: http.Header{"X-Subject-Token": {token}},
		payload: map[string]any{"token": map[string]any{
			"expires_at": expires.UTC().Format(expiryFormat),
			"issued_at":  r.now.UTC().Format(expiryFormat),
			"methods":    []string{"mapped"},
			"user": map[string]any{
				"domain": domain, "id": hashHex("federated", provider.IdpID)[:32], "name": "federated",
				"OS-FEDERATION": map[string]any{
					"identity_provider": map[string]any{"id": provider.IdpID},
					"protocol":          map[string]any{"id": "oidc"}, "groups": []any{},
				},
			},
			"domain": domain, "roles": []any{}, "catalog": []any{},
		}},
	}, nil
}
