variable "identity_store_id" {
  type    = string
  default = "d-7f3a9c51e2"
}

variable "instance_id" {
  type    = string
  default = "ssoins-5f2c8e1ad90b7c34"
}

# Users who are disabled.
list "identitycenter_user_lock" "all" {
  provider = identitycenter

  config {
    identity_store_id = var.identity_store_id
  }
}

# Deny statements of this provider in all permission sets.
list "identitycenter_permission_set_session_cutoff" "all" {
  provider = identitycenter

  config {
    instance_id = var.instance_id
  }
}
