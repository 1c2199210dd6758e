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
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

const (
	// maxConcurrentChanges is how many assignments or memberships are changed at the same
	// time. The client limits the calls of the whole provider.
	maxConcurrentChanges = 8
	// firstPause and longestPause are the pauses between two reads of a status, and
	// between two attempts.
	firstPause   = 200 * time.Millisecond
	longestPause = 5 * time.Second
	// maxAttempts is how often a change is sent that fails on the server or in a conflict.
	// Throttling and concurrency conflicts are retried until the context ends.
	maxAttempts = 1 + transport.DefaultMaxRetries
	// maxLooks is how often access is listed until an accepted change shows.
	maxLooks = 5
)

// Item is a part of a user's access: an assignment of the user, or the membership in a
// group.
type Item struct {
	// AccountID and PermissionSetID are set for an assignment.
	AccountID       string
	PermissionSetID string
	// GroupID is set for a membership.
	GroupID string
}

// String returns ACCOUNT_ID/PERMISSION_SET_ID or GROUP_ID.
func (i Item) String() string {
	if i.GroupID != "" {
		return i.GroupID
	}
	return i.AccountID + "/" + i.PermissionSetID
}

// Describe returns the item in words.
func (i Item) Describe() string {
	if i.GroupID != "" {
		return "membership in group " + i.GroupID
	}
	return "permission set " + i.PermissionSetID + " in account " + i.AccountID
}

// Listed is access of a user that is suspended or restored.
type Listed struct {
	InstanceID      string
	IdentityStoreID string
	UserID          string
	// Items are the access that is changed; the rest of the user's access is not touched.
	// Duplicates count once.
	Items []Item
	// Report is called for each item that was changed, one call at a time; it may be nil.
	Report func(Change)
}

// Change is an item that was removed or created.
type Change struct {
	Item Item
	// RequestIDs are those of the calls that changed it, the first attempt first.
	RequestIDs []string
}

// Result is what holds after a change, also after one that failed.
type Result struct {
	// Present are the listed items that the user has, as far as is known, in the order of
	// the list. An item whose change is not confirmed counts as before the change.
	Present []Item
	// Changes are the items that were changed, in the order in which they were confirmed.
	Changes []Change
}

// Suspender removes and restores access of users. It is safe for concurrent use.
type Suspender struct {
	client *identitycenter.Client
	// firstPause is the constant of this name, except in tests.
	firstPause time.Duration
}

// NewSuspender returns a Suspender that calls the API with client.
func NewSuspender(client *identitycenter.Client) *Suspender {
	return &Suspender{client: client, firstPause: firstPause}
}

// Present returns the listed items that the user has. A user who does not exist is an
// error, see transport.NotFound.
func (s *Suspender) Present(ctx context.Context, listed Listed) ([]Item, error) {
	r := s.newRun(listed, false)
	if err := r.begin(ctx); err != nil {
		return nil, err
	}
	return r.present(), nil
}

// run is one suspension or restoration.
type run struct {
	client     *identitycenter.Client
	firstPause time.Duration
	listed     Listed
	// lists holds the listed items.
	lists map[Item]bool
	// want is whether the user is to have the items.
	want bool

	mu sync.Mutex
	// has are the listed items that the user has, as far as is known, with the ID of the
	// membership.
	has map[Item]string
	// failed are the items that could not be changed, and why.
	failed  map[Item]error
	changes []Change
}

func (s *Suspender) newRun(listed Listed, want bool) *run {
	lists := map[Item]bool{}
	listed.Items = slices.DeleteFunc(slices.Clone(listed.Items), func(i Item) bool {
		again := lists[i]
		lists[i] = true
		return again
	})
	return &run{client: s.client, firstPause: s.firstPause, listed: listed, lists: lists, want: want, failed: map[Item]error{}}
}

// begin makes sure that the user exists (the lists of a mistyped user ID may be empty), and
// lists what the user has.
func (r *run) begin(ctx context.Context) error {
	_, _, err := r.client.User(ctx, r.listed.IdentityStoreID, r.listed.UserID)
	if err == nil {
		r.has, err = r.list(ctx)
	}
	return err
}

