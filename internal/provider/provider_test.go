// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
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
	os.Exit(acctest.Main(m, inputs.unused))
}

// deleteVariable makes the test binary send a DELETE to the URL in it, for the provisioner
// in testdata/TestAccUserLogoutOnDestroy_many.
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
		return inputs.recording(server.New(providerserver.NewProtocol6(provider.New("test")())())), nil
	},
}
