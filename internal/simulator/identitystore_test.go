// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

func TestBatchDelete(t *testing.T) {
	sim, seeded, c := setUp(t)
	store, alice := seeded.IdentityStoreID, seeded.Users[0]
	a := c.batchDelete(store, alice.UserID, alice.Sessions[0].SessionID, alice.Sessions[2].SessionID, alice.Sessions[2].SessionID)
	if a.Status != http.StatusOK || a.Body != "" || a.Header.Get("Content-Length") != "0" || a.Header.Get("X-Request-Id") == "" {
		t.Fatalf("got %d %q with %v", a.Status, a.Body, a.Header)
	}
	if left := alive(sim, store, alice.UserID); !slices.Equal(left, []string{alice.Sessions[1].SessionID}) {
		t.Errorf("left are %v", left)
	}
	if left := alive(sim, store, seeded.Users[1].UserID); len(left) != 1 {
		t.Errorf("Bob has %v", left)
	}

	call := last(t, sim)
	want := []string{alice.Sessions[0].SessionID, alice.Sessions[2].SessionID, alice.Sessions[2].SessionID}
	if call.Operation != simulator.BatchDeleteSessions || call.Method != http.MethodPost || !slices.Equal(call.SessionIDs, want) ||
		call.Status != http.StatusOK || call.RequestID != a.Header.Get("X-Request-Id") || call.AccessKey != seeded.Management.AccessKey ||
		!call.Verified || call.Faulted || call.Header.Get("X-Sdk-Date") == "" || call.Time.IsZero() ||
		call.EscapedPath != sessionsPath(store, alice.UserID)+"/batch-delete" || !strings.HasPrefix(string(call.Body), `{"session_ids":[`) {
		t.Errorf("on record is %+v", call)
	}
}

func TestGoneSessions(t *testing.T) {
	tests := map[string]struct {
		gone    int
		status  int
		code    string
		message string
		left    int
	}{
		"default": {gone: 0, status: 404, code: "IIC.404", left: 3},
		"404":     {gone: 404, status: 404, code: "IIC.404", left: 3},
		"400":     {gone: 400, status: 400, code: "IIC.400", message: "no-such-1, no-such-2", left: 3},
		"200":     {gone: 200, status: 200, left: 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			sim, seeded, c := setUp(t, func(o *simulator.Options) { o.Gone = test.gone })
			alice := seeded.Users[0]
			a := c.batchDelete(seeded.IdentityStoreID, alice.UserID, "no-such-1", alice.Sessions[0].SessionID, "no-such-2")
			if test.code != "" {
				expect(t, a, test.status, test.code, test.message)
			} else if a.Status != test.status {
				t.Errorf("got %d %s", a.Status, a.Body)
			}
			if left := alive(sim, seeded.IdentityStoreID, alice.UserID); len(left) != test.left {
				t.Errorf("left are %v", left)
			}
		})
	}
}

func TestKeepSessions(t *testing.T) {
	sim, seeded, c := setUp(t, func(o *simulator.Options) { o.KeepSessions = true })
	alice := seeded.Users[0]
	for range 2 {
		if a := c.batchDelete(seeded.IdentityStoreID, alice.UserID, alice.Sessions[0].SessionID); a.Status != http.StatusOK {
			t.Fatalf("got %d %s", a.Status, a.Body)
		}
	}
	if left := alive(sim, seeded.IdentityStoreID, alice.UserID); len(left) != 3 {
		t.Errorf("left are %v", left)
	}
}

// sessionList is the answer of ListSessions.
type sessionList struct {
	SessionList []map[string]any `json:"session_list"`
}

