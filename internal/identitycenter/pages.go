// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"iter"
	"slices"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

const (
	// pageSize is the number of requested entries, the API's maximum.
	pageSize int32 = 100
	// mostPages limits a list. An identity store has up to 100,000 users, which are 1,000
	// pages.
	mostPages = 10_000
	// longestMarker limits a page marker, in bytes.
	longestMarker = 4096
)

// pageInfo is the page_info of a response (API-FACTS.md, pages and complete-list).
type pageInfo struct {
	NextMarker   marker `json:"next_marker"`
	CurrentCount *int   `json:"current_count"`
}

// paged is the common part of all responses with a list.
type paged struct {
	sdkModel
	PageInfo *pageInfo `json:"page_info"`
}

// marker is a next_marker. It is null or absent on the last page.
type marker struct {
	present bool
	text    string
}

// UnmarshalJSON takes a string or null.
func (m *marker) UnmarshalJSON(data []byte) error {
	m.present, m.text = true, ""
	if bytes.Equal(data, []byte("null")) {
		return nil
	}
	return json.Unmarshal(data, &m.text)
}

// next returns the marker of the next page; "" on the last page.
func (p *pageInfo) next() string {
	if p == nil {
		return ""
	}
	return p.NextMarker.text
}

// countFault returns a fault if the number of entries contradicts current_count; "" if it does not.
func (p *pageInfo) countFault(entries int) string {
	if p == nil || p.CurrentCount == nil || *p.CurrentCount == entries {
		return ""
	}
	return fmt.Sprintf("its current_count is %d and it has %d entries, so that the list may not be complete", *p.CurrentCount, entries)
}

// fault returns why a page of a list is unusable; "" if it is not. A list is complete only if
// its pages say so.
func (p *pageInfo) fault(entries int) string {
	switch {
	case p == nil || !p.NextMarker.present && p.CurrentCount == nil:
		return "it has no page_info, so that the list may not be complete"
	case len(p.NextMarker.text) > longestMarker:
		return fmt.Sprintf("its page marker is longer than %d bytes", longestMarker)
	}
	return p.countFault(entries)
}

// unpagedFault returns why the response of a call without paging is not a complete list; ""
// if it is one.
func (p *pageInfo) unpagedFault(entries int) string {
	if p.next() != "" {
		return "it has a next_marker, so that the list is not complete, and paging is not documented for this call"
	}
	return p.countFault(entries)
}

// list is a paged list of the API, with responses R that have entries E, which are converted
// to T.
type list[R, E, T any] struct {
	// name is the field with the entries.
	name string
	// call is the call for a page, without its request.
	call transport.Call
	// request is the request for the first page, without the limit.
	request request
	// page returns the page information and the entries of a response.
	page func(*R) (entries *[]E, info *pageInfo)
	// entry converts an entry. fault is what is wrong with it; "" for nothing.
	entry func(E) (entry T, fault string)
	// key identifies an entry. A repeated entry is not yielded again.
	key func(T) string
}

// pages yields the entries of a list, each once. It reads page by page and ends with the
// first error. A list that may be incomplete is an error.
func pages[R, E, T any](ctx context.Context, c *Client, l list[R, E, T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		// A hash has a third of the size of a key.
		markers, seen := map[string]bool{}, map[[16]byte]struct{}{}
		var marker *string
		for {
			call, request, next := l.call, l.request, ""
			request.Limit, request.Marker = pageSize, marker
			call.Request = &request
			entries, receipt, err := read(ctx, c, call, func(r *R) ([]T, string) {
				entries, info := l.page(r)
				converted, fault := convert(l.name, entries, l.entry)
				next = info.next()
				return converted, cmp.Or(fault, info.fault(len(converted)))
			})
			if err != nil {
				yield(zero, err)
				return
			}
			for _, entry := range entries {
				sum := sha256.Sum256([]byte(l.key(entry)))
				hash := [16]byte(sum[:16])
				if _, again := seen[hash]; again {
					continue
				}
				seen[hash] = struct{}{}
				if !yield(entry, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			if endless(markers, next) {
				fault := fmt.Sprintf("the page marker %.256q came twice, or the list has more than %d pages", next, mostPages)
				yield(zero, c.transport.UnusableResponse(call, receipt, fault))
				return
			}
			markers[next], marker = true, &next
		}
	}
}

// endless reports whether continuing at another marker would never end the list.
func endless(markers map[string]bool, next string) bool {
	return markers[next] || len(markers) >= mostPages
}

// distinct returns the entries without duplicates.
func distinct[T any](entries []T, key func(T) string) []T {
	seen := map[string]bool{}
	return slices.DeleteFunc(entries, func(entry T) bool {
		again := seen[key(entry)]
		seen[key(entry)] = true
		return again
	})
}

// convert converts the named entries of a response. fault describes an invalid entry; "" for none.
func convert[E, T any](name string, entries *[]E, entry func(E) (entry T, fault string)) (converted []T, fault string) {
	if entries == nil {
		return nil, "it has no " + name
	}
	converted = make([]T, len(*entries))
	for n, e := range *entries {
		if converted[n], fault = entry(e); fault != "" {
			return nil, fmt.Sprintf("in %s[%d], %s", name, n, fault)
		}
	}
	return converted, ""
}

// itself is the key of entries that are IDs.
func itself(id string) string { return id }

// Collect reads a list to its end. With an error it returns nothing, because a partial list
// could be mistaken for a complete one.
func Collect[T any](list iter.Seq2[T, error]) ([]T, error) {
	var all []T
	for one, err := range list {
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}
