// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

const lockType = "identitycenter_user_lock"

// lock returns a lock of Alice that does not exist yet, and its configuration.
func (c *cloud) lock(t *testing.T) (*managed, values) {
	t.Helper()
	return c.object(t, lockType), values{"identity_store_id": c.IdentityStoreID, "user_id": c.alice().UserID}
}

// run applies a configuration, nil for a destroy, in a provider process of its own.
func (c *cloud) run(t *testing.T, o *managed, arguments values) messages {
	t.Helper()
	o.server = c.serve(t)
	return o.apply(t.Context(), arguments)
}

// unchanged fails the test unless a refresh and a plan find nothing to do and to say.
func (c *cloud) unchanged(t *testing.T, o *managed, arguments values) {
	t.Helper()
	o.server = c.serve(t)
	o.read().none(t)
	planned, found := o.plan(arguments)
	found.none(t)
	if !planned.empty() {
		t.Errorf("planned %s\nfrom %s", planned.planned, planned.prior)
	}
}

func TestUserLock_lockAndUnlock(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	o, config := c.lock(t)
	c.run(t, o, config).none(t)
	c.keptOut(t)
	lockedAt := o.attribute("locked_at")
	if o.attribute("locked") != "true" || o.attribute("sessions_verified") != "true" || !strings.Contains(o.attribute("revoked_session_count"), "3") {
		t.Errorf("state: %s", o.state)
	}
	if at, err := time.Parse(time.RFC3339, lockedAt); err != nil || at.Sub(time.Now()).Abs() > time.Minute {
		t.Errorf("locked_at = %s: %v", lockedAt, err)
	}
	c.unchanged(t, o, config)

	// What changes in place makes no call, and keeps what is computed.
	c.ResetCalls()
	o.server = c.serve(t)
	planned, found := o.plan(config.with("reason", "incident 4711"))
	found.none(t)
	o.carryOut(t.Context(), planned).none(t)
	if len(c.Calls()) > 0 || o.attribute("reason") != "incident 4711" || o.attribute("locked_at") != lockedAt {
		t.Errorf("calls %v, state: %s", c.Operations(), o.state)
	}
	config = config.with("reason", "incident 4711")

	// Unlocked, it makes no call and says nothing, whatever happens to the user.
	open := config.with("locked", false)
	c.run(t, o, open).none(t)
	if !c.Enabled(c.IdentityStoreID, c.alice().UserID) || o.attribute("locked") != "false" || o.attribute("locked_at") != lockedAt || o.attribute("sessions_verified") != "true" {
		t.Errorf("state: %s", o.state)
	}
	c.ResetCalls()
	c.unchanged(t, o, open)
	c.SetEnabled(c.IdentityStoreID, c.alice().UserID, false)
	c.unchanged(t, o, open)
	c.SetEnabled(c.IdentityStoreID, c.alice().UserID, true)
	if calls := c.Operations(); len(calls) > 0 {
		t.Errorf("calls: %v", calls)
	}

	// Locked again, it computes anew and is checked.
	c.AddSession(c.IdentityStoreID, c.alice().UserID, simulator.Session{})
	o.server = c.serve(t)
	planned, found = o.plan(config)
	found.none(t)
	again := &managed{t: t, name: o.name, schema: o.schema, state: planned.planned}
	if again.attribute("locked_at") != "unknown" || again.attribute("sessions_verified") != "unknown" || again.attribute("revoked_session_count") != "unknown" {
		t.Errorf("planned: %s", planned.planned)
	}
	o.carryOut(t.Context(), planned).none(t)
	if c.Enabled(c.IdentityStoreID, c.alice().UserID) || len(c.SessionIDs(c.alice())) > 0 || o.attribute("locked") != "true" || !strings.Contains(o.attribute("revoked_session_count"), "1") {
		t.Errorf("state: %s", o.state)
	}
	c.unchanged(t, o, config)
	c.SetEnabled(c.IdentityStoreID, c.alice().UserID, true)
	o.read().says(t, "WARNING", "is no longer locked", "Move session cutoffs of the user to it", "Reason for the lock: incident 4711")
	if o.attribute("locked") != "false" {
		t.Errorf("state: %s", o.state)
	}

	// An unlocked lock is destroyed without a word.
	c.run(t, o, open)
	c.run(t, o, nil).none(t)
}

