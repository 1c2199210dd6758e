// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

func TestListSessions_newestFirst(t *testing.T) {
	t.Parallel()
	b := serve(t)
	sessions, receipt, err := b.management().ListSessions(t.Context(), b.IdentityStoreID, b.alice.UserID)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(receipt.RequestIDs, []string{b.Calls()[0].RequestID}) {
		t.Errorf("the request IDs are %q", receipt.RequestIDs)
	}
	slices.Reverse(b.alice.Sessions)
	if len(sessions) != len(b.alice.Sessions) {
		t.Fatalf("got %d sessions", len(sessions))
	}
	for i, want := range b.alice.Sessions {
		expected := Session{
			ID: want.SessionID, UserID: b.alice.UserID, IPAddress: want.IPAddress, UserAgent: want.UserAgent,
			CreatedAt: want.CreationTime.UTC(), ExpiresAt: want.SessionNotValidAfter.UTC(),
		}
		if sessions[i] != expected {
			t.Errorf("session %d is %+v, want %+v", i, sessions[i], expected)
		}
	}
}

// listed returns the sessions that a client reads from a response.
func listed(t *testing.T, body string) ([]Session, error) {
	t.Helper()
	b := serve(t)
	b.Inject(simulator.Fault{Status: http.StatusOK, Body: body})
	sessions, _, err := b.management().ListSessions(t.Context(), b.IdentityStoreID, "user")
	return sessions, err
}

