// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

func TestAccInstanceDataSource(t *testing.T) {
	c := newCloud(t)
	config := c.config(c.Management, "", `data "identitycenter_instance" "this" {}`)
	check := func(name, value string) statecheck.StateCheck {
		return statecheck.ExpectKnownValue("data.identitycenter_instance.this", tfjsonpath.New(name), knownvalue.StringExact(value))
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config: config,
				ConfigStateChecks: []statecheck.StateCheck{
					check("instance_id", c.InstanceID), check("identity_store_id", c.IdentityStoreID),
					check("alias", c.Alias), check("instance_urn", c.InstanceURN), check("region", c.Region),
				},
			},
			{
				PreConfig: func() {
					c.AddInstance(simulator.Instance{InstanceID: "ssoins-second", IdentityStoreID: "d-second"})
				},
				Config:      config,
				ExpectError: inOrder("More than one Identity Center instance", c.InstanceID, "ssoins-second with identity store d-second"),
			},
			// Without an error, so that the test can clean up.
			{Config: c.config(c.Management, "", "")},
		},
	})
}

func TestAccInstanceDataSource_none(t *testing.T) {
	c := newCloud(t)
	empty := simulator.New()
	empty.AddKey(c.Management)
	server := empty.Start()
	t.Cleanup(server.Close)
	c.URL = server.URL
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config:      c.config(c.Management, "", `data "identitycenter_instance" "this" {}`),
			ExpectError: text("No Identity Center instance"),
		}},
	})
}

func TestAccUserDataSource(t *testing.T) {
	c := newCloud(t)
	c.Configure(func(o *simulator.Options) { o.FuzzyUserName = true })
	c.AddUser(c.IdentityStoreID, simulator.User{UserID: "alice-two", UserName: "alice2"})
	config := func(arguments string) string {
		return c.config(c.Management, "", fmt.Sprintf("data \"identitycenter_user\" \"this\" {\n  identity_store_id = \"STORE\"\n  %s\n}\n", arguments))
	}
	check := func(path tfjsonpath.Path, value knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue("data.identitycenter_user.this", path, value)
	}
	everything := []statecheck.StateCheck{
		check(tfjsonpath.New("user_id"), knownvalue.StringExact(c.alice().UserID)),
		check(tfjsonpath.New("user_name"), knownvalue.StringExact("alice")),
		check(tfjsonpath.New("display_name"), knownvalue.StringExact("Alice Anders")),
		check(tfjsonpath.New("given_name"), knownvalue.StringExact("Alice")),
		check(tfjsonpath.New("family_name"), knownvalue.StringExact("Anders")),
		check(tfjsonpath.New("middle_name"), knownvalue.Null()),
		check(tfjsonpath.New("title"), knownvalue.StringExact("Security Engineer")),
		check(tfjsonpath.New("user_type"), knownvalue.StringExact("Employee")),
		check(tfjsonpath.New("enabled"), knownvalue.Bool(true)),
		check(tfjsonpath.New("emails").AtSliceIndex(0).AtMapKey("value"), knownvalue.StringExact("alice@example.com")),
		check(tfjsonpath.New("emails").AtSliceIndex(0).AtMapKey("verification_status"), knownvalue.StringExact("VERIFIED")),
		check(tfjsonpath.New("phone_numbers").AtSliceIndex(0).AtMapKey("primary"), knownvalue.Bool(true)),
		check(tfjsonpath.New("external_ids").AtSliceIndex(0).AtMapKey("id"), knownvalue.StringExact("hr-alice")),
		check(tfjsonpath.New("enterprise").AtMapKey("department"), knownvalue.StringExact("IT")),
		check(tfjsonpath.New("enterprise").AtMapKey("manager"), knownvalue.StringExact("dora")),
		check(tfjsonpath.New("created_at"), knownvalue.StringExact(c.alice().CreatedAt.UTC().Format(time.RFC3339))),
		check(tfjsonpath.New("updated_at"), knownvalue.StringRegexp(regexp.MustCompile(`Z$`))),
		check(tfjsonpath.New("created_by"), knownvalue.StringExact("admin")),
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			// The API's filter answers alice2 too.
			{Config: config(`user_name = "alice"`), ConfigStateChecks: everything},
			{Config: config(fmt.Sprintf("user_id = %q", c.alice().UserID)), ConfigStateChecks: everything},
			{Config: config(`user_name = "ALICE@"`), ExpectError: inOrder("User not found", `user_name = `, `has no user with the name`)},
			{Config: config(`user_id = "nobody"`), ExpectError: inOrder("Not found (HTTP 404", `user_id = "nobody"`, "does not know user nobody")},
			{Config: config(""), ExpectError: text("Exactly one of these attributes must be configured")},
			{Config: config("user_id = \"a\"\nuser_name = \"b\""), ExpectError: text("Exactly one of these attributes must be configured")},
			// Without an error, so that the test can clean up.
			{Config: c.config(c.Management, "", "")},
		},
	})
}

