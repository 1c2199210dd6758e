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

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

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
	all := c.sessionIDs(c.alice())
	stolen := all[:2]
	config := c.config(c.Management, "", revocationOf("ALICE", "session_ids = "+hcl(stolen)))
	begun := time.Now().Add(-time.Second)

	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config: config,
				ConfigStateChecks: []statecheck.StateCheck{
					attribute("id", knownvalue.StringRegexp(regexp.MustCompile(`^\w{26}$`))),
					attribute("revoked_session_ids", exactly(stolen)),
					attribute("request_ids", knownvalue.ListSizeExact(1)),
					attribute("revoked_at", knownvalue.StringFunc(func(v string) error {
						at, err := time.Parse(time.RFC3339, v)
						if err == nil && (at.Before(begun) || !strings.HasSuffix(v, "Z")) {
							err = fmt.Errorf("%s is not now, in UTC", v)
						}
						return err
					})),
				},
				Check: func(state *terraform.State) error {
					calls := c.CallsOf(simulator.BatchDeleteSessions)
					if len(calls) != 1 || !slices.Equal(sorted(calls[0].SessionIDs), sorted(stolen)) {
						return fmt.Errorf("calls: %+v", calls)
					}
					if got := state.RootModule().Resources[revocationName].Primary.Attributes["request_ids.0"]; got != calls[0].RequestID {
						return fmt.Errorf("request ID %q in the state, %q on the wire", got, calls[0].RequestID)
					}
					if agent := calls[0].Header.Get("User-Agent"); !regexp.MustCompile(`terraform-provider-identitycenter/test Terraform/\d+\.\d+`).MatchString(agent) {
						return fmt.Errorf("User-Agent %q", agent)
					}
					if left := c.sessionIDs(c.alice()); !slices.Equal(left, all[2:]) {
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
			if names := c.operations(); len(names) != 1 {
				return fmt.Errorf("only the creation may call the API, and did: %v", names)
			}
			return nil
		},
	})
}

func TestAccRevocation_everyInputReplaces(t *testing.T) {
	c := newCloud(t)
	c.Configure(func(o *simulator.Options) { o.Gone = http.StatusOK })
	ids := c.sessionIDs(c.alice())
	step := func(arguments string) resource.TestStep {
		return resource.TestStep{
			Config: c.config(c.Management, "", revocationOf("ALICE", arguments)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(revocationName, plancheck.ResourceActionReplace),
			}},
		}
	}
	first := step("session_ids = " + hcl(ids[:1]))
	first.ConfigPlanChecks = resource.ConfigPlanChecks{}

	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			first,
			step("session_ids = " + hcl(ids[:2])),
			step("triggers = { incident = \"1\" }\nsession_ids = " + hcl(ids[:2])),
			step("triggers = { incident = \"2\" }\nsession_ids = " + hcl(ids[:2])),
			step("triggers = { incident = \"2\" }\nall_sessions = true"),
			step("triggers = { incident = \"2\" }\nsession_ids_wo = " + hcl(ids[:1]) + "\nsession_ids_wo_version = \"1\""),
			step("triggers = { incident = \"2\" }\nsession_ids_wo = " + hcl(ids[:1]) + "\nsession_ids_wo_version = \"2\""),
		},
	})
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
				ExpectError: text("Ended before the failure: 100 sessions. Not ended, or not known to be: 150 sessions"),
			},
			{
				RefreshState:       true,
				ExpectNonEmptyPlan: true,
				Check: func(state *terraform.State) error {
					r := state.RootModule().Resources[revocationName].Primary
					if !r.Tainted || r.Attributes["revoked_session_ids.#"] != "100" || r.Attributes["request_ids.#"] != "2" {
						return fmt.Errorf("tainted %t, revoked %s, requests %s", r.Tainted, r.Attributes["revoked_session_ids.#"], r.Attributes["request_ids.#"])
					}
					if left := len(c.sessionIDs(c.Users[2])); left != 150 {
						return fmt.Errorf("%d sessions left", left)
					}
					c.ResetCalls()
					return nil
				},
			},
			{
				Config:            config,
				ConfigStateChecks: []statecheck.StateCheck{attribute("revoked_session_ids", exactly(ids))},
				Check: func(*terraform.State) error {
					if left := len(c.sessionIDs(c.Users[2])); left != 0 {
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

func TestAccRevocation_writeOnlyIDsLeaveNoTrace(t *testing.T) {
	t.Parallel()
	for name, user := range map[string]int{"three sessions": 0, "no session": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			u := c.Users[user]
			config := c.config(c.Management, "", fmt.Sprintf(`
data "identitycenter_instance" "this" {}

data "identitycenter_user" "victim" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_name         = %q
}

ephemeral "identitycenter_user_sessions" "now" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_id           = data.identitycenter_user.victim.user_id
}

resource "identitycenter_user_session_revocation" "test" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_id           = data.identitycenter_user.victim.user_id
  session_ids_wo    = [for s in ephemeral.identitycenter_user_sessions.now.sessions : s.session_id if s.ip_address == "192.0.2.99"]
}
`, u.UserName))
			want := []string(nil)
			before := c.Sessions(c.IdentityStoreID, u.UserID)
			for _, s := range before {
				if s.IPAddress != "192.0.2.99" {
					want = append(want, s.SessionID)
				}
			}
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: factories,
				Steps: []resource.TestStep{
					{
						Config: config,
						ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
							plancheck.ExpectKnownValue(revocationName, tfjsonpath.New("revoked_session_ids"), knownvalue.Null()),
						}},
						ConfigStateChecks: []statecheck.StateCheck{
							attribute("session_ids_wo", knownvalue.Null()),
							attribute("revoked_session_ids", knownvalue.Null()),
							attribute("revoked_at", knownvalue.NotNull()),
							attribute("request_ids", knownvalue.ListSizeExact(len(before)/3)),
						},
						Check: func(state *terraform.State) error {
							if left := c.sessionIDs(u); !slices.Equal(left, want) {
								return fmt.Errorf("left %v, want %v", left, want)
							}
							for _, s := range before {
								for _, secret := range []string{s.SessionID, s.IPAddress} {
									if strings.Contains(state.String(), secret) {
										return fmt.Errorf("the state holds %s", secret)
									}
								}
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
		})
	}
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
					attribute("request_ids", knownvalue.ListSizeExact(4)),
				},
				Check: func(*terraform.State) error {
					if names := c.operations(); !slices.Equal(names, []string{
						simulator.ListSessions, simulator.BatchDeleteSessions, simulator.BatchDeleteSessions, simulator.BatchDeleteSessions,
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
				ConfigStateChecks: []statecheck.StateCheck{attribute("revoked_session_ids", exactly(nil)), attribute("request_ids", knownvalue.ListSizeExact(1))},
			},
		},
	})
}

func TestAccRevocation_emptySetMakesNoCall(t *testing.T) {
	t.Parallel()
	for name, arguments := range map[string]string{
		"in the plan": "session_ids = []",
		"at apply":    "session_ids = terraform_data.none.output",
		"write-only":  "session_ids_wo = []",
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
					ConfigStateChecks: []statecheck.StateCheck{attribute("request_ids", knownvalue.ListSizeExact(0))},
				}},
			})
			if names := c.operations(); len(names) > 0 {
				t.Errorf("calls: %v", names)
			}
		})
	}
}

