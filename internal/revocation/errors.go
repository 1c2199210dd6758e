// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package revocation

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// SurvivorsError lists the sessions that the last listing of a verification still showed.
type SurvivorsError struct {
	SessionIDs []string
	// Err is why the verification ended.
	Err error
}

func (e *SurvivorsError) Error() string {
	return fmt.Sprintf("%s still listed after the API accepted their revocation: %s (%s)",
		Count(len(e.SessionIDs)), Names(e.SessionIDs), e.Err)
}

func (e *SurvivorsError) Unwrap() error { return e.Err }

// UnlistedError is the API's refusal of a batch that may contain a session that is already
// gone, if listing the sessions failed too.
type UnlistedError struct {
	// Err is the refusal of the batch.
	Err error
	// ListErr is why the user's sessions could not be listed.
	ListErr error
}

func (e *UnlistedError) Error() string {
	return fmt.Sprintf("%s; to see whether a session was already gone, the user's sessions were listed, which failed: %s", e.Err, e.ListErr)
}

func (e *UnlistedError) Unwrap() []error { return []error{e.Err, e.ListErr} }

// VerificationError means that the sessions were revoked, and that listing them for the
// verification failed.
type VerificationError struct {
	Err error
}

func (e *VerificationError) Error() string {
	return fmt.Sprintf("the revocation was accepted, but verifying it failed: %s", e.Err)
}

func (e *VerificationError) Unwrap() error { return e.Err }

// IncompleteListError means that later listings showed sessions that began before the first
// listing and were not in it, and may still not be complete. SessionIDs are such sessions.
type IncompleteListError struct{ SessionIDs []string }

func (e *IncompleteListError) Error() string {
	return fmt.Sprintf("the list of sessions is not complete: later listings showed %s from before the first listing that it lacked, and there may be more (%s)",
		Count(len(e.SessionIDs)), Names(e.SessionIDs))
}

// Explain returns the summary and the next step.
func (e *SurvivorsError) Explain() (summary, text string) {
	return "Sessions are still alive after their revocation", e.Error() + "\n\n" +
		"Raise the timeout if the API is just slow, and apply again. If the sessions stay, ask Huawei Cloud support and name the request IDs."
}

// Explain says that the listing failed, not the revocation.
func (e *VerificationError) Explain() (summary, text string) {
	return "", "The API accepted the revocation, but listing the sessions to verify it failed, as follows."
}

// Explain says why the sessions were listed, and that the listing failed.
func (e *UnlistedError) Explain() (summary, text string) {
	return "", "The API may have refused because a session is already gone. To find out, the user's sessions were listed, which failed too: " + e.ListErr.Error()
}

// Explain says that sessions may be missing, and what to do.
func (e *IncompleteListError) Explain() (summary, text string) {
	return "The list of sessions is not complete", e.Error() + ".\n\nApply again to end the rest. If that fails again, use all_sessions = true or disable the user."
}

// RefusedListing reports whether the API refused the first listing of the sessions with an error
// that it may return for a disabled user.
func RefusedListing(err error) bool {
	var refusal *transport.Error
	var rejected *UnlistedError
	var unverified *VerificationError
	var survivors *SurvivorsError
	return errors.As(err, &refusal) && refusal.Operation == "ListSessions" && MayBeForDisabled(refusal) &&
		!errors.As(err, &rejected) && !errors.As(err, &unverified) && !errors.As(err, &survivors)
}

// MayBeForDisabled reports whether the API may have refused a call on sessions because the
// user is disabled: a 400, 404 or 409 of the service (API-FACTS.md, disable-sessions-listed).
func MayBeForDisabled(refusal *transport.Error) bool {
	switch refusal.Status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusConflict:
		return refusal.FromService
	}
	return false
}

// namesSessions reports whether a refusal may mean that a session is already gone: a 404, or
// a 400 whose message mentions sessions (API-FACTS.md, gone-session).
func namesSessions(err error, sessionIDs []string) bool {
	var refusal *transport.Error
	if !errors.As(err, &refusal) {
		return false
	}
	return refusal.NotFound() || refusal.Status == http.StatusBadRequest &&
		(strings.Contains(strings.ToLower(refusal.Message), "session") ||
			slices.ContainsFunc(sessionIDs, func(id string) bool { return strings.Contains(refusal.Message, id) }))
}