func TestListSessions(t *testing.T) {
	sim, seeded, c := setUp(t)
	store, alice, carol := seeded.IdentityStoreID, seeded.Users[0], seeded.Users[2]
	list := parse[sessionList](t, c.get(sessionsPath(store, alice.UserID))).SessionList
	if len(list) != 3 {
		t.Fatalf("got %v", list)
	}
	for i, want := range alice.Sessions {
		entry := map[string]any{
			"session_id": want.SessionID, "user_id": alice.UserID, "ip_address": want.IPAddress, "user_agent": want.UserAgent,
			"creation_time": float64(want.CreationTime.UnixMilli()), "session_not_valid_after": float64(want.SessionNotValidAfter.UnixMilli()),
		}
		if fmt.Sprint(list[i]) != fmt.Sprint(entry) {
			t.Errorf("got %v, want %v", list[i], entry)
		}
	}

	if a := c.get(sessionsPath(store, carol.UserID)); a.Body != `{"session_list":[]}` || a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("without sessions: %s", a.Body)
	}
	id := sim.AddSession(store, carol.UserID, simulator.Session{})
	session := sim.Sessions(store, carol.UserID)[0]
	if session.SessionID != id || session.SessionNotValidAfter.Sub(session.CreationTime) != 8*time.Hour {
		t.Errorf("made up: %+v", session)
	}
	list = parse[sessionList](t, c.get(sessionsPath(store, carol.UserID))).SessionList
	if len(list) != 1 || len(list[0]) != 4 || list[0]["session_id"] != id {
		t.Errorf("address and user agent are to be left out: %v", list)
	}
	sim.AddSession(store, carol.UserID, simulator.Session{SessionID: id, IPAddress: "192.0.2.1"})
	if sessions := sim.Sessions(store, carol.UserID); len(sessions) != 1 || sessions[0].IPAddress != "192.0.2.1" {
		t.Errorf("not replaced: %v", sessions)
	}
}

func TestExpiredSessions(t *testing.T) {
	moment := &clock{now: time.Now()}
	sim, seeded, c := setUp(t, moment.option)
	store, carol := seeded.IdentityStoreID, seeded.Users[2]
	id := sim.AddSession(store, carol.UserID, simulator.Session{SessionNotValidAfter: moment.now.Add(time.Minute)})
	moment.now = moment.now.Add(time.Minute)

	if list := parse[sessionList](t, c.get(sessionsPath(store, carol.UserID))).SessionList; len(list) != 0 {
		t.Errorf("an expired session is listed: %v", list)
	}
	if sessions := sim.Sessions(store, carol.UserID); len(sessions) != 0 {
		t.Errorf("an expired session is alive: %v", sessions)
	}
	expect(t, c.batchDelete(store, carol.UserID, id), http.StatusNotFound, "IIC.404", "")
}

// userList is the answer of ListUsers.
type userList struct {
	Users    []map[string]any `json:"users"`
	PageInfo struct {
		NextMarker   *string `json:"next_marker"`
		CurrentCount int     `json:"current_count"`
	} `json:"page_info"`
}

// pages reads a list to its end and returns the number of entries of each page.
func pages(t *testing.T, c client, path string, query ...string) (users []map[string]any, sizes []int) {
	t.Helper()
	for marker := []string(nil); ; {
		list := parse[userList](t, c.get(path, append(marker, query...)...))
		users, sizes = append(users, list.Users...), append(sizes, list.PageInfo.CurrentCount)
		if list.PageInfo.CurrentCount != len(list.Users) {
			t.Errorf("current_count is %d of %d", list.PageInfo.CurrentCount, len(list.Users))
		}
		if list.PageInfo.NextMarker == nil {
			return users, sizes
		}
		marker = []string{"marker", *list.PageInfo.NextMarker}
	}
}

