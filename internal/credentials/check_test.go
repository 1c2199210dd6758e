// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// quotes fails the test if a text contains one of the secrets.
func quotes(t *testing.T, text string, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		// A shorter secret may be part of our own words.
		if len(secret) >= 16 && strings.Contains(text, secret) {
			t.Errorf("a secret is shown: %s", text)
		}
	}
}

// White space around a value is ignored: a file ends with a line break, and a pipeline variable may
// have one too.
func TestLoad_trimsWhiteSpace(t *testing.T) {
	clean := transport.Keys{AccessKey: "AKCONF", SecretKey: transport.NewSecret("SECRETCONF"), SecurityToken: transport.NewSecret("TOKENCONF")}
	for name, tt := range map[string]struct {
		config Config
		env    environment
	}{
		"configuration": {Config{Region: " eu\n", AccessKey: "AKCONF\n", SecretKey: transport.NewSecret("SECRETCONF\r\n"), SecurityToken: transport.NewSecret("\tTOKENCONF\n")}, nil},
		"environment": {Config{}, environment{
			"HW_REGION_NAME": "eu\n", "HW_ACCESS_KEY": "AKCONF\n", "HW_SECRET_KEY": " SECRETCONF\n", "HW_SECURITY_TOKEN": "TOKENCONF\n",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			settings, err := Load(tt.config, tt.env.get)
			if err != nil {
				t.Fatal(err)
			}
			settings.keys.Origin = ""
			if settings.keys != clean || settings.Region != "eu" {
				t.Errorf("other keys, or region %q", settings.Region)
			}
		})
	}
}

func TestLoad_emptyValues(t *testing.T) {
	config := Config{AccessKey: " ", SecretKey: transport.NewSecret("\n"), Profile: "", AssumeRoles: []AssumeRole{{AgencyName: "a", DomainName: " acme\n"}}}
	env := environment{"HW_REGION_NAME": "eu", "HW_ACCESS_KEY": "AKHW", "HW_SECRET_KEY": "SECRETHW"}
	settings, err := Load(config, env.get)
	if err != nil || settings.keys.AccessKey != "AKHW" || settings.roles[0].DomainName != "acme" {
		t.Errorf("got %v, %v", settings, err)
	}
}

// In FIPS 140 mode, the HMAC of a key of 8 to 13 characters panics.
func TestLoad_fips(t *testing.T) {
	const child = "TEST_CREDENTIALS_FIPS"
	if os.Getenv(child) == "" {
		command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLoad_fips$", "-test.count=1")
		command.Env = append(os.Environ(), child+"=1", "GODEBUG=fips140=only")
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		return
	}
	for length := range 20 {
		_, err := Load(Config{Region: "eu", AccessKey: "AK", SecretKey: transport.NewSecret(strings.Repeat("k", length+1))}, environment{}.get)
		if fit := length+1 >= 14; (err == nil) != fit || !fit && !slices.Equal(argumentErrors(t, err), []string{"secret_key"}) {
			t.Errorf("%d characters: %v", length+1, err)
		}
	}
}

