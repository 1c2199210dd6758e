// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package bulkrevocation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// manyUsers is a backend with many users in the store "d-many", each with the same number of
// sessions.
func manyUsers(t testing.TB, users, sessions int, configure ...func(*simulator.Options)) (*backend, []simulator.SeededUser) {
	t.Helper()
	b := &backend{Cloud: acctest.New(t, configure...)}
	b.client = b.clientOf(false)
	b.IdentityStoreID = "d-many"
	b.AddInstance(simulator.Instance{InstanceID: "ssoins-many", IdentityStoreID: b.IdentityStoreID})
	return b, b.SeedUsers(b.IdentityStoreID, users, sessions)
}

func userIDs(users []simulator.SeededUser) []string {
	var all []string
	for _, u := range users {
		all = append(all, u.UserID)
	}
	return all
}

// left returns the number of open sessions of these users.
func (b *backend) left(users []simulator.SeededUser) int {
	n := 0
	for _, u := range users {
		n += len(b.Sessions(b.IdentityStoreID, u.UserID))
	}
	return n
}

// group adds a group with these members.
func (b *backend) group(id string, members ...simulator.SeededUser) string {
	b.AddGroup(b.IdentityStoreID, simulator.Group{GroupID: id, DisplayName: id})
	for _, u := range members {
		b.AddMember(b.IdentityStoreID, id, u.UserID)
	}
	return id
}

func (b *backend) revokeMany(ctx context.Context, set ...func(*Request)) (Outcome, error) {
	request := Request{Selection: Selection{IdentityStoreID: b.IdentityStoreID}}
	for _, s := range set {
		s(&request)
	}
	return Run(ctx, b.client, request)
}

func everybody(r *Request) { r.Selection.All = true }

func named(ids ...string) func(*Request) {
	return func(r *Request) { r.Selection.UserIDs = ids }
}

func TestRun_calls(t *testing.T) {
	t.Parallel()
	b, users := manyUsers(t, 250, 2)
	var mu sync.Mutex
	told := map[string][]string{}
	outcome, err := b.revokeMany(t.Context(), everybody, func(r *Request) {
		r.Ended = func(userID string, outcome revocation.Outcome) {
			mu.Lock()
			defer mu.Unlock()
			told[userID] = outcome.Revoked
			if len(outcome.RequestIDs) != 2 {
				t.Errorf("request IDs of %s: %q", userID, outcome.RequestIDs)
			}
		}
	})
	if err != nil || !outcome.Complete() || outcome.Found != 250 || outcome.Done != 250 || outcome.Revoked != 250 || outcome.Sessions != 500 || b.left(users) != 0 {
		t.Errorf("%v: %+v, %d left", err, outcome.Tally, b.left(users))
	}
	if !sameSet(userIDs(users), outcome.RevokedUserIDs) || outcome.RevokedAt.IsZero() || len(told) != 250 {
		t.Errorf("%d users named, %d told, at %s", len(outcome.RevokedUserIDs), len(told), outcome.RevokedAt)
	}
	// One page per hundred users, and a listing and a batch per user.
	if n, needed := len(b.Calls()), 3+250+250; n != needed {
		t.Errorf("%d calls, %d are needed", n, needed)
	}
}

func TestRun_mostNamedUsers(t *testing.T) {
	t.Parallel()
	m := &run{}
	for i := range maxRevokedIDs + 1 {
		if i == maxRevokedIDs && len(m.outcome.RevokedUserIDs) != maxRevokedIDs {
			t.Errorf("%d named", len(m.outcome.RevokedUserIDs))
		}
		m.record(fmt.Sprint(i), revocation.Outcome{Revoked: []string{"s"}, RevokedAt: time.Now()}, nil)
	}
	if m.outcome.RevokedUserIDs != nil || m.outcome.Revoked != maxRevokedIDs+1 {
		t.Errorf("%d named, %d revoked", len(m.outcome.RevokedUserIDs), m.outcome.Revoked)
	}
}

