// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/credentials"
)

// stringValidator adds an error for a known string that is not valid.
type stringValidator struct {
	summary, form string
	// check returns what is wrong with a value, to follow the name of the argument; "" for a valid
	// value.
	check func(text string) (fault string)
	// secret reports whether a value may be a secret. Terraform prints the configuration line of an
	// attribute error.
	secret func(text string) bool
}

func (v stringValidator) Description(context.Context) string { return v.form }

func (v stringValidator) MarkdownDescription(context.Context) string { return v.form }

func (v stringValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	v.validate(req.Path, req.ConfigValue, &resp.Diagnostics)
}

// validate adds the error, and reports whether the value is valid or not known.
func (v stringValidator) validate(at path.Path, value types.String, diags *diag.Diagnostics) bool {
	if value.IsNull() || value.IsUnknown() {
		return true
	}
	fault := v.check(value.ValueString())
	switch {
	case fault == "":
		return true
	case v.secret != nil && v.secret(value.ValueString()):
		diags.AddError(v.summary, fmt.Sprintf("%s %s.", at, fault))
	default:
		diags.AddAttributeError(at, v.summary, invalidValue(at.String(), fault, value.ValueString()))
	}
	return false
}

// invalidValue returns what is wrong with the value of an argument.
func invalidValue(name, fault, text string) string {
	return fmt.Sprintf("%s %s.\n\nThe value: %s", name, fault, showValue(text))
}

// longestShown limits the part of a wrong value that a message shows, in bytes.
const longestShown = 100

// showValue returns a wrong value for a message, as it was written. Invisible characters are
// escaped and named: `"d-1 " ends with a space`.
func showValue(text string) string {
	shown := text
	if len(shown) > longestShown {
		shown = strings.ToValidUTF8(shown[:longestShown], "") + "..."
	}
	return strings.TrimSpace(fmt.Sprintf("%q %s", shown, hiddenCharacter(text)))
}

// hiddenCharacter describes where a text has an invisible character, such as "ends with a space".
// It returns "" if there is none. A space within the text counts as visible.
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

// characterNames are the invisible characters that copied text often contains.
var characterNames = map[rune]string{
	'\t': "a tab", '\n': "a line break", '\r': "a carriage return", 0xa0: "a no-break space", 0x200b: "a zero-width space", 0xfeff: "a byte order mark",
}

func characterName(r rune) string {
	switch name := characterNames[r]; {
	case r == ' ':
		return "a space"
	case name != "":
		return fmt.Sprintf("%s (U+%04X)", name, r)
	}
	return fmt.Sprintf("an invisible character (U+%04X)", r)
}

// validID reports whether apiID accepts an ID.
func validID(id string) bool {
	notAllowed := func(r rune) bool { return r == '/' || unicode.In(r, unicode.Z, unicode.C) }
	return id != "" && !strings.ContainsFunc(id, notAllowed) && utf8.RuneCountInString(id) <= 64 && id != "." && id != ".."
}

const idForm = `must be 1 to 64 characters without white space, control characters or "/", and not "." or ".."`

// apiID accepts the ID of an instance, an identity store or a session: 1 to 64 characters (API
// reference) that form one segment of a URL path.
var apiID = stringValidator{summary: "Invalid ID", form: idForm, check: func(id string) string {
	if validID(id) {
		return ""
	}
	return idForm
}}

// Validators of IDs. A resource must accept an ID even if the API reference is wrong.
var (
	userIDValidator         = directoryID("user", false)
	groupIDValidator        = directoryID("group", false)
	lenientUserIDValidator  = directoryID("user", true)
	lenientGroupIDValidator = directoryID("group", true)
)

var directoryIDForm = regexp.MustCompile(`^[A-Za-z0-9-]+$`)

// directoryID accepts the ID of a user or a group: letters, digits and hyphens (API reference). A
// lenient one refuses only names, and IDs that apiID refuses.
func directoryID(kind string, lenient bool) stringValidator {
	const form = "must be 1 to 64 letters, digits and hyphens"
	return stringValidator{summary: "Invalid ID", form: form, check: func(id string) string {
		isName := strings.ContainsAny(strings.TrimSpace(id), " @")
		switch {
		case !isName && !validID(id):
			return idForm
		case isName || !lenient && !directoryIDForm.MatchString(id):
			return fmt.Sprintf("%s. If it is the name of a %s, find the ID with data.identitycenter_%s", form, kind, kind)
		}
		return ""
	}}
}

const regionMust = "must be a region ID of lower-case letters, digits and hyphens, such as ap-southeast-3"

// regionID accepts a region ID. White space around it is ignored.
var regionID = stringValidator{summary: "Invalid region", form: regionMust, check: func(text string) string {
	if trimmed := strings.TrimSpace(text); trimmed == "" || credentials.IsHostLabel(trimmed) {
		return ""
	}
	return regionMust
}}

// endpointValidator accepts what parseEndpoint accepts.
var endpointValidator = stringValidator{summary: "Invalid endpoint", form: errEndpoint.Error(), secret: mayHavePassword, check: func(text string) string {
	if _, err := parseEndpoint(text); err == nil {
		return ""
	}
	if hidden := hiddenCharacter(strings.TrimSpace(text)); hidden != "" {
		return errEndpoint.Error() + ". The value " + hidden
	}
	return errEndpoint.Error()
}}

func mayHavePassword(url string) bool { return strings.Contains(url, "@") }

var durationValidator = stringValidator{summary: "Invalid timeout", form: durationMust, check: func(text string) string {
	_, fault := parseDuration(text)
	return fault
}}

var timeValidator = stringValidator{summary: "Invalid time", form: timeMust, check: func(text string) string {
	_, fault := parseTime(text)
	return fault
}}

// writtenTime is timeValidator, but also accepts text without a hyphen or a colon. A mocked
// provider of terraform test fills computed strings with letters and digits, and never plans.
var writtenTime = stringValidator{summary: "Invalid time", form: timeMust, check: func(text string) string {
	if !strings.ContainsAny(text, "-:") {
		return ""
	}
	return timeValidator.check(text)
}}
