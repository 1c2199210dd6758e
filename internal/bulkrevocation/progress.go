// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package bulkrevocation

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
)

const (
	// progressInterval is the shortest time between two progress reports.
	progressInterval = time.Second
	// quietIntervals is the number of intervals after which unchanged progress is reported.
	quietIntervals = 10
	// rateIntervals is the number of intervals over which rates are averaged.
	rateIntervals = 10
)

// Progress is the progress of a revocation of many users.
type Progress struct {
	Tally Tally
	// Sessions is the number of ended sessions.
	Sessions int
	// CallsPerSecond is the rate of responses in the last ten seconds.
	CallsPerSecond float64
	// Left is the estimated remaining time at the rate of the last ten seconds; 0 if unknown.
	Left time.Duration
}

// String returns the progress in one line.
func (p Progress) String() string {
	of := fmt.Sprintf("%d", p.Tally.Found)
	if !p.Tally.AllFound {
		of = fmt.Sprintf("at least %d", p.Tally.Found)
	}
	text := fmt.Sprintf("%d of %s users done", p.Tally.Done, of)
	if p.Tally.Failed > 0 {
		text += fmt.Sprintf(", %d failed", p.Tally.Failed)
	}
	if p.Tally.Unlisted > 0 {
		text += fmt.Sprintf(", %d disabled and not listed", p.Tally.Unlisted)
	}
	if p.Tally.Deleted > 0 {
		text += fmt.Sprintf(", %d deleted", p.Tally.Deleted)
	}
	if n := len(p.Tally.Unknown) + len(p.Tally.UnknownUserNames); n > 0 {
		text += fmt.Sprintf(", %d not known", n)
	}
	text += fmt.Sprintf(", %s ended, %.0f calls a second", revocation.Count(p.Sessions), p.CallsPerSecond)
	if p.Left > 0 {
		text += fmt.Sprintf(", about %s left", p.Left)
	}
	return text + "."
}

// sample is the state of the work at a time.
type sample struct {
	at                        time.Time
	finished, sessions, calls int
}

// reportProgress reports the progress until the context ends.
func (r *run) reportProgress(ctx context.Context, pool *pool) {
	if r.request.Report == nil {
		return
	}
	ticker := time.NewTicker(progressInterval)
	defer ticker.Stop()
	samples := []sample{{at: time.Now()}}
	var reported sample
	quiet := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		tally := pool.snapshot()
		r.mu.Lock()
		now := sample{at: time.Now(), finished: tally.Found - tally.left(), sessions: r.outcome.Sessions, calls: r.calls}
		r.mu.Unlock()
		samples = append(samples[max(0, len(samples)-rateIntervals):], now)
		if quiet++; now.finished == reported.finished && now.sessions == reported.sessions && quiet < quietIntervals {
			continue
		}
		quiet, reported = 0, now
		if ctx.Err() == nil {
			r.request.Report(progress(tally, samples))
		}
	}
}

// progress calculates the rates between the first and the last sample.
func progress(tally Tally, samples []sample) Progress {
	first, last := samples[0], samples[len(samples)-1]
	seconds := last.at.Sub(first.at).Seconds()
	p := Progress{Tally: tally, Sessions: last.sessions}
	if seconds <= 0 {
		return p
	}
	p.CallsPerSecond = float64(last.calls-first.calls) / seconds
	if perSecond := float64(last.finished-first.finished) / seconds; perSecond > 0 && tally.AllFound {
		p.Left = time.Duration(math.Ceil(float64(tally.left())/perSecond)) * time.Second
	}
	return p
}
