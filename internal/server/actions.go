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
	// patience is how long StopProvider waits for interrupted actions to end.
	patience = 2500 * time.Millisecond
	// handover is how long it then waits for Terraform to take the error that ends the
	// overdue ones.
	handover = 500 * time.Millisecond
	// pace is how far apart progress events are sent.
	pace = 100 * time.Millisecond
	// aftermath is how long no action begins after StopProvider: plugin-go cancels the
	// contexts when StopProvider has returned, an action that began in between would lose
	// its last event.
	aftermath = time.Second
)

// errStopping refuses an action while the provider stops.
var errStopping = errors.New("the action was not begun: the provider is being stopped")

// actions are those that run. plugin-go stops sending their events as soon as it has
// cancelled its contexts, which it does when StopProvider returns. Terraform takes a
// stream that ends without a last event for a success. So StopProvider cancels the
// contexts of the framework first and returns when every action has sent its last event;
// one that takes too long is sent an error in its name.
//
// Once an action is interrupted, its progress is dropped: when Terraform reads a progress
// event after the interrupt, it stops reading (1.16) and panics at the next event (1.14,
// 1.15), so that the error is lost. What was sent shortly before cannot be taken back: for
// that to be seldom, progress is sent at a slow pace, what came in between as one event of
// several lines.
type actions struct {
	mu       sync.Mutex
	stopping int
	running  map[*invocation]struct{}
}

// invocation is an action that runs. It is interrupted when the provider is told to stop, and
// overdue when it took too long to end after that.
type invocation struct {
	interrupted, overdue context.Context
	interrupt, giveUp    context.CancelFunc
	// ended is closed when the last event was sent.
	ended chan struct{}
}

// begin registers an action, unless the provider is being stopped.
func (a *actions) begin() (*invocation, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stopping > 0 {
		return nil, errStopping
	}
	if a.running == nil {
		a.running = map[*invocation]struct{}{}
	}
	one := &invocation{ended: make(chan struct{})}
	one.interrupted, one.interrupt = context.WithCancel(context.Background())
	one.overdue, one.giveUp = context.WithCancel(context.Background())
	a.running[one] = struct{}{}
	return one, nil
}

func (a *actions) end(one *invocation) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.running, one)
	one.interrupt()
	one.giveUp()
	close(one.ended)
}

// interrupt ends the progress of all running actions and returns them. No other begins
// until resume.
func (a *actions) interrupt() []*invocation {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stopping++
	var interrupted []*invocation
	for one := range a.running {
		one.interrupt()
		interrupted = append(interrupted, one)
	}
	return interrupted
}

func (a *actions) resume() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stopping--
}

// StopProvider cancels what runs and returns when the actions among it have ended, after
// three seconds at most.
func (s *server) StopProvider(ctx context.Context, req *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	interrupted := s.actions.interrupt()
	defer time.AfterFunc(aftermath, s.actions.resume)
	response, err := call(ctx, s.framework.StopProvider, req)
	left := await(interrupted, patience)
	for _, one := range left {
		one.giveUp()
	}
	await(left, handover)
	return response, err
}

// await waits for actions to end and returns those that have not within the time.
func await(running []*invocation, atMost time.Duration) (left []*invocation) {
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	for i, one := range running {
		select {
		case <-one.ended:
		case <-timer.C:
			for _, one := range running[i:] {
				select {
				case <-one.ended:
				default:
					left = append(left, one)
				}
			}
			return left
		}
	}
	return nil
}

// InvokeAction runs the action while its events are read, so that the context is let go
// when it ends.
func (s *server) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	one, err := s.actions.begin()
	if err != nil {
		return nil, err
	}
	detached, end := detach(ctx)
	stream, err := s.framework.InvokeAction(detached, req)
	if err != nil {
		end()
		s.actions.end(one)
		return nil, err
	}
	return &tfprotov6.InvokeActionServerStream{Events: func(yield func(tfprotov6.InvokeActionEvent) bool) {
		defer s.actions.end(one)
		left := make(chan struct{})
		defer close(left)
		one.forward(ctx, run(stream.Events, end, left), yield)
	}}, nil
}

// run lets an action run to its end, calls end, and hands on its events until left is
// closed. It reads them all in any case: the framework's SendProgress blocks until then.
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

// forward passes events on, progress at its pace and none after an interrupt.
func (i *invocation) forward(ctx context.Context, events <-chan tfprotov6.InvokeActionEvent, yield func(tfprotov6.InvokeActionEvent) bool) {
	var pending []string
	// flush sends what is pending and tells whether anybody listens.
	flush := func() bool {
		if len(pending) == 0 || ctx.Err() != nil || i.interrupted.Err() != nil {
			return true
		}
		message := strings.Join(pending, "\n")
		pending = nil
		return yield(tfprotov6.InvokeActionEvent{Type: tfprotov6.ProgressInvokeActionEventType{Message: message}})
	}
	var tick <-chan time.Time // set while a progress event is less than pace ago
	for heard := true; heard; {
		select {
		case event, more := <-events:
			progress, isProgress := event.Type.(tfprotov6.ProgressInvokeActionEventType)
			switch {
			case !more:
				return
			case !isProgress:
				heard = flush() && yield(event)
			default:
				pending = append(pending, progress.Message)
				if tick == nil {
					tick = time.After(pace)
					heard = flush()
				}
			}
		case <-tick:
			tick = nil
			if len(pending) > 0 {
				tick = time.After(pace)
			}
			heard = flush()
		case <-i.overdue.Done():
			yield(abandoned())
			return
		}
	}
}

// abandoned is the last event of an action that is overdue.
func abandoned() tfprotov6.InvokeActionEvent {
	return tfprotov6.InvokeActionEvent{Type: tfprotov6.CompletedInvokeActionEventType{Diagnostics: []*tfprotov6.Diagnostic{{
		Severity: tfprotov6.DiagnosticSeverityError,
		Summary:  "Interrupted",
		Detail: fmt.Sprintf("The action was still running %s after the interrupt, and was abandoned. "+
			"What it had begun may have been carried out.", patience),
	}}}}
}
