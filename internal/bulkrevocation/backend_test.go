// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package bulkrevocation

import (
	"errors"
	"slices"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// backend is a simulator with a client.
type backend struct {
	*acctest.Cloud
	client *identitycenter.Client
}

// clientOf returns a client that does not retry. decode turns on the decoding of authorization
// messages.
func (b *backend) clientOf(decode bool) *identitycenter.Client {
	return identitycenter.New(b.Transport(func(c *transport.Config) { c.MaxConcurrentRequests = 4 }), b, decode)
}

// sameSet reports whether got has each ID of want exactly once.
func sameSet(want, got []string) bool {
	want, got = slices.Sorted(slices.Values(revocation.Unique(want))), slices.Sorted(slices.Values(got))
	return slices.Equal(want, got)
}

// statusOf returns the HTTP status of the API's refusal; 0 if err is none.
func statusOf(err error) int {
	var refusal *transport.Error
	if errors.As(err, &refusal) {
		return refusal.Status
	}
	return 0
}
