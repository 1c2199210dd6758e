# Read in the plan and again in the apply, and kept in neither.
ephemeral "identitycenter_user_sessions" "alice" {
  identity_store_id = data.identitycenter_user.alice.identity_store_id
  user_id           = data.identitycenter_user.alice.user_id
}

# What: sessions that no condition can name, such as those that end tomorrow or later.
resource "identitycenter_user_session_revocation" "long_lived" {
  identity_store_id = data.identitycenter_user.alice.identity_store_id
  user_id           = data.identitycenter_user.alice.user_id

  session_ids_wo = [
    for s in ephemeral.identitycenter_user_sessions.alice.sessions :
    s.session_id if try(timecmp(s.expires_at, timeadd(plantimestamp(), "24h")) > 0, true)
  ]

  # Terraform does not keep the IDs, so it cannot see them change. Change this to end sessions again.
  session_ids_wo_version = "INC-4711"
}
