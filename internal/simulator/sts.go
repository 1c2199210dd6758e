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

// Codes of STS and IAM. The API reference lists none: these are the simulator's.
const (
	codeBadParameter = "STS.400"
	codeForbidden    = "STS.403"
	codeNotFound     = "STS.404"
)

// shortestKey is the least that temporary keys of STS and IAM live (SDK).
const shortestKey = 15 * time.Minute

// expiryFormat is how STS, IAM and the server metadata write a time.
const expiryFormat = "2006-01-02T15:04:05.000000Z"

// Agency is an IAM agency that can be assumed: by STS with its URN,
// iam::DomainID:agency:Name, and by IAM with its name and that of the domain.
type Agency struct {
	Name string
	// DomainID is the account that the agency gives access to. IAM calls an
	// account a domain.
	DomainID   string
	DomainName string
	// Trusts are the account IDs, and for AssumeAgencyWithOIDC the IDs of the
	// identity providers, that may assume it; nil is everybody.
	Trusts []string
	// ExternalID must be named by who assumes it through STS, unless it is empty.
	ExternalID string
	// MaxDuration is the longest that its keys live; 0 is what the API allows.
	MaxDuration time.Duration
	// Member and Deny are those of the keys that it gives out.
	Member bool
	Deny   map[string]string
}

// URN is how STS names the agency.
func (a Agency) URN() string { return "iam::" + a.DomainID + ":agency:" + a.Name }

// OIDC is an OpenID Connect identity provider of an account.
type OIDC struct {
	// IdpID is its ID in IAM, sent in X-Idp-Id, and its name in STS.
	IdpID string
	// DomainID is the account that it lets in.
	DomainID string
	// IDToken is the one token that it vouches for.
	IDToken string
	// Member and Deny are those of the keys that IAM gives out for it.
	Member bool
	Deny   map[string]string
}

// ProviderURN is how STS names the provider.
func (o OIDC) ProviderURN() string { return "iam::" + o.DomainID + ":oidcProvider:" + o.IdpID }

// AddAgency adds an agency, in place of one with the same URN.
func (s *Simulator) AddAgency(agency Agency) {
	s.mu.Lock()
	defer s.mu.Unlock()
	agency.Trusts, agency.Deny = slices.Clone(agency.Trusts), maps.Clone(agency.Deny)
	s.agencies = slices.DeleteFunc(s.agencies, func(a Agency) bool { return a.URN() == agency.URN() })
	s.agencies = append(s.agencies, agency)
}

// AddOIDC adds an identity provider, in place of one with the same ID.
func (s *Simulator) AddOIDC(provider OIDC) {
	s.mu.Lock()
	defer s.mu.Unlock()
	provider.Deny = maps.Clone(provider.Deny)
	s.secrets = append(s.secrets, provider.IDToken)
	s.providers[provider.IdpID] = provider
}

// trusts tells whether an account or identity provider may assume the agency.
func (a Agency) trusts(who string) bool { return a.Trusts == nil || slices.Contains(a.Trusts, who) }

// lifetime checks a duration in seconds, nil for the default, against what the
// API and the agency allow.
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

// mint makes up a temporary key and accepts it from now on.
func (s *Simulator) mint(now time.Time, lifetime time.Duration, key Key) Key {
	key.AccessKey = "HST" + strings.ToUpper(randomHex(9))[:17]
	key.SecretKey = randomHex(20)
	// As long as the real ones are.
	key.SecurityToken = base64.StdEncoding.EncodeToString([]byte(randomHex(384)))
	key.Expires = now.Add(lifetime).Truncate(time.Microsecond)
	s.addKey(key)
	return key
}

// assume is the body of AssumeAgency and AssumeAgencyWithOIDC.
type assume struct {
	AgencyURN         string    `json:"agency_urn"`
	AgencySessionName string    `json:"agency_session_name"`
	DurationSeconds   *int64    `json:"duration_seconds"`
	Policy            *string   `json:"policy"`
	PolicyIDs         *[]string `json:"policy_ids"`
}

