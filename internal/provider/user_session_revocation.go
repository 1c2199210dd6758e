// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// What the resource and the action identitycenter_user_session_revocation share.

// defaultRevocationTimeout bounds the revocation of one user's sessions, with all
// retries and the verification.
const defaultRevocationTimeout = 5 * time.Minute

// consoleWarning is said wherever a reader may take a revocation for more than it is.
const consoleWarning = "It ends sessions of the user portal only: consoles that the user already opened from the portal " +
	"stay open until the session duration of the permission set is over."

// sessionChoice are the arguments that say which sessions are meant.
type sessionChoice struct {
	oneOf
	sessionIDs types.List
	// sessionIDsWO is null but in the resource for one user.
	sessionIDsWO types.List
	allSessions  types.Bool
	matching     types.List
}

func readSessionChoice(ctx context.Context, config wireObject, diags *diag.Diagnostics) sessionChoice {
	c := sessionChoice{
		sessionIDs:   config.list(ctx, "session_ids", types.StringType, diags),
		sessionIDsWO: config.list(ctx, "session_ids_wo", types.StringType, diags),
		allSessions:  config.truth(ctx, "all_sessions", diags),
		matching:     config.matching(ctx, diags),
	}
	c.oneOf = oneOfThose(config, argument{"session_ids", c.sessionIDs}, argument{"session_ids_wo", c.sessionIDsWO},
		argument{"all_sessions", c.allSessions}, argument{sessionsMatching, c.matching})
	return c
}

// check is the one check of the choice, at validation, plan and apply: exactly one
// argument is given, and it is in order. It returns the conditions, if there are any,
// and whether everything is known. manyUsers tells whose sessions they are.
func (c sessionChoice) check(manyUsers bool, diags *diag.Diagnostics) (conditions *revocation.Conditions, known bool) {
	known = c.oneOf.check("More than one choice of sessions", "Nothing says which sessions to end", diags)
	if !c.allSessions.IsNull() && !c.allSessions.IsUnknown() && !c.allSessions.ValueBool() {
		diags.AddAttributeError(path.Root("all_sessions"), "all_sessions is false", "all_sessions must be true. To end no session, or others, leave it out.")
	}
	conditions, conditionsKnown := readConditions(c.matching, manyUsers, diags)
	for _, ids := range []namedList{{"session_ids", c.sessionIDs}, {"session_ids_wo", c.sessionIDsWO}} {
		ids.checkIDs(diags)
		known = known && !ids.unknown()
	}
	return conditions, known && conditionsKnown
}

// readRevocation returns what a configuration asks for, after all checks. Known is false
// while a value that decides it is not known.
func readRevocation(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) (request revocation.Request, choice sessionChoice, known bool) {
	object := readWire(config.Raw, diags)
	choice = readSessionChoice(ctx, object, diags)
	storeID, userID, verify := object.text(ctx, "identity_store_id", diags), object.text(ctx, "user_id", diags), object.truth(ctx, "verify", diags)
	if diags.HasError() {
		return request, choice, false
	}
	conditions, known := choice.check(false, diags)
	return revocation.Request{
		IdentityStoreID: storeID.ValueString(), UserID: userID.ValueString(), Verify: verify.ValueBool(),
		SessionIDs: append(textsOf(choice.sessionIDs), textsOf(choice.sessionIDsWO)...), All: choice.allSessions.ValueBool(), Matching: conditions,
	}, choice, known && !storeID.IsUnknown() && !userID.IsUnknown()
}

// addRevocationError adds the error of a revocation, whose sessions the argument given
// chose.
func addRevocationError(ctx context.Context, diags *diag.Diagnostics, client *identitycenter.Client, given string, request revocation.Request, outcome revocation.Outcome, err error) {
	op := operation{
		doing: fmt.Sprintf("ending sessions of user %s in identity store %s", request.UserID, request.IdentityStoreID), done: done(request, outcome),
		attributes: []string{"identity_store_id", "user_id"},
	}
	if len(request.SessionIDs) > 0 {
		op.attributes = append(op.attributes, given)
	}
	addErrorOfUser(ctx, diags, client, op, request.IdentityStoreID, request.UserID, err)
}

// addErrorOfUser adds the error of an operation on the sessions of a user. When the
// refusal may be for the user, it says what the API knows of them. That there is no such
// user is said only where it is certain.
func addErrorOfUser(ctx context.Context, diags *diag.Diagnostics, client *identitycenter.Client, op operation, storeID, userID string, err error) {
	var refusal *transport.Error
	if errors.As(err, &refusal) && revocation.MayBeForDisabled(refusal) {
		var known string
		if user, _, lookErr := client.User(ctx, storeID, userID); lookErr == nil && !user.Enabled {
			known = fmt.Sprintf("User %s is disabled, and the API may refuse to list or end the sessions of disabled users. Sessions from before may be open until they expire.", userID)
		} else if lookErr == nil && refusal.NotFound() {
			known = fmt.Sprintf("User %s exists in identity store %s all the same.", userID, storeID)
		} else if transport.NotFound(lookErr) && client.StoreAnswers(ctx, storeID) == nil {
			op.attributes = []string{"user_id"}
			known = noSuchUser(storeID, userID) + " If the user was deleted, remove this from the configuration."
		}
		op.done = strings.Trim(op.done+"\n\n"+known, "\n")
	}
	addError(diags, op, err)
}

// noSuchUser says of a user whom the identity store certainly does not have that it is so.
func noSuchUser(storeID, userID string) string {
	return fmt.Sprintf("Identity store %s has no user %s: the store answers, and does not know them.", storeID, userID)
}

