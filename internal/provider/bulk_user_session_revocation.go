// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/bulkrevocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
)

// Code that bulk revocations share, partly also with identitycenter_user_sessions.

// bulkRevocationModel holds the arguments that select sessions of many users.
type bulkRevocationModel struct {
	IdentityStoreID types.String `tfsdk:"identity_store_id"`
	userSelectorModel
	AllSessions      types.Bool `tfsdk:"all_sessions"`
	SessionsMatching types.List `tfsdk:"sessions_matching"`
	Verify           types.Bool `tfsdk:"verify"`
}

func (m bulkRevocationModel) sessions() sessionSelector {
	return sessionSelector{AllSessions: m.AllSessions, SessionsMatching: m.SessionsMatching, ManyUsers: true}
}

func (m bulkRevocationModel) validateSelection(diags *diag.Diagnostics) {
	m.validate(diags)
	m.validateExceptions(diags)
	m.sessions().validate(diags)
}

// request returns the request without its selection. It adds an error if a value is unknown.
func (m bulkRevocationModel) request(ctx context.Context, diags *diag.Diagnostics) bulkrevocation.Request {
	conditions, known := m.sessions().expand(ctx, diags)
	addUnknownSelection(diags, known && m.known() && !m.IdentityStoreID.IsUnknown())
	return bulkrevocation.Request{Matching: conditions, Verify: m.Verify.ValueBool(), Ended: logEnded(ctx)}
}

func describeEnded(outcome bulkrevocation.Outcome) string {
	text := "no session ended"
	if outcome.Sessions > 0 {
		text = fmt.Sprintf("%s of %s ended", revocation.Count(outcome.Sessions), revocation.CountOf(outcome.Revoked, "user"))
	}
	if outcome.Lost > 0 {
		text += fmt.Sprintf("; requests for %s may have been carried out", revocation.CountOf(outcome.Lost, "user"))
	}
	return text
}

func addBulkError(diags *diag.Diagnostics, request bulkrevocation.Request, given string, outcome bulkrevocation.Outcome, err error, next string) {
	if addSelectionError(diags, "No session was ended", err) {
		return
	}
	addError(diags, operation{
		doing:      "ending sessions of many users in identity store " + request.Selection.IdentityStoreID,
		attributes: bulkAttributes(err, given),
		done:       fmt.Sprintf("Before the failure, %s. %s", describeEnded(outcome), next),
	}, err)
}

// addSelectionError adds an error if err says that the selection is wrong.
func addSelectionError(diags *diag.Diagnostics, summary string, err error) bool {
	var wrong *bulkrevocation.SelectionError
	if !errors.As(err, &wrong) {
		return false
	}
	cause := fmt.Sprintf("Users in %s are protected by protected_user_ids or protected_group_ids of the provider, or by %s.", wrong.Argument, envProtectedUserIDs)
	next := "Remove them from " + wrong.Argument + ", or from the protected users."
	switch {
	case errors.Is(err, bulkrevocation.ErrUnknownException):
		cause = "The identity store has no users with these IDs, so nobody would be left out for them."
		next = "Correct or remove the IDs. data.identitycenter_users returns the IDs of users."
	case errors.Is(err, bulkrevocation.ErrNoneKnown):
		cause = "The users do not exist in the identity store."
		next = "Check them for typing errors. data.identitycenter_users returns the IDs and names of users."
	case errors.Is(err, bulkrevocation.ErrEmptyException):
		cause = "The group has no members, or does not exist, so nobody would be left out for it."
		next = "Correct or remove the ID. data.identitycenter_group returns the IDs of groups."
	}
	diags.AddAttributeError(path.Root(wrong.Argument), summary, cause+lines(wrong.Entries, len(wrong.Entries))+"\n\n"+next)
	return true
}

