// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package revocation

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

func TestRun_batches(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 99, 100, 101, 250} {
		b := serve(t, n+2, 0)
		asked := b.ids[:n]
		outcome, err := b.revoke(t.Context(), asked)
		if err != nil {
			t.Fatal(err)
		}
		want := []int{}
		for left := n; left > 0; left -= BatchSize {
			want = append(want, min(left, BatchSize))
		}
		if got := b.sizes(); !slices.Equal(got, want) {
			t.Errorf("%d: batches of %v, want %v", n, got, want)
		}
		if err := check(asked, outcome); err != nil || len(outcome.NotRevoked) > 0 || !outcome.Accepted || len(outcome.AlreadyGone) > 0 {
			t.Errorf("%d: %v: %+v", n, err, outcome)
		}
		if got := b.alive(); !slices.Equal(got, b.ids[n:]) {
			t.Errorf("%d: %d sessions are alive", n, len(got))
		}
		var requestIDs []string
		for _, call := range b.Calls() {
			requestIDs = append(requestIDs, call.RequestID)
		}
		if !slices.Equal(outcome.RequestIDs, requestIDs) {
			t.Errorf("%d: request IDs %v, want %v", n, outcome.RequestIDs, requestIDs)
		}
	}
}

func TestRun_duplicateIDs(t *testing.T) {
	t.Parallel()
	b := serve(t, 150, 0)
	asked := slices.Concat(b.ids, b.ids[:80], b.ids[:1])
	outcome, err := b.revoke(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	if err := check(asked, outcome); err != nil || !slices.Equal(b.sizes(), []int{100, 50}) {
		t.Errorf("%v: batches of %v", err, b.sizes())
	}
}

func TestRun_nothingToRevoke(t *testing.T) {
	t.Parallel()
	for name, asked := range map[string][]string{"none": nil, "empty": {}} {
		b := serve(t, 1, 0)
		outcome, err := b.revoke(t.Context(), asked, verify)
		if err != nil || len(b.Calls()) != 0 || outcome.Accepted || len(outcome.Revoked)+len(outcome.NotRevoked)+len(outcome.RequestIDs) != 0 || !outcome.RevokedAt.IsZero() {
			t.Errorf("%s: %d calls, %+v, %v", name, len(b.Calls()), outcome, err)
		}
	}
}

func TestRun_all(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 250} {
		b := serve(t, n, 0)
		outcome, err := b.revoke(t.Context(), nil, all, verify)
		if err != nil {
			t.Fatal(err)
		}
		if err := check(b.ids, outcome); err != nil || len(outcome.Revoked) != n || len(b.alive()) != 0 || outcome.Accepted != (n > 0) {
			t.Errorf("%d: %v: %+v", n, err, outcome)
		}
		lists := 1 // the listing before the revocation
		if n > 0 {
			lists++ // the verification
		}
		if got := len(b.CallsOf(simulator.ListSessions)); got != lists || len(outcome.RequestIDs) != len(b.Calls()) {
			t.Errorf("%d: %d listings, %d request IDs of %d calls", n, got, len(outcome.RequestIDs), len(b.Calls()))
		}
	}
}

// This package does not decide whether the user or the store is missing.
func TestRun_allUnknownUser(t *testing.T) {
	t.Parallel()
	b := serve(t, 1, 0)
	b.RemoveUser(b.IdentityStoreID, b.userID)
	outcome, err := b.revoke(t.Context(), nil, all)
	if !transport.NotFound(err) || len(outcome.Revoked)+len(outcome.NotRevoked) != 0 || outcome.Choice != nil {
		t.Errorf("%v: %+v", err, outcome)
	}
}

func TestRun_byIDUnknownUser(t *testing.T) {
	t.Parallel()
	for _, verified := range []bool{false, true} {
		b := serve(t, 3, 0)
		b.RemoveUser(b.IdentityStoreID, b.userID)
		outcome, err := b.revoke(t.Context(), b.ids, func(r *Request) { r.Verify = verified })
		calls := map[bool]int{false: 2, true: 1}[verified]
		if !transport.NotFound(err) || len(outcome.NotRevoked) != 3 || len(outcome.RequestIDs) != calls {
			t.Errorf("%v: %+v", err, outcome)
		}
	}
}

