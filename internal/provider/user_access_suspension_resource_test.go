// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

const (
	suspensionType = "identitycenter_user_access_suspension"
	suspensionName = suspensionType + ".test"
)

// suspended is a cloud in which Carol has 12 assignments of her own in 5 accounts. She has 9 more
// through 3 groups, and is in a group without assignments. Bob is in the groups too.
type suspended struct {
	*cloud
	userID, otherID string
	groups          []string
	idle            string
	assignments     []simulator.AccountAssignment
	before          string
}

func newSuspended(t *testing.T) *suspended {
	t.Helper()
	s := &suspended{cloud: newCloud(t)}
	s.userID, s.otherID = s.Users[2].UserID, s.Users[1].UserID
	third := s.AddPermissionSet(s.InstanceID, simulator.PermissionSet{Name: "Operator"})
	sets := []string{s.PermissionSets[0].PermissionSetID, s.PermissionSets[1].PermissionSetID, third}
	add := func(account, set int, principal, kind string) simulator.AccountAssignment {
		a := simulator.AccountAssignment{AccountID: fmt.Sprintf("account-%d", account), PermissionSetID: sets[set], PrincipalID: principal, PrincipalType: kind}
		s.AddAccountAssignment(s.InstanceID, a)
		return a
	}
	for n := range 12 {
		s.assignments = append(s.assignments, add(n%5, n/5, s.userID, "USER"))
	}
	for g := range 4 {
		id := s.AddGroup(s.IdentityStoreID, simulator.Group{DisplayName: fmt.Sprintf("group %d", g)})
		s.AddMember(s.IdentityStoreID, id, s.userID)
		s.AddMember(s.IdentityStoreID, id, s.otherID)
		if g == 3 {
			s.idle = id
			break
		}
		s.groups = append(s.groups, id)
		for n := range 3 {
			add(5+n, g, id, "GROUP")
		}
	}
	s.before = s.access()
	return s
}

// access returns Carol's access in the simulator.
func (s *suspended) access() string {
	var all []string
	for _, a := range s.AccountAssignments(s.InstanceID, "USER", s.userID) {
		all = append(all, a.AccountID+"/"+a.PermissionSetID)
	}
	all = append(all, s.GroupsOf(s.IdentityStoreID, s.userID)...)
	slices.Sort(all)
	return strings.Join(all, " ")
}

// is fails the test unless Carol has none of the listed access, or all of it.
func (s *suspended) is(t *testing.T, restored bool) {
	t.Helper()
	want := s.idle
	if restored {
		want = s.before
	}
	if got := s.access(); got != want {
		t.Errorf("the user has\n%s, want\n%s", got, want)
	}
	for _, group := range append(slices.Clone(s.groups), s.idle) {
		if !slices.Contains(s.GroupsOf(s.IdentityStoreID, s.otherID), group) {
			t.Errorf("another member of %s was removed", group)
		}
	}
}

// arguments returns the arguments of a suspension of all listed access.
func (s *suspended) arguments(active bool) values {
	assignments := []attrs{}
	for _, a := range s.assignments {
		assignments = append(assignments, attrs{"account_id": a.AccountID, "permission_set_id": a.PermissionSetID})
	}
	return values{
		"instance_id": s.InstanceID, "identity_store_id": s.IdentityStoreID, "user_id": s.userID,
		"assignments": assignments, "group_ids": s.groups, "active": active,
	}
}

// suspensionServer is a suspension of a provider in the test process. Its methods return errors and
// warnings as text.
type suspensionServer struct{ *managed }

func (s *suspended) managed(t *testing.T) *suspensionServer {
	t.Helper()
	server, _ := protocolServer(t, s.cloud, s.Management)
	return &suspensionServer{server.object(t, suspensionType)}
}

// attributes returns the attributes of the state; nil if there is none.
func (m *suspensionServer) attributes() map[string]tftypes.Value {
	attributes := map[string]tftypes.Value{}
	if err := m.state.As(&attributes); err != nil {
		m.t.Fatal(err)
	}
	return attributes
}

