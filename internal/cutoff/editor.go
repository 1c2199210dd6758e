// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package cutoff

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// maxPolicyLength is how many characters a custom policy may have (API reference,
// PutCustomPolicyToPermissionSet; the OpenAPI files say 10,240, which is left to the
// API to refuse).
const maxPolicyLength = 131_072

// maxRetries is how often a put is repeated that failed for another reason than that
// somebody else is changing the permission set, or that it came too often.
const maxRetries = transport.DefaultMaxRetries

// maxLostPuts is how often a put is repeated that succeeds and does not show: more often
// than even twenty processes that edit one policy come in each other's way.
const maxLostPuts = 30

// The first and the longest pause between two looks at what is under way in the cloud.
const (
	firstPause   = 200 * time.Millisecond
	longestPause = 5 * time.Second
)

// Editor changes the custom policies of permission sets: of each set one change at a
// time, and changes of one set share a provisioning where they can. It is safe for
// concurrent use.
type Editor struct {
	client *identitycenter.Client
	// firstPause is the constant of this name, except in tests.
	firstPause time.Duration

	mu   sync.Mutex
	sets map[Target]*permissionSet
}

// New returns an editor that calls the API with client.
func New(client *identitycenter.Client) *Editor {
	return &Editor{client: client, firstPause: firstPause, sets: map[Target]*permissionSet{}}
}

// Target names a permission set.
type Target struct {
	InstanceID, PermissionSetID string
}

// Change says what to do with a statement.
type Change struct {
	Target
	// Statement is the one to put into the policy, or to take out of it.
	Statement Statement
	// New is true for a statement that never was in the policy: one without an ID that
	// says the same is then another's.
	New bool
	// Previous is what the statement said before, where it moves; else the zero time.
	Previous time.Time
	// Report is told which text was replaced.
	Report func(message string)
}

// Outcome says what holds after a change, also after one that failed.
type Outcome struct {
	// Written is true when the policy was changed, or may have been: the answer to the
	// last put is not known.
	Written bool
	// Provisioned is true when the policy is as it should be in all accounts.
	Provisioned bool
}

// OldPoliciesError says that a permission set has policies of the old kind, which a put
// of a custom policy may delete.
type OldPoliciesError struct {
	// CustomRole tells whether there is a custom role; ManagedRoles are the names of
	// the roles of the system.
	CustomRole   bool
	ManagedRoles []string
}

func (e *OldPoliciesError) Error() string {
	var has []string
	if e.CustomRole {
		has = append(has, "a custom role")
	}
	if len(e.ManagedRoles) > 0 {
		has = append(has, "the managed roles "+strings.Join(e.ManagedRoles, ", "))
	}
	return "the permission set has policies of the old kind (" + strings.Join(has, " and ") + "), which a custom policy may replace"
}

// TooLongError says that the policy has no room for the statement.
type TooLongError struct {
	// Length is what the policy would have, in characters.
	Length int
}

func (e *TooLongError) Error() string {
	return fmt.Sprintf("with the statement the custom policy would have %d characters, and the API takes %d", e.Length, maxPolicyLength)
}

// NotKeptError says that the API accepts the policy again and again, and reading it
// back does not show the change.
type NotKeptError struct {
	// Attempts is how often the policy was put.
	Attempts int
}

func (e *NotKeptError) Error() string {
	return fmt.Sprintf("the API accepted the policy %d times, and each time reading it back did not show the change", e.Attempts)
}

// edit is a change of a policy in the making.
type edit struct {
	// done tells whether a policy that was just read is as it should be.
	done func(*policy) bool
	// change returns the text of one that is not.
	change func(*policy) string
	// settled tells the same as done later on, when others may have changed the policy.
	settled func(*policy) bool
}

// Put makes the policy of a permission set hold the statement of c, provisions the
// permission set to all its accounts and waits until that is done. Where the statement
// is already there it only provisions. Its errors are those of the API,
// *UnsupportedPolicyError, *OldPoliciesError, *TooLongError and *ProvisioningError.
func (e *Editor) Put(ctx context.Context, c Change) (Outcome, error) {
	// How many statements without an ID are to say what this one says.
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
				i = p.find(Statement{ID: c.Statement.ID, IssuedBefore: c.Previous})
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
	return e.carryOut(ctx, c, put, func(bool) (bool, error) { return true, nil })
}

