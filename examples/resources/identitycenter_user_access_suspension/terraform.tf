# Region and keys come from the environment here: HW_REGION_NAME, HW_ACCESS_KEY, HW_SECRET_KEY.
terraform {
  required_version = ">= 1.11"

  required_providers {
    identitycenter = {
      source = "identitycenter/identitycenter"
    }
  }
}
