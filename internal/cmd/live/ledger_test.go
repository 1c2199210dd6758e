// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

const root = "../../.."

// openOptions tells of each option of the simulator whether it stands for an open
// reading that a run prints.
func openOptions() map[string]bool {
	options := map[string]bool{}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[simulator.Options]()) {
		options[field.Name] = true
	}
	// Settings of the simulator itself, and faults.
	for _, name := range []string{"Clock", "RatePerSecond", "RetryAfter", "ProvisioningFailure", "ProvisioningFailedAccounts"} {
		delete(options, name)
	}
	// Open, but nothing that a run provokes.
	for _, name := range []string{"ThrottleWindow", "ThrottleMessage", "MetadataTokenStatus", "MetadataTokenDropped", "MetadataV1"} {
		options[name] = false
	}
	return options
}

// row is one of the tables of API-FACTS.md: fact, source, standing, tests, options.
type row struct {
	id, text, source, standing string
	tests, options             []string
}

var backquoted = regexp.MustCompile("`([^`]+)`")

func readLedger(t *testing.T) []row {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, "API-FACTS.md"))
	if err != nil {
		t.Fatal(err)
	}
	names := func(cell string) []string {
		var found []string
		for _, match := range backquoted.FindAllStringSubmatch(cell, -1) {
			found = append(found, match[1])
		}
		return found
	}
	var rows []row
	for line := range strings.Lines(string(content)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		if len(cells) != 6 {
			t.Fatalf("%d cells instead of 6: %s", len(cells), line)
		}
		rows = append(rows, row{
			id: strings.Trim(cells[0], " `"), text: cells[1], source: strings.TrimSpace(cells[2]), standing: strings.TrimSpace(cells[3]),
			tests: names(cells[4]), options: names(cells[5]),
		})
	}
	return rows
}

// testsOfTree are the names of all tests.
func testsOfTree(t *testing.T) map[string]bool {
	t.Helper()
	tests := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := filepath.WalkDir(filepath.Join(root, "internal"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, match := range function.FindAllStringSubmatch(string(source), -1) {
			tests[match[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tests
}

func TestTheLedgerIsTrue(t *testing.T) {
	t.Parallel()
	tests, named, ids := testsOfTree(t), map[string]bool{}, map[string]string{}
	for _, r := range readLedger(t) {
		if ids[r.id] != "" {
			t.Errorf("%s is there twice", r.id)
		}
		ids[r.id] = r.standing
		if !slices.Contains([]string{"documented", "inferred", "unknown"}, r.standing) || r.source == "" {
			t.Errorf("%s: standing %q, source %q", r.id, r.standing, r.source)
		}
		// What only a person can try has no test, and says so.
		if len(r.tests) == 0 && r.standing != "unknown" {
			t.Errorf("%s has no test", r.id)
		}
		for _, name := range r.tests {
			if !tests[name] {
				t.Errorf("%s: there is no test %s", r.id, name)
			}
		}
		for _, option := range r.options {
			if _, there := openOptions()[option]; !there {
				t.Errorf("%s: %s is no option that stands for a reading", r.id, option)
			}
			named[option] = true
		}
	}
	for option := range openOptions() {
		if !named[option] {
			t.Errorf("the option %s is not in the ledger", option)
		}
	}
	// The check-list of the live tests and the open facts of the ledger are the same.
	for _, f := range facts() {
		if ids[f.id] != "unknown" {
			t.Errorf("%s is %q in the ledger, and open in the live tests", f.id, ids[f.id])
		}
		delete(ids, f.id)
	}
	for id, standing := range ids {
		if standing == "unknown" {
			t.Errorf("%s is open, and not in the live tests", id)
		}
	}
}

// The live tests are run by a person.
func TestNothingRunsThemByItself(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root, ".github/workflows/*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no workflow: %v", err)
	}
	for _, name := range append(files, filepath.Join(root, ".ci/run")) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "make live") || strings.Contains(string(text), "cmd/live") || strings.Contains(string(text), envRead) {
			t.Errorf("%s runs the live tests", name)
		}
	}
}

// The page for people names every variable, and what they try by hand.
func TestThePageIsComplete(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(filepath.Join(root, "LIVE.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{envRead, envEndSessions, envLock, envCut, envOldPolicies, envPause, envRecord, envEndpoint} {
		if !strings.Contains(string(content), "`"+name+"`") {
			t.Errorf("the page does not have %s", name)
		}
	}
	for _, f := range facts() {
		if f.read == nil && !strings.Contains(string(content), "`"+f.id+"`") {
			t.Errorf("the page does not say how to try %s", f.id)
		}
	}
}
