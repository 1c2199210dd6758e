// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package userlock

import (
	"context"
	"errors"
	"slices"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// endSessions lists the sessions of the user and ends them until a listing shows none. It
// ends them at most maxRounds times.
func (o *operation) endSessions(ctx context.Context, maxRounds int) error {
	pauses := o.timing.backOff()
	pauses.Reset()
	for round := 0; ; round++ {
		ids, err := o.listSessions(ctx)
		if err != nil || len(ids) == 0 {
			return err
		}
		switch {
		case round == maxRounds:
			err = &SessionsLeftError{SessionIDs: ids, Times: maxRounds}
		case round > 0:
			// The listing may still show sessions that have ended.
			err = transport.Sleep(ctx, pauses.NextBackOff())
		}
		if err == nil {
			err = o.revoke(ctx, ids)
		}
		if err != nil {
			return step("ending the sessions", err)
		}
	}
}

// revoke ends the sessions with these IDs, which were listed just before.
func (o *operation) revoke(ctx context.Context, ids []string) error {
	result, err := revocation.Run(ctx, o.client, revocation.Request{
		IdentityStoreID: o.request.IdentityStoreID, UserID: o.request.UserID, SessionIDs: ids, Report: o.request.Report,
	})
	o.outcome.RequestIDs = append(o.outcome.RequestIDs, result.RequestIDs...)
	ended := result.Revoked
	if result.ResponseLost {
		ended = slices.Concat(ended, result.AlreadyGone)
	}
	for _, id := range ended {
		o.ended[id] = true
	}
	o.outcome.Ended, o.outcome.Left, o.outcome.Open = len(o.ended), len(result.NotRevoked), len(result.NotRevoked)
	if err == nil {
		o.succeeded["BatchDeleteSessions"] = true
	}
	return err
}

// listSessions returns the IDs of the user's sessions.
func (o *operation) listSessions(ctx context.Context) ([]string, error) {
	o.outcome.Left = -1
	sessions, receipt, err := o.client.ListSessions(ctx, o.request.IdentityStoreID, o.request.UserID)
	o.note(receipt)
	if err != nil {
		return nil, step("listing the sessions", err)
	}
	o.succeeded["ListSessions"] = true
	o.outcome.Listed, o.outcome.Left, o.outcome.Open = true, len(sessions), len(sessions)
	if len(sessions) == 0 {
		o.emptyAt = o.timeOf(receipt)
	}
	return revocation.IDs(sessions), nil
}

// refusedForDisabled reports whether a call on sessions may have been refused only because
// the user is disabled: the same call succeeded before, or the user was disabled from the
// beginning.
func (o *operation) refusedForDisabled(err error) bool {
	var unlisted *revocation.UnlistedError
	if errors.As(err, &unlisted) {
		err = unlisted.ListErr
	}
	var refusal *transport.Error
	return errors.As(err, &refusal) && revocation.MayBeForDisabled(refusal) && (o.succeeded[refusal.Operation] || o.wasDisabled)
}
