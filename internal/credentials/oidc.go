// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	iam "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iam/v3"
	iammodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iam/v3/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// maxIDToken limits the bytes of a file with an ID token. STS accepts tokens of up to 20,000
// characters (SDK, AssumeAgencyWithOIDC).
const maxIDToken = 64 << 10

// origin describes the source of the keys for an ID token.
func (r *AssumeRoleWithOIDC) origin() string {
	return fmt.Sprintf("identity provider %s (OpenID Connect)", r.IdpID)
}

// oidcExchange exchanges an ID token for keys as the huaweicloud provider does: IAM returns
// its own token for it, and keys for that token. Neither call is signed.
type oidcExchange struct {
	block     AssumeRoleWithOIDC
	transport *transport.Transport
}

// fetch exchanges the ID token, which is read again if it is in a file.
func (f *oidcExchange) fetch(ctx context.Context) (transport.Keys, error) {
	idToken, err := f.idToken()
	if err != nil {
		return transport.Keys{}, err
	}
	exchange, _, err := transport.Do[*iammodel.CreateTokenWithIdTokenResponse](ctx, f.transport, transport.Call{
		Service: transport.IAM, Operation: "CreateTokenWithIdToken", Secrets: []transport.Secret{idToken},
		Define: iam.GenReqDefForCreateTokenWithIdToken,
		Request: &iammodel.CreateTokenWithIdTokenRequest{
			XIdpId: f.block.IdpID,
			Body:   &iammodel.GetIdTokenRequestBody{Auth: &iammodel.GetIdTokenAuthParams{IdToken: &iammodel.GetIdTokenIdTokenBody{Id: idToken.Reveal()}}},
		},
	})
	if err == nil && (exchange.XSubjectToken == nil || *exchange.XSubjectToken == "") {
		err = fmt.Errorf("%w: it lacks the header X-Subject-Token", transport.ErrUndocumented)
	}
	if err != nil {
		return transport.Keys{}, &StepError{Doing: fmt.Sprintf("exchanging the ID token for a token of identity provider %q", f.block.IdpID), Err: err}
	}

	token := *exchange.XSubjectToken
	identity := &iammodel.IdentityToken{Id: &token}
	if f.block.AgencyName == "" {
		// With an agency, the duration is that of the agency's keys.
		identity.DurationSeconds = wholeSeconds(f.block.Duration)
	}
	response, _, err := transport.Do[*iammodel.CreateTemporaryAccessKeyByTokenResponse](ctx, f.transport, transport.Call{
		Service: transport.IAM, Operation: "CreateTemporaryAccessKeyByToken", Secrets: []transport.Secret{transport.NewSecret(token)},
		Define: iam.GenReqDefForCreateTemporaryAccessKeyByToken,
		Request: &iammodel.CreateTemporaryAccessKeyByTokenRequest{Body: &iammodel.CreateTemporaryAccessKeyByTokenRequestBody{
			Auth: &iammodel.TokenAuth{Identity: &iammodel.TokenAuthIdentity{
				Methods: []iammodel.TokenAuthIdentityMethods{iammodel.GetTokenAuthIdentityMethodsEnum().TOKEN},
				Token:   identity,
			}},
		}},
	})
	var keys transport.Keys
	if err == nil {
		keys, err = fromIAM(response.Credential)
	}
	if err != nil {
		return transport.Keys{}, &StepError{Doing: fmt.Sprintf("exchanging the token of identity provider %q for keys", f.block.IdpID), Err: err}
	}
	keys.Origin = f.block.origin()
	return keys, nil
}

// idToken returns the ID token of the block or of its file.
func (f *oidcExchange) idToken() (transport.Secret, error) {
	if f.block.IDTokenFile == "" {
		return f.block.IDToken, nil
	}
	content, err := ReadFile(f.block.IDTokenFile, maxIDToken)
	token := transport.NewSecret(string(bytes.TrimSpace(content)))
	switch {
	case err != nil:
	case token.Empty():
		err = errors.New("it is empty")
	default:
		if fault := secretFault(token); fault != "" {
			err = errors.New("it " + fault)
		}
	}
	if err != nil {
		return transport.Secret{}, &StepError{Doing: fmt.Sprintf("reading the ID token from %s (id_token_file)", f.block.IDTokenFile), Err: err}
	}
	return token, nil
}
