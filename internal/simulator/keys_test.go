// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/global"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/sdkerr"
	center "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenter/v1"
	centermodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenter/v1/model"
	store "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1"
	storemodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1/model"
	sts "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1"
	stsmodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// stsAnswer is the response of AssumeAgency.
type stsAnswer struct {
	SourceIdentity string `json:"source_identity"`
	AssumedAgency  struct {
		URN string `json:"urn"`
		ID  string `json:"id"`
	} `json:"assumed_agency"`
	Credentials struct {
		AccessKeyID     string    `json:"access_key_id"`
		SecretAccessKey string    `json:"secret_access_key"`
		SecurityToken   string    `json:"security_token"`
		Expiration      time.Time `json:"expiration"`
	} `json:"credentials"`
}

func (a stsAnswer) key() simulator.Key {
	return simulator.Key{AccessKey: a.Credentials.AccessKeyID, SecretKey: a.Credentials.SecretAccessKey, SecurityToken: a.Credentials.SecurityToken}
}

// iamAnswer is the response of IAM and the server metadata.
type iamAnswer struct {
	Credential struct {
		Access        string    `json:"access"`
		Secret        string    `json:"secret"`
		SecurityToken string    `json:"securitytoken"`
		ExpiresAt     time.Time `json:"expires_at"`
	} `json:"credential"`
}

func (a iamAnswer) key() simulator.Key {
	return simulator.Key{AccessKey: a.Credential.Access, SecretKey: a.Credential.Secret, SecurityToken: a.Credential.SecurityToken}
}

// unsigned sends a request without a signature.
func (c client) unsigned(method, path, body string, header ...string) reply {
	c.t.Helper()
	r, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json;charset=UTF-8")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return c.send(r)
}

// identity returns the account of a client's key.
func identity(t *testing.T, c client) (account, urn string) {
	t.Helper()
	got := parse[map[string]string](t, c.get("/v5/caller-identity"))
	if got["principal_id"] == "" {
		t.Errorf("got %v", got)
	}
	return got["account_id"], got["principal_urn"]
}

// object is a JSON object.
func object(v map[string]any) string {
	body, _ := json.Marshal(v)
	return string(body)
}

func TestGetCallerIdentity(t *testing.T) {
	sim, seeded, c := setUp(t)
	if account, urn := identity(t, c); account != seeded.Management.AccountID || !strings.HasPrefix(urn, "iam::"+account+":user:") {
		t.Errorf("got %s and %s", account, urn)
	}
	key := simulator.Key{AccessKey: "A", SecretKey: "S", AccountID: "acc", PrincipalID: "id", PrincipalURN: "urn"}
	sim.AddKey(key)
	if got := parse[map[string]string](t, c.as(key).get("/v5/caller-identity")); got["principal_id"] != "id" || got["principal_urn"] != "urn" {
		t.Errorf("got %v", got)
	}
}

