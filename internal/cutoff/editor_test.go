// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package cutoff

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// cloud is a simulator with the demonstration data.
type cloud struct {
	*acctest.Cloud
	// target is the permission set whose policy has unusual formatting.
	target Target
	before string
}

func serve(t *testing.T, configure ...func(*simulator.Options)) *cloud {
	t.Helper()
	c := acctest.New(t, configure...)
	return &cloud{c, Target{c.InstanceID, c.PermissionSets[0].PermissionSetID}, c.PermissionSets[0].CustomPolicy}
}

// fast is the timing of tests.
var fast = Timing{
	FirstPause: 2 * time.Millisecond, MaxPause: 50 * time.Millisecond, AcceptedLag: 2 * time.Second, UncertainLag: 30 * time.Millisecond,
	MissingPause: 2 * time.Millisecond, ReportAfter: 10 * time.Millisecond,
}

// editor returns an editor as another process would have it. Its client does not retry.
func (c *cloud) editor() *Editor {
	return New(identitycenter.New(c.Transport(func(config *transport.Config) {
		config.RequestTimeout, config.MaxConcurrentRequests = 5*time.Second, 100
	}), c, false), fast)
}

// change returns a change for a new statement.
func (c *cloud) change(t *testing.T) Change {
	t.Helper()
	return Change{Target: c.target, Statement: statement(t, moment), New: true, Report: func(string) {}}
}

// text returns the current policy; "" for none.
func (c *cloud) text() string {
	text, _ := c.CustomPolicy(c.target.InstanceID, c.target.PermissionSetID)
	return text
}

// provisioned returns the policy in the first account.
func (c *cloud) provisioned() string {
	text, _ := c.ProvisionedPolicy(c.target.InstanceID, c.target.PermissionSetID, c.Accounts[0])
	return text
}

// edit changes the policy as another client would.
func (c *cloud) edit(change func(text string) string) {
	c.SetCustomPolicy(c.target.InstanceID, c.target.PermissionSetID, change(c.text()))
}

// addTheirs adds a statement of another client.
func (c *cloud) addTheirs(sid string) {
	c.edit(func(text string) string {
		return strings.Replace(text, "[", `[{"Sid":"`+sid+`","Effect":"Allow","Action":["a:b:c"],"Resource":["*"]}, `, 1)
	})
}

// holds counts the occurrences of the statement in a text.
func holds(t *testing.T, text string, s Statement) int {
	t.Helper()
	p, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if p == nil {
		return 0
	}
	n := p.countAnonymous(s, false)
	for _, e := range p.statements {
		if e.sid == s.ID && e.denies(s) {
			n++
		}
	}
	return n
}

