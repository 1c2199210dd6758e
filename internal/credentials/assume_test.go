// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

func TestAssumeRole(t *testing.T) {
	tests := map[string]struct {
		role      AssumeRole
		operation string
		lifetime  time.Duration
		origin    string
	}{
		"account by ID":   {AssumeRole{AgencyName: "ops", DomainID: "d-1"}, simulator.AssumeAgency, time.Hour, "agency ops of domain d-1"},
		"account by name": {AssumeRole{AgencyName: "ops", DomainName: "acme"}, simulator.CreateTemporaryAccessKeyByAgency, 15 * time.Minute, "agency ops of domain acme"},
		"both":            {AssumeRole{AgencyName: "ops", DomainID: "d-1", DomainName: "acme"}, simulator.AssumeAgency, time.Hour, "agency ops of domain d-1"},
		"duration": {
			AssumeRole{AgencyName: "ops", DomainID: "d-1", Duration: 2 * time.Hour}, simulator.AssumeAgency, 2 * time.Hour, "agency ops of domain d-1",
		},
		"duration, account by name": {
			AssumeRole{AgencyName: "ops", DomainName: "acme", Duration: 2 * time.Hour}, simulator.CreateTemporaryAccessKeyByAgency, 2 * time.Hour, "agency ops of domain acme",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t)
			c.AddAgency(simulator.Agency{Name: "ops", DomainID: "d-1", DomainName: "acme", Trusts: []string{c.Management.AccountID}})
			config := c.configured()
			config.AssumeRoles = []AssumeRole{tt.role}
			source := c.source(t, config, nil)
			if len(c.Calls()) > 0 {
				t.Error("a call was made before keys were needed")
			}

			if account, _ := c.caller(t, source); account != "d-1" {
				t.Errorf("the API sees account %q", account)
			}
			calls := c.CallsOf(tt.operation)
			if len(calls) != 1 || calls[0].AccessKey != c.Management.AccessKey || !calls[0].Verified {
				t.Fatalf("%d calls of %s", len(calls), tt.operation)
			}
			keys := keysOf(t, source)
			want := tt.origin + ", assumed with " + c.Management.AccessKey + " from the provider's configuration"
			if keys.Origin != want {
				t.Errorf("origin %q, want %q", keys.Origin, want)
			}
			if off := time.Until(keys.Expires) - tt.lifetime; off.Abs() > time.Minute {
				t.Errorf("keys live %s, want %s", time.Until(keys.Expires), tt.lifetime)
			}
		})
	}
}

func TestAssumeRole_sessionName(t *testing.T) {
	c := newCloud(t)
	c.AddAgency(simulator.Agency{Name: "ops", DomainID: "d-1"})
	config := c.configured()
	config.AssumeRoles = []AssumeRole{{AgencyName: "ops", DomainID: "d-1"}}
	_, urn := c.caller(t, c.source(t, config, nil))
	if !strings.HasSuffix(urn, "/terraform-provider-identitycenter") {
		t.Errorf("an auditor sees %q", urn)
	}
	var body map[string]any
	if err := json.Unmarshal(c.CallsOf(simulator.AssumeAgency)[0].Body, &body); err != nil {
		t.Fatal(err)
	}
	if _, sent := body["duration_seconds"]; sent {
		t.Error("a duration is sent that nobody asked for")
	}
}

func TestAssumeRole_chain(t *testing.T) {
	c := newCloud(t)
	c.AddAgency(simulator.Agency{Name: "hub", DomainID: "d-hub", DomainName: "hub-account", Trusts: []string{c.Management.AccountID}})
	c.AddAgency(simulator.Agency{Name: "ops", DomainID: "d-ops", Trusts: []string{"d-hub"}})
	config := c.configured()
	config.AssumeRoles = []AssumeRole{{AgencyName: "hub", DomainName: "hub-account"}, {AgencyName: "ops", DomainID: "d-ops"}}
	source := c.source(t, config, nil)

	if account, _ := c.caller(t, source); account != "d-ops" {
		t.Errorf("the API sees account %q", account)
	}
	origin := keysOf(t, source).Origin
	if !strings.HasPrefix(origin, "agency ops of domain d-ops, assumed with HST") ||
		!strings.HasSuffix(origin, " from agency hub of domain hub-account, assumed with "+c.Management.AccessKey+" from the provider's configuration") {
		t.Errorf("origin %q", origin)
	}
}