func TestAccRevocation_sessionsThatAreAlreadyGone(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusOK, http.StatusNotFound, http.StatusBadRequest} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.Configure(func(o *simulator.Options) { o.Gone = status })
			ids := append([]string{"gone-1", "gone-2"}, c.sessionIDs(c.alice())[0])
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: factories,
				Steps: []resource.TestStep{{
					Config:            c.config(c.Management, "", revocationOf("ALICE", "session_ids = "+hcl(ids))),
					ConfigStateChecks: []statecheck.StateCheck{attribute("revoked_session_ids", exactly(ids))},
				}},
			})
			if left := len(c.sessionIDs(c.alice())); left != 2 {
				t.Errorf("%d sessions left", left)
			}
		})
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
				ExpectError: inOrder("Not found (HTTP 404", "user_id           = \"no-such-user\"", "Check identity_store_id and user_id"),
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
	ids := c.sessionIDs(c.alice())
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
					if !r.Tainted || r.Attributes["revoked_session_ids.#"] != "0" || r.Attributes["request_ids.#"] == "0" {
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

func TestAccRevocation_revokeOnDestroy(t *testing.T) {
	c := newCloud(t)
	config := c.config(c.Management, "", `
# Stands for the user that somebody else's resource manages.
resource "terraform_data" "user" {
  input = "ALICE"
}
`+revocationOf("ALICE", "all_sessions = true\nrevoke_on_destroy = true\ntriggers = { user = terraform_data.user.id }"))
	empty := c.config(c.Management, "", "")

	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config: config,
				Check: func(*terraform.State) error {
					// The user logs in again before being offboarded.
					c.AddSession(c.IdentityStoreID, c.alice().UserID, simulator.Session{SessionID: "again"})
					c.ResetCalls()
					c.Inject(refusal(simulator.BatchDeleteSessions, 0, 1, http.StatusForbidden, "IIC.1000", "not now"))
					return nil
				},
			},
			// Not the API, but what is in front of it, finds nothing.
			{
				PreConfig: func() {
					c.Inject(simulator.Fault{Operation: simulator.ListSessions, Status: http.StatusNotFound, ContentType: "text/html", Body: "<h1>404</h1>", Times: 1})
				},
				Config:      empty,
				ExpectError: inOrder("Not found (HTTP 404)", "as revoke_on_destroy asks for, failed", "not an answer in the API's form"),
			},
			{
				Config:      empty,
				ExpectError: inOrder("Access denied (HTTP 403, IIC.1000)", "as revoke_on_destroy asks for, failed", "not now"),
			},
			{
				Config: empty,
				Check: func(*terraform.State) error {
					if left := c.sessionIDs(c.alice()); len(left) > 0 {
						return fmt.Errorf("left: %v", left)
					}
					return nil
				},
			},
			// A user who is already gone has no session left to end.
			{
				Config: config,
				Check: func(*terraform.State) error {
					c.RemoveUser(c.IdentityStoreID, c.alice().UserID)
					return nil
				},
			},
			{Config: empty},
		},
	})
}