// present returns the attribute of this name in the state.
func (m *suspensionServer) present() []string {
	var elements []tftypes.Value
	if err := m.attributes()["present"].As(&elements); err != nil {
		m.t.Fatal(err)
	}
	texts := []string{}
	for _, element := range elements {
		var text string
		_ = element.As(&text)
		texts = append(texts, text)
	}
	return texts
}

func errorsAndWarnings(found messages) (errs, warnings string) {
	return found.text(tfprotov6.DiagnosticSeverityError), found.text(tfprotov6.DiagnosticSeverityWarning)
}

// refresh reads the resource.
func (m *suspensionServer) refresh() (errs, warnings string) { return errorsAndWarnings(m.read()) }

// planned is a plan with the warnings of the refresh and the plan.
type planned struct {
	change
	warnings string
}

// plan refreshes and plans. A nil config is a destroy.
func (m *suspensionServer) plan(given values) (planned, string) {
	m.t.Helper()
	found := m.read()
	if found.failed() {
		errs, _ := errorsAndWarnings(found)
		return planned{}, errs
	}
	change, more := m.managed.plan(given)
	errs, warnings := errorsAndWarnings(append(found, more...))
	return planned{change, warnings}, errs
}

// apply applies a plan.
func (m *suspensionServer) apply(ctx context.Context, p planned) (errs, warnings string) {
	m.t.Helper()
	return errorsAndWarnings(m.applyPlan(ctx, p.change))
}

// run plans and applies.
func (m *suspensionServer) run(ctx context.Context, given values) (errs, warnings string) {
	m.t.Helper()
	return errorsAndWarnings(m.managed.apply(ctx, given))
}

// settled fails the test unless a plan is empty.
func (m *suspensionServer) settled(t *testing.T, given values) {
	t.Helper()
	if p, errs := m.plan(given); errs != "" || !p.empty() {
		t.Errorf("the plan is not empty: %s\n%s\n%s", errs, p.prior, p.planned)
	}
}

func TestUserAccessSuspension_lifecycle(t *testing.T) {
	t.Parallel()
	s := newSuspended(t)
	m := s.managed(t)
	if errs, warnings := m.run(t.Context(), s.arguments(true)); errs+warnings != "" {
		t.Fatal(errs, warnings)
	}
	s.is(t, false)
	if m.attributes()["suspended_at"].IsNull() || len(m.present()) > 0 || m.identity == nil {
		t.Errorf("state: %s, identity %v", m.state, m.identity)
	}
	m.settled(t, s.arguments(true))
	at := m.attributes()["suspended_at"]

	if errs, warnings := m.run(t.Context(), s.arguments(false)); errs+warnings != "" {
		t.Fatal(errs, warnings)
	}
	s.is(t, true)
	if len(m.present()) != 15 || !m.attributes()["suspended_at"].Equal(at) {
		t.Errorf("state: %s", m.state)
	}
	m.settled(t, s.arguments(false))

	if errs, _ := m.run(t.Context(), s.arguments(true)); errs != "" {
		t.Fatal(errs)
	}
	s.ResetCalls()
	p, _ := m.plan(nil)
	s.ResetCalls()
	errs, warnings := m.apply(t.Context(), p)
	if len(s.Calls()) > 0 {
		t.Errorf("a destroy calls %v", s.Operations())
	}
	for _, words := range []string{"is not restored", "set active = false and apply first"} {
		if !strings.Contains(p.warnings, words) {
			t.Errorf("the plan does not warn %q: %s", words, p.warnings)
		}
	}
	for _, words := range append([]string{"stays suspended", `{ account_id = "account-4", permission_set_id = `, "group_ids = ["}, s.groups...) {
		if errs != "" || !strings.Contains(warnings, words) {
			t.Errorf("the destroy does not say %q: %s%s", words, errs, warnings)
		}
	}
	s.is(t, false)

	// A new resource restores the same list, and its destroy does not warn.
	m = s.managed(t)
	if errs, warnings := m.run(t.Context(), s.arguments(false)); errs+warnings != "" {
		t.Fatal(errs, warnings)
	}
	s.is(t, true)
	if errs, warnings := m.run(t.Context(), nil); errs+warnings != "" {
		t.Error(errs, warnings)
	}
	s.is(t, true)
}

