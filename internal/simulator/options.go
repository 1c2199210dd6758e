// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import "time"

// Options are the settings of a simulator. The zero value is the default behaviour. Change them
// with Simulator.Configure, also while the simulator serves. If the API reference leaves a fact
// open, each reading has an option.
type Options struct {
	// Clock is the simulator's time, for the date of signatures, expiry, rate limit windows and the
	// Date header. nil is time.Now. It must be safe for concurrent use and must not call the
	// simulator.
	Clock func() time.Time

	// DateSkew is added to the Date header, as a cache or a proxy may do. The date of
	// signatures is still checked against Clock. Age is sent as the Age header; "" is none.
	DateSkew time.Duration
	Age      string

	// RatePerSecond is how many calls each API accepts in one window. Further calls get a 429
	// with APIGW.0308. 0 is no limit. The cloud's default is 200 in a second (API reference).
	// Calls with a wrong signature or a Fault do not count.
	RatePerSecond int
	// ThrottleWindow is the length of the window; 0 is a second of the clock.
	ThrottleWindow time.Duration
	// ThrottleMessage is the error_msg of such a 429. If it is empty and ThrottleWindow is
	// set, the message names limit and window, as in "limit:200,time:5 minute".
	ThrottleMessage string
	// RetryAfter is sent in the Retry-After header of such a 429, rounded up to seconds; 0
	// sends none.
	RetryAfter time.Duration

	// SessionTimesInSeconds sends the times of sessions in seconds, as in the
	// reference's only example, instead of milliseconds.
	SessionTimesInSeconds bool
	// SessionTimesAs is the JSON type of the times of sessions: "" is an integer; "string",
	// "float" and "nothing" (null) are not documented.
	SessionTimesAs string
	// MostSessions is how many sessions ListSessions returns at most, the oldest first; 0 is
	// all. The reference does not say whether there is a limit.
	MostSessions int
	// SessionsNextMarker sends page_info with a next_marker with a truncated list.
	SessionsNextMarker bool
	// BracketedUserAgents sends user agents as in the reference's example: "[Mozilla/5.0
	// (...)]".
	BracketedUserAgents bool
	// Gone is the status of a batch delete with a session that does not exist. 404 (IIC.404; also
	// the meaning of 0) and 400 (IIC.400, naming the sessions) delete no session of the call. 200
	// deletes the others.
	Gone int
	// KeepSessions makes a batch delete return 200 without ending the sessions.
	KeepSessions bool
	// EnabledAs is the JSON type of a user's enabled: "" is a bool; "string" and "absent" are
	// not documented.
	EnabledAs string
	// PageInfo is the page_info of lists: "" is as documented, with a next_marker of null on the
	// last page. "no null" omits that marker. "absent", "null", "empty" and "wrong count" do not
	// show whether the list is complete.
	PageInfo string
	// OverlappingPages begins each page with the last entry of the previous page.
	OverlappingPages bool
	// FuzzyUserName makes the user_name filter of ListUsers match prefixes. The reference
	// does not say that it matches exactly.
	FuzzyUserName bool
	// UnknownUsers is what DescribeUsers does with an ID that does not exist: 0 omits it, 404
	// (IIC.1002) and 400 (IIC.400) refuse the call.
	UnknownUsers int

	// DisabledUserSessions is the status with which ListSessions and BatchDeleteSessions are
	// refused for a disabled user: 400, 404 or 409. 0 accepts both calls.
	DisabledUserSessions int
	// DisableEndsSessions ends the sessions of a user when DisableUser succeeds.
	DisableEndsSessions bool
	// AlreadyInState is the status of DisableUser for a disabled user and EnableUser for an
	// enabled one: 0 or 200 succeeds, 409 (IIC.1007) is a refusal.
	AlreadyInState int
	// DisableUnknown is the status of DisableUser and EnableUser for a user who does not
	// exist: 404 (IIC.1002; also the meaning of 0), or 409 (IIC.1007), which the reference
	// titles "Not Found".
	DisableUnknown int
	// DisableProvisioned is the status with which DisableUser is refused for a user
	// whose created_by begins with "SCIM/"; 0 allows it.
	DisableProvisioned int
	// StaleReads is how many responses of DescribeUser still show the old state after
	// DisableUser or EnableUser.
	StaleReads int

	// GroupNotFound is the status of GetGroupId for a name that does not exist: 404 (IIC.404;
	// also the meaning of 0) or 400 (IIC.400).
	GroupNotFound int
	// AssignmentsIncludeGroups makes ListAccountAssignmentsForPrincipal of a user include the
	// assignments of the user's groups.
	AssignmentsIncludeGroups bool
	// GroupAssignmentsAsUser returns the user, not the group, as the principal of those. It
	// needs AssignmentsIncludeGroups.
	GroupAssignmentsAsUser bool

	// AssignmentPolls is how many responses report the creation or deletion of an account
	// assignment as IN_PROGRESS, including that of the call itself. 0 has the outcome in that
	// response.
	AssignmentPolls int
	// AssignmentFailure is the failure_reason of every creation and deletion of an account
	// assignment, which then ends as FAILED; "" lets them succeed.
	AssignmentFailure string
	// AssignmentConflict refuses these calls with 409 (IIC.1006) while another one for the same
	// permission set is in progress. A refusal counts as a read of the other's status and moves it
	// closer to its end.
	AssignmentConflict bool
	// AssignmentLag is how many lists of assignments still show the old state after a
	// creation or deletion has succeeded.
	AssignmentLag int
	// AssignmentExists is the status of CreateAccountAssignment for an assignment that
	// exists: 0 or 200 succeeds, 409 (IIC.1007) and 400 (IIC.400) refuse.
	AssignmentExists int
	// AssignmentMissing is the status of DeleteAccountAssignment for an assignment that does
	// not exist: 404 (IIC.404; also the meaning of 0), 409 (IIC.1007) and 400 (IIC.400)
	// refuse, 200 succeeds.
	AssignmentMissing int
	// RepeatedAssignmentFails makes both end as FAILED instead.
	RepeatedAssignmentFails bool

	// MembershipExists is the status of CreateGroupMembership for a member of the group: 409
	// (IIC.1007; also the meaning of 0) and 400 (IIC.400) refuse, 200 succeeds.
	MembershipExists int
	// MembershipMissing is the status of DeleteGroupMembership for a membership that does not
	// exist: 404 (IIC.404; also the meaning of 0) and 400 (IIC.400) refuse, 200 succeeds.
	MembershipMissing int
	// ProvisionedMemberships is the status with which both are refused for a group whose
	// created_by begins with "SCIM/"; 0 allows them.
	ProvisionedMemberships int
	// ProvisionedMembershipsReturn is how many lists of a user's groups lack the membership
	// after the user was removed from such a group. The next list has it again. 0 is never.
	ProvisionedMembershipsReturn int

	// NoPolicy is the status if there is no policy: of the GET of a custom policy or custom role,
	// and of the DELETE of a custom policy. 200 (also the meaning of 0) has an empty string for the
	// GET. The other status is 404 (IIC.404).
	NoPolicy int
	// StalePolicyReads is how many GETs of a custom policy still return the old one after it
	// was put or deleted.
	StalePolicyReads int
	// DropSid drops the Sid of every statement of a custom policy that is put.
	DropSid bool
	// ReformatPolicies reformats a custom policy that is put: it sorts the names, removes
	// white space and keeps the last of repeated names.
	ReformatPolicies bool
	// PolicyLimit is the length limit of a custom policy in characters; 0 is 131,072 (the
	// reference's pages). The OpenAPI files have 10,240.
	PolicyLimit int
	// PutDeletesOldPolicies makes the put of a custom policy delete the custom role and the
	// managed roles of the permission set.
	PutDeletesOldPolicies bool

	// ProvisionNone is the status of ProvisionPermissionSet for a permission set that is in
	// no account: 404 (IIC.404; also the meaning of 0), 400 (IIC.400), 409 (IIC.1007), or
	// 200, which succeeds.
	ProvisionNone int
	// ProvisioningStatusMissing is how many reads of the status of a provisioning get a 404
	// (IIC.404) before the status exists.
	ProvisioningStatusMissing int
	// ProvisioningPolls is how many responses report a provisioning as IN_PROGRESS after that
	// of ProvisionPermissionSet itself; 0 has the outcome in that response.
	ProvisioningPolls int
	// ProvisioningFailure is the failure_reason of every provisioning, which then
	// ends as FAILED; "" lets them succeed.
	ProvisioningFailure string
	// ProvisioningFailedAccounts are the accounts that a failed provisioning does not reach;
	// nil is all.
	ProvisioningFailedAccounts []string
	// ProvisioningConflict refuses a provisioning with 409 (IIC.1006) while another one of the same
	// permission set is in progress. A refusal counts as a read of the other's status and moves it
	// closer to its end.
	ProvisioningConflict bool
	// SwapCreatedDates sends the created_date of a provisioning as a number and that of a
	// permission set as a string. By default the types are swapped, as in Huawei Cloud's SDK. The
	// pages of the reference disagree.
	SwapCreatedDates bool

	// ActionsOfTable makes ListUsers, DescribeUser and DescribeUsers require the actions of
	// the reference's table, IdentityCenter:user:list, :describe and :describeUsers, instead
	// of IdentityCenter:user:listSessions of its call pages.
	ActionsOfTable bool
	// DecisionShape is the format of a decoded authorization message: "" is the reference's
	// example, {"context", "failure"}; "statements" is that of other clouds, with allowed,
	// explicit_deny, matched_statements and context.
	DecisionShape string

	// MetadataTokenStatus is the status with which the server metadata refuses to issue a token
	// (404, 405, 503, 403). It then returns its key without one. 0 issues tokens and requires them.
	MetadataTokenStatus int
	// MetadataTokenDropped drops the connection of the PUT for a token instead.
	MetadataTokenDropped bool
}

// Configure changes the options of all later calls. The function must not call the simulator.
func (s *Simulator) Configure(set func(*Options)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	set(&s.options)
}
