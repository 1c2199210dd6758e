// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package userlock

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// backend is a simulator with additional users, and a client.
type backend struct {
	*acctest.Cloud
	client *identitycenter.Client
	users  []simulator.SeededUser
}

// serve starts a simulator with users who have two sessions each.
func serve(t *testing.T, users int, configure ...func(*simulator.Options)) *backend {
	t.Helper()
	b := &backend{Cloud: acctest.New(t, configure...)}
	b.users = b.SeedUsers(b.IdentityStoreID, users, 2)
	b.client = identitycenter.New(b.Transport(func(c *transport.Config) { c.MaxRetries, c.MaxConcurrentRequests = 1, 16 }), b, false)
	return b
}

// fast shortens the pauses of a lock.
var fast = Timing{MaxDelayBeforeDisable: 1500 * time.Millisecond, FirstPause: time.Millisecond, LongestPause: 20 * time.Millisecond}

func (b *backend) request() Request {
	return Request{IdentityStoreID: b.IdentityStoreID, UserID: b.users[0].UserID, Timing: &fast}
}

// left returns the number of the user's sessions in the simulator.
func (b *backend) left() int { return len(b.Sessions(b.IdentityStoreID, b.users[0].UserID)) }

func (b *backend) enabled() bool { return b.Enabled(b.IdentityStoreID, b.users[0].UserID) }

// logIn adds a session for the user if the user is enabled.
func (b *backend) logIn() {
	if b.enabled() {
		b.AddSession(b.IdentityStoreID, b.users[0].UserID, simulator.Session{})
	}
}

// check fails the test if the outcome claims more than the simulator shows.
func (b *backend) check(t *testing.T, outcome Outcome, err error) {
	t.Helper()
	if complaint := b.complaint(outcome, err); complaint != "" {
		t.Error(complaint)
	}
}

// complaint returns where an outcome claims more than the simulator shows.
func (b *backend) complaint(outcome Outcome, err error) string {
	var failed *FailedError
	switch {
	case err != nil && (!errors.As(err, &failed) || len(failed.Steps) == 0):
		return fmt.Sprintf("the error has no steps: %v", err)
	case err == nil && b.enabled():
		return fmt.Sprintf("locked, but the user is enabled: %+v", outcome)
	case err == nil && outcome.Unverified == nil && b.left() > 0:
		return fmt.Sprintf("locked and verified, but the user has %d sessions: %+v", b.left(), outcome)
	case outcome.Status == Disabled && b.enabled():
		return fmt.Sprintf("said to be disabled: %+v", outcome)
	}
	return ""
}

// The order of the calls, and the outcome.
func TestLock(t *testing.T) {
	t.Parallel()
	b := serve(t, 1, func(o *simulator.Options) { o.Clock = func() time.Time { return time.Now().Add(10 * time.Minute) } })
	before := time.Now().Add(10 * time.Minute)
	outcome, err := Lock(t.Context(), b.client, b.request())
	after := time.Now().Add(10 * time.Minute)
	b.check(t, outcome, err)
	want := []string{
		simulator.DescribeUser, simulator.ListSessions, simulator.BatchDeleteSessions, simulator.ListSessions,
		simulator.DisableUser, simulator.DescribeUser, simulator.ListSessions, simulator.DescribeUser,
	}
	if got := b.Operations(); !slices.Equal(got, want) {
		t.Errorf("calls %v, want %v", got, want)
	}
	if err != nil || outcome.Status != Disabled || outcome.Ended != 2 || outcome.Left != 0 || outcome.Unverified != nil || len(outcome.RequestIDs) != len(want) {
		t.Errorf("%+v, %v", outcome, err)
	}
	// The time is by the server's clock, and not before the user was read as disabled.
	if outcome.At.Before(before) || outcome.At.After(after.Add(time.Second)) || outcome.At.Nanosecond() != 0 {
		t.Errorf("at %s, seen between %s and %s", outcome.At, before, after)
	}
}

// openReadings are the readings of facts that the API reference leaves open.
func openReadings(yield func(string, func(*simulator.Options)) bool) {
	for _, sessions := range []int{0, 400, 404, 409} {
		for _, already := range []int{0, 409} {
			for _, ends := range []bool{false, true} {
				name := fmt.Sprintf("sessions of a disabled user %d, disabled already %d, disabling ends them %t", sessions, already, ends)
				if !yield(name, func(o *simulator.Options) {
					o.DisabledUserSessions, o.AlreadyInState, o.DisableEndsSessions = sessions, already, ends
				}) {
					return
				}
			}
		}
	}
}

