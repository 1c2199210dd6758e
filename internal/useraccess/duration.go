// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package useraccess

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
)

// isoDuration matches days and a time of hours, minutes and seconds, each optional.
var isoDuration = regexp.MustCompile(`^P(?:(\d{1,6})D)?(?:T((?:\d+H)?(?:\d+M)?(?:\d+S)?))?$`)

// UnreadableDurationError is a session duration that SessionDuration does not understand.
type UnreadableDurationError struct{ text string }

func (e *UnreadableDurationError) Error() string { return e.text }

// Explain returns the summary and the error.
func (e *UnreadableDurationError) Explain() (summary, text string) {
	return "Session duration not understood", e.text + "."
}

// SessionDuration reads the session duration of a permission set: an ISO 8601 duration of
// days, hours, minutes and seconds, such as PT8H (API-FACTS.md, session-duration). The error is
// an *UnreadableDurationError.
func SessionDuration(set identitycenter.PermissionSet) (time.Duration, error) {
	duration, err := parseDuration(set.SessionDuration)
	if err != nil {
		err = &UnreadableDurationError{fmt.Sprintf("the session duration of permission set %s (%s) cannot be read: %s", set.ID, set.Name, err)}
	}
	return duration, err
}

func parseDuration(text string) (time.Duration, error) {
	parts := isoDuration.FindStringSubmatch(text)
	if parts == nil || strings.HasSuffix(text, "P") || strings.HasSuffix(text, "T") {
		return 0, fmt.Errorf("%q is no ISO 8601 duration of days, hours, minutes and seconds, such as PT8H", text)
	}
	days, _ := strconv.Atoi("0" + parts[1]) // At most six digits.
	duration, err := time.ParseDuration(strconv.Itoa(24*days) + "h" + strings.ToLower(parts[2]))
	if err != nil {
		return 0, fmt.Errorf("%q is too long: %w", text, err)
	}
	return duration, nil
}
