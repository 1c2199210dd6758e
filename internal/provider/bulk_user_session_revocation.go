// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/bulkrevocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
)

// What the resource and the action identitycenter_bulk_user_session_revocation share, and
// the choice of users, which the data source identitycenter_user_sessions also has.

// defaultBulkTimeout bounds the revocation of many users' sessions, with all retries and
// the verification.
const defaultBulkTimeout = 2 * time.Hour

// Descriptions of the arguments that choose users.
const (
	describeUserIDs        = "The users, by ID, in any order; one that is named twice counts once."
	describeGroupIDs       = "The groups whose members are meant, as `data.identitycenter_group` returns them. A member of several counts once."
	describeExceptUserIDs  = "Users to leave out, by ID."
	describeExceptGroupIDs = "Groups whose members are left out. Their members are read before anything else; if that fails, nothing is done."
)

// Descriptions of what the resource and the action have in common.
const (
	describeChoiceOfUsers = " Exactly one of `user_ids`, `group_ids` and `all_users` is required. An empty list makes no request, and a warning says so."
	describeAllUsers      = "Set to `true` for every user of the identity store, **whoever runs this included**: one of `except_user_ids` and `except_group_ids` is required beside it, " +
		"and an empty list there says that really everybody is meant. `false` is refused."
	describeAllTheirSessions = "Set to `true` to end every session that the users have when it is their turn. Exactly one of `all_sessions` and `sessions_matching` is required. " +
		"`false` is refused: leave the argument out."
	describeVerifyEach = "Whether to list the sessions of each user who lost some right afterwards, until none of those is left, for about half a minute; a user who still has some of them then counts as failed. " +
		"Default `false`."
)

// userChoice are the arguments that say whose sessions are meant.
type userChoice struct {
	oneOf
	// userID is null but in the data source.
	userID         types.String
	userIDs        types.List
	groupIDs       types.List
	allUsers       types.Bool
	exceptUserIDs  types.List
	exceptGroupIDs types.List
}

func readUserChoice(ctx context.Context, config wireObject, diags *diag.Diagnostics) userChoice {
	c := userChoice{
		userID:         config.text(ctx, "user_id", diags),
		userIDs:        config.list(ctx, "user_ids", types.StringType, diags),
		groupIDs:       config.list(ctx, "group_ids", types.StringType, diags),
		allUsers:       config.truth(ctx, "all_users", diags),
		exceptUserIDs:  config.list(ctx, "except_user_ids", types.StringType, diags),
		exceptGroupIDs: config.list(ctx, "except_group_ids", types.StringType, diags),
	}
	c.oneOf = oneOfThose(config, argument{"user_id", c.userID}, argument{"user_ids", c.userIDs},
		argument{"group_ids", c.groupIDs}, argument{"all_users", c.allUsers})
	return c
}

// lists are the arguments that are lists, in the order of the documentation.
func (c userChoice) lists() []namedList {
	return []namedList{
		{"user_ids", c.userIDs}, {"group_ids", c.groupIDs}, {"except_user_ids", c.exceptUserIDs}, {"except_group_ids", c.exceptGroupIDs},
	}
}

// check is the one check of the choice, at validation, plan and apply. It returns whether
// everything is known. With revoking, all users without a word on exceptions are refused.
func (c userChoice) check(revoking bool, diags *diag.Diagnostics) (known bool) {
	known = c.oneOf.check("More than one choice of users", "Nothing says whose sessions are meant", diags)
	if !c.allUsers.IsNull() && !c.allUsers.IsUnknown() && !c.allUsers.ValueBool() {
		diags.AddAttributeError(path.Root("all_users"), "all_users is false", "all_users must be true. To choose other users, leave it out.")
	}
	excepting := !c.exceptUserIDs.IsNull() || !c.exceptGroupIDs.IsNull()
	if revoking && c.allUsers.ValueBool() && !excepting {
		diags.AddAttributeError(path.Root("all_users"), "Everybody would be logged out, and so would you",
			"all_users = true includes whoever runs this. Leave yourself and those who respond to the incident out with except_user_ids or except_group_ids. "+
				"If really everybody is meant, say so with except_user_ids = [].")
	}
	if !c.userID.IsNull() && !c.userID.IsUnknown() && excepting {
		diags.AddAttributeError(path.Root("user_id"), "Exceptions from one user", "except_user_ids and except_group_ids are of no use beside user_id. Leave them out.")
	}
	for _, ids := range c.lists() {
		ids.checkIDs(diags)
		known = known && !ids.unknown()
	}
	return known
}

// selection returns what is asked of the API.
func (c userChoice) selection(storeID types.String) bulkrevocation.Selection {
	return bulkrevocation.Selection{
		IdentityStoreID: storeID.ValueString(), UserIDs: textsOf(c.userIDs), GroupIDs: textsOf(c.groupIDs), All: c.allUsers.ValueBool(),
		ExceptUserIDs: textsOf(c.exceptUserIDs), ExceptGroupIDs: textsOf(c.exceptGroupIDs),
	}
}

