// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Command simulator serves an in-memory Identity Center with demonstration data, to rehearse
// without a cloud:
//
//	go run ./internal/cmd/simulator -port 8080
//
// It prints its users, groups, permission sets and access keys, and what to paste: a provider
// block, the settings of Terraform, and environment variables. With -json it prints its data
// as one line of JSON. It serves until it is interrupted.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

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
	asJSON := flags.Bool("json", false, "print one line of JSON instead of text")
	rate := flags.Int("rate", 0, "`calls` per second of each API before it responds with 429; 0 is no limit")
	users := flags.Int("users", 0, "generated `users` to add")
	sessions := flags.Int("sessions", 1, "`sessions` of each generated user")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if *rate < 0 || *users < 0 || *sessions < 0 {
		return errors.New("-rate, -users and -sessions must not be negative")
	}

	sim := simulator.New(func(o *simulator.Options) { o.RatePerSecond = *rate })
	seeded := sim.Seed()
	seeded.Users = append(seeded.Users, sim.SeedUsers(seeded.IdentityStoreID, *users, *sessions)...)
	// Only this machine may reach it: it prints its access keys.
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		return err
	}
	server := sim.Serve(listener)
	defer server.Close()

	show := showText
	if *asJSON {
		show = showJSON
	}
	if err := show(stdout, server.URL, seeded); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// The JSON output.
type (
	output struct {
		URL             string                        `json:"url"`
		Region          string                        `json:"region"`
		InstanceID      string                        `json:"instance_id"`
		IdentityStoreID string                        `json:"identity_store_id"`
		Users           []userOutput                  `json:"users"`
		Groups          []groupOutput                 `json:"groups"`
		PermissionSets  []permissionSetOutput         `json:"permission_sets"`
		Assignments     []simulator.AccountAssignment `json:"account_assignments"`
		Keys            struct {
			Management keyOutput `json:"management"`
			Member     keyOutput `json:"member"`
		} `json:"keys"`
	}
	userOutput struct {
		UserName string          `json:"user_name"`
		UserID   string          `json:"user_id"`
		Sessions []sessionOutput `json:"sessions"`
	}
	sessionOutput struct {
		SessionID string `json:"session_id"`
		IPAddress string `json:"ip_address"`
		UserAgent string `json:"user_agent"`
		CreatedAt string `json:"created_at"`
		ExpiresAt string `json:"expires_at"`
	}
	groupOutput struct {
		DisplayName string   `json:"display_name"`
		GroupID     string   `json:"group_id"`
		UserIDs     []string `json:"user_ids"`
	}
	permissionSetOutput struct {
		Name            string `json:"name"`
		PermissionSetID string `json:"permission_set_id"`
		SessionDuration string `json:"session_duration"`
		CustomPolicy    string `json:"custom_policy"`
	}
	keyOutput struct {
		AccessKey string `json:"access_key"`
		SecretKey string `json:"secret_key"`
	}
)

func showJSON(w io.Writer, url string, seeded simulator.Seeded) error {
	out := output{
		URL: url, Region: seeded.Region, InstanceID: seeded.InstanceID, IdentityStoreID: seeded.IdentityStoreID, Assignments: seeded.Assignments,
	}
	out.Keys.Management = keyOutput{seeded.Management.AccessKey, seeded.Management.SecretKey}
	out.Keys.Member = keyOutput{seeded.Member.AccessKey, seeded.Member.SecretKey}
	for _, u := range seeded.Users {
		user := userOutput{UserName: u.UserName, UserID: u.UserID, Sessions: []sessionOutput{}}
		for _, s := range u.Sessions {
			user.Sessions = append(user.Sessions, sessionOutput{
				SessionID: s.SessionID, IPAddress: s.IPAddress, UserAgent: s.UserAgent,
				CreatedAt: s.CreationTime.UTC().Format(time.RFC3339), ExpiresAt: s.SessionNotValidAfter.UTC().Format(time.RFC3339),
			})
		}
		out.Users = append(out.Users, user)
	}
	for _, g := range seeded.Groups {
		out.Groups = append(out.Groups, groupOutput{g.DisplayName, g.GroupID, g.UserIDs})
	}
	for _, p := range seeded.PermissionSets {
		out.PermissionSets = append(out.PermissionSets, permissionSetOutput{p.Name, p.PermissionSetID, p.SessionDuration, p.CustomPolicy})
	}
	return json.NewEncoder(w).Encode(out)
}

