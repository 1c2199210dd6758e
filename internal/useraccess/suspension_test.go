// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package useraccess

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// incident is the user Carol with 12 assignments of her own in 5 accounts, and 3 groups with 9
// more. Bob is in these groups too. A fourth group has no assignments.
type incident struct {
	*acctest.Cloud
	suspender *Suspender
	userID    string
	otherID   string
	groups    []string
	idle      string
	listed    Listed

	mu       sync.Mutex
	reported []Change
}

// newIncident starts a simulator. Pauses last a millisecond, and calls are sent once.
func newIncident(t *testing.T, configure ...func(*simulator.Options)) *incident {
	t.Helper()
	c := acctest.New(t, configure...)
	i := &incident{Cloud: c, userID: c.Users[2].UserID, otherID: c.Users[1].UserID}
	i.suspender = &Suspender{client: identitycenter.New(c.Transport(), c, false), firstPause: time.Millisecond}
	i.listed = Listed{InstanceID: c.InstanceID, IdentityStoreID: c.IdentityStoreID, UserID: i.userID, Report: func(change Change) {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.reported = append(i.reported, change)
	}}
	assign := func(account, set int, principal, kind string) {
		c.AddAccountAssignment(c.InstanceID, simulator.AccountAssignment{
			AccountID: fmt.Sprintf("account-%d", account), PermissionSetID: c.PermissionSets[set].PermissionSetID, PrincipalID: principal, PrincipalType: kind,
		})
	}
	third := c.AddPermissionSet(c.InstanceID, simulator.PermissionSet{Name: "Operator"})
	c.PermissionSets = append(c.PermissionSets, simulator.SeededPermissionSet{PermissionSet: simulator.PermissionSet{PermissionSetID: third}})
	for n := range 12 {
		assign(n%5, n/5, i.userID, "USER")
		i.listed.Items = append(i.listed.Items, Item{AccountID: fmt.Sprintf("account-%d", n%5), PermissionSetID: c.PermissionSets[n/5].PermissionSetID})
	}
	for g := range 4 {
		id := c.AddGroup(c.IdentityStoreID, simulator.Group{DisplayName: fmt.Sprintf("group %d", g)})
		c.AddMember(c.IdentityStoreID, id, i.userID)
		c.AddMember(c.IdentityStoreID, id, i.otherID)
		if g == 3 {
			i.idle = id
			continue
		}
		i.groups = append(i.groups, id)
		i.listed.Items = append(i.listed.Items, Item{GroupID: id})
		for n := range 3 {
			assign(5+n, g, id, "GROUP")
		}
	}
	return i
}

// access is the user's access in the simulator: assignments and groups.
func (i *incident) access() string {
	var all []string
	for _, a := range i.AccountAssignments(i.InstanceID, "USER", i.userID) {
		all = append(all, a.AccountID+"/"+a.PermissionSetID)
	}
	all = append(all, i.GroupsOf(i.IdentityStoreID, i.userID)...)
	slices.Sort(all)
	return strings.Join(all, " ")
}

// others fails the test if anything changed for Bob or the groups.
func (i *incident) others(t *testing.T) {
	t.Helper()
	for _, group := range append(slices.Clone(i.groups), i.idle) {
		if !slices.Contains(i.GroupsOf(i.IdentityStoreID, i.otherID), group) {
			t.Errorf("another member of %s was removed", group)
		}
	}
	for _, group := range i.groups {
		if n := len(i.AccountAssignments(i.InstanceID, "GROUP", group)); n != 3 {
			t.Errorf("group %s has %d assignments", group, n)
		}
	}
	if !slices.Contains(i.GroupsOf(i.IdentityStoreID, i.userID), i.idle) {
		t.Error("the group that is not listed was left")
	}
}

