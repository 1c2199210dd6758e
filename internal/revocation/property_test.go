// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package revocation

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// plan is a random simulator and a random request.
type plan struct {
	sessions   int
	dead       int // number of requested sessions that are gone or never existed
	asked      []int
	gone       int
	keep       bool
	all        bool
	newest     int // number of sessions that keep_newest keeps; 0 for no condition
	verify     bool
	maxRetries int
	cancelAt   int // number of the call at which the run is cancelled; 0 for never
	removed    bool
	faults     []simulator.Fault
}

func randomPlan(r *rand.Rand) plan {
	few := func(n int) int { return r.IntN(n + 1) }
	p := plan{
		sessions: []int{few(3), few(120), 90 + few(25), few(310)}[r.IntN(4)],
		dead:     []int{0, 0, 1, few(5), few(150)}[r.IntN(5)],
		gone:     []int{0, http.StatusOK, http.StatusBadRequest, http.StatusNotFound}[r.IntN(4)],
		all:      r.IntN(4) == 0, verify: r.IntN(3) == 0, maxRetries: r.IntN(3) / 2, removed: r.IntN(20) == 0,
	}
	if !p.all && r.IntN(5) == 0 {
		p.newest = 1 + few(40)
	}
	// Only a verification detects an API that keeps ended sessions.
	p.keep = p.verify && r.IntN(3) == 0
	for i := range p.sessions + p.dead {
		if r.IntN(8) > 0 {
			p.asked = append(p.asked, i)
		}
		if r.IntN(8) == 0 {
			p.asked = append(p.asked, r.IntN(p.sessions+p.dead))
		}
	}
	r.Shuffle(len(p.asked), func(i, j int) { p.asked[i], p.asked[j] = p.asked[j], p.asked[i] })
	if r.IntN(8) == 0 {
		p.cancelAt = 1 + few(5)
	}
	for range few(3) {
		p.faults = append(p.faults, randomFault(r))
	}
	return p
}

func randomFault(r *rand.Rand) simulator.Fault {
	faults := []simulator.Fault{
		{DropBefore: true}, {DropAfter: true}, {CutBody: true}, {HugeBody: 17 << 20},
		{Status: 200, Body: "<html>"}, {Status: 302}, {Status: 502, Body: "<html>"}, {Status: 403, Body: "{"}, {Status: 404}, {Status: 400},
		simulator.Refuse(200, "IIC.1000", "No permission."), simulator.Refuse(400, "IIC.400", "Bad."), simulator.Refuse(400, "IIC.400", "The session is bad."),
		simulator.Refuse(401, "APIGW.0301", "Wrong key."), simulator.Refuse(403, "IIC.1000", "No permission."), simulator.Refuse(404, "IIC.404", "Not found."),
		simulator.Refuse(409, "IIC.1006", "Later."), simulator.Refuse(409, "IIC.1007", "Failed."), simulator.Refuse(500, "IIC.500", "Oops."),
		{Header: http.Header{"X-Request-Id": nil}},
	}
	f := faults[r.IntN(len(faults))]
	f.Operation = []string{simulator.BatchDeleteSessions, simulator.BatchDeleteSessions, simulator.ListSessions, ""}[r.IntN(4)]
	f.After, f.Times = r.IntN(4), r.IntN(3)
	return f
}

var errAlive = errors.New("this must not be")

// For random requests, readings of the API and faults, the outcome contains each selected session
// exactly once. No session that is reported as ended still exists. Each seed has 4 plans.
func TestRun_stateProperty(t *testing.T) {
	t.Parallel()
	const plans = 4
	// Tests mostly wait, so more of them run in parallel than there are processors.
	var group sync.WaitGroup
	limit := make(chan struct{}, 32)
	for n := range len(acctest.Seeds(t)) * plans {
		limit <- struct{}{}
		group.Go(func() {
			defer func() { <-limit }()
			p := randomPlan(rand.New(rand.NewPCG(20261123, uint64(n))))
			if err := p.run(t.Context()); err != nil {
				t.Errorf("plan %d: %v\n%+v", n, err, p)
			}
		})
	}
	group.Wait()
}

func (p plan) run(ctx context.Context) error {
	b := open(p.sessions, p.maxRetries, func(o *simulator.Options) { o.Gone, o.KeepSessions = p.gone, p.keep })
	defer b.Close()
	known := slices.Concat(b.ids, ids("dead", p.dead))
	var asked []string
	for _, i := range p.asked {
		asked = append(asked, known[i])
	}
	if p.all || p.newest > 0 {
		asked = b.ids[min(p.newest, len(b.ids)):]
	}
	if p.removed {
		b.RemoveUser(b.IdentityStoreID, b.userID)
	}
	b.Inject(p.faults...)

	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if p.keep {
		ctx, cancel = context.WithTimeout(ctx, 300*time.Millisecond)
		defer cancel()
	}
	if p.cancelAt > 0 {
		go func() {
			if b.Await(ctx, "", p.cancelAt) == nil {
				cancel()
			}
		}()
	}
	outcome, err := b.revoke(ctx, asked, func(r *Request) {
		r.All, r.Verify = p.all, p.verify
		if p.newest > 0 {
			r.SessionIDs, r.Matching = nil, &Conditions{KeepNewest: p.newest}
		}
	})

	if (p.all || p.newest > 0) && outcome.Choice == nil && err != nil {
		asked = nil // The selection was not known.
	}
	if err := check(asked, outcome); err != nil {
		return err
	}
	alive := map[string]bool{}
	for _, id := range b.alive() {
		alive[id] = true
	}
	// Only the verification detects an API that keeps ended sessions.
	var verification *VerificationError
	var survivors *SurvivorsError
	if !p.keep || err == nil || errors.As(err, &survivors) {
		for _, id := range slices.Concat(outcome.Revoked, outcome.AlreadyGone) {
			if alive[id] {
				return fmt.Errorf("%s is reported as ended, and alive: %w", id, errors.Join(errAlive, err))
			}
		}
	}
	// With 50 sessions left, the listing may be truncated, so that missing sessions may still
	// exist.
	if p.verify && err == nil && len(alive) < listingMayBeIncomplete {
		for _, id := range outcome.Revoked {
			if !slices.Contains(b.ids, id) {
				return fmt.Errorf("%s never was a session, and counts as ended", id)
			}
		}
	}
	if err == nil && len(outcome.NotRevoked) > 0 {
		return errors.New("some are not revoked, and there is no error")
	}
	if err != nil && len(outcome.NotRevoked) == 0 && len(asked) > 0 && !errors.As(err, &verification) {
		return fmt.Errorf("all are revoked, and yet there is an error: %w", err)
	}
	for _, call := range b.CallsOf(simulator.BatchDeleteSessions) {
		if n := len(call.SessionIDs); n == 0 || n > BatchSize || len(Unique(call.SessionIDs)) != n {
			return fmt.Errorf("a batch names %d sessions, %d of them distinct", n, len(Unique(call.SessionIDs)))
		}
	}
	return nil
}
