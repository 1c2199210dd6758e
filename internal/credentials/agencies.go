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

// How long temporary keys may live (API reference, AssumeAgency and
// CreateTemporaryAccessKeyByAgency). STS allows no more than an hour to a caller
// whose own keys are temporary; it is left to STS to refuse more.
const (
	ShortestDuration   = 15 * time.Minute
	LongestDurationSTS = 12 * time.Hour
	LongestDurationIAM = 24 * time.Hour
)

// AssumeRole is an assume_role block: an agency to assume. Its account is named
// by DomainID or, where that is empty, by DomainName. Duration is how long its
// keys live, in whole seconds; 0 leaves that to the API.
type AssumeRole struct {
	AgencyName, DomainName, DomainID string
	Duration                         time.Duration
}

// AssumeRoleWithOIDC is an assume_role_with_oidc block: an ID token, or a file
// that holds one, of the identity provider IdpID is traded for keys, with which
// the agency is then assumed, if one is named. Duration is as in AssumeRole.
type AssumeRoleWithOIDC struct {
	AgencyName, DomainID, IdpID string
	IDToken                     transport.Secret
	IDTokenFile                 string
	Duration                    time.Duration
}

// agencies returns the agencies to assume, in order, and the identity provider to
// begin with, if any: those of the configuration, whose blocks the variables
// complete argument by argument as in the Huawei Cloud provider, else those of the
// variables alone. The configuration is trimmed, a copy that is completed in place.
func agencies(config Config, env Environment) ([]AssumeRole, *AssumeRoleWithOIDC, []error) {
	var problems []error

	oidc, roles := config.OIDC, config.AssumeRoles
	if oidc == nil && env.Get(envIdpID) != "" {
		oidc = &AssumeRoleWithOIDC{}
	}
	if oidc != nil {
		problems = append(problems, oidc.complete(env)...)
	}

	// With an identity provider the variables name the agency that it leads to.
	if len(roles) == 0 && oidc == nil && env.Get(envAgencyName) != "" {
		roles = []AssumeRole{{}}
	}
	for i := range roles {
		problems = append(problems, roles[i].complete(i, env)...)
	}
	if oidc != nil && oidc.AgencyName != "" {
		// It is the first link of the chain. The Huawei Cloud provider drops a single
		// assume_role block beside assume_role_with_oidc and keeps several.
		first := AssumeRole{AgencyName: oidc.AgencyName, DomainID: oidc.DomainID, Duration: oidc.Duration}
		roles = slices.Insert(roles, 0, first)
	}
	return roles, oidc, problems
}

// block collects what is wrong with a block.
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

func (b *block) missing(argument, what, name, variable string) {
	b.add(argument, "Missing argument", "%s Set %s in the block or the environment variable %s.", what, name, variable)
}

// check adds an error for a value that has a fault.
func (b *block) check(argument, variable, fault string) {
	if fault != "" {
		b.add(argument, "Invalid "+argument, "The value of %s (or %s) %s.", argument, variable, fault)
	}
}

// agency checks which agency is assumed, and completes and checks for how long: that is
// bounded by STS where sts is true, else by IAM.
func (b *block) agency(name, domainID string, duration *time.Duration, sts bool, env Environment) {
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
		// Where it is no number it is 0, which is out of range, too.
		n, _ := strconv.ParseInt(value, 10, 32)
		*duration = time.Duration(n) * time.Second
	}
	if *duration < ShortestDuration || *duration > longest || *duration%time.Second != 0 {
		b.add("duration", "Invalid duration", "%s must be a whole number of seconds from %d to %d.", set, ShortestDuration/time.Second, longest/time.Second)
	}
}

// complete fills in what the block does not set and returns what is wrong with it.
func (r *AssumeRole) complete(index int, env Environment) []error {
	b := &block{name: "assume_role", index: index}
	r.AgencyName = cmp.Or(r.AgencyName, env.Get(envAgencyName))
	// One of the two names the account. The Huawei Cloud provider would fill in the
	// other one too, be it another account's, and then prefer the ID.
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

// complete fills in what the block does not set and returns what is wrong with it.
func (r *AssumeRoleWithOIDC) complete(env Environment) []error {
	b := &block{name: "assume_role_with_oidc"}
	r.IdpID = cmp.Or(r.IdpID, env.Get(envIdpID))
	r.AgencyName = cmp.Or(r.AgencyName, env.Get(envAgencyName))
	r.DomainID = cmp.Or(r.DomainID, env.Get(envDomainID))
	// Either of them is enough, and the block's takes precedence.
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
