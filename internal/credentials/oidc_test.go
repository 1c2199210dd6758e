// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

const idToken = "s3cret-id-token"

// trusting returns an identity provider that accepts an ID token for account d-idp.
func trusting(idToken string) simulator.OIDC {
	return simulator.OIDC{IdpID: "ci", DomainID: "d-idp", IDToken: idToken}
}

func TestIDToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("\n"+idToken+"\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		block    AssumeRoleWithOIDC
		account  string
		origin   string
		lifetime time.Duration
	}{
		"in the block": {
			AssumeRoleWithOIDC{IdpID: "ci", IDToken: transport.NewSecret(idToken)}, "d-idp", "identity provider ci (OpenID Connect)", 15 * time.Minute,
		},
		"in a file": {
			AssumeRoleWithOIDC{IdpID: "ci", IDTokenFile: file, AssumeRole: AssumeRole{Duration: time.Hour}}, "d-idp", "identity provider ci (OpenID Connect)", time.Hour,
		},
		"with an agency": {
			AssumeRoleWithOIDC{IdpID: "ci", IDTokenFile: file, AssumeRole: AssumeRole{AgencyName: "ops", DomainID: "d-ops", Duration: 30 * time.Minute}}, "d-ops",
			" from identity provider ci (OpenID Connect)", 30 * time.Minute,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t)
			c.AddOIDC(trusting(idToken))
			c.AddAgency(simulator.Agency{Name: "ops", DomainID: "d-ops", Trusts: []string{"d-idp"}})
			source := c.source(t, Config{Region: "r", OIDC: &tt.block}, nil)

			if account, _ := c.caller(t, source); account != tt.account {
				t.Errorf("the API sees account %q", account)
			}
			keys := keysOf(t, source)
			if !strings.HasSuffix(keys.Origin, tt.origin) {
				t.Errorf("origin %q", keys.Origin)
			}
			if off := time.Until(keys.Expires) - tt.lifetime; off.Abs() > time.Minute {
				t.Errorf("keys live %s, want %s", time.Until(keys.Expires), tt.lifetime)
			}
		})
	}
}

func TestIDToken_changedFile(t *testing.T) {
	c := newCloud(t)
	c.AddOIDC(trusting(idToken))
	clock := newClock()
	file := filepath.Join(t.TempDir(), "token")
	source := c.source(t, Config{Region: "r", OIDC: &AssumeRoleWithOIDC{IdpID: "ci", IDTokenFile: file}}, nil,
		func(s *Settings) { s.now = clock.now })

	// The file may be missing until it is needed.
	if _, err := source.Keys(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "reading the ID token from "+file+" (id_token_file): ") {
		t.Fatalf("got %v", err)
	}
	for _, token := range []string{"first-token", "second-token"} {
		if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
			t.Fatal(err)
		}
		c.AddOIDC(trusting(token))
		c.caller(t, source)
		clock.advance(time.Hour)
	}
	if n := len(c.CallsOf(simulator.CreateTokenWithIdToken)); n != 2 {
		t.Errorf("%d tokens were asked for", n)
	}
}

func TestIDToken_unusableFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	for content, says := range map[string]string{" \n": "it is empty", "abc": "it is shorter than 8 characters", "two\nlines": "it contains white space or a line break", strings.Repeat("x", maxIDToken+1): "it is larger than 64 KiB"} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		f := oidcExchange{block: AssumeRoleWithOIDC{IdpID: "ci", IDTokenFile: file}}
		if _, err := f.fetch(t.Context()); err == nil || !strings.HasSuffix(err.Error(), says) {
			t.Errorf("%v does not say %q", err, says)
		}
	}
}

func TestIDToken_refused(t *testing.T) {
	tests := map[string]struct {
		fault simulator.Fault
		says  string
	}{
		"by the identity provider": {
			simulator.Fault{Operation: simulator.CreateTokenWithIdToken, Status: http.StatusUnauthorized, Code: "IAM.0001", Message: "bad token " + idToken},
			`exchanging the ID token for a token of identity provider "ci": CreateTokenWithIdToken`,
		},
		"in an undocumented way": {
			simulator.Fault{Operation: simulator.CreateTokenWithIdToken, Status: http.StatusBadRequest, Body: "<html>" + idToken},
			`exchanging the ID token for a token of identity provider "ci": CreateTokenWithIdToken`,
		},
		"by an answer without a token": {
			simulator.Fault{Operation: simulator.CreateTokenWithIdToken, Header: http.Header{"X-Subject-Token": nil}},
			"it lacks the header X-Subject-Token",
		},
		"in the second step": {
			simulator.Refuse(http.StatusForbidden, "IAM.0002", "no"),
			`exchanging the token of identity provider "ci" for keys: CreateTemporaryAccessKeyByToken`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t)
			c.AddOIDC(trusting(idToken))
			if tt.fault.Operation == "" {
				tt.fault.Operation = simulator.CreateTemporaryAccessKeyByToken
			}
			c.Inject(tt.fault)
			source := c.source(t, Config{Region: "r", OIDC: &AssumeRoleWithOIDC{IdpID: "ci", IDToken: transport.NewSecret(idToken)}}, nil)
			_, err := source.Keys(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v does not say %q", err, tt.says)
			}
			if text := strings.Join([]string{err.Error(), describe(err)}, " "); strings.Contains(text, "s3cret") {
				t.Errorf("%s shows the token", text)
			}
		})
	}
}
