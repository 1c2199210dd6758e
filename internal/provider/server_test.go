// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
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

// These tests call the provider in the test process as Terraform does, without a CLI. A call takes
// milliseconds; a Terraform command takes 0.3 CPU seconds.

// attrs has the attributes of an object as Go values: string, bool, int, *big.Float, []any,
// []string, attrs, tftypes.Value, tftypes.UnknownValue, or nil for null.
type attrs = map[string]any

// providerServer is a provider in the test process.
type providerServer struct {
	wholeServer
	schemas *tfprotov6.GetProviderSchemaResponse
}

// newServer returns a provider that is not configured.
func newServer(t *testing.T) *providerServer {
	t.Helper()
	served := servedProvider(t).(wholeServer)
	schemas, err := served.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return &providerServer{served, schemas}
}

// serve returns a configured provider. Calls are not retried and time out after a second.
func (c *cloud) serve(t *testing.T, arguments ...attrs) *providerServer {
	t.Helper()
	return c.serveAs(t, c.Management, append([]attrs{{"max_retries": 0, "request_timeout": "1s"}}, arguments...)...)
}

// serveAs returns a provider that is configured with a key and more arguments.
func (c *cloud) serveAs(t *testing.T, key simulator.Key, arguments ...attrs) *providerServer {
	t.Helper()
	config := attrs{
		"region": "ap-southeast-3", "access_key": key.AccessKey, "secret_key": key.SecretKey,
		"endpoints": attrs{"identitystore": c.URL, "identitycenter": c.URL, "sts": c.URL, "iam": c.URL},
	}
	for _, more := range arguments {
		maps.Copy(config, more)
	}
	s, text := configureProvider(t, config)
	if text != "" {
		t.Fatal(text)
	}
	return s
}

// configureProvider validates a provider block and configures a provider. It returns all
// diagnostics as text.
func configureProvider(t *testing.T, config attrs) (s *providerServer, diagnostics string) {
	t.Helper()
	s = newServer(t)
	value := dynamicOf(t, s.schemas.Provider, config)
	validated, err := s.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: value})
	if err != nil {
		t.Fatal(err)
	}
	if len(validated.Diagnostics) > 0 {
		return s, diagnosticText(validated.Diagnostics)
	}
	configured, err := s.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.14.0", Config: value})
	if err != nil {
		t.Fatal(err)
	}
	return s, diagnosticText(configured.Diagnostics)
}

// read validates a configuration and reads the data source. It returns the state and all
// diagnostics as text.
func (s *providerServer) read(t *testing.T, name string, config attrs) (state attrs, diagnostics string) {
	t.Helper()
	schema := s.schemas.DataSourceSchemas[name]
	validated, err := s.ValidateDataResourceConfig(t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: dynamicOf(t, schema, config)})
	if err != nil {
		t.Fatal(err)
	}
	if len(validated.Diagnostics) > 0 {
		return nil, diagnosticText(validated.Diagnostics)
	}
	read, err := s.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: dynamicOf(t, schema, config)})
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

// applied has the messages of a provider in the test process, and its last resource and data
// source.
type applied struct {
	text     string
	resource *managed
	data     attrs
}

// applyInProcess configures a provider with the provider block of a configuration, reads its data
// sources and creates its resources. The configuration has literal values only.
func applyInProcess(t *testing.T, config string) applied {
	t.Helper()
	var s *providerServer
	var done applied
	for _, block := range fixtureBlocks(t, config) {
		given := block.arguments(t, nil)
		var text string
		switch block.kind {
		case "provider":
			s, text = configureProvider(t, given)
		case "data":
			done.data, text = s.read(t, block.name, given)
		default:
			done.resource = s.object(t, block.name)
			text = done.resource.apply(t.Context(), given).text(0)
		}
		done.text += text
	}
	return done
}

// failsWith fails the test unless an error has the words in this order.
func (a applied) failsWith(t *testing.T, words ...string) {
	t.Helper()
	in := []string{"ERROR"}
	for _, word := range words {
		in = append(in, strings.Join(strings.Fields(word), " "))
	}
	if missing := missingText(a.text, in...); missing != "" {
		t.Errorf("%q is missing:\n%s", missing, a.text)
	}
}

// works fails the test if there was an error.
func (a applied) works(t *testing.T) {
	t.Helper()
	if strings.Contains(a.text, "ERROR") {
		t.Error(a.text)
	}
}

// actionRun has the responses to an invocation of an action.
type actionRun struct {
	preview     []*tfprotov6.Diagnostic
	progress    []string
	diagnostics []*tfprotov6.Diagnostic
}

