// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
)

// A release, make build, the demo and the benchmarks use the same build flags.
func TestReleaseFlags(t *testing.T) {
	t.Parallel()
	for _, name := range []string{".goreleaser.yml", "GNUmakefile"} {
		content, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, flag := range acctest.ReleaseFlags {
			if !strings.Contains(string(content), strings.TrimPrefix(flag, "-ldflags=")) {
				t.Errorf("%s does not have %s", name, flag)
			}
		}
		for _, flag := range []string{"-gcflags", "-tags=", "-asmflags"} {
			if strings.Contains(string(content), flag) {
				t.Errorf("%s has %s", name, flag)
			}
		}
	}
}
