// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1/model"
)

// BenchmarkSignAndSend measures one call without a network, which is the cost of the client itself.
func BenchmarkSignAndSend(b *testing.B) {
	transport := through(answers{status: 200, header: http.Header{"X-Request-Id": {"0123456789abcdef"}}})
	call := deleteCall("d-7f3a9c51e2", "user", someKeys(), "session")
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Do[*model.BatchDeleteSessionsResponse](b.Context(), transport, call); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSignAndSend_network measures one call to a local simulator.
func BenchmarkSignAndSend_network(b *testing.B) {
	sim := serve(b)
	transport, source := sim.transport(), sim.keys()
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := sim.list(b.Context(), transport, source); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkList1000Sessions measures the listing of 1,000 sessions.
func BenchmarkList1000Sessions(b *testing.B) {
	var list []string
	for i := range 1000 {
		list = append(list, fmt.Sprintf(`{"session_id":"%032d","user_id":"u","creation_time":1763900000000,"session_not_valid_after":1763930000000,`+
			`"ip_address":"203.0.113.7","user_agent":"Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"}`, i))
	}
	transport := through(answers{status: 200, body: []byte(`{"session_list":[` + strings.Join(list, ",") + `]}`)})
	call := listCall("d-7f3a9c51e2", "user", someKeys())
	b.ReportAllocs()
	for b.Loop() {
		response, _, err := Do[*model.ListSessionsResponse](b.Context(), transport, call)
		if err != nil || len(*response.SessionList) != 1000 {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseError measures a refusal.
func BenchmarkParseError(b *testing.B) {
	header := http.Header{"X-Request-Id": {"0123456789abcdef"}}
	body := []byte(`{"error_code":"IIC.1000","error_msg":"No permission.","request_id":"0123456789abcdef","encoded_authorization_message":"` +
		strings.Repeat("x", 1000) + `"}`)
	a := &attempt{transport: through(nil), call: Call{Service: IdentityStore}, status: 403, header: header, body: body, keys: someKeys().given, redactor: newRedactor(someKeys().given.SecretKey)}
	b.ReportAllocs()
	for b.Loop() {
		if failed := a.failure(errors.New("Forbidden")); failed.Code != "IIC.1000" {
			b.Fatal(failed)
		}
	}
}
