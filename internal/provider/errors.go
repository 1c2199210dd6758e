// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"syscall"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/credentials"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/userlock"
)

// maxDetail is the length of the longest detail of a diagnostic, in bytes.
const maxDetail = 256 << 10

// operation is what a resource, data source or action was doing when a call failed.
type operation struct {
	// doing is the action and its object, such as "reading group g".
	doing string
	// attributes are the root attributes that a refusal may be about.
	attributes []string
	// done describes the current situation; it may be empty.
	done string
}

// explainer is an error that says more than the call that it wraps.
type explainer interface {
	error
	// Explain returns a summary, or "" for the summary of the call. It also returns what happened.
	Explain() (summary, text string)
}

func addError(diags *diag.Diagnostics, op operation, err error) {
	class := classify(err, op.attributes)
	headline := strings.TrimSpace(capital(op.doing) + " failed. " + class.why())
	detail := transport.PrintableLines(paragraphs(headline, class.detail(op.done)), maxDetail)
	summary := transport.Printable(class.summary, transport.LongestID)
	if class.attribute.Equal(path.Empty()) {
		diags.AddError(summary, detail)
		return
	}
	diags.AddAttributeError(class.attribute, summary, detail)
}

// explain returns the cause, the facts and the next step of an error.
func explain(err error, attributes ...string) string { return classify(err, attributes).printable() }

// describe returns the cause and the facts of an error, without a next step.
func describe(err error) string {
	class := classify(err, nil)
	class.nextStep = ""
	return class.printable()
}

// failedCall is an error and what it wraps.
type failedCall struct {
	err error
	// call is the failed call, never nil. It is empty if the error is not about a call.
	call *transport.Error
	// step is the step towards credentials that failed; nil for none.
	step *credentials.StepError
	// timeout is the limit that ended the operation; nil if none did.
	timeout *timeoutError
	// attributes are the root attributes that may be wrong.
	attributes []string
}

func newFailedCall(err error, attributes []string) failedCall {
	f := failedCall{err: err, call: &transport.Error{}, attributes: attributes}
	// A field keeps its value if err wraps no such error.
	_ = errors.As(err, &f.call)
	_ = errors.As(err, &f.step)
	if !errors.Is(err, context.Canceled) {
		_ = errors.As(err, &f.timeout)
	}
	return f
}

// errorClass describes an error for a diagnostic.
type errorClass struct {
	failedCall
	summary string
	// explanation is what an explainer says; "" for other errors.
	explanation string
	// cause is one sentence; "" if the summary and the facts are enough.
	cause    string
	nextStep string
	// attribute is the wrong attribute; path.Empty() for none.
	attribute path.Path
}

// errorCase is a kind of error. Functions that are nil return "".
type errorCase struct {
	matches func(failedCall) bool
	// summary is the text before the HTTP status and the error code.
	summary   string
	cause     func(failedCall) string
	nextStep  func(failedCall) string
	attribute func(failedCall) string
}