// readings has the readings of each open fact, one at a time.
func readings() map[string]func(*simulator.Options) {
	return map[string]func(*simulator.Options){
		"default":                  func(*simulator.Options) {},
		"asynchronous":             func(o *simulator.Options) { o.AssignmentPolls = 3 },
		"conflicts":                func(o *simulator.Options) { o.AssignmentPolls, o.AssignmentConflict = 2, true },
		"shown later":              func(o *simulator.Options) { o.AssignmentLag = 2 },
		"with groups, named":       func(o *simulator.Options) { o.AssignmentsIncludeGroups = true },
		"with groups, as the user": func(o *simulator.Options) { o.AssignmentsIncludeGroups, o.GroupAssignmentsAsUser = true, true },
		"dates of the other type":  func(o *simulator.Options) { o.SwapCreatedDates = true },
		"repeated: 200": func(o *simulator.Options) {
			o.AssignmentMissing, o.MembershipMissing, o.MembershipExists = 200, 200, 200
		},
		"repeated: 409 and 400": func(o *simulator.Options) {
			o.AssignmentExists, o.AssignmentMissing, o.MembershipExists = 409, 400, 400
		},
		"repeated: 400 and 409": func(o *simulator.Options) {
			o.AssignmentExists, o.AssignmentMissing, o.MembershipMissing = 400, 409, 400
		},
		"repeated: ends as FAILED":  func(o *simulator.Options) { o.RepeatedAssignmentFails, o.AssignmentPolls = true, 1 },
		"identity provider's group": func(o *simulator.Options) { o.ProvisionedMemberships = 403 },
	}
}

// A missing item needs no change.
func TestSuspend_readings(t *testing.T) {
	t.Parallel()
	for name, reading := range readings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newIncident(t, reading)
			before := i.access()
			i.listed.Items = append(i.listed.Items, Item{AccountID: "account-9", PermissionSetID: i.PermissionSets[0].PermissionSetID}, Item{GroupID: "group-9"})
			result, err := i.suspender.Suspend(t.Context(), i.listed)
			if err != nil || len(result.Present) > 0 || len(result.Changes) != 15 || len(i.reported) != 15 {
				t.Fatalf("suspended: present %v, %d changes, %d reported, %v", result.Present, len(result.Changes), len(i.reported), err)
			}
			if got := i.access(); got != i.idle {
				t.Errorf("the user has %s", got)
			}
			i.others(t)
			for _, operation := range []string{simulator.DeleteAccountAssignment, simulator.DeleteGroupMembership} {
				accepted := slices.DeleteFunc(i.CallsOf(operation), func(c simulator.Call) bool { return c.Status != 200 })
				if want := map[string]int{simulator.DeleteAccountAssignment: 12, simulator.DeleteGroupMembership: 3}[operation]; len(accepted) != want {
					t.Errorf("%d accepted calls of %s, want %d", len(accepted), operation, want)
				}
			}

			i.listed.Items = i.listed.Items[:15]
			result, err = i.suspender.Restore(t.Context(), i.listed)
			if err != nil || !slices.Equal(result.Present, i.listed.Items) {
				t.Fatalf("restored: %v, %v", result.Present, err)
			}
			if got := i.access(); got != before {
				t.Errorf("the user has\n%s, had\n%s", got, before)
			}
			i.others(t)

			// The second run has nothing to do.
			i.ResetCalls()
			if result, err := i.suspender.Restore(t.Context(), i.listed); err != nil || len(result.Changes) > 0 {
				t.Errorf("restored again: %v, %v", result.Changes, err)
			}
			for _, operation := range i.Operations() {
				if !strings.HasPrefix(operation, "List") && !strings.HasPrefix(operation, "Describe") {
					t.Errorf("it calls %s", operation)
				}
			}
		})
	}
}

// The list of the user may show assignments of groups as the user's own. They are then neither
// removed nor created as the user's own, and the error mentions groups.
func TestSuspend_throughGroup(t *testing.T) {
	t.Parallel()
	for name, missing := range map[string]func(*simulator.Options){
		"404": func(*simulator.Options) {}, "409": func(o *simulator.Options) { o.AssignmentMissing = 409 },
		"200": func(o *simulator.Options) { o.AssignmentMissing = 200 }, "FAILED": func(o *simulator.Options) { o.RepeatedAssignmentFails = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newIncident(t, missing, func(o *simulator.Options) { o.AssignmentsIncludeGroups, o.GroupAssignmentsAsUser = true, true })
			before := i.access()
			through := Item{AccountID: "account-5", PermissionSetID: i.PermissionSets[0].PermissionSetID}
			i.listed.Items = append([]Item{through}, i.listed.Items...)
			if result, err := i.suspender.Suspend(t.Context(), i.listed); err != nil || i.access() != i.idle {
				t.Fatalf("suspended: %v, the user has %s: %v", result, i.access(), err)
			}
			if result, err := i.suspender.Restore(t.Context(), i.listed); err != nil || i.access() != before || len(result.Present) != 16 {
				t.Fatalf("restored: %v, the user has %s: %v", result, i.access(), err)
			}

			i.listed.Items = []Item{through}
			result, err := i.suspender.Suspend(t.Context(), i.listed)
			if err == nil || !strings.Contains(err.Error(), "through a group") || !slices.Equal(result.Present, i.listed.Items) || i.access() != before {
				t.Errorf("suspended: %v, %v", result, err)
			}
		})
	}
}

