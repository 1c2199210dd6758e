// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"math/big"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// Calls fail at random and runs are interrupted. The state never has more sessions than were ended,
// and fewer only if the error says that a call may have been carried out. Exceptions keep their
// sessions. In the end one apply finishes, with an empty plan.
func TestBulk_randomFaultsProperty(t *testing.T) {
	t.Parallel()
	for _, seed := range acctest.Seeds(t) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			run := &faultyBulk{t: t, cloud: newCloud(t), Rand: rand.New(rand.NewPCG(seed, 150))}
			run.cloud.AddInstance(simulator.Instance{InstanceID: "ssoins-bulk", IdentityStoreID: bulkStore})
			// Sometimes two pages of users.
			run.users = run.cloud.SeedUsers(bulkStore, []int{20, 25, 30, 110}[run.IntN(4)], sessionsPerUser)
			run.object = run.cloud.object(t, bulkName)
			for n := range 3 {
				run.step(n)
			}
			run.settle()
		})
	}
}

const (
	bulkStore       = "d-bulk000000"
	sessionsPerUser = 2
	exceptions      = 5
)

// faultyBulk ends the sessions of all users of bulkStore, except for some, while calls fail.
type faultyBulk struct {
	*rand.Rand
	t      *testing.T
	cloud  *cloud
	object *managed
	users  []simulator.SeededUser
}

func (r *faultyBulk) config() values {
	return values{
		"identity_store_id": bulkStore, "all_users": true, "all_sessions": true, "except_user_ids": idsOf(r.users[:exceptions]),
		"verify": r.IntN(3) == 0,
	}
}

// left returns the number of sessions.
func (r *faultyBulk) left() (left int) {
	for _, user := range r.users {
		left += len(r.cloud.Sessions(bulkStore, user.UserID))
	}
	return left
}

// fault makes some calls fail, before or after they are carried out.
func (r *faultyBulk) fault() {
	faults := []simulator.Fault{
		{DropBefore: true}, {DropAfter: true}, {CutBody: true}, {Status: http.StatusBadGateway}, {Status: http.StatusGatewayTimeout, Done: true},
		refusal("", 0, 0, http.StatusForbidden, "IIC.1000", "denied"), refusal("", 0, 0, http.StatusConflict, "IIC.1006", "later"),
	}
	operations := []string{"", simulator.ListUsers, simulator.ListSessions, simulator.BatchDeleteSessions, simulator.BatchDeleteSessions}
	fault := faults[r.IntN(len(faults))]
	fault.Operation, fault.After, fault.Times = operations[r.IntN(len(operations))], r.IntN(25), 1+r.IntN(4)
	r.cloud.Inject(fault)
}

// step replaces the revocation while calls fail, and compares the state with the server.
func (r *faultyBulk) step(n int) {
	r.t.Helper()
	gone, overlap := []int{http.StatusOK, http.StatusNotFound, http.StatusBadRequest}[r.IntN(3)], r.IntN(2) == 0
	r.cloud.Configure(func(o *simulator.Options) { o.Gone, o.OverlappingPages = gone, overlap })
	for range 1 + r.IntN(3) {
		r.fault()
	}
	r.cloud.AddSession(bulkStore, r.users[exceptions+n].UserID, simulator.Session{})
	ctx, cancel := context.WithCancel(r.t.Context())
	defer cancel()
	if after := 1 + r.IntN(50); r.IntN(3) == 0 {
		r.cloud.ResetCalls()
		go func() {
			if r.cloud.Await(ctx, "", after) == nil {
				cancel()
			}
		}()
	}
	before := r.left()
	r.object.server = r.cloud.serve(r.t, attrs{"max_retries": r.IntN(2), "request_timeout": "30s"})
	found := r.object.apply(ctx, r.config().with("triggers", attrs{"step": strconv.Itoa(n)}))
	r.cloud.ClearFaults()

	ended, complete := before-r.left(), r.object.attribute("complete")
	recorded := r.recorded()
	if recorded > ended || recorded < ended && !strings.Contains(found.text(0), "may have been carried out") {
		r.t.Errorf("%d sessions were ended, the state has %d:\n%s", ended, recorded, found.text(0))
	}
	switch {
	case !found.failed() && (complete != "true" || r.left() != exceptions*sessionsPerUser):
		r.t.Errorf("%d sessions are left after a success: %s", r.left(), r.object.state)
	case found.failed() && recorded > 0 && (complete != "false" || !r.object.tainted):
		r.t.Errorf("complete %s and tainted %t after a failure:\n%s", complete, r.object.tainted, found.text(0))
	}
	r.checkExceptions()
}

// recorded returns the number of sessions in the state.
func (r *faultyBulk) recorded() int {
	var attributes map[string]tftypes.Value
	var count big.Float
	if err := r.object.state.As(&attributes); err != nil {
		r.t.Fatal(err)
	}
	if value := attributes["revoked_session_count"]; !value.IsNull() {
		if err := value.As(&count); err != nil {
			r.t.Fatal(err)
		}
	}
	n, _ := count.Int64()
	return int(n)
}

func (r *faultyBulk) checkExceptions() {
	r.t.Helper()
	for _, user := range r.users[:exceptions] {
		if n := len(r.cloud.Sessions(bulkStore, user.UserID)); n != sessionsPerUser {
			r.t.Errorf("%d sessions of the exception %s are left", n, user.UserID)
		}
	}
}

// settle runs without faults.
func (r *faultyBulk) settle() {
	r.t.Helper()
	r.object.server = r.cloud.serve(r.t, attrs{"request_timeout": "30s"})
	config := r.config()
	found := r.object.apply(r.t.Context(), config)
	if found.failed() || r.object.attribute("complete") != "true" || r.left() != exceptions*sessionsPerUser {
		r.t.Fatalf("%d sessions are left: %s\n%s", r.left(), r.object.state, found.text(0))
	}
	if planned, found := r.object.plan(config); !planned.empty() || found.failed() {
		r.t.Errorf("the last plan is not empty: %s\n%s", planned.planned, found.text(0))
	}
	r.checkExceptions()
}
