// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// clouds are those of all tests.
var clouds allClouds

type allClouds struct {
	mu         sync.Mutex
	simulators []*simulator.Simulator
}

func (a *allClouds) add(s *simulator.Simulator) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.simulators = append(a.simulators, s)
}

// secrets are those of all clouds, each once.
func (a *allClouds) secrets() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []string
	for _, s := range a.simulators {
		all = append(all, s.Secrets()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// partLength is how many characters of a secret count as a leak.
const partLength = 20

// secretParts are all parts of secrets of partLength bytes, and the secrets that are
// shorter.
type secretParts struct {
	parts map[[partLength]byte]struct{}
	// likely holds hashes of how the parts begin, for most of a file is none.
	likely []bool
	short  []string
}

func beginning(part []byte) uint32 {
	return binary.LittleEndian.Uint32(part) * 2654435761 >> 12
}

func partsOf(secrets []string) secretParts {
	p := secretParts{parts: map[[partLength]byte]struct{}{}, likely: make([]bool, 1<<20)}
	for _, secret := range secrets {
		if len(secret) < partLength {
			p.short = append(p.short, secret)
		}
		for i := 0; i+partLength <= len(secret); i++ {
			part := [partLength]byte([]byte(secret[i : i+partLength]))
			p.parts[part] = struct{}{}
			p.likely[beginning(part[:])] = true
		}
	}
	return p
}

// find returns where the first part of a secret is; -1 for nowhere.
func (p secretParts) find(content []byte) int {
	for _, secret := range p.short {
		if i := bytes.Index(content, []byte(secret)); secret != "" && i >= 0 {
			return i
		}
	}
	for i := 0; i+partLength <= len(content); i++ {
		if !p.likely[beginning(content[i:])] {
			continue
		}
		if _, found := p.parts[[partLength]byte(content[i:])]; found {
			return i
		}
	}
	return -1
}

// leaks searches the files below dir for secrets, whole or in part, and describes what
// it finds.
// Configurations do not count, nor their copies in plans: there the tests put the
// secrets themselves.
func leaks(dir string, secrets []string) ([]string, error) {
	var found []string
	parts := partsOf(secrets)
	search := func(name string, content []byte) {
		if i := parts.find(content); i >= 0 {
			found = append(found, fmt.Sprintf("%s holds a secret after %q", name, content[max(0, i-200):i]))
		}
	}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || strings.HasSuffix(path, ".tf") {
			return err
		}
		name := strings.TrimPrefix(path, dir)
		content, err := os.ReadFile(path)
		if err != nil || !bytes.HasPrefix(content, []byte("PK\x03\x04")) {
			search(name, content)
			return err
		}
		archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			return err
		}
		for _, file := range archive.File {
			if strings.HasPrefix(file.Name, "tfconfig/") {
				continue
			}
			reader, err := file.Open()
			if err != nil {
				return err
			}
			unpacked, err := io.ReadAll(reader)
			if err != nil {
				return err
			}
			search(name+"/"+file.Name, unpacked)
		}
		return nil
	})
	return found, err
}

// The search itself finds what it is for: a secret as a whole and any part of it, in a
// plain file and in a plan, which is an archive.
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
		found, err := leaks(dir, []string{secret, "hunter2", ""})
		want := 0
		if test.found {
			want = 2
		}
		if err != nil || len(found) != want {
			t.Errorf("%s: %q, %v", name, found, err)
		}
	}
}
