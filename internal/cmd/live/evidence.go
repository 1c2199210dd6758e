// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// evidence is what the stages leave behind, in order. Each function below reads one
// fact in it, and returns false when there is nothing to read it in.
type evidence struct {
	record    []transport.Exchange
	decisions []decision
}

// call is an exchange with what of its bodies the facts are about.
type call struct {
	transport.Exchange
	query    url.Values
	request  body
	response body
}

// body holds the members of all bodies that the facts are about.
type body struct {
	Sessions    []session   `json:"session_list"`
	SessionIDs  []string    `json:"session_ids"`
	UserIDs     []string    `json:"user_ids"`
	UserID      string      `json:"user_id"`
	Enabled     bool        `json:"enabled"`
	CreatedBy   string      `json:"created_by"`
	Users       []userName  `json:"users"`
	Assignments []assigned  `json:"account_assignments"`
	Instances   []storeID   `json:"instances"`
	Set         createdOn   `json:"permission_set"`
	Policy      *string     `json:"custom_policy"`
	Role        *string     `json:"custom_role"`
	Roles       []any       `json:"attached_managed_roles"`
	Provisioned provisioned `json:"permission_set_provisioning_status"`
	Code        string      `json:"error_code"`
	Message     string      `json:"error_msg"`
}

type (
	session struct {
		ID           string  `json:"session_id"`
		CreationTime float64 `json:"creation_time"`
		UserAgent    string  `json:"user_agent"`
	}
	userName struct {
		UserName string `json:"user_name"`
	}
	assigned struct {
		AccountID       string `json:"account_id"`
		PermissionSetID string `json:"permission_set_id"`
		PrincipalType   string `json:"principal_type"`
	}
	storeID struct {
		IdentityStoreID string `json:"identity_store_id"`
	}
	createdOn struct {
		CreatedDate any `json:"created_date"`
	}
	provisioned struct {
		createdOn
		RequestID string `json:"request_id"`
		Status    string `json:"status"`
	}
)

// calls returns the calls of the operations, in order, apart from those whose answer
// says something of the caller or of the moment only.
func (e evidence) calls(operations ...string) []call {
	return slices.DeleteFunc(e.all(operations...), func(c call) bool {
		switch c.Status {
		case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
			return true
		case http.StatusConflict:
			return c.response.Code == transport.CodeConcurrency && c.Operation != "ProvisionPermissionSet"
		}
		return c.Status == 0 || c.Status >= http.StatusInternalServerError
	})
}

// all returns all calls of the operations, in order.
func (e evidence) all(operations ...string) []call {
	var calls []call
	for _, exchange := range e.record {
		if !slices.Contains(operations, exchange.Operation) {
			continue
		}
		c := call{Exchange: exchange}
		if u, err := url.Parse(exchange.URL); err == nil {
			c.query = u.Query()
		}
		// What has another shape is in the comparison.
		_ = json.Unmarshal([]byte(exchange.RequestBody), &c.request)
		_ = json.Unmarshal([]byte(exchange.ResponseBody), &c.response)
		calls = append(calls, c)
	}
	return calls
}

func (c call) ok() bool { return c.Status >= 200 && c.Status < 300 }

// refused is the status of a refusal, and 0 of a success.
func (c call) refused() int {
	if c.ok() {
		return 0
	}
	return c.Status
}

// about tells whether a call names somebody or something.
func (c call) about(id string) bool {
	return strings.Contains(c.URL, id) || strings.Contains(c.RequestBody, id)
}

// answer says what a call was answered.
func (c call) answer() string {
	return strings.TrimSpace(fmt.Sprintf("%d %s %s", c.Status, c.response.Code, c.response.Message))
}

func sessionTimes(e evidence) (reading, bool) {
	for _, c := range e.calls("ListSessions") {
		for _, s := range c.response.Sessions {
			return asOption("SessionTimesInSeconds", s.CreationTime < 1e11, "creation_time is %.0f", s.CreationTime)
		}
	}
	return reading{}, false
}

func brackets(e evidence) (reading, bool) {
	for _, c := range e.calls("ListSessions") {
		for _, s := range c.response.Sessions {
			if s.UserAgent != "" {
				return asOption("BracketedUserAgents", strings.HasPrefix(s.UserAgent, "[") && strings.HasSuffix(s.UserAgent, "]"),
					"user_agent is %q", s.UserAgent)
			}
		}
	}
	return reading{}, false
}

// keepSessions looks whether a session that was ended is listed right after it.
func keepSessions(e evidence) (reading, bool) {
	var ended []string
	for _, c := range e.calls("BatchDeleteSessions", "ListSessions") {
		switch {
		case c.Operation == "BatchDeleteSessions" && c.ok():
			ended = c.request.SessionIDs
		case c.Operation == "ListSessions" && c.ok() && len(ended) > 0:
			left := 0
			for _, s := range c.response.Sessions {
				if slices.Contains(ended, s.ID) {
					left++
				}
			}
			return asOption("KeepSessions", left > 0, "of %d ended sessions, the next listing holds %d", len(ended), left)
		}
	}
	return reading{}, false
}

