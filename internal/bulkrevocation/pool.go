// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package bulkrevocation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

const (
	// queueLength is how many users may wait in the queue. The search for users goes on
	// meanwhile, so that their number is known early; the limit bounds the memory.
	queueLength = 10_000
	// workersPerCall is the number of workers for each concurrent call, because some workers
	// wait for the rate limit.
	workersPerCall = 2
	// maxConsecutiveFailures is the number of consecutive failures after which the work stops:
	// the cause is then not a single user.
	maxConsecutiveFailures = 200
)

// secondLookUpDelay is the pause before a second look-up of an object that is not found.
var secondLookUpDelay = time.Second

// pool works on the users of a selection.
type pool struct {
	client    *identitycenter.Client
	selection Selection
	// work is called for each user, concurrently.
	work  func(ctx context.Context, userID string) error
	queue chan string
	// stop cancels the work on all users, with a cause.
	stop context.CancelCauseFunc
	// storeExists checks once whether the identity store exists.
	storeExists func() error
	// byName are the users who were found by name, and excepted and protected are the users to
	// leave out, by lower-case ID. They do not change after the first user is queued.
	byName, excepted, protected map[string]bool

	mu    sync.Mutex
	tally Tally
	// consecutiveFailures is the number of failures since the last success.
	consecutiveFailures int
	// reasons are why users failed, and firstErr is the first of these errors.
	reasons   []Reason
	firstErr  error
	searchErr error
}

// forEach calls work for every user of a selection, for as many at a time as the client
// allows. Only an error that all users would get stops the others. The error is an *Error or a
// *SelectionError. watch is called with the pool and runs until the work has ended.
func forEach(ctx context.Context, client *identitycenter.Client, selection Selection, work func(context.Context, string) error, watch func(context.Context, *pool)) (Tally, error) {
	// Work must stop before the refusal is decoded.
	inner, stop := context.WithCancelCause(identitycenter.Undecoded(ctx))
	defer stop(nil)
	p := &pool{client: client, selection: selection, work: work, queue: make(chan string, queueLength), stop: stop}
	p.storeExists = sync.OnceValue(func() error { return client.StoreAnswers(inner, selection.IdentityStoreID) })

	var group, watching sync.WaitGroup
	watched, over := context.WithCancel(inner)
	watching.Go(func() { watch(watched, p) })
	group.Go(func() { p.search(inner) })
	for range workersPerCall * client.Concurrency() {
		group.Go(func() { p.worker(inner) })
	}
	group.Wait()
	over()
	watching.Wait()
	t := &p.tally
	for _, ids := range [][]string{t.Unknown, t.UnknownUserNames, t.UnlistedUserIDs, t.DeletedUserIDs, t.FailedUserIDs} {
		slices.Sort(ids)
	}
	return *t, p.result(ctx, inner)
}

func (p *pool) snapshot() Tally {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tally
}

// enqueue adds a user to the queue. It returns false if the work has ended.
func (p *pool) enqueue(ctx context.Context, userID string) bool {
	p.mu.Lock()
	p.tally.Found++
	p.mu.Unlock()
	select {
	case p.queue <- userID:
		return true
	case <-ctx.Done():
		return false
	}
}

// worker works on queued users one at a time. The end of the search closes the queue.
func (p *pool) worker(ctx context.Context) {
	for userID := range p.queue {
		if ctx.Err() != nil {
			return
		}
		p.do(ctx, userID)
	}
}

func (p *pool) do(ctx context.Context, userID string) {
	err := p.work(ctx, userID)
	found := present
	if err != nil && !stopsAllUsers(err) && mayConcernUser(err) && ctx.Err() == nil {
		if found = p.lookUp(ctx, userID, err); found == missing && transport.Sleep(ctx, secondLookUpDelay) == nil {
			// A response may be out of date.
			if found = p.lookUp(ctx, userID, err); found == present {
				err = p.work(ctx, userID)
			}
		}
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return // The run was interrupted; the user did not fail.
	case err != nil && stopsAllUsers(err):
		p.stop(err)
		return
	}
	p.count(userID, found, err)
}

// listed reports whether the API listed the user, rather than only the configuration.
func (p *pool) listed(userID string) bool {
	return p.selection.All || len(p.selection.GroupIDs) > 0 || p.byName[userID]
}

// presence is what the identity store returns for a user for whom the work failed.
type presence int

const (
	present presence = iota
	missing
	// unlisted is a disabled user whose sessions the API does not list.
	unlisted
)

