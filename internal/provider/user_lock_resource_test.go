// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// lockOf returns a lock with more arguments.
func lockOf(name, user, arguments string) string {
	return fmt.Sprintf(`
resource "identitycenter_user_lock" %q {
  identity_store_id = "STORE"
  user_id           = %q
  %s
}
`, name, user, arguments)
}

// resources returns the attributes of the managed resources in the state of a workspace, by
// address.
func resources(t *testing.T, w *acctest.Workspace) map[string]map[string]any {
	t.Helper()
	var state struct {
		Values struct {
			Root struct {
				Resources []struct {
					Address string         `json:"address"`
					Mode    string         `json:"mode"`
					Values  map[string]any `json:"values"`
				} `json:"resources"`
			} `json:"root_module"`
		} `json:"values"`
	}
	output := expect(t, w, 0, "show", "-json", "-no-color")
	if err := json.Unmarshal([]byte(output), &state); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	found := map[string]map[string]any{}
	for _, r := range state.Values.Root.Resources {
		if r.Mode == "managed" {
			found[r.Address] = r.Values
		}
	}
	return found
}

const lockName = "identitycenter_user_lock.test"

// locked fails the test unless the state has a lock, and the lock holds.
func (c *cloud) locked(t *testing.T, w *acctest.Workspace) {
	t.Helper()
	held := resources(t, w)[lockName]
	if held["locked"] != true || held["sessions_verified"] != true || held["locked_at"] == nil {
		t.Errorf("state: %v", held)
	}
	c.keptOut(t)
}

// keptOut fails the test unless Alice is disabled, has no session, and was not enabled.
func (c *cloud) keptOut(t *testing.T) {
	t.Helper()
	if c.Enabled(c.IdentityStoreID, c.alice().UserID) || len(c.SessionIDs(c.alice())) > 0 || len(c.CallsOf(simulator.EnableUser)) > 0 {
		t.Errorf("enabled %t, sessions %v, calls of EnableUser %d", c.Enabled(c.IdentityStoreID, c.alice().UserID),
			c.SessionIDs(c.alice()), len(c.CallsOf(simulator.EnableUser)))
	}
}

// says fails the test unless the output contains all words.
func says(t *testing.T, output string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !text(word).MatchString(output) {
			t.Errorf("the output does not say %q:\n%s", word, output)
		}
	}
}

// silent fails the test if the output contains any of the words.
func silent(t *testing.T, output string, words ...string) {
	t.Helper()
	for _, word := range words {
		if text(word).MatchString(output) {
			t.Errorf("the output says %q:\n%s", word, output)
		}
	}
}

func TestAccUserLock_lifecycle(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", lockOf("test", "ALICE", "timeouts {\n create = \"2m\"\n read = \"2m\"\n update = \"2m\"\n delete = \"2m\"\n}")))
	begun := time.Now().Add(-time.Second)
	output := expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	silent(t, output, "Warning")
	c.locked(t, w)
	at, err := time.Parse(time.RFC3339, fmt.Sprint(resources(t, w)[lockName]["locked_at"]))
	if err != nil || at.Before(begun) || at.After(time.Now().Add(2*time.Second)) {
		t.Errorf("locked at %s: %v", at, err)
	}
	expect(t, w, 0, "plan", "-detailed-exitcode")

	// Another administrator enables the user, who logs in.
	c.SetEnabled(c.IdentityStoreID, c.alice().UserID, true)
	c.AddSession(c.IdentityStoreID, c.alice().UserID, simulator.Session{})
	says(t, expect(t, w, 2, "plan", "-detailed-exitcode", "-no-color"), "is no longer locked", "is enabled. The next apply locks the user again", "Move session cutoffs of the user to it",
		"locked = false -> true", "Plan: 0 to add, 1 to change, 0 to destroy.")
	expect(t, w, 0, "apply", "-auto-approve")
	c.locked(t, w)

	// A disabled user has a session.
	c.AddSession(c.IdentityStoreID, c.alice().UserID, simulator.Session{})
	says(t, expect(t, w, 2, "plan", "-detailed-exitcode", "-no-color"), "is disabled, but has 1 session. The next apply ends them")
	expect(t, w, 0, "apply", "-auto-approve")
	c.locked(t, w)

	command := fmt.Sprintf("hcloud IdentityCenterStore EnableUser --cli-region=ap-southeast-3 --identity_store_id=%s --user_id=%s", c.IdentityStoreID, c.alice().UserID)
	says(t, expect(t, w, 0, "plan", "-destroy", "-no-color"), "will be left disabled", command)
	says(t, expect(t, w, 0, "destroy", "-auto-approve", "-no-color"), "User "+c.alice().UserID+" is left disabled", command)
	c.keptOut(t)
}