// gone looks at the first call that names a session that was ended before.
func gone(e evidence) (reading, bool) {
	if kept, ok := keepSessions(e); !ok || kept.options["KeepSessions"] == true {
		return reading{}, false
	}
	ended := map[string]bool{}
	for _, c := range e.calls("BatchDeleteSessions") {
		if slices.ContainsFunc(c.request.SessionIDs, func(id string) bool { return ended[id] }) {
			return asOption("Gone", c.Status, "%s", c.answer())
		}
		for _, id := range c.request.SessionIDs {
			ended[id] = c.ok()
		}
	}
	return reading{}, false
}

func fuzzyUserName(e evidence) (reading, bool) {
	for _, c := range e.calls("ListUsers") {
		name := c.query.Get("user_name")
		if name == "" || !c.ok() {
			continue
		}
		others := slices.ContainsFunc(c.response.Users, func(u userName) bool { return u.UserName != name })
		if exact := slices.ContainsFunc(c.response.Users, func(u userName) bool { return u.UserName == name }); others || !exact {
			return asOption("FuzzyUserName", others, "the beginning of a name finds %d users", len(c.response.Users))
		}
	}
	return reading{}, false
}

func unknownUsers(e evidence) (reading, bool) {
	for _, c := range e.calls("DescribeUsers") {
		if c.about(nobody) {
			return asOption("UnknownUsers", c.refused(), "%s, with %d users for %d IDs", c.answer(), len(c.response.Users), len(c.request.UserIDs))
		}
	}
	return reading{}, false
}

// ofNobody returns the reading of the status that an operation has for what does not exist.
func ofNobody(option, operation string) func(evidence) (reading, bool) {
	return func(e evidence) (reading, bool) {
		for _, c := range e.calls(operation) {
			if c.about(nobody) {
				return asOption(option, c.Status, "%s", c.answer())
			}
		}
		return reading{}, false
	}
}

// assignmentsOfUser looks for the assignments of the groups among those of the user.
func assignmentsOfUser(e evidence) (reading, bool) {
	type pair struct{ account, set string }
	users, groups := map[pair]bool{}, map[pair]bool{}
	for _, c := range e.calls("ListAccountAssignmentsForPrincipal") {
		for _, a := range c.response.Assignments {
			switch ofUser := c.query.Get("principal_type") == identitycenter.PrincipalUser; {
			case ofUser && a.PrincipalType == identitycenter.PrincipalGroup:
				return reading{"they do, as the group's", map[string]any{"AssignmentsIncludeGroups": true}}, true
			case ofUser:
				users[pair{a.AccountID, a.PermissionSetID}] = true
			default:
				groups[pair{a.AccountID, a.PermissionSetID}] = true
			}
		}
	}
	for p := range groups {
		if !users[p] {
			return asOption("AssignmentsIncludeGroups", false, "they do not")
		}
	}
	return reading{"they do, as the user's own, unless the user has each of them directly as well",
		map[string]any{"AssignmentsIncludeGroups": true, "GroupAssignmentsAsUser": true}}, len(groups) > 0
}

var storeIDPattern = regexp.MustCompile(`^d-[0-9a-f]{10}$`)

func storeIDForm(e evidence) (reading, bool) {
	for _, c := range e.calls("ListInstances") {
		for _, in := range c.response.Instances {
			return reading{says: fmt.Sprintf("d- and 10 hex digits: %t, %d characters", storeIDPattern.MatchString(in.IdentityStoreID), len(in.IdentityStoreID))}, true
		}
	}
	return reading{}, false
}

func identityCenterHost(e evidence) (reading, bool) {
	for _, c := range e.calls("ListInstances") {
		if u, err := url.Parse(c.URL); err == nil && strings.HasPrefix(u.Host, "identitycenter.") {
			return reading{says: fmt.Sprintf("%s answers %d", u.Host, c.Status)}, true
		}
	}
	return reading{}, false
}

func createdDate(e evidence) (reading, bool) {
	kinds := map[string]string{}
	for _, c := range e.calls("DescribePermissionSet", "ProvisionPermissionSet") {
		if date := c.response.Set.CreatedDate; date != nil {
			kinds["permission set"] = kind(date)
		}
		if date := c.response.Provisioned.CreatedDate; date != nil {
			kinds["provisioning"] = kind(date)
		}
	}
	set, provisioning := kinds["permission set"], kinds["provisioning"]
	says := fmt.Sprintf("permission set: %s, provisioning: %s", set, provisioning)
	switch {
	case set == "" && provisioning == "":
		return reading{}, false
	case set == provisioning:
		// The simulator has no option for it.
		return reading{says: says}, true
	}
	return asOption("SwapCreatedDates", set == "string" || provisioning == "number", "%s", says)
}

