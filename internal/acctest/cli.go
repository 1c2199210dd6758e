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
	// cliVariable is the environment variable with the absolute path of the CLI.
	// terraform-plugin-testing reads it too. The default is "terraform" on the PATH.
	cliVariable = "TF_ACC_TERRAFORM_PATH"
	// installedVersion is the version of Terraform that EnsureCLI installs: the oldest
	// that the provider supports.
	installedVersion = "1.11.4"
)

// CLI returns the program to run.
func CLI() string {
	if program := os.Getenv(cliVariable); program != "" {
		return program
	}
	return "terraform"
}

// EnsureCLI downloads Terraform into the user's cache if there is no CLI, and sets
// cliVariable to it. hc-install checks the signature.
func EnsureCLI(ctx context.Context) error {
	if _, err := exec.LookPath(CLI()); err == nil {
		return nil
	}
	if program := os.Getenv(cliVariable); program != "" {
		return fmt.Errorf("%s is %s, which is not an executable file", cliVariable, program)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	dir := filepath.Join(cache, "terraform-provider-identitycenter", "terraform-"+installedVersion)
	program := filepath.Join(dir, "terraform")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if _, err := os.Stat(program); err != nil {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "Terraform is not on the PATH: installing %s in %s\n", installedVersion, dir)
		installer := &releases.ExactVersion{Product: product.Terraform, Version: version.Must(version.NewVersion(installedVersion)), InstallDir: dir}
		if program, err = installer.Install(ctx); err != nil {
			return fmt.Errorf("terraform is not on the PATH, %s is not set, and installing it failed: %w", cliVariable, err)
		}
	}
	return os.Setenv(cliVariable, program)
}
