// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"time"
)

// Keys sign a request.
type Keys struct {
	AccessKey string
	SecretKey Secret
	// SecurityToken goes with temporary keys; empty for permanent ones.
	SecurityToken Secret
	// Expires is when temporary keys expire; zero if that is unknown.
	Expires time.Time
	// Origin describes where the keys come from, for error messages.
	Origin string
}

// KeySource returns the keys to sign with. It is called for every attempt, by many
// goroutines at once, and must return when ctx ends.
type KeySource interface {
	Keys(ctx context.Context) (Keys, error)
}

// Renewer is a KeySource whose keys are temporary.
type Renewer interface {
	// Renew reports whether Keys returns other keys than those with the access key that
	// the API rejected with a 401. It fetches them if necessary.
	Renew(ctx context.Context, rejectedAccessKey string) bool
}
