// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"reflect"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// models are the model structs of everything that the provider registers.
var models = map[string]any{
	"resource identitycenter_user_session_revocation":       userSessionRevocationModel{},
	"resource identitycenter_bulk_user_session_revocation":  bulkUserSessionRevocationModel{},
	"resource identitycenter_permission_set_session_cutoff": sessionCutoffModel{},
	"resource identitycenter_user_lock":                     userLockModel{},
	"resource identitycenter_user_logout_on_destroy":        userLogoutOnDestroyModel{},
	"data identitycenter_user_sessions":                     userSessionsDataSourceModel{},
	"action identitycenter_user_session_revocation":         userSessionRevocationActionModel{},
	"action identitycenter_bulk_user_session_revocation":    bulkUserSessionRevocationActionModel{},
}

// untyped are the data sources whose models are on another branch.
var untyped = []string{
	"data identitycenter_group", "data identitycenter_instance", "data identitycenter_user",
	"data identitycenter_user_access", "data identitycenter_users",
}

// tagsOf returns the tfsdk tags of a model struct, those of embedded structs included, sorted.
func tagsOf(model reflect.Type) []string {
	var tags []string
	for _, field := range reflect.VisibleFields(model) {
		if tag, ok := field.Tag.Lookup("tfsdk"); ok {
			tags = append(tags, tag)
		}
	}
	slices.Sort(tags)
	return tags
}

// namesOf returns the names of the attributes and the blocks of a schema, sorted.
func namesOf[A, B any](attributes map[string]A, blocks map[string]B) []string {
	var names []string
	for name := range attributes {
		names = append(names, name)
	}
	for name := range blocks {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// TestModels_matchSchemas holds that every resource, data source and action has one model
// struct, whose tfsdk tags are the names of its schema.
func TestModels_matchSchemas(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	p := &identityCenterProvider{}
	met := map[string]bool{}
	check := func(name string, want []string) {
		met[name] = true
		model, ok := models[name]
		if !ok && slices.Contains(untyped, name) {
			return
		}
		if !ok {
			t.Errorf("%s has no model in the list", name)
			return
		}
		if got := tagsOf(reflect.TypeOf(model)); !slices.Equal(got, want) {
			t.Errorf("%s: the model has %v, the schema %v", name, got, want)
		}
	}
	for _, construct := range p.Resources(ctx) {
		r := construct()
		var named resource.MetadataResponse
		var described resource.SchemaResponse
		r.Metadata(ctx, resource.MetadataRequest{ProviderTypeName: "identitycenter"}, &named)
		r.Schema(ctx, resource.SchemaRequest{}, &described)
		check("resource "+named.TypeName, namesOf(described.Schema.Attributes, described.Schema.Blocks))
	}
	for _, construct := range p.DataSources(ctx) {
		d := construct()
		var named datasource.MetadataResponse
		var described datasource.SchemaResponse
		d.Metadata(ctx, datasource.MetadataRequest{ProviderTypeName: "identitycenter"}, &named)
		d.Schema(ctx, datasource.SchemaRequest{}, &described)
		check("data "+named.TypeName, namesOf(described.Schema.Attributes, described.Schema.Blocks))
	}
	for _, construct := range p.Actions(ctx) {
		a := construct()
		var named action.MetadataResponse
		var described action.SchemaResponse
		a.Metadata(ctx, action.MetadataRequest{ProviderTypeName: "identitycenter"}, &named)
		a.Schema(ctx, action.SchemaRequest{}, &described)
		check("action "+named.TypeName, namesOf(described.Schema.Attributes, described.Schema.Blocks))
	}
	for name := range models {
		if !met[name] {
			t.Errorf("the provider does not register %s", name)
		}
	}
}