// IDs in another case are the same access, which must not count as missing.
func TestSuspend_upperCase(t *testing.T) {
	t.Parallel()
	i := newIncident(t)
	items := i.listed.Items
	i.listed.Items = nil
	for _, item := range items {
		i.listed.Items = append(i.listed.Items, Item{item.AccountID, strings.ToUpper(item.PermissionSetID), strings.ToUpper(item.GroupID)})
	}
	present, err := i.suspender.Present(t.Context(), i.listed)
	if err != nil || !slices.Equal(present, i.listed.Items) {
		t.Errorf("present: %v, %v", present, err)
	}
	// The simulator compares the IDs of permission sets by case.
	result, err := i.suspender.Suspend(t.Context(), i.listed)
	if err == nil || !slices.Equal(result.Present, i.listed.Items[:12]) || len(i.GroupsOf(i.IdentityStoreID, i.userID)) != 1 {
		t.Errorf("%v, %v; the user has %s", result, err, i.access())
	}
}

func TestSuspend_provisionedGroup(t *testing.T) {
	t.Parallel()
	for name, reading := range map[string]func(*simulator.Options){
		"refused 403": func(o *simulator.Options) { o.ProvisionedMemberships = 403 },
		"refused 400": func(o *simulator.Options) { o.ProvisionedMemberships = 400 },
		"refused 409": func(o *simulator.Options) { o.ProvisionedMemberships = 409 },
		"back":        func(o *simulator.Options) { o.ProvisionedMembershipsReturn = 2 },
		"back later":  func(o *simulator.Options) { o.ProvisionedMembershipsReturn = 3 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newIncident(t, reading)
			i.AddGroup(i.IdentityStoreID, simulator.Group{GroupID: i.groups[1], DisplayName: "group 1", CreatedBy: "SCIM/idp"})
			result, err := i.suspender.Suspend(t.Context(), i.listed)
			if name == "back later" {
				if err != nil {
					t.Fatal(err)
				}
				present, err := i.suspender.Present(t.Context(), i.listed)
				if err != nil || !slices.Equal(present, []Item{{GroupID: i.groups[1]}}) {
					t.Errorf("present: %v, %v", present, err)
				}
				return
			}
			var incomplete *UnfinishedError
			if !errors.As(err, &incomplete) || len(incomplete.Left) != 1 || incomplete.Left[0].Item.GroupID != i.groups[1] || incomplete.Left[0].Err == nil {
				t.Fatalf("got %v", err)
			}
			if !slices.Equal(result.Present, []Item{{GroupID: i.groups[1]}}) || len(result.Changes) != 14 || len(i.AccountAssignments(i.InstanceID, "USER", i.userID)) > 0 {
				t.Errorf("present: %v, %d changes, the user has %s", result.Present, len(result.Changes), i.access())
			}
			i.others(t)
		})
	}
}

