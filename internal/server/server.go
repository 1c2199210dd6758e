// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package server serves the provider. It stands between Terraform's calls and the plugin
// framework and works around two bugs of theirs:
//
//   - terraform-plugin-framework v1.19.0 keeps the context of every call until the
//     provider stops (internal/proto6server/serve.go, registerContext): 8 KB each, 2,000
//     calls in a plan of 500 resources. See detach.
//   - terraform-plugin-go v0.31.0 drops the last event of an action once the provider is
//     stopped (tfprotov6/tf6server/server.go, InvokeAction), so that Terraform takes an
//     interrupted action for a success. See actions.
//
// upstream_test.go fails as soon as one of them is fixed; what works around it is then
// deleted. When both are fixed, Serve and the answers for records are left.
package server

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// framework is what the framework's server implements: every call of the protocol.
type framework interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

var _ framework = (*server)(nil)

// New returns the framework's server with the two bugs worked around, and with the types
// of resources in records answered for where nothing is to be done, see records.go. It
// panics when upstream does not implement every call that the framework's server does.
func New(upstream tfprotov6.ProviderServer, records ...string) tfprotov6.ProviderServer {
	s := &server{framework: upstream.(framework), records: map[string]bool{}} //nolint:forcetypeassert // As documented.
	for _, record := range records {
		s.records[record] = true
	}
	s.schemas = sync.OnceValue(func() map[string]*tfprotov6.Schema {
		response, err := call(context.Background(), s.framework.GetProviderSchema, &tfprotov6.GetProviderSchemaRequest{})
		if err != nil {
			return nil
		}
		return response.ResourceSchemas
	})
	return s
}

type server struct {
	framework framework
	actions   actions
	// records are the types of the resources that are records.
	records map[string]bool
	// schemas returns the schemas of the resources; none when they cannot be read.
	schemas func() map[string]*tfprotov6.Schema
}

// call runs one call of the framework with a context that is let go afterwards.
func call[Request, Response any](ctx context.Context, method func(context.Context, Request) (Response, error), request Request) (Response, error) {
	detached, end := detach(ctx)
	defer end()
	return method(detached, request)
}

// detach returns a context for the framework to keep. It is done when ctx is and has the
// values of ctx, until end is called: then it is done and holds on to nothing.
func detach(ctx context.Context) (detached context.Context, end func()) {
	values := &borrowed{Context: context.Background()}
	values.from.Store(&ctx)
	detached, cancel := context.WithCancel(values)
	stop := context.AfterFunc(ctx, cancel)
	return detached, func() {
		stop()
		cancel()
		values.from.Store(nil)
	}
}

// borrowed is a context that has the values of another one for as long as that is set.
type borrowed struct {
	context.Context
	from atomic.Pointer[context.Context]
}

// Value returns the value of the other context.
func (b *borrowed) Value(key any) any {
	if from := b.from.Load(); from != nil {
		return (*from).Value(key)
	}
	return nil
}

func (s *server) GetMetadata(ctx context.Context, req *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	return call(ctx, s.framework.GetMetadata, req)
}

func (s *server) GetProviderSchema(ctx context.Context, req *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return call(ctx, s.framework.GetProviderSchema, req)
}

func (s *server) GetResourceIdentitySchemas(ctx context.Context, req *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return call(ctx, s.framework.GetResourceIdentitySchemas, req)
}

func (s *server) ValidateProviderConfig(ctx context.Context, req *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return call(ctx, s.framework.ValidateProviderConfig, req)
}

func (s *server) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return call(ctx, s.framework.ConfigureProvider, req)
}

func (s *server) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return call(ctx, s.framework.ValidateResourceConfig, req)
}

func (s *server) UpgradeResourceIdentity(ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return call(ctx, s.framework.UpgradeResourceIdentity, req)
}

func (s *server) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	return call(ctx, s.framework.ImportResourceState, req)
}

func (s *server) MoveResourceState(ctx context.Context, req *tfprotov6.MoveResourceStateRequest) (*tfprotov6.MoveResourceStateResponse, error) {
	return call(ctx, s.framework.MoveResourceState, req)
}

func (s *server) GenerateResourceConfig(ctx context.Context, req *tfprotov6.GenerateResourceConfigRequest) (*tfprotov6.GenerateResourceConfigResponse, error) {
	return call(ctx, s.framework.GenerateResourceConfig, req)
}

func (s *server) ValidateDataResourceConfig(ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return call(ctx, s.framework.ValidateDataResourceConfig, req)
}

