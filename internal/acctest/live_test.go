// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/credentials"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// The variables of LIVE.md.
const (
	envRead        = "IDENTITYCENTER_LIVE"
	envEndSessions = "IDENTITYCENTER_LIVE_END_SESSIONS_OF"
	envLock        = "IDENTITYCENTER_LIVE_LOCK"
	envCut         = "IDENTITYCENTER_LIVE_CUT"
	envOldPolicies = "IDENTITYCENTER_LIVE_REPLACE_OLD_POLICIES_OF"
	envPause       = "IDENTITYCENTER_LIVE_PAUSE"
	envEndpoint    = "IDENTITYCENTER_LIVE_ENDPOINT"
)

const (
	// nobody is the ID and the name of a user or group that does not exist.
	nobody = "00000000-0000-4000-8000-000000000000"
	// shortPolicy is the smaller of the two documented limits of a custom policy.
	shortPolicy = 10_240
	undoTimeout = 5 * time.Minute
)

// TestLive runs the client against the real cloud and prints the reading of each open fact of
// API-FACTS.md. Without variables it makes no call.
func TestLive(t *testing.T) {
	if os.Getenv(envRead) != "yes" {
		t.Skipf("The live test needs %s=yes; see LIVE.md.", envRead)
	}
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt)
	defer stop()
	l, err := newLive(ctx, os.Getenv, t.Logf, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	failed := l.run()
	if l.report(openFacts(t)); failed != nil {
		t.Error(failed)
	}
}

// live is a run against a real cloud.
type live struct {
	ctx              context.Context //nolint:containedctx // It has the logger that keeps all responses.
	client           *identitycenter.Client
	log              bytes.Buffer // Calls are sequential.
	printf           func(format string, args ...any)
	env              func(string) string
	pollEvery, pause time.Duration

	readings map[string]string
	instance identitycenter.Instance
	user     identitycenter.User
	sessions []string
	sets     []string // IDs of the user's permission sets
}

// newLive checks the variables and returns a client. The user to lock, and the permission set whose
// old policies may be deleted, must be named in two variables.
func newLive(ctx context.Context, env func(string) string, printf func(string, ...any), pollEvery time.Duration) (*live, error) {
	l := &live{env: env, printf: printf, pollEvery: pollEvery, readings: map[string]string{}}
	if text := env(envPause); text != "" {
		var err error
		if l.pause, err = time.ParseDuration(text); err != nil {
			return nil, fmt.Errorf("%s must be a duration such as 10m", envPause)
		}
	}
	if env(envLock) != "" && env(envLock) != env(envEndSessions) {
		return nil, fmt.Errorf("%s must name the same user as %s", envLock, envEndSessions)
	}
	if env(envOldPolicies) != "" && env(envOldPolicies) != env(envCut) {
		return nil, fmt.Errorf("%s must name the same permission set as %s", envOldPolicies, envCut)
	}
	l.ctx = tflogtest.RootLogger(ctx, &l.log)
	settings, err := credentials.Load(credentials.Config{}, env)
	if err != nil {
		return nil, err
	}
	endpoints := transport.Endpoints{Region: settings.Region, Cloud: settings.Cloud}
	if url := env(envEndpoint); url != "" {
		endpoints.Overrides = map[transport.Service]string{}
		for _, service := range transport.Services() {
			endpoints.Overrides[service] = url
		}
	}
	t := transport.New(transport.Config{
		Endpoints: endpoints, UserAgent: "terraform-provider-identitycenter/live", RequestTimeout: transport.DefaultRequestTimeout,
		MaxRetries: transport.DefaultMaxRetries, MaxConcurrentRequests: 1,
	})
	keys, err := settings.Source(l.ctx, t)
	l.client = identitycenter.New(t, keys, true)
	return l, err
}

// report prints the reading of each fact.
func (l *live) report(facts map[string]string) {
	for _, id := range sortedKeys(facts) {
		reading := l.readings[id]
		if reading == "" {
			reading = "not tried; LIVE.md has what it needs"
		}
		l.printf("%s: %s\n    %s", id, facts[id], transport.Printable(reading, transport.LongestText))
	}
}

