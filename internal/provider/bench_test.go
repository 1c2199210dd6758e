// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/provider"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/server"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// BenchmarkRevocation is each call that Terraform makes about one revocation, without the
// wire between them.
func BenchmarkRevocation(b *testing.B) {
	const name = "identitycenter_user_session_revocation"
	c := acctest.New(b)
	s := server.New(providerserver.NewProtocol6(provider.New("test")())())
	schema, err := s.GetProviderSchema(b.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		b.Fatal(err)
	}
	benchmarkConfigure(b, s, schema, c.Management, c.URL)
	resourceType := schema.ResourceSchemas[name].ValueType()
	sessions := resourceType.(tftypes.Object).AttributeTypes["session_ids"]
	given := map[string]tftypes.Value{
		"identity_store_id": tftypes.NewValue(tftypes.String, c.IdentityStoreID),
		"user_id":           tftypes.NewValue(tftypes.String, c.Users[0].UserID),
		"session_ids":       tftypes.NewValue(sessions, []tftypes.Value{tftypes.NewValue(tftypes.String, "s-1")}),
	}
	config, null := benchmarkObject(b, resourceType, given), benchmarkNull(b, resourceType)

	plan := func(b *testing.B, prior *tfprotov6.DynamicValue, proposed *tfprotov6.DynamicValue) *tfprotov6.DynamicValue {
		planned, err := s.PlanResourceChange(b.Context(), &tfprotov6.PlanResourceChangeRequest{
			TypeName: name, PriorState: prior, ProposedNewState: proposed, Config: config,
		})
		if err != nil || len(planned.Diagnostics) > 0 {
			b.Fatal(err, planned.Diagnostics)
		}
		return planned.PlannedState
	}
	apply := func(b *testing.B, planned *tfprotov6.DynamicValue) *tfprotov6.DynamicValue {
		c.AddSession(c.IdentityStoreID, c.Users[0].UserID, simulator.Session{SessionID: "s-1"})
		applied, err := s.ApplyResourceChange(b.Context(), &tfprotov6.ApplyResourceChangeRequest{
			TypeName: name, PriorState: null, PlannedState: planned, Config: config,
		})
		if err != nil || len(applied.Diagnostics) > 0 {
			b.Fatal(err, applied.Diagnostics)
		}
		return applied.NewState
	}
	planned := plan(b, null, config)
	state := apply(b, planned)
	for _, call := range []struct {
		name string
		make func(b *testing.B)
	}{
		{"validate", func(b *testing.B) {
			response, err := s.ValidateResourceConfig(b.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: config})
			if err != nil || len(response.Diagnostics) > 0 {
				b.Fatal(err, response.Diagnostics)
			}
		}},
		{"plan of a creation", func(b *testing.B) { plan(b, null, config) }},
		{"apply", func(b *testing.B) { apply(b, planned) }},
		{"read", func(b *testing.B) {
			if _, err := s.ReadResource(b.Context(), &tfprotov6.ReadResourceRequest{TypeName: name, CurrentState: state}); err != nil {
				b.Fatal(err)
			}
		}},
		{"plan without changes", func(b *testing.B) { plan(b, state, state) }},
	} {
		b.Run(call.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				call.make(b)
			}
		})
	}
}

// BenchmarkUsers is the data source over a thousand users.
func BenchmarkUsers(b *testing.B) {
	const name = "identitycenter_users"
	c := acctest.New(b)
	for i := range 1000 {
		c.AddUser(c.IdentityStoreID, simulator.User{UserName: fmt.Sprintf("user-%d@example.com", i)})
	}
	s := server.New(providerserver.NewProtocol6(provider.New("test")())())
	schema, err := s.GetProviderSchema(b.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		b.Fatal(err)
	}
	benchmarkConfigure(b, s, schema, c.Management, c.URL)
	config := benchmarkObject(b, schema.DataSourceSchemas[name].ValueType(), map[string]tftypes.Value{
		"identity_store_id": tftypes.NewValue(tftypes.String, c.IdentityStoreID),
	})
	b.ReportAllocs()
	for b.Loop() {
		response, err := s.ReadDataSource(b.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: config})
		if err != nil || len(response.Diagnostics) > 0 {
			b.Fatal(err, response.Diagnostics)
		}
	}
}

func benchmarkConfigure(b *testing.B, s tfprotov6.ProviderServer, schema *tfprotov6.GetProviderSchemaResponse, key simulator.Key, url string) {
	b.Helper()
	providerType := schema.Provider.ValueType()
	configured, err := s.ConfigureProvider(b.Context(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.14.0",
		Config: benchmarkObject(b, providerType, map[string]tftypes.Value{
			"region":     tftypes.NewValue(tftypes.String, "ap-southeast-3"),
			"access_key": tftypes.NewValue(tftypes.String, key.AccessKey),
			"secret_key": tftypes.NewValue(tftypes.String, key.SecretKey),
			"endpoints": tftypes.NewValue(providerType.(tftypes.Object).AttributeTypes["endpoints"], map[string]tftypes.Value{
				"identitystore": tftypes.NewValue(tftypes.String, url),
			}),
		}),
	})
	if err != nil || len(configured.Diagnostics) > 0 {
		b.Fatal(err, configured.Diagnostics)
	}
}

// benchmarkObject is a value of an object type, of which what is not given is null, and a
// list block empty.
func benchmarkObject(b testing.TB, objectType tftypes.Type, given map[string]tftypes.Value) *tfprotov6.DynamicValue {
	b.Helper()
	values := map[string]tftypes.Value{}
	for name, attribute := range objectType.(tftypes.Object).AttributeTypes {
		values[name] = tftypes.NewValue(attribute, nil)
		if list, isList := attribute.(tftypes.List); isList && list.ElementType.Is(tftypes.Object{}) {
			values[name] = tftypes.NewValue(attribute, []tftypes.Value{})
		}
		if value, ok := given[name]; ok {
			values[name] = value
		}
	}
	dynamic, err := tfprotov6.NewDynamicValue(objectType, tftypes.NewValue(objectType, values))
	if err != nil {
		b.Fatal(err)
	}
	return &dynamic
}

func benchmarkNull(b testing.TB, objectType tftypes.Type) *tfprotov6.DynamicValue {
	b.Helper()
	dynamic, err := tfprotov6.NewDynamicValue(objectType, tftypes.NewValue(objectType, nil))
	if err != nil {
		b.Fatal(err)
	}
	return &dynamic
}
