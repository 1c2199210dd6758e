// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

func TestProfile_encrypted(t *testing.T) {
	const sealed = "c2VhbGVkIGFjY2VzcyBrZXkgb2YgdGhlIHVzZXIhIQ=="
	tests := map[string]string{
		"the file says so":       `"authEncrypt": "true", "profiles": [{"name": "p", "accessKeyId": "AKPLAIN", "secretAccessKey": "` + sealed + `"}]`,
		"the file says so, bool": `"authEncrypt": true, "profiles": [{"name": "p", "accessKeyId": "AKPLAIN", "secretAccessKey": "` + sealed + `"}]`,
		"Base64":                 `"profiles": [{"name": "p", "accessKeyId": "c2VhbGVkIGtleQ==", "secretAccessKey": "` + sealed + `"}]`,
		"hexadecimal":            `"profiles": [{"name": "p", "accessKeyId": "` + strings.Repeat("0af3", 16) + `", "secretAccessKey": "` + sealed + `"}]`,
		"login":                  `"authEncrypt": "true", "profiles": [{"name": "p", "mode": "SSO", "ssoAuth": {"stsToken": {"accessKeyId": "` + sealed + `", "secretAccessKey": "` + sealed + `"}}}]`,
	}
	for name, rest := range tests {
		t.Run(name, func(t *testing.T) {
			home := write(t, `{"current": "p", `+rest+`}`)
			_, err := Load(Config{Region: "eu"}, environment{"HOME": home, "USERPROFILE": home}.get)
			if err == nil || !strings.Contains(err.Error(), "hcloud configure set --cli-auth-encrypt=false") {
				t.Fatalf("the cure is missing: %v", err)
			}
			if strings.Contains(err.Error(), sealed) {
				t.Errorf("%q quotes the file", err)
			}
		})
	}
}

func TestSharedConfig_invalid(t *testing.T) {
	const secret = "s3cret"
	tests := map[string]struct{ content, says string }{
		"truncated":           {"{\n  \"current\": \"p\",\n  \"profiles\": [{\"secretAccessKey\": \"" + secret, "line 3 is not valid JSON"},
		"another type":        {"{\n  \"current\": \"p\", \"profiles\": [{\"name\": \"p\",\n \"secretAccessKey\": 123456789}]}", ", secretAccessKey does not have the expected type"},
		"another type, below": {`{"current": "p", "profiles": [{"name": "p", "ssoAuth": {"stsToken": {"secretAccessKey": 123456789}}}]}`, "ssoAuth.stsToken.secretAccessKey does not have the expected type"},
		"another type of all": {"{\n\n  \"profiles\": 123456789}", "it does not have the form of KooCLI's file"},
		"another shape":       {`"` + secret + `"`, "it does not have the form of KooCLI's file"},
		"empty":               {"", "line 1 is not valid JSON"},
		"too large":           {`{"profiles": [], "x": "` + strings.Repeat("x", maxSharedConfig) + `"}`, "larger than 1024 KiB"},
		"profiles twice":      {"{\"current\": \"p\",\n\"profiles\": [{\"name\": \"p\", \"accessKeyId\": \"AK1\", \"secretAccessKey\": \"SECRETKEY1\", \"securityToken\": \"" + secret + "\"}],\n\"profiles\": [{\"name\": \"p\", \"accessKeyId\": \"AK2\", \"secretAccessKey\": \"SECRETKEY2\"}]}", "the key in line 3 is there twice"},
		"profiles, PROFILES":  {`{"current": "p", "profiles": [{"name": "p", "accessKeyId": "AK", "secretAccessKey": "SECRETKEY"}], "PROFILES": []}`, "the key in line 1 is there twice"},
		"long s":              {`{"current": "p", "profiles": [{"name": "p", "accessKeyId": "AK", "secretAccessKey": "SECRETKEY", "\u017fecretAccessKey": "x"}]}`, "is there twice"},
		"current twice":       {`{"current": "p", "current": "q", "profiles": []}`, "is there twice"},
		"key of a profile":    {`{"current": "p", "profiles": [{"name": "p", "accessKeyId": "AK", "secretAccessKey": "SECRETKEY", "name": "q"}]}`, "is there twice"},
		"key of a login":      {`{"current": "p", "profiles": [{"name": "p", "ssoAuth": {"stsToken": {"accessKeyId": "A", "accessKeyId": "B"}}}]}`, "is there twice"},
		"escaped key":         {`{"current": "p", "profiles": [], "\u0070rofiles": []}`, "is there twice"},
		"name twice":          {`{"current": "p", "profiles": [{"name": "p", "accessKeyId": "AK", "secretAccessKey": "SECRETKEY"}, {"name": "p"}]}`, `has 2 profiles with the name "p"`},
		"NUL":                 {"{\"current\": \"p\x00\"}", "line 1 is not valid JSON"},
		"escaped NUL":         {`{"current": "p\u0000", "profiles": [{"name": "p", "accessKeyId": "AK", "secretAccessKey": "SECRETKEY"}]}`, `has no profile "p?"`},
		"two documents":       {`{"current": "p"}{"current": "q"}`, "line 1 is not valid JSON"},
		"UTF-16":              {"\xff\xfe{\x00}\x00", "line 1 is not valid JSON"},
		"line break":          {"{\r\n\"current\": \"p\",\r\n\"profiles\": x}", "line 3 is not valid JSON"},
		"deep":                {`{"x": ` + strings.Repeat("[", 100_000), "not valid JSON"},
		"no such current":     {`{"current": "q", "profiles": [{"name": "p", "accessKeyId": "AK", "secretAccessKey": "SECRETKEY"}]}`, `has no profile "q". The profiles are: "p".`},
		"no current":          {`{"profiles": [{"name": "a"}]}`, `The profiles are: "a".`},
		"no profiles":         {`{"current": "p"}`, `no profile "p". The profiles are: none.`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "config.json")
			if err := os.WriteFile(file, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Load(Config{Region: "eu", SharedConfigFile: file}, environment{}.get)
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v does not say %q", err, tt.says)
			}
			if err != nil && (strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "123456789")) {
				t.Errorf("%q quotes the file", err)
			}
		})
	}
}

