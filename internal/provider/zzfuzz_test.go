package provider_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

func TestZZFuzz(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("ZZN"))
	from, _ := strconv.Atoi(os.Getenv("ZZFROM"))
	for seed := from; seed < from+n; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			zzrun(t, uint64(seed))
		})
	}
}

func zzrun(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 99))
	c := newCloud(t)
	var log []string
	drop := r.IntN(2) == 0
	c.Configure(func(o *simulator.Options) {
		o.DropSid = drop
		o.ReformatPolicies = r.IntN(2) == 0
		if r.IntN(2) == 0 {
			o.NoPolicy = 404
		}
		o.ProvisioningConflict = r.IntN(2) == 0
	})
	log = append(log, fmt.Sprint("drop ", drop))
	if r.IntN(2) == 0 {
		for i := range c.PermissionSets {
			c.PermissionSets[i].CustomPolicy = ""
			c.SetCustomPolicy(c.InstanceID, c.PermissionSets[i].PermissionSetID, "")
			c.Provision(c.InstanceID, c.PermissionSets[i].PermissionSetID)
		}
	}
	faulty := append([]string{simulator.DeleteCustomPolicyFromPermissionSet, simulator.PutCustomPolicyToPermissionSet}, faultyOperations...)
	objects := make([]*managed, 2)
	configs := make([]values, 2)
	for i := range objects {
		objects[i], configs[i] = c.cutoff(t)
		configs[i]["allow_early_removal"] = true
		configs[i]["issued_before"] = hoursAgo(1 + i)
	}
	// count of sets with statements
	count := func() int {
		n := 0
		for i := range c.PermissionSets {
			n += strings.Count(c.policyOf(i), "g:TokenIssueTime")
		}
		return n
	}
	fail := func(format string, args ...any) {
		t.Helper()
		t.Fatalf(format+"\n\n%s", append(args, strings.Join(log, "\n"))...)
	}
	stale := 0
	edits := 0
	var mu sync.Mutex
	for range 7 {
		i := r.IntN(2)
		o, config := objects[i], configs[i]
		// a new process
		if r.IntN(2) == 0 {
			o.server = c.serve(t)
		}
		stale = r.IntN(3)
		c.Configure(func(o *simulator.Options) { o.StalePolicyReads, o.ProvisioningPolls, o.ProvisioningStatusMissing = stale, r.IntN(2), r.IntN(2) })
		for range r.IntN(3) {
			faults := []simulator.Fault{
				{Status: http.StatusBadGateway}, {Status: http.StatusGatewayTimeout, Done: true}, {DropBefore: true}, {DropAfter: true}, {CutBody: true},
				simulator.Refuse(http.StatusForbidden, "IIC.1000", "no"), simulator.Refuse(http.StatusConflict, "IIC.1007", "no"),
				{Status: 408},  {Status: 202, Done: true}, {Status: 302}, {Status: 202}, simulator.Refuse(404, "IIC.404", "no"),
			}
			fault := faults[r.IntN(len(faults))]
			fault.Operation, fault.After, fault.Times = faulty[r.IntN(len(faulty))], r.IntN(4), r.IntN(4)
			if fault.Status == 404 && fault.Operation == simulator.GetCustomPolicyForPermissionSet {
				fault.Times = 1
			}
			log = append(log, fmt.Sprintf("%+v", fault))
			c.Inject(fault)
		}
		theirs := 0
		unhook := func() {}
		if r.IntN(3) == 0 && stale == 0 {
			left := 1 + r.IntN(3)
			nth := r.IntN(5)
			unhook = c.Before(simulator.GetCustomPolicyForPermissionSet, func() {
				mu.Lock()
				defer mu.Unlock()
				if nth--; nth >= 0 || left == 0 {
					return
				}
				left--
				theirs++
				edits++
				text := c.policyOf(0)
				if text == "" {
					text = `{"Version":"5.0","Statement":[]}`
				}
				sid := fmt.Sprintf(`"Sid":"theirs%d",`, edits)
				if drop {
					sid = ""
				}
				st := `{` + sid + `"Effect":"Allow","Action":["a:b:c` + fmt.Sprint(edits) + `"],"Resource":["*"]}`
				_, rest, _ := strings.Cut(text, "[")
				sep := ","
				if strings.HasPrefix(strings.TrimSpace(rest), "]") {
					sep = ""
				}
				c.SetCustomPolicy(c.InstanceID, c.PermissionSets[0].PermissionSetID, strings.Replace(text, "[", "["+st+sep, 1))
				mu.Unlock()
				mu.Lock()
			})
		}
		c.Configure(func(o *simulator.Options) {
			o.ProvisioningFailure = ""
			if r.IntN(6) == 0 {
				o.ProvisioningFailure = "closed"
			}
		})
		if r.IntN(8) == 0 {
			c.RemoveAccount(c.InstanceID, c.PermissionSets[0].PermissionSetID, c.Accounts[0])
		}
		unknown := false
		switch r.IntN(8) {
		case 0:
			config = nil
		case 1:
			config = config.with("active", false)
		case 2, 3:
			config = config.with("issued_before", hoursAgo(1+i+2*r.IntN(5)))
		case 4:
			config = config.with("permission_set_id", c.PermissionSets[1].PermissionSetID)
		case 5:
			config = config.with("issued_before", fmt.Sprintf("2026-11-29T08:%02d:%02dZ", r.IntN(60), r.IntN(60)))
		case 6:
			if !o.state.IsNull() && r.IntN(2) == 0 {
				o.tainted = true
			}
			unknown = true
		}
		ctx, cancel := context.WithCancel(t.Context())
		stop := func() {}
		if r.IntN(5) == 0 {
			stop = c.Before(faulty[r.IntN(len(faulty))], cancel)
		}
		var found messages
		if unknown && config != nil {
			found = o.read()
			if !found.failed() {
				real := config.with("active", r.IntN(2) == 0)
				planned, more := o.plan(config.with("active", tftypes.UnknownValue))
				found = append(found, more...)
				if !found.failed() {
					if planned.replaces {
						found = append(found, o.carryOut(ctx, change{prior: o.state, planned: o.config(nil), config: o.config(nil), private: planned.private})...)
					}
					if !found.failed() {
						prior := o.state
						again, _, more := o.planOnce(prior, o.config(real), o.private)
						again.prior = prior
						found = append(found, more...)
						if !found.failed() && !again.empty() {
							found = append(found, o.carryOut(ctx, again)...)
						}
					}
				}
				config = real
			}
		} else {
			found = o.apply(ctx, config)
		}
		stop()
		unhook()
		cancel()
		log = append(log, fmt.Sprint("edits by others ", theirs))
		for n := range edits {
			if !strings.Contains(c.policyOf(0), fmt.Sprintf("a:b:c%d\"", n+1)) {
				log = append(log, found.text(0))
				fail("edit %d is lost: %s", n+1, c.policyOf(0))
			}
		}
		c.ClearFaults()
		log = append(log, fmt.Sprintf("object %d: apply %v (replaced %v): %s\n   -> active %s issued %s id %s tainted %v\n   p0: %s\n", i, config, unknown, found.text(0), o.attribute("active"), o.attribute("issued_before"), o.attribute("statement_id"), o.tainted, c.policyOf(0)))
		if !found.failed() && config != nil && o.attribute("active") == "true" {
			set := 0
			if config["permission_set_id"] == c.PermissionSets[1].PermissionSetID {
				set = 1
			}
			if p := c.provisionedOf(set); p != "" && !strings.Contains(p, `":["`+o.attribute("issued_before")) {
				fail("not provisioned: %s", p)
			}
		}
		max := 0
		for _, o := range objects {
			if !o.state.IsNull() {
				max++
			}
		}
		if n := count(); n > max {
			fail("%d statements of %d", n, max)
		}
	}
	c.Configure(func(o *simulator.Options) { o.StalePolicyReads, o.ProvisioningPolls, o.ProvisioningStatusMissing, o.ProvisioningFailure = 0, 0, 0, "" })
	for i, o := range objects {
		found := o.apply(t.Context(), configs[i])
		log = append(log, "settle: "+found.text(0))
		if found.failed() {
			fail("settle fails")
		}
		if p := c.provisionedOf(0); p != "" && !strings.Contains(p, `":["`+o.attribute("issued_before")) {
			fail("not provisioned: %s", p)
		}
	}
	if n := count(); n != 2 {
		fail("%d statements", n)
	}
	for i, o := range objects {
		o.read()
		if planned, found := o.plan(configs[i]); !planned.empty() || found.failed() {
			fail("plan not empty %s %s", planned.planned, found.text(0))
		}
	}
	for _, o := range objects {
		if found := o.apply(t.Context(), nil); found.failed() {
			fail("destroy %s", found.text(0))
		}
	}
	if n := count(); n != 0 || strings.Contains(c.provisionedOf(0), "TokenIssue") || c.provisionedOf(1) != c.policyOf(1) {
		fail("left %d %s", n, c.policyOf(0))
	}
}
