// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import (
	"net/http"
	"strconv"
	"time"
)

// maxMetadataTokenLifetime is the longest lifetime of a token of the server metadata (SDK).
const maxMetadataTokenLifetime = 6 * time.Hour

// metadata is the metadata of the cloud server on which the client runs.
type metadata struct {
	key *Key
	// tokens are the issued tokens with their expiry.
	tokens map[string]time.Time
}

// AddMetadataKey makes the server metadata return a temporary key, which the simulator
// accepts from now on. It generates the missing ones of AccessKey, SecretKey, SecurityToken
// and Expires (24 hours from now), and returns the complete key.
func (s *Simulator) AddMetadataKey(key Key) Key {
	s.mu.Lock()
	defer s.mu.Unlock()
	minted := s.mint(s.now(), 24*time.Hour, Key{AccountID: key.AccountID})
	delete(s.keys, minted.AccessKey)
	if key.AccessKey == "" {
		key.AccessKey = minted.AccessKey
	}
	if key.SecretKey == "" {
		key.SecretKey = minted.SecretKey
	}
	if key.SecurityToken == "" {
		key.SecurityToken = minted.SecurityToken
	}
	if key.Expires.IsZero() {
		key.Expires = minted.Expires
	}
	s.addKey(key)
	key = s.keys[key.AccessKey]
	s.metadata.key = &key
	return key
}

// issuesTokens reports whether the server metadata issues tokens, and then requires them.
func (o Options) issuesTokens() bool {
	return !o.MetadataTokenDropped && o.MetadataTokenStatus == 0
}

func (s *Simulator) metadataToken(r *request) (any, error) {
	if !s.options.issuesTokens() {
		return answer{status: s.options.MetadataTokenStatus, dropped: s.options.MetadataTokenDropped}, nil
	}
	seconds, err := strconv.Atoi(r.header.Get("X-Metadata-Token-Ttl-Seconds"))
	lifetime := time.Duration(seconds) * time.Second
	if err != nil || lifetime <= 0 || lifetime > maxMetadataTokenLifetime {
		return nil, refusedByMetadata(http.StatusBadRequest, "X-Metadata-Token-Ttl-Seconds must be 1 to 21600")
	}
	token := randomHex(32)
	s.metadata.tokens[token] = r.now.Add(lifetime)
	return answer{status: http.StatusOK, contentType: "text/plain", payload: text(token)}, nil
}

func (s *Simulator) metadataSecurityKey(r *request) (any, error) {
	expires, known := s.metadata.tokens[r.header.Get("X-Metadata-Token")]
	if s.options.issuesTokens() && (!known || !r.now.Before(expires)) {
		return nil, refusedByMetadata(http.StatusUnauthorized, "X-Metadata-Token is missing, unknown or has expired")
	}
	if s.metadata.key == nil {
		// Huawei Cloud's SDK recognizes this message.
		return nil, refusedByMetadata(http.StatusUnauthorized, "Please configure Cloud Service Agency first")
	}
	return credential(http.StatusOK, *s.metadata.key), nil
}

// refusedByMetadata returns a refusal in plain text, without a code.
func refusedByMetadata(status int, message string) *refusal {
	return &refusal{answer{status: status, contentType: "text/plain", payload: text(message)}}
}
