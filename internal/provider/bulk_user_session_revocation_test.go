// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

const bulkName = "identitycenter_bulk_user_session_revocation"

// bulkOf returns a revocation of many users with more arguments.
func bulkOf(arguments string) string {
	return "resource \"identitycenter_bulk_user_session_revocation\" \"test\" {\n  identity_store_id = \"STORE\"\n" + arguments + "\n}\n"
}

// left returns the number of sessions of these users.
func (c *cloud) left(users []simulator.SeededUser) int {
	n := 0
	for _, u := range users {
		n += len(c.SessionIDs(u))
	}
	return n
}

func idsOf(users []simulator.SeededUser) []string {
	var ids []string
	for _, u := range users {
		ids = append(ids, u.UserID)
	}
	return ids
}

// bulkRecord is the state of the revocation.
type bulkRecord struct {
	RevokedAt           *string  `json:"revoked_at"`
	RevokedUserCount    int      `json:"revoked_user_count"`
	RevokedSessionCount int      `json:"revoked_session_count"`
	RevokedUserIDs      []string `json:"revoked_user_ids"`
	FailedUserCount     int      `json:"failed_user_count"`
	FailedUserIDs       []string `json:"failed_user_ids"`
	UnknownUserIDs      []string `json:"unknown_user_ids"`
	Complete            bool     `json:"complete"`
}

// recorded reads the state. tainted reports whether the next apply replaces the resource.
func recorded(t *testing.T, w *acctest.Workspace) (record bulkRecord, tainted bool) {
	t.Helper()
	var state struct {
		Values struct {
			RootModule struct {
				Resources []struct {
					Type    string
					Tainted bool
					Values  bulkRecord
				}
			} `json:"root_module"`
		}
	}
	if err := json.Unmarshal([]byte(expect(t, w, 0, "show", "-json")), &state); err != nil {
		t.Fatal(err)
	}
	for _, r := range state.Values.RootModule.Resources {
		if r.Type == bulkName {
			return r.Values, r.Tainted
		}
	}
	t.Fatal("the resource is not in the state")
	return record, false
}

func TestAccBulk_lifecycle(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	users := c.SeedUsers(c.IdentityStoreID, 120, 3)
	ids := append(idsOf(users), "nobody")
	config := func(ids []string, more string) string {
		return c.config(c.Management, "", bulkOf(fmt.Sprintf("user_ids = %s\nexcept_user_ids = [%q]\nall_sessions = true\ntriggers = { incident = \"1\" }\n%s", hcl(ids), users[0].UserID, more)))
	}
	w := newWorkspace(t, config(ids, ""))
	output := expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	if !inOrder("Some users do not exist", "nobody").MatchString(output) {
		t.Errorf("output:\n%s", output)
	}
	got, tainted := recorded(t, w)
	if tainted || got.RevokedUserCount != 119 || got.RevokedSessionCount != 357 || !slices.Equal(got.RevokedUserIDs, sorted(idsOf(users[1:]))) ||
		!got.Complete || got.FailedUserCount != 0 || len(got.FailedUserIDs) != 0 || !slices.Equal(got.UnknownUserIDs, []string{"nobody"}) || got.RevokedAt == nil {
		t.Errorf("recorded: %+v", got)
	}
	if c.left(users) != 3 || c.left(users[:1]) != 3 {
		t.Errorf("%d sessions left", c.left(users))
	}
	// A listing and a batch per user. The unknown user takes two reads of the user and one of the
	// store, and the excepted user one.
	if n, needed := len(c.Calls()), 119*2+1; n > needed+4 {
		t.Errorf("%d calls, %d are needed", n, needed)
	}
	// Another order is no change. verify and timeouts change in place without a request.
	c.ResetCalls()
	slices.Reverse(ids)
	configure(t, w, config(ids, ""))
	expect(t, w, 0, "plan", "-detailed-exitcode", "-no-color")
	configure(t, w, config(ids, "verify = true\ntimeouts {\n  create = \"1h\"\n}"))
	if output := expect(t, w, 0, "apply", "-auto-approve", "-no-color"); !text("0 added, 1 changed, 0 destroyed").MatchString(output) || len(c.Calls()) > 0 {
		t.Errorf("%d calls:\n%s", len(c.Calls()), output)
	}
	if output := expect(t, w, 1, "import", bulkName+".other", "x"); output == "" {
		t.Error("no word on the import")
	}
}

