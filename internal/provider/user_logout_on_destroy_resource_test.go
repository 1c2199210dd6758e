// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// logoutUsers is the number of users in TestAccUserLogoutOnDestroy_many. The test also passes with
// 500 users, but takes too long.
const logoutUsers = 60

const logoutName = "identitycenter_user_logout_on_destroy.test"

// logoutOf returns a logout of a user with more arguments.
func logoutOf(user, arguments string) string {
	return fmt.Sprintf(`
resource "identitycenter_user_logout_on_destroy" "test" {
  identity_store_id = "STORE"
  user_id           = %q
  %s
}
`, user, arguments)
}

// Some of many users are removed. Only these are logged out and then deleted.
func TestAccUserLogoutOnDestroy_many(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	users := c.SeedUsers(c.IdentityStoreID, logoutUsers, 2)
	ids := make([]string, len(users))
	for i, user := range users {
		ids[i] = user.UserID
	}
	w := newWorkspace(t, c.config(c.Management, "", testdata(t, "users.tf")))
	w.Env = append(w.Env, "TF_VAR_users="+hcl(ids), "TF_VAR_url="+c.URL, "TF_VAR_command="+self)
	expect(t, w, 0, "apply", "-auto-approve")
	expect(t, w, 0, "plan", "-detailed-exitcode")
	if calls := c.Operations(); len(calls) > 0 {
		t.Errorf("creating calls %v", calls)
	}

	left, stay := ids[:10], ids[10:]
	w.Env = append(w.Env, "TF_VAR_users="+hcl(stay))
	says(t, expect(t, w, 0, "plan", "-no-color"), "All sessions of user", "Plan: 0 to add, 0 to change, 20 to destroy.")
	c.ResetCalls()
	output := expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	for _, id := range left {
		says(t, output, "User "+id+": 2 sessions were ended")
		var done []string
		for _, call := range c.Calls() {
			if strings.Contains(call.EscapedPath, id) {
				done = append(done, call.Method+" "+strings.TrimPrefix(call.EscapedPath, "/v1/identity-stores/"+c.IdentityStoreID+"/users/"+id))
				if call.Operation == simulator.BatchDeleteSessions && !strings.Contains(output, call.RequestID) {
					t.Errorf("the output does not name request ID %s", call.RequestID)
				}
			}
		}
		if want := []string{"GET /sessions", "POST /sessions/batch-delete", "GET /sessions", "DELETE "}; !slices.Equal(done, want) {
			t.Errorf("calls for %s: %v, want %v", id, done, want)
		}
	}
	if n := len(c.Calls()); n != 40 {
		t.Errorf("%d calls", n)
	}
	for _, user := range users[10:] {
		if len(c.SessionIDs(user)) != 2 {
			t.Errorf("user %s was logged out", user.UserID)
		}
	}
}

// Only a destroy ends sessions.
func TestAccUserLogoutOnDestroy_replacements(t *testing.T) {
	t.Parallel()
	for name, lifecycle := range map[string]string{"": "", "create before destroy": "lifecycle {\n create_before_destroy = true\n}\n"} {
		t.Run("taint, replace "+name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			w := newWorkspace(t, c.config(c.Management, "", logoutOf("ALICE", lifecycle)))
			expect(t, w, 0, "apply", "-auto-approve")
			silent(t, expect(t, w, 0, "apply", "-auto-approve", "-no-color", "-replace="+logoutName), "Warning")
			c.Inject(refusal(simulator.ListSessions, 0, 1, http.StatusForbidden, "IIC.1000", "denied"))
			// The mark of a failed destroy stays in the state.
			says(t, expect(t, w, 1, "destroy", "-auto-approve", "-no-color"), "was not logged out", "access denied (HTTP 403, IIC.1000)", "removed block")
			expect(t, w, 0, "taint", logoutName)
			c.ResetCalls()
			expect(t, w, 0, "apply", "-auto-approve")
			// Another identity store is not another user.
			configure(t, w, strings.Replace(c.config(c.Management, "", logoutOf("ALICE", lifecycle)), c.IdentityStoreID, "d-0000000000", 1))
			says(t, expect(t, w, 0, "apply", "-auto-approve", "-no-color"), "1 destroyed")
			if calls := c.Operations(); len(calls) > 0 || len(c.SessionIDs(c.alice())) != 3 {
				t.Errorf("calls: %v", calls)
			}
		})
	}
	t.Run("a user_id that becomes unknown, a dependency", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t)
		w := newWorkspace(t, c.config(c.Management, "", testdata(t, "unknown_user.tf")))
		expect(t, w, 0, "apply", "-auto-approve", "-var=trigger=1")
		says(t, expect(t, w, 0, "apply", "-auto-approve", "-no-color", "-var=trigger=2"), "2 destroyed", "Sessions of user "+c.alice().UserID+" will not end")
		if n := len(c.CallsOf(simulator.ListSessions)); n > 0 || len(c.SessionIDs(c.alice())) != 3 {
			t.Error("the user was logged out")
		}
	})
}

