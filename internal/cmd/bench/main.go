// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

//go:build linux

// Command bench measures the provider through a real Terraform against the simulator,
// all in one run on the spot, and prints tables for the README. What it is compared with
// is measured in turn with it, so that a machine whose speed drifts favours none:
//
//   - one resource that revokes for all of them at once;
//   - terraform_data, which is part of Terraform: the floor;
//   - a no-op provider with the same schema, served alike but without the answers for
//     records (internal/server): what the framework alone costs;
//   - with BENCH_PEER_PROVIDER (an executable called terraform-provider-NAME) and
//     BENCH_PEER_CONFIG (a .tf file with the source "peer/NAME", in which COUNT stands for
//     the number of resources and URL for the simulator), another provider that does the
//     same work.
//
// It refuses a machine on which others are at work, as its figures would be theirs.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/workspace"
)

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
	rounds := flag.Int("rounds", 5, "how often each command runs; the tables have the medians")
	counts := flag.String("counts", "1,100,500", "numbers of resources")
	only := flag.String("only", "", "of the rows that are compared with nothing, only those with this text in their name")
	alone := flag.Bool("alone", true, "also measure the rows that are compared with nothing")
	benchmarks := flag.Bool("benchmarks", true, "also run the Go benchmarks of the packages")
	loaded := flag.Bool("loaded", false, "measure on a loaded machine too, to try the program")
	flag.Parse()

	temporary, err := os.MkdirTemp("", "identitycenter-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temporary) }()
	contenders, err := build(ctx, temporary)
	if err != nil {
		return err
	}
	b := &bench{temporary: temporary, loaded: *loaded}

	size, err := os.Stat(contenders[0].binary)
	if err != nil {
		return err
	}
	cli, _ := exec.CommandContext(ctx, workspace.CLI(), "version").Output() //nolint:gosec // The program is the caller's own.
	version, _, _ := strings.Cut(string(cli), "\n")
	fmt.Printf("%s, %d CPUs, %s/%s, %s, %s, medians of %d runs (least to most), binary %.1f MB\n",
		time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), version, *rounds, float64(size.Size())/1e6)
	if b.loaded {
		fmt.Println("NOT FOR PUBLICATION: others may have been at work on this machine.")
	}

	for _, count := range strings.Split(*counts, ",") {
		n, err := strconv.Atoi(count)
		if err != nil {
			return err
		}
		if err := b.compare(ctx, contenders, n, *rounds); err != nil {
			return err
		}
	}
	if *alone {
		if err := b.alone(ctx, contenders[0], *only, *rounds); err != nil {
			return err
		}
	}
	if !*benchmarks {
		return nil
	}
	return packages(ctx)
}

// build builds the providers and returns what is compared, this one first.
func build(ctx context.Context, temporary string) ([]contender, error) {
	mirror, err := workspace.Build(ctx, filepath.Join(temporary, "mirror"), workspace.ReleaseFlags...)
	if err != nil {
		return nil, err
	}
	noop := filepath.Join(temporary, "terraform-provider-identitycenter-noop")
	if err := workspace.Compile(ctx, noop, "./internal/cmd/bench/noop", workspace.ReleaseFlags...); err != nil {
		return nil, fmt.Errorf("the benchmark runs in the root of the repository: %w", err)
	}
	if err := mirror.Add("noop/identitycenter", "0.0.1", noop); err != nil {
		return nil, err
	}
	contenders := []contender{
		{"this provider", mirror, mirror.Binary, revocations},
		{"this provider, all users in one resource", mirror, mirror.Binary, bulkRevocation},
		{"no-op, same schema", mirror, noop, func(n int) string {
			return strings.Replace(revocations(n), `"identitycenter/identitycenter"`, `"noop/identitycenter"`, 1)
		}},
		{"terraform_data", mirror, "", terraformData},
	}
	peer, config := os.Getenv("BENCH_PEER_PROVIDER"), os.Getenv("BENCH_PEER_CONFIG")
	if peer == "" {
		return contenders, nil
	}
	text, err := os.ReadFile(config) //nolint:gosec // The file is the caller's own.
	if err != nil {
		return nil, err
	}
	// A copy, as a mirror links what it holds, which another file system would refuse.
	executable, err := os.ReadFile(peer) //nolint:gosec // The file is the caller's own.
	if err != nil {
		return nil, err
	}
	name := strings.TrimPrefix(filepath.Base(peer), "terraform-provider-")
	binary := filepath.Join(temporary, "peer")
	if err := os.WriteFile(binary, executable, 0o700); err != nil { //nolint:gosec // It is run.
		return nil, err
	}
	if err := mirror.Add("peer/"+name, "0.0.1", binary); err != nil {
		return nil, err
	}
	return append(contenders, contender{"peer: " + name, mirror, binary, func(n int) string {
		return strings.ReplaceAll(string(text), "COUNT", strconv.Itoa(n))
	}}), nil
}

// packages runs the Go benchmarks of the packages.
func packages(ctx context.Context) error {
	fmt.Println()
	command := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", ".", "-benchmem", "./internal/...")
	command.Stderr = os.Stderr
	output, err := command.Output()
	for line := range strings.Lines(string(output)) {
		if strings.HasPrefix(line, "Benchmark") {
			fmt.Print(line)
		}
	}
	return err
}
