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
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// Code that the resource and the action identitycenter_user_session_revocation share.

// userRevocationModel holds the arguments that select sessions of one user.
type userRevocationModel struct {
	IdentityStoreID  types.String `tfsdk:"identity_store_id"`
	UserID           types.String `tfsdk:"user_id"`
	SessionIDs       types.List   `tfsdk:"session_ids"`
	AllSessions      types.Bool   `tfsdk:"all_sessions"`
	SessionsMatching types.List   `tfsdk:"sessions_matching"`
	Verify           types.Bool   `tfsdk:"verify"`
}

func (m userRevocationModel) sessions() sessionSelector {
	return sessionSelector{SessionIDs: m.SessionIDs, AllSessions: m.AllSessions, SessionsMatching: m.SessionsMatching}
}

// request returns the request for the user. known is false if a value is unknown.
func (m userRevocationModel) request(ctx context.Context, diags *diag.Diagnostics) (request revocation.Request, known bool) {
	conditions, known := m.sessions().expand(ctx, diags)
	return revocation.Request{
		IdentityStoreID: m.IdentityStoreID.ValueString(), UserID: m.UserID.ValueString(), Verify: m.Verify.ValueBool(),
		SessionIDs: expandStrings(m.SessionIDs), All: m.AllSessions.ValueBool(), Matching: conditions,
	}, known && !m.IdentityStoreID.IsUnknown() && !m.UserID.IsUnknown()
}

// addRevocationError adds the error of a revocation. given is the argument that selects sessions.
func addRevocationError(ctx context.Context, diags *diag.Diagnostics, client *identitycenter.Client, given string, request revocation.Request, outcome revocation.Outcome, err error) {
	op := operation{
		doing: fmt.Sprintf("ending sessions of user %s in identity store %s", request.UserID, request.IdentityStoreID), done: describeProgress(request, outcome),
		attributes: []string{"identity_store_id", "user_id"},
	}
	if len(request.SessionIDs) > 0 {
		op.attributes = append(op.attributes, given)
	}
	addErrorOfUser(ctx, diags, client, op, request.IdentityStoreID, request.UserID, err)
}

// addErrorOfUser adds the error of an operation on the sessions of a user. If the refusal may be
// due to the user, the error includes the user's status.
func addErrorOfUser(ctx context.Context, diags *diag.Diagnostics, client *identitycenter.Client, op operation, storeID, userID string, err error) {
	var refusal *transport.Error
	if errors.As(err, &refusal) && revocation.MayBeForDisabled(refusal) {
		var known string
		user, _, lookErr := client.User(ctx, storeID, userID)
		switch {
		case lookErr == nil && user.Disabled():
			known = fmt.Sprintf("User %s is disabled, and the API may refuse to list or end the sessions of disabled users. Earlier sessions may stay open until they expire.", userID)
		case lookErr == nil && refusal.NotFound():
			known = fmt.Sprintf("User %s exists in identity store %s.", userID, storeID)
		case transport.NotFound(lookErr) && client.StoreAnswers(ctx, storeID) == nil:
			op.attributes = []string{"user_id"}
			known = fmt.Sprintf("Identity store %s has no user with the ID %s. If this is a user name, look its ID up with the data source identitycenter_user. "+
				"If the user was deleted, remove this from the configuration.", storeID, userID)
		}
		op.done = strings.Trim(op.done+"\n\n"+known, "\n")
	}
	addError(diags, op, err)
}

// mostNamed is how many entries a diagnostic lists.
const mostNamed = 1000

// lines returns texts from the API as an indented paragraph. all is the total number.
func lines(texts []string, all int) string {
	listed := "\n"
	named := texts[:min(len(texts), mostNamed)]
	for _, text := range named {
		listed += "\n  " + transport.Printable(text, transport.LongestText)
	}
	if more := all - len(named); more > 0 {
		listed += fmt.Sprintf("\n  and %d more", more)
	}
	return listed
}

// mostRequestIDs is the number of request IDs in a diagnostic, from the last one.
const mostRequestIDs = 10

// describeProgress describes what a failed revocation has done.
func describeProgress(request revocation.Request, outcome revocation.Outcome) string {
	if (request.All || request.Matching != nil) && outcome.Choice == nil {
		return "No session was ended. How many there are is not known."
	}
	text := fmt.Sprintf("Ended before the failure: %s. Not known to have ended: %s", revocation.Count(len(outcome.Revoked)), revocation.Count(len(outcome.NotRevoked)))
	if len(outcome.NotRevoked) > 0 {
		text += ":" + lines(outcome.NotRevoked, len(outcome.NotRevoked))
	} else {
		text += "."
	}
	if len(outcome.AlreadyGone) > 0 {
		text += "\n\nNot found among the sessions of the user:" + lines(outcome.AlreadyGone, len(outcome.AlreadyGone))
	}
	if ids := outcome.RequestIDs; len(ids) > 0 {
		last := ids[max(0, len(ids)-mostRequestIDs):]
		text += fmt.Sprintf("\n\nLast request IDs: %s.", transport.Printable(strings.Join(last, ", "), transport.LongestText))
	}
	return text
}

