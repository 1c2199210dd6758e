// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// keyPairSource is a possible source of a key pair.
type keyPairSource struct {
	accessKey                string
	secretKey, securityToken transport.Secret
	// The descriptions of the three, and of the source.
	accessKeyName, secretKeyName, securityTokenName, name string
}

// keyPairSources returns the configuration and both sets of variables, in order.
func keyPairSources(config Config, env Environment) []keyPairSource {
	variables := func(accessKey, secretKey, securityToken string) keyPairSource {
		return keyPairSource{
			accessKey: env.Get(accessKey), secretKey: env.Secret(secretKey), securityToken: env.Secret(securityToken),
			accessKeyName: "the environment variable " + accessKey, secretKeyName: "the environment variable " + secretKey,
			securityTokenName: "the environment variable " + securityToken,
			name:              "the environment variables " + accessKey + " and " + secretKey,
		}
	}
	return []keyPairSource{
		{
			accessKey: config.AccessKey, secretKey: config.SecretKey, securityToken: config.SecurityToken,
			accessKeyName: "the argument access_key", secretKeyName: "the argument secret_key",
			securityTokenName: "the argument security_token", name: "the provider's configuration",
		},
		variables(envAccessKey, envSecretKey, envSecurityToken),
		variables(envSDKAccessKey, envSDKSecretKey, envSDKSecurityToken),
	}
}

// describeSource describes the first source that has a key or a half of a key pair; empty
// if none has.
func describeSource(sources []keyPairSource) string {
	for _, p := range sources {
		if p.accessKey != "" || !p.secretKey.Empty() {
			return p.name
		}
	}
	if !sources[0].securityToken.Empty() {
		return sources[0].name
	}
	return ""
}

// chooseKeys returns the key pair of the first source that has one, with the security token
// that belongs to it. At least one source has a key or a token, see describeSource.
func chooseKeys(sources []keyPairSource) (keys transport.Keys, notes []string, problem error) {
	access, secret, err := choosePair(sources)
	if err != nil {
		return keys, nil, err
	}
	keys = transport.Keys{AccessKey: access.accessKey, SecretKey: secret.secretKey, Origin: access.name}
	if access.name != secret.name {
		keys.Origin = access.accessKeyName + " and " + secret.secretKeyName
	}
	names := keyNames{accessKey: access.accessKeyName, secretKey: secret.secretKeyName}

	// A security token is sent only with the keys that it belongs to: those of the same
	// source, or of a source with the same access key. The argument security_token is for
	// any keys. The huaweicloud provider sends an old HW_SECURITY_TOKEN with a permanent
	// key, to which the API responds with a 401.
	for i, p := range sources {
		switch {
		case p.securityToken.Empty() || !keys.SecurityToken.Empty():
		case i == 0 || p.name == access.name || p.name == secret.name || p.accessKey == keys.AccessKey:
			keys.SecurityToken, names.securityToken = p.securityToken, p.securityTokenName
		default:
			notes = append(notes, fmt.Sprintf("A security token is ignored: that in %s does not belong to the keys from %s",
				p.securityTokenName, keys.Origin))
		}
	}
	return keys, notes, names.check(keys)
}

// choosePair returns the first source that has an access key and the first that has a
// secret key.
//
// As in the huaweicloud provider, the configuration and the variables complete each other
// argument by argument, so that access_key may be in the provider block and HW_SECRET_KEY
// in the pipeline. Unlike there, a secret key that belongs to another access key is refused.
func choosePair(sources []keyPairSource) (access, secret keyPairSource, problem error) {
	a := slices.IndexFunc(sources, func(p keyPairSource) bool { return p.accessKey != "" })
	s := slices.IndexFunc(sources, func(p keyPairSource) bool { return !p.secretKey.Empty() })
	switch {
	case a < 0 && s < 0:
		return access, secret, errTokenAlone()
	case s < 0:
		return access, secret, errMissingSecretKey(sources[a].accessKeyName+" is set", "")
	case a < 0:
		return access, secret, errMissingAccessKey(sources[s].secretKeyName+" is set", "")
	}
	access, secret = sources[a], sources[s]
	switch {
	case a < s && secret.accessKey != "" && secret.accessKey != access.accessKey:
		problem = errMissingSecretKey(access.accessKeyName+" is set", fmt.Sprintf(
			" What is in %s belongs to another access key, that in %s.", secret.secretKeyName, secret.accessKeyName))
	case s < a && !access.secretKey.Empty() && access.secretKey != secret.secretKey:
		problem = errMissingAccessKey(secret.secretKeyName+" is set", fmt.Sprintf(
			" What is in %s belongs to another secret key, that in %s.", access.accessKeyName, access.secretKeyName))
	}
	return access, secret, problem
}

// keyNames are the descriptions of the sources of the parts of a key pair.
type keyNames struct{ accessKey, secretKey, securityToken string }

// check returns an error for keys that cannot sign a call. Such a call would be one of the
// five failures after which the API locks a key.
func (n keyNames) check(keys transport.Keys) error {
	fault := tokenFault(keys.AccessKey)
	if len(keys.AccessKey) > longestAccessKey {
		fault = fmt.Sprintf("is longer than %d characters, so it is not an access key (it may be the secret key)", longestAccessKey)
	}
	if fault != "" {
		return errInvalid("access_key", n.accessKey, fault)
	}
	if fault := cmp.Or(secretFault(keys.SecretKey), signingFault(keys.SecretKey)); fault != "" {
		return errInvalid("secret_key", n.secretKey, fault)
	}
	if keys.SecurityToken.Empty() {
		return nil
	}
	if fault := secretFault(keys.SecurityToken); fault != "" {
		return errInvalid("security_token", n.securityToken, fault)
	}
	return nil
}
