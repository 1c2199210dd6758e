// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

const lockType = "identitycenter_user_lock"

// lock returns a lock of Alice that does not exist yet, and its configuration.
func (c *cloud) lock(t *testing.T) (*managed, values) {
	t.Helper()
	return c.object(t, lockType), values{"identity_store_id": c.IdentityStoreID, "user_id": c.alice().UserID}
}

// run applies a configuration in a new provider process; nil is a destroy.
func (c *cloud) run(t *testing.T, o *managed, arguments values) messages {
	t.Helper()
	o.server = c.serve(t)
	return o.apply(t.Context(), arguments)
}

// unchanged fails the test unless a refresh and a plan find no changes and have no messages.
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
	if at, err := time.Parse(time.RFC3339, lockedAt); err != nil || time.Until(at).Abs() > time.Minute {
		t.Errorf("locked_at = %s: %v", lockedAt, err)
	}
	c.unchanged(t, o, config)

	// A change in place makes no call and keeps the computed values.
	c.ResetCalls()
	o.server = c.serve(t)
	planned, found := o.plan(config.with("reason", "incident 4711"))
	found.none(t)
	o.carryOut(t.Context(), planned).none(t)
	if len(c.Calls()) > 0 || o.attribute("reason") != "incident 4711" || o.attribute("locked_at") != lockedAt {
		t.Errorf("calls %v, state: %s", c.Operations(), o.state)
	}
	config = config.with("reason", "incident 4711")

	// While unlocked, a refresh makes no call and reports nothing, whatever happens to the user.
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

	// When locked again, computed values change and the lock is checked.
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

	// The destroy of an unlocked lock reports nothing.
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

// locked = false also unlocks a lock that did not hold when it was read.
func TestUserLock_unlockBroken(t *testing.T) {
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

// The next apply finishes a failed lock or unlock.
func TestUserLock_failedUpdates(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	o, config := c.lock(t)
	open := config.with("locked", false)
	c.run(t, o, config).none(t)
	c.Inject(simulator.Fault{Operation: simulator.EnableUser, DropAfter: true, Times: 1}, refusal(simulator.DescribeUser, 1, 0, http.StatusForbidden, "IIC.1000", "denied"))
	c.run(t, o, open).says(t, "ERROR", "may be enabled", "may have been carried out")
	if o.attribute("locked") != "true" {
		t.Errorf("state: %s", o.state)
	}
	c.ClearFaults()
	if found := c.run(t, o, open); found.failed() || !c.Enabled(c.IdentityStoreID, c.alice().UserID) {
		t.Errorf("%s, %s", found.text(0), o.state)
	}
	c.unchanged(t, o, open)

	// If the user is disabled and the rest of the lock fails, the lock is not unlocked.
	c.Inject(refusal(simulator.ListSessions, 0, 0, http.StatusForbidden, "IIC.1000", "denied"))
	c.run(t, o, config).says(t, "ERROR", "was not locked", "is disabled.")
	c.ClearFaults()
	if found := c.run(t, o, open); found.failed() || !c.Enabled(c.IdentityStoreID, c.alice().UserID) {
		t.Errorf("%s, %s", found.text(0), o.state)
	}
}

// A refresh that cannot check the lock fails, whatever the reason.
func TestUserLock_failedRefresh(t *testing.T) {
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

// A Date header of the year 9999 does not fail the apply after the user was locked.
func TestUserLock_wrongDate(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Inject(simulator.Fault{Header: http.Header{"Date": {"Fri, 31 Dec 9999 23:59:59 GMT"}}})
	o, config := c.lock(t)
	found := c.run(t, o, config)
	at, err := time.Parse(time.RFC3339, o.attribute("locked_at"))
	if found.failed() || err != nil || time.Until(at).Abs() > time.Minute {
		t.Errorf("%s: %s, %v", o.attribute("locked_at"), found.text(0), err)
	}
	found.says(t, "locked_at is the time of this machine")
}

// A lock has an identity after each kind of import and after an upgrade from a state without one.
// It also works with a Terraform that drops the identity.
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
	incomplete, _ := c.lock(t)
	found := incomplete.imports("", map[string]string{"identity_store_id": c.IdentityStoreID, "user_id": ""})
	if found.says(t, "ERROR", "Invalid import ID"); len(found[0]) != 1 {
		t.Errorf("null in an identity: %s", found.text(0))
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

// A lock stays, and the user does not count as unlocked, if two responses lack the user.
func TestUserLock_notFoundTwice(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	o, config := c.lock(t)
	c.run(t, o, config).none(t)
	missing := refusal(simulator.DescribeUser, 0, 2, http.StatusNotFound, "IIC.1002", "no such user")
	c.Inject(missing)
	o.server = c.serve(t)
	o.read().says(t, "ERROR", "was not checked")
	planned, _ := o.plan(config.with("locked", false))
	c.Inject(refusal(simulator.EnableUser, 0, 1, http.StatusNotFound, "IIC.1002", "no such user"), missing)
	o.carryOut(t.Context(), planned).says(t, "ERROR", "was not enabled")
	if o.attribute("locked") != "true" {
		t.Errorf("state: %s", o.state)
	}
	c.run(t, o, config.with("locked", false))
	if !c.Enabled(c.IdentityStoreID, c.alice().UserID) {
		t.Error("not enabled")
	}
}

// A failed lock has one error of at most 20 lines of 80 columns, which begins with the outcome.
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
			text, _, _ := strings.Cut(errors[0].Detail, "\n\nThe decoded authorization message:")
			if n := wrapped(text); n > 20 {
				t.Errorf("%d lines:\n%s", n, text)
			} else {
				t.Logf("%d lines:\n%s", n, text)
			}
		})
	}
}