func TestListUsersPages(t *testing.T) {
	sim, _, c := setUp(t)
	for i := range 250 {
		sim.AddUser("d-pages", simulator.User{UserID: fmt.Sprintf("u%03d", i), UserName: fmt.Sprintf("name-%03d", i%125)})
	}
	path := usersPath("d-pages")
	tests := map[string]struct {
		query []string
		sizes []int
	}{
		"default":         {nil, []int{100, 100, 50}},
		"limit":           {[]string{"limit", "90"}, []int{90, 90, 70}},
		"exactly filled":  {[]string{"limit", "50"}, []int{50, 50, 50, 50, 50}},
		"filter":          {[]string{"user_name", "name-007"}, []int{2}},
		"filter, paged":   {[]string{"user_name", "name-007", "limit", "1"}, []int{1, 1}},
		"filter, no such": {[]string{"user_name", "name-00"}, []int{0}},
	}
	for name, test := range tests {
		users, sizes := pages(t, c, path, test.query...)
		if !slices.Equal(sizes, test.sizes) {
			t.Errorf("%s: pages of %v, want %v", name, sizes, test.sizes)
		}
		seen := map[any]bool{}
		for _, u := range users {
			seen[u["user_id"]] = true
		}
		if len(seen) != len(users) {
			t.Errorf("%s: a user came twice", name)
		}
	}

	sim.Configure(func(o *simulator.Options) { o.FuzzyUserName = true })
	if users, _ := pages(t, c, path, "user_name", "name-00"); len(users) != 20 {
		t.Errorf("the prefix fits %d", len(users))
	}

	// A page goes on where it ended, also when users come and go.
	first := parse[userList](t, c.get(path, "limit", "10"))
	sim.RemoveUser("d-pages", "u009")
	sim.RemoveUser("d-pages", "u010")
	second := parse[userList](t, c.get(path, "limit", "10", "marker", *first.PageInfo.NextMarker))
	if second.Users[0]["user_id"] != "u011" {
		t.Errorf("the second page begins with %v", second.Users[0]["user_id"])
	}

	// A marker is good for its own list only.
	expect(t, c.get(path, "user_name", "x", "marker", *first.PageInfo.NextMarker), 400, "IIC.400", "marker")
	sim.AddUser("d-other", simulator.User{})
	expect(t, c.get(usersPath("d-other"), "marker", *first.PageInfo.NextMarker), 400, "IIC.400", "marker")
	if a := c.get(usersPath("d-other")); !strings.Contains(a.Body, `"next_marker":null`) {
		t.Errorf("the last page has no null: %s", a.Body)
	}
}

func TestListUsersLargeStore(t *testing.T) {
	sim, _, c := setUp(t)
	for i := range 100_000 {
		sim.AddUser("d-large", simulator.User{UserID: fmt.Sprint(i), UserName: fmt.Sprintf("name-%d", i)})
	}
	read := 0
	for query := []string(nil); ; {
		page := parse[struct {
			Users    []struct{} `json:"users"`
			PageInfo struct {
				NextMarker *string `json:"next_marker"`
			} `json:"page_info"`
		}](t, c.get(usersPath("d-large"), query...))
		read += len(page.Users)
		if page.PageInfo.NextMarker == nil {
			break
		}
		query = []string{"marker", *page.PageInfo.NextMarker}
	}
	if read != 100_000 {
		t.Errorf("got %d users", read)
	}
	if users, _ := pages(t, c, usersPath("d-large"), "user_name", "name-99999"); len(users) != 1 {
		t.Errorf("got %v", users)
	}
}

