// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// pickers is the example whose expressions do what sessions_matching does.
const pickers = "../../examples/ephemeral-resources/identitycenter_user_sessions/ephemeral-resource-select.tf"

// matchingCase is a list of sessions, newest first, with the conditions on it, as the
// file of cases holds them.
type matchingCase struct {
	Sessions        []matchingSession `json:"sessions"`
	Now             string            `json:"now"`
	FromNetworks    []string          `json:"from_networks"`
	NotFromNetworks []string          `json:"not_from_networks"`
	Pattern         *string           `json:"pattern"`
	CreatedAfter    *string           `json:"created_after"`
	CreatedBefore   *string           `json:"created_before"`
	OlderThan       *string           `json:"older_than"`
	YoungerThan     *string           `json:"younger_than"`
	Newest          int               `json:"newest"`
	Missing         bool              `json:"missing"`
}

type matchingSession struct {
	SessionID string  `json:"session_id"`
	IPAddress *string `json:"ip_address"`
	UserAgent *string `json:"user_agent"`
	CreatedAt *string `json:"created_at"`
}

// oneOf returns one of the values, or nil with the given probability.
func oneOf[T any](r *rand.Rand, unset float64, values ...T) *T {
	if r.Float64() < unset {
		return nil
	}
	return &values[r.IntN(len(values))]
}

