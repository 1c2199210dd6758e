# Stands for the resource that manages the user, such as huaweicloud_identitycenter_user.
resource "terraform_data" "alice" {
  input = {
    user_id = "61e53a32-f777-4ee6-a9ea-613099951c77"
    groups  = ["developers"]
  }

  lifecycle {
    # A change of the groups ends the sessions.
    action_trigger {
      events  = [after_update]
      actions = [action.identitycenter_user_session_revocation.alice]
    }
  }
}

action "identitycenter_user_session_revocation" "alice" {
  config {
    identity_store_id = data.identitycenter_instance.this.identity_store_id
    user_id           = "61e53a32-f777-4ee6-a9ea-613099951c77"
    all_sessions      = true
  }
}
