// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxBody is the size of a signed body that the API allows (API reference).
const maxBody = 12 << 20

// maxDrain limits how much of a longer body is read, so that its sender receives the
// response.
const maxDrain = 64 << 20

// request is a call in progress.
type request struct {
	id          string
	now         time.Time
	method      string
	host        string
	escapedPath string
	// segments are the segments of the path, unescaped.
	segments []string
	query    url.Values
	header   http.Header
	body     []byte

	route route
	// ids are the IDs in the path, by the name in braces.
	ids map[string]string
	// overlap is OverlappingPages of the options.
	overlap bool
	// refused is the response to a request that cannot be routed or read.
	refused error
	// caller is the key that signed the request. unverified is why the signature is invalid; nil if
	// it is valid.
	caller     Key
	unverified *unverified
}

// read reads a request and finds its route.
func (s *Simulator) read(h *http.Request) (*request, error) {
	r := &request{
		id: randomHex(16), method: h.Method, host: h.Host, escapedPath: h.URL.EscapedPath(), header: h.Header.Clone(),
	}
	body, err := io.ReadAll(io.LimitReader(h.Body, maxBody+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxBody {
		if _, err := io.Copy(io.Discard, io.LimitReader(h.Body, maxDrain)); err != nil {
			return nil, err
		}
		body = nil
		r.refused = badRequest("the body is larger than 12 MB")
	}
	r.body = clone(body)
	if r.query, err = url.ParseQuery(h.URL.RawQuery); err != nil {
		r.refused = badRequest("the query is malformed: " + err.Error())
	}

	r.segments = segments(r.escapedPath)
	for i, segment := range r.segments {
		// The URL was parsed, so this cannot fail.
		r.segments[i], _ = url.PathUnescape(segment)
	}
	for _, candidate := range s.routes {
		if r.method == candidate.method && r.follows(candidate.path) && (candidate.body == nil || candidate.body(r.body)) {
			r.route, r.ids = candidate, r.idsOf(candidate.path)
			return r, nil
		}
	}
	r.refused = refuse(http.StatusNotFound, "APIGW.0101", "The API does not exist or has not been published in the environment")
	return r, nil
}

// follows reports whether the path matches a pattern.
func (r *request) follows(path []string) bool {
	return slices.EqualFunc(path, r.segments, func(form, segment string) bool {
		return form == segment || strings.HasPrefix(form, "{")
	})
}

// idsOf returns the segments of the path that are in braces in the pattern.
func (r *request) idsOf(path []string) map[string]string {
	ids := map[string]string{}
	for i, form := range path {
		if strings.HasPrefix(form, "{") {
			ids[strings.Trim(form, "{}")] = r.segments[i]
		}
	}
	return ids
}

// check refuses faults that are the same for every operation. These are overlong IDs, unknown or
// missing arguments, an unexpected body, and invalid JSON.
func (r *request) check() error {
	for _, id := range r.ids {
		// identity_store_id and user_id have 1 to 64 characters (API reference).
		if n := len([]rune(id)); n < 1 || n > 64 {
			return badRequest(fmt.Sprintf("an ID in the path has %d characters instead of 1 to 64", n))
		}
	}
	for name, values := range r.query {
		if !slices.Contains(r.route.query, name) && !slices.Contains(r.route.needs, name) {
			return badRequest(fmt.Sprintf("unknown query argument %q", name))
		}
		if len(values) != 1 {
			return badRequest(fmt.Sprintf("query argument %q is given %d times", name, len(values)))
		}
	}
	for _, name := range r.route.needs {
		if r.query.Get(name) == "" {
			return badRequest(fmt.Sprintf("query argument %q is mandatory", name))
		}
	}
	if r.method == http.MethodPost || r.method == http.MethodPut {
		if !r.route.bodyless && !r.route.metadata {
			return r.checkContentType()
		}
	}
	if len(r.body) > 0 {
		return badRequest("a " + r.method + " of this API has no body")
	}
	return nil
}

// checkContentType refuses a body whose Content-Type is not JSON in UTF-8.
func (r *request) checkContentType() error {
	values := r.header.Values("Content-Type")
	if len(values) == 0 && r.route.untyped {
		return nil
	}
	if len(values) == 1 {
		mediaType, parameters, err := mime.ParseMediaType(values[0])
		charset, given := parameters["charset"]
		if err == nil && mediaType == "application/json" && (!given || strings.EqualFold(charset, "utf-8")) {
			return nil
		}
	}
	return badRequest(fmt.Sprintf("Content-Type is %q instead of application/json", values))
}

// segments splits a path, which begins with a slash.
func segments(path string) []string {
	return strings.Split(strings.TrimPrefix(path, "/"), "/")
}