// randomCase makes a case in which values meet: few addresses, networks round them,
// and times at which sessions begin.
func randomCase(r *rand.Rand) matchingCase {
	now := time.Date(2026, 11, 25, 12, 0, r.IntN(60), 0, time.UTC)
	moment := func() string { return now.Add(-time.Duration(r.IntN(13)) * time.Hour).Format(time.RFC3339) }
	networks := func() []string {
		if r.IntN(3) > 0 {
			return nil
		}
		all := []string{"203.0.113.0/24", "203.0.113.7/32", "203.0.113.0/29", "198.51.100.0/22", "0.0.0.0/0", "2001:db8::/32", "2001:db8::1/128", "::/0", "fe80::/10"}
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		return all[:1+r.IntN(3)]
	}
	c := matchingCase{
		Now: now.Format(time.RFC3339), FromNetworks: networks(), NotFromNetworks: networks(),
		Pattern:   oneOf(r, 0.7, "(?i)curl|python", "^Mozilla", "iPhone$", "\\d+\\.\\d", "[", "用户"),
		OlderThan: oneOf(r, 0.7, "1h", "2h", "90m", "4h30m", "24h"), YoungerThan: oneOf(r, 0.7, "1h", "2h", "3h", "24h"),
		Newest: max(0, r.IntN(6)-2), Missing: r.IntN(2) == 0,
	}
	if c.Pattern != nil && *c.Pattern == "[" {
		c.Pattern = nil
	}
	if after := moment(); r.IntN(3) == 0 {
		c.CreatedAfter = &after
	}
	if before := moment(); r.IntN(3) == 0 {
		c.CreatedBefore = &before
	}
	for i := range r.IntN(9) {
		at := moment()
		c.Sessions = append(c.Sessions, matchingSession{
			SessionID: fmt.Sprintf("s-%d", i),
			IPAddress: oneOf(r, 0.1, "203.0.113.7", "203.0.113.8", "198.51.100.23", "::ffff:203.0.113.7", "::ffff:cb00:7108", "::FFFF:198.51.100.1",
				"2001:db8::1", "2001:DB8:0:0::1", "fe80::1", "fe80::1%eth0", "::", "somewhere", "203.0.113", "203.0.113.7:443", " 203.0.113.7", ""),
			UserAgent: oneOf(r, 0.1, "Mozilla/5.0 (iPhone", "curl/8.1", "Python-urllib/3", "Mozilla/5.0 用户", "iPhone"),
			CreatedAt: &at,
		})
		if r.IntN(8) == 0 {
			c.Sessions[i].CreatedAt = nil
		}
	}
	// As the API client lists them, and the data sources.
	slices.SortStableFunc(c.Sessions, func(a, b matchingSession) int { return strings.Compare(deref(b.CreatedAt), deref(a.CreatedAt)) })
	if c.Sessions == nil {
		c.Sessions = []matchingSession{}
	}
	return c
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// chosen is what the provider chooses.
func (c matchingCase) chosen(t *testing.T) []string {
	t.Helper()
	moment := func(s *string) time.Time {
		if s == nil {
			return time.Time{}
		}
		parsed, err := time.Parse(time.RFC3339, *s)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	duration := func(s *string) time.Duration {
		if s == nil {
			return 0
		}
		parsed, err := time.ParseDuration(*s)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	networks := func(texts []string) (all []netip.Prefix) {
		for _, text := range texts {
			network, err := revocation.ParseNetwork(text)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, network)
		}
		return all
	}
	conditions := revocation.Conditions{
		FromNetworks: networks(c.FromNetworks), NotFromNetworks: networks(c.NotFromNetworks),
		CreatedAfter: moment(c.CreatedAfter), CreatedBefore: moment(c.CreatedBefore),
		OlderThan: duration(c.OlderThan), YoungerThan: duration(c.YoungerThan), KeepNewest: c.Newest, MissingNoMatch: !c.Missing,
	}
	if c.Pattern != nil {
		conditions.UserAgent = regexp.MustCompile(*c.Pattern)
	}
	var sessions []identitycenter.Session
	for _, s := range c.Sessions {
		sessions = append(sessions, identitycenter.Session{ID: s.SessionID, IPAddress: deref(s.IPAddress), UserAgent: deref(s.UserAgent), CreatedAt: moment(s.CreatedAt)})
	}
	choice, err := conditions.Choose(t.Context(), sessions, moment(&c.Now))
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{}
	for _, s := range choice.Sessions {
		ids = append(ids, s.ID)
	}
	return ids
}

// expressions returns a configuration that chooses in every case of the file cases.json
// by the expressions of the documentation, with the values of the case in place of
// theirs.
func expressions(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile(pickers)
	if err != nil {
		t.Fatal(err)
	}
	find := func(pattern string) string {
		found := regexp.MustCompile(`(?s)` + pattern).FindSubmatch(page)
		if found == nil {
			t.Fatalf("%s is not in %s", pattern, pickers)
		}
		return string(found[1])
	}
	condition := func(name string, values ...string) string {
		text := find(`\n  ` + name + ` = \[\n    for s in local\.sessions : s\.session_id\n    if (.*?)\n  \]\n`)
		text = strings.NewReplacer(append(values, "local.addresses[s.session_id]", "s.address", "local.missing", "c.missing", "plantimestamp()", "c.now")...).Replace(text)
		return "(" + text + ")"
	}
	address := find(`addresses = \{\n    for s in local\.sessions : s\.session_id =>\n    (try.*?)\n  \}`)
	if !strings.Contains(find(`(keep_newest = .*?\])`), "if i >= local.newest]") {
		t.Fatal("keep_newest is another expression now")
	}
	return strings.NewReplacer(
		"ADDRESS", address,
		"NOT_FROM_NETWORKS", condition("not_from_networks", "in local.networks", "in coalesce(c.not_from_networks, [])"),
		"FROM_NETWORKS", condition("from_networks", "in local.networks", "in coalesce(c.from_networks, [])"),
		"USER_AGENT_REGEX", condition("user_agent_regex", "local.pattern", "c.pattern"),
		"CREATED_AFTER", condition("created_after", "local.moment", "c.created_after"),
		"CREATED_BEFORE", condition("created_before", "local.moment", "c.created_before"),
		"OLDER_THAN", condition("older_than", "${local.age}", "${c.older_than == null ? \"1h\" : c.older_than}"),
		"YOUNGER_THAN", condition("younger_than", "${local.age}", "${c.younger_than == null ? \"1h\" : c.younger_than}"),
	).Replace(testdata(t, "chosen.tf"))
}

// The choice of the provider is that of the expressions in the documentation, as
// Terraform evaluates them.
func TestAccSessionsMatching_choosesAsTheExpressionsDo(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(20261125, 1)) // The same cases in every run.
	cases := make([]matchingCase, 10_000)
	for i := range cases {
		cases[i] = randomCase(r)
	}
	encoded, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorkspace(t, expressions(t))
	w.Env = slices.DeleteFunc(w.Env, func(variable string) bool { return strings.HasPrefix(variable, "TF_LOG=") })
	if err := os.WriteFile(filepath.Join(w.Dir, "cases.json"), encoded, 0o600); err != nil {
		t.Fatal(err)
	}
	if output, status, err := w.Run(t.Context(), "apply", "-auto-approve", "-no-color"); err != nil || status != 0 {
		t.Fatalf("%v: %.3000s", err, output)
	}
	output, _, err := w.Run(t.Context(), "output", "-json", "chosen")
	var chosen [][]string
	if err != nil || json.Unmarshal([]byte(output), &chosen) != nil || len(chosen) != len(cases) {
		t.Fatalf("%v: %.3000s", err, output)
	}
	some, differ := 0, 0
	for i, c := range cases {
		got := c.chosen(t)
		if len(got) > 0 && len(got) < len(c.Sessions) {
			some++
		}
		if !slices.Equal(got, chosen[i]) {
			if differ++; differ < 10 {
				shown, _ := json.Marshal(c)
				t.Errorf("the provider chooses %v, the expressions %v:\n%s", got, chosen[i], shown)
			}
		}
	}
	if differ > 0 || some < len(cases)/10 {
		t.Errorf("%d of %d differ; %d chose some and not all", differ, len(cases), some)
	}
}

func TestAccSessionsMatching_endsWhatMatches(t *testing.T) {
	c := newCloud(t)
	var stays, ends []string
	for _, s := range c.Sessions(c.IdentityStoreID, c.alice().UserID) {
		if strings.HasPrefix(s.IPAddress, "198.51.100.") {
			stays = append(stays, s.SessionID)
		} else {
			ends = append(ends, s.SessionID)
		}
	}
	if len(stays) == 0 || len(ends) == 0 {
		t.Fatal("the seeded sessions are others now")
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: c.config(c.Management, "", revocationOf("ALICE", "sessions_matching {\n not_from_networks = [\"198.51.100.0/24\"]\n}")),
			ConfigStateChecks: []statecheck.StateCheck{
				attribute("revoked_session_ids", exactly(ends)), attribute("revoked_session_count", knownvalue.Int64Exact(int64(len(ends)))),
			},
		}},
	})
	if left := c.SessionIDs(c.alice()); !slices.Equal(left, stays) {
		t.Errorf("left: %v, want %v", left, stays)
	}
}

