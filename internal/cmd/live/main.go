// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Command live runs the provider's client against the real cloud, to learn what the
// API reference leaves open. It does what the variables of LIVE.md switch on, and
// without them nothing. It keeps a record of every exchange, prints which reading of
// each open fact the cloud has, and where the cloud differs from the simulator.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/credentials"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// The variables that switch the stages on.
const (
	envRead        = "IDENTITYCENTER_LIVE"
	envEndSessions = "IDENTITYCENTER_LIVE_END_SESSIONS_OF"
	envLock        = "IDENTITYCENTER_LIVE_LOCK"
	envCut         = "IDENTITYCENTER_LIVE_CUT"
	envOldPolicies = "IDENTITYCENTER_LIVE_REPLACE_OLD_POLICIES_OF"
	envPause       = "IDENTITYCENTER_LIVE_PAUSE"
	envRecord      = "IDENTITYCENTER_LIVE_RECORD"
	envEndpoint    = "IDENTITYCENTER_LIVE_ENDPOINT"
)

const usage = `The live tests call the real cloud only when variables say so (LIVE.md):

  ` + envRead + `=yes   reads instances, users, groups, sessions, access and policies
  ` + envEndSessions + `=USER_NAME   then ends all sessions of this user
  ` + envLock + `=USER_NAME   disables the same user, looks, and enables the user again
  ` + envCut + `=PERMISSION_SET_ID   denies the console sessions of this permission set, and undoes it
  ` + envOldPolicies + `=PERMISSION_SET_ID   may delete the old policies of the same permission set
  ` + envPause + `=10m   how long lock and cut stay, for what only a person can try
  ` + envRecord + `=FOLDER   where the record goes; without it a new temporary folder
  ` + envEndpoint + `=URL   one base URL for all services, such as that of a simulator

Region and credentials are those of the provider: HW_REGION_NAME, HW_ACCESS_KEY, HW_SECRET_KEY,
HW_SECURITY_TOKEN, HW_PROFILE and so on.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Getenv, os.Stdout, time.Second); err != nil {
		fmt.Fprintln(os.Stderr, "live:", err)
		stop()
		os.Exit(1)
	}
}

// plan is what the variables switch on.
type plan struct {
	endSessionsOf, lock string
	cut, oldPolicies    string
	pause               time.Duration
}

// planOf reads the variables. What is dangerous is named twice.
func planOf(env credentials.Environment) (plan, error) {
	p := plan{endSessionsOf: env.Get(envEndSessions), lock: env.Get(envLock), cut: env.Get(envCut), oldPolicies: env.Get(envOldPolicies)}
	if text := env.Get(envPause); text != "" {
		var err error
		if p.pause, err = time.ParseDuration(text); err != nil || p.pause < 0 {
			return p, fmt.Errorf("%s must be a duration such as 10m", envPause)
		}
	}
	switch {
	case p.lock != "" && p.lock != p.endSessionsOf:
		return p, fmt.Errorf("%s must name the same user as %s", envLock, envEndSessions)
	case p.oldPolicies != "" && p.oldPolicies != p.cut:
		return p, fmt.Errorf("%s must name the same permission set as %s", envOldPolicies, envCut)
	}
	return p, nil
}

// announce says what will be done.
func (p plan) announce(out io.Writer) {
	_, _ = fmt.Fprintln(out, "This will\n  - read instances, users, groups, sessions, access and policies")
	if p.endSessionsOf != "" {
		_, _ = fmt.Fprintf(out, "  - end ALL sessions of the user %q\n", p.endSessionsOf)
	}
	if p.lock != "" {
		_, _ = fmt.Fprintf(out, "  - DISABLE the user %q, and enable the user again\n", p.lock)
	}
	if p.cut != "" {
		_, _ = fmt.Fprintf(out, "  - DENY everything to the present console sessions of the permission set %s in all its accounts, and take that back\n", p.cut)
	}
	if p.oldPolicies != "" {
		_, _ = fmt.Fprintf(out, "  - put a custom policy although the permission set %s has old ones, which may DELETE those for good\n", p.oldPolicies)
	}
}

// run does what the variables switch on. firstPause is the shortest between two looks at
// a user who is changing.
func run(ctx context.Context, env credentials.Environment, out io.Writer, firstPause time.Duration) error {
	switch env.Get(envRead) {
	case "":
		_, err := io.WriteString(out, usage)
		return err
	case "yes":
	default:
		return fmt.Errorf("%s must be yes, or not set", envRead)
	}
	p, err := planOf(env)
	if err != nil {
		return err
	}
	settings, err := credentials.Load(ctx, credentials.Config{}, env)
	if err != nil {
		return err
	}
	dir := env.Path(env.Get(envRecord))
	cloud, err := newRecorder(dir, "cloud")
	if err != nil {
		return err
	}
	defer cloud.close()
	p.announce(out)
	_, _ = fmt.Fprintf(out, "The record, which has names and addresses of users but no secret, goes to %s\n", cloud.file.Name())

	t := newTransport(transport.Endpoints{Region: settings.Region, Cloud: settings.Cloud}, env.Get(envEndpoint), cloud)
	keys, err := settings.Source(ctx, t)
	if err != nil {
		return err
	}
	run := &stages{plan: p, client: identitycenter.New(t, keys, true), out: out, firstPause: firstPause}
	failed := run.do(ctx)
	facts := readings(evidence{record: cloud.all(), decisions: run.decisions})
	printReadings(out, facts)
	if ctx.Err() != nil || run.instance.ID == "" {
		return errors.Join(failed, context.Cause(ctx))
	}

	twin, err := newRecorder(dir, "simulator")
	if err != nil {
		return errors.Join(failed, err)
	}
	defer twin.close()
	if err := runTwin(ctx, run, facts, twin); err != nil {
		return errors.Join(failed, err)
	}
	printDifferences(out, cloud.all(), twin.all())
	return errors.Join(failed, cloud.err, twin.err)
}

func newTransport(endpoints transport.Endpoints, url string, r *recorder) *transport.Transport {
	if url != "" {
		endpoints.Overrides = map[transport.Service]string{}
		for _, service := range transport.Services() {
			endpoints.Overrides[service] = url
		}
	}
	return transport.New(transport.Config{
		Endpoints: endpoints, UserAgent: "terraform-provider-identitycenter/live", RequestTimeout: transport.DefaultRequestTimeout,
		MaxRetries: transport.DefaultMaxRetries, MaxConcurrentRequests: 1, Record: r.record,
	})
}

// runTwin does the same against a simulator that has the readings of the cloud and the
// demonstration data in place of the cloud's.
func runTwin(ctx context.Context, cloud *stages, facts []finding, twin *recorder) error {
	sim := simulator.New()
	seeded := sim.Seed()
	sim.Configure(func(o *simulator.Options) { apply(o, facts) })
	server := sim.Start()
	defer server.Close()

	alice, set, p := seeded.Users[0], seeded.PermissionSets[1].PermissionSetID, plan{}
	if cloud.plan.endSessionsOf != "" {
		p.endSessionsOf = alice.UserName
	}
	if cloud.plan.lock != "" {
		p.lock = alice.UserName
	}
	if cloud.plan.cut != "" {
		p.cut = set
	}
	if cloud.plan.oldPolicies != "" {
		p.oldPolicies = set
		sim.AddManagedRole(seeded.InstanceID, set, "old")
	}
	if cloud.without {
		sim.SetCustomPolicy(seeded.InstanceID, set, "")
		sim.Provision(seeded.InstanceID, set)
	}
	if cloud.user.CreatedBy != "" {
		alice.CreatedBy = cloud.user.CreatedBy
		sim.AddUser(seeded.IdentityStoreID, alice.User)
	}
	t := newTransport(transport.Endpoints{Region: seeded.Region}, server.URL, twin)
	run := &stages{plan: p, client: identitycenter.New(t, keyOf(seeded.Management), true), out: io.Discard, firstPause: time.Millisecond}
	_ = run.do(ctx) // What fails is in the record, which is compared.
	return context.Cause(ctx)
}

// keyOf is the source of a simulator's key.
type keyOf simulator.Key

// Keys returns the key.
func (k keyOf) Keys(context.Context) (transport.Keys, error) {
	return transport.Keys{AccessKey: k.AccessKey, SecretKey: transport.NewSecret(k.SecretKey), Origin: "the simulator"}, nil
}
