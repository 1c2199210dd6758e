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
	"os"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/credentials"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/userlock"
)

// dependency is what every call on users and instances needs beside its own permission
// (API reference, "Actions supported by identity policy-based authorization").
const dependency = "organizations:delegatedAdministrators:list"

// problem is what an error means to its reader.
type problem struct {
	// summary says in a few words what went wrong.
	summary string
	// advice says what to do next; it may be empty.
	advice string
	// blamed is the attribute that the error is about; path.Empty() for none.
	blamed path.Path
	// generic is true when the error itself says all that is known.
	generic bool
}

// failure is what the rows of the table are asked about.
type failure struct {
	err error
	// call is the call that failed. It is never nil: of an error that is not about a
	// call it is empty.
	call *transport.Error
	// attributes are those of the surface that a refusal may be about.
	attributes []string
}

// row is one kind of error.
type row struct {
	when func(failure) bool
	// summary is followed by status and code, where the call has them.
	summary string
	// advice may be nil.
	advice func(failure) string
	// blame returns the name of an attribute, or nothing; it may be nil.
	blame func(failure) string
	// further leaves the advice to the row that fits the last response: this one is
	// about what ended the operation.
	further bool
}

// classify looks an error up in the table.
func classify(f failure) problem {
	f.call = &transport.Error{}
	if found := (*transport.Error)(nil); errors.As(f.err, &found) {
		f.call = found
	}
	result := problem{blamed: path.Empty(), generic: true}
	var knows explainer
	if errors.As(f.err, &knows) {
		summary, text := knows.Explain()
		result.summary, result.generic = summary, text == ""
	}
	var timeout *timeoutError
	ended := false
	for _, row := range rows {
		if !row.when(f) {
			continue
		}
		if result.summary == "" {
			result.summary = row.summary + row.suffix(f)
		}
		if row.advice != nil {
			result.advice = row.advice(f)
		}
		if row.blame != nil && !ended {
			if name := row.blame(f); name != "" {
				result.blamed = path.Root(name)
			}
		}
		if !row.further {
			break
		}
		ended = true
	}
	if !errors.Is(f.err, context.Canceled) && errors.As(f.err, &timeout) && !timeout.argument.Equal(path.Path{}) {
		result.blamed = timeout.argument
	}
	return result
}

// suffix is the status and the code of a refusal, or what ended the operation.
func (r row) suffix(f failure) string {
	var timeout *timeoutError
	switch {
	case r.further && errors.As(f.err, &timeout):
		return strings.TrimSuffix(fmt.Sprintf(" (%s)", timeout.argument), " ()")
	case r.further || f.call.Status == 0:
		return ""
	case f.call.Code != "" && f.call.Code != fmt.Sprint(f.call.Status):
		return fmt.Sprintf(" (HTTP %d, %s)", f.call.Status, f.call.Code)
	}
	return fmt.Sprintf(" (HTTP %d)", f.call.Status)
}

