// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/provider"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/server"
)

// storedStates are states of records as Terraform stores them.
var storedStates = map[string][]byte{
	"identitycenter_user_session_revocation": []byte(`{"identity_store_id": "d-1", "user_id": "u-1", "session_ids": ["s-2", "s-1"], "session_ids_wo": null,
		"session_ids_wo_version": null, "all_sessions": null, "sessions_matching": [{"from_networks": ["192.0.2.0/24"]}], "triggers": {"a": "b"}, "verify": true, "timeouts": {"create": "1m"},
		"revoked_at": "2026-11-25T03:00:00Z", "revoked_session_count": 2, "revoked_session_ids": ["s-2", "s-1"], "request_ids": ["r-1"]}`),
	"identitycenter_bulk_user_session_revocation": []byte(`{"identity_store_id": "d-1", "user_ids": [], "all_sessions": true, "sessions_matching": [], "timeouts": null,
		"revoked_user_count": 12345678901, "revoked_session_count": 0, "revoked_user_ids": null, "complete": true}`),
}

// What is answered for a record without the framework is what the framework answers.
func TestRecordsAreAnsweredLikeByTheFramework(t *testing.T) {
	t.Parallel()
	texts := tftypes.List{ElementType: tftypes.String}
	list := func(elements ...string) tftypes.Value {
		var values []tftypes.Value
		for _, element := range elements {
			values = append(values, tftypes.NewValue(tftypes.String, element))
		}
		return tftypes.NewValue(texts, values)
	}
	text := func(value string) tftypes.Value { return tftypes.NewValue(tftypes.String, value) }
	states := map[string]map[string]tftypes.Value{
		"identitycenter_user_session_revocation": {
			"identity_store_id": text("d-1"), "user_id": text("u-1"), "session_ids": list("s-2", "s-1"), "verify": tftypes.NewValue(tftypes.Bool, true),
			"revoked_at": text("2026-11-25T03:00:00Z"), "revoked_session_count": tftypes.NewValue(tftypes.Number, 2), "revoked_session_ids": list("s-2", "s-1"), "request_ids": list("r-1"),
		},
		"identitycenter_bulk_user_session_revocation": {
			"identity_store_id": text("d-1"), "user_ids": list(), "all_sessions": tftypes.NewValue(tftypes.Bool, true),
			"revoked_user_count": tftypes.NewValue(tftypes.Number, 0), "revoked_session_count": tftypes.NewValue(tftypes.Number, 0),
			"revoked_user_ids": list(), "complete": tftypes.NewValue(tftypes.Bool, true),
		},
	}
	framework := func() tfprotov6.ProviderServer { return providerserver.NewProtocol6(provider.New("test")())() }
	plain, short := server.New(framework()), server.New(framework(), provider.Records()...)
	schemas, err := plain.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range provider.Records() {
		given, known := states[name]
		if !known {
			t.Errorf("%s: the test has no state", name)
			continue
		}
		resourceType := schemas.ResourceSchemas[name].ValueType()
		if version := schemas.ResourceSchemas[name].Version; version != 0 {
			t.Errorf("%s: the schema has version %d: its older states are to be upgraded", name, version)
		}
		state, null := benchmarkObject(t, resourceType, given), benchmarkNull(t, resourceType)
		for _, private := range [][]byte{nil, []byte(`{"mark":"e30="}`)} {
			compare := func(what string, call func(tfprotov6.ProviderServer) (any, error)) {
				t.Helper()
				want, err := call(plain)
				got, shortErr := call(short)
				if err != nil || shortErr != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("%s of %s, private state %s:\n%#v, %v, want\n%#v, %v", what, name, private, got, shortErr, want, err)
				}
			}
			compare("upgrade", func(s tfprotov6.ProviderServer) (any, error) {
				response, err := s.UpgradeResourceState(t.Context(), &tfprotov6.UpgradeResourceStateRequest{TypeName: name, RawState: &tfprotov6.RawState{JSON: storedStates[name]}})
				if err != nil {
					return nil, err
				}
				upgraded, err := response.UpgradedState.Unmarshal(resourceType)
				return upgraded.String(), err
			})
			compare("read", func(s tfprotov6.ProviderServer) (any, error) {
				return s.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: name, CurrentState: state, Private: private})
			})
			for what, proposed := range map[string]*tfprotov6.DynamicValue{"plan without changes": state, "plan of the destroy": null} {
				compare(what, func(s tfprotov6.ProviderServer) (any, error) {
					return s.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
						TypeName: name, PriorState: state, ProposedNewState: proposed, Config: benchmarkObject(t, resourceType, configured(given)), PriorPrivate: private,
					})
				})
			}
			compare("destroy", func(s tfprotov6.ProviderServer) (any, error) {
				return s.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
					TypeName: name, PriorState: state, PlannedState: null, Config: null, PlannedPrivate: private,
				})
			})
		}
	}
}

