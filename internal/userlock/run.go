// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package userlock

import (
	"context"
	"errors"
	"sync"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
)

// ErrLockedInThisRun is the error of Run.Unlock for a user whom the same run locked or
// tried to lock: there is another lock of the user, or the destroyed one was replaced.
var ErrLockedInThisRun = errors.New("this run locked the same user")

// ErrDisabledInThisRun is the error of Run.Unlock for a user whom the same run disabled
// with LockForDelete, or tried to.
var ErrDisabledInThisRun = errors.New("this run disabled the same user")

// Run holds what one run of the provider does to users, so that nothing in the same run
// enables a user whom it locks, and only one operation at a time works on a user. It is
// safe for concurrent use; the zero value is ready to use.
type Run struct {
	mu    sync.Mutex
	users map[string]*user
}

// user is what a run knows about one user.
type user struct {
	// busy holds one element while an operation works on the user.
	busy                        chan struct{}
	locked, lockedForDelete     bool
	plannedLock, plannedEnabled bool
}

// userOf returns the entry of a user; the caller holds r.mu.
func (r *Run) userOf(identityStoreID, userID string) *user {
	key := identityStoreID + "/" + userID
	if r.users == nil {
		r.users = map[string]*user{}
	}
	if r.users[key] == nil {
		r.users[key] = &user{busy: make(chan struct{}, 1)}
	}
	return r.users[key]
}

// acquire calls record for the user and waits until no other operation works on the user.
// The caller must call release.
func (r *Run) acquire(ctx context.Context, request Request, record func(*user)) (release func(), err error) {
	r.mu.Lock()
	u := r.userOf(request.IdentityStoreID, request.UserID)
	record(u)
	r.mu.Unlock()
	select {
	case u.busy <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	return func() { <-u.busy }, nil
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
		o := newOperation(client, request, Disabled)
		return o.outcome, o.failed(o.step("locking the user", err))
	}
	defer release()
	return Lock(ctx, client, request)
}

// Unlock calls the function Unlock, one operation at a time for each user. It fails with
// ErrLockedInThisRun or ErrDisabledInThisRun, without a call, for a user whom this run
// locked or tried to lock.
func (r *Run) Unlock(ctx context.Context, client *identitycenter.Client, request Request) (Outcome, error) {
	o := newOperation(client, request, Enabled)
	release, err := r.acquire(ctx, request, func(*user) {})
	if err != nil {
		return o.outcome, o.failed(o.step("enabling the user", err))
	}
	defer release()
	if err := r.lockedBy(request); err != nil {
		return o.outcome, err
	}
	return Unlock(ctx, client, request)
}

// lockedBy returns the error of Unlock for a user whom this run locked, else nil.
func (r *Run) lockedBy(request Request) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch u := r.userOf(request.IdentityStoreID, request.UserID); {
	case u.locked:
		return ErrLockedInThisRun
	case u.lockedForDelete:
		return ErrDisabledInThisRun
	}
	return nil
}

// Locked reports whether this run locked a user, or tried to.
func (r *Run) Locked(identityStoreID, userID string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.userOf(identityStoreID, userID).locked
}

// PlanLock records that the plan creates or keeps a lock of a user. It reports whether the
// same plan enables the user.
func (r *Run) PlanLock(identityStoreID, userID string) (conflict bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	u := r.userOf(identityStoreID, userID)
	u.plannedLock = true
	return u.plannedEnabled
}

// PlanUnlock records that the plan enables a user. It reports whether the same plan creates
// or keeps a lock of the user.
func (r *Run) PlanUnlock(identityStoreID, userID string) (conflict bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	u := r.userOf(identityStoreID, userID)
	u.plannedEnabled = true
	return u.plannedLock
}
