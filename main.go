// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-identitycenter serves the provider to Terraform.
package main

import (
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/provider"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/server"
)

// version is stamped at link time: -ldflags "-X main.version=1.2.3".
var version = "dev"

func main() {
	debugger := flag.Bool("debug", false, "run the provider for a debugger, and print how Terraform attaches to it")
	flag.Parse()

	framework := providerserver.NewProtocol6(provider.New(version)())()
	if err := server.Serve("registry.terraform.io/identitycenter/identitycenter", framework, *debugger); err != nil {
		log.Fatal(err)
	}
}
