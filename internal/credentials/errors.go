// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"errors"
	"fmt"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// ArgumentError is an argument of the provider that is missing or invalid. It never contains
// the value of a secret.
type ArgumentError struct {
	// Block is the list of blocks that has the argument, such as "assume_role", and Index
	// the position in it; Block is empty for an argument of the provider.
	Block string
	Index int
	// Argument is its name, such as "secret_key" or "agency_name".
	Argument string
	// Summary is the problem. Detail is the reason and the next step.
	Summary, Detail string
}

// Error returns all fields in one line.
func (e *ArgumentError) Error() string {
	name := e.Argument
	if e.Block != "" {
		name = fmt.Sprintf("%s[%d].%s", e.Block, e.Index, e.Argument)
	}
	return fmt.Sprintf("%s: %s: %s", name, e.Summary, e.Detail)
}

// invalid returns an error for an argument of the provider.
func invalid(argument, summary, detail string, values ...any) *ArgumentError {
	return &ArgumentError{Argument: argument, Summary: summary, Detail: fmt.Sprintf(detail, values...)}
}

// StepError is a failed step of getting the keys. It is immutable.
type StepError struct {
	// Doing is the step, such as "assuming agency A of domain D with access key AK from the
	// provider's configuration".
	Doing string
	// Err is why it failed; a *transport.Error for a call.
	Err error
}

// Error returns the step and why it failed.
func (e *StepError) Error() string { return fmt.Sprintf("%s: %s", e.Doing, e.Err) }

// Unwrap returns Err.
func (e *StepError) Unwrap() error { return e.Err }

// refused reports whether the API refused the step permanently.
func (e *StepError) refused() bool {
	var failed *transport.Error
	return errors.As(e.Err, &failed) && failed.Status >= 400 && failed.Status < 500 && !failed.Temporary()
}

// errNoKeysGiven is the error for a response without the documented keys.
var errNoKeysGiven = fmt.Errorf("%w: it lacks keys or their expiry", transport.ErrUndocumented)

// errNoKeys lists the sources of credentials. err is why the last source has none.
func errNoKeys(err error) *ArgumentError {
	return invalid("access_key", "No credentials found", `These sources have no credentials:
  - access_key and secret_key in the provider block
  - the environment variables %s and %s (or %s and %s)
  - a profile of KooCLI (shared_config_file, profile, or %s)
  - assume_role_with_oidc
  - an agency of the Elastic Cloud Server (ECS) on which Terraform runs
The last error: %s.`, envAccessKey, envSecretKey, envSDKAccessKey, envSDKSecretKey, defaultSharedConfigFile, err)
}

func errIncompletePair(argument, why string) *ArgumentError {
	return invalid(argument, "Incomplete key pair", "%s. Set access_key and secret_key in the provider block, "+
		"or the environment variables %s and %s (or %s and %s).", why, envAccessKey, envSecretKey, envSDKAccessKey, envSDKSecretKey)
}
