// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/credentials"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/cutoff"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/userlock"
)

// refusedCall is a refusal of a call on a group, with changes for a test.
func refusedCall(status int, code, message string, more ...func(*transport.Error)) *transport.Error {
	e := &transport.Error{
		Failure: transport.Failure{
			Operation: "DescribeGroup", Service: transport.IdentityStore, Endpoint: "https://identitystore.ap-southeast-3.myhuaweicloud.com",
			Permission: "IdentityCenter:group:describe", Status: status, Code: code, Message: message, RequestID: "r-1",
			FromService: strings.HasPrefix(code, "IIC."), AccessKey: "AK", KeyOrigin: "the provider's configuration",
		},
		Attempts: 1,
	}
	for _, change := range more {
		change(e)
	}
	return e
}

// lost is a call without a response.
func lost(reason error) *transport.Error {
	return refusedCall(0, "", "", func(e *transport.Error) { e.Reason, e.RequestID = reason, "" })
}

func service(service transport.Service, operation, permission string) func(*transport.Error) {
	return func(e *transport.Error) { e.Service, e.Operation, e.Permission = service, operation, permission }
}

func unsignedCall(e *transport.Error) { e.AccessKey = "" }

// proxyFailure is the error of a transport for a failed connection to a proxy.
func proxyFailure(reason error) error {
	return &transport.ProxyError{Proxy: "proxy:8080", Err: &net.OpError{Op: "proxyconnect", Net: "tcp", Err: &net.OpError{Op: "dial", Net: "tcp", Err: reason}}}
}

const (
	documentedImplicit = `{"context": {"user_profile": {"principal_urn": "iam::1:user:eve"}, "action": "IdentityCenter:group:describe"}, "failure": "implicit deny by identity-based policy"}`
	documentedExplicit = `{"context": {}, "failure": "explicit deny by service control policy"}`
	otherImplicit      = `{"allowed": false, "explicit_deny": false, "matched_statements": [], "context": {"principal": {"urn": "iam::1:user:eve"}}}`
	otherExplicit      = `{"allowed": false, "explicit_deny": true, "matched_statements": [{"Effect": "Deny"}]}`
)

// kindOfError is an error with its diagnostic.
type kindOfError struct {
	err     error
	summary string
	// words must occur in this order, and absent must not occur.
	words, absent []string
	blamed        path.Path
}