// Listed access that comes back is a difference. Access that is not listed is not.
func TestUserAccessSuspension_drift(t *testing.T) {
	t.Parallel()
	s := newSuspended(t)
	m := s.managed(t)
	if errs, _ := m.run(t.Context(), s.arguments(true)); errs != "" {
		t.Fatal(errs)
	}
	other := s.assignments[0]
	other.AccountID = "account-of-somebody-else"
	s.AddAccountAssignment(s.InstanceID, other)
	m.settled(t, s.arguments(true))
	s.RemoveAccountAssignment(s.InstanceID, other)

	s.AddMember(s.IdentityStoreID, s.groups[0], s.userID)
	s.AddAccountAssignment(s.InstanceID, s.assignments[3])
	p, errs := m.plan(s.arguments(true))
	for _, words := range []string{"has suspended access", s.groups[0], s.assignments[3].AccountID + "/", "identity provider (SCIM)"} {
		if errs != "" || p.empty() || !strings.Contains(p.warnings, words) {
			t.Errorf("the plan does not say %q: %s%s", words, errs, p.warnings)
		}
	}
	if errs, _ := m.apply(t.Context(), p); errs != "" {
		t.Fatal(errs)
	}
	s.is(t, false)
	m.settled(t, s.arguments(true))

	// While the access is restored, missing access is a difference too.
	if errs, _ := m.run(t.Context(), s.arguments(false)); errs != "" {
		t.Fatal(errs)
	}
	s.RemoveMember(s.IdentityStoreID, s.groups[1], s.userID)
	if errs, _ := m.run(t.Context(), s.arguments(false)); errs != "" {
		t.Fatal(errs)
	}
	s.is(t, true)
}

// Access that is added to the list is removed in place. Access that leaves the list is not
// restored.
func TestUserAccessSuspension_listChanges(t *testing.T) {
	t.Parallel()
	s := newSuspended(t)
	all := s.assignments
	m := s.managed(t)
	s.assignments = all[:5]
	if errs, _ := m.run(t.Context(), s.arguments(true)); errs != "" {
		t.Fatal(errs)
	}
	if n := len(s.AccountAssignments(s.InstanceID, "USER", s.userID)); n != 7 {
		t.Errorf("%d are left", n)
	}
	s.assignments = all
	if errs, warnings := m.run(t.Context(), s.arguments(true)); errs+warnings != "" {
		t.Fatal(errs, warnings)
	}
	s.is(t, false)
	s.assignments = all[2:]
	errs, warnings := m.run(t.Context(), s.arguments(true))
	if errs != "" || !strings.Contains(warnings, "This access leaves the list.") || !strings.Contains(warnings, "in account "+all[1].AccountID) {
		t.Error(errs, warnings)
	}
	s.is(t, false)
	m.settled(t, s.arguments(true))

	s.assignments = nil
	groups := s.groups
	s.groups = nil
	if _, warnings := m.run(t.Context(), s.arguments(true)); !strings.Contains(warnings, "No access of user") {
		t.Errorf("empty lists: %s", warnings)
	}
	s.groups = groups
	none := s.arguments(true)
	for _, name := range []string{"assignments", "group_ids"} {
		none[name] = nil
	}
	if errs, _ := m.run(t.Context(), none); !strings.Contains(errs, "At least one of these attributes must be configured") {
		t.Errorf("without lists: %s", errs)
	}
	s.is(t, false)
}