// The fault table has the result of each fault when it occurs once and when it persists. Each fault
// is tried at the first, a middle and the last batch of 250 sessions.
func TestRun_faults(t *testing.T) {
	t.Parallel()
	const (
		passes  = "passes"  // All sessions are ended.
		stops   = "stops"   // This batch and all later ones are not revoked.
		gone    = "gone"    // This batch is not found any more, and the others are ended.
		unknown = "unknown" // Like stops, but the sessions of the batch are gone.
	)
	// Tests mostly wait, so more of them run in parallel than there are processors.
	var group sync.WaitGroup
	defer group.Wait()
	for name, test := range map[string]struct {
		fault         simulator.Fault
		once, forGood string
		// sent is how often a batch with a persistent fault is sent; 0 for any number.
		sent int
	}{
		"400":              {simulator.Refuse(400, "IIC.400", "Bad parameter."), stops, stops, 1},
		"401":              {simulator.Refuse(401, "APIGW.0301", "Wrong key."), stops, stops, 1},
		"403":              {simulator.Refuse(403, "IIC.1000", "No permission."), stops, stops, 1},
		"403 HTML":         {simulator.Fault{Status: 403, Body: "<html>", ContentType: "text/html"}, stops, stops, 1},
		"404 but all live": {simulator.Refuse(404, "IIC.404", "Not found."), stops, stops, 1},
		"400 but all live": {simulator.Refuse(400, "IIC.400", "No such session."), stops, stops, 1},
		"409 concurrency":  {simulator.Refuse(409, "IIC.1006", "Later."), passes, stops, 2},
		"409 failed":       {simulator.Refuse(409, "IIC.1007", "Failed."), stops, stops, 1},
		// Only the context limits throttling.
		"429":            {simulator.Refuse(429, "APIGW.0308", "Throttled."), passes, stops, 0},
		"500":            {simulator.Refuse(500, "IIC.500", "Oops."), passes, stops, 2},
		"503 empty":      {simulator.Fault{Status: 503}, passes, stops, 2},
		"302":            {simulator.Fault{Status: 302, Header: http.Header{"Location": {"https://login.invalid"}}}, stops, stops, 1},
		"200 HTML":       {simulator.Fault{Status: 200, Body: "<html>", ContentType: "text/html"}, passes, stops, 2},
		"200 error":      {simulator.Refuse(200, "IIC.1000", "No permission."), passes, stops, 2},
		"dropped before": {simulator.Fault{DropBefore: true}, passes, stops, 2},
		"dropped after":  {simulator.Fault{DropAfter: true}, gone, unknown, 2},
		// On the retry, the API returns that the sessions are gone. It is not known whether this
		// run ended them, because no listing showed them.
		"truncated after": {simulator.Fault{CutBody: true}, gone, unknown, 2},
		"no end after":    {simulator.Fault{HugeBody: 17 << 20}, unknown, unknown, 1},
	} {
		for batch, where := range []string{"first", "middle", "last"} {
			for _, times := range []int{1, 0} {
				want := test.once
				if times == 0 {
					want = test.forGood
				}
				row := fmt.Sprintf("%s, %s batch, %s: ", name, where, map[int]string{0: "for good", 1: "once"}[times])
				group.Go(func() {
					b := serve(t, 250, 1)
					fault := test.fault
					fault.Operation, fault.Times = simulator.BatchDeleteSessions, times
					fault.Match = func(c simulator.Call) bool { return c.SessionIDs[0] == b.ids[batch*BatchSize] }
					b.Inject(fault)
					ctx := t.Context()
					if test.sent == 0 && times == 0 {
						var cancel context.CancelFunc
						// This leaves time for the earlier batches on a busy machine.
						ctx, cancel = context.WithTimeout(ctx, 10*time.Second)
						defer cancel()
					}
					outcome, err := b.revoke(ctx, b.ids)

					ended, left := len(b.ids), 0
					switch want {
					case gone:
						ended -= min(BatchSize, len(b.ids)-batch*BatchSize)
					case stops, unknown:
						ended = batch * BatchSize
						left = len(b.ids) - ended
					}
					if (err == nil) != (want == passes || want == gone) {
						t.Errorf(row+"got %v, want it to be one that %s", err, want)
					}
					if err := check(b.ids, outcome); err != nil || len(outcome.Revoked) != ended || len(outcome.NotRevoked) != left {
						t.Errorf(row+"%v: %d revoked, %d not, want %d and %d", err, len(outcome.Revoked), len(outcome.NotRevoked), ended, left)
					}
					alive := left
					if want == unknown {
						alive -= min(BatchSize, left)
					}
					if got := len(b.alive()); got != alive {
						t.Errorf(row+"%d sessions are alive, want %d", got, alive)
					}
					for _, id := range outcome.Revoked {
						if slices.Contains(b.alive(), id) {
							t.Errorf(row+"%s is reported as ended, and alive", id)
						}
					}

					// Each batch was sent once. The batch with the fault was sent as often as the
					// table says.
					sent := map[string]int{}
					for _, call := range b.CallsOf(simulator.BatchDeleteSessions) {
						sent[call.SessionIDs[0]]++
					}
					for i := range 3 {
						times, expected := sent[b.ids[i*BatchSize]], 1
						switch {
						case i == batch && want == gone && batch < 2:
							// The listing after the refusal may have been truncated.
							expected = test.sent + 1
						case i == batch:
							expected = test.sent
						case i > batch && left > 0:
							expected = 0
						}
						if i == batch && test.sent == 0 {
							continue
						}
						if times != expected {
							t.Errorf(row+"batch %d was sent %d times, want %d", i, times, expected)
						}
					}
				})
			}
		}
	}
}

