// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"
	sts "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1"
	stsmodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// environment replaces the environment in a test.
type environment map[string]string

func (e environment) get(name string) string { return e[name] }

// with returns the environment with more variables.
func (e environment) with(more environment) environment {
	all := environment{}
	for _, variables := range []environment{e, more} {
		for name, value := range variables {
			all[name] = value
		}
	}
	return all
}

// write writes a config file to a new home directory and returns the directory.
func write(t *testing.T, content string) (home string) {
	t.Helper()
	home = t.TempDir()
	if err := os.Mkdir(filepath.Join(home, ".hcloud"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".hcloud", "config.json"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return home
}

// cloud is a simulator with a transport.
type cloud struct {
	*acctest.Cloud
	transport *transport.Transport
}

func newCloud(t *testing.T) cloud {
	t.Helper()
	c := acctest.New(t)
	return cloud{c, c.Transport()}
}

// configured returns a configuration with the key of the management account.
func (c cloud) configured() Config {
	return Config{Region: "ap-southeast-3", AccessKey: c.Management.AccessKey, SecretKey: transport.NewSecret(c.Management.SecretKey)}
}

// source loads a configuration and returns its source of keys. change, if set, edits the settings
// first.
func (c cloud) source(t *testing.T, config Config, env environment, change ...func(*Settings)) transport.KeySource {
	t.Helper()
	settings, err := Load(config, env.get)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(settings)
	}
	source, err := settings.Source(t.Context(), c.transport)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// caller signs a call and returns the account and the URN that the API sees.
func (c cloud) caller(t *testing.T, source transport.KeySource) (account, urn string) {
	t.Helper()
	identity, _, err := c.identity(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	return *identity.AccountId, *identity.PrincipalUrn
}

func (c cloud) identity(ctx context.Context, source transport.KeySource) (*stsmodel.GetCallerIdentityResponse, transport.Receipt, error) {
	return transport.Do[*stsmodel.GetCallerIdentityResponse](ctx, c.transport, transport.Call{
		Service: transport.STS, Operation: "GetCallerIdentity", Keys: source,
		Define: sts.GenReqDefForGetCallerIdentity, Request: &stsmodel.GetCallerIdentityRequest{},
	})
}

// keysOf returns the current keys of a source.
func keysOf(t *testing.T, source transport.KeySource) transport.Keys {
	t.Helper()
	keys, err := source.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// argumentErrors returns the arguments named by an error of Load.
func argumentErrors(t *testing.T, err error) (arguments []string) {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("%v is not joined", err)
	}
	for _, one := range joined.Unwrap() {
		var argument *ArgumentError
		if !errors.As(one, &argument) {
			t.Fatalf("%v is no *ArgumentError", one)
		}
		name, _, _ := strings.Cut(argument.Error(), ": ")
		arguments = append(arguments, name)
	}
	return arguments
}

const prodAndTest = `{
  "current": "prod", "authEncrypt": "false",
  "profiles": [
    {"name": "prod", "mode": "AKSK", "accessKeyId": "AKPROD", "secretAccessKey": "SECRETPROD", "region": "eu-prod"},
    {"name": "test", "mode": "AKSK", "accessKeyId": "AKTEST", "secretAccessKey": "SECRETTEST", "securityToken": "TOKENTEST", "region": "eu-test"},
    {"name": "sso", "mode": "SSO", "accessKeyId": "AKOLD", "secretAccessKey": "SECRETOLD", "agencyName": "ignored",
     "ssoAuth": {"stsToken": {"accessKeyId": "AKSSO", "secretAccessKey": "SECRETSSO", "securityToken": "TOKENSSO"}}, "region": "eu-sso"},
    {"name": "server", "mode": "ecsAgency", "region": "eu-server"},
    {"name": "half", "mode": "AKSK", "accessKeyId": "AKHALF", "region": "eu-half"},
    {"name": "loggedout", "mode": "SSO", "region": "eu-sso"},
    {"name": "agency", "accessKeyId": "AKPROD", "secretAccessKey": "SECRETPROD",
     "agencyName": "ops", "agencyDomainName": "acme", "region": "eu-prod"},
    {"name": "noaccount", "accessKeyId": "AKPROD", "secretAccessKey": "SECRETPROD", "agencyName": "ops", "region": "eu-prod"}
  ]
}`

func TestLoad_precedence(t *testing.T) {
	home := write(t, prodAndTest)
	file := filepath.Join(home, ".hcloud", "config.json")
	inHome := environment{"HOME": home, "USERPROFILE": home}
	region := environment{"HW_REGION_NAME": "eu-env"}
	hw := region.with(environment{"HW_ACCESS_KEY": "AKHW", "HW_SECRET_KEY": "SECRETHW"})
	sdk := region.with(environment{"HUAWEICLOUD_SDK_AK": "AKSDK", "HUAWEICLOUD_SDK_SK": "SECRETSDK", "HUAWEICLOUD_SDK_SECURITY_TOKEN": "TOKENSDK"})
	configured := Config{Region: "eu-config", AccessKey: "AKCONF", SecretKey: transport.NewSecret("SECRETCONF")}
	const fromConfig, fromHW = "the provider's configuration", "the environment variables HW_ACCESS_KEY and HW_SECRET_KEY"
	const fromSDK = "the environment variables HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK"
	fromProd, fromTest := fmt.Sprintf("profile %q in %s", "prod", file), fmt.Sprintf("profile %q in %s", "test", file)

	tests := map[string]struct {
		config Config
		env    environment
		region string
		keys   transport.Keys
	}{
		"configuration before everything": {
			configured, hw.with(sdk).with(inHome), "eu-config",
			transport.Keys{AccessKey: "AKCONF", SecretKey: transport.NewSecret("SECRETCONF"), Origin: fromConfig},
		},
		"HW before SDK": {
			Config{}, sdk.with(hw).with(inHome), "eu-env",
			transport.Keys{AccessKey: "AKHW", SecretKey: transport.NewSecret("SECRETHW"), Origin: fromHW},
		},
		"SDK before the profile": {
			Config{}, sdk.with(inHome), "eu-env",
			transport.Keys{AccessKey: "AKSDK", SecretKey: transport.NewSecret("SECRETSDK"), SecurityToken: transport.NewSecret("TOKENSDK"), Origin: fromSDK},
		},
		"current profile of the default file": {
			Config{}, inHome, "eu-prod",
			transport.Keys{AccessKey: "AKPROD", SecretKey: transport.NewSecret("SECRETPROD"), Origin: fromProd},
		},
		"argument profile": {
			Config{Profile: "test"}, inHome.with(environment{"HW_PROFILE": "prod"}), "eu-test",
			transport.Keys{AccessKey: "AKTEST", SecretKey: transport.NewSecret("SECRETTEST"), SecurityToken: transport.NewSecret("TOKENTEST"), Origin: fromTest},
		},
		"variables for profile and file": {
			Config{}, environment{"HW_PROFILE": "test", "HW_SHARED_CONFIG_FILE": file}, "eu-test",
			transport.Keys{AccessKey: "AKTEST", SecretKey: transport.NewSecret("SECRETTEST"), SecurityToken: transport.NewSecret("TOKENTEST"), Origin: fromTest},
		},
		"file below the home": {
			Config{SharedConfigFile: "~/.hcloud/config.json"}, inHome.with(environment{"HW_SHARED_CONFIG_FILE": "/nowhere"}), "eu-prod",
			transport.Keys{AccessKey: "AKPROD", SecretKey: transport.NewSecret("SECRETPROD"), Origin: fromProd},
		},
		"environment before a named profile": {
			Config{Profile: "test"}, environment{"HW_ACCESS_KEY": "AKHW", "HW_SECRET_KEY": "SECRETHW"}.with(inHome), "eu-test",
			transport.Keys{AccessKey: "AKHW", SecretKey: transport.NewSecret("SECRETHW"), Origin: fromHW},
		},
		"region of the configuration before the profile's": {
			Config{Region: "eu-config", Profile: "test"}, inHome, "eu-config",
			transport.Keys{AccessKey: "AKTEST", SecretKey: transport.NewSecret("SECRETTEST"), SecurityToken: transport.NewSecret("TOKENTEST"), Origin: fromTest},
		},
		"keys of SSO": {
			Config{Profile: "sso"}, inHome, "eu-sso",
			transport.Keys{AccessKey: "AKSSO", SecretKey: transport.NewSecret("SECRETSSO"), SecurityToken: transport.NewSecret("TOKENSSO"), Origin: fmt.Sprintf("profile %q in %s", "sso", file)},
		},
		"profile of a server's agency": {Config{Profile: "server"}, inHome, "eu-server", transport.Keys{}},
		"nothing but the metadata":     {Config{}, region, "eu-env", transport.Keys{}},
		"secret key from the environment": {
			Config{AccessKey: "AKCONF"}, region.with(environment{"HW_SECRET_KEY": "SECRETCONF"}), "eu-env",
			transport.Keys{AccessKey: "AKCONF", SecretKey: transport.NewSecret("SECRETCONF"), Origin: "access_key and HW_SECRET_KEY"},
		},
		"secret key beside the same access key": {
			Config{AccessKey: "AKHW"}, hw, "eu-env",
			transport.Keys{AccessKey: "AKHW", SecretKey: transport.NewSecret("SECRETHW"), Origin: "access_key and HW_SECRET_KEY"},
		},
		"token of another key is left out": {
			configured, environment{"HW_SECURITY_TOKEN": "STALE", "HUAWEICLOUD_SDK_SECURITY_TOKEN": "STALE"}, "eu-config",
			transport.Keys{AccessKey: "AKCONF", SecretKey: transport.NewSecret("SECRETCONF"), Origin: fromConfig},
		},
		"token beside the same access key": {
			configured, environment{"HW_ACCESS_KEY": "AKCONF", "HW_SECURITY_TOKEN": "TOKENFROMHW"}, "eu-config",
			transport.Keys{AccessKey: "AKCONF", SecretKey: transport.NewSecret("SECRETCONF"), SecurityToken: transport.NewSecret("TOKENFROMHW"), Origin: fromConfig},
		},
		"argument security_token for the environment's keys": {
			Config{SecurityToken: transport.NewSecret("TOKENCONF")}, hw.with(environment{"HW_SECURITY_TOKEN": "STALE"}), "eu-env",
			transport.Keys{AccessKey: "AKHW", SecretKey: transport.NewSecret("SECRETHW"), SecurityToken: transport.NewSecret("TOKENCONF"), Origin: fromHW},
		},
		"left-over token beside a profile": {
			Config{}, inHome.with(environment{"HW_SECURITY_TOKEN": "STALE"}), "eu-prod",
			transport.Keys{AccessKey: "AKPROD", SecretKey: transport.NewSecret("SECRETPROD"), Origin: fromProd},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			settings, err := Load(tt.config, tt.env.get)
			if err != nil {
				t.Fatal(err)
			}
			if settings.Region != tt.region {
				t.Errorf("region %q, want %q", settings.Region, tt.region)
			}
			if settings.keys.Origin != tt.keys.Origin {
				t.Errorf("keys from %q, want %q", settings.keys.Origin, tt.keys.Origin)
			}
			if settings.keys != tt.keys {
				t.Error("other keys than wanted")
			}
			if settings.oidc != nil || len(settings.roles) > 0 {
				t.Errorf("assumes %v", settings)
			}
		})
	}
}

func TestLoad_incomplete(t *testing.T) {
	home := write(t, prodAndTest)
	inHome := environment{"HOME": home, "USERPROFILE": home, "HW_REGION_NAME": "eu-env"}
	region := environment{"HW_REGION_NAME": "eu-env"}
	keys := Config{Region: "eu", AccessKey: "AK", SecretKey: transport.NewSecret("SECRETKEY")}
	roles := func(roles ...AssumeRole) Config {
		config := keys
		config.AssumeRoles = roles
		return config
	}

	tests := map[string]struct {
		config    Config
		env       environment
		arguments []string
		says      string
	}{
		"no region": {Config{AccessKey: "AK", SecretKey: transport.NewSecret("SECRETKEY")}, nil, []string{"region"}, "HW_REGION_NAME"},
		"no secret key": {
			Config{AccessKey: "AK"}, region, []string{"secret_key"},
			"access_key is set, but no secret key. Set access_key and secret_key in the provider block, or the environment variables HW_ACCESS_KEY and HW_SECRET_KEY (or HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK).",
		},
		"no access key": {
			Config{}, region.with(environment{"HUAWEICLOUD_SDK_SK": "SECRETKEY"}), []string{"access_key"},
			"HUAWEICLOUD_SDK_SK is set, but no access key.",
		},
		"half a pair does not fall through to the profile": {
			Config{}, inHome.with(environment{"HW_ACCESS_KEY": "AK"}), []string{"secret_key"}, "HW_ACCESS_KEY is set, but no secret key",
		},
		"the secret key of another access key": {
			Config{AccessKey: "AK"}, region.with(environment{"HW_ACCESS_KEY": "OTHER", "HW_SECRET_KEY": "SECRETKEY"}), []string{"secret_key"}, "access_key and HW_SECRET_KEY are halves of two key pairs",
		},
		"the access key of another secret key": {
			Config{SecretKey: transport.NewSecret("SECRETKEY")}, region.with(environment{"HW_ACCESS_KEY": "AK", "HW_SECRET_KEY": "OTHERSECRET"}), []string{"secret_key"}, "HW_ACCESS_KEY and secret_key are halves of two key pairs",
		},
		"token alone":                   {Config{SecurityToken: transport.NewSecret("TOKENALONE")}, region, []string{"access_key"}, "HW_ACCESS_KEY"},
		"argument token and a profile":  {Config{SecurityToken: transport.NewSecret("TOKENALONE")}, inHome, []string{"access_key"}, "security_token"},
		"no default file for a profile": {Config{Profile: "prod"}, region.with(environment{"HOME": "/nowhere", "USERPROFILE": "/nowhere"}), []string{"profile"}, "config.json"},
		"no such file":                  {Config{SharedConfigFile: "/nowhere/config.json"}, region, []string{"shared_config_file"}, "/nowhere/config.json"},
		"unknown profile":               {Config{Profile: "staging"}, inHome, []string{"profile"}, `no profile "staging". The profiles are: "prod", "test", "sso"`},
		"half a profile":                {Config{Profile: "half"}, inHome, []string{"profile"}, "secretAccessKey"},
		"profile without a login":       {Config{Profile: "loggedout"}, inHome, []string{"profile"}, "hcloud configure sso"},
		"agency without an account":     {Config{Profile: "noaccount"}, inHome, []string{"profile"}, "agencyDomainId"},
		"assume_role without a name":    {roles(AssumeRole{DomainID: "d"}), nil, []string{"assume_role[0].agency_name"}, "HW_ASSUME_ROLE_AGENCY_NAME"},
		"assume_role without an account": {
			roles(AssumeRole{AgencyName: "a", DomainID: "d"}, AssumeRole{AgencyName: "b"}), nil, []string{"assume_role[1].domain_id"}, "HW_ASSUME_ROLE_DOMAIN_NAME",
		},
		"duration too short":   {roles(AssumeRole{AgencyName: "a", DomainID: "d", Duration: time.Minute}), nil, []string{"assume_role[0].duration"}, "900 to 43200"},
		"duration too long":    {roles(AssumeRole{AgencyName: "a", DomainName: "d", Duration: 25 * time.Hour}), nil, []string{"assume_role[0].duration"}, "900 to 86400"},
		"duration in words":    {keys, environment{"HW_ASSUME_ROLE_AGENCY_NAME": "a", "HW_ASSUME_ROLE_DOMAIN_ID": "d", "HW_ASSUME_ROLE_DURATION": "1h"}, []string{"assume_role[0].duration"}, "HW_ASSUME_ROLE_DURATION"},
		"duration of nothing":  {keys, environment{"HW_ASSUME_ROLE_AGENCY_NAME": "a", "HW_ASSUME_ROLE_DOMAIN_ID": "d", "HW_ASSUME_ROLE_DURATION": "0"}, []string{"assume_role[0].duration"}, "HW_ASSUME_ROLE_DURATION"},
		"oidc with nothing":    {Config{Region: "eu", OIDC: &AssumeRoleWithOIDC{}}, nil, []string{"assume_role_with_oidc[0].idp_id", "assume_role_with_oidc[0].id_token"}, "HW_ASSUME_ROLE_ID_TOKEN_FILE"},
		"oidc with two tokens": {Config{Region: "eu", OIDC: &AssumeRoleWithOIDC{IdpID: "i", IDToken: transport.NewSecret("id-token-1"), IDTokenFile: "f"}}, nil, []string{"assume_role_with_oidc[0].id_token"}, "only one"},
		"oidc without an account": {
			Config{Region: "eu", OIDC: &AssumeRoleWithOIDC{IdpID: "i", IDToken: transport.NewSecret("id-token-1"), AssumeRole: AssumeRole{AgencyName: "a"}}}, nil, []string{"assume_role_with_oidc[0].domain_id"}, "HW_ASSUME_ROLE_DOMAIN_ID",
		},
		"oidc without an agency": {
			Config{Region: "eu", OIDC: &AssumeRoleWithOIDC{IdpID: "i", IDToken: transport.NewSecret("id-token-1"), AssumeRole: AssumeRole{DomainID: "d"}}}, nil, []string{"assume_role_with_oidc[0].agency_name"}, "HW_ASSUME_ROLE_AGENCY_NAME",
		},
		"all at once": {
			Config{AccessKey: "AK", AssumeRoles: []AssumeRole{{}}}, nil,
			[]string{"assume_role[0].agency_name", "assume_role[0].domain_id", "secret_key", "region"}, "",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			settings, err := Load(tt.config, tt.env.get)
			if err == nil {
				t.Fatalf("loaded %v", settings)
			}
			if arguments := argumentErrors(t, err); !slices.Equal(arguments, tt.arguments) {
				t.Errorf("complains about %q, want %q: %v", arguments, tt.arguments, err)
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%q does not say %q", err, tt.says)
			}
		})
	}
}

func TestLoad_agenciesFromEnvironment(t *testing.T) {
	agency := environment{"HW_ASSUME_ROLE_AGENCY_NAME": "envagency", "HW_ASSUME_ROLE_DOMAIN_ID": "envid", "HW_ASSUME_ROLE_DURATION": "1800"}
	idp := agency.with(environment{"HW_ASSUME_ROLE_IDP_ID": "envidp", "HW_ASSUME_ROLE_ID_TOKEN_FILE": "/run/token"})
	home := write(t, prodAndTest)
	inHome := environment{"HOME": home, "USERPROFILE": home}
	keys := Config{Region: "eu", AccessKey: "AK", SecretKey: transport.NewSecret("SECRETKEY")}
	blocks := func(roles ...AssumeRole) Config {
		config := keys
		config.AssumeRoles = roles
		return config
	}
	ofEnvironment := AssumeRole{AgencyName: "envagency", DomainID: "envid", Duration: 30 * time.Minute}

	tests := map[string]struct {
		config Config
		env    environment
		roles  []AssumeRole
		oidc   *AssumeRoleWithOIDC
	}{
		"no block":             {keys, agency, []AssumeRole{ofEnvironment}, nil},
		"empty block":          {blocks(AssumeRole{}), agency, []AssumeRole{ofEnvironment}, nil},
		"block with all of it": {blocks(AssumeRole{AgencyName: "a", DomainID: "d", Duration: time.Hour}), agency, []AssumeRole{{AgencyName: "a", DomainID: "d", Duration: time.Hour}}, nil},
		"an account's name is not joined by another's ID": {
			blocks(AssumeRole{AgencyName: "a", DomainName: "acme"}), agency, []AssumeRole{{AgencyName: "a", DomainName: "acme", Duration: 30 * time.Minute}}, nil,
		},
		"the account's name": {
			keys, environment{"HW_ASSUME_ROLE_AGENCY_NAME": "a", "HW_ASSUME_ROLE_DOMAIN_NAME": "acme"}, []AssumeRole{{AgencyName: "a", DomainName: "acme"}}, nil,
		},
		"no agency, no role": {keys, environment{"HW_ASSUME_ROLE_DOMAIN_ID": "d", "HW_ASSUME_ROLE_DURATION": "nonsense"}, nil, nil},
		"identity provider": {
			Config{Region: "eu"}, idp, []AssumeRole{ofEnvironment},
			&AssumeRoleWithOIDC{AssumeRole: ofEnvironment, IdpID: "envidp", IDTokenFile: "/run/token"},
		},
		"identity provider before keys, then the blocks": {
			blocks(AssumeRole{AgencyName: "a", DomainID: "d", Duration: time.Hour}), idp,
			[]AssumeRole{ofEnvironment, {AgencyName: "a", DomainID: "d", Duration: time.Hour}},
			&AssumeRoleWithOIDC{AssumeRole: ofEnvironment, IdpID: "envidp", IDTokenFile: "/run/token"},
		},
		"the block's token before the environment's": {
			Config{Region: "eu", OIDC: &AssumeRoleWithOIDC{IDToken: transport.NewSecret("id-token-1")}}, environment{"HW_ASSUME_ROLE_IDP_ID": "envidp", "HW_ASSUME_ROLE_ID_TOKEN_FILE": "/run/token"}, nil,
			&AssumeRoleWithOIDC{IdpID: "envidp", IDToken: transport.NewSecret("id-token-1")},
		},
		"agency of the profile":            {Config{Profile: "agency"}, inHome, []AssumeRole{{AgencyName: "ops", DomainName: "acme"}}, nil},
		"environment before the profile's": {Config{Profile: "agency"}, inHome.with(agency), []AssumeRole{ofEnvironment}, nil},
		"block before the profile's": {
			Config{Profile: "agency", AssumeRoles: []AssumeRole{{AgencyName: "a", DomainID: "d"}}}, inHome, []AssumeRole{{AgencyName: "a", DomainID: "d"}}, nil,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			settings, err := Load(tt.config, tt.env.get)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(settings.roles, tt.roles) {
				t.Errorf("assumes %v, want %v", settings.roles, tt.roles)
			}
			if (settings.oidc == nil) != (tt.oidc == nil) || tt.oidc != nil && *settings.oidc != *tt.oidc {
				t.Errorf("begins with %v, want %v", settings.oidc, tt.oidc)
			}
		})
	}
}