func TestRun_groupsAndExceptions(t *testing.T) {
	t.Parallel()
	b, users := manyUsers(t, 130, 1)
	b.group("one", users[:110]...)
	b.group("two", users[100:]...)
	b.group("responders", users[5], users[120])
	outcome, err := b.revokeMany(t.Context(), func(r *Request) {
		r.Selection.GroupIDs = []string{"one", "two", "one"}
		r.Selection.ExceptGroupIDs, r.Selection.ExceptUserIDs = []string{"responders"}, []string{users[7].UserID}
	})
	if err != nil || outcome.Found != 127 || outcome.Sessions != 127 || b.left(users) != 3 || len(b.CallsOf(simulator.ListSessions)) != 127 {
		t.Errorf("%v: %+v, %d sessions ended, %d left", err, outcome.Tally, outcome.Sessions, b.left(users))
	}
	for _, i := range []int{5, 7, 120} {
		if b.left(users[i:i+1]) != 1 {
			t.Errorf("user %d is logged out", i)
		}
	}
}

func TestRun_failedUser(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]simulator.Fault{
		"400":                     simulator.Refuse(400, "IIC.400", "user USER is bad"),
		"404 of one who exists":   simulator.Refuse(404, "IIC.404", "not found"),
		"403 for a bad parameter": simulator.Refuse(403, "IIC.1003", "bad"),
		"500":                     simulator.Refuse(500, "IIC.500", "oops"),
		"unusable":                {Status: 200, Body: `{"sessions": []}`},
	} {
		for _, operation := range []string{simulator.ListSessions, simulator.BatchDeleteSessions} {
			fault := fault
			t.Run(name+" to "+operation, func(t *testing.T) {
				t.Parallel()
				b, users := manyUsers(t, 30, 1)
				bad := userIDs(users[3:5])
				fault.Operation = operation
				fault.Match = func(c simulator.Call) bool {
					return slices.ContainsFunc(bad, func(id string) bool { return strings.Contains(c.EscapedPath, id) })
				}
				b.Inject(fault)
				outcome, err := b.revokeMany(t.Context(), everybody)
				var many *Error
				if !errors.As(err, &many) || outcome.Failed != 2 || outcome.Done != 28 || outcome.Sessions != 28 || outcome.Complete() || !sameSet(bad, outcome.FailedUserIDs) {
					t.Fatalf("%v: %+v", err, outcome.Tally)
				}
				if len(many.Reasons) != 1 || many.Reasons[0].Users != 2 || !sameSet(bad, many.Reasons[0].UserIDs) {
					t.Errorf("reasons: %+v", many.Reasons)
				}
				if statusOf(err) != fault.Status {
					t.Errorf("it is not about the first failure: %v", err)
				}
				if summary, text := many.Explain(); summary != "2 users of 30 failed" || !strings.Contains(text, bad[0]) || !strings.Contains(text, bad[1]) {
					t.Errorf("%s\n%s", summary, text)
				}
				// The next run finishes the work.
				b.ClearFaults()
				outcome, err = b.revokeMany(t.Context(), everybody)
				if err != nil || outcome.Sessions != 2 || b.left(users) != 0 {
					t.Errorf("again: %v: %+v", err, outcome.Tally)
				}
			})
		}
	}
}

func TestError_namesTwentyUsers(t *testing.T) {
	t.Parallel()
	b, _ := manyUsers(t, 40, 1)
	b.Inject(simulator.Refuse(400, "IIC.400", "Bad."))
	outcome, err := b.revokeMany(t.Context(), everybody)
	var many *Error
	if !errors.As(err, &many) || outcome.Failed != 0 || many.search == nil {
		t.Fatalf("the users cannot be listed: %v: %+v", err, outcome.Tally)
	}
	b.ClearFaults()
	refused := simulator.Refuse(400, "IIC.400", "Bad.")
	refused.Operation = simulator.ListSessions
	b.Inject(refused)
	outcome, err = b.revokeMany(t.Context(), everybody)
	if !errors.As(err, &many) || outcome.Failed != 40 || len(many.Reasons) != 1 || len(many.Reasons[0].UserIDs) != 20 || !strings.Contains(err.Error(), "20 more are not listed.") {
		t.Errorf("%v: %+v", err, outcome.Tally)
	}
}

