// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	iam "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iam/v3"
	iammodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iam/v3/model"
	sts "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1"
	stsmodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// sessionName is the name of an assumed agency's session in Cloud Trace Service (CTS).
const sessionName = "terraform-provider-identitycenter"

// String describes the agency, for error messages.
func (r AssumeRole) String() string {
	return fmt.Sprintf("agency %s of domain %s", r.AgencyName, cmp.Or(r.DomainID, r.DomainName))
}

// agencyKeys fetches the keys of an agency, signed with those of another source.
type agencyKeys struct {
	role      AssumeRole
	transport *transport.Transport
	signer    transport.KeySource
}

// fetch assumes the agency. An error of the signer is returned unchanged.
func (a *agencyKeys) fetch(ctx context.Context) (transport.Keys, error) {
	assume := a.assume
	if a.role.DomainID == "" {
		assume = a.assumeByName
	}
	keys, receipt, err := assume(ctx)
	var step *StepError
	switch {
	case err == nil:
		keys.Origin = fmt.Sprintf("%s, assumed with %s from %s", a.role, receipt.AccessKey, receipt.KeyOrigin)
	case !errors.As(err, &step) && receipt.AccessKey != "":
		err = &StepError{Doing: fmt.Sprintf("assuming %s with access key %s from %s", a.role, receipt.AccessKey, receipt.KeyOrigin), Err: err}
	}
	return keys, err
}

func (a *agencyKeys) assume(ctx context.Context) (transport.Keys, transport.Receipt, error) {
	response, receipt, err := transport.Do[*stsmodel.AssumeAgencyResponse](ctx, a.transport, transport.Call{
		Service: transport.STS, Operation: "AssumeAgency", Permission: "sts:agencies:assume", Keys: a.signer,
		Define: sts.GenReqDefForAssumeAgency,
		Request: &stsmodel.AssumeAgencyRequest{Body: &stsmodel.AssumeAgencyReqBody{
			AgencyUrn:         fmt.Sprintf("iam::%s:agency:%s", a.role.DomainID, a.role.AgencyName),
			AgencySessionName: sessionName,
			DurationSeconds:   wholeSeconds(a.role.Duration),
		}},
	})
	if err != nil {
		return transport.Keys{}, receipt, err
	}
	given := response.Credentials
	if given == nil || given.Expiration == nil {
		return transport.Keys{}, receipt, errNoKeysGiven
	}
	keys, err := temporaryKeys(given.AccessKeyId, given.SecretAccessKey, given.SecurityToken, time.Time(*given.Expiration))
	return keys, receipt, err
}

// assumeByName is the older call, for an account of which only the name is known.
func (a *agencyKeys) assumeByName(ctx context.Context) (transport.Keys, transport.Receipt, error) {
	response, receipt, err := transport.Do[*iammodel.CreateTemporaryAccessKeyByAgencyResponse](ctx, a.transport, transport.Call{
		Service: transport.IAM, Operation: "CreateTemporaryAccessKeyByAgency", Permission: "iam:agencies:assume", Keys: a.signer,
		Define: iam.GenReqDefForCreateTemporaryAccessKeyByAgency,
		Request: &iammodel.CreateTemporaryAccessKeyByAgencyRequest{Body: &iammodel.CreateTemporaryAccessKeyByAgencyRequestBody{
			Auth: &iammodel.AgencyAuth{Identity: &iammodel.AgencyAuthIdentity{
				Methods: []iammodel.AgencyAuthIdentityMethods{iammodel.GetAgencyAuthIdentityMethodsEnum().ASSUME_ROLE},
				AssumeRole: &iammodel.IdentityAssumerole{
					AgencyName: a.role.AgencyName, DomainName: &a.role.DomainName, DurationSeconds: wholeSeconds(a.role.Duration),
				},
			}},
		}},
	})
	if err != nil {
		return transport.Keys{}, receipt, err
	}
	keys, err := fromIAM(response.Credential)
	return keys, receipt, err
}

// fromIAM returns the temporary keys of a response of IAM.
func fromIAM(given *iammodel.Credential) (transport.Keys, error) {
	if given == nil {
		return transport.Keys{}, errNoKeysGiven
	}
	expires, err := time.Parse(time.RFC3339, given.ExpiresAt)
	if err != nil {
		return transport.Keys{}, errNoKeysGiven
	}
	return temporaryKeys(given.Access, given.Secret, given.Securitytoken, expires)
}

// temporaryKeys returns temporary keys. It fails if a part is missing or cannot sign a call.
func temporaryKeys(accessKey, secretKey, securityToken string, expires time.Time) (transport.Keys, error) {
	keys := transport.Keys{
		AccessKey: accessKey, SecretKey: transport.NewSecret(secretKey), SecurityToken: transport.NewSecret(securityToken), Expires: expires,
	}
	if accessKey == "" || secretKey == "" || securityToken == "" || expires.IsZero() {
		return transport.Keys{}, errNoKeysGiven
	}
	if (keyNames{}).check(keys) != nil {
		return transport.Keys{}, fmt.Errorf("%w: it has keys that cannot sign a call", transport.ErrUndocumented)
	}
	return keys, nil
}

// wholeSeconds returns a duration for the API; nil for 0.
func wholeSeconds(d time.Duration) *int32 {
	if d == 0 {
		return nil
	}
	n := int32(d / time.Second) //nolint:gosec // Checked by Load to be at most a day.
	return &n
}