// A fault occurs at each call, once and always, under each reading. The outcome is correct, and the
// user is disabled unless DisableUser fails. The next attempt without the fault succeeds.
func TestLock_faultsProperty(t *testing.T) {
	t.Parallel()
	faults := map[string]simulator.Fault{
		"forbidden":           simulator.Refuse(http.StatusForbidden, "IIC.1000", "refused"),
		"unauthorized":        simulator.Refuse(http.StatusUnauthorized, "APIGW.0301", "refused"),
		"bad parameter":       simulator.Refuse(http.StatusBadRequest, "IIC.400", "refused"),
		"conflict":            simulator.Refuse(http.StatusConflict, "IIC.1007", "refused"),
		"no such API":         simulator.Refuse(http.StatusNotFound, "APIGW.0101", "refused"),
		"server error":        simulator.Refuse(http.StatusInternalServerError, "IIC.500", "refused"),
		"throttled":           {Status: http.StatusTooManyRequests, Code: "APIGW.0308", Header: http.Header{"Retry-After": {"1"}}},
		"dropped before work": {DropBefore: true},
		"dropped after work":  {DropAfter: true},
		"not understood":      {Status: http.StatusOK, Body: `{"surprise": true}`},
	}
	// Tests mostly wait, so several run in parallel, whatever -parallel is.
	var all errgroup.Group
	all.SetLimit(10)
	// Each reading is tried with a tenth of the cases. With the seeds of make property, every case
	// is tried.
	n, every := 0, len(acctest.Seeds(t)) > 10
	for reading, configure := range openReadings {
		n++
		for i, kind := range slices.Sorted(maps.Keys(faults)) {
			for j, operation := range []string{simulator.DescribeUser, simulator.ListSessions, simulator.BatchDeleteSessions, simulator.DisableUser} {
				for k, times := range []int{1, 0} {
					if !every && (n+i+3*j+7*k)%10 != 0 {
						continue
					}
					fault := faults[kind]
					fault.Operation, fault.Times = operation, times
					all.Go(func() error {
						if complaint := lockUnder(t, configure, fault); complaint != "" {
							t.Errorf("%s, %s of %s (times: %d): %s", reading, kind, operation, times, complaint)
						}
						return nil
					})
				}
			}
		}
	}
	_ = all.Wait()
}

// lockUnder locks a user with a fault, then again without it. It returns the problems.
func lockUnder(t *testing.T, configure func(*simulator.Options), fault simulator.Fault) string {
	b := serve(t, 1, configure)
	b.Inject(fault)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	outcome, err := Lock(ctx, b.client, b.request())
	if complaint := b.complaint(outcome, err); complaint != "" {
		return complaint
	}
	rejected := fault.Status == http.StatusUnauthorized
	switch {
	case b.enabled() && fault.Operation != simulator.DisableUser && !rejected:
		return fmt.Sprintf("the user stays enabled: %v", err)
	case fault.Times == 0 && err == nil && fault.Operation == simulator.DescribeUser && fault.Status != 0:
		return "nobody has seen that the user is disabled"
	case rejected:
		// The same client does not send the rejected key again.
		return ""
	}
	b.ClearFaults()
	b.logIn()
	outcome, err = Lock(t.Context(), b.client, b.request())
	if err != nil {
		return fmt.Sprintf("the next attempt: %v", err)
	}
	return b.complaint(outcome, err)
}

// A login between any two calls is ended in the same attempt if the API allows it. Otherwise the
// outcome does not claim that no session is left.
func TestLock_loginBetween(t *testing.T) {
	t.Parallel()
	for reading, configure := range openReadings {
		for _, operation := range []string{simulator.DescribeUser, simulator.ListSessions, simulator.BatchDeleteSessions, simulator.DisableUser} {
			t.Run(reading+", before "+operation, func(t *testing.T) {
				t.Parallel()
				b := serve(t, 1, configure)
				b.Before(operation, b.logIn)
				outcome, err := Lock(t.Context(), b.client, b.request())
				b.check(t, outcome, err)
				var options simulator.Options
				configure(&options)
				if err != nil {
					t.Fatal(err)
				}
				if options.DisabledUserSessions == 0 && (outcome.Unverified != nil || b.left() > 0) {
					t.Errorf("%+v, %d sessions left", outcome, b.left())
				}
				if options.DisabledUserSessions != 0 && outcome.Unverified == nil {
					t.Errorf("said to be verified: %+v", outcome)
				}
			})
		}
	}
}

