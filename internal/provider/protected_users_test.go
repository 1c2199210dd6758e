// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// created has the responses to the plan and the creation of a resource.
type created struct {
	planned, applied []*tfprotov6.Diagnostic
	state            map[string]tftypes.Value
}

// create plans and creates a resource, as Terraform does. After a plan with an error it stops.
func create(t *testing.T, server *providerServer, schemas *tfprotov6.GetProviderSchemaResponse, name string, given wireValues) created {
	t.Helper()
	resourceType := schemas.ResourceSchemas[name].ValueType()
	config, null := object(t, resourceType, given), benchmarkNull(t, resourceType)
	proposed := maps.Clone(given)
	for _, attribute := range schemas.ResourceSchemas[name].Block.Attributes {
		if attribute.Computed {
			proposed[attribute.Name] = tftypes.NewValue(attribute.Type, tftypes.UnknownValue)
		}
	}
	planned, err := server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: name, PriorState: null, ProposedNewState: object(t, resourceType, proposed), Config: config,
	})
	if err != nil {
		t.Fatal(err)
	}
	result := created{planned: planned.Diagnostics}
	if errorsOf(planned.Diagnostics) != "" {
		return result
	}
	applied, err := server.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: name, PriorState: null, PlannedState: planned.PlannedState, Config: config,
	})
	if err != nil {
		t.Fatal(err)
	}
	result.applied = applied.Diagnostics
	state, err := applied.NewState.Unmarshal(resourceType)
	if err != nil || state.As(&result.state) != nil {
		t.Fatal(err)
	}
	return result
}

