// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/provider"
)

// managed is one resource of a provider in this process, driven by the calls that Terraform
// makes, without a CLI.
type managed struct {
	t      *testing.T
	name   string
	server tfprotov6.ProviderServer
	schema *tfprotov6.Schema

	// state, private and identity are as Terraform keeps them. state is null for none.
	state    tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	tainted  bool
	// withoutIdentity forgets the identity after each call, as Terraform 1.11 does.
	withoutIdentity bool
}

// object returns a resource that does not exist yet.
func (c *cloud) object(t *testing.T, name string) *managed {
	t.Helper()
	server := c.serve(t)
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	schema := schemas.ResourceSchemas[name]
	return &managed{t: t, name: name, server: server, schema: schema, state: tftypes.NewValue(schema.ValueType(), nil)}
}

// serve returns a configured provider of this process.
func (c *cloud) serve(t *testing.T) tfprotov6.ProviderServer {
	t.Helper()
	server := capture(t, providerserver.NewProtocol6(provider.New("test")())())
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	text := func(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }
	endpoints := map[string]tftypes.Value{}
	for _, service := range []string{"identitystore", "identitycenter", "sts", "iam"} {
		endpoints[service] = text(c.URL)
	}
	config := objectValue(schemas.Provider.ValueType(), map[string]tftypes.Value{
		"region": text("ap-southeast-3"), "access_key": text(c.Management.AccessKey), "secret_key": text(c.Management.SecretKey),
		"endpoints": tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, endpoints), "max_retries": tftypes.NewValue(tftypes.Number, 0),
		"request_timeout": text("1s"),
	})
	resp, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.15.0", Config: dynamic(t, config)})
	if err != nil || len(resp.Diagnostics) > 0 {
		t.Fatalf("%v, %v", err, resp.Diagnostics)
	}
	return server
}

// objectValue returns an object with these attributes; the others are null, and blocks are
// empty.
func objectValue(of tftypes.Type, attributes map[string]tftypes.Value) tftypes.Value {
	values := map[string]tftypes.Value{}
	for name, kind := range of.(tftypes.Object).AttributeTypes {
		value, given := attributes[name]
		if _, isList := kind.(tftypes.List); !given && isList && (name == "assume_role" || name == "assume_role_with_oidc") {
			value, given = tftypes.NewValue(kind, []tftypes.Value{}), true
		}
		if !given {
			value = tftypes.NewValue(kind, nil)
		}
		values[name] = value
	}
	return tftypes.NewValue(of, values)
}

func dynamic(t *testing.T, value tftypes.Value) *tfprotov6.DynamicValue {
	t.Helper()
	encoded, err := tfprotov6.NewDynamicValue(value.Type(), value)
	if err != nil {
		t.Fatal(err)
	}
	return &encoded
}

// values are the arguments of a configuration: strings, bools, and unknown.
type values map[string]any

// with returns a copy with more arguments.
func (v values) with(name string, value any) values {
	all := maps.Clone(v)
	all[name] = value
	return all
}

// config returns a configuration, null for nil.
func (o *managed) config(arguments values) tftypes.Value {
	if arguments == nil {
		return tftypes.NewValue(o.schema.ValueType(), nil)
	}
	attributes := map[string]tftypes.Value{}
	for name, value := range arguments {
		kind := o.schema.ValueType().(tftypes.Object).AttributeTypes[name]
		if texts, isMap := value.(map[string]string); isMap {
			members := map[string]tftypes.Value{}
			for key, text := range texts {
				members[key] = tftypes.NewValue(tftypes.String, text)
			}
			attributes[name] = objectValue(kind, members)
			continue
		}
		attributes[name] = tftypes.NewValue(kind, value)
	}
	return objectValue(o.schema.ValueType(), attributes)
}

// proposed is what Terraform proposes: the configuration, with computed values of the
// state.
func (o *managed) proposed(prior, config tftypes.Value) tftypes.Value {
	if config.IsNull() || prior.IsNull() {
		return config
	}
	var configured, recorded map[string]tftypes.Value
	if err := config.As(&configured); err != nil {
		o.t.Fatal(err)
	}
	if err := prior.As(&recorded); err != nil {
		o.t.Fatal(err)
	}
	for _, attribute := range o.schema.Block.Attributes {
		if attribute.Computed && configured[attribute.Name].IsNull() {
			configured[attribute.Name] = recorded[attribute.Name]
		}
	}
	return tftypes.NewValue(config.Type(), configured)
}