// locked = false enables the user in place. The lock can then be used again.
func TestAccUserLock_unlock(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	locked := c.config(c.Management, "", lockOf("test", "ALICE", "reason = \"incident 4711\"")+c.cutoffOf(0, "issued_before = identitycenter_user_lock.test.locked_at"))
	w := newWorkspace(t, locked)
	expect(t, w, 0, "apply", "-auto-approve")
	configure(t, w, strings.Replace(locked, "reason", "locked = false\n  reason", 1))
	says(t, expect(t, w, 0, "apply", "-auto-approve", "-no-color"), "locked = true -> false", "0 added, 1 changed, 0 destroyed")
	if !c.Enabled(c.IdentityStoreID, c.alice().UserID) {
		t.Error("the user is not enabled")
	}
	expect(t, w, 0, "plan", "-detailed-exitcode")
	configure(t, w, locked)
	expect(t, w, 0, "apply", "-auto-approve")
	expect(t, w, 0, "plan", "-detailed-exitcode")
	if held := resources(t, w)[lockName]; held["locked"] != true || c.Enabled(c.IdentityStoreID, c.alice().UserID) {
		t.Errorf("state: %v", held)
	}
}

// terraform test with a plain mock_provider fills in random text.
func TestAccUserLock_mockProvider(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", lockOf("test", "ALICE", "")+"output \"locked_at\" {\n  value = identitycenter_user_lock.test.locked_at\n}\n"))
	const test = "mock_provider \"identitycenter\" {}\n\nrun \"mocked\" {\n  assert {\n    condition     = output.locked_at != \"\"\n    error_message = \"no time\"\n  }\n}\n"
	if err := os.WriteFile(filepath.Join(w.Dir, "main.tftest.hcl"), []byte(test), 0o600); err != nil {
		t.Fatal(err)
	}
	says(t, expect(t, w, 0, "test", "-no-color"), "1 passed, 0 failed")
	if calls := c.Operations(); len(calls) > 0 {
		t.Errorf("calls: %v", calls)
	}
}

// A destroy reports the last read status, and warns only about that.
func TestAccUserLock_destroyBroken(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	other := lockOf("other", "CAROL", "enable_on_destroy = true") + lockOf("second", "CAROL", "depends_on = [identitycenter_user_lock.other]")
	w := newWorkspace(t, c.config(c.Management, "", lockOf("test", "ALICE", "")+other))
	expect(t, w, 0, "apply", "-auto-approve")
	c.SetEnabled(c.IdentityStoreID, c.alice().UserID, true)
	expect(t, w, 0, "apply", "-refresh-only", "-auto-approve")
	if held := resources(t, w)[lockName]; held["locked"] != false || held["sessions_verified"] != false {
		t.Errorf("state: %v", held)
	}
	output := expect(t, w, 0, "destroy", "-auto-approve", "-no-color")
	says(t, output, "User "+c.alice().UserID+" will be left unchanged", "User "+c.alice().UserID+" is left unchanged",
		"The user was disabled when last read.", "User "+c.Users[2].UserName+" is enabled")
	silent(t, output, "still disabled", "stays disabled", "User "+c.alice().UserID+" is left disabled")
}

func TestAccUserLock_enableOnDestroy(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", lockOf("test", "ALICE", "")))
	expect(t, w, 0, "apply", "-auto-approve")
	c.ResetCalls()

	// The argument counts once it is in the state. Recording it does not change the user.
	configure(t, w, c.config(c.Management, "", lockOf("test", "ALICE", "enable_on_destroy = true")))
	says(t, expect(t, w, 0, "apply", "-auto-approve", "-no-color"), "enable_on_destroy = false -> true", "0 added, 1 changed, 0 destroyed")
	for _, operation := range c.Operations() {
		if operation != simulator.DescribeUser && operation != simulator.ListSessions {
			t.Errorf("changing enable_on_destroy calls %s", operation)
		}
	}
	c.locked(t, w)

	// A destroy fails, and later runs recover.
	refused := refusal(simulator.EnableUser, 0, 1, http.StatusForbidden, "IIC.1000", "denied")
	c.Inject(refused)
	says(t, expect(t, w, 1, "destroy", "-auto-approve", "-no-color"), "was not enabled", "access denied (HTTP 403, IIC.1000)", "is disabled.")
	c.ResetCalls()
	expect(t, w, 0, "apply", "-auto-approve", "-replace="+lockName)
	c.locked(t, w)

	says(t, expect(t, w, 0, "destroy", "-auto-approve", "-no-color"), "will be enabled", "User "+c.alice().UserName+" is enabled")
	if !c.Enabled(c.IdentityStoreID, c.alice().UserID) {
		t.Error("the user is not enabled")
	}
}

