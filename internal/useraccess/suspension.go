// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package useraccess

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/sync/errgroup"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

const (
	// maxConcurrentChanges limits the concurrent changes. The client also limits its calls.
	maxConcurrentChanges = 8
	// firstPause and longestPause limit the growing pauses between two reads and between two
	// attempts.
	firstPause   = 200 * time.Millisecond
	longestPause = 5 * time.Second
	// maxAttempts limits the attempts of a change that fails on the server or in a conflict.
	// Throttling and concurrency conflicts are retried until the context ends.
	maxAttempts = 1 + transport.DefaultMaxRetries
	// maxLooks is how often access is listed until an accepted change shows.
	maxLooks = 5
)

// Item is an assignment of the user, or the membership in a group.
type Item struct {
	// AccountID and PermissionSetID are set for an assignment.
	AccountID       string
	PermissionSetID string
	// GroupID is set for a membership.
	GroupID string
}

// String returns ACCOUNT_ID/PERMISSION_SET_ID or GROUP_ID.
func (i Item) String() string {
	if isMembership(i) {
		return i.GroupID
	}
	return i.AccountID + "/" + i.PermissionSetID
}

// Describe returns the item in words.
func (i Item) Describe() string {
	if isMembership(i) {
		return "membership in group " + i.GroupID
	}
	return "permission set " + i.PermissionSetID + " in account " + i.AccountID
}

// key identifies the item: the case of IDs does not matter.
func (i Item) key() string { return strings.ToLower(i.String()) }

func isMembership(i Item) bool { return i.GroupID != "" }

func isAssignment(i Item) bool { return i.GroupID == "" }

func isAny(Item) bool { return true }

// Listed is access of a user that is suspended or restored.
type Listed struct {
	InstanceID      string
	IdentityStoreID string
	UserID          string
	// Items are the access to change, each once.
	Items []Item
	// Report is called for each changed item, one call at a time; it may be nil.
	Report func(Change)
}

// Change is an item that was removed or created.
type Change struct {
	Item Item
	// RequestIDs are those of the calls that changed it, the first attempt first.
	RequestIDs []string
}

// Result is the outcome of a change, also of a failed one.
type Result struct {
	// Present are the listed items that the user has, in the order of the list. An item whose
	// change is not confirmed counts as before the change.
	Present []Item
	// Changes are the changed items, in the order in which they were confirmed.
	Changes []Change
}

// Suspender removes and restores access of users. It is safe for concurrent use.
type Suspender struct {
	client *identitycenter.Client
	// firstPause is the constant of the same name, except in tests.
	firstPause time.Duration
}

// NewSuspender returns a Suspender that calls the API with client.
func NewSuspender(client *identitycenter.Client) *Suspender {
	return &Suspender{client: client, firstPause: firstPause}
}

// Suspend removes the listed access that the user has. An *UnfinishedError names what is left;
// any other error means that nothing was changed.
func (s *Suspender) Suspend(ctx context.Context, listed Listed) (Result, error) {
	return (&run{Suspender: s, listed: listed, want: false}).do(ctx)
}

// Restore creates the listed access that the user does not have. Its errors are those of
// Suspend.
func (s *Suspender) Restore(ctx context.Context, listed Listed) (Result, error) {
	return (&run{Suspender: s, listed: listed, want: true}).do(ctx)
}

// Present returns the listed items that the user has. A user who does not exist is an error,
// see transport.NotFound.
func (s *Suspender) Present(ctx context.Context, listed Listed) ([]Item, error) {
	r := &run{Suspender: s, listed: listed}
	if err := r.begin(ctx); err != nil {
		return nil, err
	}
	return r.present(), nil
}

type run struct {
	*Suspender
	listed Listed
	// want is true to restore the items, false to suspend them.
	want bool

	// mu guards the rest while items are changed.
	mu sync.Mutex
	// has is the user's access of the listed kinds by key, with the IDs of memberships.
	has     map[string]string
	failed  map[Item]error
	changes []Change
}

// begin checks that the user exists, because the API may return empty lists for a mistyped user ID.
// It then lists the user's access.
func (r *run) begin(ctx context.Context) error {
	_, _, err := r.client.User(ctx, r.listed.IdentityStoreID, r.listed.UserID)
	if err == nil {
		r.failed = map[Item]error{}
		r.has, err = r.list(ctx)
	}
	return err
}

// list returns the user's access of the listed kinds by key, with the IDs of memberships. An assignment
// that the API attributes to a group is not the user's own.
func (r *run) list(ctx context.Context) (map[string]string, error) {
	has := map[string]string{}
	if slices.ContainsFunc(r.listed.Items, isMembership) {
		for m, err := range r.client.MembershipsOf(ctx, r.listed.IdentityStoreID, r.listed.UserID) {
			if err != nil {
				return nil, err
			}
			has[Item{GroupID: m.GroupID}.key()] = m.ID
		}
	}
	if !slices.ContainsFunc(r.listed.Items, isAssignment) {
		return has, nil
	}
	for a, err := range r.client.AccountAssignments(ctx, r.listed.InstanceID, r.listed.UserID, identitycenter.PrincipalUser) {
		if err != nil {
			return nil, err
		}
		if a.PrincipalType != identitycenter.PrincipalGroup {
			has[Item{AccountID: a.AccountID, PermissionSetID: a.PermissionSetID}.key()] = ""
		}
	}
	return has, nil
}

