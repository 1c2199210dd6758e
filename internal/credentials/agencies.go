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

// AssumeRoleWithOIDC is an assume_role_with_oidc block: an ID token of the identity
// provider IdpID, or a file that contains one, is exchanged for keys, with which the agency
// is assumed if one is set. Duration is as in AssumeRole.
type AssumeRoleWithOIDC struct {
	AgencyName, DomainID, IdpID string
	IDToken                     transport.Secret
	IDTokenFile                 string
	Duration                    time.Duration
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
		problems = append(problems, oidc.complete(env)...)
	}

	// With an identity provider, the variables are the agency that its keys assume.
	if len(roles) == 0 && oidc == nil && env.Get(envAgencyName) != "" {
		roles = []AssumeRole{{}}
	}
	for i := range roles {
		problems = append(problems, roles[i].complete(i, env)...)
	}
	if oidc != nil && oidc.AgencyName != "" {
		// It is assumed first. The huaweicloud provider drops a single assume_role block
		// beside assume_role_with_oidc and keeps several.
		first := AssumeRole{AgencyName: oidc.AgencyName, DomainID: oidc.DomainID, Duration: oidc.Duration}
		roles = slices.Insert(roles, 0, first)
	}
	return roles, oidc, problems
}

// blockErrors collects the errors of a block.
type blockErrors struct {
	name     string
	index    int
	problems []error
}

func (b *blockErrors) add(argument, summary, detail string, values ...any) {
	problem := invalid(argument, summary, detail, values...)
	problem.Block, problem.Index = b.name, b.index
	b.problems = append(b.problems, problem)
}

func (b *blockErrors) missing(argument, what, name, variable string) {
	b.add(argument, "Missing argument", "%s Set %s in the block or the environment variable %s.", what, name, variable)
}

// check adds an error if fault is not empty.
func (b *blockErrors) check(argument, variable, fault string) {
	if fault != "" {
		b.add(argument, "Invalid "+argument, "The value of %s (or %s) %s.", argument, variable, fault)
	}
}

// agency checks the agency, and completes and checks the duration, which is limited by STS
// if sts is true, otherwise by IAM.
func (b *blockErrors) agency(name, domainID string, duration *time.Duration, sts bool, env Environment) {
	b.check("agency_name", envAgencyName, nameFault(name))
	b.check("domain_id", envDomainID, tokenFault(domainID))
	longest := LongestDurationIAM
	if sts {
		longest = LongestDurationSTS
	}
	set := "duration"
	if *duration == 0 {
		value := env.Get(envDuration)
		if value == "" {
			return
		}
		set = envDuration
		// What is not a number becomes 0, which is out of range.
		n, _ := strconv.ParseInt(value, 10, 32)
		*duration = time.Duration(n) * time.Second
	}
	if *duration < ShortestDuration || *duration > longest || *duration%time.Second != 0 {
		b.add("duration", "Invalid duration", "%s must be a whole number of seconds from %d to %d.", set, ShortestDuration/time.Second, longest/time.Second)
	}
}

// complete sets the missing arguments from the environment and returns the errors.
func (r *AssumeRole) complete(index int, env Environment) []error {
	b := &blockErrors{name: "assume_role", index: index}
	r.AgencyName = cmp.Or(r.AgencyName, env.Get(envAgencyName))
	// Either of the two is enough. The huaweicloud provider sets the other one too, even if
	// it is another account's, and then prefers the ID.
	if r.DomainID == "" && r.DomainName == "" {
		r.DomainID, r.DomainName = env.Get(envDomainID), env.Get(envDomainName)
	}

	if r.AgencyName == "" {
		b.missing("agency_name", "The name of the agency to assume is missing.", "agency_name", envAgencyName)
	}
	if r.DomainID == "" && r.DomainName == "" {
		b.missing("domain_id", "The account of the agency is missing.", "domain_id (or domain_name)", envDomainID+" (or "+envDomainName+")")
	}
	b.check("domain_name", envDomainName, nameFault(r.DomainName))
	b.agency(r.AgencyName, r.DomainID, &r.Duration, r.DomainID != "", env)
	return b.problems
}

// complete sets the missing arguments from the environment and returns the errors.
func (r *AssumeRoleWithOIDC) complete(env Environment) []error {
	b := &blockErrors{name: "assume_role_with_oidc"}
	r.IdpID = cmp.Or(r.IdpID, env.Get(envIdpID))
	r.AgencyName = cmp.Or(r.AgencyName, env.Get(envAgencyName))
	r.DomainID = cmp.Or(r.DomainID, env.Get(envDomainID))
	// Either of them is enough, and that of the block takes precedence.
	if r.IDToken.Empty() && r.IDTokenFile == "" {
		r.IDToken, r.IDTokenFile = env.Secret(envIDToken), env.Get(envIDTokenFile)
	}
	pathFault := PathFault(r.IDTokenFile)
	r.IDTokenFile = env.Path(r.IDTokenFile)

	if r.IdpID == "" {
		b.missing("idp_id", "The ID of the identity provider is missing.", "idp_id", envIdpID)
	}
	switch {
	case r.AgencyName == "" && r.DomainID != "":
		b.missing("agency_name", "domain_id is set, but the agency in that account is not.", "agency_name", envAgencyName)
	case r.AgencyName != "" && r.DomainID == "":
		b.missing("domain_id", "The account of the agency is missing.", "domain_id", envDomainID)
	}
	switch {
	case r.IDToken.Empty() && r.IDTokenFile == "":
		b.missing("id_token", "The ID token is missing.", "id_token_file (or id_token)", envIDTokenFile+" (or "+envIDToken+")")
	case !r.IDToken.Empty() && r.IDTokenFile != "":
		b.add("id_token", "Two ID tokens", "Set only one of id_token (%s) and id_token_file (%s).", envIDToken, envIDTokenFile)
	case !r.IDToken.Empty():
		b.check("id_token", envIDToken, secretFault(r.IDToken))
	case pathFault != "":
		b.add("id_token_file", "Invalid id_token_file", "id_token_file (or %s) must be the name of a file; the value %s. A token itself belongs in id_token (or %s).",
			envIDTokenFile, pathFault, envIDToken)
	}
	b.check("idp_id", envIdpID, tokenFault(r.IdpID))
	b.agency(r.AgencyName, r.DomainID, &r.Duration, r.AgencyName != "", env)
	return b.problems
}
