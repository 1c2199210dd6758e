// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// PermissionSet is a permission set of an instance.
type PermissionSet struct {
	PermissionSetID string `json:"permission_set_id"`
	Name            string `json:"name"`
	Description     string `json:"description,omitempty"`
	// SessionDuration is in ISO 8601. AddPermissionSet replaces "" by PT1H.
	SessionDuration string `json:"session_duration"`
	RelayState      string `json:"relay_state,omitempty"`
	PermissionURN   string `json:"permission_urn,omitempty"`
	// CreatedDate is sent in milliseconds since 1970. AddPermissionSet replaces zero by the
	// current time.
	CreatedDate time.Time `json:"-"`
}

// permissionSet is a permission set with its policies and accounts.
type permissionSet struct {
	PermissionSet
	// policy is the custom identity policy, and role is the old custom policy; "" is none.
	policy, role string
	managedRoles []managedRole
	// stalePolicy is what the next staleReads GETs return instead of policy.
	stalePolicy string
	staleReads  int
	// number is the position of the permission set in the instance.
	number int
	// revision counts the changes of the policies.
	revision int
	// accounts are the provisioned accounts, by number.
	accounts []*account
	// numbered is the number of accounts that ever had the permission set.
	numbered int
	byID     map[string]*account
}

// managedRole is an old system-defined policy.
type managedRole struct {
	RoleID   string `json:"role_id"`
	RoleName string `json:"role_name"`
	number   int
}

// account is a provisioned account with its policy.
type account struct {
	id       string
	number   int
	policy   string
	revision int
}

// addAccount provisions an account with the current permission set.
func (p *permissionSet) addAccount(id string) {
	if p.byID[id] == nil {
		p.numbered++
		a := &account{id: id, number: p.numbered, policy: p.policy, revision: p.revision}
		p.accounts, p.byID[id] = append(p.accounts, a), a
	}
}

// RemoveAccount removes a permission set from an account, as the removal of its last
// assignment may do. It does nothing if the account does not have it.
func (s *Simulator) RemoveAccount(instanceID, permissionSetID, accountID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	set := s.mustPermissionSet(instanceID, permissionSetID)
	delete(set.byID, accountID)
	set.accounts = slices.DeleteFunc(set.accounts, func(a *account) bool { return a.id == accountID })
}

// AddPermissionSet adds a permission set, or replaces the one with the same ID, which keeps
// its policies and accounts. It returns the ID, which it generates if it is empty. It panics
// if the instance does not exist.
func (s *Simulator) AddPermissionSet(instanceID string, p PermissionSet) (permissionSetID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.mustInstance(instanceID)
	if p.PermissionSetID == "" {
		p.PermissionSetID = "ps-" + hashHex("permission set", instanceID, strconv.Itoa(len(in.sets)))[:16]
	}
	if p.SessionDuration == "" {
		p.SessionDuration = "PT1H"
	}
	if p.CreatedDate.IsZero() {
		p.CreatedDate = s.now()
	}
	if known := in.sets[p.PermissionSetID]; known != nil {
		known.PermissionSet = p
	} else {
		in.sets[p.PermissionSetID] = &permissionSet{PermissionSet: p, number: len(in.sets) + 1, byID: map[string]*account{}}
	}
	return p.PermissionSetID
}

// mustPermissionSet returns a permission set for a test; it panics if there is none.
func (s *Simulator) mustPermissionSet(instanceID, permissionSetID string) *permissionSet {
	set := s.mustInstance(instanceID).sets[permissionSetID]
	if set == nil {
		panic(fmt.Sprintf("simulator: no permission set %q in instance %q", permissionSetID, instanceID))
	}
	return set
}

// findPermissionSet returns the instance and the permission set of a request.
func (s *Simulator) findPermissionSet(r *request) (*instance, *permissionSet, error) {
	in, err := s.findInstance(r)
	if err != nil {
		return nil, nil, err
	}
	set := in.sets[r.ids["permission_set"]]
	if set == nil {
		return nil, nil, refuse(http.StatusNotFound, "IIC.1205", fmt.Sprintf("The permission set %s does not exist.", r.ids["permission_set"]))
	}
	return in, set, nil
}

// created is a created_date: a number of milliseconds or a string.
func created(moment time.Time, asText bool) any {
	if asText {
		return moment.UTC().Format(time.RFC3339)
	}
	return moment.UnixMilli()
}

// permissionSetEntry is a permission set in a response (API reference).
type permissionSetEntry struct {
	PermissionSet
	CreatedDate any `json:"created_date"`
}

func (s *Simulator) permissionSetEntry(set *permissionSet) permissionSetEntry {
	return permissionSetEntry{set.PermissionSet, created(set.CreatedDate, s.options.SwapCreatedDates)}
}

func (s *Simulator) describePermissionSet(r *request) (any, error) {
	_, set, err := s.findPermissionSet(r)
	if err != nil {
		return nil, err
	}
	return map[string]any{"permission_set": s.permissionSetEntry(set)}, nil
}

func (s *Simulator) listPermissionSets(r *request) (any, error) {
	in, err := s.findInstance(r)
	if err != nil {
		return nil, err
	}
	name := r.query.Get("name")
	p, err := r.page("permission sets", in.InstanceID, name)
	if err != nil {
		return nil, err
	}
	list := slices.SortedFunc(maps.Values(in.sets), func(a, b *permissionSet) int { return a.number - b.number })
	sets, info := paged(p, list, func(set *permissionSet) int { return set.number }, func(set *permissionSet) (permissionSetEntry, bool) {
		return s.permissionSetEntry(set), name == "" || set.Name == name
	})
	return s.listed("permission_sets", sets, info), nil
}