// list returns the listed items that the user has, with the IDs of memberships. An
// assignment that the API names as that of a group is not the user's.
func (r *run) list(ctx context.Context) (map[Item]string, error) {
	has := map[Item]string{}
	if slices.ContainsFunc(r.listed.Items, isMembership) {
		for m, err := range r.client.MembershipsOf(ctx, r.listed.IdentityStoreID, r.listed.UserID) {
			if err != nil {
				return nil, err
			}
			if item := (Item{GroupID: m.GroupID}); r.lists[item] {
				has[item] = m.ID
			}
		}
	}
	if !slices.ContainsFunc(r.listed.Items, isAssignment) {
		return has, nil
	}
	for a, err := range r.client.AccountAssignments(ctx, r.listed.InstanceID, r.listed.UserID, identitycenter.PrincipalUser) {
		if err != nil {
			return nil, err
		}
		if item := (Item{AccountID: a.AccountID, PermissionSetID: a.PermissionSetID}); a.PrincipalType != identitycenter.PrincipalGroup && r.lists[item] {
			has[item] = ""
		}
	}
	return has, nil
}

func isMembership(i Item) bool { return i.GroupID != "" }

func isAssignment(i Item) bool { return i.GroupID == "" }

// present returns the listed items that the user has.
func (r *run) present() []Item {
	r.mu.Lock()
	defer r.mu.Unlock()
	present := []Item{}
	for _, item := range r.listed.Items {
		if _, has := r.has[item]; has {
			present = append(present, item)
		}
	}
	return present
}

// open returns the items of a kind that are not as they should be.
func (r *run) open(kind func(Item) bool) []Item {
	r.mu.Lock()
	defer r.mu.Unlock()
	var open []Item
	for _, item := range r.listed.Items {
		if _, has := r.has[item]; has != r.want && kind(item) {
			open = append(open, item)
		}
	}
	return open
}

// do changes every listed item that is not as it should be, and verifies. Memberships come
// first: the list of a user's assignments may include those of groups, which then are
// neither removed nor created as the user's own (API-FACTS.md, assignments-of-user).
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
	if left := r.open(func(Item) bool { return true }); len(left) > 0 || err != nil {
		return r.result(), r.incomplete(ctx, left, err)
	}
	return r.result(), nil
}

func (r *run) result() Result { return Result{Present: r.present(), Changes: r.changes} }

// changeAll changes items at the same time, and notes which could not be changed.
func (r *run) changeAll(ctx context.Context, items []Item) {
	// A refusal is decoded once, when everything is done.
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
	pause := r.firstPause
	for attempt := 1; ; attempt++ {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		ids, err := r.attempt(ctx, item)
		requestIDs = append(requestIDs, ids...)
		if err == nil {
			r.changed(item, requestIDs)
			return nil
		}
		if !retryable(err, attempt) {
			return err
		}
		if waitErr := transport.Sleep(ctx, pause); waitErr != nil {
			return errors.Join(waitErr, err)
		}
		pause = min(2*pause, longestPause)
		if has, readErr := r.list(ctx); readErr == nil && r.note(item, has) {
			if uncertain(err) {
				r.changed(item, requestIDs)
			}
			return nil
		}
	}
}

// note records what a list says of an item, and reports whether the item is as it should
// be.
func (r *run) note(item Item, has map[Item]string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	membershipID, there := has[item]
	if there {
		r.has[item] = membershipID
	} else {
		delete(r.has, item)
	}
	return there == r.want
}

// changed records that an item was changed.
func (r *run) changed(item Item, requestIDs []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.want {
		r.has[item] = ""
	} else {
		delete(r.has, item)
	}
	change := Change{Item: item, RequestIDs: requestIDs}
	r.changes = append(r.changes, change)
	if r.listed.Report != nil {
		r.listed.Report(change)
	}
}

