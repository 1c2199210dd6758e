// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// longestShown limits how much of a wrong value a message shows, in bytes.
const longestShown = 100

// showValue returns a wrong value for a message, as it was written. Characters that a
// reader cannot see are escaped and named: `"d-1 " ends with a space`.
func showValue(text string) string { return showWith(" ", text) }

// showInline returns a wrong value for the middle of a sentence, as showValue does.
func showInline(text string) string { return showWith(", which ", text) }

func showWith(separator, text string) string {
	shown := text
	if len(shown) > longestShown {
		shown = strings.ToValidUTF8(shown[:longestShown], "") + "..."
	}
	if fault := hiddenCharacter(text); fault != "" {
		return fmt.Sprintf("%q%s%s", shown, separator, fault)
	}
	return fmt.Sprintf("%q", shown)
}

// hiddenCharacter says where a text has a character that a reader cannot see, such as
// "ends with a space" or "contains a no-break space (U+00A0)". It returns "" if the text
// has none. A space within the text is visible.
func hiddenCharacter(text string) string {
	hidden := func(r rune) bool {
		return r != ' ' && (unicode.IsSpace(r) || !unicode.IsPrint(r) || r == utf8.RuneError)
	}
	first, _ := utf8.DecodeRuneInString(text)
	last, _ := utf8.DecodeLastRuneInString(text)
	i := strings.IndexFunc(text, hidden)
	switch {
	case text == "":
		return ""
	case last == ' ' || hidden(last):
		return "ends with " + characterName(last)
	case first == ' ' || hidden(first):
		return "begins with " + characterName(first)
	case i >= 0:
		r, _ := utf8.DecodeRuneInString(text[i:])
		return "contains " + characterName(r)
	}
	return ""
}

// characterNames are the hidden characters that copied text usually has.
var characterNames = map[rune]string{
	' ': "a space", '\t': "a tab", '\n': "a line break", '\r': "a carriage return", 0x1b: "an escape character", 0: "a null character",
	0xa0: "a no-break space", 0xad: "a soft hyphen", 0x200b: "a zero-width space", 0x200c: "a zero-width non-joiner", 0x200d: "a zero-width joiner",
	0x200e: "a left-to-right mark", 0x200f: "a right-to-left mark", 0x202f: "a narrow no-break space", 0x2060: "a word joiner",
	0x3000: "an ideographic space", 0xfeff: "a byte order mark", utf8.RuneError: "an invalid character",
}

func characterName(r rune) string {
	name := characterNames[r]
	switch {
	case r == ' ':
		return name
	case name == "" && unicode.IsSpace(r):
		name = "a space character"
	case name == "" && unicode.IsControl(r):
		name = "a control character"
	case name == "":
		name = "an invisible character"
	}
	return fmt.Sprintf("%s (U+%04X)", name, r)
}

// segment matches a text that is one segment of a URL path. The length is checked apart:
// {1,64} would make the compiled expression hold 64 copies of the classes, 2.4 MB.
var segment = regexp.MustCompile(`^[^/\s\pZ\pC]+$`)

// validID reports whether apiID accepts an ID.
func validID(id string) bool {
	return segment.MatchString(id) && utf8.RuneCountInString(id) <= 64 && id != "." && id != ".."
}

// apiID accepts the ID of an instance, an identity store or a session: 1 to 64 characters
// (API reference) that are one segment of a URL path.
type apiID struct{}

const idForm = `must be 1 to 64 characters without white space, control characters or "/", and not "." or ".."`

func (apiID) Description(context.Context) string { return idForm }

func (v apiID) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (apiID) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	checkID(req.Path, req.ConfigValue, &resp.Diagnostics)
}

// checkID adds an error if the value is known and not a valid ID.
func checkID(at path.Path, value types.String, diags *diag.Diagnostics) {
	if id := value.ValueString(); !value.IsNull() && !value.IsUnknown() && !validID(id) {
		// The first step is the name of the argument, also for an element of a list.
		diags.AddAttributeError(at, "Invalid ID", fmt.Sprintf("An ID in %s %s.\n\nThe value: %s", at.Steps()[0], idForm, showValue(id)))
	}
}

// directoryID accepts the ID of a user or a group: letters, digits and hyphens (API
// reference). A name in its place is a common mistake.
type directoryID struct {
	kind       string // "user" or "group"
	dataSource string // the data source that finds the ID by name
	// lenient accepts other characters too, except "@", which only names have. A resource
	// must not refuse an ID because the API reference is wrong.
	lenient bool
}

