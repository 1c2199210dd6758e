// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// The reported readings agree with the options of the simulator, and a run restores everything.
func TestLive_readings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options simulator.Options
		old     bool
		want    map[string]string
	}{
		"defaults": {simulator.Options{Gone: 404, SessionTimesInSeconds: true, PutDeletesOldPolicies: true}, true, map[string]string{
			"session-times": "seconds: true", "gone-session": "404 {", "session-end-shows": "listed: false", "unknown-users": "200 with 1 users", "already-in-state": "200",
			"disable-unknown": "404 {", "put-deletes-old-policies": "left: false", "provisioning-polls": "SUCCEEDED after 0", "group-not-found": "404 {",
		}},
		"opposite": {simulator.Options{
			Gone: 200, BracketedUserAgents: true, FuzzyUserName: true, UnknownUsers: 404, DisabledUserSessions: 409, AlreadyInState: 409,
			DisableUnknown: 409, StaleReads: 2, GroupNotFound: 400, AssignmentsIncludeGroups: true, DropSid: true, ReformatPolicies: true,
			PolicyLimit: 10_240, ProvisioningPolls: 2, ProvisioningConflict: true, SwapCreatedDates: true,
		}, false, map[string]string{
			"session-times": "seconds: false", "session-user-agent": "brackets: true", "gone-session": "200", "user-name-filter": "finds 1 ", "unknown-users": "404 with",
			"already-in-state": "409 {", "disable-unknown": "409 {", "disable-shows": "after 2 calls", "disable-sessions-listed": "listing: 409", "group-not-found": "400 {",
			"policy-limit": "characters: 400", "policy-sid": "kept: false", "policy-bytes": "Sid: false", "provisioning-conflict": "409 {", "created-date-type": "string",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := acctest.New(t, func(o *simulator.Options) { *o = test.options })
			set := c.PermissionSets[1]
			env := map[string]string{
				"HW_REGION_NAME": c.Region, "HW_ACCESS_KEY": c.Management.AccessKey, "HW_SECRET_KEY": c.Management.SecretKey,
				envEndpoint: c.URL, envEndSessions: "alice", envLock: "alice", envCut: set.PermissionSetID,
			}
			if test.old {
				c.AddManagedRole(c.InstanceID, set.PermissionSetID, "old")
				env[envOldPolicies] = set.PermissionSetID
			}
			l, err := newLive(t.Context(), func(name string) string { return env[name] }, t.Logf, time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			if err := l.run(); err != nil {
				t.Error(err)
			}
			l.report(openFacts(t))
			for fact, want := range test.want {
				if !strings.Contains(l.readings[fact], want) {
					t.Errorf("%s: %q, want %q", fact, l.readings[fact], want)
				}
				if openFacts(t)[fact] == "" {
					t.Errorf("%s is not an open fact of API-FACTS.md", fact)
				}
			}
			alice := c.Users[0]
			if !c.Enabled(c.IdentityStoreID, alice.UserID) || !test.options.ReformatPolicies && policyOf(c, set) != set.CustomPolicy {
				t.Errorf("enabled: %t, policy: %s", c.Enabled(c.IdentityStoreID, alice.UserID), policyOf(c, set))
			}
		})
	}
}

func TestLive_variables(t *testing.T) {
	t.Parallel()
	c := acctest.New(t)
	for name, wrong := range map[string]string{envLock: "bob", envOldPolicies: "another", envPause: "soon"} {
		env := map[string]string{
			"HW_REGION_NAME": c.Region, "HW_ACCESS_KEY": "A", "HW_SECRET_KEY": "B", envEndpoint: c.URL, envEndSessions: "alice", envCut: "ps-1", name: wrong,
		}
		if _, err := newLive(t.Context(), func(name string) string { return env[name] }, t.Logf, 0); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s: %v", name, wrong, err)
		}
	}
	if len(c.Calls()) > 0 {
		t.Errorf("calls: %v", c.Operations())
	}
}

func policyOf(c *acctest.Cloud, set simulator.SeededPermissionSet) string {
	policy, _ := c.CustomPolicy(c.InstanceID, set.PermissionSetID)
	return policy
}
