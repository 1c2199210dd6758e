// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	sts "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1"
	stsmodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// recorded returns a setting that records, and what was recorded.
func recorded() (func(*Config), func() []Exchange) {
	var mu sync.Mutex
	var exchanges []Exchange
	record := func(exchange Exchange) {
		mu.Lock()
		defer mu.Unlock()
		exchanges = append(exchanges, exchange)
	}
	return func(c *Config) { c.Record = record }, func() []Exchange {
		mu.Lock()
		defer mu.Unlock()
		return exchanges
	}
}

func TestEveryExchangeIsRecorded(t *testing.T) {
	t.Parallel()
	b := serve(t)
	b.Inject(simulator.Fault{Status: 503, Times: 1}, simulator.Fault{DropBefore: true, Times: 1})
	record, exchanges := recorded()
	sessionID := b.alice.Sessions[0].SessionID
	if _, err := b.end(t.Context(), b.transport(retries(2), record), b.keys(), sessionID); err != nil {
		t.Fatal(err)
	}
	got := exchanges()
	if len(got) != 3 || got[0].Status != 503 || got[1].Status != 0 || got[1].Error == "" || got[2].Status != 200 {
		t.Fatalf("got %+v", got)
	}
	last := got[2]
	if last.Operation != "BatchDeleteSessions" || last.Service != IdentityStore || last.Method != http.MethodPost || last.Time.IsZero() ||
		!strings.HasSuffix(last.URL, "/sessions/batch-delete") || !strings.Contains(last.RequestBody, sessionID) ||
		last.ResponseHeader["X-Request-Id"] != b.Calls()[2].RequestID || last.RequestHeader["Authorization"] != "***" {
		t.Errorf("got %+v", last)
	}
}

func TestSecretsAreNeverRecorded(t *testing.T) {
	t.Parallel()
	given := Keys{AccessKey: "AK", SecretKey: NewSecret(`s3cr3t/"key"<&>+with=odd\characters`), SecurityToken: NewSecret(strings.Repeat(`t0k3n/+="`, 50)), Origin: "the test"}
	record, exchanges := recorded()
	for _, status := range []int{200, 302, 401, 403, 503} {
		_, _, _ = Do[any](t.Context(), through(echo(given, status), record), deleteCall("s", "u", &keys{given: given}, "s1"))
	}
	_, _, _ = Do[*stsmodel.AssumeAgencyResponse](t.Context(), through(answers{status: 200, body: []byte(`{"credentials":{"secret_access_key":"newSecret"}}`)}, record), Call{
		Service: STS, Operation: "AssumeAgency", Keys: someKeys(), Define: sts.GenReqDefForAssumeAgency,
		Request: &stsmodel.AssumeAgencyRequest{Body: &stsmodel.AssumeAgencyReqBody{AgencyUrn: "urnOfTheAgency", AgencySessionName: "n"}},
	})
	if n := len(exchanges()); n != 6 {
		t.Errorf("%d exchanges", n)
	}
	text, err := json.Marshal(exchanges())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"s3cr3t", "t0k3n", "newSecret", "urnOfTheAgency", "Signature="} {
		if strings.Contains(string(text), secret) {
			t.Errorf("%s is in the record:\n%s", secret, text)
		}
	}
}
