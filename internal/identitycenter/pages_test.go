// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// lists has all paged lists: the field of their entries, an entry with an ID, and the number of
// entries that the client yields.
var lists = map[string]struct {
	field string
	entry func(id string) any
	count func(ctx context.Context, c *Client) (int, error)
}{
	simulator.ListUsers: {"users", object("user_id"), func(ctx context.Context, c *Client) (int, error) { return count(c.Users(ctx, "d", "")) }},
	simulator.ListGroupMemberships: {
		"group_memberships", func(id string) any { return map[string]any{"member_id": object("user_id")(id)} },
		func(ctx context.Context, c *Client) (int, error) { return count(c.GroupMembers(ctx, "d", "g")) },
	},
	simulator.ListGroupMembershipsForMember: {"group_memberships", object("group_id", "membership_id"), func(ctx context.Context, c *Client) (int, error) { return count(c.MembershipsOf(ctx, "d", "u")) }},
	simulator.ListInstances:                 {"instances", object("instance_id", "identity_store_id"), func(ctx context.Context, c *Client) (int, error) { return count(c.Instances(ctx)) }},
	simulator.ListPermissionSets:            {"permission_sets", object("permission_set_id"), func(ctx context.Context, c *Client) (int, error) { return count(c.PermissionSets(ctx, "i")) }},
	simulator.ListManagedRolesInPermissionSet: {"attached_managed_roles", object("role_name"), func(ctx context.Context, c *Client) (int, error) {
		return count(c.ManagedRoles(ctx, "i", "p"))
	}},
	simulator.ListAccountsForProvisionedPermissionSet: {"account_ids", func(id string) any { return id }, func(ctx context.Context, c *Client) (int, error) {
		return count(c.ProvisionedAccounts(ctx, "i", "p", false))
	}},
	simulator.ListAccountAssignmentsForPrincipal: {"account_assignments", object("account_id", "permission_set_id"), func(ctx context.Context, c *Client) (int, error) {
		return count(c.AccountAssignments(ctx, "i", "u", PrincipalUser))
	}},
}

// object returns an entry whose fields all have the ID.
func object(fields ...string) func(id string) any {
	return func(id string) any {
		entry := map[string]any{}
		for _, field := range fields {
			entry[field] = id
		}
		return entry
	}
}