func TestLoad_immutableConfig(t *testing.T) {
	config := Config{Region: "eu", AssumeRoles: []AssumeRole{{AgencyName: "a"}}, OIDC: &AssumeRoleWithOIDC{IDToken: transport.NewSecret("id-token-1")}}
	env := environment{"HW_ASSUME_ROLE_DOMAIN_ID": "d", "HW_ASSUME_ROLE_IDP_ID": "i", "HW_ASSUME_ROLE_AGENCY_NAME": "b"}
	if _, err := Load(config, env.get); err != nil {
		t.Fatal(err)
	}
	if config.AssumeRoles[0].DomainID != "" || config.OIDC.IdpID != "" {
		t.Error("Load changed what it was given")
	}
}

func TestSettings_format(t *testing.T) {
	config := Config{
		Region: "eu", AccessKey: "AKCONF", SecretKey: transport.NewSecret("s3cret-key"), SecurityToken: transport.NewSecret("s3cret-token"),
		OIDC: &AssumeRoleWithOIDC{IdpID: "idp", IDToken: transport.NewSecret("s3cret-id-token")},
	}
	federated, err := Load(config, environment{}.get)
	if err != nil {
		t.Fatal(err)
	}
	config.OIDC = nil
	static, err := Load(config, environment{}.get)
	if err != nil {
		t.Fatal(err)
	}
	source, err := static.Source(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	config.OIDC = &AssumeRoleWithOIDC{IDToken: transport.NewSecret("s3cret-id-token")}
	for _, printed := range []any{config, &config, *config.OIDC, config.OIDC, federated, *federated, static, *static, source} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			if text := fmt.Sprintf(verb, printed); strings.Contains(text, "s3cret") {
				t.Errorf("%s of a %T shows a secret: %s", verb, printed, text)
			}
		}
	}
}

