// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// lifeCycle reads the data sources of a fixture and invokes its actions. It creates, plans again
// and destroys its resources. It returns all diagnostics, and destroys the resources even after an
// error.
func (c *cloud) lifeCycle(t *testing.T, f fixture, arguments attrs) string {
	t.Helper()
	config := c.replaceIDs(f.config)
	s := c.serveAs(t, c.Management, arguments)
	known := attrs{}
	var found strings.Builder
	for _, block := range fixtureBlocks(t, config) {
		given := block.arguments(t, known)
		switch block.kind {
		case "data":
			state, text := s.read(t, block.name, given)
			found.WriteString(text)
			known[block.name] = attrs{block.label: state}
		case "action":
			run := s.invoke(t.Context(), t, block.name, given, nil)
			found.WriteString(diagnosticText(slices.Concat(run.preview, run.diagnostics)))
		default:
			o := s.object(t, block.name)
			created := o.apply(t.Context(), given)
			if !created.failed() {
				again, more := o.plan(given)
				if created = slices.Concat(created, o.read(), more); !again.empty() {
					t.Errorf("planned %s\nfrom %s", again.planned, again.prior)
				}
			}
			found.WriteString(slices.Concat(created, o.apply(t.Context(), nil)).text(0))
		}
	}
	return found.String()
}

// counts returns the number of calls of each operation.
func (c *cloud) counts() map[string]int {
	counts := map[string]int{}
	for _, call := range c.Calls() {
		counts[call.Operation]++
	}
	return counts
}

// A transient fault of any call costs more calls and has no other effect.
func TestFaults_transient(t *testing.T) {
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
		quiet.lifeCycle(t, f, nil)
		calls := quiet.counts()
		// Tests mostly wait, so all of them run in parallel.
		var all sync.WaitGroup
		defer all.Wait()
		for name, faults := range sequences {
			all.Go(func() {
				c := newCloud(t)
				for operation := range calls {
					for _, fault := range faults {
						fault.Operation, fault.Times = operation, 1
						c.Inject(fault)
					}
				}
				if text := c.lifeCycle(t, f, attrs{"request_timeout": "1s"}); strings.Contains(text, "ERROR") {
					t.Errorf("%s: %s", name, text)
				}
				// Each fault occurs. If the call was not carried out, it is sent again.
				for operation, got := range c.counts() {
					if got < len(faults) || name == "before the work" && got == len(faults) {
						t.Errorf("%s: %d calls of %s with %d faults", name, got, operation, len(faults))
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

// A refusal of any other call is an error that names the call and the permission.
func TestFaults_permanent(t *testing.T) {
	t.Parallel()
	forEveryFixture(t, func(t *testing.T, f fixture) {
		quiet := newCloud(t)
		quiet.lifeCycle(t, f, nil)
		for _, operation := range sortedKeys(quiet.counts()) {
			t.Run(operation, func(t *testing.T) {
				t.Parallel()
				c := newCloud(t)
				c.Inject(refusal(operation, 0, 0, http.StatusForbidden, "IIC.1000", "refused for good"))
				text := c.lifeCycle(t, f, attrs{"decode_authorization_messages": false})
				if reason := tolerated[f.item+" "+operation]; reason != "" {
					if strings.Contains(text, "ERROR") {
						t.Errorf("it fails, although %s:\n%s", reason, text)
					}
					return
				}
				_, failure, failed := strings.Cut(text, "ERROR")
				missing := missingText(failure, "ccess denied (HTTP 403, IIC.1000)", "Call: "+operation, "refused for good", "The caller's identity policy lacks")
				if !failed || missing != "" || strings.Contains(text, "lacks the action of") {
					t.Errorf("%q is missing:\n%s", missing, text)
				}
			})
		}
	})
}
