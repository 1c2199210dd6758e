// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package useraccess

import (
	"strings"
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"PT8H":          8 * time.Hour,
		"PT1H30M":       90 * time.Minute,
		"P1D":           24 * time.Hour,
		"P1DT12H":       36 * time.Hour,
		"PT90M":         90 * time.Minute,
		"PT3600S":       time.Hour,
		"PT0S":          0,
		"P1DT1H1M1S":    25*time.Hour + 61*time.Second,
		"PT0000000008H": 8 * time.Hour,
	} {
		if got, err := parseDuration(text); err != nil || got != want {
			t.Errorf("%s: %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "P", "PT", "P1DT", "8h", "28800", "PT8", "PT8h", "PT1.5H", "P1Y", "P1M", "P2W", "-PT8H", "PT-8H", "PT1M1H", "P1W1D", "P1WT1H", " PT8H", "PT8H\n",
		"PT99999999999999999999H", "P106752D", "PT9223372037S", "P106751DT99H",
	} {
		if got, err := parseDuration(text); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(text)) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}
