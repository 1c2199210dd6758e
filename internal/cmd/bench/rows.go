// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

//go:build linux

package main

import (
	"fmt"
	"strings"

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
}

var rows = []row{
	{name: "data source of 100,000 users", config: manyUsers, prepare: func(s *simulator.Simulator) {
		for i := range 100_000 {
			s.AddUser(store, simulator.User{UserID: fmt.Sprintf("user-%d", i), UserName: fmt.Sprintf("user-%d@example.com", i)})
		}
	}},
	{name: "48,000 sessions of one user", config: manySessions, prepare: func(s *simulator.Simulator) { addSessions(s, "user-0", 48_000) }},
	{name: "500 revocations, 50 calls/s allowed", config: revocations(500), prepare: func(s *simulator.Simulator) {
		s.Configure(func(o *simulator.Options) { o.RatePerSecond = 50 })
		addUsers(s, 500)
	}},
	{name: "100 revocations with a wrong key", config: strings.Replace(revocations(100), "BENCH-SECRET", "WRONG-SECRET", 1), prepare: func(s *simulator.Simulator) { addUsers(s, 100) }, fails: true},
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

func addUsers(s *simulator.Simulator, n int) {
	for i := range n {
		addSessions(s, fmt.Sprintf("user-%d", i), 1)
	}
}

func addSessions(s *simulator.Simulator, userID string, n int) {
	s.AddUser(store, simulator.User{UserID: userID, UserName: userID})
	for i := range n {
		s.AddSession(store, userID, simulator.Session{SessionID: fmt.Sprintf("%s-session-%d", userID, i)})
	}
}
