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
	// SessionDuration is in ISO 8601; AddPermissionSet takes PT1H when it is empty.
	SessionDuration string `json:"session_duration"`
	RelayState      string `json:"relay_state,omitempty"`
	PermissionURN   string `json:"permission_urn,omitempty"`
	// CreatedDate is sent in milliseconds since 1970; AddPermissionSet takes the
	// moment when it is zero.
	CreatedDate time.Time `json:"-"`
}

// permissionSet is a permission set with its policies and the accounts that have it.
type permissionSet struct {
	PermissionSet
	// policy is the custom identity policy, role the custom policy of the old kind;
	// "" is none.
	policy, role string
	managedRoles []managedRole
	// stalePolicy is what the next staleReads GETs return instead of policy.
	stalePolicy string
	staleReads  int
	// number counts the permission sets of the instance.
	number int
	// revision counts the changes of the policies.
	revision int
	// accounts are those provisioned, by number.
	accounts []*account
	// numbered counts the accounts that ever had it.
	numbered int
	byID     map[string]*account
}

// managedRole is a system-defined policy of the old kind.
type managedRole struct {
	RoleID   string `json:"role_id"`
	RoleName string `json:"role_name"`
	number   int
}

// account is one that is provisioned, with the policy that it has.
type account struct {
	id       string
	number   int
	policy   string
	revision int
}

// addAccount provisions an account with the permission set as it is.
func (p *permissionSet) addAccount(id string) {
	if p.byID[id] == nil {
		p.numbered++
		a := &account{id: id, number: p.numbered, policy: p.policy, revision: p.revision}
		p.accounts, p.byID[id] = append(p.accounts, a), a
	}
}

// RemoveAccount takes a permission set out of an account, as the removal of its last
// assignment may. It does nothing when the account does not have it.
func (s *Simulator) RemoveAccount(instanceID, permissionSetID, accountID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	set := s.mustPermissionSet(instanceID, permissionSetID)
	delete(set.byID, accountID)
	set.accounts = slices.DeleteFunc(set.accounts, func(a *account) bool { return a.id == accountID })
}

// AddPermissionSet adds a permission set, or replaces one with the same ID, which
// keeps policies and accounts. It returns the ID, which it makes up when there is
// none, and panics when there is no such instance.
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

// mustPermissionSet returns a permission set that a test says is there.
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

// created is a created_date: a number of milliseconds or a text.
func created(moment time.Time, asText bool) any {
	if asText {
		return moment.UTC().Format(time.RFC3339)
	}
	return moment.UnixMilli()
}

// permissionSetEntry is a permission set in an answer (API reference).
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