func kindsOfErrors() map[string]kindOfError {
	denied := func(decision string) error {
		return &identitycenter.DeniedError{Err: refusedCall(403, "IIC.1000", "No permission for action X."), Decision: decision}
	}
	ended := func(argument path.Path) error {
		return &timeoutError{argument: argument, after: 5 * time.Minute}
	}
	timeouts := path.Root("timeouts").AtName("create")
	assumeByName := service(transport.IAM, "CreateTemporaryAccessKeyByAgency", "iam:agencies:assume")
	return map[string]kindOfError{
		// Ends of the operation.
		"interrupted":      {err: lost(context.Canceled), summary: "Interrupted", words: []string{"The run was interrupted."}, absent: []string{"Check"}},
		"timed out":        {err: ended(timeouts), summary: "Timed out (timeouts.create)", words: []string{"The time for the whole operation, timeouts.create, is over after 5m0s."}, blamed: timeouts},
		"timed out, fixed": {err: ended(path.Path{}), summary: "Timed out", words: []string{"The time for the whole operation is over after 5m0s."}},
		"timed out after a refusal": {err: refusedCall(503, "IIC.500", "busy", func(e *transport.Error) { e.Cause = ended(timeouts) }),
			summary: "Timed out (timeouts.create)", words: []string{"fault is on the side of the API", "503 Service Unavailable"}, blamed: timeouts},
		"wait too long": {err: refusedCall(429, "APIGW.0308", "limit:200,time:5 minute", func(e *transport.Error) { e.Cause = transport.ErrWaitTooLong }),
			summary: "Throttled (HTTP 429, APIGW.0308)", words: []string{"not enough time left for that wait"}},
		"wait too long, 503": {err: refusedCall(503, "", "", func(e *transport.Error) { e.Cause = transport.ErrWaitTooLong }),
			summary: "The API failed (HTTP 503)", words: []string{"not enough time left for that wait"}},
		"wait too long, no response": {err: refusedCall(0, "", "", func(e *transport.Error) { e.Reason, e.Cause = io.ErrUnexpectedEOF, transport.ErrWaitTooLong }),
			summary: "No response from the API", words: []string{"longer than the time left", "Check the network."}, absent: []string{"the API asks"}},
		"outcome not known": {err: refusedCall(0, "", "", func(e *transport.Error) { e.Operation, e.Unanswered, e.Reason = "DisableUser", true, context.Canceled }),
			summary: "Interrupted", words: []string{"The run was interrupted.", "its outcome is not known: it may have been carried out"}},
		"outcome of a reading": {err: refusedCall(0, "", "", func(e *transport.Error) { e.Unanswered, e.Reason = true, syscall.ECONNRESET }),
			summary: "No response from the API", absent: []string{"carried out"}},
		"no credentials": {err: &credentials.StepError{Doing: "reading the ID token from x", Err: errors.New("it is empty")},
			summary: "No credentials", words: []string{"There are no credentials to sign with: reading the ID token from x failed.", "it is empty"}},
		"anything else": {err: errors.New("a surprise\x1b[31m"), summary: "Unexpected error", words: []string{"a surprise?[31m"}},

		// No response.
		"proxy refuses":        {err: lost(&transport.ProxyError{Proxy: "proxy:8080", Status: 403}), summary: "No response from the API", words: []string{"The proxy refuses the call.", "Check the proxy variables"}},
		"proxy without DNS":    {err: lost(proxyFailure(&net.DNSError{Name: "proxy.invalid", IsNotFound: true})), summary: "No response from the API", words: []string{"The host name of the proxy cannot be resolved.", "HTTPS_PROXY"}, absent: []string{"endpoints."}},
		"proxy with slow DNS":  {err: lost(proxyFailure(&net.DNSError{Name: "proxy.invalid", IsTimeout: true})), summary: "No response from the API", words: []string{"The host name of the proxy cannot be resolved.", "HTTPS_PROXY"}, absent: []string{"endpoints."}},
		"no proxy there":       {err: lost(proxyFailure(syscall.ECONNREFUSED)), summary: "No response from the API", words: []string{"The proxy cannot be reached.", "HTTPS_PROXY"}, absent: []string{"endpoints."}},
		"unsent":               {err: lost(fmt.Errorf("%w: odd", transport.ErrUnsent)), summary: "The request could not be made", words: []string{"Nothing was sent.", "Check the IDs in the configuration and in the state"}},
		"endless":              {err: lost(transport.ErrTooLarge), summary: "Unusable response from the API", words: []string{"too large", "endpoints.identitystore"}},
		"DNS is down":          {err: lost(&net.DNSError{IsTimeout: true}), summary: "No response from the API", words: []string{"could not be resolved.", "Check the DNS of this machine. Check endpoints.identitystore"}},
		"no such host":         {err: lost(&net.DNSError{IsNotFound: true}), summary: "No response from the API", words: []string{"does not exist.", "Check endpoints.identitystore in the provider block, or region and cloud"}},
		"nothing listens":      {err: lost(syscall.ECONNREFUSED), summary: "No response from the API", words: []string{"refuses connections.", "Check endpoints.identitystore"}},
		"other host":           {err: lost(&tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: &x509.Certificate{}, Host: "h"}}), summary: "No response from the API", words: []string{"certificate is for another host.", "Check endpoints.identitystore"}},
		"expired certificate":  {err: lost(&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}}), summary: "No response from the API", words: []string{"not valid at the time of this machine's clock", "renew the certificate"}},
		"other authority":      {err: lost(x509.UnknownAuthorityError{}), summary: "No response from the API", words: []string{"is not trusted", "ca_file"}},
		"certificate, no word": {err: lost(&tls.CertificateVerificationError{Err: errors.New("odd")}), summary: "No response from the API", words: []string{"is not trusted", "ca_file"}},
		"no TLS":               {err: lost(tls.RecordHeaderError{Msg: "first record"}), summary: "No response from the API", words: []string{"does not speak TLS.", "Check https or http in the URL. Check endpoints.identitystore"}},
		"slow":                 {err: lost(transport.ErrRequestTimeout), summary: "No response in time (request_timeout)", words: []string{"Raise request_timeout if the network is slow."}},
		"broken":               {err: lost(syscall.ECONNRESET), summary: "No response from the API", words: []string{"Check the network. Check endpoints.identitystore"}},

		// Responses that are not from the API.
		"undocumented": {err: refusedCall(200, "", "", func(e *transport.Error) { e.Reason = transport.ErrUndocumented }), summary: "Unusable response from the API (HTTP 200)", words: []string{"not in the form that the API reference describes", "Check whether a proxy or a login page responded. Check endpoints"}},
		"redirect":     {err: refusedCall(302, "", "", func(e *transport.Error) { e.Reason = errors.New("a redirect") }), summary: "Unexpected response from the API (HTTP 302)", words: []string{"Set endpoints.identitystore to the URL of the API itself."}},
		"no such API":  {err: refusedCall(404, "APIGW.0101", "The API does not exist"), summary: "No such API at this endpoint (HTTP 404, APIGW.0101)", words: []string{"Check endpoints.identitystore"}, absent: []string{"Check group_id"}},
		"gateway":      {err: refusedCall(404, "", "", func(e *transport.Error) { e.Excerpt = "<html>" }), summary: "Unexpected response from the API (HTTP 404)", words: []string{"does not have the form of the API's: a gateway or a proxy may have sent it"}},

		"gateway, empty": {err: refusedCall(404, "", ""), summary: "Unexpected response from the API (HTTP 404)", words: []string{"a gateway or a proxy may have sent it, and it says nothing about users"}, absent: []string{"Check group_id"}},
		"empty 403":      {err: refusedCall(403, "", ""), summary: "Access denied (HTTP 403)", words: []string{"the usual causes"}},
		"other gateway":  {err: refusedCall(404, "APIG.0101", "The API does not exist"), summary: "Unexpected response from the API (HTTP 404, APIG.0101)", words: []string{"a gateway or a proxy may have sent it"}, absent: []string{"Check group_id"}},
		"message alone":  {err: refusedCall(404, "", "no such group_id"), summary: "Unexpected response from the API (HTTP 404)", absent: []string{"Check group_id"}},

		// 401.
		"clock":            {err: refusedCall(401, "APIGW.0303", "", func(e *transport.Error) { e.ClockDifference = time.Hour }), summary: "The clocks differ (HTTP 401, APIGW.0303)", words: []string{"The clock of this machine is 1h0m0s behind the server's."}},
		"clock ahead":      {err: refusedCall(401, "APIGW.0303", "", func(e *transport.Error) { e.ClockDifference = -time.Hour }), summary: "The clocks differ (HTTP 401, APIGW.0303)", words: []string{"1h0m0s ahead of the server's."}},
		"clock, no date":   {err: refusedCall(401, "APIGW.0303", ""), summary: "The clocks differ (HTTP 401, APIGW.0303)", words: []string{"more than 15 minutes off."}},
		"wrong key":        {err: refusedCall(401, "APIGW.0301", ""), summary: "Access key rejected (HTTP 401, APIGW.0301)", words: []string{"AK, from the provider's configuration", "It is not sent again in this run: five failures in a row lock it"}},
		"wrong key, clock": {err: refusedCall(401, "APIGW.0301", "", func(e *transport.Error) { e.ClockDifference = time.Hour }), summary: "Access key rejected (HTTP 401, APIGW.0301)", words: []string{"Or the clock is the cause: it is 1h0m0s behind"}},
		"wrong key, held":  {err: refusedCall(401, "APIGW.0301", "", func(e *transport.Error) { e.NotSent = true }), summary: "Access key rejected (HTTP 401, APIGW.0301)", words: []string{"was rejected before in this run"}},
		"wrong ID token": {err: &credentials.StepError{Doing: "trading the ID token", Err: refusedCall(401, "401", "The token is expired.", service(transport.IAM, "CreateTokenWithIdToken", ""), unsignedCall)},
			summary: "ID token rejected (HTTP 401)", words: []string{"There are no credentials to sign with: trading the ID token failed.", "Check idp_id in assume_role_with_oidc"}, absent: []string{"access key", "five failures", "Access key:"}},

		// Calls that return credentials.
		"ID token denied":  {err: refusedCall(403, "403", "Forbidden", service(transport.IAM, "CreateTokenWithIdToken", ""), unsignedCall), summary: "ID token refused (HTTP 403)", words: []string{"Check idp_id"}, absent: []string{"gateway"}},
		"agency denied":    {err: refusedCall(403, "STS.403", "", service(transport.STS, "AssumeAgency", "sts:agencies:assume")), summary: "Access denied (HTTP 403, STS.403)", words: []string{"does not trust the account", "lacks sts:agencies:assume."}},
		"agency by name":   {err: refusedCall(403, "403", "Forbidden", assumeByName), summary: "Access denied (HTTP 403)", words: []string{"lacks iam:agencies:assume\n    (the system-defined role Agent Operator has it)."}, absent: []string{"gateway", "sts:agencies:assume"}},
		"no such agency":   {err: refusedCall(404, "404", "", assumeByName), summary: "Not found (HTTP 404)", words: []string{"agency_name, domain_id or domain_name"}},
		"agency, bad":      {err: refusedCall(400, "STS.400", "", service(transport.STS, "AssumeAgency", "sts:agencies:assume")), summary: "Bad parameter (HTTP 400, STS.400)", words: []string{"duration is longer than the agency allows"}},
		"agency, odd":      {err: refusedCall(418, "STS.1", "", service(transport.STS, "AssumeAgency", "sts:agencies:assume")), summary: "Unexpected response from the API (HTTP 418, STS.1)", words: []string{"the usual causes"}},
		"agency throttled": {err: refusedCall(429, "APIGW.0308", "", service(transport.STS, "AssumeAgency", "sts:agencies:assume")), summary: "Throttled (HTTP 429, APIGW.0308)", words: []string{"used up its calls"}},

		// Wrong arguments and missing permissions.
		"bad parameter": {err: refusedCall(400, "IIC.400", "nothing named"), summary: "Bad parameter (HTTP 400, IIC.400)", words: []string{"does not accept an argument.", "Check group_id and identity_store_id.", "data.identitycenter_group (group_id) and data.identitycenter_instance (identity_store_id)"}},
		"bad group":     {err: refusedCall(400, "IIC.400", "The group_id is malformed."), summary: "Bad parameter (HTTP 400, IIC.400)", blamed: path.Root("group_id")},
		"provisioned": {err: &userlock.ProvisionedError{Err: refusedCall(400, "IIC.400", "The user_id is provisioned.")}, summary: "The API refuses to disable the user (HTTP 400, IIC.400)",
			words: []string{"The user was created by SCIM, which may be why the API refuses. Disable the user in the identity provider.", "400 Bad Request"}, absent: []string{"Check"}},
		"provisioned, 403": {err: &userlock.ProvisionedError{Err: refusedCall(403, "IIC.1000", "")}, summary: "Access denied (HTTP 403, IIC.1000)",
			words: []string{"The user was created by SCIM", "IdentityCenter:group:describe"}},
		"bad policy": {err: refusedCall(400, "IIC.400", "custom_policy is too long", service(transport.IdentityCenter, "PutCustomPolicyToPermissionSet", "")), summary: "The policy is refused (HTTP 400, IIC.400)",
			words: []string{"session_cutoff_policy"}, absent: []string{"Check group_id"}},
		"bad, as 403":       {err: refusedCall(403, "IIC.1003", "identity_store_id"), summary: "Bad parameter (HTTP 403, IIC.1003)", blamed: path.Root("identity_store_id")},
		"bad, as 403 again": {err: refusedCall(403, "IIC.1004", ""), summary: "Bad parameter (HTTP 403, IIC.1004)"},
		"dependent API":     {err: refusedCall(403, "IIC.1001", ""), summary: "Access denied (HTTP 403, IIC.1001)", words: []string{"Allow organizations:delegatedAdministrators:list in"}},
		"denied, no reason": {err: refusedCall(403, "IIC.1000", "No permission"), summary: "Access denied (HTTP 403, IIC.1000)",
			words: []string{"the usual causes:", "delegated administrator", "lacks IdentityCenter:group:describe", "or organizations:delegatedAdministrators:list", "another region"}},
		"denied, no permission known": {err: refusedCall(403, "IIC.1000", "", func(e *transport.Error) { e.Permission = "" }), summary: "Access denied (HTTP 403, IIC.1000)", words: []string{"lacks the action of DescribeGroup"}},
		"denied, implicit": {err: denied(documentedImplicit), summary: "Access denied (HTTP 403, IIC.1000)",
			words:  []string{"No policy statement allows the call.", "No permission for action X.", "Decision:    implicit deny by identity-based policy", "Allow IdentityCenter:group:describe and organizations:delegatedAdministrators:list", "done before", "The decoded authorization message:", `"failure": "implicit deny`},
			absent: []string{"usual causes"}},
		"denied, explicit":       {err: denied(documentedExplicit), summary: "Access denied (HTTP 403, IIC.1000)", words: []string{"A policy statement with the effect Deny", "explicit deny by service control policy", "Change the policy that denies the call"}, absent: []string{"usual causes"}},
		"denied, other shape":    {err: denied(otherImplicit), summary: "Access denied (HTTP 403, IIC.1000)", words: []string{"No policy statement allows the call", "Allow IdentityCenter:group:describe"}, absent: []string{"usual causes"}},
		"denied, other explicit": {err: denied(otherExplicit), summary: "Access denied (HTTP 403, IIC.1000)", words: []string{"with the effect Deny", `"Effect": "Deny"`}, absent: []string{"usual causes"}},
		"denied, unknown shape":  {err: denied(`{"verdict": "no"}`), summary: "Access denied (HTTP 403, IIC.1000)", words: []string{"the usual causes", "The decoded authorization message:", `"verdict": "no"`}},
		"denied, no JSON":        {err: denied("because"), summary: "Access denied (HTTP 403, IIC.1000)", words: []string{"the usual causes", "The decoded authorization message:\n\n  because"}},
		"denied, encoded": {err: refusedCall(403, "IIC.1000", "", func(e *transport.Error) { e.EncodedMessage = "abc'd" }), summary: "Access denied (HTTP 403, IIC.1000)",
			words: []string{"the usual causes", "done before", "hcloud STS DecodeAuthorizationMessage --cli-region=ap-southeast-3 --encoded_message='abc'\\''d'"}},
		"denied, not decoded": {err: &identitycenter.DeniedError{Err: refusedCall(403, "IIC.1000", "", func(e *transport.Error) { e.EncodedMessage, e.Endpoint = "abc", "http://127.0.0.1:1" }), DecodeErr: errors.New("no")},
			summary: "Access denied (HTTP 403, IIC.1000)", words: []string{"could not decode the authorization message: no", "--cli-region=REGION"}},
		"not found": {err: refusedCall(404, "IIC.404", "no such thing"), summary: "Not found (HTTP 404, IIC.404)", words: []string{"Check group_id and identity_store_id.", "that region in the provider block is that of the Identity Center instance"}, absent: []string{"user_id"}},
		"no permission set": {err: &missingSetError{target: cutoff.Target{InstanceID: "i", PermissionSetID: "p"}, err: refusedCall(404, "IIC.1205", "no such thing")},
			summary: "No such permission set (HTTP 404, IIC.1205)", words: []string{"Instance i has no permission set p.", "Correct permission_set_id.", "remove its cutoff from the configuration"}, absent: []string{"region in the provider block"}},
		"not found, named": {err: refusedCall(404, "IIC.1002", "no such group_id"), summary: "Not found (HTTP 404, IIC.1002)", blamed: path.Root("group_id")},

		// Temporary errors.
		"concurrency":         {err: refusedCall(409, "IIC.1006", ""), summary: "Conflict (HTTP 409, IIC.1006)", words: []string{"Another caller", "Apply again later."}},
		"modification failed": {err: refusedCall(409, "IIC.1007", ""), summary: "Conflict (HTTP 409, IIC.1007)", words: []string{"name the request ID"}},
		"throttled":           {err: refusedCall(429, "APIGW.0308", ""), summary: "Throttled (HTTP 429, APIGW.0308)", words: []string{"used up its calls, which", "max_concurrent_requests"}},
		"failed":              {err: refusedCall(500, "IIC.500", "", func(e *transport.Error) { e.Attempts, e.Elapsed = 6, time.Second }), summary: "The API failed (HTTP 500, IIC.500)", words: []string{"fault is on the side of the API", "6 in 1s; this is the last one"}},
		"undocumented status": {err: refusedCall(451, "IIC.9", ""), summary: "Unexpected response from the API (HTTP 451, IIC.9)", words: []string{"does not document this response", "Ask Huawei Cloud support"}},

		// Errors with their own description.
		"survivors": {err: &revocation.SurvivorsError{SessionIDs: []string{"s-1"}, Err: ended(timeouts)}, summary: "Sessions are still alive after their revocation",
			words: []string{"s-1", "Raise the timeout if the API is just slow"}, blamed: timeouts},
		"verification": {err: &revocation.VerificationError{Err: refusedCall(403, "IIC.1000", "")}, summary: "Access denied (HTTP 403, IIC.1000)", words: []string{"The API accepted the revocation, but listing the sessions to verify it failed", "DescribeGroup"}},
		"unlisted":     {err: &revocation.UnlistedError{Err: refusedCall(404, "IIC.404", ""), ListErr: errors.New("no list")}, summary: "Not found (HTTP 404, IIC.404)", words: []string{"a session is already gone. To find out, the user's sessions were listed, which failed too: no list"}},
	}
}

