// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/provider"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/server"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

const revocationName = "identitycenter_user_session_revocation.test"

// revocationOf returns a revocation resource with more arguments.
func revocationOf(user, arguments string) string {
	return fmt.Sprintf(`
resource "identitycenter_user_session_revocation" "test" {
  identity_store_id = "STORE"
  user_id           = %q
  %s
}
`, user, arguments)
}

// attribute returns a check of an attribute of the revocation.
func attribute(name string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(revocationName, tfjsonpath.New(name), value)
}

// exactly returns a check of a list of IDs in any order.
func exactly(ids []string) knownvalue.Check {
	return exactIDs(sorted(ids))
}

type exactIDs []string

func (want exactIDs) CheckValue(value any) error {
	var got []string
	elements, ok := value.([]any)
	for _, element := range elements {
		got = append(got, fmt.Sprint(element))
	}
	if !ok || !slices.Equal(sorted(got), want) {
		return fmt.Errorf("got %v, want %s", value, want)
	}
	return nil
}

func (want exactIDs) String() string { return strings.Join(want, ", ") }

// text matches words that Terraform may have wrapped.
func text(words string) *regexp.Regexp {
	return regexp.MustCompile(`(?s)` + strings.Join(strings.Fields(regexp.QuoteMeta(words)), `[\s│]+`))
}

func TestAccRevocation_lifecycle(t *testing.T) {
	c := newCloud(t)
	all := c.SessionIDs(c.alice())
	stolen := all[:2]
	config := c.config(c.Management, "", revocationOf("ALICE", "session_ids = "+hcl(stolen)))
	begun := time.Now().Add(-time.Second)

	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config: config,
				ConfigStateChecks: []statecheck.StateCheck{
					attribute("revoked_session_ids", exactly(stolen)),
					attribute("revoked_at", knownvalue.StringFunc(func(v string) error {
						at, err := time.Parse(time.RFC3339, v)
						if err == nil && (at.Before(begun) || !strings.HasSuffix(v, "Z")) {
							err = fmt.Errorf("%s is not now, in UTC", v)
						}
						return err
					})),
				},
				Check: func(*terraform.State) error {
					calls := c.CallsOf(simulator.BatchDeleteSessions)
					if len(calls) != 1 || !slices.Equal(sorted(calls[0].SessionIDs), sorted(stolen)) {
						return fmt.Errorf("calls: %+v", calls)
					}
					if agent := calls[0].Header.Get("User-Agent"); !regexp.MustCompile(`terraform-provider-identitycenter/test Terraform/\d+\.\d+`).MatchString(agent) {
						return fmt.Errorf("User-Agent %q", agent)
					}
					if left := c.SessionIDs(c.alice()); !slices.Equal(left, all[2:]) {
						return fmt.Errorf("left: %v", left)
					}
					return nil
				},
			},
			{
				Config:           config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			},
			// Other arguments change in place.
			{
				Config: c.config(c.Management, "", revocationOf("ALICE", "verify = true\ntimeouts {\n create = \"1m\"\n}\nsession_ids = "+hcl(stolen))),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(revocationName, plancheck.ResourceActionUpdate),
				}},
				ConfigStateChecks: []statecheck.StateCheck{attribute("revoked_session_ids", exactly(stolen))},
			},
		},
		CheckDestroy: func(*terraform.State) error {
			if names := c.Operations(); len(names) != 1 {
				return fmt.Errorf("only the creation may call the API, and did: %v", names)
			}
			return nil
		},
	})
}

