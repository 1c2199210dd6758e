// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package userlock keeps a user out: it ends the sessions, disables the user, ends
// what slipped in between, and verifies. It also undoes that, and ends all
// sessions without disabling. Which sessions one call ends, and what counts as
// ended, is the business of package revocation.
package userlock

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

const (
	// haste is how long reading the user and ending the sessions may keep the user
	// from being disabled, at most: what takes longer, as it is throttled for instance,
	// is done after it.
	haste = 10 * time.Second
	// endings is how often the sessions are listed and ended before the user is
	// disabled, or by a logout, when each listing finds new ones.
	endings = 3
	// readings is how often a user, or the sessions of a disabled one, are read until
	// a change shows: the API may still answer with the state before. The pauses
	// between them add up to three seconds.
	readings = 6
	// rounds is how often a user is disabled whom somebody enables meanwhile.
	rounds = 3
)

// ErrUserNotFound is part of an error that says the user, or the identity store,
// does not exist.
var ErrUserNotFound = errors.New("no such user in this identity store")

// ErrNotInForce is part of the error of a user who is still read in the old state
// after the API accepted the change.
var ErrNotInForce error = notInForce{}

type notInForce struct{}

// Error says what was read.
func (notInForce) Error() string {
	return "the API accepted the change, but reading the user does not show it"
}

// Explain says what may be the reason, and what to do.
func (e notInForce) Explain() (summary, text string) {
	return "The change of the user does not show", e.Error() + ". Somebody else may have changed the user back: an administrator, " +
		"another pipeline, or the identity provider. Stop that, and apply again."
}

// errHaste is the cause for which the steps before the disabling are cut short.
var errHaste = errors.New("disabling the user does not wait for it any longer")

// Request says who is kept out, or let in.
type Request struct {
	IdentityStoreID string
	UserID          string
	// Report receives the progress in words; it may be nil.
	Report func(message string)
}

// Standing is what is known of a user's right to log in.
type Standing int

// Unknown is the standing of a user who was not read since the last change.
const (
	Unknown Standing = iota
	Enabled
	Disabled
)

// Outcome is what was done and seen, also of an attempt that failed half-way.
type Outcome struct {
	// Standing is the last one that was read, Unknown when a change may have
	// followed it.
	Standing Standing
	// Accepted is true when the API accepted the last change of the standing.
	Accepted bool
	// CreatedBy is the user's, empty when the user could not be read.
	CreatedBy string
	// Ended is how many sessions were ended.
	Ended int
	// Left is how many sessions the last listing held that were not ended after
	// it, and -1 when the sessions could not be listed since the last change.
	Left int
	// Listed is true when a listing of the sessions was answered at all, and Open how
	// many sessions the last one that was answered held that are not ended.
	Listed bool
	Open   int
	// Unverified is the refusal for which the sessions of a user who is disabled
	// could not be listed; nil when they were.
	Unverified error
	// At is when the user was seen disabled and the last session seen ended, by the
	// server's clock and not earlier: the clock tells whole seconds, and the next one
	// counts. By the local clock if no response had a date.
	At time.Time
	// RequestIDs are those of all answered attempts, in order.
	RequestIDs []string
}

// Provisioned tells whether the user comes from an identity provider by SCIM, which
// may enable the user again.
func (o Outcome) Provisioned() bool { return strings.HasPrefix(o.CreatedBy, "SCIM/") }

// Holds says what is known to hold after a failure.
func (o Outcome) Holds(userID string) string {
	var text string
	switch {
	case o.Standing == Disabled:
		text = fmt.Sprintf("User %s is disabled.", userID)
	case o.Standing == Enabled:
		text = fmt.Sprintf("User %s is enabled and can log in.", userID)
	case o.Accepted:
		text = fmt.Sprintf("The API accepted the change of user %s, who was not read after it.", userID)
	default:
		text = fmt.Sprintf("Whether user %s is enabled is not known.", userID)
	}
	if o.Ended > 0 {
		text += fmt.Sprintf(" Ended: %s.", revocation.Count(o.Ended))
	}
	switch {
	case o.Left < 0 && o.Open > 0:
		return text + fmt.Sprintf(" Listed and not ended: %s. Whether more are left is not known.", revocation.Count(o.Open))
	case o.Left < 0:
		return text + " Whether sessions are left is not known."
	}
	return text + fmt.Sprintf(" Left: %s.", revocation.Count(o.Left))
}

