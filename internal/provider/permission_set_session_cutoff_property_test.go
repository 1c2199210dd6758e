// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// ours matches a statement of this provider with the comma that joins it to the others.
var ours = regexp.MustCompile(`,\{"Sid":"identitycenterCutoff\d{12}"[^}]*\}\}\}`)

// Calls fail at random, reads are delayed and runs are interrupted. The state agrees with the
// server, except where the error says otherwise. Statements of other clients keep every byte. In
// the end one apply repairs everything.
func TestSessionCutoff_randomFaultsProperty(t *testing.T) {
	t.Parallel()
	for _, seed := range acctest.Seeds(t) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			run := &faultyRun{t: t, cloud: newCloud(t), Rand: rand.New(rand.NewPCG(seed, 23))}
			run.object, run.config = run.cloud.cutoff(t)
			run.config["allow_early_removal"] = true
			for range 6 {
				run.step()
			}
			run.settle()
		})
	}
}

// faultyRun changes a cutoff at random while calls fail.
type faultyRun struct {
	*rand.Rand
	t      *testing.T
	cloud  *cloud
	object *managed
	config values
	log    []string
	// halfReplaced is true after an error said that accounts keep a removed statement.
	halfReplaced bool
}

var faultyOperations = []string{
	simulator.GetCustomPolicyForPermissionSet, simulator.PutCustomPolicyToPermissionSet, simulator.ProvisionPermissionSet,
	simulator.DescribePermissionSetProvisioningStatus, simulator.ListAccountsForProvisionedPermissionSet, simulator.DescribePermissionSet,
}

// fault makes some calls of an operation fail.
func (r *faultyRun) fault() {
	faults := []simulator.Fault{
		{Status: http.StatusBadGateway}, {Status: http.StatusGatewayTimeout, Done: true}, {DropBefore: true}, {DropAfter: true}, {CutBody: true},
		simulator.Refuse(http.StatusForbidden, "IIC.1000", "no"), simulator.Refuse(http.StatusConflict, "IIC.1007", "no"),
	}
	fault := faults[r.IntN(len(faults))]
	fault.Operation, fault.After, fault.Times = faultyOperations[r.IntN(len(faultyOperations))], r.IntN(4), 1+r.IntN(3)
	r.log = append(r.log, fmt.Sprintf("%+v", fault))
	r.cloud.Inject(fault)
}

// step applies or destroys a configuration while calls fail, and checks the result.
func (r *faultyRun) step() {
	r.t.Helper()
	r.cloud.Configure(func(o *simulator.Options) { o.StalePolicyReads, o.ProvisioningPolls = r.IntN(3), r.IntN(2) })
	for range 1 + r.IntN(2) {
		r.fault()
	}
	config := r.config
	switch r.IntN(5) {
	case 0:
		config = nil
	case 1:
		config = r.config.with("active", false)
	case 2:
		config = r.config.with("issued_before", hoursAgo(1+r.IntN(5)))
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	defer cancel()
	if r.IntN(4) == 0 {
		defer r.cloud.Before(faultyOperations[r.IntN(len(faultyOperations))], cancel)()
	}
	found := r.object.apply(ctx, config)
	r.log = append(r.log, fmt.Sprintf("apply %v: %s", config, found.text(0)))
	r.cloud.ClearFaults()
	r.check(found)
}

// check compares the state with the server.
func (r *faultyRun) check(found messages) {
	r.t.Helper()
	policy := r.cloud.policyOf(0)
	if rest := ours.ReplaceAllString(policy, ""); rest != r.cloud.PermissionSets[0].CustomPolicy {
		r.fail("statements of others changed:\n%s", rest)
	}
	id := r.object.attribute("statement_id")
	n := len(ours.FindAllString(policy, -1))
	active := r.object.attribute("active")
	r.halfReplaced = strings.Contains(found.text(0), "Accounts keep it") || r.halfReplaced && active != "true"
	switch {
	case n > 1:
		r.fail("%d statements:\n%s", n, policy)
	case n == 1 && !strings.Contains(policy, id):
		r.fail("the statement is not in the state:\n%s", policy)
	case active == "true" && !found.failed() && (n == 0 || r.cloud.provisionedOf(0) != policy):
		r.fail("active, and not in force:\n%s\nprovisioned is:\n%s", policy, r.cloud.provisionedOf(0))
	case !found.failed() && active != "true" && !r.halfReplaced && (n != 0 || r.cloud.provisionedOf(0) != policy):
		r.fail("%s after a success:\n%s\nprovisioned is:\n%s", active, policy, r.cloud.provisionedOf(0))
	}
}

// settle runs without faults. One apply is enough, and a destroy leaves nothing.
func (r *faultyRun) settle() {
	r.t.Helper()
	r.cloud.Configure(func(o *simulator.Options) { o.StalePolicyReads, o.ProvisioningPolls = 0, 0 })
	found := r.object.apply(r.t.Context(), r.config)
	if r.log = append(r.log, "settle: "+found.text(0)); found.failed() {
		r.fail("the last apply fails")
		return
	}
	r.check(found)
	if planned, found := r.object.plan(r.config); !planned.empty() || found.failed() {
		r.fail("the last plan is not empty: %s\n%s", planned.planned, found.text(0))
	}
	if found := r.object.apply(r.t.Context(), nil); found.failed() || r.cloud.isAsBefore(nil) != nil {
		r.fail("left by the destroy: %v, %s", r.cloud.isAsBefore(nil), found.text(0))
	}
}

func (r *faultyRun) fail(format string, args ...any) {
	r.t.Helper()
	r.t.Fatalf(format+"\n\n%s", append(args, strings.Join(r.log, "\n"))...)
}