// wrapped returns the number of lines of a text at 80 columns, of which Terraform uses two.
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

// The plan refuses a protected user, and the apply refuses one whose group becomes known only then.
// Nothing is changed.
func TestUserLock_protectedUser(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	o, config := c.lock(t)
	o.server = c.serveProtecting(t, "protected_user_ids", strings.ToUpper(c.alice().UserID))
	_, found := o.plan(config)
	found.says(t, "ERROR", "The user is protected")

	group := c.AddGroup(c.IdentityStoreID, simulator.Group{DisplayName: "Break-glass"})
	c.AddMember(c.IdentityStoreID, group, c.alice().UserID)
	o.server = c.serveProtecting(t, "protected_group_ids", group)
	_, found = o.plan(config)
	found.says(t, "ERROR", "The user is protected")

	// The lock was planned before the user was protected.
	o.server = c.serve(t)
	planned, found := o.plan(config)
	found.none(t)
	o.server = c.serveProtecting(t, "protected_user_ids", c.alice().UserID)
	o.carryOut(t.Context(), planned).says(t, "ERROR", "The user is protected")
	if len(c.SessionIDs(c.alice())) != 3 || !c.Enabled(c.IdentityStoreID, c.alice().UserID) || len(c.CallsOf(simulator.DisableUser)) > 0 {
		t.Error("the user was locked")
	}

	// A lock that holds stays. A new lock is refused.
	c.run(t, o, config).none(t)
	o.server = c.serveProtecting(t, "protected_user_ids", c.alice().UserID)
	o.read().none(t)
	_, found = o.plan(config)
	found.none(t)
	c.SetEnabled(c.IdentityStoreID, c.alice().UserID, true)
	o.read()
	_, found = o.plan(config)
	found.says(t, "ERROR", "The user is protected")
}

// The logout on destroy is refused too, when it is created and when it is destroyed.
func TestUserLogoutOnDestroy_protectedUser(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	o := c.object(t, "identitycenter_user_logout_on_destroy")
	config := values{"identity_store_id": c.IdentityStoreID, "user_id": c.alice().UserID}
	o.server = c.serveProtecting(t, "protected_user_ids", c.alice().UserID)
	_, found := o.plan(config)
	found.says(t, "ERROR", "The user is protected")
	c.run(t, o, config).none(t)

	o.server = c.serve(t)
	planned, _ := o.plan(nil)
	o.server = c.serveProtecting(t, "protected_user_ids", c.alice().UserID)
	_, found = o.plan(nil)
	found.says(t, "ERROR", "The user is protected")
	o.carryOut(t.Context(), planned).says(t, "ERROR", "The user is protected")
	if len(c.Calls()) > 0 || len(c.SessionIDs(c.alice())) != 3 {
		t.Errorf("calls: %v", c.Operations())
	}
}

// serveProtecting returns a configured provider with an additional argument, a list of one ID.
func (c *cloud) serveProtecting(t *testing.T, argument, id string) *providerServer {
	t.Helper()
	return c.serve(t, attrs{argument: []string{id}})
}

// With faults at random calls, the state agrees with the simulator. The next apply finishes with an
// empty plan.
func TestUserLock_randomFaultsProperty(t *testing.T) {
	t.Parallel()
	for _, seed := range acctest.Seeds(t) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 4711))
			c := newCloud(t)
			stale, already := random.IntN(5), []int{0, http.StatusConflict}[random.IntN(2)]
			c.Configure(func(o *simulator.Options) { o.StaleReads, o.AlreadyInState = stale, already })
			o, config := c.lock(t)
			for range 3 {
				for _, locked := range []bool{true, false} {
					arguments := config.with("locked", locked)
					if !locked && o.state.IsNull() {
						continue
					}
					c.faultyRun(t, random, o, arguments)
					c.ClearFaults()
					if found := c.run(t, o, arguments); found.failed() {
						t.Fatal(found.text(0))
					}
					c.claimed(t, o)
					if o.attribute("locked") != strconv.FormatBool(locked) || c.Enabled(c.IdentityStoreID, c.alice().UserID) == locked {
						t.Fatalf("want locked = %t: %s", locked, o.state)
					}
					c.unchanged(t, o, arguments)
				}
				c.AddSession(c.IdentityStoreID, c.alice().UserID, simulator.Session{})
			}
		})
	}
}

