data "identitycenter_group" "security" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  display_name      = "security"
}

# Everybody, but those who respond to the incident.
resource "identitycenter_bulk_user_session_revocation" "everybody" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  all_users         = true
  except_group_ids  = [data.identitycenter_group.security.group_id]
  all_sessions      = true
}
