// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

func TestAccountAssignmentChanges(t *testing.T) {
	t.Parallel()
	for _, dates := range []bool{false, true} {
		b := serve(t, func(o *simulator.Options) { o.AssignmentPolls, o.SwapCreatedDates = 1, dates })
		c, seeded := b.management(), b.Assignments[0]
		for _, kind := range []string{PrincipalUser, PrincipalGroup} {
			assigned := b.Assignments[slices.IndexFunc(b.Assignments, func(a simulator.AccountAssignment) bool { return a.PrincipalType == kind })]
			a := AccountAssignment{AccountID: assigned.AccountID, PermissionSetID: assigned.PermissionSetID, PrincipalID: assigned.PrincipalID, PrincipalType: kind}
			begun, receipt, err := c.DeleteAccountAssignment(t.Context(), b.InstanceID, a)
			if err != nil || begun.Status != InProgress || begun.RequestID == "" || receipt.RequestID() == "" {
				t.Fatalf("deletion: %+v, %v", begun, err)
			}
			if ended, _, err := c.AssignmentDeletionStatus(t.Context(), b.InstanceID, begun.RequestID); err != nil || ended.Status != Succeeded || ended.RequestID != begun.RequestID {
				t.Errorf("deletion: %+v, %v", ended, err)
			}
			if left := b.AccountAssignments(b.InstanceID, kind, a.PrincipalID); slices.Contains(left, assigned) {
				t.Errorf("left: %v", left)
			}
			begun, _, err = c.CreateAccountAssignment(t.Context(), b.InstanceID, a)
			if err != nil || begun.Status != InProgress {
				t.Fatalf("creation: %+v, %v", begun, err)
			}
			if ended, _, err := c.AssignmentCreationStatus(t.Context(), b.InstanceID, begun.RequestID); err != nil || ended.Status != Succeeded {
				t.Errorf("creation: %+v, %v", ended, err)
			}
			if there := b.AccountAssignments(b.InstanceID, kind, a.PrincipalID); !slices.Contains(there, assigned) {
				t.Errorf("there: %v", there)
			}
		}
		b.Configure(func(o *simulator.Options) { o.AssignmentPolls, o.AssignmentFailure = 0, "no such luck" })
		a := AccountAssignment{AccountID: seeded.AccountID, PermissionSetID: seeded.PermissionSetID, PrincipalID: seeded.PrincipalID, PrincipalType: PrincipalUser}
		if failed, _, err := c.DeleteAccountAssignment(t.Context(), b.InstanceID, a); err != nil || failed.Status != Failed || failed.FailureReason != "no such luck" {
			t.Errorf("failure: %+v, %v", failed, err)
		}
	}
}

// A change is sent once. A response without the status is an error.
func TestAccountAssignmentChanges_responses(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `{"account_assignment_deletion_status":{}}`, `{"account_assignment_deletion_status":{"status":"SUCCEEDED"}}`, `{"account_assignment_deletion_status":{"request_id":"r"}}`} {
		b, c := answered(t, http.StatusOK, body)
		if _, _, err := c.DeleteAccountAssignment(t.Context(), "i", AccountAssignment{}); !errors.Is(err, transport.ErrUndocumented) || len(b.Calls()) != 1 {
			t.Errorf("%s: %v after %d calls", body, err, len(b.Calls()))
		}
	}
	_, c := answered(t, http.StatusOK, `{"account_assignment_deletion_status":{"request_id":"other","status":"SUCCEEDED"}}`)
	if _, _, err := c.AssignmentDeletionStatus(t.Context(), "i", "r"); !errors.Is(err, transport.ErrUndocumented) {
		t.Errorf("the status of another request: %v", err)
	}
	b := serve(t)
	b.Inject(simulator.Fault{Status: http.StatusServiceUnavailable})
	retrying := New(b.Transport(func(config *transport.Config) { config.MaxRetries = 3 }), b, false)
	if _, _, err := retrying.CreateAccountAssignment(t.Context(), b.InstanceID, AccountAssignment{}); statusOf(t, err) != http.StatusServiceUnavailable || len(b.Calls()) != 1 {
		t.Errorf("%v after %d calls", err, len(b.Calls()))
	}
}

func TestGroupMembershipChanges(t *testing.T) {
	t.Parallel()
	b := serve(t)
	c, alice := b.management(), b.alice.UserID
	memberships, err := all(c.MembershipsOf(t.Context(), b.IdentityStoreID, alice))
	if err != nil || len(memberships) != 2 || memberships[0].GroupID != b.Groups[0].GroupID || memberships[0].ID == "" {
		t.Fatalf("got %+v, %v", memberships, err)
	}
	if _, err := c.DeleteGroupMembership(t.Context(), b.IdentityStoreID, memberships[0].ID); err != nil {
		t.Fatal(err)
	}
	if got := b.GroupsOf(b.IdentityStoreID, alice); !slices.Equal(got, []string{b.Groups[1].GroupID}) {
		t.Errorf("groups: %v", got)
	}
	if _, err := c.DeleteGroupMembership(t.Context(), b.IdentityStoreID, memberships[0].ID); !refusal(t, err).NotFound() {
		t.Errorf("again: %v", err)
	}
	if _, err := c.CreateGroupMembership(t.Context(), b.IdentityStoreID, b.Groups[0].GroupID, alice); err != nil {
		t.Fatal(err)
	}
	if got := b.GroupsOf(b.IdentityStoreID, alice); !slices.Contains(got, b.Groups[0].GroupID) {
		t.Errorf("groups: %v", got)
	}
	_, c = answered(t, http.StatusOK, `{}`)
	if _, err := c.CreateGroupMembership(t.Context(), "d-1", "g", "u"); !errors.Is(err, transport.ErrUndocumented) {
		t.Errorf("got %v", err)
	}
	_, c = answered(t, http.StatusOK, `{"group_memberships":[{"group_id":"g"}]}`)
	if _, err := all(c.MembershipsOf(t.Context(), "d-1", "u")); !errors.Is(err, transport.ErrUndocumented) {
		t.Errorf("got %v", err)
	}
}
