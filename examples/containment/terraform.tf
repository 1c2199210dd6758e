terraform {
  required_version = ">= 1.11"

  required_providers {
    identitycenter = {
      source  = "identitycenter/identitycenter"
      version = "~> 0.1.0"
    }
  }
}

# Region and credentials come from the environment: HW_REGION_NAME, HW_ACCESS_KEY and
# HW_SECRET_KEY, or a KooCLI profile in HW_PROFILE.
provider "identitycenter" {
  endpoints = var.endpoint == null ? null : {
    identitystore  = var.endpoint
    identitycenter = var.endpoint
    sts            = var.endpoint
    iam            = var.endpoint
  }
}