func TestAssumeAgency(t *testing.T) {
	moment := &clock{now: time.Now().Truncate(time.Second)}
	sim, seeded, c := setUp(t, moment.option)
	sim.AddAgency(simulator.Agency{Name: "first", DomainID: "acc1", DomainName: "one", Trusts: []string{seeded.Management.AccountID}})
	sim.AddAgency(simulator.Agency{Name: "second", DomainID: "acc2", DomainName: "two", Trusts: []string{"acc1"}, Member: true})
	sim.AddAgency(simulator.Agency{Name: "guarded", DomainID: "acc1", ExternalID: "word", MaxDuration: 30 * time.Minute, Deny: map[string]string{simulator.ListUsers: "IIC.1001"}})
	ask := func(c client, urn string, more ...any) reply {
		body := map[string]any{"agency_urn": urn, "agency_session_name": "terraform"}
		for i := 0; i < len(more); i += 2 {
			if body[more[i].(string)] = more[i+1]; more[i+1] == nil {
				delete(body, more[i].(string))
			}
		}
		return c.post("/v5/agencies/assume", object(body))
	}

	a := parse[stsAnswer](t, ask(c, "iam::acc1:agency:first", "source_identity", "ci", "policy", "{}", "tags", []any{map[string]any{"key": "k", "value": "v"}}))
	if !a.Credentials.Expiration.Equal(moment.now.Add(time.Hour)) || a.SourceIdentity != "ci" ||
		a.AssumedAgency.URN != "sts::acc1:assumed-agency:first/terraform" || !strings.HasSuffix(a.AssumedAgency.ID, ":terraform") {
		t.Errorf("got %+v", a)
	}
	first := c.as(a.key())
	if account, urn := identity(t, first); account != "acc1" || urn != a.AssumedAgency.URN {
		t.Errorf("got %s and %s", account, urn)
	}
	if a := first.get(usersPath(seeded.IdentityStoreID)); a.Status != 200 {
		t.Errorf("got %d %s", a.Status, a.Body)
	}

	// A chain of two agencies. The second key may be valid for at most an hour.
	expect(t, ask(first, "iam::acc2:agency:second", "duration_seconds", 3601), 400, "STS.400", "900 to 3600")
	second := c.as(parse[stsAnswer](t, ask(first, "iam::acc2:agency:second", "duration_seconds", 900)).key())
	if account, _ := identity(t, second); account != "acc2" {
		t.Errorf("got %s", account)
	}
	expect(t, second.get(usersPath(seeded.IdentityStoreID)), 403, "IIC.1000", "")
	moment.now = moment.now.Add(900 * time.Second)
	expect(t, second.get("/v5/caller-identity"), 401, "APIGW.0301", "expired")
	identity(t, first)

	guarded := c.as(parse[stsAnswer](t, ask(c, "iam::acc1:agency:guarded", "external_id", "word", "duration_seconds", 1800)).key())
	expect(t, guarded.get(usersPath(seeded.IdentityStoreID)), 403, "IIC.1001", "")

	for name, test := range map[string]struct {
		reply   reply
		status  int
		message string
	}{
		"not trusted":           {ask(c, "iam::acc2:agency:second"), 403, "may not be assumed"},
		"wrong external ID":     {ask(c, "iam::acc1:agency:guarded", "external_id", "guess", "duration_seconds", 900), 403, "may not be assumed"},
		"longer than agency":    {ask(c, "iam::acc1:agency:guarded", "external_id", "word"), 400, "1800 of the agency"},
		"unknown agency":        {ask(c, "iam::acc1:agency:nobody"), 404, "does not exist"},
		"not a URN":             {ask(c, "first"), 400, "iam::ACCOUNT_ID:agency:NAME"},
		"too short":             {ask(c, "iam::acc1:agency:first", "duration_seconds", 899), 400, "900 to 43200"},
		"too long":              {ask(c, "iam::acc1:agency:first", "duration_seconds", 43201), 400, "900 to 43200"},
		"session name missing":  {ask(c, "iam::acc1:agency:first", "agency_session_name", nil), 400, "0 characters"},
		"session name too long": {ask(c, "iam::acc1:agency:first", "agency_session_name", strings.Repeat("x", 129)), 400, "129 characters"},
		"policy not JSON":       {ask(c, "iam::acc1:agency:first", "policy", "no"), 400, "policy"},
		"unknown field":         {ask(c, "iam::acc1:agency:first", "agency_name", "x"), 400, `"agency_name"`},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, test.reply, test.status, fmt.Sprintf("STS.%d", test.status), test.message)
		})
	}
	if a := c.unsigned(http.MethodPost, "/v5/agencies/assume", "{}"); a.Status != 401 {
		t.Errorf("unsigned: %d %s", a.Status, a.Body)
	}
}