// The error names every item that is left. The next run finishes.
func TestSuspend_failures(t *testing.T) {
	t.Parallel()
	refuse := func(operation string, times, status int, code string) simulator.Fault {
		return simulator.Fault{Operation: operation, Times: times, Status: status, Code: code, Message: "not today"}
	}
	for name, test := range map[string]struct {
		reading func(*simulator.Options)
		faults  []simulator.Fault
		// left is the number of items that the error names; 0 means no error.
		left int
		// words are in the text of the error.
		words string
	}{
		"throttled":                   {faults: []simulator.Fault{refuse(simulator.DeleteAccountAssignment, 3, 429, "APIGW.0308")}},
		"conflicts, more than once":   {faults: []simulator.Fault{refuse(simulator.DeleteAccountAssignment, 60, 409, "IIC.1006")}},
		"another conflict":            {faults: []simulator.Fault{refuse(simulator.DeleteGroupMembership, 3, 409, "IIC.1007")}},
		"a server error":              {faults: []simulator.Fault{refuse(simulator.DeleteAccountAssignment, 5, 503, "IIC.1"), refuse(simulator.DeleteGroupMembership, 5, 500, "IIC.1")}},
		"a lost request":              {faults: []simulator.Fault{{Operation: simulator.DeleteAccountAssignment, Times: 3, DropBefore: true}}},
		"a lost response":             {faults: []simulator.Fault{{Operation: simulator.DeleteAccountAssignment, Times: 3, DropAfter: true}, {Operation: simulator.DeleteGroupMembership, Times: 1, DropAfter: true}}},
		"a cut response":              {faults: []simulator.Fault{{Operation: simulator.DeleteAccountAssignment, Times: 3, CutBody: true}}},
		"a response that says little": {faults: []simulator.Fault{{Operation: simulator.DeleteAccountAssignment, Times: 3, Status: 200, Body: "{}"}}},
		"a server error, for good":    {faults: []simulator.Fault{refuse(simulator.DeleteAccountAssignment, 0, 503, "IIC.1")}, left: 12, words: "503"},
		"refused, for good":           {faults: []simulator.Fault{refuse(simulator.DeleteAccountAssignment, 0, 403, "IIC.1000")}, left: 12, words: "not today"},
		"one is refused":              {faults: []simulator.Fault{refuse(simulator.DeleteGroupMembership, 1, 400, "IIC.400")}, left: 1, words: "not today"},
		"it fails":                    {reading: func(o *simulator.Options) { o.AssignmentFailure = "no such luck" }, left: 12, words: "no such luck"},
		"a status that comes late":    {reading: func(o *simulator.Options) { o.AssignmentPolls = 8 }, faults: []simulator.Fault{refuse(simulator.DescribeAccountAssignmentDeletionStatus, 3, 404, "IIC.404")}},
		"the status is refused":       {reading: func(o *simulator.Options) { o.AssignmentPolls = 1 }, faults: []simulator.Fault{refuse(simulator.DescribeAccountAssignmentDeletionStatus, 0, 403, "IIC.1000")}, left: 12, words: "the outcome is not known"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newIncident(t)
			if test.reading != nil {
				i.Configure(test.reading)
			}
			i.Inject(test.faults...)
			result, err := i.suspender.Suspend(t.Context(), i.listed)
			var incomplete *UnfinishedError
			switch {
			case test.left == 0 && err != nil:
				t.Fatal(err)
			case test.left > 0 && (!errors.As(err, &incomplete) || len(incomplete.Left) != test.left || !strings.Contains(err.Error(), test.words)):
				t.Fatalf("got %v", err)
			}
			if len(result.Present) != test.left || len(result.Changes) != 15-test.left {
				t.Errorf("present: %v, %d changes", result.Present, len(result.Changes))
			}
			i.ClearFaults()
			i.Configure(func(o *simulator.Options) { *o = simulator.Options{} })
			if result, err := i.suspender.Suspend(t.Context(), i.listed); err != nil || len(result.Present) > 0 || i.access() != i.idle {
				t.Errorf("the next run: %v, %v, the user has %s", result.Present, err, i.access())
			}
			i.others(t)
		})
	}
}

