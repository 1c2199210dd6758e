// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/workspace"
)

// measurement is what one command cost.
type measurement struct {
	wall time.Duration
	// terraform and provider are the CPU that each used, in user and system mode; to the
	// hundredth of a second, as the kernel counts.
	terraform, provider time.Duration
	// memory is the most that a process of the provider had resident, in MB.
	memory float64
	// calls is how many the simulator was sent, and refused how many it answered 429.
	calls, refused int
	connections    int
}

type bench struct {
	temporary string
	made      int
	// loaded allows others to be at work.
	loaded bool
}

// commands are what is measured of so many resources, in this order.
var commands = []struct {
	name string
	args []string
}{
	{"apply", []string{"apply", "-auto-approve", "-no-color"}},
	{"plan without changes", []string{"plan", "-no-color", "-detailed-exitcode"}},
	{"destroy", []string{"destroy", "-auto-approve", "-no-color"}},
}

// compare measures n resources of each contender in turn and prints a table.
func (b *bench) compare(ctx context.Context, contenders []contender, n, rounds int) error {
	results := make([][][]measurement, len(commands)) // by command and contender
	for i := range results {
		results[i] = make([][]measurement, len(contenders))
	}
	for range rounds {
		for i, c := range contenders {
			sim := newCloud()
			addUsers(sim, n)
			err := b.in(ctx, c, c.config(n), sim, func(w *workspace.Workspace) error {
				for j, command := range commands {
					m, err := b.measure(ctx, w, c.binary, sim, 0, command.args...)
					if err != nil {
						return fmt.Errorf("%s: %w", c.name, err)
					}
					results[j][i] = append(results[j][i], m)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	for i, command := range commands {
		printHeader(fmt.Sprintf("%s of %d", command.name, n))
		for j, c := range contenders {
			printRow(c.name, results[i][j])
		}
	}
	return nil
}

// alone measures the rows that are compared with nothing, those with a text in their name,
// and prints a table.
func (b *bench) alone(ctx context.Context, c contender, only string, rounds int) error {
	printHeader("apply of")
	for _, one := range rows {
		if !strings.Contains(one.name, only) {
			continue
		}
		var results []measurement
		for round := range rounds {
			if one.once && round > 0 {
				break
			}
			sim := newCloud()
			one.prepare(sim)
			err := b.in(ctx, c, one.config, sim, func(w *workspace.Workspace) error {
				status := 0
				if one.fails {
					status = 1
				}
				m, err := b.measure(ctx, w, c.binary, sim, status, commands[0].args...)
				results = append(results, m)
				return err
			})
			if err != nil {
				return fmt.Errorf("%s: %w", one.name, err)
			}
		}
		if one.bound > 0 {
			one.name += fmt.Sprintf(" (%.2f times the bound of %s)", results[0].wall.Seconds()/one.bound.Seconds(), one.bound)
		}
		printRow(one.name, results)
	}
	return nil
}

// in runs f in a workspace with the configuration and the simulated cloud.
func (b *bench) in(ctx context.Context, c contender, config string, sim *simulator.Simulator, f func(*workspace.Workspace) error) error {
	b.made++
	dir := filepath.Join(b.temporary, strconv.Itoa(b.made))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	server := sim.Start()
	defer server.Close()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(strings.ReplaceAll(config, "URL", server.URL)), 0o600); err != nil {
		return err
	}
	w, err := c.mirror.New(dir)
	if err != nil {
		return err
	}
	if output, status, err := w.Run(ctx, "init"); err != nil || status != 0 {
		return fmt.Errorf("%s: init: %w\n%s", c.name, err, output)
	}
	return f(w)
}

// measure runs a command on a quiet machine; when others disturb it, it fails.
func (b *bench) measure(ctx context.Context, w *workspace.Workspace, binary string, sim *simulator.Simulator, status int, args ...string) (measurement, error) {
	if err := b.awaitQuiet(ctx); err != nil {
		return measurement{}, err
	}
	sim.ResetCalls()
	var m measurement
	command := w.Command(ctx, args...)
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	before, own, begun := machine(), self(), time.Now()
	if err := command.Start(); err != nil {
		return m, err
	}
	watched := make(chan float64)
	watch, stop := context.WithCancel(ctx)
	go func() { watched <- peakMemory(watch, binary) }()
	m.terraform, m.provider = cpuAtExit(command)
	_ = command.Wait()
	m.wall = time.Since(begun)
	stop()
	m.memory = <-watched
	m.connections = sim.Connections()
	for _, call := range sim.Calls() {
		m.calls++
		if call.Status == http.StatusTooManyRequests {
			m.refused++
		}
	}
	others := machine() - before - (self() - own) - m.terraform - m.provider
	if got := command.ProcessState.ExitCode(); got != status {
		return m, fmt.Errorf("terraform %s: exit status %d, want %d\n%s", args[0], got, status, output.String())
	}
	// The kernel counts hundredths of a second, each its own.
	if share := others.Seconds() / m.wall.Seconds(); share > busy && others > 100*time.Millisecond && !b.loaded {
		return m, fmt.Errorf("others used %.2f of a CPU during terraform %s: nothing is reported from a loaded machine", share, args[0])
	}
	return m, nil
}

// cpuAtExit waits until a command ended and returns the CPU of the process itself and that
// of the children that it waited for, while the kernel still has both apart.
func cpuAtExit(command *exec.Cmd) (itself, children time.Duration) {
	for {
		err := unix.Waitid(unix.P_PID, command.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	fields := statFields(command.Process.Pid)
	if len(fields) < 15 {
		return 0, 0
	}
	return ticks(fields[11]) + ticks(fields[12]), ticks(fields[13]) + ticks(fields[14])
}

// statFields are those of /proc/PID/stat from the third on: before it is the name, which
// may hold anything.
func statFields(pid int) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	return strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
}

// ticks is a time in hundredths of a second, as /proc has them.
func ticks(field string) time.Duration {
	n, _ := strconv.ParseInt(field, 10, 64)
	return time.Duration(n) * 10 * time.Millisecond
}

// self is the CPU that this program used, the simulator included.
func self() time.Duration {
	var usage unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// machine is the CPU that all processes used since the start, stolen time included.
func machine() time.Duration {
	text, _ := os.ReadFile("/proc/stat")
	line, _, _ := strings.Cut(string(text), "\n")
	var sum time.Duration
	for i, field := range strings.Fields(line) {
		// cpu user nice system idle iowait irq softirq steal guest guest_nice
		if i >= 1 && i <= 8 && i != 4 && i != 5 {
			sum += ticks(field)
		}
	}
	return sum
}

// busy is the part of one CPU that others may use.
const busy = 0.1

// awaitQuiet waits until others use next to nothing, for half a minute at most.
func (b *bench) awaitQuiet(ctx context.Context) error {
	if b.loaded {
		return nil
	}
	var share float64
	for range 60 {
		before, own := machine(), self()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
		if share = (machine() - before - (self() - own)).Seconds() / 0.5; share <= busy {
			return nil
		}
	}
	load, _ := os.ReadFile("/proc/loadavg")
	return fmt.Errorf("others use %.2f of a CPU (load average %s): nothing is reported from a loaded machine", share, strings.TrimSpace(string(load)))
}

// peakMemory returns the most memory that one process of the executable had resident
// until ctx ended, in MB.
func peakMemory(ctx context.Context, binary string) float64 {
	info, err := os.Stat(binary)
	if err != nil {
		return 0
	}
	var peak float64
	others := map[string]bool{} // processes that do not run it, nor will
	for {
		select {
		case <-ctx.Done():
			return peak
		case <-time.After(10 * time.Millisecond):
		}
		entries, _ := os.ReadDir("/proc")
		for _, entry := range entries {
			if name := entry.Name(); name[0] >= '0' && name[0] <= '9' && !others[name] {
				running, err := os.Stat("/proc/" + name + "/exe")
				if err != nil || !os.SameFile(running, info) {
					// One that was just forked is about to run something else.
					others[name] = err == nil && time.Since(entryTime(entry)) > time.Second
					continue
				}
				peak = max(peak, residentPeak(name))
			}
		}
	}
}

func entryTime(entry os.DirEntry) time.Time {
	info, err := entry.Info()
	if err != nil {
		return time.Now()
	}
	return info.ModTime()
}

// residentPeak is VmHWM of a process, in MB.
func residentPeak(pid string) float64 {
	status, _ := os.ReadFile("/proc/" + pid + "/status") //nolint:gosec // It is a process ID.
	_, after, found := strings.Cut(string(status), "VmHWM:")
	if !found {
		return 0
	}
	kilobytes, _ := strconv.ParseFloat(strings.Fields(after)[0], 64)
	return kilobytes / 1000
}

func printHeader(title string) {
	fmt.Printf("\n| %s | wall | CPU | of the provider | of Terraform | provider's memory | calls | answered 429 | connections |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n", title)
}

// printRow prints the median of each figure by itself, and the range of the times.
func printRow(name string, all []measurement) {
	seconds := func(of func(measurement) time.Duration) string {
		var values []float64
		for _, m := range all {
			values = append(values, of(m).Seconds())
		}
		slices.Sort(values)
		return fmt.Sprintf("%.2f s (%.2f to %.2f)", values[len(values)/2], values[0], values[len(values)-1])
	}
	var memory []float64
	for _, m := range all {
		memory = append(memory, m.memory)
	}
	slices.Sort(memory)
	last := all[len(all)-1]
	fmt.Printf("| %s | %s | %s | %s | %s | %.0f MB | %d | %d | %d |\n", name,
		seconds(func(m measurement) time.Duration { return m.wall }),
		seconds(func(m measurement) time.Duration { return m.provider + m.terraform }),
		seconds(func(m measurement) time.Duration { return m.provider }),
		seconds(func(m measurement) time.Duration { return m.terraform }),
		memory[len(memory)/2], last.calls, last.refused, last.connections)
}