// Faults occur at each call, before and after it is carried out, once and always, in a suspension
// and a restoration. The error names the remaining access and the state has what was done. The next
// apply finishes.
func TestUserAccessSuspension_faults(t *testing.T) {
	t.Parallel()
	operations := map[bool][]string{
		true: {
			simulator.DescribeUser, simulator.ListGroupMembershipsForMember, simulator.ListAccountAssignmentsForPrincipal,
			simulator.DeleteGroupMembership, simulator.DeleteAccountAssignment, simulator.DescribeAccountAssignmentDeletionStatus,
		},
		false: {
			simulator.DescribeUser, simulator.ListGroupMembershipsForMember, simulator.ListAccountAssignmentsForPrincipal,
			simulator.CreateGroupMembership, simulator.CreateAccountAssignment, simulator.DescribeAccountAssignmentCreationStatus,
		},
	}
	for active, names := range operations {
		for _, operation := range names {
			for name, fault := range map[string]simulator.Fault{
				"once, refused":             {Times: 1, Status: http.StatusForbidden, Code: "IIC.1000"},
				"once, in the middle":       {Times: 1, After: 1, Status: http.StatusBadRequest, Code: "IIC.400"},
				"once, a server error":      {Times: 1, Status: http.StatusServiceUnavailable},
				"once, lost before":         {Times: 1, DropBefore: true},
				"once, lost after the work": {Times: 1, DropAfter: true},
				"for good":                  {After: 1, Status: http.StatusForbidden, Code: "IIC.1000"},
			} {
				fault.Operation = operation
				t.Run(fmt.Sprintf("%t/%s/%s", active, operation, name), func(t *testing.T) {
					t.Parallel()
					testSuspensionFault(t, active, fault)
				})
			}
		}
	}
}

func testSuspensionFault(t *testing.T, active bool, fault simulator.Fault) {
	t.Helper()
	s := newSuspended(t)
	if strings.HasSuffix(fault.Operation, "Status") {
		s.Configure(func(o *simulator.Options) { o.AssignmentPolls = 1 })
	}
	m := s.managed(t)
	if !active {
		if errs, _ := m.run(t.Context(), s.arguments(true)); errs != "" {
			t.Fatal(errs)
		}
	}
	s.Inject(fault)
	errs, _ := m.run(t.Context(), s.arguments(active))
	faulted := slices.ContainsFunc(s.Calls(), func(c simulator.Call) bool { return c.Faulted })
	if errs == "" && fault.Times == 0 && faulted {
		t.Error("it succeeds")
	}
	if strings.Contains(errs, "suspended") || strings.Contains(errs, "restored") {
		// The state has the user's access as far as it could be read.
		for _, item := range m.present() {
			if active && !strings.Contains(s.access(), item) && fault.Operation != simulator.DescribeAccountAssignmentDeletionStatus {
				t.Errorf("%s is recorded as present", item)
			}
			if !strings.Contains(errs, item[strings.Index(item, "/")+1:]) && active {
				t.Errorf("the error does not name %s: %s", item, errs)
			}
		}
	}
	s.ClearFaults()
	if errs, _ := m.run(t.Context(), s.arguments(active)); errs != "" {
		t.Fatalf("the next apply: %s", errs)
	}
	s.is(t, !active)
	m.settled(t, s.arguments(active))
	if errs, _ := m.run(t.Context(), s.arguments(!active)); errs != "" {
		t.Fatal(errs)
	}
	s.is(t, active)
	m.settled(t, s.arguments(!active))
}

// A failed create is tainted and records what was done. Its replacement may also restore.
func TestUserAccessSuspension_failedCreate(t *testing.T) {
	t.Parallel()
	for _, active := range []bool{true, false} {
		t.Run(fmt.Sprint(active), func(t *testing.T) {
			t.Parallel()
			s := newSuspended(t)
			m := s.managed(t)
			s.Inject(refusal(simulator.DeleteAccountAssignment, 4, 0, http.StatusForbidden, "IIC.1000", "refused for good"))
			errs, _ := m.run(t.Context(), s.arguments(true))
			// The authorization message is long and comes last.
			if words := missingText(errs, "was not suspended completely", "Access denied (HTTP 403, IIC.1000)", "IdentityCenter:accountAssignment:delete",
				"Not removed (8):", "Removed by this apply (7):", "membership in group "+s.groups[0], "Apply again to remove what is left.",
				"The decoded authorization message:"); words != "" {
				t.Errorf("the error does not say %q:\n%s", words, errs)
			}
			if !m.tainted || len(m.present()) != 8 || !m.attributes()["suspended_at"].IsNull() || m.identity == nil {
				t.Errorf("tainted %t, state %s", m.tainted, m.state)
			}
			s.ClearFaults()
			if errs, _ := m.run(t.Context(), s.arguments(active)); errs != "" || m.tainted {
				t.Fatal(errs)
			}
			s.is(t, !active)
			m.settled(t, s.arguments(active))
		})
	}
}

