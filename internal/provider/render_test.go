// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import "strings"

// terminalWidth is the width at which Terraform wraps a diagnostic in a terminal of 80 columns. It
// draws a frame at the left.
const terminalWidth = 78

// RenderDiagnostic returns a diagnostic as Terraform prints it in a terminal of 80 columns, without
// the frame and the source. The terminal, not Terraform, wraps lines that begin with white space.
func RenderDiagnostic(severity, summary, detail string) string {
	var b strings.Builder
	for _, line := range append(strings.Split(severity+": "+summary+"\n", "\n"), strings.Split(detail, "\n")...) {
		if strings.HasPrefix(line, " ") {
			for len([]rune(line)) > terminalWidth {
				b.WriteString(string([]rune(line)[:terminalWidth]) + "\n")
				line = string([]rune(line)[terminalWidth:])
			}
			b.WriteString(line + "\n")
			continue
		}
		width := 0
		for _, word := range strings.Fields(line) {
			switch n := len([]rune(word)); {
			case width > 0 && width+1+n > terminalWidth:
				b.WriteString("\n" + word)
				width = n
			case width > 0:
				b.WriteString(" " + word)
				width += 1 + n
			default:
				b.WriteString(word)
				width = n
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}
