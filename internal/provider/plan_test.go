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
	for name, arguments := range map[string]func(*cloud) values{
		revocationType: func(c *cloud) values {
			return values{"identity_store_id": c.IdentityStoreID, "user_id": c.alice().UserID, "all_sessions": true}
		},
		lockType: func(c *cloud) values {
			return values{"identity_store_id": c.IdentityStoreID, "user_id": c.alice().UserID}
		},
		cutoffType: func(c *cloud) values {
			return values{"instance_id": c.InstanceID, "permission_set_id": c.PermissionSets[0].PermissionSetID}
		},
		bulkType: func(c *cloud) values {
			return values{"identity_store_id": c.IdentityStoreID, "user_ids": []string{c.alice().UserID}, "all_sessions": true}
		},
		suspensionType: func(c *cloud) values {
			return values{"instance_id": c.InstanceID, "identity_store_id": c.IdentityStoreID, "user_id": c.alice().UserID, "group_ids": []string{c.Groups[0].GroupID}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			o := c.serve(t, attrs{"request_timeout": "1h", "max_retries": 5, "protected_group_ids": []string{c.Groups[0].GroupID}}).object(t, name)
			c.Inject(simulator.Fault{Hang: true})
			begun := time.Now()
			_, found := o.plan(arguments(c))
			if took := time.Since(begun); took > 20*time.Second {
				t.Errorf("the plan took %s:\n%s", took, found.text(0))
			}
		})
	}
}
