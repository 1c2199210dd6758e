# job: end-sessions
resource "identitycenter_bulk_user_session_revocation" "staff" {
  identity_store_id = "STORE"
  group_ids         = ["GROUP"]
  all_sessions      = true
  verify            = true
}
