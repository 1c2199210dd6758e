// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// The CLI reads each data source once. The provider server reads the other cases.
func TestAccDataSources(t *testing.T) {
	c := newCloud(t)
	known := func(address, attribute string, value knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue("data.identitycenter_"+address, tfjsonpath.New(attribute), value)
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: c.config(c.Management, "", testdata(t, "data_sources.tf")),
			ConfigStateChecks: []statecheck.StateCheck{
				known("instance.this", "instance_id", knownvalue.StringExact(c.InstanceID)),
				known("user.by_name", "user_id", knownvalue.StringExact(c.alice().UserID)),
				known("user.by_id", "user_name", knownvalue.StringExact("alice")),
				known("users.all", "users", knownvalue.ListSizeExact(len(c.Users))),
				known("group.by_name", "group_id", knownvalue.StringExact(c.Groups[0].GroupID)),
				known("group.by_id", "display_name", knownvalue.StringExact("security")),
				known("user_access.this", "complete", knownvalue.Bool(true)),
			},
		}},
	})
}

func TestInstanceDataSource(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	d := c.serveAs(t, c.Management)
	state, text := d.read(t, "identitycenter_instance", attrs{})
	if text != "" {
		t.Error(text)
	}
	expectState(t, state, attrs{
		"instance_id": c.InstanceID, "identity_store_id": c.IdentityStoreID, "alias": c.Alias, "instance_urn": c.InstanceURN, "region": c.Region,
	})

	c.AddInstance(simulator.Instance{InstanceID: "ssoins-second", IdentityStoreID: "d-second"})
	_, text = d.read(t, "identitycenter_instance", attrs{})
	if lack := missingText(text, "ERROR: More than one Identity Center instance", c.InstanceID, "ssoins-second with identity store d-second"); lack != "" {
		t.Errorf("%q lacks %q", text, lack)
	}
}

func TestInstanceDataSource_none(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	empty := simulator.New()
	empty.AddKey(c.Management)
	server := empty.Start()
	t.Cleanup(server.Close)
	c.URL = server.URL
	if _, text := c.serveAs(t, c.Management).read(t, "identitycenter_instance", attrs{}); !strings.Contains(text, "ERROR: No Identity Center instance") {
		t.Error(text)
	}
}

func TestInstanceDataSource_region(t *testing.T) {
	t.Parallel()
	t.Run("another region than the provider's", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t)
		state, text := c.serveAs(t, c.Management, attrs{"region": "eu-west-101"}).read(t, "identitycenter_instance", attrs{})
		if lack := missingText(text, "WARNING: The instance is in another region", "Region of the provider: eu-west-101", "Region of the instance: "+c.Region); lack != "" {
			t.Errorf("%q lacks %q", text, lack)
		}
		expectState(t, state, attrs{"region": c.Region, "instance_id": c.InstanceID})
	})
	t.Run("several regions", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t)
		c.Inject(simulator.Fault{Operation: simulator.DescribeRegisteredRegions, Status: http.StatusOK, Body: `{"regions": [{"region_id": "ap-southeast-3"}, {"region_id": "cn-north-4"}]}`})
		state, text := c.serveAs(t, c.Management).read(t, "identitycenter_instance", attrs{})
		if text != "" {
			t.Error(text)
		}
		expectState(t, state, attrs{"region": nil})
	})
	t.Run("no permission", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t)
		key := c.Management
		key.Deny = map[string]string{simulator.DescribeRegisteredRegions: ""}
		c.AddKey(key)
		state, text := c.serveAs(t, key, nil).read(t, "identitycenter_instance", attrs{})
		if text != "" {
			t.Error(text)
		}
		expectState(t, state, attrs{"region": nil, "instance_id": c.InstanceID})
	})
	// The region is not needed to contain a user.
	t.Run("not readable", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t)
		c.Inject(simulator.Fault{Operation: simulator.DescribeRegisteredRegions, Status: http.StatusNotFound, Code: "APIGW.0101", Message: "The API does not exist"})
		state, text := c.serve(t).read(t, "identitycenter_instance", attrs{})
		if lack := missingText(text, "WARNING: The region could not be read", "DescribeRegisteredRegions"); lack != "" {
			t.Errorf("%s is missing:\n%s", lack, text)
		}
		expectState(t, state, attrs{"region": nil, "instance_id": c.InstanceID})
	})
}

