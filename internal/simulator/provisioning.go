// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Statuses of an account with a permission set (API reference).
const (
	latest    = "LATEST_PERMISSION_SET_PROVISIONED"
	notLatest = "LATEST_PERMISSION_SET_NOT_PROVISIONED"
)

// provisioning is one run that copies the policy of a permission set, as of the start of the
// run, to accounts.
type provisioning struct {
	id      string
	set     *permissionSet
	created time.Time
	// account is the only target; "" is all provisioned accounts.
	account  string
	policy   string
	revision int
	status   string
	reason   string
	// polls is the number of further responses that report it as in progress. missing is the number
	// of reads that do not find it.
	polls, missing int
}

// ProvisionedPolicy returns the custom identity policy of an account, from the last
// provisioning that reached it, and whether there is one.
func (s *Simulator) ProvisionedPolicy(instanceID, permissionSetID, accountID string) (policy string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.mustPermissionSet(instanceID, permissionSetID).byID[accountID]
	if a == nil {
		return "", false
	}
	return a.policy, a.policy != ""
}

// Provision provisions the current permission set to all its accounts at once.
func (s *Simulator) Provision(instanceID, permissionSetID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	set := s.mustPermissionSet(instanceID, permissionSetID)
	for _, a := range set.accounts {
		a.policy, a.revision = set.policy, set.revision
	}
}

func (s *Simulator) listProvisionedAccounts(r *request) (any, error) {
	in, set, err := s.findPermissionSet(r)
	if err != nil {
		return nil, err
	}
	wanted := r.query.Get("provisioning_status")
	if r.query.Has("provisioning_status") && wanted != latest && wanted != notLatest {
		return nil, badRequest(fmt.Sprintf("provisioning_status is %q instead of %s or %s", wanted, latest, notLatest))
	}
	p, err := r.page("accounts", in.InstanceID, set.PermissionSetID, wanted)
	if err != nil {
		return nil, err
	}
	ids, info := paged(p, set.accounts, func(a *account) int { return a.number }, func(a *account) (string, bool) {
		return a.id, wanted == "" || (wanted == latest) == (a.revision == set.revision)
	})
	return s.listed("account_ids", ids, info), nil
}

// provision is the body of ProvisionPermissionSet.
type provision struct {
	TargetType string  `json:"target_type"`
	TargetID   *string `json:"target_id"`
}

// account returns the target account; "" for all accounts of the permission set.
func (p provision) account(set *permissionSet) (string, error) {
	switch {
	case p.TargetType == "ALL_PROVISIONED_ACCOUNTS" && p.TargetID == nil:
		return "", nil
	case p.TargetType != "ACCOUNT" || p.TargetID == nil:
		return "", badRequest("target_type is ALL_PROVISIONED_ACCOUNTS, or ACCOUNT with a target_id")
	case set.byID[*p.TargetID] == nil:
		return "", notFound(fmt.Sprintf("The account %s does not have the permission set.", *p.TargetID))
	}
	return *p.TargetID, nil
}

func (s *Simulator) provisionPermissionSet(r *request) (any, error) {
	var wanted provision
	if err := decode(r.body, &wanted); err != nil {
		return nil, badRequest(err.Error())
	}
	in, set, err := s.findPermissionSet(r)
	if err != nil {
		return nil, err
	}
	account, err := wanted.account(set)
	if err != nil {
		return nil, err
	}
	if len(set.accounts) == 0 {
		if refused := s.provisionNone(); refused != nil {
			return nil, refused
		}
	}
	if s.options.ProvisioningConflict {
		for _, other := range in.provisionings {
			if other.set == set && other.status == "IN_PROGRESS" {
				s.advance(other)
				return nil, refuse(http.StatusConflict, "IIC.1006", "The permission set is being provisioned. Try again later.")
			}
		}
	}
	run := &provisioning{
		id: uuidLike("provisioning", in.InstanceID, fmt.Sprint(len(in.provisionings))), set: set, created: r.now, account: account,
		policy: set.policy, revision: set.revision, status: "IN_PROGRESS", polls: s.options.ProvisioningPolls, missing: s.options.ProvisioningStatusMissing,
	}
	in.provisionings[run.id] = run
	if run.polls == 0 {
		s.finish(run)
	}
	return s.provisioningStatus(run), nil
}

// provisionNone is the response for a permission set that is in no account; nil for success.
func (s *Simulator) provisionNone() error {
	const message = "The permission set is provisioned to no account."
	if s.options.ProvisionNone == http.StatusOK {
		return nil
	}
	return refuseWith(cmp.Or(s.options.ProvisionNone, http.StatusNotFound), "IIC.404", message)
}

// advance moves a run one response closer to its end.
func (s *Simulator) advance(run *provisioning) {
	if run.status != "IN_PROGRESS" {
		return
	}
	if run.polls > 0 {
		run.polls--
		return
	}
	s.finish(run)
}

// finish ends a run with the outcome that the options set.
func (s *Simulator) finish(run *provisioning) {
	run.status, run.reason = "SUCCEEDED", s.options.ProvisioningFailure
	if run.reason != "" {
		run.status = "FAILED"
	}
	missed := s.options.ProvisioningFailedAccounts
	for _, a := range run.set.accounts {
		if run.account != "" && a.id != run.account || run.reason != "" && (missed == nil || slices.Contains(missed, a.id)) {
			continue
		}
		a.policy, a.revision = run.policy, run.revision
	}
}

func (s *Simulator) describeProvisioningStatus(r *request) (any, error) {
	in, err := s.findInstance(r)
	if err != nil {
		return nil, err
	}
	run := in.provisionings[r.ids["request"]]
	if run != nil && run.missing > 0 {
		run.missing--
		run = nil
	}
	if run == nil {
		return nil, notFound(fmt.Sprintf("The request %s does not exist.", r.ids["request"]))
	}
	s.advance(run)
	return s.provisioningStatus(run), nil
}

// provisioningStatus is the response of both calls on a run.
func (s *Simulator) provisioningStatus(run *provisioning) any {
	return map[string]any{"permission_set_provisioning_status": struct {
		AccountID       string `json:"account_id,omitempty"`
		CreatedDate     any    `json:"created_date"`
		FailureReason   string `json:"failure_reason,omitempty"`
		PermissionSetID string `json:"permission_set_id"`
		RequestID       string `json:"request_id"`
		Status          string `json:"status"`
	}{run.account, created(run.created, !s.options.SwapCreatedDates), run.reason, run.set.PermissionSetID, run.id, run.status}}
}
