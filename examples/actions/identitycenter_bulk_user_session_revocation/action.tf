data "identitycenter_instance" "this" {}

data "identitycenter_group" "staff" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  display_name      = "staff"
}

# terraform apply -invoke=action.identitycenter_bulk_user_session_revocation.staff
action "identitycenter_bulk_user_session_revocation" "staff" {
  config {
    identity_store_id = data.identitycenter_instance.this.identity_store_id
    group_ids         = [data.identitycenter_group.staff.group_id]
    all_sessions      = true
  }
}
