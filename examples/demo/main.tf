# What `make demo` applies: from the name of a user to the end of the sessions.
# It runs against the simulator, and can run against the cloud.

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
  description = "The user whose sessions are ended."
}

variable "suspicious_address" {
  type        = string
  description = "The address from which the intruder logged in."
}

variable "region" {
  type        = string
  default     = "ap-southeast-3"
  description = "The region of the Identity Center instance."
}

variable "endpoint" {
  type        = string
  default     = null
  description = "One URL for all services, such as the simulator's. By default, the cloud's own."
}

variable "access_key" {
  type        = string
  default     = null
  sensitive   = true
  description = "The access key. By default, it comes from where the provider finds one."
}

variable "secret_key" {
  type        = string
  default     = null
  sensitive   = true
  description = "The secret key that belongs to it."
}

provider "identitycenter" {
  region     = var.region
  access_key = var.access_key
  secret_key = var.secret_key

  endpoints = var.endpoint == null ? null : {
    identitystore  = var.endpoint
    identitycenter = var.endpoint
    sts            = var.endpoint
    iam            = var.endpoint
  }
}

# Whom.
data "identitycenter_instance" "this" {}

data "identitycenter_user" "stolen" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_name         = var.user_name
}

# What: the sessions from that address, as they are at the moment of the apply.
resource "identitycenter_user_session_revocation" "stolen" {
  identity_store_id = data.identitycenter_user.stolen.identity_store_id
  user_id           = data.identitycenter_user.stolen.user_id
  verify            = true

  sessions_matching {
    from_networks = [var.suspicious_address]
  }
}

# What was done, and when.
output "revoked_sessions" {
  value = identitycenter_user_session_revocation.stolen.revoked_session_ids
}

output "revoked_at" {
  value = identitycenter_user_session_revocation.stolen.revoked_at
}