// suspended_at keeps the time of the last verification if a later apply fails.
func TestUserAccessSuspension_suspendedAtKept(t *testing.T) {
	t.Parallel()
	s := newSuspended(t)
	m := s.managed(t)
	m.run(t.Context(), s.arguments(true))
	before := m.attribute("suspended_at")
	s.AddAccountAssignment(s.InstanceID, s.assignments[0])
	s.Inject(simulator.Fault{Operation: simulator.DeleteAccountAssignment, Status: http.StatusForbidden, Code: "IIC.1000"})
	if errs, _ := m.run(t.Context(), s.arguments(true)); errs == "" || m.attribute("suspended_at") != before || before == "null" {
		t.Errorf("suspended_at is %s, was %s; errors: %s", m.attribute("suspended_at"), before, errs)
	}
}

// A create that changed nothing is not recorded.
func TestUserAccessSuspension_missingUser(t *testing.T) {
	t.Parallel()
	s := newSuspended(t)
	m := s.managed(t)
	arguments := s.arguments(true)
	arguments["user_id"] = tftypes.NewValue(tftypes.String, "nobody")
	errs, _ := m.run(t.Context(), arguments)
	if !strings.Contains(errs, "nobody") || !strings.Contains(errs, "Nothing was changed.") || !m.state.IsNull() {
		t.Errorf("%s: %s", errs, m.state)
	}
	s.is(t, true)

	if errs, _ := m.run(t.Context(), s.arguments(true)); errs != "" {
		t.Fatal(errs)
	}
	s.RemoveUser(s.IdentityStoreID, s.userID)
	errs, warnings := m.refresh()
	if errs != "" || !strings.Contains(warnings, "is deleted") || !m.state.IsNull() {
		t.Errorf("%s%s: %s", errs, warnings, m.state)
	}
}

func TestUserAccessSuspension_protectedUser(t *testing.T) {
	t.Setenv("HW_IDENTITYCENTER_PROTECTED_USER_IDS", "somebody")
	s := newSuspended(t)
	m := s.managed(t)
	if errs, _ := m.run(t.Context(), s.arguments(true)); errs != "" {
		t.Fatal(errs)
	}
	t.Setenv("HW_IDENTITYCENTER_PROTECTED_USER_IDS", s.userID)
	restored := s.managed(t)
	restored.state, restored.private, restored.identity = m.state, m.private, m.identity
	// If the access of a protected user is already suspended, it may be restored. It cannot be
	// suspended again.
	restored.settled(t, s.arguments(true))
	if errs, _ := restored.run(t.Context(), s.arguments(false)); errs != "" {
		t.Fatal(errs)
	}
	s.is(t, true)
	for _, again := range []*suspensionServer{restored, s.managed(t)} {
		if errs, _ := again.run(t.Context(), s.arguments(true)); !strings.Contains(errs, "The user is protected") {
			t.Errorf("got %s", errs)
		}
	}
	s.is(t, true)
}

// The plan accepts unknown lists.
func TestUserAccessSuspension_unknownLists(t *testing.T) {
	t.Parallel()
	s := newSuspended(t)
	for _, active := range []bool{true, false} {
		m := s.managed(t)
		arguments := s.arguments(active)
		arguments["group_ids"] = tftypes.UnknownValue
		p, errs := m.plan(arguments)
		attributes := map[string]tftypes.Value{}
		if errs != "" || p.warnings != "" || p.planned.As(&attributes) != nil || attributes["present"].IsKnown() != active {
			t.Errorf("active %t: %s%s: %s", active, errs, p.warnings, attributes["present"])
		}
	}
	if len(s.Calls()) > 0 {
		t.Errorf("the plan calls %v", s.Operations())
	}
}

