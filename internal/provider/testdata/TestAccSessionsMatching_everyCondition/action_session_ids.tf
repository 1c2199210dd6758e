variable "session_id" {
  type = string
}

action "identitycenter_user_session_revocation" "test" {
  config {
    identity_store_id = "STORE"
    user_id           = "ALICE"
    session_ids       = [var.session_id]
  }
}

resource "terraform_data" "trigger" {
  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.identitycenter_user_session_revocation.test]
    }
  }
}
