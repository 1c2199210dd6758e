// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// The server has every method of the framework's server. Those that come once per resource,
// lists and actions release the context of the call.
func TestServer_releasesContexts(t *testing.T) {
	t.Parallel()
	released := map[string]bool{
		"ValidateResourceConfig": true, "UpgradeResourceState": true, "UpgradeResourceIdentity": true, "ReadResource": true,
		"PlanResourceChange": true, "ApplyResourceChange": true, "ListResource": true, "InvokeAction": true,
	}
	upstream := providerserver.NewProtocol6(&testProvider{})()
	wrapper := reflect.ValueOf(New(upstream))
	for i := range reflect.TypeOf(upstream).NumMethod() {
		theirs := reflect.TypeOf(upstream).Method(i)
		t.Run(theirs.Name, func(t *testing.T) {
			ours := wrapper.MethodByName(theirs.Name)
			if !ours.IsValid() {
				t.Fatal("the method is missing")
			}
			if !released[theirs.Name] {
				return
			}
			kept := callAndForget(ours)
			for range 3 {
				runtime.GC()
			}
			if kept.Value() != nil {
				t.Error("the context of the call is still referenced")
			}
		})
	}
}

type key struct{}

type payload struct{ _ [1 << 10]byte }

// callAndForget makes a call with an empty request and reads the stream, if any. It returns a weak
// pointer to a value of the context.
func callAndForget(method reflect.Value) weak.Pointer[payload] {
	value := &payload{}
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, value))
	defer cancel()
	request := reflect.New(method.Type().In(1).Elem())
	switch stream := method.Call([]reflect.Value{reflect.ValueOf(ctx), request})[0].Interface().(type) {
	case *tfprotov6.InvokeActionServerStream:
		for range stream.Events {
		}
	case *tfprotov6.ListResourceServerStream:
		for range stream.Results {
		}
	}
	return weak.Make(value)
}

func TestDetach(t *testing.T) {
	t.Parallel()
	call, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
	defer cancel()
	detached, end := detach(call)
	child, stop := context.WithCancel(detached)
	defer stop()
	if child.Err() != nil || child.Value(key{}) != "value" {
		t.Errorf("during the call: %v, %v", child.Err(), child.Value(key{}))
	}
	end()
	if child.Err() == nil || child.Value(key{}) != nil {
		t.Errorf("after the call: %v, %v", child.Err(), child.Value(key{}))
	}

	detached, end = detach(call)
	defer end()
	cancel()
	<-detached.Done()
	if detached.Value(key{}) != "value" {
		t.Error("a cancelled context has lost its values")
	}
}

// listing is a framework server whose list resource needs its context while the results are read.
type listing struct{ framework }

func (listing) ListResource(ctx context.Context, _ *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	return &tfprotov6.ListResourceServerStream{Results: func(yield func(tfprotov6.ListResourceResult) bool) {
		_ = ctx.Err() == nil && yield(tfprotov6.ListResourceResult{DisplayName: "first"}) &&
			ctx.Err() == nil && yield(tfprotov6.ListResourceResult{DisplayName: "second"})
	}}, nil
}

func TestListResource_keepsContextWhileRead(t *testing.T) {
	t.Parallel()
	stream, err := New(listing{}).(framework).ListResource(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for result := range stream.Results {
		names = append(names, result.DisplayName)
	}
	if !slices.Equal(names, []string{"first", "second"}) {
		t.Errorf("results: %v", names)
	}
}

// fake is a framework server that implements InvokeAction and StopProvider.
type fake struct {
	framework
	// act is the action; its context is done after StopProvider.
	act    func(ctx context.Context, send func(tfprotov6.InvokeActionEvent) bool)
	ctx    context.Context
	cancel context.CancelFunc
}

func newFake(act func(ctx context.Context, send func(tfprotov6.InvokeActionEvent) bool)) *server {
	ctx, cancel := context.WithCancel(context.Background())
	return &server{framework: &fake{act: act, ctx: ctx, cancel: cancel}}
}

func (f *fake) InvokeAction(context.Context, *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	return &tfprotov6.InvokeActionServerStream{Events: func(send func(tfprotov6.InvokeActionEvent) bool) { f.act(f.ctx, send) }}, nil
}

func (f *fake) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	f.cancel()
	return &tfprotov6.StopProviderResponse{}, nil
}

var (
	progress  = tfprotov6.InvokeActionEvent{Type: tfprotov6.ProgressInvokeActionEventType{Message: "progress"}}
	completed = tfprotov6.InvokeActionEvent{Type: tfprotov6.CompletedInvokeActionEventType{}}
)

// invoke reads the events of an action until it ends. It sends the kind and time of each event.
func invoke(t *testing.T, s *server, received chan<- []string) {
	t.Helper()
	begun := time.Now()
	stream, err := s.InvokeAction(t.Context(), nil)
	if err != nil {
		received <- []string{err.Error()}
		return
	}
	var events []string
	for event := range stream.Events {
		word := ""
		if some, ok := event.Type.(tfprotov6.ProgressInvokeActionEventType); ok {
			if word = some.Message; strings.Contains(word, "\n") {
				word = fmt.Sprintf("%d progress", strings.Count(word, "\n")+1)
			}
		} else if last, ok := event.Type.(tfprotov6.CompletedInvokeActionEventType); ok {
			word = "completed"
			for _, diagnostic := range last.Diagnostics {
				word += ", " + diagnostic.Summary
			}
		}
		events = append(events, word+" "+time.Since(begun).String())
	}
	received <- events
}