// response is a response in the log of the client.
type response struct {
	Operation string
	Status    int
	Body      string
}

// all returns the responses of an operation.
func (l *live) all(operation string) (all []response) {
	for line := range bytes.Lines(l.log.Bytes()) {
		var r response
		if json.Unmarshal(line, &r) == nil && r.Operation == operation && r.Status != 0 && bytes.Contains(line, []byte(`"body":`)) {
			all = append(all, r)
		}
	}
	return all
}

// last returns the last response of an operation. Its status is 0 if there was none.
func (l *live) last(operation string) response {
	all := append([]response{{}}, l.all(operation)...)
	return all[len(all)-1]
}

// decode returns the members of the body.
func (r response) decode() map[string]any {
	var members map[string]any
	_ = json.Unmarshal([]byte(r.Body), &members)
	return members
}

func (r response) String() string {
	return strings.TrimSpace(fmt.Sprintf("%d %.300s", r.Status, r.Body))
}

// read keeps the first reading of a fact.
func (l *live) read(fact, format string, args ...any) {
	if l.readings[fact] == "" {
		l.readings[fact] = fmt.Sprintf(format, args...)
	}
}

var actionPattern = regexp.MustCompile(`IdentityCenter:\w+:\w+`)

// ok reports whether a call succeeded. It reads the decision of a 403.
func (l *live) ok(err error) bool {
	if err == nil {
		return true
	}
	l.printf("  %s", transport.Printable(err.Error(), transport.LongestText))
	var denied *identitycenter.DeniedError
	if errors.As(err, &denied) && denied.Decision != "" {
		l.read("decision-shape", "members: %s", strings.Join(sortedKeys(response{Body: denied.Decision}.decode()), ", "))
		action := denied.Err.Operation + " needs " + actionPattern.FindString(denied.Decision)
		switch denied.Err.Operation {
		case "ListUsers", "DescribeUser", "DescribeUsers":
			l.read("user-actions", "%s", action)
		case "ListGroupMemberships", "ListGroupMembershipsForMember":
			l.read("membership-actions", "%s", action)
		}
	}
	var failed *transport.Error
	if errors.As(err, &failed) && failed.Status == 429 {
		l.read("throttle-message", "%s", l.last(failed.Operation))
	}
	return false
}

// take returns up to 20 elements of a list.
func take[T any](l *live, list iter.Seq2[T, error]) (elements []T) {
	for element, err := range list {
		if !l.ok(err) || len(elements) == 20 {
			break
		}
		elements = append(elements, element)
	}
	return elements
}

// run runs the stages that the variables allow.
func (l *live) run() error {
	l.printf("Reading instances, users, groups, sessions, access and policies")
	if err := l.readAll(); err != nil {
		return err
	}
	if l.env(envEndSessions) != "" {
		l.printf("Ending sessions of user %q", l.user.UserName)
		l.endSome()
	}
	if l.env(envLock) != "" {
		l.printf("Disabling user %q", l.user.UserName)
		if err := l.lock(); err != nil {
			return err
		}
	}
	if l.env(envEndSessions) != "" {
		l.printf("Ending all sessions of user %q", l.user.UserName)
		if l.list(); len(l.sessions) > 0 {
			l.end(l.sessions...)
		}
		l.list()
	}
	if l.env(envCut) != "" {
		l.printf("Replacing the custom policy of permission set %s, and restoring it", l.env(envCut))
		return l.policies(l.env(envCut))
	}
	return l.ctx.Err()
}

func (l *live) readAll() error {
	instances := take(l, l.client.Instances(l.ctx))
	if len(instances) == 0 {
		return errors.New("no instance can be listed")
	}
	l.instance = instances[0]
	store := l.instance.IdentityStoreID
	l.read("store-id-form", "d- and 10 hex digits: %t, %d characters", regexp.MustCompile(`^d-[0-9a-f]{10}$`).MatchString(store), len(store))
	if l.env(envEndpoint) == "" {
		l.read("identitycenter-host", "the host without a region answers %d", l.last("ListInstances").Status)
	}
	if err := l.findUser(store); err != nil {
		return err
	}
	if l.user.ID != "" {
		l.readUser(store)
	}
	_, _, _ = l.client.GroupID(l.ctx, store, nobody)
	l.read("group-not-found", "%s", l.last("GetGroupId"))
	for _, set := range append(l.sets, l.env(envCut)) {
		if set != "" {
			l.readSet(set)
		}
	}
	return l.ctx.Err()
}