// decode reads a value of a response.
func (o *managed) decode(value *tfprotov6.DynamicValue) tftypes.Value {
	o.t.Helper()
	decoded, err := value.Unmarshal(o.schema.ValueType())
	if err != nil {
		o.t.Fatal(err)
	}
	return decoded
}

// attribute returns an attribute of the state as text; null is "null".
func (o *managed) attribute(name string) string {
	o.t.Helper()
	if o.state.IsNull() {
		return "no state"
	}
	var attributes map[string]tftypes.Value
	if err := o.state.As(&attributes); err != nil {
		o.t.Fatal(err)
	}
	return shown(attributes[name])
}

func shown(value tftypes.Value) string {
	var text string
	var truth bool
	switch {
	case value.IsNull():
		return "null"
	case !value.IsKnown():
		return "unknown"
	case value.Type().Is(tftypes.Bool):
		_ = value.As(&truth)
		return fmt.Sprint(truth)
	case value.Type().Is(tftypes.String):
		_ = value.As(&text)
		return text
	}
	return value.String()
}

// edit changes an attribute of the state by hand.
func (o *managed) edit(name string, value any) {
	var attributes map[string]tftypes.Value
	if err := o.state.As(&attributes); err != nil {
		o.t.Fatal(err)
	}
	attributes[name] = tftypes.NewValue(attributes[name].Type(), value)
	o.state = tftypes.NewValue(o.state.Type(), attributes)
}

// read refreshes the state.
func (o *managed) read() messages {
	o.t.Helper()
	if o.state.IsNull() {
		return nil
	}
	resp, err := o.server.ReadResource(context.Background(), &tfprotov6.ReadResourceRequest{
		TypeName: o.name, CurrentState: dynamic(o.t, o.state), Private: o.private, CurrentIdentity: o.identity,
	})
	if err != nil {
		o.t.Fatal(err)
	}
	found := messages{resp.Diagnostics}
	if !found.failed() {
		o.keep(resp.NewState, resp.Private, resp.NewIdentity)
	}
	return found
}

func (o *managed) keep(state *tfprotov6.DynamicValue, private []byte, identity *tfprotov6.ResourceIdentityData) {
	o.state, o.private = o.decode(state), private
	if !o.withoutIdentity {
		o.identity = identity
	}
	if o.state.IsNull() {
		o.private, o.identity, o.tainted = nil, nil, false
	}
}

// change is a plan.
type change struct {
	prior, planned, config tftypes.Value
	private                []byte
	identity               *tfprotov6.ResourceIdentityData
	// replaces is true when the prior object is destroyed first.
	replaces bool
}

func (c change) empty() bool { return !c.replaces && c.prior.Equal(c.planned) }

// plan validates and plans a configuration, nil for a destroy, without a refresh.
func (o *managed) plan(arguments values) (change, messages) {
	o.t.Helper()
	config := o.config(arguments)
	if arguments != nil {
		resp, err := o.server.ValidateResourceConfig(context.Background(), &tfprotov6.ValidateResourceConfigRequest{TypeName: o.name, Config: dynamic(o.t, config)})
		if err != nil {
			o.t.Fatal(err)
		}
		if found := (messages{resp.Diagnostics}); found.failed() {
			return change{}, found
		}
	}
	prior, private := o.state, o.private
	replaces := o.tainted && arguments != nil
	if replaces {
		prior = tftypes.NewValue(o.schema.ValueType(), nil)
	}
	planned, again, found := o.planOnce(prior, config, private)
	if again && !found.failed() {
		replaces = true
		private = planned.private
		var more messages
		planned, _, more = o.planOnce(tftypes.NewValue(o.schema.ValueType(), nil), config, private)
		found = append(found, more...)
	}
	planned.prior, planned.replaces = o.state, replaces
	return planned, found
}

func (o *managed) planOnce(prior, config tftypes.Value, private []byte) (planned change, again bool, found messages) {
	o.t.Helper()
	identity := o.identity
	if prior.IsNull() {
		identity = nil
	}
	resp, err := o.server.PlanResourceChange(context.Background(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: o.name, PriorState: dynamic(o.t, prior), Config: dynamic(o.t, config), PriorPrivate: private, PriorIdentity: identity,
		ProposedNewState: dynamic(o.t, o.proposed(prior, config)),
	})
	if err != nil {
		o.t.Fatal(err)
	}
	found = messages{resp.Diagnostics}
	if found.failed() {
		return change{}, false, found
	}
	planned = change{planned: o.decode(resp.PlannedState), config: config, private: resp.PlannedPrivate, identity: resp.PlannedIdentity}
	return planned, len(resp.RequiresReplace) > 0, found
}

