// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// GroupsOf returns the IDs of the groups of a user, in the order in which the user joined
// them.
func (s *Simulator) GroupsOf(storeID, userID string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for _, m := range s.mustUser(storeID, userID).memberships {
		ids = append(ids, m.group.GroupID)
	}
	return ids
}

// id returns the ID of a membership. It is the same each time the user joins the group.
func (m *membership) id() string { return uuidLike("membership", m.group.GroupID, m.user.UserID) }

// provisioned reports whether a group comes from an identity provider.
func (g *group) provisioned() bool { return strings.HasPrefix(g.CreatedBy, "SCIM/") }

// join adds a user to a group.
func (in *store) join(g *group, u *user) *membership {
	in.number++
	m := &membership{number: in.number, user: u, group: g}
	u.memberships, g.members = append(u.memberships, m), append(g.members, m)
	return m
}

// leave removes a membership.
func (m *membership) leave() {
	other := func(known *membership) bool { return known == m }
	m.user.memberships, m.group.members = slices.DeleteFunc(m.user.memberships, other), slices.DeleteFunc(m.group.members, other)
}

func (s *Simulator) createGroupMembership(r *request) (any, error) {
	var body struct {
		GroupID  string    `json:"group_id"`
		MemberID *memberID `json:"member_id"`
	}
	if err := decode(r.body, &body); err != nil {
		return nil, badRequest(err.Error())
	}
	if body.GroupID == "" || body.MemberID == nil || body.MemberID.UserID == "" {
		return nil, badRequest("group_id and member_id.user_id are mandatory")
	}
	in, g, err := s.findGroup(r, body.GroupID)
	if err != nil {
		return nil, err
	}
	u := in.byID[body.MemberID.UserID]
	if u == nil {
		return nil, noSuchUser(body.MemberID.UserID)
	}
	if err := s.refuseProvisioned(r, g); err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(u.memberships, func(m *membership) bool { return m.group == g }); i >= 0 {
		switch status := s.options.MembershipExists; status {
		case 0:
			return nil, refuseWith(http.StatusConflict, "IIC.404", "The user is already in the group.")
		case http.StatusOK:
			return in.membershipAnswer(u.memberships[i]), nil
		default:
			return nil, refuseWith(status, "IIC.404", "The user is already in the group.")
		}
	}
	return in.membershipAnswer(in.join(g, u)), nil
}

// membershipAnswer is the response of CreateGroupMembership.
func (in *store) membershipAnswer(m *membership) any {
	return map[string]any{"identity_store_id": in.id, "membership_id": m.id()}
}

// refuseProvisioned refuses changes of the members of a group from an identity provider, if
// the options say so.
func (s *Simulator) refuseProvisioned(r *request, g *group) error {
	const message = "The group is managed by an identity provider."
	switch status := s.options.ProvisionedMemberships; {
	case status == 0 || !g.provisioned():
		return nil
	case status == http.StatusForbidden:
		return s.forbid(r, status, "IIC.1000", message, true)
	default:
		return refuseWith(status, "IIC.404", message)
	}
}

func (s *Simulator) deleteGroupMembership(r *request) (any, error) {
	in, err := s.findStore(r)
	if err != nil {
		return nil, err
	}
	for _, g := range in.groups {
		for _, m := range g.members {
			if m.id() != r.ids["membership"] {
				continue
			}
			if err := s.refuseProvisioned(r, g); err != nil {
				return nil, err
			}
			m.leave()
			if n := s.options.ProvisionedMembershipsReturn; n > 0 && g.provisioned() {
				m.user.returning = append(m.user.returning, &returning{group: g, lists: n})
			}
			return nil, nil
		}
	}
	message := fmt.Sprintf("The membership %s does not exist.", r.ids["membership"])
	switch status := s.options.MembershipMissing; status {
	case 0:
		return nil, notFound(message)
	case http.StatusOK:
		return nil, nil
	default:
		return nil, refuseWith(status, "IIC.404", message)
	}
}

// returning is a membership that the identity provider will create again.
type returning struct {
	group *group
	// lists is the number of further lists of the user's groups without it.
	lists int
}

// synchronize counts a list of the user's groups. Memberships that are due return before it.
func (in *store) synchronize(u *user) {
	u.returning = slices.DeleteFunc(u.returning, func(r *returning) bool {
		if r.lists--; r.lists > 0 {
			return false
		}
		if !slices.ContainsFunc(u.memberships, func(m *membership) bool { return m.group == r.group }) {
			in.join(r.group, u)
		}
		return true
	})
}
