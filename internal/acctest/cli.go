// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"
)

const (
	// CLIVariable is the environment variable with the absolute path of the CLI.
	// terraform-plugin-testing reads it too. The default is "terraform" on the PATH.
	CLIVariable = "TF_ACC_TERRAFORM_PATH"
	// InstalledVersion is the version of Terraform that EnsureCLI installs: the oldest
	// that the provider supports.
	InstalledVersion = "1.11.4"
)

// CLI returns the program to run.
func CLI() string {
	if program := os.Getenv(CLIVariable); program != "" {
		return program
	}
	return "terraform"
}

// EnsureCLI downloads Terraform into the user's cache if there is no CLI, and sets
// CLIVariable to it. hc-install checks the signature.
func EnsureCLI(ctx context.Context) error {
	if _, err := exec.LookPath(CLI()); err == nil {
		return nil
	}
	if program := os.Getenv(CLIVariable); program != "" {
		return fmt.Errorf("%s is %s, which is not an executable file", CLIVariable, program)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	dir := filepath.Join(cache, "terraform-provider-identitycenter", "terraform-"+InstalledVersion)
	program := filepath.Join(dir, "terraform")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if _, err := os.Stat(program); err != nil {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "Terraform is not on the PATH: installing %s in %s\n", InstalledVersion, dir)
		installer := &releases.ExactVersion{Product: product.Terraform, Version: version.Must(version.NewVersion(InstalledVersion)), InstallDir: dir}
		if program, err = installer.Install(ctx); err != nil {
			return fmt.Errorf("terraform is not on the PATH, %s is not set, and installing it failed: %w", CLIVariable, err)
		}
	}
	return os.Setenv(CLIVariable, program)
}

// CLIVersion is the version of a CLI.
type CLIVersion struct {
	OpenTofu     bool
	Major, Minor int
}

// Version asks the CLI for its version.
func Version(ctx context.Context) (CLIVersion, error) {
	command := exec.CommandContext(ctx, CLI(), "version") //nolint:gosec // The caller chooses the program.
	command.Env = append(os.Environ(), "CHECKPOINT_DISABLE=1")
	output, err := command.Output()
	if err != nil {
		return CLIVersion{}, fmt.Errorf("%s version: %w", CLI(), err)
	}
	var name string
	var v CLIVersion
	if _, err := fmt.Sscanf(string(output), "%s v%d.%d", &name, &v.Major, &v.Minor); err != nil {
		return CLIVersion{}, fmt.Errorf("%s version: %w in %q", CLI(), err, output)
	}
	v.OpenTofu = name == "OpenTofu"
	return v, nil
}

// HasActions reports whether the CLI supports actions.
func (v CLIVersion) HasActions() bool {
	return !v.OpenTofu && v.AtLeast(1, 14)
}

// AtLeast reports whether the CLI has the features of a version of Terraform. OpenTofu
// counts as Terraform 1.11.
func (v CLIVersion) AtLeast(major, minor int) bool {
	if v.OpenTofu {
		v.Major, v.Minor = 1, 11
	}
	return v.Major > major || v.Major == major && v.Minor >= minor
}
