// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

const (
	// shortestSecret is the length of the shortest secret that is accepted: a shorter one would
	// be masked wherever its few letters occur. In FIPS 140 mode, the HMAC of a key with less
	// than shortestFIPSKey bytes panics.
	shortestSecret, shortestFIPSKey = 8, 14
	// longestAccessKey is the length of the longest access key that is accepted. Those of the
	// API have 20 characters, and secret keys 40: one in the place of the other would be shown.
	longestAccessKey = 32
	// longestName limits the names and IDs of agencies, accounts and identity providers.
	longestName = 256
	// longestShown limits what is shown of a value that is not secret, in bytes.
	longestShown = 64
	// longestPath and longestPathPart are the longest path, and the longest part of one, that
	// systems accept, in bytes.
	longestPath, longestPathPart = 4096, 255
)

var hostLabel = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// IsHostLabel reports whether text is a part of a host name (RFC 1123) in lower case, as a region
// ID is.
func IsHostLabel(text string) bool { return len(text) <= 63 && hostLabel.MatchString(text) }

// isDomain reports whether text is a domain of two or more host labels.
func isDomain(text string) bool {
	labels := strings.Split(text, ".")
	return len(labels) > 1 && !slices.ContainsFunc(labels, func(label string) bool { return !IsHostLabel(label) })
}

// secretKey matches the secret keys of the API. One in the place of another value is not shown.
var secretKey = regexp.MustCompile(`^[0-9A-Za-z]{40}$`)

// shown returns a value that is not a secret for a message.
func shown(text string) string {
	return transport.Printable(secretKey.ReplaceAllString(text, "(not shown)"), longestShown)
}

// tokenFault returns why a string cannot be a key, a token or a header value; "" if it can.
func tokenFault(text string) string {
	for _, r := range text {
		switch {
		case strings.ContainsRune("\"'`", r):
			return "contains a quotation mark"
		case unicode.IsSpace(r):
			return "contains white space or a line break"
		case r <= ' ' || r > '~':
			return "contains a character that is not printable ASCII"
		}
	}
	return ""
}

// secretFault is tokenFault for a secret.
func secretFault(secret transport.Secret) string {
	if fault := tokenFault(secret.Reveal()); fault != "" {
		return fault
	}
	if len(secret.Reveal()) < shortestSecret {
		return fmt.Sprintf("is shorter than %d characters", shortestSecret)
	}
	return ""
}

// PathFault returns why a string cannot be a file path; "" if it can. It detects the contents of a
// file, as file() returns them. These may be secret and must not be shown.
func PathFault(text string) string {
	switch {
	case strings.ContainsFunc(text, unicode.IsControl), strings.HasPrefix(text, "{"), strings.HasPrefix(text, "eyJ"), secretKey.MatchString(text):
		return "is the content of a file or a token, and must be the name of a file"
	case len(text) > longestPath, len(filepath.Base(text)) > longestPathPart:
		return "is too long for the name of a file"
	}
	return ""
}

// nameFault returns why a string cannot be the name of an agency or account; "" if it can. Names
// may be in any language.
func nameFault(text string) string {
	switch {
	case len(text) > longestName:
		return fmt.Sprintf("is longer than %d bytes", longestName)
	case strings.ContainsAny(text, "\"'`"):
		return "contains a quotation mark"
	case strings.ContainsFunc(text, func(r rune) bool { return r == unicode.ReplacementChar || !unicode.IsPrint(r) }):
		return "contains a line break or another character that cannot be printed"
	}
	return ""
}

// checkHosts checks the parts of host names. Other characters in them could send a signed
// call to another host.
func checkHosts(region, cloud string) (problems []error) {
	if region != "" && !IsHostLabel(region) {
		problems = append(problems, invalid("region", "Invalid region",
			"A region ID consists of lower-case letters, digits and hyphens, such as ap-southeast-3; this one, of region, %s or the profile, is %q.",
			envRegion, shown(region)))
	}
	if cloud != "" && (!isDomain(cloud) || len(cloud) > longestName) {
		problems = append(problems, invalid("cloud", "Invalid cloud",
			"The cloud is a domain in lower case without scheme, port or path, such as myhuaweicloud.com; this one, of cloud or %s, is %q.",
			EnvCloud, shown(cloud)))
	}
	return problems
}