func TestRun_finishesHalfDone(t *testing.T) {
	t.Parallel()
	b := serve(t, 250, 0)
	refusal := simulator.Refuse(403, "IIC.1000", "No permission.")
	refusal.Operation, refusal.After, refusal.Times = simulator.BatchDeleteSessions, 1, 1
	b.Inject(refusal)
	outcome, err := b.revoke(t.Context(), b.ids)
	if statusOf(err) != 403 || !slices.Equal(outcome.Revoked, b.ids[:100]) || !slices.Equal(outcome.NotRevoked, b.ids[100:]) || !outcome.Accepted {
		t.Fatalf("%v: %d revoked, %d not", err, len(outcome.Revoked), len(outcome.NotRevoked))
	}
	outcome, err = b.revoke(t.Context(), b.ids)
	if err != nil || !slices.Equal(outcome.Revoked, b.ids[100:]) || !slices.Equal(outcome.AlreadyGone, b.ids[:100]) || len(b.alive()) != 0 {
		t.Errorf("%v: %d revoked, %d of them already gone, %d alive", err, len(outcome.Revoked), len(outcome.AlreadyGone), len(b.alive()))
	}
}

func TestRun_alreadyGone(t *testing.T) {
	t.Parallel()
	for _, gone := range []int{0, http.StatusOK, http.StatusBadRequest, http.StatusNotFound} {
		for name, test := range map[string]struct {
			living, dead int
			deletes      int // for the reading in which the API refuses batches with a session that is gone
			lists        int
		}{
			"none gone":             {3, 0, 1, 0},
			"all gone":              {0, 3, 1, 1},
			"some gone":             {3, 2, 2, 1},
			"gone in two batches":   {100, 50, 3, 2},
			"gone in the last only": {120, 1, 3, 1},
		} {
			t.Run(fmt.Sprintf("%s, answered %d", name, gone), func(t *testing.T) {
				t.Parallel()
				b := serve(t, test.living, 0, func(o *simulator.Options) { o.Gone = gone })
				dead := ids("dead", test.dead)
				asked := slices.Concat(b.ids, dead)
				if name == "gone in two batches" {
					asked = slices.Concat(dead[:25], b.ids, dead[25:])
				}
				outcome, err := b.revoke(t.Context(), asked)
				if err != nil {
					t.Fatal(err)
				}
				if err := check(asked, outcome); err != nil || len(outcome.NotRevoked) > 0 || len(b.alive()) > 0 {
					t.Errorf("%v: %d not revoked, %d alive", err, len(outcome.NotRevoked), len(b.alive()))
				}
				deletes, lists, known := test.deletes, test.lists, dead
				if gone == http.StatusOK {
					// The API does not name the missing sessions, so they are not listed.
					deletes, lists, known = (len(asked)+BatchSize-1)/BatchSize, 0, nil
				}
				if !sameSet(known, outcome.AlreadyGone) {
					t.Errorf("already gone: %v, want %v", outcome.AlreadyGone, known)
				}
				if accepted := test.living > 0 || gone == http.StatusOK; outcome.Accepted != accepted {
					t.Errorf("accepted is %t", outcome.Accepted)
				}
				if d, l := len(b.CallsOf(simulator.BatchDeleteSessions)), len(b.CallsOf(simulator.ListSessions)); d != deletes || l != lists {
					t.Errorf("%d deletes and %d listings, want %d and %d", d, l, deletes, lists)
				}
				if len(outcome.RequestIDs) != len(b.Calls()) {
					t.Errorf("%d request IDs of %d calls", len(outcome.RequestIDs), len(b.Calls()))
				}
			})
		}
	}
}

// The response may be lost after the batch was carried out. The retry then names sessions that are
// gone.
func TestRun_lostResponse(t *testing.T) {
	t.Parallel()
	for _, fault := range []simulator.Fault{{DropAfter: true}, {Done: true, Status: http.StatusGatewayTimeout}, {Done: true, Status: http.StatusAccepted}} {
		for _, gone := range []int{http.StatusOK, http.StatusBadRequest, http.StatusNotFound} {
			fault.Operation, fault.Times = simulator.BatchDeleteSessions, 1
			b := serve(t, 3, 1, func(o *simulator.Options) { o.Gone = gone })
			b.Inject(fault)
			outcome, err := b.revoke(t.Context(), nil, all)
			if err != nil || !slices.Equal(outcome.Revoked, b.ids) || len(b.alive()) != 0 || outcome.ResponseLost {
				t.Errorf("%d, %d: %v: %+v", fault.Status, gone, err, outcome)
			}
			b = serve(t, 3, 1, func(o *simulator.Options) { o.Gone = gone })
			b.Inject(fault)
			outcome, err = b.revoke(t.Context(), b.ids)
			if err != nil || outcome.ResponseLost == (gone == http.StatusOK) {
				t.Errorf("%d, %d, named: %v: %+v", fault.Status, gone, err, outcome)
			}
		}
	}
}

func TestRun_listingRefused(t *testing.T) {
	t.Parallel()
	b := serve(t, 2, 0)
	refusal := simulator.Refuse(403, "IIC.1000", "No permission to list.")
	refusal.Operation = simulator.ListSessions
	b.Inject(refusal)
	outcome, err := b.revoke(t.Context(), append(ids("dead", 1), b.ids...))
	var unlisted *UnlistedError
	var first *transport.Error
	if !errors.As(err, &unlisted) || !errors.As(err, &first) {
		t.Fatalf("got %v", err)
	}
	if first.Operation != simulator.BatchDeleteSessions || first.Status != 404 || statusOf(unlisted.ListErr) != 403 {
		t.Errorf("the first error is %v", first)
	}
	for _, part := range []string{"HTTP 404", "IIC.404", "HTTP 403", "No permission to list."} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in %v", part, err)
		}
	}
	if len(outcome.NotRevoked) != 3 || len(b.alive()) != 2 || len(outcome.RequestIDs) != 2 {
		t.Errorf("%d not revoked, %d alive, request IDs %v", len(outcome.NotRevoked), len(b.alive()), outcome.RequestIDs)
	}
}

