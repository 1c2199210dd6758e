// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package cutoff

import (
	"errors"
	"fmt"
	"strings"
)

// maxAccountsNamed limits the accounts that an error lists.
const maxAccountsNamed = 10

// ErrNoStatementID is returned for a statement without a Sid, which belongs to another
// client.
var ErrNoStatementID = errors.New("the Sid of the statement is not known")

// UnsupportedPolicyError means that the custom policy cannot be edited.
type UnsupportedPolicyError struct {
	// Reason is what is wrong with the policy, as the end of a sentence that begins with
	// "it".
	Reason string
}

func (e *UnsupportedPolicyError) Error() string {
	return "the custom policy of the permission set is not a policy of version " + policyVersion + ": it " + e.Reason
}

// Explain says why the policy cannot be edited, and what to do.
func (e *UnsupportedPolicyError) Explain() (summary, text string) {
	return "The custom policy is not of version " + policyVersion, e.Error() + ".\n\nOnly version " + policyVersion +
		" has the condition that a session cutoff needs. Correct or remove the policy first."
}

// OldPoliciesError means that a permission set has old policies, which a put of a custom
// policy may delete.
type OldPoliciesError struct {
	// CustomRole is true if there is a custom role. ManagedRoles are the names of the
	// system-defined roles.
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

// Explain lists the old policies and the next step.
func (e *OldPoliciesError) Explain() (summary, text string) {
	return "The permission set has old policies", e.Error() + ".\n\n" + useServiceControlPolicy("Move it to identity policies")
}

// TooLongError means that the policy would exceed the length limit.
type TooLongError struct {
	// Length is the length with the statement, in characters.
	Length int
}

func (e *TooLongError) Error() string {
	return fmt.Sprintf("with the statement the custom policy would have %d characters; the limit is %d", e.Length, maxPolicyLength)
}

// Explain says how long the policy would be, and what to do.
func (e *TooLongError) Explain() (summary, text string) {
	return "The policy has no room for the statement", e.Error() + ".\n\n" + useServiceControlPolicy("Shorten the custom policy")
}

func useServiceControlPolicy(first string) string {
	return first + ", or deny with a service control policy instead: see the function session_cutoff_policy."
}

// NotKeptError means that the API accepted the policy and does not return the change.
type NotKeptError struct {
	// Attempts is how often the policy was changed.
	Attempts int
}

func (e *NotKeptError) Error() string {
	if e.Attempts == 1 {
		return "the API accepted the policy, but still returns the old one"
	}
	return fmt.Sprintf("the policy was changed %d times, and another client reverted it each time", e.Attempts)
}

// Explain returns the likely reason and the next step.
func (e *NotKeptError) Explain() (summary, text string) {
	return "The policy does not keep the change", e.Error() + ".\n\nAnother client may write this policy. Stop it, and apply again."
}

// BusyPolicyError means that another client keeps changing the policy.
type BusyPolicyError struct {
	// Edits is how often the policy had changed between two reads.
	Edits int
}

func (e *BusyPolicyError) Error() string {
	return fmt.Sprintf("another client changed the policy %d times meanwhile", e.Edits)
}

// Explain says what to do.
func (e *BusyPolicyError) Explain() (summary, text string) {
	return "The policy keeps changing", e.Error() + ", so it could not be changed without losing an edit.\n\nStop the other changes of this policy, and apply again."
}

// ProvisioningError means that a changed policy did not reach every account.
type ProvisioningError struct {
	RequestID string
	// Reason is the failure reason of the API; "" for none.
	Reason string
	// Accounts do not have the latest policy. It is empty if they could not be listed;
	// ListErr is then the reason.
	Accounts []string
	ListErr  error
	// Total is the number of accounts of the permission set; 0 if unknown.
	Total int
}

func (e *ProvisioningError) Error() string {
	reason := ""
	if e.Reason != "" {
		reason = ": " + e.Reason
	}
	return fmt.Sprintf("provisioning %s of the permission set failed%s", e.RequestID, reason)
}

// Explain says how many accounts have the policy, which do not, and what to do.
func (e *ProvisioningError) Explain() (summary, text string) {
	var b strings.Builder
	b.WriteString(strings.TrimSuffix(e.Error(), ".") + ".\n\n")
	switch {
	case e.ListErr != nil:
		fmt.Fprintf(&b, "The accounts without the latest policy could not be listed: %s\n\n", e.ListErr)
	case len(e.Accounts) == 0:
		b.WriteString("No account is listed without the latest policy.\n\n")
	default:
		if e.Total >= len(e.Accounts) {
			fmt.Fprintf(&b, "%d of %d accounts have the latest policy. ", e.Total-len(e.Accounts), e.Total)
		}
		named := e.Accounts[:min(len(e.Accounts), maxAccountsNamed)]
		fmt.Fprintf(&b, "Accounts without it (%d):\n\n  %s", len(e.Accounts), strings.Join(named, "\n  "))
		if more := len(e.Accounts) - len(named); more > 0 {
			fmt.Fprintf(&b, "\n  and %d more", more)
		}
		b.WriteString("\n\n")
	}
	b.WriteString("Apply again. If an account can never be provisioned, for example because it is closed, remove the assignments of the permission set in it " +
		"and apply again, or remove the cutoff from the state with a removed block.")
	return "Provisioning failed", b.String()
}