func TestRun_deletedAndUnknownUsers(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusNotFound, http.StatusBadRequest} {
		b, users := manyUsers(t, 20, 1)
		b.group("g", users...)
		// Two members are deleted after the group was read. Listing their sessions fails.
		gone := userIDs(users[:2])
		leave := func() {
			for _, id := range gone {
				b.RemoveUser(b.IdentityStoreID, id)
			}
		}
		remove := b.Before(simulator.ListSessions, leave)
		// Before is not called for a listing that a fault refuses.
		removeToo := b.Before(simulator.DescribeUser, leave)
		if status == http.StatusBadRequest {
			refused := simulator.Refuse(status, "IIC.400", "no such user")
			refused.Operation = simulator.ListSessions
			refused.Match = func(c simulator.Call) bool { return strings.Contains(c.EscapedPath, gone[0]) }
			b.Inject(refused)
		}
		outcome, err := b.revokeMany(t.Context(), func(r *Request) { r.Selection.GroupIDs = []string{"g"} })
		if err != nil || outcome.Found != 20 || outcome.Done != 18 || !outcome.Complete() || len(outcome.Unknown) > 0 || !sameSet(gone, outcome.DeletedUserIDs) {
			t.Errorf("%d: %v: %+v", status, err, outcome.Tally)
		}
		remove()
		removeToo()

		outcome, err = b.revokeMany(t.Context(), named(append(gone, userIDs(users[2:])...)...))
		if err != nil || !outcome.Complete() || outcome.Done != 18 || !sameSet(gone, outcome.Unknown) || outcome.Failed != 0 {
			t.Errorf("%d: %v: %+v", status, err, outcome.Tally)
		}
		stores := len(b.CallsOf(simulator.ListUsers))
		if stores != 1 {
			t.Errorf("the store was asked %d times", stores)
		}

		_, err = b.revokeMany(t.Context(), named(gone...))
		if !errors.Is(err, ErrNoneKnown) && !strings.Contains(fmt.Sprint(err), ErrNoneKnown.Error()) {
			t.Errorf("nobody is known: %v", err)
		}
	}
}

func TestRun_unknownStore(t *testing.T) {
	t.Parallel()
	b, users := manyUsers(t, 100, 1)
	b.IdentityStoreID = "d-0000000000"
	for name, choose := range map[string]func(*Request){
		"named": named(userIDs(users)...), "all": everybody, "group": func(r *Request) { r.Selection.GroupIDs = []string{"g"} },
		"excepted group": func(r *Request) { r.Selection.UserIDs, r.Selection.ExceptGroupIDs = userIDs(users), []string{"g"} },
	} {
		b.ResetCalls()
		outcome, err := b.revokeMany(t.Context(), choose)
		var search *SearchError
		if !errors.As(err, &search) || statusOf(err) != 404 || outcome.Done+outcome.Failed+len(outcome.Unknown) != 0 || len(b.CallsOf(simulator.ListUsers)) > 1 {
			t.Errorf("%s: %v: %+v", name, err, outcome.Tally)
		}
	}
}

func TestRun_unreadableGroup(t *testing.T) {
	t.Parallel()
	b, users := manyUsers(t, 10, 1)
	b.group("g", users...)
	outcome, err := b.revokeMany(t.Context(), func(r *Request) { r.Selection.GroupIDs = []string{"nobody", "g"} })
	var search *SearchError
	if !errors.As(err, &search) || search.Argument != "group_ids" || outcome.Done != 10 || outcome.Sessions != 10 || outcome.Complete() {
		t.Errorf("%v: %+v", err, outcome.Tally)
	}
}

// If the API does not list the sessions of disabled users, these users count as unlisted. They do
// not fail, and the work continues.
func TestRun_disabledUsers(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 404, 409} {
		for name, choose := range map[string]func(*Request){"all": everybody, "named": nil} {
			t.Run(fmt.Sprintf("%d, %s", status, name), func(t *testing.T) {
				t.Parallel()
				b, users := manyUsers(t, 310, 1)
				b.Configure(func(o *simulator.Options) { o.DisabledUserSessions = status })
				for _, user := range users[:250] {
					b.SetEnabled(b.IdentityStoreID, user.UserID, false)
				}
				if choose == nil {
					choose = named(userIDs(users)...)
				}
				outcome, err := b.revokeMany(t.Context(), choose)
				if err != nil || outcome.Complete() || outcome.Unlisted != 250 || len(outcome.UnlistedUserIDs) != 100 ||
					outcome.Failed != 0 || outcome.Sessions != 60 || len(outcome.Unknown) != 0 || b.left(users) != 250 {
					t.Errorf("%v: %+v, %d sessions ended, %d left", err, outcome.Tally, outcome.Sessions, b.left(users))
				}
			})
		}
	}
}