// StepError is a step that failed.
type StepError struct {
	// Doing is the step in words, such as "disabling user u of identity store s".
	Doing string
	Err   error
}

// Error returns the step and why it failed.
func (e *StepError) Error() string { return e.Doing + " failed: " + e.Err.Error() }

// Unwrap returns Err.
func (e *StepError) Unwrap() error { return e.Err }

// FailedError says which steps failed, the more important first. There is at least one.
type FailedError struct {
	Steps []*StepError
}

// Error returns what the steps say.
func (e *FailedError) Error() string {
	texts := make([]string, len(e.Steps))
	for i, step := range e.Steps {
		texts[i] = step.Error()
	}
	return strings.Join(texts, "; ")
}

// Unwrap returns the steps.
func (e *FailedError) Unwrap() []error {
	all := make([]error, len(e.Steps))
	for i, step := range e.Steps {
		all[i] = step
	}
	return all
}

// SessionsLeftError says which sessions are listed however often they are ended.
type SessionsLeftError struct {
	SessionIDs []string
	Times      int
}

// Error names the sessions.
func (e *SessionsLeftError) Error() string {
	return fmt.Sprintf("%s listed after all were ended %d times: %s", revocation.Count(len(e.SessionIDs)), e.Times, transport.Printable(strings.Join(e.SessionIDs, ", "), transport.LongestText))
}

// Explain says in words what is left, and what to do.
func (e *SessionsLeftError) Explain() (summary, text string) {
	return "Sessions are left", e.Error() + ".\n\nApply again. If they stay, ask Huawei Cloud support and name the request IDs."
}

// ProvisionedError is a refusal to disable a user who comes from an identity provider.
type ProvisionedError struct{ Err error }

// Error returns the refusal.
func (e *ProvisionedError) Error() string { return e.Err.Error() }

// Unwrap returns the refusal.
func (e *ProvisionedError) Unwrap() error { return e.Err }

// Explain says what may be the reason, and what to do; the summary is that of the refusal.
func (e *ProvisionedError) Explain() (summary, text string) {
	return "", "The user was created by SCIM, which may be why the API refuses. Disable the user in the identity provider."
}

// operation is one lock, unlock or logout under way.
type operation struct {
	client  *identitycenter.Client
	request Request
	outcome Outcome
	// answered are the operations of the API that were carried out for this user.
	answered map[string]bool
	// ended are the IDs of the sessions that were ended, each once.
	ended map[string]bool
	// wasDisabled is true when the user was disabled before anything was done.
	wasDisabled bool
	// endErr is why the sessions that were listed before the user was disabled could
	// not be ended.
	endErr error
	// disabledAt and emptyAt are when the user was last read as disabled, and the
	// sessions last listed as none, by the server's clock.
	disabledAt, emptyAt time.Time
}

func begin(client *identitycenter.Client, request Request) *operation {
	return &operation{client: client, request: request, outcome: Outcome{Left: -1}, answered: map[string]bool{}, ended: map[string]bool{}}
}

// Lock keeps a user out. The error is a *FailedError; the outcome then says what
// holds. No step waits for the success of another: only a user who does not exist,
// and the end of ctx, stop it where it is.
func Lock(ctx context.Context, client *identitycenter.Client, request Request) (Outcome, error) {
	o := begin(client, request)
	if err := o.prepare(ctx); err != nil {
		return o.outcome, err
	}
	for round := 1; ; round++ {
		enabledAgain, err := o.shut(ctx)
		if !enabledAgain || round == rounds {
			return o.outcome, err
		}
		o.report("User %s is enabled again; disabling once more.", o.request.UserID)
	}
}

// Unlock enables a user and waits until that shows.
func Unlock(ctx context.Context, client *identitycenter.Client, request Request) (Outcome, error) {
	o := begin(client, request)
	return o.outcome, o.failed(o.change(ctx, Enabled))
}

