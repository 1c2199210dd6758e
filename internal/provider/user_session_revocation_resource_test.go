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

// revocationOf is a revocation resource with some more arguments.
func revocationOf(user, arguments string) string {
	return fmt.Sprintf(`
resource "identitycenter_user_session_revocation" "test" {
  identity_store_id = "STORE"
  user_id           = %q
  %s
}
`, user, arguments)
}

// attribute is the check of one attribute of the revocation.
func attribute(name string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(revocationName, tfjsonpath.New(name), value)
}

// exactly is the check of a list of IDs in any order.
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

// text matches words that Terraform may have wrapped over several lines.
func text(words string) *regexp.Regexp {
	return regexp.MustCompile(`(?s)` + strings.Join(strings.Fields(regexp.QuoteMeta(words)), `[\s│]+`))
}

func TestAccRevocation_createRevokesAndNothingElseDoes(t *testing.T) {
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
			// What does not decide what is revoked changes in place.
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

// Every input that decides what is revoked requires replacement: without it the state
// would say that sessions were revoked, and nobody would be logged out. Every
// argument of the schema is tried, by itself.
func TestRevocation_everyInputReplaces(t *testing.T) {
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

// A replacement revokes, and what only changes in place does not.
func TestAccRevocation_replacementRevokes(t *testing.T) {
	c := newCloud(t)
	c.Configure(func(o *simulator.Options) { o.Gone = http.StatusOK })
	var steps []resource.TestStep
	step := func(action plancheck.ResourceActionType, user, arguments string) {
		steps = append(steps, resource.TestStep{
			Config:           c.config(c.Management, "", revocationOf(user, arguments)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(revocationName, action)}},
			Check: func(*terraform.State) error {
				calls := len(c.Calls())
				c.ResetCalls()
				if revokes := action == plancheck.ResourceActionCreate || action == plancheck.ResourceActionReplace; revokes != (calls > 0) {
					return fmt.Errorf("%s: %d calls", action, calls)
				}
				return nil
			},
		})
	}
	step(plancheck.ResourceActionCreate, "ALICE", "session_ids = [\"a\", \"b\"]")
	step(plancheck.ResourceActionNoop, "ALICE", "session_ids = [\"b\", \"a\", \"b\"]")
	step(plancheck.ResourceActionUpdate, "ALICE", "session_ids = [\"b\", \"a\"]\nverify = true")
	step(plancheck.ResourceActionReplace, "CAROL", "session_ids = [\"a\", \"b\"]")
	step(plancheck.ResourceActionReplace, "CAROL", "sessions_matching {\nkeep_newest = 2\n}")
	step(plancheck.ResourceActionReplace, "CAROL", "sessions_matching {\nkeep_newest = 1\n}")
	step(plancheck.ResourceActionReplace, "CAROL", "triggers = { incident = \"1\" }\nall_sessions = true")
	// Another store, in which there is no such user.
	steps = append(steps, resource.TestStep{
		Config:      strings.Replace(c.config(c.Management, "", revocationOf("CAROL", "all_sessions = true")), c.IdentityStoreID, "d-other00000", 1),
		ExpectError: inOrder("Not found (HTTP 404", "The identity store d-other00000 does not exist."),
	})
	resource.ParallelTest(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: steps})
}

func TestAccRevocation_batches(t *testing.T) {
	c := newCloud(t)
	_, ids := c.withSessions(250)
	config := c.config(c.Management, "", revocationOf("CAROL", "session_ids = "+hcl(ids)))
	// The second batch is refused, once.
	c.Inject(refusal(simulator.BatchDeleteSessions, 1, 1, http.StatusForbidden, "IIC.1000", "no permission"))

	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config:      config,
				ExpectError: text("Ended before the failure: 100 sessions. Not known to have ended: 150 sessions"),
			},
			{
				RefreshState:       true,
				ExpectNonEmptyPlan: true,
				Check: func(state *terraform.State) error {
					r := state.RootModule().Resources[revocationName].Primary
					if !r.Tainted || r.Attributes["revoked_session_ids.#"] != "100" {
						return fmt.Errorf("tainted %t, revoked %s", r.Tainted, r.Attributes["revoked_session_ids.#"])
					}
					if left := len(c.SessionIDs(c.Users[2])); left != 150 {
						return fmt.Errorf("%d sessions left", left)
					}
					c.ResetCalls()
					return nil
				},
			},
			{
				// The next apply does the rest, and counts what it did itself.
				Config:            config,
				ConfigStateChecks: []statecheck.StateCheck{attribute("revoked_session_ids", exactly(ids[100:]))},
				Check: func(*terraform.State) error {
					if left := len(c.SessionIDs(c.Users[2])); left != 0 {
						return fmt.Errorf("%d sessions left", left)
					}
					return nil
				},
			},
			{
				Config:           config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			},
		},
	})
}

