// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// User is a user of an identity store. Empty strings and lists are omitted from responses
// where the API may omit them.
type User struct {
	UserID            string        `json:"user_id"`
	UserName          string        `json:"user_name"`
	DisplayName       string        `json:"display_name"`
	Name              Name          `json:"name"`
	Emails            []Email       `json:"emails"`
	PhoneNumbers      []PhoneNumber `json:"phone_numbers,omitempty"`
	Addresses         []Address     `json:"addresses,omitempty"`
	ExternalID        string        `json:"external_id,omitempty"`
	ExternalIDs       []ExternalID  `json:"external_ids,omitempty"`
	Enterprise        *Enterprise   `json:"enterprise,omitempty"`
	Nickname          string        `json:"nickname,omitempty"`
	Title             string        `json:"title,omitempty"`
	UserType          string        `json:"user_type,omitempty"`
	Locale            string        `json:"locale,omitempty"`
	Timezone          string        `json:"timezone,omitempty"`
	PreferredLanguage string        `json:"preferred_language,omitempty"`
	ProfileURL        string        `json:"profile_url,omitempty"`
	Enabled           bool          `json:"enabled"`
	CreatedBy         string        `json:"created_by"`
	UpdatedBy         string        `json:"updated_by"`
	// CreatedAt and UpdatedAt are sent in milliseconds since 1970. AddUser replaces zero by
	// the current time.
	CreatedAt time.Time `json:"-"`
	UpdatedAt time.Time `json:"-"`
	// EmailVerified is returned by DescribeUser only.
	EmailVerified bool `json:"-"`
}

// Name is the name of a person.
type Name struct {
	FamilyName      string `json:"family_name"`
	GivenName       string `json:"given_name"`
	MiddleName      string `json:"middle_name,omitempty"`
	Formatted       string `json:"formatted,omitempty"`
	HonorificPrefix string `json:"honorific_prefix,omitempty"`
	HonorificSuffix string `json:"honorific_suffix,omitempty"`
}

// Email is an email address. VerificationStatus is VERIFIED or NOT_VERIFIED.
type Email struct {
	Value              string `json:"value"`
	Type               string `json:"type"`
	Primary            bool   `json:"primary"`
	VerificationStatus string `json:"verification_status,omitempty"`
}

// PhoneNumber is a phone number.
type PhoneNumber struct {
	Value   string `json:"value,omitempty"`
	Type    string `json:"type,omitempty"`
	Primary bool   `json:"primary,omitempty"`
}

// Address is a postal address.
type Address struct {
	Country       string `json:"country,omitempty"`
	Formatted     string `json:"formatted,omitempty"`
	Locality      string `json:"locality,omitempty"`
	PostalCode    string `json:"postal_code,omitempty"`
	Primary       bool   `json:"primary,omitempty"`
	Region        string `json:"region,omitempty"`
	StreetAddress string `json:"street_address,omitempty"`
	Type          string `json:"type,omitempty"`
}

// ExternalID is an identifier of the user from an external identity provider.
type ExternalID struct {
	ID     string `json:"id"`
	Issuer string `json:"issuer"`
}

// Enterprise has attributes of an employee.
type Enterprise struct {
	CostCenter     string   `json:"cost_center,omitempty"`
	Department     string   `json:"department,omitempty"`
	Division       string   `json:"division,omitempty"`
	EmployeeNumber string   `json:"employee_number,omitempty"`
	Organization   string   `json:"organization,omitempty"`
	Manager        *Manager `json:"manager,omitempty"`
}

// Manager is the manager of an employee.
type Manager struct {
	Value string `json:"value,omitempty"`
}

// store is an identity store.
type store struct {
	id string
	// users and groups are sorted by number, the order of their addition.
	users      []*user
	byID       map[string]*user
	groups     []*group
	groupsByID map[string]*group
	// number is the last number of a user, group or membership.
	number int
}

// user is a user with sessions and groups.
type user struct {
	User
	number   int
	sessions sessions
	// memberships are by number.
	memberships []*membership
	// returning are the memberships that the identity provider creates again.
	returning []*returning
	// stale is how many more reads show the opposite of Enabled.
	stale int
}

