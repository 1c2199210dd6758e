// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"slices"
	"testing"
)

// Every resource, data source and action that selects sessions supports every condition. With all
// of them set, only the first of Alice's three sessions matches.
func TestAccSessionsMatching_everyCondition(t *testing.T) {
	t.Parallel()
	for file, test := range map[string]struct {
		require []requirement
		// ends is the number of sessions that end, from the first.
		ends int
	}{
		"resource.tf":           {nil, 1},
		"bulk.tf":               {nil, 1},
		"data.tf":               {nil, 1},
		"action.tf":             {[]requirement{atLeast(1, 14)}, 1},
		"action_bulk.tf":        {[]requirement{atLeast(1, 14)}, 1},
		"action_bulk_users.tf":  {[]requirement{atLeast(1, 14)}, 0},
		"action_session_ids.tf": {[]requirement{atLeast(1, 14)}, 1},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			before := c.SessionIDs(c.alice())
			w := newWorkspace(t, c.config(c.Management, "max_concurrent_requests = 8", testdata(t, file)), test.require...)
			w.Env = append(w.Env, "TF_VAR_session_id="+before[0])
			output := expect(t, w, 0, "apply", "-auto-approve", "-no-color")
			if left := c.SessionIDs(c.alice()); !slices.Equal(left, before[test.ends:]) {
				t.Errorf("left: %v of %v\n%s", left, before, output)
			}
		})
	}
}
