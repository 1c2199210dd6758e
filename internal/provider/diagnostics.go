// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/credentials"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// timeoutError is the cause for which the context of a whole operation ends.
type timeoutError struct {
	// argument is what bounds it, such as timeouts.create; the zero path for a
	// bound that cannot be set.
	argument path.Path
	after    time.Duration
}

func (e *timeoutError) Error() string {
	if e.argument.Equal(path.Path{}) {
		return fmt.Sprintf("the time for the whole operation is over after %s", e.after)
	}
	return fmt.Sprintf("the time for the whole operation, %s, is over after %s", e.argument, e.after)
}

// operation says what a surface was doing when a call failed, for the diagnostics,
// which know no surface.
type operation struct {
	// doing is what was being done and to whom, such as "reading group g of identity
	// store s"; "failed." follows.
	doing string
	// attributes are those of the surface that a refusal may be about, the one to
	// blame first when several may be.
	attributes []string
	// done says what holds now that it failed; it may be empty.
	done string
}

// addError adds the error of an operation on the API: in a few words what was
// refused, and below all that helps to find out why.
func addError(diags *diag.Diagnostics, op operation, err error) {
	detail := fmt.Sprintf("%s failed.\n\n%s", capital(op.doing), explain(err))
	if op.done != "" {
		detail += "\n\n" + op.done
	}
	summary := summarize(err)
	if blamed, ok := blame(err); ok {
		diags.AddAttributeError(blamed, summary, detail)
		return
	}
	diags.AddError(summary, detail)
}

// summarize says in a few words what went wrong.
func summarize(err error) string {
	var refusal *transport.Error
	var survivors *revocation.SurvivorsError
	var timeout *timeoutError
	switch {
	case errors.As(err, &survivors):
		return "Sessions are still alive after their revocation"
	case errors.Is(err, context.Canceled):
		return "Interrupted"
	case errors.As(err, &timeout):
		return strings.TrimSuffix(fmt.Sprintf("Timed out (%s)", timeout.argument), " ()")
	case !errors.As(err, &refusal):
		return "Unexpected error"
	case refusal.Status == 0 && errors.Is(err, transport.ErrRequestTimeout):
		return "No answer in time (request_timeout)"
	case refusal.Status == 0:
		return "No answer from the API"
	case errors.Is(err, transport.ErrUndocumented):
		return fmt.Sprintf("Unusable answer from the API (HTTP %d)", refusal.Status)
	}

	words := map[int]string{
		http.StatusBadRequest:      "Bad parameter",
		http.StatusUnauthorized:    "Access key rejected",
		http.StatusForbidden:       "Access denied",
		http.StatusNotFound:        "Not found",
		http.StatusConflict:        "Conflict",
		http.StatusTooManyRequests: "Throttled",
	}
	what := words[refusal.Status]
	switch {
	case refusal.Code == transport.CodeClock:
		what = "The clocks differ"
	case refusal.BadParameter():
		what = "Bad parameter"
	case what == "" && refusal.Status >= 500:
		what = "The API failed"
	case what == "":
		what = "Unexpected answer from the API"
	}
	if refusal.Code != "" {
		return fmt.Sprintf("%s (HTTP %d, %s)", what, refusal.Status, refusal.Code)
	}
	return fmt.Sprintf("%s (HTTP %d)", what, refusal.Status)
}

// explain says all that is known of an error, and what to do next.
func explain(err error) string {
	var refusal *transport.Error
	if !errors.As(err, &refusal) {
		var survivors *revocation.SurvivorsError
		if errors.As(err, &survivors) {
			return err.Error() + "\n\nRaise the timeout if the API is just slow, and apply again. If the sessions stay, ask the vendor's support and name the request IDs."
		}
		return err.Error()
	}

	var paragraphs []string
	add := func(text string) {
		if text != "" {
			paragraphs = append(paragraphs, text)
		}
	}
	var denied *identitycenter.DeniedError
	if !errors.As(err, &denied) {
		denied = &identitycenter.DeniedError{Err: refusal}
	}
	decision, message := authorization(denied)
	add(circumstances(err))
	add(facts(refusal))
	add(decision)
	add(advice(refusal))
	add(message)
	return strings.Join(paragraphs, "\n\n")
}

// circumstances says what was going on when the call failed, where that is more
// than the call itself.
func circumstances(err error) string {
	var step *credentials.StepError
	var survivors *revocation.SurvivorsError
	var verification *revocation.VerificationError
	var unlisted *revocation.UnlistedError
	var timeout *timeoutError
	switch {
	case errors.As(err, &survivors):
		return survivors.Error()
	case errors.As(err, &verification):
		return "The API accepted the revocation, but listing the sessions to verify it failed, as follows."
	case errors.As(err, &unlisted):
		return "The API may have refused because a session is already gone. To find out, the user's sessions were listed, which failed too: " +
			unlisted.ListErr.Error()
	case errors.Is(err, context.Canceled) && mayHaveEnded(err):
		return "The run was interrupted. The last call may have been carried out all the same; repeating it does no harm."
	case errors.Is(err, context.Canceled):
		return "The run was interrupted."
	case errors.As(err, &timeout):
		return capital(timeout.Error()) + "."
	case errors.As(err, &step):
		return "There are no keys to sign with: " + step.Doing + " failed."
	}
	return ""
}

