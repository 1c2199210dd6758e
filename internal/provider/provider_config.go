// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/credentials"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// Limits of arguments.
const (
	mostRetries            = 100
	mostConcurrentRequests = 1000
	// maxCAFile is the size of the largest ca_file, in bytes.
	maxCAFile = 4 << 20
)

// unknownArguments lists the arguments that are unknown or contain an unknown value, sorted.
func (m providerModel) unknownArguments(ctx context.Context) []string {
	var names []string
	for name, value := range map[string]attr.Value{
		"region": m.Region, "access_key": m.AccessKey, "secret_key": m.SecretKey, "security_token": m.SecurityToken,
		"shared_config_file": m.SharedConfigFile, "profile": m.Profile, "cloud": m.Cloud,
		"endpoints": m.Endpoints, "insecure": m.Insecure, "ca_file": m.CAFile,
		"max_retries": m.MaxRetries, "max_concurrent_requests": m.MaxConcurrentRequests, "request_timeout": m.RequestTimeout,
		"decode_authorization_messages": m.DecodeAuthorizationMessages,
		"protected_user_ids":            m.ProtectedUserIDs, "protected_group_ids": m.ProtectedGroupIDs,
		"assume_role": m.AssumeRole, "assume_role_with_oidc": m.AssumeRoleWithOIDC,
	} {
		if known, err := value.ToTerraformValue(ctx); err != nil || !known.IsFullyKnown() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (m providerModel) credentials(ctx context.Context, diags *diag.Diagnostics) credentials.Config {
	config := credentials.Config{
		Region: m.Region.ValueString(), Cloud: m.Cloud.ValueString(),
		AccessKey: m.AccessKey.ValueString(), SecretKey: transport.NewSecret(m.SecretKey.ValueString()), SecurityToken: transport.NewSecret(m.SecurityToken.ValueString()),
		SharedConfigFile: m.SharedConfigFile.ValueString(), Profile: m.Profile.ValueString(),
	}
	var roles []assumeRoleModel
	diags.Append(m.AssumeRole.ElementsAs(ctx, &roles, false)...)
	for _, role := range roles {
		config.AssumeRoles = append(config.AssumeRoles, credentials.AssumeRole{
			AgencyName: role.AgencyName.ValueString(), DomainName: role.DomainName.ValueString(),
			DomainID: role.DomainID.ValueString(), Duration: seconds(role.Duration),
		})
	}
	var federated []assumeRoleWithOIDCModel
	diags.Append(m.AssumeRoleWithOIDC.ElementsAs(ctx, &federated, false)...)
	for _, role := range federated {
		config.OIDC = &credentials.AssumeRoleWithOIDC{
			AssumeRole: credentials.AssumeRole{AgencyName: role.AgencyName.ValueString(), DomainID: role.DomainID.ValueString(), Duration: seconds(role.Duration)},
			IdpID:      role.IdpID.ValueString(), IDToken: transport.NewSecret(role.IDToken.ValueString()), IDTokenFile: role.IDTokenFile.ValueString(),
		}
	}
	return config
}

func seconds(n types.Int64) time.Duration { return time.Duration(n.ValueInt64()) * time.Second }

// secretArguments may have a secret as their value; access_key may by mistake. Their errors have no
// attribute, because Terraform would print the line of the configuration.
var secretArguments = []string{"access_key", "secret_key", "security_token", "id_token"}

// addArgumentErrors adds each error of an argument at its attribute.
func (m providerModel) addArgumentErrors(diags *diag.Diagnostics, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			m.addArgumentErrors(diags, one)
		}
		return
	}
	var argument *credentials.ArgumentError
	switch {
	case err == nil:
	case errors.As(err, &argument) && slices.Contains(secretArguments, argument.Argument):
		diags.AddError(argument.Summary, argument.Detail)
	case errors.As(err, &argument):
		diags.AddAttributeError(m.path(argument), argument.Summary, argument.Detail)
	default:
		diags.AddError("No credentials", explain(err))
	}
}

