// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	store "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

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

// BatchDeleteSessions ends the sessions of one user and returns the request IDs of
// all attempts that were answered, in order, also when it fails.
// A session that is already gone may make the API answer 404 or 400 (it is not
// documented); nothing is then known of the others of the same call.
func (c *Client) BatchDeleteSessions(ctx context.Context, identityStoreID, userID string, sessionIDs []string) (requestIDs []string, err error) {
	_, requestIDs, err = do[*model.BatchDeleteSessionsResponse](ctx, c, transport.Call{
		Service: transport.IdentityStore, Operation: "BatchDeleteSessions",
		Define: store.GenReqDefForBatchDeleteSessions,
		Request: &model.BatchDeleteSessionsRequest{
			IdentityStoreId: identityStoreID, UserId: userID,
			Body: &model.BatchDeleteSessionsReqBody{SessionIds: sessionIDs},
		},
	})
	return requestIDs, err
}

// ListSessions returns the sessions of a user, each once, newest first, and the
// request IDs as BatchDeleteSessions does. The API does not page sessions.
func (c *Client) ListSessions(ctx context.Context, identityStoreID, userID string) (sessions []Session, requestIDs []string, err error) {
	call := transport.Call{
		Service: transport.IdentityStore, Operation: "ListSessions",
		Define:  store.GenReqDefForListSessions,
		Request: &model.ListSessionsRequest{IdentityStoreId: identityStoreID, UserId: userID},
	}
	response, requestIDs, err := do[*model.ListSessionsResponse](ctx, c, call)
	if err != nil {
		return nil, requestIDs, err
	}
	if response.SessionList == nil {
		return nil, requestIDs, c.undocumented(call, requestIDs, "it has no session_list")
	}

	seen := map[string]bool{}
	for i, s := range *response.SessionList {
		if s.SessionId == "" {
			return nil, requestIDs, c.undocumented(call, requestIDs, fmt.Sprintf("session_list[%d] has no session_id", i))
		}
		if seen[s.SessionId] {
			continue
		}
		seen[s.SessionId] = true
		sessions = append(sessions, Session{
			ID: s.SessionId, UserID: cmp.Or(s.UserId, userID),
			IPAddress: value(s.IpAddress), UserAgent: value(s.UserAgent),
			CreatedAt: timeOf(s.CreationTime), ExpiresAt: timeOf(s.SessionNotValidAfter),
		})
	}
	slices.SortFunc(sessions, func(a, b Session) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return sessions, requestIDs, nil
}