func TestUserLock_createdUnlocked(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	o, config := c.lock(t)
	_, found := o.plan(config.with("locked", false))
	found.says(t, "ERROR", "A lock cannot be created unlocked", "locked")
	if len(c.Calls()) > 0 {
		t.Errorf("calls: %v", c.Operations())
	}
}

// With locked = false a lock that did not hold when it was read is unlocked too.
func TestUserLock_unlockOfABrokenLock(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	o, config := c.lock(t)
	c.run(t, o, config).none(t)
	c.AddSession(c.IdentityStoreID, c.alice().UserID, simulator.Session{})
	o.read().says(t, "has 1 session")
	open := config.with("locked", false)
	if found := c.run(t, o, open); found.failed() || !c.Enabled(c.IdentityStoreID, c.alice().UserID) {
		t.Errorf("%s, %s", found.text(0), o.state)
	}
	c.unchanged(t, o, open)
}

// An unlock or a lock that fails is finished by the next apply.
func TestUserLock_failedUpdates(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	o, config := c.lock(t)
	open := config.with("locked", false)
	c.run(t, o, config).none(t)
	c.Inject(simulator.Fault{Operation: simulator.EnableUser, DropAfter: true, Times: 1}, refusal(simulator.DescribeUser, 1, 0, http.StatusForbidden, "IIC.1000", "denied"))
	c.run(t, o, open).says(t, "ERROR", "was not enabled", "may have been carried out")
	if o.attribute("locked") != "true" {
		t.Errorf("state: %s", o.state)
	}
	c.ClearFaults()
	if found := c.run(t, o, open); found.failed() || !c.Enabled(c.IdentityStoreID, c.alice().UserID) {
		t.Errorf("%s, %s", found.text(0), o.state)
	}
	c.unchanged(t, o, open)

	// The user is disabled, and the rest of the lock fails: then it is not unlocked.
	c.Inject(refusal(simulator.ListSessions, 0, 0, http.StatusForbidden, "IIC.1000", "denied"))
	c.run(t, o, config).says(t, "ERROR", "was not locked", "is disabled.")
	c.ClearFaults()
	if found := c.run(t, o, open); found.failed() || !c.Enabled(c.IdentityStoreID, c.alice().UserID) {
		t.Errorf("%s, %s", found.text(0), o.state)
	}
}

// A refresh that cannot check the lock fails, whatever the reason.
func TestUserLock_uncheckedRefreshFails(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]simulator.Fault{
		"forbidden":    refusal("", 0, 0, http.StatusForbidden, "IIC.1000", "denied"),
		"unauthorized": refusal("", 0, 0, http.StatusUnauthorized, "APIGW.0301", "rejected"),
		"server error": refusal("", 0, 0, http.StatusInternalServerError, "IIC.500", "failed"),
		"dropped":      {DropBefore: true},
		"wrong API":    refusal("", 0, 0, http.StatusNotFound, "APIGW.0101", "no such API"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			o, config := c.lock(t)
			c.run(t, o, config).none(t)
			fault.Operation = simulator.ListSessions
			c.Inject(fault)
			o.read().says(t, "ERROR", "The lock of user alice was not checked", "use -refresh=false")
			if o.attribute("locked") != "true" || o.attribute("sessions_verified") != "true" {
				t.Errorf("state: %s", o.state)
			}
		})
	}
	for _, status := range []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict} {
		t.Run(fmt.Sprintf("disabled %d", status), func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.Configure(func(o *simulator.Options) { o.DisabledUserSessions = status })
			o, config := c.lock(t)
			c.run(t, o, config).says(t, "WARNING", "Sessions of user alice were not verified")
			for range 2 {
				o.read().says(t, "WARNING", "Sessions of user alice were not verified")
			}
			if planned, _ := o.plan(config); !planned.empty() || o.attribute("sessions_verified") != "false" || o.attribute("locked") != "true" {
				t.Errorf("state: %s, planned %s", o.state, planned.planned)
			}
		})
	}
}