// A replacement of a lock for the same user does not enable the user.
func TestAccUserLock_replacements(t *testing.T) {
	t.Parallel()
	const first = "lifecycle {\n create_before_destroy = true\n}\n"
	for name, lifecycle := range map[string]string{"": "", "create before destroy": first} {
		t.Run("taint, replace "+name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			w := newWorkspace(t, c.config(c.Management, "", lockOf("test", "ALICE", "enable_on_destroy = true\n"+lifecycle)))
			expect(t, w, 0, "apply", "-auto-approve")
			silent(t, expect(t, w, 0, "apply", "-auto-approve", "-no-color", "-replace="+lockName), "is enabled")
			c.locked(t, w)
			// The mark of a failed destroy stays in the state.
			c.Inject(refusal(simulator.EnableUser, 0, 1, http.StatusForbidden, "IIC.1000", "denied"))
			expect(t, w, 1, "destroy", "-auto-approve")
			c.ResetCalls()
			expect(t, w, 0, "taint", lockName)
			silent(t, expect(t, w, 0, "apply", "-auto-approve", "-no-color"), "is enabled")
			c.locked(t, w)
			// The same with a saved plan.
			expect(t, w, 0, "plan", "-out=saved", "-replace="+lockName)
			expect(t, w, 0, "apply", "saved")
			c.locked(t, w)
		})
	}
	t.Run("rename", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t)
		w := newWorkspace(t, c.config(c.Management, "", lockOf("old", "ALICE", "enable_on_destroy = true")))
		expect(t, w, 0, "apply", "-auto-approve")
		configure(t, w, c.config(c.Management, "", lockOf("test", "ALICE", "enable_on_destroy = true")))
		says(t, expect(t, w, 1, "apply", "-auto-approve", "-no-color"), "The plan locks and enables the same user", "moved block")
		c.keptOut(t)
		configure(t, w, c.config(c.Management, "", "moved {\n from = identitycenter_user_lock.old\n to = identitycenter_user_lock.test\n}\n"+lockOf("test", "ALICE", "enable_on_destroy = true")))
		expect(t, w, 0, "apply", "-auto-approve")
		c.locked(t, w)
	})
	t.Run("rename of a lock that does not enable", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t)
		w := newWorkspace(t, c.config(c.Management, "", lockOf("old", "ALICE", "")))
		expect(t, w, 0, "apply", "-auto-approve")
		configure(t, w, c.config(c.Management, "", lockOf("test", "ALICE", "")))
		expect(t, w, 0, "apply", "-auto-approve")
		c.locked(t, w)
	})
	t.Run("a user_id that becomes unknown", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t)
		w := newWorkspace(t, c.config(c.Management, "", testdata(t, "unknown_user.tf")))
		expect(t, w, 0, "apply", "-auto-approve", "-var=trigger=1")
		says(t, expect(t, w, 0, "apply", "-auto-approve", "-no-color", "-var=trigger=2"), "2 destroyed", "The user stays disabled, also with enable_on_destroy")
		c.locked(t, w)
	})
}

// If the second half of a create_before_destroy replacement does not run, the old object remains.
// Destroying it does not enable the user.
func TestAccUserLock_unfinishedReplacement(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", lockOf("test", "ALICE", "enable_on_destroy = true\nlifecycle {\n create_before_destroy = true\n}\n")+
		c.cutoffOf(0, "issued_before = identitycenter_user_lock.test.locked_at\nallow_early_removal = true")))
	expect(t, w, 0, "apply", "-auto-approve")
	expect(t, w, 0, "plan", "-detailed-exitcode")
	c.Inject(refusal(simulator.PutCustomPolicyToPermissionSet, 0, 0, http.StatusForbidden, "IIC.1000", "denied"))
	expect(t, w, 1, "apply", "-auto-approve", "-replace="+lockName)
	c.ClearFaults()
	says(t, expect(t, w, 1, "apply", "-auto-approve", "-no-color"), "The plan locks and enables the same user", "deposed object", "terraform state rm")
	c.keptOut(t)
	// This is the solution in the message.
	expect(t, w, 0, "state", "rm", lockName)
	expect(t, w, 0, "import", lockName, c.IdentityStoreID+"/"+c.alice().UserID)
	expect(t, w, 0, "apply", "-auto-approve")
	c.locked(t, w)
	expect(t, w, 0, "plan", "-detailed-exitcode")
	says(t, expect(t, w, 0, "destroy", "-auto-approve", "-no-color"), "User "+c.alice().UserName+" is enabled")
}