// A user who is enabled and logs in right after DisableUser is disabled again.
func TestLock_enabledBetween(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{simulator.DescribeUser, simulator.ListSessions} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			b := serve(t, 1)
			var once sync.Once
			b.Before(operation, func() {
				if !b.enabled() {
					once.Do(func() {
						b.SetEnabled(b.IdentityStoreID, b.users[0].UserID, true)
						b.logIn()
					})
				}
			})
			outcome, err := Lock(t.Context(), b.client, b.request())
			b.check(t, outcome, err)
			if err != nil || b.left() > 0 {
				t.Errorf("%+v, %v", outcome, err)
			}
		})
	}
	t.Run("for good", func(t *testing.T) {
		t.Parallel()
		b := serve(t, 1)
		b.Before(simulator.DescribeUser, func() { b.SetEnabled(b.IdentityStoreID, b.users[0].UserID, true) })
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		outcome, err := Lock(ctx, b.client, b.request())
		b.check(t, outcome, err)
		if !errors.Is(err, ErrNotInForce) || outcome.Status != Enabled || len(b.CallsOf(simulator.DisableUser)) != maxDisableAttempts {
			t.Errorf("%+v, %v", outcome, err)
		}
	})
}

// Reads of a user may be delayed.
func TestLock_staleReads(t *testing.T) {
	t.Parallel()
	b := serve(t, 1, func(o *simulator.Options) { o.StaleReads = 3 })
	outcome, err := Lock(t.Context(), b.client, b.request())
	b.check(t, outcome, err)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Unlock(t.Context(), b.client, b.request()); err != nil || !b.enabled() {
		t.Errorf("enabled %t: %v", b.enabled(), err)
	}
}

// Sessions that the API reports as ended and still lists are an error.
func TestLock_remainingSessions(t *testing.T) {
	t.Parallel()
	b := serve(t, 1, func(o *simulator.Options) { o.KeepSessions = true })
	outcome, err := Lock(t.Context(), b.client, b.request())
	b.check(t, outcome, err)
	var left *SessionsLeftError
	if !errors.As(err, &left) || len(left.SessionIDs) != 2 || outcome.Status != Disabled || outcome.Left != 2 || outcome.Ended != 0 {
		t.Errorf("%+v, %v", outcome, err)
	}
}

func TestLock_missingUser(t *testing.T) {
	t.Parallel()
	for _, unknown := range []int{404, 409} {
		b := serve(t, 1, func(o *simulator.Options) { o.DisableUnknown = unknown })
		request := b.request()
		request.UserID = "nobody"
		if _, err := Lock(t.Context(), b.client, request); !errors.Is(err, ErrUserNotFound) || len(b.Calls()) != 2 {
			t.Errorf("%v, calls %v", err, b.Operations())
		}
		if _, err := Unlock(t.Context(), b.client, request); !errors.Is(err, ErrUserNotFound) {
			t.Errorf("disable answers %d: %v", unknown, err)
		}
	}
}

// A user who is not found once is locked.
func TestLock_notFoundOnce(t *testing.T) {
	t.Parallel()
	for after := range 3 {
		b := serve(t, 1)
		missing := simulator.Refuse(http.StatusNotFound, "IIC.1002", "no such user")
		missing.Operation, missing.After, missing.Times = simulator.DescribeUser, after, 1
		b.Inject(missing)
		outcome, err := Lock(t.Context(), b.client, b.request())
		b.check(t, outcome, err)
		if err != nil || b.enabled() {
			t.Errorf("read %d: enabled %t, %v", after, b.enabled(), err)
		}
	}
	// The pause before the second read is longer than the time until the user must be disabled.
	b := serve(t, 1)
	missing := simulator.Refuse(http.StatusNotFound, "IIC.1002", "no such user")
	missing.Operation, missing.Times = simulator.DescribeUser, 1
	b.Inject(missing)
	request := b.request()
	request.Timing = &Timing{MaxDelayBeforeDisable: 10 * time.Millisecond, FirstPause: time.Millisecond, LongestPause: time.Millisecond, MissingPause: time.Minute}
	if outcome, err := Lock(t.Context(), b.client, request); err != nil || b.enabled() || outcome.Left != 0 {
		t.Errorf("enabled %t, %v: %+v", b.enabled(), err, outcome)
	}
}

