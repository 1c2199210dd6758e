// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package useraccess finds out what a user can reach: which permission sets in which
// accounts, through what, and for how long a console lives that is opened so.
package useraccess

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
)

// mostAtOnce bounds the goroutines of one reading; the client bounds the calls.
const mostAtOnce = 32

// Access is what a user can reach.
type Access struct {
	// Assignments holds each pair of account and permission set once, sorted by account
	// and permission set.
	Assignments []Assignment
	// PermissionSetIDs are those of the assignments, each once, sorted.
	PermissionSetIDs []string
	// Longest is the longest session duration of them; 0 without any.
	Longest time.Duration
}

// Assignment is a permission set that a user has in an account.
type Assignment struct {
	AccountID         string
	PermissionSetID   string
	PermissionSetName string
	SessionDuration   time.Duration
	// Direct tells whether the user has it without a group too; nil when the API does
	// not let that be known.
	Direct *bool
	// GroupIDs are the groups of the user that bring it, sorted.
	GroupIDs []string
}

// pair is an account and a permission set.
type pair struct{ account, permissionSet string }

// source is where a pair comes from.
type source struct {
	// listed is true when the list of the user's own assignments has it, as the user's.
	listed bool
	groups map[string]bool
}

// Of reads the access of a user: the assignments of the user and of each group that the
// user is in. The errors are those of the API, for a user who does not exist too, and of
// ParseDuration.
func Of(ctx context.Context, client *identitycenter.Client, instanceID, storeID, userID string) (Access, error) {
	// A user ID that is mistyped has no groups and no assignments either.
	if _, _, err := client.User(ctx, storeID, userID); err != nil {
		return Access{}, err
	}
	groups, err := identitycenter.Collect(client.GroupsOf(ctx, storeID, userID))
	if err != nil {
		return Access{}, err
	}
	sources, distinguished, err := assignments(ctx, client, instanceID, userID, groups)
	if err != nil {
		return Access{}, err
	}
	sets, err := permissionSets(ctx, client, instanceID, sources)
	if err != nil {
		return Access{}, err
	}

	access := Access{PermissionSetIDs: slices.Sorted(maps.Keys(sets))}
	for p, from := range sources {
		set := sets[p.permissionSet]
		assignment := Assignment{
			AccountID: p.account, PermissionSetID: p.permissionSet, PermissionSetName: set.name, SessionDuration: set.duration,
			GroupIDs: slices.Sorted(maps.Keys(from.groups)),
		}
		if direct := from.listed; !direct || len(from.groups) == 0 || distinguished {
			assignment.Direct = &direct
		}
		access.Assignments = append(access.Assignments, assignment)
		access.Longest = max(access.Longest, set.duration)
	}
	slices.SortFunc(access.Assignments, func(a, b Assignment) int {
		return cmp.Or(cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.PermissionSetID, b.PermissionSetID))
	})
	return access, nil
}

// assignments reads those of a user and of the user's groups. It is not documented
// whether the list of a user includes what comes through groups: distinguished is true
// when the lists show that it does not, or names the groups there.
func assignments(ctx context.Context, client *identitycenter.Client, instanceID, userID string, groups []string) (sources map[pair]*source, distinguished bool, err error) {
	var mu sync.Mutex
	sources = map[pair]*source{}
	add := func(a identitycenter.AccountAssignment, group string) {
		mu.Lock()
		defer mu.Unlock()
		p := pair{a.AccountID, a.PermissionSetID}
		if sources[p] == nil {
			sources[p] = &source{groups: map[string]bool{}}
		}
		if group == "" {
			sources[p].listed = true
			return
		}
		sources[p].groups[group] = true
	}

	tasks, ctx := errgroup.WithContext(ctx)
	tasks.SetLimit(mostAtOnce)
	tasks.Go(func() error {
		for a, err := range client.AccountAssignments(ctx, instanceID, userID, identitycenter.PrincipalUser) {
			switch {
			case err != nil:
				return err
			case a.PrincipalType == identitycenter.PrincipalGroup:
				mu.Lock()
				distinguished = true
				mu.Unlock()
				add(a, a.PrincipalID)
			default:
				add(a, "")
			}
		}
		return nil
	})
	for _, group := range groups {
		tasks.Go(func() error {
			for a, err := range client.AccountAssignments(ctx, instanceID, group, identitycenter.PrincipalGroup) {
				if err != nil {
					return err
				}
				add(a, group)
			}
			return nil
		})
	}
	if err := tasks.Wait(); err != nil {
		return nil, false, err
	}
	for _, from := range sources {
		distinguished = distinguished || !from.listed
	}
	return sources, distinguished, nil
}

// permissionSet is what matters of a permission set.
type permissionSet struct {
	name     string
	duration time.Duration
}

// permissionSets describes each permission set of the assignments once.
func permissionSets(ctx context.Context, client *identitycenter.Client, instanceID string, sources map[pair]*source) (map[string]permissionSet, error) {
	sets := map[string]permissionSet{}
	for p := range sources {
		sets[p.permissionSet] = permissionSet{}
	}
	var mu sync.Mutex
	tasks, ctx := errgroup.WithContext(ctx)
	tasks.SetLimit(mostAtOnce)
	for _, id := range slices.Sorted(maps.Keys(sets)) {
		tasks.Go(func() error {
			described, _, err := client.PermissionSet(ctx, instanceID, id)
			if err != nil {
				return err
			}
			duration, err := ParseDuration(described.SessionDuration)
			if err != nil {
				return &UnreadableDurationError{PermissionSetID: id, Name: described.Name, Err: err}
			}
			mu.Lock()
			defer mu.Unlock()
			sets[id] = permissionSet{name: described.Name, duration: duration}
			return nil
		})
	}
	return sets, tasks.Wait()
}