func TestIAM_assumeRole(t *testing.T) {
	moment := &clock{now: time.Now().Truncate(time.Second)}
	sim, seeded, c := setUp(t, moment.option)
	sim.AddAgency(simulator.Agency{Name: "first", DomainID: "acc1", DomainName: "one", Trusts: []string{seeded.Management.AccountID}})
	sim.AddAgency(simulator.Agency{Name: "second", DomainID: "acc2", DomainName: "two", Trusts: []string{"acc1"}})
	ask := func(c client, role map[string]any) reply {
		return c.post("/v3.0/OS-CREDENTIAL/securitytokens", object(map[string]any{
			"auth": map[string]any{"identity": map[string]any{"methods": []string{"assume_role"}, "assume_role": role}},
		}))
	}
	a := ask(c, map[string]any{"agency_name": "first", "domain_name": "one"})
	answer := parse[iamAnswer](t, a)
	if a.Status != 201 || !answer.Credential.ExpiresAt.Equal(moment.now.Add(15*time.Minute)) || last(t, sim).Operation != simulator.CreateTemporaryAccessKeyByAgency {
		t.Errorf("got %d %s", a.Status, a.Body)
	}
	first := c.as(answer.key())
	second := c.as(parse[iamAnswer](t, ask(first, map[string]any{
		"agency_name": "second", "domain_id": "acc2", "duration_seconds": 86400, "session_user": map[string]any{"name": "terraform"},
	})).key())
	if account, urn := identity(t, second); account != "acc2" || urn != "iam::acc2:agency:second" {
		t.Errorf("got %s and %s", account, urn)
	}
	moment.now = moment.now.Add(15 * time.Minute)
	expect(t, first.get("/v5/caller-identity"), 401, "APIGW.0301", "expired")

	for name, test := range map[string]struct {
		reply   reply
		status  int
		message string
	}{
		"not trusted":     {ask(c, map[string]any{"agency_name": "second", "domain_name": "two"}), 403, "may not be assumed"},
		"unknown":         {ask(c, map[string]any{"agency_name": "third", "domain_name": "one"}), 404, "does not exist"},
		"other domain":    {ask(c, map[string]any{"agency_name": "first", "domain_name": "two"}), 404, "does not exist"},
		"no domain":       {ask(c, map[string]any{"agency_name": "first"}), 400, "domain_id"},
		"no name":         {ask(c, map[string]any{"domain_name": "one"}), 400, "agency_name"},
		"too short":       {ask(c, map[string]any{"agency_name": "first", "domain_name": "one", "duration_seconds": 899}), 400, "900 to 86400"},
		"too long":        {ask(c, map[string]any{"agency_name": "first", "domain_name": "one", "duration_seconds": 86401}), 400, "900 to 86400"},
		"unknown field":   {ask(c, map[string]any{"agency_name": "first", "domain_name": "one", "agency_urn": "x"}), 400, `"agency_urn"`},
		"unknown method":  {c.post("/v3.0/OS-CREDENTIAL/securitytokens", `{"auth":{"identity":{"methods":["password"]}}}`), 400, "methods"},
		"no auth":         {c.post("/v3.0/OS-CREDENTIAL/securitytokens", `{}`), 400, "methods"},
		"an empty object": {c.post("/v3.0/OS-CREDENTIAL/securitytokens", `{"auth":{"identity":{"methods":["assume_role"]}}}`), 400, "agency_name"},
	} {
		t.Run(name, func(t *testing.T) {
			expectIAM(t, test.reply, test.status, test.message)
		})
	}
}

// expectIAM checks an error in IAM's format.
func expectIAM(t *testing.T, a reply, status int, message string) {
	t.Helper()
	var body struct {
		Error struct {
			Code    int    `json:"code"`
			Message string `json:"message"`
			Title   string `json:"title"`
		} `json:"error"`
	}
	err := json.Unmarshal([]byte(a.Body), &body)
	if err != nil || a.Status != status || body.Error.Code != status || body.Error.Title != http.StatusText(status) ||
		!strings.Contains(body.Error.Message, message) || a.Code != "" {
		t.Errorf("got %d %s, want %d and %q", a.Status, a.Body, status, message)
	}
}

func TestIAM_token(t *testing.T) {
	moment := &clock{now: time.Now().Truncate(time.Second)}
	sim, seeded, c := setUp(t, moment.option)
	sim.AddOIDC(simulator.OIDC{IdpID: "corp", DomainID: "acc1", IDToken: "good", Member: true})
	trade := func(idp, token, scope string) reply {
		return c.unsigned(http.MethodPost, "/v3.0/OS-AUTH/id-token/tokens", `{"auth":{"id_token":{"id":"`+token+`"}`+scope+`}}`, "X-Idp-Id", idp)
	}
	a := trade("corp", "good", `,"scope":{"domain":{"id":"acc1"}}`)
	token := a.Header.Get("X-Subject-Token")
	if a.Status != 201 || token == "" || !strings.Contains(a.Body, `"expires_at"`) {
		t.Fatalf("got %d %s", a.Status, a.Body)
	}
	securityTokens := func(identity string, header ...string) reply {
		return c.unsigned(http.MethodPost, "/v3.0/OS-CREDENTIAL/securitytokens", `{"auth":{"identity":{"methods":["token"]`+identity+`}}}`, header...)
	}
	b := securityTokens(`,"token":{"id":"` + token + `","duration_seconds":3600}`)
	key := parse[iamAnswer](t, b)
	if b.Status != 201 || !key.Credential.ExpiresAt.Equal(moment.now.Add(time.Hour)) || last(t, sim).Operation != simulator.CreateTemporaryAccessKeyByToken {
		t.Errorf("got %d %s", b.Status, b.Body)
	}
	if account, urn := identity(t, c.as(key.key())); account != "acc1" || urn != "iam::acc1:user:corp" {
		t.Errorf("got %s and %s", account, urn)
	}
	expect(t, c.as(key.key()).get(usersPath(seeded.IdentityStoreID)), 403, "IIC.1000", "")
	if a := securityTokens("", "X-Auth-Token", token); a.Status != 201 {
		t.Errorf("by header: %d %s", a.Status, a.Body)
	}
	if a := securityTokens(`,"token":{"id":"`+token+`"}`, "X-Auth-Token", token); a.Status != 201 {
		t.Errorf("by both: %d %s", a.Status, a.Body)
	}

	expectIAM(t, trade("corp", "forged", ""), 401, "ID token")
	expectIAM(t, trade("nobody", "good", ""), 404, "nobody")
	expectIAM(t, c.unsigned(http.MethodPost, "/v3.0/OS-AUTH/id-token/tokens", `{"auth":{"id_token":{"id":"good"}}}`), 400, "X-Idp-Id")
	expectIAM(t, trade("corp", "", ""), 400, "mandatory")
	expectIAM(t, c.unsigned(http.MethodPost, "/v3.0/OS-AUTH/id-token/tokens", `[]`, "X-Idp-Id", "corp"), 400, "not as documented")
	expectIAM(t, securityTokens(`,"token":{"id":"wrong"}`), 401, "invalid")
	expectIAM(t, securityTokens(""), 400, "one token")
	expectIAM(t, securityTokens(`,"token":{"id":"other"}`, "X-Auth-Token", token), 400, "one token")
	expectIAM(t, securityTokens(`,"token":{"id":"`+token+`","duration_seconds":899}`), 400, "900 to 86400")
	expectIAM(t, securityTokens(`,"tokens":{}`), 400, `"tokens"`)
	if a := trade("corp", "good", `,"scope":{"domain":{"id":"acc2"}}`); a.Status != 403 {
		t.Errorf("other domain: %d %s", a.Status, a.Body)
	}
	moment.now = moment.now.Add(24 * time.Hour)
	expectIAM(t, securityTokens(`,"token":{"id":"`+token+`"}`), 401, "expired")
}