func TestRun_otherBadRequest(t *testing.T) {
	t.Parallel()
	for message, lists := range map[string]int{
		"Bad parameter.": 0, "The identity store ID is malformed.": 0, "": 0,
		// One call for the batch, and one for its remaining sessions.
		"The session does not exist.": 2, "SESSION_IDS is invalid.": 2, "dead-000 is unknown.": 1,
	} {
		b := serve(t, 1, 0)
		refusal := simulator.Refuse(400, "IIC.400", message)
		refusal.Operation = simulator.BatchDeleteSessions
		b.Inject(refusal)
		if _, err := b.revoke(t.Context(), append(ids("dead", 1), b.ids...)); statusOf(err) != 400 {
			t.Errorf("%q: got %v", message, err)
		}
		if got := len(b.CallsOf(simulator.ListSessions)); got != lists {
			t.Errorf("%q: %d listings, want %d", message, got, lists)
		}
	}
}

func TestVerify_survivors(t *testing.T) {
	t.Parallel()
	b := serve(t, 3, 0, func(o *simulator.Options) { o.KeepSessions = true })
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		_ = b.Await(t.Context(), simulator.ListSessions, 3)
		cancel(errOperation)
	}()
	outcome, err := b.revoke(ctx, b.ids[:2], verify)
	var survivors *SurvivorsError
	if !errors.As(err, &survivors) || !errors.Is(err, errOperation) || !slices.Equal(survivors.SessionIDs, b.ids[:2]) {
		t.Fatalf("got %v", err)
	}
	for _, id := range b.ids[:2] {
		if !strings.Contains(err.Error(), id) {
			t.Errorf("%s is not in %v", id, err)
		}
	}
	if len(outcome.Revoked) != 0 || !slices.Equal(outcome.NotRevoked, b.ids[:2]) || !outcome.Accepted {
		t.Errorf("got %+v", outcome)
	}
	if n := len(b.CallsOf(simulator.BatchDeleteSessions)); n != 1 {
		t.Errorf("%d deletes", n)
	}
}

func TestVerify_waits(t *testing.T) {
	t.Parallel()
	b := serve(t, 3, 0, func(o *simulator.Options) { o.KeepSessions = true })
	// The sessions end after the second listing.
	b.Inject(simulator.Fault{Operation: simulator.ListSessions, Times: 3}, simulator.Fault{Operation: simulator.ListSessions, Status: 200, Body: `{"session_list": []}`})
	outcome, err := b.revoke(t.Context(), b.ids, verify)
	if err != nil || len(outcome.Revoked) != 3 || len(b.CallsOf(simulator.ListSessions)) != 4 {
		t.Errorf("%d listings, %v: %+v", len(b.CallsOf(simulator.ListSessions)), err, outcome)
	}
}

func TestVerify_cannotList(t *testing.T) {
	t.Parallel()
	b := serve(t, 2, 0)
	refusal := simulator.Refuse(403, "IIC.1000", "No permission.")
	refusal.Operation = simulator.ListSessions
	b.Inject(refusal)
	outcome, err := b.revoke(t.Context(), b.ids, verify)
	var verification *VerificationError
	if !errors.As(err, &verification) || statusOf(err) != 403 || !strings.Contains(err.Error(), "accepted") {
		t.Errorf("got %v", err)
	}
	if len(outcome.Revoked) != 2 || !outcome.Accepted {
		t.Errorf("got %+v", outcome)
	}
}

// errOperation is the cause with which a caller ends the context.
var errOperation = errors.New("the operation is over")

func TestRun_cancelBetweenBatches(t *testing.T) {
	t.Parallel()
	b := serve(t, 250, 5)
	ctx, cancel := context.WithCancelCause(t.Context())
	outcome, err := b.revoke(ctx, b.ids, func(r *Request) {
		r.Report = func(message string) {
			if strings.HasPrefix(message, "Batch 1 of 3") {
				cancel(errOperation)
			}
		}
	})
	if !errors.Is(err, errOperation) || !slices.Equal(outcome.Revoked, b.ids[:100]) || !slices.Equal(outcome.NotRevoked, b.ids[100:]) {
		t.Errorf("%v: %d revoked, %d not", err, len(outcome.Revoked), len(outcome.NotRevoked))
	}
	if n := len(b.Calls()); n != 1 {
		t.Errorf("%d calls were sent", n)
	}
}

func TestRun_cancelHangingCall(t *testing.T) {
	t.Parallel()
	b := serve(t, 250, 5)
	b.Inject(simulator.Fault{Operation: simulator.BatchDeleteSessions, After: 1, Hang: true})
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		_ = b.Await(t.Context(), simulator.BatchDeleteSessions, 2)
		cancel(errOperation)
	}()
	begun := time.Now()
	outcome, err := b.revoke(ctx, b.ids)
	if !errors.Is(err, errOperation) || len(outcome.Revoked) != 100 || len(outcome.NotRevoked) != 150 {
		t.Errorf("%v: %d revoked, %d not", err, len(outcome.Revoked), len(outcome.NotRevoked))
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
}

