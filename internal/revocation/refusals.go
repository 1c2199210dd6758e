// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package revocation

import (
	"errors"
	"net/http"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// RefusedListing tells whether the sessions of a user could not be listed before any was
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

// MayBeForDisabled tells whether a refusal of a call on sessions is one that the API may
// give because the user is disabled. It is not documented how it says so: a 400, 404 or
// 409 with a code of the service is taken for it.
func MayBeForDisabled(refusal *transport.Error) bool {
	switch refusal.Status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusConflict:
		return refusal.FromService
	}
	return false
}
