// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"golang.org/x/sync/errgroup"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// What the data source and the ephemeral resource identitycenter_user_sessions share.

const describeUserID = "The user whose sessions are listed, as `data.identitycenter_user` returns it. 1 to 64 characters."

func computedSessions() schema.Attribute {
	return computedWireList("The sessions, newest first; empty when there is none, or none that matches.", schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
		"session_id": computedText("The ID of the session."),
		"user_id":    computedText("The user whose session it is."),
		"user_name":  computedText("The name that the user logs in with; null, with a warning, when the names cannot be read."),
		"ip_address": computedText("The IP address from which the user logged in; null when the API does not return it."),
		"user_agent": computedText("The user agent of the client that the user logged in with; null when the API does not return it."),
		"created_at": computedTime("When the user logged in, in UTC (RFC 3339)."),
		"expires_at": computedTime("When the session ends by itself, in UTC (RFC 3339)."),
	}})
}

// withSessions returns a configuration with the sessions and the names of their users.
func withSessions(ctx context.Context, client *identitycenter.Client, config tftypes.Value, storeID string, sessions []identitycenter.Session, diags *diag.Diagnostics) tftypes.Value {
	names := userNames(ctx, client, storeID, sessions, diags)
	return withValues(config, wireObject{"sessions": listValue(config, "sessions", sessions, func(s identitycenter.Session) map[string]tftypes.Value {
		return map[string]tftypes.Value{
			"session_id": textValue(s.ID), "user_id": textValue(s.UserID), "user_name": textValue(names[s.UserID]),
			"ip_address": textValue(s.IPAddress), "user_agent": textValue(s.UserAgent),
			"created_at": timeValue(s.CreatedAt), "expires_at": timeValue(s.ExpiresAt),
		}
	})}, diags)
}

// sessionsOfUser returns the sessions of one user that match, newest first.
func sessionsOfUser(ctx context.Context, client *identitycenter.Client, storeID, userID string, conditions *revocation.Conditions, diags *diag.Diagnostics) []identitycenter.Session {
	choice, _, _, err := revocation.Preview(ctx, client, revocation.Request{IdentityStoreID: storeID, UserID: userID, All: conditions == nil, Matching: conditions})
	if err != nil {
		addErrorOfUser(ctx, diags, client, operation{
			doing:      "listing the sessions of user " + userID + " in identity store " + storeID,
			attributes: []string{"identity_store_id", "user_id"},
		}, storeID, userID, err)
	}
	return choice.Sessions
}

// mostDescribed is how many users one call describes (API reference, DescribeUsers).
const mostDescribed = 100

// userNames returns the names of the users who have these sessions, by ID. They are read
// a hundred at a time. In an incident the sessions matter more than the names: when those
// cannot be read, a warning says so.
func userNames(ctx context.Context, client *identitycenter.Client, storeID string, sessions []identitycenter.Session, diags *diag.Diagnostics) map[string]string {
	names := map[string]string{}
	for _, s := range sessions {
		names[s.UserID] = ""
	}
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(client.Concurrency())
	for some := range slices.Chunk(slices.Sorted(maps.Keys(names)), mostDescribed) {
		group.Go(func() error {
			users, _, err := client.DescribeUsers(ctx, storeID, some)
			mu.Lock()
			defer mu.Unlock()
			for _, u := range users {
				names[u.ID] = u.UserName
			}
			return err
		})
	}
	err := group.Wait()
	switch {
	case ctx.Err() != nil:
		addError(diags, operation{doing: "reading the names of the users in identity store " + storeID, attributes: []string{"identity_store_id"}}, context.Cause(ctx))
	case err != nil:
		diags.AddAttributeWarning(path.Root("sessions"), "User names are missing",
			fmt.Sprintf("The sessions were listed, but the names of some of the users could not be read, so that their user_name is null: %s", transport.Printable(err.Error(), transport.LongestText)))
	}
	return names
}
