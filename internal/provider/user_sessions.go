// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
)

// userSessionsModel is what the data source and the ephemeral resource
// identitycenter_user_sessions have in common, which is everything.
type userSessionsModel struct {
	IdentityStoreID  types.String   `tfsdk:"identity_store_id"`
	UserID           types.String   `tfsdk:"user_id"`
	SessionsMatching types.List     `tfsdk:"sessions_matching"`
	Sessions         []sessionModel `tfsdk:"sessions"`
}

type sessionModel struct {
	SessionID types.String      `tfsdk:"session_id"`
	UserID    types.String      `tfsdk:"user_id"`
	IPAddress types.String      `tfsdk:"ip_address"`
	UserAgent types.String      `tfsdk:"user_agent"`
	CreatedAt timetypes.RFC3339 `tfsdk:"created_at"`
	ExpiresAt timetypes.RFC3339 `tfsdk:"expires_at"`
}

// Descriptions of the schema, which the framework wants once for each kind.
const (
	describeSessions      = "The sessions, newest first; empty when the user has none, or none that matches."
	describeSessionID     = "The ID of the session."
	describeSessionUserID = "The user whose session it is."
	describeIPAddress     = "The address from which the user logged in; null when the API does not know it."
	describeUserAgent     = "The client that the user logged in with, in its own words; null when the API does not know it."
	describeCreatedAt     = "When the user logged in, in UTC (RFC 3339)."
	describeExpiresAt     = "When the session ends by itself, in UTC (RFC 3339)."
	describeUserID        = "The user whose sessions are listed, as `data.identitycenter_user` returns it. 1 to 64 characters."
)

// read fills in the sessions of the user that match.
func (m *userSessionsModel) read(ctx context.Context, data *providerData, diags *diag.Diagnostics) {
	conditions, _, problems := readConditions(m.SessionsMatching, false)
	diags.Append(problems...)
	if diags.HasError() || !data.ready(diags) {
		return
	}
	storeID, userID := m.IdentityStoreID.ValueString(), m.UserID.ValueString()
	sessions, receipt, err := data.client.ListSessions(ctx, storeID, userID)
	if err == nil && conditions != nil {
		var choice revocation.Choice
		choice, err = conditions.Choose(sessions, receipt.Date)
		sessions = choice.Sessions
	}
	if err != nil {
		addError(diags, operation{
			doing:      "listing the sessions of user " + userID + " in identity store " + storeID,
			attributes: []string{"identity_store_id", "user_id"},
		}, err)
		return
	}
	m.Sessions = make([]sessionModel, 0, len(sessions))
	for _, s := range sessions {
		m.Sessions = append(m.Sessions, sessionModel{
			SessionID: types.StringValue(s.ID), UserID: types.StringValue(s.UserID),
			IPAddress: orNull(s.IPAddress), UserAgent: orNull(s.UserAgent),
			CreatedAt: timeOrNull(s.CreatedAt), ExpiresAt: timeOrNull(s.ExpiresAt),
		})
	}
}
