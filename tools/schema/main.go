// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Command schema writes the schema of the provider to standard output, in the format of `terraform
// providers schema -json`. It reads the schema in-process, because a Terraform CLI omits the kinds
// that it does not support.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"

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

	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	err = encoder.Encode(tfjson.ProviderSchemas{FormatVersion: "1.0", Schemas: map[string]*tfjson.ProviderSchema{name: {
		ConfigSchema:             schemaOf(response.Provider),
		ResourceSchemas:          each(response.ResourceSchemas, schemaOf),
		DataSourceSchemas:        each(response.DataSourceSchemas, schemaOf),
		EphemeralResourceSchemas: each(response.EphemeralResourceSchemas, schemaOf),
		ListResourceSchemas:      each(response.ListResourceSchemas, schemaOf),
		ActionSchemas:            each(response.ActionSchemas, actionOf),
		Functions:                each(response.Functions, functionOf),
		ResourceIdentitySchemas:  each(identities.IdentitySchemas, identityOf),
	}}})
	if err != nil {
		log.Fatal(err)
	}
}

// each converts the values of a map.
func each[From, To any](values map[string]From, convert func(From) To) map[string]To {
	all := map[string]To{}
	for name, value := range values {
		all[name] = convert(value)
	}
	return all
}

func schemaOf(schema *tfprotov6.Schema) *tfjson.Schema {
	return &tfjson.Schema{Version: uint64(schema.Version), Block: blockOf(schema.Block)}
}

func actionOf(action *tfprotov6.ActionSchema) *tfjson.ActionSchema {
	return &tfjson.ActionSchema{Block: blockOf(action.Schema.Block)}
}

func identityOf(schema *tfprotov6.ResourceIdentitySchema) *tfjson.IdentitySchema {
	attributes := map[string]*tfjson.IdentityAttribute{}
	for _, a := range schema.IdentityAttributes {
		attributes[a.Name] = &tfjson.IdentityAttribute{
			IdentityType: typeOf(a.Type), Description: a.Description, RequiredForImport: a.RequiredForImport, OptionalForImport: a.OptionalForImport,
		}
	}
	return &tfjson.IdentitySchema{Version: uint64(schema.Version), Attributes: attributes}
}

func functionOf(function *tfprotov6.Function) *tfjson.FunctionSignature {
	signature := &tfjson.FunctionSignature{Summary: function.Summary, Description: function.Description, ReturnType: typeOf(function.Return.Type)}
	for _, parameter := range function.Parameters {
		signature.Parameters = append(signature.Parameters, parameterOf(parameter))
	}
	if function.VariadicParameter != nil {
		signature.VariadicParameter = parameterOf(function.VariadicParameter)
	}
	return signature
}

func parameterOf(p *tfprotov6.FunctionParameter) *tfjson.FunctionParameter {
	return &tfjson.FunctionParameter{Name: p.Name, Description: p.Description, IsNullable: p.AllowNullValue, Type: typeOf(p.Type)}
}

func blockOf(block *tfprotov6.SchemaBlock) *tfjson.SchemaBlock {
	nested := map[string]*tfjson.SchemaBlockType{}
	for _, b := range block.BlockTypes {
		nested[b.TypeName] = &tfjson.SchemaBlockType{
			NestingMode: nestingMode(b.Nesting), Block: blockOf(b.Block), MinItems: uint64(b.MinItems), MaxItems: uint64(b.MaxItems),
		}
	}
	return &tfjson.SchemaBlock{
		Attributes: attributesOf(block.Attributes), NestedBlocks: nested,
		Description: block.Description, DescriptionKind: descriptionKind(block.DescriptionKind), Deprecated: block.Deprecated,
	}
}

func attributesOf(attributes []*tfprotov6.SchemaAttribute) map[string]*tfjson.SchemaAttribute {
	all := map[string]*tfjson.SchemaAttribute{}
	for _, a := range attributes {
		attribute := &tfjson.SchemaAttribute{
			Description: a.Description, DescriptionKind: descriptionKind(a.DescriptionKind), Deprecated: a.Deprecated,
			Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive, WriteOnly: a.WriteOnly,
		}
		if a.NestedType == nil {
			attribute.AttributeType = typeOf(a.Type)
		} else {
			attribute.AttributeNestedType = &tfjson.SchemaNestedAttributeType{
				Attributes: attributesOf(a.NestedType.Attributes), NestingMode: nestingMode(a.NestedType.Nesting),
			}
		}
		all[a.Name] = attribute
	}
	return all
}

// typeOf converts a type through its JSON notation, which is the same.
func typeOf(t tftypes.Type) (converted cty.Type) {
	encoded, err := t.MarshalJSON() //nolint:staticcheck // tftypes has no other conversion.
	if err == nil {
		err = converted.UnmarshalJSON(encoded)
	}
	if err != nil {
		log.Fatal(err)
	}
	return converted
}

func nestingMode(mode fmt.Stringer) tfjson.SchemaNestingMode {
	return tfjson.SchemaNestingMode(strings.ToLower(mode.String()))
}

func descriptionKind(kind tfprotov6.StringKind) tfjson.SchemaDescriptionKind {
	return tfjson.SchemaDescriptionKind(strings.ToLower(kind.String()))
}