// For each reading of the API, Put adds the statement and provisions it. Remove restores all other
// statements.
func TestEditor_readings(t *testing.T) {
	t.Parallel()
	readings := map[string]func(*simulator.Options){
		"the default":                   func(*simulator.Options) {},
		"no policy is 404":              func(o *simulator.Options) { o.NoPolicy = http.StatusNotFound },
		"reads lag":                     func(o *simulator.Options) { o.StalePolicyReads = 4 },
		"a status that comes late":      func(o *simulator.Options) { o.ProvisioningPolls, o.ProvisioningStatusMissing = 1, 2 },
		"Sids are dropped":              func(o *simulator.Options) { o.DropSid = true },
		"bytes are not kept":            func(o *simulator.Options) { o.ReformatPolicies = true },
		"neither Sids nor bytes":        func(o *simulator.Options) { o.DropSid, o.ReformatPolicies = true, true },
		"provisioning takes a while":    func(o *simulator.Options) { o.ProvisioningPolls = 3 },
		"one provisioning at a time":    func(o *simulator.Options) { o.ProvisioningPolls, o.ProvisioningConflict = 3, true },
		"a put deletes the old kind":    func(o *simulator.Options) { o.PutDeletesOldPolicies = true },
		"other types of created_date":   func(o *simulator.Options) { o.SwapCreatedDates = true },
		"the limit of the OpenAPI file": func(o *simulator.Options) { o.PolicyLimit = 10_240 },
	}
	for name, reading := range readings {
		for kind, before := range map[string]string{"with a policy": "as seeded", "without one": ""} {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				c := serve(t, reading)
				if before == "" {
					c.before = ""
					c.edit(func(string) string { return "" })
				}
				e, change := c.editor(), c.change(t)
				if outcome, err := e.Put(t.Context(), change); err != nil || !outcome.Written || !outcome.Provisioned {
					t.Fatalf("%+v, %v", outcome, err)
				}
				if holds(t, c.text(), change.Statement) != 1 || c.provisioned() != c.text() {
					t.Errorf("policy %s\nprovisioned %s", c.text(), c.provisioned())
				}
				change.New = false
				if there, err := e.Holds(t.Context(), change.Target, change.Statement, false); err != nil || !there {
					t.Errorf("there: %v, %v", there, err)
				}
				if outcome, err := e.Remove(t.Context(), change, true); err != nil || !outcome.Written || !outcome.Provisioned {
					t.Fatalf("%+v, %v", outcome, err)
				}
				if !same(t, c.before, c.text(), name) || c.provisioned() != c.text() {
					t.Errorf("before %s\nafter %s\nprovisioned %s", c.before, c.text(), c.provisioned())
				}
				if there, err := e.Holds(t.Context(), change.Target, change.Statement, false); err != nil || there {
					t.Errorf("there: %v, %v", there, err)
				}
			})
		}
	}
}

// same compares policies byte by byte, ignoring what the API itself changes.
func same(t *testing.T, before, after, reading string) bool {
	t.Helper()
	switch {
	case before == "" || !strings.Contains(reading, "bytes") && !strings.Contains(reading, "Sids"):
		return before == after
	case strings.Contains(reading, "Sids"):
		return !strings.Contains(after, "identitycenterCutoff") && !strings.Contains(after, "g:TokenIssueTime") && strings.Contains(after, "g:MFAAge")
	}
	var one, other any
	if err := errors.Join(json.Unmarshal([]byte(before), &one), json.Unmarshal([]byte(after), &other)); err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(one, other)
}

func TestPut_movesAndRestores(t *testing.T) {
	t.Parallel()
	for _, drop := range []bool{false, true} {
		c := serve(t, func(o *simulator.Options) { o.DropSid = drop })
		e, change := c.editor(), c.change(t)
		twin := c.change(t)
		for _, one := range []Change{change, twin} {
			if _, err := e.Put(t.Context(), one); err != nil {
				t.Fatal(err)
			}
		}
		old := change.Statement
		change.New, change.Statement.Previous = false, []time.Time{moment}
		change.Statement.IssuedBefore = moment.Add(time.Hour)
		for range 2 { // The second call finds nothing to do.
			if _, err := e.Put(t.Context(), change); err != nil {
				t.Fatal(err)
			}
			change.Statement.Previous = nil
		}
		if holds(t, c.text(), change.Statement) != 1 || holds(t, c.text(), twin.Statement) != 1 || c.text() != c.provisioned() {
			t.Errorf("dropping Sids: %v\n%s", drop, c.text())
		}
		// Another client removes all statements.
		c.edit(func(string) string { return c.before })
		if there, err := e.Holds(t.Context(), c.target, change.Statement, false); err != nil || there {
			t.Errorf("there: %v, %v", there, err)
		}
		if outcome, err := e.Put(t.Context(), change); err != nil || !outcome.Written || holds(t, c.text(), change.Statement) != 1 || holds(t, c.text(), old) != 0 {
			t.Errorf("%+v, %v\n%s", outcome, err, c.text())
		}
	}
}

