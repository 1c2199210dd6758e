// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"net/http"
	"time"
)

// InMemory returns a transport that sends to a handler without a network, so that it uses the clock
// of a synctest bubble. Every call takes the latency.
func InMemory(handler http.Handler, latency time.Duration) *Transport {
	return through(inMemory{handler: handler, latency: latency}, retries(DefaultMaxRetries))
}
