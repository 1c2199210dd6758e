// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package cutoff

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

const (
	// maxProvisionings limits the provisionings of one change that succeed although accounts
	// lack the latest policy and no other client edited it. maxProvisioningsInAll also counts
	// those after which it was edited.
	maxProvisionings, maxProvisioningsInAll = 3, 15
	// maxConflicts limits the 409 responses to a provisioning, except IIC.1006.
	maxConflicts = 4
)

// provisionAll provisions the permission set until every account has the latest policy.
// Another provisioning that began before the change may end later and restore the old policy.
// A permission set that is in no account is not provisioned.
func (w *writer) provisionAll(ctx context.Context) error {
	// A refused list does not prevent the provisioning, because the accounts are listed again
	// at the end.
	accounts, err := identitycenter.Collect(w.client.ProvisionedAccounts(ctx, w.InstanceID, w.PermissionSetID, false))
	if err == nil && len(accounts) == 0 {
		return nil
	}
	before, unchanged, n := "", 0, 0
	return w.poll(ctx, "all accounts to have the latest policy", func() (bool, error) {
		requestID, err := w.provisionOnce(ctx, len(accounts))
		if err != nil {
			return false, err
		}
		lagging, err := w.Unprovisioned(ctx, w.Target)
		if err != nil || len(lagging) == 0 {
			return true, err
		}
		_, text, err := w.read(ctx, w.Target)
		n++
		if unchanged++; text != before {
			before, unchanged = text, 1
		}
		if err == nil && (unchanged == maxProvisionings || n == maxProvisioningsInAll) {
			err = &ProvisioningError{
				RequestID: requestID, Accounts: lagging, Total: len(accounts),
				Reason: "the API reports success, but accounts still do not have the latest policy",
			}
		}
		return false, err
	})
}

// provisionOnce provisions a permission set to all its accounts and waits for the end. total
// is the number of accounts; 0 if unknown.
func (w *writer) provisionOnce(ctx context.Context, total int) (requestID string, err error) {
	status, err := w.startProvisioning(ctx)
	if err != nil {
		return "", err
	}
	err = w.poll(ctx, "provisioning "+status.RequestID, status.Look(func(requestID string) (identitycenter.Progress, transport.Receipt, error) {
		return w.client.ProvisioningStatus(ctx, w.InstanceID, requestID)
	}))
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w, while provisioning %s was in progress", err, status.RequestID)
	}
	if err != nil || status.Status == identitycenter.Succeeded {
		return status.RequestID, err
	}
	reason := cmp.Or(status.FailureReason, "its status is "+transport.Printable(status.Status, transport.LongestID))
	failed := &ProvisioningError{RequestID: status.RequestID, Reason: reason, Total: total}
	failed.Accounts, failed.ListErr = w.Unprovisioned(ctx, w.Target)
	return status.RequestID, failed
}

// startProvisioning starts a provisioning. It waits for another one in progress, which may
// have begun before the change.
func (w *writer) startProvisioning(ctx context.Context) (status identitycenter.Progress, err error) {
	var refusal *transport.Error
	conflicts := 0
	err = w.poll(ctx, "another provisioning to end", func() (bool, error) {
		status, _, err = w.client.Provision(ctx, w.InstanceID, w.PermissionSetID)
		if !errors.As(err, &refusal) || refusal.Status != http.StatusConflict {
			return true, err
		}
		if refusal.Code != transport.CodeConcurrency {
			conflicts++
		}
		if conflicts < maxConflicts {
			err = nil
		}
		return false, err
	})
	if err != nil && ctx.Err() != nil && refusal != nil && refusal.Status == http.StatusConflict {
		err = fmt.Errorf("%w, while another provisioning of the permission set is running: %w", err, refusal)
	}
	return status, err
}

// Unprovisioned returns the accounts that do not have the latest policy of a permission set.
func (e *Editor) Unprovisioned(ctx context.Context, t Target) ([]string, error) {
	return identitycenter.Collect(e.client.ProvisionedAccounts(ctx, t.InstanceID, t.PermissionSetID, true))
}
