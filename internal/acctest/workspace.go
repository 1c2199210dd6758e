// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package workspace runs a real Terraform or OpenTofu CLI with this repository's
// provider in a temporary folder, cut off from the user's own settings. The demo, the
// benchmarks and the tests of what only a process shows use it.
package acctest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// module is what `go build` makes the provider from.
const module = "github.com/identitycenter/terraform-provider-identitycenter"

// CLIVariable is the environment variable with the absolute path of the CLI to run;
// terraform-plugin-testing obeys it too. Without it, it is the "terraform" on the PATH.
const CLIVariable = "TF_ACC_TERRAFORM_PATH"

// CLI returns the program to run.
func CLI() string {
	if program := os.Getenv(CLIVariable); program != "" {
		return program
	}
	return "terraform"
}

// CLIVersion is what the CLI says that it is.
type CLIVersion struct {
	OpenTofu     bool
	Major, Minor int
}

// Version asks the CLI for its version.
func Version(ctx context.Context) (CLIVersion, error) {
	command := exec.CommandContext(ctx, CLI(), "version") //nolint:gosec // The program is the caller's own.
	command.Env = append(os.Environ(), "CHECKPOINT_DISABLE=1")
	output, err := command.Output()
	if err != nil {
		return CLIVersion{}, fmt.Errorf("%s version: %w", CLI(), err)
	}
	var name string
	var version CLIVersion
	if _, err := fmt.Sscanf(string(output), "%s v%d.%d", &name, &version.Major, &version.Minor); err != nil {
		return CLIVersion{}, fmt.Errorf("%s version: %w in %q", CLI(), err, output)
	}
	version.OpenTofu = name == "OpenTofu"
	return version, nil
}

// hosts are the registries that a source without a host is looked up in, Terraform's and
// OpenTofu's. A mirror has the provider at both.
var hosts = []string{"registry.terraform.io", "registry.opentofu.org"}

// version is what the provider in a mirror claims to be: one that the constraints of the
// examples allow.
const version = "0.1.0"

// Mirror is a filesystem mirror that holds the provider, freshly built. Terraform
// installs from it without a warning, other than with a developer override.
type Mirror struct {
	// Dir is the root of the mirror.
	Dir string
	// Binary is the path of the provider's executable.
	Binary string
}

// ReleaseFlags are the arguments for `go build` that make a release what it is; make build
// and .goreleaser.yml have the same. What is not of the standard library is not inlined:
// 1.2 MB less, and no CPU that shows in make bench.
var ReleaseFlags = []string{
	"-trimpath", "-tags=grpcnotrace", "-ldflags=-s -w",
	"-gcflags=github.com/...=-l", "-gcflags=google.golang.org/...=-l", "-gcflags=go.mongodb.org/...=-l",
}

// Build builds the provider into a mirror below dir, with extra arguments for
// `go build`. The error says which program is missing, or what go printed.
func Build(ctx context.Context, dir string, args ...string) (*Mirror, error) {
	if _, err := exec.LookPath(CLI()); err != nil {
		return nil, fmt.Errorf("this needs %s, which is not on the PATH; %s names another CLI", CLI(), CLIVariable)
	}
	built := filepath.Join(dir, "terraform-provider-identitycenter")
	if err := Compile(ctx, built, module, args...); err != nil {
		return nil, err
	}
	mirror := &Mirror{Dir: dir, Binary: built}
	return mirror, mirror.Add("identitycenter/identitycenter", version, built)
}

// Compile builds the package of a program into a file, with extra arguments for
// `go build`. The error says that go is missing, or what it printed.
func Compile(ctx context.Context, file, program string, args ...string) error {
	args = append(append([]string{"build", "-o", file}, args...), program)
	build := exec.CommandContext(ctx, "go", args...) //nolint:gosec // The arguments are the caller's own.
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(build.Args, " "), err, output)
	}
	return nil
}

// Add puts a provider's executable into the mirror, at the source "namespace/name" of
// every registry, as links: what runs is still the one file.
func (m *Mirror) Add(source, version, executable string) error {
	for _, host := range hosts {
		dir := filepath.Join(m.Dir, host, filepath.FromSlash(source), version, runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		file := filepath.Join(dir, "terraform-provider-"+path.Base(source)+"_v"+version)
		if runtime.GOOS == "windows" {
			file += ".exe"
		}
		if err := os.Link(executable, file); err != nil {
			return err
		}
	}
	return nil
}

// Workspace is a folder in which Terraform runs.
type Workspace struct {
	// Dir holds the configuration and the state.
	Dir string
	// Env is the environment of every command. It is the user's own without what
	// would set up Terraform or the provider.
	Env []string
	// Terraform is the CLI to run.
	Terraform string
}

// New makes dir a workspace that finds the provider in the mirror.
func (m *Mirror) New(dir string) (*Workspace, error) {
	config := filepath.Join(dir, "terraform.rc")
	text := fmt.Sprintf("disable_checkpoint = true\nprovider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.ToSlash(m.Dir))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	w := &Workspace{Dir: dir, Terraform: CLI()}
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "TF_") && !strings.HasPrefix(variable, "HW_") && !strings.HasPrefix(variable, "HUAWEICLOUD_") {
			w.Env = append(w.Env, variable)
		}
	}
	// A home of its own, as ~/.hcloud/config.json would be read for keys.
	w.Env = append(w.Env, "TF_CLI_CONFIG_FILE="+config, "TF_IN_AUTOMATION=1", "TF_INPUT=0", "CHECKPOINT_DISABLE=1", "HOME="+dir)
	return w, nil
}

// Command returns a Terraform command that has not begun. When ctx ends it is
// interrupted, as by Ctrl-C, and killed if it does not end within ten seconds.
func (w *Workspace) Command(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, w.Terraform, args...) //nolint:gosec // The arguments are the caller's own.
	command.Dir, command.Env = w.Dir, w.Env
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 10 * time.Second
	return command
}

// Run runs a Terraform command and returns what it printed to either output, and
// its exit status. The error is one of starting it.
func (w *Workspace) Run(ctx context.Context, args ...string) (output string, status int, err error) {
	command := w.Command(ctx, args...)
	printed, err := command.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(printed), exit.ExitCode(), nil
	}
	return string(printed), 0, err
}
