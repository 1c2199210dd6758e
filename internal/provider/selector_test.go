// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// wireValues are the arguments of a configuration.
type wireValues = map[string]tftypes.Value

func stringValue(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }

func boolValue(b bool) tftypes.Value { return tftypes.NewValue(tftypes.Bool, b) }

func numberValue(n float64) tftypes.Value { return tftypes.NewValue(tftypes.Number, n) }

// nullList is a list with a null element.
func nullList() tftypes.Value {
	return tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, []tftypes.Value{tftypes.NewValue(tftypes.String, nil)})
}

// block returns one or more sessions_matching blocks.
func block(t *testing.T, of *tfprotov6.Schema, blocks ...wireValues) tftypes.Value {
	t.Helper()
	list := of.ValueType().(tftypes.Object).AttributeTypes["sessions_matching"].(tftypes.List)
	var all []tftypes.Value
	for _, given := range blocks {
		conditions := wireValues{}
		for name, attribute := range list.ElementType.(tftypes.Object).AttributeTypes {
			conditions[name] = tftypes.NewValue(attribute, nil)
		}
		maps.Copy(conditions, given)
		all = append(all, tftypes.NewValue(list.ElementType, conditions))
	}
	return tftypes.NewValue(list, all)
}

// timeoutOf returns a timeouts block with one timeout.
func timeoutOf(of *tfprotov6.Schema, value string) tftypes.Value {
	object := of.ValueType().(tftypes.Object).AttributeTypes["timeouts"].(tftypes.Object)
	given := wireValues{}
	for name := range object.AttributeTypes {
		given[name] = stringValue(value)
	}
	return tftypes.NewValue(object, given)
}

// itemOf is a resource, an action or the data source of sessions, whose configuration is validated.
type itemOf struct {
	name     string
	schema   *tfprotov6.Schema
	validate func(config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error)
}

// sessionItems are the items that select sessions of one user.
func sessionItems(t *testing.T, server *providerServer, schemas *tfprotov6.GetProviderSchemaResponse) []itemOf {
	t.Helper()
	return []itemOf{
		{"resource", schemas.ResourceSchemas[actionName], func(config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
			response, err := server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: actionName, Config: config})
			return response.Diagnostics, err
		}},
		{"action", schemas.ActionSchemas[actionName].Schema, func(config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
			response, err := server.ValidateActionConfig(t.Context(), &tfprotov6.ValidateActionConfigRequest{ActionType: actionName, Config: config})
			return response.Diagnostics, err
		}},
		// Terraform does not validate again before it plans.
		{"plan of the action", schemas.ActionSchemas[actionName].Schema, func(config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
			response, err := server.PlanAction(t.Context(), &tfprotov6.PlanActionRequest{ActionType: actionName, Config: config})
			return response.Diagnostics, err
		}},
	}
}

// errorsOf returns the errors among diagnostics, one per line.
func errorsOf(diagnostics []*tfprotov6.Diagnostic) string {
	return actionRun{diagnostics: diagnostics}.errors()
}

func TestSessionSelector_validation(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	server, schemas := protocolServer(t, c, c.Management)
	for name, test := range map[string]struct {
		given wireValues
		words string
	}{
		"none":                  {wireValues{}, "No sessions selected"},
		"two":                   {wireValues{"all_sessions": boolValue(true), "session_ids": texts([]string{"s-1"})}, "Exactly one of these arguments must be set: session_ids, all_sessions and sessions_matching. Set are session_ids and all_sessions."},
		"false":                 {wireValues{"all_sessions": boolValue(false)}, "Attribute all_sessions Value must be \"true\", got: false"},
		"slash in a user ID":    {wireValues{"user_id": stringValue("a/b"), "all_sessions": boolValue(true)}, "user_id must be 1 to 64 characters"},
		"65 characters":         {wireValues{"user_id": stringValue(strings.Repeat("x", 65)), "all_sessions": boolValue(true)}, "1 to 64 characters"},
		"two dots":              {wireValues{"user_id": stringValue(".."), "all_sessions": boolValue(true)}, "Invalid ID"},
		"space in a session ID": {wireValues{"session_ids": texts([]string{"a b"})}, "session_ids[0] must be"},
		"empty session ID":      {wireValues{"session_ids": texts([]string{""})}, "session_ids[0] must be"},
		"null session ID":       {wireValues{"session_ids": nullList()}, "null value"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, item := range sessionItems(t, server, schemas) {
				given := wireValues{"identity_store_id": stringValue(c.IdentityStoreID), "user_id": stringValue(c.alice().UserID)}
				maps.Copy(given, test.given)
				diagnostics, err := item.validate(object(t, item.schema.ValueType(), given))
				if found := errorsOf(diagnostics); err != nil || !strings.Contains(found, test.words) {
					t.Errorf("%s: want %q in %q, %v", item.name, test.words, found, err)
				}
			}
		})
	}
	if names := c.Operations(); len(names) > 0 {
		t.Errorf("calls: %v", names)
	}
}