// errorCases are the kinds of errors. The first match is used.
var errorCases = []errorCase{
	// The operation ended early.
	{matches: wraps(context.Canceled), summary: "Interrupted"},
	{matches: all(wraps(transport.ErrWaitTooLong), hasStatus(http.StatusTooManyRequests)), summary: "Throttled", nextStep: text(waitLonger)},
	{matches: all(wraps(transport.ErrWaitTooLong), hasStatusBetween(500, 999)), summary: "The API failed", nextStep: text(waitLonger)},
	{matches: all(isNoCall, wrapsType[*credentials.StepError]), summary: "No credentials"},
	{matches: isNoCall, summary: "Unexpected error", attribute: blamedAttribute},

	// There was no usable response.
	{matches: wraps(transport.ErrUnsent), summary: "The request could not be made", cause: text("Nothing was sent."),
		nextStep: text("Check the IDs in the configuration and in the state for invalid characters.")},
	{matches: wraps(transport.ErrTooLarge), summary: "Unusable response from the API", cause: text("The response is too large."), nextStep: checkEndpoint},
	{matches: wrapsType[*transport.ProxyError], summary: noResponse, cause: proxyCause, nextStep: checkProxy},
	{matches: wraps(transport.ErrRequestTimeout), summary: "No response in time (request_timeout)",
		nextStep: checkEndpointAfter("Raise request_timeout if the network is slow.")},
	{matches: isDNSFailure, summary: noResponse, cause: text("The host name of the endpoint could not be resolved."),
		nextStep: checkEndpointAfter("Check the DNS of this machine.")},
	{matches: wrapsType[*net.DNSError], summary: noResponse, cause: text("The host name of the endpoint does not exist."), nextStep: checkEndpoint},
	{matches: wraps(syscall.ECONNREFUSED), summary: noResponse, cause: text("The endpoint refuses connections."), nextStep: checkEndpoint},
	{matches: wrapsType[x509.HostnameError], summary: noResponse, cause: text("The server's certificate is for another host."), nextStep: checkEndpoint},
	{matches: isExpiredCertificate, summary: noResponse, cause: text("The server's certificate is not valid at the time of this machine's clock."),
		nextStep: text("Check the clock of this machine, or renew the certificate.")},
	{matches: wrapsType[tls.RecordHeaderError], summary: noResponse, cause: text("The endpoint does not speak TLS."),
		nextStep: checkEndpointAfter("Check https or http in the URL.")},
	{matches: isUntrustedCertificate, summary: noResponse, cause: text("The server's certificate is not trusted."),
		nextStep: checkEndpointAfter("If a proxy or a private endpoint has a certificate of your own authority, set ca_file to the certificate of that authority.")},
	{matches: hasStatus(0), summary: noResponse, nextStep: checkEndpointAfter("Check the network.")},
	{matches: wraps(transport.ErrUndocumented), summary: "Unusable response from the API", cause: text("The response is not in the form that the API reference describes."),
		nextStep: checkEndpointAfter("Check whether a proxy or a login page responded.")},
	{matches: hasStatusBetween(300, 399), summary: "Unexpected response from the API", cause: text("The endpoint redirects to another address."),
		nextStep: func(f failedCall) string {
			return fmt.Sprintf("Set endpoints.%s to the URL of the API itself.", f.call.Service)
		}},
	{matches: hasCode(transport.CodeNoAPI), summary: "No such API at this endpoint", cause: text("The endpoint does not have this API. This says nothing about users, sessions or other IDs."), nextStep: checkEndpoint},

	// The access key was not accepted (401).
	{matches: hasCode(transport.CodeClock), summary: "The clocks differ", cause: clockCause, nextStep: text("Set the clock of this machine, for example with NTP. A signature is valid for 15 minutes.")},
	{matches: all(hasStatus(http.StatusUnauthorized), isUnsigned), summary: "ID token rejected", nextStep: text(checkFederation)},
	{matches: hasStatus(http.StatusUnauthorized), summary: "Access key rejected", cause: rejectedKeyCause, nextStep: rejectedKeyNextStep},
	{matches: isOtherForm, summary: "Unexpected response from the API", cause: text(gatewayCause), nextStep: checkEndpoint},

	// The credentials of an agency were refused.
	{matches: all(isRefusedExchange, isUnsigned), summary: "ID token refused", nextStep: text(checkFederation)},
	{matches: all(isRefusedExchange, hasStatus(http.StatusForbidden)), summary: "Access denied", nextStep: checkAgency},
	{matches: all(isRefusedExchange, hasStatus(http.StatusNotFound)), summary: "Not found", nextStep: checkAgency},
	{matches: all(isRefusedExchange, hasStatus(http.StatusBadRequest)), summary: "Bad parameter", nextStep: checkAgency},
	{matches: isRefusedExchange, summary: "Unexpected response from the API", nextStep: checkAgency},

	// The request was refused.
	{matches: all(isBadParameter, isCallOf("PutCustomPolicyToPermissionSet")), summary: "The policy is refused", cause: text("The API does not accept the custom policy with the added statement."),
		nextStep: text("If the policy is too long, shorten it, or deny with a service control policy: see the function session_cutoff_policy.")},
	{matches: isProvisionedUser, summary: "The API refuses to disable the user"},
	{matches: isBadParameter, summary: "Bad parameter", cause: text("The API does not accept an argument."), nextStep: checkAttributes, attribute: blamedAttribute},
	{matches: hasCode("IIC.1001"), summary: "Access denied", cause: text("A call that this call depends on is not allowed."),
		nextStep: text("Allow " + dependentAction + " in the identity policy of the caller.")},
	{matches: isDenied(true), summary: "Access denied", cause: text("A policy statement with the effect Deny applies to the call."),
		nextStep: text("Change the policy that denies the call, or use credentials that it does not apply to. Allowing the action elsewhere does not help.")},
	{matches: isDenied(false), summary: "Access denied", cause: text("No policy statement allows the call."), nextStep: allowAction},
	{matches: hasStatus(http.StatusForbidden), summary: "Access denied", nextStep: checkPermissions},
	{matches: all(hasStatus(http.StatusNotFound), isNotFromService), summary: "Unexpected response from the API", cause: text(gatewayCause), nextStep: checkEndpoint},
	{matches: wrapsType[*missingSetError], summary: "No such permission set", cause: missingSetCause, nextStep: text(checkPermissionSet), attribute: blamedAttribute},
	{matches: hasStatus(http.StatusNotFound), summary: "Not found", attribute: blamedAttribute,
		nextStep: func(f failedCall) string {
			return checkAttributes(f) + " Check also that region in the provider block is that of the Identity Center instance."
		}},

	// The same request may succeed later.
	{matches: hasCode(transport.CodeConcurrency), summary: "Conflict", cause: text("Another caller is changing the same object."), nextStep: text("Apply again later.")},
	{matches: hasStatus(http.StatusConflict), summary: "Conflict", cause: text("The API could not carry out the request."), nextStep: text(applyOrAskSupport)},
	{matches: hasStatus(http.StatusTooManyRequests), summary: "Throttled", cause: text("The account has used up its calls, which includes the calls of others in the account."), nextStep: text("Try again later, raise the timeout if it can be set, or lower max_concurrent_requests.")},
	{matches: hasStatusBetween(500, 999), summary: "The API failed", cause: text("The fault is on the side of the API."), nextStep: text(applyOrAskSupport)},
	{matches: all(), summary: "Unexpected response from the API", cause: text("Huawei Cloud does not document this response."), nextStep: text("Ask Huawei Cloud support and name the request ID.")},
}

