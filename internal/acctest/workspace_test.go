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

// What the demo and the benchmark run is built like a release and like make build.
func TestReleaseFlags(t *testing.T) {
	t.Parallel()
	for _, name := range []string{".goreleaser.yml", "GNUmakefile"} {
		content, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.NewReplacer(`"`, "", "ldflags:\n      - ", "-ldflags=").Replace(string(content))
		for _, flag := range acctest.ReleaseFlags {
			if !strings.Contains(text, flag) {
				t.Errorf("%s does not have %s", name, flag)
			}
		}
	}
}
