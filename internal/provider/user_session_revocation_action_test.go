// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

const actionName = "identitycenter_user_session_revocation"

// protocolServer returns a configured provider and its schemas.
func protocolServer(t *testing.T, c *cloud, key simulator.Key, more ...wireValues) (*providerServer, *tfprotov6.GetProviderSchemaResponse) {
	t.Helper()
	arguments := attrs{"max_retries": 0}
	for _, given := range more {
		for name, value := range given {
			arguments[name] = value
		}
	}
	s := c.serveAs(t, key, arguments)
	return s, s.schemas
}

// object returns a value of an object type. Missing attributes are null.
func object(t *testing.T, objectType tftypes.Type, given map[string]tftypes.Value) *tfprotov6.DynamicValue {
	t.Helper()
	values := map[string]tftypes.Value{}
	for name, attribute := range objectType.(tftypes.Object).AttributeTypes {
		values[name] = tftypes.NewValue(attribute, nil)
		if list, isList := attribute.(tftypes.List); isList {
			if _, isBlock := list.ElementType.(tftypes.Object); isBlock {
				values[name] = tftypes.NewValue(attribute, []tftypes.Value{})
			}
		}
		if value, ok := given[name]; ok {
			values[name] = value
		}
	}
	dynamic, err := tfprotov6.NewDynamicValue(objectType, tftypes.NewValue(objectType, values))
	if err != nil {
		t.Fatal(err)
	}
	return &dynamic
}

// invoke validates, plans and invokes the action, as Terraform does.
func invoke(ctx context.Context, t *testing.T, c *cloud, key simulator.Key, given map[string]tftypes.Value) actionRun {
	t.Helper()
	return invokeNamed(ctx, t, c, key, actionName, given)
}

// invokeNamed is invoke for another action.
func invokeNamed(ctx context.Context, t *testing.T, c *cloud, key simulator.Key, actionName string, given map[string]tftypes.Value) actionRun {
	t.Helper()
	server, _ := protocolServer(t, c, key)
	config := attrs{"identity_store_id": c.IdentityStoreID}
	for name, value := range given {
		config[name] = value
	}
	return server.invoke(ctx, t, actionName, config, func() {
		for _, operation := range []string{simulator.ListSessions, simulator.DecodeAuthorizationMessage} {
			if n := len(c.CallsOf(operation)); n > 1 {
				t.Errorf("planning called %s %d times", operation, n)
			}
		}
		if n := len(c.CallsOf(simulator.BatchDeleteSessions)); n > 0 {
			t.Error("planning ended sessions")
		}
		c.ResetCalls()
	})
}

func texts(ids []string) tftypes.Value {
	values := make([]tftypes.Value, len(ids))
	for i, id := range ids {
		values[i] = tftypes.NewValue(tftypes.String, id)
	}
	return tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, values)
}

func inLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d lines, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
		return
	}
	for i, pattern := range want {
		if !regexp.MustCompile(pattern).MatchString(got[i]) {
			t.Errorf("line %d: %q does not match %q", i+1, got[i], pattern)
		}
	}
}

