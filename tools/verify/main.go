// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Command verify checks the files of a release against each other: every file is
// in the checksums, every archive holds one binary and has an SBOM, and the SBOM
// lists exactly the modules that the binary was built from.
package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: verify FOLDER")
		os.Exit(2)
	}
	archives, err := verify(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("%d archives, each with a matching checksum and SBOM\n", archives)
}

// verify checks the release in a folder and returns how many archives it has. The
// error says all that is wrong.
func verify(dir string) (archives int, err error) {
	sums, err := readSums(dir)
	if err != nil {
		return 0, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	var problems []error
	present := map[string]bool{}
	for _, entry := range entries {
		name := entry.Name()
		present[name] = true
		if !strings.HasSuffix(name, ".zip") && !strings.HasSuffix(name, ".cdx.json") && !strings.HasSuffix(name, "_manifest.json") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			problems = append(problems, err)
			continue
		}
		sum := sha256.Sum256(content)
		switch want, listed := sums[name]; {
		case !listed:
			problems = append(problems, fmt.Errorf("%s: not in the checksums", name))
		case want != hex.EncodeToString(sum[:]):
			problems = append(problems, fmt.Errorf("%s: the checksum differs", name))
		}
		if strings.HasSuffix(name, ".zip") {
			archives++
			if err := checkArchive(dir, name, content); err != nil {
				problems = append(problems, fmt.Errorf("%s: %w", name, err))
			}
		}
	}
	for name := range sums {
		// The manifest is kept beside the archives only once the release is put together.
		if !present[name] && !strings.HasSuffix(name, "_manifest.json") {
			problems = append(problems, fmt.Errorf("%s: in the checksums, but missing", name))
		}
	}
	if archives == 0 {
		problems = append(problems, errors.New("no archive"))
	}
	return archives, errors.Join(problems...)
}

// readSums reads the one file of checksums in a folder: hash by name.
func readSums(dir string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*_SHA256SUMS"))
	if err != nil {
		return nil, err
	}
	if len(files) != 1 {
		return nil, fmt.Errorf("%d files of checksums instead of one", len(files))
	}
	content, err := os.ReadFile(files[0])
	if err != nil {
		return nil, err
	}
	sums := map[string]string{}
	for line := range strings.Lines(string(content)) {
		hash, name, found := strings.Cut(strings.TrimSpace(line), "  ")
		if !found || filepath.Base(name) != name || sums[name] != "" {
			return nil, fmt.Errorf("%s: the line %q is not a checksum", files[0], line)
		}
		sums[name] = hash
	}
	return sums, nil
}

// checkArchive checks that an archive holds one binary, and compares it with its SBOM.
func checkArchive(dir, name string, content []byte) error {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return err
	}
	if len(archive.File) != 1 {
		return fmt.Errorf("it holds %d files instead of one", len(archive.File))
	}
	file, err := archive.File[0].Open()
	if err != nil {
		return err
	}
	binary, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	info, err := buildinfo.Read(bytes.NewReader(binary))
	if err != nil {
		return fmt.Errorf("%s: %w", archive.File[0].Name, err)
	}
	sbom, err := os.ReadFile(filepath.Join(dir, strings.TrimSuffix(name, ".zip")+".cdx.json"))
	if err != nil {
		return err
	}
	return compare(info, sbom)
}

// compare tells in what the modules of a binary and those of its SBOM differ.
func compare(info *debug.BuildInfo, sbom []byte) error {
	var document struct {
		BOMFormat string `json:"bomFormat"`
		Metadata  struct {
			Component struct {
				Name string `json:"name"`
			} `json:"component"`
		} `json:"metadata"`
		Components []struct {
			Name    string `json:"name"`
			Version string `json:"version"`
		} `json:"components"`
	}
	if err := json.Unmarshal(sbom, &document); err != nil {
		return fmt.Errorf("the SBOM: %w", err)
	}
	if document.BOMFormat != "CycloneDX" || document.Metadata.Component.Name != info.Main.Path {
		return fmt.Errorf("the SBOM is of %q", document.Metadata.Component.Name)
	}
	built := []string{"std@" + strings.TrimPrefix(info.GoVersion, "go")}
	for _, dep := range info.Deps {
		if dep.Replace != nil {
			dep = dep.Replace
		}
		built = append(built, dep.Path+"@"+dep.Version)
	}
	var listed []string
	for _, component := range document.Components {
		version := component.Version
		if component.Name == "std" {
			version = strings.TrimPrefix(version, "go")
		}
		listed = append(listed, component.Name+"@"+version)
	}
	slices.Sort(built)
	slices.Sort(listed)
	var problems []error
	for _, module := range built {
		if _, found := slices.BinarySearch(listed, module); !found {
			problems = append(problems, fmt.Errorf("the binary was built with %s, which the SBOM lacks", module))
		}
	}
	for _, module := range listed {
		if _, found := slices.BinarySearch(built, module); !found {
			problems = append(problems, fmt.Errorf("the SBOM lists %s, which the binary lacks", module))
		}
	}
	return errors.Join(problems...)
}