func TestSessionsMatching_validation(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	server, schemas := protocolServer(t, c, c.Management)
	for name, test := range map[string]struct {
		given     wireValues
		attribute string // "" for the block itself
		words     string
	}{
		"nothing":                  {wireValues{}, "", "needs at least one condition that is not null"},
		"treat_missing_data alone": {wireValues{"treat_missing_data": stringValue("match")}, "", "needs at least one condition"},
		"unknown treatment":        {wireValues{"keep_newest": numberValue(1), "treat_missing_data": stringValue("maybe")}, "treat_missing_data", "treat_missing_data must be \"match\" or \"no_match\".\n\nThe value: \"maybe\""},
		"no address":               {wireValues{"from_networks": texts([]string{"192.0.2.1", "example.com"})}, "from_networks", "from_networks has an invalid element: it is no IPv4 or IPv6 address"},
		"host bits":                {wireValues{"from_networks": texts([]string{"203.0.113.5/24"})}, "from_networks", "203.0.113.0/24 for the network or 203.0.113.5 for the address"},
		"empty list":               {wireValues{"not_from_networks": texts(nil)}, "not_from_networks", "not_from_networks is empty"},
		"null in a list":           {wireValues{"not_from_networks": nullList()}, "not_from_networks", "not_from_networks[0] is null"},
		"not RE2":                  {wireValues{"user_agent_regex": stringValue("(?!x)")}, "user_agent_regex", "must be a regular expression in RE2 syntax"},
		"empty expression":         {wireValues{"user_agent_regex": stringValue("")}, "user_agent_regex", "user_agent_regex is empty"},
		"no time":                  {wireValues{"created_after": stringValue("yesterday")}, "created_after", "created_after must be a time such as 2026-11-29T09:00:00Z (RFC 3339).\n\nThe value: \"yesterday\""},
		"time without zone":        {wireValues{"created_after": stringValue("2026-11-29T09:00:00")}, "created_after", "created_after has no time zone"},
		"time with fraction only":  {wireValues{"created_before": stringValue("2026-11-29T09:00:00.5")}, "created_before", "created_before has no time zone"},
		"date":                     {wireValues{"created_before": stringValue("2026-11-29")}, "created_before", "created_before has no time zone or no time of day"},
		"unset time":               {wireValues{"created_before": stringValue("0001-01-01T00:00:00Z")}, "created_before", "created_before must be later than 1970"},
		"year zero":                {wireValues{"created_before": stringValue("0000-01-01T00:00:00Z")}, "created_before", "created_before must be later than 1970"},
		"epoch":                    {wireValues{"created_after": stringValue("1970-01-01T01:00:00+01:00")}, "created_after", "created_after must be later than 1970"},
		"year 10000 in UTC":        {wireValues{"created_after": stringValue("9999-12-31T23:59:59-01:00")}, "created_after", "before the year 9999"},
		"year 12026":               {wireValues{"created_after": stringValue("12026-12-31T23:59:59Z")}, "created_after", "must be a time such as 2026-11-29T09:00:00Z (RFC 3339)"},
		"negative year":            {wireValues{"created_after": stringValue("-001-12-31T23:59:59Z")}, "created_after", "must be a time such as 2026-11-29T09:00:00Z (RFC 3339)"},
		"no duration":              {wireValues{"older_than": stringValue("4 hours")}, "older_than", "older_than must be a duration longer than zero, such as \"10s\", \"30m\" or \"4h\".\n\nThe value: \"4 hours\""},
		"days":                     {wireValues{"older_than": stringValue("3 days")}, "older_than", `cannot be in days or weeks. Write "72h".`},
		"short days":               {wireValues{"younger_than": stringValue("3d")}, "younger_than", `cannot be in days or weeks. Write "72h".`},
		"a week":                   {wireValues{"younger_than": stringValue("1W")}, "younger_than", `Write "168h".`},
		"negative duration":        {wireValues{"younger_than": stringValue("-1h")}, "younger_than", "younger_than must be a duration longer than zero"},
		"times that contradict":    {wireValues{"created_after": stringValue("2026-11-02T00:00:00Z"), "created_before": stringValue("2026-11-01T00:00:00Z")}, "created_after", "No session can match: created_after"},
		"ages that contradict":     {wireValues{"older_than": stringValue("2h"), "younger_than": stringValue("1h")}, "older_than", "No session can match: older_than"},
		"keep too many":            {wireValues{"keep_newest": numberValue(1000000001)}, "keep_newest", "keep_newest must be an integer from 1 to 1000000000"},
		"keep a fraction":          {wireValues{"keep_newest": numberValue(1.5)}, "keep_newest", "it is 1.5"},
		"keep too many for int64":  {wireValues{"keep_newest": numberValue(1e40)}, "keep_newest", "it is 1e+40"},
		"keep none":                {wireValues{"keep_newest": numberValue(0)}, "keep_newest", "it is 0"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, item := range sessionItems(t, server, schemas) {
				given := wireValues{
					"identity_store_id": stringValue(c.IdentityStoreID), "user_id": stringValue(c.alice().UserID),
					"sessions_matching": block(t, item.schema, test.given),
				}
				diagnostics, err := item.validate(object(t, item.schema.ValueType(), given))
				if found := errorsOf(diagnostics); err != nil || !strings.Contains(found, test.words) {
					t.Errorf("%s: want %q in %q, %v", item.name, test.words, found, err)
				}
				if len(diagnostics) != 1 {
					t.Errorf("%s: %d diagnostics", item.name, len(diagnostics))
				} else if at := diagnostics[0].Attribute.String(); !strings.Contains(at, "sessions_matching") || !strings.Contains(at, test.attribute) {
					t.Errorf("%s: the error is at %s", item.name, at)
				}
			}
		})
	}
	t.Run("two blocks", func(t *testing.T) {
		for _, item := range sessionItems(t, server, schemas) {
			one := wireValues{"keep_newest": numberValue(1)}
			given := wireValues{
				"identity_store_id": stringValue(c.IdentityStoreID), "user_id": stringValue(c.alice().UserID),
				"sessions_matching": block(t, item.schema, one, one),
			}
			diagnostics, err := item.validate(object(t, item.schema.ValueType(), given))
			if found := errorsOf(diagnostics); err != nil || !strings.Contains(found, "at most 1 element") && !strings.Contains(found, "At most one sessions_matching block") {
				t.Errorf("%s: %q, %v", item.name, found, err)
			}
		}
	})
	if names := c.Operations(); len(names) > 0 {
		t.Errorf("calls: %v", names)
	}
}

