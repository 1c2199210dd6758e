# job: end-sessions
# terraform: 1.14
action "identitycenter_bulk_user_session_revocation" "staff" {
  config {
    identity_store_id = "STORE"
    group_ids         = ["GROUP"]
    all_sessions      = true
  }
}

resource "terraform_data" "trigger" {
  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.identitycenter_bulk_user_session_revocation.staff]
    }
  }
}
