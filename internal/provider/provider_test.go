// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/provider"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/server"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(deleteVariable); url != "" {
		os.Exit(sendDelete(url))
	}
	full := false
	status := acctest.Main(m, func() []string {
		full = true
		missing := shownDiagnostics.problems(true)
		// The diagnostics of interrupted and throttled runs vary, so the comparison fails a run
		// only on request.
		if os.Getenv(allVariable) == "" {
			for _, problem := range missing {
				fmt.Fprintln(os.Stderr, problem)
			}
			missing = nil
		}
		return slices.Concat(inputs.unused(), missing)
	})
	if *updateDiagnostics && !full {
		for _, problem := range shownDiagnostics.problems(false) {
			fmt.Fprintln(os.Stderr, problem)
			status = 1
		}
	}
	os.Exit(status)
}

// allVariable is set by .ci/run. The commands of the docs and each wrong input then run through the
// CLI, and 10,000 users through the rate limit. A run of all tests fails if it produces a diagnostic
// without a golden file.
const allVariable = "IDENTITYCENTER_TEST_ALL"

func skipUnlessAll(t *testing.T) {
	t.Helper()
	if os.Getenv(allVariable) == "" {
		t.Skipf("%s is not set.", allVariable)
	}
}

// deleteVariable makes the test binary send a DELETE to the URL in it, for the provisioner in
// testdata/TestAccUserLogoutOnDestroy_many.
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

// factories serve the provider in the test process.
var factories = map[string]func() (tfprotov6.ProviderServer, error){
	"identitycenter": func() (tfprotov6.ProviderServer, error) {
		return servedProvider(nil), nil
	},
}

// servedProvider returns the provider as main serves it. Its arguments and diagnostics are
// recorded; t is nil for a provider that is not of one test.
func servedProvider(t *testing.T) tfprotov6.ProviderServer {
	return capture(t, inputs.recording(server.New(providerserver.NewProtocol6(provider.New("test")())())))
}
