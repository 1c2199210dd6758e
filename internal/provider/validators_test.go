// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func validate(t *testing.T, v validator.String, at path.Path, value string) string {
	t.Helper()
	var resp validator.StringResponse
	v.ValidateString(t.Context(), validator.StringRequest{Path: at, ConfigValue: types.StringValue(value)}, &resp)
	return texts(resp.Diagnostics)
}

func TestAPIID(t *testing.T) {
	for id, valid := range map[string]bool{
		"d-1": true, "..a": true, strings.Repeat("x", 64): true, "ü": true, "a:b@c": true,
		"": false, ".": false, "..": false, "a b": false, "a/b": false, "a\n": false, "a\u202eb": false, "a\x00": false, "a\u00a0b": false, strings.Repeat("x", 65): false,
	} {
		text := validate(t, apiID, path.Root("session_ids").AtListIndex(0), id)
		if (text == "") != valid || strings.Contains(text, "Value(") {
			t.Errorf("%q: %s", id, text)
		}
		if !valid && !strings.Contains(text, "session_ids[0] must be 1 to 64 characters") {
			t.Errorf("%q: %s", id, text)
		}
	}
}

func TestDirectoryID(t *testing.T) {
	for id, want := range map[string]string{
		"61e53a32-f777-4ee6-a9ea-613099951c77": "", "ABC": "", strings.Repeat("x", 64): "",
		"alice@example.com": "find the ID with data.identitycenter_user", "alice.anders": "find the ID with", "ü": "letters, digits and hyphens",
		"abc ": `"abc " ends with a space`, "": "1 to 64 characters", strings.Repeat("x", 65): "1 to 64 characters",
	} {
		text := validate(t, userIDValidator, path.Root("user_id"), id)
		if (text == "") != (want == "") || !strings.Contains(text, want) || strings.Count(text, "Error:") > 1 {
			t.Errorf("%q: %q, want %q", id, text, want)
		}
	}
	if text := validate(t, groupIDValidator, path.Root("group_id"), "my_team"); !strings.Contains(text, "find the ID with data.identitycenter_group") {
		t.Error(text)
	}
}

func TestShowValue(t *testing.T) {
	for value, want := range map[string]string{
		"":           `""`,
		"a b":        `"a b"`,
		"abc ":       `"abc " ends with a space`,
		" abc":       `" abc" begins with a space`,
		"abc\u00a0":  `"abc\u00a0" ends with a no-break space (U+00A0)`,
		"a\u00a0b":   `"a\u00a0b" contains a no-break space (U+00A0)`,
		"abc\r":      `"abc\r" ends with a carriage return (U+000D)`,
		"abc\n":      `"abc\n" ends with a line break (U+000A)`,
		"\ufeffabc":  `"\ufeffabc" begins with a byte order mark (U+FEFF)`,
		"a\u200bb":   `"a\u200bb" contains a zero-width space (U+200B)`,
		"a\x1b[2J":   `"a\x1b[2J" contains an invisible character (U+001B)`,
		"a\u202eb":   `"a\u202eb" contains an invisible character (U+202E)`,
		"a\xff":      `"a\xff" ends with an invisible character (U+FFFD)`,
		"ünïcödé 漢字": `"ünïcödé 漢字"`,
		"\u2003x":    `"\u2003x" begins with an invisible character (U+2003)`,
		"a\x7fb":     `"a\x7fb" contains an invisible character (U+007F)`,
		"a\tb":       `"a\tb" contains a tab (U+0009)`,
	} {
		if got := showValue(value); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
	if got := showValue(strings.Repeat("ü", 1000)); len(got) > 120 || !strings.HasSuffix(got, `..."`) {
		t.Errorf("a long value: %s", got)
	}
	// The message names the hidden character of a long value even if it is not shown.
	if got := showValue(strings.Repeat("x", 200) + " "); !strings.HasSuffix(got, "ends with a space") {
		t.Error(got)
	}
}

func TestRegionID(t *testing.T) {
	for region, want := range map[string]string{
		"ap-southeast-3": "", "": "", "ap-southeast-3\n": "", "unknown-region-9": "",
		"AP-Southeast-3": "lower-case", "ap southeast": `"ap southeast"`, "ap\u00a0southeast-3": "contains a no-break space (U+00A0)",
		"\ufeffap-southeast-3": "begins with a byte order mark (U+FEFF)", "x@127.0.0.1#": "region ID",
	} {
		text := validate(t, regionID, path.Root("region"), region)
		if (text == "") != (want == "") || !strings.Contains(text, want) {
			t.Errorf("%q: %q, want %q", region, text, want)
		}
	}
}

func TestDurationValidator(t *testing.T) {
	for value, want := range map[string]string{
		"10s": "", "1m30s": "",
		"": `The value: ""`, " 10s": "begins with a space", "0s": "longer than zero", "-1s": "longer than zero", "soon": `"soon"`,
		"3d": `Write "72h".`, "3 days": `Write "72h".`, "1 day": `Write "24h".`, "2W": `Write "336h".`, "99999999999d": "longer than zero",
	} {
		text := validate(t, durationValidator, path.Root("request_timeout"), value)
		if (text == "") != (want == "") || !strings.Contains(text, want) {
			t.Errorf("%q: %q, want %q", value, text, want)
		}
	}
}
