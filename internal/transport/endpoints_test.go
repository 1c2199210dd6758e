// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"regexp"
	"testing"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/region"
	iam "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iam/v3/region"
	identitycenter "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenter/v1/region"
	identitystore "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1/region"
	sts "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/sts/v1/region"
)

// The host pattern is that of the SDK's tables.
func TestEndpoints_tables(t *testing.T) {
	for service, table := range map[Service]func(regionID string) (*region.Region, error){
		IdentityStore: identitystore.SafeValueOf, IdentityCenter: identitycenter.SafeValueOf, STS: sts.SafeValueOf, IAM: iam.SafeValueOf,
	} {
		_, err := table("none") // The error lists the regions.
		regions := regexp.MustCompile(`[a-z]+-[a-z]+-\d+`).FindAllString(err.Error(), -1)
		if len(regions) == 0 {
			t.Errorf("%s: no regions in %v", service, err)
		}
		for _, id := range regions {
			want, err := table(id)
			if got := (Endpoints{Region: id}).URL(service); err != nil || got != want.Endpoints[0] {
				t.Errorf("got %s, the SDK has %v (%v)", got, want, err)
			}
		}
	}
}

// The SDK's variables for endpoints are not validated and not documented by this provider.
func TestEndpoints_variables(t *testing.T) {
	t.Setenv("HUAWEICLOUD_SDK_REGION_STS_AP_SOUTHEAST_9", "http://user:pa55word@sts.invalid/path")
	if got := (Endpoints{Region: "ap-southeast-9"}).URL(STS); got != "https://sts.ap-southeast-9.myhuaweicloud.com" {
		t.Errorf("got %s", got)
	}
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	override := map[Service]string{IdentityStore: "https://proxy.example.com/"}
	for name, test := range map[string]struct {
		endpoints Endpoints
		service   Service
		want      string
	}{
		"regional":                       {Endpoints{Region: "ap-southeast-3"}, IdentityStore, "https://identitystore.ap-southeast-3.myhuaweicloud.com"},
		"regional sts":                   {Endpoints{Region: "ap-southeast-3"}, STS, "https://sts.ap-southeast-3.myhuaweicloud.com"},
		"regional iam":                   {Endpoints{Region: "ap-southeast-3"}, IAM, "https://iam.ap-southeast-3.myhuaweicloud.com"},
		"regional center":                {Endpoints{Region: "ap-southeast-3"}, IdentityCenter, "https://identitycenter.myhuaweicloud.com"},
		"Chinese center":                 {Endpoints{Region: "cn-north-4"}, IdentityCenter, "https://identitycenter.myhuaweicloud.com"},
		"Chinese store":                  {Endpoints{Region: "cn-north-4"}, IdentityStore, "https://identitystore.cn-north-4.myhuaweicloud.com"},
		"Europe":                         {Endpoints{Region: "eu-west-101"}, IdentityStore, "https://identitystore.eu-west-101.myhuaweicloud.eu"},
		"Europe, unknown":                {Endpoints{Region: "eu-west-199"}, IAM, "https://iam.eu-west-199.myhuaweicloud.eu"},
		"Europe, the older":              {Endpoints{Region: "eu-west-0"}, STS, "https://sts.eu-west-0.myhuaweicloud.com"},
		"Europe, center":                 {Endpoints{Region: "eu-west-101"}, IdentityCenter, "https://identitycenter.myhuaweicloud.eu"},
		"unknown region":                 {Endpoints{Region: "mars-north-1"}, IdentityStore, "https://identitystore.mars-north-1.myhuaweicloud.com"},
		"unknown region, center":         {Endpoints{Region: "mars-north-1"}, IdentityCenter, "https://identitycenter.myhuaweicloud.com"},
		"the cloud that is implied":      {Endpoints{Region: "cn-north-4", Cloud: "myhuaweicloud.com"}, IdentityCenter, "https://identitycenter.myhuaweicloud.com"},
		"the cloud that is implied, EU":  {Endpoints{Region: "eu-west-101", Cloud: "myhuaweicloud.eu"}, IdentityStore, "https://identitystore.eu-west-101.myhuaweicloud.eu"},
		"another cloud":                  {Endpoints{Region: "cn-north-4", Cloud: "example.org"}, IdentityCenter, "https://identitycenter.example.org"},
		"another cloud, Europe":          {Endpoints{Region: "eu-west-101", Cloud: "example.org"}, IdentityStore, "https://identitystore.eu-west-101.example.org"},
		"override":                       {Endpoints{Region: "cn-north-4", Overrides: override}, IdentityStore, "https://proxy.example.com"},
		"override and cloud":             {Endpoints{Region: "cn-north-4", Cloud: "example.org", Overrides: override}, IdentityStore, "https://proxy.example.com"},
		"override of another":            {Endpoints{Region: "cn-north-4", Overrides: override}, STS, "https://sts.cn-north-4.myhuaweicloud.com"},
		"override of another, and cloud": {Endpoints{Region: "cn-north-4", Cloud: "example.org", Overrides: override}, STS, "https://sts.cn-north-4.example.org"},
		"override that is empty":         {Endpoints{Region: "mars-1", Overrides: map[Service]string{STS: ""}}, STS, "https://sts.mars-1.myhuaweicloud.com"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.endpoints.URL(test.service); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
