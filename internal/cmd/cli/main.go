// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Command cli prints the Terraform CLI that tests run, and installs one if there is none.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
)

func main() {
	if err := acctest.EnsureCLI(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "cli:", err)
		os.Exit(1)
	}
	fmt.Println(acctest.CLI())
}
