// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Codes of STS. The API reference lists none, so these are the simulator's own. Errors of IAM
// have none.
const (
	codeBadParameter = "STS.400"
	codeBadToken     = "STS.401"
	codeForbidden    = "STS.403"
	codeNotFound     = "STS.404"
)

// shortestKey is the shortest lifetime of temporary keys of STS and IAM (SDK).
const shortestKey = 15 * time.Minute

// expiryFormat is the time format of STS, IAM and the server metadata.
const expiryFormat = "2006-01-02T15:04:05.000000Z"

// Agency is an IAM agency that can be assumed: in STS by its URN, iam::DomainID:agency:Name,
// and in IAM by its name and its domain.
type Agency struct {
	Name string
	// DomainID is the account of the agency. IAM calls an account a domain.
	DomainID   string
	DomainName string
	// Trusts are the account IDs that may assume it; nil is all.
	Trusts []string
	// ExternalID is required to assume it in STS, unless it is empty.
	ExternalID string
	// MaxDuration is the longest lifetime of its keys; 0 is the API's limit.
	MaxDuration time.Duration
	// Member, Actions and Deny apply to its keys.
	Member  bool
	Actions []string
	Deny    map[string]string
}

// URN returns the name of the agency in STS.
func (a Agency) URN() string { return "iam::" + a.DomainID + ":agency:" + a.Name }

// OIDC is an OpenID Connect identity provider of an account.
type OIDC struct {
	// IdpID is its ID in IAM, sent in X-Idp-Id.
	IdpID string
	// DomainID is the account whose users it authenticates.
	DomainID string
	// IDToken is the only valid ID token.
	IDToken string
	// Member, Actions and Deny apply to the keys that IAM returns for it.
	Member  bool
	Actions []string
	Deny    map[string]string
}

// AddAgency adds an agency. It replaces the one with the same URN.
func (s *Simulator) AddAgency(agency Agency) {
	s.mu.Lock()
	defer s.mu.Unlock()
	agency.Trusts, agency.Actions, agency.Deny = slices.Clone(agency.Trusts), slices.Clone(agency.Actions), maps.Clone(agency.Deny)
	s.agencies = slices.DeleteFunc(s.agencies, func(a Agency) bool { return a.URN() == agency.URN() })
	s.agencies = append(s.agencies, agency)
}

// AddOIDC adds an identity provider. It replaces the one with the same ID.
func (s *Simulator) AddOIDC(provider OIDC) {
	s.mu.Lock()
	defer s.mu.Unlock()
	provider.Actions, provider.Deny = slices.Clone(provider.Actions), maps.Clone(provider.Deny)
	s.secrets = append(s.secrets, provider.IDToken)
	s.providers[provider.IdpID] = provider
}

// trusts reports whether an account may assume the agency.
func (a Agency) trusts(who string) bool { return a.Trusts == nil || slices.Contains(a.Trusts, who) }

// lifetime checks a duration in seconds, nil for the default, against the limits of the API
// and the agency.
func lifetime(seconds *int64, byDefault, longest, ofAgency time.Duration) (time.Duration, error) {
	duration := byDefault
	if seconds != nil {
		if *seconds < int64(shortestKey/time.Second) || *seconds > int64(longest/time.Second) {
			return 0, fmt.Errorf("duration_seconds is %d instead of %d to %d", *seconds, shortestKey/time.Second, longest/time.Second)
		}
		duration = time.Duration(*seconds) * time.Second
	}
	if ofAgency > 0 && duration > ofAgency {
		return 0, fmt.Errorf("duration_seconds is more than the %d of the agency", ofAgency/time.Second)
	}
	return duration, nil
}

// mint generates a temporary key and accepts it from now on.
func (s *Simulator) mint(now time.Time, lifetime time.Duration, key Key) Key {
	key.AccessKey = "HST" + strings.ToUpper(randomHex(9))[:17]
	key.SecretKey = randomHex(20)
	// The generated parts have the length of real ones.
	key.SecurityToken = base64.StdEncoding.EncodeToString([]byte(randomHex(384)))
	key.Expires = now.Add(lifetime).Truncate(time.Microsecond)
	s.addKey(key)
	return key
}

// assume is the body of AssumeAgency.
type assume struct {
	AgencyURN         string    `json:"agency_urn"`
	AgencySessionName string    `json:"agency_session_name"`
	DurationSeconds   *int64    `json:"duration_seconds"`
	ExternalID        *string   `json:"external_id"`
	Policy            *string   `json:"policy"`
	PolicyIDs         *[]string `json:"policy_ids"`
	SerialNumber      *string   `json:"serial_number"`
	TokenCode         *string   `json:"token_code"`
	SourceIdentity    *string   `json:"source_identity"`
	Tags              *[]tag    `json:"tags"`
	TransitiveTagKeys *[]string `json:"transitive_tag_keys"`
}

