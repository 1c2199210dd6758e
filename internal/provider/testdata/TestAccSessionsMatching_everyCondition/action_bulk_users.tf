action "identitycenter_bulk_user_session_revocation" "test" {
  config {
    identity_store_id = "STORE"
    user_ids          = ["CAROL"]
    user_names        = ["carol"]
    all_sessions      = true
  }
}

resource "terraform_data" "trigger" {
  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.identitycenter_bulk_user_session_revocation.test]
    }
  }
}
