data "identitycenter_group" "contractors" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  display_name      = "staff"
}

# Ends all sessions of the members.
resource "identitycenter_bulk_user_session_revocation" "contractors" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  group_ids         = [data.identitycenter_group.contractors.group_id]
  all_sessions      = true
  verify            = true
}
