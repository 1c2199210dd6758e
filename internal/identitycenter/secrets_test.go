// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// A response with a secret in place of an ID or page marker is unusable, and its error does not
// show the secret.
func TestUnusable_masksSecrets(t *testing.T) {
	t.Parallel()
	b := serve(t)
	secret := b.Management.SecretKey
	for name, test := range map[string]struct {
		operation, body string
		call            func(*Client) error
	}{
		"next_marker": {simulator.ListUsers, `{"users":[],"page_info":{"next_marker":"` + secret + `","current_count":0}}`, func(c *Client) error {
			_, err := users(c, b.IdentityStoreID, "")
			return err
		}},
		"user_id": {simulator.DescribeUser, `{"user_id":"` + secret + `","enabled":true}`, func(c *Client) error {
			_, _, err := c.User(t.Context(), b.IdentityStoreID, "u")
			return err
		}},
		"session_id": {simulator.ListSessions, `{"session_list":[{"session_id":"` + strings.Repeat(secret, 10) + `"}]}`, func(c *Client) error {
			_, _, err := c.ListSessions(t.Context(), b.IdentityStoreID, "u")
			return err
		}},
		"group_id": {simulator.DescribeGroup, `{"group_id":"` + secret + `"}`, func(c *Client) error {
			_, _, err := c.Group(t.Context(), b.IdentityStoreID, "g")
			return err
		}},
	} {
		b.Inject(simulator.Fault{Operation: test.operation, Status: http.StatusOK, Body: test.body})
		err := test.call(b.management())
		if !errors.Is(err, transport.ErrUndocumented) || strings.Contains(err.Error(), secret[:20]) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A message that exceeds the limit of DecodeAuthorizationMessage is not sent to it.
func TestDecoded_longMessage(t *testing.T) {
	t.Parallel()
	b := serve(t)
	for length, calls := range map[int]int{longestEncodedMessage: 1, longestEncodedMessage + 1: 0} {
		b.ResetCalls()
		b.ClearFaults()
		b.Inject(simulator.Fault{
			Operation: simulator.ListSessions, Status: http.StatusForbidden,
			Body: `{"error_code":"IIC.1000","error_msg":"No.","encoded_authorization_message":"` + strings.Repeat("x", length) + `"}`,
		})
		denied := denial(t, b.list(t.Context(), b.client(b, true)))
		if n := len(b.CallsOf(simulator.DecodeAuthorizationMessage)); n != calls || denied.DecodeErr == nil || len(denied.Err.EncodedMessage) != length {
			t.Errorf("%d characters: %d calls, %v", length, n, denied.DecodeErr)
		}
	}
}