// Slow or throttled session calls delay DisableUser by at most MaxDelayBeforeDisable.
func TestLock_disableDeadline(t *testing.T) {
	t.Parallel()
	later := func(status int, seconds string) simulator.Fault {
		return simulator.Fault{Status: status, Code: "APIGW.0308", Header: http.Header{"Retry-After": {seconds}}}
	}
	for name, fault := range map[string]simulator.Fault{
		"unavailable":           later(http.StatusServiceUnavailable, "15"),
		"throttled for long":    later(http.StatusTooManyRequests, "60"),
		"throttled for a while": later(http.StatusTooManyRequests, "4"),
		"throttled without end": {Status: http.StatusTooManyRequests, Code: "APIGW.0308"},
		"without a response":    {Hang: true},
	} {
		for _, operation := range []string{simulator.DescribeUser, simulator.ListSessions, simulator.BatchDeleteSessions} {
			t.Run(name+", "+operation, func(t *testing.T) {
				t.Parallel()
				b, fault := serve(t, 1), fault
				fault.Operation = operation
				b.Inject(fault)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				go func() {
					defer cancel()
					if err := b.Await(ctx, simulator.DisableUser, 1); err != nil {
						t.Error(err)
					}
				}()
				begun := time.Now()
				outcome, err := Lock(ctx, b.client, b.request())
				b.check(t, outcome, err)
				if took := time.Since(begun); took > fast.MaxDelayBeforeDisable+time.Second || err == nil || b.enabled() {
					t.Errorf("ended after %s, the user is enabled: %t: %v", took, b.enabled(), err)
				} else {
					t.Logf("disabled after %s at most", took)
				}
			})
		}
	}
}

// Ending the sessions of a disabled user does not wait until the user is read back.
func TestLock_hangingReads(t *testing.T) {
	t.Parallel()
	b := serve(t, 1)
	b.Inject(simulator.Fault{Operation: simulator.DescribeUser, Hang: true})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	outcome, err := Lock(ctx, b.client, b.request())
	b.check(t, outcome, err)
	if err == nil || b.enabled() || b.left() > 0 || !outcome.Accepted || outcome.Ended != 2 {
		t.Errorf("enabled %t, %d sessions left: %+v, %v", b.enabled(), b.left(), outcome, err)
	}
}

// An interrupt at any call stops the lock there, and the outcome has what is known.
func TestLock_interrupt(t *testing.T) {
	t.Parallel()
	for n := range 8 {
		t.Run(fmt.Sprintf("at call %d", n+1), func(t *testing.T) {
			t.Parallel()
			b := serve(t, 1)
			b.Inject(simulator.Fault{After: n, Times: 1, Hang: true})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() {
				if err := b.Await(ctx, "", n+1); err == nil {
					cancel()
				}
			}()
			outcome, err := Lock(ctx, b.client, b.request())
			b.check(t, outcome, err)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%v", err)
			}
			holds := outcome.Describe("u")
			var failed *FailedError
			if !errors.As(err, &failed) {
				t.Fatal(err)
			}
			if strings.Contains(holds, "is disabled") != (n > 5) || strings.Contains(holds, "is enabled and") != (n > 0 && n < 4) {
				t.Errorf("%s: %s", failed.Steps[0].Doing, holds)
			}
			if outcome, err := Lock(t.Context(), b.client, b.request()); err != nil {
				t.Errorf("the next attempt: %+v, %v", outcome, err)
			}
		})
	}
}

// After a conflict, the user's status decides.
func TestLock_conflict(t *testing.T) {
	t.Parallel()
	b := serve(t, 1, func(o *simulator.Options) { o.AlreadyInState = 409 })
	for range 2 {
		outcome, err := Lock(t.Context(), b.client, b.request())
		b.check(t, outcome, err)
		if err != nil {
			t.Error(err)
		}
	}
	for range 2 {
		if _, err := Unlock(t.Context(), b.client, b.request()); err != nil || !b.enabled() {
			t.Error(err)
		}
	}
	refused := simulator.Refuse(http.StatusConflict, "IIC.1007", "modification failed")
	refused.Operation = simulator.DisableUser
	b.Inject(refused)
	outcome, err := Lock(t.Context(), b.client, b.request())
	b.check(t, outcome, err)
	if err == nil || outcome.Status != Enabled || b.left() > 0 {
		t.Errorf("%+v, %v", outcome, err)
	}
}

// 200 users are locked concurrently, and one user twice.
func TestRun(t *testing.T) {
	t.Parallel()
	const users = 50
	b := serve(t, users)
	var run Run
	var all sync.WaitGroup
	lockNow := func(userID string) {
		defer all.Done()
		if outcome, err := run.Lock(t.Context(), b.client, Request{IdentityStoreID: b.IdentityStoreID, UserID: userID}); err != nil {
			t.Errorf("%+v, %v", outcome, err)
		}
	}
	for _, user := range b.users {
		all.Add(1)
		go lockNow(user.UserID)
	}
	all.Add(1)
	go lockNow(b.users[0].UserID)
	all.Wait()
	for _, user := range b.users {
		if b.Enabled(b.IdentityStoreID, user.UserID) || len(b.Sessions(b.IdentityStoreID, user.UserID)) > 0 {
			t.Errorf("user %s is not locked", user.UserID)
		}
	}
	if _, err := run.Unlock(t.Context(), b.client, b.request()); !errors.Is(err, ErrLockedInThisRun) || b.enabled() {
		t.Errorf("what this run locked is enabled: %v", err)
	}
	var next Run
	if _, err := next.Unlock(t.Context(), b.client, b.request()); err != nil || !b.enabled() {
		t.Error(err)
	}
}

