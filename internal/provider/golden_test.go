// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/provider"
)

// updateDiagnostics writes the golden files: `TF_ACC=1 go test ./internal/provider -update`. A run
// of some tests adds diagnostics. A full run also removes those that no test produces any more.
var updateDiagnostics = flag.Bool("update", false, "write testdata/diagnostics")

var (
	diagnosticsDir = filepath.Join("testdata", "diagnostics")
	diagnosticsGap = "\n" + strings.Repeat("-", 78) + "\n\n"
)

// shownDiagnostics are the diagnostics that the providers of the test process returned.
var shownDiagnostics = &goldenDiagnostics{shown: map[string]map[string]bool{}}

// goldenDiagnostics collects diagnostics per resource, data source, action and function, as they
// look in a terminal of 80 columns. Parts that differ between runs are replaced.
type goldenDiagnostics struct {
	mu    sync.Mutex
	shown map[string]map[string]bool
}

func (g *goldenDiagnostics) add(name string, diagnostics []*tfprotov6.Diagnostic) {
	for _, d := range diagnostics {
		g.addText(name, goldenText(d))
	}
}

func (g *goldenDiagnostics) addText(name, text string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shown[name] == nil {
		g.shown[name] = map[string]bool{}
	}
	g.shown[name][text] = true
}

// goldenText renders a diagnostic.
func goldenText(d *tfprotov6.Diagnostic) string {
	severity := "Error"
	if d.Severity == tfprotov6.DiagnosticSeverityWarning {
		severity = "Warning"
	}
	detail := replaceVarying(d.Detail)
	if at := attributeName(d.Attribute); at != "" {
		detail = "  on " + at + "\n\n" + detail
	}
	return strings.TrimRight(provider.RenderDiagnostic(severity, replaceVarying(d.Summary), detail), "\n") + "\n"
}

// attributeName returns a path without indexes, such as "timeouts.create".
func attributeName(at *tftypes.AttributePath) string {
	if at == nil {
		return ""
	}
	var names []string
	for _, step := range at.Steps() {
		if name, ok := step.(tftypes.AttributeName); ok {
			names = append(names, string(name))
		}
	}
	return strings.Join(names, ".")
}

// varying are the parts of a diagnostic that differ between runs, in the order of replacement.
var varying = []struct {
	pattern *regexp.Regexp
	with    string
}{
	// The raw authorization message, and the reason of a network error.
	{regexp.MustCompile(`(?s)(The decoded authorization message:|--encoded_message=).*`), "$1 MESSAGE"},
	{regexp.MustCompile(`(?m)^  Reason:.*(\n {15}.*)*`), "  Reason:      REASON"},
	{regexp.MustCompile(`(?m)^  Attempts:.*\n?`), ""},
	{regexp.MustCompile(`(?m)^  Request ID:.*`), "  Request ID:  ID"},
	{regexp.MustCompile(`(?m)^  Access key:  \S+,`), "  Access key:  KEY,"},
	{regexp.MustCompile(`(?m)^  Response:.*(\n {15}.*)*`), "  Response:    RESPONSE"},
	{regexp.MustCompile(`([Rr]equest IDs?:? )[0-9a-f]{32}(, [0-9a-f]{32})*`), "${1}ID"},
	// Addresses, folders, times.
	{regexp.MustCompile(`https?://(127\.0\.0\.1|\[::1\])(:\d+)?`), "https://HOST"},
	{regexp.MustCompile(`(127\.0\.0\.1|\[::1\]):\d+`), "HOST"},
	{regexp.MustCompile(`/[^\s"]*/(Test|identitycenter-test-)[^\s":]*`), "/PATH"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)`), "TIME"},
	{regexp.MustCompile(`\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT`), "TIME"},
	{regexp.MustCompile(`\b(account|user)-\d+\b`), "$1-N"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?( [+-]\d{4} UTC)?`), "TIME"},
	{regexp.MustCompile(`\b(\d+h)?(\d+m)?\d+(\.\d+)?(ms|µs|s|m|h)\b`), "DURATION"},
	// IDs.
	{regexp.MustCompile(`\b([0-9a-f]{10}-)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`), "ID"},
	{regexp.MustCompile(`\b[0-9a-f]{32}\b`), "ID"},
	{regexp.MustCompile(`\b(d|ps|ssoins|s|u|g|user|session)-[0-9a-f]{4,}\b`), "$1-ID"},
	{regexp.MustCompile(`SessionCutoff[0-9A-Za-z]+`), "SessionCutoffID"},
}

// counted matches a number of objects, which depends on the progress of a concurrent run.
var counted = regexp.MustCompile(`\b\d+ (sessions?|users?|groups?|members?|accounts?|assignments?|requests?|calls?|pages?|times|listings?|bytes|worked|of|more|not)\b`)