func TestAssumeRole_refused(t *testing.T) {
	c := newCloud(t)
	c.AddAgency(simulator.Agency{Name: "hub", DomainID: "d-hub", Trusts: []string{"somebody else"}})
	c.AddAgency(simulator.Agency{Name: "ops", DomainID: "d-ops"})
	config := c.configured()
	config.AssumeRoles = []AssumeRole{{AgencyName: "hub", DomainID: "d-hub"}, {AgencyName: "ops", DomainID: "d-ops"}}
	source := c.source(t, config, nil)

	for range 3 {
		_, _, err := c.identity(t.Context(), source)
		var step *StepError
		if !errors.As(err, &step) {
			t.Fatalf("%v does not say which step failed", err)
		}
		want := "assuming agency hub of domain d-hub with access key " + c.Management.AccessKey + " from the provider's configuration"
		if step.Doing != want || !strings.HasPrefix(err.Error(), want+": AssumeAgency at ") {
			t.Errorf("failed step %q, want %q", step.Doing, want)
		}
		var refused *transport.Error
		if !errors.As(err, &refused) || refused.Status != http.StatusForbidden || refused.RequestID == "" {
			t.Fatalf("not the refusal of the API: %#v", refused)
		}
		if !strings.Contains(refused.Permission, "sts:agencies:assume") {
			t.Errorf("the call needs %q", refused.Permission)
		}
	}
	if n := len(c.CallsOf(simulator.AssumeAgency)); n != 1 {
		t.Errorf("what was refused was sent %d times", n)
	}
}

func TestAssumeRole_unusableResponse(t *testing.T) {
	for name, body := range map[string]string{
		"no credentials": `{}`,
		"half of them":   `{"credentials": {"access_key_id": "AK", "expiration": "2030-01-01T00:00:00Z"}}`,
		"no expiry":      `{"credentials": {"access_key_id": "AK", "secret_access_key": "SECRETKEY", "security_token": "T"}}`,
		"IAM's expiry":   `{"credential": {"access": "AK", "secret": "SECRETKEY", "securitytoken": "T", "expires_at": "soon"}}`,
		"empty expiry":   `{"credentials": {"access_key_id": "AK", "secret_access_key": "SECRETKEY", "security_token": "T", "expiration": ""}}`,
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t)
			c.Inject(simulator.Fault{Status: http.StatusOK, Body: body})
			for _, role := range []AssumeRole{{AgencyName: "ops", DomainID: "d"}, {AgencyName: "ops", DomainName: "d"}} {
				config := c.configured()
				config.AssumeRoles = []AssumeRole{role}
				_, err := c.source(t, config, nil).Keys(t.Context())
				if !errors.Is(err, transport.ErrUndocumented) || !strings.HasPrefix(err.Error(), "assuming agency ops of domain d with") {
					t.Errorf("got %v", err)
				}
			}
		})
	}
}

func TestAssumeRole_rejectedSigner(t *testing.T) {
	c := newCloud(t)
	c.AddAgency(simulator.Agency{Name: "ops", DomainID: "d-ops"})
	old := c.AddMetadataKey(simulator.Key{AccountID: "d-server"})
	source := c.source(t, Config{Region: "r", AssumeRoles: []AssumeRole{{AgencyName: "ops", DomainID: "d-ops"}}},
		environment{"HW_METADATA_ENDPOINT": c.URL})
	c.RemoveKey(old.AccessKey)
	c.AddMetadataKey(simulator.Key{AccountID: "d-server"})

	if account, _ := c.caller(t, source); account != "d-ops" {
		t.Errorf("the API sees account %q", account)
	}
	if n := len(c.CallsOf(simulator.AssumeAgency)); n != 2 {
		t.Errorf("assumed %d times, want once with each key", n)
	}
}