// AddUser adds a user, or replaces the one with the same ID, who keeps sessions and groups.
// It creates the store if it does not exist. It returns the user ID, which it generates if it
// is empty.
func (s *Simulator) AddUser(storeID string, u User) (userID string) {
	s.mu.Lock()
	defer s.mu.Unlock()

	in := s.addStore(storeID)
	now := s.now()
	if u.UserID == "" {
		u.UserID = uuidLike("user", storeID, strconv.Itoa(in.number))
	}
	if u.Emails == nil {
		u.Emails = []Email{}
	}
	if u.CreatedAt.IsZero() {
		u.CreatedAt = now
	}
	if u.UpdatedAt.IsZero() {
		u.UpdatedAt = u.CreatedAt
	}
	if known := in.byID[u.UserID]; known != nil {
		known.User = u
		return u.UserID
	}
	in.number++
	added := &user{User: u, number: in.number}
	in.users = append(in.users, added)
	in.byID[u.UserID] = added
	return u.UserID
}

// addStore returns the store with an ID. It creates the store if it does not exist.
func (s *Simulator) addStore(storeID string) *store {
	if s.stores[storeID] == nil {
		s.stores[storeID] = &store{id: storeID, byID: map[string]*user{}, groupsByID: map[string]*group{}}
	}
	return s.stores[storeID]
}

// RemoveUser removes a user with all sessions and memberships. It does nothing if the user
// does not exist.
func (s *Simulator) RemoveUser(storeID, userID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.addStore(storeID)
	u := in.byID[userID]
	if u == nil {
		return
	}
	for _, m := range u.memberships {
		m.group.members = slices.DeleteFunc(m.group.members, func(known *membership) bool { return known == m })
	}
	delete(in.byID, userID)
	i, _ := slices.BinarySearchFunc(in.users, u.number, func(known *user, number int) int { return known.number - number })
	in.users = slices.Delete(in.users, i, i+1)
}

// SetEnabled enables or disables a user, as another administrator or an identity provider
// does. It panics if the user does not exist.
func (s *Simulator) SetEnabled(storeID, userID string, enabled bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.mustUser(storeID, userID)
	u.Enabled, u.stale = enabled, 0
}

// Enabled reports whether a user is enabled. It panics if the user does not exist.
func (s *Simulator) Enabled(storeID, userID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mustUser(storeID, userID).Enabled
}

// mustUser returns a user for a test; it panics if there is none.
func (s *Simulator) mustUser(storeID, userID string) *user {
	u := s.addStore(storeID).byID[userID]
	if u == nil {
		panic(fmt.Sprintf("simulator: no user %q in store %q", userID, storeID))
	}
	return u
}

// findStore returns the store of a request.
func (s *Simulator) findStore(r *request) (*store, error) {
	in := s.stores[r.ids["store"]]
	if in == nil {
		return nil, notFound(fmt.Sprintf("The identity store %s does not exist.", r.ids["store"]))
	}
	return in, nil
}

// findUser returns the store and the user of a request.
func (s *Simulator) findUser(r *request) (*store, *user, error) {
	in, err := s.findStore(r)
	if err != nil {
		return nil, nil, err
	}
	u := in.byID[r.ids["user"]]
	if u == nil {
		return in, nil, noSuchUser(r.ids["user"])
	}
	return in, u, nil
}

// noSuchUser is the refusal for a user who does not exist.
func noSuchUser(userID string) *refusal {
	return refuse(http.StatusNotFound, "IIC.1002", fmt.Sprintf("The user %s does not exist.", userID))
}

// userEntry is a user in a response (API reference).
type userEntry struct {
	User
	IdentityStoreID string `json:"identity_store_id"`
	CreatedAt       int64  `json:"created_at"`
	UpdatedAt       int64  `json:"updated_at"`
	EmailVerified   *bool  `json:"email_verified,omitempty"`
	// EnabledAs replaces the field of User.
	EnabledAs any `json:"enabled,omitempty"`
}

func (s *Simulator) entry(in *store, u *user, enabled bool) userEntry {
	entry := userEntry{
		User: u.User, IdentityStoreID: in.id, CreatedAt: u.CreatedAt.UnixMilli(), UpdatedAt: u.UpdatedAt.UnixMilli(), EnabledAs: enabled,
	}
	switch s.options.EnabledAs {
	case "string":
		entry.EnabledAs = strconv.FormatBool(enabled)
	case "absent":
		entry.EnabledAs = nil
	}
	return entry
}

