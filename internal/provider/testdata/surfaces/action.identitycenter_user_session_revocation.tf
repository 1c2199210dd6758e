# job: end-sessions
# terraform: 1.14
action "identitycenter_user_session_revocation" "alice" {
  config {
    identity_store_id = "STORE"
    user_id           = "ALICE"
    all_sessions      = true
    verify            = true
  }
}

resource "terraform_data" "trigger" {
  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.identitycenter_user_session_revocation.alice]
    }
  }
}