func TestDiagnostics(t *testing.T) {
	for _, name := range proxyVariables {
		t.Setenv(name, "")
	}
	for name, test := range kindsOfErrors() {
		t.Run(name, func(t *testing.T) {
			var diags diag.Diagnostics
			addError(&diags, operation{
				doing: "reading group g of identity store s", attributes: []string{"group_id", "identity_store_id"}, done: "What was done before.",
			}, test.err)
			if len(diags) != 1 {
				t.Fatalf("%d diagnostics", len(diags))
			}
			got := diags[0]
			if got.Summary() != test.summary {
				t.Errorf("summary %q, want %q", got.Summary(), test.summary)
			}
			var blamed path.Path
			if at, ok := got.(diag.DiagnosticWithPath); ok {
				blamed = at.Path()
			}
			if !blamed.Equal(test.blamed) {
				t.Errorf("blamed %s, want %s", blamed, test.blamed)
			}
			rest := got.Detail()
			for _, words := range append([]string{"Reading group g of identity store s failed."}, test.words...) {
				_, after, found := strings.Cut(rest, words)
				if !found {
					t.Fatalf("%q is missing or not in its place:\n%s", words, got.Detail())
				}
				rest = after
			}
			if !strings.Contains(got.Detail(), "What was done before.") {
				t.Error("what was done is missing")
			}
			for _, words := range test.absent {
				if strings.Contains(got.Detail(), words) {
					t.Errorf("%q is there:\n%s", words, got.Detail())
				}
			}
		})
	}
}