func TestAction_allSessions(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	run := invoke(t.Context(), t, c, c.Management, map[string]tftypes.Value{
		"user_id":      tftypes.NewValue(tftypes.String, c.alice().UserID),
		"all_sessions": tftypes.NewValue(tftypes.Bool, true),
		"verify":       tftypes.NewValue(tftypes.Bool, true),
	})
	if run.errors() != "" {
		t.Fatal(run.errors())
	}
	ids := c.alice().Sessions
	inLines(t, run.progress,
		"has 3 sessions\\.$",
		ids[2].SessionID+".*192.0.2.99.*iPhone.*10m",
		ids[1].SessionID+".*198.51.100.23.*Firefox.*2h",
		ids[0].SessionID+".*203.0.113.7.*Chrome.*6h",
		"Batch 1 of 1 done.*request ID "+c.CallsOf(simulator.BatchDeleteSessions)[0].RequestID,
		"Verifying",
		"Done: 3 session",
	)
	if left := c.SessionIDs(c.alice()); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestAction_namedSessions(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	ids := c.SessionIDs(c.alice())
	run := invoke(t.Context(), t, c, c.Management, map[string]tftypes.Value{
		"user_id":     tftypes.NewValue(tftypes.String, c.alice().UserID),
		"session_ids": texts(ids[:1]),
	})
	inLines(t, run.progress, "Batch 1 of 1 done", "Done: 1 session")
	if left := c.SessionIDs(c.alice()); run.errors() != "" || !slices.Equal(left, ids[1:]) {
		t.Errorf("left: %v\n%s", left, run.errors())
	}
}

func TestAction_refusal(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	run := invoke(t.Context(), t, c, c.Member, map[string]tftypes.Value{
		"user_id":     tftypes.NewValue(tftypes.String, c.alice().UserID),
		"session_ids": texts([]string{"s-1"}),
	})
	if !inOrder("Access denied (HTTP 403, IIC.1000)", "Ending sessions of user "+c.alice().UserID, "No policy statement allows the call", "Request ID",
		"IdentityCenter:user:batchDeleteSession", "Ended before the failure: 0 sessions.").MatchString(run.errors()) {
		t.Error(run.errors())
	}
}

func TestAction_errorAttributes(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	for name, test := range map[string]struct {
		given     map[string]tftypes.Value
		attribute string
		words     string
	}{
		"unknown user":  {map[string]tftypes.Value{"user_id": tftypes.NewValue(tftypes.String, "nobody"), "all_sessions": tftypes.NewValue(tftypes.Bool, true)}, "user_id", "Not found"},
		"odd user ID":   {map[string]tftypes.Value{"user_id": tftypes.NewValue(tftypes.String, "a/b"), "all_sessions": tftypes.NewValue(tftypes.Bool, true)}, "user_id", "Invalid ID"},
		"null user":     {map[string]tftypes.Value{"user_id": tftypes.NewValue(tftypes.String, nil), "all_sessions": tftypes.NewValue(tftypes.Bool, true)}, "user_id", "user_id is null"},
		"false":         {map[string]tftypes.Value{"user_id": tftypes.NewValue(tftypes.String, "a"), "all_sessions": tftypes.NewValue(tftypes.Bool, false)}, "all_sessions", "true"},
		"none of two":   {map[string]tftypes.Value{"user_id": tftypes.NewValue(tftypes.String, "a")}, "", "No sessions selected"},
		"both":          {map[string]tftypes.Value{"user_id": tftypes.NewValue(tftypes.String, "a"), "all_sessions": tftypes.NewValue(tftypes.Bool, true), "session_ids": texts(nil)}, "", "Exactly one of these arguments"},
		"empty session": {map[string]tftypes.Value{"user_id": tftypes.NewValue(tftypes.String, "a"), "session_ids": texts([]string{""})}, "session_ids", "Invalid ID"},
	} {
		t.Run(name, func(t *testing.T) {
			run := invoke(t.Context(), t, c, c.Management, test.given)
			c.ResetCalls()
			if !strings.Contains(run.errors(), test.words) {
				t.Errorf("want %q in %s", test.words, run.errors())
			}
			if path := run.diagnostics[len(run.diagnostics)-1].Attribute; test.attribute != "" && (path == nil || !strings.Contains(path.String(), test.attribute)) {
				t.Errorf("the error is about %s, not %s", path, test.attribute)
			}
		})
	}
}

func TestAction_interrupted(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	user, ids := c.withSessions(150)
	// The first batch is done, the second hangs.
	c.Inject(simulator.Fault{Operation: simulator.BatchDeleteSessions, After: 1, Hang: true})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_ = c.Await(t.Context(), simulator.BatchDeleteSessions, 2)
		cancel()
	}()
	run := invoke(ctx, t, c, c.Management, map[string]tftypes.Value{
		"user_id":     tftypes.NewValue(tftypes.String, user.UserID),
		"session_ids": texts(ids),
	})
	if !inOrder("Interrupted", "Ended before the failure: 100 sessions. Not known to have ended: 50 sessions", ids[149]).MatchString(run.errors()) {
		t.Error(run.errors())
	}
	// Terraform crashes on a message after the interrupt. The one before it may be lost.
	for _, line := range run.progress {
		if !strings.HasPrefix(line, "Batch 1 of 2 done") {
			t.Errorf("progress: %q", line)
		}
	}
}

func TestAction_emptySet(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	run := invoke(t.Context(), t, c, c.Management, map[string]tftypes.Value{
		"user_id":     tftypes.NewValue(tftypes.String, c.alice().UserID),
		"session_ids": texts(nil),
	})
	if len(run.diagnostics) != 1 || run.diagnostics[0].Severity != tfprotov6.DiagnosticSeverityWarning || run.diagnostics[0].Summary != "No session was ended" {
		t.Errorf("diagnostics: %v", run.diagnostics)
	}
	if names := c.Operations(); len(names) > 0 {
		t.Errorf("calls: %v", names)
	}
}

