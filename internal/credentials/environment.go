// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// Environment variables of the connection. All but the last are those of the huaweicloud
// provider.
const (
	EnvCloud          = "HW_CLOUD"
	EnvInsecure       = "HW_INSECURE"
	EnvMaxRetries     = "HW_MAX_RETRIES"
	EnvRequestTimeout = "HW_REQUEST_TIMEOUT"
)

// Environment variables of the credentials: those of the huaweicloud provider, those of its
// SDK, and an own one.
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

// Get returns a variable without white space around it; empty if it is not set.
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

// home returns the user's home directory; empty if the environment does not have it.
func (e Environment) home() string {
	if runtime.GOOS == "windows" {
		return e("USERPROFILE")
	}
	return e("HOME")
}

// ReadFile returns the content of a regular file: any other, such as a pipe, may block or
// never end. It fails if the content is longer than limit bytes. The error does not name
// the file.
func ReadFile(name string, limit int64) (content []byte, err error) {
	defer func() {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
	}()
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	file, err := os.Open(name) //nolint:gosec // The user says which file.
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	content, err = io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = fmt.Errorf("it is larger than %d KiB", limit>>10)
	}
	return content, err
}
