// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Group is a group of an identity store. Groups do not nest.
type Group struct {
	GroupID     string       `json:"group_id"`
	DisplayName string       `json:"display_name"`
	Description string       `json:"description,omitempty"`
	ExternalIDs []ExternalID `json:"external_ids,omitempty"`
	CreatedBy   string       `json:"created_by,omitempty"`
	UpdatedBy   string       `json:"updated_by,omitempty"`
	// CreatedAt and UpdatedAt are sent in milliseconds since 1970. AddGroup replaces zero by
	// the current time.
	CreatedAt time.Time `json:"-"`
	UpdatedAt time.Time `json:"-"`
}

// group is a group with its memberships by number.
type group struct {
	Group
	number  int
	members []*membership
}

// membership is the membership of a user in a group.
type membership struct {
	number int
	user   *user
	group  *group
}

// AddGroup adds a group, or replaces the one with the same ID, which keeps its members. It
// creates the store if it does not exist. It returns the group ID, which it generates if it
// is empty.
func (s *Simulator) AddGroup(storeID string, g Group) (groupID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.addStore(storeID)
	if g.GroupID == "" {
		g.GroupID = uuidLike("group", storeID, strconv.Itoa(in.number))
	}
	if g.CreatedAt.IsZero() {
		g.CreatedAt = s.now()
	}
	if g.UpdatedAt.IsZero() {
		g.UpdatedAt = g.CreatedAt
	}
	if known := in.groupsByID[g.GroupID]; known != nil {
		known.Group = g
		return g.GroupID
	}
	in.number++
	added := &group{Group: g, number: in.number}
	in.groups = append(in.groups, added)
	in.groupsByID[g.GroupID] = added
	return g.GroupID
}

// RemoveGroup removes a group with its memberships. It does nothing if the group does not
// exist.
func (s *Simulator) RemoveGroup(storeID, groupID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.addStore(storeID)
	g := in.groupsByID[groupID]
	if g == nil {
		return
	}
	for _, m := range g.members {
		m.user.memberships = slices.DeleteFunc(m.user.memberships, func(known *membership) bool { return known == m })
	}
	delete(in.groupsByID, groupID)
	in.groups = slices.DeleteFunc(in.groups, func(known *group) bool { return known == g })
}

// AddMember adds a user to a group. It does nothing for a member, and panics if the group or
// the user does not exist.
func (s *Simulator) AddMember(storeID, groupID, userID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in, u := s.addStore(storeID), s.mustUser(storeID, userID)
	g := in.groupsByID[groupID]
	if g == nil {
		panic(fmt.Sprintf("simulator: no group %q in store %q", groupID, storeID))
	}
	if slices.ContainsFunc(u.memberships, func(m *membership) bool { return m.group == g }) {
		return
	}
	in.join(g, u)
}

// RemoveMember removes a user from a group. It does nothing if the user is not a member.
func (s *Simulator) RemoveMember(storeID, groupID, userID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.mustUser(storeID, userID)
	i := slices.IndexFunc(u.memberships, func(m *membership) bool { return m.group.GroupID == groupID })
	if i < 0 {
		return
	}
	u.memberships[i].leave()
}

// groupEntry is a group in a response (API reference).
type groupEntry struct {
	Group
	IdentityStoreID string `json:"identity_store_id"`
	CreatedAt       int64  `json:"created_at"`
	UpdatedAt       int64  `json:"updated_at"`
}

func (in *store) groupEntry(g *group) groupEntry {
	return groupEntry{
		Group: g.Group, IdentityStoreID: in.id, CreatedAt: g.CreatedAt.UnixMilli(), UpdatedAt: g.UpdatedAt.UnixMilli(),
	}
}