// TakeOut takes the statement of c out of the policy, and deletes a policy that has no
// other; a statement that is not there is no error. With provision it then provisions
// the permission set as Put does, also when an earlier attempt took the statement out
// and failed before that.
func (e *Editor) TakeOut(ctx context.Context, c Change, provision bool) (Outcome, error) {
	// How many statements without an ID are to be left that say what this one says, and
	// whether those with its ID that say something else are to go: somebody may have
	// changed the statement, or used its ID for another one beside it.
	left, changed := -1, false
	gone := func(p *policy) bool {
		i := p.byID(c.Statement)
		return i < 0 || !changed && !p.says(i, c.Statement)
	}
	takeOut := edit{
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
	}
	return e.carryOut(ctx, c, takeOut, func(written bool) (bool, error) {
		if written || !provision {
			return provision, nil
		}
		accounts, err := e.Unprovisioned(ctx, c.Target)
		return len(accounts) > 0, err
	})
}

// carryOut edits and provisions until the policy stays as it should be: another process
// that changes it at the same moment can undo an edit without either noticing at once,
// for the API has no conditional put. provision is told whether anything was written,
// and tells whether to provision.
func (e *Editor) carryOut(ctx context.Context, c Change, edit edit, provision func(written bool) (bool, error)) (Outcome, error) {
	var outcome Outcome
	set := e.set(c.Target)
	for {
		ticket, written, err := e.editAlone(ctx, set, c, edit)
		outcome.Written = outcome.Written || written
		if err != nil {
			return outcome, err
		}
		if needed, err := provision(outcome.Written); err != nil || !needed {
			return outcome, err
		}
		if err := e.provision(ctx, set, c.Target, ticket); err != nil {
			return outcome, err
		}
		p, _, err := e.read(ctx, c.Target)
		if err != nil {
			return outcome, err
		}
		if edit.settled(p) {
			outcome.Provisioned = true
			return outcome, nil
		}
	}
}

// Find returns the statement of a permission set with an ID, as it stands there, and
// whether there is one that says what this package's statements say.
func (e *Editor) Find(ctx context.Context, t Target, id string) (Statement, bool, error) {
	p, _, err := e.read(ctx, t)
	if err != nil {
		return Statement{}, false, err
	}
	i := p.byID(Statement{ID: id})
	if i < 0 {
		return Statement{}, false, nil
	}
	moment, ours := momentOf(p.statements[i].members)
	return Statement{ID: id, IssuedBefore: moment.UTC()}, ours, nil
}

// Holds tells whether the statement is in the policy of the permission set, and says
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