func TestRun_plan(t *testing.T) {
	t.Parallel()
	var first, second Run
	if first.PlanLock("s", "u") || first.PlanUnlock("s", "other") || !first.PlanUnlock("S", "U") {
		t.Error("a lock, then the enabling of the same user")
	}
	if second.PlanUnlock("s", "u") || !second.PlanLock("s", "u") || first.Locked("s", "u") {
		t.Error("the enabling, then a lock of the same user")
	}
}

func TestEndSessions(t *testing.T) {
	t.Parallel()
	b := serve(t, 1)
	outcome, err := EndSessions(t.Context(), b.client, b.request())
	if err != nil || outcome.Ended != 2 || b.left() > 0 || !b.enabled() {
		t.Errorf("%+v, %v", outcome, err)
	}
	// The API may not list the sessions of a disabled user.
	for _, refusal := range []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict} {
		locked := serve(t, 1, func(o *simulator.Options) { o.DisabledUserSessions = refusal })
		locked.SetEnabled(locked.IdentityStoreID, locked.users[0].UserID, false)
		if outcome, err := EndSessions(t.Context(), locked.client, locked.request()); err != nil || outcome.Unverified == nil || outcome.Status != Disabled {
			t.Errorf("%d: %+v, %v", refusal, outcome, err)
		}
		refused := simulator.Refuse(refusal, "IIC.1234", "refused")
		refused.Operation = simulator.ListSessions
		enabled := serve(t, 1)
		enabled.Inject(refused)
		if outcome, err := EndSessions(t.Context(), enabled.client, enabled.request()); err == nil {
			t.Errorf("%d of a user who is enabled: %+v", refusal, outcome)
		}
	}
	// Sessions that are listed but not ended are an error, also for a disabled user.
	left := serve(t, 1)
	left.SetEnabled(left.IdentityStoreID, left.users[0].UserID, false)
	refused := simulator.Refuse(http.StatusBadRequest, "IIC.400", "refused")
	refused.Operation = simulator.BatchDeleteSessions
	left.Inject(refused)
	if outcome, err := EndSessions(t.Context(), left.client, left.request()); err == nil || outcome.Left != 2 {
		t.Errorf("%+v, %v", outcome, err)
	}
	// The sessions of a user who keeps logging in cannot all be ended.
	b.Before(simulator.ListSessions, b.logIn)
	var stay *SessionsLeftError
	if outcome, err := EndSessions(t.Context(), b.client, b.request()); !errors.As(err, &stay) || outcome.Ended != maxSessionRounds {
		t.Errorf("%+v, %v", outcome, err)
	}
	// Without start times, new sessions cannot be told from hidden ones.
	b.Configure(func(o *simulator.Options) { o.SessionTimesAs = "nothing" })
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if outcome, err := EndSessions(ctx, b.client, b.request()); !errors.Is(err, context.DeadlineExceeded) || outcome.Ended <= maxSessionRounds {
		t.Errorf("%+v, %v", outcome, err)
	}
}

// ListSessions may hide sessions behind a limit. Those are ended however often that takes, and new
// sessions are not waited for.
func TestLock_truncatedList(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(context.Context, *identitycenter.Client, Request) (Outcome, error){"lock": Lock, "end sessions": EndSessions} {
		for _, times := range []string{"", "nothing"} {
			t.Run(name+", times "+times, func(t *testing.T) {
				t.Parallel()
				b := serve(t, 1, func(o *simulator.Options) { o.MostSessions, o.SessionTimesAs = 50, times })
				for range 1200 {
					b.AddSession(b.IdentityStoreID, b.users[0].UserID, simulator.Session{CreationTime: time.Now().Add(-time.Hour)})
				}
				outcome, err := end(t.Context(), b.client, b.request())
				if err != nil || b.left() > 0 || outcome.Ended != 1202 || outcome.Left != 0 {
					t.Errorf("%d left: %+v, %v", b.left(), outcome, err)
				}
			})
		}
	}
}

