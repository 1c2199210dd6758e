// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
)

const cutoffStatement = `{"Version":"5.0","Statement":[{"Sid":"identitycenterCutoff001795575600","Effect":"Deny","Action":["*"],"Resource":["*"],"Condition":{"DateLessThan":{"g:TokenIssueTime":["2026-11-25T03:00:00Z"]}`

func policyOutput(arguments string) string {
	return "output \"policy\" {\n  value = provider::identitycenter::session_cutoff_policy(" + arguments + ")\n}\n"
}

func TestAccSessionCutoffPolicy(t *testing.T) {
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{Config: policyOutput(`null`), ExpectError: text(`argument must not be null`)},
			{
				Config: policyOutput(`"2026-11-25T03:00:00Z", "sts::*:assumed-agency:*/a&b", "x?"`),
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("policy",
					knownvalue.StringExact(cutoffStatement+`,"StringMatch":{"g:PrincipalUrn":["sts::*:assumed-agency:*/a&b","x?"]}}}]}`))},
			},
		},
	})
}

func TestSessionCutoffPolicy(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	for name, test := range map[string]struct {
		arguments    []string
		policy, fail string
	}{
		"UTC":              {[]string{"2026-11-25T03:00:00Z"}, cutoffStatement + `}}]}`, ""},
		"zone, rounded up": {[]string{"2026-11-25T04:59:59.5+02:00"}, cutoffStatement + `}}]}`, ""},
		"patterns": {[]string{"2026-11-25T03:00:00Z", "sts::*:assumed-agency:*/a&b", "x?"},
			cutoffStatement + `,"StringMatch":{"g:PrincipalUrn":["sts::*:assumed-agency:*/a&b","x?"]}}}]}`, ""},
		"no zone":            {[]string{"2026-11-29T09:00:00"}, "", "has no time zone or no time of day"},
		"words":              {[]string{"yesterday"}, "", "issued_before must be a time"},
		"year 9999":          {[]string{"9999-12-31T23:59:59.5Z"}, "", "issued_before must be before the year 9999"},
		"empty pattern":      {[]string{"2026-11-25T03:00:00Z", "a", ""}, "", "A pattern must not be empty"},
		"pattern with break": {[]string{"2026-11-25T03:00:00Z", "a\n"}, "", "must not have white space"},
		"pattern of a space": {[]string{"2026-11-25T03:00:00Z", "a", " "}, "", "must not have white space"},
	} {
		var arguments []*tfprotov6.DynamicValue
		for _, argument := range test.arguments {
			arguments = append(arguments, dynamic(t, stringValue(argument)))
		}
		response, err := server.CallFunction(t.Context(), &tfprotov6.CallFunctionRequest{Name: "session_cutoff_policy", Arguments: arguments})
		if err != nil {
			t.Fatal(err)
		}
		if test.fail != "" {
			if response.Error == nil || missingText(response.Error.Text, test.fail) != "" {
				t.Errorf("%s: %+v", name, response.Error)
			}
			continue
		}
		var policy string
		if value, err := response.Result.Unmarshal(tftypes.String); err != nil || value.As(&policy) != nil || policy != test.policy {
			t.Errorf("%s: %v, %+v\n%s", name, err, response.Error, policy)
		}
	}
}