// The plan of a record's creation is the framework's, for every valid configuration in which
// two arguments differ from one that ends all sessions.
func TestRecords_planOfACreation(t *testing.T) {
	t.Parallel()
	asked := &countingServer{protocol: providerserver.NewProtocol6(provider.New("test")())().(protocol)}
	plain, short := server.New(providerserver.NewProtocol6(provider.New("test")())()), server.New(asked, provider.Records()...)
	schemas, err := plain.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range provider.Records() {
		asked.plans = 0
		schema := schemas.ResourceSchemas[name]
		resourceType := schema.ValueType()
		var arguments []argument
		base := map[string]tftypes.Value{}
		for _, attribute := range schema.Block.Attributes {
			if attribute.Computed {
				continue
			}
			values := sampleValues(attribute.Type)
			if attribute.Required || attribute.Name == "all_users" || attribute.Name == "all_sessions" {
				base[attribute.Name] = values[0]
			}
			for _, value := range values {
				arguments = append(arguments, argument{attribute.Name, value})
			}
		}
		for _, block := range schema.Block.BlockTypes {
			for _, value := range sampleValues(resourceType.(tftypes.Object).AttributeTypes[block.TypeName]) {
				arguments = append(arguments, argument{block.TypeName, value})
			}
		}
		null, planned := benchmarkNull(t, resourceType), 0
		compare := func(config, proposed *tfprotov6.DynamicValue, private []byte) {
			t.Helper()
			request := &tfprotov6.PlanResourceChangeRequest{TypeName: name, PriorState: null, ProposedNewState: proposed, Config: config, PriorPrivate: private}
			want, err := plain.PlanResourceChange(t.Context(), request)
			got, shortErr := short.PlanResourceChange(t.Context(), request)
			if err != nil || shortErr != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %#v, %v, want\n%#v, %v", name, got, shortErr, want, err)
			}
		}
		compare(null, null, nil)
		for i, one := range arguments {
			for _, other := range arguments[i:] {
				given := maps.Clone(base)
				given[one.name], given[other.name] = one.value, other.value
				config := benchmarkObject(t, resourceType, given)
				valid, err := plain.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{
					TypeName: name, Config: config, ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
				})
				if err != nil {
					t.Fatal(err)
				}
				if slices.ContainsFunc(valid.Diagnostics, func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError }) {
					continue // Terraform does not have it planned.
				}
				planned++
				compare(config, config, nil)
				compare(config, config, []byte(`{"mark":"e30="}`))
				compare(config, benchmarkObject(t, resourceType, base), nil)
				if t.Failed() {
					t.Fatalf("with %v and %v", one, other)
				}
			}
		}
		if planned < 50 || asked.plans > 2*planned {
			t.Errorf("%s: %d valid configurations of %d arguments, for three plans each the framework was asked %d times", name, planned, len(arguments), asked.plans)
		}
	}
}

// protocol is what the framework's server implements.
type protocol interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// countingServer counts the plans that it is asked for.
type countingServer struct {
	protocol
	plans int
}

func (s *countingServer) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	s.plans++
	return s.protocol.PlanResourceChange(ctx, req)
}

type argument struct {
	name  string
	value tftypes.Value
}

// sampleValues are values of a type, the most usual one first.
func sampleValues(of tftypes.Type) []tftypes.Value {
	text, unknown := tftypes.NewValue(tftypes.String, "1m"), tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
	values := func(more ...any) []tftypes.Value {
		var all []tftypes.Value
		for _, value := range append(more, nil, tftypes.UnknownValue) {
			all = append(all, tftypes.NewValue(of, value))
		}
		return all
	}
	switch of := of.(type) {
	case tftypes.List:
		object, isBlock := of.ElementType.(tftypes.Object)
		if !isBlock {
			return values([]tftypes.Value{text, text}, []tftypes.Value{text, unknown}, []tftypes.Value{})
		}
		blocks := []tftypes.Value{tftypes.NewValue(of, []tftypes.Value{})}
		for _, age := range []tftypes.Value{text, unknown} {
			conditions := map[string]tftypes.Value{}
			for name, of := range object.AttributeTypes {
				conditions[name] = tftypes.NewValue(of, nil)
			}
			conditions["older_than"] = age
			blocks = append(blocks, tftypes.NewValue(of, []tftypes.Value{tftypes.NewValue(object, conditions)}))
		}
		return blocks
	case tftypes.Map:
		return values(map[string]tftypes.Value{"a": text}, map[string]tftypes.Value{"a": unknown}, map[string]tftypes.Value{})
	case tftypes.Object: // timeouts
		return values(map[string]tftypes.Value{"create": text}, map[string]tftypes.Value{"create": unknown})
	}
	if of.Is(tftypes.Bool) {
		return values(true, false)
	}
	return []tftypes.Value{text, unknown}
}

// configured are those of the values that a configuration may have.
func configured(state map[string]tftypes.Value) map[string]tftypes.Value {
	given := map[string]tftypes.Value{}
	for _, name := range []string{"identity_store_id", "user_id", "user_ids", "session_ids", "all_sessions", "verify"} {
		if value, ok := state[name]; ok {
			given[name] = value
		}
	}
	return given
}
