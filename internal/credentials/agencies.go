// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// Limits of the lifetime of temporary keys (API reference, AssumeAgency and
// CreateTemporaryAccessKeyByAgency). STS allows at most an hour to a caller whose own keys
// are temporary, and refuses more itself.
const (
	ShortestDuration   = 15 * time.Minute
	LongestDurationSTS = 12 * time.Hour
	LongestDurationIAM = 24 * time.Hour
)

// AssumeRole is an assume_role block: an agency to assume. DomainID or, if that is empty,
// DomainName is its account. Duration is the lifetime of the keys in whole seconds; 0 for
// the API's default.
type AssumeRole struct {
	AgencyName, DomainName, DomainID string
	Duration                         time.Duration
}

// AssumeRoleWithOIDC is an assume_role_with_oidc block. An ID token of the identity provider IdpID,
// or a file that contains one, is exchanged for keys. If an agency is set, these keys assume it.
type AssumeRoleWithOIDC struct {
	AssumeRole
	IdpID       string
	IDToken     transport.Secret
	IDTokenFile string
}

// agencies returns the agencies to assume, in order, and the identity provider to start
// with, if any. As in the huaweicloud provider, environment variables complete the blocks of
// the configuration argument by argument, or replace missing blocks. config is a copy that
// is completed in place.
func agencies(config Config, env Environment) ([]AssumeRole, *AssumeRoleWithOIDC, []error) {
	var problems []error
	oidc, roles := config.OIDC, config.AssumeRoles
	if oidc == nil && env.Get(envIdpID) != "" {
		oidc = &AssumeRoleWithOIDC{}
	}
	if oidc != nil {
		oidc.complete(env)
		problems = append(problems, oidc.check()...)
	}

	// With an identity provider, the variables name the agency that its keys assume.
	if len(roles) == 0 && oidc == nil && env.Get(envAgencyName) != "" {
		roles = []AssumeRole{{}}
	}
	for i := range roles {
		roles[i].complete(env)
		b := &block{name: "assume_role", index: i}
		b.checkAgency(roles[i])
		problems = append(problems, b.problems...)
	}
	if oidc != nil && oidc.AgencyName != "" {
		// It is assumed first. The huaweicloud provider drops a single assume_role block
		// beside assume_role_with_oidc and keeps several.
		roles = slices.Insert(roles, 0, oidc.AssumeRole)
	}
	return roles, oidc, problems
}

// complete sets the missing arguments from the environment.
func (r *AssumeRole) complete(env Environment) {
	r.AgencyName = cmp.Or(r.AgencyName, env.Get(envAgencyName))
	// Either of the two is enough. The huaweicloud provider sets the other one too, even if
	// it is another account's, and then prefers the ID.
	if r.DomainID == "" && r.DomainName == "" {
		r.DomainID, r.DomainName = env.Get(envDomainID), env.Get(envDomainName)
	}
	if value := env.Get(envDuration); r.Duration == 0 && value != "" {
		// An invalid number becomes -1, which is out of range.
		n, _ := strconv.ParseInt(value, 10, 32)
		r.Duration = time.Duration(cmp.Or(n, -1)) * time.Second
	}
}

// complete sets the missing arguments from the environment.
func (r *AssumeRoleWithOIDC) complete(env Environment) {
	r.AssumeRole.complete(env)
	r.IdpID = cmp.Or(r.IdpID, env.Get(envIdpID))
	if r.IDToken.Empty() && r.IDTokenFile == "" {
		r.IDToken, r.IDTokenFile = env.Secret(envIDToken), env.Get(envIDTokenFile)
	}
	r.IDTokenFile = env.Path(r.IDTokenFile)
}

func (r *AssumeRoleWithOIDC) check() []error {
	b := &block{name: "assume_role_with_oidc"}
	if r.IdpID == "" {
		b.missing("idp_id", "idp_id in the block or the environment variable "+envIdpID)
	}
	switch {
	case r.IDToken.Empty() && r.IDTokenFile == "":
		b.missing("id_token", "id_token_file or id_token in the block, or the environment variable "+envIDTokenFile+" or "+envIDToken)
	case !r.IDToken.Empty() && r.IDTokenFile != "":
		b.add("id_token", "Two ID tokens", "Set only one of id_token (%s) and id_token_file (%s).", envIDToken, envIDTokenFile)
	case !r.IDToken.Empty():
		b.check("id_token", envIDToken, secretFault(r.IDToken))
	}
	b.check("id_token_file", envIDTokenFile, PathFault(r.IDTokenFile))
	b.check("idp_id", envIdpID, tokenFault(r.IdpID))
	if r.AgencyName != "" || r.DomainID != "" || r.DomainName != "" {
		b.checkAgency(r.AssumeRole)
	} else {
		b.checkDuration(r.Duration, LongestDurationIAM)
	}
	return b.problems
}

// block collects the errors of a block.
type block struct {
	name     string
	index    int
	problems []error
}

func (b *block) add(argument, summary, detail string, values ...any) {
	problem := invalid(argument, summary, detail, values...)
	problem.Block, problem.Index = b.name, b.index
	b.problems = append(b.problems, problem)
}

func (b *block) missing(argument, how string) {
	b.add(argument, "Missing argument", "The argument %s is required. Set %s.", argument, how)
}

// check adds an error unless fault is empty.
func (b *block) check(argument, variable, fault string) {
	if fault != "" {
		b.add(argument, "Invalid "+argument, "The value of %s (or %s) %s.", argument, variable, fault)
	}
}

func (b *block) checkDuration(d, longest time.Duration) {
	if d != 0 && (d < ShortestDuration || d > longest || d%time.Second != 0) {
		b.add("duration", "Invalid duration", "duration (or %s) must be a whole number of seconds from %d to %d.",
			envDuration, ShortestDuration/time.Second, longest/time.Second)
	}
}

// checkAgency checks a completed agency. With the ID of the account, STS limits the duration.
func (b *block) checkAgency(r AssumeRole) {
	if r.AgencyName == "" {
		b.missing("agency_name", "agency_name in the block or the environment variable "+envAgencyName)
	}
	longest := LongestDurationIAM
	switch {
	case r.DomainID != "":
		longest = LongestDurationSTS
	case r.DomainName == "":
		b.missing("domain_id", "domain_id or domain_name in the block, or the environment variable "+envDomainID+" or "+envDomainName)
	}
	b.check("agency_name", envAgencyName, nameFault(r.AgencyName))
	b.check("domain_name", envDomainName, nameFault(r.DomainName))
	b.check("domain_id", envDomainID, tokenFault(r.DomainID))
	b.checkDuration(r.Duration, longest)
}
