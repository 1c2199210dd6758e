// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

const root = "../.."

// fact is a row of API-FACTS.md.
type fact struct {
	id, holds, source, standing string
	tests, options              []string
}

var codeSpan = regexp.MustCompile("`([^`]+)`")

// facts reads API-FACTS.md.
func facts(t *testing.T) []fact {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, "API-FACTS.md"))
	if err != nil {
		t.Fatal(err)
	}
	names := func(cell string) (found []string) {
		for _, match := range codeSpan.FindAllStringSubmatch(cell, -1) {
			found = append(found, match[1])
		}
		return found
	}
	var all []fact
	for line := range strings.Lines(string(content)) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if len(cells) != 6 {
			t.Fatalf("%d cells instead of 6: %s", len(cells), line)
		}
		all = append(all, fact{
			id: strings.Trim(cells[0], " `"), holds: cells[1], source: strings.TrimSpace(cells[2]), standing: strings.TrimSpace(cells[3]),
			tests: names(cells[4]), options: names(cells[5]),
		})
	}
	return all
}

// openFacts returns the documented reading of each fact with the status unknown, by ID.
func openFacts(t *testing.T) map[string]string {
	t.Helper()
	open := map[string]string{}
	for _, f := range facts(t) {
		if f.standing == "unknown" {
			open[f.id] = f.holds
		}
	}
	return open
}

// testNames returns the names of all tests below internal.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	tests, function := map[string]bool{}, regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
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

// Each fact has a source, existing tests, and the simulator option for its readings.
func TestAPIFacts(t *testing.T) {
	t.Parallel()
	tests, ids, options := testNames(t), map[string]bool{}, map[string]bool{}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[simulator.Options]()) {
		options[field.Name] = true
	}
	// These options configure the simulator and belong to no fact.
	for _, name := range []string{"Clock", "RatePerSecond", "RetryAfter", "ProvisioningFailure", "ProvisioningFailedAccounts"} {
		delete(options, name)
	}
	unnamed := maps.Clone(options)
	for _, f := range facts(t) {
		if ids[f.id] {
			t.Errorf("%s is there twice", f.id)
		}
		ids[f.id] = true
		if !slices.Contains([]string{"documented", "inferred", "unknown"}, f.standing) || f.source == "" {
			t.Errorf("%s: standing %q, source %q", f.id, f.standing, f.source)
		}
		if len(f.tests) == 0 && f.standing != "unknown" {
			t.Errorf("%s has no test", f.id)
		}
		for _, name := range f.tests {
			if !tests[name] {
				t.Errorf("%s: there is no test %s", f.id, name)
			}
		}
		for _, option := range f.options {
			if !options[option] {
				t.Errorf("%s: there is no option %s", f.id, option)
			}
			delete(unnamed, option)
		}
	}
	for option := range unnamed {
		t.Errorf("the option %s is not in API-FACTS.md", option)
	}
}

// LIVE.md lists each variable of the live test and each fact that a person must check.
func TestLive_page(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(filepath.Join(root, "LIVE.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{envRead, envEndSessions, envLock, envCut, envOldPolicies, envPause, envEndpoint} {
		if !strings.Contains(string(content), "`"+name+"`") {
			t.Errorf("LIVE.md does not have %s", name)
		}
	}
	source, err := os.ReadFile("live_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for id := range openFacts(t) {
		if !strings.Contains(string(source), `"`+id+`"`) && !strings.Contains(string(content), "`"+id+"`") {
			t.Errorf("the live test does not read %s, and LIVE.md does not say how to try it", id)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