func TestUserDataSource(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	// The filter of the API returns alice2 for alice too.
	c.Configure(func(o *simulator.Options) { o.FuzzyUserName = true })
	c.AddUser(c.IdentityStoreID, simulator.User{UserID: "alice-two", UserName: "alice2"})
	c.AddUser(c.IdentityStoreID, simulator.User{UserID: "twin-one", UserName: "twin"})
	c.AddUser(c.IdentityStoreID, simulator.User{UserID: "twin-two", UserName: "twin"})
	d := c.serveAs(t, c.Management)
	alice := c.alice()
	for _, by := range []attrs{{"user_name": "alice"}, {"user_id": alice.UserID}} {
		by["identity_store_id"] = c.IdentityStoreID
		state, text := d.read(t, "identitycenter_user", by)
		if text != "" {
			t.Fatal(text)
		}
		expectState(t, state, attrs{
			"identity_store_id": c.IdentityStoreID, "user_id": alice.UserID, "user_name": "alice", "display_name": "Alice Anders",
			"given_name": "Alice", "family_name": "Anders", "middle_name": nil, "title": "Security Engineer", "user_type": "Employee", "enabled": true,
			"emails":        []any{attrs{"value": "alice@example.com", "type": alice.Emails[0].Type, "primary": true, "verification_status": "VERIFIED"}},
			"phone_numbers": []any{attrs{"value": alice.PhoneNumbers[0].Value, "type": alice.PhoneNumbers[0].Type, "primary": true}},
			"external_ids":  []any{attrs{"id": "hr-alice", "issuer": alice.ExternalIDs[0].Issuer}},
			"created_at":    alice.CreatedAt.UTC().Format(time.RFC3339), "created_by": "admin", "updated_at": alice.UpdatedAt.UTC().Format(time.RFC3339),
		})
		if enterprise, _ := state["enterprise"].(attrs); enterprise["department"] != "IT" || enterprise["manager"] != "dora" {
			t.Errorf("enterprise: %v", enterprise)
		}
	}
	state, text := d.read(t, "identitycenter_user", attrs{"identity_store_id": c.IdentityStoreID, "user_id": "alice-two"})
	if text != "" {
		t.Error(text)
	}
	expectState(t, state, attrs{"emails": []any{}, "phone_numbers": []any{}, "external_ids": []any{}})

	for name, test := range map[string]struct {
		config attrs
		says   []string
	}{
		"unknown name": {attrs{"user_name": "ALICE"}, []string{"ERROR: User not found", `no user with the name "ALICE".`, "Check the name", "If the user was deleted", `[AttributeName("user_name")]`}},
		"hidden character": {attrs{"user_name": "alice\u00a0"},
			[]string{"ERROR: User not found", `"alice\u00a0" ends with a no-break space (U+00A0)`}},
		"unknown ID":    {attrs{"user_id": "nobody"}, []string{"ERROR: Not found (HTTP 404", "has no user with this ID", "set user_name instead", "If the user was deleted", `[AttributeName("user_id")]`}},
		"name as ID":    {attrs{"user_id": "alice@example.com"}, []string{"ERROR: Invalid ID", "letters, digits and hyphens", "find the ID with data.identitycenter_user", `"alice@example.com"`}},
		"space in ID":   {attrs{"user_id": alice.UserID + " "}, []string{"ERROR: Invalid ID", alice.UserID + ` " ends with a space`}},
		"neither":       {attrs{}, []string{"Exactly one of these attributes must be configured"}},
		"both":          {attrs{"user_id": "a", "user_name": "b"}, []string{"Exactly one of these attributes must be configured"}},
		"two matches":   {attrs{"user_name": "twin"}, []string{"ERROR: More than one user", "twin-one", "twin-two", "Set user_id"}},
		"store unknown": {attrs{"user_id": "nobody", "identity_store_id": "d-0000000000"}, []string{"ERROR: Not found (HTTP 404", "Check user_id and identity_store_id."}},
	} {
		if test.config["identity_store_id"] == nil {
			test.config["identity_store_id"] = c.IdentityStoreID
		}
		if _, text := d.read(t, "identitycenter_user", test.config); missingText(text, test.says...) != "" {
			t.Errorf("%s: %q lacks %q", name, text, missingText(text, test.says...))
		}
	}
}

// Text from the API cannot control the terminal.
func TestUserDataSource_controlCharacters(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.AddUser(c.IdentityStoreID, simulator.User{UserID: "mallory", UserName: "mallory\x1b[2J", DisplayName: "a\nb\u202ec"})
	state, text := c.serveAs(t, c.Management).read(t, "identitycenter_user", attrs{"identity_store_id": c.IdentityStoreID, "user_id": "mallory"})
	if text != "" {
		t.Error(text)
	}
	expectState(t, state, attrs{"user_name": "mallory?[2J", "display_name": "a b?c"})
}

