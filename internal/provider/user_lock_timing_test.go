// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/userlock"
)

// Locks in the test process use short pauses.
func init() {
	protectionTimeout = time.Second
	lockTiming = &userlock.Timing{MaxDelayBeforeDisable: 2 * time.Second, FirstPause: time.Millisecond, LongestPause: 20 * time.Millisecond}
}
