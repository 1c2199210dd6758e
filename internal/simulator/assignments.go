// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import (
	"fmt"
	"slices"
)

// AccountAssignment lets a user, or the members of a group, use a permission set in
// an account. PrincipalType is USER or GROUP.
type AccountAssignment struct {
	AccountID       string `json:"account_id"`
	PermissionSetID string `json:"permission_set_id"`
	PrincipalID     string `json:"principal_id"`
	PrincipalType   string `json:"principal_type"`
}

// principal is a user or a group with assignments.
type principal struct{ kind, id string }

// assignment is an AccountAssignment of an instance.
type assignment struct {
	AccountAssignment
	number int
}

// AddAccountAssignment adds an assignment. It also provisions the account with the current
// permission set unless it is provisioned. It does nothing if the assignment exists, and
// panics if the instance or the permission set does not.
func (s *Simulator) AddAccountAssignment(instanceID string, a AccountAssignment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustPermissionSet(instanceID, a.PermissionSetID)
	if a.PrincipalType != "USER" && a.PrincipalType != "GROUP" {
		panic(fmt.Sprintf("simulator: principal_type %q is neither USER nor GROUP", a.PrincipalType))
	}
	s.instance(instanceID).assign(a)
}

// assign adds an assignment that does not exist.
func (in *instance) assign(a AccountAssignment) {
	if in.has(a) {
		return
	}
	who := principal{a.PrincipalType, a.PrincipalID}
	in.assigned++
	in.assignments[who] = append(in.assignments[who], &assignment{AccountAssignment: a, number: in.assigned})
	in.sets[a.PermissionSetID].addAccount(a.AccountID)
}

// RemoveAccountAssignment removes an assignment. The account stays provisioned. It does
// nothing if the assignment does not exist.
func (s *Simulator) RemoveAccountAssignment(instanceID string, a AccountAssignment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustInstance(instanceID).unassign(a)
}

// unassign removes an assignment.
func (in *instance) unassign(a AccountAssignment) {
	who := principal{a.PrincipalType, a.PrincipalID}
	in.assignments[who] = slices.DeleteFunc(in.assignments[who], func(known *assignment) bool { return known.AccountAssignment == a })
}

// assignmentsOf returns the assignments of a principal by number. For a user it includes those
// through groups if the options require it.
func (s *Simulator) assignmentsOf(in *instance, who principal) []*assignment {
	list := slices.Clone(in.assignments[who])
	u := s.addStore(in.IdentityStoreID).byID[who.id]
	if who.kind != "USER" || u == nil || !s.options.AssignmentsIncludeGroups {
		return list
	}
	for _, m := range u.memberships {
		for _, a := range in.assignments[principal{"GROUP", m.group.GroupID}] {
			if s.options.GroupAssignmentsAsUser {
				a = &assignment{number: a.number, AccountAssignment: a.AccountAssignment}
				a.PrincipalType, a.PrincipalID = "USER", u.UserID
			}
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b *assignment) int { return a.number - b.number })
	seen := map[AccountAssignment]bool{}
	return slices.DeleteFunc(list, func(a *assignment) bool {
		again := seen[a.AccountAssignment]
		seen[a.AccountAssignment] = true
		return again
	})
}

func (s *Simulator) listAccountAssignmentsForPrincipal(r *request) (any, error) {
	in, err := s.findInstance(r)
	if err != nil {
		return nil, err
	}
	who := principal{r.query.Get("principal_type"), r.query.Get("principal_id")}
	if who.kind != "USER" && who.kind != "GROUP" {
		return nil, badRequest(fmt.Sprintf("principal_type is %q instead of USER or GROUP", who.kind))
	}
	if r.query.Get("marker") == "" {
		defer in.settle()
	}
	account := r.query.Get("account_id")
	p, err := r.page("assignments", in.InstanceID, who.kind, who.id, account)
	if err != nil {
		return nil, err
	}
	assignments, info := paged(p, s.assignmentsOf(in, who), func(a *assignment) int { return a.number },
		func(a *assignment) (AccountAssignment, bool) {
			return a.AccountAssignment, account == "" || a.AccountID == account
		})
	return s.listed("account_assignments", assignments, info), nil
}
