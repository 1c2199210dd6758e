// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"bytes"
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// A record is a resource that only its creation and its updates do anything for: its Read
// keeps the state, its Delete forgets it, and its schema has version 0. A plan that proposes
// what is recorded, or to forget it, plans just that and has nothing to say. Nor has the
// plan of a creation, unless a list is empty or a write-only argument is given (Terraform
// validates a configuration right before it has it planned). What is known beforehand is
// answered here: to find it out, the framework decodes every value, walks all of them
// several times for each attribute and encodes them again (make bench).

// UpgradeResourceState hands the state of a record back as it is stored: there is no older
// version. Terraform has removed what the schema does not have.
func (s *server) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	if s.records[req.TypeName] && req.Version == 0 && req.RawState != nil && len(req.RawState.JSON) > 0 {
		return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &tfprotov6.DynamicValue{JSON: req.RawState.JSON}}, nil
	}
	return call(ctx, s.framework.UpgradeResourceState, req)
}

// ReadResource answers for a record with its state.
func (s *server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	if s.records[req.TypeName] && req.CurrentState != nil {
		return &tfprotov6.ReadResourceResponse{NewState: req.CurrentState, Private: req.Private}, nil
	}
	return call(ctx, s.framework.ReadResource, req)
}

// PlanResourceChange plans a record that is created, stays as it is, or is forgotten. Where
// something is unknown, or a write-only argument is given, the proposal is not the prior
// state.
func (s *server) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	if s.records[req.TypeName] {
		if isNull(req.PriorState) {
			if planned := s.planCreation(req); planned != nil {
				return &tfprotov6.PlanResourceChangeResponse{PlannedState: planned, PlannedPrivate: req.PriorPrivate}, nil
			}
		} else if isNull(req.ProposedNewState) || same(req.PriorState, req.ProposedNewState) {
			return &tfprotov6.PlanResourceChangeResponse{PlannedState: req.ProposedNewState, PlannedPrivate: req.PriorPrivate}, nil
		}
	}
	return call(ctx, s.framework.PlanResourceChange, req)
}

// planCreation returns the plan of a record's creation: what is configured, and unknown for
// what is computed. It is nil where the framework has to plan.
func (s *server) planCreation(req *tfprotov6.PlanResourceChangeRequest) *tfprotov6.DynamicValue {
	schema := s.schemas()[req.TypeName]
	if schema == nil || !same(req.Config, req.ProposedNewState) {
		return nil
	}
	config, err := req.Config.Unmarshal(schema.ValueType())
	var values map[string]tftypes.Value
	if err != nil || config.IsNull() || config.As(&values) != nil {
		return nil
	}
	for _, attribute := range schema.Block.Attributes {
		value := values[attribute.Name]
		switch {
		case attribute.Computed && value.IsNull():
			values[attribute.Name] = tftypes.NewValue(attribute.Type, tftypes.UnknownValue)
		case attribute.WriteOnly && !value.IsNull(), isEmptyList(value):
			return nil
		}
	}
	planned, err := tfprotov6.NewDynamicValue(config.Type(), tftypes.NewValue(config.Type(), values))
	if err != nil {
		return nil
	}
	return &planned
}

// ApplyResourceChange forgets a record.
func (s *server) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	if s.records[req.TypeName] && isNull(req.PlannedState) {
		return &tfprotov6.ApplyResourceChangeResponse{NewState: req.PlannedState}, nil
	}
	return call(ctx, s.framework.ApplyResourceChange, req)
}

// isNull tells whether a value is known to be null.
func isNull(value *tfprotov6.DynamicValue) bool {
	if value == nil {
		return false
	}
	null, err := value.IsNull()
	return err == nil && null
}

// isEmptyList tells whether a value is a list that has no element.
func isEmptyList(value tftypes.Value) bool {
	var elements []tftypes.Value
	return !value.IsNull() && value.Type().Is(tftypes.List{}) && value.As(&elements) == nil && len(elements) == 0
}

// same tells whether two values are the same on the wire.
func same(a, b *tfprotov6.DynamicValue) bool {
	return a != nil && b != nil && len(a.MsgPack) > 0 && bytes.Equal(a.MsgPack, b.MsgPack)
}