// check refuses what the API reference does not allow, and finds the agency.
func (a assume) check(s *Simulator) (Agency, *answer) {
	bad := func(message string) (Agency, *answer) {
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

// give mints a key of an agency and answers with it.
func (a assume) give(s *Simulator, r *request, agency Agency, lifetime time.Duration, more map[string]any) answer {
	urn := fmt.Sprintf("sts::%s:assumed-agency:%s/%s", agency.DomainID, agency.Name, a.AgencySessionName)
	id := hashHex("agency", agency.URN())[:32] + ":" + a.AgencySessionName
	key := s.mint(r.now, lifetime, Key{
		AccountID: agency.DomainID, PrincipalURN: urn, PrincipalID: id, Member: agency.Member, Deny: agency.Deny,
	})
	payload := map[string]any{
		"assumed_agency": map[string]any{"urn": urn, "id": id},
		"credentials": map[string]any{
			"access_key_id": key.AccessKey, "secret_access_key": key.SecretKey,
			"security_token": key.SecurityToken, "expiration": key.Expires.UTC().Format(expiryFormat),
		},
	}
	maps.Copy(payload, more)
	return ok(payload)
}

func (s *Simulator) assumeAgency(r *request) answer {
	var wanted struct {
		assume
		ExternalID        *string   `json:"external_id"`
		SerialNumber      *string   `json:"serial_number"`
		TokenCode         *string   `json:"token_code"`
		SourceIdentity    *string   `json:"source_identity"`
		Tags              *[]tag    `json:"tags"`
		TransitiveTagKeys *[]string `json:"transitive_tag_keys"`
	}
	if err := decode(r.body, &wanted); err != nil {
		return *refuse(http.StatusBadRequest, codeBadParameter, err.Error())
	}
	agency, refused := wanted.check(s)
	if refused != nil {
		return *refused
	}
	// 900 to 43200 seconds, and no more than 3600 when the caller's key is temporary (SDK, services/sts/v1).
	longest := 12 * time.Hour
	if r.caller.SecurityToken != "" {
		longest = time.Hour
	}
	duration, err := lifetime(wanted.DurationSeconds, time.Hour, longest, agency.MaxDuration)
	if err != nil {
		return *refuse(http.StatusBadRequest, codeBadParameter, err.Error())
	}
	named := ""
	if wanted.ExternalID != nil {
		named = *wanted.ExternalID
	}
	if !agency.trusts(r.caller.AccountID) || named != agency.ExternalID && agency.ExternalID != "" {
		return *s.forbid(r, http.StatusForbidden, codeForbidden, "The agency "+agency.URN()+" may not be assumed by "+r.caller.PrincipalURN+".", false)
	}
	more := map[string]any{}
	if wanted.SourceIdentity != nil {
		more["source_identity"] = *wanted.SourceIdentity
	}
	return wanted.give(s, r, agency, duration, more)
}

// tag is a session tag.
type tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

func (s *Simulator) assumeAgencyWithOIDC(r *request) answer {
	var wanted struct {
		assume
		ProviderURN string `json:"provider_urn"`
		IDToken     string `json:"id_token"`
	}
	if err := decode(r.body, &wanted); err != nil {
		return *refuse(http.StatusBadRequest, codeBadParameter, err.Error())
	}
	agency, refused := wanted.check(s)
	if refused != nil {
		return *refused
	}
	if n := len(wanted.IDToken); n < 4 || n > 20000 {
		return *refuse(http.StatusBadRequest, codeBadParameter, fmt.Sprintf("id_token has %d characters instead of 4 to 20000", n))
	}
	duration, err := lifetime(wanted.DurationSeconds, time.Hour, 12*time.Hour, agency.MaxDuration)
	if err != nil {
		return *refuse(http.StatusBadRequest, codeBadParameter, err.Error())
	}
	for _, provider := range s.providers {
		if provider.ProviderURN() != wanted.ProviderURN {
			continue
		}
		if wanted.IDToken != provider.IDToken || !agency.trusts(provider.IdpID) {
			return *refuse(http.StatusForbidden, codeForbidden, "The ID token does not allow the agency "+agency.URN()+" to be assumed.")
		}
		return wanted.give(s, r, agency, duration, map[string]any{"provider": provider.ProviderURN()})
	}
	return *refuse(http.StatusNotFound, codeNotFound, "The identity provider "+wanted.ProviderURN+" does not exist.")
}

func (s *Simulator) getCallerIdentity(r *request) answer {
	return ok(map[string]any{
		"account_id": r.caller.AccountID, "principal_id": r.caller.PrincipalID, "principal_urn": r.caller.PrincipalURN,
	})
}

func (s *Simulator) decodeAuthorizationMessage(r *request) answer {
	var wanted struct {
		EncodedMessage string `json:"encoded_message"`
	}
	if err := decode(r.body, &wanted); err != nil {
		return *refuse(http.StatusBadRequest, codeBadParameter, err.Error())
	}
	decoded, known := s.messages[wanted.EncodedMessage]
	if !known {
		return *refuse(http.StatusBadRequest, codeBadParameter, "The encoded message is invalid.")
	}
	return ok(map[string]any{"decoded_message": decoded})
}
