// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// envProtectedUserIDs adds user IDs, separated by commas, to protected_user_ids.
const envProtectedUserIDs = "HW_IDENTITYCENTER_PROTECTED_USER_IDS"

// protectionTimeout limits the check of protected groups, unless it is throttled; tests set it.
var protectionTimeout = previewTimeout

// protectedUsers are users that this provider does not lock, suspend or log out.
type protectedUsers struct {
	userIDs  []string
	groupIDs []string
}

// protectedUsers returns the protected users of the provider block and the environment variable.
func (m providerModel) protectedUsers(ctx context.Context, variable string, diags *diag.Diagnostics) protectedUsers {
	var protected protectedUsers
	diags.Append(m.ProtectedUserIDs.ElementsAs(ctx, &protected.userIDs, false)...)
	diags.Append(m.ProtectedGroupIDs.ElementsAs(ctx, &protected.groupIDs, false)...)
	for id := range strings.SplitSeq(variable, ",") {
		if id = strings.TrimSpace(id); id == "" {
			continue
		}
		if fault := userIDValidator.check(id); fault != "" {
			diags.AddAttributeError(path.Root("protected_user_ids"), "Invalid ID in "+envProtectedUserIDs, invalidValue("A user ID", fault, id))
		}
		protected.userIDs = append(protected.userIDs, id)
	}
	return protected
}

// includesUserID reports whether the user is protected by ID. Case does not matter.
func (p protectedUsers) includesUserID(userID string) bool {
	return slices.ContainsFunc(p.userIDs, func(id string) bool { return strings.EqualFold(id, userID) })
}

// protectedGroupOf returns the first protected group of the user; "" if there is none.
func (p protectedUsers) protectedGroupOf(ctx context.Context, client *identitycenter.Client, identityStoreID, userID string) (string, error) {
	if len(p.groupIDs) == 0 {
		return "", nil
	}
	for m, err := range client.MembershipsOf(ctx, identityStoreID, userID) {
		if err != nil || slices.ContainsFunc(p.groupIDs, func(id string) bool { return strings.EqualFold(id, m.GroupID) }) {
			return m.GroupID, err
		}
	}
	return "", nil
}

// refuseProtectedUser adds an error at user_id if the user is protected, and reports
// whether it did. An unknown ID is not checked: call it in the plan and again before the
// first call that changes something. If the groups of the user cannot be read, it adds a
// warning and does not refuse.
func (d *providerData) refuseProtectedUser(ctx context.Context, identityStoreID, userID types.String, diags *diag.Diagnostics) bool {
	if d == nil || userID.IsNull() || userID.IsUnknown() {
		return false
	}
	at, id := path.Root("user_id"), userID.ValueString()
	refuse := func(why, remedy string) bool {
		diags.AddAttributeError(at, "The user is protected",
			fmt.Sprintf("User %s is %s of the provider. Nothing was done.\n\nRemove the user from this configuration, or %s.", id, why, remedy))
		return true
	}
	if d.protected.includesUserID(id) {
		return refuse("in protected_user_ids or "+envProtectedUserIDs, "from the protected users")
	}
	if d.client == nil || identityStoreID.IsUnknown() {
		return false
	}
	limited, cancel := withTimeLimit(ctx, protectionTimeout)
	defer cancel()
	groupID, err := d.protected.protectedGroupOf(limited, d.client, identityStoreID.ValueString(), id)
	var failed *transport.Error
	if errors.As(err, &failed) && (failed.Status == http.StatusTooManyRequests || failed.Attempts == 0) && ctx.Err() == nil {
		// The calls of other users must not end the protection of this one.
		groupID, err = d.protected.protectedGroupOf(ctx, d.client, identityStoreID.ValueString(), id)
	}
	if err != nil {
		diags.AddAttributeWarning(at, "Protected groups were not checked",
			fmt.Sprintf("The groups of user %s could not be read, so it is not known whether the user is in one of protected_group_ids.\n\n%s", id, explain(err, "identity_store_id")))
	}
	return groupID != "" && refuse("a member of group "+groupID+", which is in protected_group_ids", "the group from protected_group_ids")
}

// refuseProtectedUserInPlan is refuseProtectedUser for a plan. It waits at most 10 seconds, because
// Terraform does not pass on Ctrl-C during a plan. The apply checks again.
func (d *providerData) refuseProtectedUserInPlan(ctx context.Context, identityStoreID, userID types.String, diags *diag.Diagnostics) bool {
	ctx, cancel := withTimeLimit(ctx, previewTimeout)
	defer cancel()
	return d.refuseProtectedUser(ctx, identityStoreID, userID, diags)
}

// protectsUsers reports whether the provider has protected users or groups.
func (d *providerData) protectsUsers() bool {
	return d != nil && len(d.protected.userIDs)+len(d.protected.groupIDs) > 0
}
