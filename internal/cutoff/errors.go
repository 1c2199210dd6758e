// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package cutoff

import (
	"fmt"
	"strings"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
)

// PolicyError means that the custom policy cannot be read or changed as required.
type PolicyError struct {
	// Summary is the outcome, Reason the cause without a period, and Next the next step.
	Summary, Reason, Next string
}

func (e *PolicyError) Error() string { return e.Reason }

// Explain returns the summary, and the reason with the next step.
func (e *PolicyError) Explain() (summary, text string) { return e.Summary, e.Reason + ".\n\n" + e.Next }

// unsupported is the error for a string that is not a policy of version 5.0. fault is the end
// of a sentence that begins with "it".
func unsupported(fault string) error {
	return &PolicyError{
		"The custom policy is not of version " + policyVersion,
		"the custom policy of the permission set is not a policy of version " + policyVersion + ": it " + fault,
		"Only version " + policyVersion + " has the condition that a session cutoff needs. Correct or remove the policy first.",
	}
}

// notKept is the error for an accepted policy that the API does not return.
func notKept(reason string) error {
	return &PolicyError{"The policy does not keep the change", reason, "Another client may write this policy. Stop it, and apply again."}
}

// ProvisioningError means that a changed policy did not reach every account.
type ProvisioningError struct {
	RequestID string
	// Reason is why it failed.
	Reason string
	// Accounts do not have the latest policy. It is empty if they could not be listed;
	// ListErr is then the reason.
	Accounts []string
	ListErr  error
	// Total is the number of accounts of the permission set; 0 if unknown.
	Total int
}

func (e *ProvisioningError) Error() string {
	return fmt.Sprintf("provisioning %s of the permission set failed: %s", e.RequestID, e.Reason)
}

// Explain says how many accounts have the policy, which do not, and what to do.
func (e *ProvisioningError) Explain() (summary, text string) {
	accounts := "No account is listed without the latest policy."
	switch {
	case e.ListErr != nil:
		accounts = fmt.Sprintf("The accounts without the latest policy could not be listed: %s", e.ListErr)
	case len(e.Accounts) > 0:
		accounts = fmt.Sprintf("Accounts without the latest policy (%d): %s.", len(e.Accounts), revocation.Names(e.Accounts))
		if e.Total >= len(e.Accounts) {
			accounts = fmt.Sprintf("%d of %d accounts have the latest policy. ", e.Total-len(e.Accounts), e.Total) + accounts
		}
	}
	return "Provisioning failed", strings.TrimSuffix(e.Error(), ".") + ".\n\n" + accounts +
		"\n\nApply again. A closed account can never be provisioned: remove the assignments of the permission set in it, and apply again. " +
		"Or remove the cutoff from the state with a removed block."
}