// Values that cannot sign a call, or would send it to another host, are refused before any call.
func TestLoad_invalidValues(t *testing.T) {
	const secret, secretKey40 = "s3cret-that-nobody-may-see", "s3cretKeyThatNobodyMaySee0123456789ABCDE"
	keys := Config{Region: "eu", AccessKey: "AK", SecretKey: transport.NewSecret("SECRETKEY")}
	with := func(change func(*Config)) Config {
		config := keys
		change(&config)
		return config
	}
	region := environment{"HW_REGION_NAME": "eu"}
	profile := func(fields string) environment {
		home := write(t, `{"current": "p", "profiles": [{"name": "p", `+fields+`}]}`)
		return environment{"HOME": home, "USERPROFILE": home, "HW_REGION_NAME": "eu"}
	}
	for name, tt := range map[string]struct {
		config   Config
		env      environment
		argument string
		says     string
	}{
		"quoted access key":             {with(func(c *Config) { c.AccessKey = `"AK"` }), nil, "access_key", "quotation mark"},
		"access key of two lines":       {with(func(c *Config) { c.AccessKey = "AK\nSK" }), nil, "access_key", "line break"},
		"access key with a NUL":         {with(func(c *Config) { c.AccessKey = "AK\x00" }), nil, "access_key", "printable ASCII"},
		"access key with a hidden mark": {with(func(c *Config) { c.AccessKey = "\ufeffAK" }), nil, "access_key", "printable ASCII"},
		"quoted secret key":             {with(func(c *Config) { c.SecretKey = transport.NewSecret("'" + secret + "'") }), nil, "secret_key", "secret_key contains a quotation mark"},
		"secret key of two lines":       {with(func(c *Config) { c.SecretKey = transport.NewSecret(secret + "\n" + secret) }), nil, "secret_key", "line break"},
		"secret key of one letter":      {with(func(c *Config) { c.SecretKey = transport.NewSecret("a") }), nil, "secret_key", "shorter than 8 characters"},
		"secret key of seven letters":   {with(func(c *Config) { c.SecretKey = transport.NewSecret("abcdefg") }), nil, "secret_key", "shorter than 8 characters"},
		"quoted token":                  {with(func(c *Config) { c.SecurityToken = transport.NewSecret(`"` + secret + `"`) }), nil, "security_token", "quotation mark"},
		"short token":                   {with(func(c *Config) { c.SecurityToken = transport.NewSecret("T") }), nil, "security_token", "shorter than 8"},
		"quoted variable":               {Config{}, region.with(environment{"HW_ACCESS_KEY": "AK", "HW_SECRET_KEY": `"` + secret + `"`}), "secret_key", "The value of HW_SECRET_KEY"},
		"quoted variable of the SDK":    {Config{}, region.with(environment{"HUAWEICLOUD_SDK_AK": `"AK"`, "HUAWEICLOUD_SDK_SK": secret}), "access_key", "HUAWEICLOUD_SDK_AK"},
		"quoted token in a variable": {
			Config{}, region.with(environment{"HW_ACCESS_KEY": "AK", "HW_SECRET_KEY": secret, "HW_SECURITY_TOKEN": "'" + secret + "'"}), "security_token", "HW_SECURITY_TOKEN",
		},
		"profile with a line break":   {Config{}, profile(`"accessKeyId": "AK", "secretAccessKey": "` + secret + `\n` + secret + `"`), "shared_config_file", "secretAccessKey contains white space"},
		"profile with a short secret": {Config{}, profile(`"accessKeyId": "AK", "secretAccessKey": "abc"`), "shared_config_file", "secretAccessKey is shorter"},

		"quoted region":              {with(func(c *Config) { c.Region = `"eu"` }), nil, "region", `\"eu\"`},
		"region with a user":         {with(func(c *Config) { c.Region = "x@127.0.0.1#" }), nil, "region", "lower-case letters"},
		"region with a path":         {with(func(c *Config) { c.Region = "evil.example/" }), nil, "region", ""},
		"region of two labels":       {with(func(c *Config) { c.Region = "eu.west" }), nil, "region", ""},
		"region in capitals":         {with(func(c *Config) { c.Region = "AP-Southeast-3" }), nil, "region", ""},
		"endless region":             {with(func(c *Config) { c.Region = strings.Repeat("a", 100000) }), nil, "region", "..."},
		"region of the environment":  {Config{AccessKey: "AK", SecretKey: transport.NewSecret("SECRETKEY")}, environment{"HW_REGION_NAME": "'eu'"}, "region", "HW_REGION_NAME"},
		"region of the profile":      {Config{}, profile(`"region": "x"`).with(environment{"HW_REGION_NAME": "eu?"}), "region", ""},
		"cloud with a port":          {with(func(c *Config) { c.Cloud = "example.com:8080" }), nil, "cloud", "without scheme, port or path"},
		"cloud with a scheme":        {with(func(c *Config) { c.Cloud = "https://example.com" }), nil, "cloud", ""},
		"cloud with a user":          {with(func(c *Config) { c.Cloud = "x@127.0.0.1#.com" }), nil, "cloud", ""},
		"quoted cloud":               {keys, environment{"HW_CLOUD": `"myhuaweicloud.com"`}, "cloud", "HW_CLOUD"},
		"cloud of one label":         {with(func(c *Config) { c.Cloud = "localhost" }), nil, "cloud", ""},
		"agency in quotes":           {with(func(c *Config) { c.AssumeRoles = []AssumeRole{{AgencyName: `"ops"`, DomainID: "d"}} }), nil, "assume_role[0].agency_name", "quotation mark"},
		"account of two lines":       {with(func(c *Config) { c.AssumeRoles = []AssumeRole{{AgencyName: "ops", DomainID: "d\ne"}} }), nil, "assume_role[0].domain_id", "line break"},
		"account's name, unreadable": {with(func(c *Config) { c.AssumeRoles = []AssumeRole{{AgencyName: "ops", DomainName: "d\x1b"}} }), nil, "assume_role[0].domain_name", "cannot be printed"},
		"identity provider":          {Config{Region: "eu", OIDC: &AssumeRoleWithOIDC{IdpID: "a b", IDToken: transport.NewSecret(secret)}}, nil, "assume_role_with_oidc[0].idp_id", "white space"},
		"ID token in quotes":         {Config{Region: "eu", OIDC: &AssumeRoleWithOIDC{IdpID: "i", IDToken: transport.NewSecret(`"` + secret + `"`)}}, nil, "assume_role_with_oidc[0].id_token", "quotation mark"},
		"ID token for its file":      {Config{Region: "eu", OIDC: &AssumeRoleWithOIDC{IdpID: "i", IDTokenFile: "eyJ" + secret + ".eyJ" + secret + "." + secret}}, nil, "assume_role_with_oidc[0].id_token_file", "is the content of a file or a token"},
		"file() for its name":        {Config{Region: "eu"}, environment{"HW_ASSUME_ROLE_IDP_ID": "i", "HW_ASSUME_ROLE_ID_TOKEN_FILE": secret + "\n" + secret}, "assume_role_with_oidc[0].id_token_file", "is the content of a file"},
		"endless name of a file":     {Config{Region: "eu", OIDC: &AssumeRoleWithOIDC{IdpID: "i", IDTokenFile: strings.Repeat(secret, 10)}}, nil, "assume_role_with_oidc[0].id_token_file", "too long"},
		"contents for their file":    {Config{Region: "eu", SharedConfigFile: `{"secretAccessKey": "` + secret + `"}`}, nil, "shared_config_file", "is the content of a file"},
		"contents, of many lines":    {Config{Region: "eu"}, environment{"HW_SHARED_CONFIG_FILE": "\n{\n\"secretAccessKey\": \"" + secret + "\"}"}, "shared_config_file", "is the content of a file"},
		"secret key as region":       {Config{}, environment{"HW_REGION_NAME": secretKey40}, "region", "(not shown)"},
		"secret key as cloud":        {with(func(c *Config) { c.Cloud = secretKey40 }), nil, "cloud", "(not shown)"},
		"secret key as profile":      {Config{}, profile(`"region": "x"`).with(environment{"HW_PROFILE": secretKey40}), "profile", "(not shown)"},
		"secret key as file":         {Config{Region: "eu"}, environment{"HW_SHARED_CONFIG_FILE": secretKey40}, "shared_config_file", "is the content of a file or a token"},
		"secret key as token file":   {Config{Region: "eu"}, environment{"HW_ASSUME_ROLE_IDP_ID": "i", "HW_ASSUME_ROLE_ID_TOKEN_FILE": secretKey40}, "assume_role_with_oidc[0].id_token_file", "is the content of a file or a token"},
		"endless access key":         {with(func(c *Config) { c.AccessKey = strings.Repeat("A", 257) }), nil, "access_key", "longer than 32 characters"},
		"swapped keys": {with(func(c *Config) {
			c.AccessKey = strings.ReplaceAll(secret, "-", "x") + "ABCDEFGHIJKLMN"
			c.SecretKey = transport.NewSecret("HPUAAAAAAAAAAAAAAAAA")
		}), nil, "access_key", "it may be the secret key"},
		"swapped variables":         {Config{}, region.with(environment{"HW_ACCESS_KEY": secret + secret, "HW_SECRET_KEY": "HPUAAAAAAAAAAAAAAAAA"}), "access_key", "HW_ACCESS_KEY is longer than 32"},
		"swapped keys of a profile": {Config{}, profile(`"mode": "AKSK", "accessKeyId": "` + secret + secret + `", "secretAccessKey": "HPUAAAAAAAAAAAAAAAAA"`), "shared_config_file", ""},
		"access key with a space":   {with(func(c *Config) { c.AccessKey = "HPUA AAAA" }), nil, "access_key", "white space"},
		"access key with an escape": {with(func(c *Config) { c.AccessKey = "HPUA\x1b[2J" }), nil, "access_key", "printable ASCII"},
		"access key, NBSP inside":   {with(func(c *Config) { c.AccessKey = "A\u00a0K" }), nil, "access_key", "white space"},
		"secret key, zero width":    {with(func(c *Config) { c.SecretKey = transport.NewSecret(secret + "\u200b") }), nil, "secret_key", "printable ASCII"},
		"curly quotes":              {with(func(c *Config) { c.SecretKey = transport.NewSecret("\u201c" + secret + "\u201d") }), nil, "secret_key", "printable ASCII"},
		"region, unicode dot":       {with(func(c *Config) { c.Region = "eu\u3002evil" }), nil, "region", ""},
		"region, IPv6":              {with(func(c *Config) { c.Region = "[::1]" }), nil, "region", ""},
		"region of 64 characters":   {with(func(c *Config) { c.Region = strings.Repeat("a", 64) }), nil, "region", ""},
		"cloud, label too long":     {with(func(c *Config) { c.Cloud = strings.Repeat("a", 64) + ".com" }), nil, "cloud", ""},
		"cloud, empty label":        {with(func(c *Config) { c.Cloud = "my..com" }), nil, "cloud", ""},
		"cloud, trailing dot":       {with(func(c *Config) { c.Cloud = "myhuaweicloud.com." }), nil, "cloud", ""},
		"cloud, path":               {with(func(c *Config) { c.Cloud = "evil.example/.myhuaweicloud.com" }), nil, "cloud", ""},
		"cloud, zero width":         {with(func(c *Config) { c.Cloud = "my\u200bhuaweicloud.com" }), nil, "cloud", ""},
		"short ID token":            {Config{Region: "eu", OIDC: &AssumeRoleWithOIDC{IdpID: "i", IDToken: transport.NewSecret("abc")}}, nil, "assume_role_with_oidc[0].id_token", "shorter than 8"},
	} {
		t.Run(name, func(t *testing.T) {
			settings, err := Load(tt.config, tt.env.get)
			if err == nil {
				t.Fatalf("loaded %v", settings)
			}
			if arguments := argumentErrors(t, err); !slices.Contains(arguments, tt.argument) {
				t.Errorf("complains about %q, want %q", arguments, tt.argument)
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%q does not say %q", err, tt.says)
			}
			if len(err.Error()) > 1000 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			quotes(t, err.Error(), secret)
			quotes(t, err.Error(), secretKey40)
		})
	}
}

