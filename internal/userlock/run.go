// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package userlock

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
)

// ErrLockedInThisRun is the error of Run.Unlock for a user whom the same run locked or
// tried to lock: there is another lock of the user, or the destroyed one was replaced.
var ErrLockedInThisRun = errors.New("this run locked the same user")

// ErrDisabledInThisRun is the error of Run.Unlock for a user whom the same run disabled
// with LockForDelete, or tried to.
var ErrDisabledInThisRun = errors.New("this run disabled the same user")

// Run has the locks of one run of the provider. It enables no user that it has locked, and works on
// a user with one operation at a time. The zero value is ready to use.
type Run struct {
	mu    sync.Mutex
	users map[string]*user
}

// user is what a run knows about one user. Run.mu guards all but busy.
type user struct {
	// busy holds one element while an operation works on the user.
	busy                        chan struct{}
	locked, lockedForDelete     bool
	plannedLock, plannedEnabled bool
}

// update calls f with the entry of a user.
func (r *Run) update(identityStoreID, userID string, f func(*user)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := strings.ToLower(identityStoreID + "/" + userID)
	if r.users == nil {
		r.users = map[string]*user{}
	}
	if r.users[key] == nil {
		r.users[key] = &user{busy: make(chan struct{}, 1)}
	}
	f(r.users[key])
}

// acquire calls record for the user and waits until no other operation works on the user.
// The caller must call release.
func (r *Run) acquire(ctx context.Context, request Request, record func(*user)) (release func(), err error) {
	var busy chan struct{}
	r.update(request.IdentityStoreID, request.UserID, func(u *user) {
		busy = u.busy
		record(u)
	})
	select {
	case busy <- struct{}{}:
	case <-ctx.Done():
		return nil, step("waiting for another operation on the user", context.Cause(ctx))
	}
	return func() { <-busy }, nil
}

// Lock calls the function Lock, one operation at a time for each user.
func (r *Run) Lock(ctx context.Context, client *identitycenter.Client, request Request) (Outcome, error) {
	return r.lock(ctx, client, request, func(u *user) { u.locked = true })
}

// LockForDelete locks a user who is about to be deleted, so that no lock remains.
func (r *Run) LockForDelete(ctx context.Context, client *identitycenter.Client, request Request) (Outcome, error) {
	return r.lock(ctx, client, request, func(u *user) { u.lockedForDelete = true })
}

func (r *Run) lock(ctx context.Context, client *identitycenter.Client, request Request, record func(*user)) (Outcome, error) {
	release, err := r.acquire(ctx, request, record)
	if err != nil {
		return newOperation(client, request, Disabled).outcome, failed(err)
	}
	defer release()
	return Lock(ctx, client, request)
}

// Unlock calls the function Unlock, one operation at a time for each user. It makes no call for
// a user whom this run locked or tried to lock.
func (r *Run) Unlock(ctx context.Context, client *identitycenter.Client, request Request) (Outcome, error) {
	release, err := r.acquire(ctx, request, func(*user) {})
	if err != nil {
		return newOperation(client, request, Enabled).outcome, failed(err)
	}
	defer release()
	r.update(request.IdentityStoreID, request.UserID, func(u *user) {
		switch {
		case u.locked:
			err = ErrLockedInThisRun
		case u.lockedForDelete:
			err = ErrDisabledInThisRun
		}
	})
	if err != nil {
		return newOperation(client, request, Enabled).outcome, err
	}
	return Unlock(ctx, client, request)
}

// Locked reports whether this run locked a user, or tried to.
func (r *Run) Locked(identityStoreID, userID string) (locked bool) {
	r.update(identityStoreID, userID, func(u *user) { locked = u.locked })
	return locked
}

// PlanLock records that the plan creates or keeps a lock of a user. It reports whether the
// same plan enables the user.
func (r *Run) PlanLock(identityStoreID, userID string) (conflict bool) {
	r.update(identityStoreID, userID, func(u *user) { u.plannedLock, conflict = true, u.plannedEnabled })
	return conflict
}

// PlanUnlock records that the plan enables a user. It reports whether the same plan creates
// or keeps a lock of the user.
func (r *Run) PlanUnlock(identityStoreID, userID string) (conflict bool) {
	r.update(identityStoreID, userID, func(u *user) { u.plannedEnabled, conflict = true, u.plannedLock })
	return conflict
}