// With two locks of one user, a destroy of only one that would enable the user is refused. A
// destroy of both is not.
func TestAccUserLock_sameUser(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	other := lockOf("other", "ALICE", "enable_on_destroy = true")
	both := c.config(c.Management, "", lockOf("test", "ALICE", "")+other)
	w := newWorkspace(t, both)
	expect(t, w, 0, "apply", "-auto-approve")
	expect(t, w, 0, "plan", "-detailed-exitcode")
	configure(t, w, c.config(c.Management, "", lockOf("test", "ALICE", "")))
	says(t, expect(t, w, 1, "apply", "-auto-approve", "-no-color"), "The plan locks and enables the same user", "or end both")
	c.locked(t, w)
	configure(t, w, both)
	expect(t, w, 0, "destroy", "-auto-approve")
	if !c.Enabled(c.IdentityStoreID, c.alice().UserID) {
		t.Error("the user is not enabled")
	}
}

// With another user_id, the lock of the first user ends as in a destroy, and the plan says so.
func TestAccUserLock_anotherUser(t *testing.T) {
	t.Parallel()
	for name, lifecycle := range map[string]string{"": "", "create before destroy": "lifecycle {\n create_before_destroy = true\n}\n"} {
		for _, enables := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s enables %t", name, enables), func(t *testing.T) {
				t.Parallel()
				c := newCloud(t)
				arguments := fmt.Sprintf("enable_on_destroy = %t\n", enables) + lifecycle
				w := newWorkspace(t, c.config(c.Management, "", lockOf("test", "ALICE", arguments)))
				expect(t, w, 0, "apply", "-auto-approve")
				configure(t, w, c.config(c.Management, "", lockOf("test", "CAROL", arguments)))
				planned, done := "will be left disabled", "User "+c.alice().UserID+" is left disabled"
				if enables {
					planned, done = "will be enabled", "User "+c.alice().UserName+" is enabled"
				}
				says(t, expect(t, w, 0, "apply", "-auto-approve", "-no-color"), planned, done)
				if got := c.Enabled(c.IdentityStoreID, c.alice().UserID); got != enables || c.Enabled(c.IdentityStoreID, c.Users[2].UserID) {
					t.Errorf("the first user is enabled: %t", got)
				}
				// The replacement leaves nothing in the state that enables the user later.
				c.ResetCalls()
				expect(t, w, 0, "taint", lockName)
				expect(t, w, 0, "apply", "-auto-approve")
				if c.Enabled(c.IdentityStoreID, c.Users[2].UserID) || len(c.CallsOf(simulator.EnableUser)) > 0 {
					t.Error("a taint enabled the user")
				}
			})
		}
	}
}

// The plan of a tainted lock does not show its user, so that it cannot warn.
func TestUserLock_taintedAnotherUser(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	o, config := c.lock(t)
	config["enable_on_destroy"] = true
	o.apply(t.Context(), config).none(t)
	o.tainted = true
	o.apply(t.Context(), config.with("user_id", c.Users[2].UserID)).says(t, "User "+c.alice().UserID+" is left disabled")
	if c.Enabled(c.IdentityStoreID, c.alice().UserID) {
		t.Error("a taint enabled the user")
	}
}

