// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package useraccess reads which permission sets a user has in which accounts, and suspends
// and restores this access.
package useraccess

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// maxConcurrent limits the goroutines of one read. The client limits the calls.
const maxConcurrent = 32

// Access is what a user can reach.
type Access struct {
	// Assignments has each pair of account and permission set once, sorted.
	Assignments []Assignment
	// PermissionSetIDs are those of the assignments, sorted.
	PermissionSetIDs []string
	// GroupIDs are the groups of the user that have at least one assignment, sorted.
	GroupIDs []string
	// Longest is the longest session duration of the assignments, 0 without any.
	Longest time.Duration
}

// Assignment is a permission set that a user has in an account.
type Assignment struct {
	AccountID       string
	PermissionSetID string
	// PermissionSetName is empty and SessionDuration is nil if the permission set could
	// not be read.
	PermissionSetName string
	SessionDuration   *time.Duration
	// Direct is true if the user has it without a group too; nil if that is not known.
	Direct *bool
	// GroupIDs are the groups of the user that have it, sorted.
	GroupIDs []string
}

// IncompleteError is returned by Readable with an Access that is not complete.
type IncompleteError struct {
	// Missing describes what was not read, one phrase for each kind.
	Missing []string
	// Err is the first failure.
	Err error
}

func (e *IncompleteError) Error() string {
	return fmt.Sprintf("not read: %s: %s", strings.Join(e.Missing, "; "), e.Err)
}

func (e *IncompleteError) Unwrap() error { return e.Err }

// Of returns the assignments of the user and of each group of the user. It fails with the
// first failed call, also if the user does not exist.
func Of(ctx context.Context, client *identitycenter.Client, instanceID, storeID, userID string) (Access, error) {
	return (&reader{client: client, instanceID: instanceID, storeID: storeID, userID: userID}).read(ctx)
}

// Readable returns the part of a user's access that can be read. If a call fails, the error
// is an *IncompleteError and Access has the rest. A missing user and a cancelled context are
// errors as in Of.
func Readable(ctx context.Context, client *identitycenter.Client, instanceID, storeID, userID string) (Access, error) {
	return (&reader{client: client, instanceID: instanceID, storeID: storeID, userID: userID, partial: true}).read(ctx)
}

type pair struct{ account, permissionSet string }

// source is how the user has a pair of account and permission set.
type source struct {
	// listed is true if the user's list names the user, not a group, as the principal of the pair.
	listed bool
	// groups may have duplicates.
	groups []string
}

// permissionSet has the details of a permission set; duration is nil if it was not read.
type permissionSet struct {
	name     string
	duration *time.Duration
}

type reader struct {
	client                      *identitycenter.Client
	instanceID, storeID, userID string
	// partial makes the reader go on after a failed call.
	partial bool

	mu      sync.Mutex
	sources map[pair]*source
	sets    map[string]permissionSet
	// distinguished is true if the list of the user's own assignments omits those of groups, or
	// names the groups (API-FACTS.md, assignments-of-user).
	distinguished bool

	// What was not read, in partial mode.
	firstErr                          error
	noUser, noGroups, noDirect        bool
	groupsWithoutList, undescribedIDs []string
}

func (r *reader) read(ctx context.Context) (Access, error) {
	r.sources, r.sets = map[pair]*source{}, map[string]permissionSet{}
	// A mistyped user ID has no groups and no assignments either.
	if _, _, err := r.client.User(ctx, r.storeID, r.userID); err != nil {
		if transport.NotFound(err) {
			return Access{}, err
		}
		if err := r.failed(err, func() { r.noUser = true }); err != nil {
			return Access{}, err
		}
	}
	groups, err := r.groups(ctx)
	if err == nil {
		err = r.assignments(ctx, groups)
	}
	if err == nil {
		err = r.permissionSets(ctx)
	}
	if err != nil {
		return Access{}, err
	}
	if missing := r.missing(); len(missing) > 0 {
		return r.access(), &IncompleteError{Missing: missing, Err: r.firstErr}
	}
	return r.access(), nil
}