// attempt sends the call that changes an item, once, and waits until it is carried out.
func (r *run) attempt(ctx context.Context, item Item) (requestIDs []string, err error) {
	if isMembership(item) {
		receipt, err := r.changeMembership(ctx, item)
		return receipt.RequestIDs, err
	}
	a := identitycenter.AccountAssignment{
		AccountID: item.AccountID, PermissionSetID: item.PermissionSetID, PrincipalID: r.listed.UserID, PrincipalType: identitycenter.PrincipalUser,
	}
	start, read := r.client.DeleteAccountAssignment, r.client.AssignmentDeletionStatus
	if r.want {
		start, read = r.client.CreateAccountAssignment, r.client.AssignmentCreationStatus
	}
	status, receipt, err := start(ctx, r.listed.InstanceID, a)
	if err != nil {
		return receipt.RequestIDs, err
	}
	id := status.RequestID
	for pause := r.firstPause; status.Status == identitycenter.InProgress; pause = min(2*pause, longestPause) {
		if err := transport.Sleep(ctx, pause); err != nil {
			return receipt.RequestIDs, &UnconfirmedError{RequestID: id, Err: err}
		}
		if status, _, err = read(ctx, r.listed.InstanceID, id); err != nil {
			return receipt.RequestIDs, &UnconfirmedError{RequestID: id, Err: err}
		}
	}
	if status.Status != identitycenter.Succeeded {
		return receipt.RequestIDs, &FailedError{RequestID: id, Status: status.Status, Reason: status.FailureReason}
	}
	return receipt.RequestIDs, nil
}

func (r *run) changeMembership(ctx context.Context, item Item) (transport.Receipt, error) {
	if r.want {
		return r.client.CreateGroupMembership(ctx, r.listed.IdentityStoreID, item.GroupID, r.listed.UserID)
	}
	r.mu.Lock()
	membershipID := r.has[item]
	r.mu.Unlock()
	return r.client.DeleteGroupMembership(ctx, r.listed.IdentityStoreID, membershipID)
}

// retryable reports whether a change that failed is sent again. One that the API has begun
// to carry out is not.
func retryable(err error, attempt int) bool {
	var failed *transport.Error
	var unconfirmed *UnconfirmedError
	if errors.As(err, &unconfirmed) || errors.Is(err, transport.ErrWaitTooLong) || !errors.As(err, &failed) {
		return false
	}
	switch {
	case failed.Status == http.StatusTooManyRequests, failed.Code == transport.CodeConcurrency:
		return true
	case attempt >= maxAttempts:
		return false
	}
	return failed.Status == http.StatusConflict || failed.Temporary() || uncertain(err)
}

// uncertain reports whether a call that failed may have been carried out: there was no
// response, an error of the server, or a success that could not be understood.
func uncertain(err error) bool {
	var failed *transport.Error
	return errors.As(err, &failed) && (failed.Unanswered || failed.Status >= 500 || failed.Status >= 200 && failed.Status < 300)
}

