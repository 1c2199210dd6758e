// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package useraccess

import "context"

// Suspend removes the listed access that the user has. Access that is not there is done. An
// *UnfinishedError names what is left; any other error means that nothing was changed.
func (s *Suspender) Suspend(ctx context.Context, listed Listed) (Result, error) {
	return s.newRun(listed, false).do(ctx)
}