func count[T any](list func(func(T, error) bool)) (n int, err error) {
	for _, err := range list {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// pageOf returns the body of a page with entries and more fields.
func pageOf(t *testing.T, operation string, ids []string, more string) string {
	t.Helper()
	entries := []any{}
	for _, id := range ids {
		entries = append(entries, lists[operation].entry(id))
	}
	body, err := json.Marshal(map[string]any{lists[operation].field: entries})
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(string(body), "}") + more + "}"
}

// respond returns the bodies in order.
func respond(b *backend, bodies ...string) {
	for _, body := range bodies {
		b.Inject(simulator.Fault{Status: http.StatusOK, Body: body, Times: 1})
	}
}

// A list counts as complete only if the response says so.
func TestLists_pageInfo(t *testing.T) {
	t.Parallel()
	for operation, list := range lists {
		b := serve(t)
		for pageInfo, complete := range map[string]bool{
			``: false, `,"page_info":null`: false, `,"page_info":{}`: false, `,"page_info":[]`: false, `,"page_info":"none"`: false,
			`,"page_info":{"next_marker":null,"current_count":1}`: false, `,"page_info":{"next_marker":null,"current_count":3}`: false,
			`,"page_info":{"next_marker":7,"current_count":2}`: false, `,"page_info":{"next_marker":null,"current_count":"many"}`: false,
			`,"page_info":{"next_marker":"` + strings.Repeat("m", longestMarker+1) + `","current_count":2}`: false,
			`,"page_info":{"next_marker":null,"current_count":2}`:                                           true,
			// Fields that are null may also be absent.
			`,"page_info":{"next_marker":null}`: true, `,"page_info":{"next_marker":""}`: true, `,"page_info":{"current_count":2}`: true,
		} {
			respond(b, pageOf(t, operation, []string{"a", "b"}, pageInfo))
			n, err := list.count(t.Context(), b.management())
			if complete && (err != nil || n != 2) || !complete && (!errors.Is(err, transport.ErrUndocumented) || n != 0) {
				t.Errorf("%s%s: %d entries, %v", operation, pageInfo, n, err)
			}
		}
	}
}

// A page without page_info in the middle of a list is an error.
func TestLists_secondPageWithoutPageInfo(t *testing.T) {
	t.Parallel()
	for operation, list := range lists {
		b := serve(t)
		respond(b, pageOf(t, operation, []string{"a"}, `,"page_info":{"next_marker":"m","current_count":1}`), pageOf(t, operation, []string{"b"}, ``))
		if n, err := list.count(t.Context(), b.management()); !errors.Is(err, transport.ErrUndocumented) || n != 1 {
			t.Errorf("%s: %d entries, %v", operation, n, err)
		}
	}
}

// An entry that is on two pages, or twice on one page, counts once.
func TestLists_duplicateEntries(t *testing.T) {
	t.Parallel()
	for operation, list := range lists {
		b := serve(t)
		respond(b,
			pageOf(t, operation, []string{"a", "b", "a"}, `,"page_info":{"next_marker":"m","current_count":3}`),
			pageOf(t, operation, []string{"b", "c", "a"}, `,"page_info":{"next_marker":null,"current_count":3}`))
		if n, err := list.count(t.Context(), b.management()); err != nil || n != 3 {
			t.Errorf("%s: %d entries, %v", operation, n, err)
		}
	}
}

func TestLists_overlappingPages(t *testing.T) {
	t.Parallel()
	b := serve(t, func(o *simulator.Options) { o.OverlappingPages = true })
	seeded := b.SeedUsers("d-many", 250, 0)
	got, err := users(b.management(), "d-many", "")
	if err != nil || len(got) != 250 || got[249].ID != seeded[249].UserID {
		t.Errorf("%d users: %v", len(got), err)
	}
}

// These are the forms in which the API may end a list, and invalid forms.
func TestLists_pageInfoForms(t *testing.T) {
	t.Parallel()
	for form, complete := range map[string]bool{"": true, "no null": true, "absent": false, "null": false, "empty": false, "wrong count": false} {
		b := serve(t, func(o *simulator.Options) { o.PageInfo = form })
		b.SeedUsers("d-many", 150, 0)
		if got, err := users(b.management(), "d-many", ""); (err == nil) != complete || complete && len(got) != 150 {
			t.Errorf("%s: %d users, %v", form, len(got), err)
		}
	}
}

func TestLists_repeatedMarker(t *testing.T) {
	t.Parallel()
	for name, markers := range map[string][]string{"at once": {"a", "a"}, "later": {"a", "b", "c", "a"}} {
		b := serve(t)
		for i, marker := range markers {
			respond(b, fmt.Sprintf(`{"users":[{"user_id":"u%d"}],"page_info":{"next_marker":%q,"current_count":1}}`, i, marker))
		}
		got, err := users(b.management(), b.IdentityStoreID, "")
		if !errors.Is(err, transport.ErrUndocumented) || len(b.Calls()) != len(markers) || len(got) != len(markers) {
			t.Errorf("%s: %d users in %d calls: %v", name, len(got), len(b.Calls()), err)
		}
		if failed := refusal(t, err); failed.Operation != simulator.ListUsers || failed.RequestID == "" {
			t.Errorf("%s: got %+v", name, failed)
		}
	}
}

// A list without an end is stopped.
func TestEndless(t *testing.T) {
	t.Parallel()
	markers := map[string]bool{}
	for i := range mostPages {
		if endless(markers, fmt.Sprint(i)) {
			t.Fatal(i)
		}
		markers[fmt.Sprint(i)] = true
	}
	if !endless(markers, "more") || !endless(markers, "0") {
		t.Error("the list goes on")
	}
}

// The API may apply a filter after paging.
func TestLists_emptyPages(t *testing.T) {
	t.Parallel()
	b := serve(t)
	respond(b,
		`{"users":[],"page_info":{"next_marker":"a","current_count":0}}`, `{"users":[],"page_info":{"next_marker":"b","current_count":0}}`,
		`{"users":[{"user_id":"u"}],"page_info":{"next_marker":null,"current_count":1}}`)
	if got, err := users(b.management(), b.IdentityStoreID, ""); err != nil || len(got) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

// Only the documented status is a success.
func TestReads_otherStatuses(t *testing.T) {
	t.Parallel()
	for _, status := range []int{201, 202, 203, 204, 206, 226} {
		b := serve(t)
		b.Inject(simulator.Fault{Status: status, Body: `{"session_list":[],"user_id":"u","enabled":false}`})
		if _, _, err := b.management().ListSessions(t.Context(), "d", "u"); !errors.Is(err, transport.ErrUndocumented) {
			t.Errorf("%d: sessions: %v", status, err)
		}
		if _, _, err := b.management().User(t.Context(), "d", "u"); !errors.Is(err, transport.ErrUndocumented) {
			t.Errorf("%d: user: %v", status, err)
		}
	}
}

// Texts from a response are shown without secrets and control characters.
func TestUnusableResponses_redacted(t *testing.T) {
	t.Parallel()
	b := serve(t)
	key := temporary(b, "TEMPORARY", true)
	token := key.SecurityToken + " of more than twenty bytes"
	key.SecurityToken = token
	b.AddKey(key)
	c := b.client(sourceOf(key), false)
	for _, body := range []string{
		`{"session_list":[{"session_id":"a","user_id":%q}]}`, `{"session_list":[{"session_id":%q,"user_id":"other"}]}`,
		`{"user_id":%q,"enabled":true}`, `{"users":[{"user_id":"a"}],"page_info":{"current_count":1,"next_marker":%q}}`,
	} {
		b.ClearFaults()
		b.Inject(simulator.Fault{Status: http.StatusOK, Body: fmt.Sprintf(body, token)})
		_, _, sessions := c.ListSessions(t.Context(), "d", "u")
		_, _, user := c.User(t.Context(), "d", "u")
		for _, err := range []error{sessions, user, firstError(c.Users(t.Context(), "d", ""))} {
			if !errors.Is(err, transport.ErrUndocumented) || strings.Contains(err.Error(), token) {
				t.Errorf("%s: %v", body, err)
			}
		}
	}
}
