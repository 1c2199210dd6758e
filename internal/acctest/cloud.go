// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package acctest supports tests, benchmarks and the demo. It has a simulator with a client, and a
// Terraform CLI in an isolated folder. Tests inside the package transport cannot import it.
package acctest

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// Cloud is a running simulator with the demonstration data. As a transport.KeySource it
// returns the access key of the management account.
type Cloud struct {
	*simulator.Simulator
	simulator.Seeded
	// URL is the base URL of every service, without a slash at the end.
	URL string

	server *simulator.Server
}

// New starts a simulator on a free port and closes it when the test ends.
func New(t testing.TB, configure ...func(*simulator.Options)) *Cloud {
	t.Helper()
	c := Open(configure...)
	t.Cleanup(c.Close)
	return c
}

// Open is New for a caller that closes the simulator.
func Open(configure ...func(*simulator.Options)) *Cloud {
	c := &Cloud{Simulator: simulator.New(configure...)}
	c.Seeded = c.Seed()
	c.server = c.Start()
	c.URL = c.server.URL
	return c
}

// Close ends the server and its hanging calls.
func (c *Cloud) Close() { c.server.Close() }

// Keys returns the access key of the management account.
func (c *Cloud) Keys(context.Context) (transport.Keys, error) { return KeysOf(c.Management), nil }

// Operations returns the operations of all calls, in order.
func (c *Cloud) Operations() []string {
	var names []string
	for _, call := range c.Calls() {
		names = append(names, call.Operation)
	}
	return names
}

// SessionIDs returns the IDs of the open sessions of a user.
func (c *Cloud) SessionIDs(user simulator.SeededUser) []string {
	var ids []string
	for _, session := range c.Sessions(c.IdentityStoreID, user.UserID) {
		ids = append(ids, session.SessionID)
	}
	return ids
}

// Transport returns a transport that sends the requests to every service to URL. By default it does
// not retry.
func (c *Cloud) Transport(configure ...func(*transport.Config)) *transport.Transport {
	config := transport.Config{
		Endpoints:      transport.Endpoints{Region: "ap-southeast-3", Overrides: map[transport.Service]string{}},
		RequestTimeout: 20 * time.Second, MaxConcurrentRequests: transport.DefaultMaxConcurrentRequests,
	}
	for _, service := range transport.Services() {
		config.Endpoints.Overrides[service] = c.URL
	}
	for _, set := range configure {
		set(&config)
	}
	return transport.New(config)
}

// KeysOf converts an access key of the simulator to the client's type.
func KeysOf(key simulator.Key) transport.Keys {
	return transport.Keys{
		AccessKey: key.AccessKey, SecretKey: transport.NewSecret(key.SecretKey), SecurityToken: transport.NewSecret(key.SecurityToken),
		Origin: "the test",
	}
}

// Source is a transport.KeySource with one access key of the simulator.
type Source simulator.Key

// Keys returns the access key.
func (s Source) Keys(context.Context) (transport.Keys, error) { return KeysOf(simulator.Key(s)), nil }

// AllVariable is set by .ci/run. The commands of the docs and each wrong input then run through the
// CLI, and 10,000 users through the rate limit. A run of all tests fails if it produces a diagnostic
// without a golden file.
const AllVariable = "IDENTITYCENTER_TEST_ALL"

// Seeds returns the seeds of a property test: 10 fixed seeds, or as many as PROPERTY_SEEDS sets
// (make property). The names of property tests contain "Property".
func Seeds(t testing.TB) []uint64 {
	t.Helper()
	n := 10
	if text := os.Getenv("PROPERTY_SEEDS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1 {
			t.Fatalf("PROPERTY_SEEDS is %q instead of a positive number", text)
		}
	}
	seeds := make([]uint64, n)
	for i := range seeds {
		seeds[i] = 20261123 + uint64(i)
	}
	return seeds
}