func TestUserFields(t *testing.T) {
	sim, seeded, c := setUp(t)
	full := simulator.User{
		UserID: "full", UserName: "full", DisplayName: "Full", Name: simulator.Name{FamilyName: "F", GivenName: "G", MiddleName: "M", Formatted: "G M F", HonorificPrefix: "Dr.", HonorificSuffix: "Jr."},
		Emails:       []simulator.Email{{Value: "a@example.com", Type: "work", Primary: true, VerificationStatus: "VERIFIED"}},
		PhoneNumbers: []simulator.PhoneNumber{{Value: "+1", Type: "mobile", Primary: true}},
		Addresses:    []simulator.Address{{Country: "DE", Formatted: "x", Locality: "Berlin", PostalCode: "10115", Primary: true, Region: "BE", StreetAddress: "Weg 1", Type: "work"}},
		ExternalID:   "ext", ExternalIDs: []simulator.ExternalID{{ID: "e1", Issuer: "i1"}},
		Enterprise: &simulator.Enterprise{CostCenter: "c", Department: "d", Division: "v", EmployeeNumber: "n", Organization: "o", Manager: &simulator.Manager{Value: "m"}},
		Nickname:   "nick", Title: "title", UserType: "type", Locale: "de-DE", Timezone: "CET", PreferredLanguage: "de", ProfileURL: "https://example.com",
		Enabled: true, CreatedBy: "creator", UpdatedBy: "updater", CreatedAt: time.UnixMilli(1), UpdatedAt: time.UnixMilli(2), EmailVerified: true,
	}
	sim.AddUser(seeded.IdentityStoreID, full)
	got := parse[map[string]any](t, c.get(userPath(seeded.IdentityStoreID, "full")))
	const want = `{"addresses":[{"country":"DE","formatted":"x","locality":"Berlin","postal_code":"10115","primary":true,"region":"BE",` +
		`"street_address":"Weg 1","type":"work"}],"created_at":1,"created_by":"creator","display_name":"Full","email_verified":true,` +
		`"emails":[{"primary":true,"type":"work","value":"a@example.com","verification_status":"VERIFIED"}],"enabled":true,` +
		`"enterprise":{"cost_center":"c","department":"d","division":"v","employee_number":"n","manager":{"value":"m"},"organization":"o"},` +
		`"external_id":"ext","external_ids":[{"id":"e1","issuer":"i1"}],"identity_store_id":"d-7f3a9c51e2","locale":"de-DE",` +
		`"name":{"family_name":"F","formatted":"G M F","given_name":"G","honorific_prefix":"Dr.","honorific_suffix":"Jr.","middle_name":"M"},` +
		`"nickname":"nick","phone_numbers":[{"primary":true,"type":"mobile","value":"+1"}],"preferred_language":"de",` +
		`"profile_url":"https://example.com","timezone":"CET","title":"title","updated_at":2,"updated_by":"updater","user_id":"full",` +
		`"user_name":"full","user_type":"type"}`
	if sorted, _ := json.Marshal(got); string(sorted) != want {
		t.Errorf("got  %s\nwant %s", sorted, want)
	}

	id := sim.AddUser("d-new", simulator.User{UserName: "bare"})
	bare := c.get(userPath("d-new", id))
	if !strings.Contains(bare.Body, `"emails":[]`) || strings.Contains(bare.Body, "phone_numbers") || strings.Contains(bare.Body, `"created_at":0`) {
		t.Errorf("got %s", bare.Body)
	}
	if list := c.get(usersPath("d-new")); strings.Contains(list.Body, "email_verified") {
		t.Errorf("ListUsers has no email_verified: %s", list.Body)
	}
}

// instanceList is the answer of ListInstances.
type instanceList struct {
	Instances []map[string]any `json:"instances"`
	PageInfo  struct {
		NextMarker   *string `json:"next_marker"`
		CurrentCount int     `json:"current_count"`
	} `json:"page_info"`
}

