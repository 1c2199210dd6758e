// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// place is one of those where a key pair is looked for.
type place struct {
	accessKey                string
	secretKey, securityToken transport.Secret
	// The words for each of the three, and for the pair.
	accessKeyName, secretKeyName, securityTokenName, name string
}

// keyPlaces returns the configuration and both sets of variables, in order.
func keyPlaces(config Config, env Environment) []place {
	variables := func(accessKey, secretKey, securityToken string) place {
		return place{
			accessKey: env.Get(accessKey), secretKey: env.Secret(secretKey), securityToken: env.Secret(securityToken),
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

// nameOfPairs says in words where there is a key pair or a half of one; empty when
// there is none.
func nameOfPairs(places []place) string {
	for _, p := range places {
		if p.accessKey != "" || !p.secretKey.Empty() {
			return p.name
		}
	}
	if !places[0].securityToken.Empty() {
		return places[0].name
	}
	return ""
}

// chooseKeys returns the key pair of the first place that has one, with the security
// token that belongs to it. At least one place has something, see nameOfPairs.
func chooseKeys(places []place) (keys transport.Keys, notes []string, problem error) {
	access, secret, err := choosePair(places)
	if err != nil {
		return keys, nil, err
	}
	keys = transport.Keys{AccessKey: access.accessKey, SecretKey: secret.secretKey, Origin: access.name}
	if access.name != secret.name {
		keys.Origin = access.accessKeyName + " and " + secret.secretKeyName
	}
	names := keyNames{accessKey: access.accessKeyName, secretKey: secret.secretKeyName}

	// A security token is sent only with the keys that it belongs to: those of the
	// same place, or of a place that names the same access key. The one exception is
	// the argument security_token, which is meant for whatever keys are used. The
	// Huawei Cloud provider sends a left-over HW_SECURITY_TOKEN with a permanent key,
	// which the API answers with a 401.
	for i, p := range places {
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

// choosePair returns the first place that has an access key and the first that has a
// secret key.
//
// As in the Huawei Cloud provider, the configuration and the variables complete
// each other argument by argument, so that access_key may be in the provider block
// and HW_SECRET_KEY in the pipeline. What it also does, and what is refused here,
// is to take a secret key that stands beside another access key.
func choosePair(places []place) (access, secret place, problem error) {
	a := slices.IndexFunc(places, func(p place) bool { return p.accessKey != "" })
	s := slices.IndexFunc(places, func(p place) bool { return !p.secretKey.Empty() })
	switch {
	case a < 0 && s < 0:
		return access, secret, errTokenAlone()
	case s < 0:
		return access, secret, errMissingSecretKey(places[a].accessKeyName+" is set", "")
	case a < 0:
		return access, secret, errMissingAccessKey(places[s].secretKeyName+" is set", "")
	}
	access, secret = places[a], places[s]
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

// keyNames are the words for where each part of a key pair comes from.
type keyNames struct{ accessKey, secretKey, securityToken string }

// check refuses keys that could not sign a call, before a call spends one of the
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
