// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
)

// logProgress returns a function that leaves a line in the log for each message: a
// resource has no other way to tell how far it is.
func logProgress(ctx context.Context) func(message string) {
	return func(message string) { tflog.Info(ctx, message) }
}

// logEnded leaves a line in the log for a user who lost sessions: the only record that a
// killed run leaves.
func logEnded(ctx context.Context) func(userID string, outcome revocation.Outcome) {
	return func(userID string, outcome revocation.Outcome) {
		fields := map[string]any{
			"user_id": userID, "session_ids": strings.Join(outcome.Revoked, ","), "request_ids": strings.Join(outcome.RequestIDs, ","),
			"revoked_at": outcome.RevokedAt.Format(time.RFC3339),
		}
		if outcome.ResponseLost {
			fields["may_have_ended"] = strings.Join(outcome.AlreadyGone, ",")
		}
		tflog.Info(ctx, "Ended sessions", fields)
	}
}

// logRequestIDs logs what a revocation of one user ended, with the request IDs of all
// responses.
func logRequestIDs(ctx context.Context, userID string, outcome revocation.Outcome) {
	if len(outcome.RequestIDs) > 0 {
		logEnded(ctx)(userID, outcome)
	}
}
