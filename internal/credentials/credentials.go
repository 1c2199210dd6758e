// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package credentials finds the keys that sign the calls: in the provider's arguments, the
// environment, the shared config file of KooCLI or the metadata of the cloud server. It
// assumes agencies, and renews temporary keys before they expire.
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

// Config has the provider's arguments; a zero value is an argument that is not set. White
// space around a value is ignored.
type Config struct {
	// Region is the region ID, such as "ap-southeast-3", and Cloud the domain of the cloud.
	// Both become parts of host names.
	Region, Cloud string
	// AccessKey and SecretKey are a key pair; SecurityToken goes with a temporary one.
	AccessKey                string
	SecretKey, SecurityToken transport.Secret
	// SharedConfigFile is the path of KooCLI's config.json, which may start with "~/".
	// Profile is the name of one of its profiles.
	SharedConfigFile, Profile string
	// AssumeRoles are assumed in order, each with the keys of the previous one.
	AssumeRoles []AssumeRole
	// OIDC, if set, is the source of the first keys, whatever else is set.
	OIDC *AssumeRoleWithOIDC
}

// trimmed returns a copy without white space around the values: file() leaves a line break at
// the end.
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

// Settings are the result of Load.
type Settings struct {
	// Region is the region ID; never empty. Cloud is the domain of the cloud; empty for the
	// default of the region.
	Region, Cloud string

	// The first keys are those of oidc, else keys, else those of the server metadata.
	oidc     *AssumeRoleWithOIDC
	keys     transport.Keys
	metadata *metadata
	// roles are then assumed in order. The first may be that of oidc.
	roles []AssumeRole
	// warning is for the log; empty for none.
	warning string

	now func() time.Time
}

// Load completes the configuration from the environment and the shared config file, and
// checks the result. It returns all errors at once, as *ArgumentErrors joined by
// errors.Join. It makes no network call.
//
// Credentials are taken from the first of these that has some: an assume_role_with_oidc,
// the configuration, the variables HW_*, the variables HUAWEICLOUD_SDK_*, the profile, the
// server metadata. The region is that of the configuration, of HW_REGION_NAME, or of the
// profile.
//
// Unlike in the huaweicloud provider, a profile does not override region and keys of the
// provider block. A warning in the log says so.
func Load(config Config, env Environment) (*Settings, error) {
	config = config.trimmed()
	s := &Settings{
		Region:   cmp.Or(config.Region, env.Get(envRegion)),
		Cloud:    cmp.Or(config.Cloud, env.Get(EnvCloud)),
		metadata: newMetadata(env),
		now:      time.Now,
	}
	var problems []error
	s.roles, s.oidc, problems = agencies(config, env)
	var keysErr error
	if s.oidc == nil {
		s.keys, keysErr = chooseKeys(keySources(config, env))
	}

	// The default file is not read if there are other keys.
	found, profileErr := findProfile(config, env, s.oidc == nil && s.keys.AccessKey == "" && keysErr == nil)
	if found != nil {
		s.Region = cmp.Or(s.Region, found.Region)
		profileErr = s.use(found)
	}
	problems = append(problems, keysErr, profileErr)
	problems = append(problems, checkHosts(s.Region, s.Cloud)...)
	// A profile that was not found may have a region.
	if s.Region == "" && profileErr == nil {
		problems = append(problems, invalid("region", "Missing region",
			"Set region in the provider block, the environment variable %s, or the region of the profile. "+
				"It is the region of the IAM Identity Center instance, such as ap-southeast-3.", envRegion))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return s, nil
}

// use takes the keys and the agency of a profile, unless there are other keys.
func (s *Settings) use(p *profile) (err error) {
	if chosen := s.keys.Origin; s.oidc != nil || chosen != "" {
		if s.oidc != nil {
			chosen = s.oidc.origin()
		}
		s.warning = fmt.Sprintf("The credentials of %s are not used: those of %s take precedence", p.origin(), chosen)
		return nil
	}
	if s.keys, err = p.keys(); err != nil {
		return err
	}
	role, err := p.role()
	if role != nil && len(s.roles) == 0 {
		s.roles = []AssumeRole{*role}
	}
	return err
}

// Source returns the source of keys, which sends its own calls through t. If only the server
// metadata is left, it is read at once (within 3 seconds). Missing keys are then an error of the
// plan. Everything else is fetched on demand. The error is an *ArgumentError, or the cause of the
// end of ctx.
//
// The source is a transport.Renewer if it can fetch temporary keys again.
func (s *Settings) Source(ctx context.Context, t *transport.Transport) (transport.KeySource, error) {
	if s.warning != "" {
		tflog.Warn(ctx, s.warning)
	}
	var source transport.KeySource
	switch {
	case s.oidc != nil:
		source = newRenewingSource((&oidcExchange{block: *s.oidc, transport: t}).fetch, s.now)
	case s.keys.AccessKey != "":
		source = staticKeys{s.keys}
	default:
		source = newRenewingSource(s.metadata.fetch, s.now)
		if _, err := source.Keys(ctx); err != nil {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			return nil, errNoKeys(err)
		}
	}
	for _, role := range s.roles {
		source = newRenewingSource((&agencyKeys{role: role, transport: t, signer: source}).fetch, s.now)
	}
	return source, nil
}

// staticKeys is a source of keys that do not change.
type staticKeys struct{ keys transport.Keys }

func (p staticKeys) Keys(context.Context) (transport.Keys, error) { return p.keys, nil }
