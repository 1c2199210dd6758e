// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	store "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// list lists Alice's sessions.
func (b *backend) list(ctx context.Context, c *Client) error {
	_, _, err := c.ListSessions(ctx, b.IdentityStoreID, b.alice.UserID)
	return err
}

// listConcurrently lists Alice's sessions ten times at once.
func (b *backend) listConcurrently(c *Client) []error {
	errs := make([]error, 10)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() { errs[i] = b.list(context.Background(), c) })
	}
	group.Wait()
	return errs
}

// denied returns a client with a key that may decode messages but not list sessions.
func denied(b *backend) *Client { return b.client(acctest.Source(b.Member), true) }

func TestDecode_concurrentCallers(t *testing.T) {
	t.Parallel()
	b := serve(t)
	message := b.RegisterMessage(`{"allowed": false}`)
	b.Inject(
		simulator.Fault{Operation: simulator.DecodeAuthorizationMessage, Delay: 20 * time.Millisecond},
		simulator.Fault{
			Operation: simulator.ListSessions, Status: 403,
			Body: `{"error_code":"IIC.1000","error_msg":"No.","encoded_authorization_message":"` + message + `"}`,
		},
	)
	c := b.client(b, true)
	for _, err := range b.listConcurrently(c) {
		failed, denied := refusal(t, err), denial(t, err)
		if denied.Decision != `{"allowed": false}` || denied.DecodeErr != nil || failed.EncodedMessage != message || failed.Operation != simulator.ListSessions {
			t.Errorf("got %+v", failed)
		}
	}
}

func TestDecode_eachMessage(t *testing.T) {
	t.Parallel()
	b := serve(t)
	c := denied(b)
	for _, user := range b.Users[:2] {
		_, _, err := c.ListSessions(t.Context(), b.IdentityStoreID, user.UserID)
		if failed := denial(t, err); !strings.Contains(failed.Decision, user.UserID) {
			t.Errorf("got %+v", failed)
		}
	}
	if n := len(b.CallsOf(simulator.DecodeAuthorizationMessage)); n != 2 {
		t.Errorf("decoded %d times", n)
	}
}

