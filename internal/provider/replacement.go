// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// destroyMark tells Delete whether it destroys an object for good or is the destroying
// half of a replacement, which Terraform does not say. ModifyPlan writes it to the planned
// private state, which Terraform passes to Delete.
//
// Three facts decide how it is kept (Terraform 1.11 to 1.16 and OpenTofu):
//   - A mark outlives a destroy that failed, so that every plan writes it again.
//   - A replacement is planned by two calls: one with the old state, then one without,
//     for the creation. Only the first knows that the object changes its subject, and
//     the second must not clear that.
//   - A tainted object is planned as a creation: the old state is never shown.
type destroyMark struct {
	// Destroy is set by a plan that destroys.
	Destroy bool `json:"destroy,omitempty"`
	// Successor is the subject of the replacement (the ID of a user or of a permission
	// set) if it is known and differs.
	Successor string `json:"successor,omitempty"`
	// SuccessorUnknown is set if the subject of the replacement is not known yet.
	SuccessorUnknown bool `json:"successor_unknown,omitempty"`
}

// destroyMarkKey is the key of the mark in the private state.
const destroyMarkKey = "destroy"

// Ends reports whether nothing stands for the subject of the object any more: the object is
// destroyed, or replaced by one with another subject.
func (m destroyMark) Ends() bool { return m.Destroy || m.Successor != "" }

// markDestroy must be called by every ModifyPlan of a resource whose Delete reads the mark.
// subject are the attributes that identify the subject. With createdInThisRun the object to
// be destroyed counts as replaced: Terraform plans the deposed object of
// create_before_destroy as a destroy, after the creation. It returns the mark that is now
// in the planned private state.
func markDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, createdInThisRun bool, subject ...string) destroyMark {
	before, after, unknown := "", "", false
	for _, name := range subject {
		var old, planned types.String
		if !req.State.Raw.IsNull() {
			resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root(name), &old)...)
		}
		if !req.Plan.Raw.IsNull() {
			resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root(name), &planned)...)
		}
		before += "/" + old.ValueString()
		after += "/" + planned.ValueString()
		unknown = unknown || planned.IsUnknown()
	}
	var mark destroyMark
	switch {
	case req.Plan.Raw.IsNull():
		mark.Destroy = !createdInThisRun
	case req.State.Raw.IsNull():
		// The creating half of a replacement, a tainted object, or a plain creation. What
		// a failed apply left counts only if it is still what is planned.
		previous := readDestroyMark(ctx, req.Private, &resp.Diagnostics)
		if !unknown && previous.Successor == after {
			mark.Successor = previous.Successor
		}
		mark.SuccessorUnknown = previous.SuccessorUnknown && unknown
	case unknown:
		mark.SuccessorUnknown = true
	case after != before:
		mark.Successor = after
	}
	value, _ := json.Marshal(mark) // Cannot fail: strings and bools only.
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, destroyMarkKey, value)...)
	return mark
}

// privateState reads the framework's private state, whose type is not exported.
type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

// readDestroyMark returns the mark in the private state of a DeleteRequest or a
// ModifyPlanRequest, the zero mark if there is none.
func readDestroyMark(ctx context.Context, private privateState, diags *diag.Diagnostics) destroyMark {
	value, found := private.GetKey(ctx, destroyMarkKey)
	diags.Append(found...)
	var mark destroyMark
	if len(value) == 0 {
		return mark
	}
	if err := json.Unmarshal(value, &mark); err != nil {
		diags.AddError("The private state cannot be read", "The private state of this resource was not written by this provider: "+err.Error())
	}
	return mark
}