func TestListInstances(t *testing.T) {
	sim, seeded, c := setUp(t)
	list := parse[instanceList](t, c.as(seeded.Member).get("/v1/instances"))
	if len(list.Instances) != 1 || list.PageInfo.NextMarker != nil || list.PageInfo.CurrentCount != 1 ||
		list.Instances[0]["instance_id"] != seeded.InstanceID || list.Instances[0]["identity_store_id"] != seeded.IdentityStoreID ||
		list.Instances[0]["alias"] != seeded.Alias || list.Instances[0]["instance_urn"] != seeded.InstanceURN {
		t.Errorf("got %+v", list)
	}

	sim.AddInstance(simulator.Instance{InstanceID: "ssoins-2", IdentityStoreID: "d-2"})
	list = parse[instanceList](t, c.get("/v1/instances", "limit", "1"))
	if len(list.Instances) != 1 || list.PageInfo.NextMarker == nil {
		t.Fatalf("got %+v", list)
	}
	list = parse[instanceList](t, c.get("/v1/instances", "limit", "1", "marker", *list.PageInfo.NextMarker))
	if len(list.Instances) != 1 || list.PageInfo.NextMarker != nil || len(list.Instances[0]) != 2 {
		t.Errorf("got %+v", list)
	}
	expect(t, c.get("/v1/instances", "marker", "x"), 400, "IIC.400", "marker")

	empty := simulator.New()
	empty.AddKey(seeded.Management)
	if a := connect(t, empty, seeded.Management).get("/v1/instances"); !strings.Contains(a.Body, `"instances":[]`) {
		t.Errorf("got %s", a.Body)
	}
}