// readBulkRevocation returns what a configuration asks for, after all checks. Known is
// false while a value that decides it is not known.
func readBulkRevocation(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) (request bulkrevocation.Request, users userChoice, known bool) {
	object := readWire(config.Raw, diags)
	users = readUserChoice(ctx, object, diags)
	sessions := readSessionChoice(ctx, object, diags)
	storeID, verify := object.text(ctx, "identity_store_id", diags), object.truth(ctx, "verify", diags)
	if diags.HasError() {
		return request, users, false
	}
	usersKnown := users.check(true, diags)
	conditions, sessionsKnown := sessions.check(true, diags)
	return bulkrevocation.Request{
		Selection: users.selection(storeID), Matching: conditions, Verify: verify.ValueBool(), Ended: logEnded(ctx),
	}, users, usersKnown && sessionsKnown && !storeID.IsUnknown()
}

// warnIfEmpty warns when a list that says whose sessions are meant is known to be empty.
func warnIfEmpty(ids namedList, diags *diag.Diagnostics) {
	if ids.empty() {
		diags.AddAttributeWarning(path.Root(ids.name), "No user to log out",
			fmt.Sprintf("%s is empty: this makes no request and ends no session.", ids.name))
	}
}

// endedSessions says how much a revocation of many users ended.
func endedSessions(outcome bulkrevocation.Outcome) string {
	if outcome.Sessions == 0 {
		return "no session ended"
	}
	return fmt.Sprintf("%s of %s ended", revocation.Count(outcome.Sessions), revocation.CountOf(outcome.Revoked, "user"))
}

// addBulkError adds the error of a revocation of many users; next says how the rest is done.
func addBulkError(diags *diag.Diagnostics, request bulkrevocation.Request, given string, outcome bulkrevocation.Outcome, err error, next string) {
	addError(diags, operation{
		doing:      "ending sessions of many users in identity store " + request.Selection.IdentityStoreID,
		attributes: bulkAttributes(err, given),
		done:       fmt.Sprintf("Before the failure, %s. %s", endedSessions(outcome), next),
	}, err)
}

// bulkAttributes are those that an error of many users may be about.
func bulkAttributes(err error, given string) []string {
	var search *bulkrevocation.SearchError
	if errors.As(err, &search) {
		given = search.Argument
	}
	// A group is not found in a wrong store, either.
	return slices.Compact([]string{"identity_store_id", given})
}

// addBulkWarnings says what a reader of the last lines must not take for a success.
func addBulkWarnings(diags *diag.Diagnostics, argument string, outcome bulkrevocation.Outcome) {
	given := path.Root(argument)
	warnOfUsers(diags, argument, outcome.Tally)
	switch {
	case outcome.Found > 0 && outcome.Done == 0:
		// The warning of the others says it.
	case outcome.Found == 0:
		diags.AddAttributeWarning(given, "No session was ended", "No session was ended: there is no user whose sessions are meant.")
	case outcome.Sessions == 0 && outcome.Choice.Listed == 0:
		// Terraform folds warnings with the same summary: having none must not hide a typing error.
		diags.AddAttributeWarning(given, "The users have no session", whyNoSession(outcome))
	case outcome.Sessions == 0:
		diags.AddAttributeWarning(given, "No session was ended", whyNoSession(outcome))
	}
	if outcome.Sessions > 0 {
		warnOfUnseenNetworks(diags, outcome.Choice, "these users")
	}
	if outcome.Again > 0 {
		diags.AddAttributeWarning(given, "Users are logged in again",
			fmt.Sprintf("%s began a session while the others were ended, which stays: whoever has the password, or another way in, is in again. "+
				"Disable these users, then end their sessions anew.%s", revocation.CountOf(outcome.Again, "user"), lines(outcome.AgainUserIDs, outcome.Again)))
	}
}

// whyNoSession says why a revocation that reached all users ended no session.
func whyNoSession(outcome bulkrevocation.Outcome) string {
	users, choice := revocation.CountOf(outcome.Done, "user"), outcome.Choice
	matched := choice.Listed
	if len(choice.Steps) > 0 {
		matched = choice.Steps[len(choice.Steps)-1].Left
	}
	switch {
	case choice.Listed == 0:
		return fmt.Sprintf("No session was ended: there is none (%s).", users)
	case matched > 0:
		return fmt.Sprintf("No session was ended by this: those that are meant (%s: %s) ended meanwhile.", users, choice)
	}
	return fmt.Sprintf("No session was ended: none matches (%s: %s). Check the conditions for typing errors.", users, choice)
}

// warnOfUsers names users whose sessions are not known, and those that were named, as
// meant or as left out, and do not exist. Argument is what names the others.
func warnOfUsers(diags *diag.Diagnostics, argument string, tally bulkrevocation.Tally) {
	if tally.Unlisted > 0 {
		diags.AddAttributeWarning(path.Root(argument), "Sessions of disabled users are not known",
			fmt.Sprintf("%s disabled, and the API refuses to list their sessions. They cannot log in, but sessions from before may be open: no session of theirs was seen or ended.%s",
				subject(tally.Unlisted, "user", "is", "are"), lines(tally.UnlistedUserIDs, tally.Unlisted)))
	}
	const text = "The identity store has no users with these IDs. They were deleted, or never were any: check them for typing errors."
	if unknown := tally.Unknown; len(unknown) > 0 {
		diags.AddAttributeWarning(path.Root("user_ids"), "Users are not known", text+lines(unknown, len(unknown)))
	}
}