// Logout ends all sessions of a user who may be enabled, until a listing holds none. Of
// a user who is disabled the API may refuse to list them: Unverified holds that.
func Logout(ctx context.Context, client *identitycenter.Client, request Request) (Outcome, error) {
	o := begin(client, request)
	err := o.endAll(ctx, endings)
	// What was listed must end.
	if err == nil || o.outcome.Left >= 0 || ctx.Err() != nil {
		return o.outcome, o.failed(err)
	}
	readErr := o.read(ctx)
	o.wasDisabled = readErr == nil && o.outcome.Standing == Disabled
	if o.wasDisabled && o.refusedForDisabled(err) {
		o.outcome.Unverified, err = err, nil
	}
	return o.outcome, o.failed(err)
}

// Look reads a user and lists the sessions of one who is disabled. A refused listing
// is no error: Unverified holds it, and Left is -1.
func Look(ctx context.Context, client *identitycenter.Client, request Request) (Outcome, error) {
	o := begin(client, request)
	if err := o.read(ctx); err != nil {
		return o.outcome, o.failed(err)
	}
	if o.outcome.Standing == Enabled {
		return o.outcome, nil
	}
	_, err := o.list(ctx)
	var refusal *transport.Error
	if errors.As(err, &refusal) && refusal.Status != 0 && ctx.Err() == nil {
		o.outcome.Unverified = err
		err = nil
	}
	o.outcome.At = o.moment()
	return o.outcome, o.failed(err)
}

// prepare reads the user and ends the sessions, as far as that goes quickly. What
// fails here is tried again after the user is disabled.
func (o *operation) prepare(ctx context.Context) error {
	bound, cancel := hasten(ctx)
	defer cancel()
	err := o.read(bound)
	switch {
	case ctx.Err() != nil, errors.Is(err, ErrUserNotFound):
		return o.failed(err)
	case err != nil:
		o.report("Reading user %s failed; disabling all the same.", o.request.UserID)
	}
	o.wasDisabled = o.outcome.Standing == Disabled
	if err := o.endAll(bound, endings); ctx.Err() != nil {
		return o.failed(cmp.Or(err, context.Cause(ctx)))
	} else if err != nil {
		// Sessions that a login followed on are another matter: each was ended in its turn.
		if left := (*SessionsLeftError)(nil); o.outcome.Open > 0 && !errors.As(err, &left) {
			o.endErr = err
		}
		o.report("Ending the sessions of user %s failed; they are ended after the user is disabled.", o.request.UserID)
	}
	return nil
}

// hasten bounds what the user must not stay enabled for, or sessions alive: by haste, and
// by half of the time that is left.
func hasten(ctx context.Context) (context.Context, context.CancelFunc) {
	longest := haste
	if deadline, limited := ctx.Deadline(); limited {
		longest = min(longest, time.Until(deadline)/2)
	}
	return context.WithTimeoutCause(ctx, longest, errHaste)
}

// shut disables the user, ends what slipped in, and verifies. enabledAgain says that
// somebody enabled the user meanwhile.
func (o *operation) shut(ctx context.Context) (enabledAgain bool, err error) {
	o.outcome.Unverified = nil
	disableErr := o.change(ctx, Disabled)
	if ctx.Err() != nil && disableErr != nil {
		return false, o.failed(disableErr)
	}
	endErr := o.endAll(ctx, readings)
	if ctx.Err() != nil && endErr != nil {
		return false, o.failed(disableErr, endErr)
	}
	if o.outcome.Standing == Disabled && o.outcome.Left < 0 && o.refusedForDisabled(endErr) {
		o.report("The sessions of user %s cannot be listed while the user is disabled.", o.request.UserID)
		// What was listed before and not ended is open: that stays a failure.
		o.outcome.Unverified, endErr = endErr, o.endErr
	}
	if disableErr != nil || endErr != nil {
		return errors.Is(disableErr, ErrNotInForce), o.failed(disableErr, endErr)
	}
	if err := o.await(ctx, Disabled, readings); err != nil {
		return errors.Is(err, ErrNotInForce), o.failed(err)
	}
	o.outcome.At = o.moment()
	return false, nil
}

