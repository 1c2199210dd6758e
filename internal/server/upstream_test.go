// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/action"
	actionschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/encoding/protowire"
)

// TestMain turns off the server log on standard error.
func TestMain(m *testing.M) {
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_SDK_PROTO", "TF_LOG_SDK_FRAMEWORK"} {
		if err := os.Setenv(name, "off"); err != nil {
			panic(err)
		}
	}
	m.Run()
}

// maxGrowth is how much the heap may grow in 1,900 calls.
const maxGrowth = 2 << 20

func TestUpstream_keepsContexts(t *testing.T) {
	bare := growth(t, dial(t, providerserver.NewProtocol6(&testProvider{})()))
	wrapped := growth(t, dial(t, New(providerserver.NewProtocol6(&testProvider{})())))
	t.Logf("the heap grows by %d KB in 1,900 calls, by %d KB without this package", wrapped>>10, bare>>10)
	if wrapped > maxGrowth {
		t.Errorf("the heap grows by %d KB in 1,900 calls", wrapped>>10)
	}
	if bare < maxGrowth {
		t.Errorf("terraform-plugin-framework no longer keeps contexts (the heap grows by %d KB): delete detach", bare>>10)
	}
}

// growth returns by how much the live heap grows from the 100th to the 2,000th call.
func growth(t *testing.T, connection *grpc.ClientConn) int64 {
	t.Helper()
	calls := func(n int) int64 {
		for range n {
			unary(t, connection, "ReadResource")
		}
		var stats runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return int64(stats.HeapAlloc)
	}
	before := calls(100)
	return calls(1900) - before
}

func TestUpstream_losesActionError(t *testing.T) {
	t.Parallel()
	for range 20 {
		test := &testAction{begun: make(chan struct{}), finish: make(chan struct{})}
		close(test.finish)
		events := interrupted(t, dial(t, New(providerserver.NewProtocol6(&testProvider{action: test})())), test, func() {})
		// The interrupt may overtake progress that was sent before it. Progress after it is
		// dropped.
		if !slices.Equal(events, []string{"progress", "completed"}) && !slices.Equal(events, []string{"completed"}) {
			t.Fatalf("events: %v", events)
		}
	}

	test := &testAction{begun: make(chan struct{}), finish: make(chan struct{})}
	events := interrupted(t, dial(t, providerserver.NewProtocol6(&testProvider{action: test})()), test, func() { close(test.finish) })
	if len(events) > 1 {
		t.Errorf("terraform-plugin-go sends the last event now (%v): delete actions.go", events)
	}
}

// interrupted invokes the action, stops the provider and calls stopped. It returns the kinds of
// events that were sent.
func interrupted(t *testing.T, connection *grpc.ClientConn, test *testAction, stopped func()) []string {
	t.Helper()
	stream, err := connection.NewStream(t.Context(), &grpc.StreamDesc{ServerStreams: true}, "/tfplugin6.Provider/InvokeAction", raw)
	if err != nil {
		t.Fatal(err)
	}
	request := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), "test_action")
	if err := stream.SendMsg(&request); err != nil {
		t.Fatal(err)
	}
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	<-test.begun
	unary(t, connection, "StopProvider")
	stopped()
	var kinds []string
	for {
		var event []byte
		if err := stream.RecvMsg(&event); errors.Is(err, io.EOF) {
			return kinds
		} else if err != nil {
			t.Fatal(err)
		}
		number, _, _ := protowire.ConsumeTag(event)
		kinds = append(kinds, map[protowire.Number]string{1: "progress", 2: "completed"}[number])
	}
}

// dial serves a provider as the plugin does and connects to it. The test closes the connection.
func dial(t *testing.T, provider tfprotov6.ProviderServer) *grpc.ClientConn {
	t.Helper()
	plugin := &tf6server.GRPCProviderPlugin{
		GRPCProvider: func() tfprotov6.ProviderServer { return provider },
		Name:         "registry.terraform.io/identitycenter/test",
	}
	served := grpc.NewServer()
	if err := plugin.GRPCServer(nil, served); err != nil {
		t.Fatal(err)
	}
	listener := bufconn.Listen(1 << 16)
	go func() { _ = served.Serve(listener) }()
	t.Cleanup(served.Stop)
	connection, err := grpc.NewClient("passthrough:", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return connection
}

// unary makes a call with an empty request.
func unary(t *testing.T, connection *grpc.ClientConn, method string) {
	t.Helper()
	var request, response []byte
	if err := connection.Invoke(t.Context(), "/tfplugin6.Provider/"+method, &request, &response, raw); err != nil {
		t.Fatal(err)
	}
}

// raw sends messages as bytes, because the protocol types are internal to plugin-go.
var raw = grpc.ForceCodec(rawCodec{})

type rawCodec struct{}

var _ encoding.Codec = rawCodec{}

func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }

func (rawCodec) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = bytes.Clone(data)
	return nil
}

// testProvider has at most one action.
type testProvider struct{ action *testAction }

var _ provider.ProviderWithActions = (*testProvider)(nil)

func (p *testProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "test"
}

func (p *testProvider) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (p *testProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

func (p *testProvider) Resources(context.Context) []func() resource.Resource { return nil }

func (p *testProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (p *testProvider) Actions(context.Context) []func() action.Action {
	if p.action == nil {
		return nil
	}
	return []func() action.Action{func() action.Action { return p.action }}
}

// testAction runs until it is interrupted and finish is closed.
type testAction struct{ begun, finish chan struct{} }

func (a *testAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_action"
}

func (a *testAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = actionschema.Schema{}
}

func (a *testAction) Invoke(ctx context.Context, _ action.InvokeRequest, resp *action.InvokeResponse) {
	resp.SendProgress(action.InvokeProgressEvent{Message: "running"})
	close(a.begun)
	<-ctx.Done()
	<-a.finish
	resp.SendProgress(action.InvokeProgressEvent{Message: "stopping"})
	resp.Diagnostics.AddError("Interrupted", "")
}
