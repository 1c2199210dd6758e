// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
)

// version is the version of a CLI.
type version struct {
	openTofu     bool
	major, minor int
}

// cliVersion asks the CLI for its version.
func cliVersion(ctx context.Context) (version, error) {
	command := exec.CommandContext(ctx, acctest.CLI(), "version")
	command.Env = append(os.Environ(), "CHECKPOINT_DISABLE=1")
	output, err := command.Output()
	if err != nil {
		return version{}, fmt.Errorf("%s version: %w", acctest.CLI(), err)
	}
	var name string
	var v version
	if _, err := fmt.Sscanf(string(output), "%s v%d.%d", &name, &v.major, &v.minor); err != nil {
		return version{}, fmt.Errorf("%s version: %w in %q", acctest.CLI(), err, output)
	}
	v.openTofu = name == "OpenTofu"
	return v, nil
}

// hasActions reports whether the CLI supports actions.
func (v version) hasActions() bool { return !v.openTofu && v.atLeast(1, 14) }

// atLeast reports whether the CLI has the features of a version of Terraform. OpenTofu
// counts as Terraform 1.11.
func (v version) atLeast(major, minor int) bool {
	if v.openTofu {
		v.major, v.minor = 1, 11
	}
	return v.major > major || v.major == major && v.minor >= minor
}

// requirement skips a test that cannot run here.
type requirement func(*testing.T)

// atLeast requires a version of Terraform. OpenTofu counts as 1.11.
func atLeast(major, minor int) requirement {
	return func(t *testing.T) {
		t.Helper()
		cli, err := cliVersion(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !cli.atLeast(major, minor) {
			t.Skipf("It needs Terraform %d.%d.", major, minor)
		}
	}
}

// skipUnless skips the test without TF_ACC, or if a requirement is not met.
func skipUnless(t *testing.T, require ...requirement) {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("Acceptance tests need TF_ACC=1.")
	}
	for _, check := range require {
		check(t)
	}
}

// buildRaceMirror builds the provider with the race detector, once per test process.
var buildRaceMirror = sync.OnceValues(func() (*acctest.Mirror, error) {
	dir, err := os.MkdirTemp(os.Getenv("HOME"), "mirror-")
	if err != nil {
		return nil, err
	}
	return acctest.Build(context.Background(), dir, "-race")
})

// raceMirror returns a mirror with the provider built with the race detector.
func raceMirror(t *testing.T) *acctest.Mirror {
	t.Helper()
	mirror, err := buildRaceMirror()
	if err != nil {
		t.Fatal(err)
	}
	return mirror
}

// emptyWorkspace returns a workspace whose files are searched for secrets after all tests.
func emptyWorkspace(t *testing.T, mirror *acctest.Mirror) *acctest.Workspace {
	t.Helper()
	dir, err := os.MkdirTemp(leftDir, strings.ReplaceAll(t.Name(), "/", "__")) //nolint:usetesting // runTests searches it.
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

// newWorkspace returns a workspace with a configuration. Its provider runs in the test process,
// which takes a fifth of the CPU time of a provider process per command.
func newWorkspace(t *testing.T, config string, require ...requirement) *acctest.Workspace {
	t.Helper()
	w := newEmptyWorkspace(t, require...)
	configure(t, w, config)
	return w
}

// newEmptyWorkspace returns a workspace like newWorkspace, without a configuration.
func newEmptyWorkspace(t *testing.T, require ...requirement) *acctest.Workspace {
	t.Helper()
	skipUnless(t, require...)
	w := emptyWorkspace(t, &acctest.Mirror{Dir: t.TempDir()})
	w.Attach = func() (string, func()) { return attach(t) }
	return w
}

// newProcessWorkspace returns an initialized workspace whose provider is a process, for tests of
// signals, logs and the environment.
func newProcessWorkspace(t *testing.T, config string, require ...requirement) *acctest.Workspace {
	t.Helper()
	w := newEmptyProcessWorkspace(t, require...)
	configure(t, w, config)
	expect(t, w, 0, "init")
	return w
}

// newEmptyProcessWorkspace returns a workspace like newProcessWorkspace, without a configuration.
func newEmptyProcessWorkspace(t *testing.T, require ...requirement) *acctest.Workspace {
	t.Helper()
	skipUnless(t, require...)
	return emptyWorkspace(t, raceMirror(t))
}

// attach serves the provider in the test process. It returns the variable with which a CLI
// finds the provider, and a function that ends the server.
func attach(t *testing.T) (variable string, stop func()) {
	t.Helper()
	server := servedProvider(t)
	ctx, cancel := context.WithCancel(context.Background())
	started, stopped := make(chan *plugin.ReattachConfig), make(chan struct{})
	address := cmp.Or(os.Getenv("TF_ACC_PROVIDER_HOST"), "registry.terraform.io") + "/identitycenter/identitycenter"
	go func() {
		_ = tf6server.Serve(address, func() tfprotov6.ProviderServer { return server },
			tf6server.WithDebug(ctx, started, stopped), tf6server.WithLoggingSink(t), tf6server.WithoutLogStderrOverride(),
			tf6server.WithGoPluginLogger(hclog.NewNullLogger()))
	}()
	running := <-started
	type addr struct{ Network, String string }
	reattach, err := json.Marshal(map[string]any{address: map[string]any{
		"Protocol": running.Protocol, "ProtocolVersion": running.ProtocolVersion, "Pid": running.Pid, "Test": true,
		"Addr": addr{running.Addr.Network(), running.Addr.String()},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return "TF_REATTACH_PROVIDERS=" + string(reattach), func() {
		cancel()
		<-stopped
	}
}

// configure writes main.tf with a configuration, after a terraform block that requires the provider.
func configure(t *testing.T, w *acctest.Workspace, config string) {
	t.Helper()
	inputs.configuration(config)
	config = "terraform {\n  required_providers {\n    identitycenter = {\n      source = \"identitycenter/identitycenter\"\n    }\n  }\n}\n" + config
	if err := os.WriteFile(filepath.Join(w.Dir, "main.tf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
}

// record keeps the output of a command for the search for secrets.
func record(t *testing.T, w *acctest.Workspace, output string) {
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

// expect runs a Terraform command and returns its output. It fails the test for another exit
// status, or for a data race.
func expect(t *testing.T, w *acctest.Workspace, status int, args ...string) string {
	t.Helper()
	output, got, err := w.Run(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	record(t, w, output)
	if got != status {
		t.Fatalf("terraform %s: exit status %d, want %d\n%s", strings.Join(args, " "), got, status, output)
	}
	if strings.Contains(output, "DATA RACE") {
		t.Fatalf("terraform %s:\n%s", strings.Join(args, " "), output)
	}
	return output
}

// start starts a Terraform command. It gets SIGINT when ctx ends. wait returns the output, and
// fails the test for a data race.
func start(ctx context.Context, t *testing.T, w *acctest.Workspace, args ...string) (command *exec.Cmd, wait func() string) {
	t.Helper()
	command = w.Command(ctx, args...)
	stop := func() {}
	if w.Attach != nil {
		var variable string
		variable, stop = w.Attach()
		command.Env = append(slices.Clip(command.Env), variable)
	}
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	return command, func() string {
		_ = command.Wait()
		stop()
		record(t, w, output.String())
		if strings.Contains(output.String(), "DATA RACE") {
			t.Error(output.String())
		}
		return output.String()
	}
}
