// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package cutoff

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// A policy that two reads in a row do not find is read again before it is overwritten, also if the
// first read found it. A removal is not believed either.
func TestEditor_missingTwice(t *testing.T) {
	t.Parallel()
	for name, missing := range map[string]simulator.Fault{
		"404":   simulator.Refuse(http.StatusNotFound, "IIC.404", "The policy does not exist."),
		"empty": {Status: http.StatusOK, Body: `{"custom_policy": ""}`},
	} {
		for after := range 3 {
			t.Run(fmt.Sprintf("%s, after %d", name, after), func(t *testing.T) {
				t.Parallel()
				c := serve(t)
				e, change := c.editor(), c.change(t)
				fault := missing
				fault.Operation, fault.After, fault.Times = simulator.GetCustomPolicyForPermissionSet, after, 2
				c.Inject(fault)
				if _, err := e.Put(t.Context(), change); err != nil || removeFrom(t, c.text(), change.Statement) != c.before {
					t.Errorf("%v\n%s", err, c.text())
				}
				c.ClearFaults()
				fault.Times = 1
				c.Inject(fault)
				if _, err := c.editor().Remove(t.Context(), change, false); err != nil || c.text() != c.before {
					t.Errorf("%v\n%s", err, c.text())
				}
			})
		}
	}
}

// An API that changes the case of Sids keeps them.
func TestEditor_caseOfSids(t *testing.T) {
	t.Parallel()
	c := serve(t)
	e, change := c.editor(), c.change(t)
	defer c.Before(simulator.GetCustomPolicyForPermissionSet, func() {
		c.edit(func(text string) string {
			return strings.ReplaceAll(text, "identitycenterCutoff", "identitycentercutoff")
		})
	})()
	if outcome, err := e.Put(t.Context(), change); err != nil || !outcome.SidKept || strings.Count(c.text(), "g:TokenIssueTime") != 1 {
		t.Errorf("%+v, %v\n%s", outcome, err, c.text())
	}
	if _, err := e.Remove(t.Context(), change, true); err != nil || c.text() != c.before {
		t.Errorf("%v\n%s", err, c.text())
	}
}

// The editor waits for a delayed read. It puts the policy once and loses no edit.
func TestPut_lag(t *testing.T) {
	t.Parallel()
	c := serve(t, func(o *simulator.Options) { o.StalePolicyReads = 8 })
	e, change := c.editor(), c.change(t)
	var reads atomic.Int64
	defer c.Before(simulator.GetCustomPolicyForPermissionSet, func() {
		if reads.Add(1) == 4 { // after the put, which does not show yet
			c.addTheirs("theirs")
		}
	})()
	if outcome, err := e.Put(t.Context(), change); err != nil || !outcome.Provisioned {
		t.Fatalf("%+v, %v", outcome, err)
	}
	if n := len(c.CallsOf(simulator.PutCustomPolicyToPermissionSet)); n != 1 || holds(t, c.text(), change.Statement) != 1 || !strings.Contains(c.text(), `"theirs"`) {
		t.Errorf("%d puts:\n%s", n, c.text())
	}
}

// If the policy changes with every read, the editor retries a few times with pauses and stops.
func TestPut_busyPolicy(t *testing.T) {
	t.Parallel()
	c := serve(t)
	var edits atomic.Int64
	defer c.Before(simulator.GetCustomPolicyForPermissionSet, func() { c.addTheirs(fmt.Sprintf("theirs%d", edits.Add(1))) })()
	outcome, err := c.editor().Put(t.Context(), c.change(t))
	if !isPolicyError(err, "another client changed the policy 40 times") || outcome.Written {
		t.Errorf("%+v, %v", outcome, err)
	}
	if n := len(c.CallsOf(simulator.GetCustomPolicyForPermissionSet)); n > maxEdits+5 {
		t.Errorf("%d reads", n)
	}
}

// Another client removes the statement during every provisioning.
func TestPut_revertedRepeatedly(t *testing.T) {
	t.Parallel()
	c := serve(t)
	defer c.Before(simulator.ProvisionPermissionSet, func() { c.edit(func(string) string { return c.before }) })()
	outcome, err := c.editor().Put(t.Context(), c.change(t))
	if !isPolicyError(err, "another client reverted it") || !outcome.Written || outcome.Provisioned {
		t.Errorf("%+v, %v", outcome, err)
	}
	if n := len(c.CallsOf(simulator.PutCustomPolicyToPermissionSet)); n > maxRounds {
		t.Errorf("%d puts", n)
	}
}

// A DELETE whose response is lost is repeated. The retry finds no policy.
func TestRemove_lostDelete(t *testing.T) {
	t.Parallel()
	c := serve(t, func(o *simulator.Options) { o.NoPolicy = http.StatusNotFound })
	c.edit(func(string) string { return "" })
	e, change := c.editor(), c.change(t)
	if _, err := e.Put(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	c.Configure(func(o *simulator.Options) { o.StalePolicyReads = 30 })
	c.Inject(simulator.Fault{Operation: simulator.DeleteCustomPolicyFromPermissionSet, DropAfter: true, Times: 1})
	if outcome, err := e.Remove(t.Context(), change, true); err != nil || !outcome.Written || c.text() != "" {
		t.Errorf("%+v, %v", outcome, err)
	}
}

// A 409 that is not a concurrency conflict is retried a few times only.
func TestPut_provisioningConflicts(t *testing.T) {
	t.Parallel()
	c := serve(t)
	c.Inject(simulator.Fault{Operation: simulator.ProvisionPermissionSet, Status: http.StatusConflict, Code: "IIC.1007"})
	if outcome, err := c.editor().Put(t.Context(), c.change(t)); err == nil || !outcome.Written {
		t.Errorf("%+v, %v", outcome, err)
	}
	if n := len(c.CallsOf(simulator.ProvisionPermissionSet)); n != maxConflicts {
		t.Errorf("%d provisionings", n)
	}
	c.ClearFaults()
	c.Inject(simulator.Fault{Operation: simulator.ProvisionPermissionSet, Status: http.StatusConflict, Code: "IIC.1006", Times: 12})
	change := c.change(t)
	var waited atomic.Bool
	change.Report = func(message string) { waited.Store(waited.Load() || strings.Contains(message, "Still waiting")) }
	if _, err := c.editor().Put(t.Context(), change); err != nil || !waited.Load() {
		t.Errorf("waited %t, %v", waited.Load(), err)
	}
}