// faultyRun applies a configuration with faults at random calls, and perhaps an interrupt.
func (c *cloud) faultyRun(t *testing.T, random *rand.Rand, o *managed, arguments values) {
	t.Helper()
	for range 1 + random.IntN(3) {
		fault := []simulator.Fault{
			{DropBefore: true}, {DropAfter: true}, {CutBody: true}, refusal("", 0, 0, http.StatusInternalServerError, "IIC.500", "failed"),
			refusal("", 0, 0, http.StatusForbidden, "IIC.1000", "denied"), refusal("", 0, 0, http.StatusConflict, "IIC.1007", "failed"),
		}[random.IntN(6)]
		fault.Operation = []string{"", simulator.DescribeUser, simulator.ListSessions, simulator.BatchDeleteSessions, simulator.DisableUser, simulator.EnableUser}[random.IntN(6)]
		fault.After, fault.Times = random.IntN(5), 1+random.IntN(3)
		c.Inject(fault)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if random.IntN(3) == 0 {
		c.ResetCalls()
		n := 1 + random.IntN(8)
		go func() {
			if c.Await(ctx, "", n) == nil {
				cancel()
			}
		}()
	}
	o.server = c.serve(t)
	if found := o.apply(ctx, arguments); !found.failed() {
		c.claimed(t, o)
	} else if o.attribute("locked") == "false" && !c.Enabled(c.IdentityStoreID, c.alice().UserID) && !strings.Contains(found.text(0), "is disabled") &&
		!strings.Contains(found.text(0), "may have been carried out") && !strings.Contains(found.text(0), "accepted the request") && !strings.Contains(found.text(0), "not checked") {
		t.Errorf("the user is disabled, which nothing says: %s\n%s", o.state, found.text(0))
	}
}

// claimed fails the test if the state claims more than the simulator shows.
func (c *cloud) claimed(t *testing.T, o *managed) {
	t.Helper()
	enabled, sessions := c.Enabled(c.IdentityStoreID, c.alice().UserID), len(c.SessionIDs(c.alice()))
	if o.attribute("locked") == "true" && (enabled || o.attribute("sessions_verified") == "true" && sessions > 0) {
		t.Errorf("enabled %t, %d sessions: %s", enabled, sessions, o.state)
	}
}

// If the sessions cannot be listed after the user is disabled, older ones may be open too: the
// listings before may have been truncated.
func TestUserLock_unlistedAfterTruncated(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	user, _ := c.withSessions(130)
	c.Configure(func(o *simulator.Options) { o.MostSessions, o.DisabledUserSessions = 50, http.StatusConflict })
	c.Inject(refusal(simulator.ListSessions, 1, 1, http.StatusForbidden, "IIC.1000", "denied"))
	o := c.object(t, lockType)
	found := o.apply(t.Context(), values{"identity_store_id": c.IdentityStoreID, "user_id": user.UserID})
	found.says(t, "50 sessions were ended before. Others may be open until they expire")
	if found.failed() || o.attribute("sessions_verified") != "false" || len(c.SessionIDs(user)) != 80 {
		t.Errorf("%d left, %s: %s", len(c.SessionIDs(user)), o.state, found.text(0))
	}
}

// A user who cannot be read is still disabled, and the lock fails at once.
func TestUserLock_unreadableUser(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	o, config := c.lock(t)
	c.Inject(refusal(simulator.DescribeUser, 0, 0, http.StatusForbidden, "IIC.1000", "denied"))
	begun := time.Now()
	c.run(t, o, config).says(t, "ERROR", "was not locked", "Reading the user failed: access denied", "The user was not read afterwards", "Nothing is recorded")
	if took := time.Since(begun); took > 10*time.Second || c.Enabled(c.IdentityStoreID, c.alice().UserID) || !o.state.IsNull() {
		t.Errorf("after %s, enabled %t: %s", took, c.Enabled(c.IdentityStoreID, c.alice().UserID), o.state)
	}
	c.ClearFaults()
	c.run(t, o, config).none(t)
	c.unchanged(t, o, config)
}

// The import of a disabled user with sessions has no value of locked. Configuration that is
// generated from it locks the user and does not enable the user.
func TestUserLock_importWithSessions(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	user := c.AddUser(c.IdentityStoreID, simulator.User{UserName: "mallory"})
	c.AddSession(c.IdentityStoreID, user, simulator.Session{SessionID: "s-1"})
	o, config := c.lock(t)
	o.imports(c.IdentityStoreID+"/"+user, nil).says(t, "WARNING", "is disabled, but has 1 session")
	attributes(t, o, map[string]string{"locked": "null", "sessions_verified": "false"})
	config["user_id"] = user
	c.run(t, o, config)
	attributes(t, o, map[string]string{"locked": "true", "sessions_verified": "true"})
	if n := len(c.CallsOf(simulator.EnableUser)); n != 0 {
		t.Errorf("enabled %d times", n)
	}
}