// A user fails if sessions were ended, the user was then disabled, and the end was not verified.
func TestRun_unverifiedEnd(t *testing.T) {
	t.Parallel()
	for _, seen := range []int{0, 1} { // number of verifying listings that succeed
		b, users := manyUsers(t, 1, 2)
		b.Configure(func(o *simulator.Options) { o.KeepSessions = seen > 0 })
		b.Before(simulator.BatchDeleteSessions, func() { b.SetEnabled(b.IdentityStoreID, users[0].UserID, false) })
		refused := simulator.Refuse(409, "IIC.1", "Disabled.")
		refused.Operation, refused.After = simulator.ListSessions, 1+seen
		b.Inject(refused)
		outcome, err := b.revokeMany(t.Context(), func(r *Request) { everybody(r); r.Verify = true })
		if err == nil || outcome.Failed != 1 || outcome.Unlisted != 0 || outcome.Sessions != 2*(1-seen) {
			t.Errorf("%d seen: %v: %+v, %d ended", seen, err, outcome.Tally, outcome.Sessions)
		}
	}
}

// An error about other users also names the users whose sessions were not listed.
func TestError_namesDisabledUsers(t *testing.T) {
	t.Parallel()
	b, users := manyUsers(t, 3, 1)
	b.Configure(func(o *simulator.Options) { o.DisabledUserSessions = 409 })
	b.SetEnabled(b.IdentityStoreID, users[0].UserID, false)
	refused := simulator.Refuse(409, "IIC.1", "No.")
	refused.Operation = simulator.BatchDeleteSessions
	refused.Match = func(call simulator.Call) bool { return strings.Contains(call.EscapedPath, users[1].UserID) }
	b.Inject(refused)
	_, err := b.revokeMany(t.Context(), everybody)
	if want := "1 disabled, so that the API refuses to list their sessions (" + users[0].UserID + ")"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v does not say %q", err, want)
	}
}

// An enabled user fails, and so does a user whose listed sessions were not ended.
func TestRun_refusalsOfDisabledUsers(t *testing.T) {
	t.Parallel()
	for operation, enabled := range map[string]bool{simulator.ListSessions: true, simulator.BatchDeleteSessions: false} {
		b, users := manyUsers(t, 3, 1)
		b.SetEnabled(b.IdentityStoreID, users[0].UserID, enabled)
		b.Inject(simulator.Fault{Operation: operation, Status: 409, Code: "IIC.1", Message: "No.", Match: func(call simulator.Call) bool {
			return strings.Contains(call.EscapedPath, users[0].UserID)
		}})
		outcome, err := b.revokeMany(t.Context(), everybody)
		if err == nil || outcome.Failed != 1 || outcome.Unlisted != 0 || outcome.Done < 2 {
			t.Errorf("%s, enabled %t: %v: %+v", operation, enabled, err, outcome.Tally)
		}
	}
}

func TestRun_forbiddenKey(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]simulator.Fault{
		"rejected":  simulator.Refuse(401, "APIGW.0301", "Wrong key."),
		"forbidden": simulator.Refuse(403, "IIC.1000", "No permission."),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, users := manyUsers(t, 300, 1)
			fault.Operation, fault.After = simulator.BatchDeleteSessions, 50
			b.Inject(fault)
			outcome, err := b.revokeMany(t.Context(), everybody)
			if statusOf(err) != fault.Status || outcome.Complete() || outcome.Sessions != 50 || outcome.Failed != 0 || b.left(users) != 250 {
				t.Errorf("%v: %+v, %d sessions ended, %d left", err, outcome.Tally, outcome.Sessions, b.left(users))
			}
			if n := len(b.CallsOf(simulator.BatchDeleteSessions)); n > 50+8 {
				t.Errorf("%d batches", n)
			}
		})
	}
}