func TestAccBulk_network(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	users := c.SeedUsers(c.IdentityStoreID, 300, 1)
	network := netip.MustParsePrefix("10.0.1.0/27")
	c.AddSession(c.IdentityStoreID, users[0].UserID, simulator.Session{SessionID: "without-an-address"})
	w := newWorkspace(t, c.config(c.Management, "", testdata(t, "look.tf")))
	expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	var found []string
	if err := json.Unmarshal([]byte(expect(t, w, 0, "output", "-json", "found")), &found); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, u := range users {
		if network.Contains(netip.MustParseAddr(u.Sessions[0].IPAddress)) {
			want = append(want, u.UserName+" "+u.UserID+" "+u.Sessions[0].SessionID)
		}
	}
	if len(want) != 32 || !slices.Equal(sorted(found), sorted(want)) {
		t.Errorf("found %d, want %d: %q", len(found), len(want), found)
	}
	// Only the names of the listed users are read, a hundred per request.
	if n := len(c.CallsOf(simulator.DescribeUsers)); n != 1 {
		t.Errorf("%d calls for names", n)
	}

	configure(t, w, c.config(c.Management, "", testdata(t, "end.tf")))
	output := expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	says(t, output, "No session is from some of the networks", "10.99.1.1")
	silent(t, output, "Check them. 10.0.1.0")
	if got, _ := recorded(t, w); got.RevokedSessionCount != 32 || got.RevokedUserCount != 32 || !got.Complete {
		t.Errorf("recorded: %+v", got)
	}
	for _, u := range users {
		if inside := network.Contains(netip.MustParseAddr(u.Sessions[0].IPAddress)); inside != (len(c.SessionIDs(u)) == 0) {
			t.Errorf("user %s from %s has %d sessions", u.UserName, u.Sessions[0].IPAddress, len(c.SessionIDs(u)))
		}
	}
	if len(c.SessionIDs(c.alice())) != 3 || len(c.SessionIDs(users[0])) != 2 {
		t.Error("others were logged out")
	}
}

// untilBatch applies a revocation of all users. The batch of the 101st user hangs. untilBatch
// returns when it arrives.
func untilBatch(ctx context.Context, t *testing.T, c *cloud, w *acctest.Workspace) (wait func() string) {
	t.Helper()
	c.Inject(simulator.Fault{Operation: simulator.BatchDeleteSessions, After: 100, Hang: true})
	_, wait = start(ctx, t, w, "apply", "-auto-approve", "-no-color")
	if err := c.Await(t.Context(), simulator.BatchDeleteSessions, 101); err != nil {
		t.Fatal(err)
	}
	return wait
}

const everybodyElse = "all_users = true\nexcept_user_ids = [\"ALICE\"]\nall_sessions = true"

func TestAccBulk_interrupt(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	users := c.SeedUsers(c.IdentityStoreID, 250, 2)
	w := newWorkspace(t, c.config(c.Management, "", bulkOf(everybodyElse)))
	ctx, interrupt := context.WithCancel(t.Context())
	wait := untilBatch(ctx, t, c, w)
	begun := time.Now()
	interrupt()
	output := wait()
	if took := time.Since(begun); took > 3*time.Second { // on a busy machine
		t.Errorf("ended %s after the interrupt", took)
	} else {
		t.Logf("ended %s after the interrupt", took)
	}
	if !inOrder("Error: Interrupted", "not finished", "Apply again to do the rest.", "replaces the resource").MatchString(output) {
		t.Errorf("output:\n%s", output)
	}
	ended := 501 - c.left(users) - len(c.SessionIDs(c.Users[1])) // Bob has one session.
	if got, tainted := recorded(t, w); !tainted || got.Complete || got.RevokedSessionCount != ended || got.RevokedUserCount < 100 {
		t.Errorf("recorded %+v, and the server has ended %d", got, ended)
	}
	c.ClearFaults()
	expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	if got, tainted := recorded(t, w); tainted || !got.Complete || got.RevokedSessionCount != 501-ended || c.left(users) != 0 {
		t.Errorf("recorded %+v after %d of 501, %d left", got, ended, c.left(users))
	}
}