// path returns the path of an argument, or of its block if only variables set the block.
func (m providerModel) path(e *credentials.ArgumentError) path.Path {
	blocks := map[string]int{"assume_role": len(m.AssumeRole.Elements()), "assume_role_with_oidc": len(m.AssumeRoleWithOIDC.Elements())}
	switch {
	case e.Block == "":
		return path.Root(e.Argument)
	case e.Index < blocks[e.Block]:
		return path.Root(e.Block).AtListIndex(e.Index).AtName(e.Argument)
	default:
		return path.Root(e.Block)
	}
}

// transport returns the arguments for sending calls, except region and cloud.
func (m providerModel) transport(env credentials.Environment, diags *diag.Diagnostics) transport.Config {
	var requestTimeout *time.Duration
	if timeout, fault := parseDuration(m.RequestTimeout.ValueString()); fault == "" { // The schema validates it.
		requestTimeout = &timeout
	}
	config := transport.Config{
		Endpoints: transport.Endpoints{Overrides: map[transport.Service]string{}},
		Insecure:  setting[bool]{"insecure", credentials.EnvInsecure, parseBool}.or(false, m.Insecure.ValueBoolPointer(), env, diags),
		RequestTimeout: setting[time.Duration]{"request_timeout", credentials.EnvRequestTimeout, parseDuration}.
			or(transport.DefaultRequestTimeout, requestTimeout, env, diags),
		MaxRetries: int(setting[int64]{"max_retries", credentials.EnvMaxRetries, parseRetries}.
			or(transport.DefaultMaxRetries, m.MaxRetries.ValueInt64Pointer(), env, diags)),
		MaxConcurrentRequests: int(cmp.Or(m.MaxConcurrentRequests.ValueInt64(), transport.DefaultMaxConcurrentRequests)),
	}
	for service, value := range m.Endpoints.Elements() {
		text, _ := value.(types.String) // The type in the schema.
		endpointValidator.validate(path.Root("endpoints").AtMapKey(service), text, diags)
		config.Endpoints.Overrides[transport.Service(service)], _ = parseEndpoint(text.ValueString())
	}
	if text := strings.TrimSpace(m.CAFile.ValueString()); text != "" {
		config.RootCAs = trustedCAs(text, env, diags)
	}
	checkProxies(env, diags)
	warnOfConnection(config, diags)
	return config
}

func warnOfConnection(config transport.Config, diags *diag.Diagnostics) {
	const consequence = "anyone between Terraform and the API can read and alter the responses. " +
		"A revocation that is reported as done may not have reached Huawei Cloud."
	if config.Insecure {
		diags.AddAttributeWarning(path.Root("insecure"), "Certificates are not checked",
			"With insecure = true, "+consequence+"\n\nTo trust your own certificate authority, set ca_file instead.")
	}
	var plain []string
	for service, endpoint := range config.Endpoints.Overrides {
		if u, err := url.Parse(endpoint); err == nil && u.Scheme == "http" && u.Hostname() != "localhost" && !net.ParseIP(u.Hostname()).IsLoopback() {
			plain = append(plain, string(service))
		}
	}
	if len(plain) > 0 {
		slices.Sort(plain)
		diags.AddAttributeWarning(path.Root("endpoints"), "Connections are not encrypted",
			fmt.Sprintf("With an http endpoint (%s) on another machine, %s\n\nUse https.", strings.Join(plain, ", "), consequence))
	}
}

// setting is an argument with an environment variable.
type setting[T any] struct {
	argument, variable string
	// parse returns the value of the variable, or a description of its fault.
	parse func(string) (value T, fault string)
}

// or returns the configured value, else that of the variable, else the default.
func (s setting[T]) or(otherwise T, configured *T, env credentials.Environment, diags *diag.Diagnostics) T {
	text := env.Get(s.variable)
	switch {
	case configured != nil:
		return *configured
	case text == "":
		return otherwise
	}
	value, fault := s.parse(text)
	if fault != "" {
		diags.AddAttributeError(path.Root(s.argument), "Invalid environment variable",
			invalidValue(fmt.Sprintf("%s, which sets %s,", s.variable, s.argument), fault, text))
	}
	return value
}

func parseBool(text string) (value bool, fault string) {
	value, err := strconv.ParseBool(text)
	if err != nil {
		fault = "must be true or false"
	}
	return value, fault
}

func parseRetries(text string) (n int64, fault string) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 || n > mostRetries {
		fault = fmt.Sprintf("must be a number from 0 to %d", mostRetries)
	}
	return n, fault
}

