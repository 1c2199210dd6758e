// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/cutoff"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// nobody is the ID, and the name, of what does not exist.
const nobody = "00000000-0000-4000-8000-000000000000"

// Bounds of what is read and repeated.
const (
	mostUsers    = 20
	mostReads    = 15
	undoTimeout  = 5 * time.Minute
	longestPause = 5 * time.Second
	// shortLimit is the smaller of the two documented lengths of a custom policy.
	shortLimit = 10_240
)

// stages makes the calls. What they mean is read from the record afterwards.
type stages struct {
	plan       plan
	client     *identitycenter.Client
	out        io.Writer
	firstPause time.Duration

	instance identitycenter.Instance
	user     identitycenter.User
	sessions []identitycenter.Session
	// groups and sets are the IDs of the user's groups and permission sets.
	groups, sets []string
	decisions    []decision
	// without tells that the permission set to cut had no policy.
	without bool
}

// decision is a decoded authorization message of a refused call.
type decision struct{ operation, text string }

func (s *stages) say(format string, args ...any) { _, _ = fmt.Fprintf(s.out, format+"\n", args...) }

// tried reports a call and tells whether it succeeded.
func (s *stages) tried(doing string, err error) bool {
	if err == nil {
		return true
	}
	var denied *identitycenter.DeniedError
	if errors.As(err, &denied) && denied.Decision != "" {
		s.decisions = append(s.decisions, decision{denied.Err.Operation, denied.Decision})
	}
	s.say("  %s", transport.Printable(doing+": "+err.Error(), transport.LongestText))
	return false
}

// take reads a list up to a number of entries.
func take[T any](s *stages, doing string, list iter.Seq2[T, error], most int) []T {
	var entries []T
	for entry, err := range list {
		if !s.tried(doing, err) || len(entries) == most {
			break
		}
		entries = append(entries, entry)
	}
	return entries
}

// do runs the stages that are switched on. A call that fails is reported, and is no
// failure of the run unless something of a user or a permission set may be left changed.
func (s *stages) do(ctx context.Context) error {
	s.say("\n==> Reading")
	if err := s.read(ctx); err != nil {
		return err
	}
	if s.plan.endSessionsOf != "" {
		s.say("\n==> Ending sessions of the user %q", s.user.UserName)
		if err := s.endSome(ctx); err != nil {
			return err
		}
	}
	if s.plan.lock != "" {
		s.say("\n==> Locking the user %q", s.user.UserName)
		if err := s.lock(ctx); err != nil {
			return err
		}
	}
	if s.plan.endSessionsOf != "" {
		s.say("\n==> Ending all sessions of the user %q", s.user.UserName)
		if err := s.endAll(ctx); err != nil {
			return err
		}
	}
	if s.plan.cut != "" {
		s.say("\n==> Cutting the console sessions of permission set %s", s.plan.cut)
		return s.cut(ctx)
	}
	return nil
}

// read makes the calls that change nothing.
func (s *stages) read(ctx context.Context) error {
	instances := take(s, "listing instances", s.client.Instances(ctx), 1)
	if len(instances) == 0 {
		return errors.New("no instance can be listed, so that nothing else can be read")
	}
	s.instance = instances[0]
	_, _, err := s.client.RegisteredRegions(ctx)
	s.tried("describing the registered regions", err)
	if err := s.findUser(ctx); err != nil {
		return err
	}
	if s.user.ID != "" {
		s.readUser(ctx)
	}
	_, _, err = s.client.GroupID(ctx, s.instance.IdentityStoreID, nobody)
	s.tried("asking for the ID of a group that does not exist", err)

	sets := s.sets
	if s.plan.cut != "" {
		sets = append(sets, s.plan.cut)
	}
	for _, id := range sets {
		_, _, err := s.client.PermissionSet(ctx, s.instance.ID, id)
		s.tried("describing permission set "+id, err)
		_, _, err = s.client.CustomPolicy(ctx, s.instance.ID, id)
		s.tried("reading the custom policy of "+id, err)
		_, _, err = s.client.CustomRole(ctx, s.instance.ID, id)
		s.tried("reading the custom role of "+id, err)
		take(s, "listing the managed roles of "+id, s.client.ManagedRoles(ctx, s.instance.ID, id), mostUsers)
		take(s, "listing the accounts of "+id, s.client.ProvisionedAccounts(ctx, s.instance.ID, id, false), mostUsers)
	}
	return ctx.Err()
}

