// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

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
	"slices"
	"strings"
	"time"
)

// module is the package of the provider.
const module = "github.com/identitycenter/terraform-provider-identitycenter"

// hosts are the default registries of Terraform and OpenTofu. A mirror has the provider for
// both.
var hosts = []string{"registry.terraform.io", "registry.opentofu.org"}

// providerVersion is the version of the provider in a mirror. The examples allow it.
const providerVersion = "0.1.0"

// Mirror is a filesystem mirror with the provider. Unlike with dev_overrides, init works and
// prints no warning.
type Mirror struct {
	// Dir is the root of the mirror.
	Dir string
	// Binary is the path of the provider's executable.
	Binary string
}

// ReleaseFlags are the arguments of `go build` for a release, without the version.
// GNUmakefile and .goreleaser.yml have the same.
var ReleaseFlags = []string{"-trimpath", "-ldflags=-s -w"}

// Build builds the provider into a mirror below dir, with additional arguments for
// `go build`. The error has the output of go.
func Build(ctx context.Context, dir string, args ...string) (*Mirror, error) {
	if err := EnsureCLI(ctx); err != nil {
		return nil, err
	}
	binary := filepath.Join(dir, "terraform-provider-identitycenter")
	args = append(append([]string{"build", "-o", binary}, args...), module)
	build := exec.CommandContext(ctx, "go", args...) //nolint:gosec // The caller chooses the arguments.
	if output, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(build.Args, " "), err, output)
	}
	mirror := &Mirror{Dir: dir, Binary: binary}
	return mirror, mirror.Add("identitycenter/identitycenter", providerVersion, binary)
}

// Add adds a provider to the mirror as source "namespace/name" of each registry. The files
// are links to the executable.
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

// Workspace is a folder for Terraform commands, isolated from the user's settings.
type Workspace struct {
	// Dir holds the configuration and the state.
	Dir string
	// Env is the environment of every command: that of the process without the variables
	// that configure Terraform or the provider.
	Env []string
	// Terraform is the CLI to run.
	Terraform string
	// Attach, if set, starts a provider for a command of Run. It returns a variable for the
	// environment of the command, and a function that stops the provider.
	Attach func() (variable string, stop func())
}

// New makes dir a workspace that installs the provider from the mirror.
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
	// The home directory may have credentials in ~/.hcloud/config.json.
	w.Env = append(w.Env, "TF_CLI_CONFIG_FILE="+config, "TF_IN_AUTOMATION=1", "TF_INPUT=0", "CHECKPOINT_DISABLE=1", "HOME="+dir)
	return w, nil
}

// Command returns a Terraform command that was not started. When ctx ends, it gets SIGINT,
// and is killed if it does not end within ten seconds.
func (w *Workspace) Command(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, w.Terraform, args...) //nolint:gosec // The caller chooses the arguments.
	command.Dir, command.Env = w.Dir, w.Env
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 10 * time.Second
	return command
}

// Run runs a Terraform command and returns its output, standard error included, and its
// exit status. The error says why it could not be started.
func (w *Workspace) Run(ctx context.Context, args ...string) (output string, status int, err error) {
	command := w.Command(ctx, args...)
	if w.Attach != nil {
		variable, stop := w.Attach()
		defer stop()
		command.Env = append(slices.Clip(command.Env), variable)
	}
	printed, err := command.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(printed), exit.ExitCode(), nil
	}
	return string(printed), 0, err
}
