terraform {
  required_version = ">= 1.11"

  required_providers {
    identitycenter = {
      source = "identitycenter/identitycenter"
    }
  }
}
