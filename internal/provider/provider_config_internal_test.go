// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"context"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/credentials"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// variables is the environment of a test.
type variables map[string]string

func (v variables) get(name string) string { return v[name] }

// texts returns the text of diagnostics.
func texts(diags diag.Diagnostics) string {
	var b strings.Builder
	for _, d := range diags {
		b.WriteString(d.Severity().String() + ": " + d.Summary() + ": " + d.Detail() + "\n")
	}
	return b.String()
}

func TestParseEndpoint(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "",
		" \n":                          "",
		"sts.example.com":              "https://sts.example.com",
		"sts.example.com:8443":         "https://sts.example.com:8443",
		"sts.example.com/":             "https://sts.example.com",
		"https://sts.example.com/\n":   "https://sts.example.com",
		"HTTPS://sts.example.com":      "https://sts.example.com",
		"http://127.0.0.1:8080":        "http://127.0.0.1:8080",
		"http://[::1]:8080":            "http://[::1]:8080",
		"localhost:80":                 "https://localhost:80",
		"http://sts_proxy":             "http://sts_proxy",
		"ftp://sts.example.com":        "error",
		"https://":                     "error",
		"https://a/b":                  "error",
		"https://user:pass@a":          "error",
		"https://a?b":                  "error",
		"https://a?":                   "error",
		"https://a#b":                  "error",
		"https://a:":                   "error",
		"https://a:0":                  "error",
		"https://a:65536":              "error",
		"a b":                          "error",
		`"https://a"`:                  "error",
		"https://a,b":                  "error",
		"https://%61":                  "error",
		"https://[a]":                  "error",
		"https://" + longHost("a", 60): "error",
	} {
		got, err := parseEndpoint(text)
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func longHost(label string, n int) string {
	return strings.Repeat(strings.Repeat(label, 10)+".", n) + "com"
}

// An accepted endpoint is a URL with only a scheme and a host.
func FuzzParseEndpoint(f *testing.F) {
	for _, text := range []string{"sts.example.com", "https://a:443/", "http://[::1%25eth0]:80", "x@127.0.0.1#", "https://a\\@b", "https:////a", "https://a:b@c", "//a"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		endpoint, err := parseEndpoint(text)
		if err != nil || endpoint == "" {
			return
		}
		u, err := url.Parse(endpoint)
		if err != nil || u.Scheme+"://"+u.Host != endpoint || u.User != nil || (u.Scheme != "https" && u.Scheme != "http") {
			t.Fatalf("%q became %q", text, endpoint)
		}
		request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, endpoint+"/v1", http.NoBody)
		if err != nil || request.URL.Path != "/v1" || request.Host != u.Host {
			t.Fatalf("%q cannot be called: %v", endpoint, err)
		}
	})
}

