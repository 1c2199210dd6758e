// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package useraccess

import "context"

// Restore creates the listed access that the user does not have. Its errors are those of
// Suspend.
func (s *Suspender) Restore(ctx context.Context, listed Listed) (Result, error) {
	return s.newRun(listed, true).do(ctx)
}
