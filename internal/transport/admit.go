// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"net/http"
	"time"
)

// admit waits until a call may be sent: until its keys are known to be good or it
// is the one that finds out, until the pace of its operation allows it, and until
// there is a free slot. It returns the function to call with what the attempt met.
//
// When held is not nil, the call is not sent because of what another one met, and
// err may say more. Else err is the cause for which ctx ended.
func (t *Transport) admit(ctx context.Context, call Call, keys Keys) (leave func(*attempt, *Failure, time.Duration), held *Failure, err error) {
	leaveGate := func(*attempt, *Failure) {}
	if call.Keys != nil {
		if leaveGate, held, err = t.gate.enter(ctx, call.Service, keys); held != nil || err != nil {
			return nil, held, err
		}
	}
	// The gate comes first: in the order pace, gate, slot a burst would pass the pace
	// before the first 429 is known.
	pace := t.paces.get(call)
	if held, err = pace.wait(ctx); held == nil && err == nil {
		select {
		case t.slots <- struct{}{}:
			// While this call waited for its turn, another may have learned that the keys are wrong.
			if call.Keys != nil {
				_, held = t.gate.of(call.Service, keys).state()
			}
			if held != nil {
				<-t.slots
			}
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
	}
	if held != nil || err != nil {
		leaveGate(nil, nil)
		return nil, held, err
	}

	return func(a *attempt, failed *Failure, wait time.Duration) {
		<-t.slots
		switch {
		case a.status == http.StatusTooManyRequests:
			pace.refused(a.begun, time.Now(), wait, failed)
		case a.status != 0:
			pace.served(time.Now())
		}
		leaveGate(a, failed)
	}, nil, nil
}
