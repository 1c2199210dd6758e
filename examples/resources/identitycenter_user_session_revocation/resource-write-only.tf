# Read in the plan and again in the apply, and kept in neither.
ephemeral "identitycenter_user_sessions" "alice" {
  identity_store_id = data.identitycenter_user.alice.identity_store_id
  user_id           = data.identitycenter_user.alice.user_id
}

# What: the sessions from the address of the stolen laptop.
resource "identitycenter_user_session_revocation" "stolen_laptop" {
  identity_store_id = data.identitycenter_user.alice.identity_store_id
  user_id           = data.identitycenter_user.alice.user_id

  session_ids_wo = [
    for s in ephemeral.identitycenter_user_sessions.alice.sessions :
    s.session_id if s.ip_address == "203.0.113.7"
  ]

  # Terraform does not keep the IDs, so it cannot see them change. Change this to revoke anew.
  session_ids_wo_version = "INC-4711"
}
