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

// sessionName names the session of an assumed agency in the Cloud Trace Service.
const sessionName = "terraform-provider-identitycenter"

// String says in words which agency it is.
func (r AssumeRole) String() string {
	return fmt.Sprintf("agency %s of domain %s", r.AgencyName, cmp.Or(r.DomainID, r.DomainName))
}

// assumption fetches the keys of an agency, signed with those of another source.
type assumption struct {
	role      AssumeRole
	transport *transport.Transport
	signer    transport.KeySource
}

// fetch assumes the agency. An error of the source of the keys to sign with comes
// back as it is.
func (a *assumption) fetch(ctx context.Context) (transport.Keys, error) {
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

func (a *assumption) assume(ctx context.Context) (transport.Keys, transport.Receipt, error) {
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

// assumeByName is the older way, for an account of which only the name is known.
func (a *assumption) assumeByName(ctx context.Context) (transport.Keys, transport.Receipt, error) {
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

// temporaryKeys returns temporary keys, none of whose parts may be missing or unfit to
// sign a call.
func temporaryKeys(accessKey, secretKey, securityToken string, expires time.Time) (transport.Keys, error) {
	keys := transport.Keys{
		AccessKey: accessKey, SecretKey: transport.NewSecret(secretKey), SecurityToken: transport.NewSecret(securityToken), Expires: expires,
	}
	if accessKey == "" || secretKey == "" || securityToken == "" || expires.IsZero() {
		return transport.Keys{}, errNoKeysGiven
	}
	if (keyNames{}).check(keys) != nil {
		return transport.Keys{}, fmt.Errorf("%w: its keys hold characters that no keys have", transport.ErrUndocumented)
	}
	return keys, nil
}

// wholeSeconds returns a duration as the API takes it, nil for 0.
func wholeSeconds(d time.Duration) *int32 {
	if d == 0 {
		return nil
	}
	n := int32(d / time.Second) //nolint:gosec // Checked by Load to be at most a day.
	return &n
}
