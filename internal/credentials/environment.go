// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// Environment variables, named as by the vendor's provider, by its SDK, and the
// last by us.
//
//nolint:gosec // These are names, not secrets.
const (
	envRegion           = "HW_REGION_NAME"
	envAccessKey        = "HW_ACCESS_KEY"
	envSecretKey        = "HW_SECRET_KEY"
	envSecurityToken    = "HW_SECURITY_TOKEN"
	envSharedConfigFile = "HW_SHARED_CONFIG_FILE"
	envProfile          = "HW_PROFILE"

	envAgencyName  = "HW_ASSUME_ROLE_AGENCY_NAME"
	envDomainName  = "HW_ASSUME_ROLE_DOMAIN_NAME"
	envDomainID    = "HW_ASSUME_ROLE_DOMAIN_ID"
	envDuration    = "HW_ASSUME_ROLE_DURATION"
	envIdpID       = "HW_ASSUME_ROLE_IDP_ID"
	envIDToken     = "HW_ASSUME_ROLE_ID_TOKEN"
	envIDTokenFile = "HW_ASSUME_ROLE_ID_TOKEN_FILE"

	envSDKAccessKey     = "HUAWEICLOUD_SDK_AK"
	envSDKSecretKey     = "HUAWEICLOUD_SDK_SK"
	envSDKSecurityToken = "HUAWEICLOUD_SDK_SECURITY_TOKEN"

	// envMetadataEndpoint replaces the base URL of the server metadata, for tests.
	envMetadataEndpoint = "HW_METADATA_ENDPOINT"
)

// place is one of those where a key pair is looked for.
type place struct {
	accessKey                string
	secretKey, securityToken transport.Secret
	// The words for each of the three, and for the pair.
	accessKeyName, secretKeyName, securityTokenName, name string
}

// keyPlaces returns the configuration and both sets of variables, in order.
func keyPlaces(config Config, getenv func(string) string) []place {
	variables := func(accessKey, secretKey, securityToken string) place {
		return place{
			accessKey: getenv(accessKey), secretKey: transport.Secret(getenv(secretKey)), securityToken: transport.Secret(getenv(securityToken)),
			accessKeyName: "the environment variable " + accessKey, secretKeyName: "the environment variable " + secretKey,
			securityTokenName: "the environment variable " + securityToken,
			name:              "the environment variables " + accessKey + " and " + secretKey,
		}
	}
	return []place{
		{
			accessKey: config.AccessKey, secretKey: config.SecretKey, securityToken: config.SecurityToken,
			accessKeyName: "the argument access_key", secretKeyName: "the argument secret_key",
			securityTokenName: "the argument security_token", name: "the provider's configuration",
		},
		variables(envAccessKey, envSecretKey, envSecurityToken),
		variables(envSDKAccessKey, envSDKSecretKey, envSDKSecurityToken),
	}
}