func TestAccRevocation_validation(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	for name, test := range map[string]struct {
		user, arguments string
		words           []string
	}{
		"none of the three":         {"ALICE", "", []string{"Exactly one of these attributes must be configured", "session_ids,session_ids_wo,all_sessions"}},
		"two of the three":          {"ALICE", "all_sessions = true\nsession_ids = [\"s-1\"]", []string{"Exactly one of these attributes must be configured"}},
		"all_sessions = false":      {"ALICE", "all_sessions = false", []string{"all_sessions", "must be", "true"}},
		"version without IDs":       {"ALICE", "all_sessions = true\nsession_ids_wo_version = \"1\"", []string{"session_ids_wo_version", "session_ids_wo"}},
		"revoke_on_destroy":         {"ALICE", "session_ids = [\"s-1\"]\nrevoke_on_destroy = true", []string{"revoke_on_destroy needs all_sessions", "revoke_on_destroy = true"}},
		"slash in a user ID":        {"a/b", "all_sessions = true", []string{"Invalid ID", "user_id must be 1 to 64 characters without white space", "a/b"}},
		"space in a session ID":     {"ALICE", "session_ids = [\"a b\"]", []string{"Invalid ID", "session_ids", "white space"}},
		"empty session ID":          {"ALICE", "session_ids_wo = [\"\"]", []string{"Invalid ID", "session_ids_wo"}},
		"65 characters":             {strings.Repeat("x", 65), "all_sessions = true", []string{"Invalid ID", "1 to 64 characters"}},
		"a path that climbs":        {"..", "all_sessions = true", []string{"Invalid ID"}},
		"null in session_ids":       {"ALICE", "session_ids = [\"s-1\", null]", []string{"session_ids = [", "null"}},
		"null in session_ids_wo":    {"ALICE", "session_ids_wo = [\"s-1\", null]", []string{"session_ids_wo = [", "null"}},
		"no time to create":         {"ALICE", "all_sessions = true\ntimeouts {\n create = \"0s\"\n}", []string{"Invalid timeout", "timeouts.create must be longer than zero"}},
		"negative time to delete":   {"ALICE", "all_sessions = true\ntimeouts {\n delete = \"-5m\"\n}", []string{"Invalid timeout", "timeouts.delete must be longer than zero"}},
		"a timeout that is no time": {"ALICE", "all_sessions = true\ntimeouts {\n create = \"soon\"\n}", []string{"soon"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: factories,
				Steps: []resource.TestStep{{
					PlanOnly:    true,
					Config:      c.config(c.Management, "", revocationOf(test.user, test.arguments)),
					ExpectError: inOrder(test.words...),
				}},
			})
		})
	}
	t.Cleanup(func() {
		if names := c.operations(); len(names) > 0 {
			t.Errorf("calls: %v", names)
		}
	})
}

// What is known only at apply must fail neither validation nor plan.
func TestAccRevocation_unknownValues(t *testing.T) {
	c := newCloud(t)
	ids := c.sessionIDs(c.alice())
	config := strings.Replace(c.config(c.Management, "", fmt.Sprintf(`
resource "terraform_data" "later" {
  input = {
    store = "STORE"
    user  = "ALICE"
    ids   = %s
  }
}

resource "identitycenter_user_session_revocation" "test" {
  identity_store_id = terraform_data.later.output.store
  user_id           = terraform_data.later.output.user
  session_ids       = terraform_data.later.output.ids
  triggers          = { at = terraform_data.later.id }
}
`, hcl(ids[:1]))), c.Management.SecretKey, "${substr(terraform_data.later.id, 0, 0)}"+c.Management.SecretKey, 1)

	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config:            config,
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
	odd := simulator.User{UserID: "ü%2e?#&=+:@{user_id}~'\"\\", UserName: "odd"}
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