func (s *Simulator) listUsers(r *request) (any, error) {
	in, err := s.findStore(r)
	if err != nil {
		return nil, err
	}
	name, filtered := r.query.Get("user_name"), r.query.Has("user_name")
	if filtered && name == "" {
		return nil, badRequest("user_name is empty")
	}
	p, err := r.page("users", in.id, name)
	if err != nil {
		return nil, err
	}
	users, info := paged(p, in.users, func(u *user) int { return u.number }, func(u *user) (userEntry, bool) {
		if filtered && u.UserName != name && (!s.options.FuzzyUserName || !strings.HasPrefix(u.UserName, name)) {
			return userEntry{}, false
		}
		return s.entry(in, u, u.Enabled), true
	})
	return s.listed("users", users, info), nil
}

func (s *Simulator) describeUser(r *request) (any, error) {
	in, u, err := s.findUser(r)
	if err != nil {
		return nil, err
	}
	enabled := u.Enabled
	if u.stale > 0 {
		u.stale--
		enabled = !u.Enabled
	}
	entry := s.entry(in, u, enabled)
	entry.EmailVerified = &u.EmailVerified
	return entry, nil
}

func (s *Simulator) describeUsers(r *request) (any, error) {
	var wanted struct {
		UserIDs []string `json:"user_ids"`
	}
	if err := decode(r.body, &wanted); err != nil {
		return nil, badRequest(err.Error())
	}
	if n := len(wanted.UserIDs); n < 1 || n > 100 || slices.Contains(wanted.UserIDs, "") {
		return nil, badRequest(fmt.Sprintf("user_ids has %d entries instead of 1 to 100 user IDs", n))
	}
	in, err := s.findStore(r)
	if err != nil {
		return nil, err
	}
	found := []*user{}
	for _, id := range wanted.UserIDs {
		if u := in.byID[id]; u != nil {
			found = append(found, u)
		} else if status := s.options.UnknownUsers; status != 0 {
			return nil, refuseWith(status, "IIC.1002", fmt.Sprintf("The user %s does not exist.", id))
		}
	}
	// The reference does not promise an order, so the order differs from that of the request.
	slices.SortFunc(found, func(a, b *user) int { return a.number - b.number })
	entries := []userEntry{}
	for _, u := range slices.Compact(found) {
		entry := s.entry(in, u, u.Enabled)
		entry.EmailVerified = &u.EmailVerified
		entries = append(entries, entry)
	}
	return map[string]any{"users": entries}, nil
}

func (s *Simulator) disableUser(r *request) (any, error) {
	u, err := s.userToChange(r, false)
	if err != nil {
		return nil, err
	}
	if status := s.options.DisableProvisioned; status != 0 && strings.HasPrefix(u.CreatedBy, "SCIM/") {
		message := fmt.Sprintf("The user %s is provisioned by an identity provider.", u.UserID)
		if status == http.StatusForbidden {
			return nil, s.forbid(r, status, "IIC.1000", message, false)
		}
		return nil, refuseWith(status, "IIC.1002", message)
	}
	s.change(u, false)
	if s.options.DisableEndsSessions {
		u.sessions = sessions{}
	}
	return nil, nil
}

func (s *Simulator) enableUser(r *request) (any, error) {
	u, err := s.userToChange(r, true)
	if err != nil {
		return nil, err
	}
	s.change(u, true)
	return nil, nil
}

// userToChange returns the user whom a request enables or disables.
func (s *Simulator) userToChange(r *request, enabled bool) (*user, error) {
	in, u, err := s.findUser(r)
	switch {
	case in != nil && err != nil && s.options.DisableUnknown != 0:
		return nil, refuseWith(s.options.DisableUnknown, "IIC.1002", fmt.Sprintf("The user %s does not exist.", r.ids["user"]))
	case err != nil:
		return nil, err
	case u.Enabled == enabled && s.options.AlreadyInState > http.StatusOK:
		return nil, refuseWith(s.options.AlreadyInState, "IIC.1002", "The status of the user cannot be changed.")
	}
	return u, nil
}

// change enables or disables a user. The next reads may return the old state.
func (s *Simulator) change(u *user, enabled bool) {
	if u.Enabled != enabled {
		u.Enabled, u.stale = enabled, s.options.StaleReads
	}
}