// change disables or enables the user and reads the user until that shows. A
// conflict, and a call whose outcome is not known, are judged by what is read.
func (o *operation) change(ctx context.Context, to Standing) error {
	call, doing, says := o.client.DisableUser, "disabling", "Disabling user %s."
	if to == Enabled {
		call, doing, says = o.client.EnableUser, "enabling", "Enabling user %s."
	}
	o.report(says, o.request.UserID)
	before := o.outcome.Standing
	receipt, err := call(ctx, o.request.IdentityStoreID, o.request.UserID)
	o.note(receipt)
	o.outcome.Standing, o.outcome.Accepted = Unknown, err == nil
	var refusal *transport.Error
	refused := errors.As(err, &refusal)
	open := refused && mayBeDone(refusal)
	if refused && !open {
		// Nothing has changed.
		o.outcome.Standing = before
	}
	if refused && to == Disabled && o.outcome.Provisioned() && mayBeForProvisioned(refusal) {
		err = &ProvisionedError{Err: err}
	}
	if err != nil {
		err = o.step(doing+" user", err)
	}
	if ctx.Err() != nil {
		return err
	}
	return o.settle(ctx, to, err, open)
}

// settle reads the user until a change shows, and judges by that what became of it. err
// is what the call answered; open tells that the change may hold all the same.
func (o *operation) settle(ctx context.Context, to Standing, err error, open bool) error {
	tries := readings
	if err != nil && !open {
		tries = 1
	}
	bound, cancel := ctx, func() {}
	if to == Disabled {
		// The sessions that slipped in wait for it.
		bound, cancel = hasten(ctx)
	}
	defer cancel()
	readErr := o.await(bound, to, tries)
	switch {
	case errors.Is(readErr, ErrUserNotFound), errors.Is(readErr, ErrNotInForce) && err == nil:
		return readErr
	case err == nil && to == Disabled && ctx.Err() == nil:
		// Where the user could not be read, that is tried again after the sessions are ended.
		return nil
	case err == nil:
		return readErr
	case open && readErr == nil:
		o.report("User %s is %s all the same.", o.request.UserID, o.outcome.Standing)
		return nil
	}
	return err
}

// mayBeDone tells whether a change that failed may hold all the same: it was neither
// refused for sure nor held back.
func mayBeDone(failed *transport.Error) bool {
	status := failed.Status
	return failed.Unanswered || status == http.StatusConflict || status >= 500 || status >= 200 && status < 300
}

// mayBeForProvisioned tells whether the API may have refused to disable a user because
// the user comes from an identity provider: how it says so is not documented.
func mayBeForProvisioned(refusal *transport.Error) bool {
	switch refusal.Status {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusConflict:
		return refusal.FromService && refusal.Code != transport.CodeConcurrency
	}
	return false
}

// String returns the standing in words.
func (s Standing) String() string {
	switch s {
	case Enabled:
		return "enabled"
	case Disabled:
		return "disabled"
	}
	return "not known to be enabled or disabled"
}

// await reads the user until the standing is the wanted one, so often at most.
func (o *operation) await(ctx context.Context, want Standing, tries int) error {
	for try := 1; ; try++ {
		if err := o.read(ctx); err != nil {
			return err
		}
		if o.outcome.Standing == want {
			return nil
		}
		if try == tries {
			return o.step("reading user", ErrNotInForce)
		}
		if err := pause(ctx, try); err != nil {
			return o.step("reading user", err)
		}
	}
}

// read reads the user.
func (o *operation) read(ctx context.Context) error {
	user, receipt, err := o.client.User(ctx, o.request.IdentityStoreID, o.request.UserID)
	o.note(receipt)
	if transport.NotFound(err) {
		err = fmt.Errorf("%w: %w", ErrUserNotFound, err)
	}
	if err != nil {
		return o.step("reading user", err)
	}
	o.outcome.CreatedBy = user.CreatedBy
	o.outcome.Standing = Enabled
	if !user.Enabled {
		o.outcome.Standing = Disabled
		o.disabledAt = receipt.Date
	}
	return nil
}