// A failed create records nothing and taints nothing. Its error describes the situation, and the
// next apply finishes.
func TestUserLock_failures(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		operation string
		want      []string
		disabled  bool
	}{
		"reading":   {simulator.DescribeUser, []string{"Reading the user", "The user was not read afterwards"}, true},
		"listing":   {simulator.ListSessions, []string{"Listing the sessions", "is disabled.", "It is not known whether sessions are left."}, true},
		"ending":    {simulator.BatchDeleteSessions, []string{"Ending the sessions", "is disabled.", "Left: 3 sessions."}, true},
		"disabling": {simulator.DisableUser, []string{"Disabling the user", "is enabled and can log in.", "Ended: 3 sessions. Left: 0 sessions."}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			o, config := c.lock(t)
			c.Inject(refusal(test.operation, 0, 0, http.StatusForbidden, "IIC.1000", "denied"))
			found := c.run(t, o, config)
			for _, words := range append(test.want, "access denied (HTTP 403, IIC.1000)", "was not locked", "Nothing is recorded") {
				if !text(words).MatchString(found.text(tfprotov6.DiagnosticSeverityError)) {
					t.Errorf("%q is missing:\n%s", words, found.text(0))
				}
			}
			if c.Enabled(c.IdentityStoreID, c.alice().UserID) == test.disabled || !o.state.IsNull() || o.tainted {
				t.Errorf("enabled %t, tainted %t, state %s", !test.disabled, o.tainted, o.state)
			}
			c.ClearFaults()
			c.run(t, o, config).none(t)
			c.keptOut(t)

			// The same for an update.
			c.SetEnabled(c.IdentityStoreID, c.alice().UserID, true)
			c.AddSession(c.IdentityStoreID, c.alice().UserID, simulator.Session{})
			o.read()
			attributes(t, o, map[string]string{"locked": "false"})
			c.Inject(refusal(test.operation, 0, 0, http.StatusForbidden, "IIC.1000", "denied"))
			planned, _ := o.plan(config)
			if !o.carryOut(t.Context(), planned).failed() {
				t.Error("the update does not fail")
			}
			attributes(t, o, map[string]string{"locked": "false"})
			c.ClearFaults()
			if found := c.run(t, o, config); found.failed() {
				t.Error(found.text(0))
			}
			c.keptOut(t)
			attributes(t, o, map[string]string{"locked": "true", "sessions_verified": "true"})
		})
	}
	t.Run("no such user", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t)
		done := applyInProcess(t, c.config(c.Management, "", lockOf("test", "nobody", "")))
		done.failsWith(t, "User nobody was not locked")
		if !strings.Contains(done.text, `AttributeName("user_id")`) {
			t.Error(done.text)
		}
	})
	t.Run("timeout of zero", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t)
		applyInProcess(t, c.config(c.Management, "", lockOf("test", "ALICE", "timeouts {\n update = \"0s\"\n}"))).failsWith(t, "timeouts.update must be a duration longer than zero")
	})
}

// What a refresh detects, and which differences it ignores.
func TestAccUserLock_read(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", lockOf("test", "ALICE", "")))
	expect(t, w, 0, "apply", "-auto-approve")

	// A lock that was not checked does not look like one that holds.
	c.Inject(refusal(simulator.ListSessions, 0, 0, http.StatusForbidden, "IIC.1000", "denied"))
	says(t, expect(t, w, 1, "plan", "-detailed-exitcode", "-no-color"), "was not checked", "access denied (HTTP 403, IIC.1000)", "use -refresh=false")
	expect(t, w, 0, "plan", "-detailed-exitcode", "-refresh=false")
	c.ClearFaults()
	// The API may refuse the listing because the user is disabled.
	c.Inject(refusal(simulator.ListSessions, 0, 0, http.StatusNotFound, "IIC.404", "no sessions of a disabled user"))
	says(t, expect(t, w, 0, "plan", "-detailed-exitcode", "-no-color"), "were not verified")
	expect(t, w, 0, "apply", "-refresh-only", "-auto-approve")
	if held := resources(t, w)[lockName]; held["locked"] != true || held["sessions_verified"] != false {
		t.Errorf("state: %v", held)
	}
	c.ClearFaults()
	c.Inject(simulator.Fault{Operation: simulator.DescribeUser, Status: http.StatusOK, Body: fmt.Sprintf(`{"user_id": %q, "user_name": "alice"}`, c.alice().UserID)})
	says(t, expect(t, w, 1, "plan", "-no-color"), "it does not say whether the user is enabled")
	c.ClearFaults()

	// A 404 ends the lock only if the store exists.
	c.RemoveUser(c.IdentityStoreID, c.alice().UserID)
	c.Inject(refusal(simulator.ListUsers, 0, 0, http.StatusNotFound, "IIC.404", "no such store"))
	says(t, expect(t, w, 1, "plan", "-no-color"), "no such store")
	c.ClearFaults()
	says(t, expect(t, w, 0, "apply", "-refresh-only", "-auto-approve", "-no-color"), "was deleted")
	if left := resources(t, w); len(left) > 0 {
		t.Errorf("state: %v", left)
	}
}

