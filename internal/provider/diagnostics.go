// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/credentials"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// longestDetail bounds the text of one diagnostic, in bytes.
const longestDetail = 256 << 10

// operation says what a surface was doing when a call failed, for the diagnostics,
// which know no surface.
type operation struct {
	// doing is what was being done and to whom, such as "reading group g of identity
	// store s"; "failed." follows.
	doing string
	// attributes are those of the surface that a refusal may be about, by their names
	// at the root. One that is alone is blamed for a 404.
	attributes []string
	// done says what holds now that it failed; it may be empty.
	done string
}

// explainer is an error that knows more than the call that it wraps: a summary in
// place of that of the call (empty for none), and what was going on.
type explainer interface {
	error
	Explain() (summary, text string)
}

// addError adds the error of an operation on the API: in a few words what was
// refused, and below all that helps to find out why, what decides first. The
// attribute that is to blame is named where there is just one.
func addError(diags *diag.Diagnostics, op operation, err error) {
	problem := classify(failure{err: err, attributes: op.attributes})
	detail := transport.PrintableLines(capital(op.doing)+" failed.\n\n"+explainWith(err, problem, op.done), longestDetail)
	summary := transport.Printable(problem.summary, transport.LongestID)
	if !problem.blamed.Equal(path.Empty()) {
		diags.AddAttributeError(problem.blamed, summary, detail)
		return
	}
	diags.AddError(summary, detail)
}

// explain says all that is known of an error, and what to do next. The attributes
// are those that a refusal may be about.
func explain(err error, attributes ...string) string {
	problem := classify(failure{err: err, attributes: attributes})
	return transport.PrintableLines(explainWith(err, problem, ""), longestDetail)
}

// describe says all that is known of an error, and not what to do next: the surface
// knows better.
func describe(err error) string {
	problem := classify(failure{err: err})
	problem.advice = ""
	return transport.PrintableLines(explainWith(err, problem, ""), longestDetail)
}

// explainWith puts together what is known of an error, in the order in which a reader
// needs it: the raw authorization message, which may be long, is last.
func explainWith(err error, problem problem, done string) string {
	var failed *transport.Error
	var denied *identitycenter.DeniedError
	texts := []string{circumstances(err)}
	message := ""
	if errors.As(err, &failed) {
		texts = append(texts, facts(failed))
		if !errors.As(err, &denied) {
			denied = &identitycenter.DeniedError{Err: failed}
		}
		texts = append(texts, decisionIn(err).text)
		message = authorizationMessage(denied)
	} else if step := (*credentials.StepError)(nil); errors.As(err, &step) {
		texts = append(texts, transport.PrintableLines(step.Err.Error(), transport.LongestText))
	} else if problem.generic {
		texts = append(texts, transport.PrintableLines(err.Error(), transport.LongestText))
	}
	texts = append(texts, problem.advice, done, message)

	var paragraphs []string
	for _, text := range texts {
		if text != "" {
			paragraphs = append(paragraphs, text)
		}
	}
	return strings.Join(paragraphs, "\n\n")
}

// circumstances says what was going on when the call failed, where that is more
// than the call itself.
func circumstances(err error) string {
	var texts []string
	var knows explainer
	var step *credentials.StepError
	var timeout *timeoutError
	var failed *transport.Error
	if errors.As(err, &knows) {
		_, text := knows.Explain()
		texts = append(texts, capital(text))
	}
	switch {
	case errors.Is(err, context.Canceled):
		texts = append(texts, "The run was interrupted.")
	case errors.As(err, &timeout):
		texts = append(texts, capital(timeout.Error())+".")
	}
	if errors.As(err, &failed) && failed.Unanswered && changes(failed) {
		texts = append(texts, "The request was sent and its outcome is not known: it may have been carried out.")
	}
	if errors.As(err, &step) {
		texts = append(texts, "There are no credentials to sign with: "+step.Doing+" failed.")
	}
	return strings.Join(texts, " ")
}

// changes tells whether a call changes something in Identity Center, by its service
// and its name in the API reference.
func changes(call *transport.Error) bool {
	return (call.Service == transport.IdentityStore || call.Service == transport.IdentityCenter) &&
		!strings.HasPrefix(call.Operation, "List") && !strings.HasPrefix(call.Operation, "Describe") && !strings.HasPrefix(call.Operation, "Get")
}

// facts lists the call and its response, one fact a line. Lines of a text from
// outside are indented, so that none can pass for a fact.
func facts(e *transport.Error) string {
	var b strings.Builder
	line := func(name, value string, limit int) {
		if value = transport.PrintableLines(value, limit); value != "" {
			fmt.Fprintf(&b, "  %-12s %s\n", name+":", strings.ReplaceAll(value, "\n", "\n"+strings.Repeat(" ", 15)))
		}
	}
	line("Call", e.Operation, transport.LongestID)
	line("Endpoint", e.Endpoint, transport.LongestID)
	if e.Status != 0 {
		line("Status", strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status))), transport.LongestID)
	}
	line("Error code", e.Code, transport.LongestID)
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
		line("Attempts", fmt.Sprintf("%d in %s; this is what the last one met", e.Attempts, e.Elapsed.Round(10*time.Millisecond)), transport.LongestID)
	}
	return strings.TrimRight(b.String(), "\n")
}

// authorizationMessage is the authorization message of a 403: in the clear where
// possible, else with the command that decodes it.
func authorizationMessage(e *identitycenter.DeniedError) string {
	if e.Decision != "" {
		return "The authorization message, decoded:\n\n" + indented(e.Decision)
	}
	if e.Err.EncodedMessage == "" {
		return ""
	}
	message := fmt.Sprintf("The reason is in the encoded authorization message, whose %d bytes are too many to be shown: TF_LOG=trace logs it.", len(e.Err.EncodedMessage))
	if len(e.Err.EncodedMessage) <= longestEncoded {
		message = fmt.Sprintf("The reason is in the encoded authorization message: decode it with KooCLI and a key that is allowed sts::decodeAuthorizationMessage:\n\n"+
			"  hcloud STS DecodeAuthorizationMessage --cli-region=%s --encoded_message=%s",
			regionOf(e.Err.Endpoint), shellWord(e.Err.EncodedMessage))
	}
	if e.DecodeErr != nil {
		message = fmt.Sprintf("The provider tried to decode the authorization message, which failed: %s\n\n%s", transport.PrintableLines(e.DecodeErr.Error(), transport.LongestText), message)
	}
	return message
}

// longestEncoded bounds an encoded message that is shown, in bytes.
const longestEncoded = 32 << 10

// regionalHost is the host of a regional service: SERVICE.REGION.CLOUD.
var regionalHost = regexp.MustCompile(`^[a-z0-9]+\.([a-z]{2,}(?:-[a-z0-9]+)+)\.`)

// regionOf returns the region of an endpoint, and a word to replace for one that does
// not name any.
func regionOf(endpoint string) string {
	if u, err := url.Parse(endpoint); err == nil {
		if match := regionalHost.FindStringSubmatch(u.Hostname()); match != nil {
			return match[1]
		}
	}
	return "REGION"
}

// shellWord quotes text for a POSIX shell where that is needed.
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
