// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Command validate runs `terraform validate` over every folder with a
// configuration below the one that is named. A folder that asks for a newer
// Terraform than the one installed is named and left out.
package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/workspace"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: validate FOLDER")
		stop()
		os.Exit(2)
	}
	if err := run(ctx, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "validate:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, root string) error {
	temporary, err := os.MkdirTemp("", "identitycenter-validate-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temporary) }()
	mirror, err := workspace.Build(ctx, filepath.Join(temporary, "mirror"))
	if err != nil {
		return err
	}
	folders, err := configurations(root)
	if err != nil {
		return err
	}
	if len(folders) == 0 {
		return fmt.Errorf("no configuration below %s", root)
	}
	for i, folder := range folders {
		if err := validate(ctx, mirror, folder, filepath.Join(temporary, fmt.Sprint(i))); err != nil {
			return err
		}
	}
	return nil
}

// configurations lists the folders below root that hold a .tf file.
func configurations(root string) ([]string, error) {
	var folders []string
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error { //nolint:gosec // The folder is the caller's own.
		if err == nil && filepath.Ext(path) == ".tf" && !strings.Contains(path, ".terraform") {
			folders = append(folders, filepath.Dir(path))
		}
		return err
	})
	return slices.Compact(folders), err
}

// validate validates a copy of a folder, so that nothing is left in it.
func validate(ctx context.Context, mirror *workspace.Mirror, folder, dir string) error {
	if err := os.CopyFS(dir, os.DirFS(folder)); err != nil {
		return err
	}
	w, err := mirror.New(dir)
	if err != nil {
		return err
	}
	for _, args := range [][]string{{"init", "-backend=false", "-no-color"}, {"validate", "-no-color"}} {
		output, status, err := w.Run(ctx, args...)
		if err != nil {
			return err
		}
		if status != 0 && strings.Contains(output, "Unsupported Terraform Core version") {
			fmt.Printf("%-70s left out: it needs a newer Terraform\n", folder)
			return nil
		}
		if status != 0 {
			return fmt.Errorf("%s: terraform %s:\n%s", folder, args[0], output)
		}
	}
	fmt.Printf("%-70s valid\n", folder)
	return nil
}
