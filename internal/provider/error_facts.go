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
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/credentials"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// why returns the circumstances and the cause of an error, "" if there is nothing to say.
func (c errorClass) why(err error) string {
	return strings.TrimSpace(circumstances(err) + " " + c.cause)
}

// detail returns the facts, the next step, and what holds now. The raw authorization message
// may be long and comes last.
func (c errorClass) detail(err error, done string) string {
	var call *transport.Error
	var step *credentials.StepError
	texts, message := []string(nil), ""
	switch {
	case errors.As(err, &call):
		var denied *identitycenter.DeniedError
		if !errors.As(err, &denied) {
			denied = &identitycenter.DeniedError{Err: call}
		}
		texts = append(texts, callFacts(call, decisionOf(err)))
		message = authorizationMessage(denied)
	case errors.As(err, &step):
		texts = append(texts, transport.PrintableLines(step.Err.Error(), transport.LongestText))
	case c.showError:
		texts = append(texts, transport.PrintableLines(err.Error(), transport.LongestText))
	}
	return paragraphs(append(texts, c.nextStep, done, message)...)
}

// paragraphs joins the texts that are not empty.
func paragraphs(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), "\n\n")
}

// circumstances says what happened besides the call that failed, "" for nothing.
func circumstances(err error) string {
	var texts []string
	var explained explainer
	var step *credentials.StepError
	var timeout *timeoutError
	var call *transport.Error
	if errors.As(err, &explained) {
		_, text := explained.Explain()
		texts = append(texts, capital(text))
	}
	switch {
	case errors.Is(err, context.Canceled):
		texts = append(texts, "The run was interrupted.")
	case errors.As(err, &timeout):
		texts = append(texts, capital(timeout.Error())+".")
	}
	if errors.As(err, &call) && call.Unanswered && isChange(call) {
		texts = append(texts, "The request was sent and its outcome is not known: it may have been carried out.")
	}
	if errors.As(err, &step) {
		texts = append(texts, "There are no credentials to sign with: "+step.Doing+" failed.")
	}
	return strings.TrimSpace(strings.Join(texts, " "))
}

// isChange reports whether a call changes something in Identity Center.
func isChange(call *transport.Error) bool {
	return (call.Service == transport.IdentityStore || call.Service == transport.IdentityCenter) &&
		!strings.HasPrefix(call.Operation, "List") && !strings.HasPrefix(call.Operation, "Describe") && !strings.HasPrefix(call.Operation, "Get")
}

// callFacts lists the call and its response, one fact a line. Further lines of a value are
// indented, so that none looks like a fact.
func callFacts(e *transport.Error, decided decision) string {
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
	line("Decision", decided.reason, maxDecisionFact)
	line("Principal", decided.principal, maxDecisionFact)
	line("Policy", decided.policy, maxDecisionFact)
	return strings.TrimRight(b.String(), "\n")
}

// maxDecisionFact is the length of a fact from the authorization message, in bytes. The whole
// message follows below.
const maxDecisionFact = 130

// decisionKind is why a call was denied.
type decisionKind int

const (
	// noDecision means that there is no message, or that it does not say.
	noDecision decisionKind = iota
	// implicitDeny means that no policy statement allows the call.
	implicitDeny
	// explicitDeny means that a policy statement with the effect Deny applies.
	explicitDeny
)

// decision is what a decoded authorization message says.
type decision struct {
	kind                      decisionKind
	reason, principal, policy string
}

func decisionCause(f failedCall) string {
	if decisionOf(f.err).kind == explicitDeny {
		return "A policy statement with the effect Deny applies to the call."
	}
	return "No policy statement allows the call."
}

// decisionOf reads the decoded authorization message of an error. Two forms are known: that
// of the API reference, {"context": ..., "failure": "implicit deny by identity-based
// policy"}, and that of other clouds, with allowed, explicit_deny and matched_statements.
// Fields are found by name at any depth, in any spelling.
func decisionOf(err error) decision {
	var denied *identitycenter.DeniedError
	var document any
	if !errors.As(err, &denied) || json.Unmarshal([]byte(denied.Decision), &document) != nil {
		return decision{}
	}
	field := func(name string) string {
		value, _ := findField(document, name)
		return inlineJSON(value)
	}
	result := decision{
		reason:    field("failure"),
		principal: cmp.Or(field("principal"), field("principalurn")),
		policy:    field("matchedstatements"),
	}
	lower := strings.ToLower(result.reason)
	explicit, found := findField(document, "explicitdeny")
	switch {
	case strings.Contains(lower, "explicit"):
		result.kind = explicitDeny
	case strings.Contains(lower, "implicit"):
		result.kind = implicitDeny
	case result.reason == "" && found && explicit == true:
		result.kind = explicitDeny
	case result.reason == "" && found:
		result.kind = implicitDeny
	}
	return result
}