// rows are the kinds of errors that a user can meet. The first that fits is taken.
var rows = []row{
	// What ended the operation.
	{when: is(context.Canceled), summary: "Interrupted"},
	{when: as[*timeoutError], summary: "Timed out", further: true},
	{when: both(is(transport.ErrWaitTooLong), status(http.StatusTooManyRequests)), summary: "Throttled", advice: waitAdvice},
	{when: is(transport.ErrWaitTooLong), summary: "The API failed", advice: waitAdvice},
	{when: both(notACall, as[*credentials.StepError]), summary: "No credentials"},
	{when: notACall, summary: "Unexpected error", blame: only},

	// No response. First what a proxy says: the endpoint is not to blame for it.
	{when: as[*transport.ProxyError], summary: noResponse, advice: proxySays("The proxy does not let the call through.")},
	{when: both(proxyConnect, as[*net.DNSError]), summary: noResponse, advice: proxySays("The host name of the proxy cannot be resolved.")},
	{when: proxyConnect, summary: noResponse, advice: proxySays("The proxy cannot be reached.")},
	{when: is(transport.ErrUnsent), summary: "The request could not be made", advice: constant("Nothing was sent. Check the IDs in the configuration and in the state for characters that do not belong there.")},
	{when: is(transport.ErrTooLarge), summary: "Unusable response from the API", advice: whereTo("The response does not end within any sensible size.")},
	{when: dnsBroken, summary: noResponse, advice: func(f failure) string {
		return "The host name of the endpoint could not be resolved. Check the DNS of this machine, and " + settingOf(f.call) + "."
	}},
	{when: as[*net.DNSError], summary: noResponse, advice: whereTo("The host name of the endpoint does not exist.")},
	{when: is(syscall.ECONNREFUSED), summary: noResponse, advice: whereTo("Nothing listens there.")},
	{when: as[x509.HostnameError], summary: noResponse, advice: whereTo("The server's certificate is for another host.")},
	{when: expiredCertificate, summary: noResponse, advice: constant("The server's certificate is not valid at the time of this machine's clock. Check the clock, or have the certificate renewed.")},
	{when: as[tls.RecordHeaderError], summary: noResponse, advice: func(f failure) string {
		return "The endpoint does not speak TLS. Check https or http in " + settingOf(f.call) + proxies() + "."
	}},
	{when: untrustedCertificate, summary: noResponse, advice: func(f failure) string {
		return "The server's certificate is not trusted. If a proxy or a private endpoint has a certificate of your own authority, name that authority's file in ca_file. Else check " + settingOf(f.call) + proxies() + "."
	}},
	{when: is(transport.ErrRequestTimeout), summary: "No response in time (request_timeout)", advice: whereTo("Raise request_timeout if the network is just slow.")},
	{when: status(0), summary: noResponse, advice: func(f failure) string {
		return "Check the network on the way to the endpoint, which is set by " + settingOf(f.call) + proxies() + "."
	}},

	// Responses that are not the API's.
	{when: is(transport.ErrUndocumented), summary: "Unusable response from the API", advice: func(f failure) string {
		return fmt.Sprintf("The response is not what the API reference describes. Check endpoints.%s, region and cloud in the provider block, and whether a proxy or a login page is in between.", f.call.Service)
	}},
	{when: statuses(300, 399), summary: "Unexpected response from the API", advice: func(f failure) string {
		return fmt.Sprintf("Set endpoints.%s to the URL that serves the API itself.", f.call.Service)
	}},
	{when: code(transport.CodeNoAPI), summary: "No such API at this endpoint", advice: whereTo("The API does not exist at this endpoint, or is not published there; this says nothing of users, sessions or other IDs.")},

	// 401: who calls.
	{when: code(transport.CodeClock), summary: "The clocks differ", advice: func(f failure) string {
		return fmt.Sprintf("The clock of this machine is %s. A signature is valid for 15 minutes: set the clock, for instance by NTP.", behind(f.call.ClockDifference))
	}},
	{when: both(status(http.StatusUnauthorized), unsigned), summary: "ID token rejected", advice: constant(federationAdvice)},
	{when: status(http.StatusUnauthorized), summary: "Access key rejected", advice: rejectedAdvice},

	{when: notTheAPI, summary: "Unexpected response from the API", advice: gatewayAdvice},

	// The calls that trade keys for those of an agency.
	{when: both(keysRefused, unsigned), summary: "ID token refused", advice: constant(federationAdvice)},
	{when: both(keysRefused, status(http.StatusForbidden)), summary: "Access denied", advice: assumptionAdvice},
	{when: both(keysRefused, status(http.StatusNotFound)), summary: "Not found", advice: assumptionAdvice},
	{when: both(keysRefused, status(http.StatusBadRequest)), summary: "Bad parameter", advice: assumptionAdvice},
	{when: keysRefused, summary: "Unexpected response from the API", advice: assumptionAdvice},

	// What is asked for.
	{when: both(badParameter, calling("PutCustomPolicyToPermissionSet")), summary: "The policy is refused", advice: constant("The API does not accept the custom policy with the statement in it. " +
		"If it is too long, shorten it, or deny with a service control policy instead: see the function session_cutoff_policy.")},
	{when: refusedAsProvisioned, summary: "The API refuses to disable the user"},
	{when: badParameter, summary: "Bad parameter", advice: func(f failure) string {
		return "The API does not accept an argument. " + checkAttributes(f)
	}, blame: named},
	{when: code("IIC.1001"), summary: "Access denied", advice: constant("A call on which this one depends is not allowed: the identity policy of the key lacks " + dependency + ".")},
	{when: both(status(http.StatusForbidden), decided), summary: "Access denied", advice: decidedAdvice},
	{when: status(http.StatusForbidden), summary: "Access denied", advice: deniedAdvice},
	{when: both(status(http.StatusNotFound), notOfTheService), summary: "Unexpected response from the API", advice: gatewayAdvice},
	{when: as[*missingSetError], summary: "No such permission set", advice: func(f failure) string {
		var missing *missingSetError
		errors.As(f.err, &missing)
		return missingAdvice(missing.target)
	}, blame: alone},
	{when: status(http.StatusNotFound), summary: "Not found", advice: func(f failure) string {
		return checkAttributes(f) + " Check also that region in the provider block is that of the Identity Center instance."
	}, blame: alone},

	// What may pass.
	{when: code(transport.CodeConcurrency), summary: "Conflict", advice: constant("Somebody else is changing the same object at the same time. Apply again in a while.")},
	{when: status(http.StatusConflict), summary: "Conflict", advice: constant("The API could not carry out the request. Apply again; " + askSupport)},
	{when: status(http.StatusTooManyRequests), summary: "Throttled", advice: func(f failure) string {
		return "The account has used up its calls" + windowOf(f.call) + ", also by what others do with it. Apply again in a while, raise the timeouts, or lower max_concurrent_requests."
	}},
	{when: statuses(500, 999), summary: "The API failed", advice: constant("The fault is on the side of the API. Apply again; " + askSupport)},
	{when: anything, summary: "Unexpected response from the API", advice: constant("This response is not documented. Ask Huawei Cloud support and name the request ID.")},
}

