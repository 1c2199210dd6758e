// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package provider_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// A cancelled CI job sends SIGTERM to all its processes: to Terraform and to the provider.

// groupCommand is a running Terraform command in a process group of its own.
type groupCommand struct {
	*exec.Cmd
	output bytes.Buffer
}

// startGroup starts a command and waits until it has made n calls of the operation.
func startGroup(t *testing.T, c *cloud, w *acctest.Workspace, operation string, n int, args ...string) *groupCommand {
	t.Helper()
	g := &groupCommand{Cmd: w.Command(t.Context(), args...)}
	g.Stdout, g.Stderr = &g.output, &g.output
	g.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(-g.Process.Pid, syscall.SIGKILL) })
	if err := c.Await(t.Context(), operation, n); err != nil {
		t.Fatal(err)
	}
	return g
}

// terminate sends SIGTERM to the process group and waits until Terraform ends.
func (g *groupCommand) terminate(t *testing.T, w *acctest.Workspace) {
	t.Helper()
	began := time.Now()
	if err := syscall.Kill(-g.Process.Pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = g.Wait()
	record(t, w, g.output.String())
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("Terraform ended %s after SIGTERM", took)
	}
	if g.ProcessState.ExitCode() != 1 || strings.Contains(g.output.String(), "DATA RACE") || strings.Contains(g.output.String(), "Plugin did not respond") {
		t.Errorf("%s:\n%s", g.ProcessState, g.output.String())
	}
}

// running reports whether a process of the group runs. A process that has ended and was
// not reaped yet does not count.
func (g *groupCommand) running(t *testing.T) bool {
	t.Helper()
	processes, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(processes) == 0 { // no /proc
		return syscall.Kill(-g.Process.Pid, 0) == nil
	}
	for _, file := range processes {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // The process has ended.
		}
		// After the name in parentheses: state, parent, process group.
		var state string
		var parent, group int
		_, after, _ := strings.Cut(string(stat), ") ")
		if _, err := fmt.Sscan(after, &state, &parent, &group); err == nil && group == g.Process.Pid && state != "Z" {
			return true
		}
	}
	return false
}

// instance is a resource in the state.
type instance struct {
	// Status is empty or "tainted".
	Status     string
	Attributes map[string]any
}

// instances returns the resources in the state by type, one of each.
func instances(t *testing.T, w *acctest.Workspace) map[string]instance {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(w.Dir, "terraform.tfstate"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Type      string
			Instances []instance
		}
	}
	if err := json.Unmarshal(content, &state); err != nil && len(content) > 0 {
		t.Fatal(err)
	}
	all := map[string]instance{}
	for _, resource := range state.Resources {
		for _, one := range resource.Instances {
			all[resource.Type] = one
		}
	}
	return all
}

func TestAccSIGTERM_bulkRevocation(t *testing.T) {
	t.Parallel()
	const before = 40
	c := newCloud(t)
	users := c.SeedUsers(c.IdentityStoreID, 200, 1)
	var ids []string
	for _, user := range users {
		ids = append(ids, user.UserID)
	}
	c.Inject(simulator.Fault{Operation: simulator.BatchDeleteSessions, After: before, Hang: true})
	w := newProcessWorkspace(t, c.config(c.Management, "", fmt.Sprintf(`
resource "identitycenter_bulk_user_session_revocation" "test" {
  identity_store_id = "STORE"
  user_ids          = %s
  all_sessions      = true
}
`, hcl(ids))))
	startGroup(t, c, w, simulator.BatchDeleteSessions, before+1, "apply", "-auto-approve", "-no-color").terminate(t, w)

	ended := 0
	for _, user := range users {
		if len(c.SessionIDs(user)) == 0 {
			ended++
		}
	}
	recorded := instances(t, w)[bulkType]
	state, status := recorded.Attributes, recorded.Status
	if ended == 0 || fmt.Sprint(state["revoked_session_count"]) != fmt.Sprint(ended) || fmt.Sprint(state["revoked_user_count"]) != fmt.Sprint(ended) || status != "tainted" {
		t.Errorf("%d sessions were ended, the state is %s: %v", ended, status, state)
	}
	c.ClearFaults()
	expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	for _, user := range users {
		if left := c.SessionIDs(user); len(left) > 0 {
			t.Errorf("user %s has sessions after the next apply: %v", user.UserName, left)
		}
	}
}

