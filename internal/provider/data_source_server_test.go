// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// attrs has the attributes of an object as Go values: string, bool, *big.Float, []any,
// attrs, or nil for null.
type attrs = map[string]any

// dataSources is a configured provider server. It reads data sources without a Terraform
// CLI, which takes milliseconds.
type dataSources struct {
	server  tfprotov6.ProviderServer
	schemas *tfprotov6.GetProviderSchemaResponse
}

// dataSources configures the provider with a key and more arguments.
func (c *cloud) dataSources(t *testing.T, key simulator.Key, arguments attrs) *dataSources {
	t.Helper()
	config := attrs{
		"region": "ap-southeast-3", "access_key": key.AccessKey, "secret_key": key.SecretKey,
		"endpoints": attrs{"identitystore": c.URL, "identitycenter": c.URL, "sts": c.URL, "iam": c.URL},
	}
	maps.Copy(config, arguments)
	d, text := configureProvider(t, config)
	if text != "" {
		t.Fatal(text)
	}
	return d
}

// configureProvider validates a provider block and configures the provider. It returns all
// diagnostics as text.
func configureProvider(t *testing.T, config attrs) (d *dataSources, diagnostics string) {
	t.Helper()
	server, err := factories["identitycenter"]()
	if err != nil {
		t.Fatal(err)
	}
	d = &dataSources{server: server}
	if d.schemas, err = server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
		t.Fatal(err)
	}
	value := dynamicOf(t, d.schemas.Provider, config)
	validated, err := server.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: value})
	if err != nil {
		t.Fatal(err)
	}
	if len(validated.Diagnostics) > 0 {
		return d, diagnosticText(validated.Diagnostics)
	}
	configured, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.11.0", Config: value})
	if err != nil {
		t.Fatal(err)
	}
	return d, diagnosticText(configured.Diagnostics)
}

// read validates a configuration and reads the data source. It returns the state and all
// diagnostics as text.
func (d *dataSources) read(t *testing.T, name string, config attrs) (state attrs, diagnostics string) {
	t.Helper()
	schema := d.schemas.DataSourceSchemas[name]
	validated, err := d.server.ValidateDataResourceConfig(t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: dynamicOf(t, schema, config)})
	if err != nil {
		t.Fatal(err)
	}
	if len(validated.Diagnostics) > 0 {
		return nil, diagnosticText(validated.Diagnostics)
	}
	read, err := d.server.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: dynamicOf(t, schema, config)})
	if err != nil {
		t.Fatal(err)
	}
	value, err := read.State.Unmarshal(schema.ValueType())
	if err != nil {
		t.Fatal(err)
	}
	state, _ = goValueOf(t, value).(attrs)
	return state, diagnosticText(read.Diagnostics)
}

// dynamicOf makes a configuration. What is not given is null, and a list block is empty.
func dynamicOf(t *testing.T, schema *tfprotov6.Schema, given attrs) *tfprotov6.DynamicValue {
	t.Helper()
	config := maps.Clone(given)
	for _, block := range schema.Block.BlockTypes {
		if block.Nesting == tfprotov6.SchemaNestedBlockNestingModeList && config[block.TypeName] == nil {
			config[block.TypeName] = []any{}
		}
	}
	typ := schema.ValueType()
	value, err := tfprotov6.NewDynamicValue(typ, wireOf(typ, config))
	if err != nil {
		t.Fatal(err)
	}
	return &value
}

func wireOf(typ tftypes.Type, given any) tftypes.Value {
	switch typ := typ.(type) {
	case tftypes.Object:
		if given == nil {
			return tftypes.NewValue(typ, nil)
		}
		elements := map[string]tftypes.Value{}
		for name, attribute := range typ.AttributeTypes {
			elements[name] = wireOf(attribute, given.(attrs)[name])
		}
		return tftypes.NewValue(typ, elements)
	case tftypes.Map:
		elements := map[string]tftypes.Value{}
		if given == nil {
			return tftypes.NewValue(typ, nil)
		}
		for name, value := range given.(attrs) {
			elements[name] = wireOf(typ.ElementType, value)
		}
		return tftypes.NewValue(typ, elements)
	case tftypes.List:
		if given == nil {
			return tftypes.NewValue(typ, nil)
		}
		elements := []tftypes.Value{}
		for _, element := range given.([]any) {
			elements = append(elements, wireOf(typ.ElementType, element))
		}
		return tftypes.NewValue(typ, elements)
	}
	return tftypes.NewValue(typ, given)
}

// goValueOf returns a value as Go values.
func goValueOf(t *testing.T, value tftypes.Value) any {
	t.Helper()
	if value.IsNull() {
		return nil
	}
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	switch typ := value.Type(); {
	case typ.Is(tftypes.String):
		var s string
		check(value.As(&s))
		return s
	case typ.Is(tftypes.Bool):
		var b bool
		check(value.As(&b))
		return b
	case typ.Is(tftypes.Number):
		n := new(big.Float)
		check(value.As(&n))
		return n
	case typ.Is(tftypes.Object{}):
		attributes, result := map[string]tftypes.Value{}, attrs{}
		check(value.As(&attributes))
		for name, attribute := range attributes {
			result[name] = goValueOf(t, attribute)
		}
		return result
	}
	elements, result := []tftypes.Value{}, []any{}
	check(value.As(&elements))
	for _, element := range elements {
		result = append(result, goValueOf(t, element))
	}
	return result
}

// diagnosticText returns everything that diagnostics say, with the attribute that each is about.
func diagnosticText(diagnostics []*tfprotov6.Diagnostic) string {
	var b strings.Builder
	for _, d := range diagnostics {
		fmt.Fprintf(&b, "%s: %s: %s [%s]\n", d.Severity, d.Summary, d.Detail, d.Attribute)
	}
	return b.String()
}

// missingText returns the first text that does not occur in this order, "" if all do. Spaces
// and line breaks do not count.
func missingText(text string, inOrder ...string) string {
	text = strings.Join(strings.Fields(text), " ")
	for _, want := range inOrder {
		_, after, found := strings.Cut(text, want)
		if !found {
			return want
		}
		text = after
	}
	return ""
}

// expectState checks some attributes.
func expectState(t *testing.T, state, want attrs) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if !reflect.DeepEqual(state[name], want[name]) {
			t.Errorf("%s is %#v, want %#v", name, state[name], want[name])
		}
	}
}
