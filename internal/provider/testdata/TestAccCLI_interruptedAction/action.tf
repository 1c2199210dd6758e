variable "session_ids" {
  type    = list(string)
  default = null
}

variable "all_sessions" {
  type    = bool
  default = null
}

variable "verify" {
  type    = bool
  default = null
}

action "identitycenter_user_session_revocation" "logout" {
  config {
    identity_store_id = "STORE"
    user_id           = "CAROL"
    session_ids       = var.session_ids
    all_sessions      = var.all_sessions
    verify            = var.verify
  }
}

resource "terraform_data" "incident" {
  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.identitycenter_user_session_revocation.logout]
    }
  }
}