func TestAccRevocation_250SessionsInThreeCalls(t *testing.T) {
	c := newCloud(t)
	_, ids := c.withSessions(250)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: c.config(c.Management, "", revocationOf("CAROL", "session_ids = "+hcl(ids))),
			Check: func(*terraform.State) error {
				var sizes []int
				seen := map[string]bool{}
				for _, call := range c.Calls() {
					sizes = append(sizes, len(call.SessionIDs))
					for _, id := range call.SessionIDs {
						seen[id] = true
					}
				}
				if !slices.Equal(sizes, []int{100, 100, 50}) || len(seen) != 250 {
					return fmt.Errorf("calls of %v sessions, %d of them distinct", sizes, len(seen))
				}
				return nil
			},
		}},
	})
}

// refusal answers so many calls of an operation with an error of the API, after
// letting some through.
func refusal(operation string, after, times, status int, code, message string) simulator.Fault {
	fault := simulator.Refuse(status, code, message)
	fault.Operation, fault.After, fault.Times = operation, after, times
	return fault
}

func TestAccRevocation_allSessions(t *testing.T) {
	c := newCloud(t)
	_, ids := c.withSessions(250)
	config := func(trigger string) string {
		return c.config(c.Management, "", revocationOf("CAROL", "all_sessions = true\ntriggers = { incident = \""+trigger+"\" }"))
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config: config("1"),
				ConfigStateChecks: []statecheck.StateCheck{
					attribute("revoked_session_ids", exactly(ids)),
				},
				Check: func(*terraform.State) error {
					if names := c.Operations(); !slices.Equal(names, []string{
						simulator.ListSessions, simulator.BatchDeleteSessions, simulator.BatchDeleteSessions, simulator.BatchDeleteSessions,
						simulator.ListSessions, // Many sessions are listed again.
					}) {
						return fmt.Errorf("calls: %v", names)
					}
					return nil
				},
			},
			{
				Config:           config("1"),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			},
			// By now the user has none, which is not an error.
			{
				Config:            config("2"),
				ConfigStateChecks: []statecheck.StateCheck{attribute("revoked_session_ids", exactly(nil))},
			},
		},
	})
}

func TestAccRevocation_emptySetMakesNoCall(t *testing.T) {
	t.Parallel()
	for name, arguments := range map[string]string{
		"in the plan": "session_ids = []",
		"at apply":    "session_ids = terraform_data.none.output",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: factories,
				Steps: []resource.TestStep{{
					Config: c.config(c.Management, "", `
resource "terraform_data" "none" {
  input = toset([])
}
`+revocationOf("ALICE", arguments)),
					ConfigStateChecks: []statecheck.StateCheck{attribute("revoked_session_ids", exactly(nil)), attribute("revoked_at", knownvalue.Null())},
				}},
			})
			if names := c.Operations(); len(names) > 0 {
				t.Errorf("calls: %v", names)
			}
		})
	}
}

func TestAccRevocation_sessionsThatAreAlreadyGone(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusOK, http.StatusNotFound, http.StatusBadRequest} {
		for _, verify := range []bool{false, true} {
			t.Run(fmt.Sprint(status, verify), func(t *testing.T) {
				t.Parallel()
				c := newCloud(t)
				c.Configure(func(o *simulator.Options) { o.Gone = status })
				alive := c.SessionIDs(c.alice())[0]
				want := []string{alive}
				// An API that accepts whatever it is sent does not tell, and was not asked.
				if status == http.StatusOK && !verify {
					want = []string{"gone-1", "gone-2", alive}
				}
				resource.Test(t, resource.TestCase{
					ProtoV6ProviderFactories: factories,
					Steps: []resource.TestStep{{
						Config: c.config(c.Management, "", revocationOf("ALICE", fmt.Sprintf("verify = %t\nsession_ids = %s", verify, hcl([]string{"gone-1", "gone-2", alive})))),
						ConfigStateChecks: []statecheck.StateCheck{
							attribute("revoked_session_ids", exactly(want)),
						},
					}},
				})
				if left := len(c.SessionIDs(c.alice())); left != 2 {
					t.Errorf("%d sessions left", left)
				}
			})
		}
	}
}