func TestInspect(t *testing.T) {
	t.Parallel()
	b := serve(t, 1)
	if outcome, err := Inspect(t.Context(), b.client, b.request()); err != nil || outcome.Status != Enabled || len(b.Calls()) != 1 {
		t.Errorf("%+v, %v", outcome, err)
	}
	b.SetEnabled(b.IdentityStoreID, b.users[0].UserID, false)
	if outcome, err := Inspect(t.Context(), b.client, b.request()); err != nil || outcome.Status != Disabled || outcome.Left != 2 {
		t.Errorf("%+v, %v", outcome, err)
	}
	for name, test := range map[string]struct {
		fault      simulator.Fault
		unverified bool
	}{
		"disabled 400":     {simulator.Refuse(http.StatusBadRequest, "IIC.400", "disabled"), true},
		"disabled 404":     {simulator.Refuse(http.StatusNotFound, "IIC.1002", "disabled"), true},
		"disabled 409":     {simulator.Refuse(http.StatusConflict, "IIC.1007", "disabled"), true},
		"forbidden":        {simulator.Refuse(http.StatusForbidden, "IIC.1000", "refused"), false},
		"server error":     {simulator.Refuse(http.StatusInternalServerError, "IIC.500", "refused"), false},
		"other API":        {simulator.Refuse(http.StatusNotFound, "APIGW.0101", "refused"), false},
		"gateway":          {simulator.Fault{Status: http.StatusBadGateway, Body: "<html>", ContentType: "text/html"}, false},
		"dropped":          {simulator.Fault{DropBefore: true}, false},
		"not understood":   {simulator.Fault{Status: http.StatusOK, Body: `{"surprise": true}`}, false},
		"other key (401)":  {simulator.Refuse(http.StatusUnauthorized, "APIGW.0301", "refused"), false},
		"404 of a gateway": {simulator.Fault{Status: http.StatusNotFound, Body: "not here", ContentType: "text/plain"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := serve(t, 1)
			b.SetEnabled(b.IdentityStoreID, b.users[0].UserID, false)
			test.fault.Operation = simulator.ListSessions
			b.Inject(test.fault)
			outcome, err := Inspect(t.Context(), b.client, b.request())
			if (err == nil) != test.unverified || (outcome.Unverified != nil) != test.unverified || outcome.Left != -1 {
				t.Errorf("%+v, %v", outcome, err)
			}
		})
	}
}

// DescribeUser may be delayed for long after a change. The outcome has only what was read.
func TestLock_longReadDelay(t *testing.T) {
	t.Parallel()
	for name, configure := range map[string]func(*simulator.Options){
		"sessions listed":     func(*simulator.Options) {},
		"sessions not listed": func(o *simulator.Options) { o.DisabledUserSessions = http.StatusConflict },
		"conflict":            func(o *simulator.Options) { o.AlreadyInState = http.StatusConflict },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := serve(t, 1, configure, func(o *simulator.Options) { o.StaleReads = 40 })
			outcome, err := Lock(t.Context(), b.client, b.request())
			b.check(t, outcome, err)
			if err != nil {
				t.Fatal(err)
			}
			if outcome, err := Unlock(t.Context(), b.client, b.request()); err != nil || !b.enabled() {
				t.Errorf("enabled %t: %+v, %v", b.enabled(), outcome, err)
			}
		})
	}
	t.Run("until the timeout", func(t *testing.T) {
		t.Parallel()
		b := serve(t, 1, func(o *simulator.Options) { o.StaleReads = 1e6 })
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		outcome, err := Lock(ctx, b.client, b.request())
		b.check(t, outcome, err)
		text := outcome.Describe("u")
		if !errors.Is(err, ErrNotInForce) || !errors.Is(err, context.DeadlineExceeded) || b.enabled() ||
			!strings.Contains(text, "accepted the request to disable") || strings.Contains(text, "can log in") {
			t.Errorf("%s: %v", text, err)
		}
	})
}

