// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// users returns all that Users yields, up to the first error.
func users(c *Client, storeID, name string) ([]User, error) {
	var list []User
	for user, err := range c.Users(context.Background(), storeID, name) {
		if err != nil {
			return list, err
		}
		list = append(list, user)
	}
	return list, nil
}

func pointerTo[T any](value T) *T { return &value }

func TestUser_allFields(t *testing.T) {
	t.Parallel()
	b := serve(t)
	u := b.alice.User
	want := User{
		ID: u.UserID, name: "alice", UserName: "alice", DisplayName: u.DisplayName, GivenName: u.Name.GivenName,
		FamilyName: u.Name.FamilyName, Title: u.Title, UserType: u.UserType, Enabled: pointerTo(true),
		Emails:       []ContactPoint{{Value: "alice@example.com", Type: "work", Primary: true, VerificationStatus: "VERIFIED"}},
		PhoneNumbers: []ContactPoint{{Value: u.PhoneNumbers[0].Value, Type: "work", Primary: true}},
		ExternalIDs:  []ExternalID{{ID: "hr-alice", Issuer: "https://idp.example.com"}},
		Enterprise: Enterprise{
			EmployeeNumber: u.Enterprise.EmployeeNumber, CostCenter: u.Enterprise.CostCenter, Department: u.Enterprise.Department,
			Organization: u.Enterprise.Organization, Manager: u.Enterprise.Manager.Value,
		},
		CreatedAt: u.CreatedAt.UTC(), CreatedBy: "admin", UpdatedAt: u.UpdatedAt.UTC(), UpdatedBy: "admin",
	}
	got, _, err := b.management().User(t.Context(), b.IdentityStoreID, u.UserID)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("described as %+v, %v, want %+v", got, err, want)
	}
	list, err := users(b.management(), b.IdentityStoreID, "alice")
	if err != nil || len(list) != 1 || !reflect.DeepEqual(list[0], want) {
		t.Errorf("listed as %+v, %v, want %+v", list, err, want)
	}
}

func TestUser_onlyRequiredFields(t *testing.T) {
	t.Parallel()
	b := serve(t)
	b.Inject(simulator.Fault{Status: http.StatusOK, Body: `{"user_id":"u","enabled":false}`, Times: 1}, simulator.Fault{Status: http.StatusOK, Body: `{"users":[{"user_id":"u"}],"page_info":{"current_count":1}}`})
	want := User{ID: "u", Enabled: pointerTo(false)}
	got, _, err := b.management().User(t.Context(), b.IdentityStoreID, "u")
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("described as %+v, %v", got, err)
	}
	// A list may omit the status.
	want.Enabled = nil
	list, err := users(b.management(), b.IdentityStoreID, "")
	if err != nil || len(list) != 1 || !reflect.DeepEqual(list[0], want) {
		t.Errorf("listed as %+v, %v", list, err)
	}
}

// Only the ID and the status must have the documented type.
func TestUser_unexpectedTypes(t *testing.T) {
	t.Parallel()
	b := serve(t)
	describe := func(fields string) (User, error) {
		b.ClearFaults()
		b.Inject(simulator.Fault{Status: http.StatusOK, Body: `{"user_id":"u",` + fields + `}`})
		user, _, err := b.management().User(t.Context(), b.IdentityStoreID, "u")
		return user, err
	}
	for fields, enabled := range map[string]bool{
		`"enabled":"true"`: true, `"enabled":"false"`: false, `"enabled":true,"enabled":true`: true,
		`"enabled":false,"user_name":7,"display_name":[],"name":"x","emails":{},"phone_numbers":[1],"external_ids":"x","enterprise":[],"created_at":"soon","updated_at":{}`: false,
	} {
		if user, err := describe(fields); err != nil || user.Disabled() == enabled {
			t.Errorf("%s: %+v, %v", fields, user, err)
		}
	}
	for _, fields := range []string{
		`"enabled":null`, `"enabled":0`, `"enabled":1`, `"enabled":"no"`, `"enabled":"t"`, `"enabled":{}`, `"enabled":[false]`, `"disabled":true`,
	} {
		if user, err := describe(fields); !errors.Is(err, transport.ErrUndocumented) {
			t.Errorf("%s: %+v, %v", fields, user, err)
		}
	}
	b.ClearFaults()
	b.Inject(simulator.Fault{Status: http.StatusOK, Body: `{"users":[{"user_id":"u","enabled":7,"user_name":false,"emails":[{"value":1,"type":"work"}]}],"page_info":{"current_count":1}}`})
	if list, err := users(b.management(), b.IdentityStoreID, ""); err != nil || len(list) != 1 || list[0].Enabled != nil || list[0].Emails[0].Type != "work" {
		t.Errorf("%+v, %v", list, err)
	}
}