// fieldSeparators do not count in the names of fields.
var fieldSeparators = strings.NewReplacer("_", "", "-", "", " ", "")

// findField returns the value of the named field that is nearest to the top. The name is in
// lower case without separators.
func findField(document any, name string) (any, bool) {
	for level := []any{document}; len(level) > 0; {
		var next []any
		for _, node := range level {
			switch node := node.(type) {
			case map[string]any:
				for _, key := range slices.Sorted(maps.Keys(node)) {
					if strings.ToLower(fieldSeparators.Replace(key)) == name {
						return node[key], true
					}
					next = append(next, node[key])
				}
			case []any:
				next = append(next, node...)
			}
		}
		level = next
	}
	return nil, false
}

// inlineJSON returns a value on one line, "" for an empty one.
func inlineJSON(value any) string {
	switch value := value.(type) {
	case string:
		return transport.Printable(value, transport.LongestText)
	case map[string]any:
		// {"items": [...]} stands for a list, and an object with a URN for that URN.
		for _, name := range []string{"items", "urn", "arn"} {
			if inner, found := value[name]; found {
				return inlineJSON(inner)
			}
		}
	}
	text, _ := json.Marshal(value) // It comes from JSON.
	if slices.Contains([]string{"null", "{}", "[]"}, string(text)) {
		return ""
	}
	return transport.Printable(string(text), transport.LongestText)
}

// Limits of the authorization message.
const (
	// maxDecodedMessage is the length of a decoded message that is shown, in bytes.
	maxDecodedMessage = 32 << 10
	// maxIndentedDepth is the nesting up to which JSON is indented: the length of the
	// result grows with the square of it.
	maxIndentedDepth = 50
	// maxEncodedMessage is the length of an encoded message that is shown, in bytes.
	maxEncodedMessage = 32 << 10
)

// authorizationMessage returns the authorization message of a 403, decoded if possible,
// otherwise the command that decodes it.
func authorizationMessage(e *identitycenter.DeniedError) string {
	if e.Decision != "" {
		return "The decoded authorization message:\n\n" + indentMessage(e.Decision)
	}
	if e.Err.EncodedMessage == "" {
		return ""
	}
	message := fmt.Sprintf("The encoded authorization message has %d bytes and is not shown. Set TF_LOG=trace to log it.", len(e.Err.EncodedMessage))
	if len(e.Err.EncodedMessage) <= maxEncodedMessage {
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
	if len(text) <= maxDecodedMessage && nestingDepth(text) <= maxIndentedDepth && json.Indent(&pretty, []byte(text), "", "  ") == nil {
		text = pretty.String()
	}
	return "  " + strings.ReplaceAll(strings.TrimSpace(transport.PrintableLines(text, maxDecodedMessage)), "\n", "\n  ")
}

// nestingDepth returns the depth of the brackets of a text, including those in strings.
func nestingDepth(text string) int {
	depth, most := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '{', '[':
			depth++
			most = max(most, depth)
		case '}', ']':
			depth--
		}
	}
	return most
}

// regionalHost is the host of a regional service: SERVICE.REGION.CLOUD.
var regionalHost = regexp.MustCompile(`^[a-z0-9]+\.([a-z]{2,}(?:-[a-z0-9]+)+)\.`)

// regionOf returns the region of an endpoint, or REGION if it names none.
func regionOf(endpoint string) string {
	if u, err := url.Parse(endpoint); err == nil {
		if match := regionalHost.FindStringSubmatch(u.Hostname()); match != nil {
			return match[1]
		}
	}
	return "REGION"
}

// shellWord quotes text for a POSIX shell if that is needed.
func shellWord(text string) string {
	if text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// capital makes the first letter upper case.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
