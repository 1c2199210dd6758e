// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package revocation

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// verify lists the user's sessions until none of the ended ones is left. It ends sessions
// that began before the first listing and were not in it.
func (r *run) verify(ctx context.Context) error {
	if r.unlisted != nil {
		return &VerificationError{Err: r.unlisted}
	}
	if len(r.outcome.Revoked) == 0 {
		return nil
	}
	first := len(r.known)
	for n := 1; ; n++ {
		sessions, err := r.untilEnded(ctx)
		if err != nil {
			return err
		}
		late, err := r.late(ctx, sessions)
		switch {
		case err != nil:
			return &VerificationError{Err: err}
		case len(late) == 0 && len(r.known) > first && len(sessions) >= listingMayBeIncomplete:
			return &IncompleteListError{SessionIDs: IDs(r.known[first:])} // Others may be hidden behind those that do not match.
		case len(late) == 0:
			return nil
		case n == maxListings:
			r.outcome.NotRevoked = append(r.outcome.NotRevoked, late...)
			return &IncompleteListError{SessionIDs: late}
		}
		r.report(ctx, "The list of sessions was not complete; ending %s more.", Count(len(late)))
		if err := r.end(ctx, late); err != nil {
			return err
		}
	}
}

// late returns the sessions of a listing that the first listing lacked, although they began
// before it or have no start time. Sessions that began later are recorded in Newer.
func (r *run) late(ctx context.Context, sessions []identitycenter.Session) ([]string, error) {
	if r.listedAt.IsZero() {
		return nil, nil // Sessions were selected by ID and not listed before.
	}
	listed, known := len(r.known), SetOf(IDs(r.known))
	r.outcome.Newer = nil
	for _, session := range sessions {
		switch {
		case known[session.ID]:
		case session.CreatedAt.IsZero(), session.CreatedAt.Before(r.listedAt):
			r.known = append(r.known, session)
		default:
			r.outcome.Newer = append(r.outcome.Newer, session)
		}
	}
	if r.request.named() || len(r.known) == listed {
		return nil, nil
	}
	return r.choose(ctx)
}

// untilEnded lists the user's sessions until none of the ended ones is left, and returns the
// last listing.
func (r *run) untilEnded(ctx context.Context) (sessions []identitycenter.Session, err error) {
	delays := &backoff.ExponentialBackOff{InitialInterval: 200 * time.Millisecond, RandomizationFactor: 0.2, Multiplier: 2, MaxInterval: 5 * time.Second}
	all := slices.Concat(r.outcome.Revoked, r.outcome.AlreadyGone)
	survivors, left, listings := []string(nil), len(all), uint(0)
	err = transport.Poll(ctx, delays, func() (bool, error) {
		r.report(ctx, "Verifying the end of %s.", Count(left))
		if sessions, _, err = r.list(ctx); err != nil {
			return false, err
		}
		survivors = stillListed(all, sessions)
		left = len(survivors)
		if listings++; left > 0 && listings == r.request.MaxVerifications {
			return false, fmt.Errorf("%s left", Count(left))
		}
		return left == 0, nil
	})
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	switch {
	case err == nil:
		r.doubted = nil
		return sessions, nil
	case len(survivors) == 0:
		return nil, &VerificationError{Err: err}
	}
	r.outcome.Revoked = without(r.outcome.Revoked, survivors)
	r.outcome.AlreadyGone = without(r.outcome.AlreadyGone, survivors)
	r.outcome.NotRevoked = append(r.outcome.NotRevoked, survivors...)
	return nil, &SurvivorsError{SessionIDs: survivors, Err: err}
}
