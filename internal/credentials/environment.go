// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"path/filepath"
	"runtime"
	"strings"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// Environment variables of the connection, named as by the Huawei Cloud provider;
// the last is ours alone.
const (
	EnvCloud          = "HW_CLOUD"
	EnvInsecure       = "HW_INSECURE"
	EnvMaxRetries     = "HW_MAX_RETRIES"
	EnvRequestTimeout = "HW_REQUEST_TIMEOUT"
)

// Environment variables of the credentials, named as by the Huawei Cloud provider,
// by its SDK, and the last by us.
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

// Environment looks up a variable, as os.Getenv does.
type Environment func(name string) string

// Get returns a variable without the white space around it, which a file or a
// pipeline adds easily; empty when it is not set.
func (e Environment) Get(name string) string { return strings.TrimSpace(e(name)) }

// Secret is Get for a secret.
func (e Environment) Secret(name string) transport.Secret { return transport.NewSecret(e.Get(name)) }

// Path returns a path with the user's home directory in place of a leading "~/".
func (e Environment) Path(path string) string {
	rest, below := strings.CutPrefix(path, "~/")
	if home := e.home(); below && home != "" {
		return filepath.Join(home, filepath.FromSlash(rest))
	}
	return path
}

// home returns the user's home directory, empty when the environment does not say.
func (e Environment) home() string {
	if runtime.GOOS == "windows" {
		return e("USERPROFILE")
	}
	return e("HOME")
}
