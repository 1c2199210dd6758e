// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package cutoff

import (
	"fmt"
	"strings"
)

// mostAccountsNamed is how many accounts an error names one by one.
const mostAccountsNamed = 50

// Explain says why a text is not touched, and what to do.
func (e *UnsupportedPolicyError) Explain() (summary, text string) {
	return "The custom policy is not of version " + policyVersion, e.Error() + ".\n\nOnly a policy of version " + policyVersion +
		" knows the condition that a cutoff needs, and a text that is not understood is not touched. Correct or remove the policy first."
}

// Explain says which policies there are, and what to do instead.
func (e *OldPoliciesError) Explain() (summary, text string) {
	return "The permission set has policies of the old kind", e.Error() +
		".\n\nMove it to identity policies first, or deny with a service control policy instead: see the function session_cutoff_policy."
}

// Explain says how long the policy would be, and what to do instead.
func (e *TooLongError) Explain() (summary, text string) {
	return "The policy has no room for the statement", e.Error() +
		".\n\nShorten the custom policy, or deny with a service control policy instead: see the function session_cutoff_policy."
}

// Explain says what may be the reason, and what to do.
func (e *NotKeptError) Explain() (summary, text string) {
	return "The policy does not keep the change", e.Error() + ".\n\nSomething else seems to write this policy all the time. Stop it, and apply again."
}

// Explain names the accounts that the provisioning did not reach.
func (e *ProvisioningError) Explain() (summary, text string) {
	text = e.Error() + ".\n\n"
	switch {
	case e.ListErr != nil:
		text += "Which accounts have not the latest policy could not be listed: " + e.ListErr.Error()
	case len(e.Accounts) == 0:
		text += "No account is listed as lacking the latest policy."
	default:
		named := e.Accounts[:min(len(e.Accounts), mostAccountsNamed)]
		text += fmt.Sprintf("Accounts that have not the latest policy (%d):\n\n  %s", len(e.Accounts), strings.Join(named, "\n  "))
		if more := len(e.Accounts) - len(named); more > 0 {
			text += fmt.Sprintf("\n  and %d more", more)
		}
	}
	return "Provisioning failed", text
}