func showText(w io.Writer, url string, seeded simulator.Seeded) error {
	var page bytes.Buffer
	t := tabwriter.NewWriter(&page, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "Identity Center simulator\n\n")
	fmt.Fprintf(t, "URL (every endpoint)\t%s\n", url)
	fmt.Fprintf(t, "region\t%s\n", seeded.Region)
	fmt.Fprintf(t, "instance ID\t%s\n", seeded.InstanceID)
	fmt.Fprintf(t, "identity store ID\t%s\n", seeded.IdentityStoreID)
	showData(t, seeded)
	if err := t.Flush(); err != nil {
		return err
	}
	if err := showConfiguration(&page, url, seeded); err != nil {
		return err
	}
	fmt.Fprintf(&page, "\nServing until interrupted.\n")
	_, err := w.Write(page.Bytes())
	return err
}

// showData prints users with their sessions, groups, and permission sets with their
// assignments.
func showData(t io.Writer, seeded simulator.Seeded) {
	names := map[string]string{}
	for _, u := range seeded.Users {
		names[u.UserID] = u.UserName
		fmt.Fprintf(t, "\nuser %s\t%s\tsessions: %d\n", u.UserName, u.UserID, len(u.Sessions))
		for _, s := range u.Sessions {
			fmt.Fprintf(t, "  %s\t%s\tsince %s\n", s.SessionID, s.IPAddress, s.CreationTime.UTC().Format(time.RFC3339))
		}
	}
	for _, g := range seeded.Groups {
		names[g.GroupID] = g.DisplayName
		var members []string
		for _, id := range g.UserIDs {
			members = append(members, names[id])
		}
		fmt.Fprintf(t, "\ngroup %s\t%s\tmembers: %s\n", g.DisplayName, g.GroupID, strings.Join(members, ", "))
	}
	for _, p := range seeded.PermissionSets {
		fmt.Fprintf(t, "\npermission set %s\t%s\tsession: %s\n", p.Name, p.PermissionSetID, p.SessionDuration)
		for _, a := range seeded.Assignments {
			if a.PermissionSetID == p.PermissionSetID {
				fmt.Fprintf(t, "  account %s\t%s %s\n", a.AccountID, strings.ToLower(a.PrincipalType), names[a.PrincipalID])
			}
		}
	}
}

// showConfiguration prints what to paste into a configuration and a shell.
func showConfiguration(w io.Writer, url string, seeded simulator.Seeded) error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\nThe provider block:\n\nprovider \"identitycenter\" {\n  region = %q\n\n  endpoints = {\n", seeded.Region)
	for _, service := range []string{"identitystore", "identitycenter", "sts", "iam"} {
		fmt.Fprintf(w, "    %-14s = %q\n", service, url)
	}
	fmt.Fprintf(w, "  }\n}\n")
	fmt.Fprintf(w, `
The settings of Terraform for the provider that make build builds, for ~/.terraformrc or the file that
TF_CLI_CONFIG_FILE names. Do not run terraform init with them.

provider_installation {
  dev_overrides {
    "identitycenter/identitycenter" = %q
  }
  direct {}
}
`, filepath.ToSlash(filepath.Join(dir, "bin")))
	management, member := seeded.Management, seeded.Member
	fmt.Fprintf(w, "\n# The access key of the management account, which has all permissions.\n"+
		"export HW_REGION_NAME=%s\nexport HW_ACCESS_KEY=%s\nexport HW_SECRET_KEY=%s\n", seeded.Region, management.AccessKey, management.SecretKey)
	fmt.Fprintf(w, "\n# For configurations with a variable for the endpoint, such as examples/containment.\nexport TF_VAR_endpoint=%s\n", url)
	fmt.Fprintf(w, "\n# The access key of a member account, which is refused.\n"+
		"# export HW_ACCESS_KEY=%s\n# export HW_SECRET_KEY=%s\n", member.AccessKey, member.SecretKey)
	return nil
}