func (r *run) present() []Item {
	return slices.DeleteFunc(slices.Clone(r.listed.Items), func(item Item) bool {
		_, has := r.has[item.key()]
		return !has
	})
}

// open returns the items of a kind that still have to be changed.
func (r *run) open(kind func(Item) bool) []Item {
	return slices.DeleteFunc(slices.Clone(r.listed.Items), func(item Item) bool {
		_, has := r.has[item.key()]
		return has == r.want || !kind(item)
	})
}

// do changes all open items and verifies. Memberships come first: the list of a user's
// assignments may include those of groups, which are then neither removed nor created as the
// user's own (API-FACTS.md, assignments-of-user).
func (r *run) do(ctx context.Context) (Result, error) {
	if err := r.begin(ctx); err != nil {
		return Result{}, err
	}
	if memberships := r.open(isMembership); len(memberships) > 0 {
		r.changeAll(ctx, memberships)
		if len(r.open(isAssignment)) > 0 {
			if has, err := r.list(ctx); err == nil {
				r.has = has
			}
		}
	}
	r.changeAll(ctx, r.open(isAssignment))
	err := r.verify(ctx)
	r.changes = slices.DeleteFunc(r.changes, func(c Change) bool { // A change that does not show is left.
		_, has := r.has[c.Item.key()]
		return has != r.want
	})
	if left := r.open(isAny); len(left) > 0 || err != nil {
		err = r.unfinished(ctx, left, err)
	}
	return Result{Present: r.present(), Changes: r.changes}, err
}

func (r *run) changeAll(ctx context.Context, items []Item) {
	// One refusal is decoded after all work is done.
	ctx = identitycenter.Undecoded(ctx)
	var tasks errgroup.Group
	tasks.SetLimit(maxConcurrentChanges)
	for _, item := range items {
		tasks.Go(func() error {
			if err := r.change(ctx, item); err != nil {
				r.mu.Lock()
				defer r.mu.Unlock()
				r.failed[item] = err
			}
			return nil
		})
	}
	_ = tasks.Wait()
}

// change removes or creates an item. It reads back before each further attempt, because a
// request without a usable response may have been carried out.
func (r *run) change(ctx context.Context, item Item) error {
	var requestIDs []string
	var last error
	attempts := 0
	err := r.poll(ctx, func() (bool, error) {
		if last != nil {
			has, err := r.list(ctx)
			if _, there := has[item.key()]; err == nil && there == r.want {
				r.settle(item, transport.Unanswered(last), requestIDs)
				return true, nil
			}
		}
		var ids []string
		ids, last = r.attempt(ctx, item)
		requestIDs = append(requestIDs, ids...)
		attempts++
		switch {
		case last == nil:
			r.settle(item, true, requestIDs)
			return true, nil
		case !retryable(last, attempts):
			return false, last
		}
		return false, nil
	})
	if err == nil || errors.Is(err, last) {
		return err
	}
	return errors.Join(err, last)
}

// poll is transport.Poll with growing pauses.
func (r *run) poll(ctx context.Context, look func() (done bool, err error)) error {
	return transport.Poll(ctx, &backoff.ExponentialBackOff{InitialInterval: r.firstPause, Multiplier: 2, MaxInterval: longestPause}, look)
}

// settle records that an item is in the wanted state, and that this run changed it.
func (r *run) settle(item Item, changed bool, requestIDs []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.want {
		r.has[item.key()] = ""
	} else {
		delete(r.has, item.key())
	}
	if !changed {
		return
	}
	change := Change{Item: item, RequestIDs: requestIDs}
	r.changes = append(r.changes, change)
	if r.listed.Report != nil {
		r.listed.Report(change)
	}
}

// attempt sends the call that changes an item once, and waits until it is carried out.
func (r *run) attempt(ctx context.Context, item Item) (requestIDs []string, err error) {
	switch {
	case isMembership(item) && r.want:
		receipt, err := r.client.CreateGroupMembership(ctx, r.listed.IdentityStoreID, item.GroupID, r.listed.UserID)
		return receipt.RequestIDs, err
	case isMembership(item):
		r.mu.Lock()
		membershipID := r.has[item.key()]
		r.mu.Unlock()
		receipt, err := r.client.DeleteGroupMembership(ctx, r.listed.IdentityStoreID, membershipID)
		return receipt.RequestIDs, err
	}
	start, read := r.client.DeleteAccountAssignment, r.client.AssignmentDeletionStatus
	if r.want {
		start, read = r.client.CreateAccountAssignment, r.client.AssignmentCreationStatus
	}
	status, receipt, err := start(ctx, r.listed.InstanceID, identitycenter.AccountAssignment{
		AccountID: item.AccountID, PermissionSetID: item.PermissionSetID, PrincipalID: r.listed.UserID, PrincipalType: identitycenter.PrincipalUser,
	})
	if err != nil {
		return receipt.RequestIDs, err
	}
	err = r.poll(ctx, status.Look(func(requestID string) (identitycenter.Progress, transport.Receipt, error) {
		return read(ctx, r.listed.InstanceID, requestID)
	}))
	switch {
	case err != nil:
		err = &UnconfirmedError{RequestID: status.RequestID, Err: err}
	case status.Status != identitycenter.Succeeded:
		err = fmt.Errorf("%w: request %s, status %s, reason %q", errChangeFailed, status.RequestID, transport.Printable(status.Status, transport.LongestID), status.FailureReason)
	}
	return receipt.RequestIDs, err
}

