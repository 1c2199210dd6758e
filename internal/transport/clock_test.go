// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1/model"
)

func TestServerTime(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 29, 12, 0, 0, 500_000_000, time.UTC)
	format := func(t time.Time) string { return t.Format(http.TimeFormat) }
	for name, test := range map[string]struct {
		date, age string
		believed  bool
	}{
		"now":           {format(now), "", true},
		"14 min behind": {format(now.Add(-14 * time.Minute)), "", true},
		"14 min ahead":  {format(now.Add(14 * time.Minute)), "", true},
		"hour behind":   {format(now.Add(-time.Hour)), "", false},
		"hour ahead":    {format(now.Add(time.Hour)), "", false},
		"day behind":    {format(now.AddDate(0, 0, -1)), "", false},
		"year 9999":     {"Fri, 31 Dec 9999 23:59:59 GMT", "", false},
		"year 1":        {"Mon, 01 Jan 0001 00:00:00 GMT", "", false},
		"cached":        {format(now), "60", false},
		"just cached":   {format(now), "0", false},
		"absent":        {"", "", false},
		"unreadable":    {"yesterday", "", false},
	} {
		header := http.Header{"Date": {test.date}, "Age": {test.age}}
		date, problem := serverTime(header, now)
		if (problem == "") != test.believed || date.Location() != time.UTC {
			t.Errorf("%s: %s, %q", name, date, problem)
		}
		if !test.believed && !date.Equal(now) || test.believed && date.Format(http.TimeFormat) != test.date {
			t.Errorf("%s: %s, %q", name, date, problem)
		}
	}
}

func TestReceipt_latest(t *testing.T) {
	t.Parallel()
	early, late := time.Unix(1, 0), time.Unix(2, 0)
	for _, receipt := range []Receipt{{Date: early, Received: late}, {Date: late, Received: early}, {Date: late, Received: late}} {
		if !receipt.Latest().Equal(late) {
			t.Errorf("%+v: %s", receipt, receipt.Latest())
		}
	}
	if !(Receipt{}).Latest().IsZero() {
		t.Error("there was no response")
	}
}

// A Date header from a cache is not used as a time.
func TestReceipt_cachedDate(t *testing.T) {
	t.Parallel()
	for _, header := range []http.Header{{"Date": {"Fri, 31 Dec 9999 23:59:59 GMT"}}, {"Date": {time.Now().UTC().Format(http.TimeFormat)}, "Age": {"3\x1b[2J"}}, {}} {
		transport := through(answers{status: 200, header: header, body: []byte(`{"session_list":[]}`)})
		before := time.Now()
		_, receipt, err := Do[*model.ListSessionsResponse](t.Context(), transport, listCall("d-7f3a9c51e2", "user", someKeys()))
		if err != nil || receipt.Date.Before(before) || receipt.Date.After(time.Now()) || receipt.ClockProblem == "" || strings.Contains(receipt.ClockProblem, "\x1b") {
			t.Errorf("%v: %s, %q, %v", header, receipt.Date, receipt.ClockProblem, err)
		}
	}
}
