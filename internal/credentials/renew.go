// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

const (
	// longestMargin is how long before their expiry keys are renewed; a tenth of their
	// lifetime if that is shorter.
	longestMargin = 5 * time.Minute
	// renewalPause is the shortest time between two renewals. It matters with a wrong clock or a
	// failing renewal.
	renewalPause = 5 * time.Second
)

// renewingSource is a source of temporary keys, which it renews before they expire. It is a
// transport.Renewer and safe for concurrent use.
type renewingSource struct {
	fetch func(ctx context.Context) (transport.Keys, error)
	now   func() time.Time
	// turn is held by the call that fetches keys. It is a channel so that waiting ends with
	// the context.
	turn chan struct{}

	mu   sync.Mutex
	keys transport.Keys
	// renewAt is when to fetch new keys; zero before the first.
	renewAt time.Time
	// forcedAt is the time of the last renewal, successful or not, if it replaced rejected keys;
	// otherwise zero. The holder of turn uses it.
	forcedAt time.Time
	// refused is the refusal after which no more keys are requested.
	refused *StepError
}

// newRenewingSource returns a source of the keys that fetch returns.
func newRenewingSource(fetch func(ctx context.Context) (transport.Keys, error), now func() time.Time) *renewingSource {
	return &renewingSource{fetch: fetch, now: now, turn: make(chan struct{}, 1)}
}

// Keys returns keys that do not expire soon, and fetches new ones if necessary. While
// another call does that, it returns the old ones if they are unexpired, and otherwise
// waits.
func (t *renewingSource) Keys(ctx context.Context) (transport.Keys, error) {
	keys, fresh, err := t.current()
	if fresh || err != nil {
		return keys, err
	}
	select {
	case t.turn <- struct{}{}:
	default:
		if t.unexpired(keys) {
			return keys, nil
		}
		if err := t.wait(ctx); err != nil {
			return transport.Keys{}, err
		}
	}
	defer func() { <-t.turn }()

	// Another call may have fetched keys meanwhile.
	if keys, fresh, err = t.current(); fresh || err != nil {
		return keys, err
	}
	return t.renew(ctx, false)
}

// Renew implements transport.Renewer. It does not replace keys that were themselves fetched after a
// rejection less than longestMargin ago: they are new, and were rejected too.
func (t *renewingSource) Renew(ctx context.Context, rejectedAccessKey string) bool {
	if t.wait(ctx) != nil {
		return false
	}
	defer func() { <-t.turn }()

	keys, fresh, err := t.current()
	switch {
	case err != nil, keys.AccessKey == "":
		return false
	case keys.AccessKey != rejectedAccessKey: // Another call has renewed the keys.
		return fresh || t.unexpired(keys)
	case t.now().Sub(t.forcedAt) < longestMargin:
		return false
	}
	if keys, err = t.renew(ctx, true); err != nil {
		tflog.Warn(ctx, "Rejected keys could not be renewed", map[string]any{"error": err.Error()})
		return false
	}
	return keys.AccessKey != rejectedAccessKey
}

// current returns the keys, whether they need no renewal, and the refusal for which there are
// none.
func (t *renewingSource) current() (keys transport.Keys, fresh bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.refused != nil {
		return transport.Keys{}, false, t.refused
	}
	return t.keys, t.now().Before(t.renewAt), nil
}

// unexpired reports whether keys have not expired.
func (t *renewingSource) unexpired(keys transport.Keys) bool { return t.now().Before(keys.Expires) }

// wait takes the turn, or returns the cause for which ctx ended.
func (t *renewingSource) wait(ctx context.Context) error {
	select {
	case t.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for new keys: %w", context.Cause(ctx))
	}
}

// renew fetches new keys; the caller holds the turn. If that fails, it returns the old ones
// until they expire, unless they were rejected.
func (t *renewingSource) renew(ctx context.Context, force bool) (transport.Keys, error) {
	keys, err := t.fetch(ctx)

	t.mu.Lock()
	defer t.mu.Unlock()
	now, forcedAt := t.now(), time.Time{}
	if force {
		forcedAt = now
	}
	if err == nil {
		margin := min(longestMargin, keys.Expires.Sub(now)/10)
		t.keys, t.forcedAt = keys, forcedAt
		t.renewAt = now.Add(max(keys.Expires.Sub(now)-margin, renewalPause))
		tflog.Debug(ctx, "Got temporary keys", map[string]any{
			"access_key": keys.AccessKey, "origin": keys.Origin, "expires": keys.Expires.UTC().Format(time.RFC3339),
		})
		return keys, nil
	}

	switch {
	case ctx.Err() != nil:
		// An interrupted attempt says nothing about the keys.
		return transport.Keys{}, err
	case force:
		t.forcedAt = forcedAt
	case t.unexpired(t.keys):
		left := t.keys.Expires.Sub(now)
		t.renewAt = now.Add(max(left/4, min(left, renewalPause)))
		tflog.Warn(ctx, "Keys could not be renewed; the old ones are used until they expire", map[string]any{
			"access_key": t.keys.AccessKey, "expires": t.keys.Expires.UTC().Format(time.RFC3339), "error": err.Error(),
		})
		return t.keys, nil
	}
	// Otherwise every worker would repeat the refused call. A network failure is tried again.
	var step *StepError
	if errors.As(err, &step) && step.refused() && !t.unexpired(t.keys) {
		t.refused = step
		return transport.Keys{}, step
	}
	return transport.Keys{}, err
}
