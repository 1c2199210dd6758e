// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// newContainment returns a workspace with examples/containment for Alice and a provider in the
// test process, which calls the cloud with the key.
func (c *cloud) newContainment(t *testing.T, key simulator.Key) *acctest.Workspace {
	t.Helper()
	w := newEmptyWorkspace(t)
	c.copyContainment(t, w)
	overrideProvider(t, w, fmt.Sprintf("region = %q\naccess_key = %q\nsecret_key = %q", c.Region, key.AccessKey, key.SecretKey))
	return w
}

// copyContainment copies examples/containment.
func (c *cloud) copyContainment(t *testing.T, w *acctest.Workspace) {
	t.Helper()
	if err := os.CopyFS(w.Dir, os.DirFS(filepath.Join("..", "..", "examples", "containment"))); err != nil {
		t.Fatal(err)
	}
	w.Env = append(w.Env, "TF_VAR_endpoint="+c.URL, "TF_VAR_user_name=alice")
}

// overrideProvider adds arguments to the provider block of a workspace.
func overrideProvider(t *testing.T, w *acctest.Workspace, arguments string) {
	t.Helper()
	text := "provider \"identitycenter\" {\n" + arguments + "\n}\n"
	if err := os.WriteFile(filepath.Join(w.Dir, "test_override.tf"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// changes counts the calls that change something.
func (c *cloud) changes() int {
	n := 0
	for _, name := range c.Operations() {
		if !strings.HasPrefix(name, "List") && !strings.HasPrefix(name, "Describe") && !strings.HasPrefix(name, "Get") {
			n++
		}
	}
	return n
}

// outputs returns the outputs of a workspace.
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

// checkContained checks that Alice is disabled and has no session. It also checks that, in every
// account, each of her permission sets denies credentials issued before lockedAt.
func (c *cloud) checkContained(t *testing.T, lockedAt time.Time) {
	t.Helper()
	if left := c.SessionIDs(c.alice()); len(left) > 0 || c.Enabled(c.IdentityStoreID, c.alice().UserID) {
		t.Errorf("sessions left: %v, enabled: %v", left, c.Enabled(c.IdentityStoreID, c.alice().UserID))
	}
	for i := range c.PermissionSets {
		if got := c.cutoffTimes(i); len(got) != 1 || !got[0].Equal(lockedAt) || c.provisionedOf(i) != c.policyOf(i) {
			t.Errorf("cutoffs %v, want one at %s\n%s\nprovisioned:\n%s", got, lockedAt, c.policyOf(i), c.provisionedOf(i))
		}
	}
}

// cutoffTimes returns the cutoff times in the policy of a permission set.
func (c *cloud) cutoffTimes(set int) []time.Time {
	var times []time.Time
	for _, after := range strings.Split(c.policyOf(set), `"g:TokenIssueTime":["`)[1:] {
		value, _, _ := strings.Cut(after, `"`)
		parsed, _ := time.Parse(time.RFC3339, value)
		times = append(times, parsed)
	}
	return times
}

// containmentOutputs are the outputs of examples/containment.
type containmentOutputs struct {
	User                 string            `json:"user"`
	PortalSessions       string            `json:"portal_sessions"`
	ConsoleSessions      string            `json:"console_sessions"`
	SuspendedAccess      string            `json:"suspended_access"`
	Access               map[string]string `json:"access"`
	ConsoleSessionsEndAt time.Time         `json:"console_sessions_end_at"`
	SafeToRestoreAt      time.Time         `json:"safe_to_restore_at"`
	Restore              string            `json:"restore"`
}

func TestAccContainment(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newEmptyProcessWorkspace(t)
	c.copyContainment(t, w)
	w.Env = append(w.Env, "HW_REGION_NAME="+c.Region, "HW_ACCESS_KEY="+c.Management.AccessKey, "HW_SECRET_KEY="+c.Management.SecretKey)
	expect(t, w, 0, "init")
	expect(t, w, 0, "apply", "-auto-approve", "-var", "reason=INC-4711")
	out := outputs[containmentOutputs](t, w)
	lockedAt := out.ConsoleSessionsEndAt.Add(-8 * time.Hour)
	c.checkContained(t, lockedAt)
	for got, want := range map[string]string{
		out.User:            "alice (user ID " + c.alice().UserID + ")",
		out.PortalSessions:  "3 ended. Locked since " + lockedAt.Format(time.RFC3339) + ". No session is left.",
		out.ConsoleSessions: ": Administrator, ReadOnly",
		out.Restore:         "terraform apply -var user_name=alice -var restore=true",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("output %q does not contain %q", got, want)
		}
	}
	if out.Access[c.Accounts[0]] != "Administrator, ReadOnly" || out.Access[c.Accounts[1]] != "ReadOnly" || out.SafeToRestoreAt.Before(lockedAt.Add(8*time.Hour)) {
		t.Errorf("outputs: %+v", out)
	}
	expect(t, w, 0, "plan", "-detailed-exitcode", "-var", "reason=INC-4711")

	// Restoring too early is refused, and nothing changes.
	c.ResetCalls()
	output := expect(t, w, 1, "apply", "-auto-approve", "-no-color", "-var", "restore=true")
	if !text("allow_early_removal").MatchString(output) || c.changes() > 0 {
		t.Errorf("%d calls changed something\n%s", c.changes(), output)
	}
	c.checkContained(t, lockedAt)

	// Later assignments do not change which cutoffs stay.
	c.RemoveAccountAssignment(c.InstanceID, c.Assignments[2])
	c.RemoveAccountAssignment(c.InstanceID, c.Assignments[3])
	expect(t, w, 0, "plan", "-detailed-exitcode", "-var", "reason=INC-4711")

	restore := []string{"-auto-approve", "-no-color", "-var", "restore=true", "-var", "allow_early_removal=true"}
	expect(t, w, 0, append([]string{"apply"}, restore...)...)
	if err := c.isAsBefore(nil); err != nil || !c.Enabled(c.IdentityStoreID, c.alice().UserID) {
		t.Errorf("after the restore: %v, enabled: %v", err, c.Enabled(c.IdentityStoreID, c.alice().UserID))
	}
	expect(t, w, 0, "plan", "-detailed-exitcode", "-var", "restore=true", "-var", "allow_early_removal=true")

	// The incident is repeated in the same folder.
	c.AddSession(c.IdentityStoreID, c.alice().UserID, simulator.Session{})
	expect(t, w, 0, "apply", "-auto-approve")
	out = outputs[containmentOutputs](t, w)
	c.checkContained(t, out.ConsoleSessionsEndAt.Add(-8*time.Hour))
	if !strings.HasPrefix(out.PortalSessions, "1 ended.") {
		t.Errorf("output %q", out.PortalSessions)
	}
	expect(t, w, 0, "plan", "-detailed-exitcode")

	// The incident is closed as in the guide, and everything stays as it is.
	for _, name := range []string{"main.tf", "outputs.tf"} {
		if err := os.Remove(filepath.Join(w.Dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	blocks := fencedBlocks(t, "terraform")["docs/guides/find-and-adopt-what-is-left.md"]
	if err := os.WriteFile(filepath.Join(w.Dir, "closed.tf"), []byte(blocks[len(blocks)-1]), 0o600); err != nil {
		t.Fatal(err)
	}
	c.ResetCalls()
	expect(t, w, 0, "apply", "-auto-approve")
	if left := resources(t, w); len(left) > 0 || c.changes() > 0 {
		t.Errorf("state %v, calls %v", left, c.Operations())
	}
	c.checkContained(t, out.ConsoleSessionsEndAt.Add(-8*time.Hour))
}

// Suspended access is restored exactly, with the permissions that the guide names. Removing
// suspend_access from the configuration restores nothing.
func TestAccContainment_suspendAccess(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	key := c.Management
	key.Actions = slices.Concat(policy(t, "read"), policy(t, "lock"), policy(t, "cutoff"), policy(t, "suspend"))
	c.AddKey(key)
	access := func() (assignments []simulator.AccountAssignment, groups []string) {
		return c.AccountAssignments(c.InstanceID, "USER", c.alice().UserID), sorted(c.GroupsOf(c.IdentityStoreID, c.alice().UserID))
	}
	assignments, groups := access()
	isSuspended := func() {
		t.Helper()
		if a, g := access(); len(a) > 0 || len(g) > 0 {
			t.Errorf("assignments %v, groups %v are left", a, g)
		}
	}
	w := c.newContainment(t, key)
	expect(t, w, 0, "apply", "-auto-approve")
	expect(t, w, 0, "apply", "-auto-approve", "-var", "suspend_access=true")
	isSuspended()
	out := outputs[containmentOutputs](t, w)
	c.checkContained(t, out.ConsoleSessionsEndAt.Add(-8*time.Hour))
	if out.SuspendedAccess != "Suspended: 1 account assignments, 2 group memberships." || !strings.Contains(out.Restore, "-var suspend_access=true -var restore=true") {
		t.Errorf("outputs: %+v", out)
	}
	expect(t, w, 0, "plan", "-detailed-exitcode", "-var", "suspend_access=true")

	if output := expect(t, w, 0, "apply", "-auto-approve", "-no-color"); !strings.Contains(output, "stays suspended") || !strings.Contains(output, c.Groups[0].GroupID) {
		t.Errorf("the apply does not list what stays suspended:\n%s", output)
	}
	isSuspended()

	restore := []string{"-var", "suspend_access=true", "-var", "restore=true", "-var", "allow_early_removal=true"}
	expect(t, w, 0, append([]string{"apply", "-auto-approve"}, restore...)...)
	if a, g := access(); !slices.Equal(a, assignments) || !slices.Equal(g, groups) || !c.Enabled(c.IdentityStoreID, c.alice().UserID) {
		t.Errorf("assignments %v, want %v; groups %v, want %v", a, assignments, g, groups)
	}
	if err := c.isAsBefore(nil); err != nil {
		t.Error(err)
	}
	expect(t, w, 0, append([]string{"plan", "-detailed-exitcode"}, restore...)...)
}

// With a key that may not add cutoffs, the user is locked and the error is about the cutoffs.
func TestAccContainment_cutoffRefused(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	key := c.Management
	key.Actions = append(policy(t, "read"), policy(t, "lock")...)
	c.AddKey(key)
	w := c.newContainment(t, key)
	output := expect(t, w, 1, "apply", "-auto-approve", "-no-color")
	_, errors, _ := strings.Cut(output, "Error: ")
	if c.Enabled(c.IdentityStoreID, c.alice().UserID) || len(c.SessionIDs(c.alice())) > 0 || strings.Contains(errors, "identitycenter_user_lock") || !strings.Contains(errors, "permissionSet:getCustomPolicy") {
		t.Errorf("enabled: %v\n%s", c.Enabled(c.IdentityStoreID, c.alice().UserID), output)
	}
	if list := expect(t, w, 0, "state", "list"); !strings.Contains(list, "identitycenter_user_lock.this") {
		t.Errorf("the state has no lock:\n%s", list)
	}

	// With a key that may add cutoffs, the next apply adds them.
	c.AddKey(c.Management)
	expect(t, w, 0, "apply", "-auto-approve")
	c.checkContained(t, outputs[containmentOutputs](t, w).ConsoleSessionsEndAt.Add(-8*time.Hour))
}

// If the access cannot be read, the user is locked. The outputs name what is missing and how to add
// it.
func TestAccContainment_incompleteAccess(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := c.newContainment(t, c.Management)
	c.Inject(refusal(simulator.ListAccountAssignmentsForPrincipal, 0, 0, http.StatusForbidden, "IIC.1000", "refused"))
	expect(t, w, 0, "apply", "-auto-approve")
	out := outputs[struct {
		ConsoleSessions string `json:"console_sessions"`
	}](t, w)
	_, command, found := strings.Cut(out.ConsoleSessions, "run: terraform ")
	if c.Enabled(c.IdentityStoreID, c.alice().UserID) || !found || !strings.HasPrefix(out.ConsoleSessions, "Not revoked") {
		t.Fatalf("enabled: %v, output %q", c.Enabled(c.IdentityStoreID, c.alice().UserID), out.ConsoleSessions)
	}
	c.ClearFaults()
	expect(t, w, 0, append(strings.Fields(command), "-auto-approve")...)
	c.checkContained(t, outputs[containmentOutputs](t, w).ConsoleSessionsEndAt.Add(-8*time.Hour))
}

func TestAccContainment_refusedPlan(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := c.newContainment(t, c.Management)
	if output := expect(t, w, 1, "apply", "-auto-approve", "-no-color", "-var", "user_name=nobody"); !strings.Contains(output, "nobody") || c.changes() > 0 {
		t.Errorf("unknown user: %d calls changed something\n%s", c.changes(), output)
	}
	credentials := fmt.Sprintf("region = %q\naccess_key = %q\nsecret_key = %q\n", c.Region, c.Management.AccessKey, c.Management.SecretKey)
	overrideProvider(t, w, credentials+fmt.Sprintf("protected_user_ids = [\"other\", %q]", strings.ToUpper(c.alice().UserID)))
	if output := expect(t, w, 1, "apply", "-auto-approve", "-no-color"); !strings.Contains(output, "The user is protected") || c.changes() > 0 {
		t.Errorf("protected user: %d calls changed something\n%s", c.changes(), output)
	}
	overrideProvider(t, w, credentials)
	expect(t, w, 0, "apply", "-auto-approve", "-var", "revoke_console_sessions=false")
	c.ResetCalls()
	if output := expect(t, w, 1, "apply", "-auto-approve", "-no-color", "-var", "user_name=bob"); !text("Use one folder for each user").MatchString(output) || c.changes() > 0 {
		t.Errorf("another user: %d calls changed something\n%s", c.changes(), output)
	}
	// A plan of the lock alone does not read the access.
	c.Inject(refusal(simulator.ListInstances, 0, 0, http.StatusForbidden, "IIC.1000", "refused"))
	expect(t, w, 0, "apply", "-auto-approve", "-target=identitycenter_user_lock.this",
		"-var", "instance_id="+c.InstanceID, "-var", "identity_store_id="+c.IdentityStoreID)
}

// The test file in examples/containment passes and leaves nothing behind.
func TestAccContainment_terraformTest(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := c.newContainment(t, c.Management)
	if err := os.CopyFS(w.Dir, os.DirFS(filepath.Join("..", "..", "examples", "tests"))); err != nil {
		t.Fatal(err)
	}
	if output := expect(t, w, 0, "test", "-no-color"); !text("2 passed, 0 failed").MatchString(output) {
		t.Error(output)
	}
	if err := c.isAsBefore(nil); err != nil || !c.Enabled(c.IdentityStoreID, c.alice().UserID) {
		t.Errorf("left behind: %v, enabled: %v", err, c.Enabled(c.IdentityStoreID, c.alice().UserID))
	}
}