// A request to disable the user is sent again if it gets no response.
func TestLock_noResponse(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]simulator.Fault{"before the work": {DropBefore: true}, "after the work": {DropAfter: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := serve(t, 1)
			b.client = identitycenter.New(b.Transport(), b, false) // without retries of its own
			fault.Operation, fault.Times = simulator.DisableUser, maxDisableAttempts-1
			b.Inject(fault)
			outcome, err := Lock(t.Context(), b.client, b.request())
			b.check(t, outcome, err)
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// A refusal does not hide that an earlier attempt to disable the user may have been carried out.
func TestLock_lostThenRefused(t *testing.T) {
	t.Parallel()
	b := serve(t, 1)
	refused, unreadable := simulator.Refuse(http.StatusForbidden, "IIC.1000", "refused"), simulator.Refuse(http.StatusInternalServerError, "IIC.500", "failed")
	refused.Operation, unreadable.Operation, unreadable.After = simulator.DisableUser, simulator.DescribeUser, 1
	b.Inject(simulator.Fault{Operation: simulator.DisableUser, Done: true, Status: http.StatusGatewayTimeout, Times: 1}, refused, unreadable)
	outcome, err := Lock(t.Context(), b.client, b.request())
	if text := outcome.Describe("alice"); err == nil || b.enabled() || !strings.Contains(text, "may have been carried out. The user was not read afterwards") {
		t.Errorf("%v: %s", err, text)
	}
}

// A Date header from a cache does not become the time of the lock.
func TestLock_wrongDate(t *testing.T) {
	t.Parallel()
	for name, date := range map[string]string{
		"year 9999": "Fri, 31 Dec 9999 23:59:59 GMT", "an hour ahead": time.Now().Add(time.Hour).UTC().Format(http.TimeFormat),
		"a day behind": time.Now().Add(-24 * time.Hour).UTC().Format(http.TimeFormat), "none": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := serve(t, 1)
			header := http.Header{"Date": {date}}
			if date == "" {
				header = http.Header{"Date": nil}
			}
			b.Inject(simulator.Fault{Header: header})
			outcome, err := Lock(t.Context(), b.client, b.request())
			if err != nil || outcome.ClockProblem == "" || time.Until(outcome.At).Abs() > time.Minute {
				t.Errorf("%+v, %v", outcome, err)
			}
		})
	}
}

func TestOutcome_describe(t *testing.T) {
	t.Parallel()
	for want, outcome := range map[string]Outcome{
		"User alice is enabled and can log in. Ended: 3 sessions. Left: 0 sessions.":                                                                                                          {Status: Enabled, Requested: Disabled, Ended: 3},
		"User alice is disabled. It is not known whether sessions are left.":                                                                                                                  {Status: Disabled, Requested: Disabled, Accepted: true, Left: -1},
		"The API accepted the request to disable user alice. The last read showed the user as enabled. Left: 1 session.":                                                                      {Status: Enabled, Requested: Disabled, Accepted: true, Left: 1},
		"The API accepted the request to enable user alice. The user was not read afterwards. It is not known whether sessions are left.":                                                     {Requested: Enabled, Accepted: true, Left: -1},
		"A request to disable user alice was sent and may have been carried out. The last read showed the user as enabled. Left: 0 sessions.":                                                 {Status: Enabled, Requested: Disabled, Uncertain: true},
		"A request to disable user alice was sent and may have been carried out. The user was not read afterwards. Listed and not ended: 2 sessions. It is not known whether there are more.": {Requested: Disabled, Uncertain: true, Left: -1, Open: 2},
		"It is not known whether user alice is enabled. Left: 0 sessions.":                                                                                                                    {},
	} {
		if got := outcome.Describe("alice"); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

// If the API does not list the sessions of a user who was already disabled, the outcome has no
// listing. For other users it has the last listing.
func TestLock_unlisted(t *testing.T) {
	t.Parallel()
	unlistable := func(o *simulator.Options) { o.DisabledUserSessions = http.StatusConflict }
	t.Run("disabled before", func(t *testing.T) {
		t.Parallel()
		b := serve(t, 1, unlistable)
		b.SetEnabled(b.IdentityStoreID, b.users[0].UserID, false)
		for name, end := range map[string]func(context.Context, *identitycenter.Client, Request) (Outcome, error){"lock": Lock, "end sessions": EndSessions} {
			outcome, err := end(t.Context(), b.client, b.request())
			if err != nil || outcome.Unverified == nil || outcome.Listed || b.left() != 2 {
				t.Errorf("%s: %+v, %v", name, outcome, err)
			}
		}
	})
	t.Run("enabled before", func(t *testing.T) {
		t.Parallel()
		b := serve(t, 1, unlistable)
		outcome, err := Lock(t.Context(), b.client, b.request())
		if err != nil || outcome.Unverified == nil || !outcome.Listed || outcome.Open != 0 || outcome.Ended != 2 {
			t.Errorf("%+v, %v", outcome, err)
		}
	})
	t.Run("with more logins than endings", func(t *testing.T) {
		t.Parallel()
		b := serve(t, 1, unlistable)
		b.Before(simulator.BatchDeleteSessions, b.logIn)
		request := b.request()
		// The last listing before DisableUser counts, so it must not be cut short.
		request.Timing = &Timing{MaxDelayBeforeDisable: time.Minute, FirstPause: time.Millisecond, LongestPause: 20 * time.Millisecond}
		outcome, err := Lock(t.Context(), b.client, request)
		if err != nil || outcome.Unverified == nil || outcome.Open != 1 {
			t.Errorf("%+v, %v", outcome, err)
		}
	})
	// Sessions that were listed and not ended are known to be open, so the lock fails.
	for _, status := range []int{http.StatusForbidden, http.StatusConflict, http.StatusServiceUnavailable} {
		t.Run(fmt.Sprintf("ending answers %d", status), func(t *testing.T) {
			t.Parallel()
			b := serve(t, 1, unlistable)
			refused := simulator.Refuse(status, "IIC.1234", "refused")
			refused.Operation = simulator.BatchDeleteSessions
			b.Inject(refused)
			outcome, err := Lock(t.Context(), b.client, b.request())
			if err == nil || !strings.Contains(err.Error(), "ending the sessions") || outcome.Open != 2 || b.enabled() {
				t.Errorf("%+v, %v", outcome, err)
			}
			if holds := outcome.Describe("u"); !strings.Contains(holds, "Listed and not ended: 2 sessions.") {
				t.Error(holds)
			}
		})
	}
	t.Run("listed while disabled, and not ended", func(t *testing.T) {
		t.Parallel()
		b := serve(t, 1)
		b.SetEnabled(b.IdentityStoreID, b.users[0].UserID, false)
		refused := simulator.Refuse(http.StatusConflict, "IIC.1234", "refused")
		refused.Operation = simulator.BatchDeleteSessions
		b.Inject(refused)
		if outcome, err := Lock(t.Context(), b.client, b.request()); err == nil || outcome.Left != 2 {
			t.Errorf("%+v, %v", outcome, err)
		}
	})
}

// Even with a short timeout, the steps before DisableUser leave time for it.
func TestLock_shortTimeout(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{simulator.DescribeUser, simulator.ListSessions} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			b := serve(t, 1)
			b.Inject(simulator.Fault{Operation: operation, Hang: true})
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			outcome, err := Lock(ctx, b.client, b.request())
			b.check(t, outcome, err)
			if err == nil || b.enabled() {
				t.Errorf("the user is enabled: %t: %+v, %v", b.enabled(), outcome, err)
			}
		})
	}
}

