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

// logProgress returns a function that logs progress messages at info. Resources have no
// other way to report progress.
func logProgress(ctx context.Context) func(message string) {
	return func(message string) { tflog.Info(ctx, message) }
}

// logEnded returns a function that logs at info which sessions of a user were ended. A
// killed run leaves no other trace.
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
