// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Command simulator serves an in-memory Identity Center with demonstration data, for rehearsals
// without a cloud:
//
//	go run ./internal/cmd/simulator -port 8080
//
// It prints its users, groups, permission sets and access keys. It also prints a provider block,
// CLI settings and environment variables to copy. It serves until it is interrupted.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"text/tabwriter"
	"text/template"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "simulator:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("simulator", flag.ContinueOnError)
	flags.SetOutput(stderr)
	port := flags.Uint("port", 0, "`port` of 127.0.0.1 to listen on; 0 is a free one")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}

	sim := simulator.New()
	seeded := sim.Seed()
	// The simulator listens on loopback only, because it prints its access keys.
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		return err
	}
	server := sim.Serve(listener)
	defer server.Close()

	if err := show(stdout, server.URL, seeded); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// show prints the data, and the lines to copy into a configuration and a shell.
func show(w io.Writer, url string, seeded simulator.Seeded) error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, u := range seeded.Users {
		names[u.UserID] = u.UserName
	}
	for _, g := range seeded.Groups {
		names[g.GroupID] = g.DisplayName
	}
	var printed bytes.Buffer
	aligned := tabwriter.NewWriter(&printed, 0, 0, 2, ' ', 0)
	err = page.Execute(aligned, struct {
		simulator.Seeded
		URL, Bin string
		Names    map[string]string
	}{seeded, url, filepath.ToSlash(filepath.Join(dir, "bin")), names})
	if err != nil {
		return err
	}
	if err := aligned.Flush(); err != nil {
		return err
	}
	_, err = w.Write(printed.Bytes())
	return err
}

var page = template.Must(template.New("page").Parse(`Identity Center simulator

URL (every endpoint)	{{.URL}}
region	{{.Region}}
instance ID	{{.InstanceID}}
identity store ID	{{.IdentityStoreID}}
{{range .Users}}
user {{.UserName}}	{{.UserID}}	sessions: {{len .Sessions}}
{{- range .Sessions}}
  {{.SessionID}}	{{.IPAddress}}	since {{.CreationTime.UTC.Format "2006-01-02T15:04:05Z"}}
{{- end}}
{{end}}{{range .Groups}}
group {{.DisplayName}}	{{.GroupID}}	members:{{range .UserIDs}} {{index $.Names .}}{{end}}
{{end}}{{range $set := .PermissionSets}}
permission set {{.Name}}	{{.PermissionSetID}}	session: {{.SessionDuration}}
{{- range $.Assignments}}{{if eq .PermissionSetID $set.PermissionSetID}}
  account {{.AccountID}}	{{.PrincipalType}} {{index $.Names .PrincipalID}}
{{- end}}{{end}}
{{end}}
The provider block:

provider "identitycenter" {
  region = "{{.Region}}"

  endpoints = {
    identitystore  = "{{.URL}}"
    identitycenter = "{{.URL}}"
    sts            = "{{.URL}}"
    iam            = "{{.URL}}"
  }
}

The settings of Terraform for the provider that make build builds, for ~/.terraformrc or the file that
TF_CLI_CONFIG_FILE names. Do not run terraform init with them.

provider_installation {
  dev_overrides {
    "identitycenter/identitycenter" = {{printf "%q" .Bin}}
  }
  direct {}
}

# The access key of the management account, which has all permissions.
export HW_REGION_NAME={{.Region}}
export HW_ACCESS_KEY={{.Management.AccessKey}}
export HW_SECRET_KEY={{.Management.SecretKey}}

# For configurations with a variable for the endpoint, such as examples/containment.
export TF_VAR_endpoint={{.URL}}

# The access key of a member account, which is refused.
# export HW_ACCESS_KEY={{.Member.AccessKey}}
# export HW_SECRET_KEY={{.Member.SecretKey}}

Serving until interrupted.
`))