// A Date header of the year 9999 does not fail an apply after the user was locked.
func TestUserLock_wrongDate(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Inject(simulator.Fault{Header: http.Header{"Date": {"Fri, 31 Dec 9999 23:59:59 GMT"}}})
	o, config := c.lock(t)
	found := c.run(t, o, config)
	at, err := time.Parse(time.RFC3339, o.attribute("locked_at"))
	if found.failed() || err != nil || at.Sub(time.Now()).Abs() > time.Minute {
		t.Errorf("%s: %s, %v", o.attribute("locked_at"), found.text(0), err)
	}
	found.says(t, "locked_at is the time of this machine")
}

// A lock has an identity from each import, from the state before there were identities, and
// on a Terraform that forgets it.
func TestUserLock_identity(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	o, config := c.lock(t)
	c.run(t, o, config).none(t)
	if o.identity == nil {
		t.Fatal("no identity after the creation")
	}
	for name, imported := range map[string]func(*managed) messages{
		"ID": func(o *managed) messages { return o.imports(c.IdentityStoreID+"/"+c.alice().UserID, nil) },
		"identity": func(o *managed) messages {
			return o.imports("", map[string]string{"identity_store_id": c.IdentityStoreID, "user_id": c.alice().UserID})
		},
	} {
		by, _ := c.lock(t)
		imported(by).none(t)
		if by.identity == nil || by.attribute("locked") != "true" || by.attribute("sessions_verified") != "true" {
			t.Errorf("%s: %s", name, by.state)
		}
		c.unchanged(t, by, config)
	}
	o.identity = nil
	c.unchanged(t, o, config)
	o.withoutIdentity, o.identity = true, nil
	c.unchanged(t, o, config)
	if found := c.run(t, o, config.with("locked", false)); found.failed() {
		t.Error(found.text(0))
	}
	c.unchanged(t, o, config.with("locked", false))
	c.run(t, o, config).none(t)
	c.RemoveUser(c.IdentityStoreID, c.alice().UserID)
	o.read().says(t, "WARNING", "was deleted")
	if !o.state.IsNull() {
		t.Errorf("state: %s", o.state)
	}
}

// A failed lock is one error of at most 20 lines of 80 columns that begins with the outcome.
func TestUserLock_errorLength(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]simulator.Fault{
		"forbidden": refusal("", 0, 0, http.StatusForbidden, "IIC.1000", "denied"),
		"not found": refusal("", 0, 0, http.StatusNotFound, "IIC.1002", "The user does not exist."),
		"dropped":   {DropBefore: true},
		"server":    refusal("", 0, 0, http.StatusInternalServerError, "IIC.500", "failed"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			o, config := c.lock(t)
			for _, operation := range []string{simulator.DisableUser, simulator.ListSessions} {
				fault.Operation = operation
				c.Inject(fault)
			}
			found := c.run(t, o, config)
			var errors []*tfprotov6.Diagnostic
			for _, some := range found {
				for _, one := range some {
					if one.Severity == tfprotov6.DiagnosticSeverityError {
						errors = append(errors, one)
					}
				}
			}
			if len(errors) != 1 || errors[0].Summary != "User alice was not locked" || errors[0].Attribute == nil {
				t.Fatal(found.text(0))
			}
			// The decoded authorization message is last.
			text, _, _ := strings.Cut(errors[0].Detail, "The decision:")
			if n := wrapped(text); n > 20 {
				t.Errorf("%d lines:\n%s", n, text)
			} else {
				t.Logf("%d lines:\n%s", n, text)
			}
		})
	}
}

// wrapped is how many lines a text has at 80 columns, of which Terraform uses two.
func wrapped(text string) int {
	lines := 0
	for line := range strings.Lines(strings.TrimSpace(text)) {
		column := 0
		lines++
		for _, word := range strings.SplitAfter(strings.TrimSuffix(line, "\n"), " ") {
			if column += len(word); column > 78 {
				lines, column = lines+1, len(word)
			}
		}
	}
	return lines
}
