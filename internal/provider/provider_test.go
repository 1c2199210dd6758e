// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/provider"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/server"
)

// TestMain keeps the settings and keys of whoever runs the tests out of them. With
// TF_ACC it has everything kept that the acceptance tests leave behind (states,
// plans, output, logs at trace) and searches it for every secret when they are done.
func TestMain(m *testing.M) {
	if url := os.Getenv(deleteVariable); url != "" {
		os.Exit(sendDelete(url))
	}
	os.Exit(func() int {
		// What `go build` needs of the home directory must be known before it is gone.
		for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
			value, err := exec.Command("go", "env", name).Output()
			if err != nil {
				fmt.Fprintln(os.Stderr, "go env:", err)
				return 1
			}
			_ = os.Setenv(name, strings.TrimSpace(string(value)))
		}
		home, err := os.MkdirTemp("", "identitycenter-test-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() { _ = os.RemoveAll(home) }()
		records = filepath.Join(home, "records")
		if err := os.Mkdir(records, 0o700); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		for _, variable := range os.Environ() {
			name, _, _ := strings.Cut(variable, "=")
			if strings.HasPrefix(name, "HW_") || strings.HasPrefix(name, "HUAWEICLOUD_") || strings.HasPrefix(name, "TF_CLI") || strings.HasPrefix(name, "TF_VAR") {
				_ = os.Unsetenv(name)
			}
		}
		_ = os.Setenv("HOME", home)
		_ = os.Setenv("CHECKPOINT_DISABLE", "1")
		if os.Getenv("TF_ACC") == "" {
			return m.Run()
		}

		// A source without a host is OpenTofu's own registry there.
		if cli, err := acctest.Version(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		} else if cli.OpenTofu {
			_ = os.Setenv("TF_ACC_PROVIDER_HOST", "registry.opentofu.org")
		}
		for name, value := range map[string]string{
			"TF_ACC_TEMP_DIR":            records,
			"TF_ACC_PERSIST_WORKING_DIR": "1",
			"TF_LOG":                     "JSON", // one line a record, at trace
			"TF_LOG_PATH_MASK":           filepath.Join(records, "%s.log"),
		} {
			_ = os.Setenv(name, value)
		}
		status := m.Run()
		found, err := leaks(records, clouds.secrets())
		if err != nil {
			found = append(found, err.Error())
		}
		for _, leak := range found {
			fmt.Fprintln(os.Stderr, "--- FAIL: secrets:", leak)
			status = 1
		}
		if status == 0 && everythingRan() {
			for _, input := range inputs.unused() {
				fmt.Fprintln(os.Stderr, "--- FAIL: inputs: no acceptance test gives a value to", input)
				status = 1
			}
		}
		return status
	}())
}

// deleteVariable makes the test binary a program that sends a DELETE to the URL that
// it holds, for the provisioner in testdata/TestAccUserLogoutOnDestroy_many.
const deleteVariable = "IDENTITYCENTER_TEST_DELETE"

func sendDelete(url string) int {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodDelete, url, nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	_ = response.Body.Close()
	return 0
}

// records is the folder that keeps what acceptance tests leave behind.
var records string

// factories serve the provider in the test's own process, as main does.
var factories = map[string]func() (tfprotov6.ProviderServer, error){
	"identitycenter": func() (tfprotov6.ProviderServer, error) {
		return inputs.recording(server.New(providerserver.NewProtocol6(provider.New("test")())(), provider.Records()...)), nil
	},
}
