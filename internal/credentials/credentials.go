// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package credentials finds the keys that sign the calls: in the provider's
// arguments, the environment, the shared config file of the vendor's CLI or the
// metadata of the cloud server, traded for those of an agency where one is to be
// assumed. Temporary keys are renewed before they expire.
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
// value is an argument that is not set.
type Config struct {
	// Region is the region ID, such as "ap-southeast-3".
	Region string
	// AccessKey and SecretKey are a key pair; SecurityToken goes with a temporary one.
	AccessKey                string
	SecretKey, SecurityToken transport.Secret
	// SharedConfigFile is the path of the CLI's config.json, which may begin with
	// "~/"; Profile is the name of one of its profiles.
	SharedConfigFile, Profile string
	// AssumeRoles are assumed one after the other, each with the keys of the one before.
	AssumeRoles []AssumeRole
	// OIDC, when set, is where the first keys come from, whatever else is set.
	OIDC *AssumeRoleWithOIDC
}

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

// ArgumentError is an argument that is missing or wrong.
type ArgumentError struct {
	// Argument is its name as in the provider block, such as "secret_key" or
	// "assume_role[1].agency_name".
	Argument string
	// Summary says in a few words what is wrong, and Detail what to do about it.
	Summary, Detail string
}

// Error returns all of it in one line.
func (e *ArgumentError) Error() string {
	return fmt.Sprintf("%s: %s: %s", e.Argument, e.Summary, e.Detail)
}

// Settings are what Load found.
type Settings struct {
	// Region is the region ID; never empty.
	Region string

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
// at once, as *ArgumentErrors joined by errors.Join. Load makes no network call.
//
// Keys are taken from the first of these that has some: the configuration, the
// variables HW_*, the variables HUAWEICLOUD_SDK_*, the profile, the metadata of
// the server. An assume_role_with_oidc goes before all of them, as it does in
// the vendor's provider. The region is that of the configuration, else of
// HW_REGION_NAME, else of the profile.
//
// This is the order that the vendor documents. Its provider differs from it in
// one point: a profile that is named overrides region and keys, even those of
// the provider block. Here it does not, and a note in the log says so.
func Load(config Config, getenv func(string) string) (*Settings, error) {
	s := &Settings{
		Region:   cmp.Or(config.Region, getenv(envRegion)),
		metadata: newMetadata(getenv),
		now:      time.Now,
	}
	roles, oidc, problems := assumptions(config, getenv)
	s.roles, s.oidc = roles, oidc

	places := keyPlaces(config, getenv)
	keysSettled := s.oidc != nil
	if s.oidc == nil {
		keys, notes, err := chooseKeys(places)
		s.keys, s.notes = keys, notes
		keysSettled = keys.AccessKey != ""
		if err != nil {
			problems = append(problems, err)
			keysSettled = true
		}
	} else if config.AccessKey != "" {
		s.notes = append(s.notes, "The argument access_key is not used: the keys come from "+originOfFederation(*s.oidc))
	}

	found, wrong := findProfile(config, getenv, keysSettled)
	switch {
	case wrong != nil:
		problems = append(problems, wrong)
		keysSettled = true
	case found != nil:
		s.Region = cmp.Or(s.Region, found.Region)
		if keysSettled {
			s.notes = append(s.notes, fmt.Sprintf("The keys of %s are not used: other ones come first", found.origin()))
		} else if err := s.useProfile(found); err != nil {
			problems = append(problems, err)
		}
	}

	// With the metadata left, a token in the environment is a half of something.
	if !keysSettled && s.keys.AccessKey == "" && slices.ContainsFunc(places, func(p place) bool { return p.securityToken != "" }) {
		problems = append(problems, errTokenAlone())
	}
	// A profile that was not found might have named it.
	if s.Region == "" && wrong == nil {
		problems = append(problems, &ArgumentError{
			Argument: "region", Summary: "Missing region",
			Detail: "Set region in the provider block, the environment variable " + envRegion + ", or the region of the profile. " +
				"It is the region of the IAM Identity Center instance, such as ap-southeast-3.",
		})
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return s, nil
}

// useProfile takes the keys of a profile, if it has any, and its agency unless
// the configuration or the environment names one.
func (s *Settings) useProfile(p *profile) *ArgumentError {
	keys, err := p.keys()
	if err != nil {
		return err
	}
	s.keys = keys
	if keys.AccessKey == "" {
		s.notes = append(s.notes, fmt.Sprintf("The %s has no keys", p.origin()))
	}
	role, err := p.role()
	if err != nil {
		return err
	}
	if role != nil && len(s.roles) == 0 {
		s.roles = []AssumeRole{*role}
	}
	return nil
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
		source = newTemporary(&federation{block: *s.oidc, transport: t}, s.now)
	case s.keys.AccessKey != "":
		source = permanent{s.keys}
	default:
		source = newTemporary(s.metadata, s.now)
		if _, err := source.Keys(ctx); err != nil {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			return nil, errNoKeys(s.notes, err)
		}
	}
	for _, role := range s.roles {
		source = newTemporary(&assumption{role: role, transport: t, signer: source}, s.now)
	}
	return source, nil
}

// errNoKeys says where keys were looked for; err is why the last place had none.
func errNoKeys(notes []string, err error) *ArgumentError {
	ways := []string{
		"access_key and secret_key in the provider block",
		"the environment variables " + envAccessKey + " and " + envSecretKey + " (or " + envSDKAccessKey + " and " + envSDKSecretKey + ")",
		"a profile of the vendor's CLI (shared_config_file, profile, or ~/.hcloud/config.json)",
		"assume_role_with_oidc",
		"an agency of the cloud server on which Terraform runs",
	}
	return &ArgumentError{
		Argument: "access_key", Summary: "No credentials found",
		Detail: fmt.Sprintf("Keys may come from any of these:\n  - %s\nThere were none, and %s.",
			strings.Join(append(ways, notes...), "\n  - "), err),
	}
}

// permanent is a source of keys that stay as they are.
type permanent struct{ keys transport.Keys }

func (p permanent) Keys(context.Context) (transport.Keys, error) { return p.keys, nil }
