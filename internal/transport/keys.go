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
	// Expires is when temporary keys end; zero when that is not known.
	Expires time.Time
	// Origin says in words where the keys came from, for error messages.
	Origin string
}

// KeySource hands out the keys to sign with at this moment. It is called for
// every attempt, by many goroutines at once, and must stop when ctx does.
type KeySource interface {
	Keys(ctx context.Context) (Keys, error)
}

// Renewer is a KeySource whose keys are temporary.
type Renewer interface {
	// Renew reports whether Keys has others to offer than those with the access
	// key that the API just rejected with a 401, fetching them if need be.
	Renew(ctx context.Context, rejectedAccessKey string) bool
}
