// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// shapesOf returns what a record shows of each operation: the statuses, and the fields
// of the JSON bodies, each with its path, such as "$.users[].user_id", and its type.
func shapesOf(record []transport.Exchange) map[string]bool {
	shapes := map[string]bool{}
	for _, exchange := range record {
		if exchange.Service == transport.STS || exchange.Service == transport.IAM {
			continue // Their bodies are not in the record.
		}
		answer := fmt.Sprintf("%s %d", exchange.Operation, exchange.Status)
		shapes[answer] = true
		var body any
		if json.Unmarshal([]byte(exchange.ResponseBody), &body) == nil {
			collect(shapes, answer+": $", body)
		}
	}
	return shapes
}

// collect adds the fields of a value.
func collect(shapes map[string]bool, path string, value any) {
	shapes[path+" ("+kind(value)+")"] = true
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			collect(shapes, path+"."+transport.Printable(name, transport.LongestID), member)
		}
	case []any:
		for _, entry := range value {
			collect(shapes, path+"[]", entry)
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

// differences returns what only one of two records shows, sorted. Of an answer that
// only one of them has, the fields are left out.
func differences(cloud, simulator []transport.Exchange) []string {
	var found []string
	only := func(where string, these, others map[string]bool) {
		for shape := range these {
			answer, _, field := strings.Cut(shape, ": ")
			if !others[shape] && (!field || others[answer]) {
				found = append(found, shape+" only in the "+where)
			}
		}
	}
	ours, theirs := shapesOf(simulator), shapesOf(cloud)
	only("cloud", theirs, ours)
	only("simulator", ours, theirs)
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