// Every check holds at validation, and once more where variables have values.
func TestAccSessionsMatching_validation(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	for name, test := range map[string]struct {
		conditions string
		words      []string
	}{
		"mistyped":                {"from_network = [\"192.0.2.1\"]", []string{"Unsupported argument"}},
		"nothing":                 {"", []string{"No condition in sessions_matching"}},
		"null alone":              {"older_than = null", []string{"No condition in sessions_matching"}},
		"treat_missing_data only": {"treat_missing_data = \"match\"", []string{"No condition in sessions_matching"}},
		"an odd treatment":        {"keep_newest = 1\ntreat_missing_data = \"maybe\"", []string{"treat_missing_data must be", "maybe"}},
		"no address":              {"from_networks = [\"192.0.2.1\", \"example.com\"]", []string{"from_networks", "example.com", "no IPv4 or IPv6 address"}},
		"host bits":               {"from_networks = [\"203.0.113.5/24\"]", []string{"203.0.113.0/24 for the network or 203.0.113.5 for the address"}},
		"an empty list":           {"not_from_networks = []", []string{"not_from_networks is empty"}},
		"a null in a list":        {"not_from_networks = [null]", []string{"Invalid condition", "not_from_networks[0] is null"}},
		"not RE2":                 {"user_agent_regex = \"(?!x)\"", []string{"user_agent_regex must be a regular expression"}},
		"an empty pattern":        {"user_agent_regex = \"\"", []string{"user_agent_regex is empty"}},
		"no time":                 {"created_after = \"yesterday\"", []string{"created_after must be a moment", "yesterday"}},
		"no duration":             {"older_than = \"4 hours\"", []string{"older_than must be a duration", "4 hours"}},
		"a negative duration":     {"younger_than = \"-1h\"", []string{"younger_than must be a duration longer than zero"}},
		"times that contradict":   {"created_after = \"2026-11-02T00:00:00Z\"\ncreated_before = \"2026-11-01T00:00:00Z\"", []string{"No session can match: created_after"}},
		"ages that contradict":    {"older_than = \"2h\"\nyounger_than = \"1h\"", []string{"No session can match: older_than"}},
		"a time that is not set":  {"created_before = \"0001-01-01T00:00:00Z\"", []string{"created_before must be later than 1970"}},
		"the epoch":               {"created_after = \"1970-01-01T01:00:00+01:00\"", []string{"created_after must be later than 1970"}},
		"keep too many":           {"keep_newest = 1000000001", []string{"at most 1000000000"}},
		"keep a fraction":         {"keep_newest = 1.5", []string{"Invalid condition", "keep_newest must be at least 1", "it is 1.5"}},
		"keep what is no int64":   {"keep_newest = 1e40", []string{"Invalid condition", "keep_newest must be at least 1", "it is 1e+40"}},
		"keep none":               {"keep_newest = 0", []string{"keep_newest must be at least 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			block := "sessions_matching {\n" + test.conditions + "\n}"
			config := revocationOf("ALICE", block)
			if name == "ages that contradict" {
				config += "data \"identitycenter_user_sessions\" \"test\" {\n identity_store_id = \"STORE\"\n user_id = \"ALICE\"\n" + block + "\n}\n"
			}
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: factories,
				Steps:                    []resource.TestStep{{PlanOnly: true, Config: c.config(c.Management, "", config), ExpectError: inOrder(test.words...)}},
			})
		})
	}
	t.Run("two blocks", func(t *testing.T) {
		t.Parallel()
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: factories,
			Steps: []resource.TestStep{{
				PlanOnly:    true,
				Config:      c.config(c.Management, "", revocationOf("ALICE", "sessions_matching {\nkeep_newest = 1\n}\nsessions_matching {\nkeep_newest = 2\n}")),
				ExpectError: text("At most one sessions_matching block"),
			}},
		})
	})
	t.Run("known at apply", func(t *testing.T) {
		t.Parallel()
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: factories,
			Steps: []resource.TestStep{{
				Config: c.config(c.Management, "", "resource \"terraform_data\" \"later\" {\n input = \"4 hours\"\n}\n"+
					revocationOf("ALICE", "sessions_matching {\n older_than = terraform_data.later.output\n}")),
				ExpectError: inOrder("older_than must be a duration"),
			}},
		})
	})
	t.Cleanup(func() {
		if names := c.Operations(); len(names) > 0 {
			t.Errorf("calls: %v", names)
		}
	})
}

