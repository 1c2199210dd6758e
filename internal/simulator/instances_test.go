// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator_test

import (
	"strings"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// instanceList is the response of ListInstances.
type instanceList struct {
	Instances []map[string]any `json:"instances"`
	PageInfo  struct {
		NextMarker   *string `json:"next_marker"`
		CurrentCount int     `json:"current_count"`
	} `json:"page_info"`
}

func TestListInstances(t *testing.T) {
	sim, seeded, c := setUp(t)
	list := parse[instanceList](t, c.as(seeded.Member).get("/v1/instances"))
	if len(list.Instances) != 1 || list.PageInfo.NextMarker != nil || list.PageInfo.CurrentCount != 1 ||
		list.Instances[0]["instance_id"] != seeded.InstanceID || list.Instances[0]["identity_store_id"] != seeded.IdentityStoreID ||
		list.Instances[0]["alias"] != seeded.Alias || list.Instances[0]["instance_urn"] != seeded.InstanceURN {
		t.Errorf("got %+v", list)
	}

	sim.AddInstance(simulator.Instance{InstanceID: "ssoins-2", IdentityStoreID: "d-2"})
	list = parse[instanceList](t, c.get("/v1/instances", "limit", "1"))
	if len(list.Instances) != 1 || list.PageInfo.NextMarker == nil {
		t.Fatalf("got %+v", list)
	}
	list = parse[instanceList](t, c.get("/v1/instances", "limit", "1", "marker", *list.PageInfo.NextMarker))
	if len(list.Instances) != 1 || list.PageInfo.NextMarker != nil || len(list.Instances[0]) != 2 {
		t.Errorf("got %+v", list)
	}
	expect(t, c.get("/v1/instances", "marker", "x"), 400, "IIC.400", "marker")

	empty := simulator.New()
	empty.AddKey(seeded.Management)
	if a := connect(t, empty, seeded.Management).get("/v1/instances"); !strings.Contains(a.Body, `"instances":[]`) {
		t.Errorf("got %s", a.Body)
	}
}

func TestRegisteredRegions(t *testing.T) {
	_, seeded, c := setUp(t)
	if a := c.as(seeded.Member).get("/v1/registered-regions"); a.Body != `{"regions":[{"region_id":"ap-southeast-3"}]}` {
		t.Errorf("got %d %s", a.Status, a.Body)
	}
	expect(t, c.get("/v1/registered-regions", "limit", "1"), 400, "IIC.400", `"limit"`)
	empty := simulator.New()
	empty.AddKey(seeded.Management)
	empty.AddInstance(simulator.Instance{InstanceID: "i", IdentityStoreID: "d"})
	if a := connect(t, empty, seeded.Management).get("/v1/registered-regions"); a.Body != `{"regions":[]}` {
		t.Errorf("got %s", a.Body)
	}
}