func TestSource_permanentKeys(t *testing.T) {
	c := newCloud(t)
	management := c.Management
	home := write(t, fmt.Sprintf(`{"current": "default", "profiles": [{"name": "default", "accessKeyId": %q, "secretAccessKey": %q, "region": "r"}]}`,
		management.AccessKey, management.SecretKey))
	tests := map[string]struct {
		config Config
		env    environment
	}{
		"configuration": {c.configured(), nil},
		"HW":            {Config{Region: "r"}, environment{"HW_ACCESS_KEY": management.AccessKey, "HW_SECRET_KEY": management.SecretKey}},
		"SDK":           {Config{Region: "r"}, environment{"HUAWEICLOUD_SDK_AK": management.AccessKey, "HUAWEICLOUD_SDK_SK": management.SecretKey}},
		"profile":       {Config{}, environment{"HOME": home, "USERPROFILE": home}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			source := c.source(t, tt.config, tt.env)
			if account, _ := c.caller(t, source); account != management.AccountID {
				t.Errorf("the API sees account %q, want %q", account, management.AccountID)
			}
			if _, ok := source.(transport.Renewer); ok {
				t.Error("permanent keys claim to be renewable")
			}
		})
	}
}

func TestSource_log(t *testing.T) {
	c := newCloud(t)
	c.AddOIDC(trusting(idToken))
	c.AddAgency(simulator.Agency{Name: "ops", DomainID: "d-ops"})
	c.AddAgency(simulator.Agency{Name: "named", DomainID: "d-named", DomainName: "acme"})
	server := c.AddMetadataKey(simulator.Key{})
	c.Inject(simulator.Fault{
		Operation: simulator.CreateTokenWithIdToken, Times: 1, Status: http.StatusServiceUnavailable, Code: "IAM.0011", Message: "not now, " + idToken,
	})
	roles := []AssumeRole{{AgencyName: "ops", DomainID: "d-ops"}, {AgencyName: "named", DomainName: "acme"}}
	configured := c.configured()
	configured.AssumeRoles = roles
	configured.Profile = "prod"
	home := write(t, prodAndTest)

	var log bytes.Buffer
	ctx := tflogtest.RootLogger(t.Context(), &log)
	secrets := []string{idToken, c.Management.SecretKey, server.SecretKey, server.SecurityToken, "STALE", "SECRETPROD"}
	for _, config := range []Config{
		configured,
		{Region: "r", AssumeRoles: roles, OIDC: &AssumeRoleWithOIDC{IdpID: "ci", IDToken: transport.NewSecret(idToken)}},
		{Region: "r", AssumeRoles: roles},
	} {
		env := environment{"HW_METADATA_ENDPOINT": c.URL, "HOME": home, "USERPROFILE": home}
		if config.AccessKey != "" {
			env["HW_SECURITY_TOKEN"] = "STALE"
		} else {
			env["HOME"], env["USERPROFILE"] = os.DevNull, os.DevNull
		}
		settings, err := Load(config, env.get)
		if err != nil {
			t.Fatal(err)
		}
		source, err := settings.Source(ctx, c.transport)
		if err != nil {
			t.Fatal(err)
		}
		// The injected fault occurs, is logged, and is retried.
		_, _, err = c.identity(ctx, source)
		if config.OIDC != nil {
			_, _, err = c.identity(ctx, source)
		}
		if err != nil {
			t.Fatal(err)
		}
		source.(transport.Renewer).Renew(ctx, keysOf(t, source).AccessKey)
		keys := keysOf(t, source)
		secrets = append(secrets, keys.SecretKey.Reveal(), keys.SecurityToken.Reveal())
	}
	text := log.String()
	for _, call := range []string{"CreateTokenWithIdToken", "AssumeAgency", "CreateTemporaryAccessKeyByAgency", "The credentials of profile", "Got temporary keys"} {
		if !strings.Contains(text, call) {
			t.Errorf("the log does not mention %q", call)
		}
	}
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("the log shows a secret: %.8s...", secret)
		}
	}
}
