// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"path"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// parentPollInterval is how often the provider checks that its parent is still there.
const parentPollInterval = 500 * time.Millisecond

// Serve is providerserver.Serve for protocol 6 with the workarounds of this package. It
// returns when Terraform is done. Without opts.Debug, SIGTERM does not end the process,
// and the end of the parent process does.
func Serve(_ context.Context, newProvider func() provider.Provider, opts providerserver.ServeOpts) error {
	// net/http logs the beginning of what follows a response. In a response of STS, it may be a secret.
	log.SetOutput(io.Discard)
	defer log.SetOutput(os.Stderr)
	var options []tf6server.ServeOpt
	if opts.Debug {
		options = append(options, tf6server.WithManagedDebug())
	} else {
		ignoreSIGTERM()
		go exitWithParent()
		muteUnreadLog(path.Base(opts.Address))
	}
	return tf6server.Serve(opts.Address, func() tfprotov6.ProviderServer { return New(providerserver.NewProtocol6(newProvider())()) }, options...)
}

// ignoreSIGTERM leaves the end of the process to Terraform. A runner that cancels a job
// sends SIGTERM to all processes of the job. Terraform then calls StopProvider, and needs
// the provider to report what was done. go-plugin ignores SIGINT only.
func ignoreSIGTERM() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGTERM)
}

// exitWithParent ends the process when its parent has gone, for example after SIGKILL or SIGHUP,
// because the work can no longer be recorded or stopped. On Windows the ID of the parent never
// changes, and the process ends when its work is done.
func exitWithParent() {
	parent := os.Getppid()
	for range time.Tick(parentPollInterval) {
		if os.Getppid() != parent {
			os.Exit(1)
		}
	}
}

// muteUnreadLog turns off the loggers of the provider and its libraries unless a TF_LOG
// variable is set. They write at trace by default, and Terraform discards it: a quarter of
// the CPU time of a run. A subsystem logger does not inherit the level before it has done
// the work, so each is named.
func muteUnreadLog(provider string) {
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, "TF_LOG") && !strings.HasPrefix(variable, "TF_LOG_PATH=") && !strings.HasSuffix(variable, "=") {
			return
		}
	}
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_SDK_PROTO", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_PROVIDER_" + strings.ToUpper(provider)} {
		_ = os.Setenv(name, "off") // These are valid names.
	}
}