// If the user is provisioned by an identity provider, the refusal to disable the user says so.
func TestLock_provisioned(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]bool{http.StatusBadRequest: true, http.StatusForbidden: true, http.StatusConflict: true} {
		b := serve(t, 1, func(o *simulator.Options) { o.DisableProvisioned = status })
		request := b.request()
		request.UserID = b.AddUser(b.IdentityStoreID, simulator.User{UserName: "dora", CreatedBy: "SCIM/okta", Enabled: true})
		_, err := Lock(t.Context(), b.client, request)
		var provisioned *ProvisionedError
		if errors.As(err, &provisioned) != want {
			t.Errorf("%d: %v", status, err)
		}
	}
	// Other users and temporary errors have another reason.
	for _, user := range []simulator.User{{UserName: "eve", CreatedBy: "SCIM/okta", Enabled: true}, {UserName: "eve", Enabled: true}} {
		b := serve(t, 1)
		request := b.request()
		request.UserID = b.AddUser(b.IdentityStoreID, user)
		refused := simulator.Refuse(http.StatusInternalServerError, "IIC.500", "refused")
		if user.CreatedBy == "" {
			refused = simulator.Refuse(http.StatusBadRequest, "IIC.400", "refused")
		}
		refused.Operation = simulator.DisableUser
		b.Inject(refused)
		_, err := Lock(t.Context(), b.client, request)
		var provisioned *ProvisionedError
		if err == nil || errors.As(err, &provisioned) {
			t.Errorf("%v", err)
		}
	}
}

// A user whom a run disabled for a delete is not enabled in the same run, and is not reported as
// locked.
func TestRun_lockForDelete(t *testing.T) {
	t.Parallel()
	b := serve(t, 1)
	var run Run
	if _, err := run.LockForDelete(t.Context(), b.client, b.request()); err != nil || b.enabled() {
		t.Fatal(err)
	}
	if _, err := run.Unlock(t.Context(), b.client, b.request()); !errors.Is(err, ErrDisabledInThisRun) || b.enabled() || run.Locked(b.IdentityStoreID, b.users[0].UserID) {
		t.Errorf("%v", err)
	}
	if _, err := run.Lock(t.Context(), b.client, b.request()); err != nil {
		t.Fatal(err)
	}
	if _, err := run.Unlock(t.Context(), b.client, b.request()); !errors.Is(err, ErrLockedInThisRun) {
		t.Errorf("%v", err)
	}
}
