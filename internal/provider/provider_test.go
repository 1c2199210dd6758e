// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/provider"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// TestMain keeps the settings and keys of whoever runs the tests out of them.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		// What `go build` needs of the home directory must be known before it is gone.
		for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
			value, err := exec.Command("go", "env", name).Output()
			if err != nil {
				fmt.Fprintln(os.Stderr, "go env:", err)
				return 1
			}
			_ = os.Setenv(name, strings.TrimSpace(string(value)))
		}
		home, err := os.MkdirTemp("", "identitycenter-test-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() { _ = os.RemoveAll(home) }()
		for _, variable := range os.Environ() {
			name, _, _ := strings.Cut(variable, "=")
			if strings.HasPrefix(name, "HW_") || strings.HasPrefix(name, "HUAWEICLOUD_") || strings.HasPrefix(name, "TF_CLI") || strings.HasPrefix(name, "TF_VAR") {
				_ = os.Unsetenv(name)
			}
		}
		_ = os.Setenv("HOME", home)
		_ = os.Setenv("CHECKPOINT_DISABLE", "1")
		return m.Run()
	}())
}

// factories serve the provider in the test's own process.
var factories = map[string]func() (tfprotov6.ProviderServer, error){
	"identitycenter": providerserver.NewProtocol6WithError(provider.New("test")()),
}

// cloud is a simulated cloud of one test's own.
type cloud struct {
	*simulator.Simulator
	simulator.Seeded
	URL string
}

// newCloud starts a simulator with the seeded data, until the test ends.
func newCloud(t *testing.T) *cloud {
	t.Helper()
	sim := simulator.New()
	seeded := sim.Seed()
	server := sim.Start()
	t.Cleanup(server.Close)
	return &cloud{Simulator: sim, Seeded: seeded, URL: server.URL}
}

// alice has three sessions.
func (c *cloud) alice() simulator.SeededUser { return c.Users[0] }

// sessionIDs are those that a seeded user has now.
func (c *cloud) sessionIDs(user simulator.SeededUser) []string {
	var ids []string
	for _, s := range c.Sessions(c.IdentityStoreID, user.UserID) {
		ids = append(ids, s.SessionID)
	}
	return ids
}

// withSessions gives Carol, who has none, so many sessions and returns their IDs.
func (c *cloud) withSessions(n int) (user simulator.SeededUser, ids []string) {
	user = c.Users[2]
	for i := range n {
		id := fmt.Sprintf("session-%05d", i)
		c.AddSession(c.IdentityStoreID, user.UserID, simulator.Session{SessionID: id})
		ids = append(ids, id)
	}
	return user, ids
}

// config is a configuration: a provider block with the key and more arguments,
// and what follows it, in which STORE, ALICE and CAROL stand for their IDs.
func (c *cloud) config(key simulator.Key, arguments, body string) string {
	token := ""
	if key.SecurityToken != "" {
		token = fmt.Sprintf("security_token = %q", key.SecurityToken)
	}
	body = strings.NewReplacer("STORE", c.IdentityStoreID, "ALICE", c.Users[0].UserID, "CAROL", c.Users[2].UserID).Replace(body)
	return fmt.Sprintf(`
provider "identitycenter" {
  region     = "ap-southeast-3"
  access_key = %q
  secret_key = %q
  %s
  endpoints = {
    identitystore  = %[4]q
    identitycenter = %[4]q
    sts            = %[4]q
    iam            = %[4]q
  }
  %[5]s
}
%[6]s
`, key.AccessKey, key.SecretKey, token, c.URL, arguments, body)
}

// operations are the calls on record, by name.
func (c *cloud) operations() []string {
	var names []string
	for _, call := range c.Calls() {
		names = append(names, call.Operation)
	}
	return names
}

// hcl writes IDs as a list in a configuration.
func hcl(ids []string) string {
	quoted := make([]string, len(ids))
	for i, id := range ids {
		quoted[i] = fmt.Sprintf("%q", id)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func sorted(ids []string) []string {
	return slices.Sorted(slices.Values(ids))
}

// The schemas must be what the framework and Terraform allow: nothing else says
// so before a user meets it.
func TestSchemasAreValid(t *testing.T) {
	t.Parallel()
	server := providerserver.NewProtocol6(provider.New("test")())()
	response, err := server.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, diagnostic := range response.Diagnostics {
		t.Errorf("%s: %s", diagnostic.Summary, diagnostic.Detail)
	}
	if len(response.ResourceSchemas) != 1 || len(response.DataSourceSchemas) != 4 || len(response.EphemeralResourceSchemas) != 1 || len(response.ActionSchemas) != 1 {
		t.Errorf("the provider offers %d resources, %d data sources, %d ephemeral resources, %d actions",
			len(response.ResourceSchemas), len(response.DataSourceSchemas), len(response.EphemeralResourceSchemas), len(response.ActionSchemas))
	}
	described := func(kind string, block *tfprotov6.SchemaBlock) {
		for _, attribute := range block.Attributes {
			if attribute.Description == "" {
				t.Errorf("%s: %s has no description", kind, attribute.Name)
			}
		}
	}
	described("provider", response.Provider.Block)
	for name, schema := range response.ResourceSchemas {
		described(name, schema.Block)
	}
}