func TestLoad_cloud(t *testing.T) {
	config := Config{Region: "eu-west-101", AccessKey: "AK", SecretKey: transport.NewSecret("SECRETKEY")}
	settings, err := Load(config, environment{"HW_CLOUD": "myhuaweicloud.eu\n"}.get)
	if err != nil || settings.Cloud != "myhuaweicloud.eu" {
		t.Errorf("got %v, %v", settings, err)
	}
}

// The mode of a profile selects the fields that are used.
func TestProfile_modes(t *testing.T) {
	const left = `"accessKeyId": "AKLEFT", "secretAccessKey": "SECRETLEFT", "agencyName": "ops", "agencyDomainName": "acme", "agencyDomainId": "d", `
	const login = `"ssoAuth": {"stsToken": {"accessKeyId": "AKSSO", "secretAccessKey": "SECRETSSO", "securityToken": "TOKENSSO"}}`
	for name, tt := range map[string]struct {
		profile, accessKey string
		roles              int
		says               string
	}{
		"AKSK":                      {left + login + `, "mode": "AKSK"`, "AKLEFT", 0, ""},
		"no mode":                   {left + login, "AKLEFT", 1, ""},
		"SSO":                       {left + login + `, "mode": "SSO"`, "AKSSO", 0, ""},
		"SSO, not logged in":        {left + `"ssoAuth": {"stsToken": null}, "mode": "SSO"`, "", 0, "hcloud configure sso --cli-profile=p"},
		"SSO, nothing":              {`"mode": "SSO"`, "", 0, "hcloud configure sso"},
		"a server's agency":         {left + login + `, "mode": "ecsAgency"`, "", 0, ""},
		"an agency":                 {left + login + `, "mode": "AssumeRole"`, "", 0, "add an assume_role block"},
		"an unknown mode":           {left + `"mode": "token"`, "", 0, `mode "token"`},
		"an agency without account": {`"accessKeyId": "AKLEFT", "secretAccessKey": "SECRETLEFT", "agencyName": "ops"`, "", 0, "agencyDomainId"},
		"an agency in two lines":    {`"accessKeyId": "AKLEFT", "secretAccessKey": "SECRETLEFT", "agencyName": "o\nps", "agencyDomainId": "d"`, "", 0, "cannot be printed"},
	} {
		for encryption, encrypt := range map[string]string{"": "false", ", encrypted": "true"} {
			t.Run(name+encryption, func(t *testing.T) {
				home := write(t, `{"current": "p", "authEncrypt": "`+encrypt+`", "profiles": [{"name": "p", `+tt.profile+`}]}`)
				settings, err := Load(Config{Region: "eu"}, environment{"HOME": home, "USERPROFILE": home}.get)
				says := tt.says
				if tt.accessKey != "" && encrypt == "true" || strings.Contains(tt.says, "agencyDomainId") && encrypt == "true" || strings.Contains(tt.says, "printed") && encrypt == "true" {
					says = decryptCommand
				}
				switch {
				case says == "" && err != nil:
					t.Error(err)
				case says == "":
					if settings.keys.AccessKey != tt.accessKey || len(settings.roles) != tt.roles {
						t.Errorf("keys %q, agencies %v", settings.keys.AccessKey, settings.roles)
					}
				case err == nil || !strings.Contains(err.Error(), says):
					t.Errorf("%v does not say %q", err, says)
				}
			})
		}
	}
}

