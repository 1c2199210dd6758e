// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// everySurface reads and revokes with everything that the provider has for it.
const everySurface = `
data "identitycenter_instance" "this" {}

data "identitycenter_user" "by_name" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_name         = "carol"
}

data "identitycenter_user" "by_id" {
  identity_store_id = data.identitycenter_user.by_name.identity_store_id
  user_id           = data.identitycenter_user.by_name.user_id
}

data "identitycenter_users" "all" {
  identity_store_id = data.identitycenter_user.by_id.identity_store_id
}

data "identitycenter_user_sessions" "carol" {
  identity_store_id = data.identitycenter_users.all.identity_store_id
  user_id           = data.identitycenter_user.by_id.user_id
}

ephemeral "identitycenter_user_sessions" "carol" {
  identity_store_id = data.identitycenter_user_sessions.carol.identity_store_id
  user_id           = data.identitycenter_user_sessions.carol.user_id
}

resource "identitycenter_user_session_revocation" "test" {
  identity_store_id = data.identitycenter_user_sessions.carol.identity_store_id
  user_id           = data.identitycenter_user_sessions.carol.user_id
  session_ids_wo    = ephemeral.identitycenter_user_sessions.carol.sessions[*].session_id
  verify            = true
}
`

var everyOperation = []string{
	simulator.ListInstances, simulator.ListUsers, simulator.DescribeUser, simulator.ListSessions, simulator.BatchDeleteSessions,
}

// One fault at a call of each surface costs one more call, and nothing else.
func TestAccFaults_passing(t *testing.T) {
	t.Parallel()
	// How many calls of each operation the steps make when nothing is wrong.
	quiet := map[string]int{}
	t.Run("none", func(t *testing.T) {
		c := newCloud(t)
		c.withSessions(250)
		c.apply(t, "")
		for _, call := range c.Calls() {
			quiet[call.Operation]++
		}
		if quiet[simulator.BatchDeleteSessions] != 3 {
			t.Fatalf("calls: %v", quiet)
		}
	})

	for name, fault := range map[string]simulator.Fault{
		"throttled":                 {Status: http.StatusTooManyRequests, Code: "APIGW.0308"},
		"throttled with a wait":     {Status: http.StatusTooManyRequests, Code: "APIGW.0308", Header: http.Header{"Retry-After": {"1"}}},
		"concurrency conflict":      {Status: http.StatusConflict, Code: "IIC.1006"},
		"unavailable":               {Status: http.StatusServiceUnavailable, Body: "<html>busy</html>", ContentType: "text/html"},
		"dropped before the work":   {DropBefore: true},
		"dropped after the work":    {DropAfter: true},
		"cut off after the work":    {CutBody: true},
		"no answer in time":         {Hang: true},
		"internal error, no body":   {Status: http.StatusInternalServerError, Body: " "},
		"bad gateway, then dropped": {Status: http.StatusBadGateway, CutBody: true, Body: "<html>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.withSessions(250)
			for _, operation := range everyOperation {
				once := fault
				once.Operation, once.Times = operation, 1
				if operation == simulator.BatchDeleteSessions {
					// The batch in the middle.
					once.After = 1
				}
				c.Inject(once)
			}
			c.apply(t, "request_timeout = \"1s\"")
			if left := len(c.sessionIDs(c.Users[2])); left > 0 {
				t.Errorf("%d sessions left", left)
			}
			calls := map[string]int{}
			for _, call := range c.Calls() {
				calls[call.Operation]++
			}
			// One more of each. A delete that was done without an answer meets sessions
			// that are gone when it is repeated, and one listing tells which. Only an
			// answer that has a body can be cut off.
			workDone := fault.DropAfter || fault.CutBody && fault.Status == 0
			for _, operation := range everyOperation {
				least, most := quiet[operation]+1, quiet[operation]+1
				switch {
				case workDone && operation == simulator.ListSessions:
					most++
				case workDone && fault.CutBody && operation == simulator.BatchDeleteSessions:
					least--
				}
				if got := calls[operation]; got < least || got > most {
					t.Errorf("%d calls of %s, want %d to %d", got, operation, least, most)
				}
			}
		})
	}
}

// apply applies everySurface and plans again.
func (c *cloud) apply(t *testing.T, arguments string) {
	t.Helper()
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps:                    []resource.TestStep{{Config: c.config(c.Management, arguments, everySurface)}},
	})
}

// A refusal of any call ends the run at once, and says which call it was.
func TestAccFaults_lasting(t *testing.T) {
	t.Parallel()
	for _, operation := range everyOperation {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.withSessions(1)
			c.Inject(refusal(operation, 0, 0, http.StatusForbidden, "IIC.1000", "refused for good"))
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: factories,
				Steps: []resource.TestStep{{
					Config:      c.config(c.Management, "decode_authorization_messages = false", everySurface),
					ExpectError: inOrder("Access denied (HTTP 403, IIC.1000)", fmt.Sprintf("Call:        %s", operation), "refused for good"),
				}},
			})
			if n := len(c.CallsOf(operation)); n != 1 {
				t.Errorf("%d calls of %s", n, operation)
			}
		})
	}
}
