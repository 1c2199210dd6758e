// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// code matches code in a description, which may have periods.
var code = regexp.MustCompile("`[^`]*`")

// sentenceEnd ends a sentence within a description.
var sentenceEnd = regexp.MustCompile(`[.!?](\s|$)`)

// A description has at most two sentences, and half of them have fewer than 90 characters.
func TestConventions_descriptionLength(t *testing.T) {
	t.Parallel()
	schemas, err := schemasOf()
	if err != nil {
		t.Fatal(err)
	}
	described := map[string]string{}
	for _, part := range schemas.parts() {
		described[part.name] = part.description
	}
	for _, s := range schemas.registeredItems() {
		described[s.name] = s.block.Description
	}
	for name, function := range schemas.Functions {
		described["function "+name] = function.Description
	}
	var lengths []int
	for name, description := range described {
		lengths = append(lengths, len(description))
		if n := len(sentenceEnd.FindAllString(code.ReplaceAllString(description, "x"), -1)); n > 2 {
			t.Errorf("%s: %d sentences: %s", name, n, description)
		}
	}
	slices.Sort(lengths)
	if median := lengths[len(lengths)/2]; median >= 90 {
		t.Errorf("the median is %d characters", median)
	}
}

// packageFiles parses the files of the package, except tests.
func packageFiles(t *testing.T) map[string]*ast.File {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		if files[name], err = parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// The provider and every resource, list resource, data source and action has one struct. Its tfsdk
// tags are the names in the schema. The linters depguard and forbidigo forbid other ways to values.
func TestConventions_models(t *testing.T) {
	t.Parallel()
	schemas, err := schemasOf()
	if err != nil {
		t.Fatal(err)
	}
	structs := map[string]*ast.StructType{}
	for _, file := range packageFiles(t) {
		ast.Inspect(file, func(node ast.Node) bool {
			if spec, ok := node.(*ast.TypeSpec); ok {
				if body, ok := spec.Type.(*ast.StructType); ok {
					structs[spec.Name.Name] = body
				}
			}
			return true
		})
	}
	models := map[string]int{}
	for _, body := range structs {
		models[strings.Join(slices.Sorted(slices.Values(tagsOf(body, structs))), " ")]++
	}
	items := schemas.registeredItems()
	for name, schema := range schemas.ListResourceSchemas {
		items = append(items, item{"list " + name, schema.Block})
	}
	for _, s := range items {
		names := map[string]bool{}
		for _, attribute := range s.block.Attributes {
			names[attribute.Name] = true
		}
		for _, block := range s.block.BlockTypes {
			names[block.TypeName] = true
		}
		if want := strings.Join(slices.Sorted(maps.Keys(names)), " "); models[want] != 1 {
			t.Errorf("%s has %d models with the attributes %s", s.name, models[want], want)
		}
	}
}

// tagsOf returns the tfsdk tags of a struct and of the structs that it embeds.
func tagsOf(body *ast.StructType, structs map[string]*ast.StructType) []string {
	var names []string
	for _, field := range body.Fields.List {
		if embedded, ok := field.Type.(*ast.Ident); ok && len(field.Names) == 0 && structs[embedded.Name] != nil {
			names = append(names, tagsOf(structs[embedded.Name], structs)...)
			continue
		}
		if field.Tag == nil {
			continue
		}
		if name := reflect.StructTag(strings.Trim(field.Tag.Value, "`")).Get("tfsdk"); name != "" {
			names = append(names, name)
		}
	}
	return names
}