// A file that may block or never end is refused.
func TestReadFile_irregular(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("has no pipes with names")
	}
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	large := filepath.Join(t.TempDir(), "large")
	if err := os.WriteFile(large, make([]byte, 1<<10+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ file, says string }{
		"a pipe without a writer": {pipe, "it is not a regular file"},
		"a directory":             {t.TempDir(), "it is not a regular file"},
		"an endless one":          {"/dev/zero", "it is not a regular file"},
		"a large one":             {large, "it is larger than 1 KiB"},
		"none":                    {"/no/such/file", "no such file"},
		"a name with a NUL":       {"a\x00b", "invalid argument"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := ReadFile(tt.file, 1<<10); err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), tt.file) {
				t.Errorf("%v does not say %q", err, tt.says)
			}
		})
	}
	_, err := Load(Config{Region: "eu", SharedConfigFile: pipe}, environment{}.get)
	if err == nil || !strings.Contains(err.Error(), "shared_config_file: Unreadable") {
		t.Errorf("got %v", err)
	}
	f := oidcExchange{block: AssumeRoleWithOIDC{IdpID: "ci", IDTokenFile: pipe}}
	if _, err := f.fetch(t.Context()); err == nil || !strings.Contains(err.Error(), "it is not a regular file") {
		t.Errorf("got %v", err)
	}
}