// Every argument that decides what is revoked requires replacement. Otherwise the state would show
// a revocation that did not happen. Every argument of the schema is tried.
func TestRevocation_replacingArguments(t *testing.T) {
	t.Parallel()
	text := func(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }
	list := func(all ...string) tftypes.Value { return texts(all) }
	boolean := func(b bool) tftypes.Value { return tftypes.NewValue(tftypes.Bool, b) }
	number := func(n int) tftypes.Value { return tftypes.NewValue(tftypes.Number, n) }
	labels := func(s string) tftypes.Value {
		return tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, map[string]tftypes.Value{"a": text(s)})
	}
	type change struct {
		prior, planned tftypes.Value
		replaces       bool
	}
	arguments := map[string]change{
		"identity_store_id": {text("a"), text("b"), true}, "user_id": {text("a"), text("b"), true},
		"session_ids":  {list("a", "b"), list("a", "c"), true},
		"all_sessions": {tftypes.NewValue(tftypes.Bool, nil), boolean(true), true}, "triggers": {labels("1"), labels("2"), true},
		"verify": {boolean(false), boolean(true), false},
	}
	conditions := map[string]change{
		"from_networks": {list("192.0.2.1"), list("192.0.2.2"), true}, "not_from_networks": {list("192.0.2.1"), list("192.0.2.2"), true},
		"user_agent_regex": {text("a"), text("b"), true}, "treat_missing_data": {text("match"), text("no_match"), true},
		"created_after":  {text("2026-11-01T00:00:00Z"), text("2026-11-02T00:00:00Z"), true},
		"created_before": {text("2026-11-01T00:00:00Z"), text("2026-11-02T00:00:00Z"), true},
		"older_than":     {text("1h"), text("2h"), true}, "younger_than": {text("1h"), text("2h"), true}, "keep_newest": {number(1), number(2), true},
	}
	server, schema := protocolServer(t, newCloud(t), simulator.Key{AccessKey: "a", SecretKey: "secret-key"})
	const name = "identitycenter_user_session_revocation"
	block := schema.ResourceSchemas[name].Block
	replaced := func(prior, planned map[string]tftypes.Value) bool {
		all := schema.ResourceSchemas[name].ValueType()
		for _, values := range []map[string]tftypes.Value{prior, planned} {
			for known, value := range map[string]tftypes.Value{"identity_store_id": text("a"), "user_id": text("a"), "revoked_at": text("2026-11-01T00:00:00Z")} {
				if _, given := values[known]; !given {
					values[known] = value
				}
			}
		}
		before, after := object(t, all, prior), object(t, all, planned)
		response, err := server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{TypeName: name, PriorState: before, ProposedNewState: after, Config: after})
		if err != nil {
			t.Fatal(err)
		}
		return len(response.RequiresReplace) > 0
	}
	for _, attribute := range block.Attributes {
		if attribute.Computed {
			continue
		}
		change, covered := arguments[attribute.Name]
		if got := covered && replaced(map[string]tftypes.Value{attribute.Name: change.prior}, map[string]tftypes.Value{attribute.Name: change.planned}); !covered || got != change.replaces {
			t.Errorf("%s: covered %t, replaces %t", attribute.Name, covered, got)
		}
	}
	for _, nested := range block.BlockTypes {
		if nested.TypeName != "sessions_matching" {
			continue
		}
		blocks := schema.ResourceSchemas[name].ValueType().(tftypes.Object).AttributeTypes[nested.TypeName].(tftypes.List)
		with := func(name string, value tftypes.Value) map[string]tftypes.Value {
			values := map[string]tftypes.Value{}
			for attribute, kind := range blocks.ElementType.(tftypes.Object).AttributeTypes {
				values[attribute] = tftypes.NewValue(kind, nil)
			}
			values[name] = value
			return map[string]tftypes.Value{nested.TypeName: tftypes.NewValue(blocks, []tftypes.Value{tftypes.NewValue(blocks.ElementType, values)})}
		}
		for _, attribute := range nested.Block.Attributes {
			change, covered := conditions[attribute.Name]
			if !covered || !replaced(with(attribute.Name, change.prior), with(attribute.Name, change.planned)) ||
				!replaced(map[string]tftypes.Value{}, with(attribute.Name, change.planned)) || !replaced(with(attribute.Name, change.prior), map[string]tftypes.Value{}) {
				t.Errorf("%s: covered %t, and does not always replace", attribute.Name, covered)
			}
		}
		if replaced(with("from_networks", list("192.0.2.1", "192.0.2.2")), with("from_networks", list("192.0.2.2", "192.0.2.1"))) {
			t.Error("the order of networks replaces")
		}
	}
	if replaced(map[string]tftypes.Value{"session_ids": list("a", "b", "a")}, map[string]tftypes.Value{"session_ids": list("b", "a")}) {
		t.Error("the order of session_ids replaces")
	}
}