// TestErrorCases_coverage fails for a case that no error in the table reaches.
func TestErrorCases_coverage(t *testing.T) {
	t.Parallel()
	reached := make([]bool, len(errorCases))
	for _, test := range kindsOfErrors() {
		f := newFailedCall(test.err, nil)
		if i := slices.IndexFunc(errorCases, func(one errorCase) bool { return one.matches(f) }); i >= 0 {
			reached[i] = true
		}
	}
	for i, one := range errorCases {
		if !reached[i] {
			t.Errorf("no test reaches case %d, %q", i, one.summary)
		}
	}
}

// TestErrors_length checks that a summary has at most 8 words. A diagnostic without the
// authorization message must fit 20 lines of 80 columns.
func TestErrors_length(t *testing.T) {
	for _, name := range proxyVariables {
		t.Setenv(name, "")
	}
	for name, test := range kindsOfErrors() {
		var diags diag.Diagnostics
		addError(&diags, operation{
			doing:      "ending sessions of user 0123456789-abcdef01-2345-6789-abcd-ef0123456789 in identity store d-0123456789",
			attributes: []string{"group_id", "identity_store_id"}, done: "No session was ended. How many there are is not known.",
		}, test.err)
		summary, _, _ := strings.Cut(diags[0].Summary(), " (")
		if n := len(strings.Fields(summary)); n > 8 {
			t.Errorf("%s: the summary has %d words: %s", name, n, summary)
		}
		detail := diags[0].Detail()
		for _, message := range []string{"\n\nThe decoded authorization message:", "\n\nDecode the authorization message", "\n\nThe provider could not decode"} {
			detail, _, _ = strings.Cut(detail, message)
		}
		if text := RenderDiagnostic("Error", diags[0].Summary(), detail); strings.Count(text, "\n") > 20 {
			t.Errorf("%s: %d lines:\n%s", name, strings.Count(text, "\n"), text)
		}
	}
}

