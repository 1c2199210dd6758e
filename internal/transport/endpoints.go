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

// Service is a cloud service as its host names it, and a key of the provider's
// endpoints argument.
type Service string

// The services that the provider calls.
const (
	IdentityStore  Service = "identitystore"
	IdentityCenter Service = "identitycenter"
	STS            Service = "sts"
	IAM            Service = "iam"
)

// Services lists every service, in the order in which the docs name them.
func Services() []Service {
	return []Service{IdentityStore, IdentityCenter, STS, IAM}
}

// Endpoints tells where a service is reached.
type Endpoints struct {
	// Region is the region ID, such as "ap-southeast-3".
	Region string
	// Cloud is the domain of the cloud; empty for the one that the region implies.
	Cloud string
	// Overrides replaces the base URL of single services.
	Overrides map[Service]string
}

// URL returns the base URL of a service, without a trailing slash: the override
// if there is one, else the SDK's table for its region, else the host pattern
// SERVICE.REGION.CLOUD; that of IAM Identity Center has no region (API reference,
// "Endpoints").
func (e Endpoints) URL(service Service) string {
	if override := e.Overrides[service]; override != "" {
		return strings.TrimRight(override, "/")
	}

	implied := "myhuaweicloud.com"
	if strings.HasPrefix(e.Region, "eu-west-1") {
		implied = "myhuaweicloud.eu"
	}
	cloud := cmp.Or(e.Cloud, implied)
	// The SDK's tables know the default domains only.
	if cloud == implied {
		if r, err := tables[service](e.Region); err == nil && len(r.Endpoints) > 0 {
			return strings.TrimRight(r.Endpoints[0], "/")
		}
	}
	if service == IdentityCenter {
		return fmt.Sprintf("https://%s.%s", service, cloud)
	}
	return fmt.Sprintf("https://%s.%s.%s", service, e.Region, cloud)
}

// tables are the SDK's of the endpoints in each region.
var tables = map[Service]func(regionID string) (*region.Region, error){
	IdentityStore:  identitystore.SafeValueOf,
	IdentityCenter: identitycenter.SafeValueOf,
	STS:            sts.SafeValueOf,
	IAM:            iam.SafeValueOf,
}
