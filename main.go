// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-identitycenter serves the provider to Terraform.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"runtime/debug"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/provider"
)

// version is stamped at link time: -ldflags "-X main.version=1.2.3".
var version = "dev"

func main() {
	debugger := flag.Bool("debug", false, "run the provider for a debugger, and print how Terraform attaches to it")
	flag.Parse()

	if !*debugger {
		muteUnreadLog()
	}
	// A soft limit, far above what a run needs: a list of 100,000 users makes the
	// garbage collector work harder instead of doubling the heap.
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(40 << 20)
	}

	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: "registry.terraform.io/identitycenter/identitycenter",
		Debug:   *debugger,
	})
	if err != nil {
		log.Fatal(err)
	}
}

// muteUnreadLog turns the log off unless a TF_LOG variable asks for it. The SDK
// writes all of it in any case and leaves it to Terraform to throw it away, which
// takes half the time of a large run. Each logger is named, as a subsystem does
// not take the level of its root until the work is done.
func muteUnreadLog() {
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, "TF_LOG") && !strings.HasPrefix(variable, "TF_LOG_PATH=") && !strings.HasSuffix(variable, "=") {
			return
		}
	}
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_SDK_PROTO", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_PROVIDER_IDENTITYCENTER"} {
		if err := os.Setenv(name, "off"); err != nil {
			log.Print(err)
		}
	}
}