func TestAccUserLock_import(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", lockOf("test", "ALICE", "")))
	id := c.IdentityStoreID + "/" + c.alice().UserID
	says(t, expect(t, w, 1, "import", "-no-color", lockName, id), "User "+c.alice().UserName+" is enabled")
	o, _ := c.lock(t)
	o.imports(c.IdentityStoreID+"/nobody", nil).says(t, "ERROR", "was not imported", "Check user_id and identity_store_id.")
	for _, mistyped := range []string{
		c.alice().UserID, id + "\n", " " + id, c.IdentityStoreID + "/..", id + "/x", c.IdentityStoreID + "/" + strings.Repeat("x", 65),
	} {
		o.imports(mistyped, nil).says(t, "ERROR", "Invalid import ID")
	}

	// If sessions are left, the next apply ends them.
	c.SetEnabled(c.IdentityStoreID, c.alice().UserID, false)
	c.Inject(refusal(simulator.ListSessions, 0, 0, http.StatusForbidden, "IIC.1000", "denied"))
	o.imports(id, nil).says(t, "ERROR", "was not imported", "ccess denied")
	c.ClearFaults()
	expect(t, w, 0, "import", lockName, id)
	if resources(t, w)[lockName]["locked"] != nil {
		t.Errorf("state: %v", resources(t, w))
	}
	expect(t, w, 0, "apply", "-auto-approve")
	c.locked(t, w)

	expect(t, w, 0, "state", "rm", lockName)
	expect(t, w, 0, "import", lockName, id)
	c.locked(t, w)
	expect(t, w, 0, "plan", "-detailed-exitcode")
}

// Facts that the API leaves open are in the state and in a warning.
func TestAccUserLock_warnings(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Configure(func(o *simulator.Options) { o.DisabledUserSessions = http.StatusConflict })
	user := c.AddUser(c.IdentityStoreID, simulator.User{UserName: "dora", CreatedBy: "SCIM/okta", Enabled: true})
	w := newWorkspace(t, c.config(c.Management, "", lockOf("test", "ALICE", "")+lockOf("provisioned", user, "")))
	says(t, expect(t, w, 0, "apply", "-auto-approve", "-no-color"),
		"Sessions of user "+c.alice().UserName+" were not verified", "User dora is provisioned by SCIM")
	if held := resources(t, w)[lockName]; held["locked"] != true || held["sessions_verified"] != false {
		t.Errorf("state: %v", held)
	}
	expect(t, w, 0, "plan", "-detailed-exitcode")
}

// 200 locks in one apply, and two locks of one user.
func TestAccUserLock_many(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	users := c.SeedUsers(c.IdentityStoreID, 200, 2)
	ids := make([]string, len(users))
	for i, user := range users {
		ids[i] = user.UserID
	}
	w := newWorkspace(t, c.config(c.Management, "", fmt.Sprintf(`
resource "identitycenter_user_lock" "all" {
  for_each          = toset(%s)
  identity_store_id = "STORE"
  user_id           = each.key
}
`, hcl(ids))+lockOf("test", ids[0], "enable_on_destroy = true")))
	expect(t, w, 0, "apply", "-auto-approve")
	for _, user := range users {
		if c.Enabled(c.IdentityStoreID, user.UserID) || len(c.SessionIDs(user)) > 0 {
			t.Errorf("user %s is not locked", user.UserID)
		}
	}
	// One of the two locks is destroyed and enables the user. The next plan of the other lock shows
	// it.
	expect(t, w, 0, "destroy", "-auto-approve", "-target="+lockName)
	if !c.Enabled(c.IdentityStoreID, ids[0]) {
		t.Error("the user is not enabled")
	}
	says(t, expect(t, w, 2, "plan", "-detailed-exitcode", "-no-color", "-target=identitycenter_user_lock.all"), "User "+ids[0], "is enabled. The next apply locks the user again")
}