var directoryIDForm = regexp.MustCompile(`^[A-Za-z0-9-]+$`)

func userIDValidator() validator.String {
	return directoryID{kind: "user", dataSource: "data.identitycenter_user"}
}

func groupIDValidator() validator.String {
	return directoryID{kind: "group", dataSource: "data.identitycenter_group"}
}

func lenientUserIDValidator() validator.String {
	return directoryID{kind: "user", dataSource: "data.identitycenter_user", lenient: true}
}

func lenientGroupIDValidator() validator.String {
	return directoryID{kind: "group", dataSource: "data.identitycenter_group", lenient: true}
}

func (v directoryID) Description(context.Context) string {
	return "must be 1 to 64 letters, digits and hyphens"
}

func (v directoryID) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v directoryID) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	id := req.ConfigValue.ValueString()
	isName := strings.Contains(strings.TrimSpace(id), " ") || strings.Contains(id, "@")
	switch {
	case req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown():
	case !validID(id) && !isName:
		checkID(req.Path, req.ConfigValue, &resp.Diagnostics)
	case isName || !v.lenient && !directoryIDForm.MatchString(id):
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid ID",
			fmt.Sprintf("An ID in %s %s.\n\nThe value: %s\n\nIf it is the name of a %s, find the ID with %s.", req.Path.Steps()[0], v.Description(ctx), showValue(id), v.kind, v.dataSource))
	}
}

// regionID accepts a region ID. White space around it is ignored, and an empty text is not
// set.
type regionID struct{}

var regionForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

func (regionID) Description(context.Context) string {
	return "must be a region ID of lower-case letters, digits and hyphens, such as ap-southeast-3"
}

func (v regionID) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v regionID) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	text := req.ConfigValue.ValueString()
	if trimmed := strings.TrimSpace(text); trimmed != "" && !regionForm.MatchString(trimmed) {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid region", fmt.Sprintf("%s %s.\n\nThe value: %s", req.Path, v.Description(ctx), showValue(text)))
	}
}

// endpointText accepts what parseEndpoint accepts.
type endpointText struct{}

func (endpointText) Description(context.Context) string { return errEndpoint.Error() }

func (v endpointText) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v endpointText) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	text := req.ConfigValue.ValueString()
	if _, err := parseEndpoint(text); err != nil {
		// The value may contain a password and is not shown.
		detail := fmt.Sprintf("%s %s.", req.Path, err)
		if fault := hiddenCharacter(strings.TrimSpace(text)); fault != "" {
			detail += " The value " + fault + "."
		}
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid endpoint", detail)
	}
}

// positiveDuration accepts a Go duration longer than zero. An empty text is not set.
type positiveDuration struct{}

func (positiveDuration) Description(context.Context) string {
	return "must be a duration longer than zero, such as 10s or 1m30s"
}

func (v positiveDuration) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v positiveDuration) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	text := req.ConfigValue.ValueString()
	if _, err := parsePositiveDuration(text); err != nil && text != "" {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid duration",
			fmt.Sprintf("%s %s.\n\nThe value: %s%s", req.Path, v.Description(ctx), showValue(text), durationHint(text)))
	}
}

// days matches a number of days or weeks, as in "3 days", "3d" and "1w".
var days = regexp.MustCompile(`^\s*(\d{1,5})\s*(d|days?|w|weeks?)\s*$`)

// durationHint says how to write a duration that is given in days or weeks. It returns ""
// for any other text.
func durationHint(text string) string {
	if hours := hoursFor(text); hours != "" {
		return "\n\nThere is no unit for days or weeks. Write " + hours + "."
	}
	return ""
}

// hoursFor returns a number of days or weeks in hours, such as "72h". It returns "" for any
// other text.
func hoursFor(text string) string {
	match := days.FindStringSubmatch(strings.ToLower(text))
	if match == nil {
		return ""
	}
	n, err := time.ParseDuration(match[1] + "h")
	if err != nil {
		return ""
	}
	hours := int64(n/time.Hour) * 24
	if match[2][0] == 'w' {
		hours *= 7
	}
	return fmt.Sprintf("%dh", hours)
}

// timeHint says that a time lacks its zone. It returns "" for any other text.
func timeHint(text string) string {
	if _, err := time.Parse("2006-01-02T15:04:05", text); err == nil {
		return fmt.Sprintf(". The time zone is missing: write %sZ for UTC", text)
	}
	return ""
}