func TestProviderModel_transport(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	certificate := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, "ca.pem"), []byte(certificate), 0o600); err != nil {
		t.Fatal(err)
	}
	const password = "pa55word-of-the-proxy"
	endpoints := func(sts attr.Value) providerModel {
		return providerModel{Endpoints: types.MapValueMust(types.StringType, map[string]attr.Value{"sts": sts})}
	}

	for name, tt := range map[string]struct {
		model providerModel
		env   variables
		says  []string // "" for no diagnostics
	}{
		"nothing":                 {providerModel{}, nil, nil},
		"everything empty":        {providerModel{CAFile: types.StringValue("")}, nil, nil},
		"null endpoint":           {endpoints(types.StringNull()), nil, nil},
		"empty endpoint":          {endpoints(types.StringValue("")), nil, nil},
		"bare host":               {endpoints(types.StringValue("sts.example.com")), nil, nil},
		"http on this machine":    {endpoints(types.StringValue("http://localhost:8080")), nil, nil},
		"http on this machine, 6": {endpoints(types.StringValue("http://[::1]:8080")), nil, nil},
		"http elsewhere":          {endpoints(types.StringValue("http://sts.example.com")), nil, []string{"Warning: Connections are not encrypted", "(sts)", "read and alter"}},
		"insecure":                {providerModel{Insecure: types.BoolValue(true)}, nil, []string{"Warning: Certificates are not checked", "read and alter"}},
		"insecure variable":       {providerModel{}, variables{"HW_INSECURE": "true\n"}, []string{"Warning: Certificates are not checked"}},
		"certificates":            {providerModel{CAFile: types.StringValue(certificate)}, nil, nil},
		"file below the home":     {providerModel{CAFile: types.StringValue("~/ca.pem\n")}, variables{"HOME": home, "USERPROFILE": home}, nil},
		"directory":               {providerModel{CAFile: types.StringValue(home)}, nil, []string{"Unreadable certificate file", "it is not a regular file"}},
		"endless":                 {providerModel{CAFile: types.StringValue("/dev/zero")}, nil, []string{"Unreadable certificate file", "it is not a regular file"}},
		"truncated certificate":   {providerModel{CAFile: types.StringValue(certificate[:100])}, nil, []string{"No certificate found", "The value of ca_file"}},
		"byte order mark":         {providerModel{CAFile: types.StringValue("\ufeff" + certificate)}, nil, nil},
		"joined certificates":     {providerModel{CAFile: types.StringValue(strings.TrimSpace(certificate) + "\ufeff" + certificate)}, nil, nil},
		"indented certificates":   {providerModel{CAFile: types.StringValue("  " + strings.ReplaceAll(certificate, "\n", "\n  "))}, nil, nil},
		"one certificate broken": {providerModel{CAFile: types.StringValue(certificate[:100] + "\n" + certificate)}, nil,
			[]string{"Warning: A certificate was not read", "has 2 certificates, and 1 of them can be read"}},
		"trusted certificate": {providerModel{CAFile: types.StringValue(certificate + strings.ReplaceAll(certificate, "CERTIFICATE", "TRUSTED CERTIFICATE"))}, nil,
			[]string{"Warning: A certificate was not read", "has 2 certificates, and 1 of them can be read"}},
		"long nonsense":           {providerModel{CAFile: types.StringValue(strings.Repeat("x", 220<<10))}, nil, []string{"Invalid ca_file"}},
		"retries":                 {providerModel{}, variables{"HW_MAX_RETRIES": "101"}, []string{"sets max_retries, must be a number from 0 to 100", `"101"`}},
		"timeout":                 {providerModel{}, variables{"HW_REQUEST_TIMEOUT": "0s"}, []string{"sets request_timeout, must be a duration longer than zero"}},
		"timeout in days":         {providerModel{}, variables{"HW_REQUEST_TIMEOUT": "3d"}, []string{`"3d"`, `Write "72h".`}},
		"long variable":           {providerModel{}, variables{"HW_INSECURE": strings.Repeat("x", 1000)}, []string{"HW_INSECURE", "..."}},
		"proxy":                   {providerModel{}, variables{"HTTPS_PROXY": "http://user:" + password + "@proxy.example.com:3128"}, nil},
		"proxy without a scheme":  {providerModel{}, variables{"https_proxy": "proxy.example.com:3128"}, nil},
		"socks":                   {providerModel{}, variables{"https_proxy": "socks5://127.0.0.1:1080"}, nil},
		"proxy, bad escape":       {providerModel{}, variables{"https_proxy": "http://user:" + password + "%ss@proxy:3128"}, []string{"https_proxy is not the address of a proxy"}},
		"proxy without host":      {providerModel{}, variables{"HTTPS_PROXY": "http://user:" + password + "@/"}, []string{"HTTPS_PROXY is not the address of a proxy"}},
		"proxy of another kind":   {providerModel{}, variables{"HTTPS_PROXY": "ftp://" + password + "@proxy"}, []string{"HTTPS_PROXY is not the address of a proxy"}},
		"proxy of two lines":      {providerModel{}, variables{"HTTPS_PROXY": "http://user:" + password + "@proxy.example.com:3128\n"}, []string{"HTTPS_PROXY is not the address of a proxy"}},
		"quoted proxy":            {providerModel{}, variables{"https_proxy": `"http://user:` + password + `@proxy"`}, []string{"https_proxy"}},
		"proxy of no scheme":      {providerModel{}, variables{"http_proxy": "ftp://" + password + "@proxy"}, []string{"http_proxy"}},
		"proxy with a bad port":   {providerModel{}, variables{"HTTP_PROXY": "http://" + password + "@proxy:port"}, []string{"HTTP_PROXY"}},
		"proxy that is not taken": {providerModel{}, variables{"HTTP_PROXY": "http://proxy", "http_proxy": "://"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var diags diag.Diagnostics
			config := tt.model.transport(tt.env.get, &diags)
			text := texts(diags)
			if len(tt.says) == 0 && text != "" {
				t.Error(text)
			}
			for _, says := range tt.says {
				if !strings.Contains(text, says) {
					t.Errorf("%q does not say %q", text, says)
				}
			}
			if strings.Contains(text, password) || len(text) > 1500 {
				t.Errorf("shown too much: %s", text)
			}
			if config.RequestTimeout <= 0 && !diags.HasError() || config.MaxConcurrentRequests != transport.DefaultMaxConcurrentRequests {
				t.Errorf("the defaults are missing: %+v", config)
			}
		})
	}
}

// An argument in a block that only environment variables set has the path of the block.
func TestProviderModel_path(t *testing.T) {
	object := types.ObjectType{AttrTypes: map[string]attr.Type{}}
	model := providerModel{AssumeRole: types.ListValueMust(object, []attr.Value{types.ObjectNull(nil), types.ObjectNull(nil)})}
	for want, e := range map[string]credentials.ArgumentError{
		"secret_key":               {Argument: "secret_key"},
		"assume_role[1].domain_id": {Block: "assume_role", Index: 1, Argument: "domain_id"},
		"assume_role":              {Block: "assume_role", Index: 2, Argument: "domain_id"},
		"assume_role_with_oidc":    {Block: "assume_role_with_oidc", Argument: "id_token"},
	} {
		if got := model.path(&e).String(); got != want {
			t.Errorf("points at %s, want %s", got, want)
		}
	}
}