// findUser finds the user who is named, else one who has sessions, else any.
func (s *stages) findUser(ctx context.Context) error {
	store := s.instance.IdentityStoreID
	users := take(s, "listing users", s.client.Users(ctx, store, s.plan.endSessionsOf), mostUsers)
	if s.plan.endSessionsOf != "" && len(users) != 1 {
		return fmt.Errorf("there are %d users named %q instead of one; nothing was changed", len(users), s.plan.endSessionsOf)
	}
	for i, user := range users {
		sessions, _, err := s.client.ListSessions(ctx, store, user.ID)
		s.tried("listing sessions", err)
		if i == 0 || len(sessions) > 0 {
			s.user, s.sessions = user, sessions
		}
		if len(sessions) > 0 {
			break
		}
	}
	return ctx.Err()
}

// readUser reads what there is about the user.
func (s *stages) readUser(ctx context.Context) {
	store, id := s.instance.IdentityStoreID, s.user.ID
	// A name that is the beginning of one that exists shows how exact the filter is.
	if name := []rune(s.user.UserName); len(name) > 1 {
		take(s, "listing users by the beginning of a name", s.client.Users(ctx, store, string(name[:len(name)-1])), mostUsers)
	}
	_, _, err := s.client.User(ctx, store, id)
	s.tried("describing a user", err)
	_, _, err = s.client.DescribeUsers(ctx, store, []string{id, nobody})
	s.tried("describing users of whom one does not exist", err)

	seen := map[string]bool{}
	assignments := func(principal, kind string) {
		for _, a := range take(s, "listing assignments", s.client.AccountAssignments(ctx, s.instance.ID, principal, kind), 100) {
			if !seen[a.PermissionSetID] && a.PermissionSetID != s.plan.cut {
				seen[a.PermissionSetID] = true
				s.sets = append(s.sets, a.PermissionSetID)
			}
		}
	}
	assignments(id, identitycenter.PrincipalUser)
	s.groups = take(s, "listing the groups of a user", s.client.GroupsOf(ctx, store, id), mostUsers)
	for i, group := range s.groups {
		assignments(group, identitycenter.PrincipalGroup)
		if i > 0 {
			continue
		}
		g, _, err := s.client.Group(ctx, store, group)
		if s.tried("describing a group", err) {
			_, _, err = s.client.GroupID(ctx, store, g.DisplayName)
			s.tried("asking for the ID of a group", err)
		}
		take(s, "listing the members of a group", s.client.GroupMembers(ctx, store, group), mostUsers)
	}
}

// list lists the sessions anew.
func (s *stages) list(ctx context.Context) {
	sessions, _, err := s.client.ListSessions(ctx, s.instance.IdentityStoreID, s.user.ID)
	if s.tried("listing sessions", err) {
		s.sessions = sessions
	}
}

func (s *stages) end(ctx context.Context, ids ...string) {
	s.say("  Ending %q", ids)
	_, err := s.client.BatchDeleteSessions(ctx, s.instance.IdentityStoreID, s.user.ID, ids)
	s.tried("ending sessions", err)
}

// endSome ends the oldest session, and then names it again together with the next one,
// which shows what a session that is gone does to a call.
func (s *stages) endSome(ctx context.Context) error {
	if n := len(s.sessions); n >= 2 {
		oldest, next := s.sessions[n-1].ID, s.sessions[n-2].ID
		s.end(ctx, oldest)
		s.list(ctx)
		s.end(ctx, oldest, next)
		s.list(ctx)
	}
	return ctx.Err()
}

