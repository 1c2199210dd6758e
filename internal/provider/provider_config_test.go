// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// called is a provider block with a data source that calls the API. URL is the placeholder for the
// URL of the simulator.
func (c *cloud) called(provider string) string {
	return strings.ReplaceAll(provider, "URL", c.URL) + fmt.Sprintf(`
data "identitycenter_user_sessions" "alice" {
  identity_store_id = %q
  user_id           = %q
}
`, c.IdentityStoreID, c.alice().UserID)
}

const everyEndpoint = `endpoints = { identitystore = "URL", identitycenter = "URL", sts = "URL", iam = "URL" }`

func TestProvider_invalidArguments(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	with := func(arguments attrs) attrs {
		config := attrs{"region": "ap-southeast-3", "access_key": c.Management.AccessKey, "secret_key": c.Management.SecretKey}
		maps.Copy(config, arguments)
		return config
	}
	endpoint := func(value string) attrs { return with(attrs{"endpoints": attrs{"sts": value}}) }
	const atEndpoint = `[AttributeName("endpoints").ElementKeyString("sts")]`
	profile := func(name, content string) attrs {
		return attrs{"region": "ap-southeast-3", "profile": name, "shared_config_file": sharedConfig(t, content)}
	}
	for name, test := range map[string]struct {
		config attrs
		words  []string
	}{
		"no region":            {with(attrs{"region": nil}), []string{"Missing region", "HW_REGION_NAME", `[AttributeName("region")]`}},
		"no secret key":        {with(attrs{"secret_key": nil}), []string{"HW_SECRET_KEY", "HUAWEICLOUD_SDK_SK"}},
		"no access key":        {with(attrs{"access_key": nil}), []string{"HW_ACCESS_KEY", "HUAWEICLOUD_SDK_AK"}},
		"token alone":          {attrs{"region": "ap-southeast-3", "security_token": "TOKENALONE"}, []string{"security_token"}},
		"another service":      {with(attrs{"endpoints": attrs{"obs": "https://obs.example.com"}}), []string{"obs", "identitystore"}},
		"endpoint with spaces": {endpoint("sts example com"), []string{"Invalid endpoint", "must be a host or an http or https URL", atEndpoint}},
		"endpoint with NBSP":   {endpoint("https://sts\u00a0.example.com"), []string{"Invalid endpoint", "The value contains a no-break space (U+00A0).", atEndpoint}},
		"password in endpoint": {endpoint("https://user:pa55word@sts.example.com"), []string{"Invalid endpoint"}},
		"FTP endpoint":         {endpoint("ftp://sts.example.com"), []string{"Invalid endpoint"}},
		"endpoint with path":   {endpoint("https://sts.example.com/v5"), []string{"Invalid endpoint", "without path"}},
		"timeout zero":         {with(attrs{"request_timeout": "0s"}), []string{"longer than zero", `[AttributeName("request_timeout")]`}},
		"timeout in words":     {with(attrs{"request_timeout": "soon"}), []string{`"soon"`, `[AttributeName("request_timeout")]`}},
		"timeout in days":      {with(attrs{"request_timeout": "3 days"}), []string{`Write "72h".`, `"3 days"`, `[AttributeName("request_timeout")]`}},
		"retries":              {with(attrs{"max_retries": -1}), []string{`[AttributeName("max_retries")]`}},
		"concurrency":          {with(attrs{"max_concurrent_requests": 0}), []string{`[AttributeName("max_concurrent_requests")]`}},
		"URL as region":        {with(attrs{"region": "x@127.0.0.1#"}), []string{"Invalid region", "region ID", `"x@127.0.0.1#"`, `[AttributeName("region")]`}},
		"region with BOM":      {with(attrs{"region": "\ufeffap-southeast-3"}), []string{"Invalid region", "begins with a byte order mark (U+FEFF)"}},
		"cloud with port":      {with(attrs{"cloud": "127.0.0.1:80"}), []string{"Invalid cloud", `[AttributeName("cloud")]`}},
		"short secret key":     {with(attrs{"secret_key": "SK"}), []string{"Invalid secret_key", "[]"}},
		"quoted access key":    {with(attrs{"access_key": "'AK'"}), []string{"Invalid access_key", "quotation mark"}},
		"agency in a chain": {with(attrs{"assume_role": []any{
			attrs{"agency_name": "a", "domain_id": "d"}, attrs{"agency_name": "b", "domain_id": "d'"},
		}}), []string{"Invalid domain_id", "quotation mark", `[AttributeName("assume_role").ElementKeyInt(1).AttributeName("domain_id")]`}},
		"CA file in text":        {with(attrs{"ca_file": "a\nb"}), []string{"Invalid ca_file", `[AttributeName("ca_file")]`}},
		"missing CA file":        {with(attrs{"ca_file": "/no/such/file"}), []string{"Unreadable certificate file", "/no/such/file"}},
		"no certificate in file": {with(attrs{"ca_file": "/dev/null"}), []string{"Unreadable certificate file"}},
		"two OIDC blocks":        {with(attrs{"assume_role_with_oidc": []any{attrs{}, attrs{}}}), []string{"at most 1", `[AttributeName("assume_role_with_oidc")]`}},
		"unknown profile":        {profile("prod", `{"profiles": [{"name": "dev"}]}`), []string{"Unknown profile", `"prod"`, `"dev"`}},
		"encrypted profile": {profile("dev", `{"profiles": [{"name": "dev", "mode": "AKSK", "accessKeyId": "oC4yT0Z3p1Vb3Jt8P8rQfVYk0a9mE2hGkLxT7uN5w==", "secretAccessKey": "x"}]}`),
			[]string{"Encrypted shared config file", "hcloud configure set --cli-auth-encrypt=false"}},
		"name as protected user": {with(attrs{"protected_user_ids": []any{"alice@example.com"}}),
			[]string{"Invalid ID", "data.identitycenter_user", `"alice@example.com"`, `[AttributeName("protected_user_ids").ElementKeyInt(0)]`}},
		"null protected user":      {with(attrs{"protected_user_ids": []any{nil}}), []string{`AttributeName("protected_user_ids")`}},
		"space in protected group": {with(attrs{"protected_group_ids": []any{"group "}}), []string{"Invalid ID", `"group " ends with a space`}},
	} {
		_, text := configureProvider(t, test.config)
		if missing := missingText(text, append([]string{"ERROR"}, test.words...)...); missing != "" || strings.Contains(text, "pa55word") {
			t.Errorf("%s: %q lacks %q", name, text, missing)
		}
	}
}