// chooseKeys returns the key pair of the first place that has one, and no keys
// where there is nothing at all.
//
// As in the vendor's provider, the configuration and the variables complete each
// other argument by argument, so that access_key may be in the provider block
// and HW_SECRET_KEY in the pipeline. What it also does, and what is refused
// here, is to take a secret key that stands beside another access key.
//
// A security token is sent only with the keys that it belongs to: those of the
// same place, or of a place that names the same access key. The one exception is
// the argument security_token, which is meant for whatever keys are used. The
// vendor's provider sends a left-over HW_SECURITY_TOKEN with a permanent key,
// which the API answers with a 401.
func chooseKeys(places []place) (keys transport.Keys, notes []string, wrong *ArgumentError) {
	a := slices.IndexFunc(places, func(p place) bool { return p.accessKey != "" })
	s := slices.IndexFunc(places, func(p place) bool { return p.secretKey != "" })
	switch {
	case a < 0 && s < 0 && places[0].securityToken != "":
		return keys, nil, errTokenAlone()
	case a < 0 && s < 0:
		return keys, nil, nil
	case s < 0:
		return keys, nil, errMissingSecretKey(places[a].accessKeyName+" is set", "")
	case a < 0:
		return keys, nil, errMissingAccessKey(places[s].secretKeyName+" is set", "")
	}
	access, secret := places[a], places[s]
	if a < s && secret.accessKey != "" && secret.accessKey != access.accessKey {
		return keys, nil, errMissingSecretKey(access.accessKeyName+" is set", fmt.Sprintf(
			" What is in %s belongs to another access key, that in %s.", secret.secretKeyName, secret.accessKeyName))
	}
	if s < a && access.secretKey != "" && access.secretKey != secret.secretKey {
		return keys, nil, errMissingAccessKey(secret.secretKeyName+" is set", fmt.Sprintf(
			" What is in %s belongs to another secret key, that in %s.", access.accessKeyName, access.secretKeyName))
	}

	keys = transport.Keys{AccessKey: access.accessKey, SecretKey: secret.secretKey, Origin: access.name}
	if a != s {
		keys.Origin = access.accessKeyName + " and " + secret.secretKeyName
	}
	for i, p := range places {
		switch {
		case p.securityToken == "" || keys.SecurityToken != "":
		case i == 0 || i == a || i == s || p.accessKey == keys.AccessKey:
			keys.SecurityToken = p.securityToken
		default:
			notes = append(notes, fmt.Sprintf("A security token is ignored: that in %s does not belong to the keys from %s",
				p.securityTokenName, keys.Origin))
		}
	}
	return keys, notes, nil
}

func errMissingSecretKey(because, more string) *ArgumentError {
	return &ArgumentError{
		Argument: "secret_key", Summary: "Missing secret key",
		Detail: fmt.Sprintf("An access key needs its secret key: %s, but no secret key is. "+
			"Set secret_key in the provider block or the environment variable %s (or %s).%s",
			because, envSecretKey, envSDKSecretKey, more),
	}
}

func errMissingAccessKey(because, more string) *ArgumentError {
	return &ArgumentError{
		Argument: "access_key", Summary: "Missing access key",
		Detail: fmt.Sprintf("A secret key needs its access key: %s, but no access key is. "+
			"Set access_key in the provider block or the environment variable %s (or %s).%s",
			because, envAccessKey, envSDKAccessKey, more),
	}
}

func errTokenAlone() *ArgumentError {
	return &ArgumentError{
		Argument: "access_key", Summary: "Security token without keys",
		Detail: fmt.Sprintf("A security token goes with a temporary key pair, but there is none. "+
			"Set access_key and secret_key in the provider block or the environment variables %s and %s (or %s and %s), "+
			"or unset security_token, %s and %s.",
			envAccessKey, envSecretKey, envSDKAccessKey, envSDKSecretKey, envSecurityToken, envSDKSecurityToken),
	}
}

// assumptions returns the agencies to assume, in order, and the identity provider
// to begin with, if any: those of the configuration, whose blocks the variables complete argument
// by argument as in the vendor's provider, else those of the variables alone.
func assumptions(config Config, getenv func(string) string) ([]AssumeRole, *AssumeRoleWithOIDC, []error) {
	var problems []error

	var oidc *AssumeRoleWithOIDC
	switch {
	case config.OIDC != nil:
		block := *config.OIDC
		oidc = &block
	case getenv(envIdpID) != "":
		oidc = &AssumeRoleWithOIDC{}
	}
	if oidc != nil {
		problems = append(problems, oidc.complete("assume_role_with_oidc[0]", getenv)...)
	}

	roles := slices.Clone(config.AssumeRoles)
	// With an identity provider the variables name the agency that it leads to.
	if len(roles) == 0 && oidc == nil && getenv(envAgencyName) != "" {
		roles = []AssumeRole{{}}
	}
	for i := range roles {
		problems = append(problems, roles[i].complete(fmt.Sprintf("assume_role[%d]", i), getenv)...)
	}
	if oidc != nil && oidc.AgencyName != "" {
		// It is the first link of the chain. The vendor's provider drops a single
		// assume_role block beside assume_role_with_oidc and keeps several.
		first := AssumeRole{AgencyName: oidc.AgencyName, DomainID: oidc.DomainID, Duration: oidc.Duration}
		roles = slices.Insert(roles, 0, first)
	}
	return roles, oidc, problems
}