// Gone tells whether a permission set does not exist: the API says so, and knows the
// instance that it was in. Else a wrong region could be taken for it.
func (e *Editor) Gone(ctx context.Context, t Target) (bool, error) {
	_, _, err := e.client.PermissionSet(ctx, t.InstanceID, t.PermissionSetID)
	if !transport.NotFound(err) {
		return false, err
	}
	for instance, listErr := range e.client.Instances(ctx) {
		if listErr != nil {
			return false, listErr
		}
		if instance.ID == t.InstanceID {
			return true, nil
		}
	}
	return false, err
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

// editAlone edits the policy while no other change of the set in this process does. The
// ticket stands for the policy as it is then: see provision.
func (e *Editor) editAlone(ctx context.Context, set *permissionSet, c Change, edit edit) (ticket int, written bool, err error) {
	set.begin()
	defer set.end()
	select {
	case set.editing <- struct{}{}:
		defer func() { <-set.editing }()
	case <-ctx.Done():
		return 0, false, context.Cause(ctx)
	}
	written, err = e.edit(ctx, c, edit)
	return set.ticket(), written, err
}

// edit changes the policy until it reads as it should, after a look at what forbids it.
func (e *Editor) edit(ctx context.Context, c Change, edit edit) (written bool, err error) {
	p, text, err := e.read(ctx, c.Target)
	if err != nil || edit.done(p) {
		return false, err
	}
	// Deleting the policy is no put.
	if edit.change(p) != "" {
		if err := e.refuseOldPolicies(ctx, c.Target); err != nil {
			return false, err
		}
	}
	return e.editUntilDone(ctx, c, edit, p, text)
}

// editUntilDone changes a policy that was read, until it reads as it should: it reads
// again right before the put and starts over when somebody else was faster, puts and
// reads back.
func (e *Editor) editUntilDone(ctx context.Context, c Change, edit edit, p *policy, text string) (written bool, err error) {
	pause, attempts := e.newPause(), 0
	for !edit.done(p) {
		next := edit.change(p)
		if n := utf8.RuneCountInString(next); n > maxPolicyLength && len(next) > len(text) {
			return written, &TooLongError{Length: n}
		}
		newest, again, err := e.read(ctx, c.Target)
		if err != nil {
			return written, err
		}
		if again != text {
			p, text = newest, again
			continue
		}
		changed, done, err := e.attempt(ctx, c, edit, text, next)
		written = written || changed
		if done {
			return written, nil
		}
		attempts++
		if final := giveUp(err, attempts); final != nil {
			return written, final
		}
		if waitErr := pause.wait(ctx); waitErr != nil {
			return written, errors.Join(waitErr, err)
		}
		if p, text, err = e.read(ctx, c.Target); err != nil {
			return written, err
		}
	}
	return written, nil
}

// attempt writes the policy once and reads it back. written tells whether it was
// changed, or may have been, and done whether it reads as it should.
func (e *Editor) attempt(ctx context.Context, c Change, edit edit, text, next string) (written, done bool, err error) {
	if err = e.write(ctx, c.Target, next); err != nil && !uncertain(err) {
		return false, false, err
	}
	c.Report(fmt.Sprintf("Changed the custom policy of permission set %s. Before, it was %q.", c.PermissionSetID, text))
	p, _, readErr := e.read(ctx, c.Target)
	if readErr != nil {
		return true, false, errors.Join(err, readErr)
	}
	return true, edit.done(p), err
}

// giveUp returns the error with which to stop after so many attempts, nil to go on: a
// success that does not show may be somebody else's put that came right after it, and a
// conflict is waited for as long as there is time.
func giveUp(err error, attempts int) error {
	var failed *transport.Error
	switch {
	case err == nil && attempts >= maxLostPuts:
		return &NotKeptError{Attempts: attempts}
	case err == nil, busy(err):
		return nil
	case attempts <= maxRetries && (conflict(err) || errors.As(err, &failed) && failed.Temporary()):
		return nil
	}
	return err
}

// write puts a policy, or deletes it when the text is empty.
func (e *Editor) write(ctx context.Context, t Target, text string) error {
	var err error
	if text == "" {
		_, err = e.client.DeleteCustomPolicy(ctx, t.InstanceID, t.PermissionSetID)
	} else {
		_, err = e.client.PutCustomPolicy(ctx, t.InstanceID, t.PermissionSetID, text)
	}
	return err
}

// uncertain tells whether a call that failed may have been carried out all the same: no
// response, or a success that could not be understood.
func uncertain(err error) bool {
	var failed *transport.Error
	return errors.As(err, &failed) && (failed.Unanswered || failed.Status >= 200 && failed.Status < 300)
}

// busy tells whether a call was refused for a change that somebody else is making now,
// or as it was throttled, which is waited for as long as there is time.
func busy(err error) bool {
	var failed *transport.Error
	return errors.As(err, &failed) && (failed.Status == http.StatusTooManyRequests || failed.Status == http.StatusConflict && failed.Code == transport.CodeConcurrency)
}

// conflict tells whether a call was refused for what somebody else is doing now.
func conflict(err error) bool {
	var failed *transport.Error
	return errors.As(err, &failed) && failed.Status == http.StatusConflict
}

// refuseOldPolicies returns an *OldPoliciesError when the permission set has any.
func (e *Editor) refuseOldPolicies(ctx context.Context, t Target) error {
	role, _, err := e.client.CustomRole(ctx, t.InstanceID, t.PermissionSetID)
	if err != nil {
		return err
	}
	old := &OldPoliciesError{CustomRole: strings.TrimSpace(role) != ""}
	for name, err := range e.client.ManagedRoles(ctx, t.InstanceID, t.PermissionSetID) {
		if err != nil {
			return err
		}
		old.ManagedRoles = append(old.ManagedRoles, name)
	}
	if old.CustomRole || len(old.ManagedRoles) > 0 {
		return old
	}
	return nil
}

// pause is a wait that gets longer.
type pause struct{ next time.Duration }

func (e *Editor) newPause() *pause { return &pause{next: e.firstPause} }

// wait waits, at most until ctx ends, which is an error. Its length varies, so that two
// processes do not stay in step.
func (p *pause) wait(ctx context.Context) error {
	length := p.next/2 + rand.N(p.next) //nolint:gosec // A pause is no secret.
	p.next = min(p.next*3/2, longestPause)
	return transport.Sleep(ctx, length)
}
