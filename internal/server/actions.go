// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

const (
	// stopTimeout limits how long StopProvider waits for interrupted actions to end.
	stopTimeout = 2500 * time.Millisecond
	// errorDeliveryTimeout limits how long it then waits until Terraform has read the
	// error that ends the actions that still run.
	errorDeliveryTimeout = 500 * time.Millisecond
	// progressInterval is the time between two progress events.
	progressInterval = 100 * time.Millisecond
	// startDelayAfterStop is how long new actions are refused after StopProvider.
	// plugin-go cancels the contexts when StopProvider has returned: an action that
	// begins in between would lose its last event.
	startDelayAfterStop = time.Second
)

// errStopping refuses an action or a list while the provider stops.
var errStopping = errors.New("not started: the provider is stopping")

// actions are the running actions.
//
// plugin-go sends no event after StopProvider, and Terraform takes a stream without a last
// event for a success. So StopProvider returns when all actions and lists have sent their last.
//
// If Terraform reads a progress event after an interrupt, it loses the error (1.16) or panics
// (1.14, 1.15). So no event is sent after an interrupt, and before it only at intervals.
type actions struct {
	mu       sync.Mutex
	stopping int
	running  map[*invocation]struct{}
}

// invocation is a running action.
type invocation struct {
	// interrupted is done after StopProvider was called. overdue is done if the action has not
	// ended in time after that.
	interrupted, overdue context.Context
	interrupt, abandon   context.CancelFunc
	// ended is closed when the last event was sent.
	ended chan struct{}
}

// begin registers an action. It fails while the provider stops.
func (a *actions) begin() (*invocation, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stopping > 0 {
		return nil, errStopping
	}
	if a.running == nil {
		a.running = map[*invocation]struct{}{}
	}
	i := &invocation{ended: make(chan struct{})}
	i.interrupted, i.interrupt = context.WithCancel(context.Background())
	i.overdue, i.abandon = context.WithCancel(context.Background())
	a.running[i] = struct{}{}
	return i, nil
}

func (a *actions) end(i *invocation) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.running, i)
	i.interrupt()
	i.abandon()
	close(i.ended)
}

// interrupt ends the progress of all running actions and returns them. New actions are
// refused until resume.
func (a *actions) interrupt() []*invocation {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stopping++
	var interrupted []*invocation
	for i := range a.running {
		i.interrupt()
		interrupted = append(interrupted, i)
	}
	return interrupted
}

func (a *actions) resume() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stopping--
}

// StopProvider cancels the running calls and returns when the actions among them have
// ended, after three seconds at most.
func (s *server) StopProvider(ctx context.Context, req *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	interrupted := s.actions.interrupt()
	defer time.AfterFunc(startDelayAfterStop, s.actions.resume)
	response, err := s.framework.StopProvider(ctx, req)
	overdue := await(interrupted, stopTimeout)
	for _, i := range overdue {
		i.abandon()
	}
	await(overdue, errorDeliveryTimeout)
	return response, err
}

// await waits until all actions have ended, and returns those that have not in time.
func await(running []*invocation, timeout time.Duration) (left []*invocation) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	for _, i := range running {
		select {
		case <-i.ended:
		case <-ctx.Done():
			left = append(left, i)
		}
	}
	return left
}

// InvokeAction runs the action while Terraform reads its events.
func (s *server) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	i, err := s.actions.begin()
	if err != nil {
		return nil, err
	}
	detached, end := detach(ctx)
	stream, err := s.framework.InvokeAction(detached, req)
	if err != nil {
		end()
		s.actions.end(i)
		return nil, err
	}
	return &tfprotov6.InvokeActionServerStream{Events: func(yield func(tfprotov6.InvokeActionEvent) bool) {
		defer s.actions.end(i)
		left := make(chan struct{})
		defer close(left)
		i.forward(ctx, run(stream.Events, end, left), yield)
	}}, nil
}

// run runs an action to its end and then calls end. It forwards the events until left is
// closed, and reads them all in any case, because the framework's SendProgress blocks.
func run(events iter.Seq[tfprotov6.InvokeActionEvent], end func(), left <-chan struct{}) <-chan tfprotov6.InvokeActionEvent {
	out := make(chan tfprotov6.InvokeActionEvent)
	go func() {
		defer close(out)
		defer end()
		for event := range events {
			select {
			case out <- event:
			case <-left:
			}
		}
	}()
	return out
}

// forward sends the events to Terraform: progress at intervals, and none after an
// interrupt.
func (i *invocation) forward(ctx context.Context, events <-chan tfprotov6.InvokeActionEvent, yield func(tfprotov6.InvokeActionEvent) bool) {
	var pending []string
	// flush sends the pending messages and reports whether Terraform still reads.
	flush := func() bool {
		if len(pending) == 0 || ctx.Err() != nil || i.interrupted.Err() != nil {
			return true
		}
		message := strings.Join(pending, "\n")
		pending = nil
		return yield(tfprotov6.InvokeActionEvent{Type: tfprotov6.ProgressInvokeActionEventType{Message: message}})
	}
	ticker := time.NewTicker(progressInterval)
	defer ticker.Stop()
	for reading := true; reading; {
		select {
		case event, more := <-events:
			progress, isProgress := event.Type.(tfprotov6.ProgressInvokeActionEventType)
			switch {
			case !more:
				return
			case !isProgress:
				reading = flush() && yield(event)
			default:
				pending = append(pending, progress.Message)
			}
		case <-ticker.C:
			reading = flush()
		case <-i.overdue.Done():
			yield(abandoned())
			return
		}
	}
}

// abandoned is the last event of an action that did not end in time.
func abandoned() tfprotov6.InvokeActionEvent {
	return tfprotov6.InvokeActionEvent{Type: tfprotov6.CompletedInvokeActionEventType{Diagnostics: []*tfprotov6.Diagnostic{{
		Severity: tfprotov6.DiagnosticSeverityError,
		Summary:  "Interrupted",
		Detail: fmt.Sprintf("The action was still running %s after the interrupt and was abandoned.\n"+
			"Calls that it had started may have been carried out. Run it again, or inspect the user's sessions.", stopTimeout),
	}}}}
}
