// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// defaultSession is how long a session lives for which nothing else is said.
const defaultSession = 8 * time.Hour

// User is a user of an identity store. Texts that are empty and lists without
// entries are left out of the answers where the API may leave them out.
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
	// CreatedAt and UpdatedAt are sent in milliseconds since 1970; AddUser takes
	// the moment when they are zero.
	CreatedAt time.Time `json:"-"`
	UpdatedAt time.Time `json:"-"`
	// EmailVerified is answered by DescribeUser only.
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

// ExternalID is the identifier that an external identity provider gave a user.
type ExternalID struct {
	ID     string `json:"id"`
	Issuer string `json:"issuer"`
}

// Enterprise is what an enterprise records of an employee.
type Enterprise struct {
	CostCenter     string   `json:"cost_center,omitempty"`
	Department     string   `json:"department,omitempty"`
	Division       string   `json:"division,omitempty"`
	EmployeeNumber string   `json:"employee_number,omitempty"`
	Organization   string   `json:"organization,omitempty"`
	Manager        *Manager `json:"manager,omitempty"`
}

// Manager is whom an employee reports to.
type Manager struct {
	Value string `json:"value,omitempty"`
}

// Session is a login session of a user.
type Session struct {
	SessionID string
	// IPAddress and UserAgent are left out of the answers when they are empty.
	IPAddress string
	UserAgent string
	// CreationTime and SessionNotValidAfter are sent in milliseconds since 1970.
	// AddSession takes the moment, and 8 hours later, when they are zero.
	CreationTime         time.Time
	SessionNotValidAfter time.Time
}

// store is an identity store.
type store struct {
	id string
	// users are in the order in which they were added, which is by number.
	users  []*user
	byID   map[string]*user
	number int
}

// user is a user with the sessions in the order in which they were added.
type user struct {
	User
	number   int
	sessions []*Session
	byID     map[string]*Session
}

// AddUser adds a user, or replaces one with the same ID, who keeps the sessions.
// The store comes into being when need be. It returns the user ID, which it makes
// up when there is none.
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
	added := &user{User: u, number: in.number, byID: map[string]*Session{}}
	in.users = append(in.users, added)
	in.byID[u.UserID] = added
	return u.UserID
}

// addStore returns the store with an ID, a new one when there is none.
func (s *Simulator) addStore(storeID string) *store {
	if s.stores[storeID] == nil {
		s.stores[storeID] = &store{id: storeID, byID: map[string]*user{}}
	}
	return s.stores[storeID]
}

// RemoveUser removes a user with all sessions. It does nothing when there is no
// such user.
func (s *Simulator) RemoveUser(storeID, userID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.addStore(storeID)
	delete(in.byID, userID)
	in.users = slices.DeleteFunc(in.users, func(u *user) bool { return u.UserID == userID })
}

// AddSession logs a user in, or replaces the session with the same ID. It returns
// the session ID, which it makes up when there is none, and panics when there is
// no such user.
func (s *Simulator) AddSession(storeID, userID string, session Session) (sessionID string) {
	s.mu.Lock()
	defer s.mu.Unlock()

	u := s.addStore(storeID).byID[userID]
	if u == nil {
		panic(fmt.Sprintf("simulator: no user %q in store %q", userID, storeID))
	}
	if session.SessionID == "" {
		session.SessionID = randomHex(16)
	}
	if session.CreationTime.IsZero() {
		session.CreationTime = s.now()
	}
	if session.SessionNotValidAfter.IsZero() {
		session.SessionNotValidAfter = session.CreationTime.Add(defaultSession)
	}
	if known := u.byID[session.SessionID]; known != nil {
		*known = session
		return session.SessionID
	}
	u.sessions = append(u.sessions, &session)
	u.byID[session.SessionID] = &session
	return session.SessionID
}

// Sessions returns the sessions of a user that are alive, in the order in which
// they were added; none when there is no such user.
func (s *Simulator) Sessions(storeID, userID string) []Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if in := s.stores[storeID]; in != nil && in.byID[userID] != nil {
		return s.alive(in.byID[userID], s.now())
	}
	return nil
}

// alive returns a copy of the sessions that are.
func (s *Simulator) alive(u *user, now time.Time) []Session {
	sessions := make([]Session, 0, len(u.sessions))
	for _, session := range u.sessions {
		if s.lives(session, now) {
			sessions = append(sessions, *session)
		}
	}
	return sessions
}

