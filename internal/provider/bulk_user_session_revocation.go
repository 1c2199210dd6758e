// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

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
	// userID is null but in the data source.
	userID         types.String
	userIDs        types.List
	groupIDs       types.List
	allUsers       types.Bool
	exceptUserIDs  types.List
	exceptGroupIDs types.List
	// names are those of the first four that there are.
	names []string
}

// readUserChoice reads them, attribute by attribute, as reading a whole model costs more.
func readUserChoice(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) userChoice {
	choice := userChoice{names: []string{"user_ids", "group_ids", "all_users"}}
	for name, target := range map[string]any{
		"user_ids": &choice.userIDs, "group_ids": &choice.groupIDs, "all_users": &choice.allUsers,
		"except_user_ids": &choice.exceptUserIDs, "except_group_ids": &choice.exceptGroupIDs,
	} {
		diags.Append(config.GetAttribute(ctx, path.Root(name), target)...)
	}
	return choice
}

// lists are the arguments that are lists, in the order of the documentation.
func (c userChoice) lists() []namedList {
	return []namedList{
		{"user_ids", c.userIDs}, {"group_ids", c.groupIDs}, {"except_user_ids", c.exceptUserIDs}, {"except_group_ids", c.exceptGroupIDs},
	}
}

// check is the one check of the choice, at validation, plan and apply. It returns whether
// everything is known. With revoking, all users without a word on exceptions are refused.
func (c userChoice) check(ctx context.Context, revoking bool) (known bool, diags diag.Diagnostics) {
	given, known := oneOf{
		names:   c.names,
		values:  map[string]attr.Value{"user_id": c.userID, "user_ids": c.userIDs, "group_ids": c.groupIDs, "all_users": c.allUsers},
		several: "More than one choice of users", none: "Nothing says whose sessions are meant",
	}.check(&diags)
	if !c.allUsers.IsNull() && !c.allUsers.IsUnknown() && !c.allUsers.ValueBool() {
		diags.AddAttributeError(path.Root("all_users"), "all_users is false", "all_users must be true. To choose other users, leave it out.")
	}
	if revoking && c.allUsers.ValueBool() && c.exceptUserIDs.IsNull() && c.exceptGroupIDs.IsNull() {
		diags.AddAttributeError(path.Root("all_users"), "Everybody would be logged out, and so would you",
			"all_users = true includes whoever runs this. Leave yourself and those who respond to the incident out with except_user_ids or except_group_ids. "+
				"If really everybody is meant, say so with except_user_ids = [].")
	}
	if given == "user_id" && (!c.exceptUserIDs.IsNull() || !c.exceptGroupIDs.IsNull()) {
		diags.AddAttributeError(path.Root("user_id"), "Exceptions from one user", "except_user_ids and except_group_ids are of no use beside user_id. Leave them out.")
	}
	for _, ids := range c.lists() {
		diags.Append(checkIDs(ctx, path.Root(ids.name), ids.list)...)
		known = known && !ids.unknown()
	}
	return known, diags
}

// given is the argument that says whose sessions are meant.
func (c userChoice) given() string {
	switch {
	case !c.userIDs.IsNull():
		return "user_ids"
	case !c.groupIDs.IsNull():
		return "group_ids"
	}
	return "all_users"
}

// selection returns what is asked of the API.
func (c userChoice) selection(storeID types.String) revocation.Selection {
	return revocation.Selection{
		IdentityStoreID: storeID.ValueString(), UserIDs: textsOf(c.userIDs), GroupIDs: textsOf(c.groupIDs), All: c.allUsers.ValueBool(),
		ExceptUserIDs: textsOf(c.exceptUserIDs), ExceptGroupIDs: textsOf(c.exceptGroupIDs),
	}
}

// bulkChoice says whose sessions are ended, and which.
type bulkChoice struct {
	storeID     types.String
	users       userChoice
	allSessions types.Bool
	matching    types.List
	verify      types.Bool
}

func readBulkChoice(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) bulkChoice {
	choice := bulkChoice{users: readUserChoice(ctx, config, diags)}
	diags.Append(config.GetAttribute(ctx, path.Root("identity_store_id"), &choice.storeID)...)
	diags.Append(config.GetAttribute(ctx, path.Root("all_sessions"), &choice.allSessions)...)
	diags.Append(config.GetAttribute(ctx, path.Root(sessionsMatching), &choice.matching)...)
	diags.Append(config.GetAttribute(ctx, path.Root("verify"), &choice.verify)...)
	return choice
}

