// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// applied returns a workspace in which a fixture was applied, planned again and destroyed.
func (c *cloud) applied(t *testing.T, f fixture, arguments string) *acctest.Workspace {
	t.Helper()
	w := newWorkspace(t, c.config(c.Management, arguments, f.config), f.require...)
	expect(t, w, 0, "apply", "-auto-approve", "-no-color")
	expect(t, w, 0, "plan", "-detailed-exitcode", "-no-color")
	expect(t, w, 0, "destroy", "-auto-approve", "-no-color")
	return w
}

// counts returns the number of calls of each operation.
func (c *cloud) counts() map[string]int {
	counts := map[string]int{}
	for _, call := range c.Calls() {
		counts[call.Operation]++
	}
	return counts
}

// Transient faults of any call cost more calls and have no other effect.
func TestAccFaults_passing(t *testing.T) {
	t.Parallel()
	sequences := map[string][]simulator.Fault{
		"before the work": {
			{Status: http.StatusTooManyRequests, Code: "APIGW.0308"},
			{Status: http.StatusConflict, Code: "IIC.1006"},
			{Status: http.StatusServiceUnavailable, Body: "<html>busy</html>", ContentType: "text/html"},
			{DropBefore: true},
		},
		"in the middle":            {{Status: http.StatusBadGateway, CutBody: true, Body: "<html>"}, {Hang: true}},
		"after the work":           {{DropAfter: true}},
		"in the response":          {{CutBody: true}},
		"throttled, with a window": {{Status: http.StatusTooManyRequests, Code: "APIGW.0308", Header: http.Header{"Retry-After": {"1"}}}},
	}
	forEveryFixture(t, func(t *testing.T, f fixture) {
		quiet := newCloud(t)
		quiet.applied(t, f, "")
		calls := quiet.counts()
		for name, faults := range sequences {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				c := newCloud(t)
				for operation := range calls {
					for _, fault := range faults {
						fault.Operation, fault.Times = operation, 1
						c.Inject(fault)
					}
				}
				c.applied(t, f, "request_timeout = \"1s\"")
				if name != "before the work" {
					return
				}
				for operation, n := range calls {
					if got := c.counts()[operation]; got < n+len(faults) {
						t.Errorf("%d calls of %s, want %d", got, operation, n+len(faults))
					}
				}
			})
		}
	})
}

// tolerated lists the calls whose refusal is not an error, with the reason.
var tolerated = map[string]string{
	"data identitycenter_instance DescribeRegisteredRegions": "the region is null then",
	"data identitycenter_user_sessions DescribeUsers":        "a warning says that the names are missing",
}

// A refusal of any other call fails the run. The error names the call and the permission.
func TestAccFaults_lasting(t *testing.T) {
	t.Parallel()
	forEveryFixture(t, func(t *testing.T, f fixture) {
		quiet := newCloud(t)
		quiet.applied(t, f, "")
		for _, operation := range sortedKeys(quiet.counts()) {
			t.Run(operation, func(t *testing.T) {
				t.Parallel()
				c := newCloud(t)
				c.Inject(refusal(operation, 0, 0, http.StatusForbidden, "IIC.1000", "refused for good"))
				w := newWorkspace(t, c.config(c.Management, "decode_authorization_messages = false", f.config), f.require...)
				output, status, err := w.Run(t.Context(), "apply", "-auto-approve", "-no-color")
				if err == nil && status == 0 {
					// Only destroy makes some calls.
					record(t, w, output)
					output, status, err = w.Run(t.Context(), "destroy", "-auto-approve", "-no-color")
				}
				if err != nil {
					t.Fatal(err)
				}
				record(t, w, output)
				if reason := tolerated[f.item+" "+operation]; reason != "" {
					if status != 0 {
						t.Errorf("it fails, although %s:\n%s", reason, output)
					}
					return
				}
				words := inOrder("ccess denied (HTTP 403, IIC.1000)", fmt.Sprintf("Call:        %s", operation), "refused for good", "The caller's identity policy lacks")
				if status == 0 || !words.MatchString(output) || text("lacks the action of").MatchString(output) {
					t.Errorf("exit status %d:\n%s", status, output)
				}
			})
		}
	})
}
