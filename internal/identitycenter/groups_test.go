// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"errors"
	"fmt"
	"iter"
	"net/http"
	"reflect"
	"slices"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// all returns what a list yields up to the first error.
func all[T any](list iter.Seq2[T, error]) ([]T, error) {
	var entries []T
	for entry, err := range list {
		if err != nil {
			return entries, err
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

// answered returns a client whose responses all have the same body.
func answered(t *testing.T, status int, body string) (*backend, *Client) {
	t.Helper()
	b := serve(t)
	b.Inject(simulator.Fault{Status: status, Body: body})
	return b, b.management()
}

func TestGroup_allFields(t *testing.T) {
	t.Parallel()
	b := serve(t)
	g := b.Groups[0]
	want := Group{
		ID: g.GroupID, DisplayName: "security", name: "security", Description: g.Description,
		ExternalIDs: []ExternalID{{ID: "hr-security", Issuer: "https://idp.example.com"}}, CreatedAt: g.CreatedAt.UTC(), UpdatedAt: g.UpdatedAt.UTC(),
	}
	got, receipt, err := b.management().Group(t.Context(), b.IdentityStoreID, g.GroupID)
	want.CreatedAt, want.UpdatedAt = got.CreatedAt, got.UpdatedAt
	if err != nil || !reflect.DeepEqual(got, want) || got.CreatedAt.UnixMilli() != g.CreatedAt.UnixMilli() || receipt.RequestID() == "" || receipt.Date.IsZero() {
		t.Errorf("got %+v, %+v, %v, want %+v", got, receipt, err, want)
	}
	if _, _, err := b.management().Group(t.Context(), b.IdentityStoreID, "nobody"); !refusal(t, err).NotFound() {
		t.Errorf("got %v", err)
	}
	_, c := answered(t, http.StatusOK, `{}`)
	if _, _, err := c.Group(t.Context(), "d-1", "g"); !errors.Is(err, transport.ErrUndocumented) {
		t.Errorf("got %v", err)
	}
}

func TestGroupID(t *testing.T) {
	t.Parallel()
	for _, status := range []int{404, 400} {
		b := serve(t, func(o *simulator.Options) { o.GroupNotFound = status })
		if got, _, err := b.management().GroupID(t.Context(), b.IdentityStoreID, "staff"); err != nil || got != b.Groups[1].GroupID {
			t.Errorf("got %q, %v", got, err)
		}
		if _, _, err := b.management().GroupID(t.Context(), b.IdentityStoreID, "nobody"); statusOf(t, err) != status {
			t.Errorf("%d: got %v", status, err)
		}
	}
	_, c := answered(t, http.StatusOK, `{"group_id":""}`)
	if _, _, err := c.GroupID(t.Context(), "d-1", "staff"); !errors.Is(err, transport.ErrUndocumented) {
		t.Errorf("got %v", err)
	}
}

func TestMemberships_pages(t *testing.T) {
	t.Parallel()
	b := serve(t)
	c := b.management()
	staff := b.Groups[1].GroupID
	want := []string{b.alice.UserID, b.Users[1].UserID}
	for _, user := range b.SeedUsers(b.IdentityStoreID, 150, 0) {
		b.AddMember(b.IdentityStoreID, staff, user.UserID)
		want = append(want, user.UserID)
	}
	got, err := all(c.GroupMembers(t.Context(), b.IdentityStoreID, staff))
	if err != nil || !slices.Equal(got, want) || len(b.CallsOf(simulator.ListGroupMemberships)) != 2 {
		t.Errorf("%d members: %v", len(got), err)
	}
	wantGroups := []string{b.Groups[0].GroupID, staff}
	for i := range 120 {
		id := b.AddGroup(b.IdentityStoreID, simulator.Group{DisplayName: fmt.Sprint("group ", i)})
		b.AddMember(b.IdentityStoreID, id, b.alice.UserID)
		wantGroups = append(wantGroups, id)
	}
	memberships, err := all(c.MembershipsOf(t.Context(), b.IdentityStoreID, b.alice.UserID))
	got = nil
	for _, membership := range memberships {
		got = append(got, membership.GroupID)
	}
	slices.Sort(got)
	slices.Sort(wantGroups)
	if err != nil || !slices.Equal(got, wantGroups) {
		t.Errorf("%d groups: %v", len(got), err)
	}
}

func TestMemberships_undocumented(t *testing.T) {
	t.Parallel()
	for _, body := range []string{``, `{}`, `{"group_memberships":null}`, `{"group_memberships":[{}]}`, `{"group_memberships":[{"member_id":{"user_id":""},"group_id":""}]}`} {
		_, c := answered(t, http.StatusOK, body)
		if _, err := all(c.GroupMembers(t.Context(), "d-1", "g")); !errors.Is(err, transport.ErrUndocumented) {
			t.Errorf("%s: members: %v", body, err)
		}
		if _, err := all(c.MembershipsOf(t.Context(), "d-1", "u")); !errors.Is(err, transport.ErrUndocumented) {
			t.Errorf("%s: groups: %v", body, err)
		}
	}
}

// Memberships of two groups count, also with the same ID.
func TestMemberships_sameID(t *testing.T) {
	t.Parallel()
	_, c := answered(t, http.StatusOK, `{"group_memberships":[{"membership_id":"m","group_id":"a"},{"membership_id":"m","group_id":"b"}],"page_info":{"current_count":2}}`)
	if got, err := all(c.MembershipsOf(t.Context(), "d-1", "u")); err != nil || len(got) != 2 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestDescribeUsers(t *testing.T) {
	t.Parallel()
	for _, status := range []int{0, 404, 400} {
		b := serve(t, func(o *simulator.Options) { o.UnknownUsers = status })
		got, _, err := b.management().DescribeUsers(t.Context(), b.IdentityStoreID, []string{b.alice.UserID, b.Users[1].UserID})
		if err != nil || len(got) != 2 || got[0].UserName != "alice" || got[0].Disabled() {
			t.Errorf("got %+v, %v", got, err)
		}
		got, _, err = b.management().DescribeUsers(t.Context(), b.IdentityStoreID, []string{b.alice.UserID, "nobody"})
		if status == 0 && (err != nil || len(got) != 1) || status != 0 && statusOf(t, err) != status {
			t.Errorf("%d: got %+v, %v", status, got, err)
		}
	}
	for _, body := range []string{`{}`, `{"users":[{}]}`} {
		_, c := answered(t, http.StatusOK, body)
		if _, _, err := c.DescribeUsers(t.Context(), "d-1", []string{"u"}); !errors.Is(err, transport.ErrUndocumented) {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

func TestUser_disableAndEnable(t *testing.T) {
	t.Parallel()
	b := serve(t, func(o *simulator.Options) { o.AlreadyInState = 409 })
	c, store := b.management(), b.IdentityStoreID
	for range 2 {
		for _, enabled := range []bool{false, true} {
			change := c.DisableUser
			if enabled {
				change = c.EnableUser
			}
			if receipt, err := change(t.Context(), store, b.alice.UserID); err != nil || receipt.RequestID() == "" {
				t.Fatal(err)
			}
			if user, _, err := c.User(t.Context(), store, b.alice.UserID); err != nil || user.Disabled() == enabled {
				t.Errorf("got %+v, %v", user, err)
			}
			if _, err := change(t.Context(), store, b.alice.UserID); statusOf(t, err) != 409 {
				t.Errorf("got %v", err)
			}
		}
	}
	_, other := answered(t, http.StatusOK, `{"user":{}}`)
	if _, err := other.DisableUser(t.Context(), store, "u"); !errors.Is(err, transport.ErrUndocumented) {
		t.Errorf("got %v", err)
	}
}

func TestUserGone(t *testing.T) {
	t.Parallel()
	b := serve(t)
	store := b.IdentityStoreID
	if gone, err := b.management().UserGone(t.Context(), store, "nobody"); !gone || err != nil {
		t.Errorf("unknown user: %t, %v", gone, err)
	}
	if gone, err := b.management().UserGone(t.Context(), store, b.alice.UserID); gone || err != nil {
		t.Errorf("known user: %t, %v", gone, err)
	}
	if gone, err := b.management().UserGone(t.Context(), "d-wrong", "nobody"); gone || err == nil {
		t.Errorf("unknown store: %t, %v", gone, err)
	}
	for name, fault := range map[string]simulator.Fault{
		"wrong endpoint": simulator.Refuse(404, transport.CodeNoAPI, "No such API."), "page": {Status: 404, Body: "<html>"}, "empty": {Status: 404},
		"refused": simulator.Refuse(403, "IIC.1000", "No."), "bad": simulator.Refuse(400, "IIC.400", "Bad."),
	} {
		b.ClearFaults()
		fault.Operation = simulator.DescribeUser
		b.Inject(fault)
		if gone, err := b.management().UserGone(t.Context(), store, "nobody"); gone || statusOf(t, err) != fault.Status {
			t.Errorf("%s: %t, %v", name, gone, err)
		}
	}
	b.ClearFaults()
	b.Inject(simulator.Fault{Operation: simulator.ListUsers, Status: 403, Code: "IIC.1000"})
	if gone, err := b.management().UserGone(t.Context(), store, "nobody"); gone || statusOf(t, err) != 403 {
		t.Errorf("list refused: %t, %v", gone, err)
	}
}
