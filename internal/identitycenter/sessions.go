// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	store "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// longestAgent limits a user agent, in bytes: the client that logs in chooses it, and regular
// expressions are matched against it.
const longestAgent = 1024

// Session is a session of the user portal.
type Session struct {
	ID     string
	UserID string
	// IPAddress and UserAgent are printable, and empty if the API omits them.
	IPAddress string
	UserAgent string
	// CreatedAt and ExpiresAt are in UTC, and zero if the API omits them or they are no
	// times.
	CreatedAt time.Time
	ExpiresAt time.Time
}

// BatchDeleteSessions ends sessions of one user. The response does not mention single
// sessions. If a session is already gone, the API may return 404 or 400; the state of the
// other sessions of the call is then unknown (API-FACTS.md, gone-session).
func (c *Client) BatchDeleteSessions(ctx context.Context, identityStoreID, userID string, sessionIDs []string) (transport.Receipt, error) {
	return c.changeUser(ctx, identityStoreID, userID, &model.BatchDeleteSessionsReqBody{SessionIds: sessionIDs}, transport.Call{
		Operation: "BatchDeleteSessions", Permission: "IdentityCenter:user:batchDeleteSession", Define: store.GenReqDefForBatchDeleteSessions,
	})
}

// sessionsResponse is the response of ListSessions, which is not paged.
type sessionsResponse struct {
	Sessions   *[]sessionDTO `json:"session_list"`
	NextMarker marker        `json:"next_marker"`
	paged
}

// sessionDTO is a session. Only the IDs must have the documented type: an invalid other field
// must not prevent the end of a session.
type sessionDTO struct {
	SessionID            string          `json:"session_id"`
	UserID               lenient[string] `json:"user_id"`
	IPAddress            lenient[string] `json:"ip_address"`
	UserAgent            lenient[string] `json:"user_agent"`
	CreationTime         timestamp       `json:"creation_time"`
	SessionNotValidAfter timestamp       `json:"session_not_valid_after"`
}

// ListSessions returns the sessions of a user, each once, newest first. The API does not page
// sessions. It is an error if the response says that there are more, if a session is another
// user's, or if an ID is invalid.
func (c *Client) ListSessions(ctx context.Context, identityStoreID, userID string) ([]Session, transport.Receipt, error) {
	return read(ctx, c, transport.Call{
		Service: transport.IdentityStore, Operation: "ListSessions", Permission: "IdentityCenter:user:listSessions",
		Define:  responding[sessionsResponse](store.GenReqDefForListSessions),
		Request: &model.ListSessionsRequest{IdentityStoreId: identityStoreID, UserId: userID},
	}, func(r *sessionsResponse) ([]Session, string) {
		sessions, fault := convert("session_list", r.Sessions, func(s sessionDTO) (Session, string) { return c.session(s, userID) })
		fault = cmp.Or(fault, r.PageInfo.unpagedFault(len(sessions)), (&pageInfo{NextMarker: r.NextMarker}).unpagedFault(0))
		sessions = distinct(sessions, func(s Session) string { return s.ID })
		slices.SortFunc(sessions, func(a, b Session) int {
			return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.ID, b.ID))
		})
		return sessions, fault
	})
}

// session converts a session in the list of a user.
func (c *Client) session(s sessionDTO, userID string) (Session, string) {
	return Session{
		ID: s.SessionID, UserID: userID,
		IPAddress: c.printable(s.IPAddress.value, transport.LongestID), UserAgent: withoutBrackets(c.printable(s.UserAgent.value, longestAgent)),
		CreatedAt: s.CreationTime.Time, ExpiresAt: s.SessionNotValidAfter.Time,
	}, cmp.Or(idFault("session_id", s.SessionID), ownerFault("user", s.UserID.value, userID))
}

// withoutBrackets returns a user agent without the brackets around it that the reference's
// example has (API-FACTS.md, session-user-agent).
func withoutBrackets(text string) string {
	text = strings.TrimSpace(text)
	if inner := strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"); len(inner) == len(text)-2 && !strings.ContainsAny(inner, "[]") {
		return strings.TrimSpace(inner)
	}
	return text
}