// Unknown arguments postpone the configuration. The error of a data source that is read meanwhile
// names them.
func TestProvider_unknownArguments(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	d, text := configureProvider(t, attrs{
		"region": "ap-southeast-3", "secret_key": tftypes.UnknownValue, "protected_user_ids": []any{"user-one", tftypes.UnknownValue},
	})
	if text != "" {
		t.Fatal(text)
	}
	_, text = d.read(t, "identitycenter_users", attrs{"identity_store_id": c.IdentityStoreID})
	if missing := missingText(text, "ERROR: Provider configuration is not known yet", "protected_user_ids, secret_key in the provider block"); missing != "" {
		t.Errorf("%q lacks %q", text, missing)
	}
	if len(c.Calls()) > 0 {
		t.Errorf("calls: %v", c.Operations())
	}
}

func sharedConfig(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// The simulator accepts calls signed with the keys of each source.
func TestProvider_credentials(t *testing.T) {
	ak, sk := "HPUAMANAGEMENTACCT01", ""
	block := func(arguments string) string {
		return "provider \"identitycenter\" {\nregion = \"ap-southeast-3\"\n" + everyEndpoint + "\n" + arguments + "\n}\n"
	}
	for name, test := range map[string]struct {
		environment map[string]string
		provider    string
		accessKey   string // "" for a temporary key
	}{
		"arguments":           {nil, block("access_key = \"AK\"\nsecret_key = \"SK\""), ak},
		"environment":         {map[string]string{"HW_ACCESS_KEY": "AK", "HW_SECRET_KEY": "SK"}, block(""), ak},
		"SDK environment":     {map[string]string{"HUAWEICLOUD_SDK_AK": "AK", "HUAWEICLOUD_SDK_SK": "SK"}, block(""), ak},
		"half and half":       {map[string]string{"HW_SECRET_KEY": "SK"}, block("access_key = \"AK\""), ak},
		"profile":             {map[string]string{"HW_PROFILE": "prod", "HW_SHARED_CONFIG_FILE": "FILE"}, block(""), ak},
		"assume_role by ID":   {nil, testdata(t, "assume_role_by_id.tf"), ""},
		"assume_role by name": {nil, testdata(t, "assume_role_by_name.tf"), ""},
		"assume_role from the environment": {map[string]string{
			"HW_ACCESS_KEY": "AK", "HW_SECRET_KEY": "SK", "HW_ASSUME_ROLE_AGENCY_NAME": "responders", "HW_ASSUME_ROLE_DOMAIN_ID": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
		}, block(""), ""},
		"a chain":  {nil, testdata(t, "chain.tf"), ""},
		"OIDC":     {nil, testdata(t, "oidc.tf"), ""},
		"metadata": {map[string]string{"HW_METADATA_ENDPOINT": "URL"}, block(""), ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t)
			sk = c.Management.SecretKey
			account := c.Management.AccountID
			c.AddAgency(simulator.Agency{Name: "responders", DomainID: account, DomainName: "example-corp"})
			c.AddAgency(simulator.Agency{Name: "gateway", DomainID: account, DomainName: "example-corp"})
			c.AddOIDC(simulator.OIDC{IdpID: "pipeline", DomainID: account, IDToken: "theIDTokenThatNobodyMaySee"})
			c.AddMetadataKey(simulator.Key{AccountID: account, Expires: time.Now().Add(time.Hour)})
			file := sharedConfig(t, fmt.Sprintf(`{"current": "dev", "profiles": [{"name": "dev"}, {"name": "prod", "mode": "AKSK", "accessKeyId": %q, "secretAccessKey": %q}]}`, ak, sk))
			fill := strings.NewReplacer(`"AK"`, `"`+ak+`"`, `"SK"`, `"`+sk+`"`, "URL", c.URL, "FILE", file)
			for name, value := range test.environment {
				switch value {
				case "AK":
					value = ak
				case "SK":
					value = sk
				}
				t.Setenv(name, fill.Replace(value))
			}
			applyInProcess(t, fill.Replace(c.called(test.provider))).works(t)
			calls := c.CallsOf(simulator.ListSessions)
			if len(calls) == 0 || calls[0].Status != http.StatusOK {
				t.Fatalf("calls: %v", c.Operations())
			}
			if temporary := calls[0].Header.Get("X-Security-Token") != ""; temporary != (test.accessKey == "") {
				t.Errorf("signed with %s, token %t", calls[0].AccessKey, temporary)
			}
			if test.accessKey != "" && calls[0].AccessKey != test.accessKey {
				t.Errorf("signed with %s", calls[0].AccessKey)
			}
		})
	}
}

