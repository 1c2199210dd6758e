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
  description = "The number of the incident. A new one revokes anew."
}

variable "address" {
  type        = string
  default     = null
  description = "End the sessions from this address only. By default, all of them."
}

data "identitycenter_instance" "this" {}

data "identitycenter_user" "stolen" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_name         = var.user_name
}

ephemeral "identitycenter_user_sessions" "stolen" {
  identity_store_id = data.identitycenter_user.stolen.identity_store_id
  user_id           = data.identitycenter_user.stolen.user_id
}

resource "identitycenter_user_session_revocation" "stolen" {
  identity_store_id = data.identitycenter_user.stolen.identity_store_id
  user_id           = data.identitycenter_user.stolen.user_id

  session_ids_wo = [
    for s in ephemeral.identitycenter_user_sessions.stolen.sessions : s.session_id
    if var.address == null || s.ip_address == var.address
  ]
  session_ids_wo_version = "${var.incident} ${sha256(coalesce(var.address, "all"))}" # no address in the state

  # Succeed only once the API no longer lists them.
  verify = true
}

output "record" {
  value = {
    revoked_at  = identitycenter_user_session_revocation.stolen.revoked_at
    request_ids = identitycenter_user_session_revocation.stolen.request_ids
  }
}
