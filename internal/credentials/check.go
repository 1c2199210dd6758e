// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// shortestSecret is the length of the shortest secret that is accepted: a shorter one would
// be masked wherever its few letters occur.
const shortestSecret = 8

// longestAccessKey is the length of the longest access key that is accepted. Those of the
// API have 20 characters, and secret keys 40: one in the place of the other would be shown.
const longestAccessKey = 32

// longestName limits the names and IDs of agencies, accounts and identity providers.
const longestName = 256

// Host labels and domains (RFC 1123), in lower case as the cloud writes them.
var (
	hostLabel  = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	hostDomain = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$`)
)

// tokenFault returns why a string cannot be a key, a token or the value of a header; empty
// if it can.
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

// signingFault returns why a secret key cannot sign a call; empty if it can. In FIPS 140
// mode (GODEBUG=fips140=only) the HMAC of a short key panics.
func signingFault(secretKey transport.Secret) (fault string) {
	defer func() {
		if recover() != nil {
			fault = "is too short for FIPS 140 mode, which requires at least 14 characters"
		}
	}()
	hmac.New(sha256.New, []byte(secretKey.Reveal()))
	return ""
}

// longestPath and longestPathPart are the longest path, and the longest part of one, that
// systems accept, in bytes.
const (
	longestPath     = 4096
	longestPathPart = 255
)

// PathFault returns why a string cannot be the path of a file; empty if it can. It detects
// the contents of a file, as file() returns them: they may be secret and must not be shown.
func PathFault(text string) string {
	isPart := func(r rune) bool { return r == '/' || r == '\\' }
	switch {
	case strings.ContainsFunc(text, unicode.IsControl):
		return "contains a line break or another control character"
	case len(text) > longestPath, slices.ContainsFunc(strings.FieldsFunc(text, isPart), func(part string) bool { return len(part) > longestPathPart }):
		return "is too long for one"
	case strings.HasPrefix(text, "{"):
		return "is JSON"
	case strings.HasPrefix(text, "eyJ") && strings.Count(text, ".") >= 2 && !strings.ContainsFunc(text, isPart):
		return "is a token"
	}
	return ""
}

// nameFault returns why a string cannot be the name of an agency or an account, which may
// be in any language; empty if it can.
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

// errInvalid is an argument whose value cannot be used. source is where the value comes
// from, and fault what is wrong with it. The value itself is not shown.
func errInvalid(argument, source, fault string) *ArgumentError {
	return invalid(argument, "Invalid "+argument,
		"The value of %s %s. Set the value alone, without quotation marks or line breaks, as it was issued.", source, fault)
}

// checkHosts checks the parts of host names. Other characters in them could send a signed
// call to another host.
func checkHosts(region, cloud string) (problems []error) {
	if region != "" && !hostLabel.MatchString(region) {
		problems = append(problems, invalid("region", "Invalid region",
			"A region ID consists of lower-case letters, digits and hyphens, such as ap-southeast-3; this one, of region, %s or the profile, is %q.",
			envRegion, transport.Printable(region, longestShown)))
	}
	if cloud != "" && (!hostDomain.MatchString(cloud) || len(cloud) > longestName) {
		problems = append(problems, invalid("cloud", "Invalid cloud",
			"The cloud is a domain in lower case without scheme, port or path, such as myhuaweicloud.com; this one, of cloud or %s, is %q.",
			EnvCloud, transport.Printable(cloud, longestShown)))
	}
	return problems
}

// longestShown limits what is shown of a value that is not secret, in bytes.
const longestShown = 64
