// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// Configurations, plans and states are read with Get and written with Set. Raw is used for
// IsNull and Equal only.
func TestSource_rawIsOnlyCompared(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	set := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range rawUses(file) {
			t.Errorf("%s: Raw is used for more than IsNull and Equal", set.Position(at))
		}
	}
}

// rawUses returns the positions of x.Raw that is neither the receiver of IsNull or Equal nor
// the argument of Equal.
func rawUses(file *ast.File) (found []token.Pos) {
	isRaw := func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		return ok && selector.Sel.Name == "Raw"
	}
	allowed := map[ast.Node]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if method, ok := call.Fun.(*ast.SelectorExpr); ok && isRaw(method.X) && (method.Sel.Name == "IsNull" || method.Sel.Name == "Equal") {
				allowed[method.X] = true
				for _, argument := range call.Args {
					allowed[argument] = true
				}
			}
		}
		if isRaw(n) && !allowed[n] {
			found = append(found, n.Pos())
		}
		return true
	})
	return found
}

func TestSource_rawUses(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "x.go", `package x
func f() {
	_ = req.Plan.Raw.IsNull() || req.Plan.Raw.Equal(req.State.Raw)
	read(req.Plan.Raw)
	resp.State.Raw = x
	_ = req.Plan.Raw.Type()
}`, 0)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(rawUses(file)); n != 3 {
		t.Errorf("found %d uses, want 3", n)
	}
}
