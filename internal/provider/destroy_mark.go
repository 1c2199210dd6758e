// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// destroyMark tells Delete whether it destroys an object for good or is the
// destroying half of a replacement, which Terraform itself does not say. ModifyPlan
// notes it in the planned private state, which Terraform hands to Delete.
//
// Three facts decide how it is kept (Terraform 1.11 to 1.16 and OpenTofu alike):
//   - A mark outlives a destroy that failed, so that every plan sets it anew.
//   - A replacement is planned by two calls: one with the old state, then one
//     without, for the creation. Only the first sees that the object will be about
//     somebody else, and the second must not clear that.
//   - A tainted object is planned as a creation: the old state is never shown.
type destroyMark struct {
	// Destroy is set by a plan that destroys.
	Destroy bool `json:"destroy,omitempty"`
	// Successor is what the replacement will be about (the ID of a user, of a
	// permission set) when it is known and another than before.
	Successor string `json:"successor,omitempty"`
	// SuccessorUnknown is set when a replacement does not know yet what it will be about.
	SuccessorUnknown bool `json:"successor_unknown,omitempty"`
}

// destroyMarkKey is where the private state holds the mark.
const destroyMarkKey = "destroy"

// Ends tells whether the object ends for what it was about: it is destroyed, or
// replaced by one about something else.
func (m destroyMark) Ends() bool { return m.Destroy || m.Successor != "" }

// markDestroy is called by every ModifyPlan of a resource whose Delete needs the
// mark. about are the attributes that say what the object is about. With
// createdInThisRun the object to be destroyed counts as replaced: Terraform plans
// the deposed object of create_before_destroy as a destroy, after the creation.
// It returns the mark that is now in the planned private state.
func markDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, createdInThisRun bool, about ...string) destroyMark {
	state, plan := readWire(req.State.Raw, &resp.Diagnostics), readWire(req.Plan.Raw, &resp.Diagnostics)
	before, after, unknown := "", "", false
	for _, name := range about {
		was, will := state.text(ctx, name, &resp.Diagnostics), plan.text(ctx, name, &resp.Diagnostics)
		before += "/" + was.ValueString()
		after += "/" + will.ValueString()
		unknown = unknown || will.IsUnknown()
	}
	var mark destroyMark
	switch {
	case req.Plan.Raw.IsNull():
		mark.Destroy = !createdInThisRun
	case req.State.Raw.IsNull():
		// The creating half of a replacement, a tainted object, or a plain creation.
		// What a failed apply left behind holds only if it is still what is planned.
		noted := readDestroyMark(ctx, req.Private, &resp.Diagnostics)
		if !unknown && noted.Successor == after {
			mark.Successor = noted.Successor
		}
		mark.SuccessorUnknown = noted.SuccessorUnknown && unknown
	case unknown:
		mark.SuccessorUnknown = true
	case after != before:
		mark.Successor = after
	}
	value, _ := json.Marshal(mark) // Texts and truths can always be encoded.
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, destroyMarkKey, value)...)
	return mark
}

// privateState is the part of the framework's private state that is read here; its
// type has no exported name.
type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

// readDestroyMark returns the mark in the private state of a DeleteRequest or a
// ModifyPlanRequest: no mark means that nothing ends.
func readDestroyMark(ctx context.Context, private privateState, diags *diag.Diagnostics) destroyMark {
	value, found := private.GetKey(ctx, destroyMarkKey)
	diags.Append(found...)
	var mark destroyMark
	if len(value) == 0 {
		return mark
	}
	if err := json.Unmarshal(value, &mark); err != nil {
		diags.AddError("The state cannot be read", "The private state of this resource holds a mark that is not the provider's own: "+err.Error())
	}
	return mark
}