const (
	noResponse = "No response from the API"
	waitLonger = "There is not enough time left for that wait. Try again after it, or raise the timeout if it can be set."
)

func classify(err error, attributes []string) errorClass {
	class := errorClass{failedCall: newFailedCall(err, attributes), attribute: path.Empty()}
	for _, one := range errorCases {
		if one.matches(class.failedCall) {
			class.fill(one)
			break
		}
	}
	if class.timeout != nil {
		class.fillTimeout()
	}
	var explained explainer
	if errors.As(err, &explained) {
		summary, text := explained.Explain()
		class.summary, class.explanation = cmp.Or(summary, class.summary), text
	}
	return class
}

func (c *errorClass) fill(from errorCase) {
	c.summary = from.summary
	switch {
	case c.call.Status == 0 || errors.Is(c.err, context.Canceled):
	case c.call.Code != "" && c.call.Code != fmt.Sprint(c.call.Status):
		c.summary += fmt.Sprintf(" (HTTP %d, %s)", c.call.Status, c.call.Code)
	default:
		c.summary += fmt.Sprintf(" (HTTP %d)", c.call.Status)
	}
	if from.cause != nil {
		c.cause = from.cause(c.failedCall)
	}
	if from.nextStep != nil {
		c.nextStep = from.nextStep(c.failedCall)
	}
	if from.attribute != nil {
		if name := from.attribute(c.failedCall); name != "" {
			c.attribute = path.Root(name)
		}
	}
}

// fillTimeout names the timeout instead of what failed when it ended the operation.
func (c *errorClass) fillTimeout() {
	c.summary, c.attribute = "Timed out", path.Empty()
	if isNoCall(c.failedCall) {
		c.nextStep = ""
	}
	if !c.timeout.argument.Equal(path.Path{}) {
		c.summary, c.attribute = fmt.Sprintf("Timed out (%s)", c.timeout.argument), c.timeout.argument
	}
}

// Conditions of the cases.

