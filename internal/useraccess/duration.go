// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package useraccess

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"time"
)

// isoDuration matches the ISO 8601 durations whose length is the same on every
// calendar: whole weeks, or days, hours, minutes and seconds.
var isoDuration = regexp.MustCompile(`^P(?:(\d+)W|(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)$`)

// UnreadableDurationError is a session duration that ParseDuration does not understand.
type UnreadableDurationError struct {
	// PermissionSetID and Name are those of the permission set.
	PermissionSetID, Name string
	// Err shows the duration.
	Err error
}

// Error names the permission set and shows the duration.
func (e *UnreadableDurationError) Error() string {
	return fmt.Sprintf("the session duration of permission set %s (%s) cannot be read: %s", e.PermissionSetID, e.Name, e.Err)
}

// Unwrap returns Err.
func (e *UnreadableDurationError) Unwrap() error { return e.Err }

// Explain says what is not understood.
func (e *UnreadableDurationError) Explain() (summary, text string) {
	return "Session duration not understood", e.Error() + "."
}

// ParseDuration reads an ISO 8601 duration such as PT8H, PT1H30M or P1D, in which the
// API gives the session duration of a permission set (API reference,
// DescribePermissionSet). One that it does not understand, years, months and fractions
// among them, is an error that shows it.
func ParseDuration(text string) (time.Duration, error) {
	refused := fmt.Errorf("%q is no ISO 8601 duration of days, hours, minutes and seconds, such as PT8H", text)
	parts := isoDuration.FindStringSubmatch(text)
	if parts == nil {
		return 0, refused
	}
	var total time.Duration
	given := 0
	for i, unit := range []time.Duration{7 * 24 * time.Hour, 24 * time.Hour, time.Hour, time.Minute, time.Second} {
		digits := parts[i+1]
		if digits == "" {
			continue
		}
		given++
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n > int64((math.MaxInt64-total)/unit) {
			return 0, refused
		}
		total += time.Duration(n) * unit
	}
	// P, PT and P1DT lack what their letters announce.
	if last := text[len(text)-1]; given == 0 || last == 'T' {
		return 0, refused
	}
	return total, nil
}
