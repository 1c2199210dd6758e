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

// Instance is an IAM Identity Center instance.
type Instance struct {
	ID              string
	IdentityStoreID string
	Alias           string
	URN             string
}

// Instances yields the instances of the account, page by page, and ends with the
// first error.
func (c *Client) Instances(ctx context.Context) iter.Seq2[Instance, error] {
	return pages(ctx, c, func(limit *int32, marker *string) transport.Call {
		return transport.Call{
			Service: transport.IdentityCenter, Operation: "ListInstances", Permission: "IdentityCenter:instance:list",
			Define:  center.GenReqDefForListInstances,
			Request: &centermodel.ListInstancesRequest{Limit: limit, Marker: marker},
		}
	}, "instances", func(r *centermodel.ListInstancesResponse) (*[]centermodel.InstanceMetadataEntryDto, string) {
		return r.Instances, value(r.PageInfo).NextMarker
	}, func(i centermodel.InstanceMetadataEntryDto) (Instance, string) {
		return Instance{ID: i.InstanceId, IdentityStoreID: i.IdentityStoreId, Alias: value(i.Alias), URN: value(i.InstanceUrn)},
			cmp.Or(idFault("instance_id", i.InstanceId), idFault("identity_store_id", i.IdentityStoreId))
	})
}

// RegisteredRegions returns the IDs of the regions in which the instance lives,
// which ListInstances does not say.
func (c *Client) RegisteredRegions(ctx context.Context) ([]string, transport.Receipt, error) {
	return read(ctx, c, transport.Call{
		Service: transport.IdentityCenter, Operation: "DescribeRegisteredRegions", Permission: "IdentityCenter:instance:describeRegisteredRegions",
		Define:  center.GenReqDefForDescribeRegisteredRegions,
		Request: &centermodel.DescribeRegisteredRegionsRequest{},
	}, func(r *centermodel.DescribeRegisteredRegionsResponse) ([]string, string) {
		return convert("regions", r.Regions, func(region centermodel.RegionDto) (string, string) { return region.RegionId, "" })
	})
}