// mayHaveEnded tells whether a call to end sessions was sent whose outcome is not known.
func mayHaveEnded(err error) bool {
	var refusal *transport.Error
	return errors.As(err, &refusal) && refusal.Operation == "BatchDeleteSessions" && refusal.Unanswered
}

// facts lists the call and its answer, one fact a line.
func facts(e *transport.Error) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-12s %s\n", name+":", strings.ReplaceAll(value, "\n", "\n"+strings.Repeat(" ", 15)))
		}
	}
	line("Call", e.Operation)
	line("Endpoint", e.Endpoint)
	if e.Status != 0 {
		line("Status", strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status))))
	}
	line("Error code", e.Code)
	line("Message", e.Message)
	line("Request ID", e.RequestID)
	line("Answer", e.Excerpt)
	for _, reason := range e.Unwrap() {
		line("Reason", reason.Error())
	}
	if e.AccessKey != "" {
		line("Access key", fmt.Sprintf("%s, from %s", e.AccessKey, e.KeyOrigin))
	}
	if e.Attempts > 1 {
		line("Attempts", fmt.Sprintf("%d in %s; this is what the last one met", e.Attempts, e.Elapsed.Round(10*time.Millisecond)))
	}
	return strings.TrimRight(b.String(), "\n")
}

// advice says what to do next.
func advice(e *transport.Error) string {
	switch {
	case errors.Is(e, context.Canceled):
		return ""
	case errors.Is(e, transport.ErrWaitTooLong):
		return "Nothing was waited for, as the time would not have been enough. Apply again when the time that the API asks for is over, or raise the timeouts."
	case e.Status == 0:
		return networkAdvice(e)
	case errors.Is(e, transport.ErrUndocumented):
		return fmt.Sprintf("What answered does not seem to be the API. Check endpoints.%s, region and cloud in the provider block, and whether a proxy or a login page is in between.", e.Service)
	case e.Status >= 300 && e.Status < 400:
		return fmt.Sprintf("Set endpoints.%s to the URL that serves the API itself.", e.Service)
	case e.Code == transport.CodeClock:
		return fmt.Sprintf("The clock of this machine is %s. A signature is valid for 15 minutes: set the clock, for instance by NTP.", behind(e.ClockDifference))
	case e.Status == http.StatusUnauthorized:
		return rejectedAdvice(e)
	case e.Code == "" && e.Excerpt != "" && !e.Temporary():
		return fmt.Sprintf("This is not an answer in the API's form: a gateway or a proxy may have given it. Check endpoints.%s, region and cloud in the provider block%s.", e.Service, proxies())
	case (e.Service == transport.STS || e.Service == transport.IAM) && e.Status >= 400 && e.Status < 500 && !e.Temporary():
		return assumptionAdvice(e)
	case e.BadParameter():
		return "The API does not accept an argument. Check identity_store_id, user_id and the session IDs against what the data sources of this provider return."
	case e.Status == http.StatusForbidden:
		return deniedAdvice(e)
	case e.Status == http.StatusNotFound:
		return "Check identity_store_id and user_id, and that region is the one of the Identity Center instance: " +
			"data.identitycenter_instance and data.identitycenter_user find them by name."
	case e.Code == transport.CodeConcurrency:
		return "Somebody else is changing the same user or identity store. Apply again in a while."
	case e.Status == http.StatusConflict:
		return "The API could not carry out the change. Apply again; if that does not help, ask the vendor's support and name the request ID."
	case e.Status == http.StatusTooManyRequests:
		return "The account has used up its calls per second, also by what others do with it. Apply again in a while, raise max_retries, or lower max_concurrent_requests."
	case e.Status >= 500:
		return "The fault is on the side of the API. Apply again; if that does not help, ask the vendor's support and name the request ID."
	}
	return "This answer is not documented. Ask the vendor's support and name the request ID."
}

func rejectedAdvice(e *transport.Error) string {
	text := "The access key, its secret key or its security token is wrong, expired, or of another cloud."
	if e.ClockDifference.Abs() > 10*time.Minute {
		text += fmt.Sprintf(" The clock of this machine is %s, which alone may be the reason.", behind(e.ClockDifference))
	}
	if e.NotSent {
		text += " The key was rejected before in this run, as shown above, and was not sent again:"
	} else {
		text += " This key is not sent again in this run:"
	}
	return text + " five failures in a row lock it for five minutes."
}

func deniedAdvice(e *transport.Error) string {
	return "The usual causes:\n" +
		"  - The key is neither of the organization's management account nor of a\n    delegated administrator of IAM Identity Center.\n" +
		"  - The identity policy of the key lacks " + e.Permission + "\n    or its dependency organizations:delegatedAdministrators:list.\n" +
		"  - The identity store lives in another region than the provider's."
}

