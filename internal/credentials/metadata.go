// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iam/v3/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

const (
	// metadataEndpoint is the URL of a cloud server's metadata, unless HW_METADATA_ENDPOINT
	// is set.
	metadataEndpoint = "http://169.254.169.254"
	// metadataTimeout limits both calls together: they go to the same machine, and only a
	// cloud server has metadata.
	metadataTimeout = 3 * time.Second
	// metadataTokenSeconds is the lifetime of the token, which is used at once.
	metadataTokenSeconds = "60"
	// maxMetadata limits the bytes of a response.
	maxMetadata = 1 << 20
)

// metadata fetches the keys of a cloud server's agency.
type metadata struct {
	endpoint string
	timeout  time.Duration
	// http uses no proxy, which would return its own metadata, and follows no redirect.
	http *http.Transport
}

func newMetadata(env Environment) *metadata {
	return &metadata{
		endpoint: strings.TrimRight(cmp.Or(env.Get(envMetadataEndpoint), metadataEndpoint), "/"),
		timeout:  metadataTimeout,
		http:     &http.Transport{DisableKeepAlives: true, MaxResponseHeaderBytes: maxMetadata},
	}
}

// fetch requests a token, and the keys with it.
func (m *metadata) fetch(ctx context.Context) (transport.Keys, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, m.timeout, fmt.Errorf("no response within %s", m.timeout))
	defer cancel()

	keys, err := m.keys(ctx)
	if err != nil {
		return transport.Keys{}, &StepError{Doing: "reading the keys of this cloud server's agency (metadata)", Err: err}
	}
	keys.Origin = "the agency of this cloud server (metadata)"
	return keys, nil
}

func (m *metadata) keys(ctx context.Context) (transport.Keys, error) {
	header := http.Header{}
	if token := m.token(ctx); token != "" {
		header.Set("X-Metadata-Token", token)
	}
	status, body, err := m.call(ctx, http.MethodGet, "/openstack/latest/securitykey", header)
	if err != nil {
		return transport.Keys{}, err
	}
	if status != http.StatusOK {
		return transport.Keys{}, fmt.Errorf("HTTP %d, which may mean that the server has no agency", status)
	}
	var response struct {
		Credential *model.Credential `json:"credential"`
	}
	if json.Unmarshal(body, &response) != nil {
		return transport.Keys{}, errNoKeysGiven
	}
	return fromIAM(response.Credential)
}

// token returns a token for the metadata; "" if the server returns none. Older servers have no
// tokens (the SDK expects 404, 405 and 503). Containers refuse the PUT in other ways or let it
// hang. The next call shows whether a token is required.
func (m *metadata) token(ctx context.Context) string {
	// A container is a network hop away, where the PUT may get no response. This timeout leaves
	// time for the request without a token.
	ctx, cancel := context.WithTimeout(ctx, m.timeout/3)
	defer cancel()
	status, body, err := m.call(ctx, http.MethodPut, "/meta-data/latest/api/token",
		http.Header{"X-Metadata-Token-Ttl-Seconds": {metadataTokenSeconds}})
	token := strings.TrimSpace(string(body))
	if err != nil || status != http.StatusOK || tokenFault(token) != "" {
		return ""
	}
	return token
}

// call returns the status and the body of a response.
func (m *metadata) call(ctx context.Context, method, path string, header http.Header) (status int, body []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, method, m.endpoint+path, http.NoBody)
	if err != nil {
		return 0, nil, errors.New("it is not a URL (" + envMetadataEndpoint + ")")
	}
	r.Header = header
	resp, err := m.http.RoundTrip(r)
	if err == nil {
		defer func() { _ = resp.Body.Close() }()
		status = resp.StatusCode
		if status < http.StatusOK {
			// The body of a 101 is the connection itself, and reading it ignores the context.
			return status, nil, errors.New("it switched to another protocol")
		}
		defer context.AfterFunc(ctx, func() { _ = resp.Body.Close() })()
		body, err = io.ReadAll(io.LimitReader(resp.Body, maxMetadata))
	}
	var network net.Error
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx) // It says more than the error that it causes.
	case err != nil && !errors.As(err, &network):
		err = errors.New("its response is not valid HTTP") // net/http would quote the URL.
	}
	return status, body, err
}
