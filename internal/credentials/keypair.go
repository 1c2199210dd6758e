// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"cmp"
	"crypto/fips140"
	"fmt"
	"slices"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// keyNames are the names of the parts of a key pair: arguments, variables or fields.
type keyNames struct{ accessKey, secretKey, securityToken string }

// keySource is a possible source of a key pair.
type keySource struct {
	transport.Keys
	names keyNames
}

// keySources returns the configuration and both sets of variables, in order.
func keySources(config Config, env Environment) []keySource {
	variables := func(n keyNames) keySource {
		return keySource{transport.Keys{
			AccessKey: env.Get(n.accessKey), SecretKey: env.Secret(n.secretKey), SecurityToken: env.Secret(n.securityToken),
			Origin: "the environment variables " + n.accessKey + " and " + n.secretKey,
		}, n}
	}
	return []keySource{
		{
			transport.Keys{AccessKey: config.AccessKey, SecretKey: config.SecretKey, SecurityToken: config.SecurityToken, Origin: "the provider's configuration"},
			keyNames{"access_key", "secret_key", "security_token"},
		},
		variables(keyNames{envAccessKey, envSecretKey, envSecurityToken}),
		variables(keyNames{envSDKAccessKey, envSDKSecretKey, envSDKSecurityToken}),
	}
}

// chooseKeys returns the first access key and the first secret key, with the security token
// that belongs to them. It returns no keys and no error if nothing is set.
//
// As in the huaweicloud provider, the configuration and the variables complete each other argument
// by argument. For example, access_key may be in the provider block and HW_SECRET_KEY in the
// pipeline. Unlike there, halves of two pairs are refused. A security token in a variable is sent
// only with keys of the same source: the API rejects an old token beside a permanent key (401).
func chooseKeys(sources []keySource) (keys transport.Keys, err error) {
	var access, secret keySource
	for _, s := range slices.Backward(sources) {
		if s.AccessKey != "" {
			access = s
		}
		if !s.SecretKey.Empty() {
			secret = s
		}
	}
	switch {
	case access.AccessKey == "" && secret.SecretKey.Empty() && sources[0].SecurityToken.Empty():
		return keys, nil
	case access.AccessKey == "":
		return keys, errIncompletePair("access_key", cmp.Or(secret.names.secretKey, sources[0].names.securityToken)+" is set, but no access key")
	case secret.SecretKey.Empty():
		return keys, errIncompletePair("secret_key", access.names.accessKey+" is set, but no secret key")
	case cmp.Or(secret.AccessKey, access.AccessKey) != access.AccessKey, cmp.Or(access.SecretKey, secret.SecretKey) != secret.SecretKey:
		return keys, errIncompletePair("secret_key", access.names.accessKey+" and "+secret.names.secretKey+" are halves of two key pairs")
	}

	keys = transport.Keys{AccessKey: access.AccessKey, SecretKey: secret.SecretKey, Origin: access.Origin}
	names := keyNames{accessKey: access.names.accessKey, secretKey: secret.names.secretKey}
	if access.Origin != secret.Origin {
		keys.Origin = names.accessKey + " and " + names.secretKey
	}
	token := tokenOf(sources, access, secret)
	keys.SecurityToken, names.securityToken = token.SecurityToken, token.names.securityToken
	return keys, names.check(keys)
}

// tokenOf returns the first source with a security token that belongs to a key pair.
func tokenOf(sources []keySource, access, secret keySource) keySource {
	for i, s := range sources {
		if !s.SecurityToken.Empty() && (i == 0 || s.AccessKey == access.AccessKey || s.Origin == secret.Origin) {
			return s
		}
	}
	return keySource{}
}

// check returns an error for keys that cannot sign a call. Such a call would be one of the
// five failures after which the API locks a key.
func (n keyNames) check(keys transport.Keys) error {
	accessKeyFault, secretKeyFault, tokenFault := tokenFault(keys.AccessKey), secretFault(keys.SecretKey), ""
	if len(keys.AccessKey) > longestAccessKey {
		accessKeyFault = fmt.Sprintf("is longer than %d characters, so it is not an access key (it may be the secret key)", longestAccessKey)
	}
	if fips140.Enabled() && len(keys.SecretKey.Reveal()) < shortestFIPSKey {
		secretKeyFault = cmp.Or(secretKeyFault, fmt.Sprintf("is too short for FIPS 140 mode, which requires at least %d characters", shortestFIPSKey))
	}
	if !keys.SecurityToken.Empty() {
		tokenFault = secretFault(keys.SecurityToken)
	}
	for _, part := range []struct{ argument, name, fault string }{
		{"access_key", n.accessKey, accessKeyFault}, {"secret_key", n.secretKey, secretKeyFault}, {"security_token", n.securityToken, tokenFault},
	} {
		if part.fault != "" {
			return invalid(part.argument, "Invalid "+part.argument, "The value of %s %s. Set the value alone, without quotation marks or line breaks, as it was issued.",
				part.name, part.fault)
		}
	}
	return nil
}