// hostName matches a host name. In private networks, it may contain underscores.
var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$`)

var errEndpoint = errors.New("must be a host or an http or https URL without path, query, fragment or user, " +
	"such as https://identitystore.ap-southeast-3.myhuaweicloud.com")

// parseEndpoint returns the base URL of an element of endpoints; "" for an empty element.
func parseEndpoint(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", nil
	}
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || !validHost(u) ||
		// The SDK would replace this path by the path of the call.
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return "", errEndpoint
	}
	return u.Scheme + "://" + u.Host, nil
}

func validHost(u *url.URL) bool {
	port, err := strconv.ParseUint(cmp.Or(u.Port(), "443"), 10, 16)
	if err != nil || port == 0 || strings.HasSuffix(u.Host, ":") {
		return false
	}
	host := u.Hostname()
	return net.ParseIP(host) != nil || len(host) <= 253 && hostName.MatchString(host) && !strings.Contains(u.Host, "[")
}

// trustedCAs returns the authorities of the system and those of ca_file, a path or PEM text.
func trustedCAs(text string, env credentials.Environment, diags *diag.Diagnostics) *x509.CertPool {
	at, where, content := path.Root("ca_file"), "The value of ca_file", []byte(text)
	if !strings.Contains(text, "-----BEGIN ") {
		if credentials.PathFault(text) != "" {
			diags.AddAttributeError(at, "Invalid ca_file", "ca_file must be the path of a file with PEM certificates, or the certificates themselves (-----BEGIN CERTIFICATE-----).")
			return nil
		}
		where = env.Path(text)
		var err error
		if content, err = credentials.ReadFile(where, maxCAFile); err != nil {
			diags.AddAttributeError(at, "Unreadable certificate file", fmt.Sprintf("%s cannot be read: %s.", where, err))
			return nil
		}
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	certificates, found := parseCertificates(content)
	for _, certificate := range certificates {
		pool.AddCert(certificate)
	}
	switch n := len(certificates); {
	case n == 0:
		diags.AddAttributeError(at, "No certificate found", fmt.Sprintf("%s has no certificate that can be read, in PEM form (-----BEGIN CERTIFICATE-----).", where))
	case n < found:
		diags.AddAttributeWarning(at, "A certificate was not read",
			fmt.Sprintf("%s has %d certificates, and %d of them can be read. The others are not trusted.\n\nCheck that no line of the file is missing or changed.", where, found, n))
	}
	return pool
}

// certificateStart also matches a form of OpenSSL that is not read.
var certificateStart = regexp.MustCompile(`-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----`)

// parseCertificates returns the certificates of a PEM text, and the number that begin in it. It
// accepts byte order marks, and blocks that are indented or joined without a line break.
func parseCertificates(text []byte) (certificates []*x509.Certificate, found int) {
	text = bytes.ReplaceAll(text, []byte("\ufeff"), nil)
	for _, delimiter := range []string{"-----BEGIN ", "-----END "} {
		text = bytes.ReplaceAll(text, []byte(delimiter), []byte("\n"+delimiter))
	}
	found = len(certificateStart.FindAll(text, -1))
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		if certificate, err := x509.ParseCertificate(block.Bytes); err == nil {
			certificates = append(certificates, certificate)
		}
	}
	return certificates, found
}

// checkProxies adds an error for a proxy variable that net/http would ignore because it cannot
// parse it. The values may contain a password and are not shown.
func checkProxies(env credentials.Environment, diags *diag.Diagnostics) {
	for _, names := range [][]string{{"HTTP_PROXY", "http_proxy"}, {"HTTPS_PROXY", "https_proxy"}} {
		name := names[0]
		if env(name) == "" {
			name = names[1]
		}
		if value := env(name); value != "" && !validProxy(value) {
			diags.AddError("Invalid proxy variable", fmt.Sprintf("The environment variable %s is not the address of a proxy. "+
				"Set it to an address such as http://proxy.example.com:3128, without white space or quotation marks, or unset it.", name))
		}
	}
}

func validProxy(value string) bool {
	u, err := url.Parse(value)
	if err != nil || u.Scheme == "" || u.Host == "" {
		if u, err = url.Parse("http://" + value); err != nil {
			return false
		}
	}
	return slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) && validHost(u)
}
