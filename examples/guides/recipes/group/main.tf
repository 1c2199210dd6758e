data "identitycenter_instance" "this" {}

data "identitycenter_group" "staff" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  display_name      = "staff"
}

# Who of the group is logged in.
data "identitycenter_user_sessions" "staff" {
  identity_store_id = data.identitycenter_group.staff.identity_store_id
  group_ids         = [data.identitycenter_group.staff.group_id]
}

output "logged_in" {
  value = distinct(data.identitycenter_user_sessions.staff.sessions[*].user_name)
}

# Log out the members that the group has when this is applied.
resource "identitycenter_bulk_user_session_revocation" "staff" {
  identity_store_id = data.identitycenter_group.staff.identity_store_id
  group_ids         = [data.identitycenter_group.staff.group_id]
  all_sessions      = true
}