func noPolicy(e evidence) (reading, bool) {
	for _, c := range e.calls("GetCustomPolicyForPermissionSet", "GetCustomRoleForPermissionSet") {
		none := c.response.Policy != nil && *c.response.Policy == "" || c.response.Role != nil && *c.response.Role == ""
		if c.Status == http.StatusNotFound && c.response.Code != identitycenter.CodeNoPermissionSet || c.ok() && none {
			return asOption("NoPolicy", c.Status, "%s: %s", c.Operation, c.answer())
		}
	}
	return reading{}, false
}

// whileDisabled returns the calls of the operations between the first success of
// DisableUser and of EnableUser.
func (e evidence) whileDisabled(operations ...string) []call {
	var during []call
	disabled := false
	for _, c := range e.calls(append(operations, "DisableUser", "EnableUser")...) {
		switch {
		case c.Operation == "EnableUser" && disabled:
			return during
		case disabled && slices.Contains(operations, c.Operation):
			during = append(during, c)
		}
		disabled = disabled || c.Operation == "DisableUser" && c.ok()
	}
	return during
}

func disabledUserSessions(e evidence) (reading, bool) {
	listings := e.whileDisabled("ListSessions")
	if len(listings) == 0 {
		return reading{}, false
	}
	ending := "not tried"
	for _, end := range e.whileDisabled("BatchDeleteSessions") {
		ending = end.answer()
	}
	return asOption("DisabledUserSessions", listings[0].refused(), "listing: %s, ending: %s", listings[0].answer(), ending)
}

// disableEndsSessions compares the last listing before DisableUser with the first one
// that succeeds afterwards.
func disableEndsSessions(e evidence) (reading, bool) {
	alive, disabled := map[string]bool{}, false
	for _, c := range e.calls("ListSessions", "BatchDeleteSessions", "DisableUser") {
		switch {
		case !c.ok():
		case c.Operation == "DisableUser":
			disabled = true
		case c.Operation == "BatchDeleteSessions":
			for _, id := range c.request.SessionIDs {
				delete(alive, id)
			}
		case disabled:
			left := 0
			for _, s := range c.response.Sessions {
				if alive[s.ID] {
					left++
				}
			}
			if len(alive) == 0 {
				return reading{}, false
			}
			return asOption("DisableEndsSessions", left == 0, "of %d open sessions %d are left", len(alive), left)
		default:
			alive = map[string]bool{}
			for _, s := range c.response.Sessions {
				alive[s.ID] = true
			}
		}
	}
	return reading{}, false
}

func alreadyInState(e evidence) (reading, bool) {
	for _, c := range e.whileDisabled("DisableUser") {
		if !c.about(nobody) {
			return asOption("AlreadyInState", c.Status, "%s", c.answer())
		}
	}
	return reading{}, false
}

func staleReads(e evidence) (reading, bool) {
	stale := 0
	for _, c := range e.whileDisabled("DescribeUser") {
		if !c.response.Enabled {
			return asOption("StaleReads", stale, "%d readings show the user enabled", stale)
		}
		stale++
	}
	return reading{}, false
}

// disableProvisioned also takes a 403, which may as well mean a missing permission.
func disableProvisioned(e evidence) (reading, bool) {
	provisioned := false
	for _, c := range e.all("DescribeUser", "DisableUser") {
		switch {
		case c.Operation == "DescribeUser":
			provisioned = strings.HasPrefix(c.response.CreatedBy, "SCIM/")
		case provisioned && c.Status != 0:
			return asOption("DisableProvisioned", c.refused(), "%s", c.answer())
		}
	}
	return reading{}, false
}

// puts calls f with each policy that was put and accepted, and how it was read back.
func (e evidence) puts(f func(put, got string)) {
	put := ""
	for _, c := range e.calls("PutCustomPolicyToPermissionSet", "GetCustomPolicyForPermissionSet") {
		switch {
		case c.request.Policy != nil && c.ok():
			put = *c.request.Policy
		case c.request.Policy == nil && put != "" && c.response.Policy != nil:
			f(put, *c.response.Policy)
			put = ""
		}
	}
}

func policyLimit(e evidence) (reading, bool) {
	for _, c := range e.calls("PutCustomPolicyToPermissionSet") {
		if c.request.Policy == nil {
			continue
		}
		n := utf8.RuneCountInString(*c.request.Policy)
		switch {
		case n <= shortLimit:
		case c.ok():
			return asOption("PolicyLimit", 0, "%d characters are accepted", n)
		default:
			return asOption("PolicyLimit", shortLimit, "%d characters are refused: %s", n, c.answer())
		}
	}
	return reading{}, false
}