// The API may omit the request ID header.
func TestRun_noRequestID(t *testing.T) {
	t.Parallel()
	b := serve(t, 150, 0)
	b.Inject(simulator.Fault{Header: http.Header{"X-Request-Id": nil}})
	var messages []string
	outcome, err := b.revoke(t.Context(), b.ids, func(r *Request) { r.Report = func(m string) { messages = append(messages, m) } })
	if err != nil || len(outcome.Revoked) != 150 || len(outcome.RequestIDs) != 0 {
		t.Errorf("%v: %+v", err, outcome)
	}
	for _, m := range messages {
		if strings.Contains(m, "request ID") {
			t.Errorf("got %q", m)
		}
	}
}

func TestRun_progress(t *testing.T) {
	t.Parallel()
	b := serve(t, 2, 0)
	var messages []string
	report := func(r *Request) { r.Report = func(m string) { messages = append(messages, m) } }
	if _, err := b.revoke(t.Context(), nil, all, verify, report); err != nil {
		t.Fatal(err)
	}
	wanted := []string{
		"has 2 sessions", "Ending session " + b.ids[0], "Ending session " + b.ids[1],
		"Batch 1 of 1 done: 2 sessions, request ID " + b.CallsOf(simulator.BatchDeleteSessions)[0].RequestID,
		"Verifying the end of 2 sessions", "Done: 2 sessions",
	}
	if len(messages) != len(wanted) {
		t.Fatalf("got %q", messages)
	}
	for i, want := range wanted {
		if !strings.Contains(messages[i], want) {
			t.Errorf("message %d is %q, want %q in it", i, messages[i], want)
		}
	}

	messages = nil
	if _, err := b.revoke(t.Context(), ids("dead", 2), report); err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(messages, "\n"); !strings.Contains(text, "Done: no session of user "+b.userID+" ended, not found among the sessions of the user: dead-000, dead-001.") {
		t.Errorf("got %q", messages)
	}
}

