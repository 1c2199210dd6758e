// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/cutoff"
)

var _ function.Function = sessionCutoffPolicyFunction{}

// sessionCutoffPolicyFunction returns a policy with the statement of a session cutoff.
type sessionCutoffPolicyFunction struct{}

func (sessionCutoffPolicyFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "session_cutoff_policy"
}

func (sessionCutoffPolicyFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "A policy that denies temporary credentials issued before a time",
		MarkdownDescription: "Returns a version 5.0 policy, as JSON, that denies every action to temporary credentials issued before a time. " +
			"It has the statement of `identitycenter_permission_set_session_cutoff`.",
		Parameters: []function.Parameter{
			function.StringParameter{
				Name:                "issued_before",
				MarkdownDescription: "The cutoff time (RFC 3339), rounded up to the second.",
			},
		},
		VariadicParameter: function.StringParameter{
			Name: "principal_urn_patterns",
			MarkdownDescription: "Denies only principals whose URN (`g:PrincipalUrn`) matches one of these patterns, by default all. " +
				"`*` stands for any characters and `?` for one; case matters.",
		},
		Return: function.StringReturn{},
	}
}

func (sessionCutoffPolicyFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var issuedBefore string
	var patterns []string
	if resp.Error = req.Arguments.Get(ctx, &issuedBefore, &patterns); resp.Error != nil {
		return
	}
	cutoffTime, fault := parseTime(issuedBefore)
	if fault != "" {
		resp.Error = function.NewArgumentFuncError(0, "issued_before "+fault+". The value: "+showValue(issuedBefore))
		return
	}
	for i, pattern := range patterns {
		// Terraform adds the period.
		if pattern == "" || strings.TrimSpace(pattern) != pattern || strings.ContainsFunc(pattern, unicode.IsControl) {
			resp.Error = function.NewArgumentFuncError(int64(i)+1, fmt.Sprintf("A pattern must not be empty, and must not have white space around it or control characters: "+
				"it would match no principal. The value: %s. Omit it to deny all principals", showValue(pattern)))
			return
		}
	}
	resp.Error = resp.Result.Set(ctx, cutoff.Policy(cutoffTime, patterns...))
}
