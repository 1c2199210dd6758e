// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"os"
	"strconv"
	"testing"
)

// Seeds returns the seeds of a property test: always the same 10, or as many as
// PROPERTY_SEEDS sets (make property). The names of property tests contain "Property".
func Seeds(t testing.TB) []uint64 {
	t.Helper()
	n := 10
	if text := os.Getenv("PROPERTY_SEEDS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1 {
			t.Fatalf("PROPERTY_SEEDS is %q instead of a positive number", text)
		}
	}
	seeds := make([]uint64, n)
	for i := range seeds {
		seeds[i] = 20261123 + uint64(i)
	}
	return seeds
}
