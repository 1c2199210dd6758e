resource "identitycenter_user_session_revocation" "test" {
  identity_store_id = "STORE"
  user_id           = "ALICE"
  all_sessions      = true
}

output "count" {
  value = length(identitycenter_user_session_revocation.test.revoked_session_ids)
}
