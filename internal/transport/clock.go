// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"fmt"
	"net/http"
	"time"
)

// maxClockDifference is how far the clock of the API can be from the local one: it refuses
// signatures with a date that is further off (API-FACTS.md, clock). A Date header that
// differs by more was set by a cache or a proxy.
const maxClockDifference = 15 * time.Minute

// Latest returns the later of Date and Received: nothing that the response reports was done
// after it. It is zero when there was no response.
func (r Receipt) Latest() time.Time {
	if r.Received.After(r.Date) {
		return r.Received
	}
	return r.Date
}

// serverTime returns the time of a response that was received at a local time, in UTC: that
// of its Date header, or the local time, in which case problem says why.
func serverTime(header http.Header, received time.Time) (date time.Time, problem string) {
	text := header.Get("Date")
	date, err := http.ParseTime(text)
	switch difference := date.Sub(received); {
	case text == "":
		problem = "the response has no Date header"
	case err != nil:
		problem = fmt.Sprintf("the Date header of the response cannot be read (%q)", text)
	case header.Get("Age") != "":
		problem = fmt.Sprintf("the response comes from a cache (Age: %s), and so does its Date header", header.Get("Age"))
	case difference.Abs() > maxClockDifference:
		problem = fmt.Sprintf("the Date header of the response (%s) is more than %.0f minutes away from the local clock", text, maxClockDifference.Minutes())
	default:
		return date.UTC(), ""
	}
	return received.UTC(), problem
}