// A replacement revokes sessions. A change in place does not.
func TestRevocation_replacement(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Configure(func(o *simulator.Options) { o.Gone = http.StatusOK })
	o := c.object(t, actionName)
	for _, step := range []struct {
		action, user string
		arguments    values
	}{
		{"create", "ALICE", values{"session_ids": []string{"a", "b"}}},
		{"none", "ALICE", values{"session_ids": []string{"b", "a", "b"}}},
		{"update", "ALICE", values{"session_ids": []string{"b", "a"}, "verify": true}},
		{"replace", "CAROL", values{"session_ids": []string{"a", "b"}}},
		{"replace", "CAROL", values{"sessions_matching": []any{attrs{"keep_newest": 2}}}},
		{"replace", "CAROL", values{"sessions_matching": []any{attrs{"keep_newest": 1}}}},
		{"replace", "CAROL", values{"all_sessions": true, "triggers": attrs{"incident": "1"}}},
	} {
		arguments := step.arguments.with("identity_store_id", c.IdentityStoreID).with("user_id", c.replaceIDs(step.user))
		planned, found := o.plan(arguments)
		found.none(t)
		action := "update"
		switch {
		case planned.empty():
			action = "none"
		case planned.replaces:
			action = "replace"
		case planned.prior.IsNull():
			action = "create"
		}
		c.ResetCalls()
		if found := o.apply(t.Context(), arguments); found.failed() || action != step.action {
			t.Errorf("%v: %s, want %s\n%s", arguments, action, step.action, found.text(0))
		}
		if revokes := action == "create" || action == "replace"; revokes != (len(c.Calls()) > 0) {
			t.Errorf("%s: %d calls", action, len(c.Calls()))
		}
	}
	// This user does not exist in the other store.
	found := o.apply(t.Context(), values{"identity_store_id": "d-other00000", "user_id": c.Users[2].UserID, "all_sessions": true})
	if !inOrder("Not found (HTTP 404", "The identity store d-other00000 does not exist.").MatchString(found.text(0)) {
		t.Error(found.text(0))
	}
}

func TestRevocation_batches(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	user, ids := c.withSessions(250)
	o := c.object(t, actionName)
	config := values{"identity_store_id": c.IdentityStoreID, "user_id": user.UserID, "session_ids": ids}
	// The second batch is refused, once.
	c.Inject(refusal(simulator.BatchDeleteSessions, 1, 1, http.StatusForbidden, "IIC.1000", "no permission"))
	o.apply(t.Context(), config).says(t, "Ended before the failure: 100 sessions. Not known to have ended: 150 sessions")
	if n := len(o.strings("revoked_session_ids")); !o.tainted || n != 100 || len(c.SessionIDs(user)) != 150 {
		t.Errorf("tainted %t, revoked %d, %d sessions left", o.tainted, n, len(c.SessionIDs(user)))
	}
	// The next apply ends the other sessions and counts only these.
	if found := o.apply(t.Context(), config); found.failed() {
		t.Error(found.text(0))
	}
	if got := o.strings("revoked_session_ids"); !slices.Equal(sorted(got), sorted(ids[100:])) || len(c.SessionIDs(user)) != 0 {
		t.Errorf("revoked %d, %d sessions left", len(got), len(c.SessionIDs(user)))
	}
	planIsEmpty(t, o, config)
}

func TestRevocation_batchSizes(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	_, ids := c.withSessions(250)
	applyInProcess(t, c.config(c.Management, "", revocationOf("CAROL", "session_ids = "+hcl(ids)))).works(t)
	var sizes []int
	seen := map[string]bool{}
	for _, call := range c.Calls() {
		sizes = append(sizes, len(call.SessionIDs))
		for _, id := range call.SessionIDs {
			seen[id] = true
		}
	}
	if !slices.Equal(sizes, []int{100, 100, 50}) || len(seen) != 250 {
		t.Errorf("calls of %v sessions, %d of them distinct", sizes, len(seen))
	}
}

// refusal answers n calls of an operation with an error of the API, after some calls that succeed.
func refusal(operation string, after, times, status int, code, message string) simulator.Fault {
	fault := simulator.Refuse(status, code, message)
	fault.Operation, fault.After, fault.Times = operation, after, times
	return fault
}

