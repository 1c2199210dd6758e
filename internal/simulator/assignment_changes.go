// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// assignmentChange is the creation or deletion of an account assignment, which takes effect
// when it succeeds.
type assignmentChange struct {
	id         string
	created    time.Time
	assignment AccountAssignment
	// creation is true for a creation, false for a deletion.
	creation bool
	status   string
	reason   string
	// polls is how many more responses report the change as in progress.
	polls int
	// lag is how many lists still show the old state after it succeeded.
	lag int
}

// AccountAssignments returns the assignments of a user or a group (principalType USER or
// GROUP), without those through groups, in the order of their creation.
func (s *Simulator) AccountAssignments(instanceID, principalType, principalID string) []AccountAssignment {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.mustInstance(instanceID)
	var all []AccountAssignment
	for _, a := range in.assignments[principal{principalType, principalID}] {
		all = append(all, a.AccountAssignment)
	}
	for _, change := range in.changes {
		if change.status != "SUCCEEDED" || change.lag == 0 || change.assignment.PrincipalType != principalType || change.assignment.PrincipalID != principalID {
			continue
		}
		all = slices.DeleteFunc(all, func(a AccountAssignment) bool { return a == change.assignment })
		if change.creation {
			all = append(all, change.assignment)
		}
	}
	return all
}

// assignmentBody is the body of both calls.
type assignmentBody struct {
	PermissionSetID string `json:"permission_set_id"`
	PrincipalID     string `json:"principal_id"`
	PrincipalType   string `json:"principal_type"`
	TargetID        string `json:"target_id"`
	TargetType      string `json:"target_type"`
}

// changedAssignment returns the assignment in the body of a request.
func (s *Simulator) changedAssignment(r *request) (*instance, AccountAssignment, error) {
	var none AccountAssignment
	var body assignmentBody
	if err := decode(r.body, &body); err != nil {
		return nil, none, badRequest(err.Error())
	}
	switch {
	case body.TargetType != "ACCOUNT":
		return nil, none, badRequest(fmt.Sprintf("target_type is %q instead of ACCOUNT", body.TargetType))
	case body.PrincipalType != "USER" && body.PrincipalType != "GROUP":
		return nil, none, badRequest(fmt.Sprintf("principal_type is %q instead of USER or GROUP", body.PrincipalType))
	case body.PermissionSetID == "" || body.PrincipalID == "" || body.TargetID == "":
		return nil, none, badRequest("permission_set_id, principal_id and target_id are mandatory")
	}
	in, err := s.findInstance(r)
	if err != nil {
		return nil, none, err
	}
	if in.sets[body.PermissionSetID] == nil {
		return nil, none, refuse(http.StatusNotFound, "IIC.1205", fmt.Sprintf("The permission set %s does not exist.", body.PermissionSetID))
	}
	store := s.addStore(in.IdentityStoreID)
	if body.PrincipalType == "USER" && store.byID[body.PrincipalID] == nil || body.PrincipalType == "GROUP" && store.groupsByID[body.PrincipalID] == nil {
		return nil, none, notFound(fmt.Sprintf("The principal %s does not exist.", body.PrincipalID))
	}
	return in, AccountAssignment{
		AccountID: body.TargetID, PermissionSetID: body.PermissionSetID, PrincipalID: body.PrincipalID, PrincipalType: body.PrincipalType,
	}, nil
}

func (s *Simulator) createAccountAssignment(r *request) (any, error) {
	return s.changeAssignment(r, true)
}

func (s *Simulator) deleteAccountAssignment(r *request) (any, error) {
	return s.changeAssignment(r, false)
}

// changeAssignment begins a creation or a deletion.
func (s *Simulator) changeAssignment(r *request, creation bool) (any, error) {
	in, a, err := s.changedAssignment(r)
	if err != nil {
		return nil, err
	}
	if s.options.AssignmentConflict {
		for _, other := range in.changes {
			if other.assignment.PermissionSetID == a.PermissionSetID && other.status == "IN_PROGRESS" {
				s.advanceChange(in, other)
				return nil, refuse(http.StatusConflict, "IIC.1006", "The permission set is being assigned. Try again later.")
			}
		}
	}
	done := in.has(a) == creation
	if err := s.refuseDone(a, creation, done); err != nil {
		return nil, err
	}
	change := &assignmentChange{
		id: uuidLike("assignment change", in.InstanceID, fmt.Sprint(len(in.changes))), created: r.now, assignment: a, creation: creation,
		status: "IN_PROGRESS", polls: s.options.AssignmentPolls, lag: s.options.AssignmentLag, reason: s.options.AssignmentFailure,
	}
	if done && s.options.RepeatedAssignmentFails {
		change.reason = "The account assignment already has the requested state."
	}
	in.changes = append(in.changes, change)
	if change.polls == 0 {
		s.finishChange(in, change)
	}
	return change.answer(s.options.SwapCreatedDates), nil
}

