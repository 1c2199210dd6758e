data "identitycenter_instance" "this" {}

data "identitycenter_group" "staff" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  display_name      = "staff"
}

# The members who have sessions now.
data "identitycenter_user_sessions" "staff" {
  identity_store_id = data.identitycenter_group.staff.identity_store_id
  group_ids         = [data.identitycenter_group.staff.group_id]
}

output "logged_in" {
  value = distinct(data.identitycenter_user_sessions.staff.sessions[*].user_name)
}

# Ends the sessions of the members at apply time.
resource "identitycenter_bulk_user_session_revocation" "staff" {
  identity_store_id = data.identitycenter_group.staff.identity_store_id
  group_ids         = [data.identitycenter_group.staff.group_id]
  all_sessions      = true
}
