terraform {
  required_version = ">= 1.11"

  required_providers {
    identitycenter = {
      source  = "identitycenter/identitycenter"
      version = "~> 0.1.0"
    }
  }
}

# To rehearse with the simulator. By default, the cloud's own endpoints.
variable "endpoint" {
  type    = string
  default = null
}

# Region and keys come from the environment: HW_REGION_NAME, HW_ACCESS_KEY, HW_SECRET_KEY.
provider "identitycenter" {
  endpoints = var.endpoint == null ? null : {
    identitystore  = var.endpoint
    identitycenter = var.endpoint
    sts            = var.endpoint
    iam            = var.endpoint
  }
}