// Work stops before the refusal is decoded, which may be slow. Only one refusal is decoded.
func TestRun_forbiddenKeyDecoded(t *testing.T) {
	t.Parallel()
	b, users := manyUsers(t, 300, 1)
	b.client = b.clientOf(true)
	forbidden := simulator.Refuse(403, "IIC.1000", "No permission.")
	forbidden.Operation, forbidden.After, forbidden.Times = simulator.BatchDeleteSessions, 50, 1
	b.Inject(forbidden, simulator.Fault{Operation: simulator.DecodeAuthorizationMessage, Delay: 500 * time.Millisecond})
	outcome, err := b.revokeMany(t.Context(), everybody)
	var denied *identitycenter.DeniedError
	if !errors.As(err, &denied) || denied.Decision == "" || statusOf(err) != 403 || outcome.Complete() {
		t.Errorf("%v: %+v", err, outcome.Tally)
	}
	if ended := outcome.Sessions; ended < 50 || ended > 250 || b.left(users) != 300-ended {
		t.Errorf("%d sessions ended, %d left", ended, b.left(users))
	}
	if n := len(b.CallsOf(simulator.DecodeAuthorizationMessage)); n != 1 {
		t.Errorf("decoded %d times", n)
	}
}

func TestRun_interrupt(t *testing.T) {
	t.Parallel()
	b, users := manyUsers(t, 200, 1)
	b.Inject(simulator.Fault{Operation: simulator.BatchDeleteSessions, After: 60, Hang: true})
	ctx, cancel := context.WithCancel(t.Context())
	var interrupted time.Time
	go func() {
		_ = b.Await(t.Context(), simulator.BatchDeleteSessions, 61)
		interrupted = time.Now()
		cancel()
	}()
	outcome, err := b.revokeMany(ctx, everybody)
	if took := time.Since(interrupted); took > time.Second {
		t.Errorf("it took %s", took)
	}
	if !errors.Is(err, context.Canceled) || outcome.Failed != 0 || outcome.Sessions != 60 || b.left(users) != 140 || outcome.Complete() || outcome.Lost == 0 {
		t.Errorf("%v: %+v, %d sessions ended, %d left, lost %v", err, outcome.Tally, outcome.Sessions, b.left(users), outcome.Lost)
	}
}

func TestRun_consecutiveFailures(t *testing.T) {
	t.Parallel()
	b, _ := manyUsers(t, 400, 0)
	refused := simulator.Refuse(500, "IIC.500", "Oops.")
	refused.Operation = simulator.ListSessions
	b.Inject(refused)
	outcome, err := b.revokeMany(t.Context(), everybody)
	if statusOf(err) != 500 || outcome.Failed < 200 || outcome.Failed > 220 || len(outcome.FailedUserIDs) != 100 || !strings.Contains(err.Error(), "200 users in a row failed") {
		t.Errorf("%v: %d failed, %d named", err, outcome.Failed, len(outcome.FailedUserIDs))
	}
}

// The error of the first failed user is shown even if no call failed.
func TestError_firstUser(t *testing.T) {
	t.Parallel()
	b, users := manyUsers(t, 1, 2)
	for first, want := range map[error]string{
		&revocation.SurvivorsError{SessionIDs: []string{"s1"}, Err: errors.New("1 session left")}: "s1 (1 session left)",
		&revocation.VerificationError{Err: &transport.Error{}}:                                    "accepted the revocation, but listing",
		&revocation.IncompleteListError{SessionIDs: []string{"s1"}}:                               "list of sessions is not complete",
	} {
		_, err := forEach(t.Context(), b.client, Selection{IdentityStoreID: b.IdentityStoreID, UserIDs: userIDs(users)},
			func(context.Context, string) error { return first }, func(context.Context, *pool) {})
		var many *Error
		if !errors.As(err, &many) {
			t.Fatal(err)
		}
		if _, text := many.Explain(); !strings.Contains(text[strings.Index(text, "The error for the first"):], want) {
			t.Errorf("%s\nwant %q", text, want)
		}
	}
}

