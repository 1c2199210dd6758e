// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package cutoff

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// Limits of repeated work. Each repetition comes after a growing pause.
const (
	// maxUncertainPuts limits the puts with an unknown outcome.
	maxUncertainPuts = 3
	// maxRefusedPuts limits the puts that are refused for a temporary reason. Throttling and
	// IIC.1006 do not count.
	maxRefusedPuts = transport.DefaultMaxRetries
	// maxEdits limits how often a change reads a policy that another client has changed.
	maxEdits = 40
	// maxMissingReads is how often a permission set must be missing.
	maxMissingReads = 3
	// maxRounds limits how often a change is repeated because another client reverted it
	// during provisioning.
	maxRounds = 5
)

// Timing holds the durations of an Editor. Tests set shorter ones.
type Timing struct {
	// FirstPause and MaxPause limit the growing pauses between two reads of a change that is
	// in progress.
	FirstPause, MaxPause time.Duration
	// AcceptedLag is how long reads may return the old policy after an accepted change. The
	// change is not written again during this time.
	AcceptedLag time.Duration
	// UncertainLag is the same after a put with an unknown outcome, and after the change was
	// read once.
	UncertainLag time.Duration
	// MissingPause is the pause before a missing object is read again.
	MissingPause time.Duration
	// ReportAfter is the length of a wait after which it is reported.
	ReportAfter time.Duration
}

// DefaultTiming returns the durations for use outside of tests.
func DefaultTiming() Timing {
	return Timing{
		FirstPause: 200 * time.Millisecond, MaxPause: 5 * time.Second, AcceptedLag: time.Minute, UncertainLag: 5 * time.Second,
		MissingPause: 3 * time.Second, ReportAfter: 10 * time.Second,
	}
}

// Editor changes the custom policies of permission sets. It makes one change at a time to a
// permission set. It is safe for concurrent use.
type Editor struct {
	client *identitycenter.Client
	timing Timing

	mu   sync.Mutex
	sets map[Target]*permissionSet
}

// New returns an editor that calls the API with client.
func New(client *identitycenter.Client, timing Timing) *Editor {
	return &Editor{client: client, timing: timing, sets: map[Target]*permissionSet{}}
}

// Target identifies a permission set.
type Target struct {
	InstanceID, PermissionSetID string
}

// permissionSet is the state of this process for the policy of a permission set.
type permissionSet struct {
	// busy holds an element during a change, provisioning included.
	busy chan struct{}
	// superseded are policies that this process replaced, with the time until which reads may
	// return them. Only the current change uses it.
	superseded map[string]time.Time
	// inForce are the cutoff times of the statements that this process put and provisioned,
	// by Sid. Editor.mu guards it.
	inForce map[string]time.Time
	// unprovisioned is true while a removal waits for the provisioning by a later change.
	// Editor.mu guards it.
	unprovisioned bool
}

func (e *Editor) set(t Target) *permissionSet {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.sets[t] == nil {
		e.sets[t] = &permissionSet{busy: make(chan struct{}, 1), superseded: map[string]time.Time{}, inForce: map[string]time.Time{}}
	}
	return e.sets[t]
}

// stale reports whether a policy may come from a delayed read.
func (s *permissionSet) stale(text string) bool { return time.Now().Before(s.superseded[text]) }

// Change is a change of a statement.
type Change struct {
	Target
	// Statement is the statement to put or remove.
	Statement Statement
	// New is true if the statement was never in the policy. A statement without a Sid that
	// denies the same then belongs to another client.
	New bool
	// Previous is the old cutoff time of a statement that moves; zero otherwise.
	Previous time.Time
	// Removed is true if the statement was removed before, so that no delayed put can restore
	// it.
	Removed bool
	// Report receives the replaced policy and long waits. It must not be nil.
	Report func(message string)
}

// Outcome is what holds after a change, also after one that failed.
type Outcome struct {
	// Written is true if the policy was changed or may have been: a put was accepted, or its
	// outcome is unknown.
	Written bool
	// Provisioned is true if every account of the permission set has the changed policy.
	Provisioned bool
	// SidKept is true if the API returned the statement with its Sid.
	SidKept bool
}

