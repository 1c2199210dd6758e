// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// stringOrNull returns a string of the API for the state; null if it is empty. Characters that
// control a terminal or reverse the text direction become "?", because outputs and plans show the
// string.
func stringOrNull(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return '?'
		}
		return r
	}, s))
}

// timestampOrNull returns a time for the state; null if it is zero.
func timestampOrNull(t time.Time) timetypes.RFC3339 {
	if t.IsZero() {
		return timetypes.NewRFC3339Null()
	}
	return timetypes.NewRFC3339TimeValue(t)
}

// stringList returns strings of the API as a list for the state.
func stringList(values []string) types.List {
	elements := make([]attr.Value, len(values))
	for i, value := range values {
		elements[i] = stringOrNull(value)
	}
	return types.ListValueMust(types.StringType, elements)
}

// expandStrings returns the strings of a list. The elements must be known.
func expandStrings(list types.List) []string {
	var all []string
	for _, element := range list.Elements() {
		if s, ok := element.(types.String); ok {
			all = append(all, s.ValueString())
		}
	}
	return all
}

// fullyKnown reports whether a value, and everything in a list or object, is known.
func fullyKnown(value attr.Value) bool {
	var parts []attr.Value
	switch value := value.(type) {
	case types.List:
		parts = value.Elements()
	case types.Object:
		parts = slices.Collect(maps.Values(value.Attributes()))
	}
	return !value.IsUnknown() && !slices.ContainsFunc(parts, func(part attr.Value) bool { return !fullyKnown(part) })
}

// importValues returns the values of an identity or the parts of an import ID, which are named. If
// they are not valid, it adds an error and returns nil. isLast checks the last one.
func importValues(ctx context.Context, req resource.ImportStateRequest, form string, isLast func(string) bool, diags *diag.Diagnostics, names ...string) []string {
	values := strings.Split(req.ID, "/")
	if req.ID == "" {
		values = make([]string, len(names))
		for i, name := range names {
			var value types.String
			diags.Append(req.Identity.GetAttribute(ctx, path.Root(name), &value)...)
			values[i] = value.ValueString()
		}
	}
	if len(values) != len(names) || !isLast(values[len(values)-1]) || slices.ContainsFunc(values, func(value string) bool { return !validID(value) }) {
		diags.AddError("Invalid import ID", fmt.Sprintf("%s\n\nThe value: %s", form, showValue(strings.Join(values, "/"))))
		return nil
	}
	return values
}

// isEmptyList reports whether a list is known and has no elements.
func isEmptyList(list types.List) bool {
	return !list.IsNull() && !list.IsUnknown() && len(list.Elements()) == 0
}

// isFalse reports whether a value is known and false.
func isFalse(value types.Bool) bool { return value.Equal(types.BoolValue(false)) }

const durationMust = `must be a duration longer than zero, such as "10s", "30m" or "4h"`

// days matches a number of days or weeks, as in "3 days", "3d" and "1w".
var days = regexp.MustCompile(`(?i)^\s*(\d{1,5})\s*(d|days?|w|weeks?)\s*$`)

// parseDuration returns a duration longer than zero. fault says what is wrong, to follow the name
// of the argument; "" if the duration is valid.
func parseDuration(text string) (d time.Duration, fault string) {
	if match := days.FindStringSubmatch(text); match != nil {
		hours, _ := strconv.Atoi(match[1]) // At most five digits.
		hours *= 24
		if strings.HasPrefix(strings.ToLower(match[2]), "w") {
			hours *= 7
		}
		return 0, fmt.Sprintf(`cannot be in days or weeks. Write "%dh"`, hours)
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, durationMust
	}
	return d, ""
}

const timeMust = "must be a time such as 2026-11-29T09:00:00Z (RFC 3339)"

var timesWithoutZone = []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"}

// parseTime returns a time after 1970 and before 9999. fault is as for parseDuration.
func parseTime(text string) (at time.Time, fault string) {
	at, err := time.Parse(time.RFC3339, text)
	switch {
	case err != nil && slices.ContainsFunc(timesWithoutZone, func(layout string) bool {
		_, err := time.Parse(layout, text)
		return err == nil
	}):
		fault = "has no time zone or no time of day. Write all of it, such as 2026-11-29T09:00:00Z or 2026-11-29T17:00:00+08:00"
	case err != nil:
		fault = timeMust
	case at.Unix() <= 0: // Programs write an unset time like this.
		fault = "must be later than 1970-01-01T00:00:00Z"
	case at.UTC().Year() > 9998: // After adding a session duration, the year still has four digits.
		fault = "must be before the year 9999 in UTC"
	}
	return at, fault
}