// listGroups filters by a part of the name without regard to case: the reference calls
// display_name a fuzzy filter.
func (s *Simulator) listGroups(r *request) (any, error) {
	in, err := s.findStore(r)
	if err != nil {
		return nil, err
	}
	name := r.query.Get("display_name")
	if r.query.Has("display_name") && name == "" {
		return nil, badRequest("display_name is empty")
	}
	p, err := r.page("groups", in.id, name)
	if err != nil {
		return nil, err
	}
	part := strings.ToLower(name)
	groups, info := paged(p, in.groups, func(g *group) int { return g.number }, func(g *group) (groupEntry, bool) {
		return in.groupEntry(g), strings.Contains(strings.ToLower(g.DisplayName), part)
	})
	return s.listed("groups", groups, info), nil
}

// findGroup returns the group of a request.
func (s *Simulator) findGroup(r *request, groupID string) (*store, *group, error) {
	in, err := s.findStore(r)
	if err != nil {
		return nil, nil, err
	}
	g := in.groupsByID[groupID]
	if g == nil {
		return nil, nil, notFound(fmt.Sprintf("The group %s does not exist.", groupID))
	}
	return in, g, nil
}

func (s *Simulator) describeGroup(r *request) (any, error) {
	in, g, err := s.findGroup(r, r.ids["group"])
	if err != nil {
		return nil, err
	}
	return in.groupEntry(g), nil
}

func (s *Simulator) getGroupID(r *request) (any, error) {
	// The reference also has external_id, which the client does not use.
	var wanted struct {
		AlternateIdentifier *struct {
			UniqueAttribute *struct {
				AttributePath  string `json:"attribute_path"`
				AttributeValue string `json:"attribute_value"`
			} `json:"unique_attribute"`
		} `json:"alternate_identifier"`
	}
	if err := decode(r.body, &wanted); err != nil {
		return nil, badRequest(err.Error())
	}
	by := wanted.AlternateIdentifier
	if by == nil || by.UniqueAttribute == nil || by.UniqueAttribute.AttributePath != "display_name" || by.UniqueAttribute.AttributeValue == "" {
		return nil, badRequest("alternate_identifier.unique_attribute needs the attribute_path display_name and an attribute_value")
	}
	in, err := s.findStore(r)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(in.groups, func(g *group) bool { return g.DisplayName == by.UniqueAttribute.AttributeValue })
	if i < 0 {
		message := fmt.Sprintf("The group %s does not exist.", by.UniqueAttribute.AttributeValue)
		if status := s.options.GroupNotFound; status != 0 {
			return nil, refuseWith(status, "IIC.404", message)
		}
		return nil, notFound(message)
	}
	return map[string]any{"group_id": in.groups[i].GroupID, "identity_store_id": in.id}, nil
}

// membershipEntry is a membership in a response (API reference).
type membershipEntry struct {
	GroupID         string   `json:"group_id"`
	IdentityStoreID string   `json:"identity_store_id"`
	MemberID        memberID `json:"member_id"`
	MembershipID    string   `json:"membership_id"`
}

type memberID struct {
	UserID string `json:"user_id"`
}

// memberships is the response of both lists of memberships.
func (s *Simulator) memberships(in *store, r *request, list []*membership, of ...string) (any, error) {
	p, err := r.page(append(of, in.id)...)
	if err != nil {
		return nil, err
	}
	entries, info := paged(p, list, func(m *membership) int { return m.number }, func(m *membership) (membershipEntry, bool) {
		return membershipEntry{
			GroupID: m.group.GroupID, IdentityStoreID: in.id, MemberID: memberID{m.user.UserID},
			MembershipID: m.id(),
		}, true
	})
	return s.listed("group_memberships", entries, info), nil
}

func (s *Simulator) listGroupMemberships(r *request) (any, error) {
	in, g, err := s.findGroup(r, r.query.Get("group_id"))
	if err != nil {
		return nil, err
	}
	return s.memberships(in, r, g.members, "members", g.GroupID)
}

func (s *Simulator) listGroupMembershipsForMember(r *request) (any, error) {
	in, err := s.findStore(r)
	if err != nil {
		return nil, err
	}
	u := in.byID[r.query.Get("user_id")]
	if u == nil {
		return nil, noSuchUser(r.query.Get("user_id"))
	}
	if r.query.Get("marker") == "" {
		in.synchronize(u)
	}
	return s.memberships(in, r, u.memberships, "groups", u.UserID)
}