func TestListSessions_fields(t *testing.T) {
	t.Parallel()
	moment := time.UnixMilli(1763900000000).UTC()
	for name, test := range map[string]struct {
		list string
		want []Session
	}{
		"none":               {``, nil},
		"the ID alone":       {`{"session_id":"a"}`, []Session{{ID: "a", UserID: "user"}}},
		"null":               {`{"session_id":"a","user_id":null,"ip_address":null,"user_agent":null,"creation_time":null}`, []Session{{ID: "a", UserID: "user"}}},
		"its own user":       {`{"session_id":"a","user_id":"user"}`, []Session{{ID: "a", UserID: "user"}}},
		"times":              {`{"session_id":"a","creation_time":1763900000000,"session_not_valid_after":1763900000000}`, []Session{{ID: "a", UserID: "user", CreatedAt: moment, ExpiresAt: moment}}},
		"times in seconds":   {`{"session_id":"a","creation_time":1763900000,"session_not_valid_after":1763900000}`, []Session{{ID: "a", UserID: "user", CreatedAt: moment, ExpiresAt: moment}}},
		"agent in brackets":  {`{"session_id":"a","user_agent":"[Mozilla/5.0 (X11)]"},{"session_id":"b","user_agent":"[a"},{"session_id":"c","user_agent":"[]"}`, []Session{{ID: "a", UserID: "user", UserAgent: "Mozilla/5.0 (X11)"}, {ID: "b", UserID: "user", UserAgent: "[a"}, {ID: "c", UserID: "user"}}},
		"brackets, nested":   {`{"session_id":"a","user_agent":" [Mozilla/5.0 ]\n"},{"session_id":"b","user_agent":"[a] [b]"},{"session_id":"c","user_agent":"["},{"session_id":"d","user_agent":"[[]"},{"session_id":"e","user_agent":"curl [x]"}`, []Session{{ID: "a", UserID: "user", UserAgent: "Mozilla/5.0"}, {ID: "b", UserID: "user", UserAgent: "[a] [b]"}, {ID: "c", UserID: "user", UserAgent: "["}, {ID: "d", UserID: "user", UserAgent: "[[]"}, {ID: "e", UserID: "user", UserAgent: "curl [x]"}}},
		"to alter a screen":  {`{"session_id":"a","user_agent":"a\n\u001b[2Jb\u202ec","ip_address":"192.0.2.1\r\u0000"}`, []Session{{ID: "a", UserID: "user", UserAgent: "a ?[2Jb?c", IPAddress: "192.0.2.1??"}}},
		"without end":        {`{"session_id":"a","user_agent":"` + strings.Repeat("x", 1<<16) + `"}`, []Session{{ID: "a", UserID: "user", UserAgent: strings.Repeat("x", longestAgent-3) + "..."}}},
		"brackets, endless":  {`{"session_id":"a","user_agent":"` + strings.Repeat("[", 1<<16) + `"}`, []Session{{ID: "a", UserID: "user", UserAgent: strings.Repeat("[", longestAgent-3) + "..."}}},
		"an ID with quotes":  {`{"session_id":"a\""}`, []Session{{ID: `a"`, UserID: "user"}}},
		"time 0":             {`{"session_id":"a","creation_time":0}`, []Session{{ID: "a", UserID: "user"}}},
		"time before 1970":   {`{"session_id":"a","creation_time":-1}`, []Session{{ID: "a", UserID: "user"}}},
		"time too far":       {fmt.Sprintf(`{"session_id":"a","creation_time":%d,"session_not_valid_after":%d}`, int64(math.MaxInt64), int64(math.MinInt64)), []Session{{ID: "a", UserID: "user"}}},
		"year 10000 in UTC":  {`{"session_id":"a","creation_time":"9999-12-31T23:59:59-23:00"}`, []Session{{ID: "a", UserID: "user"}}},
		"the last second":    {`{"session_id":"a","creation_time":253402300799999}`, []Session{{ID: "a", UserID: "user", CreatedAt: time.UnixMilli(253402300799999).UTC()}}},
		"after the last":     {`{"session_id":"a","creation_time":253402300800000}`, []Session{{ID: "a", UserID: "user"}}},
		"twice":              {`{"session_id":"a"},{"session_id":"b"},{"session_id":"a"}`, []Session{{ID: "a", UserID: "user"}, {ID: "b", UserID: "user"}}},
		"same time, by ID":   {`{"session_id":"b","creation_time":1},{"session_id":"a","creation_time":1}`, []Session{{ID: "a", UserID: "user", CreatedAt: time.Unix(1, 0).UTC()}, {ID: "b", UserID: "user", CreatedAt: time.Unix(1, 0).UTC()}}},
		"no time comes last": {`{"session_id":"a"},{"session_id":"b","creation_time":1}`, []Session{{ID: "b", UserID: "user", CreatedAt: time.Unix(1, 0).UTC()}, {ID: "a", UserID: "user"}}},
		"pages that end":     {`{"session_id":"a"}],"next_marker":null,"page_info":{"next_marker":null,"current_count":1},"x":[1`, []Session{{ID: "a", UserID: "user"}}},
		"times as strings":   {`{"session_id":"a","creation_time":"1753858567","session_not_valid_after":"1753887367000"}`, []Session{{ID: "a", UserID: "user", CreatedAt: time.Unix(1753858567, 0).UTC(), ExpiresAt: time.Unix(1753887367, 0).UTC()}}},
		"times as floats":    {`{"session_id":"a","creation_time":1753858567.25,"session_not_valid_after":1.753887367e12}`, []Session{{ID: "a", UserID: "user", CreatedAt: time.UnixMilli(1753858567250).UTC(), ExpiresAt: time.Unix(1753887367, 0).UTC()}}},
		"RFC 3339":           {`{"session_id":"a","creation_time":"2025-07-30T08:56:07+02:00"}`, []Session{{ID: "a", UserID: "user", CreatedAt: time.Date(2025, 7, 30, 6, 56, 7, 0, time.UTC)}}},
		"no times":           {`{"session_id":"a","creation_time":"NaN","session_not_valid_after":{}},{"session_id":"b","creation_time":true,"session_not_valid_after":9223372036854775808}`, []Session{{ID: "a", UserID: "user"}, {ID: "b", UserID: "user"}}},
		"other types":        {`{"session_id":"a","user_id":7,"ip_address":{},"user_agent":["x"]}`, []Session{{ID: "a", UserID: "user"}}},
		"unknown fields":     {`{"session_id":"a","later":{"x":[1]}}`, []Session{{ID: "a", UserID: "user"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := listed(t, `{"session_list":[`+test.list+`]}`)
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("got %+v, %v, want %+v", got, err, test.want)
			}
		})
	}
}

