// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// lenient is a field that does not affect the end of sessions or a lock. null, and a value of
// another type than T, become the zero value.
type lenient[T any] struct{ value T }

// UnmarshalJSON never fails.
func (l *lenient[T]) UnmarshalJSON(data []byte) error {
	var value T
	if json.Unmarshal(data, &value) == nil {
		l.value = value
	}
	return nil
}

// flag is a bool, or a bool in a string. It is nil if it is absent or of another type.
type flag struct{ value *bool }

// UnmarshalJSON never fails.
func (f *flag) UnmarshalJSON(data []byte) error {
	f.value = nil
	if text := strings.Trim(string(data), `"`); text == "true" || text == "false" {
		isTrue := text == "true"
		f.value = &isTrue
	}
	return nil
}

// earliestMilliseconds is the smallest number that is a time in milliseconds; smaller numbers
// are in seconds. The API reference does not name the unit, and its examples have both
// (API-FACTS.md, session-times). It is the year 5138 in seconds, and March 1973 in
// milliseconds.
const earliestMilliseconds = 100_000_000_000

// timestamp is a time of the API, in UTC: a number of seconds or milliseconds since 1970,
// also in a string, or RFC 3339. Anything else, 0, and times that RFC 3339 cannot express
// become the zero time.
type timestamp struct{ time.Time }

// UnmarshalJSON never fails.
func (t *timestamp) UnmarshalJSON(data []byte) error {
	text := strings.TrimSpace(strings.Trim(string(data), `"`))
	if parsed, err := time.Parse(time.RFC3339, text); err == nil && parsed.UTC().Year() <= 9999 {
		t.Time = parsed.UTC()
		return nil
	}
	number, _ := strconv.ParseFloat(text, 64) // An error returns 0 or an infinity.
	// The limit is the year 10,000 in milliseconds. The comparison is false for NaN.
	if !(number > 0 && number < 253_402_300_800_000) {
		t.Time = time.Time{}
		return nil
	}
	if number < earliestMilliseconds {
		number *= 1000
	}
	t.Time = time.UnixMilli(int64(number)).UTC()
	return nil
}