// An attacker's client controls the user agent and perhaps other fields.
func TestDescribe_printable(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, evil := range []string{
		"\x1b[2J\x1b[31mred", "\x1b]0;title\x07", "\x9b31m", "a\r\nDone: 0 sessions", "\u202egnirts", "\u2066x\u2069", "\x00", "\xff\xfe", "\u200b", `"quoted"`, "\u2028",
	} {
		text := transport.Printable(Describe(identitycenter.Session{ID: evil, IPAddress: evil, UserAgent: evil, CreatedAt: now.Add(-time.Hour)}, now), 4096)
		for _, r := range text {
			if !unicode.IsPrint(r) {
				t.Errorf("%q is described as %q", evil, text)
				break
			}
		}
		if !strings.Contains(text, "begun 1h0m0s ago (2026-11-23T11:00:00Z)") {
			t.Errorf("%q is described as %q", evil, text)
		}
	}
	for _, test := range []struct {
		session identitycenter.Session
		want    string
	}{
		{identitycenter.Session{ID: "s1"}, "session s1"},
		{identitycenter.Session{ID: "s1", IPAddress: "203.0.113.7", UserAgent: "Mozilla/5.0 (用户)"}, `session s1, from 203.0.113.7, with "Mozilla/5.0 (用户)"`},
	} {
		if got := Describe(test.session, now); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestRun_printableProgress(t *testing.T) {
	t.Parallel()
	b := serve(t, 1, 0)
	evil := "\x1b[2J\u202e"
	b.AddSession(b.IdentityStoreID, b.userID, simulator.Session{UserAgent: evil, IPAddress: evil})
	_, err := b.revoke(t.Context(), append(b.ids, "gone"+evil), func(r *Request) {
		r.Report = func(m string) {
			if strings.ContainsFunc(m, func(c rune) bool { return !unicode.IsPrint(c) }) {
				t.Errorf("got %q", m)
			}
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// The API may accept a session that never existed. Verify detects it.
func TestVerify_unknownIDs(t *testing.T) {
	t.Parallel()
	for _, gone := range []int{http.StatusOK, http.StatusBadRequest, http.StatusNotFound} {
		b := serve(t, 3, 0, func(o *simulator.Options) { o.Gone = gone })
		outcome, err := b.revoke(t.Context(), []string{"typo-1", b.ids[0], "typo-2"}, verify)
		if err != nil || !slices.Equal(outcome.Revoked, b.ids[:1]) || !slices.Equal(outcome.AlreadyGone, []string{"typo-1", "typo-2"}) {
			t.Errorf("%d: %v: %+v", gone, err, outcome)
		}
		if calls := b.CallsOf(simulator.BatchDeleteSessions); len(calls) != 1 || !slices.Equal(calls[0].SessionIDs, b.ids[:1]) {
			t.Errorf("%d: %+v", gone, calls)
		}

		b.ResetCalls()
		outcome, err = b.revoke(t.Context(), []string{"typo-1"}, verify)
		if err != nil || len(outcome.Revoked) != 0 || len(b.Calls()) != 1 || !outcome.RevokedAt.IsZero() {
			t.Errorf("%d: %v: %+v", gone, err, outcome)
		}
	}
}

// A key without permission to list sessions can still end sessions by ID.
func TestVerify_withoutListing(t *testing.T) {
	t.Parallel()
	b := serve(t, 2, 0)
	refusal := simulator.Refuse(403, "IIC.1000", "No permission.")
	refusal.Operation, refusal.Times = simulator.ListSessions, 1
	b.Inject(refusal)
	outcome, err := b.revoke(t.Context(), b.ids, verify)
	var verification *VerificationError
	if !errors.As(err, &verification) || len(outcome.Revoked) != 2 || len(b.alive()) != 0 || len(outcome.Newer) != 0 {
		t.Errorf("%v: %+v", err, outcome)
	}
}

func TestVerify_lastListing(t *testing.T) {
	t.Parallel()
	b := serve(t, 3, 0, func(o *simulator.Options) { o.KeepSessions = true })
	refusal := simulator.Refuse(403, "IIC.1000", "No permission.")
	refusal.Operation, refusal.After = simulator.ListSessions, 2
	b.Inject(refusal)
	outcome, err := b.revoke(t.Context(), b.ids[:2], verify)
	var survivors *SurvivorsError
	if !errors.As(err, &survivors) || statusOf(err) != 403 || !slices.Equal(survivors.SessionIDs, b.ids[:2]) {
		t.Errorf("got %v", err)
	}
	if len(outcome.Revoked) != 0 || !slices.Equal(outcome.NotRevoked, b.ids[:2]) || !outcome.Accepted || !outcome.RevokedAt.IsZero() {
		t.Errorf("got %+v", outcome)
	}
}

// A listing made for another reason shows a session whose end was accepted.
func TestVerify_acceptedSessionListed(t *testing.T) {
	t.Parallel()
	b := serve(t, 150, 0, func(o *simulator.Options) { o.KeepSessions, o.Gone = true, http.StatusNotFound })
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		_ = b.Await(t.Context(), simulator.ListSessions, 4)
		cancel(errOperation)
	}()
	outcome, err := b.revoke(ctx, append(b.ids, "typo"))
	var survivors *SurvivorsError
	if !errors.As(err, &survivors) || !sameSet(b.ids, outcome.NotRevoked) || !slices.Equal(outcome.AlreadyGone, []string{"typo"}) {
		t.Errorf("%v: %+v", err, outcome)
	}
}

// A session that the last listing showed does not count as ended, whatever fails afterwards.
func TestRun_acceptedSessionListedThenFailure(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusForbidden, http.StatusNotFound} {
		b := serve(t, 250, 0, func(o *simulator.Options) { o.KeepSessions = true })
		gone := simulator.Refuse(http.StatusNotFound, "IIC.404", "a session is gone")
		gone.Operation, gone.After, gone.Times = simulator.BatchDeleteSessions, 1, 1
		refused := simulator.Refuse(status, "IIC.1000", "refused")
		refused.Operation = simulator.BatchDeleteSessions
		b.Inject(gone, refused)
		asked := slices.Clone(b.ids)
		asked[150] = "typo"
		outcome, err := b.revoke(t.Context(), asked)
		if err == nil || len(outcome.Revoked) != 0 || !outcome.Accepted || !outcome.RevokedAt.IsZero() || len(outcome.NotRevoked)+len(outcome.AlreadyGone) != 250 {
			t.Errorf("%d: %v: %d ended, %d not, %d gone", status, err, len(outcome.Revoked), len(outcome.NotRevoked), len(outcome.AlreadyGone))
		}
	}
}

func TestVerify_newerSessions(t *testing.T) {
	t.Parallel()
	for name, choose := range map[string]func(*Request){"all": all, "named": func(*Request) {}} {
		b := serve(t, 2, 0)
		outcome, err := b.revoke(t.Context(), b.ids[:1], choose, verify, func(r *Request) {
			r.Report = func(message string) {
				if strings.HasPrefix(message, "Verifying") {
					b.AddSession(b.IdentityStoreID, b.userID, simulator.Session{SessionID: "again"})
				}
			}
		})
		if err != nil || len(outcome.Newer) != 1 || outcome.Newer[0].ID != "again" {
			t.Errorf("%s: %v: %+v", name, err, outcome)
		}
	}
}

// A session that begins during the verification is not selected.
func TestRun_revokedAt(t *testing.T) {
	t.Parallel()
	b := serve(t, 1, 0)
	var verifying time.Time
	outcome, err := b.revoke(t.Context(), b.ids, verify, func(r *Request) {
		r.Report = func(message string) {
			if strings.HasPrefix(message, "Verifying") {
				verifying = time.Now()
			}
		}
	})
	if err != nil || outcome.RevokedAt.After(verifying) || verifying.Sub(outcome.RevokedAt) > time.Minute {
		t.Errorf("%v: revoked at %s, verification began at %s", err, outcome.RevokedAt, verifying)
	}
}

func TestRun_matching(t *testing.T) {
	t.Parallel()
	b := serve(t, 6, 0)
	b.AddSession(b.IdentityStoreID, b.userID, simulator.Session{SessionID: "abroad", IPAddress: "::ffff:198.51.100.77"})
	network, err := ParseNetwork("198.51.100.64/26")
	if err != nil {
		t.Fatal(err)
	}
	matching := func(n int) func(*Request) {
		return func(r *Request) {
			r.SessionIDs, r.Matching = nil, &Conditions{FromNetworks: NewNetworks(network), MissingNoMatch: true, KeepNewest: n}
		}
	}
	outcome, err := b.revoke(t.Context(), nil, matching(1))
	if err != nil || outcome.Summary("u") != "no session of user u ended: 7 sessions, from_networks left 1, keep_newest left 0" || len(b.alive()) != 7 || outcome.Accepted {
		t.Errorf("%v: %s: %+v", err, outcome.Summary("u"), outcome)
	}
	outcome, err = b.revoke(t.Context(), nil, matching(0), verify)
	if err != nil || !slices.Equal(outcome.Revoked, []string{"abroad"}) || outcome.Summary("u") != "1 session of user u ended: 7 sessions, from_networks left 1" || len(b.alive()) != 6 {
		t.Errorf("%v: %s: %+v", err, outcome.Summary("u"), outcome)
	}
}

// A progress message after an interrupt makes Terraform panic.
func TestRun_noProgressAfterContext(t *testing.T) {
	t.Parallel()
	for _, asked := range []func(*Request){all, verify, func(*Request) {}} {
		b := serve(t, 250, 0)
		ctx, cancel := context.WithCancel(t.Context())
		_, err := b.revoke(ctx, b.ids, asked, func(r *Request) {
			r.Report = func(message string) {
				if ctx.Err() != nil {
					t.Errorf("reported %q", message)
				}
				if strings.HasPrefix(message, "Batch 1") {
					cancel()
				}
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		cancel()
	}
}

// capped is an API that lists at most 50 sessions, with the newest or the oldest first.
func capped(o *simulator.Options) { o.MostSessions = 50 }

// seedOld adds sessions that began some days ago.
func (b *backend) seedOld(n int) {
	for i := range n {
		id := b.AddSession(b.IdentityStoreID, b.userID, simulator.Session{
			SessionID: fmt.Sprintf("old-%03d", i), IPAddress: "203.0.113.7", CreationTime: time.Now().Add(-48*time.Hour - time.Duration(i)*time.Minute),
			SessionNotValidAfter: time.Now().Add(time.Hour),
		})
		b.ids = append(b.ids, id)
	}
}

// The sessions of a truncated listing do not count as all sessions.
func TestRun_truncatedList(t *testing.T) {
	t.Parallel()
	matching := func(r *Request) {
		r.SessionIDs, r.Matching = nil, &Conditions{FromNetworks: parseNetworks(t, "203.0.113.0/24")}
	}
	for name, choose := range map[string]func(*Request){"all": all, "matching": matching} {
		for _, verified := range []bool{false, true} {
			b := serve(t, 0, 0, capped)
			b.seedOld(130)
			outcome, err := b.revoke(t.Context(), nil, choose, func(r *Request) { r.Verify = verified })
			if err != nil || len(b.alive()) != 0 || !sameSet(b.ids, outcome.Revoked) || len(outcome.Newer) != 0 || outcome.Choice.Listed != 130 {
				t.Errorf("%s, verify %t: %v: %d ended, %d alive, %d newer", name, verified, err, len(outcome.Revoked), len(b.alive()), len(outcome.Newer))
			}
		}
	}
}

// A truncated listing is noticed even if few of its sessions match.
func TestRun_truncatedListFewMatching(t *testing.T) {
	t.Parallel()
	b := serve(t, 0, 0, capped)
	for n := range 130 {
		address := []string{"203.0.113.7", "198.51.100.1"}[min(n%5, 1)]
		b.AddSession(b.IdentityStoreID, b.userID, simulator.Session{IPAddress: address, CreationTime: time.Now().Add(-time.Duration(200-n) * time.Minute)})
	}
	outcome, err := b.revoke(t.Context(), nil, func(r *Request) {
		r.SessionIDs, r.Matching = nil, &Conditions{FromNetworks: parseNetworks(t, "203.0.113.0/24")}
	})
	matching := slices.ContainsFunc(b.Sessions(b.IdentityStoreID, b.userID), func(s simulator.Session) bool { return s.IPAddress == "203.0.113.7" })
	var incomplete *IncompleteListError
	if matching && !errors.As(err, &incomplete) {
		t.Errorf("%v: %d ended, and some are alive", err, len(outcome.Revoked))
	}
}

// keep_newest counts all sessions, even if several listings are needed to find them.
func TestRun_truncatedListKeepNewest(t *testing.T) {
	t.Parallel()
	b := serve(t, 0, 0, capped)
	b.seedOld(130)
	outcome, err := b.revoke(t.Context(), nil, verify, func(r *Request) { r.Matching = &Conditions{KeepNewest: 2} })
	if alive := b.alive(); err != nil || !slices.Equal(alive, []string{"old-000", "old-001"}) || len(outcome.Revoked) != 128 {
		t.Errorf("%v: %v are alive", err, alive)
	}
}

// A session that is selected by ID and missing in a truncated listing does not count as gone.
func TestRun_truncatedListNamed(t *testing.T) {
	t.Parallel()
	for _, gone := range []int{http.StatusOK, http.StatusBadRequest, http.StatusNotFound} {
		for _, verified := range []bool{false, true} {
			b := serve(t, 0, 0, capped, func(o *simulator.Options) { o.Gone = gone })
			b.seedOld(130)
			asked := append([]string{"typo"}, b.ids[70:]...)
			outcome, err := b.revoke(t.Context(), asked, func(r *Request) { r.Verify = verified })
			if err := check(asked, outcome); err != nil {
				t.Error(err)
			}
			if err != nil || len(b.alive()) != 70 || !sameSet(b.ids[:70], b.alive()) || len(outcome.NotRevoked) > 0 {
				t.Errorf("%d, verify %t: %v: %d ended, %d gone, %d alive", gone, verified, err, len(outcome.Revoked), len(outcome.AlreadyGone), len(b.alive()))
			}
		}
	}
}

// If new sessions appear in every listing and began before the first one, the run fails.
func TestRun_neverCompleteList(t *testing.T) {
	t.Parallel()
	b := serve(t, 1, 0)
	n := 0
	b.Before(simulator.ListSessions, func() {
		n++
		b.AddSession(b.IdentityStoreID, b.userID, simulator.Session{SessionID: fmt.Sprintf("late-%d", n), CreationTime: time.Now().Add(-time.Hour)})
	})
	outcome, err := b.revoke(t.Context(), nil, all, verify)
	var incomplete *IncompleteListError
	if !errors.As(err, &incomplete) || len(incomplete.SessionIDs) != 1 || !slices.Equal(outcome.NotRevoked, incomplete.SessionIDs) || !sameSet(b.alive(), outcome.NotRevoked) {
		t.Errorf("%v: %d ended, %v not, %v alive", err, len(outcome.Revoked), outcome.NotRevoked, b.alive())
	}
}

// A session without a start time is not a new login.
func TestRun_lateSessionWithoutTime(t *testing.T) {
	t.Parallel()
	b := serve(t, 1, 0, func(o *simulator.Options) { o.SessionTimesAs = "nothing" })
	remove := b.Before(simulator.BatchDeleteSessions, func() {
		if len(b.CallsOf(simulator.BatchDeleteSessions)) == 1 {
			b.AddSession(b.IdentityStoreID, b.userID, simulator.Session{SessionID: "late"})
		}
	})
	defer remove()
	if outcome, err := b.revoke(t.Context(), nil, all, verify); err != nil || len(b.alive()) != 0 || len(outcome.Newer) != 0 || len(outcome.Revoked) != 2 {
		t.Errorf("%v: %+v", err, outcome)
	}
}

// A response with a next page is not a complete listing.
func TestRun_nextMarker(t *testing.T) {
	t.Parallel()
	b := serve(t, 0, 0, capped, func(o *simulator.Options) { o.SessionsNextMarker = true })
	b.seedOld(130)
	outcome, err := b.revoke(t.Context(), nil, all)
	if !errors.Is(err, transport.ErrUndocumented) || len(outcome.Revoked) != 0 || len(b.alive()) != 130 {
		t.Errorf("%v: %+v", err, outcome)
	}
}

// Sessions are ended even if their times have an unexpected type.
func TestRun_unexpectedTimeTypes(t *testing.T) {
	t.Parallel()
	for _, as := range []string{"", "string", "float", "nothing"} {
		b := serve(t, 3, 0, func(o *simulator.Options) { o.SessionTimesAs, o.EnabledAs = as, "string" })
		if outcome, err := b.revoke(t.Context(), nil, all, verify); err != nil || len(outcome.Revoked) != 3 || len(b.alive()) != 0 {
			t.Errorf("%s: %v: %+v", as, err, outcome)
		}
	}
}

// A Date header from a cache is not used as a time.
func TestRun_cachedDate(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*simulator.Options){
		"a day ahead": func(o *simulator.Options) { o.DateSkew = 24 * time.Hour }, "an hour behind": func(o *simulator.Options) { o.DateSkew = -time.Hour },
		"year 9999": func(o *simulator.Options) { o.DateSkew = time.Until(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)) }, "cached": func(o *simulator.Options) { o.Age = "60" },
	} {
		b := serve(t, 0, 0, set)
		b.AddSession(b.IdentityStoreID, b.userID, simulator.Session{SessionID: "young", CreationTime: time.Now().Add(-time.Minute)})
		b.AddSession(b.IdentityStoreID, b.userID, simulator.Session{SessionID: "old", CreationTime: time.Now().Add(-3 * time.Hour)})
		outcome, err := b.revoke(t.Context(), nil, verify, func(r *Request) { r.Matching = &Conditions{OlderThan: 2 * time.Hour} })
		if err != nil || !slices.Equal(outcome.Revoked, []string{"old"}) || outcome.ClockProblem == "" || outcome.Choice.ClockProblem == "" || time.Since(outcome.RevokedAt).Abs() > time.Minute {
			t.Errorf("%s: %v: %+v", name, err, outcome)
		}
	}
}