// Two certificates without a line break between them are both trusted.
func TestParseCertificates_joined(t *testing.T) {
	var text strings.Builder
	for range 2 {
		server := httptest.NewTLSServer(http.NotFoundHandler())
		t.Cleanup(server.Close)
		text.Write(bytes.TrimSpace(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	}
	certificates, found := parseCertificates([]byte(text.String()))
	if len(certificates) != 2 || found != 2 {
		t.Errorf("%d of %d certificates", len(certificates), found)
	}
}

// unknownArguments covers every argument of the model.
func TestProviderModel_unknownArguments(t *testing.T) {
	empty := providerModel{
		Endpoints: types.MapNull(types.StringType), ProtectedUserIDs: types.ListNull(types.StringType), ProtectedGroupIDs: types.ListNull(types.StringType),
		AssumeRole: types.ListNull(types.StringType), AssumeRoleWithOIDC: types.ListNull(types.StringType),
	}
	var model providerModel
	value := reflect.ValueOf(&model).Elem()
	for i := range value.NumField() {
		name := value.Type().Field(i).Tag.Get("tfsdk")
		model = empty
		switch field := value.Field(i).Addr().Interface().(type) {
		case *types.String:
			*field = types.StringUnknown()
		case *types.Bool:
			*field = types.BoolUnknown()
		case *types.Int64:
			*field = types.Int64Unknown()
		case *types.Map:
			*field = types.MapValueMust(types.StringType, map[string]attr.Value{"sts": types.StringUnknown()})
		case *types.List:
			*field = types.ListValueMust(types.StringType, []attr.Value{types.StringValue("a"), types.StringUnknown()})
		default:
			t.Fatalf("%s has another type", name)
		}
		if got := model.unknownArguments(t.Context()); !slices.Equal(got, []string{name}) {
			t.Errorf("%s is unknown, got %v", name, got)
		}
	}
	if got := empty.unknownArguments(t.Context()); got != nil {
		t.Errorf("nothing is unknown, got %v", got)
	}
}

func TestProviderModel_protectedUsers(t *testing.T) {
	list := func(ids ...string) types.List {
		var values []attr.Value
		for _, id := range ids {
			values = append(values, types.StringValue(id))
		}
		return types.ListValueMust(types.StringType, values)
	}
	var diags diag.Diagnostics
	protected := providerModel{ProtectedUserIDs: list("user-one"), ProtectedGroupIDs: list("group-one")}.protectedUsers(t.Context(), " User-Two, ,user-three,", &diags)
	if diags.HasError() || !slices.Equal(protected.userIDs, []string{"user-one", "User-Two", "user-three"}) || !slices.Equal(protected.groupIDs, []string{"group-one"}) {
		t.Errorf("%+v, %s", protected, texts(diags))
	}
	for id, want := range map[string]bool{"user-one": true, "USER-ONE": true, "user-two": true, "user-three": true, "user": false, "": false} {
		if protected.includesUserID(id) != want {
			t.Errorf("%q is protected: %t", id, !want)
		}
	}
	providerModel{ProtectedUserIDs: list(), ProtectedGroupIDs: list()}.protectedUsers(t.Context(), "alice@example.com", &diags)
	if text := texts(diags); !strings.Contains(text, "Invalid ID in "+envProtectedUserIDs) || !strings.Contains(text, `"alice@example.com"`) {
		t.Errorf("a name is accepted: %q", text)
	}
}

// Data of another type is reported as a bug; nil is accepted.
func TestConfigure_wrongType(t *testing.T) {
	var resourceResponse resource.ConfigureResponse
	(&configuredResource{}).Configure(t.Context(), resource.ConfigureRequest{ProviderData: "text"}, &resourceResponse)
	var dataSourceResponse datasource.ConfigureResponse
	(&configuredDataSource{}).Configure(t.Context(), datasource.ConfigureRequest{ProviderData: "text"}, &dataSourceResponse)
	var actionResponse action.ConfigureResponse
	(&configuredAction{}).Configure(t.Context(), action.ConfigureRequest{ProviderData: "text"}, &actionResponse)
	for _, diags := range []diag.Diagnostics{resourceResponse.Diagnostics, dataSourceResponse.Diagnostics, actionResponse.Diagnostics} {
		if text := texts(diags); !strings.Contains(text, "Unexpected Configure Type") || !strings.Contains(text, "got string") {
			t.Errorf("%q", text)
		}
	}
	var none datasource.ConfigureResponse
	(&configuredDataSource{}).Configure(t.Context(), datasource.ConfigureRequest{}, &none)
	if none.Diagnostics.HasError() {
		t.Error(none.Diagnostics)
	}
}