func TestAccUserLogoutOnDestroy_destroys(t *testing.T) {
	t.Parallel()
	t.Run("another user", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t)
		w := newWorkspace(t, c.config(c.Management, "", logoutOf("ALICE", "")))
		expect(t, w, 0, "apply", "-auto-approve")
		configure(t, w, c.config(c.Management, "", logoutOf(c.Users[1].UserID, "")))
		says(t, expect(t, w, 0, "apply", "-auto-approve", "-no-color"), "All sessions of user "+c.alice().UserID+" will end", "User "+c.alice().UserID+": 3 sessions were ended")
		if len(c.SessionIDs(c.alice())) > 0 || len(c.SessionIDs(c.Users[1])) != 1 {
			t.Error("the wrong user was logged out")
		}
		// The block is removed.
		configure(t, w, c.config(c.Management, "", ""))
		says(t, expect(t, w, 0, "apply", "-auto-approve", "-no-color"), "User "+c.Users[1].UserID+": 1 session was ended")
	})
	t.Run("disable_user", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t)
		w := newWorkspace(t, c.config(c.Management, "", logoutOf("ALICE", "")))
		expect(t, w, 0, "apply", "-auto-approve")
		configure(t, w, c.config(c.Management, "", logoutOf("ALICE", "disable_user = true\ntimeouts {\n delete = \"2m\"\n}")))
		says(t, expect(t, w, 0, "apply", "-auto-approve", "-no-color"), "1 changed")
		if calls := c.Operations(); len(calls) > 0 {
			t.Errorf("a change calls %v", calls)
		}
		says(t, expect(t, w, 0, "destroy", "-auto-approve", "-no-color"), "and disables the user", "3 sessions were ended", "is disabled and has no portal session any more")
		c.keptOut(t)
		want := []string{
			simulator.DescribeUser, simulator.ListSessions, simulator.BatchDeleteSessions, simulator.ListSessions,
			simulator.DisableUser, simulator.DescribeUser, simulator.ListSessions, simulator.DescribeUser,
		}
		if got := c.Operations(); !slices.Equal(got, want) {
			t.Errorf("calls: %v, want %v", got, want)
		}
	})
	t.Run("a user who is gone", func(t *testing.T) {
		t.Parallel()
		for _, arguments := range []string{"", "disable_user = true"} {
			c := newCloud(t)
			w := newWorkspace(t, c.config(c.Management, "", logoutOf("ALICE", arguments)))
			expect(t, w, 0, "apply", "-auto-approve")
			c.RemoveUser(c.IdentityStoreID, c.alice().UserID)
			says(t, expect(t, w, 0, "destroy", "-auto-approve", "-no-color"), "User "+c.alice().UserID+" was deleted", "No session was ended.")
		}
	})
	t.Run("a user who goes meanwhile", func(t *testing.T) {
		t.Parallel()
		for _, arguments := range []string{"", "disable_user = true"} {
			c := newCloud(t)
			for range 2 * revocation.BatchSize {
				c.AddSession(c.IdentityStoreID, c.alice().UserID, simulator.Session{})
			}
			batches := 0
			c.Before(simulator.BatchDeleteSessions, func() {
				if batches++; batches == 2 {
					c.RemoveUser(c.IdentityStoreID, c.alice().UserID)
				}
			})
			w := newWorkspace(t, c.config(c.Management, "", logoutOf("ALICE", arguments)))
			expect(t, w, 0, "apply", "-auto-approve")
			output := expect(t, w, 0, "destroy", "-auto-approve", "-no-color")
			says(t, output, "User "+c.alice().UserID+" was deleted", "100 sessions were ended")
			silent(t, output, "No session was ended")
		}
	})
	t.Run("a wrong store", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t)
		w := newWorkspace(t, strings.Replace(c.config(c.Management, "", logoutOf("ALICE", "")), c.IdentityStoreID, "d-0000000000", 1))
		expect(t, w, 0, "apply", "-auto-approve")
		output := expect(t, w, 1, "destroy", "-auto-approve", "-no-color")
		says(t, output, "HTTP 404")
		silent(t, output, "was deleted")
		// This is the solution in the message.
		configure(t, w, c.config(c.Management, "", "removed {\n from = "+logoutName+"\n lifecycle {\n destroy = false\n }\n}\n"))
		expect(t, w, 0, "apply", "-auto-approve")
		if left := resources(t, w); len(left) > 0 {
			t.Errorf("state: %v", left)
		}
		configure(t, w, c.config(c.Management, "", logoutOf("ALICE", "")))
		says(t, expect(t, w, 1, "import", "-no-color", logoutName, "any"), "A logout on destroy cannot be imported")
	})
}

// If the sessions of a user who was already disabled cannot be listed, the destroy continues with a
// warning.
func TestAccUserLogoutOnDestroy_disabledUser(t *testing.T) {
	t.Parallel()
	for _, arguments := range []string{"", "disable_user = true"} {
		t.Run(arguments, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.Configure(func(o *simulator.Options) { o.DisabledUserSessions = http.StatusConflict })
			c.SetEnabled(c.IdentityStoreID, c.alice().UserID, false)
			w := newWorkspace(t, c.config(c.Management, "", logoutOf("ALICE", arguments)))
			expect(t, w, 0, "apply", "-auto-approve")
			output := expect(t, w, 0, "destroy", "-auto-approve", "-no-color")
			says(t, output, "User "+c.alice().UserID+": no session was listed", "sessions that began before may be open until they expire")
			silent(t, output, "sessions were ended", "may live on")
		})
	}
}