func replaceVarying(text string) string {
	for _, v := range varying {
		text = v.pattern.ReplaceAllString(text, v.with)
	}
	text = counted.ReplaceAllStringFunc(text, func(match string) string {
		_, noun, _ := strings.Cut(match, " ")
		switch noun {
		case "times", "bytes", "of", "worked", "more", "not":
			return "N " + noun
		}
		return "N " + strings.TrimSuffix(noun, "s") + "(s)"
	})
	text = numberInParentheses.ReplaceAllString(text, "(N)")
	lines := strings.Split(text, "\n")
	return strings.Join(slices.CompactFunc(lines, func(a, b string) bool { return a == b && a != "" }), "\n")
}

var numberInParentheses = regexp.MustCompile(`\(\d+\)`)

// goldenName returns the name of a golden file.
func goldenName(kind, name string) string {
	return strings.TrimSuffix(kind+"."+strings.TrimPrefix(name, "identitycenter_"), ".") + ".txt"
}

// problems compares with the golden files after a full run, or writes them. It returns a problem
// for each diagnostic that is missing.
func (g *goldenDiagnostics) problems(full bool) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var problems []string
	files, err := filepath.Glob(filepath.Join(diagnosticsDir, "*.txt"))
	if err != nil {
		return []string{err.Error()}
	}
	names := slices.Collect(maps.Keys(g.shown))
	for _, file := range files {
		if *updateDiagnostics && full && g.shown[filepath.Base(file)] == nil {
			names = append(names, filepath.Base(file))
		}
	}
	slices.Sort(names)
	for _, name := range names {
		file := filepath.Join(diagnosticsDir, name)
		content, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			return []string{err.Error()}
		}
		golden, known := map[string]bool{}, map[string]bool{}
		for text := range strings.SplitSeq(string(content), diagnosticsGap) {
			golden[text], known[wordsOf(text)] = true, true
		}
		switch {
		case !*updateDiagnostics:
			for text := range g.shown[name] {
				if !known[wordsOf(text)] {
					problems = append(problems, fmt.Sprintf("%s lacks this diagnostic; run TF_ACC=1 go test ./internal/provider -update:\n%s", file, text))
				}
			}
			continue
		case full:
			golden = g.shown[name]
		default:
			maps.Copy(golden, g.shown[name])
		}
		delete(golden, "")
		if err := writeGolden(file, golden); err != nil {
			problems = append(problems, err.Error())
		}
	}
	return problems
}

var digits = regexp.MustCompile(`\d+`)

// wordsOf returns the words of a text, each once and sorted. Texts with the same words count as
// the same: numbers, line breaks, and the order of a list may differ from run to run.
func wordsOf(text string) string {
	words := strings.Fields(digits.ReplaceAllString(text, "N"))
	slices.Sort(words)
	return strings.Join(slices.Compact(words), " ")
}

func writeGolden(file string, golden map[string]bool) error {
	if len(golden) == 0 {
		return os.RemoveAll(file)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(strings.Join(slices.Sorted(maps.Keys(golden)), diagnosticsGap)), 0o644)
}

// notGolden matches tests of faults at any call and of interrupts, whose diagnostics differ from
// run to run, and tests that repeat the same ones for each ID.
var notGolden = regexp.MustCompile(`(?i)faults|interrupt|^TestState_`)

// capture returns a server that collects its diagnostics.
func capture(t *testing.T, server tfprotov6.ProviderServer) tfprotov6.ProviderServer {
	if t != nil && notGolden.MatchString(t.Name()) {
		return server
	}
	whole, ok := server.(wholeServer)
	if !ok {
		panic("the provider serves no actions or no lists")
	}
	return &capturingServer{wholeServer: whole, diagnostics: shownDiagnostics}
}

// wholeServer is a server with actions and list resources.
type wholeServer interface {
	actionServer
	tfprotov6.ListResourceServer
}

type capturingServer struct {
	wholeServer
	diagnostics *goldenDiagnostics
}

func (s *capturingServer) ValidateProviderConfig(ctx context.Context, req *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	resp, err := s.wholeServer.ValidateProviderConfig(ctx, req)
	if resp != nil {
		s.diagnostics.add(goldenName("provider", ""), resp.Diagnostics)
	}
	return resp, err
}

func (s *capturingServer) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	resp, err := s.wholeServer.ConfigureProvider(ctx, req)
	if resp != nil {
		s.diagnostics.add(goldenName("provider", ""), resp.Diagnostics)
	}
	return resp, err
}

func (s *capturingServer) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	resp, err := s.wholeServer.ValidateResourceConfig(ctx, req)
	if resp != nil {
		s.diagnostics.add(goldenName("resource", req.TypeName), resp.Diagnostics)
	}
	return resp, err
}

func (s *capturingServer) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	resp, err := s.wholeServer.ReadResource(ctx, req)
	if resp != nil {
		s.diagnostics.add(goldenName("resource", req.TypeName), resp.Diagnostics)
	}
	return resp, err
}