// An ID may be a single digit.
func TestReasonOf_masksUser(t *testing.T) {
	t.Parallel()
	refusal := &transport.Error{Failure: transport.Failure{Operation: "ListSessions", Status: 404, Code: "IIC.404", Message: "User 4 is not there"}}
	if got, want := reasonOf("4", refusal), "ListSessions, HTTP 404, IIC.404, User USER is not there"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Users who failed for the same reason are counted together, although each call had a connection of
// its own.
func TestReasonOf_localAddress(t *testing.T) {
	t.Parallel()
	for _, local := range []string{"192.0.2.1:36562", "[2001:db8::1]:36562"} {
		lost := fmt.Errorf("ListSessions: read tcp %s->203.0.113.7:443: connection reset by peer", local)
		if got, want := reasonOf("u-1", lost), "ListSessions: read tcp 203.0.113.7:443: connection reset by peer"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestRun_verify(t *testing.T) {
	t.Parallel()
	b, users := manyUsers(t, 20, 1)
	outcome, err := b.revokeMany(t.Context(), everybody, func(r *Request) { r.Verify = true })
	if err != nil || outcome.Sessions != 20 || b.left(users) != 0 || len(b.CallsOf(simulator.ListSessions)) != 40 {
		t.Errorf("%v: %+v, %d listings", err, outcome.Tally, len(b.CallsOf(simulator.ListSessions)))
	}
	// A user without sessions is not listed twice.
	b.ResetCalls()
	if _, err := b.revokeMany(t.Context(), everybody, func(r *Request) { r.Verify = true }); err != nil || len(b.CallsOf(simulator.ListSessions)) != 20 {
		t.Errorf("%v, %d listings", err, len(b.CallsOf(simulator.ListSessions)))
	}
}

func TestRun_newLogins(t *testing.T) {
	t.Parallel()
	b, users := manyUsers(t, 3, 1)
	in := false
	b.Before(simulator.ListSessions, func() {
		if !in && len(b.Sessions(b.IdentityStoreID, users[1].UserID)) == 0 {
			in = true
			b.AddSession(b.IdentityStoreID, users[1].UserID, simulator.Session{SessionID: "again"})
		}
	})
	outcome, err := b.revokeMany(t.Context(), named(users[1].UserID), func(r *Request) { r.Verify = true })
	if err != nil || outcome.Sessions != 1 || outcome.Again != 1 || !slices.Equal(outcome.AgainUserIDs, userIDs(users[1:2])) {
		t.Errorf("%v: %+v", err, outcome)
	}
}

func TestRun_survivors(t *testing.T) {
	t.Parallel()
	b, users := manyUsers(t, 3, 2, func(o *simulator.Options) { o.KeepSessions = true })
	request := revocation.Request{IdentityStoreID: b.IdentityStoreID, UserID: users[0].UserID, All: true, Verify: true, MaxVerifications: 2}
	outcome, err := revocation.Run(t.Context(), b.client, request)
	var survivors *revocation.SurvivorsError
	if !errors.As(err, &survivors) || len(outcome.NotRevoked) != 2 || stopsAllUsers(err) || len(b.CallsOf(simulator.ListSessions)) != 3 {
		t.Errorf("%v: %+v", err, outcome)
	}
}

func TestRun_network(t *testing.T) {
	t.Parallel()
	b, users := manyUsers(t, 300, 2) // the addresses from 10.0.0.0 to 10.0.1.43
	network := netip.MustParsePrefix("10.0.1.0/28")
	matching := &revocation.Conditions{FromNetworks: revocation.NewNetworks(network), MissingNoMatch: true}
	listed, tally, err := ListSessions(t.Context(), b.client, Selection{IdentityStoreID: b.IdentityStoreID, All: true}, matching)
	if err != nil || len(listed.Sessions) != 32 || !tally.Complete() || !slices.IsSortedFunc(listed.Sessions, func(a, b identitycenter.Session) int { return b.CreatedAt.Compare(a.CreatedAt) }) {
		t.Errorf("%v: %d listed, %+v", err, len(listed.Sessions), tally)
	}
	outcome, err := b.revokeMany(t.Context(), everybody, func(r *Request) { r.Matching = matching })
	if err != nil || outcome.Sessions != 32 || outcome.Revoked != 16 || outcome.Choice.String() != "600 sessions, from_networks left 32" {
		t.Errorf("%v: %+v, %s", err, outcome.Tally, outcome.Choice)
	}
	for _, u := range users {
		inside := network.Contains(netip.MustParseAddr(u.Sessions[0].IPAddress))
		if n := len(b.Sessions(b.IdentityStoreID, u.UserID)); n == 0 != inside || !inside && n != 2 {
			t.Errorf("user %s from %s has %d sessions left", u.UserName, u.Sessions[0].IPAddress, n)
		}
	}
	if n := len(b.CallsOf(simulator.BatchDeleteSessions)); n != 16 {
		t.Errorf("%d batches", n)
	}
}

// pagesOnly serves pages of users and members without a state.
func pagesOnly(t testing.TB, users int) *identitycenter.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first := 0
		_, _ = fmt.Sscanf(r.URL.Query().Get("marker"), "from-%d", &first)
		next := ""
		if first+100 < users {
			next = fmt.Sprintf("from-%d", first+100)
		}
		var entries []map[string]any
		for i := first; i < min(first+100, users); i++ {
			id := fmt.Sprintf("00000000-0000-4000-a000-%012d", i)
			entries = append(entries, map[string]any{"user_id": id, "user_name": id, "member_id": map[string]string{"user_id": id}})
		}
		key := "users"
		if strings.Contains(r.URL.Path, "memberships") {
			key = "group_memberships"
		}
		_ = json.NewEncoder(w).Encode(map[string]any{key: entries, "page_info": map[string]any{"next_marker": next, "current_count": len(entries)}})
	}))
	t.Cleanup(server.Close)
	cloud := acctest.Cloud{URL: server.URL}
	return identitycenter.New(cloud.Transport(func(c *transport.Config) {
		c.RequestTimeout, c.MaxConcurrentRequests = time.Minute, 2
	}), acctest.Source{AccessKey: "AK", SecretKey: "SK"}, false)
}

