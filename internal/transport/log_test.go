// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	sts "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1"
	stsmodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// logged runs a function with a logger and returns the log as entries and as text.
func logged(t *testing.T, run func(context.Context)) ([]map[string]any, string) {
	t.Helper()
	var output bytes.Buffer
	run(tflogtest.RootLogger(t.Context(), &output))
	text := output.String()
	entries, err := tflogtest.MultilineJSONDecode(&output)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return entries, text
}

func TestLog_attempts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults []simulator.Fault
		status []float64
	}{
		"success":   {nil, []float64{200}},
		"refusal":   {[]simulator.Fault{simulator.Refuse(403, "IIC.1000", "No.")}, []float64{403}},
		"no answer": {[]simulator.Fault{{DropBefore: true}}, []float64{0, 0}},
		"repeated":  {[]simulator.Fault{{Status: 503, Times: 1}}, []float64{503, 200}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := serve(t)
			b.Inject(test.faults...)
			entries, _ := logged(t, func(ctx context.Context) { _, _, _ = b.list(ctx, b.transport(retries(1)), b.keys()) })
			var status []float64
			for _, e := range entries {
				if e["@level"] != "debug" || e["@message"] != "Called the API" {
					continue
				}
				status = append(status, e["status"].(float64))
				call := b.Calls()[len(status)-1]
				requestID := call.RequestID
				if call.Status == 0 {
					requestID = ""
				}
				if e["operation"] != simulator.ListSessions || e["request_id"] != requestID || e["duration_ms"] == nil {
					t.Errorf("got %v", e)
				}
				if (e["error"] == nil) != (e["status"] == 200.0) {
					t.Errorf("the error is %v", e["error"])
				}
			}
			if !slices.Equal(status, test.status) {
				t.Errorf("the lines are of %v, want %v", status, test.status)
			}
		})
	}
}

// A call that changes something is logged at info level, with its request ID.
func TestLog_changesAtInfo(t *testing.T) {
	t.Parallel()
	b := serve(t)
	entries, _ := logged(t, func(ctx context.Context) {
		if _, err := b.end(ctx, b.transport(), b.keys(), b.alice.Sessions[0].SessionID); err != nil {
			t.Error(err)
		}
		if _, _, err := b.list(ctx, b.transport(), b.keys()); err != nil {
			t.Error(err)
		}
	})
	levels := map[any]any{}
	for _, e := range entries {
		if e["@message"] == "Called the API" {
			levels[e["request_id"]] = fmt.Sprint(e["@level"], " ", e["operation"])
		}
	}
	want := map[any]any{b.Calls()[0].RequestID: "info BatchDeleteSessions", b.Calls()[1].RequestID: "debug ListSessions"}
	if !maps.Equal(levels, want) {
		t.Errorf("got %v, want %v", levels, want)
	}
}

func TestLog_trace(t *testing.T) {
	t.Parallel()
	b := serve(t)
	sessionID := b.alice.Sessions[0].SessionID
	entries, text := logged(t, func(ctx context.Context) {
		if _, err := b.end(ctx, b.transport(), b.keys(), sessionID); err != nil {
			t.Error(err)
		}
		if _, _, err := b.list(ctx, b.transport(), b.keys()); err != nil {
			t.Error(err)
		}
	})
	if n := strings.Count(text, `"@level":"trace"`); n != 4 {
		t.Errorf("%d trace lines, want 4", n)
	}
	sent, received := entries[0], entries[1]
	if sent["method"] != "POST" || !strings.HasSuffix(sent["url"].(string), "/sessions/batch-delete") || !strings.Contains(sent["body"].(string), sessionID) {
		t.Errorf("sent: %v", sent)
	}
	if received["status"] != 200.0 || received["operation"] != "BatchDeleteSessions" {
		t.Errorf("received: %v", received)
	}
	if !strings.Contains(text, b.alice.Sessions[1].SessionID) {
		t.Error("the list is not shown")
	}
}

// echo responds with everything it received, including secrets.
func echo(given Keys, status int) http.RoundTripper {
	encode := func(v any) string {
		encoded, _ := json.Marshal(v)
		return string(encoded)
	}
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		secret, token := given.SecretKey.Reveal(), given.SecurityToken.Reveal()
		secrets := secret + " " + token
		header := http.Header{
			"X-Request-Id": {"r " + secret}, "X-Echo": {secrets}, "X-Security-Token": {token},
			"Set-Cookie": {"token=" + token}, "Www-Authenticate": {"Basic " + url.QueryEscape(secrets)},
		}
		body := `{"error_code":` + encode("c "+secrets) + `,"error_msg":` + encode(secrets) + `,"headers":` + encode(r.Header) +
			`,"escaped":` + strings.ReplaceAll(encode(secrets), "/", `\/`) + `}`
		return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	})
}