// Names are made printable, and different names stay different.
func TestUser_printable(t *testing.T) {
	t.Parallel()
	b := serve(t)
	id := b.AddUser(b.IdentityStoreID, simulator.User{UserName: "robin\u00a0", DisplayName: "\u001b[2J" + strings.Repeat("x", 1<<20)})
	if got, err := users(b.management(), b.IdentityStoreID, "robin"); err != nil || len(got) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	got, err := users(b.management(), b.IdentityStoreID, "robin\u00a0")
	if err != nil || len(got) != 1 || got[0].ID != id || got[0].UserName != "robin " || len(got[0].DisplayName) != longestName || strings.Contains(got[0].DisplayName, "\u001b") {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestUser_unknown(t *testing.T) {
	t.Parallel()
	b := serve(t)
	if _, _, err := b.management().User(t.Context(), b.IdentityStoreID, "nobody"); statusOf(t, err) != http.StatusNotFound {
		t.Errorf("got %v", err)
	}
}

func TestUsers_pages(t *testing.T) {
	t.Parallel()
	b := serve(t)
	seeded := b.SeedUsers("d-many", 250, 0)
	got, err := users(b.management(), "d-many", "")
	if err != nil || len(got) != 250 || len(b.Calls()) != 3 {
		t.Fatalf("%d users in %d calls: %v", len(got), len(b.Calls()), err)
	}
	for i, user := range got {
		if user.ID != seeded[i].UserID {
			t.Errorf("user %d is %s", i, user.ID)
		}
	}
}

func TestUsers_none(t *testing.T) {
	t.Parallel()
	b := serve(t)
	if got, err := users(b.management(), b.IdentityStoreID, "nobody"); err != nil || len(got) != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestUsers_lazyPages(t *testing.T) {
	t.Parallel()
	b := serve(t)
	b.SeedUsers("d-many", 250, 0)
	for _, err := range b.management().Users(t.Context(), "d-many", "") {
		if err != nil {
			t.Error(err)
		}
		break
	}
	if n := len(b.Calls()); n != 1 {
		t.Errorf("%d calls", n)
	}
}

func TestUsers_exactName(t *testing.T) {
	t.Parallel()
	b := serve(t, func(o *simulator.Options) { o.FuzzyUserName = true })
	for i := range 150 {
		b.AddUser(b.IdentityStoreID, simulator.User{UserName: fmt.Sprintf("alice%d", i)})
	}
	b.AddUser(b.IdentityStoreID, simulator.User{UserName: "Alice"})
	got, err := users(b.management(), b.IdentityStoreID, "alice")
	if err != nil || len(got) != 1 || got[0].ID != b.alice.UserID || len(b.Calls()) != 2 {
		t.Errorf("%d users in %d calls: %v", len(got), len(b.Calls()), err)
	}
}

func TestUsers_refusedPage(t *testing.T) {
	t.Parallel()
	b := serve(t)
	b.SeedUsers("d-many", 250, 0)
	refused := simulator.Refuse(403, "IIC.1000", "No.")
	refused.After = 1
	b.Inject(refused)
	got, err := users(b.management(), "d-many", "")
	if statusOf(t, err) != 403 || len(got) != 100 || len(b.Calls()) != 2 {
		t.Errorf("%d users in %d calls: %v", len(got), len(b.Calls()), err)
	}
}

func TestUsers_undocumented(t *testing.T) {
	t.Parallel()
	for _, body := range []string{``, `{}`, `{"users":null}`, `{"users":[{}]}`, `{"users":[{"user_id":""}]}`, `{"users":{}}`, `<html>`} {
		b := serve(t)
		b.Inject(simulator.Fault{Status: http.StatusOK, Body: body})
		if got, err := users(b.management(), b.IdentityStoreID, ""); !errors.Is(err, transport.ErrUndocumented) || got != nil {
			t.Errorf("%s: got %v, %v", body, got, err)
		}
		if _, _, err := b.management().User(t.Context(), b.IdentityStoreID, "u"); !errors.Is(err, transport.ErrUndocumented) {
			t.Errorf("%s: described: %v", body, err)
		}
	}
}
