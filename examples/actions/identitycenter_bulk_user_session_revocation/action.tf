variable "group_id" {
  type        = string
  description = "Group whose members are signed out."
}

data "identitycenter_instance" "this" {}

# terraform apply -invoke=action.identitycenter_bulk_user_session_revocation.group -var group_id=...
action "identitycenter_bulk_user_session_revocation" "group" {
  config {
    identity_store_id = data.identitycenter_instance.this.identity_store_id
    group_ids         = [var.group_id]

    sessions_matching {
      older_than = "1h"
    }
  }
}
