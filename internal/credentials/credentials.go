// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package credentials finds the keys that sign the calls: in the provider's
// arguments, the environment, the shared config file of KooCLI or the metadata of
// the cloud server, traded for those of an agency where one is to be assumed.
// Temporary keys are renewed before they expire.
package credentials

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// Config holds the provider's arguments as the configuration gives them; a zero
// value is an argument that is not set. White space around a value is ignored.
type Config struct {
	// Region is the region ID, such as "ap-southeast-3", and Cloud the domain of the
	// cloud; both become parts of host names.
	Region, Cloud string
	// AccessKey and SecretKey are a key pair; SecurityToken goes with a temporary one.
	AccessKey                string
	SecretKey, SecurityToken transport.Secret
	// SharedConfigFile is the path of KooCLI's config.json, which may begin with
	// "~/"; Profile is the name of one of its profiles.
	SharedConfigFile, Profile string
	// AssumeRoles are assumed one after the other, each with the keys of the one before.
	AssumeRoles []AssumeRole
	// OIDC, when set, is where the first keys come from, whatever else is set.
	OIDC *AssumeRoleWithOIDC
}

// trimmed returns the configuration without the white space around its values, as
// file() leaves a line break at the end.
func (c Config) trimmed() Config {
	trim(&c.Region, &c.Cloud, &c.AccessKey, &c.SharedConfigFile, &c.Profile)
	trimSecrets(&c.SecretKey, &c.SecurityToken)
	c.AssumeRoles = slices.Clone(c.AssumeRoles)
	for i := range c.AssumeRoles {
		role := &c.AssumeRoles[i]
		trim(&role.AgencyName, &role.DomainID, &role.DomainName)
	}
	if c.OIDC != nil {
		oidc := *c.OIDC
		trim(&oidc.AgencyName, &oidc.DomainID, &oidc.IdpID, &oidc.IDTokenFile)
		trimSecrets(&oidc.IDToken)
		c.OIDC = &oidc
	}
	return c
}

func trim(texts ...*string) {
	for _, text := range texts {
		*text = strings.TrimSpace(*text)
	}
}

func trimSecrets(secrets ...*transport.Secret) {
	for _, secret := range secrets {
		*secret = transport.NewSecret(strings.TrimSpace(secret.Reveal()))
	}
}

// Settings are what Load found.
type Settings struct {
	// Region is the region ID; never empty. Cloud is the domain of the cloud; empty
	// for the one that the region implies.
	Region, Cloud string

	// oidc, else keys, else the server metadata give the first keys.
	oidc     *AssumeRoleWithOIDC
	keys     transport.Keys
	metadata *metadata
	// roles are then assumed, in order; the first may be that of oidc.
	roles []AssumeRole
	// notes are what the reader of the log should know.
	notes []string

	now func() time.Time
}