var sidPattern = regexp.MustCompile(`"Sid"\s*:\s*"[^"]*"\s*,?\s*`)

func dropSid(e evidence) (r reading, ok bool) {
	e.puts(func(put, got string) {
		if had := strings.Count(put, `"Sid"`); had > 0 {
			r, ok = asOption("DropSid", !strings.Contains(got, `"Sid"`), "of %d statements with a Sid, %d have one when read back", had, strings.Count(got, `"Sid"`))
		}
	})
	return r, ok
}

func reformat(e evidence) (r reading, ok bool) {
	differ := 0
	e.puts(func(put, got string) {
		if put != got && sidPattern.ReplaceAllString(put, "") != got {
			differ++
		}
		r, ok = asOption("ReformatPolicies", differ > 0, "%d policies read back differ in more than a Sid", differ)
	})
	return r, ok
}

// putDeletes looks for old policies before and after a put.
func putDeletes(e evidence) (reading, bool) {
	had, put := false, false
	for _, c := range e.calls("ListManagedRolesInPermissionSet", "GetCustomRoleForPermissionSet", "PutCustomPolicyToPermissionSet") {
		has := len(c.response.Roles) > 0 || c.response.Role != nil && *c.response.Role != ""
		switch {
		case c.request.Policy != nil:
			put = put || had && c.ok()
		case !put:
			had = had || has
		case c.Operation == "ListManagedRolesInPermissionSet":
			return asOption("PutDeletesOldPolicies", !has, "after a put they are there: %t", has)
		case has:
			return asOption("PutDeletesOldPolicies", false, "after a put the custom role is there")
		}
	}
	return reading{}, false
}

func provisioningPolls(e evidence) (reading, bool) {
	polls, most, known := map[string]int{}, 0, false
	for _, c := range e.calls("ProvisionPermissionSet", "DescribePermissionSetProvisioningStatus") {
		known = known || c.ok()
		if c.Operation != "ProvisionPermissionSet" && c.response.Provisioned.Status == identitycenter.ProvisioningInProgress {
			polls[c.response.Provisioned.RequestID]++
			most = max(most, polls[c.response.Provisioned.RequestID])
		}
	}
	if !known {
		return reading{}, false
	}
	return asOption("ProvisioningPolls", most, "%d readings of a status say that it is in progress", most)
}

func provisioningConflict(e evidence) (reading, bool) {
	running := false
	for _, c := range e.calls("ProvisionPermissionSet", "DescribePermissionSetProvisioningStatus") {
		if running && c.Operation == "ProvisionPermissionSet" && (c.ok() || c.Status == http.StatusConflict) {
			return asOption("ProvisioningConflict", !c.ok(), "%s", c.answer())
		}
		running = c.response.Provisioned.Status == identitycenter.ProvisioningInProgress
	}
	return reading{}, false
}

func decisionShape(e evidence) (reading, bool) {
	if len(e.decisions) == 0 {
		return reading{}, false
	}
	var members map[string]any
	_ = json.Unmarshal([]byte(e.decisions[0].text), &members) // What is no object has no members.
	says := "its members are " + strings.Join(sortedKeys(members), ", ")
	switch {
	case members["failure"] != nil:
		return asOption("DecisionShape", "", "%s", says)
	case members["explicit_deny"] != nil:
		return asOption("DecisionShape", "statements", "%s", says)
	}
	return reading{says: says}, true
}

// actionPattern finds the action of IAM Identity Center that a decision names.
var actionPattern = regexp.MustCompile(`IdentityCenter:\w+:\w+`)

// actionOf returns the reading of the actions that refused operations need.
func actionOf(operations ...string) func(evidence) (reading, bool) {
	return func(e evidence) (reading, bool) {
		var found []string
		for _, d := range e.decisions {
			action := actionPattern.FindString(d.text)
			if said := d.operation + " needs " + action; slices.Contains(operations, d.operation) && action != "" && !slices.Contains(found, said) {
				found = append(found, said)
			}
		}
		return reading{says: strings.Join(found, ", ")}, len(found) > 0
	}
}

func userActions(e evidence) (reading, bool) {
	r, ok := actionOf("ListUsers", "DescribeUser", "DescribeUsers")(e)
	if !ok {
		return r, false
	}
	return asOption("ActionsOfTable", !strings.Contains(r.says, "IdentityCenter:user:listSessions"), "%s", r.says)
}

func throttleMessage(e evidence) (reading, bool) {
	for _, exchange := range e.record {
		if exchange.Status == http.StatusTooManyRequests {
			return reading{says: exchange.ResponseBody}, true
		}
	}
	return reading{}, false
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