func TestLog_masksSecrets(t *testing.T) {
	t.Parallel()
	given := Keys{AccessKey: "AK", SecretKey: NewSecret(`s3cr3t/"key"<&>+with=odd\characters`), SecurityToken: NewSecret(strings.Repeat(`t0k3n/+="`, 50)), Origin: "the test"}
	for _, status := range []int{200, 302, 401, 403, 503} {
		_, text := logged(t, func(ctx context.Context) {
			transport := through(echo(given, status), retries(1))
			_, _, err := Do[any](ctx, transport, deleteCall("s", "u", &keys{given: given}, "s1"))
			tflog.Error(ctx, "Failed", map[string]any{"error": err.Error()})
		})
		for _, secret := range []string{given.SecretKey.Reveal(), given.SecurityToken.Reveal()} {
			encoded, _ := json.Marshal(secret)
			for _, form := range []string{secret, string(encoded[1 : len(encoded)-1])} {
				if strings.Contains(text, form) {
					t.Errorf("%d: %q is in the log:\n%s", status, form, text)
				}
			}
		}
		if strings.Contains(text, "s3cr3t") || strings.Contains(text, "t0k3n") {
			t.Errorf("%d: part of a secret is in the log:\n%s", status, text)
		}
	}
}

// Bodies of STS and IAM contain secrets that are not known yet.
func TestLog_bodiesOfKeyServices(t *testing.T) {
	t.Parallel()
	network := answers{status: 200, body: []byte(`{"credentials":{"secret_access_key":"newSecret"}}`)}
	_, text := logged(t, func(ctx context.Context) {
		_, _, err := Do[*stsmodel.AssumeAgencyResponse](ctx, through(network), Call{
			Service: STS, Operation: "AssumeAgency", Keys: someKeys(), Define: sts.GenReqDefForAssumeAgency,
			Request: &stsmodel.AssumeAgencyRequest{Body: &stsmodel.AssumeAgencyReqBody{AgencyUrn: "urnOfTheAgency", AgencySessionName: "n"}},
		})
		if err != nil {
			t.Error(err)
		}
	})
	if strings.Contains(text, "newSecret") || strings.Contains(text, "urnOfTheAgency") || !strings.Contains(text, "not shown") {
		t.Errorf("got\n%s", text)
	}
}

// Secrets that one call sent or received are masked in all responses, including the one that
// contains them first.
func TestRedactors_secretsOfAnotherCall(t *testing.T) {
	t.Parallel()
	const idToken, iamToken, freshKey, freshToken = "idTokenThatNobodyMaySee", "iamTokenThatNobodyMaySee", "freshKeyThatNobodyMaySee", "freshTokenThatNobodyMaySee"
	all := idToken + " " + iamToken + " " + freshKey + " " + freshToken
	old := Keys{AccessKey: "OLD", SecretKey: NewSecret("oldSecretKeyThatNobodyMaySee"), SecurityToken: NewSecret("oldTokenThatNobodyMaySee"), Origin: "the test"}
	all += " " + old.SecretKey.Reveal() + " " + old.SecurityToken.Reveal()
	assume := func(secrets ...Secret) Call {
		return Call{
			Service: STS, Operation: "AssumeAgency", Keys: &keys{given: old}, Define: sts.GenReqDefForAssumeAgency, Secrets: secrets,
			Request: &stsmodel.AssumeAgencyRequest{Body: &stsmodel.AssumeAgencyReqBody{AgencyUrn: "u", AgencySessionName: "n"}},
		}
	}
	header := http.Header{"X-Request-Id": {"r " + all}, "X-Echo": {all}, "X-Subject-Token": {iamToken}, "Location": {"https://x.example/login?t=" + url.QueryEscape(all) + "#" + all}}
	given := `"credentials":{"access_key_id":"AK","secret_access_key":"` + freshKey + `","security_token":"` + freshToken + `","expiration":"2030-01-01T00:00:00Z"}`
	refusal := `{"error_code":"` + all + `","error_msg":"` + all + `",` + given + `}`
	for _, status := range []int{200, 201, 302, 401, 403, 503} {
		_, text := logged(t, func(ctx context.Context) {
			transport := through(roundTripper(func(r *http.Request) (*http.Response, error) {
				body := "{" + given + "}"
				if status != 200 {
					body = refusal
				}
				return answers{status: status, header: header, body: []byte(body)}.RoundTrip(r)
			}), retries(0))
			_, receipt, err := Do[any](ctx, transport, assume(NewSecret(idToken)))
			tflog.Error(ctx, "Step", map[string]any{"error": fmt.Sprint(err), "ids": receipt.RequestIDs})
			transport.http = answers{status: 403, header: header, body: []byte(refusal)}
			_, receipt, err = Do[any](ctx, transport, listCall("s", "u", someKeys()))
			tflog.Error(ctx, "Failed", map[string]any{"error": fmt.Sprint(err), "ids": receipt.RequestIDs, "decoded": transport.Redact(all)})
		})
		if strings.Contains(text, "NobodyMaySee") {
			i := strings.Index(text, "NobodyMaySee")
			t.Errorf("%d: %s", status, text[max(0, i-300):i])
		}
	}
}

// A body is not formatted if the log is off.
func TestLog_off(t *testing.T) {
	a := &attempt{ctx: t.Context(), keys: someKeys().given, redactor: newRedactor(), body: bytes.Repeat([]byte("x"), 1<<20), header: http.Header{"X-Request-Id": {"r"}}}
	if n := testing.AllocsPerRun(10, func() { a.log() }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