const (
	noResponse       = "No response from the API"
	askSupport       = "if that does not help, ask Huawei Cloud support and name the request ID."
	federationAdvice = "Check idp_id in assume_role_with_oidc, and that the ID token is of that identity provider, for its audience, and not expired."
)

// What the rows ask.

func anything(failure) bool { return true }

func is(target error) func(failure) bool {
	return func(f failure) bool { return errors.Is(f.err, target) }
}

func as[E error](f failure) bool {
	var found E
	return errors.As(f.err, &found)
}

func both(first, second func(failure) bool) func(failure) bool {
	return func(f failure) bool { return first(f) && second(f) }
}

func notACall(f failure) bool { return f.call.Operation == "" }

func status(status int) func(failure) bool {
	return func(f failure) bool { return f.call.Status == status }
}

func statuses(first, last int) func(failure) bool {
	return func(f failure) bool { return f.call.Status >= first && f.call.Status <= last }
}

func code(code string) func(failure) bool {
	return func(f failure) bool { return f.call.Code == code }
}

func badParameter(f failure) bool { return f.call.BadParameter() }

func calling(operation string) func(failure) bool {
	return func(f failure) bool { return f.call.Operation == operation }
}

// unsigned tells whether the call carries no signature: an ID token, or the token that
// it was traded for, stands for the caller.
func unsigned(f failure) bool { return f.call.AccessKey == "" }

// keysRefused tells whether a service that trades keys said no for good.
func keysRefused(f failure) bool {
	return (f.call.Service == transport.IAM || f.call.Service == transport.STS) &&
		f.call.Status >= 400 && f.call.Status < 500 && !f.call.Temporary()
}

// notTheAPI tells whether a refusal is not in the API's form.
func notTheAPI(f failure) bool {
	return f.call.Code == "" && f.call.Excerpt != "" && !f.call.Temporary()
}

// notOfTheService tells whether a refusal has no code of the service, so that it says
// nothing of what was asked for.
func notOfTheService(f failure) bool { return !f.call.FromService }

// refusedAsProvisioned tells whether a user of an identity provider may not be disabled
// here; a 403 may as well be for want of a permission.
func refusedAsProvisioned(f failure) bool {
	return as[*userlock.ProvisionedError](f) && f.call.Status != http.StatusForbidden
}

// decided tells whether the authorization message names the cause of a 403.
func decided(f failure) bool { return decisionIn(f.err).kind != undecided }

// proxyConnect tells whether the connection to a proxy failed (net/http).
func proxyConnect(f failure) bool {
	var network *net.OpError
	return errors.As(f.err, &network) && network.Op == "proxyconnect"
}

// dnsBroken reports whether DNS failed, or lost a host that has responded before.
func dnsBroken(f failure) bool {
	var unknownHost *net.DNSError
	return errors.As(f.err, &unknownHost) && (!unknownHost.IsNotFound || f.call.HostResponded)
}

func expiredCertificate(f failure) bool {
	var invalid x509.CertificateInvalidError
	return errors.As(f.err, &invalid) && invalid.Reason == x509.Expired
}

func untrustedCertificate(f failure) bool {
	return as[*tls.CertificateVerificationError](f) || as[x509.UnknownAuthorityError](f)
}

// What the rows say.

func constant(text string) func(failure) string {
	return func(failure) string { return text }
}

// settingOf names the arguments that make the endpoint of a call.
func settingOf(call *transport.Error) string {
	return fmt.Sprintf("endpoints.%s in the provider block, or region and cloud, from which it is made", call.Service)
}

// whereTo says what is wrong, and what decides where a call goes.
func whereTo(what string) func(failure) string {
	return func(f failure) string { return what + " Check " + settingOf(f.call) + proxies() + "." }
}

// proxyVariables decide which proxy is taken (net/http).
var proxyVariables = []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"}

// setProxies lists the proxy variables that are in force, for they decide where a
// connection really goes.
func setProxies() string {
	var set []string
	for _, name := range proxyVariables {
		if os.Getenv(name) != "" {
			set = append(set, name)
		}
	}
	return strings.Join(set, ", ")
}

// proxies mentions the proxy variables that are in force.
func proxies() string {
	if set := setProxies(); set != "" {
		return ", and the proxy that the environment names (" + set + ")"
	}
	return ""
}

