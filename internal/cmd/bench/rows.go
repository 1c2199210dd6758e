// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

//go:build linux

package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/workspace"
)

// contender is one of those that are compared.
type contender struct {
	name   string
	mirror *workspace.Mirror
	// binary is the provider's executable, "" where it is Terraform itself.
	binary string
	// config is a configuration with so many resources; URL stands for the simulator.
	config func(n int) string
}

// row is one apply of this provider that is compared with nothing.
type row struct {
	name    string
	config  string
	prepare func(*simulator.Simulator)
	// fails is true of an apply that is meant to fail.
	fails bool
	// once is true of an apply that takes so long that it runs once.
	once bool
	// bound is the least time that the API's rate allows, where that is what counts.
	bound time.Duration
}

var rows = []row{
	{name: "data source of 100,000 users", config: manyUsers, prepare: func(s *simulator.Simulator) {
		addUsersWithoutSessions(s, 0, 100_000)
	}},
	{name: "48,000 sessions of one user", config: manySessions, prepare: func(s *simulator.Simulator) { addSessions(s, "user-0", 48_000) }},
	{name: "500 revocations, 50 calls/s allowed", config: revocations(500), prepare: func(s *simulator.Simulator) {
		s.Configure(func(o *simulator.Options) { o.RatePerSecond = 50 })
		addUsers(s, 500)
	}},
	{name: "100 revocations with a wrong key", config: strings.Replace(revocations(100), "BENCH-SECRET", "WRONG-SECRET", 1), prepare: func(s *simulator.Simulator) { addUsers(s, 100) }, fails: true},
	{name: "10,000 users in one resource, calls of 20 ms each", config: revocationOfAll, prepare: func(s *simulator.Simulator) {
		addUsers(s, 10_000)
		for _, operation := range []string{simulator.ListUsers, simulator.ListSessions, simulator.BatchDeleteSessions} {
			s.Before(operation, func() { time.Sleep(20 * time.Millisecond) })
		}
	}},
	{name: "1,000 users in one resource, 200 calls/s allowed", config: revocationOfAll, prepare: func(s *simulator.Simulator) {
		s.Configure(func(o *simulator.Options) { o.RatePerSecond = 200 })
		addUsers(s, 500)
		addUsersWithoutSessions(s, 500, 1_000)
	}, bound: 1_000 / 200 * time.Second},
	{name: "20,000 users in one resource, 200 calls/s allowed", config: revocationOfAll, prepare: func(s *simulator.Simulator) {
		s.Configure(func(o *simulator.Options) { o.RatePerSecond = 200 })
		addUsers(s, 500)
		addUsersWithoutSessions(s, 500, 20_000)
	}, once: true, bound: 20_000 / 200 * time.Second},
	{name: "sessions of 100,000 users, of which none matches", config: noSessionMatches, prepare: func(s *simulator.Simulator) {
		addUsers(s, 10_000)
		addUsersWithoutSessions(s, 10_000, 100_000)
	}, once: true},
}

// store is the identity store.
const store = "d-bench"

const providerBlock = `
terraform {
  required_providers {
    identitycenter = {
      source = "identitycenter/identitycenter"
    }
  }
}

provider "identitycenter" {
  region     = "ap-southeast-3"
  access_key = "BENCH"
  secret_key = "BENCH-SECRET"
  endpoints  = { identitystore = "URL" }
}
`

const manySessions = providerBlock + `
resource "identitycenter_user_session_revocation" "this" {
  identity_store_id = "d-bench"
  user_id           = "user-0"
  all_sessions      = true
}
`

const manyUsers = providerBlock + `
data "identitycenter_users" "this" {
  identity_store_id = "d-bench"
}
`

const revocationOfAll = providerBlock + `
resource "identitycenter_bulk_user_session_revocation" "this" {
  identity_store_id = "d-bench"
  all_users         = true
  except_user_ids   = []
  all_sessions      = true
}
`

const noSessionMatches = providerBlock + `
data "identitycenter_user_sessions" "this" {
  identity_store_id = "d-bench"
  all_users         = true

  sessions_matching {
    from_networks      = ["192.0.2.0/24"]
    treat_missing_data = "no_match"
  }
}
`

// bulkRevocation ends the sessions of so many users in one resource.
func bulkRevocation(n int) string {
	users := make([]string, n)
	for i := range users {
		users[i] = fmt.Sprintf("%q", userID(i))
	}
	return providerBlock + fmt.Sprintf(`
resource "identitycenter_bulk_user_session_revocation" "this" {
  identity_store_id = "d-bench"
  user_ids          = [%s]
  all_sessions      = true
}
`, strings.Join(users, ", "))
}

// revocations ends one session each of so many users.
func revocations(n int) string {
	return providerBlock + fmt.Sprintf(`
resource "identitycenter_user_session_revocation" "this" {
  count             = %d
  identity_store_id = "d-bench"
  user_id           = "user-${count.index}"
  session_ids       = ["user-${count.index}-session-0"]
}
`, n)
}

func terraformData(n int) string {
	return fmt.Sprintf("resource \"terraform_data\" \"this\" {\n  count = %d\n  input = \"user-${count.index}\"\n}\n", n)
}

// newCloud has one instance and the key of the configurations.
func newCloud() *simulator.Simulator {
	sim := simulator.New()
	sim.AddKey(simulator.Key{AccessKey: "BENCH", SecretKey: "BENCH-SECRET"})
	sim.AddInstance(simulator.Instance{InstanceID: "ssoins-bench", IdentityStoreID: store})
	return sim
}

func userID(n int) string { return fmt.Sprintf("user-%d", n) }

// addUsers adds so many users, each with a session.
func addUsers(s *simulator.Simulator, n int) {
	for i := range n {
		addSessions(s, userID(i), 1)
	}
}

func addUsersWithoutSessions(s *simulator.Simulator, from, to int) {
	for i := from; i < to; i++ {
		s.AddUser(store, simulator.User{UserID: userID(i), UserName: userID(i) + "@example.com"})
	}
}

func addSessions(s *simulator.Simulator, userID string, n int) {
	s.AddUser(store, simulator.User{UserID: userID, UserName: userID})
	for i := range n {
		s.AddSession(store, userID, simulator.Session{SessionID: fmt.Sprintf("%s-session-%d", userID, i), IPAddress: "203.0.113.7"})
	}
}