func TestStopProvider_waitsForActions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		act  func(ctx context.Context, send func(tfprotov6.InvokeActionEvent) bool)
		want []string
		took time.Duration
	}{
		"action ends": {
			func(ctx context.Context, send func(tfprotov6.InvokeActionEvent) bool) {
				send(progress)
				<-ctx.Done()
				send(progress)
				time.Sleep(2 * time.Second)
				send(progress)
				send(completed)
			},
			[]string{"progress 100ms", "completed 3s"}, 2 * time.Second,
		},
		"action does not end": {
			func(_ context.Context, send func(tfprotov6.InvokeActionEvent) bool) {
				time.Sleep(time.Hour)
				send(progress)
				send(completed)
			},
			[]string{"completed, Interrupted 3.5s"}, stopTimeout,
		},
		"frequent progress": {
			func(_ context.Context, send func(tfprotov6.InvokeActionEvent) bool) {
				for range 25 {
					send(progress)
					time.Sleep(7 * time.Millisecond)
				}
				send(completed)
			},
			[]string{"15 progress 100ms", "10 progress 175ms", "completed 175ms"}, 0,
		},
		"action ended before": {
			func(_ context.Context, send func(tfprotov6.InvokeActionEvent) bool) {
				send(progress)
				send(completed)
			},
			[]string{"progress 0s", "completed 0s"}, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newFake(test.act)
				received := make(chan []string, 1)
				go invoke(t, s, received)
				time.Sleep(time.Second)
				stopped := time.Now()
				if _, err := s.StopProvider(t.Context(), nil); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(stopped); took != test.took {
					t.Errorf("StopProvider took %s, want %s", took, test.took)
				}
				if events := <-received; !slices.Equal(events, test.want) {
					t.Errorf("events: %v, want %v", events, test.want)
				}
				// An abandoned action can still finish.
				time.Sleep(2 * time.Hour)
			})
		})
	}
}

// Two interrupts end an action once. No action begins until both have returned.
func TestStopProvider_twice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFake(func(_ context.Context, send func(tfprotov6.InvokeActionEvent) bool) {
			time.Sleep(time.Minute)
			send(completed)
		})
		first, late := make(chan []string, 1), make(chan []string, 1)
		go invoke(t, s, first)
		synctest.Wait()
		for range 2 {
			go func() { _, _ = s.StopProvider(t.Context(), nil) }()
		}
		synctest.Wait()
		invoke(t, s, late)
		if events := <-late; !strings.Contains(events[0], errStopping.Error()) {
			t.Errorf("an action began while the provider stopped: %v", events)
		}
		if events := <-first; len(events) != 1 || !strings.HasPrefix(events[0], "completed, Interrupted") {
			t.Errorf("events: %v", events)
		}
		time.Sleep(stopTimeout + errorDeliveryTimeout + startDelayAfterStop)
		invoke(t, s, late)
		if events := <-late; !slices.Equal(events, []string{"completed 1m0s"}) {
			t.Errorf("the next action: %v", events)
		}
		time.Sleep(time.Hour)
	})
}

// ListResource sends one result, and another one a second after an interrupt.
func (f *fake) ListResource(context.Context, *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	return &tfprotov6.ListResourceServerStream{Results: func(yield func(tfprotov6.ListResourceResult) bool) {
		if !yield(tfprotov6.ListResourceResult{DisplayName: "first"}) {
			return
		}
		<-f.ctx.Done()
		time.Sleep(time.Second)
		yield(tfprotov6.ListResourceResult{DisplayName: "second"})
	}}, nil
}

// An interrupted list ends with an error before StopProvider returns: plugin-go drops later results,
// and Terraform would take the list for complete.
func TestStopProvider_waitsForLists(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFake(nil)
		received := make(chan []string, 1)
		go func() {
			var results []string
			if stream, err := s.ListResource(t.Context(), nil); err == nil {
				for result := range stream.Results {
					for _, diagnostic := range result.Diagnostics {
						result.DisplayName += diagnostic.Severity.String() + " " + diagnostic.Summary
					}
					results = append(results, result.DisplayName)
				}
			}
			received <- results
		}()
		synctest.Wait()
		stopped := time.Now()
		if _, err := s.StopProvider(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(stopped); took != time.Second {
			t.Errorf("StopProvider took %s", took)
		}
		if results := <-received; !slices.Equal(results, []string{"first", "ERROR Interrupted"}) {
			t.Errorf("results: %q", results)
		}
		time.Sleep(startDelayAfterStop)
	})
}

func TestMuteUnreadLog(t *testing.T) {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "TF_LOG") {
			t.Setenv(name, "")
		}
	}
	t.Setenv("TF_LOG_PROVIDER", "debug")
	t.Setenv("TF_LOG_PROVIDER_TEST", "")
	if muteUnreadLog("test"); os.Getenv("TF_LOG_PROVIDER_TEST") != "" {
		t.Error("the log is off although TF_LOG_PROVIDER is set")
	}
	t.Setenv("TF_LOG_PROVIDER", "")
	if muteUnreadLog("test"); os.Getenv("TF_LOG_PROVIDER_TEST") != "off" {
		t.Error("the log is on although no TF_LOG variable is set")
	}
}