// A 404 of the API is attributed to the operation's only attribute. A 404 of a gateway is not.
func TestDiagnostics_blame(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err  error
		want path.Path
	}{
		"the API's":   {refusedCall(404, "IIC.404", ""), path.Root("group_id")},
		"a gateway's": {refusedCall(404, "", ""), path.Empty()},
	} {
		if got := classify(test.err, []string{"group_id"}).attribute; !got.Equal(test.want) {
			t.Errorf("%s: %s", name, got)
		}
	}
	// The advice for an operation without attributes names none.
	text := explain(refusedCall(404, "IIC.404", ""))
	if strings.Contains(text, "_id") {
		t.Errorf("it names attributes:\n%s", text)
	}
}

// The advice names the proxy variables that are set.
func TestDiagnostics_proxyVariables(t *testing.T) {
	for _, name := range proxyVariables {
		t.Setenv(name, "")
	}
	t.Setenv("HTTPS_PROXY", "http://name:password@proxy.invalid:8080")
	for _, err := range []error{lost(syscall.ECONNREFUSED), lost(proxyFailure(&net.DNSError{IsNotFound: true}))} {
		text := explain(err)
		if !strings.Contains(text, "HTTPS_PROXY") || strings.Contains(text, "http_proxy") || strings.Contains(text, "password") {
			t.Errorf("%s", text)
		}
	}
}