// stringsIn returns the strings of a list in a state.
func stringsIn(t *testing.T, value tftypes.Value) []string {
	t.Helper()
	var elements []tftypes.Value
	if err := value.As(&elements); err != nil {
		t.Fatal(err)
	}
	all := make([]string, len(elements))
	for i := range elements {
		if err := elements[i].As(&all[i]); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func summaries(diagnostics []*tfprotov6.Diagnostic) string {
	var all []string
	for _, d := range diagnostics {
		all = append(all, d.Summary+"\n"+d.Detail)
	}
	return strings.Join(all, "\n")
}

// nothingEnded fails the test if a session was ended or anything else was changed.
func (c *cloud) nothingEnded(t *testing.T) {
	t.Helper()
	if n := len(c.CallsOf(simulator.BatchDeleteSessions)); n > 0 {
		t.Errorf("%d calls to end sessions", n)
	}
}

func TestProtectedUsers_singleUser(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	alice := c.alice().UserID
	for name, protected := range map[string]wireValues{
		"by ID":       {"protected_user_ids": texts([]string{strings.ToUpper(alice)})},
		"by group ID": {"protected_group_ids": texts([]string{c.Groups[0].GroupID})},
	} {
		t.Run(name, func(t *testing.T) {
			server, schemas := protocolServer(t, c, c.Management, protected)
			given := wireValues{"identity_store_id": stringValue(c.IdentityStoreID), "user_id": stringValue(alice), "all_sessions": boolValue(true)}
			if got := create(t, server, schemas, actionName, given); !strings.Contains(errorsOf(got.planned), "The user is protected") {
				t.Errorf("plan: %s", summaries(got.planned))
			}
			config := object(t, schemas.ActionSchemas[actionName].Schema.ValueType(), given)
			planned, err := server.PlanAction(t.Context(), &tfprotov6.PlanActionRequest{ActionType: actionName, Config: config})
			if err != nil || !strings.Contains(errorsOf(planned.Diagnostics), "The user is protected") {
				t.Errorf("plan of the action: %v, %s", err, summaries(planned.Diagnostics))
			}
			stream, err := server.InvokeAction(t.Context(), &tfprotov6.InvokeActionRequest{ActionType: actionName, Config: config})
			if err != nil {
				t.Fatal(err)
			}
			for event := range stream.Events {
				if end, ok := event.Type.(tfprotov6.CompletedInvokeActionEventType); ok && !strings.Contains(errorsOf(end.Diagnostics), "The user is protected") {
					t.Errorf("action: %s", summaries(end.Diagnostics))
				}
			}
			c.nothingEnded(t)
			// Other users are not protected.
			given["user_id"] = stringValue(c.Users[1].UserID)
			if got := create(t, server, schemas, actionName, given); errorsOf(got.planned)+errorsOf(got.applied) != "" {
				t.Errorf("%s\n%s", summaries(got.planned), summaries(got.applied))
			}
			c.ResetCalls()
		})
	}
}

func TestProtectedUsers_unreadableGroups(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	protected := wireValues{"protected_group_ids": texts([]string{c.Groups[0].GroupID}), "decode_authorization_messages": boolValue(false)}
	c.Inject(refusal("ListGroupMembershipsForMember", 0, 0, http.StatusForbidden, "IIC.1000", "denied"))
	c.Inject(refusal("ListGroupMemberships", 0, 0, http.StatusForbidden, "IIC.1000", "denied"))
	server, schemas := protocolServer(t, c, c.Management, protected)
	bulk := create(t, server, schemas, bulkName, wireValues{
		"identity_store_id": stringValue(c.IdentityStoreID), "all_users": boolValue(true), "except_user_ids": texts(nil), "all_sessions": boolValue(true),
	})
	if found := errorsOf(bulk.applied); !strings.Contains(found, "protected group") || len(bulk.state) > 0 {
		t.Errorf("bulk: %s", summaries(bulk.applied))
	}
	c.nothingEnded(t)
	single := create(t, server, schemas, actionName, wireValues{"identity_store_id": stringValue(c.IdentityStoreID), "user_id": stringValue(c.alice().UserID), "all_sessions": boolValue(true)})
	if errorsOf(single.planned)+errorsOf(single.applied) != "" || !strings.Contains(summaries(single.planned), "Protected groups were not checked") {
		t.Errorf("single: %s\n%s", summaries(single.planned), summaries(single.applied))
	}
}

// IDs of groups are compared without regard to case.
func TestProtectedUsers_groupIDCase(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	group := strings.ToUpper(c.Groups[0].GroupID)
	arguments := values{"identity_store_id": c.IdentityStoreID, "all_users": true, "except_user_ids": []string{}, "all_sessions": true}
	c.serve(t, attrs{"protected_group_ids": []string{group}}).object(t, bulkType).apply(t.Context(), arguments).none(t)
	found := c.object(t, bulkType).apply(t.Context(), arguments.with("except_group_ids", []string{group}))
	if found.failed() || len(c.SessionIDs(c.alice())) != 3 {
		t.Errorf("%d sessions left: %s", len(c.SessionIDs(c.alice())), found.text(0))
	}
}

func TestProtectedUsers_bulk(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	alice, bob := c.alice(), c.Users[1]
	store := stringValue(c.IdentityStoreID)
	all := func(given wireValues) wireValues {
		given["identity_store_id"], given["all_sessions"] = store, boolValue(true)
		return given
	}
	server, schemas := protocolServer(t, c, c.Management, wireValues{"protected_user_ids": texts([]string{strings.ToUpper(alice.UserID), "nobody-1"})})

	got := create(t, server, schemas, bulkName, all(wireValues{"user_ids": texts([]string{bob.UserID, alice.UserID})}))
	if !strings.Contains(errorsOf(got.planned), "The user is protected") || !strings.Contains(got.planned[0].Attribute.String(), "user_ids") {
		t.Errorf("user_ids: %s", summaries(got.planned))
	}
	got = create(t, server, schemas, bulkName, all(wireValues{"user_names": texts([]string{bob.UserName, alice.UserName})}))
	if found := errorsOf(got.applied); !strings.Contains(found, "are protected by protected_user_ids") || !strings.Contains(found, alice.UserName) || len(got.state) > 0 {
		t.Errorf("user_names: %s", summaries(got.applied))
	} else if at := got.applied[0].Attribute.String(); !strings.Contains(at, "user_names") {
		t.Errorf("user_names: the error is at %s", at)
	}
	c.nothingEnded(t)

	got = create(t, server, schemas, bulkName, all(wireValues{"all_users": boolValue(true), "except_user_ids": texts(nil)}))
	if errorsOf(got.planned)+errorsOf(got.applied) != "" || !strings.Contains(summaries(got.applied), "nobody-1") {
		t.Errorf("all_users: %s\n%s", summaries(got.planned), summaries(got.applied))
	}
	if len(c.SessionIDs(alice)) != 3 || len(c.SessionIDs(bob)) != 0 {
		t.Errorf("left: %v, %v", c.SessionIDs(alice), c.SessionIDs(bob))
	}
}

func TestBulk_exceptionsWithoutMatch(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	server, schemas := protocolServer(t, c, c.Management)
	for name, test := range map[string]struct {
		argument string
		value    tftypes.Value
		words    string
	}{
		"unknown ID":     {"except_user_ids", texts([]string{"typo"}), "has no users with these IDs"},
		"unknown group":  {"except_group_ids", texts([]string{"nogroup"}), "except"},
		"unknown values": {"except_user_ids", tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, tftypes.UnknownValue), "The exceptions are unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			got := create(t, server, schemas, bulkName, wireValues{
				"identity_store_id": stringValue(c.IdentityStoreID), "all_users": boolValue(true), "all_sessions": boolValue(true), test.argument: test.value,
			})
			found := slices.Concat(got.planned, got.applied)
			if !strings.Contains(errorsOf(found), test.words) || len(got.state) > 0 {
				t.Fatalf("%s", summaries(found))
			}
			if at := found[len(found)-1].Attribute; at != nil && !strings.Contains(at.String(), test.argument) {
				t.Errorf("the error is at %s", at)
			}
			if strings.Contains(errorsOf(found), "terraform show") {
				t.Errorf("the error speaks of a state that does not exist:\n%s", errorsOf(found))
			}
		})
	}
	c.nothingEnded(t)
}

