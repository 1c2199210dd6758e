// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-identitycenter serves the provider to Terraform.
package main

import (
	"flag"
	"log"
	"os"
	"runtime/debug"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/provider"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/server"
)

// version is stamped at link time: -ldflags "-X main.version=1.2.3".
var version = "dev"

func main() {
	debugger := flag.Bool("debug", false, "run the provider for a debugger, and print how Terraform attaches to it")
	flag.Parse()

	var options []tf6server.ServeOpt
	if *debugger {
		options = append(options, tf6server.WithManagedDebug())
	} else {
		muteUnreadLog()
	}
	tuneCollector()
	err := tf6server.Serve("registry.terraform.io/identitycenter/identitycenter", func() tfprotov6.ProviderServer {
		return server.New(providerserver.NewProtocol6(provider.New(version)())())
	}, options...)
	if err != nil {
		log.Fatal(err)
	}
}

// tuneCollector lets the garbage collector run half as often as by default, which saves a
// tenth of the CPU of a run, and still keeps a listing of 100,000 users within its limit.
// Both are measured (make bench).
func tuneCollector() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(256 << 20)
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
