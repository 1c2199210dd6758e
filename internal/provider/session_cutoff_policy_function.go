// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/cutoff"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

var _ function.Function = sessionCutoffPolicyFunction{}

// sessionCutoffPolicyFunction writes the statement of a session cutoff for a policy
// that this provider does not manage.
type sessionCutoffPolicyFunction struct{}

func (sessionCutoffPolicyFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "session_cutoff_policy"
}

func (sessionCutoffPolicyFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "A policy that denies everything to temporary credentials issued before a moment",
		MarkdownDescription: "Returns a policy of version 5.0, as JSON, that denies every action to temporary credentials which were issued before a moment: " +
			"the statement of `identitycenter_permission_set_session_cutoff`, for a service control policy of the organization or a policy of your own. It makes no request. " +
			"The same arguments give the same text.",
		Parameters: []function.Parameter{
			function.StringParameter{
				Name:                "issued_before",
				MarkdownDescription: "The moment (RFC 3339), such as `identitycenter_user_lock.intruder.locked_at`. It is rounded up to the second.",
			},
		},
		VariadicParameter: function.StringParameter{
			Name: "principal_urn_patterns",
			MarkdownDescription: "Patterns of principal URNs, for the condition key `g:PrincipalUrn`: the policy then denies only principals that match one of them. " +
				"`*` stands for any characters, `?` for one; upper and lower case differ. Without a pattern it denies all.",
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
	moment, err := time.Parse(time.RFC3339, issuedBefore)
	if err != nil || cutoff.RoundUp(moment).Year() > 9999 {
		resp.Error = function.NewArgumentFuncError(0, fmt.Sprintf("issued_before must be a time such as 2026-11-25T03:00:00Z (RFC 3339); it is %q", transport.Printable(issuedBefore, longestShown)))
		return
	}
	for i, pattern := range patterns {
		// The CLI ends the sentence.
		switch {
		case pattern == "":
			resp.Error = function.NewArgumentFuncError(int64(i)+1, "A pattern is empty, which matches no principal: the policy would not deny what it seems to. Leave it out to deny all")
			return
		case strings.TrimSpace(pattern) != pattern || strings.ContainsFunc(pattern, unicode.IsControl):
			resp.Error = function.NewArgumentFuncError(int64(i)+1, fmt.Sprintf("A pattern has white space around it or a control character, and so matches no principal: the policy would not deny what it seems to. "+
				"It is %q; trimspace() takes what a file ends with away", transport.Printable(pattern, longestShown)))
			return
		}
	}
	resp.Error = resp.Result.Set(ctx, cutoff.Policy(moment, patterns...))
}