func (p *pool) count(userID string, found presence, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err == nil:
		p.tally.Done++
		p.consecutiveFailures = 0
	case found == unlisted:
		p.tally.Unlisted++
		p.tally.UnlistedUserIDs = appendAtMost(p.tally.UnlistedUserIDs, userID)
	case found == missing && p.listed(userID):
		p.tally.Deleted++
		p.tally.DeletedUserIDs = appendAtMost(p.tally.DeletedUserIDs, userID)
	case found == missing:
		p.tally.Unknown = append(p.tally.Unknown, userID)
	default:
		p.tally.Failed++
		p.tally.FailedUserIDs = appendAtMost(p.tally.FailedUserIDs, userID)
		p.addReason(userID, err)
		if p.consecutiveFailures++; p.consecutiveFailures >= maxConsecutiveFailures {
			p.stop(errManyInARow)
		}
	}
}

// appendAtMost appends an ID unless the list has maxNamedIDs.
func appendAtMost(ids []string, id string) []string {
	if len(ids) < maxNamedIDs {
		ids = append(ids, id)
	}
	return ids
}

// errManyInARow stops all workers after maxConsecutiveFailures.
var errManyInARow = fmt.Errorf("%d users in a row failed", maxConsecutiveFailures)

// lookUp reads a user for whom the work failed, to find out whether the user is missing or
// disabled. If the identity store does not exist, it stops the work.
func (p *pool) lookUp(ctx context.Context, userID string, err error) presence {
	user, _, readErr := p.client.User(ctx, p.selection.IdentityStoreID, userID)
	switch {
	case readErr == nil && user.Disabled() && revocation.RefusedListing(err):
		return unlisted
	case !transport.NotFound(readErr):
		return present
	case p.listed(userID):
		return missing
	}
	switch err := p.storeExists(); {
	case err == nil:
		return missing
	case mayConcernUser(err):
		p.stop(&SearchError{Doing: "looking for the identity store", Argument: "identity_store_id", Err: err})
	}
	return present
}

// mayConcernUser reports whether an error may mean that the user does not exist or is
// disabled. Neither error is documented for the calls on sessions.
func mayConcernUser(err error) bool {
	var refusal *transport.Error
	return errors.As(err, &refusal) && (refusal.NotFound() || refusal.BadParameter() || refusal.FromService && refusal.Status == http.StatusConflict)
}

// stopsAllUsers reports whether every other user would get the same error: the access key was
// rejected or lacks permission, there are no credentials, or the wait exceeds the deadline.
func stopsAllUsers(err error) bool {
	var survivors *revocation.SurvivorsError
	var incomplete *revocation.IncompleteListError
	var failed *transport.Error
	switch {
	case errors.As(err, &survivors), errors.As(err, &incomplete):
		return false
	case !errors.As(err, &failed):
		return true
	}
	return failed.NotSent || failed.Status == http.StatusUnauthorized ||
		failed.Status == http.StatusForbidden && !failed.BadParameter() || errors.Is(err, transport.ErrWaitTooLong)
}

// result returns the error of the run, nil for none. The refusal that is the cause is decoded
// within ctx; inner is the context of the work.
func (p *pool) result(ctx, inner context.Context) error {
	stopped := context.Cause(inner)
	if p.tally.AllFound && p.tally.left() == 0 {
		stopped = nil // The deadline passed after the work was done.
	}
	unknown := len(p.tally.Unknown)
	if stopped == nil && p.searchErr == nil && unknown+len(p.tally.UnknownUserNames) > 0 && unknown == p.tally.Found {
		if len(p.selection.UserNames) > 0 {
			return &SelectionError{Argument: "user_names", Entries: p.tally.UnknownUserNames, Err: ErrNoneKnown}
		}
		return &SelectionError{Argument: "user_ids", Entries: p.tally.Unknown, Err: ErrNoneKnown}
	}
	if stopped == nil && p.searchErr == nil && p.tally.Failed == 0 {
		return nil
	}
	if wrong := (*SelectionError)(nil); errors.As(stopped, &wrong) {
		return wrong
	}
	slices.SortFunc(p.reasons, func(a, b Reason) int { return cmp.Or(cmp.Compare(b.Users, a.Users), cmp.Compare(a.Text, b.Text)) })
	err := &Error{Tally: p.tally, Reasons: p.reasons, first: p.firstErr, search: p.searchErr, stopped: stopped}
	err.denied = p.client.Decoded(ctx, err.cause())
	return err
}