// An unreadable response is not an empty list.
func TestListSessions_undocumented(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty": ``, "no list": `{}`, "null list": `{"session_list":null}`, "another type": `{"session_list":{}}`, "HTML": `<html>`,
		"no ID": `{"session_list":[{"session_id":"a"},{"user_id":"u"}]}`, "empty ID": `{"session_list":[{"session_id":""}]}`, "null": `{"session_list":[null]}`,
		"of another user":     `{"session_list":[{"session_id":"a","user_id":"other"}]}`,
		"invalid UTF-8":       "{\"session_list\":[{\"session_id\":\"a\xff\"}]}",
		"endless ID":          `{"session_list":[{"session_id":"` + strings.Repeat("x", 257) + `"}]}`,
		"number for an ID":    `{"session_list":[{"session_id":1}]}`,
		"control characters":  `{"session_list":[{"session_id":"a\u001b[2J"}]}`,
		"line break":          `{"session_list":[{"session_id":"a\n"}]}`,
		"invisible":           `{"session_list":[{"session_id":"a\u202e"}]}`,
		"next_marker":         `{"session_list":[{"session_id":"a"}],"page_info":{"next_marker":"m","current_count":1}}`,
		"next_marker outside": `{"session_list":[{"session_id":"a"}],"next_marker":"m"}`,
		"current_count":       `{"session_list":[{"session_id":"a"}],"page_info":{"current_count":2}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sessions, err := listed(t, body)
			failed := refusal(t, err)
			if !errors.Is(err, transport.ErrUndocumented) || sessions != nil || failed.Status != http.StatusOK || failed.Operation != simulator.ListSessions || failed.RequestID == "" {
				t.Errorf("got %v, %+v", sessions, failed)
			}
		})
	}
}

// Any response with a missing, changed or overlong ID is unusable.
func TestIDs_unusable(t *testing.T) {
	t.Parallel()
	b := serve(t)
	c := b.management()
	ctx, storeID := t.Context(), b.IdentityStoreID
	for operation, test := range map[string]struct {
		body string
		call func() error
	}{
		simulator.ListUsers: {`{"users":[{"user_id":ID,"enabled":true}]}`, func() error { return firstError(c.Users(ctx, storeID, "")) }},
		simulator.DescribeUsers: {`{"users":[{"user_id":ID,"enabled":true}]}`, func() error {
			_, _, err := c.DescribeUsers(ctx, storeID, []string{"a"})
			return err
		}},
		simulator.DescribeUser: {`{"user_id":ID,"enabled":true}`, func() error {
			_, _, err := c.User(ctx, storeID, "a")
			return err
		}},
		simulator.DescribeGroup: {`{"group_id":ID}`, func() error {
			_, _, err := c.Group(ctx, storeID, "a")
			return err
		}},
		simulator.GetGroupId: {`{"group_id":ID}`, func() error {
			_, _, err := c.GroupID(ctx, storeID, "a")
			return err
		}},
		simulator.ListGroupMemberships:                    {`{"group_memberships":[{"member_id":{"user_id":ID}}]}`, func() error { return firstError(c.GroupMembers(ctx, storeID, "a")) }},
		simulator.ListGroupMembershipsForMember:           {`{"group_memberships":[{"group_id":ID}]}`, func() error { return firstError(c.MembershipsOf(ctx, storeID, "a")) }},
		simulator.ListAccountsForProvisionedPermissionSet: {`{"account_ids":[ID]}`, func() error { return firstError(c.ProvisionedAccounts(ctx, "i", "p", false)) }},
		simulator.DescribePermissionSetProvisioningStatus: {`{"permission_set_provisioning_status":{"request_id":ID,"status":"SUCCEEDED"}}`, func() error {
			_, _, err := c.ProvisioningStatus(ctx, "i", "mine")
			return err
		}},
		simulator.ListInstances: {`{"instances":[{"instance_id":ID,"identity_store_id":"d-1"}]}`, func() error { return firstError(c.Instances(ctx)) }},
	} {
		for name, id := range map[string]string{
			"empty": `""`, "null": `null`, "object": `{}`, "endless": `"` + strings.Repeat("x", 1<<16) + `"`, "no UTF-8": "\"a\xff\"", "number": `1`,
		} {
			t.Run(operation+" "+name, func(t *testing.T) {
				b.Inject(simulator.Fault{Operation: operation, Times: 1, Status: http.StatusOK, Body: strings.ReplaceAll(test.body, "ID", id)})
				err := test.call()
				if !errors.Is(err, transport.ErrUndocumented) || len(err.Error()) > 2*transport.LongestText {
					t.Errorf("got an error of %d bytes: %.200v", len(fmt.Sprint(err)), err)
				}
			})
		}
	}
}

// A response about another provisioning, user or group is an error.
func TestResponses_otherObject(t *testing.T) {
	t.Parallel()
	b := serve(t)
	c := b.management()
	b.Inject(simulator.Fault{Status: http.StatusOK, Body: `{"user_id":"other","enabled":false,"group_id":"other",
		"permission_set_provisioning_status":{"request_id":"other","status":"SUCCEEDED"},"permission_set":{"permission_set_id":"other"}}`})
	_, _, user := c.User(t.Context(), b.IdentityStoreID, "mine")
	_, _, group := c.Group(t.Context(), b.IdentityStoreID, "mine")
	_, _, provisioning := c.ProvisioningStatus(t.Context(), b.InstanceID, "mine")
	_, _, set := c.PermissionSet(t.Context(), b.InstanceID, "mine")
	for i, err := range []error{user, group, provisioning, set} {
		if !errors.Is(err, transport.ErrUndocumented) {
			t.Errorf("%d: got %v", i, err)
		}
	}
}

// An entry of a list that belongs to another group or user is an error: its owner must not count as a
// member, and its membership must not be deleted.
func TestLists_otherObject(t *testing.T) {
	t.Parallel()
	body := func(field, entry string) string {
		return fmt.Sprintf(`{%q:[%s],"page_info":{"next_marker":null,"current_count":1}}`, field, entry)
	}
	members := func(c *Client) error { return firstError(c.GroupMembers(t.Context(), "d", "mine")) }
	groups := func(c *Client) error { return firstError(c.MembershipsOf(t.Context(), "d", "mine")) }
	assignments := func(c *Client) error {
		return firstError(c.AccountAssignments(t.Context(), "i", "mine", PrincipalUser))
	}
	for owner, unusable := range map[string]bool{"other": true, "MINE": false, "mine": false, "": false} {
		for name, test := range map[string]struct {
			body string
			read func(*Client) error
		}{
			"members of a group": {body("group_memberships", `{"group_id":"`+owner+`","member_id":{"user_id":"u"}}`), members},
			"groups of a user":   {body("group_memberships", `{"membership_id":"m","group_id":"g","member_id":{"user_id":"`+owner+`"}}`), groups},
			"assignments":        {body("account_assignments", `{"account_id":"a","permission_set_id":"p","principal_type":"USER","principal_id":"`+owner+`"}`), assignments},
		} {
			_, c := answered(t, http.StatusOK, test.body)
			if err := test.read(c); errors.Is(err, transport.ErrUndocumented) != unusable || err != nil && !unusable {
				t.Errorf("%s, owner %q: got %v", name, owner, err)
			}
		}
	}
	_, c := answered(t, http.StatusOK, body("account_assignments", `{"account_id":"a","permission_set_id":"p","principal_type":"GROUP","principal_id":"g"}`))
	if err := assignments(c); err != nil {
		t.Errorf("through a group: %v", err)
	}
}

// firstError reads a list to its end and returns its error.
func firstError[T any](list iter.Seq2[T, error]) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestBatchDeleteSessions(t *testing.T) {
	t.Parallel()
	b := serve(t)
	id := b.alice.Sessions[0].SessionID
	receipt, err := b.management().BatchDeleteSessions(t.Context(), b.IdentityStoreID, b.alice.UserID, []string{id})
	if err != nil || !slices.Equal(receipt.RequestIDs, []string{b.Calls()[0].RequestID}) {
		t.Fatalf("%q, %v", receipt.RequestIDs, err)
	}
	if got := strings.TrimSpace(string(b.Calls()[0].Body)); got != `{"session_ids":["`+id+`"]}` {
		t.Errorf("sent %s", got)
	}
	if left := b.Sessions(b.IdentityStoreID, b.alice.UserID); len(left) != 2 {
		t.Errorf("%d sessions are left", len(left))
	}
}

func BenchmarkList1000Sessions(b *testing.B) {
	back := serve(b)
	user := back.SeedUsers(back.IdentityStoreID, 1, 1000)[0]
	c := back.management()
	b.ReportAllocs()
	for b.Loop() {
		sessions, _, err := c.ListSessions(b.Context(), back.IdentityStoreID, user.UserID)
		if err != nil || len(sessions) != 1000 {
			b.Fatal(len(sessions), err)
		}
	}
}

// The error for an unusable response shows the status of that response.
func TestUnusableResponses_status(t *testing.T) {
	t.Parallel()
	b := serve(t)
	b.Inject(simulator.Fault{Operation: simulator.ListSessions, Status: http.StatusNoContent})
	err := b.list(t.Context(), b.client(sourceOf(b.Management), false))
	if failed := refusal(t, err); failed.Status != http.StatusNoContent || !errors.Is(err, transport.ErrUndocumented) {
		t.Errorf("got %+v", failed)
	}
}
