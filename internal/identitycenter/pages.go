// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// pageSize is how many entries are asked for at a time, the most that the API allows.
const pageSize int32 = 100

// pages yields the entries of a list, each as of makes it, page by page, and ends with
// the first error. call asks for the page at a marker, nil for the first, and list
// returns the entries of a response, which has them by name, and the next marker, empty
// at the end. A marker that comes back is an error, for it would never end.
func pages[R, E, T any](
	ctx context.Context, c *Client, call func(limit *int32, marker *string) transport.Call,
	name string, list func(*R) (entries *[]E, next string), of func(E) (entry T, fault string),
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		seen := map[string]bool{}
		for marker := (*string)(nil); ; {
			limit, next := pageSize, ""
			one := call(&limit, marker)
			page, receipt, err := read(ctx, c, one, func(r *R) ([]T, string) {
				entries, following := list(r)
				// A copy: the marker is a part of the page, which would stay in memory.
				next = strings.Clone(following)
				return convert(name, entries, of)
			})
			if err != nil {
				var zero T
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
				var zero T
				yield(zero, c.unusable(one, receipt, fmt.Sprintf("the page marker %q came twice", next)))
				return
			}
			seen[next] = true
			marker = &next
		}
	}
}

// convert makes the entries of a list, each by of, of those that a response has by
// name; fault says what is wrong with them, empty for nothing.
func convert[E, T any](name string, entries *[]E, of func(E) (entry T, fault string)) (converted []T, fault string) {
	if entries == nil {
		return nil, "it has no " + name
	}
	converted = make([]T, len(*entries))
	for n, e := range *entries {
		if converted[n], fault = of(e); fault != "" {
			return nil, fmt.Sprintf("in %s[%d], %s", name, n, fault)
		}
	}
	return converted, ""
}