// retryable reports whether a change that failed is sent again. A change that the API has begun
// is not.
func retryable(err error, attempts int) bool {
	var failed *transport.Error
	var unconfirmed *UnconfirmedError
	if errors.As(err, &unconfirmed) || errors.Is(err, transport.ErrWaitTooLong) || !errors.As(err, &failed) {
		return false
	}
	return failed.Status == http.StatusTooManyRequests || failed.Code == transport.CodeConcurrency ||
		attempts < maxAttempts && (failed.Status == http.StatusConflict || failed.Temporary() || transport.Unanswered(err))
}

// verify lists what the user has until each accepted change shows, at most maxLooks times.
func (r *run) verify(ctx context.Context) error {
	looks := 0
	return r.poll(ctx, func() (bool, error) {
		has, err := r.list(ctx)
		if err != nil {
			return false, err
		}
		r.has = has
		looks++
		return looks == maxLooks || !slices.ContainsFunc(r.open(isAny), r.mayShowLater), nil
	})
}

// mayShowLater reports whether an item was changed, or may have been.
func (r *run) mayShowLater(item Item) bool {
	var unconfirmed *UnconfirmedError
	err := r.failed[item]
	return err == nil || errors.As(err, &unconfirmed) || transport.Unanswered(err)
}

// unfinished returns the error of a run that left items open, or could not verify them for the
// reason err. It decodes the first refusal.
func (r *run) unfinished(ctx context.Context, left []Item, err error) error {
	e := &UnfinishedError{Restoring: r.want, Changes: r.changes, Err: err}
	for _, item := range left {
		cause := cmp.Or(r.failed[item], err)
		switch {
		case cause == nil && r.want:
			cause = errNotListed
		case cause == nil:
			cause = errStillListed
		case !r.want && refused(cause):
			cause = fmt.Errorf("%w: %w", errStillListed, cause)
		}
		e.Left = append(e.Left, Failure{Item: item, Err: cause})
	}
	for i, failure := range e.Left {
		if denied := r.client.Decoded(ctx, failure.Err); denied != nil {
			e.Left[i].Err = denied
			break
		}
	}
	return e
}

// refused reports whether the API refused a change because of the item, not because of the caller.
// The API may refuse to remove an item that does not exist.
func refused(err error) bool {
	var call *transport.Error
	return errors.Is(err, errChangeFailed) ||
		errors.As(err, &call) && (call.Status == http.StatusBadRequest || call.Status == http.StatusNotFound || call.Status == http.StatusConflict)
}

var (
	errStillListed = errors.New("the API still lists it; if the user has it through a group, list that group too")
	errNotListed   = errors.New("the API accepted the change, but does not list it")
	// errChangeFailed means that the API began to change an assignment and failed.
	errChangeFailed = errors.New("the API accepted the change, which then failed")
)

// UnconfirmedError means that the API began to change an assignment and that the outcome is not
// known.
type UnconfirmedError struct {
	// RequestID is that of the creation or deletion.
	RequestID string
	// Err is why the status is not known.
	Err error
}

func (e *UnconfirmedError) Error() string {
	return fmt.Sprintf("the API accepted it as request %s, and the outcome is not known: %s", e.RequestID, e.Err)
}

func (e *UnconfirmedError) Unwrap() error { return e.Err }

// Failure is an item that could not be removed or created.
type Failure struct {
	Item Item
	Err  error
}

// UnfinishedError lists the items that could not be removed or created. Left is empty if only
// the verification failed.
type UnfinishedError struct {
	// Restoring is true for a restoration, false for a suspension.
	Restoring bool
	Left      []Failure
	Changes   []Change
	// Err is why the change was not verified; nil if it was.
	Err error
}

func (e *UnfinishedError) Error() string {
	return fmt.Sprintf("%d items changed, %d left: %s", len(e.Changes), len(e.Left), e.Cause())
}

// Cause returns the error of the first item that is left, else that of the verification.
func (e *UnfinishedError) Cause() error {
	if len(e.Left) > 0 {
		return cmp.Or(e.Left[0].Err, e.Err)
	}
	return e.Err
}

func (e *UnfinishedError) Unwrap() error { return e.Cause() }