// If the first reads fail, nothing is changed. If the verification fails, the run returns an error.
func TestSuspend_unreadable(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{simulator.DescribeUser, simulator.ListAccountAssignmentsForPrincipal, simulator.ListGroupMembershipsForMember} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			i := newIncident(t)
			before := i.access()
			i.Inject(simulator.Fault{Operation: operation, Status: 403, Code: "IIC.1000"})
			result, err := i.suspender.Suspend(t.Context(), i.listed)
			if incomplete := (*UnfinishedError)(nil); err == nil || errors.As(err, &incomplete) || len(result.Changes) > 0 || i.access() != before {
				t.Errorf("got %v, %v", result, err)
			}
			if operation == simulator.DescribeUser {
				return
			}
			i.ClearFaults()
			i.ResetCalls()
			i.Inject(simulator.Fault{Operation: operation, After: 1, Status: 403, Code: "IIC.1000"})
			result, err = i.suspender.Suspend(t.Context(), i.listed)
			incomplete := (*UnfinishedError)(nil)
			if !errors.As(err, &incomplete) || incomplete.Err == nil || len(incomplete.Left) > 0 || len(result.Changes) != 15 || len(result.Present) > 0 {
				t.Errorf("not verified: %v, %v", result, err)
			}
		})
	}
	i := newIncident(t)
	i.listed.UserID = "nobody"
	if _, err := i.suspender.Suspend(t.Context(), i.listed); !transport.NotFound(err) {
		t.Errorf("a user who does not exist: %v", err)
	}
}

// An interrupt at any call ends the run, and the result lists the finished changes.
func TestSuspend_interrupted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault simulator.Fault
		polls int
		// await is the operation whose nth call is interrupted.
		await string
		n     int
	}{
		"in a removal":          {simulator.Fault{Operation: simulator.DeleteAccountAssignment, After: 4, Hang: true}, 0, simulator.DeleteAccountAssignment, 12},
		"in a membership":       {simulator.Fault{Operation: simulator.DeleteGroupMembership, After: 1, Hang: true}, 0, simulator.DeleteGroupMembership, 3},
		"while it waits":        {simulator.Fault{}, 1000, simulator.DescribeAccountAssignmentDeletionStatus, 8},
		"in the verification":   {simulator.Fault{Operation: simulator.ListAccountAssignmentsForPrincipal, After: 2, Hang: true}, 0, simulator.ListAccountAssignmentsForPrincipal, 3},
		"between two attempts":  {simulator.Fault{Operation: simulator.DeleteAccountAssignment, Status: 409, Code: "IIC.1006"}, 0, simulator.DeleteAccountAssignment, 20},
		"while it is throttled": {simulator.Fault{Operation: simulator.DeleteAccountAssignment, Status: 429, Code: "APIGW.0308", Header: http.Header{"Retry-After": {"60"}}}, 0, simulator.DeleteAccountAssignment, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newIncident(t, func(o *simulator.Options) { o.AssignmentPolls = test.polls })
			if test.fault.Operation != "" {
				i.Inject(test.fault)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var ended time.Time
			go func() {
				if err := i.Await(t.Context(), test.await, min(test.n, 8+test.fault.After)); err == nil {
					ended = time.Now()
					cancel()
				}
			}()
			result, err := i.suspender.Suspend(ctx, i.listed)
			if took := time.Since(ended); took > time.Second {
				t.Errorf("it ends after %s", took)
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("got %v", err)
			}
			// An item that is not in Present is removed.
			has := strings.Fields(i.access())
			for _, item := range i.listed.Items {
				if !slices.Contains(result.Present, item) && slices.Contains(has, item.String()) {
					t.Errorf("%s is taken for removed", item.Describe())
				}
			}
			if len(result.Present)+len(result.Changes) != 15 {
				t.Errorf("%d present, %d changes", len(result.Present), len(result.Changes))
			}
		})
	}
}

