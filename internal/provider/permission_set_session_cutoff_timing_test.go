// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/cutoff"
)

// Providers in the test process use short pauses.
func init() {
	cutoffTiming = cutoff.Timing{
		FirstPause: 2 * time.Millisecond, MaxPause: 50 * time.Millisecond, AcceptedLag: 2 * time.Second, UncertainLag: 20 * time.Millisecond,
		MissingPause: 2 * time.Millisecond, ReportAfter: 10 * time.Millisecond,
	}
}