func TestTimeouts_validation(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	server, schemas := protocolServer(t, c, c.Management)
	for value, words := range map[string]string{
		"0s": "longer than zero", "-5m": "longer than zero", "soon": `The value: "soon"`, "": `The value: ""`, "2d": `Write "48h".`, "1h": "",
	} {
		for _, item := range sessionItems(t, server, schemas)[:2] {
			given := wireValues{
				"identity_store_id": stringValue(c.IdentityStoreID), "user_id": stringValue("u-1"), "all_sessions": boolValue(true),
				"timeouts": timeoutOf(item.schema, value),
			}
			diagnostics, err := item.validate(object(t, item.schema.ValueType(), given))
			found := errorsOf(diagnostics)
			if err != nil || (words == "") != (found == "") || !strings.Contains(found, words) {
				t.Errorf("%s, %q: want %q in %q, %v", item.name, value, words, found, err)
			}
			if found != "" && !strings.Contains(diagnostics[0].Attribute.String(), "timeouts") {
				t.Errorf("%s, %q: the error is at %s", item.name, value, diagnostics[0].Attribute)
			}
		}
	}
}

// TestSessionsDataSource_conditions checks that warnings show an unreadable address, and that ages
// are by the local clock, for one and for many users.
func TestSessionsDataSource_conditions(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.AddSession(c.IdentityStoreID, c.alice().UserID, simulator.Session{SessionID: "odd", IPAddress: "somewhere"})
	c.Configure(func(o *simulator.Options) { o.DateSkew = 24 * time.Hour })
	for argument, value := range map[string]any{"user_id": c.alice().UserID, "user_ids": []string{c.alice().UserID}, "user_names": []string{"alice", "bob"}} {
		_, text := c.serve(t).read(t, "identitycenter_user_sessions", attrs{
			"identity_store_id": c.IdentityStoreID, argument: value,
			"sessions_matching": []any{attrs{"older_than": "1h", "from_networks": []string{"203.0.113.0/24"}}},
		})
		if lack := missingText(text, "Times are by the local clock", "Some addresses cannot be read", "somewhere"); lack != "" || strings.Contains(text, "ERROR") {
			t.Errorf("%s: %q is missing: %s", argument, lack, text)
		}
	}
}

