// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

func TestPermissionSets(t *testing.T) {
	t.Parallel()
	for _, swapped := range []bool{false, true} {
		b := serve(t, func(o *simulator.Options) { o.SwapCreatedDates = swapped })
		for i := range 120 {
			b.AddPermissionSet(b.InstanceID, simulator.PermissionSet{Name: fmt.Sprintf("set %d", i)})
		}
		sets, err := all(b.management().PermissionSets(t.Context(), b.InstanceID))
		want := PermissionSet{ID: b.PermissionSets[0].PermissionSetID, Name: "Administrator", SessionDuration: "PT8H"}
		if err != nil || len(sets) != 122 || sets[0] != want {
			t.Errorf("%d, %v", len(sets), err)
		}
	}
	for _, body := range []string{`{}`, `{"permission_sets":[{"name":"n"}],"page_info":{}}`} {
		_, c := answered(t, http.StatusOK, body)
		if _, err := all(c.PermissionSets(t.Context(), "i")); !errors.Is(err, transport.ErrUndocumented) {
			t.Errorf("%s: got %v", body, err)
		}
	}
}
