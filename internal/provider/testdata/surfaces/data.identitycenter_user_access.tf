# job: read
data "identitycenter_user_access" "alice" {
  instance_id       = "INSTANCE"
  identity_store_id = "STORE"
  user_id           = "ALICE"
}
