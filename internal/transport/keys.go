// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Keys sign a request. Printing them shows the access key only.
type Keys struct {
	AccessKey string
	SecretKey string
	// SecurityToken goes with temporary keys; empty for permanent ones.
	SecurityToken string
	// Expires is when temporary keys end; zero when that is not known.
	Expires time.Time
	// Origin says in words where the keys came from, for error messages.
	Origin string
}

// String returns the access key and the origin, never a secret.
func (k Keys) String() string {
	return fmt.Sprintf("access key %s from %s", k.AccessKey, k.Origin)
}

// GoString is String, so that %#v shows no secret either.
func (k Keys) GoString() string { return k.String() }

// plain are the secrets as they are; either may be empty.
func (k Keys) plain() [2]string { return [2]string{k.SecretKey, k.SecurityToken} }

// secrets are the strings that no log line and no error may hold: the secrets as
// they are, and as somebody who echoes them may have escaped them.
func (k Keys) secrets() []string {
	var secrets []string
	for _, secret := range k.plain() {
		if secret == "" {
			continue
		}
		// This cannot fail.
		encoded, _ := json.Marshal(secret)
		spared := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(secret)
		for _, form := range []string{secret, spared, string(encoded[1 : len(encoded)-1]), url.QueryEscape(secret)} {
			secrets = append(secrets, form, strings.ReplaceAll(form, "/", `\/`))
		}
	}
	slices.Sort(secrets)
	return slices.Compact(secrets)
}

// redact takes the secrets out of a text that came from outside.
func (k Keys) redact(text string) string {
	if text == "" {
		return ""
	}
	for _, secret := range k.secrets() {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return text
}

// KeySource hands out the keys to sign with at this moment. It is called for
// every attempt, by many goroutines at once, and must stop when ctx does.
type KeySource interface {
	Keys(ctx context.Context) (Keys, error)
}

// Renewer is a KeySource whose keys are temporary.
type Renewer interface {
	// Renew reports whether Keys has others to offer than those with the access
	// key that the API just rejected with a 401, fetching them if need be.
	Renew(ctx context.Context, rejectedAccessKey string) bool
}
