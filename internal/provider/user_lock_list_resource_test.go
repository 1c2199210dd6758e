// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// listLocks runs the list resource. It returns the names of the listed users and the diagnostics of
// all results.
func (c *cloud) listLocks(t *testing.T, limit int64, arguments attrs) (names []string, found messages) {
	t.Helper()
	server := c.serve(t)
	config := attrs{"identity_store_id": c.IdentityStoreID}
	maps.Copy(config, arguments)
	for _, result := range server.list(t, lockType, limit, config) {
		found = append(found, result.Diagnostics)
		if result.Resource == nil {
			continue
		}
		value, err := result.Resource.Unmarshal(server.schemas.ResourceSchemas[lockType].ValueType())
		if err != nil {
			t.Fatal(err)
		}
		lock := managed{t: t, state: value}
		if result.Identity == nil || lock.attribute("locked") != "true" || lock.attribute("enable_on_destroy") != "false" || lock.attribute("reason") != "null" {
			t.Errorf("%s: %s", result.DisplayName, value)
		}
		names = append(names, result.DisplayName)
	}
	return names, found
}

func TestUserLockList(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	var want []string
	for i := range 250 {
		user := simulator.User{UserName: fmt.Sprintf("user-%03d", i), Enabled: i%50 != 7}
		if i == 57 {
			user.CreatedBy = "SCIM/okta"
		}
		c.AddUser(c.IdentityStoreID, user)
		if !user.Enabled {
			want = append(want, user.UserName)
		}
	}
	names, found := c.listLocks(t, 100, nil)
	found.none(t)
	if !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
	if calls := c.CallsOf(simulator.ListUsers); len(calls) != 3 || len(c.Calls()) != 3 {
		t.Errorf("calls: %v", c.Operations())
	}

	// Filters.
	for provisioned, want := range map[bool]int{true: 1, false: 4} {
		if names, _ := c.listLocks(t, 100, attrs{"provisioned": provisioned}); len(names) != want {
			t.Errorf("provisioned = %t: %v", provisioned, names)
		}
	}
	chosen := []string{"user-057", "user-057", "user-058", "nobody", "user-207"}
	names, found = c.listLocks(t, 100, attrs{"user_names": chosen})
	found.none(t)
	if !slices.Equal(names, []string{"user-057", "user-207"}) {
		t.Errorf("got %v", names)
	}

	// A limit stops the pages.
	c.ResetCalls()
	if names, _ := c.listLocks(t, 1, nil); len(names) != 1 || len(c.Calls()) != 1 {
		t.Errorf("%v, calls: %v", names, c.Operations())
	}

	// A failed read is a warning after the results that could be read.
	c.Inject(refusal(simulator.ListUsers, 1, 0, http.StatusForbidden, "IIC.1000", "denied"))
	names, found = c.listLocks(t, 100, nil)
	if len(names) != 2 || found.failed() {
		t.Errorf("%v: %s", names, found.text(0))
	}
	found.says(t, "WARNING", "Not all users were listed")
}

// The advice for a throttled list does not name timeouts, which lists do not have.
func TestUserLockList_throttled(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Inject(simulator.Fault{Operation: simulator.ListUsers, Status: http.StatusTooManyRequests, Code: "APIGW.0308", Header: http.Header{"Retry-After": {"600"}}})
	_, found := c.listLocks(t, 100, nil)
	found.says(t, "Not all users were listed", "Try again after it, or raise the timeout if it can be set.")
}

// If the list of users does not say who is enabled, a warning says that locks may be missing.
func TestUserLockList_unknownStatus(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.SetEnabled(c.IdentityStoreID, c.alice().UserID, false)
	c.Configure(func(o *simulator.Options) { o.EnabledAs = "absent" })
	for _, limit := range []int64{1, 100} {
		names, found := c.listLocks(t, limit, nil)
		if len(names) > 0 || found.failed() || len(found) != 1 {
			t.Errorf("%v: %s", names, found.text(0))
		}
		found.says(t, "WARNING", "Not all users were listed", "whether user "+c.alice().UserID+" is enabled")
	}
	// Users who are filtered out do not matter.
	if names, found := c.listLocks(t, 100, attrs{"provisioned": true}); len(names) > 0 || len(found) > 0 {
		t.Errorf("%v: %s", names, found.text(0))
	}
}
