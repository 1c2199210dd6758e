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

// cloud is the simulator of one test.
type cloud struct{ *acctest.Cloud }

// newCloud starts a simulator with the demonstration data until the test ends.
func newCloud(t *testing.T) *cloud {
	t.Helper()
	c := &cloud{acctest.New(t)}
	registerCloud(c.Simulator)
	return c
}

// alice returns the IDs of Alice's three sessions.
func (c *cloud) alice() simulator.SeededUser { return c.Users[0] }

// withSessions adds n sessions to Carol, who has none. It returns their IDs.
func (c *cloud) withSessions(n int) (user simulator.SeededUser, ids []string) {
	user = c.Users[2]
	for i := range n {
		id := fmt.Sprintf("session-%05d", i)
		c.AddSession(c.IdentityStoreID, user.UserID, simulator.Session{SessionID: id})
		ids = append(ids, id)
	}
	return user, ids
}

// config returns a configuration: a provider block with the access key and more arguments, and the
// body. In the body, STORE, ALICE, CAROL, GROUP, INSTANCE, PERMISSION_SET and ACCOUNT are replaced
// by their IDs.
func (c *cloud) config(key simulator.Key, arguments, body string) string {
	return c.provider(key, arguments) + c.replaceIDs(body) + "\n"
}

// replaceIDs replaces STORE and the other names in a configuration by their IDs.
func (c *cloud) replaceIDs(config string) string {
	return strings.NewReplacer("STORE", c.IdentityStoreID, "ALICE", c.Users[0].UserID, "CAROL", c.Users[2].UserID, "GROUP", c.Groups[0].GroupID,
		"INSTANCE", c.InstanceID, "PERMISSION_SET", c.PermissionSets[0].PermissionSetID, "ACCOUNT", c.Accounts[0]).Replace(config)
}

// provider returns a provider block with the access key and more arguments.
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

const (
	revocationType = "identitycenter_user_session_revocation"
	bulkType       = "identitycenter_bulk_user_session_revocation"
)

// resources returns the arguments of each resource by its type. The cutoff may be removed at once.
func (c *cloud) resources() map[string]values {
	user := values{"identity_store_id": c.IdentityStoreID, "user_id": c.alice().UserID}
	return map[string]values{
		revocationType: user.with("all_sessions", true),
		bulkType:       {"identity_store_id": c.IdentityStoreID, "user_ids": []string{c.alice().UserID}, "all_sessions": true},
		lockType:       user,
		cutoffType:     {"instance_id": c.InstanceID, "permission_set_id": c.PermissionSets[0].PermissionSetID, "allow_early_removal": true},
		suspensionType: user.with("instance_id", c.InstanceID).with("group_ids", []string{c.Groups[0].GroupID}),

		"identitycenter_user_logout_on_destroy": user,
	}
}

// hcl returns strings as a list in HCL.
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