// proxySays blames the proxy that the environment names.
func proxySays(what string) func(failure) string {
	return func(failure) string {
		set := setProxies()
		if set == "" {
			set = strings.Join(proxyVariables, ", ")
		}
		return fmt.Sprintf("%s It is named by the environment: check %s. For an endpoint to be reached without a proxy, add its host to NO_PROXY.", what, set)
	}
}

func gatewayAdvice(f failure) string {
	return fmt.Sprintf("This is not a response in the API's form: a gateway or a proxy may have given it, and it says nothing of users, sessions or other IDs. "+
		"Check endpoints.%s, region and cloud in the provider block%s.", f.call.Service, proxies())
}

func waitAdvice(f failure) string {
	return "There is not enough time left for the wait that the API asks for" + windowOf(f.call) +
		". Apply again when the time that the API asks for is over, or raise the timeouts."
}

func rejectedAdvice(f failure) string {
	text := "The access key, its secret key or its security token is wrong, expired, or of another cloud."
	if f.call.ClockDifference.Abs() > 10*time.Minute {
		text += fmt.Sprintf(" The clock of this machine is %s, which alone may be the reason.", behind(f.call.ClockDifference))
	}
	if f.call.NotSent {
		text += " The key was rejected before in this run, as shown above, and was not sent again:"
	} else {
		text += " This key is not sent again in this run:"
	}
	return text + " five failures in a row lock it for five minutes."
}

// decidedAdvice is about a 403 whose cause is known.
func decidedAdvice(f failure) string {
	if decisionIn(f.err).kind == explicitly {
		return "Have the policy changed that denies it, or use a key that it does not apply to: allowing the action elsewhere does not help."
	}
	return fmt.Sprintf("Have the identity policy of the key allow %s and %s. If it does, the account may be the reason: "+
		"only the organization's management account and delegated administrator accounts of IAM Identity Center may make this call.", orTheAction(f.call), dependency)
}

func deniedAdvice(f failure) string {
	return "The usual causes:\n" +
		"  - The key is neither of the organization's management account nor of a\n    delegated administrator of IAM Identity Center.\n" +
		"  - The identity policy of the key lacks " + orTheAction(f.call) + "\n    or its dependency " + dependency + ".\n" +
		"  - The identity store lives in another region than the provider's."
}

// orTheAction names the permission that a call needs.
func orTheAction(call *transport.Error) string {
	if call.Permission == "" {
		return "the action of " + call.Operation
	}
	return call.Permission
}

// assumptionAdvice is about the calls that trade keys for those of an agency.
func assumptionAdvice(f failure) string {
	lacks := orTheAction(f.call)
	if f.call.Permission == "iam:agencies:assume" {
		lacks += " (the system-defined role Agent Operator has it)"
	}
	return "The usual causes:\n" +
		"  - agency_name, domain_id or domain_name in the provider block is not that of the agency.\n" +
		"  - The agency does not trust the account of the key.\n" +
		"  - The identity policy of the key lacks " + lacks + ".\n" +
		"  - duration is longer than the agency allows."
}

// finders are the data sources that return what an attribute takes.
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

// checkAttributes asks to check the attributes that a refusal may be about.
func checkAttributes(f failure) string {
	if len(f.attributes) == 0 {
		return fmt.Sprintf("Check endpoints.%s, region and cloud in the provider block.", f.call.Service)
	}
	text := "Check " + enumerate(f.attributes) + "."
	var sources []string
	for _, name := range f.attributes {
		if source := finders[name]; source != "" {
			sources = append(sources, fmt.Sprintf("%s (%s)", source, name))
		}
	}
	switch {
	case len(f.attributes) == 1 && len(sources) == 1:
		text += " It is returned by " + finders[f.attributes[0]] + "."
	case len(sources) > 0:
		text += " They are returned by " + enumerate(sources) + "."
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

// named returns the attribute that the API's message names.
func named(f failure) string {
	for _, name := range f.attributes {
		if regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`).MatchString(f.call.Message) {
			return name
		}
	}
	return ""
}

// only returns the attribute that is the only one.
func only(f failure) string {
	if len(f.attributes) == 1 {
		return f.attributes[0]
	}
	return ""
}

// alone returns the only attribute, else the one that the API's message names.
func alone(f failure) string { return cmp.Or(only(f), named(f)) }

// windowOf says the limit that a 429 names.
func windowOf(call *transport.Error) string {
	limit := transport.NamedLimit(call.Message)
	if limit.Calls == 0 {
		return ""
	}
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if n := limit.Window / unit.length; n > 0 && limit.Window%unit.length == 0 {
			return fmt.Sprintf(" (%d in %s)", limit.Calls, revocation.CountOf(int(n), unit.name))
		}
	}
	return fmt.Sprintf(" (%d in %s)", limit.Calls, limit.Window)
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
