// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// leftDir is the folder with everything that acceptance tests leave: states, plans, output
// and logs.
var leftDir string

// Main runs the tests of a package, isolated from the settings and credentials of the user, and
// returns the exit status. With TF_ACC it keeps states, plans, output and trace logs, and searches
// them for the secrets of all clouds. check returns further problems; it is called after all tests
// have run and passed.
func Main(m *testing.M, check func() []string) int {
	home, err := os.MkdirTemp("", "identitycenter-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(home) }()
	acceptance := os.Getenv("TF_ACC") != ""
	if err := isolate(home, acceptance); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	status := m.Run()
	if !acceptance {
		return status
	}
	problems, err := Leaks(leftDir, allSecrets())
	if err != nil {
		problems = append(problems, err.Error())
	}
	if status == 0 && everythingRan() {
		problems = append(problems, check()...)
	}
	for _, problem := range problems {
		fmt.Fprintln(os.Stderr, "--- FAIL:", problem)
		status = 1
	}
	return status
}

// isolate sets the environment of the tests.
func isolate(home string, acceptance bool) error {
	// `go build` finds its caches by HOME, unless they are set.
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
		value, err := exec.CommandContext(context.Background(), "go", "env", name).Output() //nolint:gosec // One of the names above.
		if err != nil {
			return fmt.Errorf("go env %s: %w", name, err)
		}
		_ = os.Setenv(name, strings.TrimSpace(string(value)))
	}
	if acceptance {
		if err := EnsureCLI(context.Background()); err != nil {
			return err
		}
	}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		for _, prefix := range []string{"HW_", "HUAWEICLOUD_", "TF_CLI", "TF_VAR"} {
			if strings.HasPrefix(name, prefix) {
				_ = os.Unsetenv(name)
			}
		}
	}
	_ = os.Setenv("HOME", home)
	_ = os.Setenv("CHECKPOINT_DISABLE", "1")
	leftDir = filepath.Join(home, "left")
	if err := os.Mkdir(leftDir, 0o700); err != nil || !acceptance {
		return err
	}
	cli, err := Version(context.Background())
	if err != nil {
		return err
	}
	if cli.OpenTofu {
		_ = os.Setenv("TF_ACC_PROVIDER_HOST", "registry.opentofu.org") // the default host in a source address
	}
	_ = os.Setenv("TF_ACC_TEMP_DIR", leftDir)
	_ = os.Setenv("TF_ACC_PERSIST_WORKING_DIR", "1")
	_ = os.Setenv("TF_LOG", "JSON") // at level trace
	return os.Setenv("TF_LOG_PATH_MASK", filepath.Join(leftDir, "%s.log"))
}

// everythingRan reports whether no flag excluded a test.
func everythingRan() bool {
	for _, name := range []string{"test.run", "test.skip"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" {
			return false
		}
	}
	return flag.Lookup("test.short").Value.String() == "false"
}

// Seeds returns the seeds of a property test: 10 fixed seeds, or as many as PROPERTY_SEEDS sets
// (make property). The names of property tests contain "Property".
func Seeds(t testing.TB) []uint64 {
	t.Helper()
	n := 10
	if text := os.Getenv("PROPERTY_SEEDS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1 {
			t.Fatalf("PROPERTY_SEEDS is %q instead of a positive number", text)
		}
	}
	seeds := make([]uint64, n)
	for i := range seeds {
		seeds[i] = 20261123 + uint64(i)
	}
	return seeds
}