func TestAccRevocation_goneWhereListingIsNotAllowed(t *testing.T) {
	c := newCloud(t)
	c.Inject(refusal(simulator.ListSessions, 0, 0, http.StatusForbidden, "IIC.1000", "no permission to list"))
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config:      c.config(c.Management, "", revocationOf("ALICE", "session_ids = [\"gone-1\"]")),
			ExpectError: inOrder("Not found (HTTP 404", "may have refused because a session is already gone.", "the user's sessions were listed, which failed too:", "no permission to list", "BatchDeleteSessions", "404"),
		}},
	})
}

func TestAccRevocation_unknownUser(t *testing.T) {
	c := newCloud(t)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config:      c.config(c.Management, "", revocationOf("no-such-user", "session_ids = [\"s-1\"]")),
				ExpectError: inOrder("Not found (HTTP 404", "user_id           = \"no-such-user\"", "Check user_id.", "has no user with the ID no-such-user. If this is a user name, look its ID up with the data source identitycenter_user."),
			},
			{
				Config:      c.config(c.Management, "", revocationOf("no-such-user", "all_sessions = true")),
				ExpectError: inOrder("Not found (HTTP 404", "user_id           = \"no-such-user\"", "ListSessions"),
			},
		},
	})
}

func TestAccRevocation_verify(t *testing.T) {
	c := newCloud(t)
	ids := c.SessionIDs(c.alice())
	config := func(timeout string) string {
		return c.config(c.Management, "", revocationOf("ALICE", fmt.Sprintf("session_ids = %s\nverify = true\ntimeouts {\n create = %q\n}", hcl(ids[:2]), timeout)))
	}
	c.Configure(func(o *simulator.Options) { o.KeepSessions = true })
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config:      config("2s"),
				ExpectError: inOrder("Sessions are still alive after their revocation", "2 sessions still listed", sorted(ids[:2])[0]),
			},
			{
				RefreshState:       true,
				ExpectNonEmptyPlan: true,
				Check: func(state *terraform.State) error {
					r := state.RootModule().Resources[revocationName].Primary
					if !r.Tainted || r.Attributes["revoked_session_ids.#"] != "0" {
						return fmt.Errorf("the work is not recorded as it was done: %v", r.Attributes)
					}
					c.Configure(func(o *simulator.Options) { o.KeepSessions = false })
					return nil
				},
			},
			{
				Config:            config("1m"),
				ConfigStateChecks: []statecheck.StateCheck{attribute("revoked_session_ids", exactly(ids[:2]))},
			},
		},
	})
}

func TestAccRevocation_timeoutOfTheWholeOperation(t *testing.T) {
	c := newCloud(t)
	c.Inject(simulator.Fault{Operation: simulator.BatchDeleteSessions, Hang: true})
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config:      c.config(c.Management, "", revocationOf("ALICE", "session_ids = [\"s-1\"]\ntimeouts {\n create = \"500ms\"\n}")),
			ExpectError: inOrder("Timed out (timeouts.create)", "The time for the whole operation, timeouts.create, is over after 500ms."),
		}},
	})
}

// What is known only at apply must fail neither validation nor plan.
func TestAccRevocation_unknownValues(t *testing.T) {
	c := newCloud(t)
	ids := c.SessionIDs(c.alice())
	// The provider block has a value that is not known before either.
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

func TestAccRevocation_importIsRefused(t *testing.T) {
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

// IDs of any characters reach the API as they are.
func TestAccRevocation_oddIDs(t *testing.T) {
	c := newCloud(t)
	odd := simulator.User{UserID: "ü%2e?#&=+:{user_id}~'\"\\", UserName: "odd"}
	c.AddUser(c.IdentityStoreID, odd)
	c.AddSession(c.IdentityStoreID, odd.UserID, simulator.Session{SessionID: "s%&\"é<>"})
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: c.config(c.Management, "", revocationOf(odd.UserID, "all_sessions = true")),
			Check: func(*terraform.State) error {
				if left := c.Sessions(c.IdentityStoreID, odd.UserID); len(left) > 0 {
					return fmt.Errorf("left: %v", left)
				}
				return nil
			},
		}},
	})
}

// A state of the `huaweicloud` resource in another shape is refused, and does not crash the provider.
func TestAMoveFromAStateOfAnotherShapeIsRefused(t *testing.T) {
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
