// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
)

// Leaks finds a secret, or a part of it, in a plain file and in a plan, which is an archive.
func TestLeaks(t *testing.T) {
	t.Parallel()
	const secret = "0123456789abcdefghijklmnopqrstuvwxyz"
	for name, test := range map[string]struct {
		content string
		found   bool
	}{
		"whole":   {"key = " + secret, true},
		"middle":  {"..." + secret[7:27] + "...", true},
		"end":     {secret[16:], true},
		"little":  {secret[:19], false},
		"short":   {"the hunter2 of", true},
		"nothing": {"nothing", false},
	} {
		dir := t.TempDir()
		var plan bytes.Buffer
		archive := zip.NewWriter(&plan)
		file, err := archive.Create("tfstate")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.Write([]byte(test.content)); err != nil {
			t.Fatal(err)
		}
		if err := archive.Close(); err != nil {
			t.Fatal(err)
		}
		for file, content := range map[string][]byte{"state": []byte(test.content), "plan": plan.Bytes(), "main.tf": []byte(secret)} {
			if err := os.WriteFile(filepath.Join(dir, file), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		found, err := acctest.Leaks(dir, []string{secret, "hunter2", ""})
		want := 0
		if test.found {
			want = 2
		}
		if err != nil || len(found) != want {
			t.Errorf("%s: %q, %v", name, found, err)
		}
	}
}
