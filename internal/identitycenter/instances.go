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

// pageSize is how many entries are asked for at a time, the most that the API allows.
const pageSize int32 = 100

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
	return pages(func(marker *string) ([]Instance, string, error) {
		limit := pageSize
		call := transport.Call{
			Service: transport.IdentityCenter, Operation: "ListInstances",
			Define:  center.GenReqDefForListInstances,
			Request: &centermodel.ListInstancesRequest{Limit: &limit, Marker: marker},
		}
		response, requestID, err := do[*centermodel.ListInstancesResponse](ctx, c, call)
		if err != nil {
			return nil, "", err
		}
		if response.Instances == nil {
			return nil, "", c.undocumented(call, requestID, "it has no instances")
		}
		var page []Instance
		for _, i := range *response.Instances {
			page = append(page, Instance{
				ID: i.InstanceId, IdentityStoreID: i.IdentityStoreId, Alias: value(i.Alias), URN: value(i.InstanceUrn),
			})
		}
		return page, value(response.PageInfo).NextMarker, nil
	})
}

// pages yields what fetch returns for one marker after the other: nil first, then
// the next marker of each page, until that is empty. A marker that comes back is
// an error, for it would never end.
func pages[T any](fetch func(marker *string) (page []T, next string, err error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		seen := map[string]bool{}
		for marker := (*string)(nil); ; {
			page, next, err := fetch(marker)
			if err != nil {
				yield(zero, err)
				return
			}
			for _, entry := range page {
				if !yield(entry, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			if seen[next] {
				yield(zero, fmt.Errorf("%w: the page marker %q came twice", transport.ErrUndocumented, next))
				return
			}
			seen[next] = true
			marker = &next
		}
	}
}
