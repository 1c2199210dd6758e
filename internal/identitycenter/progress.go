// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"cmp"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// Statuses of an asynchronous operation.
const (
	InProgress = "IN_PROGRESS"
	Succeeded  = "SUCCEEDED"
	Failed     = "FAILED"
)

// Progress is the progress of an asynchronous operation: the creation or deletion of an
// account assignment, or the provisioning of a permission set.
type Progress struct {
	// RequestID identifies the operation for the status calls.
	RequestID string
	// Status is one of the constants above.
	Status string
	// FailureReason is the API's text; empty unless Status is Failed.
	FailureReason string
}

// maxMissingStatuses limits how often in a row the status of an operation may be missing.
const maxMissingStatuses = 5

// Look returns a function for transport.Poll that reads the progress until the operation ends. The
// first call reads nothing. The status may not exist yet (API-FACTS.md,
// provisioning-status-shows).
func (p *Progress) Look(read func(requestID string) (Progress, transport.Receipt, error)) func() (done bool, err error) {
	missing := -1
	return func() (bool, error) {
		if missing++; missing == 0 {
			return p.Status != InProgress, nil
		}
		newest, _, err := read(p.RequestID)
		if transport.NotFound(err) && missing <= maxMissingStatuses {
			return false, nil
		}
		if err == nil {
			*p, missing = newest, 0
		}
		return p.Status != InProgress, err
	}
}

// progressDTO has no created_date: the documents disagree on its type (API-FACTS.md,
// created-date-type).
type progressDTO struct {
	RequestID     string          `json:"request_id"`
	Status        string          `json:"status"`
	FailureReason lenient[string] `json:"failure_reason"`
}

// progress converts the progress of an operation. If wanted is set, the progress of another request
// is a fault.
func (c *Client) progress(found *progressDTO, wanted string) (progress Progress, fault string) {
	p := value(found)
	if idFault("request_id", p.RequestID) != "" || idFault("status", p.Status) != "" {
		return progress, "it has no status of the operation"
	}
	progress = Progress{RequestID: p.RequestID, Status: p.Status, FailureReason: c.printable(p.FailureReason.value, transport.LongestText)}
	return progress, otherFault("request", p.RequestID, cmp.Or(wanted, p.RequestID))
}