func (r actionRun) errors() string {
	var all []string
	for _, d := range r.diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			all = append(all, d.Summary+"\n"+d.Detail)
		}
	}
	return strings.Join(all, "\n")
}

// invoke validates, plans and invokes an action. It calls planned, if set, after the plan.
func (s *providerServer) invoke(ctx context.Context, t *testing.T, name string, config attrs, planned func()) actionRun {
	t.Helper()
	value := dynamicOf(t, s.schemas.ActionSchemas[name].Schema, config)
	validated, err := s.ValidateActionConfig(ctx, &tfprotov6.ValidateActionConfigRequest{ActionType: name, Config: value})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := s.PlanAction(ctx, &tfprotov6.PlanActionRequest{ActionType: name, Config: value})
	if err != nil {
		t.Fatal(err)
	}
	run := actionRun{preview: plan.Diagnostics, diagnostics: slices.Concat(validated.Diagnostics, plan.Diagnostics)}
	if run.errors() != "" {
		return run
	}
	if planned != nil {
		planned()
	}
	stream, err := s.InvokeAction(ctx, &tfprotov6.InvokeActionRequest{ActionType: name, Config: value})
	if err != nil {
		t.Fatal(err)
	}
	for event := range stream.Events {
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			run.progress = append(run.progress, strings.Split(event.Message, "\n")...)
		case tfprotov6.CompletedInvokeActionEventType:
			run.diagnostics = event.Diagnostics
		}
	}
	return run
}