func TestStrictRequests(t *testing.T) {
	_, seeded, c := setUp(t)
	store, alice := seeded.IdentityStoreID, seeded.Users[0]
	remove, long := sessionsPath(store, alice.UserID)+"/batch-delete", strings.Repeat("é", 65)
	get := func(path string, query ...string) func() reply {
		return func() reply { return c.get(path, query...) }
	}
	post := func(path, body string) func() reply {
		return func() reply { return c.post(path, body) }
	}
	typed := func(contentType string) func() reply {
		return func() reply {
			r := c.sign(parts{method: http.MethodPost, path: remove, body: `{"session_ids":["x"]}`})
			r.Header.Del("Content-Type")
			if contentType != "" {
				r.Header.Set("Content-Type", contentType)
			}
			return c.send(r)
		}
	}

	tests := map[string]struct {
		call    func() reply
		status  int
		code    string
		message string
	}{
		"unknown path":         {get("/v1/nothing"), 404, "APIGW.0101", "does not exist"},
		"slash at the end":     {get("/v1/instances/"), 404, "APIGW.0101", "does not exist"},
		"no path":              {get("/"), 404, "APIGW.0101", "does not exist"},
		"wrong method":         {post("/v1/instances", "{}"), 404, "APIGW.0101", "does not exist"},
		"wrong method, GET":    {get(remove), 404, "APIGW.0101", "does not exist"},
		"unknown store":        {get(usersPath("d-none")), 404, "IIC.404", "d-none"},
		"user of no store":     {get(userPath("d-none", "x")), 404, "IIC.404", "d-none"},
		"unknown user":         {get(userPath(store, "x")), 404, "IIC.1002", "x"},
		"sessions of nobody":   {get(sessionsPath(store, "x")), 404, "IIC.1002", "x"},
		"deleting of nobody":   {post(sessionsPath(store, "x")+"/batch-delete", `{"session_ids":["x"]}`), 404, "IIC.1002", "x"},
		"user ID too long":     {get(sessionsPath(store, long)), 400, "IIC.400", "65 characters"},
		"user ID empty":        {get(sessionsPath(store, "")), 400, "IIC.400", "0 characters"},
		"store ID too long":    {get(usersPath(long)), 400, "IIC.400", "65 characters"},
		"store ID empty":       {get(usersPath("")), 400, "IIC.400", "0 characters"},
		"longest user ID":      {get(sessionsPath(store, long[2:])), 404, "IIC.1002", ""},
		"unknown argument":     {get(sessionsPath(store, alice.UserID), "limit", "1"), 400, "IIC.400", `"limit"`},
		"argument twice":       {get(usersPath(store), "limit", "1", "limit", "1"), 400, "IIC.400", "2 times"},
		"limit 0":              {get(usersPath(store), "limit", "0"), 400, "IIC.400", "1 to 100"},
		"limit 101":            {get(usersPath(store), "limit", "101"), 400, "IIC.400", "1 to 100"},
		"limit not a number":   {get(usersPath(store), "limit", "ten"), 400, "IIC.400", "1 to 100"},
		"marker unknown":       {get(usersPath(store), "marker", "x"), 400, "IIC.400", "marker"},
		"marker empty":         {get(usersPath(store), "marker", ""), 400, "IIC.400", "marker"},
		"user name empty":      {get(usersPath(store), "user_name", ""), 400, "IIC.400", "user_name"},
		"no body":              {post(remove, ""), 400, "IIC.400", "not as documented"},
		"body not JSON":        {post(remove, "session_ids=x"), 400, "IIC.400", "not as documented"},
		"body not UTF-8":       {post(remove, "{\"session_ids\":[\"\xff\"]}"), 400, "IIC.400", "UTF-8"},
		"body an array":        {post(remove, `["x"]`), 400, "IIC.400", "not as documented"},
		"body null":            {post(remove, "null"), 400, "IIC.400", "mandatory"},
		"body a string":        {post(remove, `"x"`), 400, "IIC.400", "not as documented"},
		"body goes on":         {post(remove, `{"session_ids":["x"]} {}`), 400, "IIC.400", "goes on"},
		"body cut off":         {post(remove, `{"session_ids":["x"`), 400, "IIC.400", "not as documented"},
		"field unknown":        {post(remove, `{"session_ids":["x"],"force":true}`), 400, "IIC.400", `"force"`},
		"field in other case":  {post(remove, `{"Session_IDs":["x"]}`), 400, "IIC.400", `"Session_IDs"`},
		"field twice":          {post(remove, `{"session_ids":["x"],"session_ids":["y"]}`), 400, "IIC.400", "twice"},
		"session_ids missing":  {post(remove, `{}`), 400, "IIC.400", "mandatory"},
		"session_ids null":     {post(remove, `{"session_ids":null}`), 400, "IIC.400", "mandatory"},
		"session_ids empty":    {post(remove, `{"session_ids":[]}`), 400, "IIC.400", "mandatory"},
		"session_ids a string": {post(remove, `{"session_ids":"x"}`), 400, "IIC.400", "not as documented"},
		"session_ids numbers":  {post(remove, `{"session_ids":[1]}`), 400, "IIC.400", "not as documented"},
		"session_ids of null":  {post(remove, `{"session_ids":["x",null]}`), 400, "IIC.400", "mandatory"},
		"no Content-Type":      {typed(""), 400, "IIC.400", "Content-Type"},
		"a form":               {typed("application/x-www-form-urlencoded"), 400, "IIC.400", "Content-Type"},
		"another charset":      {typed("application/json;charset=latin1"), 400, "IIC.400", "Content-Type"},
		"charset of IAM":       {typed("application/json;charset=UTF-8"), 404, "IIC.404", "session"},
		"GET with a body": {
			func() reply {
				return c.send(c.sign(parts{method: http.MethodGet, path: usersPath(store), body: "{}"}))
			}, 400, "IIC.400", "no body",
		},
		"query malformed": {
			func() reply {
				r := c.sign(parts{method: http.MethodGet, path: usersPath(store)})
				r.URL.RawQuery = "limit=%zz"
				return c.send(r)
			}, 400, "IIC.400", "malformed",
		},
		"body over 12 MB": {post(remove, `{"session_ids":["`+strings.Repeat("x", 12<<20)+`"]}`), 400, "IIC.400", "12 MB"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { expect(t, test.call(), test.status, test.code, test.message) })
	}

	almost := `{"session_ids":["x"]}` + strings.Repeat(" ", 12<<20-len(`{"session_ids":["x"]}`))
	expect(t, c.post(remove, almost), 404, "IIC.404", "")
}

