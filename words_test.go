// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

//go:build words

package main

import (
	"context"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/provider"
)

// make words runs these tests.

// These files have no prose of this project, or have the words as examples.
var withoutWords = []string{"STYLE.md", "LICENSE", "go.sum", ".ci/words.txt", "words_test.go"}

// wordRules reads .ci/words.txt. The words of an entry may be on two lines of a text.
func wordRules(t *testing.T) (words *regexp.Regexp, instead map[string]string) {
	t.Helper()
	content, err := os.ReadFile(".ci/words.txt")
	if err != nil {
		t.Fatal(err)
	}
	instead = map[string]string{}
	var patterns []string
	for line := range strings.Lines(string(content)) {
		entry, use, _ := strings.Cut(strings.TrimSpace(line), " = ")
		if entry == "" || strings.HasPrefix(entry, "#") {
			continue
		}
		if instead[entry] = use; use == "" {
			t.Errorf(".ci/words.txt: %q has no replacement", entry)
		}
		patterns = append(patterns, strings.ReplaceAll(regexp.QuoteMeta(entry), " ", `[\s/#]+`))
	}
	// The longest first: "the vendor's" before "the vendor".
	slices.SortFunc(patterns, func(a, b string) int { return len(b) - len(a) })
	return regexp.MustCompile(`(?i)\b(` + strings.Join(patterns, "|") + `)\b`), instead
}

// finding is a word in a file.
type finding struct {
	line int
	word string
}

func findWords(words *regexp.Regexp, text string, line int) []finding {
	var found []finding
	for _, at := range words.FindAllStringIndex(text, -1) {
		word := strings.Join(strings.FieldsFunc(strings.ToLower(text[at[0]:at[1]]), func(r rune) bool { return strings.ContainsRune(" \t\r\n/#", r) }), " ")
		found = append(found, finding{line + strings.Count(text[:at[0]], "\n"), word})
	}
	return found
}

// findGoWords searches comments and strings. The lines of a comment are one text.
func findGoWords(words *regexp.Regexp, source []byte) []finding {
	var s scanner.Scanner
	files := token.NewFileSet()
	file := files.AddFile("", files.Base(), len(source))
	s.Init(file, source, nil, scanner.ScanComments)
	var found []finding
	comment, first, last := "", 0, 0
	for {
		at, kind, literal := s.Scan()
		line := file.Line(at)
		if kind == token.COMMENT && line == last+1 {
			comment, last = comment+"\n"+literal, line
			continue
		}
		if kind != token.SEMICOLON || literal != "\n" {
			found = append(found, findWords(words, comment, first)...)
			comment, last = "", 0
		}
		switch kind {
		case token.EOF:
			return found
		case token.COMMENT:
			comment, first, last = literal, line, line+strings.Count(literal, "\n")
		case token.STRING:
			found = append(found, findWords(words, literal, line)...)
		}
	}
}

func TestWords_prose(t *testing.T) {
	words, instead := wordRules(t)
	prose := []string{".md", ".tmpl", ".tf", ".yml", ".tfquery.hcl"}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		path = filepath.ToSlash(path)
		if err != nil || slices.Contains(withoutWords, path) {
			return err
		}
		if entry.IsDir() {
			if slices.Contains([]string{".git", "bin", "dist", ".terraform"}, entry.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var found []finding
		switch ext := filepath.Ext(path); {
		case ext == ".go":
			found = findGoWords(words, content)
		case slices.Contains(prose, ext) || entry.Name() == "GNUmakefile" || strings.HasPrefix(path, ".ci/"):
			found = findWords(words, string(content), 1)
		}
		for _, f := range found {
			t.Errorf("%s:%d: %q: write %q", path, f.line, f.word, instead[f.word])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The check finds words in strings and in comments that span lines, but no identifiers.
func TestWords_finding(t *testing.T) {
	words := regexp.MustCompile(`(?i)\b(give[\s/#]+back|truth)\b`)
	source := "package x\n\n// We give\n// back it.\nvar truth = \"The Truth\" // none\n"
	want := []finding{{3, "give back"}, {5, "truth"}}
	if found := findGoWords(words, []byte(source)); !slices.Equal(found, want) {
		t.Errorf("found %v, want %v", found, want)
	}
}

// description is the description of an attribute or block.
type description struct{ name, text string }

func descriptions(name string, block *tfprotov6.SchemaBlock) []description {
	all := []description{{name, block.Description}}
	for _, attribute := range block.Attributes {
		all = append(all, description{name + "." + attribute.Name, attribute.Description})
		if attribute.NestedType != nil {
			nested := &tfprotov6.SchemaBlock{Attributes: attribute.NestedType.Attributes}
			all = append(all, descriptions(name+"."+attribute.Name, nested)[1:]...)
		}
	}
	for _, nested := range block.BlockTypes {
		all = append(all, descriptions(name+"."+nested.TypeName, nested.Block)...)
	}
	return all
}

func allDescriptions(t *testing.T) []description {
	t.Helper()
	server := providerserver.NewProtocol6(provider.New("test")())()
	schemas, err := server.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	all := descriptions("provider", schemas.Provider.Block)
	for name, s := range schemas.ResourceSchemas {
		all = append(all, descriptions("resource "+name, s.Block)...)
	}
	for name, s := range schemas.DataSourceSchemas {
		all = append(all, descriptions("data "+name, s.Block)...)
	}
	for name, s := range schemas.EphemeralResourceSchemas {
		all = append(all, descriptions("ephemeral "+name, s.Block)...)
	}
	for name, s := range schemas.ActionSchemas {
		all = append(all, descriptions("action "+name, s.Schema.Block)...)
	}
	for name, s := range schemas.ListResourceSchemas {
		all = append(all, descriptions("list "+name, s.Block)...)
	}
	for name, f := range schemas.Functions {
		all = append(all, description{"function " + name, f.Description})
		for _, parameter := range f.Parameters {
			all = append(all, description{"function " + name + "." + parameter.Name, parameter.Description})
		}
	}
	slices.SortFunc(all, func(a, b description) int { return strings.Compare(a.name, b.name) })
	return all
}

var (
	codeSpan    = regexp.MustCompile("`[^`]*`|\\]\\([^)]*\\)")
	sentenceEnd = regexp.MustCompile(`[.!?](\s+[A-Z\x60"(*]|\s*$)`)
)

func TestWords_descriptionLength(t *testing.T) {
	const maxSentences, maxMedian = 2, 90
	var lengths []int
	for _, d := range allDescriptions(t) {
		if d.text == "" {
			continue
		}
		lengths = append(lengths, len(d.text))
		if n := len(sentenceEnd.FindAllString(codeSpan.ReplaceAllString(d.text, "X"), -1)); n > maxSentences {
			t.Errorf("%s: %d sentences: %s", d.name, n, d.text)
		}
	}
	slices.Sort(lengths)
	if median := lengths[len(lengths)/2]; median >= maxMedian {
		t.Errorf("the median of %d descriptions is %d characters, want less than %d", len(lengths), median, maxMedian)
	}
}