// lives tells whether there is a session and it has not expired.
func (s *Simulator) lives(session *Session, now time.Time) bool {
	return session != nil && (s.options.ListExpired || now.Before(session.SessionNotValidAfter))
}

// find returns the store and, for a path with one, the user of a request.
func (s *Simulator) find(r *request) (*store, *user, *answer) {
	in := s.stores[r.store]
	if in == nil {
		return nil, nil, refuse(http.StatusNotFound, "IIC.404", fmt.Sprintf("The identity store %s does not exist.", r.store))
	}
	if !slices.Contains(r.route.path, "{user}") {
		return in, nil, nil
	}
	u := in.byID[r.user]
	if u == nil {
		return nil, nil, refuse(http.StatusNotFound, "IIC.1002", fmt.Sprintf("The user %s does not exist.", r.user))
	}
	return in, u, nil
}

// batchDelete is the body of BatchDeleteSessions.
type batchDelete struct {
	SessionIDs []string `json:"session_ids"`
}

// sessionIDs reads those of a batch delete for the record, right or wrong.
func sessionIDs(body []byte) []string {
	var wanted batchDelete
	if json.Unmarshal(body, &wanted) != nil {
		return nil
	}
	return wanted.SessionIDs
}

func (s *Simulator) batchDeleteSessions(r *request) answer {
	var wanted batchDelete
	if err := decode(r.body, &wanted); err != nil {
		return *badRequest(err.Error())
	}
	if len(wanted.SessionIDs) == 0 || slices.Contains(wanted.SessionIDs, "") {
		return *badRequest("session_ids is mandatory: an array of session IDs")
	}
	_, u, refused := s.find(r)
	if refused != nil {
		return *refused
	}

	var gone []string
	for _, id := range wanted.SessionIDs {
		if !s.lives(u.byID[id], r.now) {
			gone = append(gone, id)
		}
	}
	if len(gone) > 0 {
		switch s.options.Gone {
		case http.StatusOK:
		case http.StatusBadRequest:
			return *badRequest("The sessions do not exist: " + strings.Join(gone, ", ") + ".")
		default:
			return *refuse(http.StatusNotFound, "IIC.404", "The session does not exist.")
		}
	}
	if !s.options.KeepSessions {
		for _, id := range wanted.SessionIDs {
			delete(u.byID, id)
		}
		u.sessions = slices.DeleteFunc(u.sessions, func(session *Session) bool { return u.byID[session.SessionID] == nil })
	}
	return answer{status: http.StatusOK}
}

// sessionEntry is a session in an answer (API reference).
type sessionEntry struct {
	CreationTime         int64  `json:"creation_time"`
	IPAddress            string `json:"ip_address,omitempty"`
	SessionID            string `json:"session_id"`
	SessionNotValidAfter int64  `json:"session_not_valid_after"`
	UserAgent            string `json:"user_agent,omitempty"`
	UserID               string `json:"user_id"`
}

func (s *Simulator) listSessions(r *request) answer {
	_, u, refused := s.find(r)
	if refused != nil {
		return *refused
	}
	list := []sessionEntry{}
	for _, session := range s.alive(u, r.now) {
		list = append(list, sessionEntry{
			CreationTime: session.CreationTime.UnixMilli(), IPAddress: session.IPAddress, SessionID: session.SessionID,
			SessionNotValidAfter: session.SessionNotValidAfter.UnixMilli(), UserAgent: session.UserAgent, UserID: u.UserID,
		})
	}
	return ok(map[string]any{"session_list": list})
}

// userEntry is a user in an answer (API reference).
type userEntry struct {
	User
	IdentityStoreID string `json:"identity_store_id"`
	CreatedAt       int64  `json:"created_at"`
	UpdatedAt       int64  `json:"updated_at"`
	EmailVerified   *bool  `json:"email_verified,omitempty"`
}

func (in *store) entry(u *user) userEntry {
	return userEntry{
		User: u.User, IdentityStoreID: in.id, CreatedAt: u.CreatedAt.UnixMilli(), UpdatedAt: u.UpdatedAt.UnixMilli(),
	}
}