func TestDecode_fails(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]simulator.Fault{
		"403":       simulator.Refuse(403, "STS.1", "Not allowed to decode."),
		"401":       simulator.Refuse(401, "APIGW.0301", "No."),
		"500":       {Status: 500},
		"no answer": {DropBefore: true},
		"HTML":      {Status: 200, Body: "<html>"},
		"empty":     {Status: 200},
		"no field":  {Status: 200, Body: "{}"},
		"no text":   {Status: 200, Body: `{"decoded_message": ""}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := serve(t)
			fault.Operation = simulator.DecodeAuthorizationMessage
			b.Inject(fault)
			err := b.list(t.Context(), denied(b))
			failed := refusal(t, err)
			if failed.Status != 403 || failed.Code != "IIC.1000" || failed.EncodedMessage == "" || failed.Operation != simulator.ListSessions || failed.RequestID != b.Calls()[0].RequestID {
				t.Errorf("got %+v", failed)
			}
			if denied := denial(t, err); denied.Decision != "" || denied.DecodeErr == nil {
				t.Errorf("decoded %q, %v", denied.Decision, denied.DecodeErr)
			}
			if n := len(b.CallsOf(simulator.DecodeAuthorizationMessage)); n != 1 {
				t.Errorf("decoded %d times", n)
			}
		})
	}
}

// An interrupted caller stops waiting at once. The other callers still get the decoded message.
func TestDecode_interruptedCaller(t *testing.T) {
	t.Parallel()
	b := serve(t)
	c := denied(b)
	b.Inject(simulator.Fault{Operation: simulator.DecodeAuthorizationMessage, Delay: time.Second, Times: 1})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_ = b.Await(t.Context(), simulator.DecodeAuthorizationMessage, 1)
		cancel()
	}()
	failed := denial(t, b.list(ctx, c))
	if failed.Err.Status != 403 || !errors.Is(failed.DecodeErr, context.Canceled) {
		t.Errorf("got %+v", failed)
	}
	if failed := denial(t, b.list(t.Context(), c)); failed.Decision == "" || failed.DecodeErr != nil {
		t.Errorf("got %+v", failed)
	}
}

func TestDecode_off(t *testing.T) {
	t.Parallel()
	b := serve(t)
	err := b.list(t.Context(), b.client(acctest.Source(b.Member), false))
	var denied *DeniedError
	if refusal(t, err).EncodedMessage == "" || errors.As(err, &denied) || len(b.Calls()) != 1 {
		t.Errorf("%d calls, %v", len(b.Calls()), err)
	}
}

func TestDecode_otherStatuses(t *testing.T) {
	t.Parallel()
	b := serve(t)
	for _, fault := range []simulator.Fault{
		{Status: 400, Body: `{"error_code":"IIC.400","encoded_authorization_message":"m"}`},
		{Status: 403, Body: `{"error_code":"IIC.1000"}`},
	} {
		fault.Times = 1
		b.Inject(fault)
		var denial *DeniedError
		if err := b.list(t.Context(), denied(b)); err == nil || errors.As(err, &denial) {
			t.Errorf("got %v", err)
		}
	}
	if n := len(b.CallsOf(simulator.DecodeAuthorizationMessage)); n != 0 {
		t.Errorf("decoded %d times", n)
	}
}

// temporary returns keys that look temporary. The simulator accepts them if accepted is true.
func temporary(b *backend, name string, accepted bool) simulator.Key {
	key := simulator.Key{AccessKey: name, SecretKey: "secret of " + name, SecurityToken: "token of " + name, AccountID: b.Management.AccountID}
	if accepted {
		b.AddKey(key)
	}
	return key
}

func TestKeys_renewedOnce(t *testing.T) {
	t.Parallel()
	t.Run("renewed", func(t *testing.T) {
		t.Parallel()
		b := serve(t)
		s := sourceOf(temporary(b, "OLD", false), temporary(b, "NEW", true))
		for _, err := range b.listConcurrently(b.client(renewing{s}, false)) {
			if err != nil {
				t.Error(err)
			}
		}
		old := 0
		for _, call := range b.Calls() {
			if call.AccessKey == "OLD" {
				old++
			}
		}
		if s.renewed != 1 || old != 1 {
			t.Errorf("renewed %d times, the old key was sent %d times", s.renewed, old)
		}
	})
	t.Run("renewed in vain", func(t *testing.T) {
		t.Parallel()
		b := serve(t)
		s := sourceOf(temporary(b, "OLD", false), temporary(b, "NEW", false), temporary(b, "NEWER", true))
		err := b.list(t.Context(), b.client(renewing{s}, false))
		if failed := refusal(t, err); failed.Status != 401 || failed.AccessKey != "NEW" || s.renewed != 1 || len(b.Calls()) != 2 {
			t.Errorf("renewed %d times, %d calls: %v", s.renewed, len(b.Calls()), err)
		}
	})
	t.Run("nothing newer", func(t *testing.T) {
		t.Parallel()
		b := serve(t)
		s := sourceOf(temporary(b, "OLD", false))
		if err := b.list(t.Context(), b.client(renewing{s}, false)); statusOf(t, err) != 401 || len(b.Calls()) != 1 {
			t.Errorf("%d calls: %v", len(b.Calls()), err)
		}
	})
	t.Run("not for the clock", func(t *testing.T) {
		t.Parallel()
		b := serve(t, func(o *simulator.Options) {
			o.Clock = func() time.Time { return time.Now().Add(time.Hour) }
		})
		s := sourceOf(temporary(b, "OLD", true), temporary(b, "NEW", true))
		err := b.list(t.Context(), b.client(renewing{s}, false))
		if failed := refusal(t, err); failed.Code != transport.CodeClock || s.renewed != 0 || len(b.Calls()) != 1 {
			t.Errorf("renewed %d times, %d calls: %v", s.renewed, len(b.Calls()), err)
		}
	})
	t.Run("not for a 403", func(t *testing.T) {
		t.Parallel()
		b := serve(t)
		b.Inject(simulator.Refuse(403, "IIC.1000", "No."))
		s := sourceOf(temporary(b, "OLD", true), temporary(b, "NEW", true))
		if err := b.list(t.Context(), b.client(renewing{s}, false)); statusOf(t, err) != 403 || s.renewed != 0 {
			t.Errorf("renewed %d times: %v", s.renewed, err)
		}
	})
	t.Run("not what cannot be", func(t *testing.T) {
		t.Parallel()
		b := serve(t)
		if err := b.list(t.Context(), b.client(sourceOf(temporary(b, "OLD", false)), false)); statusOf(t, err) != 401 || len(b.Calls()) != 1 {
			t.Errorf("%d calls: %v", len(b.Calls()), err)
		}
	})
}

func TestInstances(t *testing.T) {
	t.Parallel()
	b := serve(t)
	var got []Instance
	for instance, err := range b.management().Instances(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, instance)
	}
	want := Instance{ID: b.InstanceID, IdentityStoreID: b.IdentityStoreID, Alias: b.Alias, URN: b.InstanceURN}
	if len(got) != 1 || got[0] != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestInstances_pagesAndOptionalFields(t *testing.T) {
	t.Parallel()
	b := serve(t)
	for i := range 149 {
		b.AddInstance(simulator.Instance{InstanceID: "ssoins-" + strings.Repeat("x", i+1), IdentityStoreID: "d-1"})
	}
	n := 0
	for instance, err := range b.management().Instances(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n > 1 && (instance.Alias != "" || instance.URN != "") {
			t.Errorf("got %+v", instance)
		}
	}
	if n != 150 || len(b.Calls()) != 2 {
		t.Errorf("%d instances in %d calls", n, len(b.Calls()))
	}
}

func TestInstances_undocumented(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		``, `{}`, `{"instances": null}`, `{"instances": [{"instance_id": "i"}]}`, `{"instances": [{"identity_store_id": "s"}]}`, `{"instances": "none"}`,
	} {
		b := serve(t)
		b.Inject(simulator.Fault{Status: http.StatusOK, Body: body})
		n := 0
		for _, err := range b.management().Instances(t.Context()) {
			n++
			if !errors.Is(err, transport.ErrUndocumented) {
				t.Errorf("%s: got %v", body, err)
			}
		}
		if n != 1 {
			t.Errorf("%s: yielded %d times", body, n)
		}
	}
}

// The end of the context also ends the conversion of a long response.
func TestRead_cancelledConversion(t *testing.T) {
	t.Parallel()
	b := serve(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	reason, ended := errors.New("interrupted"), make(chan struct{})
	defer close(ended)
	_, _, err := read(ctx, b.management(), transport.Call{
		Service: transport.IdentityStore, Operation: simulator.ListSessions,
		Define:  responding[sessionsResponse](store.GenReqDefForListSessions),
		Request: &model.ListSessionsRequest{IdentityStoreId: b.IdentityStoreID, UserId: b.alice.UserID},
	}, func(*sessionsResponse) (int, string) {
		cancel(reason)
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
		}
		return 1, ""
	})
	if !errors.Is(err, reason) {
		t.Errorf("got %v", err)
	}
}
