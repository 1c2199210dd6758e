// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// printable returns the cause, the facts and the next step.
func (c errorClass) printable() string {
	return transport.PrintableLines(paragraphs(c.why(), c.detail("")), maxDetail)
}

// why returns the circumstances and the cause of an error; "" if there are none.
func (c errorClass) why() string {
	texts := []string{capital(c.explanation)}
	switch {
	case errors.Is(c.err, context.Canceled):
		texts = append(texts, "The run was interrupted.")
	case c.timeout != nil:
		texts = append(texts, capital(c.timeout.Error())+".")
	}
	if c.call.Unanswered && isChange(c.call) {
		texts = append(texts, "The request was sent and its outcome is not known: it may have been carried out.")
	}
	if c.step != nil {
		texts = append(texts, "There are no credentials to sign with: "+c.step.Doing+" failed.")
	}
	return strings.TrimSpace(strings.Join(append(texts, c.cause), " "))
}

// detail returns the facts, the next step, the current situation and the authorization message.
func (c errorClass) detail(done string) string {
	var facts, message string
	switch {
	case !isNoCall(c.failedCall):
		denied := &identitycenter.DeniedError{Err: c.call}
		_ = errors.As(c.err, &denied)
		_, decided := decisionOf(c.err)
		facts, message = callFacts(c.call, decided), authorizationMessage(denied)
	case c.step != nil:
		facts = transport.PrintableLines(c.step.Err.Error(), transport.LongestText)
	case c.explanation == "":
		facts = transport.PrintableLines(c.err.Error(), transport.LongestText)
	}
	return paragraphs(facts, c.nextStep, done, message)
}

// paragraphs joins the non-empty texts.
func paragraphs(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), "\n\n")
}

func isChange(call *transport.Error) bool {
	return (call.Service == transport.IdentityStore || call.Service == transport.IdentityCenter) &&
		!strings.HasPrefix(call.Operation, "List") && !strings.HasPrefix(call.Operation, "Describe") && !strings.HasPrefix(call.Operation, "Get")
}

// callFacts lists the call and its response. Further lines of a value are indented.
func callFacts(e *transport.Error, decided string) string {
	var b strings.Builder
	line := func(name, value string, limit int) {
		if value = transport.PrintableLines(value, limit); value != "" {
			fmt.Fprintf(&b, "  %-12s %s\n", name+":", strings.ReplaceAll(value, "\n", "\n"+strings.Repeat(" ", 15)))
		}
	}
	line("Call", e.Operation, transport.LongestID)
	line("Endpoint", e.Endpoint, transport.LongestID)
	if e.Status != 0 {
		status := strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status)))
		if code := transport.Printable(e.Code, transport.LongestID); code != "" && code != fmt.Sprint(e.Status) {
			status += ", " + code
		}
		line("Status", status, transport.LongestText)
	}
	line("Message", e.Message, transport.LongestText)
	line("Request ID", e.RequestID, transport.LongestID)
	line("Response", e.Excerpt, transport.LongestText)
	for _, reason := range e.Unwrap() {
		line("Reason", reason.Error(), transport.LongestText)
	}
	if e.AccessKey != "" {
		line("Access key", fmt.Sprintf("%s, from %s", e.AccessKey, e.KeyOrigin), transport.LongestText)
	}
	if e.Attempts > 1 {
		line("Attempts", fmt.Sprintf("%d in %s; this is the last one", e.Attempts, e.Elapsed.Round(10*time.Millisecond)), transport.LongestID)
	}
	line("Decision", decided, transport.LongestID)
	return strings.TrimRight(b.String(), "\n")
}

// decisionOf reads the decoded authorization message of an error (API-FACTS.md, decision-shape).
// explicit is true if a policy statement with the effect Deny applies, and false if no statement
// allows the call. It is nil if the message does not show it.
func decisionOf(err error) (explicit *bool, failure string) {
	var denied *identitycenter.DeniedError
	var message struct {
		Failure      string `json:"failure"` // "implicit deny by identity-based policy"
		ExplicitDeny *bool  `json:"explicit_deny"`
	}
	if !errors.As(err, &denied) || json.Unmarshal([]byte(denied.Decision), &message) != nil {
		return nil, ""
	}
	lower := strings.ToLower(message.Failure)
	isExplicit := strings.Contains(lower, "explicit")
	if isExplicit || strings.Contains(lower, "implicit") {
		return &isExplicit, message.Failure
	}
	return message.ExplicitDeny, message.Failure
}

