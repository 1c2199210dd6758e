// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Command schema writes the schema of the provider to standard output, in the format of `terraform
// providers schema -json`. It reads the schema in-process, because a Terraform CLI omits the kinds
// that it does not support.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"
	"strings"

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
	identities, err := server.GetResourceIdentitySchemas(context.Background(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		log.Fatal(err)
	}

	document := object{
		"format_version": "1.0",
		"provider_schemas": object{name: object{
			"provider":                   schemaOf(response.Provider),
			"resource_schemas":           each(response.ResourceSchemas, schemaOf),
			"data_source_schemas":        each(response.DataSourceSchemas, schemaOf),
			"ephemeral_resource_schemas": each(response.EphemeralResourceSchemas, schemaOf),
			"list_resource_schemas":      each(response.ListResourceSchemas, schemaOf),
			"action_schemas":             each(response.ActionSchemas, func(a *tfprotov6.ActionSchema) object { return schemaOf(a.Schema) }),
			"functions":                  each(response.Functions, functionOf),
			"resource_identity_schemas":  each(identities.IdentitySchemas, identityOf),
		}},
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(document); err != nil {
		log.Fatal(err)
	}
}

type object map[string]any

// each converts the values of a map.
func each[T any](values map[string]T, convert func(T) object) object {
	all := object{}
	for name, value := range values {
		all[name] = convert(value)
	}
	return all
}

func identityOf(schema *tfprotov6.ResourceIdentitySchema) object {
	attributes := object{}
	for _, attribute := range schema.IdentityAttributes {
		o := object{"type": typeOf(attribute.Type), "description": attribute.Description}
		set(o, "required_for_import", true, attribute.RequiredForImport)
		set(o, "optional_for_import", true, attribute.OptionalForImport)
		attributes[attribute.Name] = o
	}
	return object{"version": schema.Version, "attributes": attributes}
}

func functionOf(function *tfprotov6.Function) object {
	parameters := []object{}
	for _, parameter := range function.Parameters {
		parameters = append(parameters, parameterOf(parameter))
	}
	o := object{
		"summary": function.Summary, "description": function.Description,
		"return_type": typeOf(function.Return.Type), "parameters": parameters,
	}
	if function.VariadicParameter != nil {
		o["variadic_parameter"] = parameterOf(function.VariadicParameter)
	}
	return o
}

func parameterOf(parameter *tfprotov6.FunctionParameter) object {
	return object{
		"name": parameter.Name, "description": parameter.Description, "is_nullable": parameter.AllowNullValue,
		"type": typeOf(parameter.Type),
	}
}

// typeOf writes a type in the CLI's notation.
func typeOf(t tftypes.Type) json.RawMessage {
	encoded, err := t.MarshalJSON() //nolint:staticcheck // cty has the only encoder of the CLI's type notation.
	if err != nil {
		log.Fatal(err)
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
		b := object{"nesting_mode": strings.ToLower(nested.Nesting.String()), "block": blockOf(nested.Block)}
		set(b, "min_items", nested.MinItems, nested.MinItems > 0)
		set(b, "max_items", nested.MaxItems, nested.MaxItems > 0)
		blocks[nested.TypeName] = b
	}
	o := object{"description_kind": strings.ToLower(block.DescriptionKind.String())}
	set(o, "description", block.Description, block.Description != "")
	set(o, "deprecated", true, block.Deprecated)
	set(o, "attributes", attributes, len(attributes) > 0)
	set(o, "block_types", blocks, len(blocks) > 0)
	return o
}

func attributeOf(attribute *tfprotov6.SchemaAttribute) object {
	o := object{"description_kind": strings.ToLower(attribute.DescriptionKind.String())}
	set(o, "description", attribute.Description, attribute.Description != "")
	set(o, "required", true, attribute.Required)
	set(o, "optional", true, attribute.Optional)
	set(o, "computed", true, attribute.Computed)
	set(o, "sensitive", true, attribute.Sensitive)
	set(o, "deprecated", true, attribute.Deprecated)
	set(o, "write_only", true, attribute.WriteOnly)
	if attribute.NestedType == nil {
		o["type"] = typeOf(attribute.Type)
		return o
	}
	attributes := object{}
	for _, nested := range attribute.NestedType.Attributes {
		attributes[nested.Name] = attributeOf(nested)
	}
	o["nested_type"] = object{"nesting_mode": strings.ToLower(attribute.NestedType.Nesting.String()), "attributes": attributes}
	return o
}

func set(o object, name string, value any, present bool) {
	if present {
		o[name] = value
	}
}
