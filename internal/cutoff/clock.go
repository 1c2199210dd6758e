// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package cutoff

import "time"

// maxClockDifference is how far the local clock and the API's can be apart: a signature
// with an older or newer date is refused (API reference, X-Sdk-Date).
const maxClockDifference = 15 * time.Minute

// Now returns the time for a cutoff, rounded up to the second: the later one of the local
// clock and of the Date header of an accepted call, which is a zero time when there is
// none. trusted is false when the header cannot be the API's, as it differs too much; the
// local clock then counts alone.
func Now(local, date time.Time) (now time.Time, trusted bool) {
	now = RoundUp(local)
	if date.IsZero() || local.Sub(date).Abs() > maxClockDifference {
		return now, false
	}
	// The header has whole seconds: up to one more has passed.
	if date = RoundUp(date.Add(time.Second)); date.After(now) {
		now = date
	}
	return now, true
}