// children returns the processes that another one started, from the process table.
func children(t *testing.T, parent int) []int {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(stats) == 0 {
		t.Skip("this system has no /proc")
	}
	var found []int
	for _, file := range stats {
		content, err := os.ReadFile(file)
		if err != nil {
			continue // The process has ended.
		}
		_, after, _ := strings.Cut(string(content), ") ")
		fields := strings.Fields(after)
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			found = append(found, append(children(t, pid), pid)...)
		}
	}
	return found
}

func TestAccBulk_killedProvider(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	users := c.SeedUsers(c.IdentityStoreID, 250, 1)
	w := newProcessWorkspace(t, c.config(c.Management, "", bulkOf(everybodyElse)))
	before := map[int]bool{}
	for _, pid := range children(t, os.Getpid()) {
		before[pid] = true
	}
	wait := untilBatch(t.Context(), t, c, w)
	killed := 0
	for _, pid := range children(t, os.Getpid()) {
		folder, _ := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
		name, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
		if !before[pid] && folder == w.Dir && strings.Contains(filepath.Base(name), "terraform-provider-identitycenter") {
			process, err := os.FindProcess(pid)
			if err != nil {
				t.Fatal(err)
			}
			killed++
			_ = process.Kill()
		}
	}
	output := wait()
	if killed != 1 || !text("Error: Plugin did not respond").MatchString(output) && !text("plugin").MatchString(output) {
		t.Fatalf("%d killed:\n%s", killed, output)
	}
	if state := expect(t, w, 0, "state", "list"); strings.Contains(state, bulkName) {
		t.Errorf("state: %s", state)
	}
	left := c.left(users) + len(c.SessionIDs(c.Users[1]))
	if left < 50 || left > 151 {
		t.Errorf("%d sessions left", left)
	}
	// The log names the users whose sessions ended. Responses and lines in transit are lost when
	// the provider is killed: at most one per concurrent call.
	log, err := os.ReadFile(filepath.Join(w.Dir, "trace.log"))
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(log, []byte("Ended sessions")); n < 251-left-transport.DefaultMaxConcurrentRequests {
		t.Errorf("%d lines of the log for %d users", n, 251-left)
	}

	c.ClearFaults()
	expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	if got, tainted := recorded(t, w); tainted || !got.Complete || got.RevokedSessionCount != left || c.left(users) != 0 {
		t.Errorf("recorded %+v, %d were left", got, left)
	}
}

func TestAccBulk_timeout(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	users := c.SeedUsers(c.IdentityStoreID, 20, 1)
	c.Inject(simulator.Fault{Operation: simulator.BatchDeleteSessions, After: 5, Hang: true})
	w := newWorkspace(t, c.config(c.Management, "", bulkOf(everybodyElse+"\ntimeouts {\n  create = \"2s\"\n}")))
	output := expect(t, w, 1, "apply", "-auto-approve", "-no-color")
	if !inOrder("Error: Timed out (timeouts.create)", "not finished", "Before the failure", "ended").MatchString(output) {
		t.Errorf("output:\n%s", output)
	}
	ended := 21 - c.left(users) - len(c.SessionIDs(c.Users[1])) // Bob has one session.
	if got, tainted := recorded(t, w); !tainted || got.Complete || got.RevokedSessionCount != ended {
		t.Errorf("recorded %+v, and the server has ended %d", got, ended)
	}
}

