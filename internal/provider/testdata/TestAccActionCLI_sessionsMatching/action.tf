variable "networks" {
  type    = list(string)
  default = null
}

variable "user_id" {
  type    = string
  default = "ALICE"
}

variable "nobody" {
  type    = bool
  default = false
}

action "identitycenter_user_session_revocation" "logout" {
  config {
    identity_store_id = "STORE"
    user_id           = var.nobody ? null : var.user_id

    sessions_matching {
      not_from_networks = var.networks
    }
  }
}
