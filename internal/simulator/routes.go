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

// maxDrain bounds what is read of a longer body, so that its sender gets to see
// the answer.
const maxDrain = 64 << 20

// route is one operation of one service.
type route struct {
	operation string
	method    string
	// path holds the segments; those in braces match any.
	path []string
	// query holds the arguments that the operation has.
	query []string
	// signed operations need a signature, the others take none.
	signed bool
	// metadata tells the server metadata, which is not behind the API gateway.
	metadata bool
	// untyped bodies may come without a Content-Type.
	untyped bool
	// body tells operations of the same path and method apart.
	body func([]byte) bool
	// action and resource are for the decision on permissions.
	action   string
	resource func(*request) string

	handle func(*Simulator, *request) answer
}

// routes returns every operation. Paths are from the API reference, actions from
// the documentation of identity policies where the project needs them.
func routes() []route {
	const users, user = "/v1/identity-stores/{store}/users", "/v1/identity-stores/{store}/users/{user}"
	anything := func(*request) string { return "*" }
	inStore := func(r *request) string { return "IdentityCenter::system:identityStore:" + r.store }
	ofUser := func(r *request) string { return "IdentityCenter::system:user:" + r.store + "/" + r.user }

	return []route{
		{
			operation: BatchDeleteSessions, method: http.MethodPost, path: segments(user + "/sessions/batch-delete"), signed: true,
			action: "IdentityCenter:user:batchDeleteSession", resource: ofUser, handle: (*Simulator).batchDeleteSessions,
		},
		{
			operation: ListSessions, method: http.MethodGet, path: segments(user + "/sessions"), signed: true,
			action: "IdentityCenter:user:listSessions", resource: ofUser, handle: (*Simulator).listSessions,
		},
		{
			operation: ListUsers, method: http.MethodGet, path: segments(users), signed: true,
			query:  []string{"limit", "marker", "user_name"},
			action: "IdentityCenter:user:listSessions", resource: inStore, handle: (*Simulator).listUsers,
		},
		{
			operation: GetUserId, method: http.MethodPost, path: segments(users + "/retrieve-user-id"), signed: true,
			action: "IdentityCenter:user:getId", resource: inStore, handle: (*Simulator).getUserID,
		},
		{
			operation: DescribeUser, method: http.MethodGet, path: segments(user), signed: true,
			action: "IdentityCenter:user:listSessions", resource: ofUser, handle: (*Simulator).describeUser,
		},
		{
			operation: ListInstances, method: http.MethodGet, path: segments("/v1/instances"), signed: true,
			query:  []string{"limit", "marker"},
			action: "IdentityCenter:instance:list", resource: anything, handle: (*Simulator).listInstances,
		},
		{
			operation: DecodeAuthorizationMessage, method: http.MethodPost, path: segments("/v5/decode-authorization-message"), signed: true,
			action: "sts::decodeAuthorizationMessage", resource: anything, handle: (*Simulator).decodeAuthorizationMessage,
		},
		{
			operation: AssumeAgency, method: http.MethodPost, path: segments("/v5/agencies/assume"), signed: true,
			action: "sts:agencies:assume", resource: anything, handle: (*Simulator).assumeAgency,
		},
		{
			operation: AssumeAgencyWithOIDC, method: http.MethodPost, path: segments("/v5/agencies/assume-with-oidc"),
			handle: (*Simulator).assumeAgencyWithOIDC,
		},
		{
			operation: GetCallerIdentity, method: http.MethodGet, path: segments("/v5/caller-identity"), signed: true,
			action: "sts::getCallerIdentity", resource: anything, handle: (*Simulator).getCallerIdentity,
		},
		{
			// The vendor's SDK sends this one without a Content-Type when it refreshes federated keys.
			operation: CreateTemporaryAccessKeyByToken, method: http.MethodPost, path: segments("/v3.0/OS-CREDENTIAL/securitytokens"),
			body: byToken, untyped: true, handle: (*Simulator).createKeyByToken,
		},
		{
			operation: CreateTemporaryAccessKeyByAgency, method: http.MethodPost, path: segments("/v3.0/OS-CREDENTIAL/securitytokens"), signed: true,
			action: "iam:agencies:assume", resource: anything, handle: (*Simulator).createKeyByAgency,
		},
		{
			operation: CreateTokenWithIdToken, method: http.MethodPost, path: segments("/v3.0/OS-AUTH/id-token/tokens"),
			handle: (*Simulator).createTokenWithIDToken,
		},
		{
			operation: MetadataToken, method: http.MethodPut, path: segments("/meta-data/latest/api/token"),
			metadata: true, handle: (*Simulator).metadataToken,
		},
		{
			operation: MetadataSecurityKey, method: http.MethodGet, path: segments("/openstack/latest/securitykey"),
			metadata: true, handle: (*Simulator).metadataSecurityKey,
		},
	}
}

// request is a call on its way through the simulator.
type request struct {
	id          string
	now         time.Time
	method      string
	host        string
	escapedPath string
	// segments are those of the path, each unescaped.
	segments []string
	query    url.Values
	header   http.Header
	body     []byte

	route route
	// store and user are the IDs in the path.
	store, user string
	// refused is the answer to what cannot be routed or read at all.
	refused *answer
	// caller signed the request, unless unverified says why not.
	caller     Key
	unverified *unverified
}

// read takes a request off the wire and finds its route.
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
	known := false
	for _, candidate := range s.routes {
		if !r.follows(candidate.path) {
			continue
		}
		known = true
		if r.method == candidate.method && (candidate.body == nil || candidate.body(r.body)) {
			r.route = candidate
			return r, nil
		}
	}
	switch {
	case known:
		r.refused = refuse(http.StatusMethodNotAllowed, "APIGW.0101", "The API does not support the method "+r.method)
	default:
		r.refused = refuse(http.StatusNotFound, "APIGW.0101", "The API does not exist or has not been published in the environment")
	}
	return r, nil
}

// follows tells whether the path is of a form, and takes the IDs from it.
func (r *request) follows(path []string) bool {
	if len(path) != len(r.segments) {
		return false
	}
	for i, segment := range path {
		switch segment {
		case "{store}":
			r.store = r.segments[i]
		case "{user}":
			r.user = r.segments[i]
		case r.segments[i]:
		default:
			return false
		}
	}
	return true
}

// check refuses what holds for no operation: IDs out of bounds, arguments that
// it does not have, a body where none belongs, or of another type than JSON.
func (r *request) check() *answer {
	for i, segment := range r.route.path {
		if !strings.HasPrefix(segment, "{") {
			continue
		}
		// identity_store_id and user_id have 1 to 64 characters (API reference).
		if n := len([]rune(r.segments[i])); n < 1 || n > 64 {
			return badRequest(fmt.Sprintf("an ID in the path has %d characters instead of 1 to 64", n))
		}
	}
	for name, values := range r.query {
		if !slices.Contains(r.route.query, name) {
			return badRequest(fmt.Sprintf("unknown query argument %q", name))
		}
		if len(values) != 1 {
			return badRequest(fmt.Sprintf("query argument %q is given %d times", name, len(values)))
		}
	}
	if r.method != http.MethodPost {
		if len(r.body) > 0 {
			return badRequest("a " + r.method + " has no body")
		}
		return nil
	}
	return r.checkContentType()
}

// checkContentType refuses a body that does not say that it is JSON in UTF-8.
func (r *request) checkContentType() *answer {
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