// bulkAttributes returns the arguments that an error may be about.
func bulkAttributes(err error, given string) []string {
	var search *bulkrevocation.SearchError
	if errors.As(err, &search) {
		given = search.Argument
	}
	// An argument of the provider block is not an attribute of the resource.
	if given == "protected_group_ids" {
		return []string{"identity_store_id"}
	}
	// A group is also not found in a wrong identity store.
	return slices.Compact([]string{"identity_store_id", given})
}

// addBulkWarnings warns of a success with nothing done, or not for all users.
func addBulkWarnings(diags *diag.Diagnostics, argument string, outcome bulkrevocation.Outcome) {
	given := path.Root(argument)
	warnOfUsers(diags, argument, outcome.Tally)
	warnOfClock(diags, given, outcome.ClockProblem)
	switch {
	case outcome.Found > 0 && outcome.Done == 0:
		// The warnings about single users cover this.
	case outcome.Found == 0 && len(outcome.UnknownUserNames) == 0:
		diags.AddAttributeWarning(given, "No session was ended", "No session was ended: no user is selected.")
	case outcome.Sessions == 0:
		summary, detail := describeNothingEnded(outcome)
		diags.AddAttributeWarning(given, summary, detail)
	}
	if outcome.Sessions > 0 {
		warnOfUnmatchedNetworks(diags, outcome.Choice, "these users")
	}
	if outcome.Again > 0 {
		diags.AddAttributeWarning(given, "Users have logged in again",
			fmt.Sprintf("%s began a session during the revocation, which did not end. Disable these users, then end their sessions again.%s",
				revocation.CountOf(outcome.Again, "user"), lines(outcome.AgainUserIDs, outcome.Again)))
	}
}

// describeNothingEnded says why no session was ended. Terraform folds equal summaries.
func describeNothingEnded(outcome bulkrevocation.Outcome) (summary, detail string) {
	users, choice := revocation.CountOf(outcome.Done, "user"), outcome.Choice
	matched := choice.Listed
	if len(choice.Steps) > 0 {
		matched = choice.Steps[len(choice.Steps)-1].Left
	}
	switch {
	case choice.Listed == 0:
		return "The users have no session", fmt.Sprintf("No session was ended: there is none (%s).", users)
	case matched > 0:
		return "No session was ended", fmt.Sprintf("No session was ended by this revocation: those that match (%s: %s) ended in the meantime.", users, choice)
	}
	return "No session was ended", fmt.Sprintf("No session was ended: none matches (%s: %s). Check the conditions.%s", users, choice, unreadableAddresses(choice))
}

// warnOfUsers warns about users with unknown sessions, and about IDs and names that do not exist.
func warnOfUsers(diags *diag.Diagnostics, argument string, tally bulkrevocation.Tally) {
	if tally.Unlisted > 0 {
		diags.AddAttributeWarning(path.Root(argument), "Sessions of disabled users are not known",
			fmt.Sprintf("The API refuses to list the sessions of %s who cannot log in. Earlier sessions may be open.%s",
				revocation.CountOf(tally.Unlisted, "disabled user"), lines(tally.UnlistedUserIDs, tally.Unlisted)))
	}
	warn := func(argument, summary, text string, entries []string) {
		if len(entries) > 0 {
			diags.AddAttributeWarning(path.Root(argument), summary, text+lines(entries, len(entries)))
		}
	}
	warn("user_ids", "Some users do not exist", "The identity store has no users with these IDs. If these are user names, use user_names. Otherwise, check them.", tally.Unknown)
	warn("user_names", "Some user names do not exist", "Nobody in the identity store has these names. Check them; upper and lower case must match.", tally.UnknownUserNames)
	if ids := slices.Concat(tally.UnknownProtectedUserIDs, tally.UnknownProtectedGroupIDs); len(ids) > 0 {
		diags.AddWarning("Some protected users or groups do not exist",
			"The identity store has no users, or no groups with members, with these IDs of protected_user_ids and protected_group_ids. Correct or remove them."+lines(ids, len(ids)))
	}
}