// findUser finds the user of END_SESSIONS_OF, or else one with sessions.
func (l *live) findUser(store string) error {
	name := l.env(envEndSessions)
	users := take(l, l.client.Users(l.ctx, store, name))
	if name != "" && len(users) != 1 {
		return fmt.Errorf("%d users are named %q instead of one; nothing was changed", len(users), name)
	}
	for i, user := range users {
		if i == 0 || len(l.sessions) == 0 {
			l.user = user
			l.list()
		}
	}
	return l.ctx.Err()
}

// list lists the sessions of the user, oldest last.
func (l *live) list() bool {
	sessions, _, err := l.client.ListSessions(l.ctx, l.instance.IdentityStoreID, l.user.ID)
	if !l.ok(err) {
		return false
	}
	l.sessions = nil
	for _, session := range sessions {
		l.sessions = append(l.sessions, session.ID)
	}
	raw, _ := l.last("ListSessions").decode()["session_list"].([]any)
	for _, session := range raw {
		members, _ := session.(map[string]any)
		created, _ := members["creation_time"].(float64)
		l.read("session-times", "creation_time is %.0f: seconds: %t", created, created < 1e11)
		if agent, _ := members["user_agent"].(string); agent != "" {
			l.read("session-user-agent", "%q: brackets: %t", agent, strings.HasPrefix(agent, "["))
		}
	}
	return true
}

func (l *live) readUser(store string) {
	if name := []rune(l.user.UserName); len(name) > 1 {
		take(l, l.client.Users(l.ctx, store, string(name[:len(name)-1])))
		found, _ := l.last("ListUsers").decode()["users"].([]any)
		l.read("user-name-filter", "the beginning of a name finds %d users", len(found))
	}
	_, _, err := l.client.DescribeUsers(l.ctx, store, []string{l.user.ID, nobody})
	l.ok(err)
	described, _ := l.last("DescribeUsers").decode()["users"].([]any)
	l.read("unknown-users", "%d with %d users for 2 IDs", l.last("DescribeUsers").Status, len(described))
	ofUser := take(l, l.client.AccountAssignments(l.ctx, l.instance.ID, l.user.ID, identitycenter.PrincipalUser))
	raw := l.last("ListAccountAssignmentsForPrincipal").Body
	assignments := slices.Clone(ofUser)
	for _, membership := range take(l, l.client.MembershipsOf(l.ctx, store, l.user.ID)) {
		group := membership.GroupID
		take(l, l.client.GroupMembers(l.ctx, store, group))
		ofGroup := take(l, l.client.AccountAssignments(l.ctx, l.instance.ID, group, identitycenter.PrincipalGroup))
		for _, a := range ofGroup {
			listed := slices.ContainsFunc(ofUser, func(b identitycenter.AccountAssignment) bool {
				return a.AccountID == b.AccountID && a.PermissionSetID == b.PermissionSetID
			})
			l.read("assignments-of-user", "an assignment of a group is among the user's: %t, as the group's: %t", listed, strings.Contains(raw, group))
		}
		assignments = append(assignments, ofGroup...)
	}
	for _, a := range assignments {
		if !slices.Contains(l.sets, a.PermissionSetID) {
			l.sets = append(l.sets, a.PermissionSetID)
		}
	}
}

// readSet reads a permission set and its policies.
func (l *live) readSet(id string) {
	_, _, err := l.client.PermissionSet(l.ctx, l.instance.ID, id)
	if l.ok(err) {
		set, _ := l.last("DescribePermissionSet").decode()["permission_set"].(map[string]any)
		l.read("created-date-type", "%T", set["created_date"])
	}
	policy, _, err := l.client.CustomPolicy(l.ctx, l.instance.ID, id)
	if l.ok(err) && policy == "" {
		l.read("no-policy", "%s", l.last("GetCustomPolicyForPermissionSet"))
	}
	take(l, l.client.ProvisionedAccounts(l.ctx, l.instance.ID, id, false))
}

