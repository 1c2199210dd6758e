// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package bulkrevocation

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

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
	// mostNamedIDs is how many users of a kind a Tally or an outcome names.
	mostNamedIDs = 100
)

// Selection says which users are meant: one of UserIDs, GroupIDs and All, without
// the exceptions.
type Selection struct {
	IdentityStoreID string
	// UserIDs are users by ID; one that is named twice counts once.
	UserIDs []string
	// GroupIDs are groups whose members are meant; a member of several counts once.
	GroupIDs []string
	// All means every user of the identity store.
	All bool
	// ExceptUserIDs, and the members of ExceptGroupIDs, are left out.
	ExceptUserIDs  []string
	ExceptGroupIDs []string
}

// found tells whether the users are those that the identity store names, and not those
// that a configuration does.
func (s Selection) found() bool { return s.All || len(s.GroupIDs) > 0 }

// Tally says how far the work on the users of a selection is.
type Tally struct {
	// Found are the users found so far; all of them once AllFound is true.
	Found    int
	AllFound bool
	// Done are the users on whom the work succeeded, those included who were found
	// through a group or among all users and were deleted before it was their turn.
	Done int
	// Unknown are those of Selection.UserIDs that the identity store does not have.
	// They are in none of the other numbers but Found.
	Unknown []string
	// Unlisted counts the users who are disabled and whose sessions the API refuses to list
	// for that (it is not documented whether it does); UnlistedUserIDs names up to 100 of
	// them. They are in none of the other numbers but Found.
	Unlisted        int
	UnlistedUserIDs []string
	// Failed counts the other users on whom the work was tried; FailedUserIDs names
	// up to 100 of them.
	Failed        int
	FailedUserIDs []string
	// UnknownExceptions are those of Selection.ExceptUserIDs that are not among all users
	// of the identity store, sorted; nil where not all users were listed.
	UnknownExceptions []string
}

// Complete tells whether all users were found and done, but for unknown ones.
func (t Tally) Complete() bool {
	return t.AllFound && t.left() == 0 && t.Failed == 0 && t.Unlisted == 0
}

// left is how many of the users found so far were not worked on to an end.
func (t Tally) left() int { return t.Found - t.Done - t.Failed - t.Unlisted - len(t.Unknown) }

// SearchError says that users could not be found.
type SearchError struct {
	// Doing is what was being read, such as "reading the members of group g".
	Doing string
	// Argument is what it is about, as a configuration writes it: "group_ids",
	// "except_group_ids" or "identity_store_id".
	Argument string
	Err      error
}

// Error returns both.
func (e *SearchError) Error() string { return e.Doing + " failed: " + e.Err.Error() }

func (e *SearchError) Unwrap() error { return e.Err }

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
		group.Go(func() { p.serve(inner) })
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

