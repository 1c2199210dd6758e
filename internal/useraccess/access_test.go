// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package useraccess

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

type cloud struct {
	*acctest.Cloud
	client *identitycenter.Client
}

func serve(t *testing.T, configure ...func(*simulator.Options)) *cloud {
	t.Helper()
	c := acctest.New(t, configure...)
	return &cloud{c, identitycenter.New(c.Transport(), c, false)}
}

func (c *cloud) of(t *testing.T, user int) (Access, error) {
	t.Helper()
	return Of(t.Context(), c.client, c.InstanceID, c.IdentityStoreID, c.Users[user].UserID)
}

func TestOf_readings(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	hours, minutes := 8*time.Hour, 90*time.Minute
	for name, test := range map[string]struct {
		reading func(*simulator.Options)
		// direct is the expected value for the assignment that Alice has both ways. others is the
		// value for those that she has only through a group.
		direct, others *bool
	}{
		"the list of a user without groups": {func(*simulator.Options) {}, &yes, &no},
		"with them, named":                  {func(o *simulator.Options) { o.AssignmentsIncludeGroups = true }, &yes, &no},
		"with them, as the user's own": {
			func(o *simulator.Options) { o.AssignmentsIncludeGroups, o.GroupAssignmentsAsUser = true, true }, nil, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := serve(t, test.reading)
			got, err := c.of(t, 0)
			if err != nil {
				t.Fatal(err)
			}
			administrator, readOnly := c.PermissionSets[0].PermissionSetID, c.PermissionSets[1].PermissionSetID
			want := Access{
				Assignments: []Assignment{
					{c.Accounts[0], administrator, "Administrator", &hours, test.direct, []string{c.Groups[0].GroupID}},
					{c.Accounts[0], readOnly, "ReadOnly", &minutes, test.others, []string{c.Groups[1].GroupID}},
					{c.Accounts[1], readOnly, "ReadOnly", &minutes, test.others, []string{c.Groups[1].GroupID}},
				},
				PermissionSetIDs: slices.Sorted(slices.Values([]string{administrator, readOnly})), Longest: hours,
				GroupIDs: slices.Sorted(slices.Values([]string{c.Groups[0].GroupID, c.Groups[1].GroupID})),
			}
			slices.SortFunc(want.Assignments, func(a, b Assignment) int {
				return strings.Compare(a.AccountID+a.PermissionSetID, b.AccountID+b.PermissionSetID)
			})
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			if n := len(c.CallsOf(simulator.DescribePermissionSet)); n != 2 {
				t.Errorf("%d descriptions of 2 permission sets", n)
			}
		})
	}
}

func TestOf_noAccess(t *testing.T) {
	t.Parallel()
	c := serve(t)
	if got, err := c.of(t, 2); err != nil || len(got.Assignments) != 0 || len(got.PermissionSetIDs) != 0 || got.Longest != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	var failed *transport.Error
	if _, err := Of(t.Context(), c.client, c.InstanceID, c.IdentityStoreID, "nobody"); !errors.As(err, &failed) || !failed.NotFound() {
		t.Errorf("%v", err)
	}
}

func TestOf_unreadableDuration(t *testing.T) {
	t.Parallel()
	c := serve(t)
	id := c.AddPermissionSet(c.InstanceID, simulator.PermissionSet{Name: "Odd", SessionDuration: "P1M"})
	c.AddAccountAssignment(c.InstanceID, simulator.AccountAssignment{AccountID: c.Accounts[0], PermissionSetID: id, PrincipalID: c.Users[2].UserID, PrincipalType: "USER"})
	if _, err := c.of(t, 2); err == nil || !strings.Contains(err.Error(), `"P1M"`) || !strings.Contains(err.Error(), "Odd") {
		t.Error(err)
	}
}

func TestOf_failedCall(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{
		simulator.DescribeUser, simulator.ListGroupMembershipsForMember, simulator.ListAccountAssignmentsForPrincipal, simulator.DescribePermissionSet,
	} {
		c := serve(t)
		c.Inject(simulator.Fault{Operation: operation, Status: http.StatusForbidden, Code: "IIC.1000"})
		if _, err := c.of(t, 0); err == nil {
			t.Errorf("%s: no error", operation)
		}
	}
}