// refuseDone refuses the creation of an existing assignment and the deletion of a missing
// one, as the options say.
func (s *Simulator) refuseDone(a AccountAssignment, creation, done bool) error {
	switch status := s.options.AssignmentMissing; {
	case !done || s.options.RepeatedAssignmentFails:
		return nil
	case creation && s.options.AssignmentExists != 0 && s.options.AssignmentExists != http.StatusOK:
		return refuseWith(s.options.AssignmentExists, "IIC.404", fmt.Sprintf("The account assignment in %s exists.", a.AccountID))
	case !creation && status == 0:
		return notFound(fmt.Sprintf("The account assignment in %s does not exist.", a.AccountID))
	case !creation && status != http.StatusOK:
		return refuseWith(status, "IIC.404", fmt.Sprintf("The account assignment in %s does not exist.", a.AccountID))
	}
	return nil
}

// has reports whether an assignment exists.
func (in *instance) has(a AccountAssignment) bool {
	return slices.ContainsFunc(in.assignments[principal{a.PrincipalType, a.PrincipalID}], func(known *assignment) bool { return known.AccountAssignment == a })
}

// advanceChange moves a change one response closer to its end.
func (s *Simulator) advanceChange(in *instance, change *assignmentChange) {
	if change.status != "IN_PROGRESS" {
		return
	}
	if change.polls > 1 {
		change.polls--
		return
	}
	s.finishChange(in, change)
}

// finishChange ends a change. It takes effect unless it fails.
func (s *Simulator) finishChange(in *instance, change *assignmentChange) {
	change.status = "SUCCEEDED"
	if change.reason != "" {
		change.status = "FAILED"
		return
	}
	if change.lag == 0 {
		in.apply(change)
	}
}

// apply applies a change of an assignment.
func (in *instance) apply(change *assignmentChange) {
	if change.creation {
		in.assign(change.assignment)
		return
	}
	in.unassign(change.assignment)
}

// settle counts a list of assignments. After the last delayed list, finished changes show.
func (in *instance) settle() {
	for _, change := range in.changes {
		if change.status == "SUCCEEDED" && change.lag > 0 {
			if change.lag--; change.lag == 0 {
				in.apply(change)
			}
		}
	}
}

func (s *Simulator) describeAssignmentCreation(r *request) (any, error) {
	return s.describeChange(r, true)
}

func (s *Simulator) describeAssignmentDeletion(r *request) (any, error) {
	return s.describeChange(r, false)
}

func (s *Simulator) describeChange(r *request, creation bool) (any, error) {
	in, err := s.findInstance(r)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(in.changes, func(c *assignmentChange) bool { return c.id == r.ids["request"] && c.creation == creation })
	if i < 0 {
		return nil, notFound(fmt.Sprintf("The request %s does not exist.", r.ids["request"]))
	}
	s.advanceChange(in, in.changes[i])
	return in.changes[i].answer(s.options.SwapCreatedDates), nil
}

// answer is the response of all calls on a change.
func (c *assignmentChange) answer(dateAsText bool) any {
	name := map[bool]string{true: "account_assignment_creation_status", false: "account_assignment_deletion_status"}[c.creation]
	reason := ""
	if c.status == "FAILED" {
		reason = c.reason
	}
	return map[string]any{name: struct {
		CreatedDate     any    `json:"created_date"`
		FailureReason   string `json:"failure_reason,omitempty"`
		PermissionSetID string `json:"permission_set_id"`
		PrincipalID     string `json:"principal_id"`
		PrincipalType   string `json:"principal_type"`
		RequestID       string `json:"request_id"`
		Status          string `json:"status"`
		TargetID        string `json:"target_id"`
		TargetType      string `json:"target_type"`
	}{
		created(c.created, dateAsText), reason, c.assignment.PermissionSetID, c.assignment.PrincipalID, c.assignment.PrincipalType,
		c.id, c.status, c.assignment.AccountID, "ACCOUNT",
	}}
}