func TestBulk_userNames(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	server, schemas := protocolServer(t, c, c.Management)
	alice, bob := c.alice(), c.Users[1]
	got := create(t, server, schemas, bulkName, wireValues{
		"identity_store_id": stringValue(c.IdentityStoreID), "all_sessions": boolValue(true),
		"user_ids": texts([]string{bob.UserID}), "user_names": texts([]string{alice.UserName, "nobody", strings.ToUpper(alice.UserName)}),
	})
	if errorsOf(got.planned)+errorsOf(got.applied) != "" {
		t.Fatalf("%s\n%s", summaries(got.planned), summaries(got.applied))
	}
	if left := len(c.SessionIDs(alice)) + len(c.SessionIDs(bob)); left > 0 {
		t.Errorf("%d sessions left", left)
	}
	want := sorted([]string{"nobody", strings.ToUpper(alice.UserName)})
	if unknown := stringsIn(t, got.state["unknown_user_names"]); !slices.Equal(unknown, want) {
		t.Errorf("unknown_user_names = %v, want %v", unknown, want)
	}
	if found := summaries(got.applied); !strings.Contains(found, "Some user names do not exist") || !strings.Contains(found, "nobody") {
		t.Errorf("warnings: %s", found)
	}
}

func TestBulk_onlyUnknownUserNames(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	server, schemas := protocolServer(t, c, c.Management)
	got := create(t, server, schemas, bulkName, wireValues{
		"identity_store_id": stringValue(c.IdentityStoreID), "all_sessions": boolValue(true), "user_names": texts([]string{"nobody"}),
	})
	if found := errorsOf(got.applied); !strings.Contains(found, "do not exist in the identity store") || !strings.Contains(found, "nobody") || len(got.state) > 0 {
		t.Errorf("%s", summaries(got.applied))
	}
}