// After an interrupt, the error shows the progress of the lock. The next apply finishes.
func TestAccUserLock_interrupt(t *testing.T) {
	t.Parallel()
	for operation, want := range map[string]string{
		simulator.DescribeUser:        "It is not known whether user ALICE is enabled.",
		simulator.ListSessions:        "is enabled and can log in.",
		simulator.BatchDeleteSessions: "is enabled and can log in.",
		simulator.DisableUser:         "may have been carried out. The user was not read afterwards. Ended: 3 sessions.",
	} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.Inject(simulator.Fault{Operation: operation, Times: 1, Hang: true})
			w := newWorkspace(t, c.config(c.Management, "", lockOf("test", "ALICE", "")))
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			_, wait := start(ctx, t, w, "apply", "-auto-approve", "-no-color")
			if err := c.Await(t.Context(), operation, 1); err != nil {
				t.Fatal(err)
			}
			interrupt()
			says(t, wait(), "was not locked", "interrupted", strings.ReplaceAll(want, "ALICE", c.alice().UserID), "Nothing is recorded")
			c.ClearFaults()
			expect(t, w, 0, "apply", "-auto-approve")
			c.locked(t, w)
		})
	}
}

// The order of the calls in an apply.
func TestAccUserLock_callOrder(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", lockOf("test", "ALICE", "")))
	expect(t, w, 0, "apply", "-auto-approve")
	want := []string{
		simulator.DescribeUser, simulator.ListSessions, simulator.BatchDeleteSessions, simulator.ListSessions,
		simulator.DisableUser, simulator.DescribeUser, simulator.ListSessions, simulator.DescribeUser,
	}
	if got := c.Operations(); !slices.Equal(got, want) {
		t.Errorf("calls: %v, want %v", got, want)
	}
}

// If the sessions of a user who was already disabled cannot be listed, the user is locked with a
// warning. Open sessions were not checked.
func TestUserLock_disabledUser(t *testing.T) {
	t.Parallel()
	unlisted := []string{
		"No session was listed: sessions that began before may be open until they expire.",
		"enable the user and apply at once", "409 Conflict",
	}
	for name, status := range map[string]int{"conflict": http.StatusConflict, "not found": http.StatusNotFound, "bad parameter": http.StatusBadRequest} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.Configure(func(o *simulator.Options) { o.DisabledUserSessions = status })
			o, config := c.lock(t)
			c.SetEnabled(c.IdentityStoreID, c.alice().UserID, false)
			output := c.run(t, o, config).text(0)
			says(t, output, append(unlisted[:2:2], "Sessions of user "+c.alice().UserName+" were not verified")...)
			silent(t, output, "ERROR", "sessions were ended", "may live on", "Apply again", "Check endpoints", "Check user_id", "Check also that region")
			attributes(t, o, map[string]string{"locked": "true", "sessions_verified": "false"})
			if n := len(c.SessionIDs(c.alice())); n != 3 {
				t.Errorf("%d sessions", n)
			}
			o.read()
			if planned, found := o.plan(config); found.failed() || !planned.empty() {
				t.Errorf("planned %s", planned.planned)
			}
			// This is the solution in the message.
			c.SetEnabled(c.IdentityStoreID, c.alice().UserID, true)
			says(t, c.run(t, o, config).text(0), "3 sessions were ended")
			c.keptOut(t)
		})
	}
	t.Run("by the apply before", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t)
		c.Configure(func(o *simulator.Options) { o.DisabledUserSessions = http.StatusConflict })
		o, config := c.lock(t)
		c.Inject(refusal(simulator.ListSessions, 0, 0, http.StatusServiceUnavailable, "IIC.500", "busy"))
		says(t, c.run(t, o, config).text(tfprotov6.DiagnosticSeverityError), "is disabled. It is not known whether sessions are left.")
		c.ClearFaults()
		output := c.run(t, o, config)
		says(t, output.text(0), unlisted...)
		silent(t, output.text(0), "ERROR")
	})
	t.Run("import", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t)
		c.Configure(func(o *simulator.Options) { o.DisabledUserSessions = http.StatusConflict })
		c.SetEnabled(c.IdentityStoreID, c.alice().UserID, false)
		o, _ := c.lock(t)
		output := o.imports(c.IdentityStoreID+"/"+c.alice().UserID, nil)
		says(t, output.text(0), "were not verified", "409 Conflict")
		silent(t, output.text(0), "ERROR", "Apply again")
	})
}

// A user who is confirmed to be deleted cannot be locked again.
func TestAccUserLock_deletedUser(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", lockOf("test", "ALICE", "")))
	expect(t, w, 0, "apply", "-auto-approve")
	c.RemoveUser(c.IdentityStoreID, c.alice().UserID)
	says(t, expect(t, w, 2, "plan", "-detailed-exitcode", "-no-color"), "was deleted", "Remove the lock from the configuration")
	output := expect(t, w, 1, "apply", "-auto-approve", "-no-color")
	says(t, output, "was not locked", "the store answers, and does not know the user", "remove the lock from the configuration")
	silent(t, output, "region in the provider block", "the next apply locks the user")
	// This does not apply if the store does not respond.
	c.Inject(refusal(simulator.ListUsers, 0, 0, http.StatusNotFound, "IIC.404", "no such store"))
	output = expect(t, w, 1, "apply", "-auto-approve", "-no-color", "-refresh=false")
	says(t, output, "was not locked", "region in the provider block")
	silent(t, output, "remove the lock")
}

