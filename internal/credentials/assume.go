// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	iam "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iam/v3"
	iammodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iam/v3/model"
	sts "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1"
	stsmodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// How long temporary keys may live (API reference, AssumeAgency and
// CreateTemporaryAccessKeyByAgency). STS allows no more than an hour to a caller
// whose own keys are temporary, which is left to it to say.
const (
	shortest   = 15 * time.Minute
	longestSTS = 12 * time.Hour
	longestIAM = 24 * time.Hour
)

// sessionName is what an auditor finds in the trail of an assumed agency.
const sessionName = "terraform-provider-identitycenter"

// String says in words which agency it is.
func (r AssumeRole) String() string {
	domain := r.DomainID
	if domain == "" {
		domain = r.DomainName
	}
	return fmt.Sprintf("agency %s of domain %s", r.AgencyName, domain)
}

// assumption fetches the keys of an agency, signed with those of another source.
type assumption struct {
	role      AssumeRole
	transport *transport.Transport
	signer    transport.KeySource
}

// fetch assumes the agency. Keys to sign with that the API no longer accepts are
// renewed once. An error of their source comes back as it is.
func (a *assumption) fetch(ctx context.Context) (transport.Keys, error) {
	signer, err := a.signer.Keys(ctx)
	if err != nil {
		return transport.Keys{}, err
	}
	keys, err := a.assume(ctx, signer)

	var failed *transport.Error
	if errors.As(err, &failed) && failed.Status == http.StatusUnauthorized && failed.Code != transport.CodeClock {
		if renewer, ok := a.signer.(transport.Renewer); ok && renewer.Renew(ctx, signer.AccessKey) {
			if signer, err = a.signer.Keys(ctx); err != nil {
				return transport.Keys{}, err
			}
			keys, err = a.assume(ctx, signer)
		}
	}
	if err != nil {
		doing := fmt.Sprintf("assuming %s with %s", a.role, signer)
		return transport.Keys{}, newStepError(doing, err)
	}
	keys.Origin = fmt.Sprintf("%s, assumed with %s from %s", a.role, signer.AccessKey, signer.Origin)
	return keys, nil
}

func (a *assumption) assume(ctx context.Context, signer transport.Keys) (transport.Keys, error) {
	if a.role.DomainID == "" {
		return a.assumeByName(ctx, signer)
	}
	response, _, err := transport.Do[*stsmodel.AssumeAgencyResponse](ctx, a.transport, transport.Call{
		Service: transport.STS, Operation: "AssumeAgency", Keys: permanent{signer},
		Define: sts.GenReqDefForAssumeAgency,
		Request: &stsmodel.AssumeAgencyRequest{Body: &stsmodel.AssumeAgencyReqBody{
			AgencyUrn:         fmt.Sprintf("iam::%s:agency:%s", a.role.DomainID, a.role.AgencyName),
			AgencySessionName: sessionName,
			DurationSeconds:   seconds(a.role.Duration),
		}},
	})
	if err != nil {
		return transport.Keys{}, err
	}
	given := response.Credentials
	if given == nil || given.Expiration == nil {
		return transport.Keys{}, errNoKeysGiven
	}
	return complete(given.AccessKeyId, given.SecretAccessKey, given.SecurityToken, time.Time(*given.Expiration))
}

// assumeByName is the older way, for an account of which only the name is known.
func (a *assumption) assumeByName(ctx context.Context, signer transport.Keys) (transport.Keys, error) {
	response, _, err := transport.Do[*iammodel.CreateTemporaryAccessKeyByAgencyResponse](ctx, a.transport, transport.Call{
		Service: transport.IAM, Operation: "CreateTemporaryAccessKeyByAgency", Keys: permanent{signer},
		Define: iam.GenReqDefForCreateTemporaryAccessKeyByAgency,
		Request: &iammodel.CreateTemporaryAccessKeyByAgencyRequest{Body: &iammodel.CreateTemporaryAccessKeyByAgencyRequestBody{
			Auth: &iammodel.AgencyAuth{Identity: &iammodel.AgencyAuthIdentity{
				Methods: []iammodel.AgencyAuthIdentityMethods{iammodel.GetAgencyAuthIdentityMethodsEnum().ASSUME_ROLE},
				AssumeRole: &iammodel.IdentityAssumerole{
					AgencyName: a.role.AgencyName, DomainName: &a.role.DomainName, DurationSeconds: seconds(a.role.Duration),
				},
			}},
		}},
	})
	if err != nil {
		return transport.Keys{}, err
	}
	return fromIAM(response.Credential)
}

// fromIAM returns the temporary keys of an answer of IAM.
func fromIAM(given *iammodel.Credential) (transport.Keys, error) {
	if given == nil {
		return transport.Keys{}, errNoKeysGiven
	}
	expires, err := time.Parse(time.RFC3339, given.ExpiresAt)
	if err != nil {
		return transport.Keys{}, errNoKeysGiven
	}
	return complete(given.Access, given.Secret, given.Securitytoken, expires)
}

// errNoKeysGiven is for an answer that lacks what is documented of it.
var errNoKeysGiven = fmt.Errorf("%w: it lacks keys or their expiry", transport.ErrUndocumented)

// complete returns temporary keys, none of whose parts may be missing.
func complete(accessKey, secretKey, securityToken string, expires time.Time) (transport.Keys, error) {
	if accessKey == "" || secretKey == "" || securityToken == "" || expires.IsZero() {
		return transport.Keys{}, errNoKeysGiven
	}
	return transport.Keys{AccessKey: accessKey, SecretKey: secretKey, SecurityToken: securityToken, Expires: expires}, nil
}

// seconds returns a duration as the API takes it, nil for 0.
func seconds(d time.Duration) *int32 {
	if d == 0 {
		return nil
	}
	n := int32(d / time.Second) //nolint:gosec // Checked by Load to be at most a day.
	return &n
}

// StepError is a step on the way to the keys that failed. It wraps the
// *transport.Error of the call, if it was one.
type StepError struct {
	// Doing says which step, such as "assuming agency A of domain D with access
	// key AK from the provider's configuration".
	Doing string

	// The call is told apart so that each who gets to see the error has a copy of
	// its own to add to.
	call  *transport.Error
	other error
}

func newStepError(doing string, err error) *StepError {
	step := &StepError{Doing: doing}
	if !errors.As(err, &step.call) {
		step.other = err
	}
	return step
}

// Error says what was being done and why it failed.
func (e *StepError) Error() string { return fmt.Sprintf("%s: %s", e.Doing, e.Unwrap()) }

// Unwrap returns why it failed: a *transport.Error if the call did.
func (e *StepError) Unwrap() error {
	if e.call != nil {
		return e.call
	}
	return e.other
}

// clone returns the error with a call of its own.
func (e *StepError) clone() *StepError {
	again := *e
	if e.call != nil {
		call := *e.call
		again.call = &call
	}
	return &again
}
