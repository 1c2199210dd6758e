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

// SurvivorsError names the sessions that the last listing still showed when the
// verification ended.
type SurvivorsError struct {
	SessionIDs []string
	// Err is why the verification ended.
	Err error
}

// Error names the survivors.
func (e *SurvivorsError) Error() string {
	return fmt.Sprintf("%s still listed after the API accepted their revocation: %s (%s)",
		Count(len(e.SessionIDs)), Names(e.SessionIDs), e.Err)
}

func (e *SurvivorsError) Unwrap() error { return e.Err }

// UnlistedError is the API's refusal of a batch that may have named a session that is already
// gone, if the listing that would have shown it failed too.
type UnlistedError struct {
	// Err is the refusal of the batch, which stands.
	Err error
	// ListErr is why the user's sessions could not be listed.
	ListErr error
}

// Error returns the refusal and what was tried.
func (e *UnlistedError) Error() string {
	return fmt.Sprintf("%s; to see whether a session was already gone, the user's sessions were listed, which failed: %s", e.Err, e.ListErr)
}

// Unwrap returns both errors, the refusal first.
func (e *UnlistedError) Unwrap() []error { return []error{e.Err, e.ListErr} }

// VerificationError says that the sessions were revoked but could not be listed to verify
// it.
type VerificationError struct {
	Err error
}

// Error returns why the listing failed.
func (e *VerificationError) Error() string {
	return fmt.Sprintf("the revocation was accepted, but verifying it failed: %s", e.Err)
}

func (e *VerificationError) Unwrap() error { return e.Err }

// IncompleteListError says that listings went on to show sessions that began before the first
// one and were not in it, so that it is not known whether all sessions were ended.
type IncompleteListError struct {
	// SessionIDs are those that the last listing showed. They were not ended.
	SessionIDs []string
	// Listings is how many listings showed such sessions.
	Listings int
}

// Error names the sessions.
func (e *IncompleteListError) Error() string {
	return fmt.Sprintf("the list of sessions is not complete: each of %d listings showed sessions that began before the first listing and were not in it, the last %s (%s)",
		e.Listings, Count(len(e.SessionIDs)), Names(e.SessionIDs))
}

// Explain says that sessions outlived their revocation, and what to do.
func (e *SurvivorsError) Explain() (summary, text string) {
	return "Sessions are still alive after their revocation", e.Error() + "\n\n" +
		"Raise the timeout if the API is just slow, and apply again. If the sessions stay, ask Huawei Cloud support and name the request IDs."
}

// Explain says which call failed, which is not the one that ends sessions.
func (e *VerificationError) Explain() (summary, text string) {
	return "", "The API accepted the revocation, but listing the sessions to verify it failed, as follows."
}

// Explain says why the sessions were listed, and that this failed too.
func (e *UnlistedError) Explain() (summary, text string) {
	return "", "The API may have refused because a session is already gone. To find out, the user's sessions were listed, which failed too: " + e.ListErr.Error()
}

// Explain says that the sessions may not be all, and what to do.
func (e *IncompleteListError) Explain() (summary, text string) {
	return "The list of sessions is not complete", e.Error() + ".\n\nApply again to end the rest. Disable the user if new sessions keep coming."
}

// RefusedListing reports whether the sessions of a user could not be listed before any was
// ended, with one of the answers that a disabled user may get. What is not known of
// sessions that were to be ended is a failure.
func RefusedListing(err error) bool {
	var refusal *transport.Error
	var rejected *UnlistedError
	var unverified *VerificationError
	var survivors *SurvivorsError
	return errors.As(err, &refusal) && refusal.Operation == "ListSessions" && MayBeForDisabled(refusal) &&
		!errors.As(err, &rejected) && !errors.As(err, &unverified) && !errors.As(err, &survivors)
}

// MayBeForDisabled reports whether a refusal of a call on sessions is one that the API may
// give because the user is disabled. It is not documented how it says so: a 400, 404 or
// 409 with a code of the service is taken for it.
func MayBeForDisabled(refusal *transport.Error) bool {
	switch refusal.Status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusConflict:
		return refusal.FromService
	}
	return false
}

// namesSessions reports whether a refusal may mean that a session is already gone:
// a 404, or a 400 that speaks of the sessions. It is not documented which.
func namesSessions(err error, sessionIDs []string) bool {
	var refusal *transport.Error
	if !errors.As(err, &refusal) {
		return false
	}
	return refusal.NotFound() || refusal.Status == http.StatusBadRequest &&
		(strings.Contains(strings.ToLower(refusal.Message), "session") ||
			slices.ContainsFunc(sessionIDs, func(id string) bool { return strings.Contains(refusal.Message, id) }))
}