func TestEditor_manyStatements(t *testing.T) {
	t.Parallel()
	c := serve(t, func(o *simulator.Options) { o.ProvisioningPolls, o.ProvisioningConflict = 2, true })
	e := c.editor()
	changes := make([]Change, 10)
	for i := range changes {
		changes[i] = c.change(t) // All have one cutoff time.
	}
	together(t, changes, func(change Change) error {
		_, err := e.Put(t.Context(), change)
		return err
	})
	for _, change := range changes {
		if n := holds(t, c.text(), change.Statement); n != 1 {
			t.Errorf("%s is there %d times", change.Statement.ID, n)
		}
	}
	if c.provisioned() != c.text() {
		t.Error("not provisioned")
	}
	together(t, changes, func(change Change) error {
		_, err := e.Remove(t.Context(), change, true)
		return err
	})
	if c.text() != c.before || c.provisioned() != c.before {
		t.Errorf("left:\n%s", c.text())
	}
}

// together calls a function for all items at once.
func together(t *testing.T, changes []Change, do func(Change) error) {
	t.Helper()
	var group sync.WaitGroup
	for _, change := range changes {
		group.Go(func() {
			if err := do(change); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

// Two independent processes edit one policy.
func TestEditor_twoProcesses(t *testing.T) {
	t.Parallel()
	for range 2 {
		c := serve(t, func(o *simulator.Options) { o.ProvisioningPolls = 3 })
		editors := []*Editor{c.editor(), c.editor()}
		changes := make([]Change, 20)
		for i := range changes {
			changes[i] = c.change(t)
		}
		editorOf := func(change Change) *Editor {
			return editors[slices.IndexFunc(changes, func(one Change) bool { return one.Statement.ID == change.Statement.ID })%2]
		}
		together(t, changes, func(change Change) error {
			_, err := editorOf(change).Put(t.Context(), change)
			return err
		})
		for _, change := range changes {
			if n := holds(t, c.text(), change.Statement); n != 1 {
				t.Errorf("%s is there %d times", change.Statement.ID, n)
			}
			if n := holds(t, c.provisioned(), change.Statement); n != 1 {
				t.Errorf("%s is provisioned %d times", change.Statement.ID, n)
			}
		}
		together(t, changes, func(change Change) error {
			_, err := editorOf(change).Remove(t.Context(), change, true)
			return err
		})
		if c.text() != c.before {
			t.Errorf("left:\n%s", c.text())
		}
	}
}

// A provisioning that began before the edit and ends after it restores the old policy.
func TestPut_olderProvisioning(t *testing.T) {
	t.Parallel()
	c := serve(t, func(o *simulator.Options) { o.ProvisioningPolls = 100 })
	change := c.change(t)
	older, _, err := c.editor().client.Provision(t.Context(), change.InstanceID, change.PermissionSetID)
	if err != nil {
		t.Fatal(err)
	}
	c.Configure(func(o *simulator.Options) { o.ProvisioningPolls = 1 })
	var once sync.Once
	c.Before(simulator.ListAccountsForProvisionedPermissionSet, func() {
		once.Do(func() {
			for older.Status == identitycenter.InProgress {
				if older, _, err = c.editor().client.ProvisioningStatus(t.Context(), change.InstanceID, older.RequestID); err != nil {
					t.Error(err)
					return
				}
			}
		})
	})
	if outcome, err := c.editor().Put(t.Context(), change); err != nil || !outcome.Provisioned {
		t.Errorf("%+v, %v", outcome, err)
	}
	if older.Status != identitycenter.Succeeded || c.provisioned() != c.text() {
		t.Errorf("the older one %s; provisioned is:\n%s", older.Status, c.provisioned())
	}
}

// The error lists accounts without the policy if it was provisioned and not edited.
func TestPut_laggingAccounts(t *testing.T) {
	t.Parallel()
	c := serve(t)
	c.Inject(simulator.Fault{
		Operation: simulator.ListAccountsForProvisionedPermissionSet, Status: http.StatusOK, Body: `{"account_ids": ["closed"], "page_info": {"current_count": 1}}`,
	})
	outcome, err := c.editor().Put(t.Context(), c.change(t))
	var failed *ProvisioningError
	if !errors.As(err, &failed) || !slices.Equal(failed.Accounts, []string{"closed"}) || !outcome.Written || outcome.Provisioned {
		t.Errorf("%+v, %v", outcome, err)
	}
	if n := len(c.CallsOf(simulator.ProvisionPermissionSet)); n != maxProvisionings {
		t.Errorf("provisioned %d times", n)
	}
}

// calls are the API calls of a put and a removal.
var calls = []string{
	simulator.GetCustomPolicyForPermissionSet, simulator.GetCustomRoleForPermissionSet, simulator.ListManagedRolesInPermissionSet,
	simulator.PutCustomPolicyToPermissionSet, simulator.DeleteCustomPolicyFromPermissionSet, simulator.ProvisionPermissionSet,
	simulator.DescribePermissionSetProvisioningStatus,
}

// A fault occurs at each call, once or always. Other statements are kept, and the outcome is
// correct.
func TestEditor_faults(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]simulator.Fault{
		"403":       simulator.Refuse(http.StatusForbidden, "IIC.1000", "No."),
		"500":       {Status: http.StatusInternalServerError},
		"reset":     {DropBefore: true},
		"lost":      {DropAfter: true},
		"HTML":      {Status: http.StatusOK, ContentType: "text/html", Body: "<html>"},
		"truncated": {CutBody: true},
		"409":       simulator.Refuse(http.StatusConflict, "IIC.1007", "Busy."),
		"not found": simulator.Refuse(http.StatusNotFound, "IIC.1205", "No such permission set."),
	} {
		for _, operation := range calls {
			afters := 1
			if operation == simulator.GetCustomPolicyForPermissionSet {
				afters = 5
			}
			for after := range afters {
				for _, times := range []int{1, 0} {
					t.Run(fmt.Sprintf("%s of %s, after %d, times %d", name, operation, after, times), func(t *testing.T) {
						t.Parallel()
						fault := fault
						fault.Operation, fault.After, fault.Times = operation, after, times
						faultAt(t, fault)
					})
				}
			}
		}
	}
}

// faultAt puts and removes a statement while calls fail.
func faultAt(t *testing.T, fault simulator.Fault) {
	t.Helper()
	c := serve(t, func(o *simulator.Options) { o.ProvisioningPolls = 1 })
	if fault.Operation == simulator.DeleteCustomPolicyFromPermissionSet {
		c.before = ""
		c.edit(func(string) string { return "" })
	}
	e, change := c.editor(), c.change(t)
	within := func(bound time.Duration, do func(ctx context.Context) (Outcome, error)) (Outcome, error) {
		ctx, cancel := context.WithTimeout(t.Context(), bound)
		defer cancel()
		return do(ctx)
	}
	// Only the wait for a running provisioning lasts until ctx ends.
	bound := time.Minute
	if fault.Status == http.StatusConflict && fault.Times == 0 && fault.Operation == simulator.ProvisionPermissionSet {
		bound = 150 * time.Millisecond
	}
	put := func(ctx context.Context) (Outcome, error) { return e.Put(ctx, change) }
	remove := func(ctx context.Context) (Outcome, error) { return e.Remove(ctx, change, true) }

	c.Inject(fault)
	outcome, err := within(bound, put)
	after := c.text()
	switch {
	case err == nil && (!outcome.Provisioned || holds(t, after, change.Statement) != 1 || holds(t, c.provisioned(), change.Statement) != 1):
		t.Fatalf("a success that is none: %+v\n%s", outcome, after)
	case err != nil && !outcome.Written && after != c.before:
		t.Fatalf("something was written: %v\n%s", err, after)
	}
	if n := holds(t, after, change.Statement); n == 1 {
		after = removeFrom(t, after, change.Statement)
	}
	if after != c.before {
		t.Fatalf("statements of others are lost:\n%s", after)
	}

	// The next apply continues, with the same statement if it is in the state.
	c.ClearFaults()
	change.New = false
	if outcome, err := within(time.Minute, put); err != nil || holds(t, c.text(), change.Statement) != 1 || holds(t, c.provisioned(), change.Statement) != 1 {
		t.Fatalf("%+v, %v\n%s", outcome, err, c.text())
	}

	c.Inject(fault)
	outcome, err = within(bound, remove)
	switch {
	case err == nil && (c.text() != c.before || c.provisioned() != c.before):
		t.Fatalf("a success that is none: %+v\n%s", outcome, c.text())
	case err != nil && !outcome.Written && holds(t, c.text(), change.Statement) != 1:
		t.Fatalf("something was written: %v\n%s", err, c.text())
	}
	c.ClearFaults()
	if _, err := within(time.Minute, remove); err != nil || c.text() != c.before || c.provisioned() != c.before {
		t.Fatalf("%v\n%s", err, c.text())
	}
}

func removeFrom(t *testing.T, text string, s Statement) string {
	t.Helper()
	p := mustParse(t, text)
	return p.without(p.find(s))
}

// An edit by another client between any two calls is kept. The only exception is right before the
// put, because the API has no conditional put.
func TestEditor_concurrentEdit(t *testing.T) {
	t.Parallel()
	for _, operation := range calls {
		for nth := range 6 {
			if operation == simulator.PutCustomPolicyToPermissionSet || operation == simulator.DeleteCustomPolicyFromPermissionSet {
				continue
			}
			t.Run(fmt.Sprintf("before %s %d", operation, nth), func(t *testing.T) {
				t.Parallel()
				c := serve(t, func(o *simulator.Options) { o.ProvisioningPolls = 1 })
				e, change := c.editor(), c.change(t)
				var n, edits atomic.Int64
				defer c.Before(operation, func() {
					if n.Add(1) == int64(nth)+1 {
						c.addTheirs(fmt.Sprintf("theirs%d", edits.Add(1)))
					}
				})()
				if _, err := e.Put(t.Context(), change); err != nil {
					t.Fatal(err)
				}
				n.Store(0)
				if _, err := e.Remove(t.Context(), change, true); err != nil {
					t.Fatal(err)
				}
				for i := range edits.Load() {
					if !strings.Contains(c.text(), fmt.Sprintf(`{"Sid":"theirs%d"`, i+1)) {
						t.Errorf("edit %d is lost:\n%s", i+1, c.text())
					}
				}
				if holds(t, c.text(), change.Statement) != 0 {
					t.Errorf("left:\n%s", c.text())
				}
			})
		}
	}
}

// Another client removes the statement during the provisioning. This is detected.
func TestPut_removedDuringProvisioning(t *testing.T) {
	t.Parallel()
	c := serve(t)
	e, change := c.editor(), c.change(t)
	var once sync.Once
	defer c.Before(simulator.ProvisionPermissionSet, func() {
		once.Do(func() { c.edit(func(string) string { return c.before }) })
	})()
	if outcome, err := e.Put(t.Context(), change); err != nil || !outcome.Provisioned || holds(t, c.provisioned(), change.Statement) != 1 {
		t.Errorf("%+v, %v\n%s", outcome, err, c.provisioned())
	}
	if n := len(c.CallsOf(simulator.PutCustomPolicyToPermissionSet)); n != 2 {
		t.Errorf("put %d times", n)
	}
}

// isPolicyError reports whether an error is a PolicyError that contains these words.
func isPolicyError(err error, words string) bool {
	var refused *PolicyError
	return errors.As(err, &refused) && strings.Contains(refused.Reason, words)
}

func isBadRequest(err error) bool {
	var failed *transport.Error
	return errors.As(err, &failed) && failed.Status == http.StatusBadRequest
}

func TestPut_refusals(t *testing.T) {
	t.Parallel()
	long := `{"Version":"5.0","Statement":[{"Sid":"` + strings.Repeat("ä", 131_000) + `","Effect":"Allow"}]}`
	for name, test := range map[string]struct {
		prepare func(*cloud)
		want    func(error) bool
	}{
		"a custom role": {
			func(c *cloud) { c.SetCustomRole(c.target.InstanceID, c.target.PermissionSetID, `{"Version":"1.1"}`) },
			func(err error) bool { return isPolicyError(err, "a custom role") },
		},
		"managed roles": {
			func(c *cloud) { c.AddManagedRole(c.target.InstanceID, c.target.PermissionSetID, "te_admin") },
			func(err error) bool { return isPolicyError(err, "the managed roles te_admin") },
		},
		"a policy of version 1.1": {
			func(c *cloud) { c.edit(func(string) string { return `{"Version":"1.1","Statement":[]}` }) },
			func(err error) bool { return isPolicyError(err, "not a policy of version 5.0") },
		},
		"no JSON": {
			func(c *cloud) { c.edit(func(string) string { return `{` }) },
			func(err error) bool { return isPolicyError(err, "not a policy of version 5.0") },
		},
		"a policy at its limit": {
			func(c *cloud) { c.edit(func(string) string { return long }) },
			isBadRequest,
		},
		"a policy at the API's own limit": {
			func(c *cloud) { c.Configure(func(o *simulator.Options) { o.PolicyLimit = len(c.before) + 10 }) },
			isBadRequest,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := serve(t, func(o *simulator.Options) { o.PutDeletesOldPolicies = true })
			test.prepare(c)
			before := c.text()
			outcome, err := c.editor().Put(t.Context(), c.change(t))
			if !test.want(err) || outcome.Written || outcome.Provisioned {
				t.Errorf("%+v, %v", outcome, err)
			}
			role, _ := c.CustomRole(c.target.InstanceID, c.target.PermissionSetID)
			if c.text() != before || len(c.CallsOf(simulator.ProvisionPermissionSet)) > 0 || name == "a custom role" && role == "" {
				t.Errorf("touched:\n%s", c.text())
			}
		})
	}
}

// The statement can be removed from a policy that other clients extended beyond the limit.
func TestRemove_overlongPolicy(t *testing.T) {
	t.Parallel()
	c := serve(t)
	change := c.change(t)
	long := `{"Version":"5.0","Statement":[{"Effect":"Allow","Resource":["` + strings.Repeat("x", 131_072-80) + `"]}]}`
	c.edit(func(string) string { return mustParse(t, long).with(change.Statement) })
	if _, err := c.editor().Remove(t.Context(), change, true); err != nil || c.text() != long {
		t.Errorf("%v, %d characters", err, len(c.text()))
	}
}

func TestEditor_provisioningFails(t *testing.T) {
	t.Parallel()
	c := serve(t, func(o *simulator.Options) { o.ProvisioningPolls, o.ProvisioningFailure = 1, "The account is closed." })
	e, change := c.editor(), c.change(t)
	outcome, err := e.Put(t.Context(), change)
	var failed *ProvisioningError
	if !errors.As(err, &failed) || failed.Reason != "The account is closed." || !slices.Equal(failed.Accounts, c.Accounts[:1]) || failed.RequestID == "" {
		t.Fatalf("%+v, %v", failed, err)
	}
	if !outcome.Written || outcome.Provisioned || holds(t, c.text(), change.Statement) != 1 {
		t.Errorf("%+v", outcome)
	}
	// The next apply only provisions.
	c.Configure(func(o *simulator.Options) { o.ProvisioningFailure = "" })
	c.ResetCalls()
	change.New = false
	if outcome, err := e.Put(t.Context(), change); err != nil || outcome.Written || !outcome.Provisioned || len(c.CallsOf(simulator.PutCustomPolicyToPermissionSet)) > 0 || c.provisioned() != c.text() {
		t.Errorf("%+v, %v", outcome, err)
	}
	// The second attempt at the removal only provisions, too.
	c.Configure(func(o *simulator.Options) { o.ProvisioningFailure = "No." })
	if outcome, err := e.Remove(t.Context(), change, true); !errors.As(err, &failed) || !outcome.Written || c.text() != c.before {
		t.Errorf("%+v, %v", outcome, err)
	}
	c.Configure(func(o *simulator.Options) { o.ProvisioningFailure = "" })
	if outcome, err := e.Remove(t.Context(), change, true); err != nil || outcome.Written || c.provisioned() != c.before {
		t.Errorf("%+v, %v", outcome, err)
	}
	// The third attempt has nothing to do.
	c.ResetCalls()
	if _, err := e.Remove(t.Context(), change, true); err != nil || len(c.CallsOf(simulator.ProvisionPermissionSet)) > 0 {
		t.Error(err)
	}
}

func TestPut_provisioningTimeout(t *testing.T) {
	t.Parallel()
	for name, configure := range map[string]func(*cloud){
		"our own": func(c *cloud) { c.Configure(func(o *simulator.Options) { o.ProvisioningPolls = 1_000_000 }) },
		"another": func(c *cloud) {
			c.Inject(simulator.Fault{Operation: simulator.ProvisionPermissionSet, Status: http.StatusConflict, Code: "IIC.1006"})
		},
	} {
		c := serve(t)
		configure(c)
		cause := errors.New("the time is over")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, cause)
		outcome, err := c.editor().Put(ctx, c.change(t))
		cancel()
		if !errors.Is(err, cause) || !outcome.Written || outcome.Provisioned {
			t.Errorf("%s: %+v, %v", name, outcome, err)
		}
	}
}

// This is the Delete of a replacement.
func TestRemove_withoutProvisioning(t *testing.T) {
	t.Parallel()
	c := serve(t)
	e, change := c.editor(), c.change(t)
	if _, err := e.Put(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	if outcome, err := e.Remove(t.Context(), change, false); err != nil || !outcome.Written || outcome.Provisioned || c.text() != c.before || c.provisioned() == c.before {
		t.Errorf("%+v, %v", outcome, err)
	}
}

func TestPut_replacedPolicy(t *testing.T) {
	t.Parallel()
	c := serve(t)
	change := c.change(t)
	var reported []string
	change.Report = func(message string) { reported = append(reported, message) }
	if _, err := c.editor().Put(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	if len(reported) != 1 || !strings.Contains(reported[0], fmt.Sprintf("%q", c.before)) {
		t.Errorf("%q", reported)
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	c := serve(t)
	for name, test := range map[string]struct {
		target Target
		gone   bool
		failed bool
	}{
		"there":            {c.target, false, false},
		"no such set":      {Target{c.InstanceID, "ps-0000000000000000"}, true, false},
		"no such instance": {Target{"ssoins-0000000000000000", c.target.PermissionSetID}, false, true},
	} {
		if gone, err := c.editor().Missing(t.Context(), test.target); gone != test.gone || (err != nil) != test.failed {
			t.Errorf("%s: %v, %v", name, gone, err)
		}
	}
}

// Another client copied the ID of our statement to a different statement. Only ours is moved and
// removed. A changed statement of ours is still ours.
func TestEditor_copiedSid(t *testing.T) {
	t.Parallel()
	c := serve(t)
	e, change := c.editor(), c.change(t)
	if _, err := e.Put(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	copied := `{"Sid":"` + change.Statement.ID + `","Effect":"Allow","Action":["a:b:c"],"Resource":["*"]}`
	copyIt := func(text string) string { return strings.Replace(text, "[", "["+copied+",", 1) }
	c.edit(copyIt)
	withCopy := copyIt(c.before)
	later := change
	later.New, later.Statement.Previous, later.Statement.IssuedBefore = false, []time.Time{change.Statement.IssuedBefore}, change.Statement.IssuedBefore.Add(time.Hour)
	if _, err := e.Put(t.Context(), later); err != nil || holds(t, c.text(), later.Statement) != 1 || holds(t, c.text(), change.Statement) != 0 || !strings.Contains(c.text(), copied) {
		t.Fatalf("%v\n%s", err, c.text())
	}
	later.Statement.Previous = nil
	if _, err := e.Remove(t.Context(), later, true); err != nil || c.text() != withCopy || c.provisioned() != withCopy {
		t.Errorf("%v\n%s", err, c.text())
	}
}