func TestMetadata(t *testing.T) {
	moment := &clock{now: time.Now().Truncate(time.Second)}
	sim, _, c := setUp(t, moment.option)
	const tokenPath, keyPath = "/meta-data/latest/api/token", "/openstack/latest/securitykey"
	issue := func(seconds string) reply {
		return c.unsigned(http.MethodPut, tokenPath, "", "X-Metadata-Token-Ttl-Seconds", seconds)
	}
	token := issue("60")
	if token.Status != 200 || len(token.Body) != 64 {
		t.Fatalf("got %d %s", token.Status, token.Body)
	}
	if a := c.unsigned(http.MethodGet, keyPath, "", "X-Metadata-Token", token.Body); a.Status != 401 || !strings.Contains(a.Body, "Please configure Cloud Service Agency first") {
		t.Errorf("without an agency: %d %s", a.Status, a.Body)
	}
	added := sim.AddMetadataKey(simulator.Key{AccountID: "acc1"})
	got := parse[iamAnswer](t, c.unsigned(http.MethodGet, keyPath, "", "X-Metadata-Token", token.Body))
	if got.key().AccessKey != added.AccessKey || !got.Credential.ExpiresAt.Equal(moment.now.Add(24*time.Hour)) || added.SecurityToken == "" {
		t.Errorf("got %+v, added %+v", got, added)
	}
	if account, _ := identity(t, c.as(got.key())); account != "acc1" {
		t.Errorf("got %s", account)
	}

	for _, seconds := range []string{"", "0", "-1", "21601", "x"} {
		if a := issue(seconds); a.Status != 400 {
			t.Errorf("%q seconds: %d %s", seconds, a.Status, a.Body)
		}
	}
	for _, wrong := range []string{"", "wrong"} {
		if a := c.unsigned(http.MethodGet, keyPath, "", "X-Metadata-Token", wrong); a.Status != 401 {
			t.Errorf("token %q: %d %s", wrong, a.Status, a.Body)
		}
	}
	moment.now = moment.now.Add(time.Minute)
	if a := c.unsigned(http.MethodGet, keyPath, "", "X-Metadata-Token", token.Body); a.Status != 401 {
		t.Errorf("expired token: %d %s", a.Status, a.Body)
	}

	sim.Configure(func(o *simulator.Options) { o.MetadataTokenStatus = 404 })
	if a := issue("60"); a.Status != 404 {
		t.Errorf("no tokens: %d %s", a.Status, a.Body)
	}
	given := simulator.Key{AccessKey: "A", SecretKey: "S", SecurityToken: "T", Expires: moment.now.Add(time.Hour)}
	sim.AddMetadataKey(given)
	if got := parse[iamAnswer](t, c.unsigned(http.MethodGet, keyPath, "")); got.key().AccessKey != "A" || !got.Credential.ExpiresAt.Equal(given.Expires) {
		t.Errorf("no tokens: %+v", got)
	}
}