// list runs a list resource.
func (s *providerServer) list(t *testing.T, name string, limit int64, config attrs) []tfprotov6.ListResourceResult {
	t.Helper()
	stream, err := s.ListResource(t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: name, IncludeResource: true, Limit: limit, Config: dynamicOf(t, s.schemas.ListResourceSchemas[name], config),
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(stream.Results)
}

// dynamicOf returns a configuration. Missing values are null, and a missing list block is empty.
func dynamicOf(t *testing.T, schema *tfprotov6.Schema, given attrs) *tfprotov6.DynamicValue {
	t.Helper()
	return dynamic(t, configOf(schema, given))
}

func configOf(schema *tfprotov6.Schema, given attrs) tftypes.Value {
	config := maps.Clone(given)
	for _, block := range schema.Block.BlockTypes {
		if block.Nesting == tfprotov6.SchemaNestedBlockNestingModeList && config[block.TypeName] == nil {
			config[block.TypeName] = []any{}
		}
	}
	return wireOf(schema.ValueType(), config)
}

func dynamic(t *testing.T, value tftypes.Value) *tfprotov6.DynamicValue {
	t.Helper()
	encoded, err := tfprotov6.NewDynamicValue(value.Type(), value)
	if err != nil {
		t.Fatal(err)
	}
	return &encoded
}

// wireOf returns a Go value as a value of the type.
func wireOf(typ tftypes.Type, given any) tftypes.Value {
	if value, ok := given.(tftypes.Value); ok {
		return value
	}
	if given == nil || given == tftypes.UnknownValue {
		return tftypes.NewValue(typ, given)
	}
	switch typ := typ.(type) {
	case tftypes.Object:
		// A block that may occur once.
		if blocks, ok := given.([]any); ok {
			given = blocks[0]
		}
		elements := map[string]tftypes.Value{}
		for name, attribute := range typ.AttributeTypes {
			elements[name] = wireOf(attribute, given.(attrs)[name])
		}
		return tftypes.NewValue(typ, elements)
	case tftypes.Map:
		elements := map[string]tftypes.Value{}
		for name, value := range given.(attrs) {
			elements[name] = wireOf(typ.ElementType, value)
		}
		return tftypes.NewValue(typ, elements)
	case tftypes.List:
		elements := []tftypes.Value{}
		all := reflect.ValueOf(given)
		for i := range all.Len() {
			elements = append(elements, wireOf(typ.ElementType, all.Index(i).Interface()))
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

// diagnosticText returns the text of diagnostics, with the attribute of each.
func diagnosticText(diagnostics []*tfprotov6.Diagnostic) string {
	var b strings.Builder
	for _, d := range diagnostics {
		fmt.Fprintf(&b, "%s: %s: %s [%s]\n", d.Severity, d.Summary, d.Detail, d.Attribute)
	}
	return b.String()
}

// missingText returns the first text that does not occur in this order; "" if all do. White space
// is ignored.
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

// managed is a resource of a provider in this process. The tests call it as Terraform does, without
// a CLI.
type managed struct {
	t      *testing.T
	name   string
	server *providerServer
	schema *tfprotov6.Schema

	// state, private and identity are what Terraform stores. A null state means no object.
	state    tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	tainted  bool
	// withoutIdentity drops the identity after each call, as Terraform 1.11 does.
	withoutIdentity bool
}

// object returns a resource that does not exist yet.
func (c *cloud) object(t *testing.T, name string) *managed {
	t.Helper()
	return c.serve(t).object(t, name)
}

func (s *providerServer) object(t *testing.T, name string) *managed {
	t.Helper()
	schema := s.schemas.ResourceSchemas[name]
	return &managed{t: t, name: name, server: s, schema: schema, state: tftypes.NewValue(schema.ValueType(), nil)}
}

// values are the arguments of a configuration.
type values attrs

// with returns a copy with more arguments.
func (v values) with(name string, value any) values {
	all := maps.Clone(v)
	all[name] = value
	return all
}

// config returns a configuration; null for nil.
func (o *managed) config(arguments values) tftypes.Value {
	if arguments == nil {
		return tftypes.NewValue(o.schema.ValueType(), nil)
	}
	return configOf(o.schema, arguments)
}

// proposed returns the new state that Terraform proposes: the configuration, with computed values
// of the state.
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
	configured = maps.Clone(configured) // As returns the map of the value.
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

// strings returns a list of strings of the state.
func (o *managed) strings(name string) []string {
	o.t.Helper()
	var attributes map[string]tftypes.Value
	if err := o.state.As(&attributes); err != nil {
		o.t.Fatal(err)
	}
	return stringsIn(o.t, attributes[name])
}

func shown(value tftypes.Value) string {
	var text string
	var set bool
	switch {
	case value.IsNull():
		return "null"
	case !value.IsKnown():
		return "unknown"
	case value.Type().Is(tftypes.Bool):
		_ = value.As(&set)
		return fmt.Sprint(set)
	case value.Type().Is(tftypes.String):
		_ = value.As(&text)
		return text
	}
	return value.String()
}

// edit changes an attribute of the state, as a person would.
func (o *managed) edit(name string, value any) {
	var attributes map[string]tftypes.Value
	if err := o.state.As(&attributes); err != nil {
		o.t.Fatal(err)
	}
	attributes = maps.Clone(attributes)
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
	// replaces is true if the prior object is destroyed first.
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
		prior, private = tftypes.NewValue(o.schema.ValueType(), nil), nil
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
	if found.failed() || arguments == nil && o.state.IsNull() {
		return found
	}
	planned, more := o.plan(arguments)
	if found = append(found, more...); found.failed() || planned.empty() && !o.tainted {
		return found
	}
	return append(found, o.applyPlan(ctx, planned)...)
}

// applyPlan applies a plan. A replacement destroys first.
func (o *managed) applyPlan(ctx context.Context, planned change) messages {
	o.t.Helper()
	var found messages
	if planned.replaces {
		found = o.carryOut(ctx, change{prior: o.state, planned: o.config(nil), config: o.config(nil), private: planned.private})
		if found.failed() {
			return found
		}
		planned.private = nil
	}
	planned.prior = o.state
	return append(found, o.carryOut(ctx, planned)...)
}

// carryOut makes the call that applies a change.
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
	o.checkPlanned(planned, found)
	o.tainted = o.tainted || creates && found.failed() && !o.state.IsNull()
	return found
}

// checkPlanned fails the test if the state has unknown values, or differs from the plan.
func (o *managed) checkPlanned(planned change, found messages) {
	o.t.Helper()
	if !o.state.IsFullyKnown() {
		o.t.Errorf("the state has unknown values: %s", o.state)
	}
	if found.failed() || planned.planned.IsNull() || o.state.IsNull() {
		return
	}
	var want, got map[string]tftypes.Value
	if planned.planned.As(&want) != nil || o.state.As(&got) != nil {
		o.t.Fatal("a value is no object")
	}
	for name, value := range want {
		if value.IsFullyKnown() && !value.Equal(got[name]) {
			o.t.Errorf("%s was planned as %s and applied as %s", name, value, got[name])
		}
	}
}

// imports imports the object by an ID, or by an identity, in which "" is null.
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
			if text == "" {
				attributes[name] = tftypes.NewValue(tftypes.String, nil)
			}
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

// text returns all messages of a severity (0 for any) on one line.
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

// says fails the test if a word is missing in the messages.
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