func TestUserSessionsDataSource_userNames(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	server, schemas := protocolServer(t, c, c.Management, wireValues{"protected_user_ids": texts([]string{c.alice().UserID})})
	const name = "identitycenter_user_sessions"
	dataType := schemas.DataSourceSchemas[name].ValueType()
	given := wireValues{
		"identity_store_id": stringValue(c.IdentityStoreID), "user_names": texts([]string{c.alice().UserName, "nobody"}),
		"sessions": tftypes.NewValue(dataType.(tftypes.Object).AttributeTypes["sessions"], nil),
		// The data source only reads, so missing data needs no treatment.
		"sessions_matching": block(t, schemas.DataSourceSchemas[name], wireValues{"from_networks": texts([]string{"203.0.113.0/24"})}),
	}
	response, err := server.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: object(t, dataType, given)})
	if err != nil || errorsOf(response.Diagnostics) != "" {
		t.Fatal(err, summaries(response.Diagnostics))
	}
	var state map[string]tftypes.Value
	value, err := response.State.Unmarshal(dataType)
	if err != nil || value.As(&state) != nil {
		t.Fatal(err)
	}
	var sessions []tftypes.Value
	if err := state["sessions"].As(&sessions); err != nil || len(sessions) != 1 {
		t.Errorf("%d sessions, %v", len(sessions), err)
	}
	if unknown := stringsIn(t, state["unknown_user_names"]); !slices.Equal(unknown, []string{"nobody"}) {
		t.Errorf("unknown_user_names = %v", unknown)
	}
}

// A plan waits at most 10 seconds for the API, because Terraform does not pass on Ctrl-C during a
// plan.
func TestProtectedUsers_planTimeout(t *testing.T) {
	t.Parallel()
	for _, name := range []string{actionName, lockType, suspensionType, "identitycenter_user_logout_on_destroy"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.Inject(simulator.Fault{
				Operation: simulator.ListGroupMembershipsForMember, Status: http.StatusTooManyRequests, Code: "APIGW.0308",
				Header: http.Header{"Retry-After": {"60"}},
			})
			server, _ := protocolServer(t, c, c.Management, wireValues{"protected_group_ids": texts([]string{c.Groups[0].GroupID})})
			o := server.object(t, name)
			given := wireValues{"identity_store_id": stringValue(c.IdentityStoreID), "user_id": stringValue(c.alice().UserID)}
			switch name {
			case actionName:
				given["all_sessions"] = boolValue(true)
			case suspensionType:
				given["instance_id"] = stringValue("i-1")
				given["group_ids"] = texts([]string{c.Groups[0].GroupID})
			}
			begun := time.Now()
			got := planOf(t, o, given)
			if took := time.Since(begun); took > 15*time.Second || !strings.Contains(summaries(got), "Protected groups were not checked") {
				t.Errorf("after %s: %s", took, summaries(got))
			}
		})
	}
}

// planOf plans the creation of a resource.
func planOf(t *testing.T, o *managed, given wireValues) []*tfprotov6.Diagnostic {
	t.Helper()
	config := object(t, o.schema.ValueType(), given)
	resp, err := o.server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: o.name, Config: config, ProposedNewState: config, PriorState: dynamic(t, o.state),
	})
	if err != nil {
		t.Fatal(err)
	}
	return resp.Diagnostics
}

// A check of protected groups that hangs delays a lock only briefly. One that is throttled is waited
// for, because the user may be protected.
func TestProtectedUsers_slowCheck(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault simulator.Fault
		says  string
	}{
		"hangs":           {simulator.Fault{Hang: true}, "Protected groups were not checked"},
		"throttled":       {simulator.Fault{Status: http.StatusTooManyRequests, Code: "APIGW.0308", Header: http.Header{"Retry-After": {"2"}}, Times: 1}, "The user is protected"},
		"throttled often": {simulator.Fault{Status: http.StatusTooManyRequests, Code: "APIGW.0308", Times: 3}, "The user is protected"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			server := c.serve(t, attrs{"protected_group_ids": []string{c.Groups[0].GroupID}, "request_timeout": "60s"})
			o := server.object(t, lockType)
			// The plan is made without the group.
			planned, found := c.object(t, lockType).plan(values{"identity_store_id": c.IdentityStoreID, "user_id": c.alice().UserID})
			found.none(t)
			test.fault.Operation = simulator.ListGroupMembershipsForMember
			c.Inject(test.fault)
			begun := time.Now()
			o.applyPlan(t.Context(), planned).says(t, test.says)
			if took := time.Since(begun); took > 8*time.Second || c.Enabled(c.IdentityStoreID, c.alice().UserID) != (name != "hangs") {
				t.Errorf("after %s, enabled %t", took, c.Enabled(c.IdentityStoreID, c.alice().UserID))
			}
		})
	}
}
