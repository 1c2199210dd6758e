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
	return pages(c, func(marker *string) (page[Instance], error) {
		limit := pageSize
		call := transport.Call{
			Service: transport.IdentityCenter, Operation: "ListInstances",
			Define:  center.GenReqDefForListInstances,
			Request: &centermodel.ListInstancesRequest{Limit: &limit, Marker: marker},
		}
		response, requestIDs, err := do[*centermodel.ListInstancesResponse](ctx, c, call)
		if err != nil {
			return page[Instance]{}, err
		}
		if response.Instances == nil {
			return page[Instance]{}, c.undocumented(call, requestIDs, "it has no instances")
		}
		p := page[Instance]{next: value(response.PageInfo).NextMarker, call: call, requestIDs: requestIDs}
		for n, i := range *response.Instances {
			if i.InstanceId == "" || i.IdentityStoreId == "" {
				return page[Instance]{}, c.undocumented(call, requestIDs, fmt.Sprintf("instances[%d] lacks an ID", n))
			}
			p.entries = append(p.entries, Instance{
				ID: i.InstanceId, IdentityStoreID: i.IdentityStoreId, Alias: value(i.Alias), URN: value(i.InstanceUrn),
			})
		}
		return p, nil
	})
}

// page is a part of a list, with the marker of the next part and the call that
// was answered with it.
type page[T any] struct {
	entries    []T
	next       string
	call       transport.Call
	requestIDs []string
}

// pages yields what fetch returns for one marker after the other: nil first, then
// the next marker of each page, until that is empty. A marker that comes back is
// an error, for it would never end.
func pages[T any](c *Client, fetch func(marker *string) (page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		seen := map[string]bool{}
		for marker := (*string)(nil); ; {
			p, err := fetch(marker)
			if err != nil {
				yield(zero, err)
				return
			}
			for _, entry := range p.entries {
				if !yield(entry, nil) {
					return
				}
			}
			if p.next == "" {
				return
			}
			if seen[p.next] {
				yield(zero, c.undocumented(p.call, p.requestIDs, fmt.Sprintf("the page marker %q came twice", p.next)))
				return
			}
			seen[p.next] = true
			marker = &p.next
		}
	}
}
