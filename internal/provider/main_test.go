// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
)

// leftDir is the folder with everything that acceptance tests leave: states, plans, output
// and logs.
var leftDir string

// TestMain isolates the tests from the settings and credentials of the user. With TF_ACC it keeps
// states, plans, output and trace logs, and searches them for the secrets of all clouds.
func TestMain(m *testing.M) {
	if url := os.Getenv(deleteVariable); url != "" {
		os.Exit(sendDelete(url))
	}
	os.Exit(runTests(m))
}

// runTests runs the tests and returns the exit status.
func runTests(m *testing.M) int {
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
	full := acceptance && status == 0 && everythingRan()
	var problems []string
	if acceptance {
		if problems, err = leaks(leftDir, allSecrets()); err != nil {
			problems = append(problems, err.Error())
		}
	}
	if full {
		problems = append(problems, problemsOfAll()...)
	} else if *updateDiagnostics {
		problems = append(problems, shownDiagnostics.problems(false)...)
	}
	for _, problem := range problems {
		fmt.Fprintln(os.Stderr, "--- FAIL:", problem)
		status = 1
	}
	return status
}

// problemsOfAll returns what only a run of all tests shows: arguments that no test sets, and golden
// diagnostics that are missing.
func problemsOfAll() []string {
	missing := shownDiagnostics.problems(true)
	// The diagnostics of interrupted and throttled runs vary, so the comparison fails a run
	// only on request.
	if os.Getenv(acctest.AllVariable) == "" {
		for _, problem := range missing {
			fmt.Fprintln(os.Stderr, problem)
		}
		missing = nil
	}
	return slices.Concat(inputs.unused(), missing)
}

// isolate sets the environment of the tests.
func isolate(home string, acceptance bool) error {
	// `go build` finds its caches by HOME, unless they are set.
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
		value, err := exec.CommandContext(context.Background(), "go", "env", name).Output()
		if err != nil {
			return fmt.Errorf("go env %s: %w", name, err)
		}
		_ = os.Setenv(name, strings.TrimSpace(string(value)))
	}
	if acceptance {
		if err := acctest.EnsureCLI(context.Background()); err != nil {
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
	cli, err := cliVersion(context.Background())
	if err != nil {
		return err
	}
	if cli.openTofu {
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

func skipUnlessAll(t *testing.T) {
	t.Helper()
	if os.Getenv(acctest.AllVariable) == "" {
		t.Skipf("%s is not set.", acctest.AllVariable)
	}
}

// deleteVariable makes the test binary send a DELETE to the URL in it, for the provisioner in
// testdata/TestAccUserLogoutOnDestroy_many.
const deleteVariable = "IDENTITYCENTER_TEST_DELETE"

func sendDelete(url string) int {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodDelete, url, nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	_ = response.Body.Close()
	return 0
}