func (s *server) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return call(ctx, s.framework.ReadDataSource, req)
}

func (s *server) CallFunction(ctx context.Context, req *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	return call(ctx, s.framework.CallFunction, req)
}

func (s *server) GetFunctions(ctx context.Context, req *tfprotov6.GetFunctionsRequest) (*tfprotov6.GetFunctionsResponse, error) {
	return call(ctx, s.framework.GetFunctions, req)
}

func (s *server) ValidateEphemeralResourceConfig(ctx context.Context, req *tfprotov6.ValidateEphemeralResourceConfigRequest) (*tfprotov6.ValidateEphemeralResourceConfigResponse, error) {
	return call(ctx, s.framework.ValidateEphemeralResourceConfig, req)
}

func (s *server) OpenEphemeralResource(ctx context.Context, req *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	return call(ctx, s.framework.OpenEphemeralResource, req)
}

func (s *server) RenewEphemeralResource(ctx context.Context, req *tfprotov6.RenewEphemeralResourceRequest) (*tfprotov6.RenewEphemeralResourceResponse, error) {
	return call(ctx, s.framework.RenewEphemeralResource, req)
}

func (s *server) CloseEphemeralResource(ctx context.Context, req *tfprotov6.CloseEphemeralResourceRequest) (*tfprotov6.CloseEphemeralResourceResponse, error) {
	return call(ctx, s.framework.CloseEphemeralResource, req)
}

func (s *server) ValidateListResourceConfig(ctx context.Context, req *tfprotov6.ValidateListResourceConfigRequest) (*tfprotov6.ValidateListResourceConfigResponse, error) {
	return call(ctx, s.framework.ValidateListResourceConfig, req)
}

// ListResource lists while its results are read, so that the context is let go then.
func (s *server) ListResource(ctx context.Context, req *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	detached, end := detach(ctx)
	stream, err := s.framework.ListResource(detached, req)
	if err != nil {
		end()
		return nil, err
	}
	return &tfprotov6.ListResourceServerStream{Results: func(yield func(tfprotov6.ListResourceResult) bool) {
		defer end()
		stream.Results(yield)
	}}, nil
}

func (s *server) ValidateActionConfig(ctx context.Context, req *tfprotov6.ValidateActionConfigRequest) (*tfprotov6.ValidateActionConfigResponse, error) {
	return call(ctx, s.framework.ValidateActionConfig, req)
}

func (s *server) PlanAction(ctx context.Context, req *tfprotov6.PlanActionRequest) (*tfprotov6.PlanActionResponse, error) {
	return call(ctx, s.framework.PlanAction, req)
}

func (s *server) ValidateStateStoreConfig(ctx context.Context, req *tfprotov6.ValidateStateStoreConfigRequest) (*tfprotov6.ValidateStateStoreConfigResponse, error) {
	return call(ctx, s.framework.ValidateStateStoreConfig, req)
}

func (s *server) ConfigureStateStore(ctx context.Context, req *tfprotov6.ConfigureStateStoreRequest) (*tfprotov6.ConfigureStateStoreResponse, error) {
	return call(ctx, s.framework.ConfigureStateStore, req)
}

// ReadStateBytes has read all when it returns; its chunks need no context.
func (s *server) ReadStateBytes(ctx context.Context, req *tfprotov6.ReadStateBytesRequest) (*tfprotov6.ReadStateBytesStream, error) {
	return call(ctx, s.framework.ReadStateBytes, req)
}

func (s *server) WriteStateBytes(ctx context.Context, req *tfprotov6.WriteStateBytesStream) (*tfprotov6.WriteStateBytesResponse, error) {
	return call(ctx, s.framework.WriteStateBytes, req)
}

func (s *server) GetStates(ctx context.Context, req *tfprotov6.GetStatesRequest) (*tfprotov6.GetStatesResponse, error) {
	return call(ctx, s.framework.GetStates, req)
}

func (s *server) DeleteState(ctx context.Context, req *tfprotov6.DeleteStateRequest) (*tfprotov6.DeleteStateResponse, error) {
	return call(ctx, s.framework.DeleteState, req)
}

func (s *server) LockState(ctx context.Context, req *tfprotov6.LockStateRequest) (*tfprotov6.LockStateResponse, error) {
	return call(ctx, s.framework.LockState, req)
}

func (s *server) UnlockState(ctx context.Context, req *tfprotov6.UnlockStateRequest) (*tfprotov6.UnlockStateResponse, error) {
	return call(ctx, s.framework.UnlockState, req)
}
