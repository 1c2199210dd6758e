// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Command usage wraps a provider for Terraform. It appends the provider's CPU time in seconds, its
// peak memory in MB, and its own CPU time to a file.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
)

// The linker sets both variables.
var provider, file string

func main() {
	signal.Ignore(os.Interrupt)
	command := exec.Command(provider, os.Args[1:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := command.Run()
	if command.ProcessState != nil {
		record(command.ProcessState)
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		fmt.Fprintln(os.Stderr, "usage:", err)
	}
	if err != nil {
		os.Exit(1)
	}
}

func record(state *os.ProcessState) {
	kilobytes := state.SysUsage().(*syscall.Rusage).Maxrss
	if runtime.GOOS == "darwin" {
		kilobytes /= 1024
	}
	var own syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &own)
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		fmt.Fprintln(os.Stderr, "usage:", err)
		return
	}
	_, _ = fmt.Fprintf(f, "%.4f %.1f %.4f\n", (state.UserTime() + state.SystemTime()).Seconds(), float64(kilobytes)/1000,
		float64(own.Utime.Nano()+own.Stime.Nano())/1e9)
	_ = f.Close()
}
