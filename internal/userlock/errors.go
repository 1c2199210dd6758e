// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package userlock

import (
	"errors"
	"fmt"
	"strings"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
)

// ErrUserNotFound is wrapped by the error for a user, or an identity store, that does not
// exist.
var ErrUserNotFound = errors.New("no such user in this identity store")

// ErrNotInForce is wrapped by the error for a user who is read in the old status although
// the API accepted the change.
var ErrNotInForce error = notInForceError{}

// errNotAnswered is wrapped by the error of a request to change the user whose outcome is not
// known.
var errNotAnswered = errors.New("the outcome is not known")

// errDisableDeadline ends the steps that delay disabling the user.
var errDisableDeadline = errors.New("the time that may pass before the user is disabled is over")

type notInForceError struct{}

func (notInForceError) Error() string {
	return "the API accepted the change, but reading the user does not show it"
}

// Explain returns the likely reason and the next step.
func (e notInForceError) Explain() (summary, text string) {
	return "The change of the user does not show", e.Error() + ". An administrator, another pipeline or the identity provider may have changed the user back. Stop that, and apply again."
}

// StepError is a failed step of an operation.
type StepError struct {
	// Doing describes the step, for example "disabling the user".
	Doing string
	Err   error
}

func step(doing string, err error) *StepError { return &StepError{Doing: doing, Err: err} }

func (e *StepError) Error() string { return e.Doing + " failed: " + e.Err.Error() }

func (e *StepError) Unwrap() error { return e.Err }

// FailedError lists the steps that failed, the most important one first. It has at least
// one.
type FailedError struct {
	Steps []*StepError
}

func (e *FailedError) Error() string {
	return strings.ReplaceAll(errors.Join(e.Unwrap()...).Error(), "\n", "; ")
}

func (e *FailedError) Unwrap() []error {
	errs := make([]error, len(e.Steps))
	for i, step := range e.Steps {
		errs[i] = step
	}
	return errs
}

// failed joins the errors of steps; nil errors are left out. It returns nil without any.
func failed(errs ...error) error {
	var all FailedError
	for _, err := range errs {
		var several *FailedError
		var one *StepError
		switch {
		case errors.As(err, &several):
			all.Steps = append(all.Steps, several.Steps...)
		case errors.As(err, &one):
			all.Steps = append(all.Steps, one)
		case err != nil:
			all.Steps = append(all.Steps, step("the operation", err))
		}
	}
	if len(all.Steps) == 0 {
		return nil
	}
	return &all
}

// SessionsLeftError lists sessions that the API still lists after they were ended
// repeatedly.
type SessionsLeftError struct {
	SessionIDs []string
	Times      int
}

func (e *SessionsLeftError) Error() string {
	return fmt.Sprintf("%s listed after all were ended %d times: %s", revocation.Count(len(e.SessionIDs)), e.Times, revocation.Names(e.SessionIDs))
}

// Explain returns what is left and the next step.
func (e *SessionsLeftError) Explain() (summary, text string) {
	return "Sessions are left", e.Error() + ".\n\nApply again. If they stay, ask Huawei Cloud support and name the request IDs."
}

// ProvisionedError is a refusal to disable a user whom an identity provider manages.
type ProvisionedError struct{ Err error }

func (e *ProvisionedError) Error() string { return e.Err.Error() }

func (e *ProvisionedError) Unwrap() error { return e.Err }

// Explain returns the likely reason and the next step; the summary is that of the refusal.
func (e *ProvisionedError) Explain() (summary, text string) {
	return "", "The user was created by SCIM, which may be why the API refuses. Disable the user in the identity provider."
}