func (l *live) end(ids ...string) {
	for batch := range slices.Chunk(ids, 100) {
		_, err := l.client.BatchDeleteSessions(l.ctx, l.instance.IdentityStoreID, l.user.ID, batch)
		l.ok(err)
	}
}

// endSome ends the last session. It then sends that session again, together with the one before it.
func (l *live) endSome() {
	n := len(l.sessions)
	if n < 2 {
		return
	}
	first, next := l.sessions[n-1], l.sessions[n-2]
	if l.end(first); l.last("BatchDeleteSessions").Status != 200 || !l.list() {
		return
	}
	listed := slices.Contains(l.sessions, first)
	if l.read("session-end-shows", "an ended session is listed: %t", listed); listed {
		return
	}
	l.end(first, next)
	l.read("gone-session", "%s", l.last("BatchDeleteSessions"))
	l.list()
}

// lock disables the user and always enables the user again.
func (l *live) lock() (err error) {
	store, id := l.instance.IdentityStoreID, l.user.ID
	user, _, err := l.client.User(l.ctx, store, id)
	if !l.ok(err) || user.Disabled() {
		return fmt.Errorf("user %q is not enabled, or cannot be read: the lock was not tried", l.user.UserName)
	}
	l.list()
	before := l.sessions
	_, disableErr := l.client.DisableUser(l.ctx, store, id)
	if strings.HasPrefix(user.CreatedBy, "SCIM/") {
		l.read("disable-provisioned", "%s", l.last("DisableUser"))
	}
	defer func() { err = errors.Join(err, l.unlock()) }()
	if !l.ok(disableErr) {
		return nil
	}
	polls, shown := l.poll(l.ctx, false)
	l.read("disable-shows", "DescribeUser shows the change: %t, after %d calls with the old state", shown, polls)
	listed := l.list()
	listing, ending := l.last("ListSessions"), response{}
	if listed && len(before) > 0 {
		l.read("disable-ends-sessions", "%d of %d sessions are left", len(l.sessions), len(before))
	}
	if len(before) > 0 {
		l.end(before[len(before)-1])
		ending = l.last("BatchDeleteSessions")
	}
	l.read("disable-sessions-listed", "listing: %d, ending: %s", listing.Status, ending)
	_, again := l.client.DisableUser(l.ctx, store, id)
	l.ok(again)
	l.read("already-in-state", "%s", l.last("DisableUser"))
	_, unknown := l.client.DisableUser(l.ctx, store, nobody)
	l.ok(unknown)
	l.read("disable-unknown", "%s", l.last("DisableUser"))
	if l.pause > 0 {
		l.printf("The user stays disabled for %s. Try what LIVE.md lists.", l.pause)
	}
	return transport.Sleep(l.ctx, l.pause)
}

func (l *live) unlock() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(l.ctx), undoTimeout)
	defer cancel()
	l.printf("Enabling user %q", l.user.UserName)
	_, err := l.client.EnableUser(ctx, l.instance.IdentityStoreID, l.user.ID)
	l.ok(err)
	if _, shown := l.poll(ctx, true); !shown {
		return fmt.Errorf("user %q may still be disabled: enable the user in the console", l.user.UserName)
	}
	return nil
}

// poll reads the user until the status shows, and returns the number of reads with the old status.
func (l *live) poll(ctx context.Context, enabled bool) (polls int, shown bool) {
	for range 15 {
		user, _, err := l.client.User(ctx, l.instance.IdentityStoreID, l.user.ID)
		if l.ok(err) && user.Disabled() != enabled {
			return polls, true
		}
		if polls++; transport.Sleep(ctx, l.pollEvery) != nil {
			break
		}
	}
	return polls, false
}

// oldPolicies reports whether the permission set has a custom role or system-defined roles.
func (l *live) oldPolicies(set string) (bool, error) {
	role, _, err := l.client.CustomRole(l.ctx, l.instance.ID, set)
	for _, err := range l.client.ManagedRoles(l.ctx, l.instance.ID, set) {
		return true, err
	}
	return role != "", err
}

var sidPattern = regexp.MustCompile(`"Sid"\s*:\s*"[^"]*"\s*,?\s*`)