func TestLoad_IDTokenFileInHome(t *testing.T) {
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, "token"), []byte(idToken+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := newCloud(t)
	c.AddOIDC(trusting(idToken))
	config := Config{Region: "r", OIDC: &AssumeRoleWithOIDC{IdpID: "ci", IDTokenFile: "~/token"}}
	source := c.source(t, config, environment{"HOME": home, "USERPROFILE": home})
	if account, _ := c.caller(t, source); account != "d-idp" {
		t.Errorf("the API sees account %q", account)
	}
}

// For any environment, an error names the argument and shows no secret. Loaded keys can sign a call
// to a host of the cloud.
func FuzzEnvironment(f *testing.F) {
	f.Add("eu", "AK", "SECRETKEY-of-16-letters", "", "", "", "")
	f.Add("'eu'", "AK\n", "\"SECRETKEY-of-16-letters\"", "TOKEN-of-16-letters", "ops", "d", "3600")
	f.Add("x@127.0.0.1#", "A K", "short", "T", "o\nps", "d\x00", "-1")
	f.Add(strings.Repeat("r", 70), "\ufeffAK", "s\xff", "\u202etoken", strings.Repeat("a", 300), "", "99999999999")
	f.Fuzz(func(t *testing.T, region, accessKey, secretKey, token, agency, account, duration string) {
		env := environment{
			"HW_REGION_NAME": region, "HW_CLOUD": account, "HW_ACCESS_KEY": accessKey, "HW_SECRET_KEY": secretKey, "HW_SECURITY_TOKEN": token,
			"HW_ASSUME_ROLE_AGENCY_NAME": agency, "HW_ASSUME_ROLE_DOMAIN_NAME": account, "HW_ASSUME_ROLE_DURATION": duration,
			"HW_METADATA_ENDPOINT": account,
		}
		settings, err := Load(Config{}, env.get)
		if err != nil {
			argumentErrors(t, err)
			text := err.Error()
			if !strings.Contains(region+accessKey+agency+account, secretKey) {
				quotes(t, text, secretKey)
			}
			if !strings.Contains(region+accessKey+agency+account, token) {
				quotes(t, text, token)
			}
			if len(text) > 10000 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f || r == '\u202e' }) {
				t.Errorf("an error that is not fit to print: %q", text)
			}
			return
		}
		endpoints := transport.Endpoints{Region: settings.Region, Cloud: settings.Cloud}
		for _, service := range transport.Services() {
			host, found := strings.CutPrefix(endpoints.URL(service), "https://")
			if !found || strings.ContainsFunc(host, func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-.", r) }) {
				t.Errorf("%s is called at %q", service, endpoints.URL(service))
			}
		}
		if keys := settings.keys; keys.AccessKey != "" && (len(keys.SecretKey.Reveal()) < 8 || strings.ContainsAny(keys.AccessKey+keys.SecretKey.Reveal()+keys.SecurityToken.Reveal(), "\"'\r\n\x00 ")) {
			t.Error("keys that cannot sign a call")
		}
	})
}