// A byte order mark and Windows line breaks are accepted. The same key in two objects is no
// duplicate.
func TestSharedConfig_windows(t *testing.T) {
	home := write(t, "\ufeff{\r\n\"current\": \"p\",\r\n\"profiles\": [{\"name\": \"q\"},\r\n{\"name\": \"p\", \"accessKeyId\": \"AK\", \"secretAccessKey\": \"SECRETKEY\"}]\r\n}\r\n")
	settings, err := Load(Config{Region: "eu"}, environment{"HOME": home, "USERPROFILE": home}.get)
	if err != nil || settings.keys.AccessKey != "AK" {
		t.Errorf("got %v, %v", settings, err)
	}
}

func TestSharedConfig_typesOfOtherProfiles(t *testing.T) {
	home := write(t, `{"current": "p", "profiles": [
		{"name": "newer", "mode": ["AKSK"], "secretAccessKey": 5, "ssoAuth": "none"}, {"name": 7}, "text", null,
		{"name": "p", "mode": "AKSK", "accessKeyId": "AK", "secretAccessKey": "SECRETKEY", "securityToken": null}
	]}`)
	settings, err := Load(Config{Region: "eu"}, environment{"HOME": home, "USERPROFILE": home}.get)
	if err != nil {
		t.Fatal(err)
	}
	if settings.keys.AccessKey != "AK" || settings.keys.SecretKey != transport.NewSecret("SECRETKEY") || !settings.keys.SecurityToken.Empty() {
		t.Errorf("got %v", settings.keys)
	}
}

func TestProfile_format(t *testing.T) {
	home := write(t, `{"current": "p", "profiles": [{"name": "p", "secretAccessKey": "s3cret-key", "securityToken": "s3cret-token",
		"ssoAuth": {"stsToken": {"secretAccessKey": "s3cret-key", "securityToken": "s3cret-token"}}}, {"name": "s3cret", "securityToken": 3141}]}`)
	env := environment{"HOME": home, "USERPROFILE": home}.get
	found, err := findProfile(Config{}, env, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, printed := range []any{*found, found, found.sharedProfile} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			if text := fmt.Sprintf(verb, printed); strings.Contains(text, "s3cret") || strings.Contains(text, "3141") || strings.Contains(text, "733363726574") {
				t.Errorf("%s of a %T shows a secret: %s", verb, printed, text)
			}
		}
	}
}

func TestSharedConfig_defaultFileWithoutKeys(t *testing.T) {
	for name, content := range map[string]string{
		"no profiles":          `{}`,
		"null":                 `null`,
		"byte order mark":      "\ufeff{}",
		"profile without keys": `{"current": "p", "profiles": [{"name": "p", "mode": "AKSK"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			home := write(t, content)
			settings, err := Load(Config{Region: "eu"}, environment{"HOME": home, "USERPROFILE": home}.get)
			if err != nil || settings.keys.AccessKey != "" {
				t.Errorf("got %v, %v", settings, err)
			}
		})
	}
	// The default file is not read if other keys take precedence.
	home := write(t, "nonsense")
	if _, err := Load(Config{Region: "eu", AccessKey: "AK", SecretKey: transport.NewSecret("SECRETKEY")}, environment{"HOME": home, "USERPROFILE": home}.get); err != nil {
		t.Error(err)
	}
}

func FuzzParseSharedConfig(f *testing.F) {
	f.Add([]byte(prodAndTest))
	f.Fuzz(func(t *testing.T, content []byte) {
		config, err := parseSharedConfig(content)
		if err != nil {
			// An error shows only the line and the field name.
			if text := err.Error(); len(text) > 100 || strings.ContainsAny(text, "\n\"") {
				t.Errorf("the error is too talkative: %s", text)
			}
			return
		}
		p := profile{argument: "profile", file: "f", encrypted: config.AuthEncrypt == "true"}
		if p.find(config, config.Current) != nil {
			return
		}
		keys, wrong := p.keys()
		switch {
		case wrong == nil && (keys.AccessKey == "") != (keys.SecretKey.Empty()):
			t.Errorf("half a pair: %v", keys)
		case wrong != nil && keys.AccessKey != "":
			t.Errorf("keys beside an error: %v", wrong)
		}
		if wrong != nil {
			quotes(t, wrong.Error(), p.SecretAccessKey.Reveal(), p.SSOAuth.STSToken.SecretAccessKey.Reveal(), p.SecurityToken.Reveal())
		}
		_, _ = p.role()
	})
}
