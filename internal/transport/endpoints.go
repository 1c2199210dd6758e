// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"cmp"
	"fmt"
	"strings"
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

// URL returns the base URL of a service, without a trailing slash: the override, or the host pattern
// SERVICE.REGION.CLOUD. The host of IAM Identity Center has no region (API reference, "Endpoints").
// The SDK's tables agree, but environment variables and a file in the home directory override them.
func (e Endpoints) URL(service Service) string {
	if override := e.Overrides[service]; override != "" {
		return strings.TrimRight(override, "/")
	}

	regional := "myhuaweicloud.com"
	if strings.HasPrefix(e.Region, "eu-west-1") {
		regional = "myhuaweicloud.eu"
	}
	cloud := cmp.Or(e.Cloud, regional)
	if service == IdentityCenter {
		return fmt.Sprintf("https://%s.%s", service, cloud)
	}
	return fmt.Sprintf("https://%s.%s.%s", service, e.Region, cloud)
}