// External text cannot move the cursor, change the text direction or add a line.
func TestDiagnostics_printable(t *testing.T) {
	t.Parallel()
	const odd = "a\x1b[2J\u202eb\n  Status:      200 OK"
	err := &identitycenter.DeniedError{
		Err:      refusedCall(403, odd, odd, func(e *transport.Error) { e.RequestID, e.Excerpt, e.KeyOrigin = odd, odd, odd }),
		Decision: `{"failure": "explicit\u001b[2J\u202e\n  Status:      200 OK"}`,
	}
	var diags diag.Diagnostics
	addError(&diags, operation{doing: odd, done: odd}, err)
	text := diags[0].Summary() + "\n" + diags[0].Detail()
	if strings.ContainsAny(text, "\x1b\u202e") {
		t.Errorf("%q", text)
	}
	if n := strings.Count(explain(err), "\n  Status:"); n != 1 {
		t.Errorf("%d lines of status:\n%s", n, explain(err))
	}
}

// A diagnostic stays readable for a response of any length or depth. The test is not parallel,
// because it measures the allocations of the process.
func TestDiagnostics_longResponse(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	for name, decision := range map[string]string{
		"a megabyte": `{"failure": "explicit deny", "context": "` + long + `"}`, "no JSON": long,
		"deep": strings.Repeat(`{"a":[`, 4900) + strings.Repeat("]}", 4900), "deeper": strings.Repeat("[", 1<<20),
		"many lines": strings.Repeat("\n", 1<<20), "many keys": "{" + strings.Repeat(`"failure":1,`, 80_000) + `"a":1}`,
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		text := explain(&identitycenter.DeniedError{Err: refusedCall(403, "IIC.1000", "No permission."), Decision: decision})
		runtime.ReadMemStats(&after)
		if allocated := after.TotalAlloc - before.TotalAlloc; len(text) > 128<<10 || allocated > 64<<20 {
			t.Errorf("%s: a text of %d KiB, %d MiB allocated", name, len(text)>>10, allocated>>20)
		}
	}
	encoded := refusedCall(403, "IIC.1000", "No permission.", func(e *transport.Error) { e.EncodedMessage = long })
	if text := explain(encoded); len(text) > 4096 || !strings.Contains(text, "1048576 bytes") || strings.Contains(text, "hcloud") {
		t.Errorf("a text of %d bytes", len(text))
	}
}

// A session ID cannot add a line.
func TestDiagnostics_sessionIDs(t *testing.T) {
	t.Parallel()
	odd := []string{"a\n\nApply complete!", "b\u202e\x1b[2J"}
	var diags diag.Diagnostics
	addError(&diags, operation{doing: "ending sessions", done: describeProgress(revocation.Request{SessionIDs: odd}, revocation.Outcome{NotRevoked: odd, AlreadyGone: odd})},
		&revocation.SurvivorsError{SessionIDs: odd, Err: errors.New("left")})
	if text := diags[0].Detail(); strings.Contains(text, "\nApply complete!") || strings.Count(text, "a Apply complete!") != 3 || strings.ContainsAny(text, "\u202e\x1b") {
		t.Errorf("%s", text)
	}
}

// The error of a data source that is read before the provider is configured names the reason.
func TestProviderData_ready(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	if (&providerData{unknown: []string{"access_key", "secret_key"}}).ready(&diags) || (*providerData)(nil).ready(&diags) {
		t.Error("ready")
	}
	if diags[0].Summary() != "Provider configuration is not known yet" || !strings.Contains(diags[0].Detail(), "access_key, secret_key") {
		t.Errorf("%v", diags)
	}
}
