// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// The guide "Put an intruder out", as its folders have it.

// guideFolder is a workspace in a folder of the guide, beside the look as in the
// repository, whose calls go to the cloud. With a change, its text is changed first.
func (c *cloud) guideFolder(t *testing.T, folder string, change func(string) string) *acctest.Workspace {
	t.Helper()
	w := newWorkspace(t, "")
	w.Env = append(w.Env, "HW_REGION_NAME="+c.Region, "HW_ACCESS_KEY="+c.Management.AccessKey, "HW_SECRET_KEY="+c.Management.SecretKey, "TF_VAR_endpoint="+c.URL)
	root := w.Dir
	for _, name := range []string{"look", folder} {
		w.Dir = filepath.Join(root, name)
		if err := os.MkdirAll(w.Dir, 0o700); err != nil {
			t.Fatal(err)
		}
		copyGuide(t, w, name, change)
	}
	expect(t, w, 0, "init")
	return w
}

func copyGuide(t *testing.T, w *acctest.Workspace, folder string, change func(string) string) {
	t.Helper()
	from := os.DirFS(filepath.Join("..", "..", "examples", "guides", "put-an-intruder-out", folder))
	names, err := fs.Glob(from, "*.*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		content, err := fs.ReadFile(from, name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(content)
		if change != nil {
			text = change(text)
		}
		if err := os.WriteFile(filepath.Join(w.Dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// outputs reads those of a workspace.
func outputs[T any](t *testing.T, w *acctest.Workspace) T {
	t.Helper()
	var all map[string]struct{ Value json.RawMessage }
	if err := json.Unmarshal([]byte(expect(t, w, 0, "output", "-json")), &all); err != nil {
		t.Fatal(err)
	}
	values := map[string]json.RawMessage{}
	for name, output := range all {
		values[name] = output.Value
	}
	encoded, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	var out T
	if err := json.Unmarshal(encoded, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// isOut tells whether Alice is locked out and cut: no session, disabled, and each of
// her permission sets denies what was issued before a moment that is not before seen.
func (c *cloud) isOut(t *testing.T, seen time.Time) {
	t.Helper()
	if left := c.SessionIDs(c.alice()); len(left) > 0 || c.Enabled(c.IdentityStoreID, c.alice().UserID) {
		t.Errorf("left: %v, enabled: %v", left, c.Enabled(c.IdentityStoreID, c.alice().UserID))
	}
	for i := range c.PermissionSets {
		_, after, found := strings.Cut(c.policyOf(i), `"g:TokenIssueTime":["`)
		text, _, _ := strings.Cut(after, `"`)
		moment, err := time.Parse(time.RFC3339, text)
		if !found || err != nil || moment.Before(seen) || c.provisionedOf(i) != c.policyOf(i) {
			t.Errorf("not before %s: %v\n%s\nprovisioned:\n%s", seen, err, c.policyOf(i), c.provisionedOf(i))
		}
	}
}

// lastEnded is when the last call that ended sessions arrived.
func (c *cloud) lastEnded() time.Time {
	var last time.Time
	for _, call := range c.CallsOf(simulator.BatchDeleteSessions) {
		last = call.Time
	}
	return last
}

func TestAccGuide_allInOne(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Configure(func(o *simulator.Options) { o.ProvisioningPolls, o.ProvisioningConflict = 1, true })
	w := c.guideFolder(t, "all-in-one", nil)
	w.Env = append(w.Env, "TF_VAR_user_name=alice")
	expect(t, w, 0, "apply", "-auto-approve")
	c.isOut(t, c.lastEnded())
	out := outputs[struct {
		Until time.Time            `json:"consoles_until"`
		Safe  map[string]time.Time `json:"safe_to_remove_at"`
	}](t, w)
	if until := time.Until(out.Until); until < 8*time.Hour-5*time.Minute || until > 8*time.Hour+2*time.Second || len(out.Safe) != 2 {
		t.Errorf("outputs: %+v", out)
	}
	// The watch: nothing to do, also once an assignment is taken away.
	c.RemoveAccountAssignment(c.InstanceID, c.Assignments[2])
	c.RemoveAccountAssignment(c.InstanceID, c.Assignments[3])
	if output := expect(t, w, 0, "apply", "-auto-approve", "-no-color"); !text("0 added, 0 changed, 0 destroyed").MatchString(output) {
		t.Error(output)
	}
	expect(t, w, 0, "destroy", "-auto-approve")
	if err := c.isAsBefore(nil); err != nil {
		t.Error(err)
	}
}

// The drill that users copy: it holds here, fails where it should, and leaves nothing.
func TestAccGuide_drill(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		refusal int
		status  int
		says    string
	}{
		"listed":  {0, 0, "3 passed, 0 failed"},
		"refused": {http.StatusConflict, 1, "nobody knows whether sessions are left"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.Configure(func(o *simulator.Options) { o.DisabledUserSessions = test.refusal })
			w := c.guideFolder(t, "all-in-one", nil)
			w.Env = append(w.Env, "TF_VAR_user_name=alice")
			if output := expect(t, w, test.status, "test", "-no-color"); !text(test.says).MatchString(output) {
				t.Error(output)
			}
			if err := c.isAsBefore(nil); err != nil {
				t.Error(err)
			}
			if !c.Enabled(c.IdentityStoreID, c.alice().UserID) {
				t.Error("the user is still disabled")
			}
			// Alice is logged out now.
			if output := expect(t, w, 1, "test", "-no-color"); !text("nothing to practise on").MatchString(output) {
				t.Error(output)
			}
		})
	}
}

func TestAccGuide_threeFolders(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	look := c.guideFolder(t, "look", nil)
	look.Env = append(look.Env, "TF_VAR_user_name=alice")
	expect(t, look, 0, "apply", "-auto-approve")
	seen := outputs[struct {
		Lock     map[string]string
		Cut      map[string]any
		Sessions []map[string]any
		Access   []map[string]any
		Longest  string `json:"longest_session_duration"`
	}](t, look)
	if len(seen.Sessions) != 3 || len(seen.Access) != 3 || seen.Longest != "8h0m0s" {
		t.Errorf("outputs: %+v", seen)
	}

	lock := c.guideFolder(t, "lock", nil)
	for name, value := range seen.Lock {
		lock.Env = append(lock.Env, "TF_VAR_"+name+"="+value)
	}
	c.ResetCalls()
	expect(t, lock, 0, "apply", "-auto-approve")
	lockedAt := outputs[map[string]string](t, lock)["locked_at"]

	prevent := strings.NewReplacer("prevent_destroy = true", "prevent_destroy = false")
	cut := c.guideFolder(t, "cut", nil)
	sets, err := json.Marshal(seen.Cut["permission_set_ids"])
	if err != nil {
		t.Fatal(err)
	}
	cut.Env = append(cut.Env, "TF_VAR_instance_id="+c.InstanceID, "TF_VAR_permission_set_ids="+string(sets), "TF_VAR_issued_before="+lockedAt)
	expect(t, cut, 0, "apply", "-auto-approve")
	c.isOut(t, c.lastEnded())

	// The watch.
	expect(t, lock, 0, "plan", "-detailed-exitcode")
	expect(t, cut, 0, "plan", "-detailed-exitcode")
	c.SetCustomPolicy(c.InstanceID, c.PermissionSets[0].PermissionSetID, c.PermissionSets[0].CustomPolicy)
	expect(t, cut, 2, "plan", "-detailed-exitcode")
	expect(t, cut, 0, "apply", "-auto-approve")

	// Giving back.
	expect(t, cut, 1, "destroy", "-auto-approve")
	copyGuide(t, cut, "cut", prevent.Replace)
	expect(t, cut, 0, "destroy", "-auto-approve")
	if err := c.isAsBefore(nil); err != nil {
		t.Error(err)
	}
	copyGuide(t, lock, "lock", func(text string) string {
		return strings.Replace(prevent.Replace(text), "  user_id           = var.user_id\n", "  user_id           = var.user_id\n  enable_on_destroy = true\n", 1)
	})
	expect(t, lock, 0, "apply", "-auto-approve")
	expect(t, lock, 0, "destroy", "-auto-approve")
	if !c.Enabled(c.IdentityStoreID, c.alice().UserID) {
		t.Error("the user is still disabled")
	}
}

// Closing an incident without giving back.
func TestAccGuide_closingLeavesTheDeny(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	cut := c.guideFolder(t, "cut", nil)
	cut.Env = append(cut.Env, "TF_VAR_instance_id="+c.InstanceID, `TF_VAR_permission_set_ids=["`+c.PermissionSets[0].PermissionSetID+`"]`, "TF_VAR_issued_before=2026-11-25T03:00:00Z")
	expect(t, cut, 0, "apply", "-auto-approve")
	removed := "removed {\n  from = identitycenter_permission_set_session_cutoff.intruder\n\n  lifecycle {\n    destroy = false\n  }\n}\n"
	if err := os.WriteFile(filepath.Join(cut.Dir, "main.tf"), []byte(removed), 0o600); err != nil {
		t.Fatal(err)
	}
	expect(t, cut, 0, "apply", "-auto-approve")
	if err := c.isCut(0, "2026-11-25T03:00:00Z", 1); err != nil {
		t.Error(err)
	}
}
