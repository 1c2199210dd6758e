// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Command schema writes the schema of the provider to standard output, in the format of
// `terraform providers schema -json`. It takes the schema from the provider in-process: a
// Terraform CLI leaves out the kinds that it does not support.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/provider"
)

// name is the name of the provider for tfplugindocs.
const name = "identitycenter"

func main() {
	server := providerserver.NewProtocol6(provider.New("docs")())()
	response, err := server.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		log.Fatal(err)
	}
	for _, diagnostic := range response.Diagnostics {
		log.Fatalf("%s: %s", diagnostic.Summary, diagnostic.Detail)
	}

	document := object{
		"format_version": "1.0",
		"provider_schemas": object{name: object{
			"provider":                   schemaOf(response.Provider),
			"resource_schemas":           schemasOf(response.ResourceSchemas),
			"data_source_schemas":        schemasOf(response.DataSourceSchemas),
			"ephemeral_resource_schemas": schemasOf(response.EphemeralResourceSchemas),
			"action_schemas":             actionsOf(response.ActionSchemas),
			"functions":                  functionsOf(response.Functions),
			"list_resource_schemas":      schemasOf(response.ListResourceSchemas),
			"resource_identity_schemas":  identitiesOf(server),
		}},
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(document); err != nil {
		log.Fatal(err)
	}
}

type object map[string]any

func schemasOf(schemas map[string]*tfprotov6.Schema) object {
	all := object{}
	for name, schema := range schemas {
		all[name] = schemaOf(schema)
	}
	return all
}

// identitiesOf returns the schemas of resource identities.
func identitiesOf(server tfprotov6.ProviderServer) object {
	response, err := server.GetResourceIdentitySchemas(context.Background(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		log.Fatal(err)
	}
	all := object{}
	for name, schema := range response.IdentitySchemas {
		attributes := object{}
		for _, attribute := range schema.IdentityAttributes {
			o := object{"type": typeOf(attribute.Name, attribute.Type), "description": attribute.Description}
			set(o, "required_for_import", true, attribute.RequiredForImport)
			set(o, "optional_for_import", true, attribute.OptionalForImport)
			attributes[attribute.Name] = o
		}
		all[name] = object{"version": schema.Version, "attributes": attributes}
	}
	return all
}

func actionsOf(actions map[string]*tfprotov6.ActionSchema) object {
	all := object{}
	for name, action := range actions {
		all[name] = schemaOf(action.Schema)
	}
	return all
}

func functionsOf(functions map[string]*tfprotov6.Function) object {
	all := object{}
	for name, function := range functions {
		parameters := []object{}
		for _, parameter := range function.Parameters {
			parameters = append(parameters, parameterOf(parameter))
		}
		o := object{
			"summary": function.Summary, "description": function.Description,
			"return_type": typeOf(name, function.Return.Type), "parameters": parameters,
		}
		if function.VariadicParameter != nil {
			o["variadic_parameter"] = parameterOf(function.VariadicParameter)
		}
		all[name] = o
	}
	return all
}

func parameterOf(parameter *tfprotov6.FunctionParameter) object {
	return object{
		"name": parameter.Name, "description": parameter.Description, "is_nullable": parameter.AllowNullValue,
		"type": typeOf(parameter.Name, parameter.Type),
	}
}

// typeOf writes a type in the CLI's notation.
func typeOf(name string, t tftypes.Type) json.RawMessage {
	encoded, err := t.MarshalJSON() //nolint:staticcheck // The only encoder of the CLI's type notation.
	if err != nil {
		log.Fatal(fmt.Errorf("type of %s: %w", name, err))
	}
	return encoded
}

func schemaOf(schema *tfprotov6.Schema) object {
	return object{"version": schema.Version, "block": blockOf(schema.Block)}
}

func blockOf(block *tfprotov6.SchemaBlock) object {
	attributes, blocks := object{}, object{}
	for _, attribute := range block.Attributes {
		attributes[attribute.Name] = attributeOf(attribute)
	}
	for _, nested := range block.BlockTypes {
		modes := map[tfprotov6.SchemaNestedBlockNestingMode]string{
			tfprotov6.SchemaNestedBlockNestingModeSingle: "single",
			tfprotov6.SchemaNestedBlockNestingModeList:   "list",
			tfprotov6.SchemaNestedBlockNestingModeSet:    "set",
			tfprotov6.SchemaNestedBlockNestingModeMap:    "map",
		}
		b := object{"nesting_mode": modes[nested.Nesting], "block": blockOf(nested.Block)}
		set(b, "min_items", nested.MinItems, nested.MinItems > 0)
		set(b, "max_items", nested.MaxItems, nested.MaxItems > 0)
		blocks[nested.TypeName] = b
	}
	o := object{"description_kind": kindOf(block.DescriptionKind)}
	set(o, "description", block.Description, block.Description != "")
	set(o, "deprecated", true, block.Deprecated)
	set(o, "attributes", attributes, len(attributes) > 0)
	set(o, "block_types", blocks, len(blocks) > 0)
	return o
}

func attributeOf(attribute *tfprotov6.SchemaAttribute) object {
	o := object{"description_kind": kindOf(attribute.DescriptionKind)}
	set(o, "description", attribute.Description, attribute.Description != "")
	set(o, "required", true, attribute.Required)
	set(o, "optional", true, attribute.Optional)
	set(o, "computed", true, attribute.Computed)
	set(o, "sensitive", true, attribute.Sensitive)
	set(o, "deprecated", true, attribute.Deprecated)
	set(o, "write_only", true, attribute.WriteOnly)
	if attribute.NestedType == nil {
		o["type"] = typeOf(attribute.Name, attribute.Type)
		return o
	}
	modes := map[tfprotov6.SchemaObjectNestingMode]string{
		tfprotov6.SchemaObjectNestingModeSingle: "single",
		tfprotov6.SchemaObjectNestingModeList:   "list",
		tfprotov6.SchemaObjectNestingModeSet:    "set",
		tfprotov6.SchemaObjectNestingModeMap:    "map",
	}
	attributes := object{}
	for _, nested := range attribute.NestedType.Attributes {
		attributes[nested.Name] = attributeOf(nested)
	}
	o["nested_type"] = object{"nesting_mode": modes[attribute.NestedType.Nesting], "attributes": attributes}
	return o
}

func set(o object, name string, value any, present bool) {
	if present {
		o[name] = value
	}
}

func kindOf(kind tfprotov6.StringKind) string {
	if kind == tfprotov6.StringKindMarkdown {
		return "markdown"
	}
	return "plain"
}
