// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
)

// sessionsOf says whose sessions a revocation is about.
func sessionsOf(request revocation.Request) string {
	return fmt.Sprintf("sessions of user %s in identity store %s", request.UserID, request.IdentityStoreID)
}

// mostNamed is how many sessions an error names one by one.
const mostNamed = 1000

// done says how far a revocation got that failed.
func done(request revocation.Request, outcome revocation.Outcome) string {
	if request.All && len(outcome.Revoked)+len(outcome.NotRevoked) == 0 {
		return "No session was ended. How many there are is not known."
	}
	text := fmt.Sprintf("Ended before the failure: %s. Not ended, or not known to be: %s", revocation.Count(len(outcome.Revoked)), revocation.Count(len(outcome.NotRevoked)))
	if len(outcome.NotRevoked) == 0 {
		return text + "."
	}
	named := outcome.NotRevoked[:min(len(outcome.NotRevoked), mostNamed)]
	text += ":\n\n  " + strings.Join(named, "\n  ")
	if more := len(outcome.NotRevoked) - len(named); more > 0 {
		text += fmt.Sprintf("\n  and %d more", more)
	}
	return text
}

// addEmptyWarning says that there was nothing to do.
func addEmptyWarning(diags *diag.Diagnostics, given path.Path, request revocation.Request) {
	diags.AddAttributeWarning(given, "No session was revoked",
		fmt.Sprintf("%s is empty. No call was made, and no session of user %s was ended.", given, request.UserID))
}

// addGoneWarning names the sessions that were gone before, which a reader who
// mistyped an ID may not expect.
func addGoneWarning(diags *diag.Diagnostics, given path.Path, request revocation.Request, outcome revocation.Outcome) {
	if request.All || len(outcome.AlreadyGone) == 0 {
		return
	}
	diags.AddAttributeWarning(given, "Sessions were already gone",
		fmt.Sprintf("Of %s to end, the API does not know these %d. They ended before, were ended by a call whose answer was lost, or never were sessions of user %s:\n\n  %s",
			revocation.Count(len(outcome.Revoked)), len(outcome.AlreadyGone), request.UserID, strings.Join(outcome.AlreadyGone, "\n  ")))
}
