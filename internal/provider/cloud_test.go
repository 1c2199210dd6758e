// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// cloud is a simulated cloud of one test's own.
type cloud struct{ *acctest.Cloud }

// newCloud starts a simulator with the seeded data, until the test ends.
func newCloud(t *testing.T) *cloud {
	t.Helper()
	c := acctest.New(t)
	clouds.add(c.Simulator)
	return &cloud{c}
}

// alice has three sessions.
func (c *cloud) alice() simulator.SeededUser { return c.Users[0] }

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
// and what follows it, in which STORE, ALICE, CAROL,
// GROUP, INSTANCE, PERMISSION_SET and ACCOUNT stand for their IDs.
func (c *cloud) config(key simulator.Key, arguments, body string) string {
	body = strings.NewReplacer("STORE", c.IdentityStoreID, "ALICE", c.Users[0].UserID, "CAROL", c.Users[2].UserID, "GROUP", c.Groups[0].GroupID,
		"INSTANCE", c.InstanceID, "PERMISSION_SET", c.PermissionSets[0].PermissionSetID, "ACCOUNT", c.Accounts[0]).Replace(body)
	return c.provider(key, arguments) + body + "\n"
}

// provider is a provider block with the key and more arguments.
func (c *cloud) provider(key simulator.Key, arguments string) string {
	token := ""
	if key.SecurityToken != "" {
		token = fmt.Sprintf("security_token = %q", key.SecurityToken)
	}
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
`, key.AccessKey, key.SecretKey, token, c.URL, arguments)
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
