// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// apiID accepts what may stand for an identity store, a user or a session: 1 to
// 64 characters (API reference) that make a path segment of their own.
type apiID struct{}

func (apiID) Description(context.Context) string {
	return "must be 1 to 64 characters without white space, control characters or \"/\", and not \".\" or \"..\""
}

func (v apiID) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v apiID) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	id := req.ConfigValue.ValueString()
	forbidden := func(r rune) bool { return r == '/' || unicode.IsSpace(r) || unicode.IsControl(r) }
	if n := utf8.RuneCountInString(id); n < 1 || n > 64 || strings.ContainsFunc(id, forbidden) || id == "." || id == ".." {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid ID", fmt.Sprintf("%s %s; it is %q.", req.Path, v.Description(ctx), id))
	}
}

// httpURL accepts an absolute http or https URL.
type httpURL struct{}

func (httpURL) Description(context.Context) string {
	return "must be an http or https URL without path, query, fragment or user, such as https://identitystore.ap-southeast-3.myhuaweicloud.com"
}

func (v httpURL) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v httpURL) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	u, err := url.Parse(req.ConfigValue.ValueString())
	// A path would get lost: the SDK puts that of the call in its place.
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil ||
		u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid endpoint",
			fmt.Sprintf("%s %s; it is %q.", req.Path, v.Description(ctx), req.ConfigValue.ValueString()))
	}
}

// positiveDuration accepts a Go duration that is longer than nothing.
type positiveDuration struct{}

func (positiveDuration) Description(context.Context) string {
	return "must be a duration longer than zero, such as 10s or 1m30s"
}

func (v positiveDuration) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v positiveDuration) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := parsePositiveDuration(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid duration", fmt.Sprintf("%s %s; it is %q.", req.Path, v.Description(ctx), req.ConfigValue.ValueString()))
	}
}

func parsePositiveDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err == nil && d <= 0 {
		err = errors.New("not longer than zero")
	}
	return d, err
}

func serviceNames() []string {
	var names []string
	for _, service := range transport.Services() {
		names = append(names, string(service))
	}
	return names
}
