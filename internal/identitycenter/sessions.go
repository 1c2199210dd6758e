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
	"unicode/utf8"

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
	_, receipt, err := do[*model.BatchDeleteSessionsResponse](ctx, c, transport.Call{
		Service: transport.IdentityStore, Operation: "BatchDeleteSessions", Permission: "IdentityCenter:user:batchDeleteSession",
		Define: store.GenReqDefForBatchDeleteSessions,
		Request: &model.BatchDeleteSessionsRequest{
			IdentityStoreId: identityStoreID, UserId: userID,
			Body: &model.BatchDeleteSessionsReqBody{SessionIds: sessionIDs},
		},
		NoContent: true, Linger: deleteLinger,
	})
	return receipt, err
}

// ListSessions returns the sessions of a user, each once, newest first. The API
// does not page sessions. A session that is not the user's, or whose ID could not
// be sent back as it is, makes the response unusable.
func (c *Client) ListSessions(ctx context.Context, identityStoreID, userID string) ([]Session, transport.Receipt, error) {
	call := transport.Call{
		Service: transport.IdentityStore, Operation: "ListSessions", Permission: "IdentityCenter:user:listSessions",
		Define:  store.GenReqDefForListSessions,
		Request: &model.ListSessionsRequest{IdentityStoreId: identityStoreID, UserId: userID},
	}
	response, receipt, err := do[*model.ListSessionsResponse](ctx, c, call)
	if err != nil {
		return nil, receipt, err
	}
	if response.SessionList == nil {
		return nil, receipt, c.undocumented(call, receipt, "it has no session_list")
	}

	seen := make(map[string]bool, len(*response.SessionList))
	sessions := make([]Session, 0, len(*response.SessionList))
	for i, s := range *response.SessionList {
		shown := transport.Printable(s.SessionId, transport.LongestID)
		switch {
		case s.SessionId == "":
			return nil, receipt, c.undocumented(call, receipt, fmt.Sprintf("session_list[%d] has no session_id", i))
		case len(s.SessionId) > transport.LongestID || strings.ContainsRune(s.SessionId, utf8.RuneError):
			return nil, receipt, c.undocumented(call, receipt, fmt.Sprintf("session_list[%d] has the session_id %q, which is too long or no valid UTF-8", i, shown))
		case s.UserId != "" && s.UserId != userID:
			return nil, receipt, c.undocumented(call, receipt, fmt.Sprintf("session_list[%d], %q, is of another user, %q", i, shown, transport.Printable(s.UserId, transport.LongestID)))
		case seen[s.SessionId]:
			continue
		}
		seen[s.SessionId] = true
		sessions = append(sessions, Session{
			ID: s.SessionId, UserID: userID,
			IPAddress: value(s.IpAddress), UserAgent: withoutBrackets(value(s.UserAgent)),
			CreatedAt: timeOf(s.CreationTime), ExpiresAt: timeOf(s.SessionNotValidAfter),
		})
	}
	slices.SortFunc(sessions, func(a, b Session) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return sessions, receipt, nil
}

// withoutBrackets returns a user agent without the brackets round the whole of it
// that the reference's example has.
func withoutBrackets(agent string) string {
	if strings.HasPrefix(agent, "[") && strings.HasSuffix(agent, "]") {
		return agent[1 : len(agent)-1]
	}
	return agent
}
