// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"regexp"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// segment is what makes a path segment of its own. Its length is bounded elsewhere: {1,64}
// would hold 64 copies of the classes, 2.4 MB.
var segment = regexp.MustCompile(`^[^/\s\pZ\pC]+$`)

// validID tells whether apiID accepts an ID.
func validID(id string) bool {
	return segment.MatchString(id) && utf8.RuneCountInString(id) <= 64 && id != "." && id != ".."
}

// apiID accepts what may stand for an identity store, a user, a group or a session:
// 1 to 64 characters (API reference) that make a path segment of their own. It is
// not made of stringvalidator's, whose messages name an element of a set as
// session_ids[Value("")].
type apiID struct{}

const idForm = `must be 1 to 64 characters without white space, control characters or "/", and not "." or ".."`

func (apiID) Description(context.Context) string { return idForm }

func (v apiID) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (apiID) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	checkID(req.Path, req.ConfigValue, &resp.Diagnostics)
}

// checkID refuses a known text that apiID does not accept.
func checkID(at path.Path, value types.String, diags *diag.Diagnostics) {
	if value.IsNull() || value.IsUnknown() {
		return
	}
	if id := value.ValueString(); !validID(id) {
		// The first step is the name of the argument, also for an element of it.
		diags.AddAttributeError(at, "Invalid ID", fmt.Sprintf("An ID in %s %s; this one is %q.", at.Steps()[0], idForm, transport.Printable(id, longestShown)))
	}
}

// endpointText accepts what parseEndpoint does.
type endpointText struct{}

func (endpointText) Description(context.Context) string { return errEndpoint.Error() }

func (v endpointText) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v endpointText) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if _, err := parseEndpoint(req.ConfigValue.ValueString()); err != nil {
		// The value is not shown: there may be a password in it.
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid endpoint", fmt.Sprintf("%s %s.", req.Path, err))
	}
}

// positiveDuration accepts a Go duration that is longer than nothing, and the empty
// text, which is not set.
type positiveDuration struct{}

func (positiveDuration) Description(context.Context) string {
	return "must be a duration longer than zero, such as 10s or 1m30s"
}

func (v positiveDuration) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v positiveDuration) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	text := req.ConfigValue.ValueString()
	if _, err := parsePositiveDuration(text); err != nil && text != "" {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid duration",
			fmt.Sprintf("%s %s; it is %q.", req.Path, v.Description(ctx), transport.Printable(text, longestShown)))
	}
}
