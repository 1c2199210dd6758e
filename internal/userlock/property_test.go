// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package userlock

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// With random faults, an outcome agrees with the simulator, or says that a request may have been
// carried out. The next lock succeeds.
func TestLock_randomFaultsProperty(t *testing.T) {
	t.Parallel()
	var all errgroup.Group
	all.SetLimit(10)
	seeds, variants := acctest.Seeds(t), 3
	if len(seeds) > 10 {
		variants = 10
	}
	for i, seed := range seeds {
		for variant := range variants {
			all.Go(func() error {
				random := rand.New(rand.NewPCG(seed, uint64(variant)))
				if complaint := lockWithRandomFaults(t, random); complaint != "" {
					t.Errorf("seed %d (number %d), variant %d: %s", seed, i, variant, complaint)
				}
				return nil
			})
		}
	}
	_ = all.Wait()
}

func lockWithRandomFaults(t *testing.T, random *rand.Rand) string {
	t.Helper()
	b := serve(t, 1, randomReading(random))
	for range random.IntN(4) {
		b.Inject(randomFault(random))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if random.IntN(3) == 0 {
		interrupt, at := context.WithCancel(ctx)
		defer at()
		n := 1 + random.IntN(10)
		go func() {
			if b.Await(interrupt, "", n) == nil {
				at()
			}
		}()
		ctx = interrupt
	}
	outcome, err := Lock(ctx, b.client, b.request())
	if complaint := b.complaint(outcome, err); complaint != "" {
		return complaint
	}
	if complaint := b.understated(outcome); err != nil && complaint != "" {
		return complaint
	}

	b.ClearFaults()
	if outcome, err := Lock(t.Context(), b.client, b.request()); err != nil || b.complaint(outcome, err) != "" {
		return fmt.Sprintf("the next lock: %v, %s", err, b.complaint(outcome, err))
	}
	if outcome, err := Inspect(t.Context(), b.client, b.request()); err != nil || outcome.Status != Disabled || outcome.Left != 0 && outcome.Unverified == nil {
		return fmt.Sprintf("inspecting the lock: %+v, %v", outcome, err)
	}
	if outcome, err := Unlock(t.Context(), b.client, b.request()); err != nil || !b.enabled() {
		return fmt.Sprintf("unlocking: %+v, %v", outcome, err)
	}
	return ""
}

// understated returns where a failed outcome claims less than the simulator shows.
func (b *backend) understated(outcome Outcome) string {
	const seeded = 2
	switch {
	case outcome.Status == Enabled && !outcome.Accepted && !outcome.Uncertain && !b.enabled():
		return fmt.Sprintf("said to be enabled: %+v", outcome)
	case outcome.Ended > seeded-b.left():
		return fmt.Sprintf("said to have ended more sessions: %+v", outcome)
	case outcome.Left > seeded:
		return fmt.Sprintf("said to have more sessions left: %+v", outcome)
	case outcome.Left >= 0 && outcome.Left < b.left():
		return fmt.Sprintf("said to have fewer sessions left: %+v", outcome)
	}
	return ""
}

func randomReading(random *rand.Rand) func(*simulator.Options) {
	disabledSessions := []int{0, http.StatusBadRequest, http.StatusNotFound, http.StatusConflict}[random.IntN(4)]
	already := []int{0, http.StatusConflict}[random.IntN(2)]
	ends, gone, stale := random.IntN(2) == 0, []int{0, http.StatusOK, http.StatusBadRequest}[random.IntN(3)], random.IntN(12)
	return func(o *simulator.Options) {
		o.DisabledUserSessions, o.AlreadyInState, o.DisableEndsSessions, o.Gone = disabledSessions, already, ends, gone
		if disabledSessions == 0 {
			o.StaleReads = stale
		}
	}
}

func randomFault(random *rand.Rand) simulator.Fault {
	kinds := []simulator.Fault{
		{DropBefore: true}, {DropAfter: true}, {CutBody: true}, {Delay: 200 * time.Millisecond},
		simulator.Refuse(http.StatusInternalServerError, "IIC.500", "failed"), simulator.Refuse(http.StatusServiceUnavailable, "IIC.500", "busy"),
		simulator.Refuse(http.StatusForbidden, "IIC.1000", "denied"), simulator.Refuse(http.StatusConflict, "IIC.1006", "busy"),
		simulator.Refuse(http.StatusConflict, "IIC.1007", "failed"), simulator.Refuse(http.StatusBadRequest, "IIC.400", "bad"),
		{Status: http.StatusBadGateway, Body: "<html>", ContentType: "text/html"}, {Status: http.StatusOK, Body: `{"surprise": true}`},
	}
	fault := kinds[random.IntN(len(kinds))]
	fault.Operation = []string{"", simulator.DescribeUser, simulator.ListSessions, simulator.BatchDeleteSessions, simulator.DisableUser}[random.IntN(5)]
	fault.After, fault.Times = random.IntN(4), 1+random.IntN(4)
	return fault
}
