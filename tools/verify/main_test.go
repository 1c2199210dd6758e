// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const name = "terraform-provider-identitycenter_1.2.3_linux_amd64"

// build builds this very program, once.
var build = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "verify-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary := filepath.Join(dir, "verify")
	if output, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil { //nolint:noctx // It belongs to no test.
		return nil, fmt.Errorf("%w\n%s", err, output)
	}
	return os.ReadFile(binary)
})

// release is a release of one archive, made of this very program.
func release(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	content, err := build()
	if err != nil {
		t.Fatal(err)
	}
	info, err := buildinfo.Read(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	components := []map[string]string{{"name": "std", "version": info.GoVersion}}
	for _, dep := range info.Deps {
		components = append(components, map[string]string{"name": dep.Path, "version": dep.Version})
	}
	sbom, err := json.Marshal(map[string]any{
		"bomFormat": "CycloneDX", "components": components,
		"metadata": map[string]any{"component": map[string]string{"name": info.Main.Path}},
	})
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, name+".zip", zipped(t, map[string][]byte{"terraform-provider-identitycenter_v1.2.3": content}))
	write(t, dir, name+".cdx.json", sbom)
	write(t, dir, "terraform-provider-identitycenter_1.2.3_manifest.json", []byte("{}"))
	sum(t, dir)
	return dir
}

func zipped(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range files {
		file, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func write(t *testing.T, dir, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// sum writes the checksums of what is there, as whoever tampers with a file and
// with its checksum would.
func sum(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.*"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, file := range files {
		if strings.HasSuffix(file, "SHA256SUMS") {
			continue
		}
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(read(t, dir, filepath.Base(file))), filepath.Base(file))
	}
	write(t, dir, "terraform-provider-identitycenter_1.2.3_SHA256SUMS", []byte(b.String()))
}

func TestVerify(t *testing.T) {
	t.Parallel()
	if archives, err := verify(release(t)); err != nil || archives != 1 {
		t.Fatalf("%d archives, %v", archives, err)
	}
}

func TestTamperingIsRefused(t *testing.T) {
	t.Parallel()
	sums := "terraform-provider-identitycenter_1.2.3_SHA256SUMS"
	for title, test := range map[string]struct {
		tamper func(t *testing.T, dir string)
		want   string
	}{
		"archive": {func(t *testing.T, dir string) {
			write(t, dir, name+".zip", append(read(t, dir, name+".zip"), 0))
		}, "the checksum differs"},
		"another file in the archive": {func(t *testing.T, dir string) {
			write(t, dir, name+".zip", zipped(t, map[string][]byte{"a": nil, "b": nil}))
			sum(t, dir)
		}, "2 files instead of one"},
		"another binary, with its checksum": {func(t *testing.T, dir string) {
			write(t, dir, name+".zip", zipped(t, map[string][]byte{"a": []byte("#!/bin/sh")}))
			sum(t, dir)
		}, "a: "},
		"SBOM": {func(t *testing.T, dir string) {
			write(t, dir, name+".cdx.json", append(read(t, dir, name+".cdx.json"), ' '))
		}, "the checksum differs"},
		"a module too many in the SBOM, with its checksum": {func(t *testing.T, dir string) {
			write(t, dir, name+".cdx.json", bytes.Replace(read(t, dir, name+".cdx.json"), []byte(`"components":[`), []byte(`"components":[{"name":"evil.example","version":"v1.0.0"},`), 1))
			sum(t, dir)
		}, "the SBOM lists evil.example@v1.0.0, which the binary lacks"},
		"a module too few in the SBOM, with its checksum": {func(t *testing.T, dir string) {
			write(t, dir, name+".cdx.json", bytes.Replace(read(t, dir, name+".cdx.json"), []byte(`"name":"std"`), []byte(`"name":"other"`), 1))
			sum(t, dir)
		}, "which the SBOM lacks"},
		"SBOM of something else": {func(t *testing.T, dir string) {
			write(t, dir, name+".cdx.json", []byte(`{"bomFormat": "CycloneDX"}`))
			sum(t, dir)
		}, "the SBOM is of"},
		"missing SBOM": {func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, name+".cdx.json")); err != nil {
				t.Fatal(err)
			}
		}, "in the checksums, but missing"},
		"checksum": {func(t *testing.T, dir string) {
			content := read(t, dir, sums)
			content[0] = "01"[(content[0]+1)%2]
			write(t, dir, sums, content)
		}, "the checksum differs"},
		"missing checksum": {func(t *testing.T, dir string) {
			_, rest, _ := strings.Cut(string(read(t, dir, sums)), "\n")
			write(t, dir, sums, []byte(rest))
		}, "not in the checksums"},
		"no checksums": {func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, sums)); err != nil {
				t.Fatal(err)
			}
		}, "0 files of checksums"},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			dir := release(t)
			test.tamper(t, dir)
			if _, err := verify(dir); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}
