// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package cutoff

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
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
	// maxEdits limits how often a change meets an edit by another client.
	maxEdits = 40
	// maxRounds limits how often a change is repeated because another client reverted it
	// during provisioning.
	maxRounds = 5
)

// writer makes one change of a policy.
type writer struct {
	*Editor
	Change
	// remove is true if the statement is removed, false if it is put.
	remove bool
	// provision is false if a removal leaves the provisioning to another change.
	provision bool
	set       *permissionSet
	pauses    *backoff.ExponentialBackOff
	outcome   Outcome

	// begun is true once a policy was read.
	begun bool
	// anonymous is the number of statements without a Sid that deny the same and must be in the
	// policy. It is the minimum after a put and the maximum after a removal.
	anonymous int
	// changed is true if another client changed the statement to remove.
	changed bool

	// confirmed is true if a policy without a statement to keep is no surprise: it was read again
	// after a pause, or this change removed the statement.
	confirmed bool

	// replaced is the policy that the last put replaced.
	replaced string
	// uncertain, refused and edits count the puts with an unknown outcome, the refused puts,
	// and the changes by other clients.
	uncertain, refused, edits int
}

// run edits and provisions until the policy stays as required. The API has no conditional put,
// so another process can revert a change unintentionally.
func (w *writer) run(ctx context.Context) error {
	w.set, w.pauses, w.confirmed = w.setOf(w.Target), w.newPauses(), w.Removed
	select {
	case w.set.busy <- struct{}{}:
		defer func() { <-w.set.busy }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	rounds := 0
	return w.poll(ctx, "the policy to keep the change", func() (bool, error) {
		if err := w.edit(ctx); err != nil {
			return false, err
		}
		if needed, err := w.needsProvisioning(ctx); err != nil || !needed {
			return true, err
		}
		if err := w.provisionAll(ctx); err != nil {
			return false, err
		}
		w.set.unprovisioned.Store(false)
		p, _, err := w.readFresh(ctx)
		if err != nil {
			return false, err
		}
		w.outcome.Provisioned = w.holds(p)
		if rounds++; rounds == maxRounds && !w.outcome.Provisioned {
			return false, notKept(fmt.Sprintf("the policy was changed %d times, and another client reverted it each time", rounds))
		}
		return w.outcome.Provisioned, nil
	})
}

// needsProvisioning reports whether to provision after an edit. A statement that an earlier
// attempt removed may still be in accounts.
func (w *writer) needsProvisioning(ctx context.Context) (bool, error) {
	switch {
	case !w.provision:
		if w.outcome.Written {
			w.set.unprovisioned.Store(true)
		}
		return false, nil
	case w.remove && !w.outcome.Written:
		accounts, err := w.Unprovisioned(ctx, w.Target)
		return len(accounts) > 0, err
	}
	return true, nil
}

// done reports whether a policy needs no change. The first policy decides how many statements
// without a Sid are expected, because the API may drop Sids (API-FACTS.md, policy-sid).
func (w *writer) done(p *policy) bool {
	i, n := p.byID(w.Statement), p.countAnonymous(w.Statement, w.remove)
	if !w.begun {
		w.begun, w.anonymous = true, 1
		switch {
		case w.remove && i < 0:
			w.anonymous = max(0, n-1) // One of them is the statement.
		case w.remove:
			w.anonymous, w.changed = n, !p.statements[i].denies(w.Statement)
		case w.New || w.old(p) >= 0:
			w.anonymous = n + 1
		}
	}
	switch {
	case w.remove:
		return w.holds(p) && n <= w.anonymous
	case i >= 0:
		return p.statements[i].denies(w.Statement)
	}
	return n >= w.anonymous
}

// holds is done for later reads, after which other clients may have changed the policy. A statement
// with the same Sid that denies something else may be a copy by another client.
func (w *writer) holds(p *policy) bool {
	if !w.remove {
		return p.has(w.Statement)
	}
	i := p.byID(w.Statement)
	return i < 0 || !w.changed && !p.statements[i].denies(w.Statement)
}

func (w *writer) next(p *policy) string {
	if w.remove {
		return p.without(p.find(w.Statement))
	}
	if i := w.old(p); i >= 0 {
		return p.replacing(i, w.Statement)
	}
	return p.with(w.Statement)
}

// old returns the index of the statement to replace; -1 for none.
func (w *writer) old(p *policy) int {
	if len(w.Statement.Previous) > 0 {
		return p.find(w.Statement.before())
	}
	return p.byID(w.Statement)
}

// edit changes the policy until it needs no change.
func (w *writer) edit(ctx context.Context) error {
	p, text, err := w.readFresh(ctx)
	// A put may delete old policies. A delete of the policy does not.
	if err == nil && !w.done(p) && w.next(p) != "" {
		err = w.refuseOldPolicies(ctx)
	}
	for err == nil && !w.done(p) {
		p, text, err = w.step(ctx, p, text)
	}
	w.outcome.SidKept = w.outcome.SidKept || p.byID(w.Statement) >= 0
	return err
}

// step reads the policy right before the put, puts it and reads it back. It returns the
// policy of the last read, which may still need a change.
func (w *writer) step(ctx context.Context, p *policy, text string) (*policy, string, error) {
	newest, again, err := w.readFresh(ctx)
	if err != nil {
		return p, text, err
	}
	if again != text {
		return newest, again, w.editedByOthers(ctx)
	}

	next := w.next(p)
	err = w.write(ctx, next)
	lag := w.timing.AcceptedLag
	switch {
	case err != nil && !transport.Unanswered(err):
		if final := w.putError(err); final != nil {
			return p, text, final
		}
		if waitErr := w.wait(ctx); waitErr != nil {
			return p, text, errors.Join(waitErr, err)
		}
		return w.readFresh(ctx)
	case err != nil:
		w.uncertain++
		lag = w.timing.UncertainLag
	}
	delete(w.set.superseded, next)
	w.set.superseded[text] = time.Now().Add(lag)
	w.replaced, w.outcome.Written, w.confirmed = text, true, w.remove
	w.Report(fmt.Sprintf("Changed the custom policy of permission set %s. It was %q before.", w.PermissionSetID, text))
	return w.readBack(ctx, err)
}

// readBack reads the policy after a put until it shows the change or another client's change,
// or shows the old policy for too long. putErr is why the outcome of the put is unknown; nil
// after an accepted put.
func (w *writer) readBack(ctx context.Context, putErr error) (p *policy, text string, err error) {
	err = w.poll(ctx, waitForRead, func() (bool, error) {
		p, text, err = w.read(ctx, w.Target)
		switch {
		case err == nil && w.done(p):
			w.seen(text)
			return true, nil
		case err != nil && (putErr == nil || w.uncertain >= maxUncertainPuts):
			return false, errors.Join(putErr, err)
		case err != nil:
			// A put needs a successful read before it. A failed read counts as an attempt.
			w.uncertain++
			return false, nil //nolint:nilerr // The policy is read again.
		case w.set.stale(text):
			return false, nil
		case putErr == nil && text == w.replaced:
			return false, notKept("the API accepted the policy, but still returns the old one")
		case putErr == nil:
			return true, w.editedByOthers(ctx)
		case w.uncertain >= maxUncertainPuts:
			return false, putErr
		}
		return true, nil
	})
	if err != nil && putErr != nil && !errors.Is(err, putErr) {
		err = errors.Join(err, putErr)
	}
	return p, text, err
}

// seen records that the change was read. Reads may return older policies only a short time
// longer.
func (w *writer) seen(text string) {
	soon := time.Now().Add(w.timing.UncertainLag)
	maps.DeleteFunc(w.set.superseded, func(old string, _ time.Time) bool { return old == text || !w.set.stale(old) })
	for old, until := range w.set.superseded {
		if soon.Before(until) {
			w.set.superseded[old] = soon
		}
	}
}

// editedByOthers waits before it edits a policy that another client has changed.
func (w *writer) editedByOthers(ctx context.Context) error {
	if w.edits++; w.edits >= maxEdits {
		return &PolicyError{
			"The policy keeps changing",
			fmt.Sprintf("another client changed the policy %d times meanwhile, so it could not be changed without losing an edit", w.edits),
			"Stop the other changes of this policy, and apply again.",
		}
	}
	return w.wait(ctx)
}

// putError returns the error with which to stop after a refused put; nil to repeat it.
// Throttling and concurrency conflicts are repeated until ctx ends.
func (w *writer) putError(err error) error {
	var failed *transport.Error
	if !errors.As(err, &failed) {
		return err
	}
	inConflict := failed.Status == http.StatusConflict
	if failed.Status == http.StatusTooManyRequests || inConflict && failed.Code == transport.CodeConcurrency {
		return nil
	}
	if w.refused++; w.refused <= maxRefusedPuts && (inConflict || failed.Temporary()) {
		return nil
	}
	return err
}

// write puts a policy, or deletes it if the string is empty. A missing policy counts as
// deleted.
func (w *writer) write(ctx context.Context, text string) error {
	if text != "" {
		_, err := w.client.PutCustomPolicy(ctx, w.InstanceID, w.PermissionSetID, text)
		return err
	}
	_, err := w.client.DeleteCustomPolicy(ctx, w.InstanceID, w.PermissionSetID)
	var failed *transport.Error
	if errors.As(err, &failed) && failed.NotFound() && failed.Code != identitycenter.CodeNoPermissionSet {
		return nil // Reading back confirms it.
	}
	return err
}

// refuseOldPolicies returns an error if the permission set has old policies, which a put may
// delete (API-FACTS.md, put-deletes-old-policies).
func (w *writer) refuseOldPolicies(ctx context.Context) error {
	role, _, err := w.client.CustomRole(ctx, w.InstanceID, w.PermissionSetID)
	if err != nil {
		return err
	}
	managed, err := identitycenter.Collect(w.client.ManagedRoles(ctx, w.InstanceID, w.PermissionSetID))
	if err != nil {
		return err
	}
	var old []string
	if strings.TrimSpace(role) != "" {
		old = append(old, "a custom role")
	}
	if len(managed) > 0 {
		old = append(old, "the managed roles "+strings.Join(managed, ", "))
	}
	if len(old) > 0 {
		return &PolicyError{
			"The permission set has old policies",
			"the permission set has policies of the old kind (" + strings.Join(old, " and ") + "), which a custom policy may replace",
			"Move it to identity policies, or deny with a service control policy instead: see the function session_cutoff_policy.",
		}
	}
	return nil
}

// waitForRead is what a read waits for after a change.
const waitForRead = "the policy to be read as it was written"

// readFresh reads the policy until it is not one that this process has just replaced.
func (w *writer) readFresh(ctx context.Context) (p *policy, text string, err error) {
	err = w.poll(ctx, waitForRead, func() (bool, error) {
		p, text, err = w.read(ctx, w.Target)
		return !w.set.stale(text), err
	})
	doubtful := err == nil && (p == nil || w.remove && w.done(p))
	again := doubtful && !w.confirmed
	if w.confirmed = doubtful; again {
		// A put would overwrite a policy that is missing only in one read, and a put with an
		// unknown outcome may be carried out late.
		if err = transport.Sleep(ctx, w.timing.MissingPause); err == nil {
			return w.readFresh(ctx)
		}
	}
	return p, text, err
}

// newPauses returns growing, randomized pauses, so that two processes do not stay in step.
func (w *writer) newPauses() *backoff.ExponentialBackOff {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval = w.timing.FirstPause, w.timing.MaxPause
	return pauses
}

func (w *writer) wait(ctx context.Context) error {
	return transport.Sleep(ctx, w.pauses.NextBackOff())
}

// poll is transport.Poll. It reports a long wait, first after Timing.ReportAfter and then at
// intervals that double.
func (w *writer) poll(ctx context.Context, waitsFor string, look func() (done bool, err error)) error {
	begun, next := time.Now(), w.timing.ReportAfter
	return transport.Poll(ctx, w.newPauses(), look, backoff.WithNotify(func(error, time.Duration) {
		if elapsed := time.Since(begun); elapsed >= next {
			w.Report(fmt.Sprintf("Still waiting after %s for %s (permission set %s)", elapsed.Round(time.Second), waitsFor, w.PermissionSetID))
			next = 2 * elapsed
		}
	}))
}