func (s *capturingServer) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	resp, err := s.wholeServer.PlanResourceChange(ctx, req)
	if resp != nil {
		s.diagnostics.add(goldenName("resource", req.TypeName), resp.Diagnostics)
	}
	return resp, err
}

func (s *capturingServer) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	resp, err := s.wholeServer.ApplyResourceChange(ctx, req)
	if resp != nil {
		s.diagnostics.add(goldenName("resource", req.TypeName), resp.Diagnostics)
	}
	return resp, err
}

func (s *capturingServer) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	resp, err := s.wholeServer.ImportResourceState(ctx, req)
	if resp != nil {
		s.diagnostics.add(goldenName("resource", req.TypeName), resp.Diagnostics)
	}
	return resp, err
}

func (s *capturingServer) ValidateDataResourceConfig(ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	resp, err := s.wholeServer.ValidateDataResourceConfig(ctx, req)
	if resp != nil {
		s.diagnostics.add(goldenName("data", req.TypeName), resp.Diagnostics)
	}
	return resp, err
}

func (s *capturingServer) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	resp, err := s.wholeServer.ReadDataSource(ctx, req)
	if resp != nil {
		s.diagnostics.add(goldenName("data", req.TypeName), resp.Diagnostics)
	}
	return resp, err
}

func (s *capturingServer) ValidateActionConfig(ctx context.Context, req *tfprotov6.ValidateActionConfigRequest) (*tfprotov6.ValidateActionConfigResponse, error) {
	resp, err := s.wholeServer.ValidateActionConfig(ctx, req)
	if resp != nil {
		s.diagnostics.add(goldenName("action", req.ActionType), resp.Diagnostics)
	}
	return resp, err
}

func (s *capturingServer) PlanAction(ctx context.Context, req *tfprotov6.PlanActionRequest) (*tfprotov6.PlanActionResponse, error) {
	resp, err := s.wholeServer.PlanAction(ctx, req)
	if resp != nil {
		s.diagnostics.add(goldenName("action", req.ActionType), resp.Diagnostics)
	}
	return resp, err
}

func (s *capturingServer) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	stream, err := s.wholeServer.InvokeAction(ctx, req)
	if stream == nil {
		return stream, err
	}
	events := stream.Events
	return &tfprotov6.InvokeActionServerStream{Events: func(yield func(tfprotov6.InvokeActionEvent) bool) {
		for event := range events {
			if completed, ok := event.Type.(tfprotov6.CompletedInvokeActionEventType); ok {
				s.diagnostics.add(goldenName("action", req.ActionType), completed.Diagnostics)
			}
			if !yield(event) {
				return
			}
		}
	}}, err
}

func (s *capturingServer) ValidateListResourceConfig(ctx context.Context, req *tfprotov6.ValidateListResourceConfigRequest) (*tfprotov6.ValidateListResourceConfigResponse, error) {
	resp, err := s.wholeServer.ValidateListResourceConfig(ctx, req)
	if resp != nil {
		s.diagnostics.add(goldenName("list", req.TypeName), resp.Diagnostics)
	}
	return resp, err
}

func (s *capturingServer) ListResource(ctx context.Context, req *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	stream, err := s.wholeServer.ListResource(ctx, req)
	if stream == nil {
		return stream, err
	}
	results := stream.Results
	return &tfprotov6.ListResourceServerStream{Results: func(yield func(tfprotov6.ListResourceResult) bool) {
		for result := range results {
			s.diagnostics.add(goldenName("list", req.TypeName), result.Diagnostics)
			if !yield(result) {
				return
			}
		}
	}}, err
}

func (s *capturingServer) CallFunction(ctx context.Context, req *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	resp, err := s.wholeServer.CallFunction(ctx, req)
	if resp != nil && resp.Error != nil {
		s.diagnostics.addText(goldenName("function", req.Name), provider.RenderDiagnostic("Error", "Error in function call", replaceVarying(resp.Error.Text)))
	}
	return resp, err
}

func TestGoldenDiagnostics_varyingParts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"User 61e53a32-f777-4ee6-a9ea-613099951c77 of d-7f3a9c51e2": "User ID of d-ID",
		"  Status:      403 Forbidden, IIC.1000":                    "  Status:      403 Forbidden, IIC.1000",
		"Access denied (HTTP 403, IIC.1000)":                        "Access denied (HTTP 403, IIC.1000)",
		"is over after 5m0s, at 2026-11-29T12:48:34Z":               "is over after DURATION, at TIME",
		"  Endpoint:    http://127.0.0.1:35457":                     "  Endpoint:    https://HOST",
		"Ended before the failure: 1 session.":                      "Ended before the failure: N session(s).",
	} {
		if got := replaceVarying(text); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