func TestUsersDataSource(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Configure(func(o *simulator.Options) { o.FuzzyUserName = true })
	c.SeedUsers(c.IdentityStoreID, 250, 0)
	d := c.serveAs(t, c.Management)
	state, text := d.read(t, "identitycenter_users", attrs{"identity_store_id": c.IdentityStoreID})
	if users, _ := state["users"].([]any); text != "" || len(users) != 253 {
		t.Errorf("%d users, %s", len(users), text)
	}
	state, text = d.read(t, "identitycenter_users", attrs{"identity_store_id": c.IdentityStoreID, "user_name": "alice"})
	if text != "" {
		t.Error(text)
	}
	expectState(t, state, attrs{"users": []any{
		attrs{"user_id": c.alice().UserID, "user_name": "alice", "display_name": "Alice Anders", "email": "alice@example.com", "enabled": true},
	}})
	state, text = d.read(t, "identitycenter_users", attrs{"identity_store_id": c.IdentityStoreID, "user_name": "nobody"})
	if lack := missingText(text, "WARNING: No user has this name", `"nobody"`, "must match exactly", `[AttributeName("user_name")]`); lack != "" {
		t.Errorf("%q lacks %q", text, lack)
	}
	expectState(t, state, attrs{"users": []any{}})
}

// A status that the API does not return is null.
func TestUserDataSources_unknownStatus(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Configure(func(o *simulator.Options) { o.EnabledAs = "absent" })
	for _, name := range []string{"identitycenter_user", "identitycenter_users"} {
		state, text := c.serve(t).read(t, name, attrs{"identity_store_id": c.IdentityStoreID, "user_name": "alice"})
		if users, listed := state["users"].([]any); listed {
			state = users[0].(attrs)
		}
		if text != "" || state["user_id"] != c.alice().UserID || state["enabled"] != nil {
			t.Errorf("%s: %v\n%s", name, state, text)
		}
	}
}

func TestUsersDataSource_errors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault    simulator.Fault
		timeouts attrs
		says     []string
	}{
		"repeated marker": {
			simulator.Fault{Status: http.StatusOK, Body: `{"users": [], "page_info": {"next_marker": "again", "current_count": 0}}`}, nil,
			[]string{"ERROR", `the page marker "again" came twice`},
		},
		"timeout": {simulator.Fault{Hang: true}, attrs{"read": "300ms"}, []string{"ERROR: Timed out (timeouts.read)", "Listing the users of identity store"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			test.fault.Operation = simulator.ListUsers
			c.Inject(test.fault)
			config := attrs{"identity_store_id": c.IdentityStoreID}
			if test.timeouts != nil {
				config["timeouts"] = test.timeouts
			}
			if _, text := c.serveAs(t, c.Management).read(t, "identitycenter_users", config); missingText(text, test.says...) != "" {
				t.Errorf("%q lacks %q", text, missingText(text, test.says...))
			}
		})
	}
}

