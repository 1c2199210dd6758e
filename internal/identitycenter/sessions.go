// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	store "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// deleteLinger is how long a batch delete that is on the wire may outlive its
// context: else the record of an interrupted run says less than was ended.
const deleteLinger = 500 * time.Millisecond

// Session is a login session: a user portal session of an Identity Center user.
type Session struct {
	ID     string
	UserID string
	// IPAddress and UserAgent are empty when the API does not know them.
	IPAddress string
	UserAgent string
	// CreatedAt and ExpiresAt are in UTC, and zero when the API does not say.
	CreatedAt time.Time
	ExpiresAt time.Time
}

// BatchDeleteSessions ends the sessions of one user. The response says nothing of
// single sessions (API reference). A session that is already gone may make the API
// answer 404 or 400 (it is not documented); nothing is then known of the others of
// the same call.
func (c *Client) BatchDeleteSessions(ctx context.Context, identityStoreID, userID string, sessionIDs []string) (transport.Receipt, error) {
	return write(ctx, c, transport.Call{
		Service: transport.IdentityStore, Operation: "BatchDeleteSessions", Permission: "IdentityCenter:user:batchDeleteSession",
		Define: store.GenReqDefForBatchDeleteSessions,
		Request: &model.BatchDeleteSessionsRequest{
			IdentityStoreId: identityStoreID, UserId: userID,
			Body: &model.BatchDeleteSessionsReqBody{SessionIds: sessionIDs},
		},
		NoContent: true, Linger: deleteLinger,
	})
}

// ListSessions returns the sessions of a user, each once, newest first. The API
// does not page sessions. A session that is not the user's, or whose ID could not
// be sent back as it is, makes the response unusable.
func (c *Client) ListSessions(ctx context.Context, identityStoreID, userID string) ([]Session, transport.Receipt, error) {
	return read(ctx, c, transport.Call{
		Service: transport.IdentityStore, Operation: "ListSessions", Permission: "IdentityCenter:user:listSessions",
		Define:  store.GenReqDefForListSessions,
		Request: &model.ListSessionsRequest{IdentityStoreId: identityStoreID, UserId: userID},
	}, func(r *model.ListSessionsResponse) ([]Session, string) {
		sessions, fault := convert("session_list", r.SessionList, func(s model.UserSessionDto) (Session, string) {
			session := Session{
				ID: s.SessionId, UserID: userID,
				IPAddress: transport.Printable(value(s.IpAddress), transport.LongestID), UserAgent: agentOf(value(s.UserAgent)),
				CreatedAt: timeOf(s.CreationTime), ExpiresAt: timeOf(s.SessionNotValidAfter),
			}
			if s.UserId != "" && s.UserId != userID {
				return session, fmt.Sprintf("%q is of another user, %q", transport.Printable(s.SessionId, transport.LongestID), transport.Printable(s.UserId, transport.LongestID))
			}
			return session, idFault("session_id", s.SessionId)
		})
		seen := make(map[string]bool, len(sessions))
		sessions = slices.DeleteFunc(sessions, func(s Session) bool {
			again := seen[s.ID]
			seen[s.ID] = true
			return again
		})
		slices.SortFunc(sessions, func(a, b Session) int {
			return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.ID, b.ID))
		})
		return sessions, fault
	})
}

// longestAgent bounds a user agent, in bytes: it is in the words of whoever logged in.
const longestAgent = 4096

// agentOf returns a user agent without the brackets round the whole of it that the
// reference's example has, and fit to be shown: an intruder chose it, and it ends up in
// terminals and states.
func agentOf(text string) string {
	text = transport.Printable(text, longestAgent)
	for enclosed(text) {
		text = strings.TrimSpace(text[1 : len(text)-1])
	}
	return text
}

// enclosed tells whether the bracket that a text begins with is closed at its end.
func enclosed(text string) bool {
	if !strings.HasPrefix(text, "[") || !strings.HasSuffix(text, "]") {
		return false
	}
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				return i == len(text)-1
			}
		}
	}
	return false
}
