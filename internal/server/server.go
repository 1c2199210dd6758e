// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package server serves the provider and works around two upstream bugs:
//
//   - terraform-plugin-framework v1.19.0 keeps the context of every call until the
//     provider stops (internal/proto6server/serve.go, registerContext). A context has
//     8 KB, and a plan of 500 resources makes 2,000 calls. See detach.
//   - terraform-plugin-go v0.31.0 drops the last events of actions and lists after StopProvider
//     (tfprotov6/tf6server/server.go, InvokeAction and ListResource), so that Terraform
//     reports an interrupted action or list as a success. See actions.
//
// upstream_test.go fails as soon as one of them is fixed. Then delete the workaround.
package server

import (
	"context"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// framework is the interface of the framework's server.
type framework interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// server is the framework's server, except for the calls that come once per resource,
// lists, actions and StopProvider.
type server struct {
	framework
	actions actions
}

// New returns the framework's server with both workarounds. It panics if upstream does
// not implement every call of the framework's server.
func New(upstream tfprotov6.ProviderServer) tfprotov6.ProviderServer {
	return &server{framework: upstream.(framework)} //nolint:forcetypeassert // As documented.
}

// call runs one call of the framework with a detached context.
func call[Request, Response any](ctx context.Context, method func(context.Context, Request) (Response, error), request Request) (Response, error) {
	detached, end := detach(ctx)
	defer end()
	return method(detached, request)
}

// detach returns a context for the framework to keep. Until end is called it has the
// values of ctx and ends with ctx. After that it is cancelled and references nothing.
func detach(ctx context.Context) (detached context.Context, end func()) {
	values := &borrowedValues{Context: context.Background()}
	values.from.Store(&ctx)
	detached, cancel := context.WithCancel(values)
	stop := context.AfterFunc(ctx, cancel)
	return detached, func() {
		stop()
		cancel()
		values.from.Store(nil)
	}
}

// borrowedValues is a context with the values of another context while from is set.
type borrowedValues struct {
	context.Context
	from atomic.Pointer[context.Context]
}

func (b *borrowedValues) Value(key any) any {
	if from := b.from.Load(); from != nil {
		return (*from).Value(key)
	}
	return nil
}

func (s *server) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return call(ctx, s.framework.ValidateResourceConfig, req)
}

func (s *server) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return call(ctx, s.framework.UpgradeResourceState, req)
}

func (s *server) UpgradeResourceIdentity(ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return call(ctx, s.framework.UpgradeResourceIdentity, req)
}

func (s *server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return call(ctx, s.framework.ReadResource, req)
}

func (s *server) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return call(ctx, s.framework.PlanResourceChange, req)
}

func (s *server) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return call(ctx, s.framework.ApplyResourceChange, req)
}

// ListResource keeps the context until the results are read: the provider makes its API calls while
// Terraform reads them. An interrupted list ends with an error.
func (s *server) ListResource(ctx context.Context, req *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	i, err := s.actions.begin()
	if err != nil {
		return nil, err
	}
	detached, end := detach(ctx)
	stream, err := s.framework.ListResource(detached, req)
	if err != nil {
		end()
		s.actions.end(i)
		return nil, err
	}
	return &tfprotov6.ListResourceServerStream{Results: func(yield func(tfprotov6.ListResourceResult) bool) {
		defer s.actions.end(i)
		defer end()
		for result := range stream.Results {
			if i.interrupted.Err() == nil && !yield(result) {
				return
			}
		}
		if i.interrupted.Err() != nil {
			yield(tfprotov6.ListResourceResult{Diagnostics: []*tfprotov6.Diagnostic{{
				Severity: tfprotov6.DiagnosticSeverityError, Summary: "Interrupted", Detail: "The list is not complete. Run it again.",
			}}})
		}
	}}, nil
}
