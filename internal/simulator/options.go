// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import "time"

// Options are the settings of a simulator. The zero value is the default
// behaviour. Change them with Simulator.Configure, also while it serves. Where the
// API reference leaves open what the API does, there is an option for each reading.
type Options struct {
	// Clock is the simulator's time, for the signature's date, expiry, the windows
	// of the rate and the Date header; nil is time.Now. It must be safe for
	// concurrent use and must not call the simulator.
	Clock func() time.Time

	// DateSkew is added to the Date header, as a cache or a proxy may; the signature is still
	// checked by Clock. Age is sent as the Age header; "" is none.
	DateSkew time.Duration
	Age      string

	// RatePerSecond is how many calls each API serves in one window; what exceeds
	// it is answered 429 APIGW.0308. 0 is no limit. The cloud's own default is 200
	// in a second (API reference). Calls that are refused for their signature or
	// answered by a Fault do not count.
	RatePerSecond int
	// ThrottleWindow is the length of the window; 0 is a second of the clock.
	ThrottleWindow time.Duration
	// ThrottleMessage is the error_msg of those 429. When it is empty and
	// ThrottleWindow is set, the message names limit and window, as in
	// "limit:200,time:5 minute".
	ThrottleMessage string
	// RetryAfter, rounded up to seconds, is sent in a Retry-After header with
	// those 429; 0 sends none.
	RetryAfter time.Duration

	// SessionTimesInSeconds sends the times of sessions in seconds, as in the
	// reference's only example, instead of milliseconds.
	SessionTimesInSeconds bool
	// SessionTimesAs is the JSON type of the times of sessions: "" is an integer; "string",
	// "float" and "nothing", which is null, are not documented.
	SessionTimesAs string
	// MostSessions is how many sessions ListSessions answers at most, the oldest first; 0 is
	// all. The reference says neither that there is a limit nor that there is none.
	MostSessions int
	// SessionsNextMarker sends page_info with a next_marker with a list that is cut off.
	SessionsNextMarker bool
	// BracketedUserAgents sends user agents as the reference's example has them:
	// "[Mozilla/5.0 (...)]".
	BracketedUserAgents bool
	// Gone is the status with which a batch delete answers that names a session
	// which does not exist: 404 (IIC.404; also the meaning of 0) and 400 (IIC.400,
	// naming the sessions) delete nothing of that call, 200 deletes the others.
	Gone int
	// KeepSessions lets a batch delete answer 200 while the sessions stay alive.
	KeepSessions bool
	// EnabledAs is the JSON type of a user's enabled: "" is a bool; "string" and "absent" are
	// not documented.
	EnabledAs string
	// PageInfo is the page_info of lists: "" is as documented, with a next_marker of null on
	// the last page; "no null" leaves that out; "absent", "null", "empty" and "wrong count"
	// do not say whether the list is complete.
	PageInfo string
	// OverlappingPages begins each page with the last entry of the page before.
	OverlappingPages bool
	// FuzzyUserName makes the user_name filter of ListUsers match by prefix, as
	// the reference does not promise that it matches exactly.
	FuzzyUserName bool
	// UnknownUsers is what DescribeUsers does with an ID that the store does not
	// have: 0 leaves it out, 404 (IIC.1002) and 400 (IIC.400) refuse the call.
	UnknownUsers int

	// DisabledUserSessions is the status with which ListSessions and
	// BatchDeleteSessions are refused for a disabled user: 400, 404 or 409. 0 lets
	// the sessions be listed and ended as before.
	DisabledUserSessions int
	// DisableEndsSessions ends the sessions of a user when DisableUser succeeds.
	DisableEndsSessions bool
	// AlreadyInState is what DisableUser of a disabled and EnableUser of an enabled
	// user answers: 0 or 200 succeeds, 409 (IIC.1007) is a refusal.
	AlreadyInState int
	// DisableUnknown is the status with which DisableUser and EnableUser answer for
	// a user who does not exist: 404 (IIC.1002; also the meaning of 0), or 409
	// (IIC.1007), which the reference titles "Not Found".
	DisableUnknown int
	// DisableProvisioned is the status with which DisableUser is refused for a user
	// whose created_by begins with "SCIM/"; 0 allows it.
	DisableProvisioned int
	// StaleReads is how many answers of DescribeUser still show the old state after
	// DisableUser or EnableUser has changed it.
	StaleReads int

	// GroupNotFound is the status with which GetGroupId answers for a name that no
	// group has: 404 (IIC.404; also the meaning of 0) or 400 (IIC.400).
	GroupNotFound int
	// AssignmentsIncludeGroups lets ListAccountAssignmentsForPrincipal of a user
	// also list what comes through the groups of the user.
	AssignmentsIncludeGroups bool
	// GroupAssignmentsAsUser names the user, and not the group, as the principal of
	// those; AssignmentsIncludeGroups must be set too.
	GroupAssignmentsAsUser bool

	// AssignmentPolls is how many responses say that the creation or deletion of an
	// account assignment is IN_PROGRESS, that of the call itself included; 0 has the
	// outcome in that response.
	AssignmentPolls int
	// AssignmentFailure is the failure_reason of every creation and deletion of an
	// account assignment, which then ends as FAILED; "" lets them succeed.
	AssignmentFailure string
	// AssignmentConflict refuses these calls with 409 (IIC.1006) while another one with
	// the same permission set is in progress. A refusal brings that one as near to its
	// end as a reading of its status does.
	AssignmentConflict bool
	// AssignmentLag is how many lists of assignments still show the state before, after a
	// creation or deletion has succeeded.
	AssignmentLag int
	// AssignmentExists is what CreateAccountAssignment answers for an assignment that
	// exists: 0 or 200 succeeds, 409 (IIC.1007) and 400 (IIC.400) refuse.
	AssignmentExists int
	// AssignmentMissing is what DeleteAccountAssignment answers for an assignment that
	// does not exist: 404 (IIC.404; also the meaning of 0), 409 (IIC.1007) and 400
	// (IIC.400) refuse, 200 succeeds.
	AssignmentMissing int
	// RepeatedAssignmentFails lets both end as FAILED instead.
	RepeatedAssignmentFails bool

	// MembershipExists is what CreateGroupMembership answers for a member of the group:
	// 409 (IIC.1007; also the meaning of 0) and 400 (IIC.400) refuse, 200 succeeds.
	MembershipExists int
	// MembershipMissing is what DeleteGroupMembership answers for a membership that does
	// not exist: 404 (IIC.404; also the meaning of 0) and 400 (IIC.400) refuse, 200
	// succeeds.
	MembershipMissing int
	// ProvisionedMemberships is the status with which both are refused for a group whose
	// created_by begins with "SCIM/"; 0 allows them.
	ProvisionedMemberships int
	// ProvisionedMembershipsReturn is how many lists of the groups of a user there are,
	// after the user was removed from such a group, until the membership is back and
	// listed; 0 is never.
	ProvisionedMembershipsReturn int

	// NoPolicy is the status with which the GET of a custom policy or custom role, and
	// the DELETE of a custom policy, answer when there is none: 200 (also the meaning of
	// 0), the GET with an empty string, or 404 (IIC.404).
	NoPolicy int
	// StalePolicyReads is how many GETs of a custom policy still return the text from
	// before after it was put or deleted.
	StalePolicyReads int
	// DropSid drops the Sid of every statement of a custom policy that is put.
	DropSid bool
	// ReformatPolicies keeps the meaning of a custom policy that is put, but not its
	// bytes: keys are sorted, white space goes, of a repeated key the last stays.
	ReformatPolicies bool
	// PolicyLimit is how many characters a custom policy may have; 0 is 131,072 (the
	// reference's pages). The OpenAPI files have 10,240.
	PolicyLimit int
	// PutDeletesOldPolicies lets the put of a custom policy delete the custom role
	// and the managed roles of the permission set.
	PutDeletesOldPolicies bool

	// ProvisionNone is the status with which ProvisionPermissionSet answers for a
	// permission set that is in no account: 404 (IIC.404; also the meaning of 0), 400
	// (IIC.400), 409 (IIC.1007), or 200, which succeeds.
	ProvisionNone int
	// ProvisioningStatusMissing is how many reads of the status of a provisioning answer
	// 404 (IIC.404) before the status is there.
	ProvisioningStatusMissing int
	// ProvisioningPolls is how many answers say that a provisioning is IN_PROGRESS
	// after that of ProvisionPermissionSet itself; 0 has the outcome in that answer.
	ProvisioningPolls int
	// ProvisioningFailure is the failure_reason of every provisioning, which then
	// ends as FAILED; "" lets them succeed.
	ProvisioningFailure string
	// ProvisioningFailedAccounts are those that a failed provisioning does not
	// reach; nil is all of them.
	ProvisioningFailedAccounts []string
	// ProvisioningConflict refuses a provisioning with 409 (IIC.1006) while another
	// one of the same permission set is under way. A refusal brings that one as
	// near to its end as a reading of its status does.
	ProvisioningConflict bool
	// SwapCreatedDates sends the created_date of a provisioning as a number and that
	// of a permission set as a text. The vendor's SDK has it the other way round,
	// which is the default, and the pages of the reference disagree.
	SwapCreatedDates bool

	// ActionsOfTable makes ListUsers, DescribeUser and DescribeUsers need the actions
	// of the reference's table, IdentityCenter:user:list, :describe and
	// :describeUsers, instead of IdentityCenter:user:listSessions of its call pages.
	ActionsOfTable bool
	// DecisionShape is that of a decoded authorization message: "" is that of the
	// reference's example, {"context", "failure"}; "statements" is that of other
	// clouds, with allowed, explicit_deny, matched_statements and context.
	DecisionShape string

	// MetadataTokenStatus is the status with which the server metadata refuses to
	// issue a token (404, 405, 503, 403); it then gives its key without one. 0
	// issues tokens and asks for one.
	MetadataTokenStatus int
	// MetadataTokenDropped is the same for a PUT whose connection is dropped.
	MetadataTokenDropped bool
	// MetadataV1 is the same as a MetadataTokenStatus of 404.
	MetadataV1 bool
}

// Configure changes the options at once for every call that follows. The
// function must not call the simulator.
func (s *Simulator) Configure(set func(*Options)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	set(&s.options)
}