func TestUserAccessSuspension_invalidImportID(t *testing.T) {
	t.Parallel()
	m := newSuspended(t).managed(t)
	for _, id := range []string{"x", "instance/user", "instance/store/", "instance/store/user/more", "instance/st ore/user"} {
		m.imports(id, nil).says(t, "INSTANCE_ID/IDENTITY_STORE_ID/USER_ID", fmt.Sprintf("%q", id))
	}
}

// An import has empty lists. The next apply records those of the configuration and changes nothing.
func TestUserAccessSuspension_import(t *testing.T) {
	t.Parallel()
	for _, byIdentity := range []bool{false, true} {
		s := newSuspended(t)
		s.managed(t).managed.apply(t.Context(), s.arguments(true)).none(t)
		s.ResetCalls()

		m := s.managed(t).managed
		id, identity := strings.Join([]string{s.InstanceID, s.IdentityStoreID, s.userID}, "/"), map[string]string(nil)
		if byIdentity {
			id, identity = "", map[string]string{"instance_id": s.InstanceID, "identity_store_id": s.IdentityStoreID, "user_id": s.userID}
		}
		m.imports(id, identity).none(t)
		planned, found := m.plan(s.arguments(true))
		found.none(t)
		if planned.empty() || planned.replaces {
			t.Errorf("the lists are not updated in place: %s", planned.planned)
		}
		m.apply(t.Context(), s.arguments(true)).none(t)
		if planned, _ = m.plan(s.arguments(true)); !planned.empty() {
			t.Errorf("the plan is not empty: %s", planned.planned)
		}
		for _, operation := range s.Operations() {
			if !strings.HasPrefix(operation, "Describe") && !strings.HasPrefix(operation, "List") {
				t.Errorf("the import calls %s", operation)
			}
		}
		m.apply(t.Context(), s.arguments(false)).none(t)
		s.is(t, true)
	}
}

// The recorded lists of the data source are suspended and restored with the documented policy. A
// group without assignments is left out.
func TestAccUserAccessSuspension_incident(t *testing.T) {
	t.Parallel()
	s := newSuspended(t)
	key := s.Management
	key.Actions = append(policy(t, "suspend"), "IdentityCenter:permissionSet:describe")
	s.AddKey(key)
	w := newWorkspace(t, s.config(key, "", testdata(t, "main.tf")))
	silent(t, expect(t, w, 0, "apply", "-auto-approve", "-no-color"), "Warning")
	s.is(t, false)
	expect(t, w, 0, "plan", "-detailed-exitcode")

	s.AddMember(s.IdentityStoreID, s.groups[1], s.userID)
	says(t, expect(t, w, 2, "plan", "-detailed-exitcode", "-no-color"), "has suspended access", "Plan: 0 to add, 1 to change, 0 to destroy.")
	expect(t, w, 0, "apply", "-auto-approve", "-no-color", "-var=restore=true")
	s.is(t, true)
	expect(t, w, 0, "plan", "-detailed-exitcode", "-var=restore=true")

	expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	s.is(t, false)
	s.ResetCalls()
	says(t, expect(t, w, 0, "destroy", "-auto-approve", "-no-color"), "is not restored", "stays suspended", s.assignments[0].PermissionSetID, s.groups[2])
	s.is(t, false)
	for _, operation := range s.Operations() {
		if strings.HasPrefix(operation, "Create") || strings.HasPrefix(operation, "Delete") {
			t.Errorf("the destroy calls %s", operation)
		}
	}
}