// addRevocationWarnings warns of a success with nothing done, or of new logins.
func addRevocationWarnings(diags *diag.Diagnostics, argument string, request revocation.Request, outcome revocation.Outcome) {
	given := path.Root(argument)
	named := !request.All && request.Matching == nil
	user := request.UserID
	warnOfClock(diags, given, outcome.ClockProblem)
	switch {
	case named && len(request.SessionIDs) == 0:
		diags.AddAttributeWarning(given, "No session was ended", fmt.Sprintf("%s is empty, so no request was made and no session of user %s was ended.", given, user))
	case named && len(outcome.AlreadyGone) > 0:
		addNotFoundWarning(diags, given, user, outcome)
	case !named && len(outcome.Revoked) == 0:
		addNothingEndedWarning(diags, given, user, outcome.Choice)
	case !named:
		warnOfUnmatchedNetworks(diags, *outcome.Choice, "user "+user)
	}
	if len(outcome.Newer) > 0 {
		var described []string
		for _, session := range outcome.Newer {
			described = append(described, revocation.Describe(session, time.Time{}))
		}
		diags.AddAttributeWarning(path.Root("user_id"), "The user has logged in again",
			fmt.Sprintf("%s of user %s began during the revocation and did not end. Disable the user, then end the sessions again.%s",
				capital(revocation.Count(len(outcome.Newer))), user, lines(described, len(described))))
	}
}

// warnOfClock warns if times are by the local clock. problem says why.
func warnOfClock(diags *diag.Diagnostics, at path.Path, problem string) {
	if problem != "" {
		diags.AddAttributeWarning(at, "Times are by the local clock",
			capital(problem)+". So the ages of sessions and revoked_at are by the clock of this machine. Check that clock, and the proxy between this machine and the API.")
	}
}

func addNotFoundWarning(diags *diag.Diagnostics, given path.Path, user string, outcome revocation.Outcome) {
	summary, ended := "Sessions were not found", fmt.Sprintf("%s of user %s ended.", revocation.Count(len(outcome.Revoked)), user)
	text := " The user has no session with these IDs: they ended before, or the IDs are wrong."
	if len(outcome.Revoked) == 0 {
		summary, ended = "No session was ended", fmt.Sprintf("No session of user %s is known to have ended.", user)
	}
	if outcome.ResponseLost {
		text += " A response was lost, so this revocation may have ended some of them."
	}
	diags.AddAttributeWarning(given, summary, ended+text+lines(outcome.AlreadyGone, len(outcome.AlreadyGone)))
}

// addNothingEndedWarning says why no session was ended. Terraform folds equal summaries.
func addNothingEndedWarning(diags *diag.Diagnostics, given path.Path, user string, choice *revocation.Choice) {
	summary, why := "No session was ended", fmt.Sprintf("none matches (%s). Check the conditions.%s", choice, unreadableAddresses(*choice))
	switch {
	case choice.Listed == 0:
		summary, why = "The user has no session", "the user has none."
	case len(choice.Sessions) > 0:
		why = fmt.Sprintf("those that match (%s) ended in the meantime.", choice)
	}
	diags.AddAttributeWarning(given, summary, fmt.Sprintf("No session of user %s was ended: %s", user, why))
}

// warnOfUnmatchedNetworks names networks without a session. whose describes the sessions.
func warnOfUnmatchedNetworks(diags *diag.Diagnostics, choice revocation.Choice, whose string) {
	at := path.Root(sessionsMatching).AtListIndex(0)
	if len(choice.Unseen()) > 0 {
		var networks []string
		for _, network := range choice.Unseen() {
			networks = append(networks, strings.TrimSuffix(network.String(), fmt.Sprintf("/%d", network.Addr().BitLen())))
		}
		diags.AddAttributeWarning(at.AtName(revocation.FromNetworks), "No session is from some of the networks",
			fmt.Sprintf("No session of %s is from these networks. Check them.%s%s", whose, lines(networks, len(networks)), unreadableAddresses(choice)))
	}
	if choice.NoneOutside {
		diags.AddAttributeWarning(at.AtName(revocation.NotFromNetworks), "No session was left out",
			fmt.Sprintf("No session of %s is from one of not_from_networks, so none was left out. Check the networks.%s", whose, unreadableAddresses(choice)))
	}
}

// unreadableAddresses describes addresses that cannot be compared with networks; "" for none.
func unreadableAddresses(choice revocation.Choice) string {
	if choice.Unreadable == 0 {
		return ""
	}
	return fmt.Sprintf("\n\nThe addresses of %s cannot be read, such as %q, so treat_missing_data applies to them.",
		revocation.Count(choice.Unreadable), transport.Printable(choice.UnreadableSample, transport.LongestID))
}

func logProgress(ctx context.Context) func(message string) {
	return func(message string) { tflog.Info(ctx, message) }
}

// logEnded returns a function that logs which sessions of a user were ended.
func logEnded(ctx context.Context) func(userID string, outcome revocation.Outcome) {
	return func(userID string, outcome revocation.Outcome) {
		if len(outcome.RequestIDs) == 0 {
			return
		}
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