// edit describes how to change a policy.
type edit struct {
	// done reports whether a policy needs no change.
	done func(*policy) bool
	// change returns the changed policy.
	change func(*policy) string
	// stillDone is done for later reads, when other clients may have changed the policy.
	stillDone func(*policy) bool
	// confirm makes the edit read a policy again, after a pause, that needs no change at
	// first.
	confirm bool
}

// Put puts the statement of c into the policy of the permission set, provisions the
// permission set, and waits until every account has the policy. A statement that is in the
// policy is only provisioned. Errors are those of the API, causes of contexts, and the error
// types of this package.
func (e *Editor) Put(ctx context.Context, c Change) (Outcome, error) {
	if c.Statement.ID == "" {
		return Outcome{}, ErrNoStatementID
	}
	// The number of statements without a Sid that must deny what this one denies.
	wanted := 0
	put := edit{
		done: func(p *policy) bool {
			n := p.countAnonymous(c.Statement)
			if wanted == 0 {
				wanted = 1
				if c.New || !c.Previous.IsZero() {
					wanted += n
				}
			}
			if i := p.byID(c.Statement); i >= 0 {
				return p.denies(i, c.Statement)
			}
			return n >= wanted
		},
		change: func(p *policy) string {
			i := p.byID(c.Statement)
			if !c.Previous.IsZero() {
				previous := c.Statement
				previous.IssuedBefore = c.Previous
				i = p.find(previous)
			}
			if i >= 0 {
				return p.replacing(i, c.Statement)
			}
			return p.with(c.Statement)
		},
		stillDone: func(p *policy) bool {
			i := p.find(c.Statement)
			return i >= 0 && p.denies(i, c.Statement)
		},
	}
	outcome, err := e.editAndProvision(ctx, c, put, func(bool) (bool, error) { return true, nil })
	if err == nil {
		set := e.set(c.Target)
		e.mu.Lock()
		set.inForce[c.Statement.ID] = c.Statement.IssuedBefore
		e.mu.Unlock()
	}
	return outcome, err
}

// Covers reports whether this process put another statement into the policy that denies at
// least what s denies.
func (e *Editor) Covers(t Target, s Statement) bool {
	set := e.set(t)
	e.mu.Lock()
	defer e.mu.Unlock()
	for id, issuedBefore := range set.inForce {
		if id != s.ID && !issuedBefore.Before(s.IssuedBefore) {
			return true
		}
	}
	return false
}

// Remove removes the statement of c from the policy. It deletes a policy without other
// statements. A missing statement is no error. With provision it also provisions the
// permission set as Put does, even if an earlier attempt removed the statement and failed
// later.
func (e *Editor) Remove(ctx context.Context, c Change, provision bool) (Outcome, error) {
	if c.Statement.ID == "" {
		return Outcome{}, ErrNoStatementID
	}
	// How many statements without a Sid that deny the same must remain, and whether to remove
	// a statement with the Sid that denies something else: another client changed ours, or
	// copied its Sid.
	left, changed := -1, false
	set := e.set(c.Target)
	e.mu.Lock()
	delete(set.inForce, c.Statement.ID)
	e.mu.Unlock()
	gone := func(p *policy) bool {
		i := p.byID(c.Statement)
		return i < 0 || !changed && !p.denies(i, c.Statement)
	}
	remove := edit{
		done: func(p *policy) bool {
			i, n := p.byID(c.Statement), p.countAnonymous(c.Statement)
			if left < 0 {
				left, changed = n, i >= 0 && !p.denies(i, c.Statement)
				if i < 0 && n > 0 {
					left = n - 1
				}
			}
			return gone(p) && n <= left
		},
		change:    func(p *policy) string { return p.without(p.find(c.Statement)) },
		stillDone: gone,
		confirm:   !c.Removed,
	}
	return e.editAndProvision(ctx, c, remove, func(written bool) (bool, error) {
		if written || !provision {
			return provision, nil
		}
		accounts, err := e.Unprovisioned(ctx, c.Target)
		return len(accounts) > 0, err
	})
}

