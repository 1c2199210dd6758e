// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Command bench measures the provider through a real Terraform against the
// simulator, all in one run on the spot, and prints one table. What it compares
// with, terraform_data, is measured in turn with it, so that a machine whose speed
// drifts does not favour either.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/workspace"
)

// rounds is how often each command runs; the table has the medians.
const rounds = 3

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	temporary, err := os.MkdirTemp("", "identitycenter-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temporary) }()
	mirror, err := workspace.Build(ctx, filepath.Join(temporary, "mirror"), "-trimpath", "-ldflags", "-s -w")
	if err != nil {
		return err
	}
	b := &bench{mirror: mirror, temporary: temporary}

	fmt.Printf("%s, %d CPUs, %s/%s, %s, medians of %d runs\n\n", time.Now().UTC().Format(time.DateOnly),
		runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), rounds)
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(table, "apply of\twall\tterraform_data\tratio\tCPU\tterraform_data\tprovider memory\tcalls\tconnections\t")
	for _, n := range []int{1, 100, 500} {
		ours, theirs, err := b.pair(ctx, n)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(table, "%d revocations\t%.2f s\t%.2f s\t%.2f\t%.2f s\t%.2f s\t%.0f MB\t%d\t%d\t\n",
			n, ours.wall.Seconds(), theirs.wall.Seconds(), ours.wall.Seconds()/theirs.wall.Seconds(), ours.cpu.Seconds(), theirs.cpu.Seconds(), ours.memory, ours.calls, ours.connections)
	}
	for _, one := range []struct {
		name    string
		config  string
		prepare func(*simulator.Simulator)
	}{
		{"10,000 sessions of one user", manySessions, func(s *simulator.Simulator) { addSessions(s, "user-0", 10_000) }},
		{"500 revocations, 50 calls/s allowed", revocations(500), func(s *simulator.Simulator) {
			s.Configure(func(o *simulator.Options) { o.RatePerSecond = 50 })
			addUsers(s, 500)
		}},
		{"100 revocations with a wrong key", strings.Replace(revocations(100), "SECRET", "wrong", 1), func(s *simulator.Simulator) { addUsers(s, 100) }},
	} {
		m, err := b.apply(ctx, one.config, one.prepare)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(table, "%s\t%.2f s\t\t\t%.2f s\t\t%.0f MB\t%d\t%d\t\n", one.name, m.wall.Seconds(), m.cpu.Seconds(), m.memory, m.calls, m.connections)
	}
	if err := table.Flush(); err != nil {
		return err
	}

	fmt.Println()
	packages := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", ".", "-benchmem", "./internal/...")
	packages.Stderr = os.Stderr
	output, err := packages.Output()
	for line := range strings.Lines(string(output)) {
		if strings.HasPrefix(line, "Benchmark") {
			fmt.Print(line)
		}
	}
	return err
}

// measurement is what one apply cost.
type measurement struct {
	wall        time.Duration
	cpu         time.Duration // of Terraform and the provider together
	memory      float64       // of the provider, in MB
	calls       int
	connections int
}

type bench struct {
	mirror    *workspace.Mirror
	temporary string
	made      int
}

// pair measures n revocations and as many terraform_data, in turn.
func (b *bench) pair(ctx context.Context, n int) (ours, theirs measurement, err error) {
	var a, c []measurement
	for range rounds {
		m, err := b.apply(ctx, revocations(n), func(s *simulator.Simulator) { addUsers(s, n) })
		if err != nil {
			return ours, theirs, err
		}
		a = append(a, m)
		if m, err = b.apply(ctx, fmt.Sprintf("resource \"terraform_data\" \"this\" {\n  count = %d\n  input = \"user-${count.index}\"\n}\n", n), nil); err != nil {
			return ours, theirs, err
		}
		c = append(c, m)
	}
	return median(a), median(c), nil
}

// median returns the measurement with the median wall time.
func median(all []measurement) measurement {
	slices.SortFunc(all, func(a, b measurement) int { return int(a.wall - b.wall) })
	return all[len(all)/2]
}

