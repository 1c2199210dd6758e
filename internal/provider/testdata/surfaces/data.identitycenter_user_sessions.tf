# job: read
data "identitycenter_user_sessions" "alice" {
  identity_store_id = "STORE"
  user_id           = "ALICE"
}