// apply refreshes, plans and applies a configuration, nil for a destroy.
func (o *managed) apply(ctx context.Context, arguments values) messages {
	o.t.Helper()
	found := o.read()
	if found.failed() {
		return found
	}
	planned, more := o.plan(arguments)
	if found = append(found, more...); found.failed() || planned.empty() && !o.tainted {
		return found
	}
	if planned.replaces {
		more = o.carryOut(ctx, change{prior: o.state, planned: o.config(nil), config: o.config(nil), private: planned.private})
		if found = append(found, more...); found.failed() {
			return found
		}
		planned.private = nil
	}
	planned.prior = o.state
	return append(found, o.carryOut(ctx, planned)...)
}

// carryOut makes the call that changes something.
func (o *managed) carryOut(ctx context.Context, planned change) messages {
	o.t.Helper()
	creates := planned.prior.IsNull()
	resp, err := o.server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: o.name, PriorState: dynamic(o.t, planned.prior), PlannedState: dynamic(o.t, planned.planned), Config: dynamic(o.t, planned.config),
		PlannedPrivate: planned.private, PlannedIdentity: planned.identity,
	})
	if err != nil {
		o.t.Fatal(err)
	}
	o.keep(resp.NewState, resp.Private, resp.NewIdentity)
	found := messages{resp.Diagnostics}
	o.tainted = o.tainted || creates && found.failed() && !o.state.IsNull()
	return found
}

// imports imports the object by an ID, or by an identity.
func (o *managed) imports(id string, identity map[string]string) messages {
	o.t.Helper()
	req := &tfprotov6.ImportResourceStateRequest{TypeName: o.name, ID: id}
	if identity != nil {
		schemas, err := o.server.GetResourceIdentitySchemas(o.t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
		if err != nil {
			o.t.Fatal(err)
		}
		attributes := map[string]tftypes.Value{}
		for name, text := range identity {
			attributes[name] = tftypes.NewValue(tftypes.String, text)
		}
		req.Identity = &tfprotov6.ResourceIdentityData{IdentityData: dynamic(o.t, tftypes.NewValue(schemas.IdentitySchemas[o.name].ValueType(), attributes))}
	}
	resp, err := o.server.ImportResourceState(o.t.Context(), req)
	if err != nil {
		o.t.Fatal(err)
	}
	found := messages{resp.Diagnostics}
	if found.failed() {
		return found
	}
	o.keep(resp.ImportedResources[0].State, resp.ImportedResources[0].Private, resp.ImportedResources[0].Identity)
	return append(found, o.read()...)
}

// messages are the diagnostics of one or more calls.
type messages [][]*tfprotov6.Diagnostic

func (m messages) failed() bool { return m.text(tfprotov6.DiagnosticSeverityError) != "" }

// text is that of all messages of a severity, 0 for any, on one line.
func (m messages) text(severity tfprotov6.DiagnosticSeverity) string {
	var b strings.Builder
	for _, some := range m {
		for _, one := range some {
			if severity == 0 || one.Severity == severity {
				fmt.Fprintf(&b, "%s: %s: %s: %s\n", one.Severity, one.Attribute, one.Summary, one.Detail)
			}
		}
	}
	return b.String()
}

// says fails the test if a word is not in the messages.
func (m messages) says(t *testing.T, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(m.text(0), word) {
			t.Errorf("%q is missing:\n%s", word, m.text(0))
		}
	}
}

// none fails the test if there is any message.
func (m messages) none(t *testing.T) {
	t.Helper()
	if text := m.text(0); text != "" {
		t.Errorf("messages:\n%s", text)
	}
}

const cutoffName = cutoffType + ".test"

// cutoffOf is the configuration of a cutoff of a permission set, with more arguments.
func (c *cloud) cutoffOf(set int, arguments string) string {
	return fmt.Sprintf("\nresource %q \"test\" {\n  instance_id       = %q\n  permission_set_id = %q\n  %s\n}\n",
		cutoffType, c.InstanceID, c.PermissionSets[set].PermissionSetID, arguments)
}