// The provider block of the `huaweicloud` provider works, with every argument that both providers
// have.
func TestProvider_huaweicloudBlock(t *testing.T) {
	c := newCloud(t)
	c.AddAgency(simulator.Agency{Name: "responders", DomainID: c.Management.AccountID, DomainName: "example-corp"})
	file := sharedConfig(t, `{"profiles": [{"name": "prod"}]}`)
	fill := strings.NewReplacer("AK", c.Management.AccessKey, "SK", c.Management.SecretKey, `"FILE"`, strconv.Quote(file))
	applyInProcess(t, fill.Replace(c.called(testdata(t, "provider.tf")))).works(t)
}

// The 403 of a member account shows the decoded reason. The decoding may also be refused, fail, or
// be turned off.
func TestProvider_authorizationMessages(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		deny      map[string]string
		arguments string
		words     []string
		calls     []string
	}{
		"decoded": {nil, "", []string{"Access denied (HTTP 403, IIC.1000)", "No policy statement allows the call.", "Decision", "Allow IdentityCenter:user:batchDeleteSession", "The decoded authorization message:"},
			[]string{simulator.BatchDeleteSessions, simulator.DecodeAuthorizationMessage}},
		"decoding refused": {map[string]string{simulator.DecodeAuthorizationMessage: ""}, "", []string{"Access denied (HTTP 403, IIC.1000)", "Request ID", "the usual causes", "IdentityCenter:user:batchDeleteSession", "could not decode the authorization message:", "403", "Decode the authorization message with KooCLI", "hcloud STS DecodeAuthorizationMessage --cli-region=REGION --encoded_message="},
			[]string{simulator.BatchDeleteSessions, simulator.DecodeAuthorizationMessage}},
		"not wanted": {nil, "decode_authorization_messages = false", []string{"Access denied (HTTP 403, IIC.1000)", "Decode the authorization message with KooCLI", "hcloud STS DecodeAuthorizationMessage"},
			[]string{simulator.BatchDeleteSessions}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			key := c.Member
			key.Deny = test.deny
			c.AddKey(key)
			applyInProcess(t, c.config(key, test.arguments, revocationOf("ALICE", "session_ids = [\"s-1\"]"))).failsWith(t, test.words...)
			if names := c.Operations(); !slices.Equal(names, test.calls) {
				t.Errorf("calls: %v", names)
			}
		})
	}
}