func TestAccSessionsMatching_filtersWhatIsRead(t *testing.T) {
	c := newCloud(t)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: c.config(c.Management, "", testdata(t, "write_only.tf")),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("data.identitycenter_user_sessions.this", tfjsonpath.New("sessions"), knownvalue.ListSizeExact(1)),
				attribute("revoked_session_count", knownvalue.Int64Exact(2)),
			},
		}},
	})
}

// A listing that hangs ends with the time of the ephemeral resource.
func TestAccEphemeralSessions_timeout(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Inject(simulator.Fault{Operation: simulator.ListSessions, Hang: true})
	w := newWorkspace(t, c.config(c.Management, "", "ephemeral \"identitycenter_user_sessions\" \"this\" {\n  identity_store_id = \"STORE\"\n  user_id = \"ALICE\"\n  timeouts {\n    open = \"200ms\"\n  }\n}\n"))
	if output := expect(t, w, 1, "plan", "-no-color"); !text("timeouts.open, is over after 200ms").MatchString(output) {
		t.Errorf("output:\n%s", output)
	}
}

// lastLines are what a reader of a long output sees.
func lastLines(output string) string {
	all := strings.Split(strings.TrimRight(output, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-10):], "\n")
}

// A mistyped address or ID cannot be taken for a success.
func TestAccCLI_typingErrorsAreInTheLastLines(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments, words string
		left             int
	}{
		"one of two addresses": {"sessions_matching {\n from_networks = [\"203.0.113.7\", \"198.51.100.32\"]\n}", "No session of user ALICE was from these: check them for typing errors. 198.51.100.32", 2},
		"address to leave out": {"sessions_matching {\n not_from_networks = [\"198.51.100.32\"]\n}", "No session of user ALICE was from one of not_from_networks, so that they left none out", 0},
		"address":              {"sessions_matching {\n from_networks = [\"203.0.113.77\"]\n}", "No session of user ALICE was ended: none matches (3 sessions, from_networks left 0).", 3},
		"ID":                   {"session_ids = [\"typo\"]", "No session of user ALICE was ended. The user has no session with this ID.", 3},
		"ID with verify":       {"session_ids = [\"typo\"]\nverify = true", "No session of user ALICE was ended. The user has no session with this ID.", 3},
		"write-only IDs":       {"session_ids_wo = [\"typo\"]", "No session of user ALICE was ended. The user has no session with this ID.", 3},
		"no ID":                {"session_ids = []", "No session of user ALICE was ended: session_ids is empty, and no request was made.", 3},
		"no write-only ID":     {"session_ids_wo = []", "No session of user ALICE was ended: session_ids_wo is empty, and no request was made.", 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			w := newWorkspace(t, c.config(c.Management, "", revocationOf("ALICE", test.arguments)))
			output := expect(t, w, 0, "apply", "-auto-approve", "-no-color")
			if !text(strings.ReplaceAll(test.words, "ALICE", c.alice().UserID)).MatchString(lastLines(output)) {
				t.Errorf("not in the last lines of\n%s", output)
			}
			if left := len(c.SessionIDs(c.alice())); left != test.left {
				t.Errorf("%d sessions left", left)
			}
		})
	}
}

