// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// dependentAction is the permission that every call on users and instances needs besides its
// own (API reference, table of actions).
const dependentAction = "organizations:delegatedAdministrators:list"

const (
	applyOrAskSupport = "Apply again. If that does not help, ask Huawei Cloud support and name the request ID."
	checkFederation   = "Check idp_id in assume_role_with_oidc. Check that the ID token is from that identity provider, for its audience, and not expired."
)

// proxyVariables select the proxy (net/http).
var proxyVariables = []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"}

// setProxyVariables lists the proxy variables that are set, "" for none.
func setProxyVariables() string {
	unset := func(name string) bool { return os.Getenv(name) == "" }
	return strings.Join(slices.DeleteFunc(slices.Clone(proxyVariables), unset), ", ")
}

// checkEndpointAfter appends checkEndpoint to a text.
func checkEndpointAfter(text string) func(failedCall) string {
	return func(f failedCall) string { return text + " " + checkEndpoint(f) }
}

// checkEndpoint names the arguments and variables that set the endpoint of a call.
func checkEndpoint(f failedCall) string {
	text := fmt.Sprintf("Check endpoints.%s in the provider block, or region and cloud if it is not set.", f.call.Service)
	if set := setProxyVariables(); set != "" {
		text += " Check also the proxy variables of the environment: " + set + "."
	}
	return text
}

func checkProxy(failedCall) string {
	return fmt.Sprintf("Check the proxy variables of the environment: %s. To reach an endpoint without a proxy, add its host to NO_PROXY.",
		cmp.Or(setProxyVariables(), strings.Join(proxyVariables, ", ")))
}

func waitLonger(f failedCall) string {
	return "There is not enough time left for the wait that the API asks for" + namedLimit(f.call) + ". Apply again after that wait, or raise the timeouts."
}

func throttledCause(f failedCall) string {
	return "The account has used up its calls" + namedLimit(f.call) + ", which includes the calls of others in the account."
}

// namedLimit returns the limit that a 429 names in parentheses, "" for none.
func namedLimit(call *transport.Error) string {
	limit := transport.NamedLimit(call.Message)
	if limit.Calls == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d in %s)", limit.Calls, limit.Window)
}

func clockCause(f failedCall) string {
	return "The clock of this machine is " + clockOffset(f.call.ClockDifference) + "."
}

// clockOffset describes the local clock. d is the server's clock minus the local one, 0 if
// it is not known.
func clockOffset(d time.Duration) string {
	switch {
	case d > 0:
		return d.String() + " behind the server's"
	case d < 0:
		return (-d).String() + " ahead of the server's"
	}
	return "more than 15 minutes off"
}

func rejectedKeyCause(f failedCall) string {
	text := "The access key, its secret key or its security token is wrong, expired, or of another cloud."
	if f.call.ClockDifference.Abs() > 10*time.Minute {
		text += " Or the clock is the cause: it is " + clockOffset(f.call.ClockDifference) + "."
	}
	return text
}

func rejectedKeyNextStep(f failedCall) string {
	sent := "It is not sent again in this run"
	if f.call.NotSent {
		sent = "It was rejected before in this run and was not sent again"
	}
	return "Check the access key. " + sent + ": five failures in a row lock it for five minutes."
}

// allowAction is the next step for a call that no policy allows.
func allowAction(f failedCall) string {
	return fmt.Sprintf("Allow %s and %s in the caller's identity policy. Its account must be the management account or a delegated administrator.",
		actionOf(f.call), dependentAction)
}

// checkPermissions is the next step for a 403 whose cause is not known.
func checkPermissions(f failedCall) string {
	return "Check the usual causes:\n" +
		"  - The caller's account is neither the management account of the organization\n    nor a delegated administrator account of IAM Identity Center.\n" +
		"  - The caller's identity policy lacks " + actionOf(f.call) + "\n    or " + dependentAction + ".\n" +
		"  - The identity store is in another region than the provider's."
}

// actionOf returns the permission that a call needs.
func actionOf(call *transport.Error) string {
	return cmp.Or(call.Permission, "the action of "+call.Operation)
}

// checkAgency is the next step for a refusal to return the credentials of an agency.
func checkAgency(f failedCall) string {
	action := actionOf(f.call)
	if f.call.Permission == "iam:agencies:assume" {
		action += "\n    (the system-defined role Agent Operator has it)"
	}
	return "Check the usual causes:\n" +
		"  - agency_name, domain_id or domain_name is not that of the agency.\n" +
		"  - The agency does not trust the account of the caller.\n" +
		"  - The caller's identity policy lacks " + action + ".\n" +
		"  - duration is longer than the agency allows."
}

const checkPermissionSet = "Correct permission_set_id. If the permission set was deleted, remove its cutoff from the configuration."

// finders are the data sources that return the value of an attribute.
var finders = map[string]string{
	"identity_store_id": "data.identitycenter_instance",
	"instance_id":       "data.identitycenter_instance",
	"user_id":           "data.identitycenter_user",
	"group_id":          "data.identitycenter_group",
	"group_ids":         "data.identitycenter_group",
	"except_group_ids":  "data.identitycenter_group",
	"user_ids":          "data.identitycenter_users",
	"user_names":        "data.identitycenter_users",
	"except_user_ids":   "data.identitycenter_users",
	"permission_set_id": "data.identitycenter_user_access",
	"session_ids":       "data.identitycenter_user_sessions",
}

// checkAttributes names the attributes that a refusal may be about, with the data sources
// that return their values.
func checkAttributes(f failedCall) string {
	if len(f.attributes) == 0 {
		return checkEndpoint(f)
	}
	var sources []string
	for _, name := range f.attributes {
		if source := finders[name]; source != "" {
			sources = append(sources, fmt.Sprintf("%s (%s)", source, name))
		}
	}
	text := "Check " + enumerate(f.attributes) + "."
	if len(sources) > 0 {
		text += " Data sources that return them: " + enumerate(sources) + "."
	}
	return text
}

// enumerate lists names in a sentence.
func enumerate(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