// The statement is in the policy when SIGTERM arrives. The state has it, and the next apply
// does not add a second one.
func TestAccSIGTERM_cutoff(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Inject(simulator.Fault{Operation: simulator.ProvisionPermissionSet, Hang: true})
	w := newProcessWorkspace(t, c.config(c.Management, "", c.cutoffOf(0, "")))
	startGroup(t, c, w, simulator.ProvisionPermissionSet, 1, "apply", "-auto-approve", "-no-color").terminate(t, w)

	statements := func() int { return strings.Count(c.policyOf(0), "g:TokenIssueTime") }
	if n := statements(); n != 1 {
		t.Fatalf("%d statements after SIGTERM:\n%s", n, c.policyOf(0))
	}
	state := instances(t, w)[cutoffType].Attributes
	if id, _ := state["statement_id"].(string); id == "" || !strings.Contains(c.policyOf(0), id) {
		t.Errorf("the state does not have the statement of the policy: %v\n%s", state, c.policyOf(0))
	}
	c.ClearFaults()
	expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	if n := statements(); n != 1 || c.provisionedOf(0) != c.policyOf(0) {
		t.Errorf("%d statements after the next apply:\n%s\nprovisioned:\n%s", n, c.policyOf(0), c.provisionedOf(0))
	}
	expect(t, w, 0, "plan", "-detailed-exitcode", "-no-color")
}

// After SIGTERM at a random call, the state has what was done, and one more apply finishes.
func TestAccSIGTERM_randomCallProperty(t *testing.T) {
	t.Parallel()
	seeds := acctest.Seeds(t)
	// Each takes four commands. The tests without the CLI interrupt a random call for every seed.
	for _, seed := range seeds[:max(1, len(seeds)/10)] {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			users := c.SeedUsers(c.IdentityStoreID, 30, 2)
			var ids []string
			for _, user := range users {
				ids = append(ids, user.UserID)
			}
			w := newProcessWorkspace(t, c.config(c.Management, "", c.cutoffOf(0, "")+fmt.Sprintf(`
resource "identitycenter_bulk_user_session_revocation" "test" {
  identity_store_id = "STORE"
  user_ids          = %s
  all_sessions      = true
}

resource "identitycenter_user_lock" "test" {
  identity_store_id = "STORE"
  user_id           = "ALICE"
}
`, hcl(ids))))
			n := 1 + rand.New(rand.NewPCG(seed, 15)).IntN(60)
			g := startGroup(t, c, w, "", n, "apply", "-auto-approve", "-no-color")
			g.terminate(t, w)
			output := g.output.String()

			recorded := instances(t, w)
			ended := 2 * len(users)
			for _, user := range users {
				ended -= len(c.SessionIDs(user))
			}
			count, _ := recorded[bulkType].Attributes["revoked_session_count"].(float64)
			if int(count) != ended && (int(count) > ended || !strings.Contains(output, "may have been carried out")) {
				t.Errorf("SIGTERM at call %d: %d sessions were ended, the state has %v:\n%s", n, ended, count, output)
			}
			id, _ := recorded[cutoffType].Attributes["statement_id"].(string)
			if statements := ours.FindAllString(c.policyOf(0), -1); len(statements) > 1 || len(statements) == 1 && (id == "" || !strings.Contains(statements[0], id)) {
				t.Errorf("SIGTERM at call %d: the state has the statement %q, the policy has %v:\n%s", n, id, statements, output)
			}
			lock, has := recorded[lockType]
			if has && lock.Status == "" && (c.Enabled(c.IdentityStoreID, c.alice().UserID) || len(c.SessionIDs(c.alice())) > 0) {
				t.Errorf("SIGTERM at call %d: the state has a lock of an enabled user:\n%s", n, output)
			}

			expect(t, w, 0, "apply", "-auto-approve", "-no-color")
			expect(t, w, 0, "plan", "-detailed-exitcode", "-no-color")
			for _, user := range append(users, c.alice()) {
				if left := c.SessionIDs(user); len(left) > 0 {
					t.Errorf("user %s has sessions after the next apply: %v", user.UserName, left)
				}
			}
			if rest := ours.ReplaceAllString(c.policyOf(0), ""); rest != c.PermissionSets[0].CustomPolicy || strings.Count(c.policyOf(0), "g:TokenIssueTime") != 1 {
				t.Errorf("the policy after the next apply:\n%s", c.policyOf(0))
			}
		})
	}
}

func TestAccSIGKILL(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Inject(simulator.Fault{Operation: simulator.BatchDeleteSessions, Hang: true})
	w := newProcessWorkspace(t, c.config(c.Management, "", revocationOf("ALICE", `session_ids = ["s-1"]`)))
	w.Env = append(w.Env, "TF_LOG=") // Writing a log line to the broken pipe would end the provider.
	g := startGroup(t, c, w, simulator.BatchDeleteSessions, 1, "apply", "-auto-approve", "-no-color")
	if !g.running(t) {
		t.Fatal("no process of the group is found")
	}
	if err := g.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = g.Wait()
	killed := time.Now()
	for range time.Tick(50 * time.Millisecond) {
		if !g.running(t) {
			t.Logf("the provider ended %s after Terraform", time.Since(killed))
			return
		}
		if time.Since(killed) > 2*time.Second {
			t.Fatal("the provider runs 2 s after Terraform was killed")
		}
	}
}
