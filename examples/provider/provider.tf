terraform {
  required_version = ">= 1.11"

  required_providers {
    identitycenter = {
      source  = "identitycenter/identitycenter"
      version = "~> 0.1.0"
    }
  }
}

# Credentials come from HW_ACCESS_KEY and HW_SECRET_KEY.
provider "identitycenter" {
  region = "ap-southeast-3"
}

data "identitycenter_instance" "this" {}

data "identitycenter_user" "alice" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_name         = "alice"
}

resource "identitycenter_user_session_revocation" "alice" {
  identity_store_id = data.identitycenter_user.alice.identity_store_id
  user_id           = data.identitycenter_user.alice.user_id
  all_sessions      = true
}

output "revoked_session_ids" {
  value = identitycenter_user_session_revocation.alice.revoked_session_ids
}
