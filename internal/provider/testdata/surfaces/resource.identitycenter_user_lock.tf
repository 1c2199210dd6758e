# job: lock
resource "identitycenter_user_lock" "alice" {
  identity_store_id = "STORE"
  user_id           = "ALICE"
  enable_on_destroy = true
}
