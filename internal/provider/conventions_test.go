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

// The provider and every resource, data source and action has a struct. Its tfsdk tags are the
// names in the schema.
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
	models := map[string]bool{}
	for _, body := range structs {
		if names := tagsOf(body, structs); len(names) > 0 {
			models[strings.Join(slices.Sorted(slices.Values(names)), " ")] = true
		}
	}
	for _, s := range schemas.registeredItems() {
		names := map[string]bool{}
		for _, attribute := range s.block.Attributes {
			names[attribute.Name] = true
		}
		for _, block := range s.block.BlockTypes {
			names[block.TypeName] = true
		}
		if want := strings.Join(slices.Sorted(maps.Keys(names)), " "); !models[want] {
			t.Errorf("%s has no model with the attributes %s", s.name, want)
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

// Values are read and written with models: no file imports tftypes, and Raw is used only
// for IsNull and Equal.
func TestConventions_rawValues(t *testing.T) {
	t.Parallel()
	for name, file := range packageFiles(t) {
		for _, spec := range file.Imports {
			if strings.HasSuffix(spec.Path.Value, `/tftypes"`) {
				t.Errorf("%s imports tftypes", name)
			}
		}
		allowed := map[ast.Expr]bool{}
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.CallExpr:
				if method, ok := node.Fun.(*ast.SelectorExpr); ok && (method.Sel.Name == "IsNull" || method.Sel.Name == "Equal") {
					allowed[method.X] = true
					for _, argument := range node.Args {
						allowed[argument] = true
					}
				}
			case *ast.SelectorExpr:
				if node.Sel.Name == "Raw" && !allowed[node] {
					t.Errorf("%s uses Raw for more than IsNull and Equal", name)
				}
			}
			return true
		})
	}
}
