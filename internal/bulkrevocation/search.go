// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package bulkrevocation

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// search queues each selected user once.
func (p *pool) search(ctx context.Context) {
	defer close(p.queue)
	err := p.exclude(ctx)
	if err != nil {
		// The users to leave out are not known.
		p.stop(err)
		return
	}
	switch {
	case p.selection.All:
		err = p.searchAll(ctx)
	case len(p.selection.GroupIDs) > 0:
		err = p.searchGroups(ctx)
	default:
		err = p.searchNamed(ctx)
	}
	if err != nil && (stopsAllUsers(err) || ctx.Err() != nil) {
		p.stop(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.searchErr = err
	p.tally.AllFound = err == nil && ctx.Err() == nil
}

func (p *pool) searchAll(ctx context.Context) error {
	for user, err := range p.client.Users(ctx, p.selection.IdentityStoreID, "") {
		if err != nil {
			return &SearchError{Doing: "listing the users of the identity store", Argument: "identity_store_id", Err: err}
		}
		// A copy, because the ID references the page, which must not stay in memory.
		if !p.excludes(user.ID) && !p.enqueue(ctx, strings.Clone(user.ID)) {
			return nil
		}
	}
	return nil
}

// searchGroups queues the members of the groups. If a group cannot be read, it continues with
// the others.
func (p *pool) searchGroups(ctx context.Context) error {
	var first error
	seen := map[string]bool{}
	for _, groupID := range revocation.Unique(p.selection.GroupIDs) {
		for id, err := range p.client.GroupMembers(ctx, p.selection.IdentityStoreID, groupID) {
			if err != nil {
				err = &SearchError{Doing: "reading the members of group " + groupID, Argument: "group_ids", Err: err}
				if stopsAllUsers(err) {
					return err
				}
				first = cmp.Or(first, err)
				break
			}
			if seen[id] || p.excludes(id) {
				continue
			}
			id = strings.Clone(id) // As in searchAll.
			seen[id] = true
			if !p.enqueue(ctx, id) {
				return first
			}
		}
	}
	return first
}

// searchNamed looks up the users by name and checks for protected users before it queues the
// first user. If a name cannot be looked up, it continues with the others.
func (p *pool) searchNamed(ctx context.Context) error {
	byName, searchErr := p.usersByName(ctx)
	if searchErr != nil && stopsAllUsers(searchErr) {
		return searchErr
	}
	ids := slices.Clone(p.selection.UserIDs)
	protectedIDs := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !p.protects(id) })
	if len(protectedIDs) > 0 {
		return &SelectionError{Argument: "user_ids", Entries: protectedIDs, Err: ErrProtected}
	}
	var protectedNames []string
	p.byName = map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		for _, id := range byName[name] {
			if p.protects(id) {
				protectedNames = append(protectedNames, name)
			}
			p.byName[id] = true
			ids = append(ids, id)
		}
	}
	if len(protectedNames) > 0 {
		return &SelectionError{Argument: "user_names", Entries: protectedNames, Err: ErrProtected}
	}
	for _, id := range revocation.Unique(ids) {
		if !p.excludes(id) && !p.enqueue(ctx, id) {
			break
		}
	}
	return searchErr
}

