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
	// metadataEndpoint is where a cloud server finds its metadata, unless
	// HW_METADATA_ENDPOINT says otherwise.
	metadataEndpoint = "http://169.254.169.254"
	// metadataTimeout bounds both calls together: they go to the same machine, and
	// anywhere but on a cloud server nobody answers.
	metadataTimeout = 3 * time.Second
	// metadataTokenSeconds is how long the token is good for, which is used at once.
	metadataTokenSeconds = "60"
	// maxMetadata bounds the bytes that are read of a response.
	maxMetadata = 1 << 20
)

// metadata fetches the keys of the agency that a cloud server has.
type metadata struct {
	endpoint string
	timeout  time.Duration
	// http goes through no proxy, which would be asked for its own metadata, and
	// as a bare transport follows no redirect.
	http *http.Transport
}

func newMetadata(env Environment) *metadata {
	return &metadata{
		endpoint: strings.TrimRight(cmp.Or(env.Get(envMetadataEndpoint), metadataEndpoint), "/"),
		timeout:  metadataTimeout,
		http:     &http.Transport{DisableKeepAlives: true, MaxResponseHeaderBytes: maxMetadata},
	}
}

// fetch asks for a token and with it for the keys.
func (m *metadata) fetch(ctx context.Context) (transport.Keys, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, m.timeout, fmt.Errorf("no response within %s", m.timeout))
	defer cancel()

	keys, err := m.keys(ctx)
	if err != nil {
		return transport.Keys{}, fmt.Errorf("the server metadata at %s gave no keys: %w", m.endpoint, err)
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
		return transport.Keys{}, fmt.Errorf("asked for keys it responded HTTP %d, as it does when the server has no agency", status)
	}
	var response struct {
		Credential *model.Credential `json:"credential"`
	}
	if json.Unmarshal(body, &response) != nil {
		return transport.Keys{}, errNoKeysGiven
	}
	return fromIAM(response.Credential)
}

// token returns a token for the metadata; empty where the server gives none. An
// older one knows no tokens (the SDK takes 404, 405 and 503 for that), and containers
// refuse the PUT in other ways or let it hang: whether keys can be had without a
// token is for the next call to find out.
func (m *metadata) token(ctx context.Context) string {
	// Where it gets no response, as in a container that is a network hop away, there is time left
	// to request the keys without a token.
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
		return 0, nil, errors.New("this is no URL (" + envMetadataEndpoint + ")")
	}
	r.Header = header
	resp, err := m.http.RoundTrip(r)
	if err == nil {
		defer func() { _ = resp.Body.Close() }()
		status = resp.StatusCode
		if status < http.StatusOK {
			// The body of a 101 is the connection itself, whose reads no context ends.
			return status, nil, errors.New("it switched to another protocol")
		}
		defer context.AfterFunc(ctx, func() { _ = resp.Body.Close() })()
		body, err = io.ReadAll(io.LimitReader(resp.Body, maxMetadata))
	}
	var network net.Error
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx) // It says more than the error that it leads to.
	case err != nil && !errors.As(err, &network):
		err = errors.New("its response is not valid HTTP") // net/http would quote it.
	}
	return status, body, err
}
