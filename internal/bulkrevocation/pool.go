// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package bulkrevocation

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

const (
	// runAhead is how many users may wait for their turn: the search for users goes on
	// meanwhile, so that their number is known early, and stays bounded in memory.
	runAhead = 10_000
	// workersPerCall is how many users are worked on for each call that may be under
	// way: some of them wait for the pace of their next call.
	workersPerCall = 2
	// mostFailuresInARow is after how many failures the work on all users stops: the
	// cause is then not in the single users.
	mostFailuresInARow = 200
)

// lookAgainAfter is the pause before something that was just listed and is not found is
// looked up once more.
var lookAgainAfter = time.Second

// pool is the work on the users of a selection.
type pool struct {
	client    *identitycenter.Client
	selection Selection
	// work is done for each user, for several at once.
	work  func(ctx context.Context, userID string) error
	queue chan string
	// stop ends the work on all users, for the reason given.
	stop context.CancelCauseFunc
	// storeExists asks the identity store once whether it is there.
	storeExists func() error
	// byName are the users who were found by name. It does not change once there are users in
	// the queue.
	byName map[string]bool

	mu    sync.Mutex
	tally Tally
	// inARow counts failures since the last success.
	inARow  int
	reasons reasons
	// searchErr is the first reason why not all users could be found.
	searchErr error
}

// forEach does work for every user of a selection, for as many at a time as the client
// allows. One user's failure does not stop the others; a refusal that would meet all
// does. The error is a *Error. The pool is handed to watch, which runs until all
// is over.
func forEach(ctx context.Context, client *identitycenter.Client, selection Selection, work func(context.Context, string) error, watch func(context.Context, *pool)) (Tally, error) {
	// What stops all must not wait until it is decoded.
	inner, stop := context.WithCancelCause(identitycenter.Undecoded(ctx))
	defer stop(nil)
	p := &pool{client: client, selection: selection, work: work, queue: make(chan string, runAhead), stop: stop}
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
	return p.tally, p.result(ctx, inner)
}

// snapshot returns the tally at this moment.
func (p *pool) snapshot() Tally {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tally
}

// enqueue puts a user into the queue; it returns false when all is over.
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

// worker works on one user after the other.
func (p *pool) worker(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case userID, more := <-p.queue:
			if !more || ctx.Err() != nil {
				return
			}
			p.do(ctx, userID)
		}
	}
}

// do works on a user and records what became of the user.
func (p *pool) do(ctx context.Context, userID string) {
	err := p.work(ctx, userID)
	found := present
	if err != nil && !stopsAll(err) && mayBeOfTheUser(err) && ctx.Err() == nil {
		found = p.lookUp(ctx, userID, err)
		if found == missing && p.listed(userID) {
			// The store has just named the user: one of its responses lags.
			if transport.Sleep(ctx, lookAgainAfter) != nil {
				return
			}
			if found = p.lookUp(ctx, userID, err); found == present {
				err = p.work(ctx, userID)
			}
		}
	}
	switch {
	case err != nil && ctx.Err() != nil && found == present:
		return // Interrupted, which is no failure of the user.
	case err != nil && stopsAll(err):
		p.stop(err)
		return
	}
	p.count(userID, found, err)
}

// listed reports whether the identity store named the user, and not only the selection.
func (p *pool) listed(userID string) bool {
	return p.selection.All || len(p.selection.GroupIDs) > 0 || p.byName[userID]
}

// presence is what the identity store says of a user on whom the work failed.
type presence int

const (
	present presence = iota
	// missing is a user whom the identity store does not have.
	missing
	// unlisted is one who is disabled, for which the sessions are not listed.
	unlisted
)

// count counts a user who is done, or with whom it is as the store says, or who failed.
func (p *pool) count(userID string, found presence, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err == nil:
		p.tally.Done++
		p.inARow = 0
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
		p.reasons.add(userID, err)
		if p.inARow++; p.inARow >= mostFailuresInARow {
			p.stop(errManyInARow)
		}
	}
}

// appendAtMost appends an ID to those that are named.
func appendAtMost(ids []string, id string) []string {
	if len(ids) < mostNamedIDs {
		ids = append(ids, id)
	}
	return ids
}

// errManyInARow stops all.
var errManyInARow = fmt.Errorf("%d users in a row failed", mostFailuresInARow)

// lookUp asks the identity store for a user on whom the work failed: whether there is no
// such user, with the store being there, or a disabled one. If the store is not there, it
// stops all.
func (p *pool) lookUp(ctx context.Context, userID string, err error) presence {
	user, _, readErr := p.client.User(ctx, p.selection.IdentityStoreID, userID)
	switch {
	case readErr == nil && !user.Enabled && revocation.RefusedListing(err):
		return unlisted
	case !transport.NotFound(readErr):
		return present
	case p.listed(userID):
		return missing
	}
	switch err := p.storeExists(); {
	case err == nil:
		return missing
	case mayBeOfTheUser(err):
		p.stop(&SearchError{Doing: "looking for the identity store", Argument: "identity_store_id", Err: err})
	}
	return present
}

// mayBeOfTheUser tells whether a refusal may mean that the user does not exist, or is
// disabled: for the calls on sessions the API reference says of neither how it is
// answered, and 400 is for all bad arguments.
func mayBeOfTheUser(err error) bool {
	var refusal *transport.Error
	return errors.As(err, &refusal) && (refusal.NotFound() || refusal.BadParameter() || refusal.FromService && refusal.Status == http.StatusConflict)
}

// stopsAll tells whether what one user met would meet all others: a rejected or
// forbidden key, no keys at all, or a wait for which there is no time.
func stopsAll(err error) bool {
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

// result is the error of the whole, nil when there is none. A refusal that decides is
// decoded within ctx; inner is the context of the work.
func (p *pool) result(ctx, inner context.Context) error {
	stopped := context.Cause(inner)
	if p.tally.AllFound && p.tally.left() == 0 {
		stopped = nil // It came too late to matter.
	}
	unknown := len(p.tally.Unknown)
	if stopped == nil && unknown+len(p.tally.UnknownUserNames) > 0 && unknown == p.tally.Found {
		stopped = errNoneKnown
	}
	if stopped == nil && p.searchErr == nil && p.tally.Failed == 0 {
		return nil
	}
	err := &Error{Tally: p.tally, Reasons: p.reasons.sorted(), first: p.reasons.first, search: p.searchErr, stopped: stopped}
	err.denied = p.client.Decoded(ctx, err.decides())
	return err
}

var errNoneKnown = errors.New("the identity store has none of these users; check user_ids and user_names for typing errors")