func wraps(target error) func(failedCall) bool {
	return func(f failedCall) bool { return errors.Is(f.err, target) }
}

func wrapsType[E error](f failedCall) bool {
	var found E
	return errors.As(f.err, &found)
}

func all(conditions ...func(failedCall) bool) func(failedCall) bool {
	return func(f failedCall) bool {
		for _, holds := range conditions {
			if !holds(f) {
				return false
			}
		}
		return true
	}
}

func isNoCall(f failedCall) bool { return f.call.Operation == "" }

func hasStatus(status int) func(failedCall) bool { return hasStatusBetween(status, status) }

func hasStatusBetween(first, last int) func(failedCall) bool {
	return func(f failedCall) bool { return f.call.Status >= first && f.call.Status <= last }
}

func hasCode(code string) func(failedCall) bool {
	return func(f failedCall) bool { return f.call.Code == code }
}

func isBadParameter(f failedCall) bool { return f.call.BadParameter() }

func isCallOf(operation string) func(failedCall) bool {
	return func(f failedCall) bool { return f.call.Operation == operation }
}

// isUnsigned reports whether the call has a token instead of a signature.
func isUnsigned(f failedCall) bool { return f.call.AccessKey == "" }

// isRefusedExchange reports whether IAM or STS permanently refused to return credentials.
func isRefusedExchange(f failedCall) bool {
	return (f.call.Service == transport.IAM || f.call.Service == transport.STS) &&
		f.call.Status >= 400 && f.call.Status < 500 && !f.call.Temporary()
}

// isOtherForm reports whether a refusal has an undocumented form.
func isOtherForm(f failedCall) bool {
	return f.call.Code == "" && f.call.Excerpt != "" && !f.call.Temporary()
}

// isNotFromService reports whether a gateway may have sent the refusal.
func isNotFromService(f failedCall) bool { return !f.call.FromService }

// isProvisionedUser reports whether SCIM may be why the API refuses to disable the user.
func isProvisionedUser(f failedCall) bool {
	return wrapsType[*userlock.ProvisionedError](f) && f.call.Status != http.StatusForbidden
}

// isDenied reports whether the authorization message names an explicit or implicit deny.
func isDenied(explicitly bool) func(failedCall) bool {
	return func(f failedCall) bool {
		explicit, _ := decisionOf(f.err)
		return f.call.Status == http.StatusForbidden && explicit != nil && *explicit == explicitly
	}
}

// Causes.

func text(s string) func(failedCall) string {
	return func(failedCall) string { return s }
}

const gatewayCause = "The response does not have the form of the API's: a gateway or a proxy may have sent it, and it says nothing about users, sessions or other IDs."

func proxyCause(f failedCall) string {
	var proxy *transport.ProxyError
	switch {
	case wrapsType[*net.DNSError](f):
		return "The host name of the proxy cannot be resolved."
	case errors.As(f.err, &proxy) && proxy.Status != 0:
		return "The proxy refuses the call."
	}
	return "The proxy cannot be reached."
}

func missingSetCause(f failedCall) string {
	var missing *missingSetError
	if !errors.As(f.err, &missing) {
		return ""
	}
	return fmt.Sprintf("Instance %s has no permission set %s.", missing.target.InstanceID, missing.target.PermissionSetID)
}

// isDNSFailure reports whether DNS failed, or does not find a host that has responded before.
func isDNSFailure(f failedCall) bool {
	var dns *net.DNSError
	return errors.As(f.err, &dns) && (!dns.IsNotFound || f.call.HostResponded)
}

func isExpiredCertificate(f failedCall) bool {
	var invalid x509.CertificateInvalidError
	return errors.As(f.err, &invalid) && invalid.Reason == x509.Expired
}

func isUntrustedCertificate(f failedCall) bool {
	return wrapsType[*tls.CertificateVerificationError](f) || wrapsType[x509.UnknownAuthorityError](f)
}

// blamedAttribute returns the attribute that an error is about: the only one, or the one named in
// the API's message; "" for none.
func blamedAttribute(f failedCall) string {
	if len(f.attributes) == 1 {
		return f.attributes[0]
	}
	for _, name := range f.attributes {
		if regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`).MatchString(f.call.Message) {
			return name
		}
	}
	return ""
}