// Limits of the authorization message.
const (
	// maxMessage is the length of a decoded or encoded message that is shown, in bytes.
	maxMessage = 32 << 10
	// maxIndentedMessage limits the indented JSON, which grows with the square of its depth.
	maxIndentedMessage = 8 << 10
)

// authorizationMessage returns the decoded message of a 403, or how to decode it.
func authorizationMessage(e *identitycenter.DeniedError) string {
	if e.Decision != "" {
		return "The decoded authorization message:\n\n" + indentMessage(e.Decision)
	}
	if e.Err.EncodedMessage == "" {
		return ""
	}
	message := fmt.Sprintf("The encoded authorization message has %d bytes and is not shown. Set TF_LOG=trace to log it.", len(e.Err.EncodedMessage))
	if len(e.Err.EncodedMessage) <= maxMessage {
		message = fmt.Sprintf("Decode the authorization message with KooCLI and the permission sts::decodeAuthorizationMessage:\n\n"+
			"  hcloud STS DecodeAuthorizationMessage --cli-region=%s --encoded_message=%s",
			regionOf(e.Err.Endpoint), shellWord(e.Err.EncodedMessage))
	}
	if e.DecodeErr != nil {
		message = fmt.Sprintf("The provider could not decode the authorization message: %s\n\n%s", transport.PrintableLines(e.DecodeErr.Error(), transport.LongestText), message)
	}
	return message
}

// indentMessage indents a text, so that Terraform does not wrap it, and formats JSON.
func indentMessage(text string) string {
	var pretty bytes.Buffer
	if len(text) <= maxIndentedMessage && json.Indent(&pretty, []byte(text), "", "  ") == nil {
		text = pretty.String()
	}
	return "  " + strings.ReplaceAll(strings.TrimSpace(transport.PrintableLines(text, maxMessage)), "\n", "\n  ")
}

// regionalEndpoint matches the endpoint of a regional service: https://SERVICE.REGION.CLOUD.
var regionalEndpoint = regexp.MustCompile(`^https?://[a-z0-9]+\.([a-z]{2,}(?:-[a-z0-9]+)+)\.`)

// regionOf returns the region of an endpoint, or REGION if it names none.
func regionOf(endpoint string) string {
	if match := regionalEndpoint.FindStringSubmatch(endpoint); match != nil {
		return match[1]
	}
	return "REGION"
}

// shellWord quotes text for a POSIX shell if necessary.
func shellWord(text string) string {
	if text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// dependentAction is required by all calls on users and instances (API reference).
const dependentAction = "organizations:delegatedAdministrators:list"

const (
	applyOrAskSupport = "Apply again. If that does not help, ask Huawei Cloud support and name the request ID."
	checkFederation   = "Check idp_id in assume_role_with_oidc. Check that the ID token is from that identity provider, for its audience, and not expired."
)

// proxyVariables select the proxy (net/http).
var proxyVariables = []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"}

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

func clockCause(f failedCall) string {
	return "The clock of this machine is " + clockOffset(f.call.ClockDifference) + "."
}

// clockOffset describes the local clock. d is the server's clock minus the local one; 0 if unknown.
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

func allowAction(f failedCall) string {
	return fmt.Sprintf("Allow %s and %s in the caller's identity policy. Its account must be the management account or a delegated administrator.",
		actionOf(f.call), dependentAction)
}

// checkPermissions is the next step for a 403 with an unknown cause.
func checkPermissions(f failedCall) string {
	return "Check the usual causes:\n" +
		"  - The caller's account is neither the management account of the organization\n    nor a delegated administrator account of IAM Identity Center.\n" +
		"  - The caller's identity policy lacks " + actionOf(f.call) + "\n    or " + dependentAction + ".\n" +
		"  - The identity store is in another region than the provider's."
}

func actionOf(call *transport.Error) string {
	return cmp.Or(call.Permission, "the action of "+call.Operation)
}

// checkAgency is the next step if the credentials of an agency are refused.
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

// checkAttributes names the attributes, and the data sources that return their values.
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

func enumerate(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