// The certificate of a private authority is refused by default, trusted with ca_file, and unchecked
// with insecure, which adds a warning.
func TestProvider_TLS(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	server := httptest.NewTLSServer(c.Simulator)
	t.Cleanup(server.Close)
	c.URL = server.URL
	file := filepath.Join(t.TempDir(), "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	config := func(arguments string) string {
		return c.config(c.Management, arguments, revocationOf("ALICE", "all_sessions = true"))
	}
	applyInProcess(t, config("")).failsWith(t, "No response from the API", "certificate", "ca_file")
	applyInProcess(t, config(fmt.Sprintf("ca_file = %q", file))).works(t)
	unchecked := applyInProcess(t, config("insecure = true"))
	unchecked.works(t)
	if !strings.Contains(unchecked.text, "WARNING: Certificates are not checked") {
		t.Errorf("no warning:\n%s", unchecked.text)
	}
}

// Proxy variables are used. Go sends no requests to this machine through a proxy, so the endpoint
// has a name that only the proxy knows.
func TestAccProvider_proxy(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	target, err := url.Parse(c.URL)
	if err != nil {
		t.Fatal(err)
	}
	var through atomic.Int32
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		through.Add(1)
		r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host
	}})
	t.Cleanup(proxy.Close)
	c.URL = "http://identitystore.example.test"
	w := newProcessWorkspace(t, c.config(c.Management, "", revocationOf("ALICE", "all_sessions = true")))
	w.Env = append(w.Env, "HTTP_PROXY="+proxy.URL, "http_proxy="+proxy.URL, "NO_PROXY=", "no_proxy=")
	expect(t, w, 0, "apply", "-auto-approve")
	if through.Load() != 2 || len(c.SessionIDs(c.alice())) > 0 {
		t.Errorf("%d calls went through the proxy, %d sessions are left", through.Load(), len(c.SessionIDs(c.alice())))
	}
}

// An argument takes precedence over its environment variable.
func TestProvider_environment(t *testing.T) {
	c := newCloud(t)
	t.Setenv("HW_MAX_RETRIES", "many")
	t.Setenv("HW_INSECURE", "perhaps")
	t.Setenv("HW_REQUEST_TIMEOUT", "-1s")
	config := attrs{"region": "ap-southeast-3", "access_key": c.Management.AccessKey, "secret_key": c.Management.SecretKey}
	_, text := configureProvider(t, config)
	if missing := missingText(text, "ERROR: Invalid environment variable", "HW_MAX_RETRIES, which sets max_retries, must be a number from 0 to 100.", `The value: "many"`); missing != "" {
		t.Errorf("%q lacks %q", text, missing)
	}
	maps.Copy(config, attrs{"max_retries": 1, "insecure": false, "request_timeout": "5s"})
	if _, text := configureProvider(t, config); text != "" {
		t.Error(text)
	}
}

// The diagnostic stays readable for a JSON error body. The decision is also found in documents of
// another shape.
func TestProvider_otherDecision(t *testing.T) {
	c := newCloud(t)
	decoded, err := json.Marshal(map[string]any{"allowed": false, "explicit_deny": true, "context": map[string]any{
		"principal": map[string]any{"arn": "iam::1:user:eve"}, "action": "IdentityCenter:user:batchDeleteSession",
		"conditions": map[string]any{"items": []any{}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	encoded := c.RegisterMessage(string(decoded))
	c.Inject(simulator.Fault{Operation: simulator.BatchDeleteSessions, Status: http.StatusForbidden,
		Body: fmt.Sprintf(`{"error_code": "IIC.1000", "error_msg": "denied", "encoded_authorization_message": %q}`, encoded)})
	applyInProcess(t, c.config(c.Management, "", revocationOf("ALICE", "session_ids = [\"s-1\"]"))).failsWith(t, "A policy statement with the effect Deny applies to the call.", `"explicit_deny": true`)
}

// The error of a refused step to get the keys names the step.
func TestProvider_refusedAgency(t *testing.T) {
	c := newCloud(t)
	c.AddAgency(simulator.Agency{Name: "responders", DomainID: "another", DomainName: "another-corp", Trusts: []string{"nobody"}})
	applyInProcess(t, c.config(c.Management, "assume_role {\n  agency_name = \"responders\"\n  domain_id   = \"another\"\n}",
		revocationOf("ALICE", "all_sessions = true"))).failsWith(t, "Access denied (HTTP 403", "Ending sessions of user", "There are no credentials to sign with: assuming agency responders of domain another with access key HPUAMANAGEMENTACCT01 from the provider's configuration failed.",
		"AssumeAgency", "Request ID", "does not trust the account of the caller", "sts:agencies:assume")
}
