// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"flag"
	"maps"
	"slices"
	"strings"
	"sync"

	hclv2 "github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
)

// inputs are the arguments that any acceptance test gave a value.
var inputs = &usedInputs{used: map[string]bool{}}

// usedInputs records arguments as "resource identitycenter_x.block.argument". What runs
// in the test's process is seen by the provider's server; of what a Terraform CLI runs,
// the configuration is read.
type usedInputs struct {
	mu   sync.Mutex
	used map[string]bool
}

func (u *usedInputs) add(names ...string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, name := range names {
		u.used[name] = true
	}
}

// everythingRan tells whether no test was left out by a flag.
func everythingRan() bool {
	for _, name := range []string{"test.run", "test.skip"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" {
			return false
		}
	}
	return flag.Lookup("test.short").Value.String() == "false"
}

// hasActions tells whether a CLI knows actions.
func hasActions(cli acctest.CLIVersion) bool {
	return !cli.OpenTofu && (cli.Major > 1 || cli.Minor >= 14)
}

// unused lists the arguments that the provider has and no test used.
func (u *usedInputs) unused() []string {
	schemas, err := schemasOf()
	if err != nil {
		return []string{err.Error()}
	}
	cli, err := acctest.Version(context.Background())
	if err != nil {
		return []string{err.Error()}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	var unused []string
	for _, argument := range schemas.arguments() {
		// The tests of actions need a CLI that has them.
		if strings.HasPrefix(argument.name, "action ") && !hasActions(cli) {
			continue
		}
		if !u.used[argument.name] {
			unused = append(unused, argument.name)
		}
	}
	return unused
}

// value records what of a configuration has a value, below the name.
func (u *usedInputs) value(name string, value tftypes.Value) {
	if value.IsNull() {
		return
	}
	if !value.IsKnown() {
		u.add(name)
		return
	}
	if attributes := map[string]tftypes.Value{}; value.Type().Is(tftypes.Object{}) && value.As(&attributes) == nil {
		for attribute, value := range attributes {
			u.value(name+"."+attribute, value)
		}
		u.add(name)
		return
	}
	if elements := []tftypes.Value{}; (value.Type().Is(tftypes.List{}) || value.Type().Is(tftypes.Set{})) && value.As(&elements) == nil {
		for _, element := range elements {
			u.value(name, element)
		}
		// An empty block is none.
		if len(elements) == 0 {
			return
		}
	}
	u.add(name)
}

// configuration records the arguments of a configuration in HCL, except those that are
// null. What cannot be parsed is what a test of Terraform's own errors has.
func (u *usedInputs) configuration(text string) {
	file, diags := hclsyntax.ParseConfig([]byte(text), "main.tf", hclv2.InitialPos)
	if diags.HasErrors() {
		return
	}
	for _, block := range file.Body.(*hclsyntax.Body).Blocks {
		switch {
		case block.Type == "provider" && slices.Equal(block.Labels, []string{"identitycenter"}):
			u.block("provider", block.Body)
		case len(block.Labels) == 2 && strings.HasPrefix(block.Labels[0], "identitycenter_"):
			u.block(block.Type+" "+block.Labels[0], block.Body)
		}
	}
}

func (u *usedInputs) block(name string, body *hclsyntax.Body) {
	for attribute, given := range body.Attributes {
		if value, diags := given.Expr.Value(nil); diags.HasErrors() || !value.IsNull() {
			u.add(name + "." + attribute)
		}
	}
	for _, block := range body.Blocks {
		switch {
		case strings.HasPrefix(name, "action ") && block.Type == "config":
			u.block(name, block.Body)
		case block.Type == "dynamic" && len(block.Labels) == 1:
			for _, content := range block.Body.Blocks {
				u.block(name+"."+block.Labels[0], content.Body)
			}
		default:
			u.add(name + "." + block.Type)
			u.block(name+"."+block.Type, block.Body)
		}
	}
}

// recording wraps a server so that it records the configurations that it is given.
func (u *usedInputs) recording(server tfprotov6.ProviderServer) tfprotov6.ProviderServer {
	actions, ok := server.(actionServer)
	if !ok {
		panic("the provider serves no actions")
	}
	return &recordingServer{actionServer: actions, inputs: u}
}

// actionServer is a server that has actions too.
type actionServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ActionServer
}

type recordingServer struct {
	actionServer
	inputs *usedInputs
}

// record decodes a configuration by its schema.
func (s *recordingServer) record(kind, name string, schema func(*providerSchemas) *tfprotov6.Schema, config *tfprotov6.DynamicValue) {
	schemas, err := schemasOf()
	if err != nil {
		panic(err)
	}
	if block := schema(schemas); block != nil && config != nil {
		if value, err := config.Unmarshal(block.ValueType()); err == nil {
			s.inputs.value(strings.TrimSpace(kind+" "+name), value)
		}
	}
}

func (s *recordingServer) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	s.record("provider", "", func(p *providerSchemas) *tfprotov6.Schema { return p.Provider }, req.Config)
	return s.actionServer.ConfigureProvider(ctx, req)
}

func (s *recordingServer) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	s.record("resource", req.TypeName, func(p *providerSchemas) *tfprotov6.Schema { return p.ResourceSchemas[req.TypeName] }, req.Config)
	return s.actionServer.ValidateResourceConfig(ctx, req)
}

func (s *recordingServer) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	s.record("data", req.TypeName, func(p *providerSchemas) *tfprotov6.Schema { return p.DataSourceSchemas[req.TypeName] }, req.Config)
	return s.actionServer.ReadDataSource(ctx, req)
}

func (s *recordingServer) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	s.record("action", req.ActionType, func(p *providerSchemas) *tfprotov6.Schema { return p.ActionSchemas[req.ActionType].Schema }, req.Config)
	return s.actionServer.InvokeAction(ctx, req)
}

// sortedKeys are the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