// endAll lists the user's sessions and ends them until a listing holds none. So many
// times at most they are ended.
func (o *operation) endAll(ctx context.Context, times int) error {
	for n := 0; ; n++ {
		ids, err := o.list(ctx)
		if err != nil || len(ids) == 0 {
			return err
		}
		if n == times {
			return o.step("ending sessions of user", &SessionsLeftError{SessionIDs: ids, Times: times})
		}
		if n > 0 {
			// A listing may still hold what is ended.
			if err := pause(ctx, n); err != nil {
				return o.step("ending sessions of user", err)
			}
		}
		ended, err := revocation.Run(ctx, o.client, revocation.Request{
			IdentityStoreID: o.request.IdentityStoreID, UserID: o.request.UserID, SessionIDs: ids, Report: o.request.Report,
		})
		o.outcome.RequestIDs = append(o.outcome.RequestIDs, ended.RequestIDs...)
		done := ended.Revoked
		if ended.ResponseLost {
			// They were listed just now.
			done = slices.Concat(done, ended.AlreadyGone)
		}
		for _, id := range done {
			o.ended[id] = true
		}
		o.outcome.Ended, o.outcome.Left, o.outcome.Open = len(o.ended), len(ended.NotRevoked), len(ended.NotRevoked)
		if err != nil {
			return o.step("ending sessions of user", err)
		}
		o.answered["BatchDeleteSessions"] = true
	}
}

// list returns the IDs of the user's sessions.
func (o *operation) list(ctx context.Context) ([]string, error) {
	o.outcome.Left = -1
	sessions, receipt, err := o.client.ListSessions(ctx, o.request.IdentityStoreID, o.request.UserID)
	o.note(receipt)
	if err != nil {
		return nil, o.step("listing sessions of user", err)
	}
	o.answered["ListSessions"] = true
	o.outcome.Listed, o.outcome.Left, o.outcome.Open = true, len(sessions), len(sessions)
	if len(sessions) == 0 {
		o.emptyAt = receipt.Date
	}
	return revocation.IDs(sessions), nil
}

// refusedForDisabled tells whether a call on the sessions was refused only because
// the user is disabled: that may be so if the same call was answered before, or if the
// user was disabled all along.
func (o *operation) refusedForDisabled(err error) bool {
	var unlisted *revocation.UnlistedError
	if errors.As(err, &unlisted) {
		err = unlisted.ListErr
	}
	var refusal *transport.Error
	return errors.As(err, &refusal) && revocation.MayBeForDisabled(refusal) && (o.answered[refusal.Operation] || o.wasDisabled)
}

// moment is the later of when the user was seen disabled and when no session was
// listed, with the second that the server's clock leaves open.
func (o *operation) moment() time.Time {
	at := o.disabledAt
	if o.emptyAt.After(at) {
		at = o.emptyAt
	}
	if at.IsZero() {
		at = time.Now()
	}
	return at.UTC().Truncate(time.Second).Add(time.Second)
}

func (o *operation) note(receipt transport.Receipt) {
	o.outcome.RequestIDs = append(o.outcome.RequestIDs, receipt.RequestIDs...)
}

func (o *operation) step(doing string, err error) *StepError {
	return &StepError{Doing: fmt.Sprintf("%s %s of identity store %s", doing, o.request.UserID, o.request.IdentityStoreID), Err: err}
}

// failed makes the error of the whole from those of its steps; nil ones do not count.
func (o *operation) failed(errs ...error) error {
	var failed FailedError
	for _, err := range errs {
		var step *StepError
		switch {
		case err == nil:
		case errors.As(err, &step):
			failed.Steps = append(failed.Steps, step)
		default:
			failed.Steps = append(failed.Steps, o.step("keeping out user", err))
		}
	}
	if len(failed.Steps) == 0 {
		return nil
	}
	return &failed
}

func (o *operation) report(format string, args ...any) {
	if o.request.Report != nil {
		o.request.Report(transport.Printable(fmt.Sprintf(format, args...), 1000))
	}
}

// pause waits before try n+1: 0.1 seconds first, then twice as long each time.
func pause(ctx context.Context, n int) error {
	return transport.Sleep(ctx, 100*time.Millisecond<<(n-1))
}
