// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// shapes are the fields of the JSON bodies by operation and status: the path of each,
// such as "$.users[].user_id", with its types.
type shapes map[string]map[string]map[string]bool

// shapesOf collects the shapes of a record. Of two lists of the same calls the number
// of entries may differ, so that the union counts.
func shapesOf(record []transport.Exchange) shapes {
	found := shapes{}
	for _, exchange := range record {
		if exchange.Service == transport.STS || exchange.Service == transport.IAM {
			continue // Their bodies are not in the record.
		}
		answer := fmt.Sprintf("%s %d", exchange.Operation, exchange.Status)
		if found[answer] == nil {
			found[answer] = map[string]map[string]bool{}
		}
		var body any
		if json.Unmarshal([]byte(exchange.ResponseBody), &body) == nil {
			collect(found[answer], "$", body)
		}
	}
	return found
}

// collect adds the fields of a value.
func collect(fields map[string]map[string]bool, path string, value any) {
	if fields[path] == nil {
		fields[path] = map[string]bool{}
	}
	fields[path][kind(value)] = true
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			collect(fields, path+"."+transport.Printable(name, transport.LongestID), member)
		}
	case []any:
		for _, entry := range value {
			collect(fields, path+"[]", entry)
		}
	}
}

// kind is the JSON type of a value.
func kind(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}

// differences says where the answers of the cloud and of the simulator differ, sorted.
// A field that only one of them has may be one that is left out when it is empty.
func differences(cloud, simulator []transport.Exchange) []string {
	ours, theirs := shapesOf(simulator), shapesOf(cloud)
	var found []string
	for answer, fields := range theirs {
		if ours[answer] == nil {
			found = append(found, answer+": only the cloud answers so")
			continue
		}
		for path, kinds := range fields {
			switch mine := ours[answer][path]; {
			case mine == nil:
				found = append(found, fmt.Sprintf("%s: %s (%v) is only in the cloud", answer, path, sortedKeys(kinds)))
			case !slices.Equal(sortedKeys(mine), sortedKeys(kinds)):
				found = append(found, fmt.Sprintf("%s: %s is %v in the cloud and %v in the simulator", answer, path, sortedKeys(kinds), sortedKeys(mine)))
			}
		}
	}
	for answer, fields := range ours {
		if theirs[answer] == nil {
			found = append(found, answer+": only the simulator answers so")
			continue
		}
		for path, kinds := range fields {
			if theirs[answer][path] == nil {
				found = append(found, fmt.Sprintf("%s: %s (%v) is only in the simulator", answer, path, sortedKeys(kinds)))
			}
		}
	}
	slices.Sort(found)
	return found
}

func printDifferences(out io.Writer, cloud, simulator []transport.Exchange) {
	_, _ = fmt.Fprintln(out, "\n==> Where the cloud differs from the simulator with these readings")
	found := differences(cloud, simulator)
	for _, difference := range found {
		_, _ = fmt.Fprintln(out, difference)
	}
	if len(found) == 0 {
		_, _ = fmt.Fprintln(out, "Nowhere.")
	}
}
