// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
		_, decided := decisionOf(err)
		texts = append(texts, callFacts(call, decided))
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

// decisionOf reads the decoded authorization message of an error (API-FACTS.md,
// decision-shape). explicit is true if a policy statement with the effect Deny applies, false
// if no statement allows the call, and nil if the message does not say.
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
	// maxIndentedMessage is the length up to which JSON is indented: the length of the
	// result grows with the square of the nesting.
	maxIndentedMessage = 8 << 10
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