func TestAccBulk_failedUsers(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	users := c.SeedUsers(c.IdentityStoreID, 60, 1)
	bad := idsOf(users[:25])
	refused := simulator.Refuse(400, "IIC.400", "The parameter is bad.")
	refused.Operation = simulator.BatchDeleteSessions
	refused.Match = func(call simulator.Call) bool {
		return slices.ContainsFunc(bad, func(id string) bool { return strings.Contains(call.EscapedPath, id) })
	}
	c.Inject(refused)
	w := newWorkspace(t, c.config(c.Management, "", bulkOf(everybodyElse)))
	output := expect(t, w, 1, "apply", "-auto-approve", "-no-color")
	if !inOrder("25 users of 62 failed", "37 of 62 users done, 25 failed", "25 users: BatchDeleteSessions, HTTP 400, IIC.400, The parameter is bad.", "5 more are not listed", "IIC.400", "36 sessions of 36 users ended", "Apply again").MatchString(output) {
		t.Errorf("output:\n%s", output)
	}
	got, tainted := recorded(t, w)
	if !tainted || got.FailedUserCount != 25 || !slices.Equal(got.FailedUserIDs, sorted(bad)) || got.RevokedSessionCount != 36 || got.Complete {
		t.Errorf("recorded: %+v", got)
	}
	c.ClearFaults()
	expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	if got, tainted := recorded(t, w); tainted || got.RevokedSessionCount != 25 || !got.Complete {
		t.Errorf("recorded: %+v", got)
	}
}

// Validation, plan and apply make the same checks for the resource, the action and the data source.
// Only the check of all_users does not apply to the data source.
func TestBulk_selectorValidation(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	text := func(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }
	yes, no := tftypes.NewValue(tftypes.Bool, true), tftypes.NewValue(tftypes.Bool, false)
	server, schema := protocolServer(t, c, c.Management)
	resourceType := schema.ResourceSchemas[bulkName].ValueType().(tftypes.Object)
	matching := func(given map[string]tftypes.Value) tftypes.Value {
		list := resourceType.AttributeTypes["sessions_matching"].(tftypes.List)
		values := map[string]tftypes.Value{}
		for name, attribute := range list.ElementType.(tftypes.Object).AttributeTypes {
			values[name] = tftypes.NewValue(attribute, nil)
		}
		for name, value := range given {
			values[name] = value
		}
		return tftypes.NewValue(list, []tftypes.Value{tftypes.NewValue(list.ElementType, values)})
	}
	for name, test := range map[string]struct {
		given map[string]tftypes.Value
		words string
		data  bool // The data source refuses this too.
	}{
		"fine":                  {map[string]tftypes.Value{"user_ids": texts([]string{"a"}), "all_sessions": yes}, "", true},
		"everybody is meant":    {map[string]tftypes.Value{"all_users": yes, "except_user_ids": texts(nil), "all_sessions": yes}, "", true},
		"everybody":             {map[string]tftypes.Value{"all_users": yes, "all_sessions": yes}, "all_users = true includes the caller of Terraform", false},
		"nobody":                {map[string]tftypes.Value{"all_sessions": yes}, "No users selected", true},
		"two":                   {map[string]tftypes.Value{"user_ids": texts([]string{"a"}), "group_ids": texts([]string{"b"}), "all_sessions": yes}, "Users selected more than once", true},
		"all_users is false":    {map[string]tftypes.Value{"all_users": no, "all_sessions": yes}, "Attribute all_users Value must be", true},
		"no sessions":           {map[string]tftypes.Value{"user_ids": texts([]string{"a"})}, "No sessions selected", false},
		"all_sessions is false": {map[string]tftypes.Value{"user_ids": texts([]string{"a"}), "all_sessions": no}, "Attribute all_sessions Value must be", false},
		"an odd ID":             {map[string]tftypes.Value{"group_ids": texts([]string{"a/b"}), "all_sessions": yes}, "Invalid ID", true},
		"no word on missing data": {map[string]tftypes.Value{"user_ids": texts([]string{"a"}), "sessions_matching": matching(map[string]tftypes.Value{"user_agent_regex": text("curl")})},
			"treat_missing_data is required", false},
		"IDs and names":        {map[string]tftypes.Value{"user_ids": texts([]string{"a"}), "user_names": texts([]string{"b"}), "all_sessions": yes}, "", true},
		"names and groups":     {map[string]tftypes.Value{"group_ids": texts([]string{"a"}), "user_names": texts([]string{"b"}), "all_sessions": yes}, "Users selected more than once", true},
		"empty name":           {map[string]tftypes.Value{"user_names": texts([]string{""}), "all_sessions": yes}, "user_names", true},
		"age alone needs none": {map[string]tftypes.Value{"user_ids": texts([]string{"a"}), "sessions_matching": matching(map[string]tftypes.Value{"older_than": text("4h")})}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			test.given["identity_store_id"] = text(c.IdentityStoreID)
			check := func(item string, diagnostics []*tfprotov6.Diagnostic, err error) {
				found := actionRun{diagnostics: diagnostics}.errors()
				if err != nil || (test.words == "") != (found == "") || !strings.Contains(found, test.words) {
					t.Errorf("%s: want %q in %q, %v", item, test.words, found, err)
				}
			}
			validated, err := server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: bulkName, Config: object(t, resourceType, test.given)})
			check("resource", validated.Diagnostics, err)
			actionType := schema.ActionSchemas[bulkName].Schema.ValueType()
			action, err := server.ValidateActionConfig(t.Context(), &tfprotov6.ValidateActionConfigRequest{ActionType: bulkName, Config: object(t, actionType, test.given)})
			check("action", action.Diagnostics, err)
			if _, matching := test.given["sessions_matching"]; test.data || matching {
				if !test.data {
					test.words = ""
				}
				dataType := schema.DataSourceSchemas["identitycenter_user_sessions"].ValueType()
				test.given["sessions"] = tftypes.NewValue(dataType.(tftypes.Object).AttributeTypes["sessions"], nil)
				data, err := server.ValidateDataResourceConfig(t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: "identitycenter_user_sessions", Config: object(t, dataType, test.given)})
				check("data source", data.Diagnostics, err)
			}
		})
	}
}

