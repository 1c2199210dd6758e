// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// window counts the calls of one API in one window.
type window struct {
	start time.Time
	calls int
}

// throttle counts a call. It refuses the call if the API is over its rate limit.
func (s *Simulator) throttle(r *request) error {
	if s.options.RatePerSecond == 0 || r.route.metadata {
		return nil
	}
	length := cmp.Or(s.options.ThrottleWindow, time.Second)
	w := s.windows[r.route.operation]
	if start := r.now.Truncate(length); w == nil || !w.start.Equal(start) {
		w = &window{start: start}
		s.windows[r.route.operation] = w
	}
	if w.calls++; w.calls <= s.options.RatePerSecond {
		return nil
	}

	refused := refuse(http.StatusTooManyRequests, "APIGW.0308", cmp.Or(s.options.ThrottleMessage, s.throttleMessage()))
	if after := s.options.RetryAfter; after > 0 {
		seconds := (after + time.Second - 1) / time.Second
		refused.header = http.Header{"Retry-After": {strconv.Itoa(int(seconds))}}
	}
	return refused
}

// throttleMessage names limit and window if the window is not the default.
func (s *Simulator) throttleMessage() string {
	const message = "The throttling threshold has been reached"
	length := s.options.ThrottleWindow
	if length == 0 {
		return message
	}
	number, unit := length/time.Second, "second"
	if length%time.Minute == 0 {
		number, unit = length/time.Minute, "minute"
	}
	return fmt.Sprintf("%s: policy api over ratelimit,limit:%d,time:%d %s", message, s.options.RatePerSecond, number, unit)
}
