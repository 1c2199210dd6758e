# job: lock
resource "identitycenter_user_logout_on_destroy" "alice" {
  identity_store_id = "STORE"
  user_id           = "ALICE"
  disable_user      = true
}
