// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import "errors"

// ErrDisabled is the error of a sign-in of a disabled user.
var ErrDisabled = errors.New("the user is disabled")

// SignIn opens a portal session, like a login with the right password, and returns its ID. The
// error is ErrDisabled for a disabled user. It panics if the user does not exist.
func (s *Simulator) SignIn(storeID, userID string, session Session) (sessionID string, err error) {
	if !s.Enabled(storeID, userID) {
		return "", ErrDisabled
	}
	return s.AddSession(storeID, userID, session), nil
}