// policies puts a policy without effect, restores the previous policy and provisions it. Accounts
// never receive the policy without effect.
func (l *live) policies(set string) error {
	original, _, err := l.client.CustomPolicy(l.ctx, l.instance.ID, set)
	if err != nil {
		return fmt.Errorf("the custom policy was not replaced, because it cannot be read: %w", err)
	}
	old, err := l.oldPolicies(set)
	if err != nil || old && l.env(envOldPolicies) == "" {
		return fmt.Errorf("the custom policy was not replaced: the permission set has policies of the old kind, which that may delete (%s), or they cannot be read: %w", envOldPolicies, errors.Join(err))
	}
	for _, padding := range []int{shortPolicy, 0} {
		if !old || padding == 0 { // With old policies, only a probe that cannot be refused for its length is sent.
			if l.probe(set, fmt.Sprintf(probePolicy, strings.Repeat("x", padding)), old) {
				break
			}
		}
	}
	return errors.Join(l.restore(set, original), l.provision(set))
}

// probePolicy denies everything to a principal that does not exist.
const probePolicy = `{ "Version":"5.0","Statement":[{"Sid":"liveTest","Effect":"Deny","Action":["*"],"Resource":["*"],` +
	`"Condition":{"StringMatch":{"g:PrincipalUrn":["nobody-%s"]}}}]}`

// probe puts a policy, reads it back, and reports whether it was accepted.
func (l *live) probe(set, policy string, old bool) bool {
	_, err := l.client.PutCustomPolicy(l.ctx, l.instance.ID, set, policy)
	if len(policy) > shortPolicy {
		l.read("policy-limit", "%d characters: %s", len(policy), l.last("PutCustomPolicyToPermissionSet"))
	}
	if !l.ok(err) {
		return false
	}
	got, _, err := l.client.CustomPolicy(l.ctx, l.instance.ID, set)
	if l.ok(err) {
		l.read("policy-sid", "the Sid is kept: %t", strings.Contains(got, `"Sid"`))
		l.read("policy-bytes", "equal apart from the Sid: %t", sidPattern.ReplaceAllString(got, "") == sidPattern.ReplaceAllString(policy, ""))
	}
	if left, err := l.oldPolicies(set); old && l.ok(err) {
		l.read("put-deletes-old-policies", "policies of the old kind are left: %t", left)
	}
	return true
}

// restore puts the previous policy, also after an interrupt.
func (l *live) restore(set, original string) (err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(l.ctx), undoTimeout)
	defer cancel()
	if original == "" {
		_, err = l.client.DeleteCustomPolicy(ctx, l.instance.ID, set)
	} else {
		_, err = l.client.PutCustomPolicy(ctx, l.instance.ID, set, original)
	}
	now, _, readErr := l.client.CustomPolicy(ctx, l.instance.ID, set)
	switch {
	case readErr == nil && now == original:
		return nil
	case err == nil && readErr == nil && now != "":
		l.printf("  The restored policy reads differently: %q", now)
		return nil
	}
	return fmt.Errorf("the custom policy of permission set %s may not be restored: put it back in the console; it was %q: %w", set, original, errors.Join(err, readErr))
}

// provision starts two provisionings at once and waits for the first.
func (l *live) provision(set string) error {
	p, _, err := l.client.Provision(l.ctx, l.instance.ID, set)
	if !l.ok(err) {
		return err
	}
	if p.Status == identitycenter.InProgress {
		_, _, err := l.client.Provision(l.ctx, l.instance.ID, set)
		l.ok(err)
		l.read("provisioning-conflict", "%s", l.all("ProvisionPermissionSet")[1]) // A 409 is retried.
	}
	for polls := range 15 {
		if p.Status != identitycenter.InProgress {
			l.read("provisioning-polls", "%s after %d readings", p.Status, polls)
			return nil
		}
		if err := transport.Sleep(l.ctx, l.pollEvery); err != nil {
			return err
		}
		if p, _, err = l.client.ProvisioningStatus(l.ctx, l.instance.ID, p.RequestID); !l.ok(err) {
			return err
		}
	}
	return fmt.Errorf("the provisioning of permission set %s is still in progress", set)
}
