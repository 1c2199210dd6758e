// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/provider"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/server"
)

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