// If a lock was broken and then repaired outside Terraform, the message has the recorded and the
// current status.
func TestAccUserLock_repairedOutside(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", lockOf("test", "ALICE", "")))
	expect(t, w, 0, "apply", "-auto-approve")
	c.SetEnabled(c.IdentityStoreID, c.alice().UserID, true)
	expect(t, w, 0, "apply", "-refresh-only", "-auto-approve")
	c.SetEnabled(c.IdentityStoreID, c.alice().UserID, false)

	// The sessions are unknown.
	c.Inject(refusal(simulator.ListSessions, 0, 0, http.StatusConflict, "IIC.1002", "disabled"))
	says(t, expect(t, w, 2, "plan", "-detailed-exitcode", "-no-color"), "is no longer locked", "is disabled now, and the sessions could not be listed")
	c.ClearFaults()

	const healed = "is disabled now, and has no session"
	says(t, expect(t, w, 2, "plan", "-detailed-exitcode", "-no-color"), "is no longer locked", healed, "locked = false -> true")
	output := expect(t, w, 0, "plan", "-destroy", "-no-color")
	says(t, output, "will be left unchanged", "the user was enabled or had a session", "EnableUser")
	silent(t, output, "did not hold when it was read")
	expect(t, w, 0, "apply", "-refresh-only", "-auto-approve")
	if held := resources(t, w)[lockName]; held["locked"] != false || held["sessions_verified"] != true {
		t.Errorf("state: %v", held)
	}
	output = expect(t, w, 0, "destroy", "-auto-approve", "-no-color")
	says(t, output, "User "+c.alice().UserID+" is left unchanged", "the user was enabled or had a session", "EnableUser")
	silent(t, output, "when it was last read")
}

// If the API refuses to disable a provisioned user, the user must be disabled in the identity
// provider.
func TestAccUserLock_disableRefused(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusBadRequest, http.StatusForbidden, http.StatusConflict} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.Configure(func(o *simulator.Options) { o.DisableProvisioned = status })
			user := c.AddUser(c.IdentityStoreID, simulator.User{UserName: "dora", CreatedBy: "SCIM/okta", Enabled: true})
			w := newWorkspace(t, c.config(c.Management, "", lockOf("test", user, "")))
			output := expect(t, w, 1, "apply", "-auto-approve", "-no-color")
			says(t, output, "The user was created by SCIM", "Disable the user in the identity provider", "was not locked")
			silent(t, output, "Check user_id", "Apply again")
		})
	}
}

// If a logout in the same run disables the user, the destroy of a lock does not enable the user.
func TestAccUserLock_withLogout(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", lockOf("test", "ALICE", "enable_on_destroy = true")+
		logoutOf("ALICE", "disable_user = true\ndepends_on = [identitycenter_user_lock.test]")))
	expect(t, w, 0, "apply", "-auto-approve")
	output := expect(t, w, 0, "destroy", "-auto-approve", "-no-color")
	says(t, output, "User "+c.alice().UserID+" is left disabled", "identitycenter_user_logout_on_destroy with disable_user = true")
	silent(t, output, "another lock.")
	c.keptOut(t)
}

// Another alias of the provider is a separate process, which does not know the locks of this one.
func TestAccUserLock_twoAliases(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	first := strings.Replace(c.config(c.Management, "", ""), "{", "{\n  alias = \"b\"", 1)
	second := lockOf("b", "ALICE", "provider = identitycenter.b")
	w := newProcessWorkspace(t, c.config(c.Management, "", first+lockOf("test", "ALICE", "enable_on_destroy = true")+second))
	expect(t, w, 0, "apply", "-auto-approve")
	configure(t, w, c.config(c.Management, "", first+second))
	says(t, expect(t, w, 0, "apply", "-auto-approve", "-no-color"), "will be enabled",
		"Locks of the user in other folders, or of another alias of the provider, are not known here.")
	// This is the solution on the page.
	says(t, expect(t, w, 2, "plan", "-detailed-exitcode", "-no-color"), "is enabled. The next apply locks the user again")
}