// Readable returns the rest if a call fails, and says what is missing.
func TestReadable(t *testing.T) {
	t.Parallel()
	refuse := func(operation string, skip, times int) simulator.Fault {
		fault := simulator.Refuse(http.StatusForbidden, "IIC.1000", "no permission")
		fault.Operation, fault.After, fault.Times = operation, skip, times
		return fault
	}
	for name, test := range map[string]struct {
		fault       simulator.Fault
		assignments int
		missing     string // a part of it, "" for nothing
	}{
		"nothing fails":     {simulator.Fault{Operation: simulator.ListUsers}, 3, ""},
		"groups":            {refuse(simulator.ListGroupMembershipsForMember, 0, 0), 1, "the groups of the user"},
		"every assignment":  {refuse(simulator.ListAccountAssignmentsForPrincipal, 0, 0), 0, "the assignments of the user, the assignments of 2 groups ("},
		"permission sets":   {refuse(simulator.DescribePermissionSet, 0, 0), 3, "the name and session duration of 2 permission sets ("},
		"user not readable": {refuse(simulator.DescribeUser, 0, 0), 3, "whether the user exists"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := serve(t)
			if test.missing != "" {
				c.Inject(test.fault)
			}
			got, err := Readable(t.Context(), c.client, c.InstanceID, c.IdentityStoreID, c.Users[0].UserID)
			if len(got.Assignments) != test.assignments {
				t.Errorf("%d assignments, want %d", len(got.Assignments), test.assignments)
			}
			var incomplete *IncompleteError
			if errors.As(err, &incomplete) != (test.missing != "") || incomplete == nil && err != nil {
				t.Fatalf("error: %v", err)
			}
			if incomplete != nil && !strings.Contains(strings.Join(incomplete.Missing, ", "), test.missing) {
				t.Errorf("missing: %q, want %q", incomplete.Missing, test.missing)
			}
			for _, a := range got.Assignments {
				// Access that the API did not show is not reported.
				if test.missing == "the groups of the user" && a.Direct != nil {
					t.Errorf("direct is claimed: %+v", a)
				}
				if (a.SessionDuration == nil) != strings.Contains(test.missing, "duration") {
					t.Errorf("duration: %+v", a)
				}
			}
		})
	}
}

// Of and Readable return the same error if the user does not exist or the run is canceled.
func TestReadable_errors(t *testing.T) {
	t.Parallel()
	c := serve(t)
	var incomplete *IncompleteError
	if _, err := Readable(t.Context(), c.client, c.InstanceID, c.IdentityStoreID, "nobody"); !transport.NotFound(err) || errors.As(err, &incomplete) {
		t.Errorf("unknown user: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Readable(ctx, c.client, c.InstanceID, c.IdentityStoreID, c.Users[0].UserID); !errors.Is(err, context.Canceled) || errors.As(err, &incomplete) {
		t.Errorf("canceled: %v", err)
	}
}

// If the user's own assignments cannot be listed, an assignment of a group may also be a direct
// one.
func TestReadable_directIsUnknown(t *testing.T) {
	t.Parallel()
	r := &reader{sources: map[pair]*source{{"a", "p"}: {groups: []string{"g"}}}, sets: map[string]permissionSet{"p": {}}, noDirect: true}
	if direct := r.access().Assignments[0].Direct; direct != nil {
		t.Errorf("direct is %t", *direct)
	}
}

// 72 calls of 100 ms run concurrently. One after the other they would take 7.2 s.
func TestOf_manyGroups(t *testing.T) {
	t.Parallel()
	c := serve(t)
	var sets []string
	for i := range 20 {
		sets = append(sets, c.AddPermissionSet(c.InstanceID, simulator.PermissionSet{Name: fmt.Sprintf("set-%d", i), SessionDuration: "PT1H"}))
	}
	for i := range 50 {
		group := c.AddGroup(c.IdentityStoreID, simulator.Group{DisplayName: fmt.Sprintf("group-%d", i)})
		c.AddMember(c.IdentityStoreID, group, c.Users[2].UserID)
		for j := range 20 {
			c.AddAccountAssignment(c.InstanceID, simulator.AccountAssignment{
				AccountID: fmt.Sprintf("account-%04d", 20*i+j), PermissionSetID: sets[j], PrincipalID: group, PrincipalType: "GROUP",
			})
		}
	}
	c.Inject(simulator.Fault{Delay: 100 * time.Millisecond})
	begun := time.Now()
	got, err := c.of(t, 2)
	if err != nil || len(got.Assignments) != 1000 || len(got.PermissionSetIDs) != 20 {
		t.Fatalf("%d assignments, %v", len(got.Assignments), err)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
	if n := len(c.CallsOf(simulator.DescribePermissionSet)); n != 20 {
		t.Errorf("%d descriptions of 20 permission sets", n)
	}
}