func TestBulkAction_progress(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	users := c.SeedUsers(c.IdentityStoreID, 40, 1)
	given := func() map[string]tftypes.Value {
		return map[string]tftypes.Value{
			"user_ids": texts(idsOf(users)), "except_group_ids": texts([]string{c.Groups[0].GroupID}),
			"all_sessions": tftypes.NewValue(tftypes.Bool, true), "verify": tftypes.NewValue(tftypes.Bool, true),
		}
	}
	// One batch takes slightly longer than the interval before the first line.
	c.Inject(simulator.Fault{Operation: simulator.BatchDeleteSessions, Times: 1, Delay: 1500 * time.Millisecond})
	run := invokeNamed(t.Context(), t, c, c.Management, bulkName, given())
	if run.errors() != "" || c.left(users) != 0 {
		t.Fatalf("%d left: %s", c.left(users), run.errors())
	}
	inLines(t, run.progress,
		`^39 of 40 users done, 39 sessions ended, \d+ calls a second, about \d+s left\.$`,
		`^40 of 40 users done in \ds, 40 sessions of 40 users ended\.$`)

	// The interrupt is reported as the last progress line.
	for _, u := range users {
		c.AddSession(c.IdentityStoreID, u.UserID, simulator.Session{SessionID: "again-" + u.UserName})
	}
	c.ResetCalls()
	c.Inject(simulator.Fault{Operation: simulator.BatchDeleteSessions, After: 10, Hang: true})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_ = c.Await(t.Context(), simulator.BatchDeleteSessions, 11)
		cancel()
	}()
	run = invokeNamed(ctx, t, c, c.Management, bulkName, given())
	if !strings.Contains(run.errors(), "Interrupted") || len(run.progress) > 0 {
		t.Errorf("%q\n%s", run.progress, run.errors())
	}
}