func TestRevocation_allSessions(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	user, ids := c.withSessions(250)
	o := c.object(t, actionName)
	config := values{"identity_store_id": c.IdentityStoreID, "user_id": user.UserID, "all_sessions": true, "triggers": attrs{"incident": "1"}}
	o.apply(t.Context(), config).none(t)
	if got := o.strings("revoked_session_ids"); !slices.Equal(sorted(got), sorted(ids)) {
		t.Errorf("revoked %v", got)
	}
	if names := c.Operations(); !slices.Equal(names, []string{
		simulator.ListSessions, simulator.BatchDeleteSessions, simulator.BatchDeleteSessions, simulator.BatchDeleteSessions,
		simulator.ListSessions, // Many sessions are listed again.
	}) {
		t.Errorf("calls: %v", names)
	}
	planIsEmpty(t, o, config)
	// The user now has no sessions, which is not an error.
	if found := o.apply(t.Context(), config.with("triggers", attrs{"incident": "2"})); found.failed() || len(o.strings("revoked_session_ids")) != 0 {
		t.Errorf("%s: %s", found.text(0), o.state)
	}
}

func TestRevocation_emptySet(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	done := applyInProcess(t, c.config(c.Management, "", revocationOf("ALICE", "session_ids = []")))
	done.works(t)
	if names := c.Operations(); len(names) > 0 || done.resource.attribute("revoked_at") != "null" || len(done.resource.strings("revoked_session_ids")) > 0 {
		t.Errorf("calls: %v, state: %s", names, done.resource.state)
	}
}

func TestRevocation_sessionsGone(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusOK, http.StatusNotFound, http.StatusBadRequest} {
		for _, verify := range []bool{false, true} {
			t.Run(fmt.Sprint(status, verify), func(t *testing.T) {
				t.Parallel()
				c := newCloud(t)
				c.Configure(func(o *simulator.Options) { o.Gone = status })
				alive := c.SessionIDs(c.alice())[0]
				want := []string{alive}
				// If the API accepts any session ID, a missing session is not detected without
				// verify.
				if status == http.StatusOK && !verify {
					want = []string{"gone-1", "gone-2", alive}
				}
				done := applyInProcess(t, c.config(c.Management, "", revocationOf("ALICE", fmt.Sprintf("verify = %t\nsession_ids = %s", verify, hcl([]string{"gone-1", "gone-2", alive})))))
				done.works(t)
				if got := done.resource.strings("revoked_session_ids"); !slices.Equal(sorted(got), sorted(want)) {
					t.Errorf("revoked %v, want %v", got, want)
				}
				if left := len(c.SessionIDs(c.alice())); left != 2 {
					t.Errorf("%d sessions left", left)
				}
			})
		}
	}
}

func TestRevocation_listingRefused(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Inject(refusal(simulator.ListSessions, 0, 0, http.StatusForbidden, "IIC.1000", "no permission to list"))
	applyInProcess(t, c.config(c.Management, "", revocationOf("ALICE", "session_ids = [\"gone-1\"]"))).
		failsWith(t, "Not found (HTTP 404", "may have refused because a session is already gone.", "the user's sessions were listed, which failed too:", "no permission to list", "BatchDeleteSessions", "404")
}

func TestRevocation_unknownUser(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	const at = `ERROR: AttributeName("user_id"): Not found (HTTP 404`
	byID := applyInProcess(t, c.config(c.Management, "", revocationOf("no-such-user", "session_ids = [\"s-1\"]")))
	byID.failsWith(t, "Not found (HTTP 404", "Check user_id.", "has no user with the ID no-such-user. If this is a user name, look its ID up with the data source identitycenter_user.")
	all := applyInProcess(t, c.config(c.Management, "", revocationOf("no-such-user", "all_sessions = true")))
	all.failsWith(t, "Not found (HTTP 404", "ListSessions")
	if !strings.Contains(byID.text, at) || !strings.Contains(all.text, at) {
		t.Errorf("the errors are not about user_id:\n%s\n%s", byID.text, all.text)
	}
}

