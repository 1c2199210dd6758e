// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package cutoff

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/cenkalti/backoff/v5"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// maxPolicyLength is the length limit of a custom policy in characters (API reference,
// PutCustomPolicyToPermissionSet). The API itself refuses what exceeds the 10,240 of the
// OpenAPI files.
const maxPolicyLength = 131_072

// writer makes one edit of a policy. The caller holds permissionSet.busy.
type writer struct {
	*Editor
	set    *permissionSet
	c      Change
	ed     edit
	pauses *backoff.ExponentialBackOff

	// replaced is the policy that the last put replaced.
	replaced string
	// written is true once the policy was changed, or may have been.
	written bool
	// uncertain, refused and edits count the puts with an unknown outcome, the refused puts,
	// and the changes by other clients.
	uncertain, refused, edits int
}

// edit changes the policy until it needs no change, and returns it.
func (w *writer) edit(ctx context.Context) (*policy, error) {
	p, text, err := w.readFresh(ctx, w.set, w.c)
	if err == nil && w.ed.done(p) && w.ed.confirm {
		// A put with an unknown outcome may be carried out late.
		if err = transport.Sleep(ctx, w.timing.MissingPause); err == nil {
			p, text, err = w.readFresh(ctx, w.set, w.c)
		}
	}
	if err != nil || w.ed.done(p) {
		return p, err
	}
	// A put may delete old policies. A delete of the policy does not.
	if w.ed.change(p) != "" {
		if err := w.refuseOldPolicies(ctx, w.c.Target); err != nil {
			return p, err
		}
	}
	for !w.ed.done(p) {
		if p, text, err = w.step(ctx, p, text); err != nil {
			return p, err
		}
	}
	return p, nil
}

// step reads the policy right before the put, puts it and reads it back. It returns the
// policy of the last read, which may still need a change.
func (w *writer) step(ctx context.Context, p *policy, text string) (*policy, string, error) {
	next := w.ed.change(p)
	if n := utf8.RuneCountInString(next); n > maxPolicyLength && len(next) > len(text) {
		return p, text, &TooLongError{Length: n}
	}
	newest, again, err := w.readFresh(ctx, w.set, w.c)
	if err != nil {
		return p, text, err
	}
	if again != text {
		return newest, again, w.editedByOthers(ctx)
	}

	err = w.write(ctx, next)
	switch {
	case err != nil && notWritten(err):
		if final := w.putError(err); final != nil {
			return p, text, final
		}
		if waitErr := wait(ctx, w.pauses); waitErr != nil {
			return p, text, errors.Join(waitErr, err)
		}
		return w.readFresh(ctx, w.set, w.c)
	case err != nil:
		w.uncertain++
		w.supersede(text, next, w.timing.UncertainLag)
	default:
		w.supersede(text, next, w.timing.AcceptedLag)
	}
	w.written = true
	w.c.Report(fmt.Sprintf("Changed the custom policy of permission set %s. It was %q before.", w.c.PermissionSetID, text))
	return w.readBack(ctx, err)
}

// supersede records that next replaces text, which reads may still return for a while.
func (w *writer) supersede(text, next string, lag time.Duration) {
	delete(w.set.superseded, next)
	w.replaced = text
	w.set.superseded[text] = time.Now().Add(lag)
}

// readBack reads the policy after a put until it shows the change or another client's change,
// or shows the old policy for too long. putErr is why the outcome of the put is unknown; nil
// after an accepted put.
func (w *writer) readBack(ctx context.Context, putErr error) (*policy, string, error) {
	pauses, notice := w.newPauses(), w.newNotice(w.c, "the policy to be read as it was written")
	for {
		p, text, err := w.read(ctx, w.c.Target)
		switch {
		case err == nil && w.ed.done(p):
			w.seen(text)
			return p, text, nil
		case err != nil && (putErr == nil || w.uncertain >= maxUncertainPuts):
			return nil, "", errors.Join(putErr, err)
		case err != nil:
			// A put needs a successful read before it. A failed read counts as an attempt.
			w.uncertain++
		case w.set.stale(text):
			notice.check()
		case putErr == nil && text == w.replaced:
			return p, text, &NotKeptError{Attempts: 1}
		case putErr == nil:
			return p, text, w.editedByOthers(ctx)
		case w.uncertain >= maxUncertainPuts:
			return p, text, putErr
		default:
			return p, text, nil
		}
		if waitErr := wait(ctx, pauses); waitErr != nil {
			return nil, "", errors.Join(waitErr, putErr)
		}
	}
}

// seen records that the change was read. Reads may return older policies only a short time
// longer.
func (w *writer) seen(text string) {
	delete(w.set.superseded, text)
	soon := time.Now().Add(w.timing.UncertainLag)
	for old, until := range w.set.superseded {
		if time.Now().After(until) {
			delete(w.set.superseded, old)
		} else if soon.Before(until) {
			w.set.superseded[old] = soon
		}
	}
}

// editedByOthers waits before it edits a policy that another client has changed.
func (w *writer) editedByOthers(ctx context.Context) error {
	if w.edits++; w.edits >= maxEdits {
		return &BusyPolicyError{Edits: w.edits}
	}
	return wait(ctx, w.pauses)
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
	t := w.c.Target
	if text != "" {
		_, err := w.client.PutCustomPolicy(ctx, t.InstanceID, t.PermissionSetID, text)
		return err
	}
	_, err := w.client.DeleteCustomPolicy(ctx, t.InstanceID, t.PermissionSetID)
	var failed *transport.Error
	if errors.As(err, &failed) && failed.NotFound() && failed.Code != identitycenter.CodeNoPermissionSet {
		return nil // Reading back confirms it.
	}
	return err
}

// notWritten reports whether a failed put certainly changed nothing: it was refused with a
// 4xx, or failed before the request was sent.
func notWritten(err error) bool {
	var failed *transport.Error
	if !errors.As(err, &failed) || failed.NotSent {
		return true // There were no credentials, or the call was not sent.
	}
	return !failed.Unanswered && (failed.Status == 0 || failed.Status >= 400 && failed.Status < 500)
}
