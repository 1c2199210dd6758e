// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// Terraform does not pass Ctrl-C on while it plans an apply, so a plan waits at most ten seconds for
// an API that does not respond.
func TestPlan_timeLimit(t *testing.T) {
	t.Parallel()
	for name := range newCloud(t).resources() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			o := c.serve(t, attrs{"request_timeout": "1h", "max_retries": 5, "protected_group_ids": []string{c.Groups[0].GroupID}}).object(t, name)
			c.Inject(simulator.Fault{Hang: true})
			begun := time.Now()
			_, found := o.plan(c.resources()[name])
			if took := time.Since(begun); took > 20*time.Second {
				t.Errorf("the plan took %s:\n%s", took, found.text(0))
			}
		})
	}
}