// assumptionAdvice is about the calls that trade keys for those of an agency.
func assumptionAdvice(e *transport.Error) string {
	if e.Operation == "CreateTokenWithIdToken" || e.Operation == "CreateTemporaryAccessKeyByToken" {
		return "Check idp_id in assume_role_with_oidc, and that the ID token is of that identity provider, for its audience, and not expired."
	}
	return "The usual causes:\n" +
		"  - agency_name, domain_id or domain_name in the provider block is not that of the agency.\n" +
		"  - The agency does not trust the account of the key.\n" +
		"  - The identity policy of the key lacks sts:agencies:assume.\n" +
		"  - duration is longer than the agency allows."
}

func networkAdvice(e *transport.Error) string {
	var unknownHost *net.DNSError
	var otherHost x509.HostnameError
	var invalid x509.CertificateInvalidError
	var noTLS tls.RecordHeaderError
	var proxy *transport.ProxyError
	setting := fmt.Sprintf("endpoints.%s in the provider block, or region and cloud, from which it is made", e.Service)
	switch {
	case errors.As(e, &proxy):
		return fmt.Sprintf("The proxy does not let the call through. Check %s%s.", setting, proxies())
	case errors.As(e, &unknownHost) && !unknownHost.IsNotFound:
		return fmt.Sprintf("The host name of the endpoint could not be resolved. Check the DNS of this machine, and %s.", setting)
	case errors.As(e, &unknownHost):
		return fmt.Sprintf("The host name of the endpoint does not exist. Check %s.", setting)
	case errors.Is(e, syscall.ECONNREFUSED):
		return fmt.Sprintf("Nothing listens there. Check %s%s.", setting, proxies())
	case errors.As(e, &otherHost):
		return fmt.Sprintf("The server's certificate is for another host. Check %s%s.", setting, proxies())
	case errors.As(e, &invalid) && invalid.Reason == x509.Expired:
		return "The server's certificate is not valid at the time of this machine's clock. Check the clock, or have the certificate renewed."
	case errors.As(e, &noTLS):
		return fmt.Sprintf("The endpoint does not speak TLS. Check https or http in %s%s.", setting, proxies())
	case isCertificate(e):
		return "The server's certificate is not trusted. If a proxy or a private endpoint has a certificate of your own authority, name that authority's file in ca_file. Else check " + setting + proxies() + "."
	case errors.Is(e, transport.ErrRequestTimeout):
		return fmt.Sprintf("Raise request_timeout if the network is just slow. Else check %s%s.", setting, proxies())
	}
	return fmt.Sprintf("Check the network on the way to the endpoint, which is set by %s%s.", setting, proxies())
}

// proxies names the proxy variables that are in force, for they decide where a
// connection really goes.
func proxies() string {
	var set []string
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"} {
		if os.Getenv(name) != "" {
			set = append(set, name)
		}
	}
	if len(set) == 0 {
		return ""
	}
	return ", and the proxy that the environment names (" + strings.Join(set, ", ") + ")"
}

// authorization returns what the authorization message of a 403 says, in words,
// and the message itself: in the clear where possible, else with the command that
// decodes it.
func authorization(e *identitycenter.DeniedError) (decision, message string) {
	if e.Decision != "" {
		return decisionInWords(e.Decision), "The authorization message, decoded:\n\n" + indented(e.Decision)
	}
	if e.Err.EncodedMessage == "" {
		return "", ""
	}
	message = fmt.Sprintf("The reason is in the encoded authorization message:\n\n  %s\n\n"+
		"Decode it with a key that is allowed sts::decodeAuthorizationMessage:\n\n"+
		"  hcloud STS DecodeAuthorizationMessage --encoded_message='%s'",
		e.Err.EncodedMessage, strings.ReplaceAll(e.Err.EncodedMessage, "'", `'\''`))
	if e.DecodeErr != nil {
		message = fmt.Sprintf("The provider tried to decode the authorization message, which failed: %s\n\n%s", e.DecodeErr, message)
	}
	return "", message
}

// blame returns the attribute that an error is about, where there is just one.
func blame(err error) (path.Path, bool) {
	var refusal *transport.Error
	var timeout *timeoutError
	switch {
	case errors.Is(err, context.Canceled):
	case errors.As(err, &timeout):
		return timeout.argument, !timeout.argument.Equal(path.Path{})
	case errors.Is(err, errNoSuchUser):
		return path.Root("user_id"), true
	case errors.As(err, &refusal) && refusal.Status == http.StatusBadRequest:
		for _, name := range []string{"identity_store_id", "user_id", "session_ids"} {
			if strings.Contains(refusal.Message, name) {
				return path.Root(name), true
			}
		}
	}
	return path.Empty(), false
}

// behind says how a clock of ours stands whose difference to the server's is d.
func behind(d time.Duration) string {
	switch {
	case d > 0:
		return d.String() + " behind the server's"
	case d < 0:
		return (-d).String() + " ahead of the server's"
	}
	return "more than 15 minutes off"
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// isCertificate tells whether a connection failed for the server's certificate.
func isCertificate(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &host)
}
