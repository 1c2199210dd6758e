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

variable "incident" {
  type        = string
  description = "The number of the incident. A new one ends sessions again."
}

variable "address" {
  type        = string
  default     = null
  description = "End the sessions from this address or network only. By default, all of them."
}

data "identitycenter_instance" "this" {}

data "identitycenter_user" "stolen" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_name         = var.user_name
}

resource "identitycenter_user_session_revocation" "stolen" {
  identity_store_id = data.identitycenter_user.stolen.identity_store_id
  user_id           = data.identitycenter_user.stolen.user_id

  all_sessions = var.address == null ? true : null

  # A session whose address the API does not tell ends too.
  dynamic "sessions_matching" {
    for_each = var.address[*]
    content {
      from_networks = [sessions_matching.value]
    }
  }

  triggers = {
    incident = var.incident
  }

  # Succeed only once the API no longer lists them.
  verify = true
}

output "record" {
  value = {
    sessions_ended = identitycenter_user_session_revocation.stolen.revoked_session_count
    revoked_at     = identitycenter_user_session_revocation.stolen.revoked_at
    request_ids    = identitycenter_user_session_revocation.stolen.request_ids
  }
}
