// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	datasourceschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/provider"
)

// providerSchemas are the schemas of everything that the provider registers.
type providerSchemas struct {
	*tfprotov6.GetProviderSchemaResponse
}

var schemasOf = sync.OnceValues(func() (*providerSchemas, error) {
	server := providerserver.NewProtocol6(provider.New("test")())()
	response, err := server.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	return &providerSchemas{response}, err
})

// item is a resource, data source, action, or the provider.
type item struct {
	// name is the name in a configuration: "data identitycenter_user".
	name  string
	block *tfprotov6.SchemaBlock
}

// items returns everything with a schema, in order.
func (p *providerSchemas) registeredItems() []item {
	all := []item{{"provider", p.Provider.Block}}
	for _, name := range sortedKeys(p.ResourceSchemas) {
		all = append(all, item{"resource " + name, p.ResourceSchemas[name].Block})
	}
	for _, name := range sortedKeys(p.DataSourceSchemas) {
		all = append(all, item{"data " + name, p.DataSourceSchemas[name].Block})
	}
	for _, name := range sortedKeys(p.ActionSchemas) {
		all = append(all, item{"action " + name, p.ActionSchemas[name].Schema.Block})
	}
	return all
}

// part is an attribute or a block of an item, at any depth.
type part struct {
	// name is the name of the item and the path in it.
	name        string
	description string
	// input is true for an argument or a block, and false for a computed attribute.
	input bool
}

// parts returns all attributes and blocks.
func (p *providerSchemas) parts() []part {
	var all []part
	var attributes func(name string, list []*tfprotov6.SchemaAttribute)
	attributes = func(name string, list []*tfprotov6.SchemaAttribute) {
		for _, a := range list {
			all = append(all, part{name + "." + a.Name, a.Description, a.Optional || a.Required})
			if a.NestedType != nil {
				attributes(name+"."+a.Name, a.NestedType.Attributes)
			}
		}
	}
	var blocks func(name string, block *tfprotov6.SchemaBlock)
	blocks = func(name string, block *tfprotov6.SchemaBlock) {
		attributes(name, block.Attributes)
		for _, b := range block.BlockTypes {
			description := b.Block.Description
			// The timeouts module gives its block no description.
			if b.TypeName == "timeouts" {
				description = "timeouts"
			}
			all = append(all, part{name + "." + b.TypeName, description, true})
			blocks(name+"."+b.TypeName, b.Block)
		}
	}
	for _, s := range p.registeredItems() {
		blocks(s.name, s.block)
	}
	return all
}

// arguments returns what a configuration can set.
func (p *providerSchemas) arguments() []part {
	var inputs []part
	for _, part := range p.parts() {
		if part.input {
			inputs = append(inputs, part)
		}
	}
	return inputs
}

// The framework and Terraform accept the schemas. Without this test, only a user would notice an
// invalid schema. Everything in a schema has a description.
func TestSchemas_valid(t *testing.T) {
	t.Parallel()
	schemas, err := schemasOf()
	if err != nil {
		t.Fatal(err)
	}
	for _, diagnostic := range schemas.Diagnostics {
		t.Errorf("%s: %s", diagnostic.Summary, diagnostic.Detail)
	}
	for _, part := range schemas.parts() {
		if strings.TrimSpace(part.description) == "" {
			t.Errorf("%s has no description", part.name)
		}
	}
	for _, s := range schemas.registeredItems() {
		if s.block.Description == "" {
			t.Errorf("%s has no description", s.name)
		}
	}
	for name, function := range schemas.Functions {
		if function.Summary == "" || function.Description == "" {
			t.Errorf("function %s has no summary or no description", name)
		}
		parameters := function.Parameters
		if function.VariadicParameter != nil {
			parameters = append(parameters, function.VariadicParameter)
		}
		for _, parameter := range parameters {
			if parameter.Description == "" {
				t.Errorf("function %s: parameter %s has no description", name, parameter.Name)
			}
		}
	}
}

