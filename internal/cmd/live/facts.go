// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"io"
	"reflect"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// fact is one that the API reference leaves open. API-FACTS.md has a row for each.
type fact struct {
	// id is the name of the row.
	id, question string
	// needs is what has to be there for it to be read.
	needs string
	// read finds the reading in the evidence; nil for what only a person can try.
	read func(evidence) (reading, bool)
}

// reading is what the cloud does.
type reading struct {
	says string
	// options are those of the simulator that make it do the same.
	options map[string]any
}

// finding is a fact with its reading, if there is one.
type finding struct {
	fact
	reading
	tried bool
}

// asOption is a reading that is one option.
func asOption(name string, value any, format string, args ...any) (reading, bool) {
	return reading{fmt.Sprintf(format, args...), map[string]any{name: value}}, true
}

// facts is the check-list, in the order of API-FACTS.md.
func facts() []fact {
	const (
		sessions = "a user with sessions"
		end      = envEndSessions + ", with two open sessions of the user or more"
		lock     = envLock
		cut      = envCut
		denied   = "a run with the credentials of a principal that is not allowed the call, but is allowed sts::decodeAuthorizationMessage"
		byHand   = "a person: see LIVE.md"
	)
	return []fact{
		{"session-times", "Are the times of a session seconds or milliseconds?", sessions, sessionTimes},
		{"session-user-agent", "Is user_agent of a session in brackets?", sessions, brackets},
		{"gone-session", "What does the batch delete of a session that is already gone answer?", end, gone},
		{"session-end-shows", "Is an ended session gone from the next listing?", end, keepSessions},
		{"user-name-filter", "Is the user_name filter exact?", "a user", fuzzyUserName},
		{"unknown-users", "What does DescribeUsers do with an unknown ID?", "a user", unknownUsers},
		{"group-not-found", "Is an unknown group name a 404 or a 400?", "a store that can be read", ofNobody("GroupNotFound", "GetGroupId")},
		{"assignments-of-user", "Do the assignments of a user include those of the groups?", "a user with an assignment through a group that the user does not have directly as well", assignmentsOfUser},
		{"store-id-form", "What does an identity_store_id look like?", "an instance", storeIDForm},
		{"identitycenter-host", "Does the host of identitycenter have no region?", "a run without " + envEndpoint, identityCenterHost},
		{"created-date-type", "Is created_date a number or a text?", "a permission set", createdDate},
		{"no-policy", "Is a policy that is not there a 404, or a 200 with an empty text?", "a permission set without custom role or custom policy", noPolicy},
		{"disable-sessions-listed", "Can the sessions of a disabled user be listed and ended?", lock, disabledUserSessions},
		{"disable-ends-sessions", "Does disabling a user end the open sessions?", lock + ", with three open sessions of the user or more", disableEndsSessions},
		{"already-in-state", "What does disabling a disabled user answer?", lock, alreadyInState},
		{"disable-unknown", "What does disabling an unknown user answer?", lock, ofNobody("DisableUnknown", "DisableUser")},
		{"disable-shows", "How long do readings of a disabled user show the old state?", lock, staleReads},
		{"disable-provisioned", "Can a user from SCIM be disabled?", lock + " with a user from SCIM", disableProvisioned},
		{"scim-enables", "Does the next synchronisation enable the user again?", byHand, nil},
		{"koocli-sessions", "Are the tokens of hcloud configure sso among ListSessions, and ended with them?", byHand, nil},
		{"koocli-disabled", "Does hcloud configure sso still give credentials to a disabled user?", byHand, nil},
		{"policy-limit", "How long may a custom policy be?", cut, policyLimit},
		{"policy-bytes", "Is a custom policy read back byte for byte?", cut, reformat},
		{"policy-sid", "Is the Sid of a statement kept?", cut, dropSid},
		{"put-deletes-old-policies", "Does the put of a custom policy delete policies of the old kind?", envOldPolicies + ", with such a policy attached", putDeletes},
		{"provisioning-polls", "How long is a provisioning in progress?", cut, provisioningPolls},
		{"provisioning-conflict", "Is a second provisioning refused while one runs?", cut + ", and a provisioning that takes a moment", provisioningConflict},
		{"cut-console", "Is a console session refused that began before the cut, and one let in that began later?", byHand, nil},
		{"cut-renewal", "Does a console that renews itself get past the cut?", byHand, nil},
		{"principal-urn-session", "Is the SESSION in g:PrincipalUrn the user's name?", byHand, nil},
		{"decision-shape", "What is the shape of a decoded authorization message?", denied, decisionShape},
		{"user-actions", "Which action do ListUsers, DescribeUser and DescribeUsers need?", denied, userActions},
		{"membership-actions", "Which action do the lists of group memberships need?", denied, actionOf("ListGroupMemberships", "ListGroupMembershipsForMember")},
		{"throttle-message", "Which limit and window does a 429 name?", "a 429, which is not provoked", throttleMessage},
		{"metadata-token", "What does the metadata of a server answer to a request for a token?", byHand, nil},
		{"koocli-source-profile", "Which key of KooCLI's file names the source profile?", byHand, nil},
	}
}

// readings reads every fact.
func readings(e evidence) []finding {
	var findings []finding
	for _, f := range facts() {
		found := finding{fact: f}
		if f.read != nil {
			found.reading, found.tried = f.read(e)
		}
		findings = append(findings, found)
	}
	return findings
}

// printReadings prints one entry for each fact, with the options of the simulator in
// the form in which a test sets them.
func printReadings(out io.Writer, findings []finding) {
	_, _ = fmt.Fprintln(out, "\n==> What the API reference leaves open")
	for _, f := range findings {
		_, _ = fmt.Fprintf(out, "%s: %s\n", f.id, f.question)
		if !f.tried {
			_, _ = fmt.Fprintf(out, "    not tried; it needs %s\n", f.needs)
			continue
		}
		_, _ = fmt.Fprintf(out, "    %s\n", transport.Printable(f.says, transport.LongestText))
		for _, name := range sortedKeys(f.options) {
			_, _ = fmt.Fprintf(out, "    simulator: %s: %#v\n", name, f.options[name])
		}
	}
}

// apply sets the options of the findings.
func apply(options *simulator.Options, findings []finding) {
	for _, f := range findings {
		for name, value := range f.options {
			reflect.ValueOf(options).Elem().FieldByName(name).Set(reflect.ValueOf(value))
		}
	}
}