// suspension returns the configuration of a suspension of all listed access, with this name.
func (s *suspended) suspension(name, lifecycle string) string {
	var assignments strings.Builder
	for _, a := range s.assignments {
		fmt.Fprintf(&assignments, "    { account_id = %q, permission_set_id = %q },\n", a.AccountID, a.PermissionSetID)
	}
	return s.config(s.Management, "max_retries = 0", fmt.Sprintf(`
variable "restore" {
  type    = bool
  default = false
}

resource %q %q {
  instance_id       = "INSTANCE"
  identity_store_id = "STORE"
  user_id           = "CAROL"
  group_ids         = %s
  active            = !var.restore
  assignments = [
%s  ]

  timeouts {
    create = "5m"
    read   = "1m"
    update = "5m"
  }

  lifecycle {
    %s
  }
}
`, suspensionType, name, hcl(s.groups), assignments.String(), lifecycle))
}

// A taint, a replacement and a rename neither restore access nor lose the list.
func TestAccUserAccessSuspension_replacements(t *testing.T) {
	t.Parallel()
	for name, lifecycle := range map[string]string{"destroy first": "", "create first": "create_before_destroy = true"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuspended(t)
			w := newWorkspace(t, s.suspension("test", lifecycle))
			s.Inject(refusal(simulator.DeleteAccountAssignment, 4, 0, http.StatusForbidden, "IIC.1000", "refused for good"))
			says(t, expect(t, w, 1, "apply", "-auto-approve", "-no-color"), "was not suspended completely", "Not removed (8):", "refused for good")
			if got := resources(t, w)[suspensionName]["present"].([]any); len(got) != 8 {
				t.Errorf("present: %v", got)
			}
			s.ClearFaults()
			expect(t, w, 0, "apply", "-auto-approve", "-no-color")
			s.is(t, false)
			expect(t, w, 0, "plan", "-detailed-exitcode")

			expect(t, w, 0, "apply", "-auto-approve", "-no-color", "-replace="+suspensionName)
			s.is(t, false)
			if n := len(s.CallsOf(simulator.CreateAccountAssignment)) + len(s.CallsOf(simulator.CreateGroupMembership)); n > 0 {
				t.Errorf("%d calls restore access", n)
			}
			configure(t, w, s.suspension("renamed", lifecycle))
			expect(t, w, 0, "apply", "-auto-approve", "-no-color")
			s.is(t, false)

			expect(t, w, 0, "taint", suspensionType+".renamed")
			expect(t, w, 0, "apply", "-auto-approve", "-no-color", "-var=restore=true")
			s.is(t, true)
			expect(t, w, 0, "plan", "-detailed-exitcode", "-var=restore=true")
		})
	}
}

// An interrupt ends the apply within a second. The next apply finishes.
func TestAccUserAccessSuspension_interrupted(t *testing.T) {
	t.Parallel()
	for name, interrupt := range map[string]os.Signal{"Ctrl-C": os.Interrupt, "SIGTERM": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuspended(t)
			w := newWorkspace(t, s.suspension("test", ""))
			s.Inject(simulator.Fault{Operation: simulator.DeleteAccountAssignment, After: 4, Hang: true})
			command, wait := start(t.Context(), t, w, "apply", "-auto-approve", "-no-color")
			if err := s.Await(t.Context(), simulator.DeleteAccountAssignment, 12); err != nil {
				t.Fatal(err)
			}
			begun := time.Now()
			if err := command.Process.Signal(interrupt); err != nil {
				t.Fatal(err)
			}
			output := wait()
			took := time.Since(begun)
			t.Logf("ended %s after the interrupt", took)
			if took > 3*time.Second {
				t.Errorf("ended %s after the interrupt", took)
			}
			says(t, output, "was not suspended completely", "The run was interrupted.", "Not removed (8):", "Removed by this apply (7):")
			if got := resources(t, w)[suspensionName]["present"].([]any); len(got) != 8 {
				t.Errorf("present: %v", got)
			}
			s.ClearFaults()
			expect(t, w, 0, "apply", "-auto-approve", "-no-color")
			s.is(t, false)
			expect(t, w, 0, "plan", "-detailed-exitcode")
		})
	}
}
