# Region and keys come from the environment: HW_REGION_NAME, HW_ACCESS_KEY, HW_SECRET_KEY.
terraform {
  required_version = ">= 1.11"

  required_providers {
    identitycenter = {
      source = "identitycenter/identitycenter"
    }
  }
}

variable "user_name" {
  type        = string
  description = "The user whose session was stolen."
}

data "identitycenter_instance" "this" {}

data "identitycenter_user" "stolen" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_name         = var.user_name
}

data "identitycenter_user_sessions" "stolen" {
  identity_store_id = data.identitycenter_user.stolen.identity_store_id
  user_id           = data.identitycenter_user.stolen.user_id
}

output "user" {
  value = {
    user_id           = data.identitycenter_user.stolen.user_id
    identity_store_id = data.identitycenter_user.stolen.identity_store_id
    enabled           = data.identitycenter_user.stolen.enabled
  }
}

output "sessions" {
  value = [
    for s in data.identitycenter_user_sessions.stolen.sessions : {
      since   = s.created_at
      until   = s.expires_at
      address = s.ip_address
      browser = s.user_agent
      id      = s.session_id
    }
  ]
}
