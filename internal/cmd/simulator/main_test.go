// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// start runs the program and returns what it prints, and a function that interrupts it.
func start(t *testing.T, args ...string) (printed string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, args, writer, io.Discard)
		_ = writer.CloseWithError(io.EOF)
		ended <- err
	}()
	lines := bufio.NewReader(reader)
	for !strings.HasSuffix(printed, "\nServing until interrupted.\n") {
		line, err := lines.ReadString('\n')
		printed += line
		if err != nil {
			t.Fatalf("%v: %v after %q", err, <-ended, printed)
		}
	}
	return printed, func() error {
		cancel()
		return <-ended
	}
}

func TestRun_output(t *testing.T) {
	printed, stop := start(t)
	url := regexp.MustCompile(`http://\S+`).FindString(printed)
	for _, want := range []string{
		"identity store ID", "user alice", "group staff", "members: alice bob", "permission set Administrator", "session: PT8H", "group security",
		"provider \"identitycenter\" {\n  region = \"ap-southeast-3\"", "    identitystore  = \"" + url + "\"\n", "    iam            = \"" + url + "\"\n",
		"  dev_overrides {\n    \"identitycenter/identitycenter\" = \"", "/bin\"\n", "\nexport TF_VAR_endpoint=" + url + "\n",
		"\nexport HW_REGION_NAME=ap-southeast-3\nexport HW_ACCESS_KEY=HPUAMANAGEMENTACCT01\nexport HW_SECRET_KEY=simulatedManagementSecretKey000000000001\n",
		"\n# export HW_ACCESS_KEY=HPUAMEMBERACCOUNT001\n# export HW_SECRET_KEY=",
	} {
		if !strings.Contains(printed, want) {
			t.Errorf("%q is missing in\n%s", want, printed)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/v1/instances", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("got %d", resp.StatusCode)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if resp, err := http.DefaultClient.Do(r); err == nil {
		_ = resp.Body.Close()
		t.Error("it serves after its end")
	}
}

// A second simulator on the same port fails with an error.
func TestRun_portInUse(t *testing.T) {
	printed, stop := start(t)
	port := regexp.MustCompile(`http://127\.0\.0\.1:(\d+)`).FindStringSubmatch(printed)[1]
	if err := run(t.Context(), []string{"-port", port}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), port) {
		t.Errorf("-port %s of another simulator: %v", port, err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	printed, stop = start(t, "-port", port)
	if !strings.Contains(printed, " http://127.0.0.1:"+port+"\n") {
		t.Errorf("-port %s: %s", port, printed)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// The data has the IDs of the examples and pages, so that their commands work without changes.
func TestRun_idsOfDocs(t *testing.T) {
	printed, stop := start(t)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	id := regexp.MustCompile(`\b(d-[0-9a-f]{10}|ssoins-[0-9a-f]{16}|ps-[0-9a-f]{16}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})\b`)
	for _, folder := range []string{"examples", "templates"} {
		err := filepath.WalkDir(filepath.Join("../../..", folder), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			for _, found := range id.FindAllString(string(content), -1) {
				if !strings.Contains(printed, found) && !strings.HasPrefix(found, "00000000-") {
					t.Errorf("%s: the simulator does not have %s", path, found)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestRun_invalidArguments(t *testing.T) {
	for args, want := range map[string]string{
		"-port 65536": "invalid port",
		"-port x":     "invalid value",
		"-port -1":    "invalid value",
		"extra":       `"extra"`,
		"-unknown":    "not defined",
	} {
		var stdout bytes.Buffer
		err := run(t.Context(), strings.Fields(args), &stdout, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) || stdout.Len() > 0 {
			t.Errorf("%s: %v, printed %q", args, err, stdout.String())
		}
	}
}