// check is the one check of it all, at validation, plan and apply.
func (c bulkChoice) check(ctx context.Context) (request revocation.ManyRequest, known bool, diags diag.Diagnostics) {
	usersKnown, diags := c.users.check(ctx, true)
	sessions := sessionChoice{
		sessionIDs: types.ListNull(types.StringType), sessionIDsWO: types.ListNull(types.StringType),
		allSessions: c.allSessions, matching: c.matching, names: []string{"all_sessions", sessionsMatching}, manyUsers: true,
	}
	conditions, sessionsKnown, problems := sessions.check(ctx)
	diags.Append(problems...)
	return revocation.ManyRequest{
		Selection: c.users.selection(c.storeID), Matching: conditions, Verify: c.verify.ValueBool(),
	}, usersKnown && sessionsKnown && !c.storeID.IsUnknown(), diags
}

// addUnknown refuses to act on a choice of which not everything is known: what is unknown
// is read as what is not set, and conditions that are not set choose every session.
func addUnknown(diags *diag.Diagnostics, known bool) {
	if !known && !diags.HasError() {
		diags.AddError("Nothing says which sessions to end", "A value that decides which sessions are ended is still unknown. Nothing was done.")
	}
}

// warnIfEmpty warns when a list that says whose sessions are meant is known to be empty.
func warnIfEmpty(ids namedList, diags *diag.Diagnostics) {
	if isEmpty(ids.list) {
		diags.AddAttributeWarning(path.Root(ids.name), "No user to log out",
			fmt.Sprintf("%s is empty: this makes no request and ends no session.", ids.name))
	}
}

// endedSessions says how much a revocation of many users ended.
func endedSessions(outcome revocation.ManyOutcome) string {
	if outcome.Sessions == 0 {
		return "no session ended"
	}
	return fmt.Sprintf("%s of %s ended", revocation.Count(outcome.Sessions), revocation.CountOf(outcome.Revoked, "user"))
}

// addBulkError adds the error of a revocation of many users; next says how the rest is done.
func addBulkError(diags *diag.Diagnostics, choice bulkChoice, outcome revocation.ManyOutcome, err error, next string) {
	op := operation{
		doing: "ending sessions of many users in identity store " + choice.storeID.ValueString(),
		done:  fmt.Sprintf("Before the failure, %s. %s", endedSessions(outcome), next),
	}
	op.attributes = bulkAttributes(err, choice.users.given())
	addError(diags, op, err)
}

// bulkAttributes are those that an error of many users may be about.
func bulkAttributes(err error, given string) []string {
	var search *revocation.SearchError
	if errors.As(err, &search) {
		if search.Argument != "identity_store_id" {
			return []string{"identity_store_id", search.Argument} // A group is not found in a wrong store, either.
		}
		return []string{search.Argument}
	}
	return []string{"identity_store_id", given}
}

// addBulkWarnings says what a reader of the last lines must not take for a success.
func addBulkWarnings(diags *diag.Diagnostics, choice bulkChoice, outcome revocation.ManyOutcome) {
	given := path.Root(choice.users.given())
	warnOfUnknownUsers(diags, outcome.Tally)
	switch {
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
				"Disable these users, then end their sessions anew.%s", revocation.CountOf(outcome.Again, "user"), namedUsers(outcome.AgainUserIDs, outcome.Again)))
	}
}

// whyNoSession says why a revocation that reached all users ended no session.
func whyNoSession(outcome revocation.ManyOutcome) string {
	users, choice := revocation.CountOf(outcome.Found-len(outcome.Unknown), "user"), outcome.Choice
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

// namedUsers names users, one a line; all is how many there are.
func namedUsers(ids []string, all int) string {
	text := lines(ids)
	if more := all - len(ids); more > 0 {
		text += fmt.Sprintf("\n  and %d more", more)
	}
	return text
}

// warnOfUnknownUsers names users that were named, as meant or as left out, and do not exist.
func warnOfUnknownUsers(diags *diag.Diagnostics, tally revocation.Tally) {
	const text = "The identity store has no users with these IDs. They were deleted, or never were any: check them for typing errors."
	if unknown := tally.Unknown; len(unknown) > 0 {
		diags.AddAttributeWarning(path.Root("user_ids"), "Users are not known", text+namedUsers(unknown, len(unknown)))
	}
	if unknown := tally.UnknownExceptions; len(unknown) > 0 {
		diags.AddAttributeWarning(path.Root("except_user_ids"), "Users to leave out are not known",
			"Nobody was left out for them, so that a user whose ID is mistyped here is among those who are meant. "+text+namedUsers(unknown, len(unknown)))
	}
}