func TestAccBulk_dataSource(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	users := c.SeedUsers(c.IdentityStoreID, 150, 1)
	ids := append(idsOf(users), "nobody")
	w := newWorkspace(t, c.config(c.Management, "", testdata(t, "named_and_members.tf")))
	w.Env = append(w.Env, "TF_VAR_user_ids="+hcl(ids), "TF_VAR_except_user_id="+users[0].UserID)
	output := expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	if !inOrder("Some users do not exist", "nobody").MatchString(output) {
		t.Errorf("output:\n%s", output)
	}
	var named []string
	var members []map[string]string
	for name, target := range map[string]any{"named": &named, "members": &members} {
		if err := json.Unmarshal([]byte(expect(t, w, 0, "output", "-json", name)), target); err != nil {
			t.Fatal(err)
		}
	}
	var want []string
	for _, u := range users[1:] {
		want = append(want, u.UserName)
	}
	if !slices.Equal(sorted(named), want) {
		t.Errorf("%d named, want %d", len(named), len(want))
	}
	// Sessions are newest first, as for a single user.
	sessions := c.alice().Sessions
	if len(members) != 3 || members[0]["session_id"] != sessions[2].SessionID || members[0]["user_name"] != "alice" || members[2]["session_id"] != sessions[0].SessionID {
		t.Errorf("members: %v", members)
	}
	if n := len(c.CallsOf(simulator.DescribeUsers)); n != 3 {
		t.Errorf("%d calls for names", n)
	}

	// An incomplete list is an error, and so is a list of only unknown users.
	refused := simulator.Refuse(400, "IIC.400", "Bad.")
	refused.Operation, refused.Times = simulator.ListSessions, 1
	c.Inject(refused)
	if output := expect(t, w, 1, "plan", "-no-color"); !inOrder("1 user of", "failed", "No session is listed", "leave out the users who failed with except_user_ids").MatchString(output) {
		t.Errorf("output:\n%s", output)
	}
	c.ClearFaults()
	configure(t, w, c.config(c.Management, "", "data \"identitycenter_user_sessions\" \"named\" {\n  identity_store_id = \"STORE\"\n  user_ids = [\"nobody\", \"neither\"]\n}\n"))
	if output := expect(t, w, 1, "plan", "-no-color"); !inOrder("No session was listed", "do not exist in the identity store", "neither").MatchString(output) {
		t.Errorf("output:\n%s", output)
	}
	// Sessions are returned without the names that cannot be read.
	c.Inject(refusal(simulator.DescribeUsers, 0, 0, 403, "IIC.1000", "denied"))
	configure(t, w, c.config(c.Management, "decode_authorization_messages = false", "data \"identitycenter_user_sessions\" \"alice\" {\n  identity_store_id = \"STORE\"\n  user_id = \"ALICE\"\n}\n"))
	if output := expect(t, w, 0, "plan", "-no-color"); !inOrder("User names are missing", "denied").MatchString(output) {
		t.Errorf("output:\n%s", output)
	}
}

// With verify, the warning names each user with a new session. If no session was ended, the last
// lines say so.
func TestAccBulk_newLogins(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	in := false
	c.Before(simulator.ListSessions, func() {
		if !in && len(c.SessionIDs(c.alice())) == 0 {
			in = true
			c.AddSession(c.IdentityStoreID, c.alice().UserID, simulator.Session{SessionID: "again"})
		}
	})
	config := func(user string) string {
		return c.config(c.Management, "", bulkOf(fmt.Sprintf("user_ids = [%q]\nall_sessions = true\nverify = true", user)))
	}
	w := newWorkspace(t, config("ALICE"))
	if output := expect(t, w, 0, "apply", "-auto-approve", "-no-color"); !inOrder("Users have logged in again", c.alice().UserID).MatchString(output) {
		t.Errorf("output:\n%s", output)
	}
	configure(t, w, config("CAROL"))
	if output := expect(t, w, 0, "apply", "-auto-approve", "-no-color"); !text("No session was ended: there is none (1 user).").MatchString(lastLines(output)) {
		t.Errorf("output:\n%s", output)
	} else if !text("The users have no session").MatchString(output) {
		t.Errorf("folded with typing errors:\n%s", output)
	}
	configure(t, w, c.config(c.Management, "", "data \"identitycenter_user_sessions\" \"none\" {\n  identity_store_id = \"STORE\"\n  user_ids = [\"ALICE\"]\n  except_user_ids = [\"ALICE\"]\n}\n"))
	if output := expect(t, w, 0, "apply", "-auto-approve", "-no-color"); !text("No user is selected").MatchString(output) {
		t.Errorf("output:\n%s", output)
	}
}

