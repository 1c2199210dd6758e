// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package cutoff

import (
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
	// maxMissingStatuses limits how often in a row the status of a provisioning may be
	// missing.
	maxMissingStatuses = 5
)

// provision provisions the permission set of c until every account has the latest policy.
// Another provisioning that began before the change may end later and restore the old policy.
// A permission set that is in no account is not provisioned.
func (e *Editor) provision(ctx context.Context, c Change) error {
	// A refused list does not prevent the provisioning, because the accounts are listed again
	// at the end.
	accounts, err := identitycenter.Collect(e.client.ProvisionedAccounts(ctx, c.InstanceID, c.PermissionSetID, false))
	if err == nil && len(accounts) == 0 {
		return nil
	}
	pauses, before, unchanged := e.newPauses(), "", 0
	for n := 1; ; n++ {
		requestID, err := e.provisionOnce(ctx, c, len(accounts))
		if err != nil {
			return err
		}
		lagging, err := e.Unprovisioned(ctx, c.Target)
		if err != nil || len(lagging) == 0 {
			return err
		}
		_, text, err := e.read(ctx, c.Target)
		if err != nil {
			return err
		}
		if unchanged++; text != before {
			before, unchanged = text, 1
		}
		if unchanged == maxProvisionings || n == maxProvisioningsInAll {
			return &ProvisioningError{
				RequestID: requestID, Accounts: lagging, Total: len(accounts),
				Reason: "the API reports success, but accounts still do not have the latest policy",
			}
		}
		if err := wait(ctx, pauses); err != nil {
			return err
		}
	}
}

// provisionOnce provisions a permission set to all its accounts and waits for the end. total
// is the number of accounts; 0 if unknown.
func (e *Editor) provisionOnce(ctx context.Context, c Change, total int) (requestID string, err error) {
	status, err := e.startProvisioning(ctx, c)
	if err != nil {
		return "", err
	}
	if status, err = e.awaitProvisioning(ctx, c, status); err != nil {
		return status.RequestID, err
	}
	if status.Status == identitycenter.Succeeded {
		return status.RequestID, nil
	}
	failed := &ProvisioningError{RequestID: status.RequestID, Reason: status.FailureReason, Total: total}
	if status.Status != identitycenter.Failed {
		failed.Reason = fmt.Sprintf("its status is %q, which Huawei Cloud does not document", transport.Printable(status.Status, transport.LongestID))
	}
	failed.Accounts, failed.ListErr = e.Unprovisioned(ctx, c.Target)
	return status.RequestID, failed
}

// startProvisioning starts a provisioning. It waits for another one in progress, which may
// have begun before the change.
func (e *Editor) startProvisioning(ctx context.Context, c Change) (identitycenter.Progress, error) {
	pauses, conflicts, notice := e.newPauses(), 0, e.newNotice(c, "another provisioning to end")
	for {
		status, _, err := e.client.Provision(ctx, c.InstanceID, c.PermissionSetID)
		var failed *transport.Error
		if !errors.As(err, &failed) || failed.Status != http.StatusConflict {
			return status, err
		}
		if failed.Code != transport.CodeConcurrency {
			if conflicts++; conflicts >= maxConflicts {
				return status, err
			}
		}
		notice.check()
		if waitErr := wait(ctx, pauses); waitErr != nil {
			return status, fmt.Errorf("%w, while another provisioning of the permission set is running: %w", waitErr, err)
		}
	}
}

// awaitProvisioning waits for the end of a provisioning. Its status may not exist yet.
func (e *Editor) awaitProvisioning(ctx context.Context, c Change, status identitycenter.Progress) (identitycenter.Progress, error) {
	pauses, missing, notice := e.newPauses(), 0, e.newNotice(c, "provisioning "+status.RequestID)
	for status.Status == identitycenter.InProgress {
		notice.check()
		if err := wait(ctx, pauses); err != nil {
			return status, fmt.Errorf("%w, while provisioning %s was in progress", err, status.RequestID)
		}
		newest, _, err := e.client.ProvisioningStatus(ctx, c.InstanceID, status.RequestID)
		switch {
		case err == nil:
			status, missing = newest, 0
		case transport.NotFound(err) && missing < maxMissingStatuses:
			missing++
		default:
			return status, err
		}
	}
	return status, nil
}

// Unprovisioned returns the accounts that do not have the latest policy of a permission set.
func (e *Editor) Unprovisioned(ctx context.Context, t Target) ([]string, error) {
	return identitycenter.Collect(e.client.ProvisionedAccounts(ctx, t.InstanceID, t.PermissionSetID, true))
}
