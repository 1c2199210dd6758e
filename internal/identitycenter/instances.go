// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"context"
	"fmt"
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
	return pages(c, func(marker *string) (page[Instance], error) {
		limit := pageSize
		call := transport.Call{
			Service: transport.IdentityCenter, Operation: "ListInstances", Permission: "IdentityCenter:instance:list",
			Define:  center.GenReqDefForListInstances,
			Request: &centermodel.ListInstancesRequest{Limit: &limit, Marker: marker},
		}
		response, receipt, err := do[*centermodel.ListInstancesResponse](ctx, c, call)
		if err != nil {
			return page[Instance]{}, err
		}
		if response.Instances == nil {
			return page[Instance]{}, c.undocumented(call, receipt, "it has no instances")
		}
		p := page[Instance]{next: value(response.PageInfo).NextMarker, call: call, receipt: receipt}
		for n, i := range *response.Instances {
			for name, id := range map[string]string{"instance_id": i.InstanceId, "identity_store_id": i.IdentityStoreId} {
				if fault := idFault(id); fault != "" {
					return page[Instance]{}, c.undocumented(call, receipt, fmt.Sprintf("the %s of instances[%d] %s", name, n, fault))
				}
			}
			p.entries = append(p.entries, Instance{
				ID: i.InstanceId, IdentityStoreID: i.IdentityStoreId, Alias: value(i.Alias), URN: value(i.InstanceUrn),
			})
		}
		return p, nil
	})
}

// RegisteredRegions returns the IDs of the regions in which the instance lives,
// which ListInstances does not say.
func (c *Client) RegisteredRegions(ctx context.Context) ([]string, transport.Receipt, error) {
	call := transport.Call{
		Service: transport.IdentityCenter, Operation: "DescribeRegisteredRegions", Permission: "IdentityCenter:instance:describeRegisteredRegions",
		Define:  center.GenReqDefForDescribeRegisteredRegions,
		Request: &centermodel.DescribeRegisteredRegionsRequest{},
	}
	response, receipt, err := do[*centermodel.DescribeRegisteredRegionsResponse](ctx, c, call)
	if err != nil {
		return nil, receipt, err
	}
	if response.Regions == nil {
		return nil, receipt, c.undocumented(call, receipt, "it has no regions")
	}
	var regions []string
	for _, region := range *response.Regions {
		regions = append(regions, region.RegionId)
	}
	return regions, receipt, nil
}
