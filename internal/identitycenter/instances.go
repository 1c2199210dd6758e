// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"cmp"
	"context"
	"iter"

	center "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenter/v1"
	centermodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenter/v1/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// Instance is an instance of IAM Identity Center. Alias and URN are printable, and empty if
// the API omits them.
type Instance struct {
	ID              string
	IdentityStoreID string
	Alias           string
	URN             string
}

// instancesResponse is the response of ListInstances.
type instancesResponse struct {
	Instances *[]instanceDTO `json:"instances"`
	paged
}

type instanceDTO struct {
	InstanceID      string          `json:"instance_id"`
	IdentityStoreID string          `json:"identity_store_id"`
	Alias           lenient[string] `json:"alias"`
	InstanceURN     lenient[string] `json:"instance_urn"`
}

// Instances yields the instances of the account, each once. It ends with the first error.
func (c *Client) Instances(ctx context.Context) iter.Seq2[Instance, error] {
	return pages(ctx, c, list[instancesResponse, instanceDTO, Instance]{
		name: "instances",
		page: func(r *instancesResponse) (*[]instanceDTO, *pageInfo) { return r.Instances, r.PageInfo },
		key:  func(i Instance) string { return i.ID + "/" + i.IdentityStoreID },
		call: transport.Call{
			Service: transport.IdentityCenter, Operation: "ListInstances", Permission: "IdentityCenter:instance:list",
			Define: responding[instancesResponse](center.GenReqDefForListInstances),
		},
		entry: func(i instanceDTO) (Instance, string) {
			return Instance{
				ID: i.InstanceID, IdentityStoreID: i.IdentityStoreID,
				Alias: c.printable(i.Alias.value, longestName), URN: c.printable(i.InstanceURN.value, longestName),
			}, cmp.Or(idFault("instance_id", i.InstanceID), idFault("identity_store_id", i.IdentityStoreID))
		},
	})
}

// regionsResponse is the response of DescribeRegisteredRegions, which is not paged.
type regionsResponse struct {
	Regions *[]centermodel.RegionDto `json:"regions"`
	paged
}

// RegisteredRegions returns the region IDs of the instance. ListInstances does not return them.
func (c *Client) RegisteredRegions(ctx context.Context) ([]string, transport.Receipt, error) {
	return read(ctx, c, transport.Call{
		Service: transport.IdentityCenter, Operation: "DescribeRegisteredRegions", Permission: "IdentityCenter:instance:describeRegisteredRegions",
		Define:  responding[regionsResponse](center.GenReqDefForDescribeRegisteredRegions),
		Request: &centermodel.DescribeRegisteredRegionsRequest{},
	}, func(r *regionsResponse) ([]string, string) {
		regions, fault := convert("regions", r.Regions, func(region centermodel.RegionDto) (string, string) {
			return region.RegionId, idFault("region_id", region.RegionId)
		})
		return regions, cmp.Or(fault, r.PageInfo.unpagedFault(len(regions)))
	})
}