// With random faults no access is lost. Without faults a suspension succeeds, at the latest when
// the requests of a failed run have been carried out, and restoring creates the original access.
func TestSuspend_randomFaultsProperty(t *testing.T) {
	t.Parallel()
	for _, seed := range acctest.Seeds(t) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 25))
			names, all := []string{}, readings()
			for name := range all {
				names = append(names, name)
			}
			slices.Sort(names)
			i := newIncident(t, all[names[r.IntN(len(names))]], all[names[r.IntN(len(names))]])
			before := i.access()
			operations := []string{
				simulator.DeleteAccountAssignment, simulator.CreateAccountAssignment, simulator.DeleteGroupMembership, simulator.CreateGroupMembership,
				simulator.DescribeAccountAssignmentCreationStatus, simulator.DescribeAccountAssignmentDeletionStatus,
				simulator.ListAccountAssignmentsForPrincipal, simulator.ListGroupMembershipsForMember, simulator.DescribeUser,
			}
			for range 1 + r.IntN(6) {
				fault := simulator.Fault{Operation: operations[r.IntN(len(operations))], After: r.IntN(15), Times: 1 + r.IntN(10)}
				switch r.IntN(6) {
				case 0:
					fault.DropBefore = true
				case 1:
					fault.DropAfter = true
				case 2:
					fault.CutBody = true
				case 3:
					fault.Status, fault.Code = 403, "IIC.1000"
				case 4:
					fault.Status, fault.Body = 502, "<html>"
				default:
					fault.Status, fault.Code = 409, "IIC.1006"
				}
				i.Inject(fault)
			}
			change := func(want bool) (Result, error) {
				if want {
					return i.suspender.Restore(t.Context(), i.listed)
				}
				return i.suspender.Suspend(t.Context(), i.listed)
			}
			// After a failed run, the API may still carry out its requests, and lists may be
			// delayed. The next run may then read access that changes soon after.
			settled := true
			for round := range 6 {
				want := round%2 == 1
				result, err := change(want)
				if incomplete := (*UnfinishedError)(nil); settled && (err == nil || errors.As(err, &incomplete)) {
					i.check(t, result, err, want)
				}
				settled = err == nil
			}
			i.ClearFaults()
			if !settled {
				_, _ = change(false)
			}
			if _, err := change(false); err != nil || i.access() != i.idle {
				t.Errorf("suspended: %v, the user has %s", err, i.access())
			}
			if _, err := change(true); err != nil || i.access() != before {
				t.Errorf("restored: %v, the user has\n%s, had\n%s", err, i.access(), before)
			}
			i.others(t)
		})
	}
}

// check fails the test if a result reports a change that was not made.
func (i *incident) check(t *testing.T, result Result, err error, want bool) {
	t.Helper()
	has := strings.Fields(i.access())
	for _, item := range i.listed.Items {
		there, said := slices.Contains(has, item.String()), slices.Contains(result.Present, item)
		if there != want && said == want {
			t.Errorf("%s: present is %t, the user has it: %t (%v)", item.Describe(), said, there, err)
		}
		if err == nil && there != want {
			t.Errorf("no error, and %s: the user has it: %t", item.Describe(), there)
		}
	}
}

// 200 assignments take less than 30 s at 20 ms per call. Each is removed once.
func TestSuspend_manyAssignments(t *testing.T) {
	t.Parallel()
	i := newIncident(t, func(o *simulator.Options) { o.AssignmentPolls = 1 })
	i.suspender.firstPause = firstPause
	for n := range 188 {
		item := Item{AccountID: fmt.Sprintf("many-%03d", n), PermissionSetID: i.PermissionSets[0].PermissionSetID}
		i.AddAccountAssignment(i.InstanceID, simulator.AccountAssignment{
			AccountID: item.AccountID, PermissionSetID: item.PermissionSetID, PrincipalID: i.userID, PrincipalType: "USER",
		})
		i.listed.Items = append(i.listed.Items, item)
	}
	i.Inject(simulator.Fault{Delay: 20 * time.Millisecond})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	begun := time.Now()
	if _, err := i.suspender.Suspend(ctx, i.listed); err != nil {
		t.Fatal(err)
	}
	t.Logf("200 assignments in %s", time.Since(begun))
	if got := i.access(); got != i.idle {
		t.Errorf("the user has %s", got)
	}
	removed := map[string]int{}
	for _, call := range i.CallsOf(simulator.DeleteAccountAssignment) {
		removed[string(call.Body)]++
	}
	for body, n := range removed {
		if n != 1 {
			t.Errorf("%d times: %s", n, body)
		}
	}
	if len(removed) != 200 {
		t.Errorf("%d are removed", len(removed))
	}
}

// At most 8 changes run concurrently.
func TestSuspend_concurrency(t *testing.T) {
	t.Parallel()
	i := newIncident(t)
	i.Inject(simulator.Fault{Operation: simulator.DeleteAccountAssignment, Hang: true})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		if i.Await(t.Context(), simulator.DeleteAccountAssignment, maxConcurrentChanges) == nil {
			cancel()
		}
	}()
	if _, err := i.suspender.Suspend(ctx, i.listed); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if n := len(i.CallsOf(simulator.DeleteAccountAssignment)); n != maxConcurrentChanges {
		t.Errorf("%d at the same time", n)
	}
}