// tag is a session tag.
type tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// check checks the body against the API reference, and finds the agency.
func (a assume) check(s *Simulator) (Agency, error) {
	bad := func(message string) (Agency, error) {
		return Agency{}, refuse(http.StatusBadRequest, codeBadParameter, message)
	}
	if n := len([]rune(a.AgencySessionName)); n < 2 || n > 128 {
		return bad(fmt.Sprintf("agency_session_name has %d characters instead of 2 to 128", n))
	}
	if a.Policy != nil && (len(*a.Policy) < 2 || len(*a.Policy) > 2048 || !json.Valid([]byte(*a.Policy))) {
		return bad("policy is not JSON of 2 to 2048 characters")
	}
	parts := strings.Split(a.AgencyURN, ":")
	if len(parts) != 5 || parts[0] != "iam" || parts[1] != "" || parts[2] == "" || parts[3] != "agency" || parts[4] == "" {
		return bad(fmt.Sprintf("agency_urn is %q instead of iam::ACCOUNT_ID:agency:NAME", a.AgencyURN))
	}
	i := slices.IndexFunc(s.agencies, func(known Agency) bool { return known.URN() == a.AgencyURN })
	if i < 0 {
		return Agency{}, refuse(http.StatusNotFound, codeNotFound, "The agency "+a.AgencyURN+" does not exist.")
	}
	return s.agencies[i], nil
}

func (s *Simulator) assumeAgency(r *request) (any, error) {
	var wanted assume
	if err := decode(r.body, &wanted); err != nil {
		return nil, refuse(http.StatusBadRequest, codeBadParameter, err.Error())
	}
	agency, err := wanted.check(s)
	if err != nil {
		return nil, err
	}
	// 900 to 43200 seconds, and at most 3600 if the caller's key is temporary (SDK,
	// services/sts/v1).
	longest := 12 * time.Hour
	if r.caller.SecurityToken != "" {
		longest = time.Hour
	}
	duration, err := lifetime(wanted.DurationSeconds, time.Hour, longest, agency.MaxDuration)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, codeBadParameter, err.Error())
	}
	named := ""
	if wanted.ExternalID != nil {
		named = *wanted.ExternalID
	}
	if !agency.trusts(r.caller.AccountID) || named != agency.ExternalID && agency.ExternalID != "" {
		return nil, s.forbid(r, http.StatusForbidden, codeForbidden, "The agency "+agency.URN()+" may not be assumed by "+r.caller.PrincipalURN+".", false)
	}

	urn := fmt.Sprintf("sts::%s:assumed-agency:%s/%s", agency.DomainID, agency.Name, wanted.AgencySessionName)
	id := hashHex("agency", agency.URN())[:32] + ":" + wanted.AgencySessionName
	key := s.mint(r.now, duration, Key{
		AccountID: agency.DomainID, PrincipalURN: urn, PrincipalID: id, Member: agency.Member, Actions: agency.Actions, Deny: agency.Deny,
	})
	payload := map[string]any{
		"assumed_agency": map[string]any{"urn": urn, "id": id},
		"credentials": map[string]any{
			"access_key_id": key.AccessKey, "secret_access_key": key.SecretKey,
			"security_token": key.SecurityToken, "expiration": key.Expires.UTC().Format(expiryFormat),
		},
	}
	if wanted.SourceIdentity != nil {
		payload["source_identity"] = *wanted.SourceIdentity
	}
	return payload, nil
}

func (s *Simulator) getCallerIdentity(r *request) (any, error) {
	return map[string]any{
		"account_id": r.caller.AccountID, "principal_id": r.caller.PrincipalID, "principal_urn": r.caller.PrincipalURN,
	}, nil
}

func (s *Simulator) decodeAuthorizationMessage(r *request) (any, error) {
	var wanted struct {
		EncodedMessage string `json:"encoded_message"`
	}
	if err := decode(r.body, &wanted); err != nil {
		return nil, refuse(http.StatusBadRequest, codeBadParameter, err.Error())
	}
	decoded, known := s.messages[wanted.EncodedMessage]
	if !known {
		return nil, refuse(http.StatusBadRequest, codeBadParameter, "The encoded message is invalid.")
	}
	return map[string]any{"decoded_message": decoded}, nil
}
