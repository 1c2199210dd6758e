// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// defaultSession is the default lifetime of a session.
const defaultSession = 8 * time.Hour

// Session is a portal session of a user.
type Session struct {
	SessionID string
	// IPAddress and UserAgent are omitted from responses if they are empty.
	IPAddress string
	UserAgent string
	// CreationTime and SessionNotValidAfter are sent in milliseconds since 1970, or in
	// seconds (Options). AddSession replaces zero by the current time, and 8 hours later.
	CreationTime         time.Time
	SessionNotValidAfter time.Time
}

// sessions are the sessions of a user, in the order of their addition. The zero value has
// none.
type sessions struct {
	byID map[string]*Session
	// list also contains ended sessions until it is cleaned up.
	list []*Session
}

// add adds a session, or replaces the one with the same ID.
func (l *sessions) add(session Session) {
	if known := l.byID[session.SessionID]; known != nil {
		*known = session
		return
	}
	if l.byID == nil {
		l.byID = map[string]*Session{}
	}
	l.byID[session.SessionID] = &session
	l.list = append(l.list, &session)
}

// end ends sessions. The list is cleaned up when half of it has ended, so that ending many
// sessions in batches is not quadratic.
func (l *sessions) end(ids []string) {
	for _, id := range ids {
		delete(l.byID, id)
	}
	if len(l.list) > 2*len(l.byID) {
		l.list = slices.DeleteFunc(l.list, func(session *Session) bool { return l.byID[session.SessionID] != session })
	}
}

// alive returns the sessions that have not ended.
func (l *sessions) alive(now time.Time) []*Session {
	alive := make([]*Session, 0, len(l.byID))
	for _, session := range l.list {
		if l.byID[session.SessionID] == session && session.lives(now) {
			alive = append(alive, session)
		}
	}
	return alive
}

// lives reports whether a session exists and has not expired.
func (session *Session) lives(now time.Time) bool {
	return session != nil && now.Before(session.SessionNotValidAfter)
}

// AddSession adds a session, or replaces the one with the same ID. It returns the session ID,
// which it generates if it is empty. It panics if the user does not exist.
func (s *Simulator) AddSession(storeID, userID string, session Session) (sessionID string) {
	s.mu.Lock()
	defer s.mu.Unlock()

	u := s.mustUser(storeID, userID)
	if session.SessionID == "" {
		session.SessionID = randomHex(16)
	}
	if session.CreationTime.IsZero() {
		session.CreationTime = s.now()
	}
	if session.SessionNotValidAfter.IsZero() {
		session.SessionNotValidAfter = session.CreationTime.Add(defaultSession)
	}
	u.sessions.add(session)
	return session.SessionID
}

// Sessions returns the open sessions of a user, in the order of their addition; none if the
// user does not exist.
func (s *Simulator) Sessions(storeID, userID string) []Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.stores[storeID]
	if in == nil || in.byID[userID] == nil {
		return nil
	}
	sessions := []Session{}
	for _, session := range in.byID[userID].sessions.alive(s.now()) {
		sessions = append(sessions, *session)
	}
	return sessions
}

// findSessions returns the user of a request for sessions, unless the user is disabled and
// the options refuse that.
func (s *Simulator) findSessions(r *request) (*user, error) {
	_, u, err := s.findUser(r)
	if err != nil {
		return nil, err
	}
	if status := s.options.DisabledUserSessions; status != 0 && !u.Enabled {
		return nil, refuseWith(status, "IIC.1002", fmt.Sprintf("The user %s is disabled.", u.UserID))
	}
	return u, nil
}

// batchDelete is the body of BatchDeleteSessions.
type batchDelete struct {
	SessionIDs []string `json:"session_ids"`
}

// sessionIDs reads the IDs of a batch delete for Call.SessionIDs, also of an invalid one.
func sessionIDs(operation string, body []byte) []string {
	var wanted batchDelete
	if operation != BatchDeleteSessions || json.Unmarshal(body, &wanted) != nil {
		return nil
	}
	return wanted.SessionIDs
}

func (s *Simulator) batchDeleteSessions(r *request) (any, error) {
	var wanted batchDelete
	if err := decode(r.body, &wanted); err != nil {
		return nil, badRequest(err.Error())
	}
	if len(wanted.SessionIDs) == 0 || slices.Contains(wanted.SessionIDs, "") {
		return nil, badRequest("session_ids is mandatory: an array of session IDs")
	}
	u, err := s.findSessions(r)
	if err != nil {
		return nil, err
	}

	var gone []string
	for _, id := range wanted.SessionIDs {
		if !u.sessions.byID[id].lives(r.now) {
			gone = append(gone, id)
		}
	}
	if len(gone) > 0 {
		switch s.options.Gone {
		case http.StatusOK:
		case http.StatusBadRequest:
			return nil, badRequest("The sessions do not exist: " + strings.Join(gone, ", ") + ".")
		default:
			return nil, notFound("The session does not exist.")
		}
	}
	if !s.options.KeepSessions {
		u.sessions.end(wanted.SessionIDs)
	}
	return nil, nil
}

// sessionEntry is a session in a response (API reference).
type sessionEntry struct {
	CreationTime         any    `json:"creation_time"`
	IPAddress            string `json:"ip_address,omitempty"`
	SessionID            string `json:"session_id"`
	SessionNotValidAfter any    `json:"session_not_valid_after"`
	UserAgent            string `json:"user_agent,omitempty"`
	UserID               string `json:"user_id"`
}

func (s *Simulator) listSessions(r *request) (any, error) {
	u, err := s.findSessions(r)
	if err != nil {
		return nil, err
	}
	list := []sessionEntry{}
	alive := u.sessions.alive(r.now)
	most := s.options.MostSessions
	more := most > 0 && len(alive) > most
	if more {
		alive = alive[:most]
	}
	for _, session := range alive {
		agent := session.UserAgent
		if s.options.BracketedUserAgents && agent != "" {
			agent = "[" + agent + "]"
		}
		list = append(list, sessionEntry{
			CreationTime: s.sessionTime(session.CreationTime), IPAddress: session.IPAddress, SessionID: session.SessionID,
			SessionNotValidAfter: s.sessionTime(session.SessionNotValidAfter), UserAgent: agent, UserID: u.UserID,
		})
	}
	answer := map[string]any{"session_list": list}
	if more && s.options.SessionsNextMarker {
		next := "more"
		answer["page_info"] = pageInfo{NextMarker: &next, CurrentCount: len(list)}
	}
	return answer, nil
}

// sessionTime returns a time of a session in the unit and type of the options.
func (s *Simulator) sessionTime(t time.Time) any {
	unit := t.UnixMilli()
	if s.options.SessionTimesInSeconds {
		unit = t.Unix()
	}
	switch s.options.SessionTimesAs {
	case "string":
		return strconv.FormatInt(unit, 10)
	case "float":
		return json.RawMessage(strconv.FormatFloat(float64(unit), 'e', -1, 64))
	case "nothing":
		return nil
	}
	return unit
}
