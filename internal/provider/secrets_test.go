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

// clouds are the simulators of all tests, for the search for their secrets.
var clouds struct {
	mu         sync.Mutex
	simulators []*simulator.Simulator
}

func registerCloud(s *simulator.Simulator) {
	clouds.mu.Lock()
	defer clouds.mu.Unlock()
	clouds.simulators = append(clouds.simulators, s)
}

// allSecrets returns the secrets of all clouds, each once.
func allSecrets() []string {
	clouds.mu.Lock()
	defer clouds.mu.Unlock()
	var all []string
	for _, s := range clouds.simulators {
		all = append(all, s.Secrets()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// partLength is the number of consecutive characters of a secret that count as a leak.
const partLength = 20

// secretParts has all substrings of partLength bytes of the secrets.
type secretParts struct {
	parts map[[partLength]byte]struct{}
	// likely is indexed by the hash of the first bytes of a part. It rejects most positions of a
	// file quickly.
	likely []bool
	// short has the secrets with fewer than partLength bytes.
	short []string
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

// find returns the index of the first part of a secret, or -1.
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

// leaks searches the files below dir, plans included, for secrets or parts of them. It describes
// each file that contains one. Configurations are skipped, because tests write secrets there.
func leaks(dir string, secrets []string) ([]string, error) {
	var found []string
	parts := partsOf(secrets)
	search := func(name string, content []byte) {
		if i := parts.find(content); i >= 0 {
			found = append(found, fmt.Sprintf("%s has a secret after %q", name, content[max(0, i-200):i]))
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

// A secret, or a part of it, is found in a plain file and in a plan, which is an archive.
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