// Load applies the environment and the shared config file to what the
// configuration leaves open and checks the result. What is wrong comes back all
// at once, as *ArgumentErrors joined by errors.Join. Load makes no network call;
// ctx bounds the reading of the file.
//
// Credentials are taken from the first of these that has some: an
// assume_role_with_oidc as in the Huawei Cloud provider, the configuration, the
// variables HW_*, the variables HUAWEICLOUD_SDK_*, the profile, the metadata of the
// server. The region is that of the configuration, else of HW_REGION_NAME, else of
// the profile.
//
// This is the order that the documentation of the Huawei Cloud provider gives. That
// provider differs from it in one point: a profile that is named overrides region
// and keys, even those of the provider block. Here it does not, and a note in the
// log says so.
func Load(ctx context.Context, config Config, getenv Environment) (*Settings, error) {
	config = config.trimmed()
	s := &Settings{
		Region:   cmp.Or(config.Region, getenv.Get(envRegion)),
		Cloud:    cmp.Or(config.Cloud, getenv.Get(EnvCloud)),
		metadata: newMetadata(getenv),
		now:      time.Now,
	}
	roles, oidc, problems := agencies(config, getenv)
	s.roles = roles
	places := keyPlaces(config, getenv)

	// The default file is not even looked for when keys come first.
	found, err := findProfile(ctx, config, getenv, oidc == nil && nameOfPairs(places) == "")
	if err != nil {
		problems = append(problems, err)
	}
	profileFailed := err != nil
	if found != nil {
		s.Region = cmp.Or(s.Region, found.Region)
	}

	chosen, err := s.choose(oidc, places, found)
	switch {
	case err != nil:
		problems = append(problems, err)
	case !chosen && !profileFailed && slices.ContainsFunc(places, func(p place) bool { return !p.securityToken.Empty() }):
		// With the metadata left, a token in the environment is a half of something.
		problems = append(problems, errTokenAlone())
	}
	problems = append(problems, checkHosts(s.Region, s.Cloud)...)
	// A profile that was not found might have named it.
	if s.Region == "" && !profileFailed {
		problems = append(problems, invalid("region", "Missing region",
			"Set region in the provider block, the environment variable %s, or the region of the profile. "+
				"It is the region of the IAM Identity Center instance, such as ap-southeast-3.", envRegion))
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return s, nil
}

// choose takes the first keys from the first of these that has some, and notes the others.
// It tells whether there are any: else only the server metadata is left.
func (s *Settings) choose(oidc *AssumeRoleWithOIDC, places []place, found *profile) (has bool, err error) {
	chosen := ""
	note := func(unused string) {
		s.notes = append(s.notes, fmt.Sprintf("The credentials of %s are not used: those of %s take precedence", unused, chosen))
	}
	if oidc != nil {
		s.oidc, chosen = oidc, originOfFederation(*oidc)
	}
	if pairs := nameOfPairs(places); pairs != "" && chosen != "" {
		note(pairs)
	} else if pairs != "" {
		keys, notes, err := chooseKeys(places)
		s.notes = append(s.notes, notes...)
		if err != nil {
			return true, err
		}
		s.keys, chosen = keys, pairs
	}
	switch {
	case found == nil:
		return chosen != "", nil
	case chosen != "":
		note(found.origin())
		return true, nil
	}
	return s.takeProfile(found)
}

// takeProfile takes the keys of a profile and the agency that they are for, if there are any.
func (s *Settings) takeProfile(p *profile) (has bool, err error) {
	keys, notes, err := p.keys()
	s.notes = append(s.notes, notes...)
	if err != nil {
		return false, err
	}
	role, err := p.role()
	if role != nil && len(s.roles) == 0 {
		s.roles = []AssumeRole{*role}
	}
	s.keys = keys
	return keys.AccessKey != "", err
}

// Source returns the source of keys, which sends its own calls through t. It
// tries the server metadata at once when nothing else is configured (at most 3
// seconds in all), so that a missing key is an error of the plan, not of the
// apply; everything else is fetched when first needed. Its error is then an
// *ArgumentError, or the cause for which ctx ended.
//
// The source is a transport.Renewer where the keys are temporary ones that it
// can fetch anew.
func (s *Settings) Source(ctx context.Context, t *transport.Transport) (transport.KeySource, error) {
	for _, note := range s.notes {
		tflog.Warn(ctx, note)
	}

	var source transport.KeySource
	switch {
	case s.oidc != nil:
		source = newTemporary((&federation{block: *s.oidc, transport: t}).fetch, s.now)
	case s.keys.AccessKey != "":
		source = permanent{s.keys}
	default:
		source = newTemporary(s.metadata.fetch, s.now)
		if _, err := source.Keys(ctx); err != nil {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			return nil, errNoKeys(s.notes, err)
		}
	}
	for _, role := range s.roles {
		source = newTemporary((&assumption{role: role, transport: t, signer: source}).fetch, s.now)
	}
	return source, nil
}

// permanent is a source of keys that stay as they are.
type permanent struct{ keys transport.Keys }

func (p permanent) Keys(context.Context) (transport.Keys, error) { return p.keys, nil }