// failed returns the error of a call if reading must stop. Otherwise it calls note, under the lock,
// to record what is missing.
func (r *reader) failed(err error, note func()) error {
	if !r.partial || errors.Is(err, context.Canceled) {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.firstErr = cmp.Or(r.firstErr, err)
	note()
	return nil
}

// groups returns the groups of the user, also those that were read before a failure.
func (r *reader) groups(ctx context.Context) (groups []string, err error) {
	for membership, err := range r.client.MembershipsOf(ctx, r.storeID, r.userID) {
		if err != nil {
			return groups, r.failed(err, func() { r.noGroups = true })
		}
		groups = append(groups, membership.GroupID)
	}
	return groups, nil
}

func (r *reader) assignments(ctx context.Context, groups []string) error {
	tasks, ctx := errgroup.WithContext(ctx)
	tasks.SetLimit(maxConcurrent)
	list := func(principalID, principalType string, note func()) {
		tasks.Go(func() error {
			for a, err := range r.client.AccountAssignments(ctx, r.instanceID, principalID, principalType) {
				if err != nil {
					return r.failed(err, note)
				}
				r.add(a, principalID, principalType)
			}
			return nil
		})
	}
	list(r.userID, identitycenter.PrincipalUser, func() { r.noDirect = true })
	for _, group := range groups {
		list(group, identitycenter.PrincipalGroup, func() { r.groupsWithoutList = append(r.groupsWithoutList, group) })
	}
	return tasks.Wait()
}

// add records an assignment in the list of a principal.
func (r *reader) add(a identitycenter.AccountAssignment, principalID, principalType string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := pair{a.AccountID, a.PermissionSetID}
	if r.sources[p] == nil {
		r.sources[p] = &source{}
	}
	from := r.sources[p]
	switch identitycenter.PrincipalGroup {
	case principalType:
		from.groups = append(from.groups, principalID)
	case a.PrincipalType:
		from.groups, r.distinguished = append(from.groups, a.PrincipalID), true
	default:
		from.listed = true
	}
}

// permissionSets reads each permission set of the assignments once.
func (r *reader) permissionSets(ctx context.Context) error {
	for p := range r.sources {
		r.sets[p.permissionSet] = permissionSet{}
	}
	tasks, ctx := errgroup.WithContext(ctx)
	tasks.SetLimit(maxConcurrent)
	for _, id := range slices.Sorted(maps.Keys(r.sets)) {
		tasks.Go(func() error {
			set, err := r.describe(ctx, id)
			if err != nil {
				err = r.failed(err, func() { r.undescribedIDs = append(r.undescribedIDs, id) })
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			r.sets[id] = set
			return err
		})
	}
	return tasks.Wait()
}

// describe reads a permission set. With an error it returns what could be read.
func (r *reader) describe(ctx context.Context, id string) (permissionSet, error) {
	described, _, err := r.client.PermissionSet(ctx, r.instanceID, id)
	if err != nil {
		return permissionSet{}, err
	}
	duration, err := SessionDuration(described)
	if err != nil {
		return permissionSet{name: described.Name}, err
	}
	return permissionSet{name: described.Name, duration: &duration}, nil
}

func (r *reader) access() Access {
	if !r.noDirect {
		for _, from := range r.sources {
			r.distinguished = r.distinguished || !from.listed
		}
	}
	access := Access{PermissionSetIDs: slices.Sorted(maps.Keys(r.sets))}
	for p, from := range r.sources {
		set, groups := r.sets[p.permissionSet], slices.Compact(slices.Sorted(slices.Values(from.groups)))
		access.GroupIDs = append(access.GroupIDs, groups...)
		access.Assignments = append(access.Assignments, Assignment{
			AccountID: p.account, PermissionSetID: p.permissionSet, PermissionSetName: set.name, SessionDuration: set.duration,
			Direct: r.direct(from), GroupIDs: groups,
		})
		if set.duration != nil {
			access.Longest = max(access.Longest, *set.duration)
		}
	}
	access.GroupIDs = slices.Compact(slices.Sorted(slices.Values(access.GroupIDs)))
	slices.SortFunc(access.Assignments, func(a, b Assignment) int {
		return cmp.Or(cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.PermissionSetID, b.PermissionSetID))
	})
	return access
}

// direct reports whether the user has an assignment without a group too; nil if unknown.
func (r *reader) direct(from *source) *bool {
	groupsRead := !r.noGroups && len(r.groupsWithoutList) == 0
	known := r.distinguished || groupsRead && len(from.groups) == 0
	if !from.listed {
		known = !r.noDirect
	}
	if !known {
		return nil
	}
	return &from.listed
}

// missing describes what was not read; nil for nothing.
func (r *reader) missing() []string {
	var all []string
	add := func(missing bool, what string) {
		if missing {
			all = append(all, what)
		}
	}
	add(r.noUser, "whether the user exists")
	add(r.noGroups, "the groups of the user, and so the assignments through groups")
	add(r.noDirect, "the assignments of the user")
	add(len(r.groupsWithoutList) > 0, "the assignments of "+counted(r.groupsWithoutList, "group"))
	add(len(r.undescribedIDs) > 0, "the name and session duration of "+counted(r.undescribedIDs, "permission set"))
	return all
}

// counted returns a number of things with their IDs: "2 groups (a, b)".
func counted(ids []string, noun string) string {
	slices.Sort(ids)
	return fmt.Sprintf("%s (%s)", revocation.CountOf(len(ids), noun), revocation.Names(ids))
}