// usersByName returns the IDs of the users with the names of the selection, and records the
// unknown names. It returns the first error, or one that all look-ups would get.
func (p *pool) usersByName(ctx context.Context) (found map[string][]string, first error) {
	found = map[string][]string{}
	err := p.each(ctx, p.selection.UserNames, func(ctx context.Context, name string) error {
		var ids []string
		for user, err := range p.client.Users(ctx, p.selection.IdentityStoreID, name) {
			if err != nil {
				err = &SearchError{Doing: "looking up a user by name", Argument: "user_names", Err: err}
				if stopsAllUsers(err) {
					return err
				}
				p.mu.Lock()
				defer p.mu.Unlock()
				first = cmp.Or(first, err)
				return nil
			}
			if name != "" { // An empty name would list all users.
				ids = append(ids, user.ID)
			}
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		found[name] = ids
		if len(ids) == 0 {
			p.tally.UnknownUserNames = append(p.tally.UnknownUserNames, name)
		}
		return nil
	})
	return found, cmp.Or(err, first)
}

// each calls work for each distinct entry of a list, concurrently, until one fails.
func (p *pool) each(ctx context.Context, entries []string, work func(context.Context, string) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(p.client.Concurrency())
	for _, entry := range revocation.Unique(entries) {
		group.Go(func() error { return work(ctx, entry) })
	}
	return group.Wait()
}

func (p *pool) protects(userID string) bool {
	return p.protected[strings.ToLower(userID)] && !p.excepted[strings.ToLower(userID)]
}

func (p *pool) excludes(userID string) bool {
	return p.excepted[strings.ToLower(userID)] || p.protected[strings.ToLower(userID)]
}

// exclude reads the users to leave out. An exception without any user is an error.
func (p *pool) exclude(ctx context.Context) error {
	s := p.selection
	p.excepted, p.protected = lowerCaseSet(s.ExceptUserIDs), lowerCaseSet(s.ProtectedUserIDs)
	unknown, err := p.unknownUsers(ctx, s.ExceptUserIDs)
	if err != nil {
		return &SearchError{Doing: "looking up the users to leave out", Argument: "except_user_ids", Err: err}
	}
	if len(unknown) > 0 {
		return &SelectionError{Argument: "except_user_ids", Entries: unknown, Err: ErrUnknownException}
	}
	for _, groupID := range revocation.Unique(s.ExceptGroupIDs) {
		members, err := p.addMembers(ctx, groupID, p.excepted)
		if err != nil {
			return &SearchError{Doing: "reading the members of the excepted group " + groupID, Argument: "except_group_ids", Err: err}
		}
		if members == 0 {
			return &SelectionError{Argument: "except_group_ids", Entries: []string{groupID}, Err: ErrEmptyException}
		}
	}
	return p.addProtected(ctx)
}

// addProtected adds the members of the protected groups, and records the protected users and
// groups that do not exist.
func (p *pool) addProtected(ctx context.Context) error {
	// The IDs are protected even if they cannot be looked up.
	unknownUsers, _ := p.unknownUsers(ctx, p.selection.ProtectedUserIDs)
	var unknownGroups []string
	for _, groupID := range revocation.Unique(p.selection.ProtectedGroupIDs) {
		members, err := p.addMembers(ctx, groupID, p.protected)
		if transport.NotFound(err) && transport.Sleep(ctx, secondLookUpDelay) == nil {
			members, err = p.addMembers(ctx, groupID, p.protected)
		}
		if err != nil && !transport.NotFound(err) {
			return &SearchError{Doing: "reading the members of the protected group " + groupID, Argument: "protected_group_ids", Err: err}
		}
		if members == 0 {
			unknownGroups = append(unknownGroups, groupID)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tally.UnknownProtectedUserIDs, p.tally.UnknownProtectedGroupIDs = unknownUsers, unknownGroups
	return nil
}

// addMembers adds the members of a group to a set, and returns their number.
func (p *pool) addMembers(ctx context.Context, groupID string, set map[string]bool) (members int, err error) {
	for _, id := range eitherCase(groupID) {
		var ids []string
		ids, err = identitycenter.Collect(p.client.GroupMembers(ctx, p.selection.IdentityStoreID, id))
		for _, id := range ids {
			set[strings.Clone(strings.ToLower(id))] = true
		}
		if len(ids) > 0 || err != nil && !transport.NotFound(err) {
			return len(ids), err
		}
	}
	return 0, err
}

// eitherCase returns the forms of an ID to look up: the API may distinguish case, and its own IDs
// are in lower case.
func eitherCase(id string) []string { return revocation.Unique([]string{strings.ToLower(id), id}) }

// unknownUsers returns the IDs that the identity store does not have, sorted. Case is
// ignored.
func (p *pool) unknownUsers(ctx context.Context, userIDs []string) (unknown []string, err error) {
	err = p.each(ctx, userIDs, func(ctx context.Context, userID string) error {
		for _, id := range eitherCase(userID) {
			_, _, err := p.client.User(ctx, p.selection.IdentityStoreID, id)
			if err == nil || !mayConcernUser(err) {
				return err
			}
		}
		if err := p.storeExists(); err != nil {
			return err
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		unknown = append(unknown, userID)
		return nil
	})
	slices.Sort(unknown)
	return unknown, err
}

func lowerCaseSet(ids []string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[strings.ToLower(id)] = true
	}
	return set
}
