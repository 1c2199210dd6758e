// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// page is the requested part of a list.
type page struct {
	limit int
	// after is the number of the last entry of the previous page.
	after int
	// list identifies the list of a marker.
	list string
	// overlap begins the page with the last entry of the page before.
	overlap bool
}

// pageInfo is the page_info of a response (API reference). The marker is null on the last
// page.
type pageInfo struct {
	NextMarker   *string `json:"next_marker"`
	CurrentCount int     `json:"current_count"`
}

// listed is the response of a paged list: its entries by name, and page_info as the options
// say.
func (s *Simulator) listed(name string, entries any, info pageInfo) map[string]any {
	answer := map[string]any{name: entries, "page_info": info}
	switch s.options.PageInfo {
	case "":
	case "absent":
		delete(answer, "page_info")
	case "null":
		answer["page_info"] = nil
	case "empty":
		answer["page_info"] = struct{}{}
	case "wrong count":
		info.CurrentCount++
		answer["page_info"] = info
	case "no null":
		fields := map[string]any{"current_count": info.CurrentCount}
		if info.NextMarker != nil {
			fields["next_marker"] = *info.NextMarker
		}
		answer["page_info"] = fields
	default:
		panic("simulator: no such PageInfo: " + s.options.PageInfo)
	}
	return answer
}

// page reads limit (1 to 100, by default 100) and marker (API reference). A marker is valid
// only for the list for which it was issued.
func (r *request) page(list ...string) (page, error) {
	p := page{limit: 100, list: strings.Join(list, "\x00"), overlap: r.overlap}
	if r.query.Has("limit") {
		limit, err := strconv.Atoi(r.query.Get("limit"))
		if err != nil || limit < 1 || limit > 100 {
			return p, badRequest(fmt.Sprintf("limit is %q instead of 1 to 100", r.query.Get("limit")))
		}
		p.limit = limit
	}
	if r.query.Has("marker") {
		given := r.query.Get("marker")
		decoded, err := base64.RawURLEncoding.DecodeString(given)
		if err == nil && len(decoded) == markerBytes {
			p.after = int(binary.BigEndian.Uint32(decoded[markerBytes-4:]))
		}
		if err != nil || given != p.marker(p.after) {
			return p, badRequest("marker is unknown")
		}
	}
	return p, nil
}

// markerBytes make a marker of 24 characters, as in the API reference.
const markerBytes = 18

// marker returns the marker of the page after an entry, in a form that only this simulator
// can create.
func (p page) marker(after int) string {
	hash := sha256.Sum256([]byte(p.list + "\x00" + strconv.Itoa(after)))
	decoded := binary.BigEndian.AppendUint32(hash[:markerBytes-4:markerBytes-4], uint32(after)) //nolint:gosec // A count of entries.
	return base64.RawURLEncoding.EncodeToString(decoded)
}

// paged returns a page of a list that is sorted by number. Entries that show omits do not
// count.
func paged[T, E any](p page, list []T, number func(T) int, show func(T) (E, bool)) ([]E, pageInfo) {
	if p.overlap && p.after > 0 {
		p.after--
	}
	first, _ := slices.BinarySearchFunc(list, p.after+1, func(item T, wanted int) int { return number(item) - wanted })
	entries, last := []E{}, 0
	for _, item := range list[first:] {
		entry, shown := show(item)
		if !shown {
			continue
		}
		if len(entries) == p.limit {
			next := p.marker(last)
			return entries, pageInfo{CurrentCount: len(entries), NextMarker: &next}
		}
		entries, last = append(entries, entry), number(item)
	}
	return entries, pageInfo{CurrentCount: len(entries)}
}
