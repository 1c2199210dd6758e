// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"errors"

	"github.com/cenkalti/backoff/v5"
)

// errNotDone makes backoff.Retry go on.
var errNotDone = errors.New("not done")

// Poll calls look until it is done or fails, or ctx ends, with pauses in between. The end of ctx
// is an error with its cause.
func Poll(ctx context.Context, pauses backoff.BackOff, look func() (done bool, err error), options ...backoff.RetryOption) error {
	_, err := backoff.Retry(ctx, func() (bool, error) {
		if ctx.Err() != nil {
			return false, backoff.Permanent(context.Cause(ctx))
		}
		done, err := look()
		switch {
		case err != nil:
			err = backoff.Permanent(err)
		case !done:
			err = errNotDone
		}
		return done, err
	}, append(options, backoff.WithBackOff(pauses), backoff.WithMaxElapsedTime(0))...)
	return err
}