func (s *Simulator) listUsers(r *request) answer {
	in, _, refused := s.find(r)
	if refused != nil {
		return *refused
	}
	name, filtered := r.query.Get("user_name"), r.query.Has("user_name")
	if filtered && name == "" {
		return *badRequest("user_name is empty")
	}
	p, refused := r.page("users", in.id, name)
	if refused != nil {
		return *refused
	}
	first, _ := slices.BinarySearchFunc(in.users, p.after+1, func(u *user, number int) int { return u.number - number })
	users := []userEntry{}
	last, more := 0, false
	for _, u := range in.users[first:] {
		if filtered && u.UserName != name && (!s.options.FuzzyUserName || !strings.HasPrefix(u.UserName, name)) {
			continue
		}
		if more = len(users) == p.limit; more {
			break
		}
		users, last = append(users, in.entry(u)), u.number
	}
	return ok(map[string]any{"users": users, "page_info": p.info(len(users), last, more)})
}

func (s *Simulator) describeUser(r *request) answer {
	in, u, refused := s.find(r)
	if refused != nil {
		return *refused
	}
	entry := in.entry(u)
	entry.EmailVerified = &u.EmailVerified
	return ok(entry)
}

func (s *Simulator) getUserID(r *request) answer {
	var wanted struct {
		AlternateIdentifier *struct {
			ExternalID      *ExternalID `json:"external_id"`
			UniqueAttribute *struct {
				AttributePath  string `json:"attribute_path"`
				AttributeValue string `json:"attribute_value"`
			} `json:"unique_attribute"`
		} `json:"alternate_identifier"`
	}
	if err := decode(r.body, &wanted); err != nil {
		return *badRequest(err.Error())
	}
	by := wanted.AlternateIdentifier
	if by == nil || (by.ExternalID == nil) == (by.UniqueAttribute == nil) {
		return *badRequest("alternate_identifier needs either external_id or unique_attribute")
	}
	in, _, refused := s.find(r)
	if refused != nil {
		return *refused
	}
	is := func(u *user) bool { return slices.Contains(u.ExternalIDs, *by.ExternalID) }
	if by.ExternalID == nil {
		value := by.UniqueAttribute.AttributeValue
		switch by.UniqueAttribute.AttributePath {
		case "user_name":
			is = func(u *user) bool { return u.UserName == value }
		case "emails.value":
			is = func(u *user) bool {
				return slices.ContainsFunc(u.Emails, func(e Email) bool { return e.Value == value })
			}
		default:
			return *badRequest(fmt.Sprintf("attribute_path %q is neither user_name nor emails.value", by.UniqueAttribute.AttributePath))
		}
	}
	i := slices.IndexFunc(in.users, is)
	if i < 0 {
		return *refuse(http.StatusNotFound, "IIC.1002", "The user does not exist.")
	}
	return ok(map[string]any{"identity_store_id": in.id, "user_id": in.users[i].UserID})
}

// page is the part of a list that is asked for.
type page struct {
	limit int
	// after is the number of the last entry of the page before.
	after int
	// list is what a marker belongs to.
	list string
}

// pageInfo is the page_info of an answer (API reference). The marker is null on
// the last page.
type pageInfo struct {
	NextMarker   *string `json:"next_marker"`
	CurrentCount int     `json:"current_count"`
}

// page reads limit, 1 to 100 and by default 100, and marker (API reference). A
// marker is good for the list for which it was issued.
func (r *request) page(list ...string) (page, *answer) {
	p := page{limit: 100, list: strings.Join(list, "\x00")}
	if r.query.Has("limit") {
		limit, err := strconv.Atoi(r.query.Get("limit"))
		if err != nil || limit < 1 || limit > 100 {
			return p, badRequest(fmt.Sprintf("limit is %q instead of 1 to 100", r.query.Get("limit")))
		}
		p.limit = limit
	}
	if r.query.Has("marker") {
		given := r.query.Get("marker")
		decoded, err := base64.RawURLEncoding.DecodeString(given)
		if err == nil && len(decoded) > sha256.Size {
			p.after, err = strconv.Atoi(string(decoded[sha256.Size:]))
		}
		if err != nil || given != p.marker(p.after) {
			return p, badRequest("marker is unknown")
		}
	}
	return p, nil
}

// marker stands for the page after an entry, in a form that only it can be.
func (p page) marker(after int) string {
	hash := sha256.Sum256([]byte(p.list + "\x00" + strconv.Itoa(after)))
	return base64.RawURLEncoding.EncodeToString(append(hash[:], strconv.Itoa(after)...))
}

// info is the page_info of a page of count entries that ends with number last.
func (p page) info(count, last int, more bool) pageInfo {
	info := pageInfo{CurrentCount: count}
	if more {
		next := p.marker(last)
		info.NextMarker = &next
	}
	return info
}
