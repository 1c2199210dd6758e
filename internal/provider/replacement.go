// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// destroyMark tells Delete whether it destroys an object permanently or is the destroying half of a
// replacement. ModifyPlan writes it to the planned private state, which Terraform passes to Delete.
// Three facts matter (Terraform 1.11 to 1.16 and OpenTofu):
//   - A mark remains after a failed destroy, so that every plan writes it again.
//   - A replacement is planned by two calls: with the old state, then without it for the
//     creation. Delete gets the mark of the second.
//   - A tainted object is planned as a creation: the old state is never shown.
type destroyMark struct {
	// Destroy is set by a plan that destroys.
	Destroy bool `json:"destroy,omitempty"`
	// Successor is the planned subject if it is known. It is "" in a returned mark if the object
	// has the same subject.
	Successor string `json:"successor,omitempty"`
	// SuccessorUnknown is set if the planned subject is unknown.
	SuccessorUnknown bool `json:"successor_unknown,omitempty"`
	// Shown is set if the old state was shown to the plan, which could warn of the end.
	Shown bool `json:"shown,omitempty"`
}

const destroyMarkKey = "destroy"

// Ends reports whether the object is destroyed, or replaced by one with another subject.
func (m destroyMark) Ends() bool { return m.Destroy || m.Successor != "" }

// markDestroy writes the mark, and returns it. Every ModifyPlan of a resource whose Delete
// reads the mark must call it. subject are the attributes that identify the subject. With
// createdInThisRun the object counts as replaced: Terraform plans the deposed object of
// create_before_destroy as a destroy.
func markDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, createdInThisRun bool, subject ...string) destroyMark {
	var previous destroyMark
	readPrivate(ctx, req.Private, destroyMarkKey, &previous, &resp.Diagnostics)
	mark := destroyMark{Destroy: req.Plan.Raw.IsNull() && !createdInThisRun, Shown: previous.Shown || !req.State.Raw.IsNull()}
	if !req.Plan.Raw.IsNull() {
		mark.Successor, mark.SuccessorUnknown = subjectOf(ctx, tfsdk.State(req.Plan), subject, &resp.Diagnostics)
	}
	writePrivate(ctx, resp.Private, destroyMarkKey, mark, &resp.Diagnostics)
	mark.compare(ctx, req.State, subject, &resp.Diagnostics)
	return mark
}

// readDestroyMark returns the mark in the private state of an object, or the zero mark.
func readDestroyMark(ctx context.Context, req resource.DeleteRequest, diags *diag.Diagnostics, subject ...string) (mark destroyMark) {
	readPrivate(ctx, req.Private, destroyMarkKey, &mark, diags)
	mark.compare(ctx, req.State, subject, diags)
	return mark
}

// compare removes a successor with the subject of the object.
func (m *destroyMark) compare(ctx context.Context, state tfsdk.State, subject []string, diags *diag.Diagnostics) {
	if own, _ := subjectOf(ctx, state, subject, diags); m.Successor == own {
		m.Successor = ""
	}
}

// subjectOf returns the values of the attributes; "" if one is unknown.
func subjectOf(ctx context.Context, from tfsdk.State, subject []string, diags *diag.Diagnostics) (values string, unknown bool) {
	for _, name := range subject {
		var value types.String
		diags.Append(from.GetAttribute(ctx, path.Root(name), &value)...)
		if value.IsUnknown() {
			return "", true
		}
		values += "/" + value.ValueString()
	}
	return values, false
}

// privateReader reads the private state of a request, whose type is not exported.
type privateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

// privateWriter writes the private state of a response.
type privateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// readPrivate decodes a value of the private state, if there is one.
func readPrivate(ctx context.Context, private privateReader, key string, value any, diags *diag.Diagnostics) {
	text, found := private.GetKey(ctx, key)
	diags.Append(found...)
	if len(text) > 0 && json.Unmarshal(text, value) != nil {
		diags.AddError("Invalid private state", "The private state of this resource was not written by this provider. Import the resource again.")
	}
}

// writePrivate writes a value of strings and bools to the private state.
func writePrivate(ctx context.Context, private privateWriter, key string, value any, diags *diag.Diagnostics) {
	text, err := json.Marshal(value)
	if err != nil {
		diags.AddError("Invalid private state", err.Error())
	}
	diags.Append(private.SetKey(ctx, key, text)...)
}
