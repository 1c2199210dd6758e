// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package cutoff

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// longestGathering bounds how long a provisioning, which takes minutes, waits for other
// edits of the permission set.
const longestGathering = 10 * time.Second

// permissionSet is what this process is doing with a permission set.
type permissionSet struct {
	// editing holds an entry while somebody edits the policy.
	editing chan struct{}

	mu sync.Mutex
	// pending counts the edits under way or waiting for their turn; idle is closed when
	// there are none any more, and nil while there are none.
	pending int
	idle    chan struct{}
	// tickets counts the edits; provisioned is the last one that a provisioning, which
	// succeeded, began after.
	tickets, provisioned int
	running              *provisioning
}

// provisioning is one that is under way.
type provisioning struct {
	// covers is the last edit before it began.
	covers int
	done   chan struct{}
	err    error
	// abandoned is true when the change that began it was told to stop.
	abandoned bool
}

func (e *Editor) set(t Target) *permissionSet {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.sets[t] == nil {
		e.sets[t] = &permissionSet{editing: make(chan struct{}, 1)}
	}
	return e.sets[t]
}

// begin notes that an edit is coming, and end that it is over.
func (s *permissionSet) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pending++; s.pending == 1 {
		s.idle = make(chan struct{})
	}
}

func (s *permissionSet) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pending--; s.pending == 0 {
		close(s.idle)
		s.idle = nil
	}
}

// gather waits, for a while, for the edits that are coming, so that one provisioning
// does for all of them, and returns the last ticket.
func (s *permissionSet) gather(ctx context.Context) int {
	s.mu.Lock()
	idle := s.idle
	s.mu.Unlock()
	if idle != nil {
		timer := time.NewTimer(longestGathering)
		defer timer.Stop()
		select {
		case <-idle:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tickets
}

// ticket returns the number of an edit that has just been done.
func (s *permissionSet) ticket() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tickets++
	return s.tickets
}

// ProvisioningError says that a changed policy did not reach the accounts.
type ProvisioningError struct {
	RequestID string
	// Reason is the API's own; "" when it gives none.
	Reason string
	// Accounts are those that have not the latest policy. It is empty when they could
	// not be listed, for the reason that ListErr holds.
	Accounts []string
	ListErr  error
}

func (e *ProvisioningError) Error() string {
	reason := ""
	if e.Reason != "" {
		reason = ": " + e.Reason
	}
	return fmt.Sprintf("provisioning %s of the permission set failed%s", e.RequestID, reason)
}

// provision waits until a provisioning that began after the edit with this ticket has
// succeeded. It shares one that others of this process begin, or begins it.
func (e *Editor) provision(ctx context.Context, set *permissionSet, t Target, ticket int) error {
	for {
		set.mu.Lock()
		if set.provisioned >= ticket {
			set.mu.Unlock()
			return nil
		}
		run := set.running
		if run == nil {
			run = &provisioning{done: make(chan struct{})}
			set.running = run
			set.mu.Unlock()
			run.covers = set.gather(ctx)
			run.err = e.provisionLatest(ctx, t)
			set.finish(run, ctx.Err() != nil)
			return run.err
		}
		set.mu.Unlock()
		select {
		case <-run.done:
			if run.covers >= ticket && run.err != nil && !run.abandoned {
				return run.err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// finish tells those who wait for a provisioning how it ended.
func (s *permissionSet) finish(run *provisioning, abandoned bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	run.abandoned = run.err != nil && abandoned
	if run.err == nil {
		s.provisioned = max(s.provisioned, run.covers)
	}
	s.running = nil
	close(run.done)
}

// mostProvisionings is how often a permission set is provisioned at most because accounts
// have not the latest policy after it succeeded.
const mostProvisionings = 3

// provisionLatest provisions a permission set until no account lacks the latest policy:
// that of another process, which began before our edit, may end after ours and bring the
// old policy back. Accounts that still lack it when nobody edited the policy meanwhile are
// a *ProvisioningError. A list of the accounts that is refused is no failure.
func (e *Editor) provisionLatest(ctx context.Context, t Target) error {
	before := ""
	for n := 1; ; n++ {
		requestID, err := e.provisionNow(ctx, t)
		if err != nil {
			return err
		}
		lagging, err := e.Unprovisioned(ctx, t)
		if err != nil || len(lagging) == 0 {
			return nil //nolint:nilerr // As documented.
		}
		_, text, err := e.read(ctx, t)
		switch {
		case err != nil:
			return err
		case n > 1 && text == before:
			return &ProvisioningError{RequestID: requestID, Reason: "the API reports success, but accounts still do not have the latest policy", Accounts: lagging}
		case n == mostProvisionings:
			return nil // Somebody edits the policy all the time, and provisions it.
		}
		before = text
	}
}

// provisionNow provisions a permission set to all its accounts and waits for the end. A
// provisioning of somebody else, which may have begun before our edit, is waited for.
func (e *Editor) provisionNow(ctx context.Context, t Target) (requestID string, err error) {
	pauses := e.newPauses()
	status, _, err := e.client.Provision(ctx, t.InstanceID, t.PermissionSetID)
	for ; conflict(err); status, _, err = e.client.Provision(ctx, t.InstanceID, t.PermissionSetID) {
		if waitErr := wait(ctx, pauses); waitErr != nil {
			return "", fmt.Errorf("%w, while another provisioning of the permission set is running: %w", waitErr, err)
		}
	}
	if err != nil {
		return "", err
	}
	requestID = status.RequestID
	for pauses = e.newPauses(); status.Status == identitycenter.ProvisioningInProgress; {
		if err := wait(ctx, pauses); err != nil {
			return requestID, fmt.Errorf("%w, while provisioning %s was in progress", err, requestID)
		}
		if status, _, err = e.client.ProvisioningStatus(ctx, t.InstanceID, requestID); err != nil {
			return requestID, err
		}
	}
	if status.Status == identitycenter.ProvisioningSucceeded {
		return requestID, nil
	}
	failed := &ProvisioningError{RequestID: requestID, Reason: status.FailureReason}
	if status.Status != identitycenter.ProvisioningFailed {
		failed.Reason = fmt.Sprintf("its status is %q, which is not documented", transport.Printable(status.Status, transport.LongestID))
	}
	failed.Accounts, failed.ListErr = e.Unprovisioned(ctx, t)
	return requestID, failed
}

// Unprovisioned returns the accounts that do not have the latest policy of a permission
// set.
func (e *Editor) Unprovisioned(ctx context.Context, t Target) ([]string, error) {
	return identitycenter.Collect(e.client.ProvisionedAccounts(ctx, t.InstanceID, t.PermissionSetID, true))
}