// editAndProvision edits and provisions until the policy stays as required. The API has no
// conditional put, so another process can revert a change unintentionally. provision receives
// whether anything was written, and reports whether to provision.
func (e *Editor) editAndProvision(ctx context.Context, c Change, ed edit, provision func(written bool) (bool, error)) (outcome Outcome, err error) {
	if c.Report == nil {
		c.Report = func(string) {}
	}
	set := e.set(c.Target)
	select {
	case set.busy <- struct{}{}:
		defer func() { <-set.busy }()
	case <-ctx.Done():
		return outcome, context.Cause(ctx)
	}
	pauses := e.newPauses()
	for round := 1; ; round++ {
		done, err := e.editOnce(ctx, set, c, ed, provision, &outcome)
		if err != nil || done {
			return outcome, err
		}
		if round == maxRounds {
			return outcome, &NotKeptError{Attempts: round}
		}
		if err := wait(ctx, pauses); err != nil {
			return outcome, err
		}
	}
}

// editOnce is one round of editAndProvision. done is false if another process reverted the
// change meanwhile.
func (e *Editor) editOnce(ctx context.Context, set *permissionSet, c Change, ed edit, provision func(written bool) (bool, error), outcome *Outcome) (done bool, err error) {
	w := &writer{Editor: e, set: set, c: c, ed: ed, pauses: e.newPauses()}
	p, err := w.edit(ctx)
	outcome.Written = outcome.Written || w.written
	outcome.SidKept = outcome.SidKept || p.byID(c.Statement) >= 0
	if err != nil {
		return false, err
	}
	needed, err := provision(outcome.Written)
	if outcome.Written && !needed {
		e.setUnprovisioned(set, true)
	}
	if err != nil || !needed {
		return true, err
	}
	if err := e.provision(ctx, c); err != nil {
		return false, err
	}
	e.setUnprovisioned(set, false)
	p, _, err = e.readFresh(ctx, set, c)
	if err != nil {
		return false, err
	}
	outcome.Provisioned = ed.stillDone(p)
	return outcome.Provisioned, nil
}

func (e *Editor) setUnprovisioned(set *permissionSet, value bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	set.unprovisioned = value
}

// AwaitsProvisioning reports whether this process removed a statement and left the
// provisioning to another change, which has not succeeded yet.
func (e *Editor) AwaitsProvisioning(t Target) bool {
	set := e.set(t)
	e.mu.Lock()
	defer e.mu.Unlock()
	return set.unprovisioned
}

// Find returns the statement with a Sid, and whether it has the form of the statements of
// this package.
func (e *Editor) Find(ctx context.Context, t Target, id string) (Statement, bool, error) {
	p, _, err := e.read(ctx, t)
	if err != nil {
		return Statement{}, false, err
	}
	i := p.byID(Statement{ID: id})
	if i < 0 {
		return Statement{}, false, nil
	}
	s, isCutoff := p.statement(i)
	return s, isCutoff, nil
}

// Statements returns the session cutoffs in the policy of a permission set that have a Sid of
// this package, in the order of the policy. A string that is not a policy of version 5.0 is
// an *UnsupportedPolicyError.
func (e *Editor) Statements(ctx context.Context, t Target) ([]Statement, error) {
	p, _, err := e.read(ctx, t)
	if err != nil || p == nil {
		return nil, err
	}
	var all []Statement
	for i := range p.statements {
		if s, isCutoff := p.statement(i); isCutoff && strings.HasPrefix(s.ID, sidPrefix) {
			all = append(all, s)
		}
	}
	return all, nil
}

// Holds reports whether the statement is in the policy and denies what it should. It is false
// for a string that is not a policy of version 5.0.
func (e *Editor) Holds(ctx context.Context, t Target, s Statement) (bool, error) {
	p, _, err := e.read(ctx, t)
	var unsupported *UnsupportedPolicyError
	if err != nil && !errors.As(err, &unsupported) {
		return false, err
	}
	i := p.find(s)
	return i >= 0 && p.denies(i, s), nil
}

