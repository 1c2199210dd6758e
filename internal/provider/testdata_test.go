// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2/hclwrite"
)

// testdata returns the content of testdata/TestName/FILE. Subtests share the folder of their
// test.
func testdata(t *testing.T, file string) string {
	t.Helper()
	test, _, _ := strings.Cut(t.Name(), "/")
	content, err := os.ReadFile(filepath.Join("testdata", test, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// Each configuration in testdata is formatted, and a test reads it.
func TestTestdata_files(t *testing.T) {
	t.Parallel()
	var tests bytes.Buffer
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tests.Write(content)
	}
	root := os.DirFS("testdata")
	err = fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Dir(name) == filepath.Base(diagnosticsDir) {
			return err
		}
		content, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		if !bytes.Equal(hclwrite.Format(content), content) {
			t.Errorf("%s: terraform fmt changes it", name)
		}
		if test := path.Dir(name); test != "fixtures" && (!bytes.Contains(tests.Bytes(), []byte("func "+test+"(")) || !bytes.Contains(tests.Bytes(), []byte(`"`+path.Base(name)+`"`))) {
			t.Errorf("%s: no test reads it", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