// endAll ends what is left, as the provider does.
func (s *stages) endAll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, undoTimeout)
	defer cancel()
	outcome, err := revocation.Run(ctx, s.client, revocation.Request{
		IdentityStoreID: s.instance.IdentityStoreID, UserID: s.user.ID, All: true, Verify: true, MostVerifications: 3,
	})
	s.tried("ending all sessions", err)
	s.say("  Ended %s", revocation.Count(len(outcome.Revoked)))
	s.list(ctx)
	return ctx.Err()
}

// lock disables the user, looks at what that does, and enables the user again whatever
// happens in between.
func (s *stages) lock(ctx context.Context) (err error) {
	store, id := s.instance.IdentityStoreID, s.user.ID
	user, _, err := s.client.User(ctx, store, id)
	if !s.tried("describing the user", err) {
		return ctx.Err()
	}
	if !user.Enabled {
		s.say("  The user is disabled already; the lock is not tried.")
		return nil
	}
	s.list(ctx)
	s.say("  Disabling the user")
	_, err = s.client.DisableUser(ctx, store, id)
	var failed *transport.Error
	if !s.tried("disabling the user", err) && errors.As(err, &failed) && failed.Status >= 400 && !failed.Unanswered {
		return nil
	}
	defer func() { err = errors.Join(err, s.unlock(context.WithoutCancel(ctx))) }()
	s.awaitState(ctx, false)
	s.list(ctx)
	if n := len(s.sessions); n > 0 {
		s.end(ctx, s.sessions[n-1].ID)
	}
	_, again := s.client.DisableUser(ctx, store, id)
	s.tried("disabling the user again", again)
	_, again = s.client.DisableUser(ctx, store, nobody)
	s.tried("disabling a user who does not exist", again)
	return s.hold(ctx, "lock")
}

// unlock enables the user, twice.
func (s *stages) unlock(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, undoTimeout)
	defer cancel()
	s.say("  Enabling the user")
	_, err := s.client.EnableUser(ctx, s.instance.IdentityStoreID, s.user.ID)
	s.tried("enabling the user", err)
	if !s.awaitState(ctx, true) {
		return fmt.Errorf("the user %q (%q) is not known to be enabled again: enable the user in the console", s.user.UserName, s.user.ID)
	}
	_, err = s.client.EnableUser(ctx, s.instance.IdentityStoreID, s.user.ID)
	s.tried("enabling the user again", err)
	s.list(ctx)
	return nil
}

// awaitState reads the user until the state shows, and tells whether it did.
func (s *stages) awaitState(ctx context.Context, enabled bool) bool {
	pause := backoff.ExponentialBackOff{InitialInterval: s.firstPause, Multiplier: 1.5, MaxInterval: longestPause}
	for range mostReads {
		user, _, err := s.client.User(ctx, s.instance.IdentityStoreID, s.user.ID)
		if s.tried("describing the user", err) && user.Enabled == enabled {
			return true
		}
		if wait(ctx, pause.NextBackOff()) != nil {
			return false
		}
	}
	return false
}