// apply measures one apply in a workspace and a simulated cloud of its own.
func (b *bench) apply(ctx context.Context, config string, prepare func(*simulator.Simulator)) (measurement, error) {
	var m measurement
	b.made++
	dir := filepath.Join(b.temporary, strconv.Itoa(b.made))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return m, err
	}
	sim := simulator.New()
	sim.AddKey(simulator.Key{AccessKey: "BENCH", SecretKey: "SECRET"})
	if prepare != nil {
		prepare(sim)
	}
	server := sim.Start()
	defer server.Close()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(strings.ReplaceAll(config, "URL", server.URL)), 0o600); err != nil {
		return m, err
	}
	w, err := b.mirror.New(dir)
	if err != nil {
		return m, err
	}
	if output, status, err := w.Run(ctx, "init"); err != nil || status != 0 {
		return m, fmt.Errorf("terraform init: %w\n%s", err, output)
	}

	watched := make(chan float64)
	watch, stop := context.WithCancel(ctx)
	go func() { watched <- b.peakMemory(watch) }()
	command := w.Command(ctx, "apply", "-auto-approve", "-no-color")
	begun := time.Now()
	output, err := command.CombinedOutput()
	m.wall = time.Since(begun)
	stop()
	m.memory = <-watched
	if command.ProcessState != nil {
		m.cpu = command.ProcessState.UserTime() + command.ProcessState.SystemTime()
	}
	if err != nil && !strings.Contains(config, "wrong") {
		return m, fmt.Errorf("terraform apply: %w\n%s", err, output)
	}
	m.calls, m.connections = len(sim.Calls()), sim.Connections()
	return m, nil
}

// peakMemory returns the most memory that the provider's process had resident
// until ctx ended, in MB; 0 where the system does not tell (it is Linux's /proc).
func (b *bench) peakMemory(ctx context.Context) float64 {
	var peak float64
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return peak
		case <-tick.C:
		}
		processes, _ := filepath.Glob("/proc/[0-9]*/exe")
		for _, link := range processes {
			if program, err := os.Readlink(link); err != nil || program != b.mirror.Binary {
				continue
			}
			status, _ := os.ReadFile(filepath.Join(filepath.Dir(link), "status"))
			if _, after, found := strings.Cut(string(status), "VmHWM:"); found {
				if kilobytes, err := strconv.ParseFloat(strings.Fields(after)[0], 64); err == nil {
					peak = max(peak, kilobytes/1000)
				}
			}
		}
	}
}

const providerBlock = `
terraform {
  required_providers {
    identitycenter = {
      source = "identitycenter/identitycenter"
    }
  }
}

provider "identitycenter" {
  region     = "ap-southeast-3"
  access_key = "BENCH"
  secret_key = "SECRET"
  endpoints  = { identitystore = "URL" }
}
`

const manySessions = providerBlock + `
resource "identitycenter_user_session_revocation" "this" {
  identity_store_id = "d-bench"
  user_id           = "user-0"
  all_sessions      = true
}
`

// revocations ends one session each of so many users.
func revocations(n int) string {
	return providerBlock + fmt.Sprintf(`
resource "identitycenter_user_session_revocation" "this" {
  count             = %d
  identity_store_id = "d-bench"
  user_id           = "user-${count.index}"
  session_ids       = ["user-${count.index}-session-0"]
}
`, n)
}

func addUsers(s *simulator.Simulator, n int) {
	for i := range n {
		addSessions(s, fmt.Sprintf("user-%d", i), 1)
	}
}

func addSessions(s *simulator.Simulator, userID string, n int) {
	s.AddInstance(simulator.Instance{InstanceID: "ssoins-bench", IdentityStoreID: "d-bench"})
	s.AddUser("d-bench", simulator.User{UserID: userID, UserName: userID})
	for i := range n {
		s.AddSession("d-bench", userID, simulator.Session{SessionID: fmt.Sprintf("%s-session-%d", userID, i)})
	}
}