// Missing reports whether a permission set is confirmed to be missing: the API returns 404
// several times, some seconds apart, and its instance exists, which it would not in a wrong
// region.
func (e *Editor) Missing(ctx context.Context, t Target) (bool, error) {
	for look := 1; ; look++ {
		_, _, err := e.client.PermissionSet(ctx, t.InstanceID, t.PermissionSetID)
		if !transport.NotFound(err) {
			return false, err
		}
		known, listErr := e.instanceExists(ctx, t.InstanceID)
		switch {
		case listErr != nil:
			return false, listErr
		case !known:
			return false, err
		case look == maxMissingReads:
			return true, nil
		}
		if err := transport.Sleep(ctx, e.timing.MissingPause); err != nil {
			return false, err
		}
	}
}

func (e *Editor) instanceExists(ctx context.Context, instanceID string) (bool, error) {
	for instance, err := range e.client.Instances(ctx) {
		if err != nil {
			return false, err
		}
		if instance.ID == instanceID {
			return true, nil
		}
	}
	return false, nil
}

// read returns the parsed and the unparsed policy of a permission set; nil and "" for none.
func (e *Editor) read(ctx context.Context, t Target) (*policy, string, error) {
	text, _, err := e.client.CustomPolicy(ctx, t.InstanceID, t.PermissionSetID)
	if err != nil {
		return nil, "", err
	}
	p, err := parse(text)
	return p, text, err
}

// readFresh reads the policy until it is not one that this process has just replaced.
func (e *Editor) readFresh(ctx context.Context, set *permissionSet, c Change) (*policy, string, error) {
	pauses, notice := e.newPauses(), e.newNotice(c, "the policy to be read as it was written")
	for {
		p, text, err := e.read(ctx, c.Target)
		if err != nil || !set.stale(text) {
			return p, text, err
		}
		notice.check()
		if err := wait(ctx, pauses); err != nil {
			return nil, "", err
		}
	}
}

// refuseOldPolicies returns an *OldPoliciesError if the permission set has old policies.
func (e *Editor) refuseOldPolicies(ctx context.Context, t Target) error {
	role, _, err := e.client.CustomRole(ctx, t.InstanceID, t.PermissionSetID)
	if err != nil {
		return err
	}
	managed, err := identitycenter.Collect(e.client.ManagedRoles(ctx, t.InstanceID, t.PermissionSetID))
	if err != nil {
		return err
	}
	if custom := strings.TrimSpace(role) != ""; custom || len(managed) > 0 {
		return &OldPoliciesError{CustomRole: custom, ManagedRoles: managed}
	}
	return nil
}

// newPauses returns growing, randomized pauses. Randomness prevents two processes from
// staying in step.
func (e *Editor) newPauses() *backoff.ExponentialBackOff {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval = e.timing.FirstPause, e.timing.MaxPause
	return pauses
}

// wait waits for the next pause. It fails with the cause of the end of ctx.
func wait(ctx context.Context, pauses *backoff.ExponentialBackOff) error {
	return transport.Sleep(ctx, pauses.NextBackOff())
}

// reportWait reports a long wait, first after Timing.ReportAfter and then at intervals that
// double.
type notice struct {
	c        Change
	waitsFor string
	begun    time.Time
	next     time.Duration
}

func (e *Editor) newNotice(c Change, waitsFor string) *notice {
	return &notice{c: c, waitsFor: waitsFor, begun: time.Now(), next: e.timing.ReportAfter}
}

func (n *notice) check() {
	if elapsed := time.Since(n.begun); elapsed >= n.next && n.c.Report != nil {
		n.c.Report(fmt.Sprintf("Still waiting after %s for %s (permission set %s)", elapsed.Round(time.Second), n.waitsFor, n.c.PermissionSetID))
		n.next = 2 * elapsed
	}
}
