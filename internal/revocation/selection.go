// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package revocation

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

// crowd is the work on the users of a selection.
type crowd struct {
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
// does. The error is a *ManyError. The crowd is handed to watch, which runs until all
// is over.
func forEach(ctx context.Context, client *identitycenter.Client, selection Selection, work func(context.Context, string) error, watch func(context.Context, *crowd)) (Tally, error) {
	// What stops all must not wait until it is decoded.
	inner, stop := context.WithCancelCause(identitycenter.Undecoded(ctx))
	defer stop(nil)
	c := &crowd{client: client, selection: selection, work: work, queue: make(chan string, runAhead), stop: stop}
	c.storeExists = sync.OnceValue(func() error { return client.StoreAnswers(inner, selection.IdentityStoreID) })

	var group, watching sync.WaitGroup
	watched, over := context.WithCancel(inner)
	watching.Go(func() { watch(watched, c) })
	group.Go(func() { c.search(inner) })
	for range workersPerCall * client.Concurrency() {
		group.Go(func() { c.serve(inner) })
	}
	group.Wait()
	over()
	watching.Wait()
	return c.tally, c.result(ctx, inner)
}

// snapshot returns the tally at this moment.
func (c *crowd) snapshot() Tally {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tally
}

// search puts the users into the queue, each once.
func (c *crowd) search(ctx context.Context) {
	defer close(c.queue)
	excepted, err := c.excepted(ctx)
	if err != nil {
		// It is not known which users must be left out.
		c.stop(err)
		return
	}
	switch {
	case c.selection.All:
		err = c.searchAll(ctx, excepted)
	case len(c.selection.GroupIDs) > 0:
		err = c.searchGroups(ctx, excepted)
	default:
		for _, id := range unique(c.selection.UserIDs) {
			if !excepted[id] && !c.offer(ctx, id) {
				return
			}
		}
	}
	if err != nil && (stopsAll(err) || ctx.Err() != nil) {
		c.stop(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.searchErr = err
	c.tally.AllFound = err == nil && ctx.Err() == nil
}

// excepted returns the users to leave out.
func (c *crowd) excepted(ctx context.Context) (map[string]bool, error) {
	excepted := setOf(c.selection.ExceptUserIDs)
	for _, groupID := range c.selection.ExceptGroupIDs {
		for id, err := range c.client.GroupMembers(ctx, c.selection.IdentityStoreID, groupID) {
			if err != nil {
				return nil, &SearchError{Doing: "reading the members of the excepted group " + groupID, Argument: "except_group_ids", Err: err}
			}
			excepted[strings.Clone(id)] = true
		}
	}
	return excepted, nil
}

func (c *crowd) searchAll(ctx context.Context, excepted map[string]bool) error {
	unseen := setOf(c.selection.ExceptUserIDs)
	for user, err := range c.client.Users(ctx, c.selection.IdentityStoreID, "") {
		if err != nil {
			return &SearchError{Doing: "listing the users of the identity store", Argument: "identity_store_id", Err: err}
		}
		delete(unseen, user.ID)
		// A copy: the page that the ID is a part of must not stay in memory.
		if !excepted[user.ID] && !c.offer(ctx, strings.Clone(user.ID)) {
			return nil
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tally.UnknownExceptions = slices.Sorted(maps.Keys(unseen))
	return nil
}

// searchGroups goes on with the other groups when one cannot be read.
func (c *crowd) searchGroups(ctx context.Context, excepted map[string]bool) error {
	var first error
	seen := map[idHash]struct{}{}
	for _, groupID := range unique(c.selection.GroupIDs) {
		for id, err := range c.client.GroupMembers(ctx, c.selection.IdentityStoreID, groupID) {
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
			if !c.offer(ctx, strings.Clone(id)) {
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
func (c *crowd) offer(ctx context.Context, userID string) bool {
	c.mu.Lock()
	c.tally.Found++
	c.mu.Unlock()
	select {
	case c.queue <- userID:
		return true
	case <-ctx.Done():
		return false
	}
}

// serve works on one user after the other.
func (c *crowd) serve(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case userID, more := <-c.queue:
			if !more || ctx.Err() != nil {
				return
			}
			c.note(ctx, userID, c.work(ctx, userID))
		}
	}
}

// note judges what became of a user.
func (c *crowd) note(ctx context.Context, userID string, err error) {
	found := present
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return // Interrupted, which is no failure of the user.
	case stopsAll(err):
		c.stop(err)
		return
	case mayBeOfTheUser(err):
		var storeErr error
		if found, storeErr = c.lookUp(ctx, userID, err); storeErr != nil {
			c.stop(storeErr)
		}
		if ctx.Err() != nil && found == present {
			return // What became of the user was not learned.
		}
	}
	c.count(userID, found, err)
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
func (c *crowd) count(userID string, found presence, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil:
		c.tally.Done++
		c.inARow = 0
	case found == unlisted:
		c.tally.Unlisted++
		c.tally.UnlistedUserIDs = appendAtMost(c.tally.UnlistedUserIDs, userID)
	case found == missing && c.selection.found():
		c.tally.Done++
	case found == missing:
		c.tally.Unknown = append(c.tally.Unknown, userID)
	default:
		c.tally.Failed++
		c.tally.FailedUserIDs = appendAtMost(c.tally.FailedUserIDs, userID)
		c.reasons.add(userID, err)
		if c.inARow++; c.inARow >= mostFailuresInARow {
			c.stop(errManyInARow)
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
func (c *crowd) lookUp(ctx context.Context, userID string, err error) (found presence, storeErr error) {
	user, _, readErr := c.client.User(ctx, c.selection.IdentityStoreID, userID)
	switch {
	case readErr == nil && !user.Enabled && refusedListing(err):
		return unlisted, nil
	case !transport.NotFound(readErr):
		return present, nil
	case c.selection.found():
		return missing, nil // The store has just named the user.
	}
	switch err := c.storeExists(); {
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

// refusedListing tells whether the sessions of a user could not be listed before any was
// ended, with one of the answers that a disabled user may get. What is not known of
// sessions that were to be ended is a failure.
func refusedListing(err error) bool {
	var refusal *transport.Error
	var rejected *UnlistedError
	var unverified *VerificationError
	var survivors *SurvivorsError
	return errors.As(err, &refusal) && refusal.Operation == "ListSessions" && MayBeForDisabled(refusal) &&
		!errors.As(err, &rejected) && !errors.As(err, &unverified) && !errors.As(err, &survivors)
}

// MayBeForDisabled tells whether a refusal of a call on sessions is one that the API may
// give because the user is disabled. It is not documented how it says so: a 400, 404 or
// 409 with a code of the service is taken for it.
func MayBeForDisabled(refusal *transport.Error) bool {
	switch refusal.Status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusConflict:
		return refusal.FromService
	}
	return false
}

// stopsAll tells whether what one user met would meet all others: a rejected or
// forbidden key, no keys at all, or a wait for which there is no time.
func stopsAll(err error) bool {
	var survivors *SurvivorsError
	var failed *transport.Error
	switch {
	case errors.As(err, &survivors), errors.Is(err, ErrNoDate):
		return false
	case !errors.As(err, &failed):
		return true
	}
	return failed.NotSent || failed.Status == http.StatusUnauthorized ||
		failed.Status == http.StatusForbidden && !failed.BadParameter() || errors.Is(err, transport.ErrWaitTooLong)
}

// result is the error of the whole, nil when there is none. A refusal that decides is
// decoded within ctx; inner is the context of the work.
func (c *crowd) result(ctx, inner context.Context) error {
	stopped := context.Cause(inner)
	if c.tally.AllFound && c.tally.left() == 0 {
		stopped = nil // It came too late to matter.
	}
	unknown := len(c.tally.Unknown)
	if stopped == nil && unknown > 0 && unknown == c.tally.Found {
		stopped = errNoneKnown
	}
	if stopped == nil && c.searchErr == nil && c.tally.Failed == 0 {
		return nil
	}
	err := &ManyError{Tally: c.tally, Reasons: c.reasons.sorted(), first: c.reasons.first, search: c.searchErr, stopped: stopped}
	err.denied = c.client.Decoded(ctx, err.decides())
	return err
}

var errNoneKnown = errors.New("the identity store has none of these users; check user_ids for typing errors")