func TestRevocation_verify(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	ids := c.SessionIDs(c.alice())
	o := c.object(t, actionName)
	config := values{"identity_store_id": c.IdentityStoreID, "user_id": c.alice().UserID, "session_ids": ids[:2], "verify": true}
	c.Configure(func(o *simulator.Options) { o.KeepSessions = true })
	found := o.apply(t.Context(), config.with("timeouts", attrs{"create": "2s"}))
	if !inOrder("Sessions are still alive after their revocation", "2 sessions still listed", sorted(ids[:2])[0]).MatchString(found.text(0)) {
		t.Error(found.text(0))
	}
	if !o.tainted || len(o.strings("revoked_session_ids")) != 0 {
		t.Errorf("tainted %t: %s", o.tainted, o.state)
	}
	c.Configure(func(o *simulator.Options) { o.KeepSessions = false })
	o.apply(t.Context(), config.with("timeouts", attrs{"create": "1m"})).none(t)
	if got := o.strings("revoked_session_ids"); !slices.Equal(sorted(got), sorted(ids[:2])) {
		t.Errorf("revoked %v", got)
	}
}

func TestRevocation_timeout(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Inject(simulator.Fault{Operation: simulator.BatchDeleteSessions, Hang: true})
	applyInProcess(t, c.config(c.Management, "", revocationOf("ALICE", "session_ids = [\"s-1\"]\ntimeouts {\n create = \"500ms\"\n}"))).
		failsWith(t, "Timed out (timeouts.create)", "The time for the whole operation, timeouts.create, is over after 500ms.")
}

// Values that are known only at apply fail neither validation nor plan.
func TestAccRevocation_unknownValues(t *testing.T) {
	c := newCloud(t)
	ids := c.SessionIDs(c.alice())
	// The provider block also has an unknown value.
	later := strings.Replace(c.config(c.Management, "", testdata(t, "known_at_apply.tf")), c.Management.SecretKey, "${substr(terraform_data.later.id, 0, 0)}"+c.Management.SecretKey, 1)

	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config:            later,
			ConfigVariables:   config.Variables{"session_ids": config.ListVariable(config.StringVariable(ids[0]))},
			ConfigStateChecks: []statecheck.StateCheck{attribute("revoked_session_ids", exactly(ids[:1]))},
		}},
	})
}

func TestAccRevocation_import(t *testing.T) {
	c := newCloud(t)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config:        c.config(c.Management, "", revocationOf("ALICE", "all_sessions = true")),
			ResourceName:  revocationName,
			ImportState:   true,
			ImportStateId: "anything",
			ExpectError:   text("A revocation cannot be imported"),
		}},
	})
}

// IDs with any characters are sent to the API unchanged.
func TestRevocation_unusualIDs(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	odd := simulator.User{UserID: "ü%2e?#&=+:{user_id}~'\"\\", UserName: "odd"}
	c.AddUser(c.IdentityStoreID, odd)
	c.AddSession(c.IdentityStoreID, odd.UserID, simulator.Session{SessionID: "s%&\"é<>"})
	applyInProcess(t, c.config(c.Management, "", revocationOf(odd.UserID, "all_sessions = true"))).works(t)
	if left := c.Sessions(c.IdentityStoreID, odd.UserID); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// A state of the `huaweicloud` resource in another shape is refused, and does not crash the
// provider.
func TestRevocation_moveOtherState(t *testing.T) {
	t.Parallel()
	s := server.New(providerserver.NewProtocol6(provider.New("test")())())
	for _, state := range []string{`{"identity_store_id": "d-1", "user_id": "u-1", "session_ids": {"a": "b"}}`, `{"user_id": ["u-1"]}`, `[]`} {
		response, err := s.MoveResourceState(t.Context(), &tfprotov6.MoveResourceStateRequest{
			SourceProviderAddress: "registry.terraform.io/huaweicloud/huaweicloud", SourceTypeName: "huaweicloud_identitycenter_user_session_delete",
			SourceState: &tfprotov6.RawState{JSON: []byte(state)}, TargetTypeName: "identitycenter_user_session_revocation",
		})
		if err != nil || response.TargetState != nil || len(response.Diagnostics) == 0 || response.Diagnostics[0].Severity != tfprotov6.DiagnosticSeverityError {
			t.Errorf("%s: %v, %+v", state, err, response)
		}
	}
}
