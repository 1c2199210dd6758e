// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
)

func policyOutput(arguments string) string {
	return "output \"policy\" {\n  value = provider::identitycenter::session_cutoff_policy(" + arguments + ")\n}\n"
}

func TestAccSessionCutoffPolicy(t *testing.T) {
	step := func(arguments, want string) resource.TestStep {
		return resource.TestStep{
			Config:            policyOutput(arguments),
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("policy", knownvalue.StringExact(want))},
		}
	}
	const statement = `{"Version":"5.0","Statement":[{"Sid":"identitycenterCutoff001795575600","Effect":"Deny","Action":["*"],"Resource":["*"],"Condition":{"DateLessThan":{"g:TokenIssueTime":["2026-11-25T03:00:00Z"]}`
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			step(`"2026-11-25T03:00:00Z"`, statement+`}}]}`),
			// The same time in another zone, rounded up.
			step(`"2026-11-25T04:59:59.5+02:00"`, statement+`}}]}`),
			step(`"2026-11-25T03:00:00Z", "sts::*:assumed-agency:*/a&b", "x?"`, statement+`,"StringMatch":{"g:PrincipalUrn":["sts::*:assumed-agency:*/a&b","x?"]}}}]}`),
			{Config: policyOutput(`"2026-11-29T09:00:00"`), ExpectError: text(`has no time zone or no time of day`)},
			{Config: policyOutput(`"yesterday"`), ExpectError: text(`issued_before must be a time`)},
			{Config: policyOutput(`"9999-12-31T23:59:59.5Z"`), ExpectError: text(`issued_before must be before the year 9999`)},
			{Config: policyOutput(`"2026-11-25T03:00:00Z", "a", ""`), ExpectError: text(`A pattern must not be empty`)},
			{Config: policyOutput(`"2026-11-25T03:00:00Z", "a\n"`), ExpectError: text(`must not have white space`)},
			{Config: policyOutput(`"2026-11-25T03:00:00Z", "a", " "`), ExpectError: text(`must not have white space`)},
			{Config: policyOutput(`null`), ExpectError: text(`argument must not be null`)},
		},
	})
}
