// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Command demo shows the provider at work: it builds it, starts the simulator,
// and lets a real Terraform apply examples/demo, first with a key that may end
// sessions, then with one that may only look, which is refused. All it writes is in
// a temporary folder that it removes.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	temporary, err := os.MkdirTemp("", "identitycenter-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temporary) }()

	say(out, "Building the provider (minutes the first time, seconds after that)")
	// The flags of make build and make install, so that nothing compiles twice.
	mirror, err := acctest.Build(ctx, filepath.Join(temporary, "mirror"), acctest.ReleaseFlags...)
	if err != nil {
		return err
	}
	dir := filepath.Join(temporary, "demo")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("examples", "demo"))); err != nil {
		return fmt.Errorf("the demo runs in the root of the repository: %w", err)
	}
	w, err := mirror.New(dir)
	if err != nil {
		return err
	}

	sim := simulator.New()
	seeded := sim.Seed()
	server := sim.Start()
	defer server.Close()
	user := seeded.Users[0]
	intruder := user.Sessions[0].IPAddress
	w.Env = append(w.Env, "TF_VAR_endpoint="+server.URL, "TF_VAR_user_name="+user.UserName,
		"TF_VAR_suspicious_address="+intruder)

	if !isTerminal(os.Stdout) {
		w.Env = append(w.Env, "TF_CLI_ARGS=-no-color")
	}

	terraform := func(key simulator.Key, args ...string) error {
		say(out, "terraform "+strings.Join(args, " "))
		command := w.Command(ctx, args...)
		// By the environment, for what is on a command line everybody can see.
		command.Env = append(command.Env, "TF_VAR_access_key="+key.AccessKey, "TF_VAR_secret_key="+key.SecretKey)
		command.Stdout, command.Stderr = out, out
		return command.Run()
	}
	table := func(when string) {
		say(out, fmt.Sprintf("Sessions of %s %s", user.UserName, when))
		rows := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(rows, "SESSION\tADDRESS\tSINCE\tBROWSER")
		for _, s := range sim.Sessions(seeded.IdentityStoreID, user.UserID) {
			_, _ = fmt.Fprintf(rows, "%s\t%s\t%s\t%.40s\n", s.SessionID, s.IPAddress, s.CreationTime.UTC().Format(time.RFC3339), s.UserAgent)
		}
		_ = rows.Flush()
	}

	// What init prints about a local mirror is not shown.
	if printed, status, err := w.Run(ctx, "init"); err != nil || status != 0 {
		return fmt.Errorf("terraform init: %w\n%s", cmp.Or(err, fmt.Errorf("exit status %d", status)), printed)
	}
	table("before")
	if err := terraform(seeded.Management, "apply", "-auto-approve"); err != nil {
		return fmt.Errorf("terraform apply: %w", err)
	}
	table("after")

	say(out, "The same with a key that may look, but not end sessions")
	reader := seeded.Management
	reader.Actions = []string{
		"IdentityCenter:instance:*", "IdentityCenter:user:listSessions", "IdentityCenter:user:list", "IdentityCenter:user:describe",
		"organizations:delegatedAdministrators:list", "sts::decodeAuthorizationMessage",
	}
	sim.AddKey(reader)
	sim.AddSession(seeded.IdentityStoreID, user.UserID, simulator.Session{IPAddress: intruder})
	if err := terraform(reader, "apply", "-auto-approve", "-replace=identitycenter_user_session_revocation.stolen"); err == nil {
		return errors.New("the apply with a key that may only look was expected to be refused")
	}
	say(out, "Done; nothing is left behind")
	return nil
}

func say(out io.Writer, text string) {
	format := "\n==> %s\n"
	if isTerminal(os.Stdout) {
		format = "\n\033[1m==> %s\033[0m\n"
	}
	_, _ = fmt.Fprintf(out, format, text)
}

// isTerminal tells whether a reader sees colours rather than their codes.
func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