// Not parallel, because it measures the heap of the search, the queue and the tally. Half of the
// users are done, and the others wait. The benchmark in transport has the budget.
func TestPool_memory(t *testing.T) {
	const users = 20_000
	client := pagesOnly(t, users)
	heap := func() float64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	for name, selection := range map[string]Selection{"all": {IdentityStoreID: "d", All: true}, "group": {IdentityStoreID: "d", GroupIDs: []string{"g"}}} {
		// This allocates what is allocated once: connections and buffers.
		for _, err := range client.Users(t.Context(), "d", "") {
			if err != nil {
				t.Fatal(err)
			}
		}
		// The measuring worker blocks the others until the queue is full.
		var still sync.RWMutex
		var done atomic.Int64
		early, late, found := heap(), 0.0, 0
		watched := make(chan *pool, 1)
		tally, err := forEach(t.Context(), client, selection, func(context.Context, string) error {
			const at = users - queueLength - 500
			still.RLock()
			n := done.Add(1)
			still.RUnlock()
			if n != at {
				return nil
			}
			still.Lock()
			defer still.Unlock()
			c := <-watched
			for c.snapshot().Found < at+queueLength {
				runtime.Gosched()
			}
			late, found = heap(), c.snapshot().Found
			return nil
		}, func(_ context.Context, c *pool) { watched <- c })
		if err != nil || tally.Done != users || found >= users {
			t.Fatalf("%v: %+v, %d were found by then", err, tally, found)
		}
		perUser := (late - early) / float64(found)
		t.Logf("%s: %.0f KB, then %.0f KB with %d users found, %.1f bytes for each", name, early/1e3, late/1e3, found, perUser)
		// The heap holds the waiting users, and the hash of each ID once or twice. A page that
		// stayed in memory would add about 500 bytes per user.
		if limit := map[string]float64{"all": 130, "group": 200}[name]; perUser > limit {
			t.Errorf("%s: %.1f bytes for each user", name, perUser)
		}
	}
}
