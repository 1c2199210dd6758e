// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package cutoff

import (
	"context"
	"iter"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
)

// Listed is a permission set with the session cutoffs in its policy.
type Listed struct {
	Set        identitycenter.PermissionSet
	Statements []Statement
	Others     int // as for Editor.Statements
	// Err is why the permission set or its policy could not be read. With a zero Set, the
	// remaining permission sets could not be listed.
	Err error
}

// List yields the permission sets of an instance, in order, with the session cutoffs in their
// policies. Without ids it yields all of the instance. It reads as many policies concurrently
// as the client allows.
func (e *Editor) List(ctx context.Context, instanceID string, ids []string) iter.Seq[Listed] {
	return func(yield func(Listed) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		queue := make(chan chan Listed, e.client.Concurrency())
		go func() {
			defer close(queue)
			for set, err := range e.permissionSets(ctx, instanceID, ids) {
				result := make(chan Listed, 1)
				select {
				case queue <- result:
				case <-ctx.Done():
					return
				}
				go func() {
					listed := Listed{Set: set, Err: err}
					if err == nil {
						listed.Statements, listed.Others, listed.Err = e.Statements(ctx, Target{instanceID, set.ID})
					}
					result <- listed
				}()
			}
		}()
		for result := range queue {
			if !yield(<-result) {
				return
			}
		}
	}
}

// permissionSets yields the permission sets with the IDs, each with its own error, or all of
// the instance.
func (e *Editor) permissionSets(ctx context.Context, instanceID string, ids []string) iter.Seq2[identitycenter.PermissionSet, error] {
	if len(ids) == 0 {
		return e.client.PermissionSets(ctx, instanceID)
	}
	return func(yield func(identitycenter.PermissionSet, error) bool) {
		for _, id := range revocation.Unique(ids) {
			set, _, err := e.client.PermissionSet(ctx, instanceID, id)
			set.ID = id
			if !yield(set, err) {
				return
			}
		}
	}
}
