# Region and credentials come from the environment: HW_REGION_NAME, HW_ACCESS_KEY, HW_SECRET_KEY.
terraform {
  required_version = ">= 1.11"

  required_providers {
    identitycenter = {
      source  = "identitycenter/identitycenter"
      version = "~> 0.1.0"
    }
  }
}