func TestAccUsersDataSource(t *testing.T) {
	c := newCloud(t)
	c.Configure(func(o *simulator.Options) { o.FuzzyUserName = true })
	c.SeedUsers(c.IdentityStoreID, 250, 0)
	config := func(arguments string) string {
		return c.config(c.Management, "", fmt.Sprintf("data \"identitycenter_users\" \"this\" {\n  identity_store_id = \"STORE\"\n  %s\n}\n", arguments))
	}
	check := func(path tfjsonpath.Path, value knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue("data.identitycenter_users.this", path, value)
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config: config(""),
				ConfigStateChecks: []statecheck.StateCheck{
					check(tfjsonpath.New("users"), knownvalue.ListSizeExact(253)),
				},
			},
			{
				Config: config(`user_name = "alice"`),
				ConfigStateChecks: []statecheck.StateCheck{
					check(tfjsonpath.New("users"), knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
						"user_id": knownvalue.StringExact(c.alice().UserID), "user_name": knownvalue.StringExact("alice"),
						"display_name": knownvalue.StringExact("Alice Anders"), "email": knownvalue.StringExact("alice@example.com"),
						"enabled": knownvalue.Bool(true),
					})})),
				},
			},
			{
				Config:            config(`user_name = "nobody"`),
				ConfigStateChecks: []statecheck.StateCheck{check(tfjsonpath.New("users"), knownvalue.ListSizeExact(0))},
			},
		},
	})
}

func TestAccUsersDataSource_markerThatRepeats(t *testing.T) {
	c := newCloud(t)
	c.Inject(simulator.Fault{Operation: simulator.ListUsers, Status: http.StatusOK, Body: `{"users": [], "page_info": {"next_marker": "again", "current_count": 0}}`})
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config:      c.config(c.Management, "", "data \"identitycenter_users\" \"this\" {\n  identity_store_id = \"STORE\"\n}\n"),
			ExpectError: text(`the page marker "again" came twice`),
		}},
	})
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

func TestAccGroupDataSource(t *testing.T) {
	c := newCloud(t)
	group := c.Groups[0]
	config := func(arguments string) string {
		return c.config(c.Management, "", fmt.Sprintf("data \"identitycenter_group\" \"this\" {\n  identity_store_id = \"STORE\"\n  %s\n}\n", arguments))
	}
	check := func(name string, value knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue("data.identitycenter_group.this", tfjsonpath.New(name), value)
	}
	everything := []statecheck.StateCheck{
		check("identity_store_id", knownvalue.StringExact(c.IdentityStoreID)),
		check("group_id", knownvalue.StringExact(group.GroupID)),
		check("display_name", knownvalue.StringExact("security")),
		check("created_at", knownvalue.StringRegexp(regexp.MustCompile(`Z$`))),
		check("updated_at", knownvalue.StringRegexp(regexp.MustCompile(`Z$`))),
	}
	steps := []resource.TestStep{
		{Config: config(`display_name = "security"`), ConfigStateChecks: everything},
		{Config: config("group_id = \"GROUP\""), ConfigStateChecks: everything},
	}
	// Either is how the API says that there is no such group.
	for _, status := range []int{http.StatusNotFound, http.StatusBadRequest} {
		steps = append(steps, resource.TestStep{
			PreConfig:   func() { c.Configure(func(o *simulator.Options) { o.GroupNotFound = status }) },
			Config:      config(`display_name = "Security"`),
			ExpectError: inOrder("Group not found", `display_name = "Security"`, "returns no group with the name", fmt.Sprint(status)),
		})
	}
	steps = append(steps,
		resource.TestStep{Config: config(`group_id = "nothing"`), ExpectError: inOrder("Not found (HTTP 404", "Reading group nothing", "Check group_id and identity_store_id.")},
		resource.TestStep{Config: config(""), ExpectError: text("Exactly one of these attributes must be configured")},
		// Without an error, so that the test can clean up.
		resource.TestStep{Config: c.config(c.Management, "", "")},
	)
	resource.ParallelTest(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: steps})
}

// A key that may not ask for the region gets the rest; several regions are none.
func TestAccInstanceDataSource_region(t *testing.T) {
	c := newCloud(t)
	key := c.Management
	key.Deny = map[string]string{simulator.DescribeRegisteredRegions: ""}
	c.AddKey(key)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: c.config(key, "", `data "identitycenter_instance" "this" {}`),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("data.identitycenter_instance.this", tfjsonpath.New("region"), knownvalue.Null()),
				statecheck.ExpectKnownValue("data.identitycenter_instance.this", tfjsonpath.New("instance_id"), knownvalue.StringExact(c.InstanceID)),
			},
		}},
	})
}

// The time to read a list ends it, and the argument that bounds it is blamed.
func TestAccUsersDataSource_timeout(t *testing.T) {
	c := newCloud(t)
	c.Inject(simulator.Fault{Operation: simulator.ListUsers, Hang: true})
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config:      c.config(c.Management, "", "data \"identitycenter_users\" \"this\" {\n  identity_store_id = \"STORE\"\n  timeouts {\n    read = \"300ms\"\n  }\n}\n"),
			ExpectError: inOrder("Timed out (timeouts.read)", "Listing the users of identity store"),
		}},
	})
}

// The trap: a set that is fed from the data source is empty in the next plan.
func TestAccUserSessionsDataSource_feedingSessionIDsReplaces(t *testing.T) {
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
