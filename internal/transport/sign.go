// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"strings"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/global"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/config"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/def"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/impl"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/request"
)

// sync makes the SDK build, sign and send the request through a, and decode the response into its
// model.
func (a *attempt) sync() (model any, err error) {
	defer func() {
		// The HMAC of a short key panics in FIPS 140 mode.
		if recover() != nil {
			err = errors.New("the SDK panicked: it cannot sign or decode this call")
		}
	}()
	definition, err := fillPath(a.call.Request, a.call.Define())
	if err != nil {
		return nil, err
	}
	var credential auth.ICredential = unsigned{}
	if a.call.Keys != nil {
		credential = &global.Credentials{BaseCredentials: auth.BaseCredentials{
			AK: a.keys.AccessKey, SK: a.keys.SecretKey.Reveal(), SecurityToken: a.keys.SecurityToken.Reveal(),
		}}
	}
	client := core.NewHcHttpClient(impl.NewDefaultHttpClient(config.DefaultHttpConfig().WithHttpRoundTripper(a).WithTimeout(0))).
		WithEndpoints([]string{a.transport.Endpoint(a.call.Service)}).
		WithCredential(credential).
		WithErrorHandler(a).
		WithExtraHeaders(map[string]string{"User-Agent": a.transport.config.UserAgent})
	return client.Sync(a.call.Request, definition)
}

// fillPath sets all path parameters at once. The SDK sets them one by one, so that a value could
// contain the placeholder of another. A value that would change the path is an error.
func fillPath(sdkRequest any, definition *def.HttpRequestDef) (*def.HttpRequestDef, error) {
	value := reflect.Indirect(reflect.ValueOf(sdkRequest))
	var replacements []string
	var rest []*def.FieldDef
	for _, field := range definition.RequestFields {
		if field.LocationType != def.Path {
			rest = append(rest, field)
			continue
		}
		parameter := fmt.Sprint(reflect.Indirect(value.FieldByName(field.Name)))
		if parameter == "" || parameter == "." || parameter == ".." || strings.Contains(parameter, "/") {
			return nil, fmt.Errorf("%s must not be %q, which would make another path", field.JsonTag, parameter)
		}
		replacements = append(replacements, "{"+field.JsonTag+"}", parameter)
	}
	definition.Path = strings.NewReplacer(replacements...).Replace(definition.Path)
	definition.RequestFields = rest
	return definition, nil
}

// escapePath escapes each segment of a path as in the signature's canonical request: everything
// except letters, digits and "-_.~".
func escapePath(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i] = strings.ReplaceAll(url.QueryEscape(segment), "+", "%20")
	}
	return strings.Join(segments, "/")
}

// unsigned is the credential of unsigned calls.
type unsigned struct{}

func (unsigned) ProcessAuthParams(*impl.DefaultHttpClient, string) (auth.ICredential, error) {
	return unsigned{}, nil
}

func (unsigned) ProcessAuthRequest(_ *impl.DefaultHttpClient, r *request.DefaultHttpRequest) (*request.DefaultHttpRequest, error) {
	return r, nil
}