// The CLI supports actions since 1.14; otherwise the tests below are skipped.
func TestAccActionCLI(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", testdata(t, "action.tf")), atLeast(1, 14))

	output := expect(t, w, 0, "apply", "-auto-approve", "-no-color", "-invoke=action.identitycenter_user_session_revocation.logout")
	if !text("Done: 3 session").MatchString(output) || len(c.SessionIDs(c.alice())) > 0 {
		t.Errorf("output:\n%s", output)
	}
	if state := expect(t, w, 0, "state", "list"); strings.TrimSpace(state) != "" {
		t.Errorf("state: %s", state)
	}

	c.AddSession(c.IdentityStoreID, c.alice().UserID, simulator.Session{SessionID: "again"})
	output = expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	if !text("Done: 1 session").MatchString(output) || len(c.SessionIDs(c.alice())) > 0 {
		t.Errorf("output:\n%s", output)
	}
	if state := expect(t, w, 0, "state", "list"); strings.TrimSpace(state) != "terraform_data.user" {
		t.Errorf("state: %s", state)
	}

	c.Inject(refusal(simulator.ListSessions, 0, 0, http.StatusForbidden, "IIC.1000", "denied"))
	output = expect(t, w, 1, "apply", "-auto-approve", "-no-color", "-invoke=action.identitycenter_user_session_revocation.logout")
	if !inOrder("Access denied (HTTP 403, IIC.1000)", "Ending sessions of user", "IdentityCenter:user:listSessions").MatchString(output) {
		t.Errorf("output:\n%s", output)
	}
}

// The action selects sessions itself, and its plan shows the sessions that it would end.
func TestAccActionCLI_sessionsMatching(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", testdata(t, "action.tf")), atLeast(1, 14))
	run := func(status int, args ...string) string {
		args = append([]string{args[0], "-no-color", "-invoke=action.identitycenter_user_session_revocation.logout"}, args[1:]...)
		return expect(t, w, status, args...)
	}
	output := run(0, "plan", `-var=networks=["198.51.100.0/24"]`)
	if !inOrder("Preview of the revocation", "the action ends 2 (3 sessions, not_from_networks left 2)", "from 192.0.2.99", "from 203.0.113.7").MatchString(output) || len(c.SessionIDs(c.alice())) != 3 {
		t.Error(output)
	}
	if names := c.Operations(); !slices.Equal(names, []string{simulator.ListSessions}) {
		t.Errorf("planning called %v", names)
	}
	for _, refused := range []struct {
		variables []string
		words     string
	}{
		{nil, "No condition in sessions_matching"},
		{[]string{`-var=networks=[]`}, "not_from_networks is empty"},
		{[]string{`-var=networks=["203.0.113.5/24"]`}, "203.0.113.0/24 for the network"},
		{[]string{`-var=networks=["203.0.113.5"]`, "-var=nobody=true"}, "user_id is null"},
	} {
		c.ResetCalls()
		if output := run(1, append([]string{"apply", "-auto-approve"}, refused.variables...)...); !text(refused.words).MatchString(output) || len(c.Calls()) > 0 {
			t.Errorf("%d calls: %s", len(c.Calls()), output)
		}
	}
	c.Inject(refusal(simulator.ListSessions, 0, 1, http.StatusForbidden, "IIC.1000", "denied"))
	if output := run(0, "plan", `-var=networks=["198.51.100.0/24"]`); !text("cannot be listed now").MatchString(output) {
		t.Error(output)
	}
	output = run(0, "apply", "-auto-approve", `-var=networks=["198.51.100.0/24"]`)
	if !text("Done: 2 sessions of user "+c.alice().UserID+" ended: 3 sessions, not_from_networks left 2.").MatchString(output) || len(c.SessionIDs(c.alice())) != 1 {
		t.Error(output)
	}
	output = run(0, "apply", "-auto-approve", `-var=networks=["0.0.0.0/0"]`)
	if !text("No session of user "+c.alice().UserID+" was ended: none matches (1 session, not_from_networks left 0)").MatchString(output) ||
		// Terraform may also show the lines of the preview last.
		!regexp.MustCompile(`(?i)`+text("no session of user "+c.alice().UserID).String()).MatchString(lastLines(output)) {
		t.Error(output)
	}
}