// mostNamed is how many sessions a diagnostic names one by one.
const mostNamed = 1000

// lines lists texts from outside, one a line. They are the first of all.
func lines(texts []string, all int) string {
	var b strings.Builder
	b.WriteString("\n")
	named := texts[:min(len(texts), mostNamed)]
	for _, text := range named {
		b.WriteString("\n  " + transport.Printable(text, transport.LongestText))
	}
	if more := all - len(named); more > 0 {
		fmt.Fprintf(&b, "\n  and %d more", more)
	}
	return b.String()
}

// subject begins a sentence about so many things, noun in the singular, with its verb.
func subject(n int, noun, singular, plural string) string {
	if n == 1 {
		plural = singular
	}
	return revocation.CountOf(n, noun) + " " + plural
}

// done says how far a revocation got that failed.
func done(request revocation.Request, outcome revocation.Outcome) string {
	if (request.All || request.Matching != nil) && outcome.Choice == nil {
		return "No session was ended. How many there are is not known."
	}
	text := fmt.Sprintf("Ended before the failure: %s. Not ended, or not known to be: %s", revocation.Count(len(outcome.Revoked)), revocation.Count(len(outcome.NotRevoked)))
	if len(outcome.NotRevoked) > 0 {
		text += ":" + lines(outcome.NotRevoked, len(outcome.NotRevoked))
	} else {
		text += "."
	}
	if len(outcome.AlreadyGone) > 0 {
		text += "\n\nNot found among the sessions of the user:" + lines(outcome.AlreadyGone, len(outcome.AlreadyGone))
	}
	return text
}

// addRevocationWarnings says what a reader of the last lines must not take for a
// success: that nothing was ended, that a session was not there, that the user is in
// again.
func addRevocationWarnings(diags *diag.Diagnostics, argument string, request revocation.Request, outcome revocation.Outcome) {
	given := path.Root(argument)
	named := !request.All && request.Matching == nil
	user := request.UserID
	switch {
	case named && len(request.SessionIDs) == 0:
		diags.AddAttributeWarning(given, "No session was ended",
			fmt.Sprintf("No session of user %s was ended: %s is empty, and no request was made.", user, given))
	case named && len(outcome.AlreadyGone) > 0:
		summary, ended := "Sessions were not found", revocation.Count(len(outcome.Revoked))+" of user "+user+" ended."
		if len(outcome.Revoked) == 0 {
			summary, ended = "No session was ended", fmt.Sprintf("No session of user %s was ended.", user)
			if outcome.ResponseLost {
				ended = fmt.Sprintf("No session of user %s is known to have been ended by this.", user)
			}
		}
		diags.AddAttributeWarning(given, summary, ended+notFound(outcome))
	case !named && len(outcome.Revoked) == 0:
		// Terraform folds warnings with the same summary: having none must not hide a typing error.
		summary, text := "No session was ended", fmt.Sprintf("No session of user %s was ended: none matches (%s). Check the conditions for typing errors.", user, outcome.Choice)
		if outcome.Choice.Listed == 0 {
			summary, text = "The user has no session", fmt.Sprintf("No session of user %s was ended: the user has none.", user)
		} else if len(outcome.Choice.Sessions) > 0 {
			text = fmt.Sprintf("No session of user %s was ended by this: those that are meant (%s) ended meanwhile.", user, outcome.Choice)
		}
		diags.AddAttributeWarning(given, summary, text)
	case !named:
		warnOfUnseenNetworks(diags, *outcome.Choice, "user "+user)
	}
	if len(outcome.Newer) > 0 {
		var described []string
		for _, session := range outcome.Newer {
			described = append(described, revocation.Describe(session, time.Time{}))
		}
		diags.AddAttributeWarning(path.Root("user_id"), "The user is logged in again",
			fmt.Sprintf("%s of user %s began while the others were ended, and stay: whoever has the password, or another way in, is in again. Disable the user, then end the sessions anew.%s",
				capital(revocation.Count(len(outcome.Newer))), user, lines(described, len(described))))
	}
}

// warnOfUnseenNetworks names what may be mistyped among networks, where others made the
// revocation end sessions all the same. Of whom says whose sessions they are.
func warnOfUnseenNetworks(diags *diag.Diagnostics, choice revocation.Choice, ofWhom string) {
	at := path.Root(sessionsMatching).AtListIndex(0)
	if len(choice.Unseen()) > 0 {
		var networks []string
		for _, network := range choice.Unseen() {
			networks = append(networks, strings.TrimSuffix(network.String(), fmt.Sprintf("/%d", network.Addr().BitLen())))
		}
		diags.AddAttributeWarning(at.AtName(revocation.FromNetworks), "No session is from some of the networks",
			fmt.Sprintf("No session of %s was from these: check them for typing errors.%s", ofWhom, lines(networks, len(networks))))
	}
	if choice.NoneOutside {
		diags.AddAttributeWarning(at.AtName(revocation.NotFromNetworks), "No session was left out",
			fmt.Sprintf("No session of %s was from one of not_from_networks, so that they left none out: check them for typing errors.", ofWhom))
	}
}

// notFound names the sessions that the user does not have, which a reader who mistyped
// an ID may not expect.
func notFound(outcome revocation.Outcome) string {
	text := "The user has no session with this ID. It ended before, or never was one: check it for a typing error."
	if len(outcome.AlreadyGone) > 1 {
		text = "The user has no sessions with these IDs. They ended before, or never were any: check them for typing errors."
	}
	if outcome.ResponseLost {
		text += " A response was lost, so this revocation may have ended some of them itself."
	}
	return " " + text + lines(outcome.AlreadyGone, len(outcome.AlreadyGone))
}
