// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import "github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"

// leaks is acctest.Leaks.
func leaks(dir string, secrets []string) ([]string, error) { return acctest.Leaks(dir, secrets) }