// verify lists what the user has. An accepted change that does not show yet is waited for.
func (r *run) verify(ctx context.Context) error {
	for look, pause := 1, r.firstPause; ; look, pause = look+1, min(2*pause, longestPause) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		has, err := r.list(ctx)
		if err != nil {
			return err
		}
		r.has = has
		if look == maxLooks || !slices.ContainsFunc(r.open(func(Item) bool { return true }), r.mayShowLater) {
			return nil
		}
		if err := transport.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// mayShowLater reports whether an item that is not as it should be was changed, or may have
// been.
func (r *run) mayShowLater(item Item) bool {
	var unconfirmed *UnconfirmedError
	err := r.failed[item]
	return err == nil || errors.As(err, &unconfirmed) || uncertain(err)
}

// incomplete is the error of a run that left items as they should not be, or could not
// verify them for the reason that err holds. Of the refusals, the first is decoded.
func (r *run) incomplete(ctx context.Context, left []Item, err error) error {
	e := &UnfinishedError{Restoring: r.want, Changes: r.changes, Err: err}
	for _, item := range left {
		e.Left = append(e.Left, Failure{Item: item, Err: cmp.Or(r.failed[item], err)})
	}
	if err == nil {
		r.explain(ctx, e.Left)
	}
	for i, failure := range e.Left {
		if denied := r.client.Decoded(ctx, failure.Err); denied != nil {
			e.Left[i].Err = denied
			break
		}
	}
	return e
}

// explain fills in why items are not as they should be although their change was accepted,
// and names the group through which the user has an assignment that is not the user's own.
func (r *run) explain(ctx context.Context, left []Failure) {
	settled := func(f Failure) bool { return f.Err == nil || refused(f.Err) }
	groups := map[Item]string{}
	if !r.want && slices.ContainsFunc(left, func(f Failure) bool { return isAssignment(f.Item) && settled(f) }) {
		groups = r.throughGroups(ctx)
	}
	for i, failure := range left {
		switch group := groups[failure.Item]; {
		case group != "" && settled(failure):
			left[i].Err = &ThroughGroupError{GroupID: group}
		case failure.Err != nil:
		case r.want:
			left[i].Err = errNotListed
		default:
			left[i].Err = errStillListed
		}
	}
}

// refused reports whether the API refused a change for what it is about, and not for who
// asks: so it may refuse to remove what does not exist.
func refused(err error) bool {
	var failed *FailedError
	var call *transport.Error
	return errors.As(err, &failed) ||
		errors.As(err, &call) && (call.Status == http.StatusBadRequest || call.Status == http.StatusNotFound || call.Status == http.StatusConflict)
}

// throughGroups returns the listed assignments that the user has through a group, with the
// group, as far as they can be read.
func (r *run) throughGroups(ctx context.Context) map[Item]string {
	groups := map[Item]string{}
	for group, err := range r.client.GroupsOf(ctx, r.listed.IdentityStoreID, r.listed.UserID) {
		if err != nil {
			break
		}
		for a, err := range r.client.AccountAssignments(ctx, r.listed.InstanceID, group, identitycenter.PrincipalGroup) {
			if err != nil {
				break
			}
			groups[Item{AccountID: a.AccountID, PermissionSetID: a.PermissionSetID}] = group
		}
	}
	return groups
}

var (
	errStillListed = errors.New("the API still lists it, or lists it again")
	errNotListed   = errors.New("the API accepted the change, but does not list it")
)

// ThroughGroupError says that the user has an assignment through a group.
type ThroughGroupError struct{ GroupID string }

func (e *ThroughGroupError) Error() string {
	return fmt.Sprintf("the user has it through group %s; list that group too", e.GroupID)
}

// UnconfirmedError says that the API began to change an assignment, and that its outcome is
// not known.
type UnconfirmedError struct {
	// RequestID is that of the creation or deletion.
	RequestID string
	// Err is why the status is not known.
	Err error
}

func (e *UnconfirmedError) Error() string {
	return fmt.Sprintf("the API accepted it as request %s, and the outcome is not known: %s", e.RequestID, e.Err)
}

// Unwrap returns Err.
func (e *UnconfirmedError) Unwrap() error { return e.Err }

// FailedError says that the API accepted the change of an assignment, which then failed.
type FailedError struct {
	RequestID string
	Status    string
	// Reason is the API's text; it may be empty.
	Reason string
}

func (e *FailedError) Error() string {
	reason := ""
	if e.Reason != "" {
		reason = ": " + e.Reason
	}
	return fmt.Sprintf("request %s ended with status %s%s", e.RequestID, transport.Printable(e.Status, transport.LongestID), reason)
}

// Failure is an item that is not as it should be.
type Failure struct {
	Item Item
	Err  error
}

// UnfinishedError says which items could not be removed or created. Nothing is left when
// only the verification failed.
type UnfinishedError struct {
	// Restoring tells a restoration from a suspension.
	Restoring bool
	Left      []Failure
	Changes   []Change
	// Err is why the change was not verified; nil when it was.
	Err error
}

func (e *UnfinishedError) Error() string {
	verb := "removed"
	if e.Restoring {
		verb = "restored"
	}
	text := fmt.Sprintf("%d not %s, %d %s", len(e.Left), verb, len(e.Changes), verb)
	if cause := e.Cause(); cause != nil {
		text += ": " + cause.Error()
	}
	return text
}

// Cause is the error to show first: that of an item before that of the verification.
func (e *UnfinishedError) Cause() error {
	var own error
	if len(e.Left) > 0 {
		own = e.Left[0].Err
	}
	return cmp.Or(own, e.Err)
}

// Unwrap returns the cause.
func (e *UnfinishedError) Unwrap() error { return e.Cause() }
