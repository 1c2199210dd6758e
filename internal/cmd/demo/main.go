// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Command demo contains a user of the simulator with examples/containment, restores the user, and
// shows a refused call. It writes only to a temporary folder, which it removes. It prints colors to
// a terminal, and always with -color.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

func main() {
	info, err := os.Stdout.Stat()
	color := flag.Bool("color", err == nil && info.Mode()&os.ModeCharDevice != 0, "print colors")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, *color); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		stop()
		os.Exit(1)
	}
}

// demo is a simulated organization and a workspace with the containment configuration.
type demo struct {
	out       io.Writer
	color     bool
	cloud     *acctest.Cloud
	user      simulator.SeededUser
	workspace *acctest.Workspace
}

func run(ctx context.Context, out io.Writer, color bool) error {
	temporary, err := os.MkdirTemp("", "identitycenter-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temporary) }()

	cloud := acctest.Open()
	defer cloud.Close()
	d := &demo{out: out, color: color, cloud: cloud, user: cloud.Users[0]}
	if err := d.prepare(ctx, temporary); err != nil {
		return err
	}
	return d.play(ctx)
}

// prepare builds the provider and initializes a workspace.
func (d *demo) prepare(ctx context.Context, dir string) error {
	d.say("Building the provider (some minutes the first time)")
	mirror, err := acctest.Build(ctx, filepath.Join(dir, "mirror"), acctest.ReleaseFlags...)
	if err != nil {
		return err
	}
	folder := filepath.Join(dir, "alice")
	if err := os.CopyFS(folder, os.DirFS(filepath.Join("examples", "containment"))); err != nil {
		return fmt.Errorf("run the demo in the root of the repository: %w", err)
	}
	if d.workspace, err = mirror.New(folder); err != nil {
		return err
	}
	// The keys are in the environment, because other users can read a command line.
	d.workspace.Env = append(d.workspace.Env, "HW_REGION_NAME="+d.cloud.Region, "HW_ACCESS_KEY="+d.cloud.Management.AccessKey,
		"HW_SECRET_KEY="+d.cloud.Management.SecretKey, "TF_VAR_endpoint="+d.cloud.URL, "TF_VAR_reason=demo")
	if !d.color {
		d.workspace.Env = append(d.workspace.Env, "TF_CLI_ARGS=-no-color")
	}
	printed, status, err := d.workspace.Run(ctx, "init")
	if err == nil && status != 0 {
		err = fmt.Errorf("exit status %d", status)
	}
	if err != nil {
		return fmt.Errorf("terraform init: %w\n%s", err, printed)
	}
	return nil
}

// play runs the steps of the demo.
func (d *demo) play(ctx context.Context) error {
	d.table("Sessions of " + d.user.UserName)
	user := "user_name=" + d.user.UserName
	if err := d.terraform(ctx, "-var", user); err != nil {
		return err
	}
	d.table("Sessions of " + d.user.UserName)
	d.say(d.user.UserName + " tries to sign in")
	_, err := d.cloud.SignIn(d.cloud.IdentityStoreID, d.user.UserID, simulator.Session{})
	if !errors.Is(err, simulator.ErrDisabled) {
		return fmt.Errorf("the sign-in was not refused: %w", err)
	}
	d.printf("Refused: %s.\n", err)

	d.say("It was a false alarm: restore access before the cutoffs are safe to remove")
	if err := d.terraform(ctx, "-var", user, "-var", "restore=true", "-var", "allow_early_removal=true"); err != nil {
		return err
	}
	if _, err := d.cloud.SignIn(d.cloud.IdentityStoreID, d.user.UserID, d.user.Sessions[0]); err != nil {
		return fmt.Errorf("the sign-in after the restore: %w", err)
	}
	d.say(d.user.UserName + " tries to sign in")
	d.printf("Accepted.\n")

	d.say("terraform plan with the access key of a member account, which is refused (403)")
	d.workspace.Env = append(d.workspace.Env, "HW_ACCESS_KEY="+d.cloud.Member.AccessKey, "HW_SECRET_KEY="+d.cloud.Member.SecretKey)
	printed, status, err := d.workspace.Run(ctx, "plan", "-var", user)
	if err != nil || status == 0 {
		return fmt.Errorf("the plan was not refused: %w", err)
	}
	d.printf("%s", printed)

	d.say("Done. Nothing is left behind.")
	return nil
}

// terraform prints the command and the output of the apply, without the plan.
func (d *demo) terraform(ctx context.Context, args ...string) error {
	d.say("terraform apply " + strings.Join(args, " "))
	plan := d.workspace.Command(ctx, append([]string{"plan", "-out=plan"}, args...)...)
	if printed, err := plan.CombinedOutput(); err != nil {
		return fmt.Errorf("terraform plan: %w\n%s", err, printed)
	}
	apply := d.workspace.Command(ctx, "apply", "plan")
	apply.Stdout, apply.Stderr = d.out, d.out
	return apply.Run()
}

// table prints the current sessions of the user.
func (d *demo) table(title string) {
	d.say(title)
	sessions := d.cloud.Sessions(d.cloud.IdentityStoreID, d.user.UserID)
	if len(sessions) == 0 {
		d.printf("(none)\n")
		return
	}
	const row = "%-8.8s  %-13s  %-20s  %.40s\n"
	d.printf(row, "SESSION", "ADDRESS", "SINCE", "USER AGENT")
	for _, s := range sessions {
		d.printf(row, s.SessionID, s.IPAddress, s.CreationTime.UTC().Format(time.RFC3339), s.UserAgent)
	}
}

func (d *demo) say(text string) {
	text = "==> " + text
	if d.color {
		text = "\033[1;36m" + text + "\033[0m"
	}
	d.printf("\n%s\n", text)
}

func (d *demo) printf(format string, args ...any) { _, _ = fmt.Fprintf(d.out, format, args...) }