// inPlace lists the arguments of resources that change in place, each with the reason.
var inPlace = map[string]string{
	"resource identitycenter_user_session_revocation.verify":                    "decides what is checked afterwards, not what is ended",
	"resource identitycenter_user_session_revocation.timeouts":                  "bounds the time only",
	"resource identitycenter_bulk_user_session_revocation.verify":               "decides what is checked afterwards, not what is ended",
	"resource identitycenter_bulk_user_session_revocation.timeouts":             "bounds the time only",
	"resource identitycenter_user_logout_on_destroy.disable_user":               "is for the destroy, which takes it from the state",
	"resource identitycenter_user_logout_on_destroy.timeouts":                   "bounds the time only",
	"resource identitycenter_user_lock.enable_on_destroy":                       "is for the destroy, which takes it from the state",
	"resource identitycenter_user_lock.locked":                                  "locks or enables the user in place",
	"resource identitycenter_user_lock.reason":                                  "is only shown",
	"resource identitycenter_user_lock.timeouts":                                "bounds the time only",
	"resource identitycenter_permission_set_session_cutoff.timeouts":            "bounds the time only",
	"resource identitycenter_permission_set_session_cutoff.issued_before":       "moves the statement in place",
	"resource identitycenter_permission_set_session_cutoff.active":              "adds and removes the statement in place",
	"resource identitycenter_permission_set_session_cutoff.allow_early_removal": "is for removals",
	"resource identitycenter_user_access_suspension.assignments":                "what is added is removed in place, and what leaves is not restored",
	"resource identitycenter_user_access_suspension.group_ids":                  "as assignments",
	"resource identitycenter_user_access_suspension.active":                     "suspends and restores in place",
	"resource identitycenter_user_access_suspension.timeouts":                   "limits the time only",
}

// replacing reports whether a plan modifier requires replacement, by its description. Our modifiers
// use the words of the framework's.
func replacing(ctx context.Context, descriptions []describer) bool {
	for _, modifier := range descriptions {
		if says := modifier.Description(ctx); strings.Contains(says, "destroy and recreate") || strings.Contains(says, "replacement") {
			return true
		}
	}
	return false
}

type describer interface {
	Description(context.Context) string
}

func describers[M describer](modifiers []M) []describer {
	var all []describer
	for _, m := range modifiers {
		all = append(all, m)
	}
	return all
}

// modifiersOf returns the plan modifiers of an attribute or a block.
func modifiersOf(t *testing.T, of any) []describer {
	t.Helper()
	switch of := of.(type) {
	case schema.StringAttribute:
		return describers(of.PlanModifiers)
	case schema.BoolAttribute:
		return describers(of.PlanModifiers)
	case schema.Int64Attribute:
		return describers(of.PlanModifiers)
	case schema.NumberAttribute:
		return describers(of.PlanModifiers)
	case schema.Int32Attribute:
		return describers(of.PlanModifiers)
	case schema.ListAttribute:
		return describers(of.PlanModifiers)
	case schema.ListNestedAttribute:
		return describers(of.PlanModifiers)
	case schema.SetAttribute:
		return describers(of.PlanModifiers)
	case schema.MapAttribute:
		return describers(of.PlanModifiers)
	case schema.ListNestedBlock:
		return describers(of.PlanModifiers)
	case schema.SetNestedBlock:
		return describers(of.PlanModifiers)
	case schema.SingleNestedBlock:
		return describers(of.PlanModifiers)
	}
	if _, ofAnyKind := of.(datasourceschema.BoolAttribute); ofAnyKind {
		return nil // A dynamic block has none.
	}
	t.Fatalf("the test does not know %T", of)
	return nil
}

// Every argument of a resource that decides what is revoked requires replacement. Otherwise a
// change would be recorded as done without any effect.
func TestSchemas_replacingArguments(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	met := map[string]bool{}
	for _, construct := range provider.New("test")().Resources(ctx) {
		r := construct()
		var named resource.MetadataResponse
		r.Metadata(ctx, resource.MetadataRequest{ProviderTypeName: "identitycenter"}, &named)
		var described resource.SchemaResponse
		r.Schema(ctx, resource.SchemaRequest{}, &described)
		check := func(name string, of any) {
			met[name] = true
			switch replaces := replacing(ctx, modifiersOf(t, of)); {
			case replaces && inPlace[name] != "":
				t.Errorf("%s requires replacement, and is listed as an exception", name)
			case !replaces && inPlace[name] == "":
				t.Errorf("%s does not force replacement", name)
			}
		}
		of := "resource " + named.TypeName + "."
		for name, attribute := range described.Schema.Attributes {
			if attribute.IsRequired() || attribute.IsOptional() {
				check(of+name, attribute)
			}
		}
		for name, block := range described.Schema.Blocks {
			check(of+name, block)
			// A change inside a list keeps the length of the list.
			if list, ok := block.(schema.ListNestedBlock); ok {
				for inner, attribute := range list.NestedObject.Attributes {
					check(of+name+"."+inner, attribute)
				}
			}
		}
		for name := range inPlace {
			if strings.HasPrefix(name, "resource "+named.TypeName+".") && !met[name] {
				t.Errorf("the exception %s does not exist", name)
			}
		}
	}
}
