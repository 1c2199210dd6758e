// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"fmt"
	"iter"
	"strings"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// pageSize is how many entries are asked for at a time, the most that the API allows.
const pageSize int32 = 100

// page is a part of a list, with the marker of the next part and the call that
// was answered with it.
type page[T any] struct {
	entries []T
	next    string
	call    transport.Call
	receipt transport.Receipt
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
				yield(zero, c.undocumented(p.call, p.receipt, fmt.Sprintf("the page marker %q came twice", transport.Printable(p.next, transport.LongestID))))
				return
			}
			// A copy: the marker is a part of the page, which would stay in memory.
			next := strings.Clone(p.next)
			seen[next] = true
			marker = &next
		}
	}
}
