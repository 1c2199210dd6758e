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

// Limits of repeated work. Each repetition waits for a growing pause first.
const (
	// maxUncertainPuts limits the puts whose outcome is not known.
	maxUncertainPuts = 3
	// maxRefusedPuts limits the puts that are refused for a reason that may pass, but for
	// throttling and IIC.1006, which are waited for.
	maxRefusedPuts = transport.DefaultMaxRetries
	// maxEdits limits how often one change reads a policy that somebody else changed
	// since, right before its put or after it.
	maxEdits = 40
	// looks is how often a permission set must be missing.
	looks = 3
	// maxRounds limits how often a change is made again that somebody undid while it
	// was being provisioned.
	maxRounds = 5
)

// Timing holds the pauses of an Editor. Tests shorten them.
type Timing struct {
	// FirstPause and MaxPause limit the growing pause between two reads of something
	// that is under way in the cloud.
	FirstPause, MaxPause time.Duration
	// AcceptedLag is how long a policy may read as before after an accepted change. The
	// change is not written again meanwhile.
	AcceptedLag time.Duration
	// UncertainLag is the same after a put whose outcome is not known, and after the
	// change was read once.
	UncertainLag time.Duration
	// LookAgain is how long something that seems to be missing is given to turn up.
	LookAgain time.Duration
	// ReportAfter is how long a wait lasts before it is reported.
	ReportAfter time.Duration
}

// DefaultTiming returns the pauses that are used outside of tests.
func DefaultTiming() Timing {
	return Timing{
		FirstPause: 200 * time.Millisecond, MaxPause: 5 * time.Second, AcceptedLag: time.Minute, UncertainLag: 5 * time.Second,
		LookAgain: 3 * time.Second, ReportAfter: 10 * time.Second,
	}
}

// Editor changes the custom policies of permission sets, one change of a permission set at
// a time. It is safe for concurrent use.
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

// Target names a permission set.
type Target struct {
	InstanceID, PermissionSetID string
}

// permissionSet is what this process knows of the policy of a permission set.
type permissionSet struct {
	// busy holds an entry while a change is under way, provisioning included.
	busy chan struct{}
	// superseded are texts that this process replaced, with the time until when a read
	// may still return them. Only the change under way uses it.
	superseded map[string]time.Time
	// inForce are the cutoff times of the statements that this process put and
	// provisioned, by Sid. Editor.mu guards it.
	inForce map[string]time.Time
	// unprovisioned is true while a removal waits for the provisioning of a change that
	// follows. Editor.mu guards it.
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

// stale reports whether a text may come from a read that lags.
func (s *permissionSet) stale(text string) bool { return time.Now().Before(s.superseded[text]) }

// Change says what to do with a statement.
type Change struct {
	Target
	// Statement is the one to put into the policy, or to remove from it.
	Statement Statement
	// New is true for a statement that was never in the policy: a statement without a Sid
	// that denies the same is then somebody else's.
	New bool
	// Previous is the cutoff time that the statement had before it moves; else the zero
	// time.
	Previous time.Time
	// Removed is true when the statement was removed before, and cannot turn up late.
	Removed bool
	// Report is told what was replaced, and what is waited for.
	Report func(message string)
}

// Outcome says what holds after a change, also after one that failed.
type Outcome struct {
	// Written is true when the policy was changed or may have been: a put was accepted, or
	// its outcome is not known.
	Written bool
	// Provisioned is true when every account of the permission set has the changed policy.
	Provisioned bool
	// SidKept is true when the policy was read with the statement and its Sid.
	SidKept bool
}

// edit says how a policy is to change.
type edit struct {
	// done reports whether a policy is as it should be.
	done func(*policy) bool
	// change returns the text of one that is not.
	change func(*policy) string
	// settled is done for later reads, when others may have changed the policy.
	settled func(*policy) bool
	// confirm reads again, after a while, a policy that is as it should be at first.
	confirm bool
}

// Put makes the policy of a permission set hold the statement of c, provisions the
// permission set to its accounts, and waits until every account has it. A statement that is
// there is only provisioned. Its errors are those of the API, context causes, and the error
// types of this package.
func (e *Editor) Put(ctx context.Context, c Change) (Outcome, error) {
	if c.Statement.ID == "" {
		return Outcome{}, ErrNoStatementID
	}
	// How many statements without a Sid are to deny what this one denies.
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
				return p.says(i, c.Statement)
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
		settled: func(p *policy) bool {
			i := p.find(c.Statement)
			return i >= 0 && p.says(i, c.Statement)
		},
	}
	outcome, err := e.carryOut(ctx, c, put, func(bool) (bool, error) { return true, nil })
	if err == nil {
		set := e.set(c.Target)
		e.mu.Lock()
		set.inForce[c.Statement.ID] = c.Statement.IssuedBefore
		e.mu.Unlock()
	}
	return outcome, err
}

// Covers reports whether this process put another statement into the policy of the
// permission set that denies at least what s denies.
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

