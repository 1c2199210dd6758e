# job: end-sessions
resource "identitycenter_user_session_revocation" "alice" {
  identity_store_id = "STORE"
  user_id           = "ALICE"
  all_sessions      = true
  verify            = true
}
