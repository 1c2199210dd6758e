// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package acctest_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// The benchmarks run whole Terraform commands with the release build. BENCHMARKS.md describes
// them. Each metric is the median of all iterations.

// contender is a provider that is measured.
type contender struct {
	name, source string
	mirror       *acctest.Mirror
	// usage is the file to which testdata/usage appends.
	usage string
	// config returns a configuration with n resources, each for one session of one user.
	config func(url string, n int) string
}

// thisProvider builds the release and wraps it in testdata/usage.
func thisProvider(b *testing.B) contender {
	b.Helper()
	if os.Getenv("TF_ACC") == "" {
		b.Skip("Benchmarks of Terraform commands need TF_ACC=1.")
	}
	dir := b.TempDir()
	mirror, err := acctest.Build(b.Context(), filepath.Join(dir, "build"), acctest.ReleaseFlags...)
	if err != nil {
		b.Fatal(err)
	}
	return wrapped(b, "this", "identitycenter/identitycenter", mirror.Binary, revocations)
}

// otherProvider returns the provider of BENCH_PROVIDER, an executable. BENCH_SOURCE is its source,
// such as "example/example". BENCH_CONFIG is a configuration file with the placeholders COUNT, for
// the number of resources, and URL, for the URL of the simulator.
func otherProvider(b *testing.B) (contender, bool) {
	b.Helper()
	executable, source, file := os.Getenv("BENCH_PROVIDER"), os.Getenv("BENCH_SOURCE"), os.Getenv("BENCH_CONFIG")
	if executable == "" {
		return contender{}, false
	}
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	return wrapped(b, "other", source, executable, func(url string, n int) string {
		return strings.NewReplacer("COUNT", strconv.Itoa(n), "URL", url).Replace(string(text))
	}), true
}

// wrapped returns a contender whose executable is testdata/usage.
func wrapped(b *testing.B, name, source, executable string, config func(string, int) string) contender {
	b.Helper()
	dir := b.TempDir()
	c := contender{name: name, source: source, usage: filepath.Join(dir, "usage.txt"), config: config, mirror: &acctest.Mirror{Dir: filepath.Join(dir, "mirror")}}
	wrapper := filepath.Join(dir, "terraform-provider-"+path.Base(source))
	build := exec.CommandContext(b.Context(), "go", "build", "-o", wrapper, "-ldflags", fmt.Sprintf("-X main.provider=%s -X main.file=%s", executable, c.usage), "./testdata/usage")
	if output, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, output)
	}
	if err := c.mirror.Add(source, "0.1.0", wrapper); err != nil {
		b.Fatal(err)
	}
	return c
}

// measurements has all values of each metric.
type measurements map[string][]float64

// report reports the median of each metric.
func (m measurements) report(b *testing.B) {
	b.Helper()
	for name, values := range m {
		slices.Sort(values)
		b.ReportMetric(values[len(values)/2], name)
	}
	b.ReportMetric(0, "ns/op") // Replaced by the metrics.
}

// run runs a Terraform command and adds its measurements to the metrics PREFIX-cpu-s,
// PREFIX-provider-cpu-s, PREFIX-s, PREFIX-calls, PREFIX-refused and PREFIX-MB.
func (m measurements) run(b *testing.B, c contender, sim *simulator.Simulator, w *acctest.Workspace, prefix string, args ...string) {
	b.Helper()
	sim.ResetCalls()
	_ = os.Remove(c.usage)
	command := w.Command(b.Context(), append(args, "-no-color")...)
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	begun := time.Now()
	if err := command.Run(); err != nil {
		b.Fatalf("terraform %s: %v\n%s", args[0], err, output.String())
	}
	add := func(metric string, value float64) { m[prefix+"-"+metric] = append(m[prefix+"-"+metric], value) }
	add("s", time.Since(begun).Seconds())
	total := (command.ProcessState.UserTime() + command.ProcessState.SystemTime()).Seconds()
	usage, err := os.ReadFile(c.usage)
	if err != nil {
		b.Fatal(err)
	}
	var cpu, memory float64
	for line := range strings.Lines(string(usage)) {
		var provider, megabytes, wrapper float64
		if _, err := fmt.Sscan(line, &provider, &megabytes, &wrapper); err != nil {
			b.Fatal(err)
		}
		cpu, memory, total = cpu+provider, max(memory, megabytes), total-wrapper
	}
	add("cpu-s", total)
	add("provider-cpu-s", cpu)
	add("MB", memory)
	calls := sim.Calls()
	add("calls", float64(len(calls)))
	add("refused", float64(len(slices.DeleteFunc(calls, func(call simulator.Call) bool { return call.Status != http.StatusTooManyRequests }))))
}

// workspace returns a workspace with an initialized configuration.
func (c contender) workspace(b *testing.B, config string) *acctest.Workspace {
	b.Helper()
	w, err := c.mirror.New(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.Dir, "main.tf"), []byte(config), 0o600); err != nil {
		b.Fatal(err)
	}
	if output, status, err := w.Run(b.Context(), "init"); err != nil || status != 0 {
		b.Fatalf("init: %v\n%s", err, output)
	}
	return w
}