// Remove removes the statement of c from the policy, and deletes a policy that has no
// other statement. A statement that is not there is no error. With provision it then
// provisions the permission set as Put does, also when an earlier attempt removed the
// statement and failed later.
func (e *Editor) Remove(ctx context.Context, c Change, provision bool) (Outcome, error) {
	if c.Statement.ID == "" {
		return Outcome{}, ErrNoStatementID
	}
	// How many statements without a Sid that deny the same are to be left, and whether a
	// statement with the Sid that denies something else is to go: somebody changed ours,
	// or used its Sid for another one beside it.
	left, changed := -1, false
	set := e.set(c.Target)
	e.mu.Lock()
	delete(set.inForce, c.Statement.ID)
	e.mu.Unlock()
	gone := func(p *policy) bool {
		i := p.byID(c.Statement)
		return i < 0 || !changed && !p.says(i, c.Statement)
	}
	remove := edit{
		done: func(p *policy) bool {
			i, n := p.byID(c.Statement), p.countAnonymous(c.Statement)
			if left < 0 {
				left, changed = n, i >= 0 && !p.says(i, c.Statement)
				if i < 0 && n > 0 {
					left = n - 1
				}
			}
			return gone(p) && n <= left
		},
		change:  func(p *policy) string { return p.without(p.find(c.Statement)) },
		settled: gone,
		confirm: !c.Removed,
	}
	return e.carryOut(ctx, c, remove, func(written bool) (bool, error) {
		if written || !provision {
			return provision, nil
		}
		accounts, err := e.Unprovisioned(ctx, c.Target)
		return len(accounts) > 0, err
	})
}

// carryOut edits and provisions until the policy stays as it should be: the API has no
// conditional put, so that another process can undo a change without noticing. provision
// is told whether anything was written, and reports whether to provision.
func (e *Editor) carryOut(ctx context.Context, c Change, ed edit, provision func(written bool) (bool, error)) (outcome Outcome, err error) {
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
		w := &writer{Editor: e, set: set, c: c, ed: ed, pauses: e.newPauses()}
		p, err := w.edit(ctx)
		outcome.Written = outcome.Written || w.written
		outcome.SidKept = outcome.SidKept || p.byID(c.Statement) >= 0
		if err != nil {
			return outcome, err
		}
		needed, err := provision(outcome.Written)
		if outcome.Written && !needed {
			e.setUnprovisioned(set, true)
		}
		if err != nil || !needed {
			return outcome, err
		}
		if err := e.provision(ctx, c); err != nil {
			return outcome, err
		}
		e.setUnprovisioned(set, false)
		p, _, err = e.readFresh(ctx, set, c)
		if err != nil {
			return outcome, err
		}
		if ed.settled(p) {
			outcome.Provisioned = true
			return outcome, nil
		}
		if round == maxRounds {
			return outcome, &NotKeptError{Attempts: round}
		}
		if err := wait(ctx, pauses); err != nil {
			return outcome, err
		}
	}
}

func (e *Editor) setUnprovisioned(set *permissionSet, value bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	set.unprovisioned = value
}

// AwaitsProvisioning reports whether this process removed a statement from the policy of the
// permission set and left the provisioning to a change that has not succeeded yet.
func (e *Editor) AwaitsProvisioning(t Target) bool {
	set := e.set(t)
	e.mu.Lock()
	defer e.mu.Unlock()
	return set.unprovisioned
}

// Find returns the statement of a permission set with a Sid as it stands there, and
// whether there is one that says what the statements of this package say.
func (e *Editor) Find(ctx context.Context, t Target, id string) (Statement, bool, error) {
	p, _, err := e.read(ctx, t)
	if err != nil {
		return Statement{}, false, err
	}
	i := p.byID(Statement{ID: id})
	if i < 0 {
		return Statement{}, false, nil
	}
	s, ours := p.statement(i)
	return s, ours, nil
}

// Statements returns every session cutoff in the policy of a permission set that has a Sid
// of this package, in the order of the policy. A text that is not a policy of version 5.0
// is an *UnsupportedPolicyError.
func (e *Editor) Statements(ctx context.Context, t Target) ([]Statement, error) {
	p, _, err := e.read(ctx, t)
	if err != nil || p == nil {
		return nil, err
	}
	var all []Statement
	for i := range p.statements {
		if s, ours := p.statement(i); ours && strings.HasPrefix(s.ID, sidPrefix) {
			all = append(all, s)
		}
	}
	return all, nil
}

// Holds reports whether the statement is in the policy of the permission set and denies
// what it should. A text that is not a policy of version 5.0 does not hold it.
func (e *Editor) Holds(ctx context.Context, t Target, s Statement) (bool, error) {
	p, _, err := e.read(ctx, t)
	var unsupported *UnsupportedPolicyError
	if err != nil && !errors.As(err, &unsupported) {
		return false, err
	}
	i := p.find(s)
	return i >= 0 && p.says(i, s), nil
}

// Missing reports whether a permission set certainly does not exist: the API says so each
// time, some seconds apart, and knows its instance, which a wrong region does not have.
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
		case look == looks:
			return true, nil
		}
		if err := transport.Sleep(ctx, e.timing.LookAgain); err != nil {
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

// read returns the policy of a permission set, nil for none, and its text.
func (e *Editor) read(ctx context.Context, t Target) (*policy, string, error) {
	text, _, err := e.client.CustomPolicy(ctx, t.InstanceID, t.PermissionSetID)
	if err != nil {
		return nil, "", err
	}
	p, err := parse(text)
	return p, text, err
}

// readFresh reads the policy until the text is not one that this process has just
// replaced.
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

// refuseOldPolicies returns an *OldPoliciesError when the permission set has policies of
// the old kind.
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

// newPauses returns growing pauses for wait. They are randomized, so that two processes do
// not stay in step.
func (e *Editor) newPauses() *backoff.ExponentialBackOff {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval = e.timing.FirstPause, e.timing.MaxPause
	return pauses
}

// wait waits for the next pause. The end of ctx is an error.
func wait(ctx context.Context, pauses *backoff.ExponentialBackOff) error {
	return transport.Sleep(ctx, pauses.NextBackOff())
}

// notice reports a wait that takes long, first after Timing.ReportAfter and then in
// intervals that double.
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