// Somebody who depends on a data source for its order is told what that costs.
func TestAccCLI_dependsOnIsWarnedOf(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", testdata(t, "depends_on.tf")))
	expect(t, w, 0, "apply", "-auto-approve", "-var=input=1")
	output := expect(t, w, 0, "plan", "-no-color", "-var=input=2")
	if !text("Warning: A revocation is repeated because a value is unknown").MatchString(output) || !text("depends_on, on the data source that user_id comes from").MatchString(output) ||
		!strings.Contains(output, c.alice().UserID) || !text("must be replaced").MatchString(output) {
		t.Error(output)
	}
}

// A configuration that looks a user up by name outlives the user: the error says the
// way out, which works. A configuration with the IDs themselves has no such end.
func TestAccCLI_userWhoIsDeletedLater(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", fmt.Sprintf("data \"identitycenter_user\" \"this\" {\n identity_store_id = \"STORE\"\n user_name = %q\n}\n", c.alice().UserName)+
		strings.Replace(revocationOf("ALICE", "all_sessions = true"), "\"ALICE\"", "data.identitycenter_user.this.user_id", 1)))
	expect(t, w, 0, "apply", "-auto-approve")
	c.RemoveUser(c.IdentityStoreID, c.alice().UserID)
	for _, command := range []string{"plan", "destroy"} {
		if output := expect(t, w, 1, command, "-no-color"); !text("If the user was deleted, remove this data source and everything that refers to it from the configuration, then apply.").MatchString(output) {
			t.Errorf("%s: %s", command, output)
		}
	}
	configure(t, w, c.config(c.Management, "", ""))
	expect(t, w, 0, "apply", "-auto-approve")

	literal := newWorkspace(t, c.config(c.Management, "", revocationOf("CAROL", "all_sessions = true")))
	expect(t, literal, 0, "apply", "-auto-approve")
	c.RemoveUser(c.IdentityStoreID, c.Users[2].UserID)
	expect(t, literal, 0, "plan", "-detailed-exitcode")
	expect(t, literal, 0, "destroy", "-auto-approve")
}

// terraform test may run with a mocked provider first, and with the real one on the
// state that this left.
func TestAccCLI_mockedRunThenARealOne(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", testdata(t, "main.tf")))
	if err := os.WriteFile(filepath.Join(w.Dir, "main.tftest.hcl"), []byte(testdata(t, "main.tftest.hcl")), 0o600); err != nil {
		t.Fatal(err)
	}
	expect(t, w, 0, "test", "-no-color")
}
