// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// raceMirror has the provider built with the race detector, once per test process.
var raceMirror = sync.OnceValues(func() (*Mirror, error) {
	dir, err := os.MkdirTemp(os.Getenv("HOME"), "mirror-")
	if err != nil {
		return nil, err
	}
	return Build(context.Background(), dir, "-race")
})

// RaceMirror returns a mirror with the provider built with the race detector.
func RaceMirror(t testing.TB) *Mirror {
	t.Helper()
	mirror, err := raceMirror()
	if err != nil {
		t.Fatal(err)
	}
	return mirror
}

// Requirement skips a test that cannot run here.
type Requirement func(*testing.T)

// AtLeast requires a version of Terraform. OpenTofu counts as 1.11.
func AtLeast(major, minor int) Requirement {
	return func(t *testing.T) {
		t.Helper()
		cli, err := Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !cli.AtLeast(major, minor) {
			t.Skipf("It needs Terraform %d.%d.", major, minor)
		}
	}
}

// SkipUnless skips the test without TF_ACC, or if a requirement is not met.
func SkipUnless(t *testing.T, require ...Requirement) {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("Acceptance tests need TF_ACC=1.")
	}
	for _, check := range require {
		check(t)
	}
}

// NewWorkspace returns an empty workspace of a test. Main searches the workspace for secrets.
func NewWorkspace(t *testing.T, mirror *Mirror) *Workspace {
	t.Helper()
	dir, err := os.MkdirTemp(leftDir, strings.ReplaceAll(t.Name(), "/", "__")) //nolint:usetesting // Main searches it after the test.
	if err != nil {
		t.Fatal(err)
	}
	w, err := mirror.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	// By default the race detector sleeps for a second when a process exits. Short commands need no
	// garbage collection.
	w.Env = append(w.Env, "GOGC=800", "TF_LOG=TRACE", "TF_LOG_PATH="+filepath.Join(dir, "trace.log"), "GORACE=atexit_sleep_ms=0")
	return w
}

// Configure writes main.tf with the configuration, after a terraform block that requires
// the provider.
func (w *Workspace) Configure(t testing.TB, config string) {
	t.Helper()
	config = "terraform {\n  required_providers {\n    identitycenter = {\n      source = \"identitycenter/identitycenter\"\n    }\n  }\n}\n" + config
	if err := os.WriteFile(filepath.Join(w.Dir, "main.tf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Record keeps the output of a command for the search for secrets.
func (w *Workspace) Record(t testing.TB, output string) {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(w.Dir, "printed.txt"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if _, err := file.WriteString(output); err != nil {
		t.Fatal(err)
	}
}

// Expect runs a Terraform command and returns its output. It fails the test for another
// exit status, or for a data race.
func (w *Workspace) Expect(t testing.TB, status int, args ...string) string {
	t.Helper()
	output, got, err := w.Run(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	w.Record(t, output)
	if got != status {
		t.Fatalf("terraform %s: exit status %d, want %d\n%s", strings.Join(args, " "), got, status, output)
	}
	if strings.Contains(output, "DATA RACE") {
		t.Fatalf("terraform %s:\n%s", strings.Join(args, " "), output)
	}
	return output
}
