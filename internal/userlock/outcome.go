// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package userlock

import (
	"fmt"
	"strings"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
)

// Status is whether a user can log in, as last read.
type Status int

// Unknown is the status of a user who was not read since the last change.
const (
	Unknown Status = iota
	Enabled
	Disabled
)

// String returns the status in one word.
func (s Status) String() string { return [...]string{"unknown", "enabled", "disabled"}[s] }

// Outcome is what was done and read, also by an operation that failed.
type Outcome struct {
	// Status is the status that was last read, Unknown if a change may have followed.
	Status Status
	// Requested is the status that the operation sets, Unknown for none.
	Requested Status
	// Accepted is true once the API accepted a request to set it.
	Accepted bool
	// Uncertain is true once such a request was sent whose outcome is not known: it got
	// no response, a 5xx, or a conflict.
	Uncertain bool
	// UserName and CreatedBy are empty if the user could not be read.
	UserName, CreatedBy string
	// Ended is the number of sessions that were ended.
	Ended int
	// Left is the number of sessions in the last listing that were not ended after it. It is
	// -1 if the sessions could not be listed since the last change.
	Left int
	// Listed is true if any listing of the sessions succeeded, and Open is the number of
	// sessions in the last one that are not ended.
	Listed bool
	Open   int
	// Unverified is the refusal to list the sessions of a disabled user; nil if they
	// were listed.
	Unverified error
	// At is when the user was last read as disabled or without sessions, whichever is later,
	// rounded up to the next second.
	At time.Time
	// ClockProblem says why At is by the local clock only; "" if the Date header of the
	// responses counts too.
	ClockProblem string
	// RequestIDs are those of all responses, in order.
	RequestIDs []string
}

// Provisioned reports whether an identity provider manages the user by SCIM, and may
// enable the user again.
func (o Outcome) Provisioned() bool { return strings.HasPrefix(o.CreatedBy, "SCIM/") }

// Describe says what is known about the user after a failure. user is how the user is
// called in the text.
func (o Outcome) Describe(user string) string {
	text := o.describeStatus(user)
	if o.Ended > 0 {
		text += fmt.Sprintf(" Ended: %s.", revocation.Count(o.Ended))
	}
	switch {
	case o.Left < 0 && o.Open > 0:
		return text + fmt.Sprintf(" Listed and not ended: %s. It is not known whether there are more.", revocation.Count(o.Open))
	case o.Left < 0:
		return text + " It is not known whether sessions are left."
	}
	return text + fmt.Sprintf(" Left: %s.", revocation.Count(o.Left))
}

func (o Outcome) describeStatus(user string) string {
	verb := "disable"
	if o.Requested == Enabled {
		verb = "enable"
	}
	switch {
	case o.Requested != Unknown && o.Status != o.Requested && (o.Accepted || o.Uncertain):
		text := fmt.Sprintf("A request to %s user %s was sent and may have been carried out.", verb, user)
		if o.Accepted {
			text = fmt.Sprintf("The API accepted the request to %s user %s.", verb, user)
		}
		if o.Status == Unknown {
			return text + " The user was not read afterwards."
		}
		return text + fmt.Sprintf(" The last read showed the user as %s.", o.Status)
	case o.Status == Enabled:
		return fmt.Sprintf("User %s is enabled and can log in.", user)
	case o.Status == Disabled:
		return fmt.Sprintf("User %s is disabled.", user)
	}
	return fmt.Sprintf("It is not known whether user %s is enabled.", user)
}