func TestPermissions(t *testing.T) {
	sim, seeded, c := setUp(t)
	store, alice := seeded.IdentityStoreID, seeded.Users[0]
	member := c.as(seeded.Member)
	for _, test := range []struct {
		action string
		answer reply
	}{
		{"IdentityCenter:user:batchDeleteSession", member.batchDelete(store, alice.UserID, alice.Sessions[0].SessionID)},
		{"IdentityCenter:user:listSessions", member.get(sessionsPath(store, alice.UserID))},
		{"IdentityCenter:user:listSessions", member.get(usersPath(store))},
		{"IdentityCenter:user:listSessions", member.get(userPath(store, alice.UserID))},
		{"IdentityCenter:permissionSet:describe", member.get(setPath(seeded, 0))},
	} {
		expect(t, test.answer, http.StatusForbidden, "IIC.1000", test.action)
	}
	if left := alive(sim, store, alice.UserID); len(left) != 3 {
		t.Errorf("left are %v", left)
	}

	for _, code := range []string{"IIC.1000", "IIC.1001", "IIC.1003", "IIC.1004", ""} {
		denied := simulator.Key{AccessKey: "DENIED", SecretKey: "secret", AccountID: "account", Deny: map[string]string{simulator.ListSessions: code}}
		sim.AddKey(denied)
		want := code
		if want == "" {
			want = "IIC.1000"
		}
		expect(t, c.as(denied).get(sessionsPath(store, alice.UserID)), http.StatusForbidden, want, "")
		if a := c.as(denied).get(usersPath(store)); a.Status != http.StatusOK {
			t.Errorf("what is not denied: %d %s", a.Status, a.Body)
		}
	}
}

func TestRate(t *testing.T) {
	moment := &clock{now: time.Date(2026, 11, 23, 12, 0, 0, 999_999_999, time.UTC)}
	sim, seeded, c := setUp(t, moment.option, func(o *simulator.Options) { o.RatePerSecond = 3 })
	c.date = moment.now
	store := seeded.IdentityStoreID
	three := func() {
		t.Helper()
		for range 3 {
			if a := c.get(usersPath(store)); a.Status != http.StatusOK {
				t.Fatalf("got %d %s", a.Status, a.Body)
			}
		}
	}
	three()
	a := c.get(usersPath(store))
	expect(t, a, http.StatusTooManyRequests, "APIGW.0308", "")
	if a.Header.Values("Retry-After") != nil {
		t.Errorf("Retry-After is %s", a.Header.Get("Retry-After"))
	}
	if a := c.get("/v1/instances"); a.Status != http.StatusOK {
		t.Errorf("another API: %d %s", a.Status, a.Body)
	}

	// The next window begins with the next second.
	moment.now = moment.now.Add(time.Nanosecond)
	three()
	sim.Configure(func(o *simulator.Options) { o.RetryAfter = 1500 * time.Millisecond })
	if a := c.get(usersPath(store)); a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") != "2" {
		t.Errorf("got %d with Retry-After %q", a.Status, a.Header.Get("Retry-After"))
	}

	// What is not let in does not count.
	moment.now = moment.now.Add(time.Second)
	wrong := c
	wrong.key.SecretKey = "wrong"
	expect(t, wrong.get(usersPath(store)), http.StatusUnauthorized, "APIGW.0301", "")
	three()
}

func TestRecordIsACopy(t *testing.T) {
	sim, seeded, c := setUp(t)
	body := []byte(`{"session_ids":["x"]}`)
	c.post(sessionsPath(seeded.IdentityStoreID, seeded.Users[0].UserID)+"/batch-delete", string(body))
	c.get("/v1/instances")
	if calls := sim.CallsOf(simulator.BatchDeleteSessions); len(calls) != 1 || !bytes.Equal(calls[0].Body, body) {
		t.Errorf("on record is %+v", calls)
	}
	if calls := sim.Calls(); len(calls) != 2 || calls[1].Operation != simulator.ListInstances || calls[1].Body != nil {
		t.Errorf("on record are %+v", calls)
	}
	sim.ResetCalls()
	if calls := sim.Calls(); len(calls) != 0 {
		t.Errorf("on record are %+v", calls)
	}
}

func TestAddSessionOfNobody(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	simulator.New().AddSession("d-none", "nobody", simulator.Session{})
}
