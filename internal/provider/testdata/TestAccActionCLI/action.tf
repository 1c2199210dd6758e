action "identitycenter_user_session_revocation" "logout" {
  config {
    identity_store_id = "STORE"
    user_id           = "ALICE"
    all_sessions      = true
  }
}

resource "terraform_data" "user" {
  input = "ALICE"

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.identitycenter_user_session_revocation.logout]
    }
  }
}
