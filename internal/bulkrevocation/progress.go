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

type sample struct {
	at                        time.Time
	finished, sessions, calls int
}

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
			r.request.Report(describeProgress(tally, samples[0], now))
		}
	}
}

// describeProgress returns the progress in one line, with rates between two samples.
func describeProgress(tally Tally, first, last sample) string {
	seconds := last.at.Sub(first.at).Seconds()
	text := fmt.Sprintf("%s, %s ended, %.0f calls a second", tally.describe(false), revocation.Count(last.sessions), float64(last.calls-first.calls)/seconds)
	if finished := last.finished - first.finished; tally.AllFound && tally.left() > 0 && finished > 0 {
		left := time.Duration(math.Ceil(float64(tally.left())*seconds/float64(finished))) * time.Second
		text += fmt.Sprintf(", about %s left", left)
	}
	return text + "."
}