// If the API does not list the sessions of disabled users, the resource and the data source name
// these users. The other users are not delayed.
func TestAccBulk_disabledUsers(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Configure(func(o *simulator.Options) { o.DisabledUserSessions = http.StatusConflict })
	users := c.SeedUsers(c.IdentityStoreID, 3, 1)
	c.SetEnabled(c.IdentityStoreID, users[0].UserID, false)
	ids := hcl(idsOf(users))
	w := newWorkspace(t, c.config(c.Management, "", bulkOf("user_ids = "+ids+"\nall_sessions = true\n")))
	output := expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	says(t, output, "Sessions of disabled users are not known", "The API refuses to list the sessions of 1 disabled user who cannot log in.", users[0].UserID)
	if got, tainted := recorded(t, w); tainted || got.Complete || got.RevokedSessionCount != 2 || got.FailedUserCount != 0 {
		t.Errorf("recorded: %+v, tainted %t", got, tainted)
	}
	expect(t, w, 0, "plan", "-detailed-exitcode", "-no-color")

	configure(t, w, c.config(c.Management, "", bulkOf("user_ids = [\""+users[0].UserID+"\"]\nall_sessions = true\n")))
	output = expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	says(t, output, "The API refuses to list the sessions of 1 disabled user who cannot log in.", "Earlier sessions may be open")
	silent(t, output, "there is none")

	configure(t, w, c.config(c.Management, "", "data \"identitycenter_user_sessions\" \"test\" {\n  identity_store_id = \"STORE\"\n  user_ids = "+ids+"\n}\n"+
		"output \"complete\" {\n  value = data.identitycenter_user_sessions.test.complete\n}\n"))
	says(t, expect(t, w, 0, "apply", "-auto-approve", "-no-color"), "Sessions of disabled users are not known", users[0].UserID)
	if got := strings.TrimSpace(expect(t, w, 0, "output", "-json", "complete")); got != "false" {
		t.Errorf("complete is %s", got)
	}
	c.SetEnabled(c.IdentityStoreID, users[0].UserID, true)
	expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	if got := strings.TrimSpace(expect(t, w, 0, "output", "-json", "complete")); got != "true" {
		t.Errorf("complete is %s", got)
	}
}

// A group of a wrong store is not found, so the error also names the store.
func TestAccBulk_unknownGroup(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", bulkOf("group_ids = [\"nogroup\"]\nall_sessions = true")))
	output := expect(t, w, 1, "apply", "-auto-approve", "-no-color")
	if !inOrder("reading", "the members of group nogroup failed", "Check identity_store_id and group_ids.", "Before the failure, no session ended.").MatchString(output) {
		t.Errorf("output:\n%s", output)
	}
}

// lastLines returns the end of a long output, which users read.
func lastLines(output string) string {
	all := strings.Split(strings.TrimRight(output, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-10):], "\n")
}

func TestAccBulk_nothingEnded(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", bulkOf("user_ids = []\nall_sessions = true")))
	if output := expect(t, w, 0, "plan", "-no-color"); !text("user_ids is empty: creating this resource makes no request and ends no session of any user.").MatchString(output) {
		t.Errorf("plan:\n%s", output)
	}
	if output := expect(t, w, 0, "apply", "-auto-approve", "-no-color"); !text("No session to revoke").MatchString(output) || text("No session was ended").MatchString(output) || len(c.Calls()) > 0 {
		t.Errorf("%d calls:\n%s", len(c.Calls()), output)
	}
	if got, _ := recorded(t, w); !got.Complete || got.RevokedAt != nil || got.RevokedUserIDs == nil {
		t.Errorf("recorded: %+v", got)
	}
	// A replacement with an unknown list has a warning.
	config := func(input, arguments string) string {
		return c.config(c.Management, "", "resource \"terraform_data\" \"users\" {\n  input = "+input+"\n}\n"+bulkOf(arguments))
	}
	matching := "user_ids = terraform_data.users.output\nsessions_matching {\n  older_than = \"1000h\"\n}"
	configure(t, w, config("[\"ALICE\"]", matching))
	output := expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	if !text("Revocation repeated because of an unknown value").MatchString(output) || !text("none matches (1 user: 3 sessions, older_than left 0)").MatchString(output) {
		t.Errorf("output:\n%s", output)
	}
	configure(t, w, config("[\"ALICE\"]", matching+"\ntimeouts {\n  create = \"0s\"\n}"))
	if output := expect(t, w, 1, "plan", "-no-color"); !text("Invalid timeout").MatchString(output) {
		t.Errorf("output:\n%s", output)
	}
	if len(c.SessionIDs(c.alice())) != 3 {
		t.Error("sessions were ended")
	}
}
