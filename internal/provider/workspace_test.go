// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
)

type requirement = acctest.Requirement

func atLeast(major, minor int) requirement { return acctest.AtLeast(major, minor) }

// newWorkspace returns a workspace with a configuration. Its provider runs in the test process,
// which takes a fifth of the CPU time of a provider process per command.
func newWorkspace(t *testing.T, config string, require ...requirement) *acctest.Workspace {
	t.Helper()
	w := newEmptyWorkspace(t, require...)
	configure(t, w, config)
	return w
}

// newEmptyWorkspace returns a workspace like newWorkspace, without a configuration.
func newEmptyWorkspace(t *testing.T, require ...requirement) *acctest.Workspace {
	t.Helper()
	acctest.SkipUnless(t, require...)
	w := acctest.NewWorkspace(t, &acctest.Mirror{Dir: t.TempDir()})
	w.Attach = func() (string, func()) { return attach(t) }
	return w
}

// newProcessWorkspace returns an initialized workspace whose provider is a process, for tests of
// signals, logs and the environment.
func newProcessWorkspace(t *testing.T, config string, require ...requirement) *acctest.Workspace {
	t.Helper()
	w := newEmptyProcessWorkspace(t, require...)
	configure(t, w, config)
	expect(t, w, 0, "init")
	return w
}

// newEmptyProcessWorkspace returns a workspace like newProcessWorkspace, without a configuration.
func newEmptyProcessWorkspace(t *testing.T, require ...requirement) *acctest.Workspace {
	t.Helper()
	acctest.SkipUnless(t, require...)
	return acctest.NewWorkspace(t, acctest.RaceMirror(t))
}

// attach serves the provider in the test process. It returns the variable with which a CLI
// finds the provider, and a function that ends the server.
func attach(t *testing.T) (variable string, stop func()) {
	t.Helper()
	server := servedProvider(t)
	ctx, cancel := context.WithCancel(context.Background())
	started, stopped := make(chan *plugin.ReattachConfig), make(chan struct{})
	address := cmp.Or(os.Getenv("TF_ACC_PROVIDER_HOST"), "registry.terraform.io") + "/identitycenter/identitycenter"
	go func() {
		_ = tf6server.Serve(address, func() tfprotov6.ProviderServer { return server },
			tf6server.WithDebug(ctx, started, stopped), tf6server.WithLoggingSink(t), tf6server.WithoutLogStderrOverride(),
			tf6server.WithGoPluginLogger(hclog.NewNullLogger()))
	}()
	running := <-started
	type addr struct{ Network, String string }
	reattach, err := json.Marshal(map[string]any{address: map[string]any{
		"Protocol": running.Protocol, "ProtocolVersion": running.ProtocolVersion, "Pid": running.Pid, "Test": true,
		"Addr": addr{running.Addr.Network(), running.Addr.String()},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return "TF_REATTACH_PROVIDERS=" + string(reattach), func() {
		cancel()
		<-stopped
	}
}

// configure writes the configuration of a workspace.
func configure(t *testing.T, w *acctest.Workspace, config string) {
	t.Helper()
	inputs.configuration(config)
	w.Configure(t, config)
}

// record keeps the output of a command for the search for secrets.
func record(t *testing.T, w *acctest.Workspace, output string) {
	t.Helper()
	w.Record(t, output)
}

// expect runs a Terraform command and fails the test for another exit status.
func expect(t *testing.T, w *acctest.Workspace, status int, args ...string) string {
	t.Helper()
	return w.Expect(t, status, args...)
}

// start starts a Terraform command. It gets SIGINT when ctx ends. wait returns the output, and
// fails the test for a data race.
func start(ctx context.Context, t *testing.T, w *acctest.Workspace, args ...string) (command *exec.Cmd, wait func() string) {
	t.Helper()
	command = w.Command(ctx, args...)
	stop := func() {}
	if w.Attach != nil {
		var variable string
		variable, stop = w.Attach()
		command.Env = append(slices.Clip(command.Env), variable)
	}
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	return command, func() string {
		_ = command.Wait()
		stop()
		record(t, w, output.String())
		if strings.Contains(output.String(), "DATA RACE") {
			t.Error(output.String())
		}
		return output.String()
	}
}