func TestMetadata_noTokens(t *testing.T) {
	const tokenPath, keyPath = "/meta-data/latest/api/token", "/openstack/latest/securitykey"
	for name, test := range map[string]struct {
		configure func(*simulator.Options)
		status    int
	}{
		"404":     {func(o *simulator.Options) { o.MetadataTokenStatus = 404 }, 404},
		"405":     {func(o *simulator.Options) { o.MetadataTokenStatus = 405 }, 405},
		"503":     {func(o *simulator.Options) { o.MetadataTokenStatus = 503 }, 503},
		"403":     {func(o *simulator.Options) { o.MetadataTokenStatus = 403 }, 403},
		"dropped": {func(o *simulator.Options) { o.MetadataTokenDropped = true }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			sim, _, c := setUp(t, test.configure)
			added := sim.AddMetadataKey(simulator.Key{})
			r, err := http.NewRequest(http.MethodPut, c.url+tokenPath, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-Metadata-Token-Ttl-Seconds", "60")
			if a, err := c.try(r); a.Status != test.status || (err != nil) != (test.status == 0) {
				t.Errorf("got %d %s, %v", a.Status, a.Body, err)
			}
			if call := last(t, sim); call.Operation != simulator.MetadataToken || call.Status != test.status {
				t.Errorf("on record is %+v", call)
			}
			if got := parse[iamAnswer](t, c.unsigned(http.MethodGet, keyPath, "")); got.key().AccessKey != added.AccessKey {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestDecodeAuthorizationMessage(t *testing.T) {
	sim, seeded, c := setUp(t)
	ask := func(encoded string) reply {
		return c.post("/v5/decode-authorization-message", object(map[string]any{"encoded_message": encoded}))
	}
	type decision struct {
		Context struct {
			UserProfile map[string]string `json:"user_profile"`
			Principal   map[string]string `json:"principal"`
			Action      string            `json:"action"`
		} `json:"context"`
		Failure           string `json:"failure"`
		Allowed           *bool  `json:"allowed"`
		ExplicitDeny      *bool  `json:"explicit_deny"`
		MatchedStatements []any  `json:"matched_statements"`
	}
	decode := func(a reply) (d decision) {
		t.Helper()
		decoded := parse[map[string]string](t, ask(a.Encoded))["decoded_message"]
		if err := json.Unmarshal([]byte(decoded), &d); err != nil {
			t.Fatalf("%v: %s", err, decoded)
		}
		return d
	}
	alice := seeded.Users[0].UserID
	denied := simulator.Key{AccessKey: "D", SecretKey: "S", Deny: map[string]string{simulator.ListUsers: "", simulator.DecodeAuthorizationMessage: ""}}
	sim.AddKey(denied)
	refused := c.as(seeded.Member).get(sessionsPath(seeded.IdentityStoreID, alice))
	d := decode(refused)
	if d.Failure != "implicit deny by identity-based policy" || d.Context.UserProfile["domain_id"] != seeded.Member.AccountID ||
		d.Context.Action != "IdentityCenter:user:listSessions" || d.Allowed != nil {
		t.Errorf("got %+v", d)
	}
	if again := c.as(seeded.Member).get(sessionsPath(seeded.IdentityStoreID, alice)); again.Encoded != refused.Encoded {
		t.Error("the same decision has another message")
	}
	if other := c.as(seeded.Member).get(sessionsPath(seeded.IdentityStoreID, "other")); other.Encoded == refused.Encoded {
		t.Error("another decision has the same message")
	}
	explicit := c.as(denied).get(usersPath(seeded.IdentityStoreID))
	if d := decode(explicit); d.Failure != "explicit deny by identity-based policy" || explicit.Encoded == refused.Encoded {
		t.Errorf("got %+v", d)
	}

	sim.Configure(func(o *simulator.Options) { o.DecisionShape = "statements" })
	d = decode(c.as(seeded.Member).get(sessionsPath(seeded.IdentityStoreID, alice)))
	if *d.Allowed || *d.ExplicitDeny || len(d.MatchedStatements) != 0 || d.Failure != "" ||
		d.Context.Action != "IdentityCenter:user:listSessions" || d.Context.Principal["account_id"] != seeded.Member.AccountID {
		t.Errorf("got %+v", d)
	}
	if d := decode(c.as(denied).get(usersPath(seeded.IdentityStoreID))); !*d.ExplicitDeny || len(d.MatchedStatements) != 1 {
		t.Errorf("got %+v", d)
	}
	expect(t, c.as(denied).post("/v5/decode-authorization-message", `{"encoded_message":"x"}`), 403, "IIC.1000", "sts::decodeAuthorizationMessage")

	expect(t, ask("never issued"), 400, "STS.400", "invalid")
	expect(t, ask(""), 400, "STS.400", "invalid")
	expect(t, c.post("/v5/decode-authorization-message", `{"message":"x"}`), 400, "STS.400", `"message"`)
	if got := parse[map[string]string](t, ask(sim.RegisterMessage("not JSON"))); got["decoded_message"] != "not JSON" {
		t.Errorf("got %v", got)
	}
}

// Huawei Cloud's clients can read the responses, and the simulator accepts their signatures.
func TestSDKClients(t *testing.T) {
	sim, seeded, c := setUp(t)
	sim.AddAgency(simulator.Agency{Name: "first", DomainID: "acc1"})
	credential := &basic.Credentials{BaseCredentials: auth.BaseCredentials{AK: c.key.AccessKey, SK: c.key.SecretKey}}
	stsClient := sts.NewStsClient(built(t, sts.StsClientBuilder(), c.url, credential))
	assumed, err := stsClient.AssumeAgency(&stsmodel.AssumeAgencyRequest{Body: &stsmodel.AssumeAgencyReqBody{
		AgencyUrn: "iam::acc1:agency:first", AgencySessionName: "terraform",
	}})
	if err != nil {
		t.Fatal(err)
	}
	if left := time.Until(time.Time(*assumed.Credentials.Expiration)); left < 59*time.Minute || left > time.Hour {
		t.Errorf("expires in %s", left)
	}
	keys := auth.BaseCredentials{
		AK: assumed.Credentials.AccessKeyId, SK: assumed.Credentials.SecretAccessKey, SecurityToken: assumed.Credentials.SecurityToken,
	}

	centerClient := center.NewIdentityCenterClient(built(t, center.IdentityCenterClientBuilder(), c.url, &global.Credentials{BaseCredentials: keys}))
	instances, err := centerClient.ListInstances(&centermodel.ListInstancesRequest{})
	if err != nil || (*instances.Instances)[0].IdentityStoreId != seeded.IdentityStoreID || instances.PageInfo.NextMarker != "" {
		t.Errorf("got %+v, %v", instances, err)
	}

	storeClient := store.NewIdentityCenterStoreClient(built(t, store.IdentityCenterStoreClientBuilder(), c.url, &basic.Credentials{BaseCredentials: keys}))
	name, limit := "alice", int32(1)
	users, err := storeClient.ListUsers(&storemodel.ListUsersRequest{IdentityStoreId: seeded.IdentityStoreID, UserName: &name, Limit: &limit})
	if err != nil || len(*users.Users) != 1 {
		t.Fatalf("got %+v, %v", users, err)
	}
	alice := (*users.Users)[0]
	if alice.UserName != "alice" || !alice.Enabled || alice.Emails[0].Value != "alice@example.com" || alice.CreatedAt == 0 {
		t.Errorf("got %+v", alice)
	}
	described, err := storeClient.DescribeUser(&storemodel.DescribeUserRequest{IdentityStoreId: seeded.IdentityStoreID, UserId: alice.UserId})
	if err != nil || !*described.EmailVerified {
		t.Errorf("got %+v, %v", described, err)
	}
	sessions, err := storeClient.ListSessions(&storemodel.ListSessionsRequest{IdentityStoreId: seeded.IdentityStoreID, UserId: alice.UserId})
	if err != nil || len(*sessions.SessionList) != 3 {
		t.Fatalf("got %+v, %v", sessions, err)
	}
	ended := &storemodel.BatchDeleteSessionsRequest{
		IdentityStoreId: seeded.IdentityStoreID, UserId: alice.UserId,
		Body: &storemodel.BatchDeleteSessionsReqBody{SessionIds: []string{(*sessions.SessionList)[0].SessionId}},
	}
	if _, err := storeClient.BatchDeleteSessions(ended); err != nil {
		t.Error(err)
	}
	if left := alive(sim, seeded.IdentityStoreID, alice.UserId); len(left) != 2 {
		t.Errorf("left are %v", left)
	}
	_, err = storeClient.BatchDeleteSessions(ended)
	var refused *sdkerr.ServiceResponseError
	if !errors.As(err, &refused) || refused.StatusCode != http.StatusNotFound || refused.ErrorCode != "IIC.404" || refused.RequestId == "" {
		t.Errorf("got %v", err)
	}
}

// Huawei Cloud's clients can read the responses about groups and permission sets.
func TestSDKClients_access(t *testing.T) {
	sim, seeded, c := setUp(t)
	keys := auth.BaseCredentials{AK: c.key.AccessKey, SK: c.key.SecretKey}
	centerClient := center.NewIdentityCenterClient(built(t, center.IdentityCenterClientBuilder(), c.url, &global.Credentials{BaseCredentials: keys}))
	storeClient := store.NewIdentityCenterStoreClient(built(t, store.IdentityCenterStoreClientBuilder(), c.url, &basic.Credentials{BaseCredentials: keys}))
	storeID, alice, staff, set := seeded.IdentityStoreID, seeded.Users[0].UserID, seeded.Groups[1], seeded.PermissionSets[0]
	check := func(what string, err error, right func() bool) {
		t.Helper()
		if err != nil || !right() {
			t.Errorf("%s: %v, or not right", what, err)
		}
	}

	_, err := storeClient.DisableUser(&storemodel.DisableUserRequest{IdentityStoreId: storeID, UserId: alice})
	check("DisableUser", err, func() bool { return !sim.Enabled(storeID, alice) })
	_, err = storeClient.EnableUser(&storemodel.EnableUserRequest{IdentityStoreId: storeID, UserId: alice})
	check("EnableUser", err, func() bool { return sim.Enabled(storeID, alice) })
	users, err := storeClient.DescribeUsers(&storemodel.DescribeUsersRequest{
		IdentityStoreId: storeID, Body: &storemodel.DescribeUsersRequestBody{UserIds: []string{alice}},
	})
	check("DescribeUsers", err, func() bool { return len(*users.Users) == 1 && (*users.Users)[0].Enabled })
	groups, err := storeClient.ListGroups(&storemodel.ListGroupsRequest{IdentityStoreId: storeID})
	check("ListGroups", err, func() bool { return len(*groups.Groups) == 2 })
	group, err := storeClient.DescribeGroup(&storemodel.DescribeGroupRequest{IdentityStoreId: storeID, GroupId: staff.GroupID})
	check("DescribeGroup", err, func() bool { return *group.DisplayName == "staff" && (*group.ExternalIds)[0].Id == "hr-staff" })
	groupID, err := storeClient.GetGroupId(&storemodel.GetGroupIdRequest{IdentityStoreId: storeID, Body: &storemodel.GetGroupIdReqBody{
		AlternateIdentifier: &storemodel.AlternateIdentifierDto{
			UniqueAttribute: &storemodel.UniqueAttributeDto{AttributePath: "display_name", AttributeValue: "staff"},
		},
	}})
	check("GetGroupId", err, func() bool { return *groupID.GroupId == staff.GroupID })
	members, err := storeClient.ListGroupMemberships(&storemodel.ListGroupMembershipsRequest{IdentityStoreId: storeID, GroupId: staff.GroupID})
	check("ListGroupMemberships", err, func() bool {
		return len(*members.GroupMemberships) == 2 && (*members.GroupMemberships)[0].MemberId.UserId == alice
	})
	of, err := storeClient.ListGroupMembershipsForMember(&storemodel.ListGroupMembershipsForMemberRequest{IdentityStoreId: storeID, UserId: alice})
	check("ListGroupMembershipsForMember", err, func() bool { return len(*of.GroupMemberships) == 2 })

	regions, err := centerClient.DescribeRegisteredRegions(&centermodel.DescribeRegisteredRegionsRequest{})
	check("DescribeRegisteredRegions", err, func() bool { return (*regions.Regions)[0].RegionId == seeded.Region })
	assignments, err := centerClient.ListAccountAssignmentsForPrincipal(&centermodel.ListAccountAssignmentsForPrincipalRequest{
		InstanceId: seeded.InstanceID, PrincipalId: alice,
		PrincipalType: centermodel.GetListAccountAssignmentsForPrincipalRequestPrincipalTypeEnum().USER,
	})
	check("ListAccountAssignmentsForPrincipal", err, func() bool { return *(*assignments.AccountAssignments)[0].PermissionSetId == set.PermissionSetID })
	described, err := centerClient.DescribePermissionSet(&centermodel.DescribePermissionSetRequest{InstanceId: seeded.InstanceID, PermissionSetId: set.PermissionSetID})
	check("DescribePermissionSet", err, func() bool { return *described.PermissionSet.SessionDuration == "PT8H" })
	sets, err := centerClient.ListPermissionSets(&centermodel.ListPermissionSetsRequest{InstanceId: seeded.InstanceID})
	check("ListPermissionSets", err, func() bool { return *(*sets.PermissionSets)[0].PermissionSetId == set.PermissionSetID })
	_, err = centerClient.PutCustomPolicyToPermissionSet(&centermodel.PutCustomPolicyToPermissionSetRequest{
		InstanceId: seeded.InstanceID, PermissionSetId: set.PermissionSetID, Body: &centermodel.PutCustomPolicyToPermissionSetReqBody{CustomPolicy: aPolicy},
	})
	check("PutCustomPolicyToPermissionSet", err, func() bool { return true })
	policy, err := centerClient.GetCustomPolicyForPermissionSet(&centermodel.GetCustomPolicyForPermissionSetRequest{InstanceId: seeded.InstanceID, PermissionSetId: set.PermissionSetID})
	check("GetCustomPolicyForPermissionSet", err, func() bool { return *policy.CustomPolicy == aPolicy })
	_, err = centerClient.DeleteCustomPolicyFromPermissionSet(&centermodel.DeleteCustomPolicyFromPermissionSetRequest{InstanceId: seeded.InstanceID, PermissionSetId: set.PermissionSetID})
	check("DeleteCustomPolicyFromPermissionSet", err, func() bool { return true })
	sim.SetCustomRole(seeded.InstanceID, set.PermissionSetID, "old")
	sim.AddManagedRole(seeded.InstanceID, set.PermissionSetID, "older")
	role, err := centerClient.GetCustomRoleForPermissionSet(&centermodel.GetCustomRoleForPermissionSetRequest{InstanceId: seeded.InstanceID, PermissionSetId: set.PermissionSetID})
	check("GetCustomRoleForPermissionSet", err, func() bool { return *role.CustomRole == "old" })
	roles, err := centerClient.ListManagedRolesInPermissionSet(&centermodel.ListManagedRolesInPermissionSetRequest{InstanceId: seeded.InstanceID, PermissionSetId: set.PermissionSetID})
	check("ListManagedRolesInPermissionSet", err, func() bool { return *(*roles.AttachedManagedRoles)[0].RoleName == "older" })
	run, err := centerClient.ProvisionPermissionSet(&centermodel.ProvisionPermissionSetRequest{
		InstanceId: seeded.InstanceID, PermissionSetId: set.PermissionSetID,
		Body: &centermodel.ProvisionPermissionSetReqBody{TargetType: centermodel.GetProvisionPermissionSetReqBodyTargetTypeEnum().ALL_PROVISIONED_ACCOUNTS},
	})
	if err != nil {
		t.Fatal(err)
	}
	status, err := centerClient.DescribePermissionSetProvisioningStatus(&centermodel.DescribePermissionSetProvisioningStatusRequest{
		InstanceId: seeded.InstanceID, RequestId: *run.PermissionSetProvisioningStatus.RequestId,
	})
	check("DescribePermissionSetProvisioningStatus", err, func() bool { return status.PermissionSetProvisioningStatus.Status.Value() == "SUCCEEDED" })
	accounts, err := centerClient.ListAccountsForProvisionedPermissionSet(&centermodel.ListAccountsForProvisionedPermissionSetRequest{InstanceId: seeded.InstanceID, PermissionSetId: set.PermissionSetID})
	check("ListAccountsForProvisionedPermissionSet", err, func() bool { return (*accounts.AccountIds)[0] == seeded.Accounts[0] })
}

// built returns an SDK client for an endpoint.
func built(t *testing.T, builder *core.HcHttpClientBuilder, url string, credential auth.ICredential) *core.HcHttpClient {
	t.Helper()
	client, err := builder.WithEndpoints([]string{url}).WithCredential(credential).SafeBuild()
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestSeed(t *testing.T) {
	sim, seeded, c := setUp(t)
	if again := simulator.New().Seed(); again.Users[0].UserID != seeded.Users[0].UserID || again.Users[0].Sessions[0].SessionID != seeded.Users[0].Sessions[0].SessionID {
		t.Error("the IDs change")
	}
	alice := seeded.Users[0].Sessions
	if alice[0].IPAddress == alice[1].IPAddress || alice[0].UserAgent == alice[1].UserAgent || !alice[0].CreationTime.Before(alice[1].CreationTime) {
		t.Errorf("got %+v", alice)
	}
	for _, p := range seeded.PermissionSets {
		if policy, ok := sim.CustomPolicy(seeded.InstanceID, p.PermissionSetID); policy != p.CustomPolicy || !ok {
			t.Errorf("%s has %q", p.Name, policy)
		}
	}
	for _, a := range seeded.Assignments {
		if policy, ok := sim.ProvisionedPolicy(seeded.InstanceID, a.PermissionSetID, a.AccountID); policy == "" || !ok {
			t.Errorf("not provisioned: %+v", a)
		}
	}
	more := sim.SeedUsers(seeded.IdentityStoreID, 120, 2)
	if users, _ := pages(t, c, usersPath(seeded.IdentityStoreID)); len(users) != 123 || len(more) != 120 {
		t.Errorf("got %d users", len(users))
	}
	a := c.batchDelete(seeded.IdentityStoreID, more[119].UserID, more[119].Sessions[0].SessionID, more[119].Sessions[1].SessionID)
	if a.Status != 200 {
		t.Errorf("got %d %s", a.Status, a.Body)
	}
}