// complete fills in what the block leaves open and checks it.
func (r *AssumeRole) complete(block string, getenv func(string) string) []error {
	var problems []error
	r.AgencyName = cmp.Or(r.AgencyName, getenv(envAgencyName))
	// One of the two names the account. The vendor's provider would fill in the
	// other one too, be it another account's, and then prefer the ID.
	if r.DomainID == "" && r.DomainName == "" {
		r.DomainID, r.DomainName = getenv(envDomainID), getenv(envDomainName)
	}

	if r.AgencyName == "" {
		problems = append(problems, errMissing(block+".agency_name", "The name of the agency to assume is missing.", "agency_name", envAgencyName))
	}
	longest := longestSTS
	if r.DomainID == "" {
		longest = longestIAM
	}
	if r.DomainID == "" && r.DomainName == "" {
		problems = append(problems, errMissing(block+".domain_id", "The account of the agency is missing.",
			"domain_id (or domain_name)", envDomainID+" (or "+envDomainName+")"))
	}
	return append(problems, completeDuration(&r.Duration, block, longest, getenv)...)
}

// complete fills in what the block leaves open and checks it.
func (r *AssumeRoleWithOIDC) complete(block string, getenv func(string) string) []error {
	var problems []error
	r.IdpID = cmp.Or(r.IdpID, getenv(envIdpID))
	r.AgencyName = cmp.Or(r.AgencyName, getenv(envAgencyName))
	r.DomainID = cmp.Or(r.DomainID, getenv(envDomainID))
	// Either of them is enough, and the block's goes first.
	if r.IDToken == "" && r.IDTokenFile == "" {
		r.IDToken, r.IDTokenFile = transport.Secret(getenv(envIDToken)), getenv(envIDTokenFile)
	}

	if r.IdpID == "" {
		problems = append(problems, errMissing(block+".idp_id", "The ID of the identity provider is missing.", "idp_id", envIdpID))
	}
	switch {
	case r.AgencyName == "" && r.DomainID != "":
		problems = append(problems, errMissing(block+".agency_name", "domain_id is set, but the agency in that account is not.", "agency_name", envAgencyName))
	case r.AgencyName != "" && r.DomainID == "":
		problems = append(problems, errMissing(block+".domain_id", "The account of the agency is missing.", "domain_id", envDomainID))
	}
	switch {
	case r.IDToken == "" && r.IDTokenFile == "":
		problems = append(problems, errMissing(block+".id_token", "The ID token is missing.",
			"id_token_file (or id_token)", envIDTokenFile+" (or "+envIDToken+")"))
	case r.IDToken != "" && r.IDTokenFile != "":
		problems = append(problems, &ArgumentError{
			Argument: block + ".id_token", Summary: "Two ID tokens",
			Detail: fmt.Sprintf("Set only one of id_token (%s) and id_token_file (%s).", envIDToken, envIDTokenFile),
		})
	}
	longest := longestSTS
	if r.AgencyName == "" {
		longest = longestIAM
	}
	return append(problems, completeDuration(&r.Duration, block, longest, getenv)...)
}

// completeDuration fills in a duration that is open and checks it.
func completeDuration(duration *time.Duration, block string, longest time.Duration, getenv func(string) string) []error {
	set := "duration"
	if *duration == 0 {
		value := getenv(envDuration)
		if value == "" {
			return nil
		}
		set = envDuration
		n, err := strconv.ParseInt(value, 10, 32)
		if err != nil {
			n = 0 // Which is out of range, too.
		}
		*duration = time.Duration(n) * time.Second
	}
	if *duration >= shortest && *duration <= longest && *duration%time.Second == 0 {
		return nil
	}
	return []error{&ArgumentError{
		Argument: block + ".duration", Summary: "Invalid duration",
		Detail: fmt.Sprintf("%s must be a whole number of seconds from %d to %d.", set, shortest/time.Second, longest/time.Second),
	}}
}

func errMissing(argument, what, name, variable string) *ArgumentError {
	return &ArgumentError{
		Argument: argument, Summary: "Missing argument",
		Detail: fmt.Sprintf("%s Set %s in the block or the environment variable %s.", what, name, variable),
	}
}
