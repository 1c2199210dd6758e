// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package userlock

import (
	"context"
	"errors"
	"sync"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
)

// ErrLockedInThisRun is the error of an unlock for a user whom the same run locked,
// or tried to: another lock stands for the user, or the one to be destroyed was
// replaced before.
var ErrLockedInThisRun = errors.New("this run locked the same user")

// ErrShutOutInThisRun is the error of an unlock for a user whom the same run shut out
// without a lock, or tried to.
var ErrShutOutInThisRun = errors.New("this run disabled the same user")

// Run remembers whom a run of the provider locks, so that nothing in the same run
// enables them, and lets one operation at a time work on a user. It is safe for
// concurrent use; the zero value is ready.
type Run struct {
	mu    sync.Mutex
	users map[string]*user
}

// user is what a run knows of one user.
type user struct {
	// turn holds one element while an operation works on the user.
	turn                        chan struct{}
	locked, shutOut             bool
	plannedLock, plannedEnabled bool
}

// of returns what is known of a user; r.mu is held.
func (r *Run) of(identityStoreID, userID string) *user {
	key := identityStoreID + "/" + userID
	if r.users == nil {
		r.users = map[string]*user{}
	}
	if r.users[key] == nil {
		r.users[key] = &user{turn: make(chan struct{}, 1)}
	}
	return r.users[key]
}

// take notes what begins and waits until nothing else works on a user. What it returns
// ends that turn.
func (r *Run) take(ctx context.Context, request Request, note func(*user)) (done func(), err error) {
	r.mu.Lock()
	u := r.of(request.IdentityStoreID, request.UserID)
	note(u)
	r.mu.Unlock()
	select {
	case u.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	return func() { <-u.turn }, nil
}

// Lock is the function Lock, one operation at a time for each user.
func (r *Run) Lock(ctx context.Context, client *identitycenter.Client, request Request) (Outcome, error) {
	return r.lock(ctx, client, request, func(u *user) { u.locked = true })
}

// ShutOut is Lock for a user of whom no lock stands after it: the user is deleted next.
func (r *Run) ShutOut(ctx context.Context, client *identitycenter.Client, request Request) (Outcome, error) {
	return r.lock(ctx, client, request, func(u *user) { u.shutOut = true })
}

func (r *Run) lock(ctx context.Context, client *identitycenter.Client, request Request, note func(*user)) (Outcome, error) {
	done, err := r.take(ctx, request, note)
	if err != nil {
		o := begin(client, request)
		return o.outcome, o.failed(o.step("locking user", err))
	}
	defer done()
	return Lock(ctx, client, request)
}

// Unlock is the function Unlock, one operation at a time for each user. It fails with
// ErrLockedInThisRun or ErrShutOutInThisRun for a user whom this run locked or shut out,
// or tried to.
func (r *Run) Unlock(ctx context.Context, client *identitycenter.Client, request Request) (Outcome, error) {
	done, err := r.take(ctx, request, func(*user) {})
	if err != nil {
		o := begin(client, request)
		return o.outcome, o.failed(o.step("enabling user", err))
	}
	defer done()
	if err := r.shut(request); err != nil {
		return begin(client, request).outcome, err
	}
	return Unlock(ctx, client, request)
}

// shut is the error of an unlock for a user whom this run locked or shut out.
func (r *Run) shut(request Request) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch u := r.of(request.IdentityStoreID, request.UserID); {
	case u.locked:
		return ErrLockedInThisRun
	case u.shutOut:
		return ErrShutOutInThisRun
	}
	return nil
}

// Locked tells whether this run locked a user, or tried to.
func (r *Run) Locked(identityStoreID, userID string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.of(identityStoreID, userID).locked
}

// PlanLock notes that the plan creates or keeps a lock of a user. It tells whether the
// same plan enables the user, as another lock is destroyed.
func (r *Run) PlanLock(identityStoreID, userID string) (conflict bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	u := r.of(identityStoreID, userID)
	u.plannedLock = true
	return u.plannedEnabled
}

// PlanUnlock notes that the plan enables a user. It tells whether the same plan
// creates or keeps a lock of the user.
func (r *Run) PlanUnlock(identityStoreID, userID string) (conflict bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	u := r.of(identityStoreID, userID)
	u.plannedEnabled = true
	return u.plannedLock
}
