// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	hclv2 "github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// inputs are the arguments that acceptance tests set.
var inputs = &usedInputs{used: map[string]bool{}}

// usedInputs records arguments as "resource identitycenter_x.block.argument". The server records
// the configurations of the provider in the test process. For a provider in another process, the
// configuration file is parsed.
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

// unused describes each argument of the provider that no test set.
func (u *usedInputs) unused() []string {
	schemas, err := schemasOf()
	if err != nil {
		return []string{err.Error()}
	}
	cli, err := cliVersion(context.Background())
	if err != nil {
		return []string{err.Error()}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	var unused []string
	for _, argument := range schemas.arguments() {
		// The tests of actions need a CLI that supports actions.
		if strings.HasPrefix(argument.name, "action ") && !cli.hasActions() {
			continue
		}
		if !u.used[argument.name] {
			unused = append(unused, "no acceptance test sets "+argument.name)
		}
	}
	return unused
}

// value records the attributes of a value that are not null, below the name.
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
		// An absent block is an empty list.
		if len(elements) == 0 {
			return
		}
	}
	u.add(name)
}

// configuration records the arguments of a configuration file that are not null. A file with
// syntax errors is ignored.
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

// recording returns a server that records the configurations of its requests.
func (u *usedInputs) recording(server tfprotov6.ProviderServer) tfprotov6.ProviderServer {
	actions, ok := server.(wholeServer)
	if !ok {
		panic("the provider serves no actions")
	}
	return &recordingServer{wholeServer: actions, inputs: u}
}

// actionServer is a server with actions.
type actionServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ActionServer
}

type recordingServer struct {
	wholeServer
	inputs *usedInputs
}

// record records a configuration.
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
	return s.wholeServer.ConfigureProvider(ctx, req)
}

func (s *recordingServer) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	s.record("resource", req.TypeName, func(p *providerSchemas) *tfprotov6.Schema { return p.ResourceSchemas[req.TypeName] }, req.Config)
	return s.wholeServer.ValidateResourceConfig(ctx, req)
}

func (s *recordingServer) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	s.record("data", req.TypeName, func(p *providerSchemas) *tfprotov6.Schema { return p.DataSourceSchemas[req.TypeName] }, req.Config)
	return s.wholeServer.ReadDataSource(ctx, req)
}

func (s *recordingServer) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	s.record("action", req.ActionType, func(p *providerSchemas) *tfprotov6.Schema { return p.ActionSchemas[req.ActionType].Schema }, req.Config)
	return s.wholeServer.InvokeAction(ctx, req)
}

// sortedKeys returns the sorted keys of a map.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