// TestRevocation_unreadableAddresses checks that a revocation without a match shows it.
func TestRevocation_unreadableAddresses(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.AddSession(c.IdentityStoreID, c.Users[2].UserID, simulator.Session{SessionID: "odd", IPAddress: "somewhere"})
	server, schemas := protocolServer(t, c, c.Management)
	got := create(t, server, schemas, actionName, wireValues{
		"identity_store_id": stringValue(c.IdentityStoreID), "user_id": stringValue(c.Users[2].UserID),
		"sessions_matching": block(t, schemas.ResourceSchemas[actionName], wireValues{"from_networks": texts([]string{"203.0.113.0/24"}), "treat_missing_data": stringValue("no_match")}),
	})
	if found := summaries(got.applied); errorsOf(got.applied) != "" || !strings.Contains(found, "none matches") || !strings.Contains(found, "somewhere") {
		t.Errorf("%s", found)
	}
	if len(c.SessionIDs(c.Users[2])) != 1 {
		t.Error("the session was ended")
	}
}

// TestRevocation_unusableDate checks that a Date header from a cache does not stop a revocation,
// and is reported.
func TestRevocation_unusableDate(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	server, schemas := protocolServer(t, c, c.Management)
	c.Inject(simulator.Fault{Operation: simulator.ListSessions, Header: http.Header{"Date": {"soon"}}})
	got := create(t, server, schemas, actionName, wireValues{
		"identity_store_id": stringValue(c.IdentityStoreID), "user_id": stringValue(c.alice().UserID),
		"sessions_matching": block(t, schemas.ResourceSchemas[actionName], wireValues{"older_than": stringValue("1h")}),
	})
	if found := summaries(got.applied); errorsOf(got.applied) != "" || !strings.Contains(found, "Times are by the local clock") {
		t.Errorf("%s", found)
	}
	if left := len(c.SessionIDs(c.alice())); left != 1 {
		t.Errorf("%d sessions left", left)
	}
}

// TestRevocation_invalidAtApply checks that no session ends if a condition becomes invalid once its
// value is known.
func TestRevocation_invalidAtApply(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	server, schemas := protocolServer(t, c, c.Management)
	got := create(t, server, schemas, actionName, wireValues{
		"identity_store_id": stringValue(c.IdentityStoreID), "user_id": stringValue(c.alice().UserID),
		"sessions_matching": block(t, schemas.ResourceSchemas[actionName], wireValues{"older_than": stringValue("4 hours")}),
	})
	if found := errorsOf(got.applied); !strings.Contains(found, "older_than must be a duration") || len(c.Calls()) > 0 {
		t.Errorf("%d calls: %s", len(c.Calls()), found)
	}
}

// TestBulk_emptyList checks that an empty list has only one warning.
func TestBulk_emptyList(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	server, schemas := protocolServer(t, c, c.Management)
	for _, argument := range []string{"user_ids", "user_names", "group_ids"} {
		got := create(t, server, schemas, bulkName, wireValues{"identity_store_id": stringValue(c.IdentityStoreID), argument: texts(nil), "all_sessions": boolValue(true)})
		if len(got.planned) != 1 || got.planned[0].Summary != "No session to revoke" || len(got.applied) != 0 {
			t.Errorf("%s: %s\n%s", argument, summaries(got.planned), summaries(got.applied))
		}
	}
	if len(c.Calls()) > 0 {
		t.Errorf("%d calls", len(c.Calls()))
	}
}

// TestBulk_earlyFailure checks that an error without an effect does not mention the state.
func TestBulk_earlyFailure(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	server, schemas := protocolServer(t, c, c.Management)
	c.Inject(refusal(simulator.ListSessions, 0, 0, http.StatusForbidden, "IIC.1000", "denied"))
	got := create(t, server, schemas, bulkName, wireValues{"identity_store_id": stringValue(c.IdentityStoreID), "user_ids": texts([]string{c.alice().UserID}), "all_sessions": boolValue(true)})
	found := errorsOf(got.applied)
	if len(got.state) > 0 || !strings.Contains(found, "no session ended. Apply again.") || strings.Contains(found, "terraform show") {
		t.Errorf("%s", found)
	}
}

// TestSessionsDataSource_missingName checks that a warning shows that a name is missing.
func TestSessionsDataSource_missingName(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	for _, body := range []string{`{"users":[]}`, fmt.Sprintf(`{"users":[{"user_id":%q}]}`, c.alice().UserID)} {
		c.ClearFaults()
		c.Inject(simulator.Fault{Operation: simulator.DescribeUsers, Status: http.StatusOK, Body: body})
		state, text := c.serve(t).read(t, "identitycenter_user_sessions", attrs{"identity_store_id": c.IdentityStoreID, "user_id": c.alice().UserID})
		if missingText(text, "WARNING: User names are missing", "the API does not return") != "" || len(state["sessions"].([]any)) != 3 {
			t.Errorf("%v: %s", state["sessions"], text)
		}
	}
}
