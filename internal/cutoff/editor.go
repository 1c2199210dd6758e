// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package cutoff

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// maxMissingReads is how often a permission set must be missing.
const maxMissingReads = 3

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
	// superseded has the policies that this process replaced, with the time until which reads may
	// return them. Only the current change uses it.
	superseded map[string]time.Time
	// inForce has the cutoff times of the statements that this process put and provisioned,
	// by Sid.
	inForce sync.Map
	// unprovisioned is true while a removal waits for the provisioning by a later change.
	unprovisioned atomic.Bool
}

func (e *Editor) setOf(t Target) *permissionSet {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.sets[t] == nil {
		e.sets[t] = &permissionSet{busy: make(chan struct{}, 1), superseded: map[string]time.Time{}}
	}
	return e.sets[t]
}

// stale reports whether a policy may come from a delayed read.
func (s *permissionSet) stale(text string) bool { return time.Now().Before(s.superseded[text]) }

// Change is a change of a statement.
type Change struct {
	Target
	// Statement is the statement to put or remove. A statement without an ID is never found.
	Statement Statement
	// New is true if the statement was never in the policy. A statement without a Sid that
	// denies the same then belongs to another client.
	New bool
	// Removed is true if the statement was removed before, so that no delayed put can restore
	// it.
	Removed bool
	// Report receives the replaced policy and long waits. It must not be nil.
	Report func(message string)
}

// Outcome is the result of a change, also of one that failed.
type Outcome struct {
	// Written is true if the policy was changed or may have been: a put was accepted, or its
	// outcome is unknown.
	Written bool
	// Provisioned is true if every account of the permission set has the changed policy.
	Provisioned bool
	// SidKept is true if the API returned the statement with its Sid.
	SidKept bool
}

// Put puts the statement of c into the policy, provisions the permission set, and waits until
// every account has the policy. A statement that is in the policy is only provisioned. Errors
// are those of the API, causes of contexts, *PolicyError and *ProvisioningError.
func (e *Editor) Put(ctx context.Context, c Change) (Outcome, error) {
	w := &writer{Editor: e, Change: c, provision: true}
	err := w.run(ctx)
	if err == nil {
		w.set.inForce.Store(c.Statement.ID, c.Statement.IssuedBefore)
	}
	return w.outcome, err
}

// Remove removes the statement of c from the policy, or deletes a policy without other
// statements. A missing statement is no error. With provision it also provisions the
// permission set, even if an earlier attempt removed the statement.
func (e *Editor) Remove(ctx context.Context, c Change, provision bool) (Outcome, error) {
	e.setOf(c.Target).inForce.Delete(c.Statement.ID)
	w := &writer{Editor: e, Change: c, remove: true, provision: provision}
	err := w.run(ctx)
	return w.outcome, err
}

// Covers reports whether this process put another statement into the policy that denies at
// least what s denies.
func (e *Editor) Covers(t Target, s Statement) bool {
	covered := false
	e.setOf(t).inForce.Range(func(id, issuedBefore any) bool {
		at, _ := issuedBefore.(time.Time)
		covered = id != s.ID && !at.Before(s.IssuedBefore)
		return !covered
	})
	return covered
}

// AwaitsProvisioning reports whether this process removed a statement and left the
// provisioning to another change, which has not succeeded yet.
func (e *Editor) AwaitsProvisioning(t Target) bool { return e.setOf(t).unprovisioned.Load() }

// Statements returns the session cutoffs in the policy of a permission set that have a Sid of
// this package, in the order of the policy. others counts the statements that may be from this
// package too: changed, with a repeated Sid, or without one.
func (e *Editor) Statements(ctx context.Context, t Target) (all []Statement, others int, err error) {
	p, _, err := e.read(ctx, t)
	if err != nil || p == nil {
		return nil, 0, err
	}
	for _, s := range p.statements {
		hasID := IsStatementID(s.sid)
		again := slices.ContainsFunc(all, func(other Statement) bool { return other.ID == s.sid })
		if s.isCutoff && hasID && !again {
			all = append(all, Statement{ID: s.sid, IssuedBefore: s.issuedBefore, SidKept: true})
		} else if hasID || s.isCutoff && s.sid == "" {
			others++
		}
	}
	return all, others, nil
}

// Holds reports whether the statement is in the policy and denies what it should. It is false
// for a string that is not a policy of version 5.0. A policy without a statement that is
// expected is read again after a pause.
func (e *Editor) Holds(ctx context.Context, t Target, s Statement, expected bool) (bool, error) {
	p, _, err := e.read(ctx, t)
	if errors.As(err, new(*PolicyError)) {
		err = nil
	}
	if err == nil && !p.has(s) && expected {
		if err = transport.Sleep(ctx, e.timing.MissingPause); err == nil {
			return e.Holds(ctx, t, s, false)
		}
	}
	return p.has(s), err
}

// Missing reports whether a permission set is confirmed to be missing: the API returns 404
// several times, some seconds apart, and its instance exists.
func (e *Editor) Missing(ctx context.Context, t Target) (bool, error) {
	for look := 1; ; look++ {
		_, _, err := e.client.PermissionSet(ctx, t.InstanceID, t.PermissionSetID)
		switch {
		case !transport.NotFound(err):
			return false, err
		case look == maxMissingReads:
			return true, nil
		case look == 1:
			instances, listErr := identitycenter.Collect(e.client.Instances(ctx))
			if !slices.ContainsFunc(instances, func(i identitycenter.Instance) bool { return i.ID == t.InstanceID }) {
				return false, errors.Join(listErr, err)
			}
		}
		if err := transport.Sleep(ctx, e.timing.MissingPause); err != nil {
			return false, err
		}
	}
}

// read returns the parsed and the unparsed policy of a permission set; nil and "" for none.
// The only *PolicyError is for a string that is not a policy of version 5.0.
func (e *Editor) read(ctx context.Context, t Target) (*policy, string, error) {
	text, _, err := e.client.CustomPolicy(ctx, t.InstanceID, t.PermissionSetID)
	if err != nil {
		return nil, "", err
	}
	p, err := parse(text)
	return p, text, err
}