func TestGroupDataSource(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	d := c.serveAs(t, c.Management)
	group := c.Groups[0]
	for _, by := range []attrs{{"display_name": "security"}, {"group_id": group.GroupID}} {
		by["identity_store_id"] = c.IdentityStoreID
		state, text := d.read(t, "identitycenter_group", by)
		if text != "" {
			t.Fatal(text)
		}
		expectState(t, state, attrs{"identity_store_id": c.IdentityStoreID, "group_id": group.GroupID, "display_name": "security"})
		for _, name := range []string{"created_at", "updated_at"} {
			if stamp, _ := state[name].(string); !strings.HasSuffix(stamp, "Z") {
				t.Errorf("%s is %q", name, stamp)
			}
		}
	}
	// A name is compared as the API returns it, with characters that are shown as "?".
	for _, name := range []string{"\u0645\u06cc\u200c\u062e\u0648", "\U0001f469\u200d\U0001f4bb", "a\u00a0b", "50%41 " + c.Management.SecretKey} {
		id := c.AddGroup(c.IdentityStoreID, simulator.Group{DisplayName: name})
		state, text := d.read(t, "identitycenter_group", attrs{"identity_store_id": c.IdentityStoreID, "display_name": name})
		if text != "" || state["group_id"] != id {
			t.Errorf("%q: %v\n%s", name, state["group_id"], text)
		}
	}
	// The API reports a missing group in one of these ways.
	for _, status := range []int{http.StatusNotFound, http.StatusBadRequest} {
		c.Configure(func(o *simulator.Options) { o.GroupNotFound = status })
		_, text := d.read(t, "identitycenter_group", attrs{"identity_store_id": c.IdentityStoreID, "display_name": "Security"})
		if lack := missingText(text, "ERROR: Group not found", `no group with the name "Security".`, fmt.Sprint(status), `[AttributeName("display_name")]`); lack != "" {
			t.Errorf("%q lacks %q", text, lack)
		}
	}
	for name, test := range map[string]struct {
		config attrs
		says   []string
	}{
		"unknown ID": {attrs{"group_id": "nothing"}, []string{"ERROR: Not found (HTTP 404", "Reading group nothing", "Check group_id and identity_store_id."}},
		"name as ID": {attrs{"group_id": "security_team"}, []string{"ERROR: Invalid ID", "find the ID with data.identitycenter_group", `"security_team"`}},
		"neither":    {attrs{}, []string{"Exactly one of these attributes must be configured"}},
	} {
		test.config["identity_store_id"] = c.IdentityStoreID
		if _, text := d.read(t, "identitycenter_group", test.config); missingText(text, test.says...) != "" {
			t.Errorf("%s: %q lacks %q", name, text, missingText(text, test.says...))
		}
	}
}

// A response about another group is an error.
func TestGroupDataSource_anotherGroup(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		groupID, displayName string // "" for the requested ID and for no name
		says                 []string
	}{
		"another name": {"", "Security", []string{"ERROR: Group has another name", `"security"`, `"Security"`, "set group_id"}},
		"hidden space": {"", "security ", []string{"ERROR: Group has another name", `"security " ends with a space`}},
		"no name":      {"", "", []string{"ERROR: Group has another name"}},
		"another ID":   {"other", "security", []string{"ERROR: Unusable response", `about group "other"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			body := fmt.Sprintf(`{"group_id": %q, "identity_store_id": %q, "display_name": %q}`, cmp.Or(test.groupID, c.Groups[0].GroupID), c.IdentityStoreID, test.displayName)
			c.Inject(simulator.Fault{Operation: simulator.DescribeGroup, Status: http.StatusOK, Body: body})
			_, text := c.serveAs(t, c.Management).read(t, "identitycenter_group", attrs{"identity_store_id": c.IdentityStoreID, "display_name": "security"})
			if lack := missingText(text, test.says...); lack != "" {
				t.Errorf("%q lacks %q", text, lack)
			}
		})
	}
}

func TestAccUserSessionsDataSource(t *testing.T) {
	c := newCloud(t)
	var newestFirst []knownvalue.Check
	sessions := c.alice().Sessions
	for i := len(sessions) - 1; i >= 0; i-- {
		s := sessions[i]
		newestFirst = append(newestFirst, knownvalue.ObjectExact(map[string]knownvalue.Check{
			"session_id": knownvalue.StringExact(s.SessionID), "user_id": knownvalue.StringExact(c.alice().UserID),
			"ip_address": knownvalue.StringExact(s.IPAddress), "user_agent": knownvalue.StringExact(s.UserAgent),
			"user_name":  knownvalue.StringExact("alice"),
			"created_at": knownvalue.StringExact(s.CreationTime.UTC().Format(time.RFC3339)),
			"expires_at": knownvalue.StringExact(s.SessionNotValidAfter.UTC().Format(time.RFC3339)),
		}))
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: c.config(c.Management, "", "data \"identitycenter_user_sessions\" \"this\" {\n  identity_store_id = \"STORE\"\n  user_id = \"ALICE\"\n}\n"),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("data.identitycenter_user_sessions.this", tfjsonpath.New("sessions"), knownvalue.ListExact(newestFirst)),
			},
		}},
	})
}

// A list from the data source is empty in the next plan.
func TestAccUserSessionsDataSource_sessionIDs(t *testing.T) {
	c := newCloud(t)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: c.config(c.Management, "", "data \"identitycenter_user_sessions\" \"this\" {\n  identity_store_id = \"STORE\"\n  user_id = \"ALICE\"\n}\n"+
				revocationOf("ALICE", "session_ids = data.identitycenter_user_sessions.this.sessions[*].session_id")),
			ExpectNonEmptyPlan: true,
		}},
	})
}