// hold leaves things as they are for as long as a person wants to try something.
func (s *stages) hold(ctx context.Context, while string) error {
	if s.plan.pause > 0 {
		s.say("  The %s stays for %s. Now try what LIVE.md lists under \"By hand, during the %s\".", while, s.plan.pause, while)
	}
	return wait(ctx, s.plan.pause)
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// cut puts the provider's statement into the policy of the permission set, and takes
// it out again whatever happens in between.
func (s *stages) cut(ctx context.Context) (err error) {
	original, _, err := s.client.CustomPolicy(ctx, s.instance.ID, s.plan.cut)
	if !s.tried("reading the custom policy", err) {
		return ctx.Err()
	}
	s.without = original == ""
	old, err := s.oldPolicies(ctx)
	switch {
	case !s.tried("reading the old policies", err):
		return ctx.Err()
	case old && s.plan.oldPolicies == "":
		s.say("  The permission set has policies of the old kind; the cut is not tried. See %s.", envOldPolicies)
		return nil
	}
	if err := s.probe(ctx, original, old); err != nil {
		return err
	}
	if old, err = s.oldPolicies(ctx); !s.tried("reading the old policies", err) || old {
		return ctx.Err()
	}

	statement := cutoff.NewStatement(time.Now())
	change := cutoff.Change{
		Target: cutoff.Target{InstanceID: s.instance.ID, PermissionSetID: s.plan.cut}, Statement: statement, New: true,
		Report: func(message string) { s.say("  %s", transport.Printable(message, transport.LongestText)) },
	}
	editor := cutoff.New(s.client)
	s.say("  Denying everything to sessions that began before %s, by the statement %s", statement.IssuedBefore.Format(time.RFC3339), statement.ID)
	defer func() {
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
		defer cancel()
		s.say("  Taking the statement out")
		if outcome, undoErr := editor.TakeOut(undo, change, true); undoErr != nil {
			s.tried("taking the statement out", undoErr)
			err = errors.Join(err, fmt.Errorf("the statement %s may still be in the policy of permission set %s, or in its accounts (provisioned: %t): "+
				"take it out in the console and provision the permission set", statement.ID, s.plan.cut, outcome.Provisioned))
		}
	}()
	if _, putErr := editor.Put(ctx, change); !s.tried("putting the statement", putErr) {
		return ctx.Err()
	}
	s.provisionTwice(ctx)
	return s.hold(ctx, "cut")
}

// oldPolicies tells whether the permission set has policies of the old kind.
func (s *stages) oldPolicies(ctx context.Context) (bool, error) {
	role, _, err := s.client.CustomRole(ctx, s.instance.ID, s.plan.cut)
	if err != nil {
		return false, err
	}
	for _, err := range s.client.ManagedRoles(ctx, s.instance.ID, s.plan.cut) {
		return true, err
	}
	return strings.TrimSpace(role) != "", nil
}

// probe puts a long policy that denies nobody anything, which no account gets as it is
// not provisioned, and puts the original back. old tells that there are old policies:
// only then is the probe short, so that it is not refused for its length.
func (s *stages) probe(ctx context.Context, original string, old bool) error {
	patterns := []string{"nobody"}
	for n := 0; !old && n < shortLimit; n += len(patterns[len(patterns)-1]) {
		patterns = append(patterns, fmt.Sprintf("nobody-%04d", len(patterns)))
	}
	s.say("  Putting a policy that concerns nobody, without provisioning it, and putting the present one back: %q", original)
	_, err := s.client.PutCustomPolicy(ctx, s.instance.ID, s.plan.cut, cutoff.Policy(time.Unix(0, 0), patterns...))
	s.tried("putting the policy", err)
	var failed *transport.Error
	if errors.As(err, &failed) && failed.Status >= 400 && failed.Status < 500 && !failed.Unanswered {
		return ctx.Err()
	}
	undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
	defer cancel()
	if original == "" {
		_, err = s.client.DeleteCustomPolicy(undo, s.instance.ID, s.plan.cut)
	} else {
		_, err = s.client.PutCustomPolicy(undo, s.instance.ID, s.plan.cut, original)
	}
	now, _, readErr := s.client.CustomPolicy(undo, s.instance.ID, s.plan.cut)
	if err != nil || readErr != nil {
		return fmt.Errorf("the custom policy of permission set %s is not known to be as before: put it back in the console; it was %q: %w",
			s.plan.cut, original, errors.Join(err, readErr))
	}
	if now != original {
		s.say("  The policy that was put back reads differently now: %q", now)
	}
	return ctx.Err()
}

// provisionTwice begins a provisioning while another one may be under way.
func (s *stages) provisionTwice(ctx context.Context) {
	s.say("  Provisioning the permission set twice at once")
	for range 2 {
		p, _, err := s.client.Provision(ctx, s.instance.ID, s.plan.cut)
		if !s.tried("provisioning", err) || p.Status != identitycenter.ProvisioningInProgress {
			return
		}
	}
}
