// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package bulkrevocation

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

const (
	// maxNamedFailures limits the failed users that an error names.
	maxNamedFailures = 20
	// maxReasons limits the number of distinct reasons.
	maxReasons = 20
)

// SearchError means that users could not be found.
type SearchError struct {
	// Doing is the failed step, such as "reading the members of group g".
	Doing string
	// Argument is the argument in the configuration: "group_ids", "user_names",
	// "except_user_ids", "except_group_ids", "protected_group_ids" or "identity_store_id".
	Argument string
	Err      error
}

func (e *SearchError) Error() string { return e.Doing + " failed: " + e.Err.Error() }

func (e *SearchError) Unwrap() error { return e.Err }

// Reasons why entries of a SelectionError are wrong.
var (
	// ErrUnknownException means that the identity store does not have users to leave out.
	ErrUnknownException = errors.New("the identity store has no users with these IDs, so that they protect nobody")
	// ErrEmptyException means that groups to leave out have no members.
	ErrEmptyException = errors.New("the group has no members, so that it protects nobody")
	// ErrProtected means that the selection names protected users.
	ErrProtected = errors.New("these users are protected")
	// ErrNoneKnown means that no selected user exists in the identity store.
	ErrNoneKnown = errors.New("the users do not exist in the identity store")
)

// SelectionError means that the selection is wrong. No session was ended.
type SelectionError struct {
	// Argument is "except_user_ids", "except_group_ids", "user_ids" or "user_names".
	Argument string
	// Entries are the wrong entries of the argument, as configured.
	Entries []string
	// Err is ErrUnknownException, ErrEmptyException, ErrProtected or ErrNoneKnown.
	Err error
}

func (e *SelectionError) Error() string {
	return fmt.Sprintf("%s: %s: %s", e.Argument, revocation.Names(e.Entries), e.Err)
}

func (e *SelectionError) Unwrap() error { return e.Err }

// Error lists the users for whom the work failed, or says why it stopped before the last
// user.
type Error struct {
	Tally Tally
	// Reasons are the causes for which users failed, the most frequent first. Together they
	// name at most 20 users.
	Reasons []Reason
	// first is the error of the first failed user, search is why not all users were found, and
	// stopped is why the work stopped early; nil if they did not happen.
	first, search, stopped error
	// denied is the decoded refusal of the cause; nil for none.
	denied *identitycenter.DeniedError
}

// Reason is a cause for which users failed.
type Reason struct {
	// Text is the error in one line, without the user's ID.
	Text string
	// Users is the number of these users, and UserIDs are the first of them.
	Users   int
	UserIDs []string
}

// Error returns everything in one line.
func (e *Error) Error() string { return strings.Join(strings.Fields(e.text()), " ") }

// Unwrap returns the cause, after its decoded refusal if there is one.
func (e *Error) Unwrap() []error {
	if e.denied != nil {
		return []error{e.denied, e.cause()}
	}
	return []error{e.cause()}
}

// cause returns the error that stopped the work, else that of the search, else that of the
// first failed user.
func (e *Error) cause() error {
	if e.causedByUsers() {
		return e.first
	}
	return cmp.Or(e.stopped, e.search)
}

// causedByUsers reports whether the cause is an error of single users.
func (e *Error) causedByUsers() bool {
	return e.first != nil && (errors.Is(e.stopped, errManyInARow) || e.stopped == nil && e.search == nil)
}

// Explain returns how many users were done, and which failed for which reason.
func (e *Error) Explain() (summary, text string) {
	switch {
	case errors.Is(e.stopped, errManyInARow):
		summary = "Stopped after too many failures in a row"
	case e.stopped == nil && e.search == nil:
		summary = fmt.Sprintf("%s of %d failed", revocation.CountOf(e.Tally.Failed, "user"), e.Tally.Found)
	}
	return summary, e.text()
}

func (e *Error) text() string {
	text := e.Tally.describe(true) + "." + e.whyIncomplete() + e.listReasons()
	if e.causedByUsers() {
		text += "\n\nThe error for the first of them:"
		// A failed call is always shown.
		var knows interface{ Explain() (summary, text string) }
		if errors.As(e.first, &knows) {
			_, first := knows.Explain()
			text += "\n\n" + first
		}
	}
	return text
}

// whyIncomplete says why the work stopped early, or why not all users were found. It returns
// "" if neither happened, or if the cause says it.
func (e *Error) whyIncomplete() string {
	var search *SearchError
	switch {
	case errors.Is(e.stopped, errManyInARow):
		return fmt.Sprintf(" It stopped: %s.", e.stopped)
	case errors.As(e.stopped, &search):
		return fmt.Sprintf(" It stopped: %s failed.", search.Doing)
	case errors.As(e.search, &search):
		return fmt.Sprintf(" Not all users were found: %s failed.", search.Doing)
	}
	return ""
}

func (e *Error) listReasons() string {
	text, more := "", e.Tally.Failed
	for _, reason := range e.Reasons {
		text += fmt.Sprintf("\n\n  %s: %s", revocation.CountOf(reason.Users, "user"), reason.Text)
		if len(reason.UserIDs) > 0 {
			text += "\n    " + strings.Join(revocation.PrintableIDs(reason.UserIDs), ", ")
			more -= len(reason.UserIDs)
		}
	}
	if more > 0 && len(e.Reasons) > 0 {
		text += fmt.Sprintf("\n\n%d more are not listed.", more)
	}
	return text
}

// addReason counts a user who failed; the caller holds p.mu.
func (p *pool) addReason(userID string, err error) {
	p.firstErr = cmp.Or(p.firstErr, err)
	text := reasonOf(userID, err)
	sameText := func(r Reason) bool { return r.Text == text }
	i := slices.IndexFunc(p.reasons, sameText)
	if i < 0 && len(p.reasons) >= maxReasons {
		text = "other reasons"
		i = slices.IndexFunc(p.reasons, sameText)
	}
	if i < 0 {
		i = len(p.reasons)
		p.reasons = append(p.reasons, Reason{Text: text})
	}
	p.reasons[i].Users++
	if p.tally.Failed <= maxNamedFailures {
		p.reasons[i].UserIDs = append(p.reasons[i].UserIDs, userID)
	}
}

// localAddress is the address of this end of a connection, which differs for each connection.
var localAddress = regexp.MustCompile(`\S+:\d+->`)

// reasonOf returns an error in one line, without what differs for each user.
func reasonOf(userID string, err error) string {
	var survivors *revocation.SurvivorsError
	var failed *transport.Error
	text := err.Error()
	switch {
	case errors.As(err, &survivors):
		text = "sessions are still listed after the API accepted their revocation"
	case errors.As(err, &failed):
		parts := []string{failed.Operation, "", failed.Code, failed.Message}
		if failed.Status != 0 {
			parts[1] = fmt.Sprintf("HTTP %d", failed.Status)
		}
		for _, reason := range failed.Unwrap() {
			parts = append(parts, reason.Error())
		}
		text = strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), ", ")
	}
	text = localAddress.ReplaceAllLiteralString(text, "")
	// Only as a whole word: an ID may be as short as "4".
	alone := regexp.MustCompile(`\b` + regexp.QuoteMeta(userID) + `\b`)
	return transport.Printable(alone.ReplaceAllLiteralString(text, "USER"), transport.LongestID)
}
