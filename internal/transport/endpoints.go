// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/region"
	iam "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iam/v3/region"
	identitycenter "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenter/v1/region"
	identitystore "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1/region"
	sts "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1/region"
)

// Service is the name of a cloud service in its host, and a key of the provider's
// endpoints argument.
type Service string

// The services that the provider calls.
const (
	IdentityStore  Service = "identitystore"
	IdentityCenter Service = "identitycenter"
	STS            Service = "sts"
	IAM            Service = "iam"
)

// Services returns all services, in the order of the docs.
func Services() []Service {
	return []Service{IdentityStore, IdentityCenter, STS, IAM}
}

// Endpoints determines the URLs of the services.
type Endpoints struct {
	// Region is the region ID, such as "ap-southeast-3".
	Region string
	// Cloud is the domain of the cloud; empty for the default of the region.
	Cloud string
	// Overrides has the base URLs of single services.
	Overrides map[Service]string
}

// URL returns the base URL of a service, without a trailing slash: the override, the SDK's
// table for the region, or the host pattern SERVICE.REGION.CLOUD, in this order. The host
// of IAM Identity Center has no region (API reference, "Endpoints").
func (e Endpoints) URL(service Service) string {
	if override := e.Overrides[service]; override != "" {
		return strings.TrimRight(override, "/")
	}

	regional := "myhuaweicloud.com"
	if strings.HasPrefix(e.Region, "eu-west-1") {
		regional = "myhuaweicloud.eu"
	}
	cloud := cmp.Or(e.Cloud, regional)
	// The SDK's tables have the default domains only.
	if cloud == regional {
		if r, err := tables[service](e.Region); err == nil && len(r.Endpoints) > 0 {
			return strings.TrimRight(r.Endpoints[0], "/")
		}
	}
	if service == IdentityCenter {
		return fmt.Sprintf("https://%s.%s", service, cloud)
	}
	return fmt.Sprintf("https://%s.%s.%s", service, e.Region, cloud)
}

// tables are the SDK's tables of endpoints.
var tables = map[Service]func(regionID string) (*region.Region, error){
	IdentityStore:  identitystore.SafeValueOf,
	IdentityCenter: identitycenter.SafeValueOf,
	STS:            sts.SafeValueOf,
	IAM:            iam.SafeValueOf,
}