// search puts the users into the queue, each once.
func (p *pool) search(ctx context.Context) {
	defer close(p.queue)
	excepted, err := p.excepted(ctx)
	if err != nil {
		// It is not known which users must be left out.
		p.stop(err)
		return
	}
	switch {
	case p.selection.All:
		err = p.searchAll(ctx, excepted)
	case len(p.selection.GroupIDs) > 0:
		err = p.searchGroups(ctx, excepted)
	default:
		for _, id := range revocation.Unique(p.selection.UserIDs) {
			if !excepted[id] && !p.offer(ctx, id) {
				return
			}
		}
	}
	if err != nil && (stopsAll(err) || ctx.Err() != nil) {
		p.stop(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.searchErr = err
	p.tally.AllFound = err == nil && ctx.Err() == nil
}

// excepted returns the users to leave out.
func (p *pool) excepted(ctx context.Context) (map[string]bool, error) {
	excepted := revocation.SetOf(p.selection.ExceptUserIDs)
	for _, groupID := range p.selection.ExceptGroupIDs {
		for id, err := range p.client.GroupMembers(ctx, p.selection.IdentityStoreID, groupID) {
			if err != nil {
				return nil, &SearchError{Doing: "reading the members of the excepted group " + groupID, Argument: "except_group_ids", Err: err}
			}
			excepted[strings.Clone(id)] = true
		}
	}
	return excepted, nil
}

func (p *pool) searchAll(ctx context.Context, excepted map[string]bool) error {
	unseen := revocation.SetOf(p.selection.ExceptUserIDs)
	for user, err := range p.client.Users(ctx, p.selection.IdentityStoreID, "") {
		if err != nil {
			return &SearchError{Doing: "listing the users of the identity store", Argument: "identity_store_id", Err: err}
		}
		delete(unseen, user.ID)
		// A copy: the page that the ID is a part of must not stay in memory.
		if !excepted[user.ID] && !p.offer(ctx, strings.Clone(user.ID)) {
			return nil
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tally.UnknownExceptions = slices.Sorted(maps.Keys(unseen))
	return nil
}

// searchGroups goes on with the other groups when one cannot be read.
func (p *pool) searchGroups(ctx context.Context, excepted map[string]bool) error {
	var first error
	seen := map[idHash]struct{}{}
	for _, groupID := range revocation.Unique(p.selection.GroupIDs) {
		for id, err := range p.client.GroupMembers(ctx, p.selection.IdentityStoreID, groupID) {
			if err != nil {
				err = &SearchError{Doing: "reading the members of group " + groupID, Argument: "group_ids", Err: err}
				if first == nil || stopsAll(err) {
					first = err
				}
				break
			}
			hash := hashOf(id)
			if _, again := seen[hash]; again || excepted[id] {
				continue
			}
			seen[hash] = struct{}{}
			if !p.offer(ctx, strings.Clone(id)) {
				return first
			}
		}
		if first != nil && stopsAll(first) {
			break
		}
	}
	return first
}

// idHash stands for the ID of a user in a set of many: half of its SHA-256, which takes a
// third of the memory of the ID.
type idHash [16]byte

func hashOf(id string) idHash {
	sum := sha256.Sum256([]byte(id))
	return idHash(sum[:16])
}

// offer queues a user; it returns false when all is over.
func (p *pool) offer(ctx context.Context, userID string) bool {
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

// serve works on one user after the other.
func (p *pool) serve(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case userID, more := <-p.queue:
			if !more || ctx.Err() != nil {
				return
			}
			p.note(ctx, userID, p.work(ctx, userID))
		}
	}
}

// note judges what became of a user.
func (p *pool) note(ctx context.Context, userID string, err error) {
	found := present
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return // Interrupted, which is no failure of the user.
	case stopsAll(err):
		p.stop(err)
		return
	case mayBeOfTheUser(err):
		var storeErr error
		if found, storeErr = p.lookUp(ctx, userID, err); storeErr != nil {
			p.stop(storeErr)
		}
		if ctx.Err() != nil && found == present {
			return // What became of the user was not learned.
		}
	}
	p.count(userID, found, err)
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
	case found == missing && p.selection.found():
		p.tally.Done++
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
// such user, with the store being there, or a disabled one. The error says that the store
// is not.
func (p *pool) lookUp(ctx context.Context, userID string, err error) (found presence, storeErr error) {
	user, _, readErr := p.client.User(ctx, p.selection.IdentityStoreID, userID)
	switch {
	case readErr == nil && !user.Enabled && revocation.RefusedListing(err):
		return unlisted, nil
	case !transport.NotFound(readErr):
		return present, nil
	case p.selection.found():
		return missing, nil // The store has just named the user.
	}
	switch err := p.storeExists(); {
	case err == nil:
		return missing, nil
	case mayBeOfTheUser(err):
		return present, &SearchError{Doing: "looking for the identity store", Argument: "identity_store_id", Err: err}
	}
	return present, nil
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
	var failed *transport.Error
	switch {
	case errors.As(err, &survivors), errors.Is(err, revocation.ErrNoDate):
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
	if stopped == nil && unknown > 0 && unknown == p.tally.Found {
		stopped = errNoneKnown
	}
	if stopped == nil && p.searchErr == nil && p.tally.Failed == 0 {
		return nil
	}
	err := &Error{Tally: p.tally, Reasons: p.reasons.sorted(), first: p.reasons.first, search: p.searchErr, stopped: stopped}
	err.denied = p.client.Decoded(ctx, err.decides())
	return err
}

var errNoneKnown = errors.New("the identity store has none of these users; check user_ids for typing errors")
