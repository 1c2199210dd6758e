// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package useraccess

import (
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

func TestTheAccessOfAUser(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	for name, test := range map[string]struct {
		reading func(*simulator.Options)
		// direct is what is known of the one that Alice has both ways.
		direct *bool
		// others is what is known of those that she has through a group only.
		others *bool
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
					{c.Accounts[0], administrator, "Administrator", 8 * time.Hour, test.direct, []string{c.Groups[0].GroupID}},
					{c.Accounts[0], readOnly, "ReadOnly", 90 * time.Minute, test.others, []string{c.Groups[1].GroupID}},
					{c.Accounts[1], readOnly, "ReadOnly", 90 * time.Minute, test.others, []string{c.Groups[1].GroupID}},
				},
				PermissionSetIDs: slices.Sorted(slices.Values([]string{administrator, readOnly})), Longest: 8 * time.Hour,
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

func TestAUserWithoutAccessAndNone(t *testing.T) {
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

func TestADurationThatIsNotUnderstood(t *testing.T) {
	t.Parallel()
	c := serve(t)
	id := c.AddPermissionSet(c.InstanceID, simulator.PermissionSet{Name: "Odd", SessionDuration: "P1M"})
	c.AddAccountAssignment(c.InstanceID, simulator.AccountAssignment{AccountID: c.Accounts[0], PermissionSetID: id, PrincipalID: c.Users[2].UserID, PrincipalType: "USER"})
	if _, err := c.of(t, 2); err == nil || !strings.Contains(err.Error(), `"P1M"`) || !strings.Contains(err.Error(), "Odd") {
		t.Error(err)
	}
}

func TestAnyCallThatFailsIsAnError(t *testing.T) {
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

// 50 groups and 1,000 assignments at 20 ms a call.
func TestManyGroupsAndAssignmentsInTime(t *testing.T) {
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
	c.Inject(simulator.Fault{Delay: 20 * time.Millisecond})
	begun := time.Now()
	got, err := c.of(t, 2)
	if err != nil || len(got.Assignments) != 1000 || len(got.PermissionSetIDs) != 20 {
		t.Fatalf("%d assignments, %v", len(got.Assignments), err)
	}
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("took %s", took)
	}
	if n := len(c.CallsOf(simulator.DescribePermissionSet)); n != 20 {
		t.Errorf("%d descriptions of 20 permission sets", n)
	}
}