// BenchmarkTerraform_resources runs apply, plan without changes and destroy with many resources,
// one session each. If another provider is set, both take turns.
func BenchmarkTerraform_resources(b *testing.B) {
	for _, n := range []int{1, 100, 500} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			contenders := []contender{thisProvider(b)}
			if other, ok := otherProvider(b); ok {
				contenders = append(contenders, other)
			}
			m := measurements{}
			for b.Loop() {
				for _, c := range contenders {
					sim, url := benchCloud(b)
					addUsers(sim, 0, n, 1)
					w := c.workspace(b, c.config(url, n))
					m.run(b, c, sim, w, c.name+"-apply", "apply", "-auto-approve")
					m.run(b, c, sim, w, c.name+"-plan", "plan", "-detailed-exitcode")
					m.run(b, c, sim, w, c.name+"-destroy", "destroy", "-auto-approve")
				}
			}
			m.report(b)
		})
	}
}

// BenchmarkTerraform_apply runs one apply of this provider.
func BenchmarkTerraform_apply(b *testing.B) {
	const all = "all_users = true\n  except_user_ids = []"
	delayed := func(sim *simulator.Simulator) {
		for _, operation := range []string{simulator.ListUsers, simulator.ListSessions, simulator.BatchDeleteSessions} {
			sim.Before(operation, func() { time.Sleep(20 * time.Millisecond) })
		}
		addUsers(sim, 0, 10_000, 1)
	}
	throttled := func(sim *simulator.Simulator) {
		sim.Configure(func(o *simulator.Options) { o.RatePerSecond = 200 })
		addUsers(sim, 0, 500, 1)
		addUsers(sim, 500, 2_000, 0)
	}
	for _, test := range []struct {
		name    string
		config  string
		prepare func(*simulator.Simulator)
	}{
		{"oneUser", revocationOfAllSessions, func(sim *simulator.Simulator) { addUsers(sim, 0, 1, 3) }},
		{"48000SessionsOfOneUser", revocationOfAllSessions, func(sim *simulator.Simulator) { addUsers(sim, 0, 1, 48_000) }},
		{"bulkOf500Users", bulkRevocation("user_ids = [" + userIDs(500) + "]"), func(sim *simulator.Simulator) { addUsers(sim, 0, 500, 1) }},
		{"bulkOf10000UsersAt20ms", bulkRevocation(all), delayed},
		{"bulkOf2000UsersAt200PerSecond", bulkRevocation(all), throttled},
		{"dataSourceOf100000Users", "data \"identitycenter_users\" \"this\" {\n  identity_store_id = \"" + benchStore + "\"\n}\n", func(sim *simulator.Simulator) {
			addUsers(sim, 0, 100_000, 0)
		}},
	} {
		b.Run(test.name, func(b *testing.B) {
			c, m := thisProvider(b), measurements{}
			for b.Loop() {
				sim, url := benchCloud(b)
				test.prepare(sim)
				m.run(b, c, sim, c.workspace(b, providerBlock(url)+test.config), "apply", "apply", "-auto-approve")
			}
			m.report(b)
		})
	}
}

// The identity store and credentials of the benchmarks.
const benchStore, benchAccessKey, benchSecretKey = "d-0123456789", "BENCH", "BENCH-SECRET"

// benchCloud starts a simulator with an empty identity store.
func benchCloud(b *testing.B) (*simulator.Simulator, string) {
	b.Helper()
	sim := simulator.New()
	sim.AddKey(simulator.Key{AccessKey: benchAccessKey, SecretKey: benchSecretKey})
	sim.AddInstance(simulator.Instance{InstanceID: "ssoins-0123456789abcdef", IdentityStoreID: benchStore})
	server := sim.Start()
	b.Cleanup(server.Close)
	return sim, server.URL
}

// addUsers adds users numbered from first to end-1.
func addUsers(sim *simulator.Simulator, first, end, sessions int) {
	for i := first; i < end; i++ {
		id := fmt.Sprintf("user-%d", i)
		sim.AddUser(benchStore, simulator.User{UserID: id, UserName: id + "@example.com"})
		for j := range sessions {
			sim.AddSession(benchStore, id, simulator.Session{SessionID: fmt.Sprintf("%s-session-%d", id, j), IPAddress: "203.0.113.7"})
		}
	}
}

func userIDs(n int) string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%q", fmt.Sprintf("user-%d", i))
	}
	return strings.Join(ids, ", ")
}

func providerBlock(url string) string {
	return fmt.Sprintf(`
terraform {
  required_providers {
    identitycenter = {
      source = "identitycenter/identitycenter"
    }
  }
}

provider "identitycenter" {
  region     = "ap-southeast-3"
  access_key = %q
  secret_key = %q
  endpoints  = { identitystore = %q }
}
`, benchAccessKey, benchSecretKey, url)
}

func revocations(url string, n int) string {
	return providerBlock(url) + fmt.Sprintf(`
resource "identitycenter_user_session_revocation" "this" {
  count             = %d
  identity_store_id = %q
  user_id           = "user-${count.index}"
  session_ids       = ["user-${count.index}-session-0"]
}
`, n, benchStore)
}

const revocationOfAllSessions = `
resource "identitycenter_user_session_revocation" "this" {
  identity_store_id = "` + benchStore + `"
  user_id           = "user-0"
  all_sessions      = true
}
`

func bulkRevocation(users string) string {
	return fmt.Sprintf("resource \"identitycenter_bulk_user_session_revocation\" \"this\" {\n  identity_store_id = %q\n  %s\n  all_sessions = true\n}\n", benchStore, users)
}
